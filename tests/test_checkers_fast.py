"""Every checker of "Make it fast" against right answers, wrong ones, and the starter."""

import math

import numpy as np
import pytest
from answers import pairs, starter
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from lenet_core.exercises import fast as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer
from lenet_core.fast import Twin

# --- one row by hand: (block, dcolumns, dx)
BLOCK, PRODUCT, ROW = [[1, 2], [3, -1]], [[6, 5], [5, -4]], [6, 10, -4]
HAND_RIGHT = {
    "lists": (BLOCK, PRODUCT, ROW),
    "float32 arrays": tuple(np.array(part, np.float32) for part in (BLOCK, PRODUCT, ROW)),
    "tuples": (((1, 2), (3, -1)), PRODUCT, (6, 10, -4)),
}
HAND_WRONG = {  # answer, words of the hint
    "block without the frame": (([[3, -1], [0, 0]], PRODUCT, ROW), "block 3"),
    "block counted from 1": (([[2, 0], [1, 2]], PRODUCT, ROW), "block 1"),
    "block turned": (([[3, -1], [1, 2]], PRODUCT, ROW), "keep their order"),
    "block transposed": (([[1, 3], [2, -1]], PRODUCT, ROW), "exchanged"),
    "one row twice": (([[1, 2], [1, 2]], PRODUCT, ROW), "neighbouring"),
    "one row": (([1, 2], PRODUCT, ROW), "block: the shape"),
    "kernel not turned": ((BLOCK, [[10, -1], [-1, 5]], ROW), "last to first"),
    "kernel not transposed": ((BLOCK, [[0, 7], [7, 0]], ROW), "column of K"),
    "kernel as it is": ((BLOCK, [[7, 0], [0, 7]], ROW), "turned upside down"),
    "kernel turned by 180 degrees": ((BLOCK, [[5, -4], [6, 5]], ROW), "its rows alone"),
    "entry by entry": ((BLOCK, [[3, 2], [-3, -2]], ROW), "matrix product"),
    "a slip in the product": ((BLOCK, [[6, 5], [5, 4]], ROW), "dcolumns: the values differ"),
    "not moved": ((BLOCK, PRODUCT, [11, 1, 0]), "one pixel further"),
    "not moved, two pixels": ((BLOCK, PRODUCT, [11, 1]), "three pixels in all"),
    "row 0 moved": ((BLOCK, PRODUCT, [5, 2, 5]), "you moved row 0"),
    "row 0 alone": ((BLOCK, PRODUCT, [6, 5, 0]), "add row 1"),
    "middle not added": ((BLOCK, PRODUCT, [6, 5, -4]), "add them"),
    "a slip in the sum": ((BLOCK, PRODUCT, [6, 10, 4]), "dx: the values differ"),
}


