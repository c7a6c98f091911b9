"""The losses: softmax and cross-entropy in one step, with sharp labels or smoothed ones."""

import numpy as np

from .validate import check_array, check_labels, fraction


class SoftmaxCrossEntropy:
    """Mean over the batch of -log softmax(scores)[label]."""

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K) on labels (N,), integers from 0 to K-1.

        log softmax(s)_k = s_k - log sum_j exp(s_j); subtracting the largest score first changes
        nothing but keeps exp from overflowing, so no log(0) needs to be guarded.
        """
        check_array(scores, (None, None), "scores")
        check_labels(y, *scores.shape)
        if not len(y):
            raise ValueError("the mean loss of no samples is not defined: give at least one")
        shifted = scores - scores.max(axis=1, keepdims=True)
        self.log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, K)
        self.y = y
        return -float(self.log_p[np.arange(len(y)), y].mean())

    def backward(self):
        """Return dL/dscores (N, K) = (softmax(scores) - one_hot(y)) / N."""
        dscores = np.exp(self.log_p)
        dscores[np.arange(len(self.y)), self.y] -= 1
        return dscores / len(self.y)


class SmoothedCrossEntropy(SoftmaxCrossEntropy):
    """Cross-entropy with the share `smoothing` of each label spread over all K classes.

    The target is q = (1 - smoothing) one_hot(y) + smoothing / K, the loss the mean over the batch
    of -sum_k q_k log softmax(scores)_k (Szegedy et al., 2016, section 7). It is lowest not at
    infinite scores, but where softmax(scores) = q.

    Parameters
    ----------
    smoothing : float in [0, 1)
    """

    def __init__(self, smoothing=0.1):
        self.smoothing = fraction(smoothing, "smoothing")

    def __repr__(self):
        return f"{type(self).__name__}(smoothing={self.smoothing})"

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K) on labels (N,), integers from 0 to K-1."""
        sharp = super().forward(scores, y)
        return (1 - self.smoothing) * sharp - self.smoothing * float(self.log_p.mean())

    def backward(self):
        """Return dL/dscores (N, K) = (softmax(scores) - q) / N."""
        n, n_classes = self.log_p.shape
        dscores = np.exp(self.log_p) - self.smoothing / n_classes
        dscores[np.arange(n), self.y] -= 1 - self.smoothing
        return dscores / n
