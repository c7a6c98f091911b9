"""Checkers of the chapter "Convolve an image"."""

import numpy as np

from ..columns import col2im
from ..columns import im2col as reference_im2col
from .checker import Case, NotStarted, run_cases, same

X = np.array([[2, 1, 3], [0, -1, 1], [1, 2, 5]])
K = np.array([[1, 2], [3, -1]])
TRANSPOSED = "this is the transpose of the right answer: rows and columns are exchanged"
OTHER_PLACES = [(0, 0), (0, 1), (1, 1)]  # the windows of the 3x3 example that dY does not reach
WHERE = "dY is 3 at row 1, column 0"


def hand_gradients(dK, db, dX):
    """Check the gradients of the 3x3 example for dY = [[0, 0], [3, 0]]; None is not started.

    Parameters
    ----------
    dK : (2, 2), db : a number, dX : (3, 3); arrays or nested lists
    """
    answers = {"db": db, "dK": dK, "dX": dX}
    if any(value is None for value in answers.values()):
        raise NotStarted("gradients by hand: replace each None by your numbers")
    window = X[1:, :2]  # the one that dY reaches
    right = {"db": 3, "dK": 3 * window, "dX": placed(3 * K, 1, 0)}
    hints = {"db": db_hints(window), "dK": dk_hints(window), "dX": dx_hints(window)}
    for name, value in answers.items():
        same(name, value, right[name], hints[name], reveal=False)
    print("gradients by hand: all three right")


def db_hints(window):
    """Return the sums of other arrays, each with its name."""
    others = {"X": X, "K": K, "the window": window, "dK": 3 * window, "dX": 3 * K}
    return [(1, "count dY, not the windows: db is the sum of dY")] + [
        (other.sum(), f"this is the sum of {name}; db is the sum of dY")
        for name, other in others.items()
    ]


def dk_hints(window):
    """Return the values of dK that common slips give, each with its hint."""
    return [
        (window, "this is the window itself; multiply it by its dY"),
        (3 * K, "these are multiples of K; dK collects pixels of X"),
        (3 * window.T, TRANSPOSED),
        *[
            (3 * X[i : i + 2, j : j + 2], f"this is the window at row {i}, column {j}; {WHERE}")
            for i, j in OTHER_PLACES
        ],
    ]


def dx_hints(window):
    """Return the values of dX that common slips give, each with its hint."""
    return [
        (placed(K, 1, 0), "this is K on its window; multiply it by its dY"),
        (placed(3 * K[::-1, ::-1], 1, 0), "K is turned by 180 degrees; forward did not turn it"),
        (placed(3 * window, 1, 0), "these are multiples of X; dX collects entries of K"),
        (placed(3 * K, 1, 0).T, TRANSPOSED),
        *[
            (placed(3 * K, i, j), f"K lies at row {i}, column {j}; {WHERE}")
            for i, j in OTHER_PLACES
        ],
    ]


def placed(values, i, j):
    """Return a 3x3 array of 0 with `values` from row `i` and column `j` on."""
    image = np.zeros((3, 3), dtype=int)
    image[i : i + 2, j : j + 2] = values
    return image


def counts(function):
    """Check function(c_in, c_out, k, h, w) -> (parameters, connections) of a convolution."""
    sizes = {
        "one kernel of one pixel on a 2x3 image": (1, 1, 1, 2, 3),
        "C1 of LeNet-5": (1, 6, 5, 32, 32),
        "C1 with 7x7 kernels": (1, 6, 7, 32, 32),
        "three maps to four, 5x9 pixels": (3, 4, 3, 5, 9),
        "C5 of LeNet-5": (16, 120, 5, 5, 5),
    }
    cases = [
        Case(label, size, counted(*size), count_mistakes(*size)) for label, size in sizes.items()
    ]
    run_cases("counts", function, cases)


def counted(c_in, c_out, k, h, w, bias=1):
    """Return (parameters, connections); with bias=0 those of the kernels alone."""
    parameters = c_out * (c_in * k * k + bias)
    return parameters, parameters * (h - k + 1) * (w - k + 1)


