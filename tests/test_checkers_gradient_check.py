"""The checkers of the chapter on gradient checking: right answers pass, wrong ones get a hint."""

import numpy as np
import pytest

from lenet_core.exercises import NotStarted, WrongAnswer
from lenet_core.exercises import gradient_check as check
from lenet_core.gradcheck import gradient_check, numerical_gradient, relative_error


def refused(checker, answer, hint=""):
    """Tell whether the checker refuses the answer and gives the hint."""
    with pytest.raises(WrongAnswer) as caught:
        checker(answer)
    return hint in str(caught.value)


def not_written(*args):
    raise NotImplementedError("exercise")


@pytest.mark.parametrize("checker", [check.central_error, check.passing_weights])
def test_dots_are_not_started(checker):
    with pytest.raises(NotStarted):
        checker(...)


@pytest.mark.parametrize(
    "checker",
    [check.five_point, check.complex_step, check.softmax_backward, check.gradient_checker],
)
def test_starters_are_not_started(checker):
    with pytest.raises(NotStarted):
        checker(not_written)


# ---- central_error
@pytest.mark.parametrize("answer", [0.04, np.float32(0.04), 4 * 0.1**2])
def test_central_error_right(answer):
    check.central_error(answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (4.04, "subtract the slope of the tangent"),
        (0.641, "forward difference"),
        (0.01, "another factor"),
        (-0.04, ""),
        (0.4, ""),
        (None, "None"),
    ],
)
def test_central_error_wrong(answer, hint):
    assert refused(check.central_error, answer, hint)


# ---- five_point
def five_point(f, x, h):
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def extrapolated(f, x, h):
    return (4 * central(f, x, h) - central(f, x, 2 * h)) / 3


@pytest.mark.parametrize("answer", [five_point, extrapolated])
def test_five_point_right(answer):
    check.five_point(answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (central, "far neighbours are missing"),
        (lambda f, x, h: five_point(f, x, h) * h, "divide by h"),
        (lambda f, x, h: five_point(f, x, h) * 6, "12 h"),
        (
            lambda f, x, h: (8 * (f(x + h) - f(x - h)) + f(x + 2 * h) - f(x - 2 * h)) / (12 * h),
            "minus sign",
        ),
        (
            lambda f, x, h: (f(x + h) - f(x - h) - 8 * (f(x + 2 * h) - f(x - 2 * h))) / (12 * h),
            "near neighbours",
        ),
        (lambda f, x, h: (f(x + h) - f(x)) / h, ""),
        (lambda f, x, h: central(f, x, 2 * h), ""),
        (lambda f, x, h: None, "None"),
    ],
)
def test_five_point_wrong(answer, hint):
    assert refused(check.five_point, answer, hint)


# ---- complex_step
@pytest.mark.parametrize(
    "answer",
    [
        lambda f, x, h: np.imag(f(x + 1j * h)) / h,
        lambda f, x, h: -f(x - complex(0, h)).imag / h,
    ],
)
def test_complex_step_right(answer):
    check.complex_step(answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda f, x, h: np.imag(f(x + 1j * h)), "divide by h"),
        (lambda f, x, h: np.real(f(x + 1j * h)) / h, "imaginary part"),
        (lambda f, x, h: (f(x + h) - f(x)) / h, "Step by 1j * h"),
        (lambda f, x, h: np.imag(f(x + 1j * h)) / h / 2, ""),
        (lambda f, x, h: central(f, x, 1e-5), ""),
        (lambda f, x, h: -np.imag(f(x + 1j * h)) / h, ""),
        (lambda f, x, h: f(x + 1j * h) / h, "imaginary part alone"),
    ],
)
def test_complex_step_wrong(answer, hint):
    assert refused(check.complex_step, answer, hint)


# ---- softmax_backward
def softmax_jacobian(dy, y):
    rows = []
    for d, p in zip(dy, y, strict=True):
        rows.append((np.diag(p) - np.outer(p, p)) @ d)
    return np.array(rows)


@pytest.mark.parametrize(
    "answer",
    [softmax_jacobian, lambda dy, y: dy * y - y * np.einsum("nk,nk->n", dy, y)[:, None]],
)
def test_softmax_backward_right(answer):
    check.softmax_backward(answer)


