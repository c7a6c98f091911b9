"""Every layer against central differences and against loops, wherever its input lies in memory."""

import numpy as np
import oracles
import pytest

from lenet_core import (
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    LeNet5,
    ReLU,
    Sequential,
    Softmax,
    Tanh,
    gradient_check,
)

CONVS = {  # images, out_channels, kernel
    "square": ((2, 3, 5, 5), 4, (3, 3)),
    "wide image, tall kernel": ((2, 2, 5, 7), 3, (3, 2)),
    "kernel of one pixel": ((3, 2, 4, 5), 3, (1, 1)),
    "kernel as large as the image": ((2, 3, 4, 5), 2, (4, 5)),
    "one image, one channel": ((1, 1, 6, 4), 1, (2, 3)),
}
POOLS = {  # images, pool_size, stride
    "two by two": ((2, 3, 4, 6), (2, 2), None),
    "size by axis": ((2, 1, 6, 6), (3, 2), None),
    "last row and column left out": ((2, 2, 5, 7), (2, 2), None),
    "windows overlap": ((2, 2, 6, 7), (3, 3), (2, 2)),
    "windows overlap along one axis": ((1, 2, 5, 5), (2, 3), (2, 1)),
    "stride beyond the size": ((2, 1, 8, 8), (2, 2), (3, 3)),
    "one pixel": ((2, 2, 3, 4), (1, 1), None),
    "the whole image": ((3, 2, 4, 5), (4, 5), None),
}
DENSES = {"wide": (5, 4, 3), "narrow": (3, 2, 6), "one sample": (1, 3, 4), "one unit": (4, 5, 1)}


def table(cases, names):
    """Parametrize over the values of `cases`, with its keys as the names of the tests."""
    return pytest.mark.parametrize(names, cases.values(), ids=cases.keys())


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def conv(in_channels, out_channels, kernel):
    """Return a float64 layer whose bias is not zero."""
    layer = Conv2D(in_channels, out_channels, kernel, rng=0, dtype=np.float64)
    layer.params["b"][:] = normal(out_channels, seed=1)
    return layer


def dense(n_in, n_out):
    """Return a float64 layer whose bias is not zero."""
    layer = Dense(n_in, n_out, rng=0, dtype=np.float64)
    layer.params["b"][:] = normal(n_out, seed=1)
    return layer


def all_cases():
    """Return {name: (layer, input shape)} for every kind of layer."""
    cases = {f"Conv2D, {k}": (conv(s[1], out, kernel), s) for k, (s, out, kernel) in CONVS.items()}
    cases |= {f"AvgPool2D, {k}": (AvgPool2D(size, step), s) for k, (s, size, step) in POOLS.items()}
    cases |= {f"Dense, {k}": (dense(n_in, out), (n, n_in)) for k, (n, n_in, out) in DENSES.items()}
    images, scores = (2, 3, 4, 5), (4, 6)
    cases |= {
        f"{type(layer).__name__}, {shape}": (layer, shape)
        for layer, shape in [
            (Flatten(), images),
            (Tanh(), images),
            (Tanh(), scores),
            (ReLU(), images),
            (ReLU(), scores),
            (Softmax(), scores),
            (Softmax(), (1, 2)),
        ]
    }
    inner = Sequential([conv(2, 3, 3), Tanh(), AvgPool2D(2)])
    cases["Sequential in Sequential"] = (Sequential([inner, Flatten(), dense(12, 2)]), (2, 2, 6, 6))
    return cases


CASES = all_cases()
every_layer = table(CASES, ("layer", "shape"))
every_layout = table(oracles.LAYOUTS, "layout")


def close(actual, want):
    """Sums of up to 60 numbers of about 1, in another order: errors stay below 1e-12."""
    np.testing.assert_allclose(actual, want, rtol=1e-12, atol=1e-12)


# Against central differences


@every_layer
def test_backward_agrees_with_central_differences(layer, shape):
    # The error of the differences themselves is about 1e-9 in float64.
    assert gradient_check(layer, normal(shape)) < 1e-7


