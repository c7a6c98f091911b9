"""Checkers of the chapter "See what it learned"."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .checker import Case, NotStarted, run_cases, same

X = np.array([[-1, 4, -1], [-1, 5, 3], [-1, 4, -1]])
W = np.array([[2, 1, -3], [0, 2, -2], [-1, 1, 2]])
OTHER = np.array([[1, 0, 2], [-2, 1, 3], [1, -1, 0]])  # the weights of the first exercise
PAPER = -0.1


def hand_cover(effects, window):
    """Check what covering does to the score of the weights `OTHER`; None is not started.

    Parameters
    ----------
    effects : (3, 3), for each pixel of X covered with paper, -1
    window : the effect of covering the upper right 2x2 pixels
    """
    if effects is None or window is None:
        raise NotStarted("cover by hand: replace each None by your numbers")
    right = OTHER * (-1 - X)
    same("effects", effects, right, [
        (-right, "the sign: new minus old, w times (paper minus pixel)"),
        (OTHER * -X, "this covers with 0; paper is -1"),
        (OTHER * X, "these are the parts of the score; covering changes a pixel to -1"),
        (W * (-1 - X), "these are the effects for the w of the chapter; take the new weights"),
        (OTHER * (1 - X), "paper is -1: the change of a pixel is -1 minus the pixel"),
        (right.T, "this is the transpose of the right answer: rows and columns are exchanged"),
        (OTHER * -1, "this forgets the pixel: w times (paper minus pixel)"),
    ], reveal=False)  # fmt: skip
    same("window", window, right[:2, 1:].sum(), [
        (right[:2, :2].sum(), "this is the upper left window"),
        (right[1:, 1:].sum(), "this is the lower right window"),
        ((OTHER * X).sum() + right[:2, 1:].sum(), "this is the new score; write its change"),
        (right[:2, 1:].mean(), "the four effects add up; no mean"),
        (-right[:2, 1:].sum(), "the sign: new minus old"),
    ], reveal=False)  # fmt: skip
    print("cover by hand: both right")


def occlusion_map(function):
    """Check function(score, x, size, stride) -> map of the changes of score(batch)."""
    sizes = {
        "a 2x2 digit, one pixel at a time": ((1, 2, 2), 1, 1),
        "a 3x3 digit, 2x2 patches": ((1, 3, 3), 2, 1),
        "a 3x5 digit, 2x2 patches": ((1, 3, 5), 2, 1),
        "a 6x4 digit, 2x2 patches, stride 2": ((1, 6, 4), 2, 2),
        "a 5x7 digit, 3x3 patches, stride 2": ((1, 5, 7), 3, 2),
    }
    run_cases("occlusion", function, [occlusion_case(*case) for case in sizes.items()])


def occlusion_case(label, sizes):
    """Return the case of a score that bends, so that effects do not add up."""
    shape, size, stride = sizes
    rng = np.random.default_rng(sum(shape))
    x, w = rng.integers(0, 9, shape) / 8.0, rng.normal(size=shape)
    w -= w.mean()

    def score(batch):
        if np.ndim(batch) != 4:
            raise ValueError(f"score takes a batch (N, 1, H, W), got the shape {np.shape(batch)}")
        return np.tanh((batch * w).sum(axis=(1, 2, 3)))

    right = changes(score, x, size, stride)
    hints = (
        (changes(score, x, size, stride, value=0.0), "the patch is 0; paper is -0.1"),
        (right + score(x[None])[0], "these are the new scores; the map holds new minus old"),
        (-right, "the sign: new minus old, so that a loss of score is negative"),
        (changes(score, x, size, 1), "the stride is ignored: the next patch starts `stride` on"),
        (changes(score, x, size, stride, keep=True),
         "each patch is left where it was: take a fresh copy of x for each place"),
        (changes(score, x, size, stride).T, "rows and columns of the map are exchanged"),
    )  # fmt: skip
    return Case(label, (score, x, size, stride), right, hints)


def changes(score, x, size, stride, value=PAPER, keep=False):
    """Return the change of the score for a patch at each place; `keep` leaves the patches on."""
    rows, cols = (range(0, n - size + 1, stride) for n in x.shape[1:])
    out, image = np.empty((len(rows), len(cols))), x.copy()
    for place in np.ndindex(out.shape):
        if not keep:
            image = x.copy()
        i, j = rows[place[0]], cols[place[1]]
        image[:, i : i + size, j : j + size] = value
        out[place] = score(image[None])[0]
    return out - score(x[None])[0]


def first_order(function):
    """Check function(g, x, size) -> what slopes g predict for each covered window of x."""
    rng = np.random.default_rng(0)
    hand = (W.astype(float), np.where(X == -1, PAPER, X), 1)
    sizes = {"a 3x3 digit, 2x2 patches": ((3, 3), 2), "a 4x6 digit, 3x3 patches": ((4, 6), 3)}
    drawn = {
        label: (rng.normal(size=shape), rng.integers(-1, 9, shape) / 8.0, size)
        for label, (shape, size) in sizes.items()
    }
    cases = {"one pixel at a time": hand} | drawn
    run_cases("first order", function, [first_order_case(*case) for case in cases.items()])


def first_order_case(label, arguments):
    """Return the case with its expected map."""
    g, x, size = arguments

    def summed(values):
        return sliding_window_view(values, (size, size)).sum(axis=(2, 3))

    right = summed(g * (PAPER - x))
    hints = (
        (summed(-g * x), "this predicts a patch of 0: a pixel changes by paper minus x"),
        (-right, "the sign: a covered pixel changes by paper minus x"),
        (summed(g), "slopes alone: each has to be multiplied by the change of its pixel"),
        (right / size**2, "the mean over the window; the predicted changes add up"),
        (summed(np.abs(g * (PAPER - x))), "parts of both signs cancel: no absolute value"),
    )
    return Case(label, arguments, right, hints)


def edge(function):
    """Check function(kernel) -> (share of its energy in a slope, degrees of its rise)."""
    i, j = np.indices((5, 5)) - 2.0
    rng = np.random.default_rng(3)
    kernels = {
        "a slope to the right": j,
        "a slope down, on an even ground": i + 1,
        "a slope up and to the right": j - i,
        "a line, which has no slope along it": i + (j == 0),
        "noise": rng.normal(size=(5, 5)),
        "noise, 7x7": rng.normal(size=(7, 7)),
    }
    cases = [edge_case(label, kernel) for label, kernel in kernels.items()]
    run_cases("edge", function, cases)


def edge_case(label, kernel):
    """Return the case with its expected share and angle."""
    i, j = np.indices(kernel.shape) - (len(kernel) - 1) / 2
    down, right = (kernel * i).sum(), (kernel * j).sum()
    slope = (down**2 + right**2) / (j * j).sum()
    energy, centred = (kernel**2).sum(), ((kernel - kernel.mean()) ** 2).sum()

    def answer(share, a, b):
        return np.array([share, np.rad2deg(np.arctan2(a, b))])

    hints = (
        (answer(slope / centred, down, right), "the mean belongs to the energy: divide by all"),
        (answer(np.sqrt(slope / energy), down, right), "energy is the square: no root"),
        (answer(slope / energy, right, down), "0 degrees is right, 90 is down: arctan2(d, r)"),
        (answer(slope / energy, -down, right), "90 degrees is down: row numbers grow downwards"),
        (np.array([slope / energy, np.arctan2(down, right)]), "the angle is in radians"),
        (answer(slope / energy, down, right) % 360, "count the angle from -180 to 180"),
        (answer(slope * (j * j).sum() / energy, down, right),
         "the shapes have a length: divide by the squares of the row numbers, too"),
        (answer(slope * (j * j).sum(), down, right),
         "a share: divide by the squares of the row numbers and by the energy"),
    )  # fmt: skip
    return Case(label, (kernel,), answer(slope / energy, down, right), hints)


def reach(function):
    """Check function(amounts, errors, limit) -> the amount at which the error passes the limit."""
    cases = {
        "two amounts": ([0, 2], [1.0, 5.0], 3.0),
        "three amounts, the limit in the last step": ([0, 1, 3], [1.0, 2.0, 10.0], 8.0),
        "the limit met exactly": ([0, 2, 4], [1.0, 4.0, 9.0], 4.0),
        "an error that falls at first": ([0, 1, 2, 4], [2.0, 1.0, 3.0, 7.0], 5.0),
        "an error that passes twice": (
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 10],
            [1.0, 2.0, 1.0, 1.5, 2.0, 6.0, 3.0, 2.0, 3.0, 9.0],
            4.0,
        ),
        "an error that passes early, then falls": (
            [0, 1, 2, 3, 4, 5, 6, 8],
            [1.0, 5.0, 2.0, 1.0, 2.0, 3.0, 2.0, 9.0],
            4.0,
        ),
    }
    run_cases("reach", function, [reach_case(*case) for case in cases.items()])


def reach_case(label, arguments):
    """Return the case with its expected amount."""
    amounts, errors, limit = arguments
    k = next(k for k in range(1, len(errors)) if errors[k] >= limit)
    low, high = errors[k - 1], errors[k]
    part = (limit - low) / (high - low)
    right = amounts[k - 1] + part * (amounts[k] - amounts[k - 1])
    last = max(k for k in range(1, len(errors)) if errors[k - 1] < limit <= errors[k])
    far = amounts[last - 1] + (limit - errors[last - 1]) / (errors[last] - errors[last - 1]) * (
        amounts[last] - amounts[last - 1]
    )
    hints = (
        (far, "the first time that it passes the limit, not the last"),
        (amounts[k], "this amount is past the limit already: go back along the line"),
        (amounts[k - 1], "this is the last amount below the limit: go on along the line"),
        (amounts[k - 1] + part, "the part of the step has to be multiplied by its length"),
        (amounts[k - 1] + (1 - part) * (amounts[k] - amounts[k - 1]),
         "the part is counted from the wrong end of the step"),
        (float(np.interp(limit, errors, amounts)), "np.interp wants errors that only rise"),
    )  # fmt: skip
    return Case(label, arguments, right, hints)
