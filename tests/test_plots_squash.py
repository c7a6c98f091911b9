"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import squash as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's


pytestmark = pytest.mark.usefixtures("kept_figures")


def crossed(ax):
    return [tuple(line.get_xydata()[0]) for line in ax.lines if line.get_marker() == "x"]


def test_a_case_is_crossed_where_the_answer_is_wrong():
    draw.cuts(lambda left, right: left + right, lambda left, right: (left - right) ** 2)
    one, two = plt.gcf().axes
    assert crossed(one) == [(1, 1)]
    assert crossed(two) == []


def test_a_missed_case_is_crossed_too_and_the_values_stand_beside_the_cases():
    draw.cuts(lambda left, right: left + 0 * right, lambda left, right: 2 * left * right)
    one, two = plt.gcf().axes
    assert crossed(one) == [(0, 1), (1, 1)]
    assert crossed(two) == [(1, 0), (0, 1), (1, 1)]
    texts = [text.get_text() for text in two.texts]
    assert texts == ["none: 0", "left: 0", "right: 0", "both: 2"]


@pytest.mark.parametrize("limit", [0.05, 0.5])
def test_the_flat_zone_begins_where_the_slope_falls_below_the_limit(limit):
    edge = draw.saturated_from(limit)
    assert 1 - np.tanh(edge - 1e-6) ** 2 > limit > 1 - np.tanh(edge + 1e-6) ** 2


def test_points_are_marked_on_the_curve_and_on_its_slope():
    draw.curves({("3/5", "16/25"): np.log(2)})
    top, _, bottom, _ = plt.gcf().axes
    for ax, height, text in [(top, 3 / 5, "3/5"), (bottom, 16 / 25, "16/25")]:
        assert np.allclose(ax.lines[-1].get_xydata(), [[np.log(2), height]])
        assert ax.texts[-1].get_text() == text


def test_the_slope_of_relu_jumps_and_is_not_drawn_at_the_corner():
    draw.curves({})
    x, slope = plt.gcf().axes[3].lines[0].get_data()
    assert np.isnan(slope[x == 0]).all()
    assert set(slope[x != 0]) == {0, 1}


def test_flat_share_counts_both_ends():
    assert draw.flat_share(np.array([[-3.0, 0.0], [2.0, 9.0]])) == 0.5


def test_saturation_keeps_every_sum_in_the_picture_and_names_the_share():
    draw.saturation({1: np.zeros((5, 2)), 16: np.array([[-40.0, 40.0], [0.0, 0.0]])})
    first, _, second, _ = plt.gcf().axes[:4]
    assert [ax.get_title(loc="left") for ax in (first, second)] == [
        "weights × 1: 0% flat",
        "weights × 16: 50% flat",
    ]
    heights = [patch.get_height() for patch in second.patches if np.isclose(patch.get_width(), 0.2)]
    assert (heights[0], heights[-1], sum(heights)) == (1, 1, 4)


def test_chain_draws_every_stage_and_names_each_curve():
    draw.chain({"a": [1.0, 0.5, 0.25], "b": [1.0, 0.1, 0.01], "c": [1.0, 1.0, 1.0]})
    ax = plt.gcf().axes[0]
    assert ax.lines[1].get_xydata().tolist() == [[0, 1.0], [1, 0.1], [2, 0.01]]
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]


def test_squash_table_weighs_the_shares_by_the_numbers():
    table = draw.squash_table(["C1", "F6"], [(3, 1, 10), (10,)], [0.0, 0.4], [0.5, 0.1]).data
    lines = table.splitlines()
    assert lines[2] == "| C1 | 3×1×10 | 30 | 0.0% | 50.0% |"
    assert lines[-1] == "| **all** | | **40** | **10.0%** | **40.0%** |"
