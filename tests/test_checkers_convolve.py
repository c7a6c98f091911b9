"""Every checker of "Convolve an image" against right answers, wrong ones, and the starter."""

import numpy as np
import oracles
import pytest
from answers import checker_tests

from lenet_core import im2col
from lenet_core.exercises import convolve as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- gradients by hand: (dK, db, dX)
DK, DB, DX = [[0, -3], [3, 6]], 3, [[0, 0, 0], [3, 6, 0], [9, -3, 0]]
HAND_RIGHT = {
    "lists": (DK, DB, DX),
    "float32 arrays": (np.array(DK, np.float32), np.float32(DB), np.array(DX, np.float32)),
}
HAND_WRONG = {  # answer, words of the hint
    "db counts windows": ((DK, 1, DX), "count dY"),
    "db sums dK": ((DK, 6, DX), "the sum of dK"),
    "db sums dX": ((DK, 15, DX), "the sum of dX"),
    "db sums the window": ((DK, 2, DX), "the sum of the window"),
    "db sums X": ((DK, 14, DX), "the sum of X"),
    "db sums K": ((DK, 5, DX), "the sum of K"),
    "db as a table": ((DK, [[3]], DX), "db: the shape is"),
    "dK without dY": (([[0, -1], [1, 2]], DB, DX), "the window itself"),
    "dK of the other window": (([[3, 9], [-3, 3]], DB, DX), "row 0, column 1"),
    "dK of the first window": (([[6, 3], [0, -3]], DB, DX), "row 0, column 0"),
    "dK of the last window": (([[-3, 3], [6, 15]], DB, DX), "row 1, column 1"),
    "dK ragged": (([[0, -3], [3]], DB, DX), "dK: the rows have different lengths"),
    "dK of K": (([[3, 6], [9, -3]], DB, DX), "pixels of X"),
    "dK transposed": (([[0, 3], [-3, 6]], DB, DX), "transpose"),
    "dX without dY": ((DK, DB, [[0, 0, 0], [1, 2, 0], [3, -1, 0]]), "multiply it by its dY"),
    "dX on the other window": ((DK, DB, [[0, 3, 6], [0, 9, -3], [0, 0, 0]]), "row 0, column 1"),
    "dX on the first window": ((DK, DB, [[3, 6, 0], [9, -3, 0], [0, 0, 0]]), "row 0, column 0"),
    "dX on the last window": ((DK, DB, [[0, 0, 0], [0, 3, 6], [0, 9, -3]]), "row 1, column 1"),
    "dX ragged": ((DK, DB, [[0, 0, 0], [3, 6], [9, -3]]), "dX: the rows have different lengths"),
    "dX turned": ((DK, DB, [[0, 0, 0], [-3, 9, 0], [6, 3, 0]]), "180 degrees"),
    "dX of X": ((DK, DB, [[0, 0, 0], [0, -3, 0], [3, 6, 0]]), "entries of K"),
    "dX transposed": ((DK, DB, np.transpose(DX)), "exchanged"),
    "dX of the window alone": ((DK, DB, [[3, 6], [9, -3]]), "shape"),
    "a slip": ((DK, DB, [[0, 0, 0], [3, 6, 0], [9, -2, 0]]), "values differ"),
}


