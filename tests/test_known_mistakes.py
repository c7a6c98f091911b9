"""Where such notebooks go wrong: a test for each mistake that lenet_core must not make."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import oracles
import pytest

import lenet_core
from lenet_core import (
    SGD,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    LeNet5,
    Sequential,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
    col2im,
    evaluate,
    fit,
    get_batches,
    gradient_check,
    im2col,
)
from lenet_core.model import layer_table

PACKAGE = Path(lenet_core.__file__).parent


def normal(shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


# Convolution


def test_the_bias_of_a_convolution_is_used_in_the_forward_pass():
    layer = Conv2D(1, 3, 2, rng=0)
    layer.params["W"][...] = 0
    layer.params["b"][...] = [1, -2, 3]
    y = layer.forward(np.ones((2, 1, 4, 5), np.float32))
    for o, bias in enumerate([1, -2, 3]):
        assert (y[:, o] == bias).all()


@pytest.mark.parametrize("stride", [1, 2, 3, (1, 2)])
@pytest.mark.parametrize("kernel", [1, 2, 3, (1, 3), (5, 7)])
@pytest.mark.parametrize("image", [(5, 7), (7, 9), (9, 9)])
def test_im2col_takes_any_kernel_image_and_stride(image, kernel, stride):
    x = np.arange(4.0 * image[0] * image[1]).reshape(2, 2, *image)
    pairs = [size if isinstance(size, tuple) else (size, size) for size in (kernel, stride)]
    np.testing.assert_array_equal(im2col(x, kernel, stride), oracles.im2col(x, *pairs))


def test_col2im_adds_where_windows_overlap():
    # The middle pixel of 3x3 is the last of the first window of 2x2, and the first of the last.
    columns = np.zeros((4, 4))  # row: pixel of the window; column: window
    columns[[3, 2, 1, 0], [0, 1, 2, 3]] = [1, 2, 3, 4]
    assert col2im(columns, (1, 1, 3, 3), 2)[0, 0].tolist() == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (2, 3), ((2, 5), (3, 1))])
def test_col2im_is_the_exact_adjoint_of_im2col(kernel, stride):
    x = np.random.default_rng(0).integers(-9, 10, (2, 3, 7, 6)).astype(float)
    columns = im2col(x, kernel, stride)
    c = np.random.default_rng(1).integers(-9, 10, columns.shape).astype(float)
    assert (columns * c).sum() == (x * col2im(c, x.shape, kernel, stride)).sum()  # whole numbers


# Precision


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_dtype_from_the_input_to_the_step(dtype):
    model, loss = LeNet5(rng=0, dtype=dtype), SoftmaxCrossEntropy()
    optimizer = SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    arrays = [normal((3, 1, 32, 32), dtype=dtype)]
    for layer in model.layers:
        arrays.append(layer.forward(arrays[-1]))
    loss.forward(arrays[-1], np.array([1, 2, 3]))
    arrays.append(loss.backward())
    for layer in reversed(model.layers):
        arrays.append(layer.backward(arrays[-1]))
    optimizer.step(model)
    arrays += [*model.params.values(), *model.grads.values(), *optimizer.velocity.values()]
    assert len(arrays) == 1 + 14 + 1 + 14 + 3 * 10
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_float32_unless_asked():
    models = [LeNet5(), Sequential([Conv2D(1, 2, 3), Flatten(), Dense(4, 2)])]
    assert {p.dtype for model in models for p in model.params.values()} == {np.dtype(np.float32)}


# The loss


def test_the_loss_of_an_epoch_is_the_mean_over_all_samples():
    X, y = normal((10, 5)), np.arange(10) % 3
    model = Sequential([Dense(5, 3, rng=0, dtype=np.float64)])
    want = SoftmaxCrossEntropy().forward(model.forward(X), y)
    batches = [SoftmaxCrossEntropy().forward(model.forward(a), b) for a, b in get_batches(X, y, 4)]
    still = SGD(1e-300)  # moves no weight
    history = fit(model, X, y, epochs=1, batch_size=4, optimizer=still, validation=(X, y))
    assert history.loss == [pytest.approx(want, rel=1e-12)]
    assert abs(np.mean(batches) - want) > 0.001  # the last batch has two samples, not four
    assert abs(batches[-1] - want) > 0.001
    assert history.train_error == pytest.approx(history.validation_error)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_of_ten_thousand_cost_what_they_should(dtype):
    scores = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -1e4, 0]], dtype)
    loss = SoftmaxCrossEntropy()
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert loss.forward(scores, np.array([1, 2, 2])) == 10_000  # (20,000 + 10,000 + 0) / 3
        dscores = loss.backward()
    want = np.array([[1, -1, 0], [1, 0, -1], [0, 0, 0]]) / 3
    np.testing.assert_allclose(dscores, want, rtol=1e-6)


@pytest.mark.parametrize("gap", [30, 100, 700])
def test_a_label_of_tiny_probability_costs_its_whole_logarithm(gap):
    # log(p + 1e-12) would stop at 27.6.
    loss = SoftmaxCrossEntropy().forward(np.array([[0.0, -gap]]), np.array([1]))
    assert loss == pytest.approx(gap, rel=1e-12)


def test_the_backward_of_softmax_is_the_whole_jacobian():
    x, dy, layer = normal((4, 6)), normal((4, 6), seed=1), Softmax()
    layer.forward(x)
    want = [oracles.softmax_jacobian(row) @ d for row, d in zip(x, dy, strict=True)]
    np.testing.assert_allclose(layer.backward(dy), want, rtol=1e-12, atol=1e-15)


# Speed: the lines of Python that run do not grow with the image, the batch or the classes


def lines_run(call):
    """Count the lines of lenet_core that `call` runs."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        inside = Path(frame.f_code.co_filename).parent == PACKAGE
        count += inside and event == "line"
        return trace if inside else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def both_passes(layer, shape):
    """Return a call of forward and backward."""
    x = np.ones(shape, np.float32)
    return lambda: layer.backward(layer.forward(x))