@pytest.mark.parametrize("answer", HAND_RIGHT.values(), ids=HAND_RIGHT)
def test_a_right_row_by_hand_passes(answer, capsys):
    check.hand_row(*answer)
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG)
def test_a_wrong_row_by_hand_fails_with_a_hint_and_keeps_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_row(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_a_row_by_hand_is_not_started(missing):
    answer = [BLOCK, PRODUCT, ROW]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand_row(*answer)


# --- the functions
def copies(c, h, w, kh, kw, n):
    oh, ow = h - kh + 1, w - kw + 1
    return c * kh * kw * oh * ow * n, h * c * kw * ow * n


def copies_by_counting(c, h, w, kh, kw, n):
    x = np.zeros((c, h, w, n))
    return [
        sliding_window_view(x, (kh, kw), (1, 2)).size,
        sliding_window_view(x, kw, 2).size,
    ]


def copies_of(by_rows):
    """A wrong count of the rows, from a function of the sizes."""
    return lambda c, h, w, kh, kw, n: (
        copies(c, h, w, kh, kw, n)[0],
        by_rows(c, h, w, kh, kw, n),
    )


def view(a, k):
    h, r, p = a.shape
    return as_strided(a, (h - k + 1, k * r, p), a.strides, writeable=False)


def view_by_windows(a, k):
    h, r, p = a.shape
    flat = a.reshape(h * r, p)
    view = sliding_window_view(flat, k * r, axis=0)[::r].swapaxes(1, 2)
    view.flags.writeable = False
    return view


def strided(a, k, strides, shape=None, writeable=False):
    h, r, p = a.shape
    return as_strided(a, shape or (h - k + 1, k * r, p), strides, writeable=writeable)


def write_into(a, k):
    a += 1
    return view(a, k)


def channels_apart(a, k):
    h, r, p = a.shape
    return np.stack([a.swapaxes(0, 1)[:, i : i + k].reshape(k * r, p) for i in range(h - k + 1)])


def copied_scores(network, batches):
    return [network.forward(X).copy() for X in batches]


def scores_as_new_arrays(network, batches):
    for X in batches:
        yield np.array(network.forward(X), dtype=float)


def kept_scores(network, batches):
    return [network.forward(X) for X in batches]


def copied_too_late(network, batches):
    return [scores.copy() for scores in kept_scores(network, batches)]


def rounds(batch_size, workers):
    return math.ceil(math.ceil(batch_size / 32) / workers)


def rounds_by_dealing(batch_size, workers):
    hands = [range(w, -(-batch_size // 32), workers) for w in range(workers)]
    return float(max(len(hand) for hand in hands))


class SigmoidTwin(Twin):
    def forward(self, x):
        self.y = np.divide(1, 1 + np.exp(-x), out=x)
        return self.y

    def backward(self, dy):
        self.y *= (1 - self.y) * dy
        return self.y


class SigmoidByTanh(Twin):
    def forward(self, x):
        x *= 0.5
        np.tanh(x, out=x)
        x += 1
        x *= 0.5
        self.y = x
        return x

    def backward(self, dy):
        slope = self.y - self.y * self.y
        self.y[...] = slope * dy
        return self.y


def variant(forward=None, backward=None):
    """A twin with another forward or backward."""
    methods = {"forward": forward, "backward": backward}
    return type("Variant", (SigmoidTwin,), {k: f for k, f in methods.items() if f})


def written(value):
    """A method that writes value(x) into x, or value(y, dy) into y."""

    def forward(self, x):
        x[...] = value(x)
        self.y = x
        return x

    def backward(self, dy):
        self.y[...] = value(self.y, dy)
        return self.y

    return forward if value.__code__.co_argcount == 1 else backward


def new_y(self, x):
    self.y = 1 / (1 + np.exp(-x))
    return self.y


def overwritten(self, dy):
    np.subtract(1, self.y, out=self.y)
    self.y *= self.y
    self.y *= dy
    return self.y


def into_dy(self, dy):
    dy *= self.y * (1 - self.y)
    return dy


RIGHT = {
    check.copies: [copies, copies_by_counting],
    check.overlapping: [view, view_by_windows],
    check.scores_of: [copied_scores, scores_as_new_arrays],
    check.rounds: [rounds, rounds_by_dealing],
    check.sigmoid_twin: [SigmoidTwin, SigmoidByTanh],
}
WRONG = {  # checker: [(function, words of the hint)]
    check.copies: [
        (lambda *sizes: copies(*sizes)[::-1], "im2col comes first"),
        (copies_of(lambda c, h, w, kh, kw, n: c * kw * (h - kh + 1) * (w - kw + 1) * n), "not OH"),
        (copies_of(lambda c, h, w, kh, kw, n: h * c * kh * (w - kw + 1) * n), "kernel column: kw"),
        (copies_of(lambda c, h, w, kh, kw, n: h * c * kw * w * n), "OW places"),
        (copies_of(lambda c, h, w, kh, kw, n: h * c * kh * kw * (w - kw + 1) * n), "not kh"),
        (lambda c, h, w, kh, kw, n: (c * kh * kw * h * w * n, copies(c, h, w, kh, kw, n)[1]),
         "lie inside"),
        (lambda c, h, w, kh, kw, n: copies(c, h, w, kh, kw, 1), "all n images"),
        (lambda c, h, w, kh, kw, n: copies(1, h, w, kh, kw, n), "its own pixels"),
        (lambda *sizes: None, "return"),
    ],
    check.overlapping: [
        (lambda a, k: strided(a, k, (k * a.strides[0], *a.strides[1:])), "one after the other"),
        (lambda a, k: view(a, k).copy(), "they are a copy"),
        (lambda a, k: strided(a, k, a.strides, writeable=True), "written to"),
        (lambda a, k: sliding_window_view(a, k, axis=0).transpose(0, 3, 1, 2), "join the k rows"),
        (channels_apart, "stay together"),
        (lambda a, k: strided(a, k, tuple(s // a.itemsize for s in a.strides)), "values differ"),
        (lambda a, k: view(a, k)[:-1], "the shape is"),
        (lambda a, k: a, "the shape is"),
        (write_into, "wrote into its argument"),
    ],
    check.scores_of: [
        (kept_scores, "keep a copy"),
        (copied_too_late, "keep a copy"),
        (lambda network, batches: copied_scores(network, batches[-1:]), "arrays of scores"),
        (lambda network, batches: copied_scores(network, [*batches, batches[-1]]), "arrays of"),
        (lambda network, batches: copied_scores(network, batches[::-1]), "batches of 3 and 2"),
        (lambda network, batches: [s.argmax(1) for s in copied_scores(network, batches)], "shape"),
        (lambda network, batches: network.forward(batches[0]).scores, "raised AttributeError"),
    ],
    check.rounds: [
        (lambda n, w: math.ceil(n / 32), "the workers share them"),
        (lambda n, w: n // 32 // w, "takes a round"),
        (lambda n, w: max(1, n // 32 // w), "takes a round"),
        (lambda n, w: math.ceil(n / 32) / w, "not split"),
        (lambda n, w: math.ceil(n / 32) // w, "round of its own"),
        (lambda n, w: math.ceil(n / w), "not samples"),
        (lambda n, w: n / 32 / w, "round up"),
        (lambda n, w: None, "return"),
    ],
    check.sigmoid_twin: [
        (variant(forward=new_y), "in a new array"),
        (variant(backward=lambda self, dy: self.y * (1 - self.y) * dy), "in a new array"),
        (variant(forward=written(lambda x: 1 / (1 + np.exp(x)))), "sign of x"),
        (variant(forward=written(lambda x: 1 + np.exp(-x))), "divide 1 by it"),
        (variant(forward=written(lambda x: np.exp(-x))), "add 1"),
        (variant(forward=written(lambda x: x + 0)), "as it was"),
        (variant(backward=written(lambda y, dy: (1 - y * y) * dy)), "slope of tanh"),
        (variant(backward=written(lambda y, dy: (1 - y) * dy)), "factor y is missing"),
        (variant(backward=overwritten), "overwritten by 1 - y"),
        (variant(backward=written(lambda y, dy: y * (1 - y) + 0 * dy)), "multiply by dy"),
        (variant(backward=written(lambda y, dy: y * dy)), "factor 1 - y"),
        (variant(backward=written(lambda y, dy: y * y * dy)), "before 1 - y"),
        (variant(backward=into_dy), "wrote into dy"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("checker", "function"), pairs(RIGHT))
def test_right_functions_pass(checker, function, capsys):
    checker(function)
    assert "right in all" in capsys.readouterr().out


@pytest.mark.parametrize(("checker", "wrong"), pairs(WRONG))
def test_wrong_functions_fail_with_a_hint(checker, wrong):
    function, hint = wrong
    with pytest.raises(WrongAnswer, match=hint):
        checker(function)


@pytest.mark.parametrize("checker", RIGHT, ids=lambda checker: checker.__name__)
def test_starters_are_told_apart_from_wrong_answers(checker):
    begun = variant(forward=starter) if checker is check.sigmoid_twin else starter
    with pytest.raises(NotStarted, match="write the function"):
        checker(begun)


def test_a_twin_without_backward_is_not_finished():
    with pytest.raises(NotStarted):
        check.sigmoid_twin(variant(backward=starter))


def test_the_given_layer_is_right():
    x, dy = np.random.default_rng(0).normal(size=(2, 3, 4))
    layer, h = check.Sigmoid(), 1e-6
    layer.forward(x)
    dx = layer.backward(dy)
    assert np.allclose(dx, dy * (layer.forward(x + h) - layer.forward(x - h)) / (2 * h), atol=1e-8)


def test_there_are_enough_right_and_wrong_functions():
    assert RIGHT.keys() == WRONG.keys()
    assert all(len(functions) >= 2 for functions in RIGHT.values())
    assert all(len(functions) >= 5 for functions in WRONG.values())
