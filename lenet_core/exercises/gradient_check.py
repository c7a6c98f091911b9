"""The checkers of the chapter on checking gradients."""

import copy

import numpy as np

from ..gradcheck import gradient_check
from ..layers import Conv2D, Dense, Softmax, Tanh
from . import museum
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same, show

QUIET, LOUD = 1e-5, 1e-3  # right code stays below the book's limit, wrong code far above it
MISSING = 0.9  # a gradient that should be 0 has the relative error 1, diluted by no other array
SEED = 1998  # unlike any that a reader takes for dy: dy equal to x makes dW symmetric


# ---- central_error
ERROR_HINTS = (
    (-0.04, "the other way round: the central difference less the slope"),
    (4.04, "this is the slope of the secant; subtract the slope of the tangent"),
    (4.0, "this is the slope of the tangent; by how much does the secant's differ from it?"),
    (4.641, "this is the slope of the forward secant; step to both sides, then subtract 4x³"),
    (0.641, "this is the error of the forward difference; step to both sides"),
    (-0.561, "this is the error of the backward difference; step to both sides"),
    (0.01, "this is h², right for x³, or the error as a part of the slope; x⁴ has another factor"),
    (0.1, "this is the step h; its square enters the error, with a factor"),
    (0.4, "h enters with its square"),
    (1.0, "not in per cent: the difference itself"),
    (0.808, "this is the difference of the two powers: divide it by 2h, then subtract the slope"),
    (8.08, "the two points lie 2h apart: divide by 2h, then subtract the slope"),
    (4.08, "the two points lie 2h apart: divide by 2h"),
)


def central_error(error):
    """Check the error of the central difference of x^4 at 1 with h = 0.1."""
    started("central-error", error)
    error = number("central-error: give one number", error)
    rest = (error, "work out the secant's slope first, then the tangent's, 4x³ at 1; subtract")
    central = (1.1**4 - 0.9**4) / 0.2
    same("central-error", error, central - 4, (*ERROR_HINTS, rest), reveal=False)
    print("central-error: right")


# ---- five_point and complex_step
class Formula:
    """A function that a message can show: its repr is its formula."""

    def __init__(self, text, f):
        self.text, self.f = text, f

    def __call__(self, x):
        """Return the function's value at x."""
        return self.f(x)

    def __repr__(self):
        """Return the formula."""
        return self.text


SQUARE, CUBE = Formula("x²", lambda x: x**2), Formula("x³", lambda x: x**3)
FOURTH, EXP = Formula("x⁴", lambda x: x**4), Formula("exp(x)", np.exp)
SIN, COS = Formula("sin(x)", np.sin), Formula("cos(x)", np.cos)
TANH = Formula("tanh(x)", np.tanh)


def five_point(function):
    """Check a slope from four neighbours: function(f, x, h)."""
    run_cases(
        "five-point",
        function,
        [
            _slope_case(SQUARE, 3.0, 0.1, 6.0),
            _slope_case(CUBE, 2.0, 0.1, 12.0),
            _slope_case(FOURTH, 1.0, 0.1, 4.0),
            _slope_case(SIN, 0.5, 1e-3, float(np.cos(0.5))),
            _slope_case(EXP, np.array([0.0, 1.0]), 1e-3, np.exp([0.0, 1.0])),
        ],
        rtol=1e-9,
    )


