"""The checkers of the chapter on checking gradients."""

import numpy as np
from numpy.polynomial import Polynomial

from ..gradcheck import gradient_check
from ..layers import Conv2D, Dense, Softmax, Tanh
from . import museum
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same

QUIET, LOUD = 1e-6, 1e-3  # right code stays below the one, wrong code comes above the other
SEED = 1998  # unlike any that a reader takes for dy: dy equal to x makes dW symmetric


def central_error(error):
    """Check the error of the central difference of x^4 at 1 with h = 0.1."""
    started("central-error", error)
    central, forward = (1.1**4 - 0.9**4) / 0.2, (1.1**4 - 1) / 0.1
    hints = (
        (central, "this is the slope of the secant; subtract the slope of the tangent"),
        (forward - 4, "this is the error of the forward difference; step to both sides"),
        (0.1**2, "h² is the error for x³; for x⁴ it has another factor"),
    )
    same("error", error, central - 4, hints)
    print("central-error: right")


def five_point(function):
    """Check a slope from four neighbours: function(f, x, h)."""
    run_cases(
        "five-point",
        function,
        [
            _slope_case("x^2 at 3", Polynomial([0, 0, 1]), 3.0, 0.1, 6.0),
            _slope_case("x^3 at 2", Polynomial([0, 0, 0, 1]), 2.0, 0.1, 12.0),
            _slope_case("x^4 at 1, h = 0.1", Polynomial([0, 0, 0, 0, 1]), 1.0, 0.1, 4.0),
            _slope_case("sin at 0.5", np.sin, 0.5, 1e-3, np.cos(0.5)),
            _slope_case("exp at [0, 1]", np.exp, np.array([0.0, 1.0]), 1e-3, np.exp([0.0, 1.0])),
        ],
        rtol=1e-9,
    )


def _slope_case(label, f, x, h, expected):
    """Return a case with hints for the mistakes of a slope from neighbours."""
    near, far = f(x + h) - f(x - h), f(x + 2 * h) - f(x - 2 * h)
    hints = (
        (near / (2 * h), "this is the central difference; the far neighbours are missing"),
        ((8 * near + far) / (12 * h), "the far neighbours enter with a minus sign"),
        ((8 * near - far) / 12, "divide by h as well"),
        ((8 * near - far) / (2 * h), "the divisor is 12 h: 8 near steps less 1 far one, twice"),
        ((near - 8 * far) / (12 * h), "the factor 8 belongs to the near neighbours"),
    )
    return Case(label, (f, x, h), expected, hints)


def complex_step(function):
    """Check a slope from one step along the imaginary axis: function(f, x, h)."""
    cases = [
        _complex_case("x^3 at 2", Polynomial([0, 0, 0, 1]), 2.0, 12.0),
        _complex_case("sin at 0.5", np.sin, 0.5, np.cos(0.5)),
        _complex_case("exp at [0, 1]", np.exp, np.array([0.0, 1.0]), np.exp([0.0, 1.0])),
        _complex_case("tanh at -1", np.tanh, -1.0, 1 - np.tanh(1.0) ** 2),
    ]
    if np.iscomplexobj(got := attempt("complex-step", function, cases[0])):
        raise WrongAnswer(
            f"x^3 at 2: expected the slope, a real number, got {got}"
            "\nHint: return the imaginary part alone, divided by h"
        )
    run_cases("complex-step", function, cases, rtol=1e-12)


def _complex_case(label, f, x, expected, h=1e-30):
    """Return a case with hints for the mistakes of a complex step."""
    stepped = f(x + 1j * h)
    hints = (
        (np.zeros_like(x), "nearly 0: x + h is x here. Step by 1j * h, then divide by h"),
        (np.real(stepped) / h, "take the imaginary part: the real part is f(x) itself"),
    )
    return Case(label, (f, x, h), expected, hints)


def softmax_backward(function):
    """Check the backward pass of a softmax: function(dy, y) -> dx."""
    rng = np.random.default_rng(0)
    small = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.25, 0.75], [0.5, 0.5]])
    run_cases(
        "softmax-backward",
        function,
        [
            _softmax_case("two classes", *small),
            _softmax_case("equal dY for all classes: dX is 0", np.ones((2, 3)), softmax((2, 3))),
            _softmax_case("three rows of four", rng.normal(size=(3, 4)), softmax((3, 4))),
            _softmax_case("four rows of four", rng.normal(size=(4, 4)), softmax((4, 4))),
        ],
    )


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
        (-expected, "the sign is turned"),
        (y * (dy - dy.sum(axis=1, keepdims=True)), "weight the sum by the probabilities y"),
        (dy - mixed.sum(axis=1, keepdims=True), "multiply by y"),
    )
    return Case(label, (dy, y), expected, hints)


