"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.paper import DIGIT_CODES
from lenet_core.plots import codes as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")

SMALL = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [-1, 1, 1, -1]])


def texts(ax):
    return [text.get_text() for text in ax.texts]


def titles(fig):
    return [ax.get_title() for ax in fig.axes]


def test_aim_marks_the_lowest_penalty_and_no_other():
    penalties = np.arange(10.0)[::-1] + 3
    draw.aim(np.zeros((32, 32)), DIGIT_CODES[9], DIGIT_CODES, penalties)
    fig = plt.gcf()
    assert titles(fig)[2:4] == ["12", "11"]
    assert [title for title in titles(fig) if "lowest" in title] == ["3: lowest"]
    frames = [ax.patches[0].get_linewidth() for ax in fig.axes[2:]]
    assert int(np.argmax(frames)) == 9
    assert frames.count(max(frames)) == 1
    assert fig.get_suptitle() == "The states of F6 are nearest to the code of the 9"


def test_a_picture_is_twelve_rows_of_seven_with_ink_in_black():
    ax = plt.subplots()[1]
    draw.picture(ax, DIGIT_CODES[1])
    shown = ax.images[0]
    assert shown.get_array().shape == draw.SHAPE
    assert shown.get_array()[9].tolist() == [-1, 1, 1, 1, 1, 1, 1]
    assert shown.norm.vmin == -1
    assert shown.norm.vmax == 1
    assert shown.cmap(1.0)[0] == 0


def test_by_hand_squares_and_adds():
    draw.by_hand(np.array([1, 0, -1, 0]), SMALL, "ABC")
    axes = np.array(plt.gcf().axes).reshape(2, 4)
    assert [ax.get_title() for ax in axes[1, 1:]] == ["sum 2", "sum 6", "sum 10"]
    assert texts(axes[1, 3]) == ["4", "1", "4", "1"]
    assert plt.gcf().get_suptitle() == "The lowest penalty is that of A"


def test_distances_frame_the_closest_and_the_most_distant_pairs():
    apart = (DIGIT_CODES[:, None] != DIGIT_CODES).sum(axis=2)
    draw.distances(apart)
    ax = plt.gcf().axes[0]
    framed = {(round(p.get_x() + 0.47), round(p.get_y() + 0.47)) for p in ax.patches}
    assert framed == {(6, 8), (8, 6), (1, 4), (4, 1), (1, 8), (8, 1), (4, 7), (7, 4)}
    assert len(ax.texts) == 90
    assert "6 and 8 differ in 12 pixels" in plt.gcf().get_suptitle()


def test_pictures_name_their_rows_and_draw_ten_in_each():
    draw.pictures({"a": DIGIT_CODES, "b": -DIGIT_CODES}, "the finding")
    fig = plt.gcf()
    assert [part.get_suptitle() for part in fig.subfigs] == ["a", "b"]
    assert len(fig.axes) == 20
    assert fig.get_suptitle() == "the finding"


def test_probabilities_cross_at_j_and_sum_to_less_than_one_by_the_second_class():
    low = np.array([0.0, 1.0, 5.0])
    nearest, rubbish, alone = draw.probabilities(low, 1.0, 2.0)
    second = nearest * np.exp(-2)
    assert np.allclose(nearest + second + rubbish, 1)
    assert nearest[1] == rubbish[1]
    assert nearest[0] > rubbish[0]
    assert nearest[2] < rubbish[2]
    assert np.allclose(alone, 1 / (1 + np.exp(-2)))


def test_rubbish_names_each_kind_and_marks_j():
    draw.rubbish(1.0, 2.0, {"digits": np.arange(5.0), "dots": np.arange(5.0) + 1})
    above, below = plt.gcf().axes
    assert [label.get_text() for label in below.get_yticklabels()] == ["digits", "dots"]
    assert " $j$ = 1" in texts(below)
    assert texts(above) == ["nearest, no rubbish", "nearest class", "rubbish"]


@pytest.mark.parametrize(
    ("made", "last"),
    [
        (draw.book_table({"a": (31.1, 12, [10.0, 11.0])}), "| a | 31 | 12 | 10.0, 11.0 | 10.5 |"),
        (
            draw.loss_table({"a": ([10.0, 11.0], [9.6, 13.0], [5.0, 5.1])}),
            "| a | 10.0 to 11.0 | 10 to 13 | 5 |",
        ),
        (
            draw.collapse_table({"a": ([0.0026, 0.0026], [0.469, 124.2], [27.0, 30.0])}),
            "| a | 0.0026 | 0.469 to 124 | 27 to 30 |",
        ),
        (draw.refused_table({"a": {"x": [1, 3]}}, ["x"]), "| a | 1 to 3 |"),
    ],
)
def test_tables_spell_their_rows(made, last):
    head, rule, row = made.data.splitlines()
    assert row == last
    assert head.count("|") == rule.count("|") == row.count("|")