def _slope_case(f, x, h, expected):
    """Return a case with hints for the mistakes of a slope from neighbours."""
    near, far = f(x + h) - f(x - h), f(x + 2 * h) - f(x - 2 * h)
    whole = "(8 * near - far) / (12 * h)"
    hints = (
        (near / (2 * h), "this is the central difference; the far neighbours are missing"),
        (far / (4 * h), "this is the central difference of the far neighbours alone"),
        ((8 * near + far) / (12 * h), "the far neighbours enter with a minus sign"),
        ((far - 8 * near) / (12 * h), "the sign is turned: near less far"),
        ((8 * near - far) / 12 * h, "a / 12 * h is a / 12, times h: write / (12 * h)"),
        ((8 * near - far) / 12, "divide by h as well"),
        ((8 * near - far) / (2 * h), "the divisor is 12 h: 8 near steps less 1 far one, twice"),
        ((8 * near - far) / h, "divide by 12 as well"),
        (8 * near - far, "divide by 12 h"),
        (8 * near - far / (12 * h), f"all of the difference is divided: {whole}"),
        (8 * near - far / 12 * h, f"parentheses around both sums: {whole}"),
        (8 * (near - far) / (12 * h), "the factor 8 belongs to near alone"),
        ((near - 8 * far) / (12 * h), "the factor 8 belongs to the near neighbours"),
    )
    return Case(f"the slope of {f} at x = {np.asarray(x).tolist()}", (f, x, h), expected, hints)


def complex_step(function):
    """Check a slope from one step along the imaginary axis: function(f, x, h)."""
    cases = [
        _complex_case(CUBE, 2.0, 12.0),
        _complex_case(SIN, 0.5, np.cos(0.5)),
        _complex_case(COS, 0.5, -np.sin(0.5)),
        _complex_case(EXP, np.array([0.0, 1.0]), np.exp([0.0, 1.0])),
        _complex_case(TANH, -1.0, 1 - np.tanh(1.0) ** 2),
    ]
    if np.iscomplexobj(got := attempt("complex-step", function, cases[0])):
        raise WrongAnswer(
            f"{cases[0].label}: the slope is a real number, got {show(np.asarray(got))}"
            "\nHint: return the imaginary part alone, divided by h"
        )
    run_cases("complex-step", function, cases, rtol=1e-12)


def _complex_case(f, x, expected, h=1e-30):
    """Return a case with hints for the mistakes of a complex step."""
    stepped = f(x + 1j * h)
    hints = (
        (np.zeros_like(x), "nearly 0: x + h is x here. Step by 1j * h, then divide by h"),
        (np.real(stepped) / h, "take the imaginary part: the real part is f(x) itself"),
        (-expected, "the sign is wrong: slopes may be negative; take no abs, step by +1j * h"),
    )
    return Case(f"the slope of {f} at x = {np.asarray(x).tolist()}", (f, x, h), expected, hints)


# ---- softmax_backward
def softmax_backward(function):
    """Check the backward pass of a softmax: function(dy, y) -> dx."""
    rng = np.random.default_rng(0)
    dy = np.array([[1.0, 0.0, 2.0], [0.0, 2.0, -1.0]])
    y = np.array([[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]])
    cases = [
        _softmax_case("two rows of three", dy, y),
        _softmax_case("equal dY for all classes: dX is 0", np.ones((2, 3)), softmax((2, 3))),
        _softmax_case("three rows of four", rng.normal(size=(3, 4)), softmax((3, 4))),
        _softmax_case("four rows of four", rng.normal(size=(4, 4)), softmax((4, 4))),
    ]
    try:
        run_cases("softmax-backward", function, cases)
    except WrongAnswer as wrong:
        if "broadcast" not in str(wrong.__cause__):
            raise
        raise WrongAnswer(
            f"{wrong}\nHint: a sum along axis 1 has the shape (N,). With keepdims=True it keeps"
            " the shape (N, 1), and NumPy spreads it over the classes"
        ) from wrong


def softmax(shape):
    """Return the softmax of fixed random scores."""
    return Softmax().forward(np.random.default_rng(1).normal(size=shape))


def _softmax_case(label, dy, y):
    """Return a case with hints for the mistakes of a softmax."""
    mixed = dy * y
    expected = y * (dy - mixed.sum(axis=1, keepdims=True))
    hints = (
        (mixed * (1 - y), "this is the diagonal alone: each score moves every probability"),
        (y * (dy - mixed.sum(axis=0)), "sum over the classes, axis 1, and not over the batch"),
        (y * (dy - mixed.sum()), "one sum for each row: over the classes, axis 1, alone"),
        (-expected, "the sign is turned"),
        (y * (dy - dy.sum(axis=1, keepdims=True)), "weight the sum by the probabilities y"),
        (dy - mixed.sum(axis=1, keepdims=True), "multiply by y"),
    )
    return Case(label, (dy, y), expected, hints)


