"""The layers of the network of 1998, each with a second backward pass for the curvature.

`backward_curvature` maps d2L/dy2 to d2L/dx2, entry by entry, and sets `curvature`, the same for
the parameters: the Gauss-Newton diagonal of LeCun et al. (1998), app. C, eqs. 23 to 27. It is the
backward pass with every weight, slope and input squared, and follows a `forward`.
"""

import numpy as np

from ..columns import col2im, window_pixels
from ..layers import Conv2D, Dense, Flatten, Layer
from ..validate import as_float, check_array, check_float, positive, positive_int

A, S = 1.7159, 2 / 3  # eq. 6 and app. A: f(1) = 1 and f(-1) = -1


class ScaledTanh(Layer):
    """y = A tanh(S x), entry by entry, with A = 1.7159 and S = 2/3 unless given (eq. 6)."""

    def __init__(self, A=A, S=S):
        super().__init__()
        self.A, self.S = A, S

    def forward(self, x):
        """Map x to A tanh(S x), of the same shape."""
        self.y = self.A * np.tanh(self.S * x)
        return self.y

    def slope(self):
        """Return f'(x) = S/A (A^2 - y^2)."""
        return self.S / self.A * (self.A * self.A - self.y * self.y)

    def backward(self, dy):
        """Map dL/dy to dL/dx = dL/dy f'(x)."""
        return dy * self.slope()

    def backward_curvature(self, d2y):
        """Map d2L/dy2 to d2L/dx2 = d2L/dy2 f'(x)^2; the term with f'' is left out (eq. 27)."""
        return d2y * self.slope() ** 2


class CurvedConv2D(Conv2D):
    """Conv2D with a second backward pass: C1 and C5."""

    def backward_curvature(self, d2y):
        """Map d2L/dy2 (N, out, OH, OW) to d2L/dx2 (N, C, H, W); set `curvature`."""
        d2y, W = self._as_rows(d2y), self.params["W"]  # (out, OH*OW*N)
        d2W = d2y @ (self.columns**2).T  # (out, C*kh*kw), summed over the places (eq. 23)
        self.curvature = {"W": d2W.reshape(W.shape), "b": d2y.sum(axis=1)}
        d2columns = (W**2).reshape(len(W), -1).T @ d2y  # (C*kh*kw, OH*OW*N)
        return col2im(d2columns, self.x_shape, self.kernel_size)


class TableConv2D(CurvedConv2D):
    """CurvedConv2D whose output maps read only some input maps: C3 (table I).

    Parameters
    ----------
    table : tuple of tuples of int, the input maps that each output map reads
    kernel_size : int or (height, width), in pixels
    rng : seed or numpy.random.Generator for the starting weights
    dtype : float32 or float64

    Attributes
    ----------
    params : "W" (out, in, kh, kw), 0 where the table has no connection, and "b" (out,)
    mask : bool (out, in, 1, 1), True where it has one
    """

    def __init__(self, table, kernel_size, *, rng=None, dtype=np.float32):
        n_in = 1 + max(max(maps) for maps in table)
        super().__init__(n_in, len(table), kernel_size, rng=rng, dtype=dtype)
        self.mask = np.zeros((len(table), n_in, 1, 1), bool)
        for k, maps in enumerate(table):
            self.mask[k, list(maps)] = True
        self._cut()

    def _cut(self):
        """Set every weight to 0 that has no connection, whatever was written there."""
        np.copyto(self.params["W"], 0, where=~self.mask)

    @property
    def n_params(self):
        """Number of trainable parameters: those that the table lets in."""
        kh, kw = self.kernel_size
        return int(self.mask.sum()) * kh * kw + len(self.mask)

    def forward(self, x):
        """Map images (N, in, H, W) to feature maps (N, out, OH, OW)."""
        self._cut()
        return super().forward(x)

    def set_grads(self, dy):
        """Set dL/dW, 0 where there is no connection, and dL/db."""
        super().set_grads(dy)
        self.grads["W"] *= self.mask

    def backward_curvature(self, d2y):
        """Map d2L/dy2 (N, out, OH, OW) to d2L/dx2 (N, in, H, W); set `curvature`."""
        d2x = super().backward_curvature(d2y)
        self.curvature["W"] *= self.mask
        return d2x


class CurvedDense(Dense):
    """Dense with a second backward pass: F6."""

    def backward_curvature(self, d2y):
        """Map d2L/dy2 (N, out_features) to d2L/dx2 (N, in_features); set `curvature`."""
        self.curvature = {"W": (self.x**2).T @ d2y, "b": d2y.sum(axis=0)}
        return d2y @ (self.params["W"] ** 2).T


class CurvedFlatten(Flatten):
    """Flatten with a second backward pass."""

    def backward_curvature(self, d2y):
        """Map (N, C*H*W) back to (N, C, H, W)."""
        return self.backward(d2y)


