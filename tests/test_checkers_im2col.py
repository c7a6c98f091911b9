"""Every checker of "Unroll an image" against right answers, wrong ones, and the starter."""

import numpy as np
import oracles
import pytest
from answers import checker_tests
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from lenet_core import col2im, im2col
from lenet_core.exercises import im2col as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- trace: the pixel (n, c, p, q)
TRACE_RIGHT = {"tuple": (1, 2, 3, 5), "array": np.array([1.0, 2, 3, 5])}
TRACE_WRONG = {  # answer, words of the hint
    "image slowest": ((1, 2, 1, 5), "runs fastest"),
    "channel fastest": ((1, 0, 4, 5), "runs slowest"),
    "stride 1": ((1, 2, 2, 3), "stride is 2"),
    "first pixel of the window": ((1, 2, 2, 4), "add u and v"),
    "entry of the kernel": ((1, 2, 1, 1), "entry of the kernel"),
    "kernel turned over": ((1, 2, 3, 4), "3 high and 2 wide"),
    "channel first": ((2, 1, 3, 5), "n comes first"),
    "q before p": ((1, 2, 5, 3), "before q"),
    "no image": ((0, 2, 3, 5), "remainder of 11"),
    "three numbers": ((1, 2, 3), "the shape is"),
    "a slip": ((1, 2, 3, 6), "values differ"),
}


@pytest.mark.parametrize("answer", TRACE_RIGHT.values(), ids=TRACE_RIGHT.keys())
def test_the_right_pixel_passes(answer, capsys):
    check.trace(answer)
    assert "trace: right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), TRACE_WRONG.values(), ids=TRACE_WRONG.keys())
def test_a_wrong_pixel_fails_with_a_hint_and_keeps_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.trace(answer)
    assert "expected:" not in str(caught.value)


def test_the_pixel_of_the_exercise_is_where_the_package_puts_it():
    x = np.arange(np.prod(check.SHAPE)).reshape(check.SHAPE)
    columns = im2col(x, check.KERNEL, check.STRIDE)
    assert columns[check.ROW, check.COLUMN] == x[check.traced()]


def test_trace_not_started():
    with pytest.raises(NotStarted, match="None"):
        check.trace(None)


# --- the functions
def lands(pixel, entry, kernel, stride, output, batch):
    (n, c, p, q), (u, v), (kh, kw) = pixel, entry, kernel
    i, j = (p - u) // stride, (q - v) // stride
    return (c * kh + u) * kw + v, (i * output[1] + j) * batch + n


def lands_by_search(pixel, entry, kernel, stride, output, batch):
    c = pixel[1]
    sides = [stride * (o - 1) + k for o, k in zip(output, kernel, strict=True)]
    shape = [batch, c + 1, *sides]
    x = np.zeros(shape)
    x[pixel] = 1
    rows, columns = np.nonzero(im2col(x, kernel, stride))
    row = int(np.ravel_multi_index((c, *entry), (c + 1, *kernel)))
    return [row, int(columns[rows == row][0])]


def lands_of(row, column):
    """A wrong answer: from functions of the numbers that the exercise names."""

    def function(pixel, entry, kernel, s, output, batch):
        (n, c, p, q), (u, v), (kh, kw), (oh, ow) = pixel, entry, kernel, output
        i, j = (p - u) // s, (q - v) // s
        names = {k: value for k, value in locals().items() if k not in ("pixel", "entry")}
        return row(names), column(names)

    return function


def right_row(z):
    return (z["c"] * z["kh"] + z["u"]) * z["kw"] + z["v"]


def right_column(z):
    return (z["i"] * z["ow"] + z["j"]) * z["batch"] + z["n"]


def rows(x, kernel, stride, stop=lambda first, s, count: first + s * count, step=None):
    (N, C, h, w), (kh, kw), s = x.shape, kernel, stride
    oh, ow = (h - kh) // s + 1, (w - kw) // s + 1
    x = x.transpose(1, 2, 3, 0)
    columns = np.empty((C, kh, kw, oh, ow, N), x.dtype)
    for u, v in np.ndindex(kh, kw):
        columns[:, u, v] = x[:, u : stop(u, s, oh) : step or s, v : stop(v, s, ow) : step or s]
    return columns.reshape(C * kh * kw, -1)


