"""Gradients by central differences: the independent witness of every backward pass."""

from contextlib import contextmanager

import numpy as np

STEP = 1e-5  # in float64 this balances the curve's bend (h^2) against rounding (1e-16 / h)
FLOOR = 1e-8  # below this size a gradient counts as zero


def gradient_check(layer, x, *, y=None, loss=None, rng=0, h=STEP, max_entries=500):
    """Compare a layer's backward pass with central differences, in float64.

    The outputs are mixed into one number L = sum(dy * forward(x)) by random dy, unless `loss`
    and its labels `y` make that number.

    Parameters
    ----------
    layer : Layer
        Any object with forward, backward, params and grads; a whole model too. Its parameters
        are cast to float64 for the check and given back untouched.
    x : array, the input; cast to float64
    y, loss : labels and a loss with forward(scores, y) and backward(), both or none
    rng : seed or numpy.random.Generator for dy and for the directions
    h : float, the step of the differences
    max_entries : int
        Arrays of up to so many entries are checked entry by entry; larger ones along three
        random directions V: sum(gradient * V) against a difference along V.

    Returns
    -------
    float
        The largest `relative_error` over the input and every parameter: about 1e-9 for right
        code; a gradient wrong by a factor c gives ``|c - 1| / (|c| + 1)``.
    """
    errors = gradient_errors(layer, x, y=y, loss=loss, rng=rng, h=h, max_entries=max_entries)
    return float(np.max(list(errors.values())))  # unlike max(), this never loses a NaN


def gradient_errors(layer, x, *, y=None, loss=None, rng=0, h=STEP, max_entries=500):
    """Return {name: relative error} for the input "x" and every parameter; see gradient_check."""
    if (y is None) != (loss is None):
        raise ValueError("labels y and a loss go together: give both or none")
    rng = np.random.default_rng(rng).spawn(1)[0]  # x may come from the same seed: dy must not be x
    x = np.array(x, dtype=np.float64)
    with in_float64(layer):
        objective, dy = _objective(layer, x, y, loss, rng)
        dx = np.array(layer.backward(dy), dtype=np.float64)
        grads = {"x": dx} | {name: g.copy() for name, g in layer.grads.items()}
        values = {"x": x} | layer.params
        errors = {}
        for name, value in values.items():
            if name not in grads:
                raise ValueError(f"backward set no gradient for the parameter {name!r}")
            errors[name] = _error(objective, value, grads[name], rng, h, max_entries)
    return errors


def _objective(layer, x, y, loss, rng):
    """Return the scalar L as a function of no argument, and dL/d(output of the layer)."""
    output = layer.forward(x)
    if loss is not None:
        loss.forward(output, y)
        return (lambda: loss.forward(layer.forward(x), y)), loss.backward()
    dy = rng.normal(size=output.shape)
    return (lambda: float((layer.forward(x) * dy).sum())), dy


def _error(objective, value, grad, rng, h, max_entries):
    if grad.shape != value.shape:
        raise ValueError(f"a gradient of shape {grad.shape} for an array of shape {value.shape}")
    if value.size <= max_entries:
        return relative_error(grad, numerical_gradient(objective, value, h))
    directions = [rng.normal(size=value.shape) for _ in range(3)]
    slopes = [directional_derivative(objective, value, v, h) for v in directions]
    errors = [
        relative_error(np.sum(grad * v), slope) for v, slope in zip(directions, slopes, strict=True)
    ]
    return np.max(errors)


def numerical_gradient(f, x, h=STEP):
    """Return df/dx for the scalar f() of no argument that reads the float64 array `x`.

    (f(x + h) - f(x - h)) / 2h for one entry at a time; each entry is restored.
    """
    if x.dtype != np.float64:
        raise ValueError(f"central differences need float64, got {x.dtype}")
    grad = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        below = f()
        x[i] = kept
        grad[i] = (above - below) / (2 * h)
    return grad


def directional_derivative(f, x, v, h=STEP):
    """Return the slope of f() along `v` at the float64 array `x`, which is restored."""
    kept = x.copy()
    x += h * v
    above = f()
    x[...] = kept - h * v
    below = f()
    x[...] = kept
    return (above - below) / (2 * h)


def relative_error(a, n):
    """Return ``|a - n| / max(1e-8, |a| + |n|)`` with Euclidean norms: 0 equal, 1 opposite.

    Free of scale, so that one tolerance serves every layer.
    """
    norm = np.linalg.norm
    return float(norm(np.subtract(a, n)) / max(FLOOR, norm(a) + norm(n)))


@contextmanager
def in_float64(layer):
    """Cast the parameters of a layer, or of all layers of a model, to float64 for a while."""
    leaves = list(_leaves(layer))
    kept = [(leaf, leaf.params, leaf.grads) for leaf in leaves]
    try:
        for leaf in leaves:
            leaf.params = {k: v.astype(np.float64) for k, v in leaf.params.items()}
            leaf.grads = {}
        yield
    finally:
        for leaf, params, grads in kept:
            leaf.params, leaf.grads = params, grads


def _leaves(layer):
    """Yield the layers that hold parameters themselves."""
    if not hasattr(layer, "layers"):
        yield layer
    else:
        for part in layer.layers:
            yield from _leaves(part)
