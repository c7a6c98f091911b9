"""Checkers of the chapter "Give every weight its own step"."""

import numpy as np

from ..paper.layers import A, S
from .checker import Case, NotStarted, WrongAnswer, attempt, named, run_cases, same

HAND_H, HAND_EXACT = np.array([8.0, 288, 2592, 162]), 2448.0


# ---- with a pencil
def hand(h, exact):
    """Check the curvatures of the chain x = 3, w = 1, v = 2, t = 20, and the exact one of w.

    Parameters
    ----------
    h : list of 4 numbers, for z, a, w and v; None is not started
    exact : number; None is not started
    """
    if h is None or exact is None:
        raise NotStarted("curvatures by hand: replace each None by your numbers")
    same("curvatures", h, HAND_H, hand_hints(), reveal=False)
    same("exact second derivative", exact, HAND_EXACT, exact_hints(), reveal=False)
    print("curvatures by hand: all right")


def hand_hints():
    """Return the curvatures that common slips give, each with its hint."""
    return [
        ([-8, -48, -144, -36], "these are the slopes: start with 2 and square v, f' and x"),
        ([4, 24, 72, 18], "v, f' and x have to be squared on the way"),
        ([64, 2304, 20736, 1296], "these are the squared slopes: the curvature starts with 2,\n"
                                  "not with the squared slope at s"),
        ([16, 2304, 20736, 1296], "these are the squared slopes: start with 2"),
        ([8, 288, 864, 162], "x counts squared in the curvature of w"),
        ([8, 48, 432, 162], "the slope of the square, 2a = 6, has to be squared"),
        ([8, 288, 2592, 18], "the input of v is z, and it counts squared"),
        ([4, 144, 1296, 81], "the second derivative of (s - t)² by s is 2"),
        ([2592, 288, 8, 162], "the order is z, a, w, v"),
        ([8, 32, 288, 162], "the slope at a = 3 is 6: 4 is that of the chapter's example"),
    ]  # fmt: skip


def exact_hints():
    """Return what common slips give for the exact second derivative, each with its hint."""
    return [
        (2592, "this is the curvature without the term with f''"),
        (2736, "the sign: the slope at z is negative"),
        (2592 - 16, "the term f'' dL/dz is added at a: x² is still to come"),
        (2592 - 72, "f'' of the square is 2, and x counts squared"),
        (2592 - 48, "x counts squared in both terms"),
    ]


# ---- a kernel that many places share
def shared(function):
    """Check function(windows, d2a) -> h: sums over the places, a mean over the patterns."""
    rng = np.random.default_rng(0)
    examples = [
        ("one pattern, one place", np.array([[[2.0, 1, 3]]]), np.array([[2.0]])),
        ("one pattern, two places", np.array([[[2.0, 1], [1, 3]]]), np.array([[2.0, 1]])),
        ("two patterns, one place", np.array([[[2.0, 1]], [[4, 3]]]), np.array([[2.0], [1]])),
        ("three patterns, four places", rng.normal(size=(3, 4, 5)), rng.uniform(0, 2, (3, 4))),
        ("as many places as patterns", rng.normal(size=(4, 4, 4)), rng.uniform(0, 2, (4, 4))),
    ]
    run_cases("shared", function, [shared_case(*example) for example in examples])


def shared_case(label, windows, d2a):
    """Return the case of these windows and curvatures."""
    each = d2a[:, :, None] * windows**2  # (N, P, K)
    hints = (
        (each.mean(axis=(0, 1)), "sum over the places; the mean is over the patterns alone"),
        (each.sum(axis=(0, 1)), "this sums over the patterns as well: take their mean"),
        (each.sum(axis=0).mean(axis=0), "sum over the places, axis 1, and average over axis 0"),
        ((d2a[:, :, None] * windows).sum(axis=1).mean(axis=0), "the inputs count squared"),
        (((d2a**2)[:, :, None] * windows**2).sum(axis=1).mean(axis=0),
         "the inputs are squared, the curvature is not"),
        ((d2a[:, :, None] * windows).sum(axis=1).mean(axis=0) ** 2,
         "square each input before you add"),
        ((d2a.sum(axis=1)[:, None] * windows.sum(axis=1) ** 2).mean(axis=0),
         "square each input before you add"),
        (each.sum(axis=1), "the mean over the patterns is missing"),
    )  # fmt: skip
    return Case(label, (windows, d2a), each.sum(axis=1).mean(axis=0), hints)


