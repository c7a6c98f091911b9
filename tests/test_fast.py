"""The fast twins: the same numbers as the clear layers and as loops, and no array made twice."""

import itertools
import tracemalloc

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
    SoftmaxCrossEntropy,
    Tanh,
    fast,
    load_digits,
)
from lenet_core.blas import one_blas_thread
from lenet_core.fast import TWINS, Board, Crew, FastNetwork, has_twin
from lenet_core.gradcheck import numerical_gradient, relative_error

# float32 rounds to 2^-24 of a number. A sum of up to 600 terms is off by a few times that, as a
# share of the sum of their sizes: 600 times at the worst, about sqrt(600) / 8 lanes in practice.
ULPS = 8 * np.finfo(np.float32).eps

CONVS = {  # images, out_channels, kernel
    "square": ((33, 3, 6, 6), 4, (3, 3)),
    "wide image, tall kernel": ((2, 2, 5, 7), 3, (3, 2)),
    "tall image, wide kernel": ((2, 2, 7, 5), 3, (2, 4)),
    "kernel of one pixel": ((3, 2, 4, 5), 3, (1, 1)),
    "kernel of one row": ((2, 2, 4, 6), 3, (1, 3)),
    "kernel of one column": ((2, 2, 6, 4), 3, (3, 1)),
    "one output row": ((33, 3, 4, 6), 2, (4, 3)),
    "one output column": ((2, 3, 6, 4), 2, (3, 4)),
    "kernel as large as the image": ((33, 3, 4, 5), 2, (4, 5)),
    "image of one row": ((2, 2, 1, 6), 2, (1, 3)),
    "image of one pixel": ((2, 3, 1, 1), 4, (1, 1)),
    "one image, one channel, one map": ((1, 1, 6, 4), 1, (2, 3)),
}
POOLS = {  # images, pool_size
    "two by two": ((33, 3, 4, 6), (2, 2)),
    "three by three": ((1, 2, 6, 9), (3, 3)),
    "size by axis": ((2, 1, 4, 6), (2, 3)),
    "size by axis, pixels left over": ((2, 2, 5, 8), (2, 3)),
    "last row and column left out": ((2, 2, 5, 7), (2, 2)),
    "two rows and columns left out": ((2, 1, 8, 8), (3, 3)),
    "rows alone": ((2, 2, 6, 3), (3, 1)),
    "columns alone": ((2, 2, 3, 6), (1, 2)),
    "one pixel": ((2, 2, 3, 4), (1, 1)),
    "the whole image": ((3, 2, 4, 5), (4, 5)),
}
DENSES = {  # samples, features in and out
    "wide": (33, 4, 3),
    "narrow": (2, 2, 6),
    "one sample": (1, 3, 4),
    "one unit": (4, 5, 1),
    "one feature": (3, 1, 2),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """BLAS has one thread, as it has in training: several wait for each other."""
    with one_blas_thread():
        yield


def table(cases, names):
    """Parametrize over the values of `cases`, with its keys as the names of the tests."""
    return pytest.mark.parametrize(names, cases.values(), ids=cases.keys())


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def with_biases(model):
    """Return the layer or network with biases that are not zero."""
    for i, (name, p) in enumerate(model.params.items()):
        if name.endswith("b"):
            p[...] = normal(p.shape, seed=100 + i)
    return model


def all_cases():
    """Return {name: (make a layer of a dtype, input shape)} for every layer that has a twin."""
    cases = {
        f"Conv2D, {k}": (lambda d, s=s, out=out, kernel=kernel: _conv(s, out, kernel, d), s)
        for k, (s, out, kernel) in CONVS.items()
    }
    cases |= {
        f"AvgPool2D, {k}": (lambda d, size=size: AvgPool2D(size), s)
        for k, (s, size) in POOLS.items()
    }
    cases |= {
        f"Dense, {k}": (lambda d, i=i, o=o: with_biases(Dense(i, o, rng=0, dtype=d)), (n, i))
        for k, (n, i, o) in DENSES.items()
    }
    for kind, shape in itertools.product((Tanh, ReLU), [(2, 3, 4, 5), (33, 6), (1, 1)]):
        cases[f"{kind.__name__}, {shape}"] = (lambda d, kind=kind: kind(), shape)
    return cases


def _conv(shape, out, kernel, dtype):
    return with_biases(Conv2D(shape[1], out, kernel, rng=0, dtype=dtype))


CASES = all_cases()
every_layer = table(CASES, ("make", "shape"))
every_layout = table(oracles.LAYOUTS, "layout")


def mixed(d):
    """Every twin in one network, in places where one writes over what another has returned."""
    return [
        Tanh(),
        Conv2D(2, 3, (1, 2), rng=0, dtype=d),
        Conv2D(3, 4, (2, 1), rng=1, dtype=d),
        ReLU(),
        AvgPool2D((2, 3)),
        Tanh(),
        Flatten(),
        Dense(32, 5, rng=2, dtype=d),
        ReLU(),
        Dense(5, 4, rng=3, dtype=d),
        Tanh(),
    ]


NETWORKS = {  # layers of a dtype, shape of a sample
    "LeNet-5": (lambda d: LeNet5(rng=0, dtype=d).layers, (1, 32, 32)),
    "all twins": (mixed, (2, 6, 13)),
    "pool first": (lambda d: [AvgPool2D(2), ReLU(), Conv2D(2, 3, 2, rng=0, dtype=d)], (2, 7, 6)),
    "flatten first": (
        lambda d: [Flatten(), ReLU(), Dense(24, 3, rng=0, dtype=d)],
        (2, 3, 4),
    ),
    "flatten last": (lambda d: [Conv2D(2, 3, 2, rng=0, dtype=d), Tanh(), Flatten()], (2, 3, 4)),
    "flatten twice": (lambda d: [Flatten(), Flatten(), Dense(24, 3, rng=0, dtype=d)], (2, 3, 4)),
    "rows of features": (lambda d: [Dense(6, 4, rng=0, dtype=d), Tanh()], (6,)),
    "matrices": (lambda d: [Flatten(), Dense(12, 2, rng=0, dtype=d)], (3, 4)),
    "images of rank five": (lambda d: [Flatten(), Dense(24, 2, rng=0, dtype=d)], (2, 3, 2, 2)),
    "one convolution": (lambda d: [Conv2D(1, 2, 3, rng=0, dtype=d)], (1, 4, 4)),
}
every_network = table(NETWORKS, ("make", "sample"))


def network(make, dtype=np.float64):
    return with_biases(Sequential(make(dtype)))


def passes(layer, x, dy):
    """Return copies of y, dx and all the gradients; x is handed over, as a network does."""
    y = layer.forward(x.copy(order="K")).copy()
    dx = layer.backward(dy).copy()
    return {"y": y, "dx": dx} | {name: grad.copy() for name, grad in layer.grads.items()}


def close(actual, want):
    """float64: sums of up to 600 numbers of about 1, in another order, stay below 1e-12."""
    assert actual.keys() == want.keys()
    for name, value in want.items():
        np.testing.assert_allclose(actual[name], value, rtol=1e-12, atol=1e-12, err_msg=name)


def dy_for(layer, x, seed=2):
    return normal(layer.forward(x).shape, seed)


# Twin against clear layer


@every_layer
def test_a_twin_computes_what_its_layer_computes(make, shape):
    layer, x = make(np.float64), normal(shape)
    dy, twin = dy_for(layer, x), TWINS[type(layer)](layer)
    want = passes(layer, x, dy)
    close(passes(twin, x, dy), want)
    assert {array.dtype for array in passes(twin, x, dy).values()} == {np.dtype(np.float64)}


@every_layer
def test_in_float32_a_twin_is_off_by_roundings_alone(make, shape):
    layer, clear = make(np.float32), make(np.float64)
    x = normal(shape).astype(np.float32)
    dy = dy_for(clear, x).astype(np.float32)
    got = passes(TWINS[type(layer)](layer), x, dy)
    for name, p in clear.params.items():
        p[...] = layer.params[name]
    want = passes(clear, x.astype(np.float64), dy.astype(np.float64))
    for p in clear.params.values():
        p[...] = np.abs(p)
    sizes = passes(clear, np.abs(x).astype(np.float64), np.abs(dy).astype(np.float64))
    for name, value in want.items():
        assert got[name].dtype == np.float32
        size = 1 if isinstance(layer, (Tanh, ReLU)) else sizes[name]  # of the terms of the sum
        assert (np.abs(got[name] - value) <= ULPS * size * (1 + np.abs(value))).all()


@every_layout
@every_layer
def test_the_place_in_memory_changes_nothing(make, shape, layout):
    layer, x = make(np.float64), normal(shape)
    dy, twin = dy_for(layer, x), TWINS[type(layer)](layer)
    want = passes(layer, x, dy)
    for other in oracles.LAYOUTS.values():
        close(passes(twin, layout(x), other(dy)), want)


@every_layer
def test_set_grads_sets_what_backward_sets(make, shape):
    layer, x = make(np.float64), normal(shape)
    dy, twin = dy_for(layer, x), TWINS[type(layer)](layer)
    want = passes(layer, x, dy)
    twin.forward(x.copy())
    twin.set_grads(dy)
    close(twin.grads, {name: want[name] for name in layer.grads})


@pytest.mark.parametrize("n", [1, 2, 33])
@every_network
def test_a_network_of_twins_computes_what_the_layers_compute(make, sample, n):
    model, X = network(make), normal((n, *sample))
    fast_one, dy = FastNetwork(model), dy_for(model, X)
    want = passes(model, X, dy)
    close(passes(fast_one, X, dy), want)
    fast_one.forward(X)
    fast_one.set_grads(-dy)
    close(fast_one.grads, {name: -want[name] for name in model.grads})


@every_layout
@every_network
def test_the_place_of_a_batch_in_memory_changes_nothing(make, sample, layout):
    model, X = network(make), normal((3, *sample))
    dy = dy_for(model, X)
    close(passes(FastNetwork(model), layout(X), layout(dy)), passes(model, X, dy))


@every_network
def test_a_network_in_float32_takes_float64_samples_and_stays_float32(make, sample):
    model, X = network(make, np.float32), normal((2, *sample))
    results = passes(FastNetwork(model), X, dy_for(model, X).astype(np.float32))
    assert {array.dtype for array in results.values()} == {np.dtype(np.float32)}


# Against loops by the definition


@table(CONVS, ("shape", "out_channels", "kernel"))
def test_convolution_agrees_with_loops(shape, out_channels, kernel):
    x, layer = normal(shape)[:3], _conv(shape, out_channels, kernel, np.float64)
    W, b = layer.params.values()
    y = oracles.conv(x, W, b)
    dy = normal(y.shape, seed=2)
    dx, dW, db = oracles.conv_gradients(x, W, dy)
    close(passes(TWINS[Conv2D](layer), x, dy), {"y": y, "dx": dx, "W": dW, "b": db})


@table(POOLS, ("shape", "size"))
def test_pooling_agrees_with_loops(shape, size):
    x = normal(shape)[:3]
    y = oracles.pool(x, size, size)
    dy = normal(y.shape, seed=2)
    dx = oracles.pool_gradient(x.shape, size, size, dy)
    close(passes(TWINS[AvgPool2D](AvgPool2D(size)), x, dy), {"y": y, "dx": dx})


@table(DENSES, ("n", "n_in", "n_out"))
def test_dense_agrees_with_loops(n, n_in, n_out):
    x, layer = normal((n, n_in)), with_biases(Dense(n_in, n_out, rng=0, dtype=np.float64))
    W, b = layer.params.values()
    dy = normal((n, n_out), seed=2)
    dx, dW, db = oracles.dense_gradients(x, W, dy)
    want = {"y": oracles.dense(x, W, b), "dx": dx, "W": dW, "b": db}
    close(passes(TWINS[Dense](layer), x, dy), want)


# Against central differences: `gradient_check` takes away the arrays that twins leave gradients in


@pytest.mark.parametrize("name", ["all twins", "pool first", "rows of features", "one convolution"])
def test_backward_agrees_with_central_differences(name):
    make, sample = NETWORKS[name]
    model, X = network(make), normal((2, *sample))
    twins, dy = FastNetwork(model), dy_for(model, X)
    got = passes(twins, X, dy)
    values = {"dx": X} | model.params
    for name, value in values.items():
        want = numerical_gradient(lambda: float((twins.forward(X) * dy).sum()), value)
        assert relative_error(got[name], want) < 1e-7, name  # the differences' own error is 1e-9


def test_backward_agrees_with_central_differences_through_the_loss():
    make, sample = NETWORKS["all twins"]
    model, X, y = network(make), normal((3, *sample)), np.array([0, 3, 1])
    twins, loss = FastNetwork(model), SoftmaxCrossEntropy()
    loss.forward(twins.forward(X), y)
    twins.set_grads(loss.backward())
    got = {name: grad.copy() for name, grad in twins.grads.items()}
    for name, p in model.params.items():
        want = numerical_gradient(lambda: loss.forward(twins.forward(X), y), p)
        assert relative_error(got[name], want) < 1e-7, name


# The same arrays again and again


def check_again(layer, twin, shape, seed):
    x = normal(shape, seed)
    dy = dy_for(layer, x, seed + 1)
    close(passes(twin, x, dy), passes(layer, x, dy))


@every_layer
def test_nothing_is_left_of_the_batch_before(make, shape):
    layer = make(np.float64)
    twin, nan = TWINS[type(layer)](layer), np.full(shape, np.nan)
    with np.errstate(invalid="ignore"):
        passes(twin, nan, np.full(layer.forward(nan).shape, np.nan))  # NaN stays, whatever it meets
    check_again(layer, twin, shape, seed=3)
    check_again(layer, twin, shape, seed=5)


@every_layer
def test_shapes_may_change_and_come_back(make, shape):
    layer = make(np.float64)
    n, twin = shape[0], TWINS[type(layer)](layer)
    for seed, size in enumerate([n, n + 1, 1, n, 2 * n, n]):
        check_again(layer, twin, (size, *shape[1:]), 10 * seed)


@pytest.mark.parametrize("kind", [Conv2D, AvgPool2D])
def test_images_may_change_their_size_and_come_back(kind):
    layer = _conv((0, 2), 3, (2, 3), np.float64) if kind is Conv2D else AvgPool2D((2, 3))
    twin = TWINS[kind](layer)
    for seed, size in enumerate([(5, 7), (2, 7), (7, 5), (2, 3), (6, 3), (5, 7)]):
        check_again(layer, twin, (3, 2, *size), 10 * seed)


@every_network
def test_batches_of_a_network_may_change_their_size_and_come_back(make, sample):
    model = network(make)
    twins = FastNetwork(model)
    for seed, n in enumerate([4, 4, 1, 5, 4]):
        check_again(model, twins, (n, *sample), 10 * seed)


@every_network
def test_the_arrays_are_made_once(make, sample):
    model, X = network(make), normal((4, *sample))
    twins = FastNetwork(model)
    dy = dy_for(model, X)
    passes(twins, X, dy)
    places = [places_of_arrays(layer) for layer in [twins, *twins.layers]]
    passes(twins, -X, -dy)
    assert [places_of_arrays(layer) for layer in [twins, *twins.layers]] == places


def places_of_arrays(layer):
    """Return where the arrays lie that the layer has made: not those that it was given."""
    given = {Tanh: "y", ReLU: "y", Dense: "x"}
    given = {TWINS[kind]: name for kind, name in given.items()}.get(type(layer))
    arrays = (vars(layer) | layer.grads).items()
    return [at(a) for name, a in arrays if isinstance(a, np.ndarray) and name != given]


def test_a_backward_pass_belongs_to_the_forward_pass_before_it():
    make, sample = NETWORKS["all twins"]
    model, X = network(make), normal((4, *sample))
    twins, dy = FastNetwork(model), dy_for(model, X)
    twins.forward(X[:2])  # a prediction in between, on fewer samples, and one on as many
    twins.forward(-X)
    close(passes(twins, X, dy), passes(model, X, dy))


# What twins leave alone


@every_network
def test_nothing_is_written_into_the_samples_the_gradient_or_the_parameters(make, sample):
    model, X = network(make), normal((3, *sample))
    dy = dy_for(model, X)
    arrays = [X, dy, *model.params.values()]
    for array in arrays:
        array.setflags(write=False)
    twins = FastNetwork(model)
    passes_without_copies(twins, X, dy)
    for layout in oracles.LAYOUTS.values():
        x, d = layout(X), layout(dy)
        passes_without_copies(twins, x, d)
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(d, dy)


def passes_without_copies(twins, X, dy):
    for backward in (twins.backward, twins.set_grads):
        twins.forward(X)
        backward(dy)


def state(layer):
    """Return what a layer holds, as bytes and identities."""
    return {
        name: (id(value), value.tobytes() if isinstance(value, np.ndarray) else None)
        for name, value in (vars(layer) | layer.params | layer.grads).items()
    }


@every_network
def test_what_the_clear_layers_keep_is_not_touched(make, sample):
    model, X = network(make), normal((3, *sample))
    dy = dy_for(model, X)
    model.backward(dy)
    model.forward(X)
    before = [state(layer) for layer in model.layers]
    twins = FastNetwork(model)
    for n in (3, 2):
        passes_without_copies(twins, 2 * X[:n], 2 * dy[:n])
    assert [state(layer) for layer in model.layers] == before
    close({"dx": model.backward(dy)}, {"dx": passes(network(make), X, dy)["dx"]})


@every_network
def test_twins_see_the_parameters_of_the_model(make, sample):
    model = network(make)
    twins = FastNetwork(model)
    for name, p in twins.params.items():
        assert p is model.params[name]
    for layer in twins.layers:
        layer.params.update({name: p.copy() for name, p in layer.params.items()})
    assert all(p is twins.params[name] for name, p in model.params.items())
    assert not any(np.shares_memory(g, p) for g in twins.grads.values() for p in arrays_of(model))


def arrays_of(model):
    return [*model.params.values(), *model.grads.values()]


# Which networks have twins


def plain():
    return [Conv2D(1, 2, 3, rng=0), Tanh(), AvgPool2D(2), Tanh(), Flatten(), Dense(8, 3, rng=0)]


def with_layer(i, layer):
    """Return a network that has a twin but for its layer number i."""
    layers = plain()
    layers[i] = layer
    return Sequential(layers)


def with_own(where, method):
    """Return a network to which, or to whose layer `where`, somebody has given a method."""
    model = Sequential(plain())
    layer = model if where is None else model.layers[where]
    setattr(layer, method, getattr(layer, method))
    return model


def mixed_dtypes():
    model = Sequential(plain())
    model.layers[5].params["b"] = np.zeros(3, np.float64)
    return model


def tied():
    """Return a network of two layers with the same weights: each step moves them twice."""
    layers = [Dense(4, 4, rng=0), Tanh(), Dense(4, 4, rng=0)]
    layers[2].params["W"] = layers[0].params["W"]
    return Sequential(layers)


def subclass(kind, *args, **kwargs):
    return type("Other", (kind,), {})(*args, **kwargs)


TWINNED = {
    "LeNet5": lambda: LeNet5(rng=0),
    "LeNet5 in float64": lambda: LeNet5(rng=0, dtype=np.float64),
    "a row of known layers": lambda: Sequential(plain()),
    "ReLU": lambda: with_layer(1, ReLU()),
    "a pool whose stride is its size": lambda: with_layer(2, AvgPool2D(2, stride=(2, 2))),
    "a squash first and last": lambda: Sequential([Tanh(), Flatten(), Dense(36, 3), Tanh()]),
}


def transposed():
    """Return a network whose last layer has the weights of the one before, turned."""
    first, last = Dense(36, 3, rng=0), Dense(3, 36, rng=0)
    last.params["W"] = first.params["W"].T
    return Sequential([Flatten(), first, last])


def read_only(model):
    """Return the network, one of its parameters protected."""
    model.params["0.W"].setflags(write=False)
    return model


WITHOUT = {
    "a subclass of LeNet5": lambda: subclass(LeNet5, rng=0),
    "a subclass of Sequential": lambda: subclass(Sequential, plain()),
    "a subclass of Conv2D": lambda: with_layer(0, subclass(Conv2D, 1, 2, 3, rng=0)),
    "a subclass of Flatten": lambda: with_layer(4, subclass(Flatten)),
    "a Sequential in a Sequential": lambda: Sequential([Sequential(plain())]),
    "softmax": lambda: Sequential([*plain(), Softmax()]),
    "pools that overlap": lambda: with_layer(2, AvgPool2D(2, stride=(2, 1))),
    "pools with gaps": lambda: with_layer(2, AvgPool2D(1, stride=2)),
    "two squashes": lambda: with_layer(2, ReLU()),
    "one squash twice": lambda: with_layer(2, Tanh()),
    "a flatten between squashes": lambda: Sequential(
        [Tanh(), Flatten(), Tanh(), Dense(36, 3, rng=0)]
    ),
    "two dtypes": mixed_dtypes,
    "weights that two layers share": tied,
    "weights that are a view of others": transposed,
    "weights that cannot be written to": lambda: read_only(Sequential(plain())),
    "no parameters": lambda: Sequential([Flatten(), Tanh()]),
} | {
    f"{method} put on {'the network' if where is None else 'a layer'}": (
        lambda where=where, method=method: with_own(where, method)
    )
    for where in (None, 0, 4)
    for method in ("forward", "backward", "set_grads")
}


@table(TWINNED, "make")
def test_known_layers_in_a_row_have_a_twin(make):
    assert has_twin(make())


@table(WITHOUT, "make")
def test_what_a_twin_would_not_do_has_none(make):
    assert not has_twin(make())


# Arrays and their views


def at(array):
    """Return where an array begins."""
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize(("h", "r", "p", "k"), [(5, 2, 3, 3), (4, 1, 2, 4), (3, 2, 1, 1)])
def test_overlapping_rows_are_a_view_of_neighbours(h, r, p, k):
    a = normal((h, r, p))
    view = fast.overlapping(a, k)
    want = [a[i : i + k].reshape(k * r, p) for i in range(h - k + 1)]
    np.testing.assert_array_equal(view, want)
    assert at(view) == at(a)
    assert not view.flags.writeable


@pytest.mark.parametrize(("kw", "w"), [(3, 5), (5, 5), (1, 4), (2, 2), (1, 1), (5, 14)])
def test_skewed_columns_lie_on_their_pixels_and_all_else_is_zero(kw, w):
    h, c, n = 2, 3, 4
    columns, shifted = fast.skewed((h, c, kw, w, n), np.float64)
    ow = w - kw + 1
    columns[...] = values = normal(columns.shape)
    want = np.zeros((h, c, kw, w, n))
    for j in range(kw):
        want[:, :, j, j : j + ow] = values.reshape(h, c, kw, ow, n)[:, :, j]
    np.testing.assert_array_equal(shifted, want)
    assert np.shares_memory(columns, shifted)
    assert not shifted.flags.writeable


@every_network
def test_parameters_laid_out_in_one_array_lie_one_after_another(make, sample):
    model = network(make)
    flat = np.arange(float(model.n_params))
    seen = []
    for layer, span in zip(model.layers, fast.spans(model), strict=True):
        arrays = fast.lay_out(flat[span], layer.params)
        assert list(arrays) == list(layer.params)
        for name, p in arrays.items():
            assert p.shape == layer.params[name].shape
            assert np.shares_memory(p, flat)
            rows = fast.in_rows(p) if p.ndim == 4 else p
            assert at(rows) == at(p)  # no copy
            seen += rows.ravel().tolist()
    assert seen == flat.tolist()


def test_kernels_in_rows_are_those_that_windows_in_rows_meet():
    W = normal((4, 3, 2, 5))
    want = [[W[o, c, u, v] for u in range(2) for c in range(3) for v in range(5)] for o in range(4)]
    np.testing.assert_array_equal(fast.in_rows(W), want)


def test_a_bound_network_works_on_the_two_flat_arrays_alone():
    model, X = LeNet5(rng=0, dtype=np.float64), normal((2, 1, 32, 32))
    twins, dy = FastNetwork(model), normal((2, 10), seed=2)
    weights, grads = np.zeros(model.n_params), np.zeros(model.n_params)
    before = {name: p.copy() for name, p in model.params.items()}
    twins.bind(weights, grads)
    assert not np.array(twins.forward(X)).any()  # the weights in the flat array are 0
    for name, p in twins.params.items():
        assert np.shares_memory(p, weights)
        p[...] = model.params[name]
    close(passes(twins, X, dy), passes(model, X, dy))
    assert all(np.shares_memory(grad, grads) for grad in twins.grads.values())
    for name, p in model.params.items():
        np.testing.assert_array_equal(p, before[name])


def test_the_views_that_save_copies_are_views():
    model, X = LeNet5(rng=0), normal((32, 1, 32, 32))
    twins = FastNetwork(model)
    twins.bind(np.zeros(model.n_params, np.float32), np.zeros(model.n_params, np.float32))
    twins.forward(X)
    twins.backward(normal((32, 10)).astype(np.float32))
    convs = [layer for layer in twins.layers if isinstance(layer, fast.FastConv2D)]
    pools = [layer for layer in twins.layers if isinstance(layer, fast.FastAvgPool2D)]
    assert (len(convs), len(pools)) == (3, 2)
    for layer in convs:
        assert at(layer.windows) == at(layer.columns)
        assert at(layer.touching) == at(layer.framed)
        assert at(layer.shifted) == at(layer.dcolumns)
        assert at(fast.in_rows(layer.params["W"])) == at(layer.params["W"])
        assert at(fast.in_rows(layer.grads["W"])) == at(layer.grads["W"])
        assert at(fast.as_rows(layer.y)) == at(layer.y)
    for layer in pools:
        assert at(layer.dwindows) == at(layer.dx)


def test_what_passes_between_the_twins_of_lenet_lies_batch_last():
    x = FastNetwork(LeNet5(rng=0))
    x.forward(normal((4, 1, 32, 32)))
    y = x.x.transpose(3, 1, 0, 2)
    dy = normal((4, 10)).astype(np.float32)
    for layer in x.layers:
        y = layer.forward(y)
        axes = (2, 1, 3, 0) if y.ndim == 4 else (1, 0)
        assert y.transpose(axes).flags.c_contiguous
    for layer in reversed(x.layers):
        dy = layer.backward(dy)
        axes = (2, 1, 3, 0) if dy.ndim == 4 else (1, 0)
        assert dy.transpose(axes).flags.c_contiguous


def test_squashes_work_in_the_array_that_they_are_given():
    for kind in (Tanh, ReLU):
        twin, x = TWINS[kind](kind()), normal((3, 4))
        assert twin.forward(x) is x
        assert twin.backward(np.ones((3, 4))) is x


def test_the_samples_of_a_batch_do_not_lie_a_page_apart():
    twins = FastNetwork(LeNet5(rng=0))
    twins.forward(normal((4, 1, 32, 32)))
    assert twins.spread.strides[0] == 4096 + 4 * fast.PITCH


LAYOUT = {
    "a": ((2, 3), np.float32),
    "b": ((0,), np.int64),
    "c": ((5,), np.bool_),
    "d": ((3,), "f8"),
}


def test_the_arrays_of_a_board_have_their_shapes_and_lines_of_their_own():
    arrays = Board(LAYOUT).arrays()
    for i, (name, (shape, dtype)) in enumerate(LAYOUT.items()):
        array = getattr(arrays, name)
        assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
        assert not array.any()
        array[...] = i
        assert (at(array) - at(arrays.a)) % 64 == 0
    assert [getattr(arrays, name).ravel().tolist() for name in LAYOUT] == [
        [0] * 6,
        [],
        [True] * 5,
        [3] * 3,
    ]


def test_all_who_have_the_board_see_the_same_arrays():
    board = Board(LAYOUT)
    one, other = board.arrays(), board.arrays()
    one.d[1] = 7
    assert other.d.tolist() == [0, 7, 0]


# What a step costs: bytes and products, no time

KB = 1000


@pytest.fixture
def small_buffers():
    """NumPy's own buffers, up to 8,192 numbers for an operand, count as nothing."""
    size = np.setbufsize(16)
    yield
    np.setbufsize(size)


def new_bytes(f):
    """Return how many bytes at most were allocated at a time while f() ran, and given back."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        f()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_the_count_of_bytes_sees_an_array_that_is_gone_at_once(small_buffers):
    assert new_bytes(lambda: np.ones(1000)) > 8 * KB
    assert new_bytes(lambda: np.ones(1000) + 1) > 16 * KB


def bound_lenet():
    model = LeNet5(rng=0)
    twins = FastNetwork(model)
    weights, grads = np.zeros((2, model.n_params), np.float32)
    twins.bind(weights, grads)
    for name, p in twins.params.items():
        p[...] = model.params[name]
    return twins


def test_a_warm_step_makes_no_array_but_the_turned_kernels_of_c3(small_buffers):
    twins, X = bound_lenet(), normal((32, 1, 32, 32)).astype(np.float32)
    dy = normal((32, 10)).astype(np.float32)
    passes_without_copies(twins, X, dy)
    # Views and small helpers take 6 kB, F6's array, the smallest but for the scores, 84*32*4 bytes.
    assert new_bytes(lambda: twins.forward(X)) < 8 * KB < 84 * 32 * 4
    # The kernels of C3, turned for its input's gradient, are 16*6*5*5*4 = 9,600 bytes.
    assert new_bytes(lambda: twins.set_grads(dy)) < 9.6 * KB + 3 * KB < 120 * 32 * 4


def test_a_warm_crew_of_one_makes_no_array_but_scores_and_turned_kernels(small_buffers):
    X, y = (array[:128] for array in load_digits()[:2])
    loss = SoftmaxCrossEntropy()
    model = LeNet5(rng=0)
    with Crew(model, loss, X.shape) as crew:
        crew(model, loss, X, y)
        # Scores and half a dozen arrays of that size in the loss, 32*10*4 bytes each, are kept
        # while the turned kernels come and go; at the end 128*10*4 bytes of scores are copied.
        assert new_bytes(lambda: crew(model, loss, X, y)) < (9.6 + 10 + 3) * KB


@pytest.fixture
def products(monkeypatch):
    """Note the matrix products: the shapes of their factors."""
    real, seen = np.matmul, []

    def matmul(a, b, **kwargs):
        seen.append((a.shape, b.shape))
        return real(a, b, **kwargs)

    monkeypatch.setattr(np, "matmul", matmul)
    return seen


def test_the_number_of_matrix_products_of_a_step(products):
    twins, X = FastNetwork(LeNet5(rng=0)), normal((32, 1, 32, 32))
    dy = normal((32, 10)).astype(np.float32)
    with_params = [layer for layer in twins.layers if layer.params]
    counts = {"forward": [], "set_grads": [], "backward": []}
    x = twins.forward(X)
    assert len(products) == 5  # one in each layer
    products.clear()
    twins.set_grads(dy)
    assert len(products) == 11  # see below; C1 is not asked for dL/dx
    x = twins.x.transpose(3, 1, 0, 2)
    for layer in twins.layers:
        products.clear()
        x = layer.forward(x)
        if layer in with_params:
            counts["forward"].append(len(products))
    for layer in reversed(twins.layers):
        if layer in with_params:
            products.clear()
            layer.set_grads(dy)
            counts["set_grads"].insert(0, len(products))
        products.clear()
        dy = layer.backward(dy)
        if layer in with_params:
            counts["backward"].insert(0, len(products))
    assert counts == {
        "forward": [1, 1, 1, 1, 1],  # C1, C3, C5, F6, scores
        "set_grads": [2, 2, 1, 1, 1],  # dL/dW in two halves, but where there is one output row
        "backward": [3, 3, 2, 2, 2],  # one more for dL/dx
    }


def test_no_product_escapes_the_count(products):
    layer, x = _conv((0, 2), 3, (2, 2), np.float64), normal((3, 2, 4, 4))
    twin = TWINS[Conv2D](layer)
    twin.forward(x)
    # (out, kh*C*kw) with all the windows of a row at once, one row of maps after another
    assert products == [((3, 8), (3, 8, 9))]
    products.clear()
    twin.backward(normal((3, 3, 3, 3)))
    # two halves of the windows, then all kernels with the rows of maps that touch an input row
    assert products == [((3, 3, 9), (3, 9, 4))] * 2 + [((4, 6), (4, 6, 9))]


def test_the_input_gradient_of_c1_is_not_computed_in_training():
    twins, X = FastNetwork(LeNet5(rng=0)), normal((4, 1, 32, 32))
    dy = normal((4, 10)).astype(np.float32)
    twins.forward(X)
    c1, c3 = twins.layers[0], twins.layers[4]
    for layer in (c1, c3):
        layer.dx[...] = 77
    twins.set_grads(dy)
    assert (c1.dx == 77).all()
    assert not (c3.dx == 77).any()
