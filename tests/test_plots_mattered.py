"""The pictures of "Find what mattered" show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lenet_core import published
from lenet_core.plots import mattered as plots

pytestmark = pytest.mark.usefixtures("kept_figures")

GROUPS = {
    "base": {"base": [2.0, 2.2]},
    "rate": {"low": [5.0, 6.0], "high": [2.1, 2.3, 2.2]},
}


def drawn(ax):
    return [line.get_xydata().tolist() for line in ax.lines]


def ticks(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_worth_and_luck_has_every_seed_the_mean_and_the_band_of_the_base():
    plots.worth_and_luck({"base": [2.0, 3.0], "slow": [5.0, 6.0]})
    ax = plt.gca()
    assert drawn(ax)[0] == [[2.0, 0], [3.0, 0]]
    assert np.allclose(drawn(ax)[3], [[5.5, 0.68], [5.5, 1.32]])
    assert ax.patches[0].get_extents().transformed(ax.transData.inverted()).x0 == pytest.approx(2)
    assert [text.get_text() for text in ax.texts] == ["2.50", "5.50"]
    assert ticks(ax) == ["base", "slow"]
    assert len({line.get_marker() for line in ax.lines[::2]}) == 2


def test_the_forest_has_every_group_name_and_seed():
    plots.forest(GROUPS, {"low"})
    ax = plt.gca()
    assert ticks(ax) == ["BASE", "base", "RATE", "low", "high"]
    seeds = drawn(ax)[1::2]  # after the line of the base's mean
    assert [[x for x, _ in points] for points in seeds] == [[2.0, 2.2], [5.0, 6.0], [2.1, 2.3, 2.2]]
    places = {label: place for place, label in zip(ax.get_yticks(), ticks(ax), strict=True)}
    heights = [points[0][1] for points in seeds]
    assert heights == [places[name] for name in ("base", "low", "high")]


def test_the_forest_tells_clear_rows_by_their_marker_too():
    plots.forest(GROUPS, {"low"})
    markers = [line.get_marker() for line in plt.gca().lines[1::2]]
    assert markers == ["D", "o", "D"]


def test_every_curve_is_drawn_and_named_at_its_end():
    plots.curves({"a": [(1, 9.0), (2, 5.0)], "b": [(1, 90.0), (2, 80.0)]})
    ax = plt.gca()
    assert drawn(ax) == [[[1, 9.0], [2, 5.0]], [[1, 90.0], [2, 80.0]]]
    assert [(text.get_text(), text.xy) for text in ax.texts] == [("a", (2, 5.0)), ("b", (2, 80.0))]


def test_the_amount_of_digits_is_sorted_and_stands_beside_the_paper():
    plots.amount({5000: 3.0, 1000: 6.0}, {1000: 7.0, 5000: 3.5})
    lines = drawn(plt.gca())
    assert lines[0] == [[1000, 6.0], [5000, 3.0]]
    assert lines[1] == [[1000, 7.0], [5000, 3.5]]
    assert lines[2] == [list(pair) for pair in sorted(published.FIG6_TEST_ERROR.items())]
    assert np.all(np.diff([y for _, y in lines[2]]) < 0)


def test_what_the_steps_come_to_is_drawn_by_group_and_some_points_are_named():
    groups = {"rate": {"low": (60.0, 4.5), "high": (600.0, 2.2)}, "batch": {"large": (40.0, 6.0)}}
    plots.spent(groups, {"low": (5, 5), "large": (0, 9)})
    ax = plt.gca()
    assert drawn(ax) == [[[60, 4.5], [600, 2.2]], [[40, 6.0]]]
    assert [text.get_text() for text in ax.texts] == ["low", "large"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["rate", "batch"]
    assert len({line.get_marker() for line in ax.lines}) == 2


def test_the_base_is_a_ring_around_what_lies_on_it():
    plots.spent({"base": {"base": (600.0, 2.2)}, "batch": {"rate": (600.0, 2.2)}}, {})
    base, other = plt.gca().lines
    assert base.get_markerfacecolor() == "none"
    assert base.get_markersize() > 1.5 * other.get_markersize()
