"""The checker: right gradients pass, wrong ones fail, and the layer is left as it was."""

from contextlib import nullcontext

import numpy as np
import pytest

from lenet_core import (
    Conv2D,
    Dense,
    LeNet5,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    gradient_check,
)
from lenet_core.gradcheck import (
    directional_derivative,
    gradient_errors,
    numerical_gradient,
    relative_error,
)

X = np.random.default_rng(0).normal(size=(2, 2, 5, 6))
WRONG = 1e-3  # a gradient off by 1 % gives 0.01 / 2.01, about 5e-3


def conv():
    return Conv2D(2, 3, 3, rng=0)


def with_backward(layer, change):
    """Replace backward on the instance: what `change` makes of (layer, dx) comes out."""
    right = layer.backward
    layer.backward = lambda dy: change(layer, right(dy))
    return layer


def change_grad(name, change):
    """Return a change that puts change(gradient) in the place of the gradient `name`."""

    def apply(layer, dx):
        layer.grads[name] = change(layer.grads[name])
        return dx

    return apply


def flip_one(grad):
    """Turn the sign of one entry, of typical size."""
    place = np.argsort(np.abs(grad), axis=None)[grad.size // 2]
    grad.flat[place] *= -1
    return grad


def test_a_right_layer_passes():
    assert gradient_check(conv(), X) < 1e-7


def test_a_right_backward_replaced_on_the_instance_passes_too():
    assert gradient_check(with_backward(conv(), lambda layer, dx: dx), X) < 1e-7


MUTANTS = {
    "dx 1 % too large": lambda layer, dx: 1.01 * dx,
    "dx with the other sign": lambda layer, dx: -dx,
    "dx zero": lambda layer, dx: 0 * dx,
    "dx rows and columns flipped": lambda layer, dx: dx[:, :, ::-1, ::-1],
    "dx channels swapped": lambda layer, dx: dx[:, ::-1],
    "one entry of dx": lambda layer, dx: flip_one(dx),
    "dW 1 % too large": change_grad("W", lambda g: 1.01 * g),
    "dW with the other sign": change_grad("W", lambda g: -g),
    "dW divided by the batch": change_grad("W", lambda g: g / 2),
    "dW flipped": change_grad("W", lambda g: g[..., ::-1]),
    "one entry of dW": change_grad("W", flip_one),
    "db 1 % too large": change_grad("b", lambda g: 1.01 * g),
    "db zero": change_grad("b", lambda g: 0 * g),
    "db in another order": change_grad("b", lambda g: np.roll(g, 1)),
}


@pytest.mark.parametrize("change", MUTANTS.values(), ids=MUTANTS.keys())
def test_a_wrong_gradient_fails(change):
    assert gradient_check(with_backward(conv(), change), X) > WRONG


@pytest.mark.parametrize("name", ["x", "W", "b"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_no_number_never_passes(name, bad):
    def spoil(layer, dx):
        grad = dx if name == "x" else layer.grads[name]
        grad.flat[0] = bad
        return dx

    with np.errstate(invalid="ignore"):
        assert not gradient_check(with_backward(conv(), spoil), X) < WRONG


@pytest.mark.parametrize("name", ["x", "W", "b"])
def test_nan_never_passes_along_random_directions_either(name):
    def spoil(layer, dx):
        grad = dx if name == "x" else layer.grads[name]
        grad.flat[0] = np.nan
        return dx

    assert not gradient_check(with_backward(conv(), spoil), X, max_entries=1) < WRONG


def test_one_wrong_entry_among_48120_fails():
    layer, x = Conv2D(16, 120, 5, rng=0), np.random.default_rng(0).normal(size=(2, 16, 5, 5))
    assert layer.n_params == 48_120
    right = gradient_check(layer, x)
    wrong = gradient_check(with_backward(layer, change_grad("W", flip_one)), x)
    # One flipped entry moves the slope by some 2 / sqrt(48,000) of its size, about 0.01.
    assert right < 1e-7
    assert wrong > 1e-4


@pytest.mark.parametrize(("entries", "passes"), [(500, 2 * 500), (501, 2 * 3)])
def test_large_arrays_are_checked_along_three_directions(entries, passes):
    layer, calls = Tanh(), []
    right = layer.forward
    layer.forward = lambda x: calls.append(1) or right(x)
    assert gradient_check(layer, np.random.default_rng(0).normal(size=entries)) < 1e-7
    assert len(calls) == 1 + passes


@pytest.mark.parametrize("place", [0, 2])
def test_a_wrong_layer_inside_a_model_fails_and_is_named(place):
    model = Sequential([Dense(4, 5, rng=0), Tanh(), Dense(5, 3, rng=1)])
    with_backward(model.layers[place], change_grad("W", lambda g: 1.01 * g))
    errors = gradient_errors(model, X[0, 0, :, :4])
    assert [name for name, error in errors.items() if error > WRONG] == [f"{place}.W"]


def test_dy_is_not_x_even_if_both_come_from_the_same_seed():
    layer = Tanh()
    layer.forward = lambda x: setattr(layer, "x", x) or 2 * x
    layer.backward = lambda dy: 2 * layer.x
    for seed in (0, 1):
        x = np.random.default_rng(seed).normal(size=(3, 4))
        assert gradient_check(layer, x, rng=seed) > WRONG


def test_a_wrong_loss_fails():
    class NotDivided(SoftmaxCrossEntropy):
        def backward(self):
            return super().backward() * len(self.y)

    layer, x, y = Dense(4, 3, rng=0), np.random.default_rng(0).normal(size=(5, 4)), np.arange(5) % 3
    assert gradient_check(layer, x, y=y, loss=SoftmaxCrossEntropy()) < 1e-7
    assert gradient_check(layer, x, y=y, loss=NotDivided()) > WRONG


def test_a_missing_gradient_is_named_even_if_an_old_one_is_there():
    layer = conv()
    layer.backward(layer.forward(X))
    with_backward(layer, lambda layer, dx: layer.grads.pop("b") is None or dx)
    with pytest.raises(ValueError, match="no gradient for the parameter 'b'"):
        gradient_check(layer, X)


SHAPES = {
    "dx": (lambda layer, dx: dx[:1], r"\(1, 2, 5, 6\).*\(2, 2, 5, 6\)"),
    "dW": (change_grad("W", lambda g: g.T), r"\(3, 3, 2, 3\).*\(3, 2, 3, 3\)"),
    "db": (change_grad("b", lambda g: g[:, None]), r"\(3, 1\).*\(3,\)"),
}


@pytest.mark.parametrize(("change", "message"), SHAPES.values(), ids=SHAPES.keys())
def test_a_gradient_of_the_wrong_shape_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        gradient_check(with_backward(conv(), change), X)


def explode(*_):
    raise RuntimeError("on purpose")


ENDINGS = {
    "a right layer": (lambda layer: None, None),
    "a wrong backward": (lambda layer: setattr(layer, "backward", lambda dy: dy), "of shape"),
    "backward raises": (lambda layer: setattr(layer, "backward", explode), "on purpose"),
    "forward raises": (lambda layer: setattr(layer, "forward", explode), "on purpose"),
}


@pytest.mark.parametrize(("spoil", "message"), ENDINGS.values(), ids=ENDINGS.keys())
def test_the_layer_keeps_its_parameters_and_gradients(spoil, message):
    model = Sequential([Dense(4, 5, rng=0), Tanh(), Dense(5, 3, rng=1)])
    model.backward(model.forward(np.ones((2, 4), np.float32)))
    arrays = [*model.params.values(), *model.grads.values()]
    copies = [array.copy() for array in arrays]
    spoil(model.layers[0])
    with pytest.raises(Exception, match=message) if message else nullcontext():
        gradient_check(model, np.ones((2, 4)))
    after = [*model.params.values(), *model.grads.values()]
    assert all(a is b for a, b in zip(arrays, after, strict=True))
    for array, copy in zip(after, copies, strict=True):
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_the_input_is_not_written_to(dtype):
    x = np.arange(8).reshape(2, 4).astype(dtype)
    x.setflags(write=False)
    assert gradient_check(Dense(4, 3, rng=0), x) < 1e-7


def test_the_same_seed_gives_the_same_error():
    errors = [gradient_check(LeNet5(rng=0), np.ones((1, 1, 32, 32)), rng=s) for s in (1, 1, 2)]
    assert errors[0] == errors[1] != errors[2]


# The parts


def test_the_numerical_gradient_of_a_cube():
    x = np.array([[1.0, -2.0], [0.5, 0.0]])
    kept = x.copy()
    # (x+h)^3 - (x-h)^3 over 2h is 3 x^2 + h^2: off by 1e-10, plus rounding.
    np.testing.assert_allclose(numerical_gradient(lambda: (x**3).sum(), x), 3 * kept**2, atol=2e-10)
    np.testing.assert_array_equal(x, kept)


def test_the_numerical_gradient_refuses_float32():
    x = np.ones(3, np.float32)
    with pytest.raises(ValueError, match="need float64, got float32"):
        numerical_gradient(lambda: x.sum(), x)


def test_the_derivative_along_a_direction():
    x, v = np.array([1.0, -2.0, 0.5]), np.array([0.3, 1.0, -2.0])
    kept = x.copy()
    slope = directional_derivative(lambda: (x**3).sum(), x, v)
    assert slope == pytest.approx((3 * kept**2 * v).sum(), abs=2e-9)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_the_relative_error_is_free_of_scale(scale):
    n = scale * np.array([3.0, -4.0])
    assert relative_error(n, n) == 0
    assert relative_error(-n, n) == pytest.approx(1)
    assert relative_error(1.01 * n, n) == pytest.approx(0.01 / 2.01)
    assert relative_error(scale * np.array([3.0, 4.0]), n) == pytest.approx(0.8)


def test_the_relative_error_of_nothing_is_zero_and_of_nan_is_nan():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.full(3, 1e-12), np.zeros(3)) < 1e-3
    assert np.isnan(relative_error(np.array([np.nan, 1.0]), np.ones(2)))


def test_labels_and_loss_go_together():
    with pytest.raises(ValueError, match="give both or none"):
        gradient_check(conv(), X, y=np.array([0, 1]))
