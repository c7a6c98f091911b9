"""Each layer and the loss once more, in loops by the definition: slow, plain, and independent.

Nothing here imports lenet_core. `LAYOUTS` holds the ways in which the same array can lie in memory.
"""

import math

import numpy as np


def im2col(x, kernel, stride):
    """Copy each window, pixel by pixel, into its column."""
    (n, c, h, w), (kh, kw), (sh, sw) = x.shape, kernel, stride
    oh, ow = (h - kh) // sh + 1, (w - kw) // sw + 1
    columns = np.empty((c * kh * kw, oh * ow * n), x.dtype)
    for m, u, v in np.ndindex(c, kh, kw):
        for i, j, s in np.ndindex(oh, ow, n):
            row, column = (m * kh + u) * kw + v, (i * ow + j) * n + s
            columns[row, column] = x[s, m, i * sh + u, j * sw + v]
    return columns


def col2im(columns, x_shape, kernel, stride):
    """Add each entry to the pixel from which im2col would have copied it."""
    places = im2col(np.arange(math.prod(x_shape)).reshape(x_shape), kernel, stride)
    x = np.zeros(math.prod(x_shape), columns.dtype)
    for place, value in zip(places.ravel(), columns.ravel(), strict=True):
        x[place] += value
    return x.reshape(x_shape)


def conv(x, W, b):
    """y[s,o,i,j] = b[o] + sum over c, u, v of W[o,c,u,v] x[s,c,i+u,j+v]."""
    (n, _, h, w), (out, _, kh, kw) = x.shape, W.shape
    y = np.empty((n, out, h - kh + 1, w - kw + 1))
    for s, o, i, j in np.ndindex(y.shape):
        terms = (W[o, c, u, v] * x[s, c, i + u, j + v] for c, u, v in np.ndindex(W.shape[1:]))
        y[s, o, i, j] = b[o] + sum(terms)
    return y


def conv_gradients(x, W, dy):
    """Return dx, dW and db: every product in conv hands dy to both of its factors."""
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(len(W))
    for s, o, i, j in np.ndindex(dy.shape):
        db[o] += dy[s, o, i, j]
        for c, u, v in np.ndindex(W.shape[1:]):
            dW[o, c, u, v] += dy[s, o, i, j] * x[s, c, i + u, j + v]
            dx[s, c, i + u, j + v] += dy[s, o, i, j] * W[o, c, u, v]
    return dx, dW, db


def pool(x, size, stride):
    """y[s,c,i,j] is the mean of the window whose first pixel is (i sh, j sw)."""
    (n, c, h, w), (ph, pw), (sh, sw) = x.shape, size, stride
    y = np.empty((n, c, (h - ph) // sh + 1, (w - pw) // sw + 1))
    for s, m, i, j in np.ndindex(y.shape):
        pixels = [x[s, m, i * sh + u, j * sw + v] for u, v in np.ndindex(ph, pw)]
        y[s, m, i, j] = sum(pixels) / len(pixels)
    return y


def pool_gradient(x_shape, size, stride, dy):
    """Return dx: each pixel of a window receives the same share of its dy."""
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x_shape)
    for s, m, i, j in np.ndindex(dy.shape):
        for u, v in np.ndindex(ph, pw):
            dx[s, m, i * sh + u, j * sw + v] += dy[s, m, i, j] / (ph * pw)
    return dx


def dense(x, W, b):
    """y[s,k] = b[k] + sum over f of x[s,f] W[f,k]."""
    y = np.empty((len(x), len(b)))
    for s, k in np.ndindex(y.shape):
        y[s, k] = b[k] + sum(x[s, f] * W[f, k] for f in range(len(W)))
    return y


def dense_gradients(x, W, dy):
    """Return dx, dW and db."""
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for s, k in np.ndindex(dy.shape):
        db[k] += dy[s, k]
        for f in range(len(W)):
            dW[f, k] += dy[s, k] * x[s, f]
            dx[s, f] += dy[s, k] * W[f, k]
    return dx, dW, db


def softmax(scores):
    """Return exp(s_k) / sum of exp(s_j) for one row of scores."""
    exp = [math.exp(s) for s in scores]
    return np.array([e / sum(exp) for e in exp])


def softmax_jacobian(scores):
    """Return the matrix dp_k/ds_j = p_k (1 if k == j else 0) - p_k p_j for one row of scores."""
    p = softmax(scores)
    return np.diag(p) - np.outer(p, p)


def cross_entropy(scores, y):
    """Return the mean of -log p[label], and its gradient through the Jacobian of softmax."""
    loss, dscores = 0.0, np.zeros(scores.shape)
    for s, label in enumerate(y):
        p, dp = softmax(scores[s]), np.zeros(scores.shape[1])
        loss -= math.log(p[label]) / len(y)
        dp[label] = -1 / (p[label] * len(y))
        dscores[s] = softmax_jacobian(scores[s]).T @ dp
    return loss, dscores


def _batch_last(x):
    axes = (*range(1, x.ndim), 0)
    return np.ascontiguousarray(x.transpose(axes)).transpose(x.ndim - 1, *range(x.ndim - 1))


LAYOUTS = {
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "batch last": _batch_last,
    "every second pixel": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
}


def subsample(x, w, b):
    """y[s,c,i,j] = w[c] (sum of the 2x2 window) + b[c]."""
    n, c, h, width = x.shape
    y = np.empty((n, c, h // 2, width // 2))
    for s, m, i, j in np.ndindex(y.shape):
        y[s, m, i, j] = w[m] * sum(x[s, m, 2 * i + u, 2 * j + v] for u, v in FOUR) + b[m]
    return y


def subsample_gradients(x, w, dy):
    """Return dx, dw and db."""
    dx, dw, db = np.zeros(x.shape), np.zeros(len(w)), np.zeros(len(w))
    for s, m, i, j in np.ndindex(dy.shape):
        db[m] += dy[s, m, i, j]
        for u, v in FOUR:
            dw[m] += dy[s, m, i, j] * x[s, m, 2 * i + u, 2 * j + v]
            dx[s, m, 2 * i + u, 2 * j + v] += dy[s, m, i, j] * w[m]
    return dx, dw, db


FOUR = [(u, v) for u in (0, 1) for v in (0, 1)]


def squared_distances(x, codes):
    """y[s,k] = sum over f of (x[s,f] - codes[k,f])^2."""
    y = np.empty((len(x), len(codes)))
    for s, k in np.ndindex(y.shape):
        y[s, k] = sum((a - c) ** 2 for a, c in zip(x[s], codes[k], strict=True))
    return y


def map_loss(penalties, y, j):
    """Return the mean of y_D + log(e^-j + sum of e^-y_i), term by term."""
    total = 0.0
    for row, label in zip(penalties, y, strict=True):
        total += row[label] + math.log(math.exp(-j) + sum(math.exp(-p) for p in row))
    return total / len(y)
