"""What needs no network: class means and nearest neighbours, on digits as rows of bytes.

The chapter "Ask how good is good" builds them; `scripts/measure_baselines.py` measures them.
"""

import numpy as np

from .data import MARGIN


def byte_rows(X):
    """Return digits as rows of the bytes that they were made of, without the added margin.

    Parameters
    ----------
    X : array (N, 1, 32, 32), scaled as "unit"

    Returns
    -------
    float64 array (N, 784) of whole numbers from 0 to 255. Products and sums of such numbers are
    exact, so two ways to compute a distance give the same bits.
    """
    inner = X[:, 0, MARGIN:-MARGIN, MARGIN:-MARGIN]
    return np.rint(255 * inner.astype(np.float64)).reshape(len(X), -1)


def class_means(rows, labels, n_classes=10):
    """Return the mean of the rows of each class, (n_classes, features)."""
    return np.stack([rows[labels == c].mean(axis=0) for c in range(n_classes)])


def squared_distances(A, B):
    """Return the squared distance of each row of A (n, features) to each of B (m, features).

    Returns
    -------
    array (n, m)
    """
    a2 = (A**2).sum(axis=1)[:, None]  # (n, 1)
    b2 = (B**2).sum(axis=1)  # (m,)
    return a2 - 2 * (A @ B.T) + b2


def nearest(distances, k):
    """Return the places of the k smallest distances of each row, the smallest first.

    Of equal distances the lower place comes first.

    Parameters
    ----------
    distances : array (n, m)
    k : int from 1 to m

    Returns
    -------
    int array (n, k)
    """
    return np.argsort(distances, axis=1, kind="stable")[:, :k]


def vote(labels, n_classes=10):
    """Return the class with the most votes in each row; of a tie, the class of the nearest voter.

    Parameters
    ----------
    labels : int array (n, k), the labels of the k nearest, the nearest first

    Returns
    -------
    int array (n,)
    """
    counts = (labels[:, :, None] == np.arange(n_classes)).sum(axis=1)  # (n, classes)
    votes = np.take_along_axis(counts, labels, axis=1)  # (n, k): each voter's class
    first = votes.argmax(axis=1)  # argmax returns the first of equals: the nearest
    return labels[np.arange(len(labels)), first]


def deslant(images):
    """Shear each image so that its ink stands upright: each row moves sideways, by part pixels too.

    Parameters
    ----------
    images : array (N, H, W), paper 0

    Returns
    -------
    float64 array (N, H, W)
    """
    _, h, w = images.shape
    i, j = np.arange(h)[:, None], np.arange(w)
    slants, middles = slant(images)
    shift = slants[:, None, None] * (i - middles[:, None, None])  # (N, H, 1)
    at = np.clip(j + shift, -1, w) + 1  # place in a row framed by one pixel of paper
    left = np.minimum(at.astype(int), w)
    part = at - left
    framed = np.pad(images.astype(np.float64), [(0, 0), (0, 0), (1, 1)])
    value = np.take_along_axis(framed, left, axis=2)
    following = np.take_along_axis(framed, left + 1, axis=2)
    return (1 - part) * value + part * following


def slant(images):
    """Return how far the ink of each image leans, in columns a row, and the middle of its rows.

    Parameters
    ----------
    images : array (N, H, W), paper 0, each with ink in two rows at least

    Returns
    -------
    slants, middles : arrays (N,)
    """
    ink = images / images.sum(axis=(1, 2), keepdims=True)  # adds up to 1
    i, j = np.arange(images.shape[1])[:, None], np.arange(images.shape[2])
    middle_i, middle_j = (ink * i).sum(axis=(1, 2)), (ink * j).sum(axis=(1, 2))
    down, across = i - middle_i[:, None, None], j - middle_j[:, None, None]
    return (ink * down * across).sum(axis=(1, 2)) / (ink * down**2).sum(axis=(1, 2)), middle_i
