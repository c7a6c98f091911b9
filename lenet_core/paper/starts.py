"""Starting weights: what the paper says of them, and how its silences can be read.

App. A draws weights evenly from -2.4/F to 2.4/F, with F the number of inputs of the unit that the
weight leads to. It does not say how biases and the coefficients of S2 and S4 start, nor whether a
bias counts as an input; here it does not.
"""

import numpy as np

from .layers import Subsampling, TableConv2D


def literal(rng, shape, fan_in, kind):
    """Draw everything from -2.4/F to 2.4/F, biases and coefficients too: app. A by the letter."""
    return rng.uniform(-1, 1, shape) * 2.4 / fan_in


def root(rng, shape, fan_in, kind):
    """Draw weights from -1/sqrt(F) to 1/sqrt(F); biases 0, coefficients 1/2."""
    if kind == "W":
        return rng.uniform(-1, 1, shape) / np.sqrt(fan_in)
    return np.full(shape, 0.5 if kind == "w" else 0.0)


def unit(rng, shape, fan_in, kind):
    """Draw weights of variance 1/F; biases 0, coefficients 1/2."""
    return root(rng, shape, fan_in / 3, kind)


STARTS = {start.__name__: start for start in (literal, root, unit)}


def start_weights(model, name, rng):
    """Set all parameters of a LeNet5_1998 by the start of this name."""
    if name not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}, got {name!r}")
    for layer in model.layers:
        for kind, value in layer.params.items():
            value[...] = STARTS[name](rng, value.shape, fan_in(layer, kind), kind)
        if isinstance(layer, TableConv2D):
            layer.params["W"] *= layer.mask


def fan_in(layer, kind):
    """Return how many inputs a unit has: a number, or an array that fits to the parameter."""
    if isinstance(layer, Subsampling):
        return 4
    W = layer.params["W"]
    if isinstance(layer, TableConv2D):
        F = layer.mask.sum(axis=1) * W[0, 0].size  # (out, 1, 1), a number for each map
        return F[..., None] if kind == "W" else F.ravel()
    return W[0].size if W.ndim == 4 else len(W)
