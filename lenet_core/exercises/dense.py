"""Checkers of the chapter "Weigh and add: Dense and the chain rule"."""

import functools

import numpy as np

from .checker import Case, NotStarted, run_cases, same

X = np.array([[1, 2, 0], [3, -1, 2]])
W = np.array([[2, 1], [-1, 3], [4, -2]])
USES = "db has the shape of b, (out,): each sample uses b once, so add over the axis of samples"


def hand_gradients(dW, db, dX):
    """Check the gradients of the example for dY = [[0, 0], [2, 0]]; None is not started.

    Parameters
    ----------
    dW : (3, 2), db : (2,), dX : (2, 3); arrays or nested lists
    """
    answers = {"db": db, "dW": dW, "dX": dX}
    if any(value is None for value in answers.values()):
        raise NotStarted("gradients by hand: replace each None by your numbers")
    dY = np.array([[0, 0], [2, 0]])
    right = {"db": dY.sum(axis=0), "dW": X.T @ dY, "dX": dY @ W.T}
    hints = {"db": db_hints(dY), "dW": dw_hints(dY), "dX": dx_hints(dY)}
    for name, value in answers.items():
        same(name, value, right[name], hints[name], reveal=False)
    print("gradients by hand: all three right")


def db_hints(dY):
    """Return the values of db that common slips give, each with its hint."""
    return [
        (dY.sum(axis=1), "this sums over the outputs; db has one entry for each output"),
        (dY.sum(axis=0) / 2, "no mean: the layer adds over the batch"),
        (dY.sum(), "one number for each output, not one in all"),
    ]


def dw_hints(dY):
    """Return the values of dW that common slips give, each with its hint."""
    return [
        (X.T @ dY / 2, "this is the sample itself; multiply it by its slope in dY"),
        (X.T @ dY[::-1], "these are inputs of sample 0; its slopes are 0"),
        (X.T @ dY[:, ::-1], "output 1 has slope 0; only weights of output 0 get a gradient"),
        (W @ dY, "these are multiples of W; dW collects inputs"),
        (X.T * 2, "multiply by dY, zeros included: sample 0 and output 1 have slope 0"),
    ]


def dx_hints(dY):
    """Return the values of dX that common slips give, each with its hint."""
    return [
        (dY @ W.T / 2, "these are the weights themselves; multiply them by the slope in dY"),
        (dY[::-1] @ W.T, "the slope belongs to sample 1: its row of dX"),
        (dY[:, ::-1] @ W.T, "these are the weights of output 1; the slope belongs to output 0"),
        (dY.sum() * X * [[0], [1]], "these are multiples of x; dX collects weights"),
        (2 * W.T, "multiply by dY, zeros included: sample 0 and output 1 have slope 0"),
    ]


def chain(function):
    """Check function(x, W1, W2, dy) -> dW1 of y = (x @ W1) @ W2."""
    sizes = {
        "one number, one unit, one output": (1, 1, 1, 1),
        "one sample": (1, 3, 2, 4),
        "two samples": (2, 3, 4, 1),
        "all sizes different": (5, 4, 3, 2),
        "all sizes equal": (3, 3, 3, 3),
    }
    rng = np.random.default_rng(0)
    run_cases("dW1", function, [chain_case(rng, *case) for case in sizes.items()])


def chain_case(rng, label, sizes):
    """Return the case of two layers of random whole numbers."""
    n, k, m, o = sizes
    x, W1, W2, dy = whole(rng, (n, k), (k, m), (m, o), (n, o))
    right = x.T @ (dy @ W2.T)
    hints = [
        ((x @ W1).T @ dy, "this is dW2, the gradient of the second layer's weights"),
        (right / n, "divided by the number of samples: only the loss does that"),
    ]
    if m == o:
        hints.append((x.T @ (dy @ W2), "dh needs the transpose of W2"))
        hints.append((x.T @ dy, "dy is the gradient of y; first take it back through W2"))
    return Case(label, (x, W1, W2, dy), right, tuple(hints))


def dense_backward(function):
    """Check function(x, W, dy) -> (dx, dW, db)."""
    sizes = {
        "one number": (1, 1, 1),
        "one sample, one output": (1, 3, 1),
        "two samples, one output": (2, 3, 1),
        "all sizes different": (4, 3, 2),
        "more outputs than inputs": (3, 2, 5),
        "all sizes equal": (3, 3, 3),
    }
    rng = np.random.default_rng(1)
    arguments = {label: whole(rng, (n, k), (k, o), (n, o)) for label, (n, k, o) in sizes.items()}
    run_parts(("dx", "dW", "db"), function, arguments, backward_parts)


def backward_parts(x, W, dy):
    """Return [(right value, hints)] of dx, dW and db."""
    n, (k, o) = len(x), W.shape
    mean = (" divided by the number of samples: only the loss does that",)
    dx, dW, db = dy @ W.T, x.T @ dy, dy.sum(axis=0)
    hints = [[], [(dW / n, "dW is" + mean[0])], [(db / n, "db is" + mean[0])]]
    hints[1] += [(dW.T, "this is dW transposed: it has to have the shape of W")]
    hints[2] += [
        (dy.sum(axis=1), "db sums over the samples, axis 0, not over the outputs"),
        (db[None], USES),
        (dy, USES),
        (dy.sum(), "db has one entry for each output, not one in all"),
    ]
    if k == o:
        hints[0] += [(dy @ W, "dx needs the transpose of W; a square W hides that")]
    return list(zip((dx, dW, db), hints, strict=True))