# ---- passing_weights
def passing_weights(W):
    """Check a matrix W that hides the missing transpose of `museum.Untransposed`."""
    started("passing-weights", W)
    W = ordinary_matrix(W)
    size, beside = np.abs(W).max(), np.abs(W - np.diag(np.diag(W))).max()
    if beside == 0:
        raise WrongAnswer("this W is diagonal; find one with numbers beside the diagonal")
    if beside < size / 100:
        raise WrongAnswer(
            "the numbers beside the diagonal are so small that W is almost diagonal"
            "\nHint: choose them about as large as those on the diagonal"
        )
    layer = museum.Untransposed(*W.shape)
    layer.params["W"] = W
    error = gradient_check(layer, np.random.default_rng(0).normal(size=(3, len(W))))
    if not error < QUIET:
        raise WrongAnswer(
            f"the check still catches the bug: relative error {error:.2g}"
            "\nHint: which matrices are equal to their own transpose?"
        )
    if not np.allclose(W, W.T, rtol=1e-9, atol=1e-12 * size):
        raise WrongAnswer(
            "W is not equal to its transpose: the bug is there, too small to be noticed"
            "\nHint: make W[i, j] and W[j, i] equal for every i and j"
        )
    print(f"passing-weights: the bug passes, relative error below {QUIET:g}")


def ordinary_matrix(W):
    """Return W in float64; refuse what is no square matrix of ordinary numbers."""
    try:
        W = np.asarray(W)
    except ValueError:
        raise WrongAnswer("the rows of W have different lengths") from None
    if W.dtype.kind not in "biuf":
        raise WrongAnswer("W has to be a matrix of real numbers, as in np.array([[..., ...], ...])")
    if W.ndim != 2:
        raise WrongAnswer(f"W has the shape {W.shape}; a matrix has two axes, rows and columns")
    if W.shape[0] != W.shape[1]:
        raise WrongAnswer(f"W has the shape {W.shape}; dY W exists for a square matrix only")
    if len(W) < 2:
        raise WrongAnswer(f"W has the shape {W.shape}: take 2 rows and 2 columns, or more")
    if not np.isfinite(W).all():
        raise WrongAnswer("W holds nan or inf; take finite numbers")
    if W.any() and not 1e-3 < np.abs(W).max() < 1e6:
        raise WrongAnswer("take numbers of ordinary size for W, such as those from -10 to 10")
    return W.astype(np.float64)


# ---- gradient_checker
class LoweredWeight(Dense):
    """One entry of dW too small by 1."""

    amount = -1.0

    def backward(self, dy):
        """Set dL/dW wrong, as the class says."""
        dx = super().backward(dy)
        self.grads["W"][-1, -1] += self.amount
        return dx


class RaisedWeight(LoweredWeight):
    """One entry of dW too large by 1."""

    amount = 1.0


class ReversedBias(Dense):
    """A gradient db in reverse order."""

    def backward(self, dy):
        """Set dL/db wrong, as the class says."""
        dx = super().backward(dy)
        self.grads["b"] = self.grads["b"][::-1].copy()
        return dx


def gradient_checker(function):
    """Check a gradient checker, function(layer, x) -> error, with right and wrong layers."""
    for layer, x in right_layers():
        error = _checked(function, layer, x)
        if not abs(error) < QUIET:
            raise WrongAnswer(
                f"{type(layer).__name__} is right, but your error is {error:.2g}"
                "\nHint: is each entry restored after its two steps, and is it the same dY on"
                " both sides? Is the step 1e-5?"
            )
    for layer, x, hint in wrong_layers():
        error = _checked(function, layer, x)
        if not error > LOUD:
            raise WrongAnswer(
                f"{type(layer).__name__} is wrong, but your error is {error:.2g}\nHint: {hint}"
            )
    _check_largest(function)
    print("gradient-checker: quiet for all right layers, loud for all wrong ones")


