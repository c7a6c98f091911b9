"""Stochastic gradient descent: the only place where parameters change."""

import numpy as np

from .validate import fraction, positive


class SGD:
    """Gradient descent with momentum: v <- m v - lr g, then p <- p + v.

    Parameters
    ----------
    lr : float above 0, the learning rate
    momentum : float in [0, 1), the share m of the last step that is repeated
    nesterov : bool
        Step by m v - lr g instead of v: the gradient is taken as if at the point that momentum
        is about to reach (Sutskever et al., 2013).
    weight_decay : float in [0, 1)
        Adds weight_decay * W to the gradient of every weight; biases are left alone.

    Notes
    -----
    An optimizer keeps the velocities of one model, by parameter name: make one for each model.
    """

    def __init__(self, lr=0.01, momentum=0.0, nesterov=False, weight_decay=0.0):
        self.lr = positive(lr, "lr")
        self.momentum = fraction(momentum, "momentum")
        self.weight_decay = fraction(weight_decay, "weight_decay")
        if nesterov and not momentum:
            raise ValueError("nesterov=True needs a momentum above 0")
        self.nesterov = bool(nesterov)
        self.velocity = {}

    @property
    def settings(self):
        """What the optimizer was made with, as a dict ready for JSON."""
        names = ("lr", "momentum", "nesterov", "weight_decay")
        return {name: getattr(self, name) for name in names}

    @property
    def state(self):
        """What has to be kept for a run to go on, by parameter name."""
        return self.velocity

    @state.setter
    def state(self, arrays):
        self.velocity = arrays

    def step(self, model):
        """Update every parameter of `model` in place from the gradients of its last backward."""
        grads = model.grads
        for name, p in model.params.items():
            g = grads[name]
            if self.weight_decay and p.ndim > 1:
                g = g + self.weight_decay * p
            if name not in self.velocity:
                self.velocity[name] = np.zeros_like(p)
            v = self.velocity[name]
            v *= self.momentum
            v -= self.lr * g
            p += self.momentum * v - self.lr * g if self.nesterov else v
