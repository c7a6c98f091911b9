"""The layers of 1998 against loops, central differences, and curvature by brute force."""

import numpy as np
import oracles
import pytest

from lenet_core import gradient_check
from lenet_core.layers import Tanh
from lenet_core.model import Sequential
from lenet_core.paper import C3_TABLE, DIGIT_CODES, RBF, ScaledTanh, Subsampling, TableConv2D
from lenet_core.paper.layers import CurvedConv2D, CurvedDense, CurvedFlatten

TABLE = ((0, 1), (2,), (0, 2), (1, 2))
F64 = {"rng": 0, "dtype": np.float64}


def normal(shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def subsampling(n_maps, **settings):
    layer = Subsampling(n_maps, dtype=np.float64, **settings)
    layer.params = {"w": normal(n_maps, 3), "b": normal(n_maps, 4)}
    return layer


def table_conv():
    layer = TableConv2D(TABLE, 3, **F64)
    layer.params["b"] += normal(len(TABLE), 5)
    return layer


CASES = {
    "scaled tanh": (ScaledTanh(), (2, 3, 4, 5)),
    "table": (table_conv(), (2, 3, 5, 6)),
    "subsampling": (subsampling(3), (2, 3, 4, 6)),
    "rbf": (RBF(normal((4, 6)), scale=0.3), (3, 6)),
}


@pytest.mark.parametrize(("layer", "shape"), CASES.values(), ids=CASES)
def test_backward_agrees_with_central_differences(layer, shape):
    assert gradient_check(layer, normal(shape)) < 1e-7


def test_scaled_tanh_has_the_paper_s_fixed_points_and_slopes():
    layer = ScaledTanh()
    x = np.array([[0.0, 1.0, -1.0]])
    y = layer.forward(x)
    np.testing.assert_allclose(y, [[0, 1, -1]], atol=2e-5)
    np.testing.assert_allclose(layer.slope(), [[1.1439, 0.7554, 0.7554]], atol=1e-4)


def test_table_convolution_agrees_with_loops_over_the_maps_it_reads():
    x, layer = normal((2, 3, 5, 6)), table_conv()
    y, dy = layer.forward(x), normal((2, 4, 3, 4), 2)
    dx = layer.backward(dy)
    want_dx = np.zeros_like(x)
    for k, maps in enumerate(TABLE):
        read, own = list(maps), slice(k, k + 1)
        W = layer.params["W"][own][:, read]
        want = oracles.conv(x[:, read], W, layer.params["b"][own])
        np.testing.assert_allclose(y[:, own], want, rtol=1e-12, atol=1e-12)
        part, dW, db = oracles.conv_gradients(x[:, read], W, dy[:, own])
        want_dx[:, read] += part
        np.testing.assert_allclose(layer.grads["W"][own][:, read], dW, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(layer.grads["b"][own], db, rtol=1e-12)
    np.testing.assert_allclose(dx, want_dx, rtol=1e-12, atol=1e-12)


def test_a_map_that_the_table_leaves_out_changes_nothing():
    layer, x = table_conv(), normal((1, 3, 5, 6))
    layer.params["W"][...] = 1.0  # written everywhere, also where there is no connection
    before = layer.forward(x)
    x[:, 0] += 1.0
    changed = (layer.forward(x) != before).any(axis=(0, 2, 3))
    assert changed.tolist() == [0 in maps for maps in TABLE]


def test_c3_has_1516_parameters_and_its_gradient_respects_the_table():
    layer = TableConv2D(C3_TABLE, 5, rng=0)
    assert layer.n_params == 1_516
    assert int(layer.mask.sum()) == 60
    layer.backward(np.ones_like(layer.forward(normal((1, 6, 14, 14)).astype(np.float32))))
    outside = ~np.broadcast_to(layer.mask, layer.params["W"].shape)
    assert not layer.grads["W"][outside].any()
    assert np.count_nonzero(layer.grads["W"]) == 60 * 25


def test_subsampling_agrees_with_loops():
    x, layer, dy = normal((2, 3, 4, 6)), subsampling(3), normal((2, 3, 2, 3), 2)
    w, b = layer.params.values()
    np.testing.assert_allclose(layer.forward(x), oracles.subsample(x, w, b), rtol=1e-12)
    dx, dw, db = oracles.subsample_gradients(x, w, dy)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-12)
    np.testing.assert_allclose(layer.grads["w"], dw, rtol=1e-12)
    np.testing.assert_allclose(layer.grads["b"], db, rtol=1e-12)


def test_subsampling_adds_four_pixels_where_pooling_takes_their_mean():
    layer = Subsampling(1, dtype=np.float64)
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    assert layer.forward(x).item() == 0.5 * x.sum()


@pytest.mark.parametrize("shape", [(1, 2, 4, 4), (1, 3, 4), (1, 3, 5, 4)])
def test_subsampling_refuses_inputs_that_do_not_fit(shape):
    with pytest.raises(ValueError, match="Subsampling input must"):
        subsampling(3).forward(normal(shape))


def test_rbf_agrees_with_loops():
    x, codes = normal((3, 6)), normal((4, 6), 2)
    want = oracles.squared_distances(x, codes)
    np.testing.assert_allclose(RBF(codes).forward(x), want, rtol=1e-12)
    np.testing.assert_allclose(RBF(codes, scale=0.5).forward(x), want / 2, rtol=1e-12)


def test_rbf_of_a_code_is_nearest_to_itself():
    penalties = RBF(DIGIT_CODES).forward(DIGIT_CODES.copy())
    assert penalties.argmin(axis=1).tolist() == list(range(10))
    assert not penalties.diagonal().any()
    hamming = penalties / 4  # a differing pixel is 2 off, 4 squared
    off = hamming[~np.eye(10, dtype=bool)]
    assert (off.min(), off.max(), hamming[6, 8], hamming[1, 4]) == (12, 50, 12, 50)


# ---- curvature


def small_network():
    """Layers of every kind, from (N, 3, 6, 6) to (N, 5)."""
    return Sequential(
        [
            table_conv(),  # (4, 4, 4)
            ScaledTanh(),
            subsampling(4, shared_input=False),  # (4, 2, 2)
            ScaledTanh(),
            CurvedConv2D(4, 6, 2, **F64),  # (6, 1, 1)
            ScaledTanh(),
            CurvedFlatten(),
            CurvedDense(6, 5, **F64),
            ScaledTanh(),
        ]
    )


def at(place):
    """Return a layer of the small network, and an input that the layers before it have made."""
    model, x = small_network(), normal((1, 3, 6, 6))
    for layer in model.layers[:place]:
        x = layer.forward(x)
    return model.layers[place], x


def unit_weights(layer, y_shape):
    """Return the matrix (outputs, inputs) of one of the affine layers, from its own forward pass.

    An affine layer is known by what it makes of zeros, and of each input that is 1 alone.
    """
    x_shape = layer.x_shape
    size = int(np.prod(x_shape[1:]))
    inputs = np.concatenate([np.zeros((1, size)), np.eye(size)]).reshape(-1, *x_shape[1:])
    outputs = layer.forward(inputs).reshape(size + 1, -1)
    return (outputs[1:] - outputs[0]).T


@pytest.mark.parametrize("place", [0, 2, 4, 7])
def test_curvature_of_inputs_is_the_squared_matrix(place):
    """Eq. 27: a layer as a plain matrix of connections, each squared."""
    layer, x = at(place)
    y = layer.forward(x)
    d2y = normal(y.shape, 6) ** 2
    d2x = layer.backward_curvature(d2y)
    layer.x_shape = x.shape
    U = unit_weights(layer, y.shape)
    np.testing.assert_allclose(d2x.ravel(), (U**2).T @ d2y.ravel(), rtol=1e-10)


@pytest.mark.parametrize("place", [0, 2, 4, 7])
def test_curvature_of_parameters_sums_the_squares_of_single_connections(place):
    """Eqs. 23 to 25: dy/du for each connection u that shares the parameter, squared and summed.

    The derivative of output i by a parameter that it uses through several connections would be
    their sum; so each output is taken alone, and each pixel of a 2x2 window.
    """
    layer, x = at(place)
    y = layer.forward(x)
    d2y = normal(y.shape, 6) ** 2
    layer.backward_curvature(d2y)
    for name, value in layer.params.items():
        want = np.zeros(value.shape)
        pieces = [x]
        if name == "w":  # four connections share it: look at one of the four pixels at a time
            pieces = [x * one_of_four(u, v, x.shape) for u, v in oracles.FOUR]
        for piece, i in [(p, i) for p in pieces for i in np.ndindex(y.shape)]:
            layer.forward(piece)
            layer.set_grads(one_hot(i, y.shape))
            want += d2y[i] * layer.grads[name] ** 2
        np.testing.assert_allclose(layer.curvature[name], want, rtol=1e-10)


def one_of_four(u, v, shape):
    mask = np.zeros(shape)
    mask[:, :, u::2, v::2] = 1
    return mask


def one_hot(place, shape):
    array = np.zeros(shape)
    array[place] = 1
    return array


def test_a_shared_input_squares_the_sum_of_four():
    x, layer = normal((2, 3, 4, 6)), subsampling(3, shared_input=True)
    d2y = normal(layer.forward(x).shape, 2) ** 2
    layer.backward_curvature(d2y)
    want = np.zeros(3)
    for i in np.ndindex(d2y.shape):
        layer.set_grads(one_hot(i, d2y.shape))
        want += d2y[i] * layer.grads["w"] ** 2
    np.testing.assert_allclose(layer.curvature["w"], want, rtol=1e-12)


def test_a_plain_tanh_has_no_second_backward_pass():
    assert not hasattr(Tanh(), "backward_curvature")


def test_what_is_written_outside_of_the_table_is_gone_even_if_it_is_nan():
    layer, x = table_conv(), normal((1, 3, 5, 6))
    want = layer.forward(x)
    layer.params["W"][1, 0] = np.nan
    np.testing.assert_array_equal(layer.forward(x), want)


def test_a_table_may_name_its_maps_in_any_order():
    assert TableConv2D(((2, 0), (1,)), 3, rng=0).params["W"].shape == (2, 3, 3, 3)