CALLS = {
    "im2col": lambda n, size: lambda: im2col(np.ones((n, 2, size, size)), 3, 2),
    "col2im": lambda n, size: (
        lambda: col2im(np.ones((8, n * (size - 1) ** 2)), (n, 2, size, size), 2)
    ),
    "Conv2D": lambda n, size: both_passes(Conv2D(2, 3, 3, rng=0), (n, 2, size, size)),
    "AvgPool2D": lambda n, size: both_passes(AvgPool2D(2), (n, 2, size, size)),
    "AvgPool2D, overlapping": lambda n, size: both_passes(AvgPool2D(3, 1), (n, 2, size, size)),
    "Softmax": lambda n, size: both_passes(Softmax(), (n, size)),
    "Dense": lambda n, size: both_passes(Dense(size, size, rng=0), (n, size)),
    "Tanh": lambda n, size: both_passes(Tanh(), (n, size)),
}


@pytest.mark.parametrize("make", CALLS.values(), ids=CALLS.keys())
def test_no_loop_over_pixels_images_or_classes(make):
    lines = lines_run(make(1, 4))
    assert lines > 0
    assert lines_run(make(5, 4)) == lines
    assert lines_run(make(1, 20)) == lines


MODULES = sorted(set(PACKAGE.glob("*.py")) - {PACKAGE / "ladder.py"})  # its slow rung does


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_nothing_is_added_with_ufunc_at(path):
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    assert [n.lineno for n in nodes if isinstance(n, ast.Attribute) and n.attr == "at"] == []


# Batches, randomness, evaluation


def test_the_last_short_batch_is_used():
    sizes = [len(y) for _, y in get_batches(normal((10, 2)), np.arange(10), 4)]
    assert sizes == [4, 4, 2]
    X, y = normal((3, 4)), np.array([0, 1, 0])
    model = Sequential([Dense(4, 2, rng=0, dtype=np.float64)])
    before = model.params["0.W"].copy()
    fit(model, X, y, epochs=1, batch_size=128, optimizer=SGD(0.1))
    assert (model.params["0.W"] != before).all()