# Against loops by the definition


@table(CONVS, ("shape", "out_channels", "kernel"))
def test_convolution_agrees_with_loops(shape, out_channels, kernel):
    x, layer = normal(shape), conv(shape[1], out_channels, kernel)
    W, b = layer.params.values()
    close(layer.forward(x), oracles.conv(x, W, b))
    dy = normal(layer.forward(x).shape, seed=2)
    dx, dW, db = oracles.conv_gradients(x, W, dy)
    close(layer.backward(dy), dx)
    close(layer.grads["W"], dW)
    close(layer.grads["b"], db)


@table(POOLS, ("shape", "size", "stride"))
def test_pooling_agrees_with_loops(shape, size, stride):
    x, layer = normal(shape), AvgPool2D(size, stride)
    close(layer.forward(x), oracles.pool(x, size, stride or size))
    dy = normal(layer.forward(x).shape, seed=2)
    close(layer.backward(dy), oracles.pool_gradient(shape, size, stride or size, dy))


@table(DENSES, ("n", "n_in", "n_out"))
def test_dense_agrees_with_loops(n, n_in, n_out):
    x, layer = normal((n, n_in)), dense(n_in, n_out)
    W, b = layer.params.values()
    close(layer.forward(x), oracles.dense(x, W, b))
    dy = normal((n, n_out), seed=2)
    dx, dW, db = oracles.dense_gradients(x, W, dy)
    close(layer.backward(dy), dx)
    close(layer.grads["W"], dW)
    close(layer.grads["b"], db)


def test_softmax_agrees_with_loops():
    x, dy, layer = 3 * normal((4, 5)), normal((4, 5), seed=2), Softmax()
    close(layer.forward(x), [oracles.softmax(row) for row in x])
    close(layer.backward(dy), [oracles.softmax_jacobian(r) @ d for r, d in zip(x, dy, strict=True)])


def test_tanh_and_its_slope():
    layer, x = Tanh(), np.array([[0.0, np.log(2) / 2, -20.0]])
    close(layer.forward(x), [[0, 1 / 3, -1]])
    close(layer.backward(np.full((1, 3), 9.0)), [[9, 8, 0]])


def test_relu_passes_the_gradient_only_where_its_input_was_positive():
    layer = ReLU()
    assert layer.forward(np.array([[-2.0, 0.0, 3.0]])).tolist() == [[0, 0, 3]]
    assert layer.backward(np.array([[5.0, 5.0, 5.0]])).tolist() == [[0, 0, 5]]


def test_flatten_keeps_channel_row_column_order():
    layer, x = Flatten(), np.arange(24.0).reshape(2, 3, 2, 2)
    assert layer.forward(x).tolist() == [list(range(12)), list(range(12, 24))]
    np.testing.assert_array_equal(layer.backward(layer.forward(x)), x)


# What holds for all layers


@every_layout
@every_layer
def test_the_place_in_memory_changes_nothing(layer, shape, layout):
    x = normal(shape)
    y = layer.forward(x)
    dy = normal(y.shape, seed=2)
    dx, grads = layer.backward(dy), dict(layer.grads)
    close(layer.forward(layout(x)), y)
    close(layer.backward(layout(dy)), dx)
    for name, grad in grads.items():
        close(layer.grads[name], grad)


@every_layer
def test_shapes_agree(layer, shape):
    y = layer.forward(normal(shape))
    assert layer.backward(np.ones(y.shape)).shape == shape
    assert layer.grads.keys() == layer.params.keys()
    assert all(layer.grads[name].shape == p.shape for name, p in layer.params.items())


@every_layer
def test_nothing_is_written_into_the_input_or_the_parameters(layer, shape):
    x, params = normal(shape), {name: p.copy() for name, p in layer.params.items()}
    dy = np.ones(layer.forward(x).shape)
    for array in (x, dy):
        array.setflags(write=False)
    layer.forward(x)
    layer.backward(dy)
    for name, p in layer.params.items():
        np.testing.assert_array_equal(p, params[name])


