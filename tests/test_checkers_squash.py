"""Every checker of "Squash a number" against right answers, wrong ones, and the starter."""

from itertools import pairwise

import numpy as np
import pytest
from answers import pairs

from lenet_core import ReLU, Tanh, gradient_check
from lenet_core.exercises import museum
from lenet_core.exercises import squash as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer
from lenet_core.layers import Layer

A, S = 1.7159, 2 / 3


# --- slopes by hand: (y, slope, dx of tanh, dx of ReLU)
HAND = {"y": 15 / 17, "slope": 64 / 289, "dx_tanh": 64, "dx_relu": 0}
HAND_WRONG = [  # what differs from the right answer, words of the hint
    ({"y": -15 / 17}, "the sign"),
    ({"y": 15 / 8}, "half the numerator"),
    ({"y": 15 / 4}, "numerator alone"),
    ({"y": 17 / 15}, "upside down"),
    ({"y": 3 / 5}, "with ln 4"),
    ({"y": 0.88}, "rounded"),
    ({"y": 0.9}, "y: the values differ"),
    ({"slope": 2 / 17}, "this is 1 - y:"),
    ({"slope": 225 / 289}, "this is y²"),
    ({"slope": 514 / 289}, "this is 1 \\+ y²"),
    ({"slope": 8 / 17}, "the root"),
    ({"slope": 0.22}, "rounded"),
    ({"dx_tanh": 64 / 289}, "multiply it by dy"),
    ({"dx_tanh": 289}, "multiply it by the slope"),
    ({"dx_tanh": 255}, "dy · y:"),
    ({"dx_tanh": 225}, "dy · y²"),
    ({"dx_relu": 289}, "below 0"),
    ({"dx_relu": 64}, "0 or 1"),
]


@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_right_slopes_by_hand_pass(kind, capsys):
    check.hand(**{name: kind(value) for name, value in HAND.items()})
    assert "all four right" in capsys.readouterr().out


