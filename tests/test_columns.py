"""im2col and col2im against loops, against each other, and with input that they have to refuse."""

import numpy as np
import oracles
import pytest

from lenet_core import col2im, im2col
from lenet_core.columns import output_size, window_pixels

CASES = {  # images, kernel, stride
    "square": ((2, 3, 5, 5), (3, 3), (1, 1)),
    "wide image, tall kernel": ((2, 3, 5, 7), (3, 2), (1, 1)),
    "tall image, wide kernel": ((2, 2, 7, 4), (1, 3), (1, 1)),
    "kernel of one pixel": ((3, 2, 4, 5), (1, 1), (1, 1)),
    "kernel of one pixel, stride 2": ((3, 2, 4, 5), (1, 1), (2, 2)),
    "kernel as large as the image": ((2, 3, 4, 5), (4, 5), (1, 1)),
    "overlap, stride 2": ((2, 2, 7, 9), (3, 3), (2, 2)),
    "last rows left out": ((2, 1, 8, 6), (3, 3), (2, 2)),
    "stride by axis": ((2, 2, 7, 6), (3, 2), (2, 1)),
    "stride beyond the kernel": ((2, 2, 8, 8), (2, 2), (3, 3)),
    "one image": ((1, 1, 5, 6), (3, 3), (1, 1)),
}
cases = pytest.mark.parametrize(("x_shape", "kernel", "stride"), CASES.values(), ids=CASES.keys())


def whole_numbers(shape, seed=0):
    """Small whole numbers, whose sums are exact in any order."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


@cases
def test_im2col_lays_windows_out_as_the_loops_do(x_shape, kernel, stride):
    x = whole_numbers(x_shape)
    np.testing.assert_array_equal(im2col(x, kernel, stride), oracles.im2col(x, kernel, stride))


@cases
def test_col2im_adds_as_the_loops_do(x_shape, kernel, stride):
    columns = whole_numbers(im2col(np.zeros(x_shape), kernel, stride).shape)
    want = oracles.col2im(columns, x_shape, kernel, stride)
    np.testing.assert_array_equal(col2im(columns, x_shape, kernel, stride), want)


@cases
def test_col2im_is_the_exact_adjoint_of_im2col(x_shape, kernel, stride):
    x = whole_numbers(x_shape)
    columns = im2col(x, kernel, stride)
    c = whole_numbers(columns.shape, seed=1)
    assert (columns * c).sum() == (x * col2im(c, x_shape, kernel, stride)).sum()


def test_one_number_means_both_axes():
    x = whole_numbers((2, 3, 7, 9))
    np.testing.assert_array_equal(im2col(x, 3, 2), im2col(x, (3, 3), (2, 2)))
    c = im2col(x, 3, 2)
    np.testing.assert_array_equal(col2im(c, x.shape, 3, 2), col2im(c, x.shape, (3, 3), (2, 2)))


def test_a_pixel_counts_the_windows_that_share_it():
    count = col2im(np.ones((4, 4)), (1, 1, 3, 3), 2)
    assert count[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


@pytest.mark.parametrize("layout", oracles.LAYOUTS.values(), ids=oracles.LAYOUTS.keys())
def test_the_place_in_memory_changes_nothing(layout):
    x = whole_numbers((3, 2, 5, 6))
    columns = im2col(x, 3, 2)
    np.testing.assert_array_equal(im2col(layout(x), 3, 2), columns)
    want = col2im(columns, x.shape, 3, 2)
    np.testing.assert_array_equal(col2im(layout(columns), x.shape, 3, 2), want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_the_dtype_is_kept(dtype):
    columns = im2col(np.ones((2, 1, 4, 4), dtype), 2)
    assert columns.dtype == dtype
    assert col2im(columns, (2, 1, 4, 4), 2).dtype == dtype


def test_col2im_returns_batch_last_memory():
    x = col2im(np.ones((8, 27)), (3, 2, 4, 4), 2)
    assert x.transpose(1, 2, 3, 0).flags.c_contiguous


def test_nothing_is_written_into_the_arguments():
    x = whole_numbers((2, 1, 4, 4))
    columns = im2col(x, 2).copy()
    for array in (x, columns):
        array.setflags(write=False)
    assert im2col(x, 2).shape == columns.shape
    assert col2im(columns, x.shape, 2).shape == x.shape


def test_the_result_of_im2col_is_an_array_of_its_own():
    x = np.ones((1, 1, 3, 3))
    columns = im2col(x, 1)
    columns[...] = 7
    assert x.max() == 1


@pytest.mark.parametrize(
    ("image", "kernel", "stride", "want"),
    [((5, 7), 3, 1, (3, 5)), ((8, 6), 3, 2, (3, 2)), ((5, 5), (5, 1), (1, 4), (1, 2))],
)
def test_output_size_counts_the_windows_that_fit(image, kernel, stride, want):
    assert output_size(image, kernel, stride) == want


@cases
def test_window_pixels_stay_inside_and_fill_the_output(x_shape, kernel, stride):
    image, output = x_shape[2:], output_size(x_shape[2:], kernel, stride)
    pixels = list(window_pixels(output, kernel, stride))
    assert [(i, j) for i, j, _, _ in pixels] == list(np.ndindex(kernel))
    assert all(np.zeros(image)[rows, cols].shape == output for _, _, rows, cols in pixels)
    assert all(r.stop <= image[0] and c.stop <= image[1] for _, _, r, c in pixels)


IMAGES = np.zeros((2, 1, 4, 6))
REFUSED = {
    "three axes": (lambda: im2col(IMAGES[0], 2), r"images .*\(N, C, H, W\), got shape \(1, 4, 6\)"),
    "a list": (lambda: im2col([[1.0]], 2), r"images .*\(N, C, H, W\), got a list"),
    "kernel 0": (lambda: im2col(IMAGES, 0), "kernel_size .* at least 1, got 0"),
    "kernel 1.5": (lambda: im2col(IMAGES, 1.5), "kernel_size .* whole number .*, got 1.5"),
    "kernel of three": (lambda: im2col(IMAGES, (1, 2, 3)), r"kernel_size .*, got \(1, 2, 3\)"),
    "kernel too tall": (lambda: im2col(IMAGES, (5, 1)), "kernel 5x1 is larger .* 4x6"),
    "kernel too wide": (lambda: im2col(IMAGES, (1, 7)), "kernel 1x7 is larger .* 4x6"),
    "stride 0": (lambda: im2col(IMAGES, 2, 0), "stride .* at least 1, got 0"),
    "stride (1, -1)": (lambda: im2col(IMAGES, 2, (1, -1)), r"stride .*, got \(1, -1\)"),
    "columns of another size": (
        lambda: col2im(np.zeros((4, 9)), IMAGES.shape, 2),
        r"columns .*\(4, 30\), got shape \(4, 9\)",
    ),
    "col2im, kernel too large": (
        lambda: col2im(np.zeros((25, 2)), IMAGES.shape, 5),
        "kernel 5x5 is larger .* 4x6",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_shape_of_the_images_has_four_sizes():
    with pytest.raises(ValueError, match=r"\(N, C, H, W\), got \(3, 3\)"):
        col2im(np.ones((4, 4)), (3, 3), 2)
