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


class SDLM:
    """Gradient descent with the step size eta / (mu + h) for each parameter (eqs. 18 and 21).

    Parameters
    ----------
    eta : float above 0, the global learning rate
    mu : float of at least 0; keeps a step finite where h is 0
    """

    def __init__(self, eta=ETAS[0], mu=MU):
        self.eta, self.mu = positive(eta, "eta"), not_negative(mu, "mu")
        self.h = None

    def measure(self, model, loss, X, y):
        """Take the curvature h anew, on the patterns X (N, 1, 32, 32) with the labels y (N,)."""
        self.h = curvature(model, loss, X, y)

    def step_sizes(self):
        """Return {name: eta / (mu + h)}."""
        if self.h is None:
            raise ValueError("the curvature is not known yet: call measure before the first step")
        return {name: self.eta / (self.mu + h) for name, h in self.h.items()}

    def step(self, model):
        """Update every parameter of `model` in place from the gradients of its last backward."""
        grads = model.grads
        for name, size in self.step_sizes().items():
            p = model.params[name]
            p -= size * grads[name]
