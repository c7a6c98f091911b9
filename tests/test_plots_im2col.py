"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from lenet_core import im2col
from lenet_core.plots import im2col as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's


pytestmark = pytest.mark.usefixtures("kept_figures")


def example():
    """Return the two images of the chapter: each number spells its place."""
    n, _, p, q = np.indices((2, 1, 3, 4))
    return 100 * n + 10 * p + q


def test_a_row_and_a_column_are_outlined_where_they_come_from():
    digit = np.arange(1024.0).reshape(32, 32)
    draw.rows_and_columns(digit, im2col(digit[None, None], 5), 14, 11 * 28 + 12)
    _, row, column = plt.gcf().axes[0].patches
    assert (row.get_xy(), row.get_width()) == ((3.5, 1.5), 28)
    assert (column.get_xy(), column.get_width()) == ((11.5, 10.5), 5)
    shown = [ax.images[0].get_array() for ax in plt.gcf().axes[2:]]
    np.testing.assert_array_equal(shown[0], digit[2:30, 4:])
    np.testing.assert_array_equal(shown[1], digit[11:16, 12:17])


def test_pixel_of_agrees_with_im2col():
    x = example()
    columns = im2col(x, (2, 3))
    for (r, c), value in np.ndenumerate(columns):
        place, n = divmod(c, 2)
        assert x[(n, 0, *draw.pixel_of(r, place))] == value


def test_the_row_that_is_asked_for_is_hidden_and_no_other():
    x = example()
    draw.index_picture(x, im2col(x, (2, 3)), 1, 6, 4)
    cells = [text.get_text() for text in plt.gcf().axes[2].texts[:48]]
    assert cells[32:40] == ["?"] * 8
    assert "?" not in cells[:32] + cells[40:]
    assert cells[8:16] == ["1", "101", "2", "102", "11", "111", "12", "112"]


def test_the_tinted_pixels_are_those_of_the_row():
    x = example()
    draw.index_picture(x, im2col(x, (2, 3)), 1, 6, 4)
    cells = plt.gcf().axes[0].patches[-12:]
    tinted = [k for k, cell in enumerate(cells) if cell.get_facecolor() == draw.tint(draw.ROW)]
    assert [x[0, 0].flat[k] for k in tinted] == [1, 2, 11, 12]


def test_the_strip_shows_what_a_window_reads():
    image = example()[0, 0].astype(np.float32)
    windows = sliding_window_view(image, (2, 3))
    for i, j in np.ndindex(2, 2):
        read = draw.cells_read(image, windows[i, j])
        assert image.ravel()[read].tolist() == windows[i, j].ravel().tolist()
    draw.memory_strip(image, windows, [(0, 0), (0, 1)])
    assert "2 windows, one memory: 4 numbers" in plt.gcf()._suptitle.get_text()


def test_the_column_sums_stand_under_each_matrix():
    draw.matrices({"a": np.array([[1, 0], [1, 0], [0, 1]]), "b": np.array([[0, 1]])})
    texts = [[text.get_text() for text in ax.texts] for ax in plt.gcf().axes]
    assert texts == [["1", "1", "1", "2", "1", "counts"], ["1", "0", "1", "counts"]]