def loss_gradients(function):
    """Check function(x, W, b, t) -> (dW, db) of the mean of half the squared distances."""
    sizes = {
        "one sample, one output": (1, 2, 1),
        "one sample": (1, 3, 2),
        "two samples": (2, 3, 1),
        "all sizes different": (5, 3, 2),
    }
    rng = np.random.default_rng(2)
    arguments = {
        label: whole(rng, (n, k), (k, o), (o,), (n, o)) for label, (n, k, o) in sizes.items()
    }
    run_parts(("dW", "db"), function, arguments, loss_parts)


def loss_parts(x, W, b, t):
    """Return [(right value, hints)] of dW and db."""
    n, difference = len(x), x @ W + b - t
    parts = []
    for total in (x.T @ difference, difference.sum(axis=0)):
        hints = [
            (total / n / n, "1/N times the right answer: the mean is taken twice"),
            (total, "N times the right answer: the loss is a mean, so divide dy by N"),
            (-total / n, "the sign is turned: L rises with y - t"),
            (2 * total / n, "twice the right answer: the loss has a factor 1/2"),
            (total / n / difference.shape[1], "the mean is over samples only, not over outputs"),
        ]
        parts.append((total / n, hints))
    return parts


def moved_error(function):
    """Check function(W, b, X, y, pixels) -> error in per cent on digits moved to the right."""
    rng = np.random.default_rng(3)
    sizes = {
        "one image, not moved": (1, 3, 2, 0),
        "ten images, not moved": (10, 4, 3, 0),
        "ten images, moved by one pixel": (10, 4, 3, 1),
        "forty images, moved by two pixels": (40, 7, 4, 2),
        "forty images, moved by one pixel": (40, 5, 10, 1),
    }
    run_cases("error", function, [moved_case(rng, *case) for case in sizes.items()])


def moved_case(rng, label, size):
    """Return the case of random images with a blank frame as wide as the move, 0 at least."""
    n, side, classes, pixels = size
    inner = slice(pixels, side - pixels)
    images = np.full((n, 1, side, side), -0.1)
    images[:, :, inner, inner] = rng.normal(size=images[:, :, inner, inner].shape)
    weights = rng.normal(size=(side * side, classes))
    bias, labels = 3 * rng.normal(size=classes), rng.integers(0, classes, n)
    right = percent_wrong(weights, bias, images, labels, pixels)
    others = {
        "this is a move to the left": percent_wrong(weights, bias, images, labels, -pixels),
        "this is a move down: the width is the last axis": percent_wrong(
            weights, bias, images, labels, pixels, axis=2
        ),
        "the digits were not moved": percent_wrong(weights, bias, images, labels, 0),
        "the bias is missing": percent_wrong(weights, 0 * bias, images, labels, pixels),
    }
    hints = [
        (right / 100, "this is a share; the answer is wanted in per cent"),
        (100 - right, "these are the right answers; the error counts the wrong ones"),
        (1 - right / 100, "these are the right answers, as a share"),
        (right * n / 100, "this is how many are wrong; the answer is wanted in per cent"),
        *[(value, hint) for hint, value in others.items()],
    ]
    return Case(label, (weights, bias, images, labels, pixels), right, tuple(hints))


def percent_wrong(weights, bias, images, labels, pixels, axis=3):
    """Return the error on images moved along `axis`, in per cent."""
    moved = np.roll(images, pixels, axis=axis).reshape(len(images), -1)
    return float(100 * np.mean((moved @ weights + bias).argmax(axis=1) != labels))


def merge(function):
    """Check function(W1, b1, W2, b2) -> (W, b) of the one layer that equals two."""
    sizes = {
        "one number, one unit, one output": (1, 1, 1),
        "two units between": (3, 2, 4),
        "more units between than inputs": (2, 5, 3),
        "all sizes equal": (3, 3, 3),
    }
    rng = np.random.default_rng(4)
    arguments = {
        label: whole(rng, (k, m), (m,), (m, o), (o,)) for label, (k, m, o) in sizes.items()
    }
    run_parts(("W", "b"), function, arguments, merge_parts)


def merge_parts(W1, b1, W2, b2):
    """Return [(right value, hints)] of W and b."""
    W_hints, b_hints = [], [(b1 @ W2, "b2 is missing: the second layer adds it last")]
    b_hints += [(b2, "b1 passes through the second layer too")]
    if W1.shape[0] == W2.shape[1] and W1.shape == W2.shape:
        W_hints += [(W2 @ W1, "x meets W1 first: (x @ W1) @ W2")]
        b_hints += [(b1 + b2, "b1 passes through the second layer: it is multiplied by W2")]
    return [(W1 @ W2, W_hints), (b1 @ W2 + b2, b_hints)]


def run_parts(names, function, arguments, parts):
    """Check a function that returns several arrays, one after another.

    Parameters
    ----------
    names : of the arrays, in their order
    arguments : {label of a case: arguments}
    parts : function(*arguments) -> [(right value, hints)], one for each name
    """
    for place, name in enumerate(names):
        cases = []
        for label, args in arguments.items():
            right, hints = parts(*args)[place]
            cases.append(Case(f"{name}, {label}", args, right, tuple(hints)))
        run_cases(name, part(function, place, names), cases)


def part(function, place, names):
    """Return a function that returns only one of the arrays that `function` does."""

    @functools.wraps(function)
    def one(*args):
        answer = function(*args)
        if not isinstance(answer, (tuple, list)) or len(answer) != len(names):
            raise TypeError(f"return {len(names)} arrays: {', '.join(names)}")
        return answer[place]

    return one


def whole(rng, *shapes):
    """Return arrays of small random whole numbers, as floats, none of them 0."""
    return tuple(rng.integers(1, 9, s) * rng.choice([-1.0, 1.0], s) for s in shapes)
