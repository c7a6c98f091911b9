"""Stochastic diagonal Levenberg-Marquardt: a step size for every weight (app. C)."""

import numpy as np

from ..validate import not_negative, positive

ETAS = 2 * (0.0005,) + 3 * (0.0002,) + 3 * (0.0001,) + 4 * (0.00005,) + 8 * (0.00001,)  # sec. III-B
MU = 0.02  # sec. III-B
N_CURVATURE = 500  # patterns (sec. III-B)


def curvature(model, loss, X, y, batch_size=100):
    """Return h, the mean over the patterns of d2L/dp2, for every parameter of a LeNet5_1998.

    The Gauss-Newton diagonal of eqs. 23 to 27: sums over the places that share a weight, and a
    mean over the patterns alone. No entry is negative.

    Parameters
    ----------
    model : LeNet5_1998
    loss : MeanSquaredDistance or MAPLoss
    X : array (N, 1, 32, 32)
    y : integer array (N,)
    batch_size : int; how many patterns pass at a time

    Returns
    -------
    dict of str to array, under the names of `model.params`
    """
    total = {name: np.zeros_like(value) for name, value in model.params.items()}
    for start in range(0, len(X), batch_size):
        part = slice(start, start + batch_size)
        loss.forward(model.forward(X[part]), y[part])
        model.backward(loss.backward())
        model.backward_curvature(loss.curvature())
        for name, h in model.curvature.items():
            total[name] += h * np.float32(len(X[part]) / len(X))  # a loss is a mean over its batch
    return total


def newest(h, new, n):
    """Forget what was measured before: the paper by the letter."""
    return new


def mean(h, new, n):
    """Return the mean of all n measurements, `h` being that of those before."""
    return h + (new - h) / n


def largest(h, new, n):
    """Return the largest of all measurements, parameter by parameter."""
    return np.maximum(h, new)


MEMORIES = {memory.__name__: memory for memory in (newest, mean, largest)}


class SDLM:
    """Gradient descent with the step size eta / (mu + h) for each parameter (eqs. 18 and 21).

    Parameters
    ----------
    eta : float above 0, the global learning rate
    mu : float of at least 0; keeps a step finite where h is 0
    memory : a name in MEMORIES
        What `measure` makes of the curvature and of those that it took before. The paper has it
        measured anew before each pass, and does not say whether the old one is forgotten.
    """

    def __init__(self, eta=ETAS[0], mu=MU, memory="newest"):
        self.eta, self.mu = positive(eta, "eta"), not_negative(mu, "mu")
        if memory not in MEMORIES:
            raise ValueError(f"memory must be one of {', '.join(MEMORIES)}, got {memory!r}")
        self.memory, self.h, self.n_measured = memory, {}, 0

    @property
    def state(self):
        """What has to be kept for a run to go on, by parameter name."""
        return self.h

    @state.setter
    def state(self, arrays):
        self.h = arrays

    def measure(self, model, loss, X, y):
        """Take the curvature on the patterns X (N, 1, 32, 32) with the labels y (N,)."""
        new, self.n_measured = curvature(model, loss, X, y), self.n_measured + 1
        keep = MEMORIES[self.memory]
        self.h = {name: keep(self.h.get(name, h), h, self.n_measured) for name, h in new.items()}

    def step_sizes(self):
        """Return {name: eta / (mu + h)}."""
        if not self.h:
            raise ValueError("no curvature yet: call measure before step")
        return {name: self.eta / (self.mu + h) for name, h in self.h.items()}

    def step(self, model):
        """Update every parameter of `model` in place from the gradients of its last backward."""
        grads = model.grads
        for name, size in self.step_sizes().items():
            p = model.params[name]
            p -= size * grads[name]