# ---- the second backward pass of a layer and its squash
def second_backward(function):
    """Check function(x, W, z, d2z) -> d2W, d2b, d2x of a fully connected layer with its squash."""
    rng = np.random.default_rng(1)
    sizes = {
        "one weight": (1, 1, 1),
        "one unit, two inputs": (1, 2, 1),
        "two units, one input": (1, 1, 2),
        "three inputs, two units, one digit": (1, 3, 2),
        "three inputs, three units, three digits": (3, 3, 3),
        "four inputs, two units, five digits": (5, 4, 2),
    }
    for label, (n, n_in, n_out) in sizes.items():
        x, W = rng.normal(size=(n, n_in)), rng.normal(size=(n_in, n_out))
        d2z = rng.uniform(0.5, 2, (n, n_out))
        case = backward_case(label, x, W, A * np.tanh(S * (x @ W)), d2z)
        check_three(function, case)
    print(f"second backward: right in all {len(sizes)} cases")


def check_three(function, case):
    """Compare the three arrays that `function` returns, one after the other."""
    got = attempt("second backward", function, case)
    inputs = named(function, case.args)
    if not isinstance(got, (tuple, list)) or len(got) != 3:
        why = "the answer is None: does it end in return?" if got is None else "it is no three"
        raise WrongAnswer(f"{case.label}: {why}\nHint: return three arrays, d2W, d2b and d2x")
    parts = zip(("d2W", "d2b", "d2x"), got, case.expected, case.hints, strict=True)
    for name, mine, expected, hints in parts:
        same(f"{case.label}: {name}", mine, expected, hints, inputs=inputs)


def backward_case(label, x, W, z, d2z):
    """Return the case with what common slips give, for each of the three arrays."""
    slope = S / A * (A * A - z * z)
    d2a, flat = slope**2 * d2z, d2z * (1 - z * z) ** 2

    def three(d2a):
        return (x**2).T @ d2a, d2a.sum(axis=0), d2a @ (W**2).T

    plain, no_square, linear = three(flat), three(slope * d2z), three(d2z)
    shared_hints = [
        (plain, "1 - z² is the slope of the plain tanh: here it is S/A (A² - z²)"),
        (no_square, "the slope has to be squared"),
        (linear, "the squash is missing: d2a is slope² d2z"),
    ]
    n = len(x)
    own = [
        [(x.T @ d2a, "the inputs count squared"),
         ((x.T @ d2a) ** 2, "square the inputs before you add"),
         ((x**2).T @ d2a / n, "d2z has the mean in it already: sum over the digits"),
         (x.T @ slope * d2z[0], "the inputs count squared")],
        [(d2a.mean(axis=0), "d2z has the mean in it already: sum over the digits"),
         (d2a, "sum over the digits")],
        [(d2a @ W.T, "the weights have to be squared"),
         ((d2a @ W.T) ** 2, "square the weights, not their sum"),
         (d2a @ (W**2).T / n, "nothing is to be divided here")],
    ]  # fmt: skip
    hints = [
        [(values[k], text) for values, text in shared_hints] + own[k]
        for k in range(3)
    ]  # fmt: skip
    return Case(label, (x, W, z, d2z), three(d2a), hints)


# ---- the bug: a coefficient that is not squared
def subsampling(function):
    """Check function(w, d2y) -> d2x (N, C, 2H, 2W): each pixel gets w² times its window's."""
    easy = pooled_case("one window, w = 1", np.array([1.0]), np.array([[[[3.0]]]]), 1)
    run_cases("subsampling", function, [easy, *pooled_cases(1)])


