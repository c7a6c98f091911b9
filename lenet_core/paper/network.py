"""LeNet-5 as it was published: 60,000 trainable parameters, 340,908 connections."""

import numpy as np

from ..layers import Flatten
from ..model import Sequential, check_digits
from .layers import (
    RBF,
    CurvedConv2D,
    CurvedDense,
    CurvedFlatten,
    ScaledTanh,
    Subsampling,
    TableConv2D,
)
from .starts import start_weights
from .tables import C3_TABLE, DIGIT_CODES

C3 = 4  # its place in `LeNet5_1998.layers`


class CurvedSequential(Sequential):
    """Layers of 1998 one after another, from digits to penalties: the lowest wins."""

    lowest_wins = True

    def backward_curvature(self, d2y):
        """Pass the loss's curvature (N, K, K) back through all the layers, after `backward`."""
        for layer in reversed(self.layers):
            d2y = layer.backward_curvature(d2y)
        return d2y

    @property
    def curvature(self):
        """The second derivatives of all the layers' parameters, under the names of `params`."""
        return {
            f"{i}.{name}": value
            for i, layer in enumerate(self.layers)
            if layer.params
            for name, value in layer.curvature.items()
        }


class LeNet5_1998(CurvedSequential):
    """The network of LeCun et al. (1998), sec. II-B, fig. 2 and table I.

    Parameters
    ----------
    rng : seed or numpy.random.Generator for the starting weights
    dtype : float32 or float64
    start : a name in `lenet_core.paper.starts.STARTS`
    scale : float, of the penalties; see RBF
    shared_input : bool, how the curvature of S2 and S4 is taken; see Subsampling
    """

    def __init__(self, *, rng=None, dtype=np.float32, start="root", scale=1.0, shared_input=True):
        rng = np.random.default_rng(rng)
        like = {"rng": rng, "dtype": dtype}
        pool = {"shared_input": shared_input, "dtype": dtype}
        # fmt: off
        super().__init__([                        # input (N, 1, 32, 32)   parameters  connections
            CurvedConv2D(1, 6, 5, **like),     # C1      (N, 6, 28, 28)         156      122,304
            ScaledTanh(),
            Subsampling(6, **pool),            # S2      (N, 6, 14, 14)          12        5,880
            ScaledTanh(),
            TableConv2D(C3_TABLE, 5, **like),  # C3      (N, 16, 10, 10)      1,516      151,600
            ScaledTanh(),
            Subsampling(16, **pool),           # S4      (N, 16, 5, 5)           32        2,000
            ScaledTanh(),
            CurvedConv2D(16, 120, 5, **like),  # C5      (N, 120, 1, 1)      48,120       48,120
            ScaledTanh(),
            CurvedFlatten(),                   #         (N, 120)
            CurvedDense(120, 84, **like),      # F6      (N, 84)             10,164       10,164
            ScaledTanh(),
            RBF(DIGIT_CODES, scale=scale),     # output  (N, 10)                  0          840
        ])                                     #                             60,000      340,908
        # fmt: on
        start_weights(self, start, rng)

    def forward(self, x):
        """Map digits (N, 1, 32, 32) to penalties (N, 10)."""
        check_digits(x, "LeNet5_1998 input")
        return super().forward(x)

    @property
    def n_params(self):
        """Number of trainable parameters: 60,000."""
        return sum(layer.n_params for layer in self.layers)

    @property
    def n_connections(self):
        """Number of connections, one for each product and each bias added: 340,908."""
        return sum(connections for _, _, _, connections in connection_table(self))


def connection_table(model):
    """Return [(layer name, output shape, parameters, connections)] of a LeNet5_1998."""
    x, rows = np.zeros((1, 1, 32, 32), np.float32), []
    for layer in model.layers:
        x = layer.forward(x)
        if not isinstance(layer, (ScaledTanh, Flatten)):
            rows.append((type(layer).__name__, x.shape[1:], layer.n_params, _connections(layer, x)))
    return rows


def _connections(layer, y):
    """Return how many connections lead to the units `y` of a layer."""
    if isinstance(layer, RBF):
        return layer.codes.size  # a code has no bias
    if isinstance(layer, Subsampling):
        return 5 * y.size  # four pixels and the bias
    return layer.n_params * (y.size // y.shape[1])  # every weight serves each place of its map
