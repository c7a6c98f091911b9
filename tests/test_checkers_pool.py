"""Every checker of "Pool a map" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import checker_tests

from lenet_core import AvgPool2D
from lenet_core.exercises import pool as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer
from lenet_core.layers import Layer

# --- by hand: (mean, largest, dX)
MEAN, LARGEST = [[3, 2], [2, 4]], [[6, 5], [8, 7]]
DX = [[0, 1, 0, 0], [0, 0, 2, 0], [3, 0, 0, 0], [0, 0, 0, 4]]
HAND_WRONG = {
    "sums": (([[12, 8], [8, 16]], LARGEST, DX), "divide by 4"),
    "largest for mean": ((LARGEST, LARGEST, DX), "asked for next"),
    "mean exchanged": (([[3, 2], [2, 4.5]], LARGEST, DX), "mean: the values differ"),
    "mean for largest": ((MEAN, MEAN, DX), "mean of each window"),
    "smallest": ((MEAN, [[0, 1], [0, 3]], DX), "smallest value"),
    "largest exchanged": ((MEAN, [[6, 8], [5, 7]], DX), "exchanged"),
    "dX of the mean": ((MEAN, LARGEST, check.big(np.array([[1, 2], [3, 4]]) / 4)), "alone"),
    "dX everywhere": ((MEAN, LARGEST, check.big(np.array([[1, 2], [3, 4]]))), "not to all four"),
    "dX of the pixels": ((MEAN, LARGEST, np.array(DX) * [[0, 6, 0, 0], [0, 0, 2.5, 0],
                          [8 / 3, 0, 0, 0], [0, 0, 0, 7 / 4]]), "put dY there"),
    "dX times the pixel": ((MEAN, LARGEST, np.array(DX) * check.X), "slope 1"),
    "dX marks": ((MEAN, LARGEST, np.sign(DX)), "multiply by dY"),
    "dX too small": ((MEAN, LARGEST, [[1, 2], [3, 4]]), "the shape is"),
}  # fmt: skip


@pytest.mark.parametrize("make", [list, lambda rows: np.array(rows, np.float32)])
def test_right_answers_by_hand_pass(make, capsys):
    check.hand(make(MEAN), make(LARGEST), make(DX))
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_answers_by_hand_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_answers_by_hand_not_started(missing):
    answer = [MEAN, LARGEST, DX]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand(*answer)


# --- the functions
def package(x, k, stride):
    return AvgPool2D(k, stride).forward(x.astype(np.float64))


def package_backward(dy, x_shape):
    pool = AvgPool2D(2)
    pool.forward(np.zeros(x_shape))
    return pool.backward(dy)


def max_loops(x, dy):
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dy.shape):
        window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        u, v = divmod(int(window.argmax()), 2)
        dx[n, c, 2 * i + u, 2 * j + v] = dy[n, c, i, j]
    return dx


def blown(dy):
    return np.repeat(np.repeat(dy, 2, axis=2), 2, axis=3)


def all_winners(x, dy):
    largest = check.pooled(x, 2, 2, np.max)
    return blown(dy) * (x == blown(largest))


def last_winner(x, dy):
    return check.winner_takes(x[:, :, ::-1, ::-1], dy[:, :, ::-1, ::-1])[:, :, ::-1, ::-1]


def windows_apart(x):
    """The long axes in the wrong place: row 0 is paired with a row in the middle."""
    n, c, h, w = x.shape
    return x.reshape(n, c, 2, h // 2, 2, w // 2).mean(axis=(2, 4))


RIGHT = {
    check.by_reshape: [
        lambda x: package(x, 2, 2),
        lambda x: (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2]
                   + x[:, :, 1::2, 1::2]) / 4,
    ],
    check.avg_pool: [package, check.pooled],
    check.mean_backward: [package_backward, check.spread],
    check.max_backward: [max_loops, check.winner_takes],
}  # fmt: skip
WRONG = {
    check.by_reshape: [
        (lambda x: 4 * package(x, 2, 2), "these are sums"),
        (lambda x: check.pooled(x, 2, 2, np.max), "largest values"),
        (lambda x: x.reshape(*x.shape[:2], x.shape[2] // 2, -1, 4).mean(axis=4), "runs of four"),
        (lambda x: x.reshape(check.halves(x.shape)).mean(axis=(2, 4)), "the shape is"),
        (windows_apart, "pixels that lie apart"),
        (lambda x: x[:, :, ::2, ::2], "keeps one pixel"),
        (lambda x: x.mean(axis=(2, 3)), "the shape is"),
        (lambda x: None, "does it end in return"),
    ],
    check.avg_pool: [
        (lambda x, k, s: k * k * package(x, k, s), "these are sums"),
        (lambda x, k, s: package(x, k, s) * k * k / 4, "4 only for k = 2"),
        (lambda x, k, s: check.pooled(x, k, s, np.max), "largest values"),
        (lambda x, k, s: package(x, k, k), "`stride` pixels on"),
        (lambda x, k, s: package(x, k, 1), "the stride is ignored"),
        (lambda x, k, s: package(x, k, s)[:, :, :-1], "the shape is"),
    ],
    check.mean_backward: [
        (lambda dy, shape: 4 * package_backward(dy, shape), "a quarter of the mean"),
        (lambda dy, shape: package_backward(dy, shape) / 4, "divided by 4 twice"),
        (lambda dy, shape: 2 * package_backward(dy, shape), "number of pixels in a window"),
        (lambda dy, shape: blown(dy / 4), "pixels that fill no window"),
        (lambda dy, shape: np.roll(package_backward(dy, shape), 1, axis=3), "the values differ"),
        (lambda dy, shape: dy / 4, "the shape is"),
        (lambda dy, shape: blown(dy).reshape(3, 3), "raised ValueError"),
    ],
    check.max_backward: [
        (all_winners, "only the first"),
        (lambda x, dy: blown(dy) / 4, "gradient of the mean"),
        (lambda x, dy: blown(dy), "not to all four"),
        (lambda x, dy: check.winner_takes(-x, dy), "smallest pixel"),
        (lambda x, dy: check.winner_takes(np.abs(x), dy), "largest absolute value"),
        (lambda x, dy: max_loops(x, dy) * x, "slope 1"),
        (last_winner, "the last one got it"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


# --- the paper's subsampling
class Subsampling(Layer):
    """Right; the wrong ones below change one line of it."""

    def __init__(self, maps):
        super().__init__()
        self.params = {"w": np.ones(maps), "b": np.zeros(maps)}
        self.mean = AvgPool2D(2)

    def forward(self, x):
        self.s = self.sums(x)
        return self.params["w"][:, None, None] * self.s + self.params["b"][:, None, None]

    def sums(self, x):
        return 4 * self.mean.forward(x)

    def backward(self, dy):
        self.grads["w"] = (dy * self.s).sum(axis=(0, 2, 3))
        self.grads["b"] = dy.sum(axis=(0, 2, 3))
        return self.mean.backward(4 * self.params["w"][:, None, None] * dy)


class ByReshape(Subsampling):
    def sums(self, x):
        n, c, h, w = x.shape
        self.mean.forward(x)
        return x.reshape(n, c, h // 2, 2, w // 2, 2).sum(axis=(3, 5))


class OfMeans(Subsampling):
    def sums(self, x):
        return self.mean.forward(x)


class NoBias(Subsampling):
    def forward(self, x):
        self.s = self.sums(x)
        return self.params["w"][:, None, None] * self.s


class BiasFirst(Subsampling):
    def forward(self, x):
        self.s = self.sums(x)
        return self.params["w"][:, None, None] * (self.s + self.params["b"][:, None, None])


class QuarterBack(Subsampling):
    def backward(self, dy):
        return super().backward(dy) / 4


class OwnArrays(Subsampling):
    def __init__(self, maps):
        super().__init__(maps)
        self.w = self.params["w"]

    def forward(self, x):
        self.s = self.sums(x)
        return self.w[:, None, None] * self.s


class Squashed(Subsampling):
    def forward(self, x):
        return np.tanh(super().forward(x))


class NoGrads(Subsampling):
    def __init__(self, maps):
        self.params = {"w": np.ones(maps), "b": np.zeros(maps)}
        self.mean = AvgPool2D(2)


class OneFactor(Subsampling):
    def __init__(self, maps):
        super().__init__(maps)
        self.params = {"w": np.ones(1), "b": np.zeros(1)}


class Unfinished(Subsampling):
    def forward(self, x):
        raise NotImplementedError


@pytest.mark.parametrize("layer", [Subsampling, ByReshape])
def test_right_subsampling_passes(layer, capsys):
    check.subsampling(layer)
    assert "values right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("layer", "hint"),
    [(OfMeans, "the sum of four"), (NoBias, "bias is missing"), (BiasFirst, "after the factor"),
     (QuarterBack, "gradient check gives"), (OneFactor, "one for each map"),
     (OwnArrays, "from params"), (Squashed, "squash out"), (NoGrads, "super")],
)  # fmt: skip
def test_wrong_subsampling_fails_with_a_hint(layer, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.subsampling(layer)


@pytest.mark.parametrize("layer", [None, Unfinished])
def test_subsampling_not_started(layer):
    with pytest.raises(NotStarted):
        check.subsampling(layer)