def count_mistakes(c_in, c_out, k, h, w):
    """Return the counts that common slips give, each with its hint."""
    right, places = counted(c_in, c_out, k, h, w)
    one_bias = c_out * c_in * k * k + 1
    no_bias = counted(c_in, c_out, k, h, w, bias=0)
    return (
        (no_bias, "the biases are missing: one for each output map"),
        ((right, no_bias[1]), "each output value also has a connection from its bias"),
        ((one_bias, one_bias * places // right), "one bias for each output map, not one in all"),
        ((right, right * (h - k) * (w - k)), "output size is h - k + 1: count the first window"),
        ((right, right * h * w), "valid convolution: the map is smaller than the image"),
    )


def im2col(function):
    """Check function(x, k, stride) -> columns (C*k*k, OH*OW*N), the image fastest."""
    sizes = {
        "a 3x3 image, k = 2, stride 1": ((1, 1, 3, 3), 2, 1),
        "a 4x4 image, k = 2, stride 2": ((1, 1, 4, 4), 2, 2),
        "a 5x7 image, k = 3, stride 2": ((1, 1, 5, 7), 3, 2),
        "a 6x5 image, k = 2, stride 3: the last row and column left out": ((1, 1, 6, 5), 2, 3),
        "two channels": ((1, 2, 5, 4), 2, 2),
        "three images of two channels": ((3, 2, 5, 6), 2, 2),
    }
    run_cases("im2col", function, [im2col_case(label, *size) for label, size in sizes.items()])


def im2col_case(label, shape, k, stride):
    """Return the case of an image of different whole numbers."""
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    right = reference_im2col(x, k, stride)
    oh, ow = ((size - k) // stride + 1 for size in shape[2:])
    blocks = right.reshape(-1, oh, ow, shape[0])  # (C*k*k, OH, OW, N)
    dense = reference_im2col(x, k, 1)
    crowded = dense.reshape(-1, shape[2] - k + 1, shape[3] - k + 1, shape[0])[:, :oh, :ow]
    hints = (
        (right.T, "each window is a row; here it has to be a column"),
        (dense, "the stride is ignored: the next window starts `stride` on"),
        (crowded.reshape(right.shape),
         "as many windows as there should be, but they lie too close:\n"
         "the stride is in the count of places and not in the slices of x"),
        (blocks.transpose(0, 3, 1, 2).reshape(right.shape),
         "the image has to change fastest along a row: its loop is the innermost"),
        (blocks.transpose(0, 2, 1, 3).reshape(right.shape),
         "the windows run down the columns of the image; they have to run along its rows"),
    )  # fmt: skip
    return Case(label, (x, k, stride), right, hints)


def kernel_gradient(function):
    """Check function(x, dy, k) -> dW (out, C, k, k)."""
    rng = np.random.default_rng(0)
    hand = (X[None, None].astype(float), np.array([[[[1.0, 2], [-1, 2]]]]), 2)
    sizes = {
        "one image, two output maps": ((1, 1, 4, 5), 2, 2),
        "one image of two channels": ((1, 2, 4, 5), 3, 2),
        "two images": ((2, 1, 3, 3), 1, 2),
        "two images, two output maps": ((2, 2, 4, 5), 2, 3),
        "three images, all sizes different": ((3, 2, 6, 5), 4, 2),
    }
    drawn = {label: gradient_arguments(rng, *size) for label, size in sizes.items()}
    cases = {"the 3x3 example": hand} | drawn
    run_cases("dW", function, [gradient_case(*case) for case in cases.items()])


def gradient_arguments(rng, shape, out, k):
    """Return x, dy and k of small whole numbers."""
    n, _, h, w = shape
    dy_shape = (n, out, h - k + 1, w - k + 1)
    return (*(rng.integers(-4, 5, s).astype(float) for s in (shape, dy_shape)), k)


def gradient_case(label, arguments):
    """Return the case with its expected dW."""
    x, dy, k = arguments
    shape, columns = (dy.shape[1], x.shape[1], k, k), reference_im2col(x, k)
    right = rows_of(dy) @ columns.T
    scrambled = dy.reshape(dy.shape[1], -1) @ columns.T
    hints = (
        (scrambled.reshape(shape),
         "right for one image, wrong for more: along the columns\n"
         "the image runs fastest; does it along the rows of dy?"),
        (right.reshape(shape) / len(x), "divided by the number of images: only the loss does that"),
        (right.reshape(shape)[:, :, ::-1, ::-1], "dW is turned by 180 degrees"),
    )  # fmt: skip
    return Case(label, arguments, right.reshape(shape), hints)


def rows_of(dy):
    """Return dy as (out, OH*OW*N), in the order of the columns."""
    return dy.transpose(1, 2, 3, 0).reshape(dy.shape[1], -1)


def shift(function):
    """Check function(x, pixels) -> x moved to the right, background -0.1 where it came from."""
    sizes = {
        "one pixel of a 1x3 image": ((1, 1, 1, 3), 1),
        "one pixel of a 3x3 image": ((1, 1, 3, 3), 1),
        "two pixels of a 3x4 image": ((1, 1, 3, 4), 2),
        "a batch of two images, two channels": ((2, 2, 4, 3), 1),
    }
    run_cases("shift", function, [shift_case(label, *size) for label, size in sizes.items()])


def shift_case(label, shape, pixels):
    """Return the case of an image of different whole numbers."""
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    right, zeros, left, down = np.full((4, *shape), -0.1)
    zeros[..., :pixels] = 0
    right[..., pixels:] = zeros[..., pixels:] = x[..., :-pixels]
    left[..., :-pixels] = x[..., pixels:]
    down[:, :, pixels:] = x[:, :, : max(0, shape[2] - pixels)]
    hints = (
        (zeros, "blank paper is -0.1, not 0"),
        (np.roll(x, pixels, axis=3), "what falls off on the right comes back on the left"),
        (left, "this is a shift to the left"),
        (down, "this is a shift down: the width is the last axis"),
    )
    return Case(label, (x, pixels), right, hints)


def input_gradient(function):
    """Check function(dY, K) -> dX, one map and one kernel, all of them 2-D."""
    rng = np.random.default_rng(1)
    hand = (np.array([[1, 2], [-1, 2]]), K)
    sizes = {
        "one window of two pixels": ((1, 1), (1, 2)),
        "a 3x3 kernel": ((3, 3), (3, 3)),
        "a wide map, a tall kernel": ((2, 5), (3, 2)),
        "a kernel of one pixel": ((3, 4), (1, 1)),
        "C1 of LeNet-5": ((28, 28), (5, 5)),
    }
    drawn = {
        label: tuple(rng.integers(-4, 5, shape) for shape in pair) for label, pair in sizes.items()
    }
    cases = {"the 3x3 example": hand} | drawn
    run_cases("dX", function, [input_case(*case) for case in cases.items()])


def input_case(label, arguments):
    """Return the case with its expected dX."""
    dY, kernel = arguments
    right = spread(dY, kernel)
    hints = (
        (spread(dY, kernel[::-1, ::-1]), "K is not turned, or turned twice: by 180 degrees, once"),
        # read as a convolution: what spreads K[:, ::-1] is the frame of dY convolved with K[::-1]
        (spread(dY, kernel[:, ::-1]), "K is turned upside down only: both of its axes turn"),
        (spread(dY, kernel[::-1]), "K is turned left to right only: both of its axes turn"),
    )
    return Case(label, arguments, right, hints)


def spread(dY, kernel):
    """Return dX: each entry of dY times the kernel, added at its window."""
    (oh, ow), (kh, kw) = dY.shape, kernel.shape
    return col2im(np.outer(kernel, dY), (1, 1, oh + kh - 1, ow + kw - 1), (kh, kw))[0, 0]