class Subsampling(Layer):
    """Sum of 2x2 pixels, times a coefficient, plus a bias, both of the map: S2, S4 (sec. II-B).

    Parameters
    ----------
    n_maps : int
    shared_input : bool
        The curvature of a coefficient w: with True, w has one input, the sum s of four pixels,
        and d2L/dw2 sums d2L/dy2 s^2; with False it is four connections that share w, and eq. 23
        sums d2L/dy2 (p1^2 + p2^2 + p3^2 + p4^2). The paper does not say.
    dtype : float32 or float64

    Attributes
    ----------
    params : "w" (n_maps,), 1/2 at the start, and "b" (n_maps,), 0 at the start
    """

    def __init__(self, n_maps, *, shared_input=True, dtype=np.float32):
        super().__init__()
        n_maps = positive_int(n_maps, "n_maps")
        self.shared_input = shared_input
        self.params = {"w": np.full(n_maps, 0.5, dtype), "b": np.zeros(n_maps, dtype)}

    def forward(self, x):
        """Map (N, C, H, W), H and W even, to (N, C, H/2, W/2)."""
        w, b = self.params["w"], self.params["b"]
        check_array(x, (None, len(w), None, None), "Subsampling input")
        if x.shape[2] % 2 or x.shape[3] % 2:
            raise ValueError(
                "Subsampling input must have an even height and width, got "
                f"{x.shape}: windows of 2x2 pixels are to fill it"
            )
        self.x = as_float(x, w.dtype, "Subsampling input")
        self.s = sum_of_four(self.x)  # (N, C, H/2, W/2)
        return as_map(w) * self.s + as_map(b)

    def backward(self, dy):
        """Map dL/dy (N, C, H/2, W/2) to dL/dx (N, C, H, W); set dL/dw and dL/db."""
        dw = (dy * self.s).sum(axis=(0, 2, 3))
        self.grads = {"w": dw, "b": dy.sum(axis=(0, 2, 3))}
        return to_all_four(as_map(self.params["w"]) * dy)

    def backward_curvature(self, d2y):
        """Map d2L/dy2 (N, C, H/2, W/2) to d2L/dx2 (N, C, H, W); set `curvature`."""
        squares = self.s**2 if self.shared_input else sum_of_four(self.x**2)
        d2w = (d2y * squares).sum(axis=(0, 2, 3))
        self.curvature = {"w": d2w, "b": d2y.sum(axis=(0, 2, 3))}
        return to_all_four(as_map(self.params["w"]) ** 2 * d2y)


class RBF(Layer):
    """Squared distance of the input from each of K fixed codes, times a factor (eq. 7).

    Parameters
    ----------
    codes : array (K, features)
    scale : float; 1 in the paper
        Read as a Gaussian around each code, the penalty is -log of its density but for a
        constant, and its variance is 1 / (2 scale).

    Notes
    -----
    The output is a penalty: the lowest wins.
    """

    def __init__(self, codes, *, scale=1.0):
        super().__init__()
        check_float(codes, "codes")
        self.codes, self.scale = codes, positive(scale, "scale")

    def forward(self, x):
        """Map features (N, features) to penalties (N, K)."""
        check_array(x, (None, self.codes.shape[1]), "RBF input")
        self.difference = x[:, None] - self.codes  # (N, K, features), float64 if x is
        return self.scale * (self.difference**2).sum(axis=2)

    def backward(self, dy):
        """Map dL/dy (N, K) to dL/dx (N, features)."""
        self.dy = dy
        return 2 * self.scale * np.einsum("nk,nkf->nf", dy, self.difference)

    def backward_curvature(self, d2y):
        """Map the loss's d2L/dy_i dy_k (N, K, K) to d2L/dx2 (N, features); after `backward`.

        This is exact: sum over i, k of d2L/dy_i dy_k dy_i/dx dy_k/dx, and of dL/dy_i d2y_i/dx2.
        """
        dydx = 2 * self.scale * self.difference  # (N, K, features)
        bend = 2 * self.scale * self.dy.sum(axis=1, keepdims=True)  # (N, 1)
        return np.einsum("nik,nif,nkf->nf", d2y, dydx, dydx, optimize=True) + bend


def as_map(values):
    """View one number for each map (C,) as (C, 1, 1)."""
    return values[:, None, None]


def sum_of_four(x):
    """Add the pixels of each 2x2 window: (N, C, H, W) to (N, C, H/2, W/2)."""
    return sum(x[:, :, rows, cols] for rows, cols in _four(x.shape))


def to_all_four(share):
    """Hand each pixel of a 2x2 window the whole share: (N, C, H/2, W/2) to (N, C, H, W)."""
    return share.repeat(2, axis=2).repeat(2, axis=3)


def _four(shape):
    """Return the (rows, cols) of the four pixels of all windows."""
    half = shape[2] // 2, shape[3] // 2
    return [(rows, cols) for _, _, rows, cols in window_pixels(half, 2, 2)]
