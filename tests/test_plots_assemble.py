"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import assemble as draw

plt = pytest.importorskip("matplotlib.pyplot")


pytestmark = pytest.mark.usefixtures("kept_figures")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_chain_shows_each_shape_twice_and_gradients_for_all_but_the_loss():
    draw.chain(["C1", "F6", "loss"], ["N×1", "N×84", "N×10"])
    shown = texts(plt.gca())
    assert [shown.count(shape) for shape in ("N×1", "N×84", "N×10")] == [2, 2, 2]
    assert shown.count("dW, db") == 2


def test_slopes_point_to_the_left_and_are_dashed():
    draw.chain(["F6", "loss"], ["N×84", "N×10"])
    arrows = [text for text in plt.gca().texts if getattr(text, "arrow_patch", None)]
    back = [a for a in arrows if a.arrow_patch.get_linestyle() == "--"]
    assert len(back) == 2
    assert all(a.xy[0] < a.get_position()[0] for a in back)


def test_one_slope_of_the_hand_chain_is_left_for_the_reader():
    values = slopes = [np.array([[1, 2]]), np.array([[3, 4]])]
    draw.hand_chain(["dense"], values, slopes, hidden=(0, 1))
    above, below = plt.gcf().axes[:3], plt.gcf().axes[3:]
    assert [texts(ax) for ax in above] == [["1", "2"], ["dense\n→"], ["3", "4"]]
    assert [texts(ax) for ax in below] == [["1", "?"], ["dense\n←"], ["3", "4"]]


def test_batches_show_each_digit_with_its_label():
    X = np.zeros((3, 1, 4, 4))
    draw.batches({"right": (X, [7, 8, 9]), "wrong": (X, [8, 9, 0])}, n=2)
    assert [texts(ax) for ax in plt.gcf().axes] == [["7"], ["8"], ["8"], ["9"]]


def test_curves_have_different_markers_and_the_line_of_chance():
    draw.curves({"one": [2.3, 1.0], "two": [2.3, 2.0]}, 2.3)
    one, two, chance = plt.gca().lines
    assert one.get_marker() != two.get_marker()
    assert list(chance.get_ydata()) == [2.3, 2.3]
    assert [t.get_text() for t in plt.gca().get_legend().get_texts()] == ["one", "two"]


def test_the_matrix_says_yes_where_a_check_caught_a_bug():
    caught = np.array([[True, False], [False, False]])
    draw.matrix(["bug", "other"], ["look", "count"], caught)
    ax = plt.gca()
    assert texts(ax) == ["yes", "", "", ""]
    assert [patch.get_hatch() for patch in ax.patches] == ["//", None, None, None]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["bug  1", "other  2"]
