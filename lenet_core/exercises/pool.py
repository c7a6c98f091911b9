"""Checkers of the chapter "Pool a map"."""

import numpy as np

from ..gradcheck import gradient_check
from .checker import Case, NotStarted, WrongAnswer, run_cases, same

X = np.array([[2, 6, 1, 1], [0, 4, 5, 1], [8, 0, 3, 3], [0, 0, 3, 7]])


def hand(mean, largest, dX):
    """Check the pencil answers for X; dX belongs to the largest values and dY = [[1, 2], [3, 4]].

    Parameters
    ----------
    mean, largest : (2, 2); dX : (4, 4); arrays or nested lists
    """
    answers = {"mean": mean, "largest": largest, "dX": dX}
    if any(value is None for value in answers.values()):
        raise NotStarted("pooling by hand: replace each None by your numbers")
    for name, (right, hints) in hand_answers().items():
        same(name, answers[name], right, hints, reveal=False)
    print("pooling by hand: all three right")


def hand_answers():
    """Return {name: (right answer, hints)}."""
    windows = X.reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(2, 2, 4)
    dY = np.array([[1, 2], [3, 4]])
    mean, largest = windows.mean(axis=2), windows.max(axis=2)
    dX = np.where(X == big(largest), big(dY), 0)
    return {
        "mean": (mean, [
            (windows.sum(axis=2), "this is the sum of each window; divide by 4"),
            (largest, "this is the largest value of each window, asked for next"),
            (mean.T, "rows and columns are exchanged"),
        ]),
        "largest": (largest, [
            (mean, "this is the mean of each window"),
            (windows.min(axis=2), "this is the smallest value of each window"),
            (largest.T, "rows and columns are exchanged"),
        ]),
        "dX": (dX, [
            (big(dY / 4), "this is the gradient of the mean: the largest value takes it alone"),
            (big(dY), "each window gives its dY to one pixel, not to all four"),
            (np.where(X == big(largest), X, 0), "these are the largest pixels; put dY there"),
            (np.where(X == big(largest), X * big(dY), 0),
             "the winner has the slope 1: dY goes there as it is"),
            (np.where(X == big(largest), 1, 0), "this marks the winners; multiply by dY"),
        ]),
    }  # fmt: skip


def big(small):
    """Repeat each entry over a window of 2x2."""
    return np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)