def pooled_cases(factor):
    """Return cases of coefficients and curvatures, with `factor` w² handed to each pixel."""
    rng = np.random.default_rng(2)
    examples = [
        ("one window, w = 3", np.array([3.0]), np.array([[[[5.0]]]])),
        ("one window, w = -3", np.array([-3.0]), np.array([[[[2.0]]]])),
        ("two maps, a row of windows", np.array([2.0, 0.5]), rng.uniform(0, 2, (1, 2, 1, 3))),
        ("three digits, three maps", rng.normal(size=3), rng.uniform(0, 2, (3, 3, 2, 4))),
    ]
    return [pooled_case(*example, factor) for example in examples]


def pooled_case(label, w, d2y, factor):
    """Return the case with what common slips give."""
    coefficient = w[:, None, None]

    def to_pixels(share):
        return np.repeat(np.repeat(share, 2, axis=2), 2, axis=3)

    right = to_pixels(factor * coefficient**2 * d2y)
    hints = (
        (to_pixels(coefficient * d2y), "w has to be squared: a curvature below 0 is a sign of it"),
        (to_pixels(coefficient**2 * d2y / 4),
         "the window is a sum, no mean: each pixel gets the whole share"),
        (to_pixels(d2y), "w is missing"),
        (to_pixels(coefficient**2 * d2y**2), "the curvature itself is not squared"),
        (to_pixels(factor * np.abs(coefficient) * d2y), "w has to be squared"),
        (to_pixels(factor * (w**2)[None, None] * d2y) if d2y.shape[3] in (1, len(w)) else np.nan,
         "w belongs to the maps, axis 1: give it the shape (C, 1, 1)"),
        (np.tile(factor * coefficient**2 * d2y, (1, 1, 2, 2)),
         "the four pixels of a window lie side by side: repeat, do not tile"),
        (factor * coefficient**2 * d2y, "hand the share to all four pixels of the window"),
        (to_pixels(coefficient**2 * d2y), "this is eq. 27: four shares, each squared alone"),
        (to_pixels(16 * coefficient**2 * d2y),
         "4² w² is what all four together are to get: each gets a quarter of it"),
        (to_pixels(2 * coefficient**2 * d2y),
         "four equal shares: their sum is squared, and a quarter goes to each"),
    )  # fmt: skip
    return Case(label, (w, d2y), right, hints)


# ---- how far two draws differ
def spread(function):
    """Check function(draws) -> the middle over the weights of standard deviation over mean."""
    rng = np.random.default_rng(3)
    many = rng.gamma(4.0, size=(6, 9))
    many[:, 4] = 0.0
    examples = [
        ("three weights, two draws", np.array([[1.0, 2, 4], [3, 7, 5]])),
        ("a weight without curvature", np.array([[1.0, 0, 4, 2], [3, 0, 5, 7]])),
        ("four weights, three draws", rng.gamma(4.0, size=(3, 4))),
        ("nine weights, six draws, one without curvature", many),
    ]
    run_cases("spread", function, [spread_case(*example) for example in examples])


def spread_case(label, draws):
    """Return the case with what common slips give."""
    live = draws[:, draws.mean(axis=0) > 0]
    deviation, mean = live.std(axis=0, ddof=1), live.mean(axis=0)
    all_mean = np.where(draws.mean(axis=0) > 0, draws.mean(axis=0), 1)
    hints = (
        (np.median(live.std(axis=0) / mean), "few draws: divide by their number less 1, ddof=1"),
        (np.mean(deviation / mean), "this is the mean over the weights: take the middle one"),
        (np.median(deviation), "divide by the mean: a spread of 1 is large where h is 2"),
        (np.median(deviation) / np.median(mean), "divide weight by weight, then take the middle"),
        (np.median(live.var(axis=0, ddof=1) / mean), "this is the variance: take its root"),
        (np.median(draws.std(axis=0, ddof=1) / all_mean),
         "leave weights without curvature out: they count as steady here"),
        (np.median(live.std(axis=1, ddof=1) / live.mean(axis=1)),
         "this compares the weights of one draw: axis 0 has the draws"),
        (deviation / mean, "these are the spreads of all weights: return the middle one"),
    )  # fmt: skip
    return Case(label, (draws,), float(np.median(deviation / mean)), hints)


# ---- four pixels that move together
def together(function):
    """Check function(w, d2y) -> d2x: as `subsampling`, with four equal shares added first."""
    run_cases("together", function, pooled_cases(4))