def right_layers():
    """Return layers that a checker must pass, with their inputs."""
    rng = np.random.default_rng(SEED)
    return [
        (Tanh(), rng.normal(size=(3, 4))),
        (Dense(4, 3, rng=0, dtype=np.float64), rng.normal(size=(5, 4))),
        (Conv2D(2, 3, (2, 3), rng=0, dtype=np.float64), rng.normal(size=(2, 2, 3, 4))),
    ]


def wrong_layers():
    """Return layers that a checker must catch, with their inputs and a hint."""
    x = np.random.default_rng(SEED).normal(size=(4, 4))
    late = np.where(np.arange(4) < 2, np.abs(x), x)
    every = "look at every entry, and take the absolute value of each difference, or a norm"
    order = "look at every entry of db, and mix the outputs by random dY: ones hide their order"
    return [
        (museum.SquashSlope(), x, "compare dx with the differences, entry by entry"),
        (_square(museum.Untransposed), x, "compare dx, not the parameters alone"),
        (_forgotten_bias(), x, "compare every parameter, b as well"),
        (_square(LoweredWeight), x, f"one entry of its dW is too small; {every}"),
        (_square(RaisedWeight), x, f"one entry of its dW is too large; {every}"),
        (museum.MaskOfOutput(), late, "look at every entry, not at the first alone"),
        (_square(museum.WrongSign), np.abs(x), every),
        (_square(museum.Transposed), x, "look at every entry of dW"),
        (_square(ReversedBias), x, f"its db is in reverse order; {order}"),
    ]


def _square(part):
    """Return a layer of four inputs and outputs, so that shapes tell a checker nothing."""
    return part(4, 4, rng=0, dtype=np.float64)


def _forgotten_bias():
    """Return a layer with twelve biases: not all of their gradients are negative."""
    return museum.ForgottenBias(4, 12, rng=0, dtype=np.float64)


def _check_largest(function):
    """Check that one wrong array is not diluted by the right ones."""
    error = _checked(function, _forgotten_bias(), np.random.default_rng(SEED).normal(size=(4, 4)))
    if not error > MISSING:
        raise WrongAnswer(
            f"ForgottenBias: its bias has no effect, and db is not 0; your error is {error:.2g}"
            "\nHint: return the largest error of all arrays. In a mean, or in one norm over all,"
            " the right arrays hide the wrong one"
        )


def _checked(function, layer, x):
    """Return the reader's error as a float; the input and the parameters must stay as they were."""
    name, x = type(layer).__name__, x.copy()
    before = copy.deepcopy({"x": x} | layer.params)
    got = attempt("gradient-checker", lambda: function(layer, x), Case(name, (), None))
    after = {"x": x} | layer.params
    for key, value in before.items():
        if not np.allclose(after[key], value, rtol=0, atol=1e-12):
            raise WrongAnswer(
                f"{name}: your check left {key} changed"
                f"\nHint: restore each entry of {key} after its two steps"
            )
    return number(f"{name}: your check has to return one number", got)


# ---- what a reader hands in
def started(exercise, answer):
    """Refuse what a starter holds."""
    if answer is ... or answer is None:
        raise NotStarted(f"{exercise}: put your answer to the right of the equals sign")


def number(what, answer):
    """Return the answer as a float; refuse words, lists and whatever else is no number."""
    try:
        if isinstance(answer, str) or np.ndim(answer):
            raise TypeError(answer)
        return float(answer)
    except (TypeError, ValueError):
        kind = "None" if answer is None else f"a {type(answer).__name__}"
        hint = "\nHint: does your function end in return?" if answer is None else ""
        raise WrongAnswer(f"{what}, got {kind}{hint}") from None
