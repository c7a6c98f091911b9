"""Every slower way to a convolution and to pooling against loops, and the networks made of them."""

import numpy as np
import oracles
import pytest
from test_layers import CONVS, POOLS, normal, table

from lenet_core import (
    LeNet5,
    Sequential,
    SoftmaxCrossEntropy,
    ladder,
    layers,
)
from lenet_core.train import gradients

RUNGS = {  # Conv2D, AvgPool2D
    "pixel": (ladder.PixelConv2D, ladder.PixelAvgPool2D),
    "classic": (ladder.ClassicConv2D, ladder.ClassicAvgPool2D),
    "strided": (ladder.StridedConv2D, ladder.StridedAvgPool2D),
}
Y = np.array([3, 1])
every_rung = table(RUNGS, ("conv", "pool"))
every_layout = pytest.mark.parametrize("layout", oracles.LAYOUTS.values(), ids=oracles.LAYOUTS)


def close(actual, want):
    np.testing.assert_allclose(actual, want, rtol=1e-12, atol=1e-13)


def digits(n=2):
    return normal((n, 1, 32, 32))


def network(rung, dtype=np.float64):
    """Return a LeNet-5 with biases that are not zero, and the same one on a rung."""
    model = LeNet5(rng=0, dtype=dtype)
    for i, p in enumerate(model.params.values()):
        if p.ndim == 1:
            p[:] = 0.1 * normal(len(p), seed=i)
    return model, ladder.climb(model, *RUNGS[rung], dtype)


@every_rung
@every_layout
@table(CONVS, ("shape", "out", "kernel"))
def test_a_convolution_and_its_gradients_are_those_of_the_loops(
    conv, pool, layout, shape, out, kernel
):
    layer, x = conv(shape[1], out, kernel, rng=0, dtype=np.float64), layout(normal(shape))
    layer.params["b"][:] = normal(out, seed=1)
    W, b = layer.params.values()
    y = layer.forward(x)
    close(y, oracles.conv(x, W, b))
    dy = layout(normal(y.shape, seed=2))
    layer.set_grads(2 * dy)  # assigned, not added
    for grad, want in zip(
        [layer.backward(dy), layer.grads["W"], layer.grads["b"]],
        oracles.conv_gradients(x, W, dy),
        strict=True,
    ):
        close(grad, want)


@every_rung
@every_layout
@table(POOLS, ("shape", "size", "stride"))
def test_pooling_and_its_gradient_are_those_of_the_loops(conv, pool, layout, shape, size, stride):
    layer, x = pool(size, stride), layout(normal(shape))
    y = layer.forward(x)
    close(y, oracles.pool(x, size, stride or size))
    dy = layout(normal(y.shape, seed=1))
    close(layer.backward(dy), oracles.pool_gradient(shape, size, stride or size, dy))


@every_rung
def test_set_grads_sets_what_backward_sets(conv, pool):
    layer, dy = conv(2, 3, (3, 2), rng=0, dtype=np.float64), normal((2, 3, 3, 4), seed=1)
    layer.forward(normal((2, 2, 5, 5)))
    layer.backward(dy)
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    layer.backward(2 * dy)
    layer.set_grads(dy)
    for name, grad in layer.grads.items():
        np.testing.assert_array_equal(grad, grads[name])


@pytest.mark.parametrize("rung", RUNGS)
def test_a_rung_gives_the_scores_and_gradients_of_lenet5(rung):
    model, other = network(rung)
    loss, scores = gradients(model, SoftmaxCrossEntropy(), digits(), Y)
    other_loss, other_scores = gradients(other, SoftmaxCrossEntropy(), digits(), Y)
    assert other_loss == pytest.approx(loss, rel=1e-12)
    close(other_scores, scores)
    for name, grad in model.grads.items():
        close(other.grads[name], grad)


@pytest.mark.parametrize("rung", RUNGS)
def test_a_rung_computes_in_the_dtype_that_it_was_given(rung):
    model = LeNet5(rng=0)
    for dtype in (np.float32, np.float64):
        other = ladder.climb(model, *RUNGS[rung], dtype)
        scores = other.forward(digits().astype(np.float32))
        dx = other.backward(scores)
        assert scores.dtype == dx.dtype == dtype
        assert {p.dtype for p in [*other.params.values(), *other.grads.values()]} == {
            np.dtype(dtype)
        }


def test_climb_replaces_convolutions_and_pooling_and_nothing_else():
    model, other = network("classic")
    swapped = {"Conv2D": "ClassicConv2D", "AvgPool2D": "ClassicAvgPool2D"}
    names = [type(layer).__name__ for layer in model.layers]
    assert [type(layer).__name__ for layer in other.layers] == [swapped.get(n, n) for n in names]
    assert type(other) is Sequential


def test_a_climbed_network_has_weights_of_its_own():
    model, other = network("strided")
    for name, p in model.params.items():
        np.testing.assert_array_equal(other.params[name], p)
        assert not np.shares_memory(other.params[name], p)
    gradients(other, SoftmaxCrossEntropy(), digits(), Y)
    assert not model.grads


def test_classic_pays_for_the_gradient_of_the_digits_and_the_clear_layers_do_not(monkeypatch):
    model, classic = network("classic")
    clear_shapes = spy(monkeypatch, layers, "col2im", lambda dcolumns, x_shape, size: x_shape)
    gradients(model, SoftmaxCrossEntropy(), digits(), Y)
    dscores = normal(classic.forward(digits()).shape)
    shapes = spy(monkeypatch, ladder, "window_indices", lambda x_shape, *sizes: x_shape)
    classic.set_grads(dscores)
    assert clear_shapes == [(2, 16, 5, 5), (2, 6, 14, 14)]  # C5, C3
    assert [s for s in shapes if s[1] > 1] == clear_shapes
    assert shapes[-1] == (2, 1, 32, 32)  # C1


def spy(monkeypatch, module, name, note):
    """Return a list that gets what `note` makes of the arguments of each call of a function."""
    function, notes = getattr(module, name), []

    def spied(*given):
        notes.append(note(*given))
        return function(*given)

    monkeypatch.setattr(module, name, spied)
    return notes


@pytest.mark.parametrize(("rung", "calls"), [("pixel", 3), ("classic", 3), ("strided", 2)])
def test_a_rung_with_strided_views_leaves_out_the_gradient_of_the_digits(monkeypatch, rung, calls):
    _, model = network(rung)
    notes = spy(monkeypatch, RUNGS[rung][0], "backward", lambda layer, dy: dy.shape[1])
    gradients(model, SoftmaxCrossEntropy(), digits(), Y)
    assert notes == [120, 16, 6][:calls]
