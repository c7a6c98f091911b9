"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import dense as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's


pytestmark = pytest.mark.usefixtures("kept_figures")

X = np.array([[1, 2, 0], [3, -1, 2]])
W = np.array([[2, 1], [-1, 3], [4, -2]])
DY = np.array([[2, -2], [1, 3]])


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_numbers_of_the_chain_are_those_of_school_calculus():
    values, slopes = draw.chain_numbers(3, 2, 1, 5)
    assert values == [3, 6, 7, 2, 2]
    assert slopes == {"flow": [4, 2, 2, 2, 1], "w": 6, "b": 2}


@pytest.mark.parametrize("name", ["x", "w", "b"])
def test_the_slopes_of_the_chain_are_what_nudging_measures(name):
    at, h = {"x": 3.0, "w": -2.0, "b": 0.5, "t": 1.25}, 1e-5
    above, below = (draw.chain_numbers(**at | {name: at[name] + s})[0][-1] for s in (h, -h))
    slopes = draw.chain_numbers(**at)[1]
    right = {"x": slopes["flow"][0], "w": slopes["w"], "b": slopes["b"]}[name]
    assert np.isclose((above - below) / (2 * h), right)


def test_the_chain_shows_each_value_and_each_slope():
    draw.chain(3, 2, 1, 5)
    shown = texts(plt.gcf().axes[0])
    assert {"w = 2", "b = 1", "t = 5", "x\n3", "L\n2"} <= set(shown)
    assert [shown.count(number) for number in ("7", "4", "6", "1")] == [1, 1, 2, 1]


def test_votes_give_the_sum_of_digit_times_weights():
    digit, weight = np.eye(32), np.full((32, 32), -0.5)
    weight[0, 0] = 2.0
    draw.votes(digit, {7: weight})
    titles = [ax.get_title(loc="center") for ax in plt.gcf().axes]
    assert titles == ["a digit 32 × 32", "× weights of class 7", "sum of the votes: −13.5"]


def test_signed_images_have_0_in_the_middle_of_the_scale():
    values = np.eye(32)
    values[3, 4] = -3
    _, ax = plt.subplots()
    draw.signed(ax, values)
    assert ax.images[0].get_clim() == (-3, 3)


def test_lit_places_are_a_row_a_column_or_an_entry():
    assert draw.lit_places((2, 3), (1, None)) == [(1, 0), (1, 1), (1, 2)]
    assert draw.lit_places((2, 3), (None, 2)) == [(0, 2), (1, 2)]
    assert draw.lit_places((2, 3), (1, 2)) == [(1, 2)]


def test_meetings_show_the_three_products_and_light_what_meets():
    draw.meetings(X, W, DY, dw=(0, 0), dx=(1, 2))
    axes = plt.gcf().axes
    assert texts(axes[4]) == ["5", "7", "3", "-7", "2", "6"]
    assert texts(axes[9]) == ["3", "1"]
    assert texts(axes[14]) == ["2", "-8", "12", "5", "8", "-2"]
    lit = [i for i, cell in enumerate(axes[14].patches) if cell.get_facecolor() == draw.WRITE]
    assert lit == [5]
    assert axes[0].get_title(loc="center") == "x.T (3, 2)"


def test_weight_images_share_one_scale_and_keep_the_order_of_the_classes():
    weights = np.zeros((1024, 10))
    weights[5, 3], weights[6, 4] = 1, -4
    draw.weight_images(weights, "a finding")
    axes = plt.gcf().axes[:10]
    assert [ax.get_title(loc="center") for ax in axes] == [str(digit) for digit in range(10)]
    assert {ax.images[0].get_clim() for ax in axes} == {(-4, 4)}
    assert axes[3].images[0].get_array()[0, 5] == 1
    assert plt.gcf()._suptitle.get_text() == "a finding"
