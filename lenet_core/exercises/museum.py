# ruff: noqa: D102, D400, D401 (a docstring here says what the part is meant to do, no more)
"""The bug museum: classic mistakes around backward passes, each short enough to read at a glance.

The chapter on gradient checking shows the source of these classes and functions and runs them.
All are wrong on purpose, but for `Squash` and `MaxPool2D`: use nothing from here in a network
that has to work.
"""

import numpy as np

from ..columns import window_pixels
from ..gradcheck import FLOOR
from ..layers import AvgPool2D, Conv2D, Dense, Layer, ReLU
from ..losses import SoftmaxCrossEntropy
from ..optim import SGD


# ---- room 1: forward and backward disagree
class ForgottenBias(Dense):
    """y = x W + b"""

    def forward(self, x):
        self.x = x
        return x @ self.params["W"]


class BiasOverFeatures(Dense):
    """db sums dY over the batch."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = dy.sum(axis=1)
        return dx


class Untransposed(Dense):
    """dX = dY W^T"""

    def backward(self, dy):
        super().backward(dy)
        return dy @ self.params["W"]


class MeanTwice(SoftmaxCrossEntropy):
    """The loss is a mean over the batch; so is its gradient."""

    def backward(self):
        return super().backward() / len(self.y)


class LastWindowWins(AvgPool2D):
    """Each window gives every one of its pixels an equal share."""

    def backward(self, dy):
        dx = np.zeros(self.x_shape, dy.dtype)
        share = dy / np.prod(self.pool_size)
        sizes = dy.shape[2:], self.pool_size, self.stride
        for _, _, rows, cols in window_pixels(*sizes):
            dx[:, :, rows, cols] = share
        return dx


class MaskOfOutput(ReLU):
    """The gradient passes where the input was positive."""

    def forward(self, x):
        y = np.maximum(x, 0)
        self.positive = y >= 0
        return y


class Squash(Layer):
    """y = 1.7159 tanh(2x/3) (LeCun et al. 1998, eq. 6)."""

    def forward(self, x):
        self.y = 1.7159 * np.tanh(2 / 3 * x)
        return self.y

    def backward(self, dy):
        return dy * 2 / 3 * (1.7159 - self.y**2 / 1.7159)


class SquashSlope(Squash):
    """y = 1.7159 tanh(2x/3)"""

    def backward(self, dy):
        return dy * (1.7159 - self.y**2 / 1.7159)


class TableInForward(Conv2D):
    """Like C3: the table says which input maps each output map sees."""

    def forward(self, x):
        whole = self.params["W"]
        self.params["W"] = whole * table(whole)
        y = super().forward(x)
        self.params["W"] = whole
        return y


# ---- room 2: forward and backward agree on the wrong thing
class BiasNowhere(Dense):
    """y = x W + b"""

    def forward(self, x):
        self.x = x
        return x @ self.params["W"]

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = np.zeros_like(self.params["b"])
        return dx


class TurnedKernel(Conv2D):
    """Y is the cross-correlation of the images with K, plus b."""

    def forward(self, x):
        return turn(super().forward(turn(x)))

    def backward(self, dy):
        return turn(super().backward(turn(dy)))


class TableIgnored(Conv2D):
    """Like C3: the table says which input maps each output map sees."""


class ShiftedLabels(SoftmaxCrossEntropy):
    """-log softmax(scores)[label]"""

    def forward(self, scores, y):
        return super().forward(scores, (y + 1) % scores.shape[1])


class BareExponential(SoftmaxCrossEntropy):
    """-log softmax(scores)[label]"""

    def forward(self, scores, y):
        exp = np.exp(scores)
        self.log_p = np.log(exp / exp.sum(axis=1, keepdims=True))
        self.y = y
        return -float(self.log_p[np.arange(len(y)), y].mean())


class WritesIntoArgument(ReLU):
    """The gradient passes where the input was positive."""

    def backward(self, dy):
        dy[~self.positive] = 0
        return dy


# ---- room 3: a question of time
class StaleInput(Dense):
    """Keeps the input for the backward pass."""

    def forward(self, x):
        if not hasattr(self, "x"):
            self.x = x.copy()
        return x @ self.params["W"] + self.params["b"]


class NeverZeroed(Dense):
    """dW of this batch"""

    def backward(self, dy):
        earlier = self.grads.get("W", 0)
        dx = super().backward(dy)
        self.grads["W"] += earlier
        return dx


class Uphill(SGD):
    """Steps against the gradient."""

    def step(self, model):
        for name, p in model.params.items():
            p += self.lr * model.grads[name]


# ---- room 4: right layers, false alarms
class MaxPool2D(Layer):
    """The largest of each 2x2 window; the first of equals gets the gradient."""

    def __init__(self, pool_size=2):
        super().__init__()

    def forward(self, x):
        windows = split(x)
        self.winner = np.eye(4, dtype=x.dtype)[windows.argmax(axis=-1)]
        return windows.max(axis=-1)

    def backward(self, dy):
        return join(self.winner * dy[..., None])


def bare_slopes(f, x, h=1e-5):
    """Central differences, in whatever type `x` has."""
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        slopes[i] = (above - f()) / (2 * h)
        x[i] = kept
    return slopes


def entry_error(a, n):
    """The largest relative error of a single entry."""
    size = np.maximum(FLOOR, np.abs(a) + np.abs(n))
    return float(np.max(np.abs(a - n) / size))


def bare_check(layer, x, measure):
    """A home-made check: L is the sum of the outputs."""

    def total():
        return layer.forward(x).sum()

    dx = layer.backward(np.ones_like(layer.forward(x)))
    values, grads = {"x": x} | layer.params, {"x": dx} | layer.grads
    slopes = {name: bare_slopes(total, v) for name, v in values.items()}
    return max(measure(grads[name], slopes[name]) for name in values)


# ---- room 5: broken checkers, and the wrong gradients they let pass
def first_entry_error(a, n):
    """The relative error, of one entry to save time."""
    return entry_error(a.flat[0], n.flat[0])


class Transposed(Dense):
    """dW = X^T dY"""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = dy.T @ self.x
        return dx


def signless_error(a, n):
    """The largest difference."""
    return float(np.max(a - n))


class WrongSign(Dense):
    """dW = X^T dY"""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = -self.x.T @ dy
        return dx


# ---- tools of the exhibits
def table(W):
    """Connect output map o to input map i where o + i is even: (out, in, 1, 1) of 0 and 1."""
    out_maps, in_maps = np.indices(W.shape[:2])
    return ((out_maps + in_maps) % 2 == 0)[:, :, None, None].astype(W.dtype)


def turn(x):
    """Turn maps by 180 degrees."""
    return x[:, :, ::-1, ::-1]


def split(x):
    """Cut (N, C, H, W) into 2x2 windows: (N, C, H/2, W/2, 4)."""
    n, c, h, w = x.shape
    windows = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    return windows.reshape(n, c, h // 2, w // 2, 4)


def join(windows):
    """Put 2x2 windows back: the inverse of `split`."""
    n, c, h, w, _ = windows.shape
    x = windows.reshape(n, c, h, w, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    return x.reshape(n, c, 2 * h, 2 * w)
