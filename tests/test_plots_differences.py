"""The pictures of "See what 28 years changed" show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lenet_core.plots import differences as plots

pytestmark = pytest.mark.usefixtures("kept_figures")
TITLE = "What it shows"


def ticks(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_each_part_has_a_box_at_both_ends_and_arrows_stand_at_one():
    plots.two_ends({"squash": ("1.7 tanh", "tanh"), "batch": ("1", "32")}, "batch")
    ax = plt.gca()
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["1998", "1.7 tanh", "1", "today", "tanh", "32", "squash", "batch", "", ""]
    thick = [patch.get_y() for patch in ax.patches if patch.get_lw() == 3]
    assert thick == [1, 1]
    assert all(1 < text.xy[1] < 2 for text in ax.texts[-2:])
    there, back = (text.arrow_patch.get_arrowstyle() for text in ax.texts[-2:])
    assert type(there).arrow == "->"
    assert type(back).arrow == "<-"


def test_effects_have_a_bar_of_two_standard_errors_at_both_ends():
    plots.effects(
        {
            "squash": {"1998": (0.5, 0.1), "today": (-0.2, 0.3)},
            "batch": {"1998": (-1, 0.2), "today": (0, 0.1)},
        },
        TITLE,
    )
    ax = plt.gca()
    bars = [bar.get_segments()[0] for container in ax.containers for bar in container[2]]
    ends = [(left, right) for (left, _), (right, _) in bars]
    np.testing.assert_allclose(ends, [(0.3, 0.7), (-0.8, 0.4), (-1.4, -0.6), (-0.2, 0.2)])
    rows = [bar[0][1] for bar in bars]
    assert np.round(rows).tolist() == [0, 0, 1, 1]
    assert rows[0] < rows[1]
    assert ticks(ax) == ["squash", "batch"]
    colours = [container[0].get_color() for container in ax.containers]
    assert colours == 2 * [colour for colour, _ in plots.ENDS.values()]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(plots.STEPS.values())


def test_errors_of_each_end_stand_in_its_panel_below_those_of_the_end():
    found = {"1998": [1.0, 2.0], "1998-batch": [3.0, 4.0], "today": [5.0], "today-start": [6.0]}
    plots.errors(found, TITLE)
    above, below = plt.gcf().axes
    assert ticks(above) == ["nothing changed", "batch"]
    assert ticks(below) == ["nothing changed", "start"]
    for ax, wanted in ((above, [[1, 2], [3, 4]]), (below, [[5], [6]])):
        dots = [line.get_xdata().tolist() for line in ax.lines if line.get_marker() in ("o", "s")]
        assert dots == wanted
        assert ax.lines[0].get_xdata()[0] == np.mean(wanted[0])
        band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
        np.testing.assert_allclose(band.intervalx, [min(wanted[0]), max(wanted[0])])
    markers = [ax.lines[1].get_marker() for ax in (above, below)]
    assert markers == [marker for _, marker in plots.ENDS.values()] == ["o", "s"]


def test_rates_have_a_ring_at_the_lowest_error():
    plots.rates({"1998": [(1e-4, 9.0), (3e-4, 4.0), (9e-4, 5.0)], "today": [(0.1, 2.0)]}, TITLE)
    lines = plt.gca().lines
    assert [line.get_xdata().tolist() for line in lines] == [
        [1e-4, 3e-4, 9e-4],
        [3e-4],
        [0.1],
        [0.1],
    ]
    assert lines[1].get_ydata().tolist() == [4.0]
