"""Layers in a row, and LeNet-5 as a table of them."""

import numpy as np

from .layers import AvgPool2D, Conv2D, Dense, Flatten, Layer, Tanh
from .validate import check_array


class Sequential(Layer):
    """Layers one after another; itself a layer, so it nests and is checked like one.

    Parameters
    ----------
    layers : list of layers

    Attributes
    ----------
    params, grads : dict of str to array
        Those of all the layers, the name preceded by the layer's place: "0.W", "0.b", "4.W" ...
    """

    def __init__(self, layers):
        self.layers = list(layers)

    def forward(self, x):
        """Pass x through all the layers, first to last."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy):
        """Pass dL/dy back through all the layers, last to first, and return dL/dx."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def set_grads(self, dy):
        """Set the gradients of all the layers, without dL/dx, which training has no use for."""
        first, *rest = self.layers
        for layer in reversed(rest):
            dy = layer.backward(dy)
        first.set_grads(dy)

    @property
    def params(self):
        """The parameters of all the layers: the arrays themselves, not copies."""
        return self._collect("params")

    @property
    def grads(self):
        """The gradients of all the layers, as the last backward left them."""
        return self._collect("grads")

    def _collect(self, kind):
        return {
            f"{i}.{name}": value
            for i, layer in enumerate(self.layers)
            for name, value in getattr(layer, kind).items()
        }


class LeNet5(Sequential):
    """LeNet-5 as it is taught today: tanh, average pooling, softmax scores; 61,706 parameters.

    Named and sized after LeCun et al. (1998), sec. II-B and fig. 2. The network of the paper
    differs: C3 sees only some of S2's maps (table I), S2 and S4 have a coefficient and a bias
    for each map, tanh is scaled (eq. 6), and the output is ten radial basis functions (eq. 7).

    Parameters
    ----------
    rng : seed or numpy.random.Generator for the starting weights
    dtype : float32 or float64
    """

    def __init__(self, *, rng=None, dtype=np.float32):
        like = {"rng": np.random.default_rng(rng), "dtype": dtype}
        # fmt: off
        super().__init__([                                # input (N, 1, 32, 32)    parameters
            Conv2D(1, 6, 5, **like),      # C1              (N, 6, 28, 28)           156
            Tanh(),                       #                 (N, 6, 28, 28)             0
            AvgPool2D(2),                 # S2              (N, 6, 14, 14)             0
            Tanh(),                       #                 (N, 6, 14, 14)             0
            Conv2D(6, 16, 5, **like),     # C3              (N, 16, 10, 10)        2,416
            Tanh(),                       #                 (N, 16, 10, 10)            0
            AvgPool2D(2),                 # S4              (N, 16, 5, 5)              0
            Tanh(),                       #                 (N, 16, 5, 5)              0
            Conv2D(16, 120, 5, **like),   # C5              (N, 120, 1, 1)        48,120
            Tanh(),                       #                 (N, 120, 1, 1)             0
            Flatten(),                    #                 (N, 120)                   0
            Dense(120, 84, **like),       # F6              (N, 84)               10,164
            Tanh(),                       #                 (N, 84)                    0
            Dense(84, 10, **like),        # output scores   (N, 10)                  850
        ])                                #                                       61,706
        # fmt: on

    def forward(self, x):
        """Map digits (N, 1, 32, 32) to scores (N, 10)."""
        check_digits(x, "LeNet5 input")
        return super().forward(x)


def check_digits(x, name):
    """Refuse all but framed digits (N, 1, 32, 32), and say what is to be done."""
    advice = ""
    if np.ndim(x) == 3:
        advice = ": x[:, None] adds the axis of channels"
    elif np.shape(x)[-2:] == (28, 28):
        advice = (
            ": frame the digits with 2 pixels of background, np.pad(x, ((0, 0), (0, 0), (2, 2),"
            " (2, 2)), constant_values=x.min()), or make them from bytes with scale_pixels"
        )
    check_array(x, (None, 1, 32, 32), name, advice)


def layer_table(model, x):
    """Return [(layer name, output shape, number of parameters)] for a forward pass of `x`.

    The batch size is left out of the shapes.
    """
    rows = []
    for layer in model.layers:
        x = layer.forward(x)
        rows.append((type(layer).__name__, x.shape[1:], layer.n_params))
    return rows