def windows_of(shape, k, stride):
    """Yield (i, j, rows, columns) of each window, row by row."""
    for i, j in np.ndindex((shape[0] - k) // stride + 1, (shape[1] - k) // stride + 1):
        yield i, j, slice(i * stride, i * stride + k), slice(j * stride, j * stride + k)


def pooled(x, k, stride, how=np.mean):
    """Pool (N, C, H, W) by the definition."""
    out = [
        (i, j, how(x[:, :, r, c], axis=(2, 3))) for i, j, r, c in windows_of(x.shape[2:], k, stride)
    ]
    y = np.empty((*x.shape[:2], out[-1][0] + 1, out[-1][1] + 1))
    for i, j, value in out:
        y[:, :, i, j] = value
    return y


def numbers(*shape):
    """Return different whole numbers in no order, as floats."""
    return np.random.default_rng(0).permutation(np.prod(shape)).reshape(shape).astype(float)


def by_reshape(function):
    """Check function(x) -> means of 2x2 windows of (N, C, H, W), H and W even."""
    cases = []
    for label, shape in {
        "one window": (1, 1, 2, 2),
        "the size of the example": (1, 1, 4, 4),
        "a map of 2x6 pixels": (1, 1, 2, 6),
        "two images of three maps": (2, 3, 4, 6),
    }.items():
        x = numbers(*shape)
        right = pooled(x, 2, 2)
        hints = (
            (4 * right, "these are sums: take the mean"),
            (pooled(x, 2, 2, np.max), "these are the largest values: take the mean"),
            (x.reshape(*shape[:2], shape[2] // 2, shape[3] // 2, 4).mean(axis=4),
             "reshape cuts runs of four in a row: the axes have to be OH, 2, OW, 2"),
            (x.reshape(halves(shape)).mean(axis=(2, 4)),
             "the mean of pixels that lie apart: the axes are OH, 2, OW, 2,\n"
             "and the two short ones count the pixels of a window"),
            (x[:, :, ::2, ::2], "this keeps one pixel of each window"),
        )  # fmt: skip
        cases.append(Case(label, (x,), right, hints))
    run_cases("by_reshape", function, cases)


def halves(shape):
    """Return (N, C, OH, 2, OW, 2) for (N, C, H, W)."""
    n, c, h, w = shape
    return n, c, h // 2, 2, w // 2, 2


def avg_pool(function):
    """Check function(x, k, stride) -> means of k x k windows, which may overlap."""
    cases = []
    for label, shape, k, stride in [
        ("one window", (1, 1, 2, 2), 2, 2),
        ("the size of the example", (1, 1, 4, 4), 2, 2),
        ("5x7 pixels: what fills no window is left out", (1, 1, 5, 7), 2, 2),
        ("windows of 3x3 that move on by 2", (1, 1, 7, 5), 3, 2),
        ("windows of 2x2 that move on by 1", (1, 2, 4, 3), 2, 1),
        ("windows of 2x2 that move on by 3", (2, 1, 5, 8), 2, 3),
    ]:
        x = numbers(*shape)
        right = pooled(x, k, stride)
        hints = (
            (k * k * right, "these are sums: divide by k * k"),
            (right * k * k / 4, "divide by k * k, which is 4 only for k = 2"),
            (pooled(x, k, stride, np.max), "these are the largest values: take the mean"),
            (pooled(x, k, k), "the next window starts `stride` pixels on, not k"),
            (pooled(x, k, 1), "the stride is ignored"),
        )
        cases.append(Case(label, (x, k, stride), right, hints))
    run_cases("avg_pool", function, cases)


def mean_backward(function):
    """Check function(dy, x_shape) -> dx of means of 2x2 windows, for any H and W."""
    cases = []
    for label, shape in {
        "one window": (1, 1, 2, 2),
        "the size of the example": (1, 1, 4, 4),
        "two images of three maps": (2, 3, 4, 6),
        "a row is left over": (1, 1, 5, 4),
        "a column is left over": (1, 2, 4, 7),
    }.items():
        dy = numbers(*shape[:2], shape[2] // 2, shape[3] // 2) + 1
        right = spread(dy, shape)
        hints = (
            (4 * right, "divide by 4: each pixel has a quarter of the mean"),
            (right / 4, "divided by 4 twice"),
            (2 * right, "divide by 4, the number of pixels in a window"),
            (
                right[:, :, : shape[2] // 2 * 2, : shape[3] // 2 * 2],
                "pixels that fill no window are missing: they belong to x, with the gradient 0",
            ),
        )
        cases.append(Case(label, (dy, shape), right, hints))
    run_cases("mean_backward", function, cases)


def spread(dy, shape):
    """Give a quarter of each dy to each pixel of its window."""
    dx = np.zeros(shape)
    for i, j, rows, columns in windows_of(shape[2:], 2, 2):
        dx[:, :, rows, columns] += dy[:, :, i, j, None, None] / 4
    return dx


def max_backward(function):
    """Check function(x, dy) -> dx of the largest of 2x2 windows; of equal ones the first."""
    cases = []
    for label, shape, ties in [
        ("one window", (1, 1, 2, 2), False),
        ("the size of the example", (1, 1, 4, 4), False),
        ("two images of three maps", (2, 3, 4, 6), False),
        ("negative pixels as well", (1, 1, 4, 4), None),
        ("equal pixels: the first in reading order", (1, 2, 4, 4), True),
    ]:
        x = numbers(*shape)
        x = x - 8 if ties is None else x // 6 if ties else x
        dy = numbers(*shape[:2], shape[2] // 2, shape[3] // 2) + 1
        right = winner_takes(x, dy)
        blown = np.repeat(np.repeat(dy, 2, axis=2), 2, axis=3)
        largest = np.repeat(np.repeat(pooled(x, 2, 2, np.max), 2, axis=2), 2, axis=3)
        hints = (
            (blown * (x == largest), "of equal pixels only the first gets the gradient"),
            (blown / 4, "this is the gradient of the mean"),
            (blown, "each window gives its dy to one pixel, not to all four"),
            (right * x, "the winner has the slope 1: dy goes there as it is"),
            (last_takes(x, dy), "of equal pixels the last one got it: the first has to"),
            (winner_takes(-x, dy), "this goes to the smallest pixel of each window"),
            (winner_takes(np.abs(x), dy), "this goes to the largest absolute value"),
        )
        cases.append(Case(label, (x, dy), right, hints))
    run_cases("max_backward", function, cases)


def winner_takes(x, dy):
    """Give each dy to the first of the largest pixels of its window."""
    dx = np.zeros(x.shape)
    for i, j, rows, columns in windows_of(x.shape[2:], 2, 2):
        window = x[:, :, rows, columns].reshape(*x.shape[:2], 4)
        first = window.argmax(axis=2)[..., None] == np.arange(4)
        dx[:, :, rows, columns] = (first * dy[:, :, i, j, None]).reshape(*x.shape[:2], 2, 2)
    return dx


def last_takes(x, dy):
    """Give each dy to the last of the largest pixels of its window."""
    turned = [array[:, :, ::-1, ::-1] for array in (x, dy)]
    return winner_takes(*turned)[:, :, ::-1, ::-1]


def subsampling(layer_class):
    """Check layer_class(maps): y = w s + b for the sum s of 2x2 windows, w and b one a map."""
    if layer_class is None:
        raise NotStarted("subsampling: write the class, then run this cell again")
    try:
        check_subsampling(layer_class(3))
    except NotImplementedError:
        raise NotStarted("subsampling: write the class, then run this cell again") from None


def check_subsampling(layer):
    """Check the values and the gradients of a layer for three maps."""
    if not hasattr(layer, "grads"):
        raise WrongAnswer("the layer has no grads: call super().__init__() first in __init__")
    x = numbers(2, 3, 4, 6) / 10
    shapes = {name: np.shape(value) for name, value in layer.params.items()}
    if shapes != {"w": (3,), "b": (3,)}:
        raise WrongAnswer(f"params must be w (3,) and b (3,), one for each map; got {shapes}")
    w, b = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, -3.0])
    layer.params.update(w=w, b=b)
    s = 4 * pooled(x, 2, 2)
    right = w[:, None, None] * s + b[:, None, None]
    same("y", layer.forward(x), right, (
        (w[:, None, None] * s / 4 + b[:, None, None], "the paper's s is the sum of four pixels"),
        (w[:, None, None] * (s + b[:, None, None]), "the bias is added after the factor"),
        (w[:, None, None] * s, "the bias is missing"),
        (s, "forward has to read w and b from params: training changes them there"),
        (np.tanh(right), "leave the squash out: that is a layer of its own"),
    ))  # fmt: skip
    error = gradient_check(layer, x)
    if not error < 1e-6:
        raise WrongAnswer(f"the gradient check gives {error:.2g}: dx is w dy for each pixel of the "
                          "window, dw is the sum of dy s, db the sum of dy")  # fmt: skip
    print(f"subsampling: values right, gradient check {error:.0e}")
