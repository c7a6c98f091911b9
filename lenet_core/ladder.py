"""Slower ways to a convolution and to pooling, which the chapter "Make it fast" climbs over.

Nothing in the package imports this module. Each class is a layer like the one that it extends,
with the same constructor and the same parameters, and keeps its maps with the batch first.
"""

import copy
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .columns import output_size, window_pixels
from .layers import AvgPool2D, Conv2D, Layer
from .model import Sequential
from .validate import as_float, as_pair

# ---- one output pixel at a time


class PixelConv2D(Conv2D):
    """Conv2D in a Python loop: one window times one kernel for each output pixel."""

    set_grads = Layer.set_grads  # even the first layer of a network computes dL/dx

    def forward(self, x):
        """Map images (N, C, H, W) to feature maps (N, out, OH, OW)."""
        W, b = self.params["W"], self.params["b"]
        self.x = as_float(x, W.dtype, "PixelConv2D input")
        y = np.empty((len(x), len(W), *output_size(x.shape[2:], self.kernel_size)), W.dtype)
        for n, o, i, j in np.ndindex(y.shape):
            rows, cols = window(i, j, self.kernel_size)
            y[n, o, i, j] = (W[o] * self.x[n, :, rows, cols]).sum() + b[o]
        return y

    def backward(self, dy):
        """Map dL/dy (N, out, OH, OW) to dL/dx (N, C, H, W); set dL/dW and dL/db."""
        W, dx = self.params["W"], np.zeros_like(self.x)
        dW, db = (np.zeros_like(p) for p in self.params.values())
        for n, o, i, j in np.ndindex(dy.shape):
            rows, cols = window(i, j, self.kernel_size)
            dW[o] += dy[n, o, i, j] * self.x[n, :, rows, cols]
            db[o] += dy[n, o, i, j]
            dx[n, :, rows, cols] += dy[n, o, i, j] * W[o]
        self.grads = {"W": dW, "b": db}
        return dx


class PixelAvgPool2D(AvgPool2D):
    """AvgPool2D in a Python loop: the mean of one window for each output pixel."""

    def forward(self, x):
        """Map (N, C, H, W) to (N, C, OH, OW)."""
        n, c, *image = self.x_shape = x.shape
        y = np.empty((n, c, *output_size(image, self.pool_size, self.stride, "pool")), x.dtype)
        for n, c, i, j in np.ndindex(y.shape):
            rows, cols = window(i, j, self.pool_size, self.stride)
            y[n, c, i, j] = x[n, c, rows, cols].mean()
        return y

    def backward(self, dy):
        """Map dL/dy (N, C, OH, OW) to dL/dx (N, C, H, W): an equal share to each pixel."""
        dx = np.zeros(self.x_shape, dy.dtype)
        for n, c, i, j in np.ndindex(dy.shape):
            rows, cols = window(i, j, self.pool_size, self.stride)
            dx[n, c, rows, cols] += dy[n, c, i, j] / math.prod(self.pool_size)
        return dx


def window(i, j, size, stride=(1, 1)):
    """Return the rows and the columns of the window that output pixel (i, j) is made from."""
    top, left = i * stride[0], j * stride[1]
    return slice(top, top + size[0]), slice(left, left + size[1])


# ---- the common notebook: index arrays


class ClassicConv2D(Conv2D):
    """Conv2D with index arrays: fancy indexing makes the columns, `np.add.at` takes them back."""

    set_grads = Layer.set_grads  # even the first layer of a network computes dL/dx

    def forward(self, x):
        """Map images (N, C, H, W) to feature maps (N, out, OH, OW)."""
        W, b = self.params["W"], self.params["b"]
        x = as_float(x, W.dtype, "ClassicConv2D input")
        self.x_shape = x.shape
        self.columns = x[window_indices(x.shape, self.kernel_size)]  # (N, C*kh*kw, OH*OW)
        y = W.reshape(len(W), -1) @ self.columns + b[:, None]  # (N, out, OH*OW)
        return y.reshape(len(x), len(W), *output_size(x.shape[2:], self.kernel_size))

    def backward(self, dy):
        """Map dL/dy (N, out, OH, OW) to dL/dx (N, C, H, W); set dL/dW and dL/db."""
        W, dy = self.params["W"], dy.reshape(*dy.shape[:2], -1)  # (N, out, OH*OW)
        dW = (dy @ self.columns.transpose(0, 2, 1)).sum(axis=0)  # (out, C*kh*kw)
        self.grads = {"W": dW.reshape(W.shape), "b": dy.sum(axis=(0, 2))}
        dcolumns = W.reshape(len(W), -1).T @ dy  # (N, C*kh*kw, OH*OW)
        dx = np.zeros(self.x_shape, W.dtype)
        np.add.at(dx, window_indices(dx.shape, self.kernel_size), dcolumns)
        return dx


