"""The parts of the pictures of "Pool a map" that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import pool as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")


def test_the_outlined_window_becomes_the_outlined_pixel():
    after = np.zeros((14, 14))
    after[3, 5] = 1
    draw.where_it_is(np.zeros((32, 32)), np.zeros((28, 28)), after)
    before, pooled = (ax.patches[0] for ax in plt.gcf().axes[1:])
    assert (before.get_xy(), before.get_width()) == ((9.5, 5.5), 2)
    assert (pooled.get_xy(), pooled.get_width()) == ((4.5, 2.5), 1)


def test_windows_have_borders_as_well_as_colours():
    X = np.arange(16).reshape(4, 4)
    draw.pooled_by_hand(X, X[:2, :2], X[2:, 2:])
    assert len(plt.gcf().axes[0].lines) == 6
    assert [text.get_text() for text in plt.gcf().axes[2].texts] == ["10", "11", "14", "15"]


def test_only_what_gets_a_gradient_is_coloured():
    of_max = np.diag([4, 0, 0, 7])
    draw.given_back(np.ones((2, 2)), np.ones((4, 4)), of_max)
    coloured = [p.get_facecolor() != (1, 1, 1, 1) for p in plt.gcf().axes[2].patches]
    assert sum(coloured) == 2


def test_every_stage_has_its_line_and_its_name():
    draw.moved({name: [1, 2] for name in ("input", "C1", "S2", "C3", "S4")}, [1, 2])
    names = [text.get_text() for text in plt.gca().get_legend().get_texts()]
    assert names == ["input", "C1", "S2", "C3", "S4"]
    assert len({line.get_marker() for line in plt.gca().lines}) == 5


def test_the_three_units_differ_in_marker_and_dashes():
    draw.trained_coefficient([0, 1], {"a": [0, 1], "b": [1, 2], "c": [2, 3]})
    looks = {(line.get_marker(), line.get_linestyle()) for line in plt.gca().lines}
    assert len(looks) == 3
