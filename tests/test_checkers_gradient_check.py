"""The checkers of the chapter on gradient checking: right answers pass, wrong ones get a hint."""

import numpy as np
import pytest

from lenet_core.exercises import NotStarted, WrongAnswer
from lenet_core.exercises import gradient_check as check
from lenet_core.exercises.museum import entry_error
from lenet_core.gradcheck import gradient_check, numerical_gradient, relative_error


def refused(checker, answer, hint=""):
    """Tell whether the checker refuses the answer and gives the hint."""
    message = message_of(checker, answer)
    assert not any(word in message for word in ("np.float64(", "Polynomial", "<function", " at 0x"))
    return hint in message


def message_of(checker, answer):
    """Return what the checker tells about a wrong answer."""
    with pytest.raises(WrongAnswer) as caught:
        checker(answer)
    return str(caught.value)


def not_written(*args):
    raise NotImplementedError("exercise")


@pytest.mark.parametrize("answer", [..., None])
@pytest.mark.parametrize("checker", [check.central_error, check.passing_weights])
def test_dots_are_not_started(checker, answer):
    with pytest.raises(NotStarted) as caught:
        checker(answer)
    assert "return" not in str(caught.value)


@pytest.mark.parametrize(
    "checker",
    [check.five_point, check.complex_step, check.softmax_backward, check.gradient_checker],
)
def test_starters_are_not_started(checker):
    with pytest.raises(NotStarted):
        checker(not_written)


# ---- central_error
@pytest.mark.parametrize(
    "answer", [0.04, np.float32(0.04), 4 * 0.1**2, (1.1**4 - 0.9**4) / 0.2 - 4, np.array(0.04)]
)
def test_central_error_right(answer):
    check.central_error(answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (4.04, "subtract the slope of the tangent"),
        (4, "the slope of the tangent"),
        (0.641, "forward difference"),
        (4.641, "forward secant"),
        (-0.561, "backward difference"),
        (0.01, "another factor"),
        (-0.04, "the central difference less the slope"),
        (0.4, "square"),
        (0.1, "this is the step"),
        (1, "per cent"),
        (0.808, "divide it by 2h"),
        (8.08, "divide by 2h"),
        (4.08, "divide by 2h"),
        (0.5, "the secant's slope first"),
        (np.nan, "the values differ"),
        ("0.04", "one number, got a str"),
        ([0.04], "one number, got a list"),
        (np.array([0.04]), "one number, got a ndarray"),
        (0.04j, "one number, got a complex"),
    ],
)
def test_central_error_wrong(answer, hint):
    assert refused(check.central_error, answer, hint)
    message = message_of(check.central_error, answer).split("got")[0]
    assert not any(word in message for word in ("expected", "0.04", "function"))


# ---- five_point
def near(f, x, h):
    return f(x + h) - f(x - h)


def far(f, x, h):
    return near(f, x, 2 * h)


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
        (lambda f, x, h: five_point(f, x, h) * h * h, "times h: write / (12 * h)"),
        (lambda f, x, h: five_point(f, x, h) * 12, "divide by 12 as well"),
        (lambda f, x, h: five_point(f, x, h) * 12 * h, "divide by 12 h"),
        (lambda f, x, h: -five_point(f, x, h), "near less far"),
        (lambda f, x, h: 8 * near(f, x, h) - far(f, x, h) / (12 * h), "all of the difference"),
        (lambda f, x, h: 8 * near(f, x, h) - far(f, x, h) / 12 * h, "parentheses around both"),
        (lambda f, x, h: 8 * (near(f, x, h) - far(f, x, h)) / (12 * h), "near alone"),
        (
            lambda f, x, h: (8 * (f(x + h) - f(x - h)) + f(x + 2 * h) - f(x - 2 * h)) / (12 * h),
            "minus sign",
        ),
        (
            lambda f, x, h: (f(x + h) - f(x - h) - 8 * (f(x + 2 * h) - f(x - 2 * h))) / (12 * h),
            "near neighbours",
        ),
        (lambda f, x, h: (f(x + h) - f(x)) / h, "f = x²\nx = 3\nh = 0.1"),
        (lambda f, x, h: central(f, x, 2 * h), "far neighbours alone"),
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
        (lambda f, x, h: -np.imag(f(x + 1j * h)) / h, "the sign is wrong"),
        (lambda f, x, h: abs(f(x + 1j * h) - f(x)) / h, "cos(x) at x = 0.5"),
        (lambda f, x, h: abs(f(x + 1j * h) - f(x)) / h, "take no abs"),
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
        (lambda dy, y: y * (dy - (dy * y).sum(axis=0)), "not over the batch"),
        (lambda dy, y: y * (dy - (dy * y).sum()), "one sum for each row"),
        (lambda dy, y: y * (dy - np.sum(dy * y, axis=1)), "keepdims=True"),
        (lambda dy, y: [][0], "IndexError"),
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
        (np.ones(4), "two axes"),
        (np.ones((1, 1)), "2 rows"),
        (np.ones((0, 0)), "2 rows"),
        (3.0, "two axes"),
        ("eye", "real numbers"),
        ([["1", "2"], ["2", "5"]], "real numbers"),
        ([[1j, 2], [2, 5]], "real numbers"),
        ([[1, None], [None, 5]], "real numbers"),
        ([[1, 2], [2]], "lengths"),
        ([[1, np.nan], [np.nan, 5]], "finite"),
        ([[1, np.inf], [np.inf, 5]], "finite"),
        ([[1, 1e200], [1e200, 5]], "ordinary size"),
        ([[1e-9, 2e-9], [2e-9, 5e-9]], "ordinary size"),
        ([[1, 1e-9], [-1e-9, 1]], "almost diagonal"),
        ([[1, 1e-9], [1e-9, 1]], "almost diagonal"),
        ([[1, 2, 1e-9], [2, 1, 0], [-1e-9, 0, 1]], "too small to be noticed"),
        ([[1, 2], [2 + 1e-6, 1]], "too small to be noticed"),
    ],
)
def test_passing_weights_wrong(W, hint):
    assert refused(check.passing_weights, W, hint)


