"""The pictures of "Go from 93 to 99.5" show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lenet_core import published
from lenet_core.plots import half_percent as plots
from lenet_core.plots.style import SETTINGS
from lenet_core.schedules import SCHEDULES
from lenet_core.train import History

pytestmark = pytest.mark.usefixtures("kept_figures")


def drawn(ax):
    return [line.get_xydata().tolist() for line in ax.lines]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_variants_come_in_order_and_the_last_row_may_be_short():
    digits = np.arange(5.0).reshape(5, 1, 1, 1) * np.ones((5, 1, 32, 32))
    plots.variants(digits[0], digits[1:])
    axes = plt.gcf().axes
    assert [ax.images[0].get_array()[0, 0] for ax in axes if ax.images] == [0, 1, 2, 3, 4]
    assert [ax.get_title() for ax in axes[:2]] == ["as it is", "changed, 1"]
    assert len(axes) == 6


def test_both_ways_to_stretch_are_shown():
    plots.push_and_look_up(np.zeros((32, 32)), np.ones((32, 32)))
    assert [ax.images[0].get_array()[0, 0] for ax in plt.gcf().axes] == [0, 1]


def test_every_schedule_is_drawn_and_named():
    plots.schedules()
    ax = plt.gca()
    assert texts(ax) == list(SCHEDULES)
    for points, schedule in zip(drawn(ax), SCHEDULES.values(), strict=True):
        assert points == [[t, schedule(t)] for t, _ in points]


def test_the_ladder_has_every_seed_the_mean_and_the_paper():
    plots.ladder({"low": [5.0, 6.0], "high": [0.5, 0.4, 0.6]})
    ax = plt.gca()
    lines = drawn(ax)
    assert lines[0] == [[5.0, 0], [6.0, 0]]
    assert lines[2] == [[0.5, 1], [0.4, 1], [0.6, 1]]
    assert [line[0][0] for line in lines[1:4:2]] == pytest.approx([5.5, 0.5])
    assert [line[0][0] for line in lines[4:]] == [
        published.LENET5_TEST_ERROR,
        published.LENET5_DISTORTED_TEST_ERROR,
        published.BOOSTED_LENET4_TEST_ERROR,
    ]
    assert texts(ax)[:2] == ["5.50", "0.50"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["low", "high"]


def test_no_line_of_the_paper_crosses_a_name_of_another():
    plots.ladder({"low": [5.0, 6.0], "high": [0.5, 0.4, 0.6]})
    fig, ax = plt.gcf(), plt.gca()
    fig.canvas.draw()
    lines = ax.lines[-3:]
    names = [text for text in ax.texts if text.get_text().startswith("1998")]
    assert len(names) == 3
    for name in names:
        box = name.get_window_extent()
        for line in lines:
            (x, top), _ = ax.transData.transform(line.get_xydata())
            assert not (box.x0 < x < box.x1 and top > box.y0 + box.height / 2)


def test_a_run_is_drawn_with_the_rate_of_each_step():
    plots.run([0.1, 0.2, 0.1, 0.0], History([1.0, 0.5], [9.0, 8.0], [7.0, 6.0], [1.0, 1.0]))
    above, below = plt.gcf().axes
    assert drawn(above) == [[[0, 0.1], [0.5, 0.2], [1, 0.1], [1.5, 0.0]]]
    assert drawn(below) == [[[1, 7.0], [2, 6.0]]]


def test_flattery_shows_both_curves_and_the_truth():
    plots.flattery([1, 10], {"a": [0.5, 0.3], "b": [0.5, 0.4]}, 0.5)
    ax = plt.gca()
    assert drawn(ax)[1:] == [[[1, 0.5], [10, 0.3]], [[1, 0.5], [10, 0.4]]]
    assert set(np.array(drawn(ax)[0])[:, 1]) == {0.5}
    assert texts(ax) == ["true error of every one", "a", "b"]


@pytest.mark.parametrize(
    "draw",
    [
        plots.schedules,
        lambda: plots.ladder({"a": [1.0, 2.0]}),
        lambda: plots.run([0.1, 0.2], History([1.0], [9.0], [7.0], [1.0])),
        lambda: plots.flattery([1, 10], {"a": [0.5, 0.3]}, 0.5),
    ],
    ids=["schedules", "ladder", "run", "flattery"],
)
def test_letters_are_for_a_phone_and_the_style_is_left_alone(draw):
    draw()
    for ax in plt.gcf().axes:
        letters = [*ax.texts, *ax.get_xticklabels(), ax.xaxis.label, ax.yaxis.label]
        assert min(text.get_fontsize() for text in letters) >= 12
    assert plt.rcParams["font.size"] == SETTINGS["font.size"]
