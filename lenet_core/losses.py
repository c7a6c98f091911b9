"""The loss: softmax and cross-entropy in one step."""

import numpy as np

from .validate import check_array, check_labels


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