@every_layer
def test_backward_sets_gradients_and_never_adds_to_them(layer, shape):
    dy = np.ones(layer.forward(normal(shape)).shape)
    dx, grads = layer.backward(dy), dict(layer.grads)
    np.testing.assert_array_equal(layer.backward(dy), dx)
    for name, grad in grads.items():
        np.testing.assert_array_equal(layer.grads[name], grad)


@every_layer
def test_set_grads_sets_what_backward_sets(layer, shape):
    dy = normal(layer.forward(normal(shape)).shape, seed=2)
    layer.backward(dy)
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    layer.backward(2 * dy)
    assert layer.set_grads(dy) is None
    for name, grad in grads.items():
        np.testing.assert_array_equal(layer.grads[name], grad)


@every_layer
def test_a_batch_is_its_samples_one_by_one(layer, shape):
    x = normal(shape)
    y = layer.forward(x)
    close(np.concatenate([layer.forward(x[i : i + 1]) for i in range(len(x))]), y)


@pytest.mark.parametrize("layer", [Conv2D(2, 3, 2, rng=0), AvgPool2D(2)], ids=["conv", "pool"])
def test_images_come_out_batch_last_in_memory(layer):
    x = normal((3, 2, 4, 4)).astype(np.float32)
    y = layer.forward(x)
    for array in (y, layer.backward(np.ones(y.shape, np.float32))):
        assert array.transpose(1, 2, 3, 0).flags.c_contiguous


LAYERS = [Conv2D, Dense, AvgPool2D, Flatten, Tanh, ReLU, Softmax]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", LAYERS)
def test_the_dtype_is_kept_forwards_and_backwards(kind, dtype):
    sizes = {Conv2D: (2, 3, 2), Dense: (4, 3), AvgPool2D: (2,)}.get(kind, ())
    layer = kind(*sizes, **({"rng": 0, "dtype": dtype} if len(sizes) > 1 else {}))
    y = layer.forward(np.ones((2, 4) if kind is Dense else (2, 2, 4, 4), dtype))
    dx = layer.backward(np.ones_like(y))
    arrays = [y, dx, *layer.params.values(), *layer.grads.values()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_softmax_of_far_scores_is_exact_and_silent():
    with np.errstate(over="raise", invalid="raise"):
        y = Softmax().forward(np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]]))
    close(y, [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]])


# The weights a layer starts with

SHAPES = {
    "Conv2D": (lambda **k: Conv2D(8, 50, (5, 3), **k), (50, 8, 5, 3), 120),
    "Dense": (lambda **k: Dense(120, 84, **k), (120, 84), 120),
}
makers = table(SHAPES, ("make", "shape", "fan_in"))


@makers
def test_weights_start_with_variance_one_over_the_fan_in(make, shape, fan_in):
    W, b = make(rng=0).params.values()
    assert W.shape == shape
    assert np.abs(W).max() <= np.float32(np.sqrt(3 / fan_in))
    # The standard error of the variance of 6,000 uniform numbers is 1.2 %, that of the mean 0.013.
    assert W.var() * fan_in == pytest.approx(1, abs=0.04)
    assert W.mean() * np.sqrt(fan_in) == pytest.approx(0, abs=0.05)
    assert not b.any()


