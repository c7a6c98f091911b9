"""The pictures of "Reproduce 1998" show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lenet_core import published
from lenet_core.paper.readings import READINGS
from lenet_core.plots import reproduced as plots

pytestmark = pytest.mark.usefixtures("kept_figures")


def drawn(ax):
    return [line.get_xydata().tolist() for line in ax.lines]


def ticks(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_every_reading_has_one_group():
    grouped = [name for names in plots.GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(READINGS)
    assert grouped == [name for name in READINGS if name in grouped]


def test_readings_without_a_record_are_left_out_and_so_are_empty_groups():
    found = plots.by_group({"map-tenth": 1, "unit": 2, "letter": 3})
    assert found == {
        "to the letter, other starts": {"letter": 3, "unit": 2},
        "factor on the penalties": {"map-tenth": 1},
    }


def test_decisions_stand_in_two_columns_with_their_marks():
    plots.decisions(["a", "b"], ["c"])
    texts = [text.get_text() for text in plt.gca().texts]
    assert texts == ["stated", "\N{CHECK MARK}", "a", "\N{CHECK MARK}", "b", "left open", "?", "c"]
    assert len(plt.gca().patches) == 3


def record(train, test):
    return {"history": {"train_error": train, "validation_error": test}}


def test_fig_5_has_every_seed_its_mean_and_the_papers_points():
    plots.beside_fig5([record([4.0, 2.0], [3.0, 1.0]), record([6.0, 4.0], [5.0, 3.0])])
    for ax, theirs, ours in zip(
        plt.gcf().axes,
        (published.FIG5_TRAIN_ERROR, published.FIG5_TEST_ERROR),
        ([[4.0, 2.0], [6.0, 4.0], [5.0, 3.0]], [[3.0, 1.0], [5.0, 3.0], [4.0, 2.0]]),
        strict=True,
    ):
        *found, paper = drawn(ax)
        assert [[y for _, y in line] for line in found] == ours
        assert [y for _, y in paper] == theirs
        assert [x for x, _ in paper] == list(range(1, 22))


def test_fig_6_has_every_seed_the_means_the_papers_points_and_a_place_for_distorted_digits():
    train = {15_000: [0.1, 0.2], 30_000: [0.3], 60_000: [0.3, 0.5]}
    test = {15_000: [1.5, 1.7], 30_000: [1.2], 60_000: [0.9, 1.1]}
    plots.beside_fig6(train, test, [0.7, 0.9])
    above, below = plt.gcf().axes
    for ax, ours, theirs in (
        (above, train, published.FIG6_TRAIN_ERROR),
        (below, test, published.FIG6_TEST_ERROR),
    ):
        found = [[y for _, y in line] for line in drawn(ax)]
        assert found[:3] == list(ours.values())
        assert np.allclose(found[3], [np.mean(errors) for errors in ours.values()])
        assert found[4] == list(theirs.values())
    assert len(above.lines) == 5
    assert drawn(below)[5] == [[3, 0.7], [3, 0.9]]
    assert drawn(below)[6] == [[3, pytest.approx(0.8)]]
    assert drawn(below)[7] == [[pytest.approx(3.12), published.LENET5_DISTORTED_TEST_ERROR]]
    labels = [label.get_text() for label in below.get_xticklabels()]
    assert labels == ["15,000", "30,000", "60,000", "60,000 and\ndistorted"]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(1.2, 4.1, [1, 2, 5]), (0.2, 5.0, [0.2, 0.5, 1, 2, 5]), (0.9, 0.95, [0.5, 1])],
)
def test_round_numbers_enclose_what_is_drawn(low, high, ticks):
    assert np.allclose(plots.nice_ticks(low, high), ticks)


READ = {
    "map-tenth": {"errors": [1.0, 1.2], "steps": [(1e-3, 0.02), (2e-3, 0.024)]},
    "letter": {"errors": [90.0, 90.1], "steps": [(2e-4, 0.025), (2e-4, 0.025)]},
}


def test_readings_show_the_steps_of_all_seeds_and_each_error():
    plots.readings(READ)
    steps, errors = plt.gcf().axes
    assert ticks(steps) == ticks(errors) == [
        "TO THE LETTER, OTHER STARTS", "letter", "FACTOR ON THE PENALTIES", "map-tenth",
    ]  # fmt: skip
    assert drawn(steps) == [[[2e-4, 1], [0.025, 1]], [[1e-3, 3], [0.024, 3]]]
    assert drawn(errors)[::2] == [[[90.0, 1], [90.1, 1]], [[1.0, 3], [1.2, 3]]]
    assert errors.get_xlim()[0] < 1.0
    assert errors.get_xlim()[1] > 90.1
    band = steps.patches[0].get_extents().transformed(steps.transData.inverted())
    assert np.allclose([band.x0, band.x1], published.STEP_RANGE)


def test_shared_mistakes_have_a_row_for_each_kind_and_the_line_of_chance():
    plots.shared({"one": [40.0, 60.0], "other": [20.0]}, chance=1.0)
    ax = plt.gca()
    assert drawn(ax)[0] == [[40.0, 0], [60.0, 0]]
    assert drawn(ax)[2] == [[20.0, 1]]
    assert [x for x, _ in drawn(ax)[-1]] == [1.0, 1.0]
    assert [t.get_text() for t in ax.texts] == ["one", "50", "other", "20", "chance"]
    assert len({line.get_marker() for line in ax.lines[:4:2]}) == 2


def test_bars_have_the_papers_error_ours_or_both():
    plots.bars_of_fig9({"k-NN": (5.0, [2.8]), "LeNet-1": (1.7, []), "new": (None, [0.9, 1.0])})
    ax = plt.gca()
    assert ticks(ax) == ["k-NN", "LeNet-1", "new"]
    marks = [line for line in ax.lines if line.get_marker() in ("X", "o")]
    found = [(line.get_marker(), line.get_xdata().tolist()) for line in marks]
    assert found == [("X", [5.0]), ("o", [2.8]), ("X", [1.7]), ("o", [0.9, 1.0])]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["1998", "here"]


def test_the_rejection_curves_stand_above_the_bars_of_fig_10():
    plots.refusing(
        [0, 1], {"1998": [[1.0, 0.5], [1.2, 0.7]], "modern-plain": [[0.9, 0.4]]},
        {"1998": [1.0, 1.4], "modern-plain": [0.8]}, aim=0.5,
    )  # fmt: skip
    above, below = plt.gcf().axes
    assert drawn(above)[2] == [[0, 1.1], [1, 0.6]]
    names = ticks(below)
    assert len(names) == len(published.FIG10) + 2
    assert {"1998, here", "modern-plain, here"} <= set(names)
    shown = {label: line.get_xdata() for label, line in zip(names, below.lines[1::2], strict=True)}
    assert np.allclose(shown["1998, here"], [1.0, 1.4])
    means = [float(np.mean(x)) for x in shown.values()]
    assert means == sorted(means, reverse=True)