@pytest.mark.parametrize(("wrong", "hint"), HAND_WRONG)
def test_wrong_slopes_fail_with_a_hint_and_keep_the_solution(wrong, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand(**(HAND | wrong))
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", HAND)
def test_slopes_by_hand_not_started(missing):
    with pytest.raises(NotStarted):
        check.hand(**(HAND | {missing: None}))


# --- layers: built from what forward and backward return
def layer_of(forward, backward):
    """A layer that keeps its input as `x` and its output as `y`."""

    class Made(Layer):
        def forward(self, x):
            self.x = x
            self.y = forward(x)
            return self.y

        def backward(self, dy):
            return backward(self, dy)

    return Made


def not_started(*_):
    raise NotImplementedError


def relu(x):
    return np.maximum(x, 0)


def relu_back(layer, dy):
    return np.where(layer.x > 0, dy, 0)


def scaled(x):
    return A * np.tanh(S * x)


def scaled_back(layer, dy):
    return dy * S / A * (A * A - layer.y * layer.y)


def of_first_forward(layer):
    """The layer, but its backward uses what the first forward kept."""

    class Stale(layer):
        def forward(self, x):
            y = super().forward(x)
            if not hasattr(self, "first"):
                self.first = x, y
            return y

        def backward(self, dy):
            self.x, self.y = self.first
            return super().backward(dy)

    return Stale


def writes_into_dy(layer, dy):
    dy *= layer.x > 0
    return dy


def writes_into_x(x):
    return np.maximum(x, 0, out=x)


def careful_tanh():
    return layer_of(np.tanh, lambda layer, dy: dy * (1 - np.square(layer.y)))


class FrugalForward(Tanh):
    def forward(self, x):
        self.y = np.tanh(x, out=x)
        return self.y


class FrugalBackward(Tanh):
    def backward(self, dy):
        self.y *= self.y
        return dy * (1 - self.y)


class FrugalCopy(FrugalBackward):
    def forward(self, x):
        return super().forward(x).copy()


class FrugalUpstream(Tanh):
    def backward(self, dy):
        dy *= 1 - self.y * self.y
        return dy


class SquaredTwice(Tanh):
    def backward(self, dy):
        square = self.y * self.y
        return dy * (1 - square * square)


class SlopeAlone(Tanh):
    def backward(self, dy):
        return 1 - self.y * self.y


class Frugal(Layer):
    """The starter of the exercise."""

    def forward(self, x):
        self.y = np.tanh(x, out=x)
        return self.y

    def backward(self, dy):
        self.y *= self.y
        return dy * (1 - self.y)


# --- functions
def share(sums):
    return np.count_nonzero(np.cosh(sums) ** -2 < 0.05) / sums.size


def weights(places, values):
    """The weights of the line, one after the other, by what is still missing."""
    w = []
    for k, (left, right) in enumerate(pairwise(places)):
        so_far = values[0] + sum(w[i] * (right - places[i]) for i in range(k))
        w.append((values[k + 1] - so_far) / (right - left))
    return w


def slopes(places, values):
    return np.diff(values) / np.diff(places)


RIGHT = {
    check.relu: [ReLU, layer_of(relu, relu_back)],
    check.scaled_tanh: [museum.Squash, layer_of(scaled, scaled_back)],
    check.frugal: [Tanh, careful_tanh()],
    check.saturated: [share, lambda sums: (1 - np.tanh(sums) ** 2 < 0.05).mean()],
    check.polyline: [weights, lambda p, v: np.diff(slopes(p, v), prepend=0)],
}
WRONG = {  # checker: [(answer, words of the hint)]
    check.relu: [
        (layer_of(lambda x: np.minimum(x, 0), relu_back), "min\\(x, 0\\)"),
        (layer_of(np.abs, relu_back), "below 0 the output is 0"),
        (layer_of(lambda x: x, relu_back), "as it was"),
        (museum.MaskOfOutput, "every entry of dy came through"),
        (layer_of(relu, lambda layer, dy: dy * (layer.x >= 0)), "not x >= 0"),
        (layer_of(relu, lambda layer, dy: dy * layer.y), "not y"),
        (layer_of(relu, lambda layer, dy: dy * layer.x), "not x"),
        (layer_of(relu, lambda layer, dy: dy * np.sign(layer.x)), "not -1"),
        (layer_of(relu, lambda layer, dy: (layer.x > 0) * 1.0), "multiply it by dy"),
        (layer_of(relu, lambda layer, dy: relu(dy)), "sign of dy"),
        (layer_of(relu, lambda layer, dy: relu(dy) * (layer.x > 0)), "sign of dy"),
        (layer_of(relu, lambda layer, dy: dy * (layer.x <= 0)), "turned round"),
        (layer_of(relu, lambda layer, dy: None), "does it end in return"),
        (layer_of(relu, writes_into_dy), "wrote into its argument number 2"),
        (layer_of(writes_into_x, relu_back), "wrote into its argument number 1"),
        (of_first_forward(layer_of(relu, relu_back)), "the values differ"),
    ],
    check.scaled_tanh: [
        (Tanh, "without both constants"),
        (layer_of(lambda x: np.tanh(S * x), scaled_back), "1.7159 is missing"),
        (layer_of(lambda x: A * np.tanh(x), scaled_back), "inside tanh"),
        (layer_of(lambda x: A * np.tanh(x / S), scaled_back), "multiply by 2/3"),
        (layer_of(lambda x: A * S * np.tanh(x), scaled_back), "belongs inside"),
        (layer_of(scaled, lambda layer, dy: scaled_back(layer, dy) / S), "0.20"),
        (layer_of(scaled, lambda layer, dy: scaled_back(layer, dy) / A), "1.7159 is missing"),
        (layer_of(scaled, lambda layer, dy: scaled_back(layer, dy) / A / S), "both constants"),
        (layer_of(scaled, lambda layer, dy: dy * (1 - layer.y**2)), "slope of plain tanh"),
        (layer_of(scaled, lambda layer, dy: dy * A * S * (1 - layer.y**2)), "before you square"),
        (
            layer_of(scaled, lambda layer, dy: dy * A * S / np.cosh(layer.x) ** 2),
            "of 2x/3, not of x",
        ),
        (layer_of(scaled, lambda layer, dy: A * S / np.cosh(S * layer.x) ** 2), "multiply it"),
        (
            layer_of(scaled, lambda layer, dy: dy * A * S * (1 - np.tanh(layer.y) ** 2)),
            "through tanh already",
        ),
        (layer_of(scaled, lambda layer, dy: dy.sum() + 0 * dy), "values differ"),
    ],
    check.frugal: [
        (Frugal, "forward wrote into x"),
        (FrugalForward, "forward wrote into x"),
        (FrugalBackward, "the next layer has it too"),
        (FrugalCopy, "each call gives another answer"),
        (FrugalUpstream, "backward wrote into dy"),
        (SquaredTwice, "y was squared twice"),
        (SlopeAlone, "multiply by dy"),
        (museum.Squash, "forward: the values differ"),
    ],
    check.saturated: [
        (lambda sums: int((1 - np.tanh(sums) ** 2 < 0.05).sum()), "divide by the number"),
        (lambda sums: 100 * share(sums), "per cent"),
        (lambda sums: 1 - share(sums), "the others"),
        (lambda sums: (np.abs(np.tanh(sums)) > 0.95).mean(), "ask for the slope"),
        (lambda sums: (1 - np.tanh(sums) < 0.05).mean(), "looks at the output"),
        (lambda sums: share(relu(sums)), "far below 0"),
        (lambda sums: (1 - sums**2 < 0.05).mean(), "with y = tanh"),
        (lambda sums: (np.abs(sums) > 1).mean(), "0.42"),
        (lambda sums: (np.abs(sums) > 2.2).mean(), "not 2.2"),
        (lambda sums: (1 - np.tanh(sums) ** 2).mean(), "mean slope"),
        (lambda sums: 1 - np.tanh(sums) ** 2 < 0.05, "the shape is"),
    ],
    check.polyline: [
        (slopes, "goes on to the right"),
        (lambda p, v: np.diff(slopes(p, v)), "first piece has a slope too"),
        (lambda p, v: np.diff(v), "divide by the widths"),
        (lambda p, v: np.diff(np.diff(v), prepend=0), "divide by the widths"),
        (lambda p, v: -np.diff(slopes(p, v), prepend=0), "turned round"),
        (lambda p, v: slopes(p, v)[::-1], "values differ"),
        (lambda p, v: None, "does it end in return"),
    ],
}
STARTERS = {
    check.relu: layer_of(relu, not_started),
    check.scaled_tanh: layer_of(not_started, not_started),
    check.saturated: not_started,
    check.polyline: not_started,
}


@pytest.mark.parametrize(("checker", "answer"), pairs(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    checker(answer)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize(("checker", "wrong"), pairs(WRONG))
def test_wrong_answers_fail_with_a_hint(checker, wrong, capsys):
    answer, hint = wrong
    with pytest.raises(WrongAnswer, match=hint):
        checker(answer)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("checker", "starter"), STARTERS.items())
def test_starters_are_told_apart_from_wrong_answers(checker, starter):
    with pytest.raises(NotStarted, match="write the function"):
        checker(starter)


def test_there_are_enough_right_and_wrong_answers():
    assert RIGHT.keys() == WRONG.keys()
    assert all(len(answers) >= 2 for answers in RIGHT.values())
    assert all(len(answers) >= 5 for answers in WRONG.values())


@pytest.mark.parametrize("layer", [Tanh, careful_tanh(), museum.Squash])
def test_the_layers_that_pass_have_right_gradients(layer):
    assert gradient_check(layer(), np.random.default_rng(0).normal(size=(3, 4))) < 1e-7


def test_the_forgotten_factor_has_the_relative_error_that_the_hint_names():
    forgotten = layer_of(scaled, lambda layer, dy: scaled_back(layer, dy) / S)
    error = gradient_check(forgotten(), np.random.default_rng(0).normal(size=(3, 4)))
    assert abs(error - 0.20) < 1e-6