# ---- gradient_checker
def my_check(layer, x, measure=relative_error, h=1e-5, dy=None, names=None, total=max):
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
    return total([measure(grads[k], n) for k, n in slopes.items()] or [0.0])


def largest_difference(a, n):
    return np.max(np.abs(a - n))


def by_the_larger(a, n):
    return np.max(np.abs(a - n) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(n))))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("draw", ["normal", "random"])
@pytest.mark.parametrize(
    "measure", [relative_error, entry_error, largest_difference, by_the_larger]
)
def test_gradient_checker_right_with_any_measure_and_dy(measure, draw, seed):
    def dy(y):
        return getattr(np.random.default_rng(seed), draw)(size=y.shape)

    check.gradient_checker(lambda layer, x: my_check(layer, x, measure, dy=dy))


def restores_by_steps(layer, x, h=1e-5):
    """Restore each entry by the opposite step: right but for rounding."""
    dy = np.random.default_rng(0).normal(size=layer.forward(x).shape)
    grads = {"x": layer.backward(dy)} | layer.grads
    errors = []
    for name, value in ({"x": x} | layer.params).items():
        slopes = np.zeros_like(value)
        for i in np.ndindex(value.shape):
            value[i] += h
            slopes[i] = np.sum(dy * layer.forward(x))
            value[i] -= 2 * h
            slopes[i] -= np.sum(dy * layer.forward(x))
            value[i] += h
        errors.append(relative_error(grads[name], slopes / (2 * h)))
    return max(errors)


@pytest.mark.parametrize(
    "answer",
    [
        my_check,
        gradient_check,
        restores_by_steps,
        lambda layer, x: np.float32(my_check(layer, x)),
        lambda layer, x: my_check(layer, x, total=np.max),
    ],
)
def test_gradient_checker_right(answer):
    check.gradient_checker(answer)


def signless(a, n):
    return np.max(a - n) / 10


def moves_x(layer, x):
    error = my_check(layer, x)
    x += 1e-5
    return error


def another_dy_on_each_side(layer, x):
    rng = np.random.default_rng(0)
    dy = rng.normal(size=layer.forward(x).shape)
    dx, other = layer.backward(dy), rng.normal(size=dy.shape)
    return relative_error(dx, numerical_gradient(lambda: np.sum(other * layer.forward(x)), x))


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
        (forgets_to_restore, "Dense: your check left W changed\nHint: restore each entry of W"),
        (moves_x, "Tanh: your check left x changed\nHint: restore each entry of x after its two"),
        (another_dy_on_each_side, "is it the same dY on both sides?"),
        (lambda layer, x: my_check(layer, x, dy=np.ones_like), "random dY: ones hide"),
        (lambda layer, x: my_check(layer, x, entry_error, dy=np.ones_like), "random dY: ones hide"),
        (lambda layer, x: my_check(layer, x, lambda a, n: np.max(a - n)), "absolute value"),
        (lambda layer, x: my_check(layer, x, lambda a, n: np.max(n - a)), "absolute value"),
        (lambda layer, x: my_check(layer, x, lambda a, n: abs(np.max(a - n))), "absolute value"),
        (lambda layer, x: my_check(layer, x, lambda a, n: abs(np.sum(a - n))), "every entry"),
        (lambda layer, x: my_check(layer, x, total=np.mean), "the largest error of all arrays"),
        (
            lambda layer, x: my_check(layer, x, entry_error, total=np.mean),
            "the largest error of all arrays",
        ),
        (lambda layer, x: np.nan, "is right"),
        (lambda layer, x: x[0, 0, 0], "Tanh: your function raised IndexError"),
        (lambda layer, x: None, "one number, got None\nHint: does your function end in return?"),
        (lambda layer, x: {"x": my_check(layer, x)}, "one number, got a dict"),
        (lambda layer, x: "0.0", "one number, got a str"),
    ],
)
def test_gradient_checker_wrong(answer, hint):
    assert refused(check.gradient_checker, answer, hint)