class ClassicAvgPool2D(AvgPool2D):
    """AvgPool2D with index arrays: each map is an image of one channel."""

    def forward(self, x):
        """Map (N, C, H, W) to (N, C, OH, OW)."""
        n, c, *image = self.x_shape = x.shape
        x = x.reshape(n * c, 1, *image)
        windows = x[window_indices(x.shape, self.pool_size, self.stride)]  # (N*C, ph*pw, OH*OW)
        output = output_size(image, self.pool_size, self.stride, "pool")
        return windows.mean(axis=1).reshape(n, c, *output)

    def backward(self, dy):
        """Map dL/dy (N, C, OH, OW) to dL/dx (N, C, H, W): an equal share to each pixel."""
        n, c, *image = self.x_shape
        dx = np.zeros((n * c, 1, *image), dy.dtype)
        share = dy.reshape(n * c, 1, -1) / math.prod(self.pool_size)  # (N*C, 1, OH*OW)
        np.add.at(dx, window_indices(dx.shape, self.pool_size, self.stride), share)
        return dx.reshape(self.x_shape)


def window_indices(x_shape, size, stride=1):
    """Return the index of all windows: x[window_indices(x.shape, size)] is (N, C*kh*kw, OH*OW)."""
    (_, c, *image), (sh, sw) = x_shape, as_pair(stride, "stride")
    k, i, j = np.indices((c, *size)).reshape(3, -1, 1)  # of an entry in its window: (C*kh*kw, 1)
    rows, cols = np.indices(output_size(image, size, stride)).reshape(2, 1, -1)  # (1, OH*OW)
    return slice(None), k, i + sh * rows, j + sw * cols


# ---- strided views


class StridedConv2D(Conv2D):
    """Conv2D whose windows are a view: one copy makes the columns, slices take them back."""

    def forward(self, x):
        """Map images (N, C, H, W) to feature maps (N, out, OH, OW)."""
        W, b = self.params["W"], self.params["b"]
        x = as_float(x, W.dtype, "StridedConv2D input")
        self.x_shape = x.shape
        windows = sliding_window_view(x, self.kernel_size, axis=(2, 3))  # (N, C, OH, OW, kh, kw)
        n, _, oh, ow, _, _ = windows.shape
        self.columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, -1, oh * ow)  # the copy
        y = W.reshape(len(W), -1) @ self.columns  # (N, out, OH*OW)
        y += b[:, None]
        return y.reshape(n, len(W), oh, ow)

    def backward(self, dy):
        """Map dL/dy (N, out, OH, OW) to dL/dx (N, C, H, W); set dL/dW and dL/db."""
        self.set_grads(dy)
        W, (n, _, oh, ow) = self.params["W"], dy.shape
        dcolumns = W.reshape(len(W), -1).T @ dy.reshape(n, len(W), -1)  # (N, C*kh*kw, OH*OW)
        dcolumns = dcolumns.reshape(n, *W.shape[1:], oh, ow)
        dx = np.zeros(self.x_shape, W.dtype)
        for i, j, rows, cols in window_pixels((oh, ow), self.kernel_size, 1):
            dx[:, :, rows, cols] += dcolumns[:, :, i, j]
        return dx

    def set_grads(self, dy):
        """Set dL/dW and dL/db."""
        dy = dy.reshape(*dy.shape[:2], -1)  # (N, out, OH*OW)
        dW = (dy @ self.columns.transpose(0, 2, 1)).sum(axis=0)  # (out, C*kh*kw)
        self.grads = {"W": dW.reshape(self.params["W"].shape), "b": dy.sum(axis=(0, 2))}


class StridedAvgPool2D(AvgPool2D):
    """AvgPool2D by the same slices, with the batch first as StridedConv2D has it."""

    def forward(self, x):
        """Map (N, C, H, W) to (N, C, OH, OW)."""
        self.x_shape = x.shape
        output = output_size(x.shape[2:], self.pool_size, self.stride, "pool")
        pixels = window_pixels(output, self.pool_size, self.stride)
        return sum(x[:, :, rows, cols] for _, _, rows, cols in pixels) / math.prod(self.pool_size)

    def backward(self, dy):
        """Map dL/dy (N, C, OH, OW) to dL/dx (N, C, H, W): an equal share to each pixel."""
        dx, share = np.zeros(self.x_shape, dy.dtype), dy / math.prod(self.pool_size)
        for _, _, rows, cols in window_pixels(dy.shape[2:], self.pool_size, self.stride):
            dx[:, :, rows, cols] += share
        return dx


# ---- networks


def climb(model, conv, pool, dtype):
    """Return a network like `model` with other classes of layers and weights of its own.

    Parameters
    ----------
    model : Sequential such as LeNet5
    conv, pool : classes that take the place of Conv2D and of AvgPool2D
    dtype : float32 or float64
    """
    layers = [rung(layer, conv, pool) for layer in model.layers]
    for layer in layers:
        layer.params = {name: p.astype(dtype) for name, p in layer.params.items()}
    return Sequential(layers)


def rung(layer, conv, pool):
    """Return a layer like this one, of the class `conv` or `pool` where it is such a layer."""
    if isinstance(layer, AvgPool2D):
        return pool(layer.pool_size, layer.stride)
    if not isinstance(layer, Conv2D):
        return copy.deepcopy(layer)
    c_out, c_in, *kernel_size = layer.params["W"].shape
    new = conv(c_in, c_out, kernel_size, rng=0)
    new.params = layer.params
    return new