def test_shuffling_takes_a_generator_and_leaves_the_global_state_alone():
    np.random.seed(0)  # noqa: NPY002  the very state that must not move
    before = np.random.get_state()  # noqa: NPY002
    X, y = normal((10, 1, 32, 32), dtype=np.float32), np.arange(10)
    orders = [[*next(get_batches(X, y, 10, np.random.default_rng(s)))[1]] for s in (0, 0, 1)]
    fit(LeNet5(rng=0), X, y, epochs=1, optimizer=SGD(0.1), rng=0)
    gradient_check(Dense(3, 2), np.ones((2, 3)))
    assert orders[0] == orders[1] != orders[2]
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_evaluation_leaves_no_trace():
    lenet, X, y = LeNet5(rng=0, dtype=np.float64), normal((5, 1, 32, 32)), np.arange(5)
    model = Sequential([lenet, Tanh()])  # the layers may lie one level deeper
    dy = normal(model.forward(X[:2]).shape)
    dx = model.backward(dy)
    layers = [*lenet.layers, *model.layers]
    kept = [{name: id(value) for name, value in vars(layer).items()} for layer in layers]
    values = [value.copy() for value in (*model.params.values(), *model.grads.values())]
    evaluate(model, X, y)
    assert kept == [{k: id(v) for k, v in vars(layer).items()} for layer in layers]
    for before, after in zip(values, (*model.params.values(), *model.grads.values()), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(model.backward(dy), dx)


# The architecture


def table_in_the_source():
    """Read (layer name, output shape, parameters) from the comments in LeNet5, and the total."""
    line = r"^ +(\w+)\(.*?# .*?\(N, ([\d, ]+)\) +([\d,]+)$"
    source = inspect.getsource(LeNet5.__init__)
    rows = [
        (name, tuple(map(int, shape.split(","))), int(count.replace(",", "")))
        for name, shape, count in re.findall(line, source, re.MULTILINE)
    ]
    total = re.search(r"^ +\]\) +# +([\d,]+)$", source, re.MULTILINE).group(1)
    return rows, int(total.replace(",", ""))


def test_the_table_of_lenet5_tells_the_truth():
    rows, total = table_in_the_source()
    model = LeNet5()
    assert rows == layer_table(model, np.zeros((2, 1, 32, 32), np.float32))
    assert len(rows) == len(model.layers) == 14
    assert total == model.n_params == sum(count for _, _, count in rows) == 61_706


def test_the_layers_have_the_parameters_of_the_paper_where_they_can():
    counts = [layer.n_params for layer in LeNet5().layers if layer.params]
    assert counts == [156, 2416, 48_120, 10_164, 850]  # C1, C5 and F6 as in sec. II-B
    assert LeNet5().forward(np.zeros((3, 1, 32, 32), np.float32)).shape == (3, 10)


# Imports


ORDER = [
    "validate",
    "schedules",
    "columns",
    "layers",
    "losses",
    "optim",
    "model",
    "blas",
    "fast",
    "gradcheck",
    "weights",
    "checkpoint",
    "data",
    "train",
]


@pytest.mark.parametrize("name", ORDER)
def test_imports_go_one_way(name):
    tree = ast.parse((PACKAGE / f"{name}.py").read_text("utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    own = {node.module for node in froms if node.level}
    assert own <= set(ORDER[: ORDER.index(name)])
    foreign = {node.module for node in froms if not node.level}
    foreign |= {alias.name for node in plain for alias in node.names}
    assert not {module.split(".")[0] for module in foreign} & {"matplotlib", "lenet_core"}


def test_importing_the_package_needs_numpy_alone():
    code = "import sys, lenet_core; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"matplotlib", "sklearn", "scipy", "tqdm", "threadpoolctl", "torch", "pandas"}
    assert {"lenet_core", "numpy"} <= set(run.stdout.split())
    assert not heavy & set(run.stdout.split())


def test_float64_inputs_do_not_make_a_float32_network_float64():
    model, loss = LeNet5(rng=0), SoftmaxCrossEntropy()
    scores = model.forward(np.random.default_rng(0).normal(size=(2, 1, 32, 32)))
    loss.forward(scores, np.array([1, 2]))
    model.set_grads(loss.backward())
    assert {a.dtype for a in [scores, *model.grads.values()]} == {np.dtype(np.float32)}
