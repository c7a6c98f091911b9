"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import baselines as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's


pytestmark = pytest.mark.usefixtures("kept_figures")


def texts(ax):
    return [ax.get_title(), *[text.get_text() for text in ax.texts]]


def test_two_ideas_say_which_answer_is_right():
    images = np.zeros((2, 28, 28))
    draw.two_ideas(images, [9, 3], images, [4, 3], images, [9, 2])
    titles = [ax.get_title() for ax in plt.gcf().axes]
    assert titles[0] == "new: a 9"
    assert [titles[place] for place in (1, 3, 6, 8)] == [
        "mean 4\nwrong", "stored 9\nright", "mean 3\nright", "stored 2\nwrong",
    ]  # fmt: skip


def test_two_ideas_take_the_other_image_from_the_new_one():
    new, other = np.full((2, 28, 28), 200.0), np.full((2, 28, 28), 50.0)
    draw.two_ideas(new, [1, 1], other, [1, 1], new, [1, 1])
    shown = [plt.gcf().axes[place].images[0] for place in (2, 4)]
    assert shown[0].get_array().max() == 150
    assert shown[1].get_array().max() == 0
    assert shown[0].get_clim() == (-255, 255)


def test_the_hand_example_colours_what_differs_and_hides_one_distance():
    new = np.array([[2, 3], [0, 4]])
    stored = np.array([[[0, 3], [0, 4]], [[3, 3], [0, 3]]])
    draw.hand_example(new, stored, "AC", [1, 7], [None, 2])
    _, first, second = plt.gcf().axes
    assert texts(first)[0] == "A: a 1"
    assert texts(first)[-1] == "distance² ?"
    assert texts(second)[-1] == "distance² 2"
    white = [tuple(patch.get_facecolor()) == (1, 1, 1, 1) for patch in second.patches]
    assert white == [False, True, True, False]


def test_the_means_are_subtracted_in_the_order_of_the_pair():
    means = np.zeros((10, 28, 28))
    means[4, 5, 5] = 90
    draw.blurred_means(means, (4, 9))
    pictured = next(a for a in plt.gcf().axes if a.get_title() == "mean 4 minus mean 9")
    assert pictured.images[0].get_array()[5, 5] == 90
    low, high = pictured.images[0].get_clim()
    assert low == -high


def test_the_ladder_has_two_standard_errors_to_each_side_and_leaves_out_what_is_missing():
    draw.ladder({"guess": {"4,000": (90, 0)}, "k-NN": {"4,000": (7, 0.5), "paper": (5, 0.1)}})
    ax = plt.gcf().axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["guess", "k-NN"]
    first, second, third = ax.containers
    assert first.lines[0].get_xdata().tolist() == [90, 7]
    assert second.lines[0].get_xdata().tolist() == []
    assert third.lines[0].get_xdata().tolist() == [5]
    bar = first.lines[2][0].get_segments()[1]
    np.testing.assert_allclose(bar[:, 0], [6, 8])


def test_the_table_has_one_line_a_row():
    lines = draw.table(["method", "error"], [["k-NN", 7.5]]).data.splitlines()
    assert lines == ["| method | error |", "| --- | ---: |", "| k-NN | 7.5 |"]