@makers
def test_the_seed_decides_the_weights(make, shape, fan_in):
    one, same, other = (make(rng=seed).params["W"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(one, make(rng=np.random.default_rng(1)).params["W"])
    assert (one != other).mean() > 0.99


@makers
def test_the_number_of_parameters(make, shape, fan_in):
    layer = make()
    assert layer.n_params == np.prod(shape) + len(layer.params["b"])
    assert AvgPool2D(2).n_params == 0


# Bad input


def images(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


REFUSED = {
    "convolution, channels": (
        lambda: Conv2D(3, 4, 2).forward(images(2, 1, 8, 8)),
        r"Conv2D input .*\(N, 3, H, W\), got shape \(2, 1, 8, 8\)",
    ),
    "convolution, rank": (
        lambda: Conv2D(1, 4, 2).forward(images(8, 8)),
        r"Conv2D input .*\(N, 1, H, W\), got shape \(8, 8\)",
    ),
    "convolution, list": (lambda: Conv2D(1, 4, 2).forward([[0.0]]), "Conv2D input .*got a list"),
    "convolution, bytes": (
        lambda: Conv2D(1, 4, 2).forward(images(2, 1, 8, 8, dtype=np.uint8)),
        "Conv2D input must hold float32 or float64 .*got uint8.*astype",
    ),
    "convolution, kernel too large": (
        lambda: Conv2D(1, 4, 5).forward(images(2, 1, 4, 8)),
        "kernel 5x5 is larger than the image, 4x8",
    ),
    "convolution, kernel 0": (lambda: Conv2D(1, 4, 0), "kernel_size .* at least 1, got 0"),
    "convolution, kernel of three": (
        lambda: Conv2D(1, 4, (3, 3, 3)),
        r"kernel_size .*, got \(3, 3, 3\)",
    ),
    "convolution, no channel": (lambda: Conv2D(0, 4, 5), "in_channels .* at least 1, got 0"),
    "convolution, half a map": (lambda: Conv2D(1, 0.5, 5), "out_channels .* number .*got 0.5"),
    "convolution, dtype": (lambda: Conv2D(1, 4, 5, dtype=int), "float32 or float64, got int64"),
    "pool 0": (lambda: AvgPool2D(0), "pool_size .* at least 1, got 0"),
    "pool 2.0": (lambda: AvgPool2D(2.0), "pool_size .* whole number .*got 2.0"),
    "pool True": (lambda: AvgPool2D(True), "pool_size .* whole number .*got True"),
    "pool stride 0": (lambda: AvgPool2D(2, 0), "stride .* at least 1, got 0"),
    "pool stride (1, -1)": (lambda: AvgPool2D(2, (1, -1)), r"stride .* at least 1, got \(1, -1\)"),
    "pool too large": (
        lambda: AvgPool2D(5).forward(images(2, 1, 4, 8)),
        "5x5 is larger than the image, 4x8",
    ),
    "pool, rank": (
        lambda: AvgPool2D(2).forward(images(2, 8)),
        r"AvgPool2D input .*\(N, C, H, W\), got shape \(2, 8\)",
    ),
    "pool, bytes": (
        lambda: AvgPool2D(2).forward(images(2, 1, 4, 4, dtype=np.uint8)),
        "AvgPool2D input must hold float32 or float64 .*got uint8",
    ),
    "dense, features": (
        lambda: Dense(4, 3).forward(images(2, 5)),
        r"Dense input .*\(N, 4\), got shape \(2, 5\)",
    ),
    "dense, rank": (
        lambda: Dense(4, 3).forward(images(2, 1, 2, 2)),
        r"Dense input .*\(N, 4\), got shape \(2, 1, 2, 2\)",
    ),
    "dense, integers": (
        lambda: Dense(4, 3).forward(images(2, 4, dtype=np.int64)),
        "Dense input must hold float32 or float64 .*got int64",
    ),
    "dense, no unit": (lambda: Dense(4, 0), "out_features .* at least 1, got 0"),
    "dense, minus one": (lambda: Dense(-1, 4), "in_features .* at least 1, got -1"),
    "dense, dtype": (lambda: Dense(4, 3, dtype=np.float16), "float32 or float64, got float16"),
}


@table(REFUSED, ("call", "message"))
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_batch_of_no_images_passes_both_ways():
    model, x = LeNet5(rng=0), np.zeros((0, 1, 32, 32), np.float32)
    scores = model.forward(x)
    assert scores.shape == (0, 10)
    assert model.backward(scores).shape == x.shape
    assert not any(grad.any() for grad in model.grads.values())
