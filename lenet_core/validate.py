"""Checks of what a caller hands in: each names what came, what was expected, and what to do."""

import numbers

import numpy as np


def as_pair(value, name):
    """Return (height, width) of a size given as one positive int or as a pair of them."""
    pair = (value, value) if isinstance(value, numbers.Integral) else value
    try:
        height, width = pair
    except (TypeError, ValueError):
        height = width = None
    return positive_int(height, name, value), positive_int(width, name, value)


def image_shape(value):
    """Return the shape (N, C, H, W) of a batch of images as a tuple."""
    shape = tuple(value)
    if len(shape) != 4:
        raise ValueError(f"the shape of images is (N, C, H, W), got {shape}")
    return shape


def positive_int(value, name, given=None):
    """Return `value` as an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        given = value if given is None else given
        raise ValueError(f"{name} must be a whole number of at least 1, got {given!r}")
    return int(value)


def whole(value, name):
    """Return `value` as an int of at least 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 0:
        raise ValueError(f"{name} must be a whole number of at least 0, got {value!r}")
    return int(value)


def check_generator(rng):
    """Refuse all but a Generator: a seed would draw the same numbers at each call."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            "rng must be a numpy.random.Generator such as np.random.default_rng(0), "
            f"got a {type(rng).__name__}"
        )


def not_negative(value, name):
    """Return `value`, a finite real number of at least 0, as a float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value < np.inf:
        raise ValueError(f"{name} must be a number of at least 0, got {value!r}")
    return float(value)


def positive(value, name):
    """Return `value`, a finite real number above 0, as a float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < value < np.inf:
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return float(value)


def fraction(value, name):
    """Return `value`, a real number in [0, 1), as a float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value < 1:
        raise ValueError(f"{name} must be a number in [0, 1), got {value!r}")
    return float(value)


def check_array(x, shape, name, advice=""):
    """Refuse `x` unless it is an array of this shape; None stands for any size.

    The message spells the expected shape with N for the first None, "(N, 1, 32, 32)", and ends
    with the advice.
    """
    given = getattr(x, "shape", None)
    fits = given is not None and len(given) == len(shape)
    if not fits or any(want not in (None, size) for want, size in zip(shape, given, strict=True)):
        found = f"shape {given}{advice}" if given is not None else no_array(x)
        raise ValueError(f"{name} must be an array of shape {spell(shape)}, got {found}")


def no_array(x):
    """Name what `x` is instead of an array, and how to make one of it."""
    return f"a {type(x).__name__}: make an array of it with np.asarray"


def spell(shape):
    """Write a shape with a letter for each size that is free: (None, 3) as "(N, 3)"."""
    letters = "NCHW" if len(shape) == 4 else "NKLM"
    sizes = [
        letter if size is None else str(size) for letter, size in zip(letters, shape, strict=False)
    ]
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def check_float(x, name):
    """Refuse all but arrays of floats: pixels are scaled before they enter the network."""
    if not isinstance(x, np.ndarray):
        raise ValueError(f"{name} must hold float32 or float64 numbers, got {no_array(x)}")
    if x.dtype not in (np.float32, np.float64):
        raise ValueError(
            f"{name} must hold float32 or float64 numbers, got {x.dtype}: "
            "scale pixels with lenet_core.scale_pixels, or cast with .astype(np.float32)"
        )


def as_float(x, dtype, name):
    """Return `x`, an array of floats, in the dtype of the layer that it enters."""
    check_float(x, name)
    return x.astype(dtype, copy=False)


def check_finite(x, name):
    """Refuse NaN and infinity."""
    bad = x.size - np.count_nonzero(np.isfinite(x))
    if bad:
        raise ValueError(f"{name} must be finite, got NaN or infinity in {bad} of {x.size} places")


def check_labels(y, n, n_classes):
    """Refuse labels that are not `n` integers from 0 to `n_classes` - 1."""
    advice = ": a label is one integer; one-hot rows become labels with y.argmax(axis=1)"
    check_array(y, (n,), "labels", advice if np.ndim(y) == 2 else "")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels must be integers, got {y.dtype}: cast with .astype(np.int64)")
    if n and (y.min() < 0 or y.max() >= n_classes):
        raise ValueError(
            f"labels must lie in 0 to {n_classes - 1}, got values from {y.min()} to {y.max()}: "
            "classes are counted from 0"
        )


def check_fits(image, window, name):
    """Refuse a window (height, width) larger than the image it moves over."""
    if window[0] > image[0] or window[1] > image[1]:
        raise ValueError(
            f"{name} {window[0]}x{window[1]} is larger than the image, "
            f"{image[0]}x{image[1]}: pad the image or use a smaller one"
        )