def passing_weights(W):
    """Check a matrix W that hides the missing transpose of `museum.Untransposed`."""
    started("passing-weights", W)
    W = np.asarray(W, dtype=np.float64)
    if W.ndim != 2 or len(W) != W.shape[-1] or len(W) < 2:
        raise WrongAnswer(f"W has the shape {W.shape}; dY W exists for a square matrix only")
    if np.array_equal(W, np.diag(np.diag(W))):
        raise WrongAnswer("this W is diagonal; find one with numbers beside the diagonal")
    layer = museum.Untransposed(*W.shape)
    layer.params["W"] = W
    error = gradient_check(layer, np.random.default_rng(0).normal(size=(3, len(W))))
    if error > QUIET:
        raise WrongAnswer(
            f"the check still catches the bug: relative error {error:.2g}"
            "\nHint: which matrices are equal to their own transpose?"
        )
    print(f"passing-weights: the bug passes, relative error below {QUIET:g}")


def gradient_checker(function):
    """Check a gradient checker, function(layer, x) -> error, with right and wrong layers."""
    for layer, x in right_layers():
        error = _checked(function, layer, x)
        if not abs(error) < QUIET:
            raise WrongAnswer(
                f"{type(layer).__name__} is right, but your error is {error:.2g}"
                "\nHint: is each entry restored after its two steps? Is the step 1e-5?"
            )
    for layer, x, hint in wrong_layers():
        error = _checked(function, layer, x)
        if not error > LOUD:
            raise WrongAnswer(
                f"{type(layer).__name__} is wrong, but your error is {error:.2g}\nHint: {hint}"
            )
    print("gradient-checker: quiet for all right layers, loud for all wrong ones")


def right_layers():
    """Return layers that a checker must pass, with their inputs."""
    rng = np.random.default_rng(SEED)
    return [
        (Tanh(), rng.normal(size=(3, 4))),
        (Dense(4, 3, rng=0, dtype=np.float64), rng.normal(size=(5, 4))),
        (Conv2D(2, 3, (2, 3), rng=0, dtype=np.float64), rng.normal(size=(2, 2, 4, 5))),
    ]


def wrong_layers():
    """Return layers that a checker must catch, with their inputs and a hint."""
    rng, sizes = np.random.default_rng(SEED), {"rng": 0, "dtype": np.float64}
    x = rng.normal(size=(4, 4))
    late = np.where(np.arange(4) < 2, np.abs(x), x)
    return [
        (museum.SquashSlope(), x, "compare dx with the differences, entry by entry"),
        (museum.MaskOfOutput(), late, "look at every entry, not at the first alone"),
        (museum.Untransposed(4, 4, **sizes), x, "compare dx, not the parameters alone"),
        (museum.ForgottenBias(4, 4, **sizes), x, "compare every parameter, b as well"),
        (museum.WrongSign(4, 4, **sizes), np.abs(x), "take the absolute value of the difference"),
        (
            museum.Transposed(4, 4, **sizes),
            x,
            "look at every entry of dW; mix outputs by random dy",
        ),
    ]


def _checked(function, layer, x):
    """Return the reader's error as a float; the layer's parameters must stay as they were."""
    before = {name: value.copy() for name, value in layer.params.items()}
    got = attempt("gradient-checker", lambda x: function(layer, x), Case("", (x,), None))
    if any(not np.array_equal(value, layer.params[name]) for name, value in before.items()):
        raise WrongAnswer(
            f"your check changed the parameters of {type(layer).__name__}"
            "\nHint: restore each entry after its two steps"
        )
    try:
        return float(got)
    except (TypeError, ValueError):
        raise WrongAnswer(f"your check returned {got!r}, expected one number") from None


def started(exercise, answer):
    """Refuse the dots of a starter."""
    if answer is ...:
        raise NotStarted(f"{exercise}: put your answer in place of the dots")