def ordered(*axes):
    """An im2col whose axes (C, kh, kw, OH, OW, N) come in another order."""

    def function(x, kernel, stride):
        columns = im2col(x, kernel, stride)
        oh, ow = ((size - k) // stride + 1 for size, k in zip(x.shape[2:], kernel, strict=True))
        blocks = columns.reshape(x.shape[1], *kernel, oh, ow, len(x))
        return blocks.transpose(axes).reshape(columns.shape)

    return function


def back(columns, x_shape, kernel, stride, add=True):
    (N, C, h, w), (kh, kw), s = x_shape, kernel, stride
    oh, ow = (h - kh) // s + 1, (w - kw) // s + 1
    columns = columns.reshape(C, kh, kw, oh, ow, N)
    x = np.zeros((C, h, w, N), columns.dtype)
    for u, v in np.ndindex(kh, kw):
        place = x[:, u : u + s * oh : s, v : v + s * ow : s]
        place[...] = columns[:, u, v] + (place if add else 0)
    return x.transpose(3, 0, 1, 2)


def back_by_matrix(columns, x_shape, kernel, stride):
    size = int(np.prod(x_shape))
    lit = np.eye(size).reshape(size, *x_shape)
    return np.array([(im2col(p, kernel, stride) * columns).sum() for p in lit]).reshape(x_shape)


def back_image_slowest(columns, x_shape, kernel, stride):
    n = x_shape[0]
    columns = columns.reshape(len(columns), n, -1).transpose(0, 2, 1).reshape(columns.shape)
    return col2im(columns, x_shape, kernel, stride)


def back_as_means(columns, x_shape, kernel, stride):
    counts = col2im(np.ones_like(columns), x_shape, kernel, stride)
    return col2im(columns, x_shape, kernel, stride) / np.maximum(counts, 1)


def windows(image, k):
    h, w = image.shape
    down, right = image.strides
    steps = (down, right, down, right)
    return as_strided(image, (h - k + 1, w - k + 1, k, k), steps, writeable=False)


def windows_by_loops(image, k):
    h, w = image.shape
    return [
        [image[i : i + k, j : j + k].astype(float) for j in range(w - k + 1)]
        for i in range(h - k + 1)
    ]


def windows_of_two_orders(image, k):
    """Windows that are right where the memory runs along the rows or down the columns."""
    h, w = image.shape
    size = image.itemsize
    down, right = (w * size, size) if image.flags.c_contiguous else (size, h * size)
    return as_strided(image, (h - k + 1, w - k + 1, k, k), (down, right, down, right))


def windows_of_the_shape(image, k):
    h, w = image.shape
    right, down = image.itemsize, w * image.itemsize
    steps = (down, right, down, right)
    return as_strided(image, (h - k + 1, w - k + 1, k, k), steps, writeable=False)


def gaps(x, k, d):
    N, C, h, w = x.shape
    oh, ow = h - d * (k - 1), w - d * (k - 1)
    x = x.transpose(1, 2, 3, 0)
    columns = np.empty((C, k, k, oh, ow, N), x.dtype)
    for u, v in np.ndindex(k, k):
        columns[:, u, v] = x[:, d * u : d * u + oh, d * v : d * v + ow]
    return columns.reshape(C * k * k, -1)


def gaps_by_index(x, k, d):
    N, C, h, w = x.shape
    oh, ow = h - d * (k - 1), w - d * (k - 1)
    c, u, v = np.indices((C, k, k)).reshape(3, -1, 1)
    i, j, n = np.indices((oh, ow, N)).reshape(3, 1, -1)
    return x[n, c, i + d * u, j + d * v].astype(np.float32)


def gaps_crowded(x, k, d):
    h, w = x.shape[2:]
    reach = (d - 1) * (k - 1)
    return im2col(x[:, :, : h - reach, : w - reach], k)


def gaps_image_slowest(x, k, d):
    columns = gaps(x, k, d)
    return columns.reshape(len(columns), -1, len(x)).swapaxes(1, 2).reshape(columns.shape)


RIGHT = {
    check.lands: [lands, lands_by_search],
    check.im2col_rows: [rows, lambda x, k, s: oracles.im2col(x, k, (s, s)).astype(np.float32)],
    check.col2im_rows: [back, back_by_matrix],
    check.windows: [windows, windows_by_loops],
    check.dilated: [gaps, gaps_by_index],
}
WRONG = {  # checker: [(function, words of the hint)]
    check.lands: [
        (lands_of(right_row, lambda z: (z["p"] // z["s"] * z["ow"] + z["q"] // z["s"]) * z["batch"]
                  + z["n"]), "the window begins at"),
        (lands_of(right_row, lambda z: ((z["p"] - z["u"]) * z["ow"] + z["q"] - z["v"]) * z["batch"]
                  + z["n"]), "`stride` pixels apart"),
        (lands_of(right_row, lambda z: (z["n"] * z["oh"] + z["i"]) * z["ow"] + z["j"]), "fastest"),
        (lands_of(right_row, lambda z: (z["i"] * z["oh"] + z["j"]) * z["batch"] + z["n"]),
         "`ow` places"),
        (lands_of(lambda z: (z["c"] * z["kw"] + z["u"]) * z["kh"] + z["v"], right_column),
         "`kw` entries"),
        (lands_of(lambda z: z["u"] * z["kw"] + z["v"], right_column), "channel is missing"),
        (lands_of(right_column, right_row), "first the row"),
        (lands_of(right_row, lambda z: z["i"] * z["ow"] + z["j"] + z["n"]), "one for each image"),
        (lands_of(right_row, lambda z: right_column(z) - z["n"]), "add n"),
        (lands_of(right_row, lambda z: ((z["p"] + z["u"]) // z["s"] * z["ow"]
                  + (z["q"] + z["v"]) // z["s"]) * z["batch"] + z["n"]), "subtract u"),
        (lands_of(right_row, lambda z: right_column(z) + 1), "values differ"),
        (lambda *args: lands(*args)[0], "the shape is"),
        (lambda *args: None, "does it end in return"),
    ],
    check.im2col_rows: [
        (lambda x, k, s: im2col(x, k, s).T, "transpose"),
        (lambda x, k, s: im2col(x, k), "stride is ignored"),
        (lambda x, k, s: rows(x, k, s, lambda first, _, count: first + count, step=1),
         "needs the step"),
        (ordered(0, 1, 2, 5, 3, 4), "fastest"),
        (ordered(0, 2, 1, 3, 4, 5), "u and v are exchanged"),
        (ordered(1, 2, 0, 3, 4, 5), "slowest"),
        (lambda x, k, s: rows(x, k, s, lambda first, s, count: first + count), "raised ValueError"),
        (lambda x, k, s: im2col(x, k[::-1], s), "raised ValueError|shape is"),
        (lambda x, k, s: im2col(x[:1], k, s), "the shape is"),
    ],
    check.col2im_rows: [
        (lambda *args: back(*args, add=False), "last entry wins"),
        (back_as_means, "never divides"),
        (back_image_slowest, "runs fastest"),
        (lambda *args: back(*args).transpose(1, 2, 3, 0), "back to the front|shape"),
        (lambda c, shape, *rest: back(c, shape, *rest).transpose(1, 2, 3, 0).reshape(shape),
         "does not move an axis"),
        (lambda c, shape, k, s: back(c, shape, k, 1), "raised ValueError"),
        (lambda *args: 2 * back(*args), "values differ"),
        (lambda *args: back(*args)[:1], "the shape is"),
    ],
    check.windows: [
        (windows_of_the_shape, "does it guess them"),
        (windows_of_two_orders, "every second column"),
        (lambda image, k: windows(image, k).transpose(1, 0, 2, 3), "shape is"),
        (lambda image, k: windows(image, k).swapaxes(2, 3), "each window is transposed"),
        (lambda image, k: windows(image.T, k), "the shape is"),
        (lambda image, k: sliding_window_view(image, (k, k))[::-1], "values differ"),
        (lambda image, k: windows(image, 2), "the shape is"),
    ],
    check.dilated: [
        (lambda x, k, d: im2col(x, k), "side by side"),
        (gaps_crowded, "the right size"),
        (lambda x, k, d: im2col(x, k, d), "no stride"),
        (lambda x, k, d: im2col(x, d * (k - 1) + 1), "leave the gaps out"),
        (lambda x, k, d: gaps(x, k, d).T, "transpose"),
        (gaps_image_slowest, "run fastest"),
        (lambda x, k, d: gaps(x[:1], k, d), "the shape is"),
    ],
}  # fmt: skip


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


def test_the_guess_of_the_starter_is_right_for_new_arrays_only():
    image = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(windows_of_the_shape(image, 2), windows(image, 2))
    assert not np.array_equal(windows_of_the_shape(image.T, 2), windows(image.T, 2))
