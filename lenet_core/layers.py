"""The layers of LeNet-5, each with its forward and its backward pass.

A layer keeps from `forward` only what `backward` needs. `backward` assigns `grads`, it never
adds to them, and no layer writes into an array that it was given. Layers sum over the batch;
only the loss divides by its size.
"""

import math

import numpy as np

from .columns import col2im, im2col, output_size, window_pixels
from .validate import as_float, as_pair, check_array, check_float, positive_int


class Layer:
    """A differentiable function of one array: y = forward(x), then dx = backward(dy).

    Attributes
    ----------
    params, grads : dict of str to array
        The parameters, and under the same names dL/dparameter as the last `backward` left it.
    lowest_wins : bool
        Whether the outputs of a network are penalties, and no scores.
    """

    lowest_wins = False

    def __init__(self):
        self.params, self.grads = {}, {}

    @property
    def n_params(self):
        """Number of trainable parameters."""
        return sum(value.size for value in self.params.values())

    def set_grads(self, dy):
        """Set `grads` from dL/dy: all that the first layer of a network in training has to do."""
        self.backward(dy)

    def decide(self, scores):
        """Return the class of each row of outputs (N, K): the highest, or the lowest, wins."""
        return scores.argmin(axis=1) if self.lowest_wins else scores.argmax(axis=1)


class Conv2D(Layer):
    """Valid cross-correlation with a bias for each output map (LeCun et al. 1998, sec. II-A).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or (height, width), in pixels
    rng : seed or numpy.random.Generator for the starting weights
    dtype : float32 or float64

    Attributes
    ----------
    params : "W" (out_channels, in_channels, kh, kw) and "b" (out_channels,)
    """

    def __init__(self, in_channels, out_channels, kernel_size, *, rng=None, dtype=np.float32):
        super().__init__()
        c_in = positive_int(in_channels, "in_channels")
        c_out = positive_int(out_channels, "out_channels")
        kh, kw = self.kernel_size = as_pair(kernel_size, "kernel_size")
        self.params["W"] = fan_in_uniform(rng, (c_out, c_in, kh, kw), c_in * kh * kw, dtype)
        self.params["b"] = np.zeros(c_out, dtype)

    def forward(self, x):
        """Map images (N, C, H, W) to feature maps (N, out, OH, OW)."""
        W, b = self.params["W"], self.params["b"]
        check_array(x, (None, W.shape[1], None, None), "Conv2D input")
        x = as_float(x, W.dtype, "Conv2D input")
        n, _, h, w = self.x_shape = x.shape
        oh, ow = output_size((h, w), self.kernel_size)
        self.columns = im2col(x, self.kernel_size)  # (C*kh*kw, OH*OW*N)
        y = W.reshape(len(W), -1) @ self.columns  # (out, OH*OW*N)
        y += b[:, None]
        return y.reshape(len(W), oh, ow, n).transpose(3, 0, 1, 2)  # (N, out, OH, OW), batch last

    def backward(self, dy):
        """Map dL/dy (N, out, OH, OW) to dL/dx (N, C, H, W); set dL/dW and dL/db."""
        self.set_grads(dy)
        W = self.params["W"]
        dcolumns = W.reshape(len(W), -1).T @ self._as_rows(dy)  # (C*kh*kw, OH*OW*N)
        return col2im(dcolumns, self.x_shape, self.kernel_size)

    def set_grads(self, dy):
        """Set dL/dW and dL/db."""
        dy = self._as_rows(dy)
        dW = (self.columns @ dy.T).T  # dy @ columns.T, in the order that BLAS does twice as fast
        self.grads["W"] = dW.reshape(self.params["W"].shape)
        self.grads["b"] = dy.sum(axis=1)

    def _as_rows(self, dy):
        """View dL/dy as a row for each output map: (out, OH*OW*N)."""
        return dy.transpose(1, 2, 3, 0).reshape(dy.shape[1], -1)


