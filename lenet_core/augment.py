"""Augmentation: the same digits, a little moved, for a network that meets none of them twice.

Each function maps a batch (N, C, H, W) to a new one of the same shape and dtype. Digits stand on
an even background, which goes on outside of the image.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .validate import check_array, check_float, check_generator, fraction, not_negative, whole


def shift(X, rng, pixels=2):
    """Move each image by a whole number of pixels, at random.

    Parameters
    ----------
    X : array (N, C, H, W)
    rng : numpy.random.Generator
    pixels : int
        The most it moves in either direction, down or right, each equally likely. The image's
        first pixel is taken for the background that moves in.
    """
    check_moved(X, rng)
    pixels = whole(pixels, "pixels")
    n, _, h, w = X.shape
    frame = np.empty((*X.shape[:2], h + 2 * pixels, w + 2 * pixels), X.dtype)
    frame[...] = X[:, :, :1, :1]
    frame[:, :, pixels : pixels + h, pixels : pixels + w] = X
    windows = sliding_window_view(frame, (h, w), axis=(2, 3))  # (N, C, 2p+1, 2p+1, H, W), a view
    down, right = rng.integers(0, 2 * pixels + 1, (2, n))
    return windows[np.arange(n), :, down, right]


def affine(X, rng, degrees=15, scale=0.15, shear=0.15, pixels=2):
    """Turn, stretch, slant and move each image at random, about its centre.

    A pixel of the new image looks up where it came from: p = M q + c + delta, with q counted
    from the centre c, and takes the mean of the four pixels around p, each weighted by how near
    it is.

    Parameters
    ----------
    X : array (N, C, H, W)
    rng : numpy.random.Generator
    degrees : float; turned by at most so much
    scale : float in [0, 1); height and width, each, divided by 1 - scale to 1 + scale
    shear : float; each row is moved by at most so many pixels a row
    pixels : float; moved by at most so much, down and right
    """
    check_moved(X, rng)
    fraction(scale, "scale")
    for name, value in {"degrees": degrees, "shear": shear, "pixels": pixels}.items():
        not_negative(value, name)
    n, _, h, w = X.shape
    if min(h, w) < 2:
        raise ValueError(f"images must have at least 2 pixels a side, got {h}x{w}")
    centre = np.array([[(h - 1) / 2], [(w - 1) / 2]], np.float32)
    q = np.indices((h, w), np.float32).reshape(2, -1) - centre  # (2, H*W)
    delta = rng.uniform(-pixels, pixels, (n, 2, 1)).astype(np.float32)
    p = _maps(n, rng, degrees, scale, shear) @ q + (centre + delta)  # (N, 2, H*W)
    most = np.array([[h - 1], [w - 1]], np.float32)
    np.clip(p, 0, np.nextafter(most, 0), out=p)  # beyond the edge lies more of the edge
    return bilinear(X, p).reshape(X.shape)


def check_moved(X, rng):
    """Refuse all but float images (N, C, H, W) and a Generator to move them with."""
    check_float(X, "X")
    check_array(X, (None, None, None, None), "X")
    check_generator(rng)


def _maps(n, rng, degrees, scale, shear):
    """Return n matrices (2, 2): turn @ slant @ stretch."""
    angle = np.deg2rad(rng.uniform(-degrees, degrees, n))
    cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(n)
    high, wide = rng.uniform(1 - scale, 1 + scale, (2, n))
    slant = rng.uniform(-shear, shear, n)
    turned = np.array([[cos, -sin], [sin, cos]])
    slanted = np.array([[high, zero], [slant, wide]])
    return np.einsum("ijn,jkn->nik", turned, slanted).astype(np.float32)


def bilinear(X, p):
    """Return X (N, C, H, W) between its pixels: at the places p (N, 2, P), as (N, C, P)."""
    n, c, h, w = X.shape
    corner = np.floor(p)
    down, right = (p - corner).astype(X.dtype, copy=False).transpose(1, 0, 2)[:, :, None]
    image = np.arange(n * c).reshape(n, c, 1) * (h * w)
    place = (corner[:, 0] * w + corner[:, 1]).astype(np.intp)[:, None] + image  # (N, C, P)
    pixels = X.ravel()
    rows = []
    for start in (0, w):  # the row above p, and the one below
        left = pixels.take(place + start)
        left += (pixels.take(place + start + 1) - left) * right
        rows.append(left)
    upper, lower = rows
    return upper + (lower - upper) * down


AUGMENTATIONS = {augment.__name__: augment for augment in (shift, affine)}