@pytest.mark.parametrize("answer", HAND_RIGHT.values(), ids=HAND_RIGHT.keys())
def test_right_hand_gradients_pass(answer, capsys):
    check.hand_gradients(*answer)
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_hand_gradients_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_gradients(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_hand_gradients_not_started(missing):
    answer = [DK, DB, DX]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand_gradients(*answer)


# --- the functions
def counts_formula(c_in, c_out, k, h, w):
    parameters = c_out * (c_in * k * k + 1)
    return parameters, parameters * (h - k + 1) * (w - k + 1)


def counts_by_counting(c_in, c_out, k, h, w):
    W = np.zeros((c_out, c_in, k, k))
    places = sum(1 for _ in np.ndindex(h - k + 1, w - k + 1))
    return [W.size + len(W), places * (W.size + len(W))]


def counts_of(parameters, places):
    """A wrong count: from functions of the sizes."""
    return lambda i, o, k, h, w: (parameters(i, o, k), parameters(i, o, k) * places(h, w, k))


def full(i, o, k):
    return o * (i * k * k + 1)


def valid(h, w, k):
    return (h - k + 1) * (w - k + 1)


def windows(x, k, stride):
    """(OH, OW, N, C, k, k)."""
    oh, ow = (x.shape[2] - k) // stride + 1, (x.shape[3] - k) // stride + 1
    return np.array([
        [x[:, :, i * stride : i * stride + k, j * stride : j * stride + k] for j in range(ow)]
        for i in range(oh)
    ])  # fmt: skip


def ordered(*axes):
    """An im2col that lays the axes (OH, OW, N, C, k, k) out in this order, then as columns."""

    def function(x, k, stride):
        return windows(x, k, stride).transpose(axes).reshape(x.shape[1] * k * k, -1)

    return function


def crowded_windows(x, k, stride):
    """An im2col whose slices forget the stride; the count of places has it."""
    oh, ow = (x.shape[2] - k) // stride + 1, (x.shape[3] - k) // stride + 1
    places = np.ndindex(oh, ow, len(x))
    return np.stack([x[s, :, i : i + k, j : j + k].ravel() for i, j, s in places], axis=1)


def rows_of(dy, *axes):
    return dy.transpose(axes).reshape(dy.shape[1], -1)


def kernel_gradient(x, dy, k):
    dW = rows_of(dy, 1, 2, 3, 0) @ im2col(x, k).T
    return dW.reshape(-1, x.shape[1], k, k)


def kernel_gradient_loops(x, dy, k):
    W = np.zeros((dy.shape[1], x.shape[1], k, k))
    return oracles.conv_gradients(x, W, dy)[1].astype(np.float32)


def kernel_gradient_of_rows(*axes):
    """A wrong gradient: the axes of dy in this order."""

    def function(x, dy, k):
        return (rows_of(dy, *axes) @ im2col(x, k).T).reshape(-1, x.shape[1], k, k)

    return function


def shift(x, pixels):
    out = np.full_like(x, -0.1)
    out[..., pixels:] = x[..., :-pixels]
    return out


def shift_by_padding(x, pixels):
    frame = [(0, 0), (0, 0), (0, 0), (pixels, 0)]
    return np.pad(x, frame, constant_values=-0.1)[..., : x.shape[3]].astype(np.float32)


def shift_in_place(x, pixels):
    x[:] = shift(x, pixels)
    return x


def add_windows(dY, K):
    kh, kw = K.shape
    dX = np.zeros((dY.shape[0] + kh - 1, dY.shape[1] + kw - 1))
    for i, j in np.ndindex(dY.shape):
        dX[i : i + kh, j : j + kw] += dY[i, j] * K
    return dX


def full_convolution(dY, K, turn=lambda K: K[::-1, ::-1]):
    kh, kw = K.shape
    framed = np.pad(dY, [(kh - 1, kh - 1), (kw - 1, kw - 1)])
    K = turn(K)
    oh, ow = framed.shape[0] - kh + 1, framed.shape[1] - kw + 1
    return [[int((framed[i : i + kh, j : j + kw] * K).sum()) for j in range(ow)] for i in range(oh)]


def overwrite_windows(dY, K):
    kh, kw = K.shape
    dX = np.zeros((dY.shape[0] + kh - 1, dY.shape[1] + kw - 1))
    for i, j in np.ndindex(dY.shape):
        dX[i : i + kh, j : j + kw] = dY[i, j] * K
    return dX


RIGHT = {
    check.counts: [counts_formula, counts_by_counting],
    check.im2col: [
        ordered(3, 4, 5, 0, 1, 2),
        lambda x, k, s: oracles.im2col(x, (k, k), (s, s)).astype(np.float32),
    ],
    check.kernel_gradient: [kernel_gradient, kernel_gradient_loops],
    check.shift: [shift, shift_by_padding],
    check.input_gradient: [add_windows, full_convolution],
}
WRONG = {  # checker: [(function, words of the hint)]
    check.counts: [
        (counts_of(lambda i, o, k: o * i * k * k, valid), "biases are missing"),
        (counts_of(lambda i, o, k: o * i * k * k + 1, valid), "one bias for each output map"),
        (counts_of(full, lambda h, w, k: (h - k) * (w - k)), "count the first window"),
        (counts_of(full, lambda h, w, k: h * w), "smaller than the image"),
        (lambda i, o, k, h, w: (full(i, o, k), o * i * k * k * valid(h, w, k)), "from its bias"),
        (lambda i, o, k, h, w: full(i, o, k), "the shape is"),
        (lambda *sizes: None, "does it end in return"),
    ],
    check.im2col: [
        (lambda x, k, s: im2col(x, k, s).T, "each window is a row"),
        (lambda x, k, s: im2col(x, k), "stride is ignored"),
        (crowded_windows, "not in the slices"),
        (ordered(3, 4, 5, 2, 0, 1), "change fastest"),
        (ordered(3, 4, 5, 1, 0, 2), "along its rows"),
        (ordered(4, 5, 3, 0, 1, 2), "two channels"),
        (ordered(3, 5, 4, 0, 1, 2), "values differ"),
        (lambda x, k, s: im2col(x[:1], k, s), "the shape is"),
        (lambda x, k, s: im2col(x, k, s)[:, :-1], "the shape is"),
        (lambda x, k, s: x.reshape(2, 3), "raised ValueError"),
    ],
    check.kernel_gradient: [
        (kernel_gradient_of_rows(0, 1, 2, 3), "right for one image"),
        (kernel_gradient_of_rows(1, 0, 2, 3), "values differ"),
        (kernel_gradient_of_rows(1, 3, 2, 0), "values differ"),
        (lambda x, dy, k: kernel_gradient(x, dy, k) / len(x), "only the loss does that"),
        (lambda x, dy, k: kernel_gradient(x, dy, k)[:, :, ::-1, ::-1], "180 degrees"),
        (lambda x, dy, k: kernel_gradient(x, dy, k)[0, 0], "the shape is"),
        (lambda x, dy, k: -kernel_gradient(x, dy, k), "values differ"),
    ],
    check.shift: [
        (lambda x, pixels: np.where(shift(x, pixels) == -0.1, 0, shift(x, pixels)), "not 0"),
        (lambda x, pixels: np.roll(x, pixels, axis=3), "comes back on the left"),
        (lambda x, pixels: shift(x[..., ::-1], pixels)[..., ::-1], "to the left"),
        (lambda x, pixels: shift(x.swapaxes(2, 3), pixels).swapaxes(2, 3), "shift down"),
        (lambda x, pixels: shift(x, 1), "two pixels"),
        (shift_in_place, "wrote into its argument"),
    ],
    check.input_gradient: [
        (lambda dY, K: full_convolution(dY, K, turn=lambda K: K), "180 degrees, once"),
        (lambda dY, K: full_convolution(dY, K, turn=np.flipud), "upside down only"),
        (lambda dY, K: full_convolution(dY, K, turn=np.fliplr), "left to right only"),
        (lambda dY, K: full_convolution(np.pad(dY, 1), K), "the shape is"),
        (lambda dY, K: add_windows(dY, K.T), "values differ"),
        (overwrite_windows, "values differ"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)