def test_softmax_backward_takes_float32_and_lists():
    check.softmax_backward(lambda dy, y: softmax_jacobian(dy, y).astype(np.float32))
    check.softmax_backward(lambda dy, y: softmax_jacobian(dy, y).tolist())


def writes_into_dy(dy, y):
    dy -= (dy * y).sum(axis=1, keepdims=True)
    return y * dy


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda dy, y: dy * y * (1 - y), "diagonal"),
        (lambda dy, y: y * (dy - (dy * y).sum(axis=0)), "axis 1"),
        (lambda dy, y: -softmax_jacobian(dy, y), "sign"),
        (lambda dy, y: y * (dy - dy.sum(axis=1, keepdims=True)), "weight the sum"),
        (lambda dy, y: dy - (dy * y).sum(axis=1, keepdims=True), "multiply by y"),
        (lambda dy, y: np.zeros_like(dy), ""),
        (lambda dy, y: y - dy, ""),
        (writes_into_dy, "wrote into its argument"),
    ],
)
def test_softmax_backward_wrong(answer, hint):
    assert refused(check.softmax_backward, answer, hint)


# ---- passing_weights
@pytest.mark.parametrize("W", [np.ones((3, 3)), [[0, 1], [1, 0]], np.float32([[1, 2], [2, 5]])])
def test_passing_weights_right(W):
    check.passing_weights(W)


@pytest.mark.parametrize(
    ("W", "hint"),
    [
        (np.eye(3), "diagonal"),
        (np.diag([1, 2]), "diagonal"),
        (np.zeros((2, 2)), "diagonal"),
        (np.array([[1, 2], [3, 4]]), "own transpose"),
        (np.array([[0, 1], [-1, 0]]), "own transpose"),
        (np.ones((2, 3)), "square"),
        (np.ones(4), "square"),
        (np.ones((1, 1)), "square"),
    ],
)
def test_passing_weights_wrong(W, hint):
    assert refused(check.passing_weights, W, hint)


# ---- gradient_checker
def my_check(layer, x, measure=relative_error, h=1e-5, dy=None, names=None):
    """Check a layer; what can be left out or done wrong is an argument."""
    y = layer.forward(x)
    dy = np.random.default_rng(0).normal(size=y.shape) if dy is None else dy(y)
    grads = {"x": layer.backward(dy)} | layer.grads
    values = {"x": x} | layer.params
    slopes = {
        k: numerical_gradient(lambda: np.sum(dy * layer.forward(x)), values[k], h)
        for k in names or values
        if k in values
    }
    return max((measure(grads[k], n) for k, n in slopes.items()), default=0.0)


@pytest.mark.parametrize(
    "answer", [my_check, gradient_check, lambda layer, x: np.float32(my_check(layer, x))]
)
def test_gradient_checker_right(answer):
    check.gradient_checker(answer)


def signless(a, n):
    return np.max(a - n) / 10


def forgets_to_restore(layer, x):
    error = my_check(layer, x)
    for value in layer.params.values():
        value += 1e-5
    return error


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda layer, x: 0.0, "compare dx"),
        (lambda layer, x: 1.0, "is right"),
        (lambda layer, x: my_check(layer, x, names=["x"]), "b as well"),
        (lambda layer, x: my_check(layer, x, names=["x", "W"]), "b as well"),
        (lambda layer, x: my_check(layer, x, names=["W", "b"]), "compare dx"),
        (lambda layer, x: my_check(layer, x, signless, dy=np.ones_like), "absolute value"),
        (
            lambda layer, x: my_check(layer, x, lambda a, n: abs(a.flat[0] - n.flat[0])),
            "every entry",
        ),
        (lambda layer, x: my_check(layer, x, h=0.1), "1e-5"),
        (lambda layer, x: my_check(layer, x, dy=np.zeros_like), "compare dx"),
        (forgets_to_restore, "restore"),
        (lambda layer, x: None, "one number"),
    ],
)
def test_gradient_checker_wrong(answer, hint):
    assert refused(check.gradient_checker, answer, hint)