class AvgPool2D(Layer):
    """Mean over windows of pixels; rows and columns that fill no window are left out.

    Parameters
    ----------
    pool_size : int or (height, width), in pixels
    stride : int or (height, width), in pixels; `pool_size` unless given
    """

    def __init__(self, pool_size, stride=None):
        super().__init__()
        self.pool_size = as_pair(pool_size, "pool_size")
        self.stride = self.pool_size if stride is None else as_pair(stride, "stride")

    def forward(self, x):
        """Map (N, C, H, W) to (N, C, OH, OW)."""
        check_array(x, (None, None, None, None), "AvgPool2D input")
        check_float(x, "AvgPool2D input")
        n, c, h, w = self.x_shape = x.shape
        oh, ow = output_size((h, w), self.pool_size, self.stride, "pool")
        y = np.zeros((c, oh, ow, n), x.dtype).transpose(3, 0, 1, 2)  # (N, C, OH, OW), batch last
        for _, _, rows, cols in window_pixels((oh, ow), self.pool_size, self.stride):
            y += x[:, :, rows, cols]
        y /= math.prod(self.pool_size)
        return y

    def backward(self, dy):
        """Map dL/dy (N, C, OH, OW) to dL/dx (N, C, H, W): an equal share to each pixel."""
        n, c, h, w = self.x_shape
        dx = np.zeros((c, h, w, n), dy.dtype).transpose(3, 0, 1, 2)
        share = dy / math.prod(self.pool_size)
        for _, _, rows, cols in window_pixels(dy.shape[2:], self.pool_size, self.stride):
            dx[:, :, rows, cols] += share  # windows may overlap: hence +=
        return dx


class Dense(Layer):
    """Affine map y = x W + b, from (N, in_features) to (N, out_features).

    Parameters
    ----------
    in_features, out_features : int
    rng : seed or numpy.random.Generator for the starting weights
    dtype : float32 or float64

    Attributes
    ----------
    params : "W" (in_features, out_features) and "b" (out_features,)
    """

    def __init__(self, in_features, out_features, *, rng=None, dtype=np.float32):
        super().__init__()
        n_in = positive_int(in_features, "in_features")
        n_out = positive_int(out_features, "out_features")
        self.params["W"] = fan_in_uniform(rng, (n_in, n_out), n_in, dtype)
        self.params["b"] = np.zeros(n_out, dtype)

    def forward(self, x):
        """Map features (N, in_features) to (N, out_features)."""
        check_array(x, (None, len(self.params["W"])), "Dense input")
        self.x = as_float(x, self.params["W"].dtype, "Dense input")
        return self.x @ self.params["W"] + self.params["b"]

    def backward(self, dy):
        """Map dL/dy (N, out_features) to dL/dx (N, in_features); set dL/dW and dL/db."""
        self.grads["W"] = self.x.T @ dy
        self.grads["b"] = dy.sum(axis=0)
        return dy @ self.params["W"].T


class Flatten(Layer):
    """Reshape (N, ...) to (N, features)."""

    def forward(self, x):
        """Map (N, C, H, W) to (N, C*H*W)."""
        self.x_shape = x.shape
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy):
        """Map (N, C*H*W) back to (N, C, H, W)."""
        return dy.reshape(self.x_shape)


class Tanh(Layer):
    """y = tanh(x), entry by entry."""

    def forward(self, x):
        """Map x to tanh(x), of the same shape."""
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        """Map dL/dy to dL/dx = dL/dy (1 - y^2)."""
        dx = 1 - self.y * self.y
        dx *= dy
        return dx


class ReLU(Layer):
    """y = max(x, 0), entry by entry."""

    def forward(self, x):
        """Map x to max(x, 0), of the same shape."""
        self.positive = x > 0
        return np.maximum(x, 0)

    def backward(self, dy):
        """Map dL/dy to dL/dx: dL/dy where x was positive, 0 elsewhere."""
        return dy * self.positive


class Softmax(Layer):
    """y_k = exp(x_k) / sum_j exp(x_j) along the last axis."""

    def forward(self, x):
        """Map scores (N, K) to probabilities (N, K); each row sums to 1."""
        exp = np.exp(x - x.max(axis=-1, keepdims=True))  # shifted, so exp cannot overflow
        self.y = exp / exp.sum(axis=-1, keepdims=True)
        return self.y

    def backward(self, dy):
        """Map dL/dy to dL/dx: y (dL/dy - <dL/dy, y>), row by row."""
        return self.y * (dy - (dy * self.y).sum(axis=-1, keepdims=True))


def fan_in_uniform(rng, shape, fan_in, dtype):
    """Draw weights of variance 1/fan_in from U(-sqrt(3/fan_in), sqrt(3/fan_in)).

    With inputs of variance 1 a unit's sum then has variance 1 as well (LeCun et al., Efficient
    BackProp, 1998, sec. 4.6). The paper of 1998 draws from U(-2.4/fan_in, 2.4/fan_in) instead.
    """
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {np.dtype(dtype)}")
    limit = np.sqrt(3 / fan_in)
    return np.random.default_rng(rng).uniform(-limit, limit, shape).astype(dtype)
