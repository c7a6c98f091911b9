"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import convolve as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's


pytestmark = pytest.mark.usefixtures("kept_figures")


def test_windows_cover_their_pixels():
    assert list(draw.window_fills(0, (3, 3), (2, 2))) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert list(draw.window_fills(1, (3, 3), (2, 2))) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert list(draw.window_fills(2, (3, 3), (2, 2))) == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_the_three_places_are_the_corner_and_the_ends_of_the_scale():
    response = np.zeros((28, 28))
    response[3, 4], response[5, 6] = 2, -7
    assert draw.interesting_places(response) == [(0, 0), (3, 4), (5, 6)]


def test_given_back_puts_each_column_on_its_window():
    K, dY = np.array([[1, 2], [3, -1]]), np.array([[1, 2], [-1, 2]])
    draw.given_back(np.outer(K, dY), np.zeros((3, 3), int), K, dY)
    second = plt.gcf().axes[2]
    assert [text.get_text() for text in second.texts] == ["", "2", "4", "", "6", "-2", "", "", ""]


def test_overwritten_counts_and_crosses_what_differs():
    right = np.arange(9).reshape(3, 3)
    wrong = right.copy()
    wrong[1] = 9
    draw.overwritten(np.ones((3, 3), int), right, wrong)
    assert plt.gcf()._suptitle.get_text() == "With = the 3 crossed pixels are wrong"
    assert len(plt.gcf().axes[-1].lines) == 3


def test_count_table_adds_up():
    paper, book = {"C1": (1, 20), "F6": (1000, 3)}, {"C1": (5, 6), "F6": (7, 8)}
    lines = draw.count_table([(6, 28, 28), (84,)], paper, book).data.splitlines()
    assert lines[2] == "| C1 | 6×28×28 | 1 | 20 | 5 | 6 |"
    assert lines[-1] == "| **total** |  | **1,001** | **23** | **12** | **14** |"
