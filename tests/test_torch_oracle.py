"""PyTorch as a second witness, where it is installed: the same numbers from other people's code."""

import numpy as np
import pytest

from lenet_core import (
    SGD,
    AvgPool2D,
    Conv2D,
    LeNet5,
    Softmax,
    SoftmaxCrossEntropy,
    col2im,
    im2col,
)
from lenet_core.augment import bilinear
from lenet_core.losses import SmoothedCrossEntropy

torch = pytest.importorskip("torch")
F = torch.nn.functional

X = np.random.default_rng(0).normal(size=(6, 1, 32, 32))
Y = np.array([3, 1, 4, 1, 5, 9])


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def tensor(array):
    """Return a float64 leaf that collects gradients."""
    return torch.tensor(np.ascontiguousarray(array), dtype=torch.float64, requires_grad=True)


def close(actual, want):
    """Both compute in float64: only the order of their sums differs."""
    want = want.detach().numpy() if isinstance(want, torch.Tensor) else want
    np.testing.assert_allclose(actual, want, rtol=1e-9, atol=1e-12)


def same_passes(layer, twin, x):
    """Compare forward and backward of a layer with those of a function of a tensor."""
    t = tensor(x)
    y, want = layer.forward(x), twin(t)
    close(y, want)
    dy = normal(y.shape, seed=1)
    want.backward(torch.tensor(dy))
    close(layer.backward(dy), t.grad)


@pytest.mark.parametrize("kernel", [1, 5, (3, 2), (1, 4)])
def test_convolution(kernel):
    layer = Conv2D(3, 4, kernel, rng=0, dtype=np.float64)
    layer.params["b"][:] = normal(4)
    W, b = (tensor(p) for p in layer.params.values())
    same_passes(layer, lambda x: F.conv2d(x, W, b), normal((2, 3, 7, 8)))
    close(layer.grads["W"], W.grad)
    close(layer.grads["b"], b.grad)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), ((2, 3), (1, 2)), (2, 3)])
def test_pooling(size, stride):
    layer = AvgPool2D(size, stride)
    same_passes(layer, lambda x: F.avg_pool2d(x, size, stride), normal((2, 3, 7, 8)))


def test_softmax():
    same_passes(Softmax(), lambda x: F.softmax(x, dim=1), 5 * normal((4, 10)))


@pytest.mark.parametrize(("kernel", "stride"), [((3, 3), 1), ((2, 4), 2), ((1, 1), 3)])
def test_im2col_is_unfold_and_col2im_is_fold(kernel, stride):
    x = normal((2, 3, 7, 8))
    columns, want = im2col(x, kernel, stride), F.unfold(torch.tensor(x), kernel, stride=stride)
    rows, places = columns.shape[0], columns.shape[1] // 2
    # Theirs is (N, C*kh*kw, OH*OW): the image is the slowest axis there, the fastest here.
    close(columns.reshape(rows, places, 2).transpose(2, 0, 1), want)
    folded = F.fold(want, x.shape[2:], kernel, stride=stride)
    close(col2im(columns, x.shape, kernel, stride), folded)


@pytest.mark.parametrize("scale", [1, 100])
def test_loss(scale):
    scores, loss = scale * normal((6, 10)), SoftmaxCrossEntropy()
    t = tensor(scores)
    want = F.cross_entropy(t, torch.tensor(Y))
    want.backward()
    assert loss.forward(scores, Y) == pytest.approx(float(want.detach()), rel=1e-12)
    close(loss.backward(), t.grad)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_smoothed_loss(smoothing):
    scores, loss = 5 * normal((6, 10)), SmoothedCrossEntropy(smoothing)
    t = tensor(scores)
    want = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(t, torch.tensor(Y))
    want.backward()
    assert loss.forward(scores, Y) == pytest.approx(float(want.detach()), rel=1e-12)
    close(loss.backward(), t.grad)


@pytest.mark.parametrize("scale", [0.3, 1.1])
def test_affine_is_their_grid_sample(scale):
    maps, x = normal((6, 2, 2)) * scale, normal((6, 3, 8, 8))
    q = np.indices((8, 8)).reshape(2, -1) - 3.5
    p = np.clip(maps @ q + 3.5, 0, 7 - 1e-9)
    grid = torch.tensor((p[:, ::-1] / 3.5 - 1).transpose(0, 2, 1).reshape(6, 8, 8, 2))
    want = F.grid_sample(torch.tensor(x), grid, align_corners=True)
    close(bilinear(x, p).reshape(x.shape), want)


class Twin:
    """LeNet-5 in PyTorch's words, with the weights of a model of ours."""

    def __init__(self, model):
        self.params = {name: tensor(p) for name, p in model.params.items()}

    def forward(self, x):
        p = self.params
        x = F.avg_pool2d(F.conv2d(x, p["0.W"], p["0.b"]).tanh(), 2).tanh()
        x = F.avg_pool2d(F.conv2d(x, p["4.W"], p["4.b"]).tanh(), 2).tanh()
        x = F.conv2d(x, p["8.W"], p["8.b"]).tanh().flatten(1)
        return (x @ p["11.W"] + p["11.b"]).tanh() @ p["13.W"] + p["13.b"]


def test_all_gradients_of_lenet5():
    model, loss = LeNet5(rng=0, dtype=np.float64), SoftmaxCrossEntropy()
    twin, x = Twin(model), tensor(X)
    scores = twin.forward(x)
    close(model.forward(X), scores)
    value = F.cross_entropy(scores, torch.tensor(Y))
    value.backward()
    assert loss.forward(model.forward(X), Y) == pytest.approx(float(value.detach()), rel=1e-12)
    close(model.backward(loss.backward()), x.grad)
    for name, p in twin.params.items():
        close(model.grads[name], p.grad)


STEPS = {
    "plain": dict(lr=0.05),
    "momentum": dict(lr=0.05, momentum=0.9),
    "Nesterov": dict(lr=0.05, momentum=0.9, nesterov=True),
    "weight decay": dict(lr=0.05, momentum=0.9, weight_decay=0.01),
}


@pytest.mark.parametrize("settings", STEPS.values(), ids=STEPS.keys())
def test_five_steps(settings):
    model, loss, optimizer = LeNet5(rng=0, dtype=np.float64), SoftmaxCrossEntropy(), SGD(**settings)
    twin = Twin(model)
    weights = [p for p in twin.params.values() if p.ndim > 1]
    biases = {"params": [p for p in twin.params.values() if p.ndim == 1], "weight_decay": 0}
    theirs = torch.optim.SGD([{"params": weights}, biases], **settings)
    for _ in range(5):
        loss.forward(model.forward(X), Y)
        model.set_grads(loss.backward())
        optimizer.step(model)
        theirs.zero_grad()
        F.cross_entropy(twin.forward(torch.tensor(X)), torch.tensor(Y)).backward()
        theirs.step()
    for name, p in twin.params.items():
        close(model.params[name], p)
