"""The two losses of 1998, on penalties: the squared distance from the right code, and MAP."""

import numpy as np

from ..validate import check_array, check_labels, positive


class MeanSquaredDistance:
    """Mean over the batch of the right class's penalty (eq. 8)."""

    def forward(self, penalties, y):
        """Return the mean loss of penalties (N, K) on labels (N,), integers from 0 to K-1."""
        _check(penalties, y)
        self.shape, self.y = penalties.shape, y
        return float(penalties[np.arange(len(y)), y].mean())

    def backward(self):
        """Return dL/dpenalties (N, K) = one_hot(y) / N."""
        n, n_classes = self.shape
        return np.eye(n_classes, dtype=np.float32)[self.y] / np.float32(n)

    def curvature(self):
        """Return d2L/dpenalty_i dpenalty_k (N, K, K): the loss is linear, all are 0."""
        n, n_classes = self.shape
        return np.zeros((n, n_classes, n_classes), np.float32)


class MAPLoss:
    """Mean of y_D + log(exp(-j) + sum_i exp(-y_i)): -log of the right class's share (eq. 9).

    Parameters
    ----------
    j : float above 0
        The penalty of one more class, "rubbish": wrong codes farther away than that are pushed no
        more. The paper gives no value.
    """

    def __init__(self, j=1.0):
        self.j = positive(j, "j")

    def __repr__(self):
        return f"{type(self).__name__}(j={self.j})"

    def forward(self, penalties, y):
        """Return the mean loss of penalties (N, K) on labels (N,), integers from 0 to K-1."""
        _check(penalties, y)
        rubbish = np.full((len(y), 1), self.j, penalties.dtype)
        s = -np.concatenate([penalties, rubbish], axis=1)  # (N, K+1)
        most = s.max(axis=1, keepdims=True)
        log_sum = most + np.log(np.exp(s - most).sum(axis=1, keepdims=True))  # (N, 1)
        self.p = np.exp(s - log_sum)[:, :-1]  # (N, K): what is left to 1 is rubbish
        self.y = y
        return float((penalties[np.arange(len(y)), y] + log_sum[:, 0]).mean())

    def backward(self):
        """Return dL/dpenalties (N, K) = (one_hot(y) - p) / N."""
        dpenalties = -self.p
        dpenalties[np.arange(len(self.y)), self.y] += 1
        return dpenalties / len(self.y)

    def curvature(self):
        """Return d2L/dpenalty_i dpenalty_k (N, K, K) = (p_i [i = k] - p_i p_k) / N."""
        p = self.p[:, :, None]  # (N, K, 1)
        return (p * np.eye(p.shape[1], dtype=p.dtype) - p * self.p[:, None]) / len(p)


def _check(penalties, y):
    """Refuse labels that do not fit to the penalties, and no samples at all."""
    check_array(penalties, (None, None), "penalties")
    check_labels(y, *penalties.shape)
    if not len(y):
        raise ValueError("the mean loss of no samples is not defined: give at least one")
