"""Every checker of "Give every weight its own step": right answers, wrong ones, the starter."""

import numpy as np
import pytest
from answers import checker_tests, hand_tests

from lenet_core.exercises import sdlm as check
from lenet_core.paper.layers import A, CurvedDense, S, ScaledTanh, Subsampling

# --- with a pencil: (h, exact)
H, EXACT = [8, 288, 2592, 162], 2448
HAND_RIGHT = {"lists": (H, EXACT), "arrays": (np.array(H, np.float32), np.float32(EXACT))}
HAND_WRONG = {  # answer, words of the hint
    "slopes": (([-8, -48, -144, -36], EXACT), "these are the slopes"),
    "no squares": (([4, 24, 72, 18], EXACT), "squared on the way"),
    "squared slopes": (([64, 2304, 20736, 1296], EXACT), "squared slopes"),
    "x not squared": (([8, 288, 864, 162], EXACT), "x counts squared"),
    "slope not squared": (([8, 48, 432, 162], EXACT), "2a = 6"),
    "z not squared": (([8, 288, 2592, 18], EXACT), "input of v"),
    "start 1": (([4, 144, 1296, 81], EXACT), "by s is 2"),
    "order": (([2592, 288, 8, 162], EXACT), "the order"),
    "slope of the example": (([8, 32, 288, 162], EXACT), "the slope at a = 3"),
    "three of four": ((H[:3], EXACT), "the shape is"),
    "no f''": ((H, 2592), "without the term"),
    "sign of f''": ((H, 2736), "the sign"),
    "f'' without x": ((H, 2576), "still to come"),
    "f'' with x once": ((H, 2544), "in both terms"),
    "a slip": ((H, 2447), "exact second derivative: the values differ"),
    "a word": ((H, "no"), "exact second derivative"),
}


(
    test_right_hand_values_pass,
    test_wrong_hand_values_fail_with_a_hint_and_keep_the_solution,
    test_hand_values_not_started,
) = hand_tests(
    check.hand,
    HAND_RIGHT,
    HAND_WRONG,
    unstarted=[(None, EXACT), (H, None), (None, None)],
    says="all right",
)


def test_the_hand_values_are_derivatives_of_the_chain():
    tiny = 1e-3

    def loss(w, v=2.0):
        return (v * (3 * w) ** 2 - 20) ** 2

    def second(f, at):
        return (f(at + tiny) - 2 * f(at) + f(at - tiny)) / tiny**2

    assert second(loss, 1.0) == pytest.approx(EXACT, rel=1e-4)
    assert second(lambda v: loss(1.0, v), 2.0) == pytest.approx(H[3], rel=1e-4)


# --- the functions
def shared(windows, d2a):
    return np.einsum("np,npk->k", d2a, windows**2) / len(windows)


def shared_loops(windows, d2a):
    h = [0.0] * windows.shape[2]
    for n, p, k in np.ndindex(windows.shape):
        h[k] += d2a[n, p] * windows[n, p, k] ** 2 / len(windows)
    return h


def each(windows, d2a):
    return d2a[:, :, None] * windows**2


def dense_squash(x, W, z, d2z):
    dense, squash = CurvedDense(*W.shape, dtype=np.float64), ScaledTanh()
    dense.params = {"W": W, "b": np.zeros(W.shape[1])}
    squash.y = z
    dense.forward(x)
    d2x = dense.backward_curvature(squash.backward_curvature(d2z))
    return dense.curvature["W"], dense.curvature["b"], d2x


def dense_loops(x, W, z, d2z):
    d2W, d2b, d2x = np.zeros(W.shape), np.zeros(W.shape[1]), np.zeros(x.shape)
    for n, k in np.ndindex(z.shape):
        d2a = (S / A * (A**2 - z[n, k] ** 2)) ** 2 * d2z[n, k]
        d2b[k] += d2a
        for j in range(len(W)):
            d2W[j, k] += d2a * x[n, j] ** 2
            d2x[n, j] += d2a * W[j, k] ** 2
    return [d2W, d2b, d2x]


def slip(slope=lambda z: (S / A * (A * A - z * z)) ** 2, W_of=np.square, x_of=np.square, n_of=1):
    """A second backward pass with one of its parts changed."""

    def function(x, W, z, d2z):
        d2a = slope(z) * d2z
        n = len(x) if n_of == "n" else 1
        return x_of(x).T @ d2a / n, d2a.sum(axis=0), d2a @ W_of(W).T

    return function


def pixels(share):
    return share.repeat(2, axis=2).repeat(2, axis=3)


def package_subsampling(w, d2y):
    layer = Subsampling(len(w), dtype=np.float64)
    layer.params["w"] = w
    n, c, height, width = d2y.shape
    layer.forward(np.ones((n, c, 2 * height, 2 * width)))
    return layer.backward_curvature(d2y)


def subsampling_loops(w, d2y, factor=1):
    n, c, height, width = d2y.shape
    d2x = np.zeros((n, c, 2 * height, 2 * width))
    for i, k, r, q in np.ndindex(d2x.shape):
        d2x[i, k, r, q] = factor * w[k] ** 2 * d2y[i, k, r // 2, q // 2]
    return d2x


def column(w):
    return w[:, None, None]


def live(draws):
    return draws[:, draws.mean(axis=0) > 0]


def spread(draws):
    kept = live(draws)
    return np.median(kept.std(axis=0, ddof=1) / kept.mean(axis=0))


def spread_loops(draws):
    found = []
    for values in draws.T:
        mean = sum(values) / len(values)
        if mean > 0:
            found.append((sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5 / mean)
    return float(np.median(found))


def careless_spread(draws):
    with np.errstate(invalid="ignore"):
        return np.median(draws.std(axis=0, ddof=1) / draws.mean(axis=0))


RIGHT = {
    check.shared: [shared, shared_loops],
    check.second_backward: [dense_squash, dense_loops],
    check.subsampling: [package_subsampling, subsampling_loops],
    check.spread: [spread, spread_loops],
    check.together: [
        lambda w, d2y: 4 * package_subsampling(w, d2y),
        lambda w, d2y: subsampling_loops(w, d2y, 4),
    ],
}
WRONG = {  # checker: [(function, words of the hint)]
    check.shared: [
        (lambda w, d: each(w, d).mean(axis=(0, 1)), "sum over the places"),
        (lambda w, d: each(w, d).sum(axis=(0, 1)), "take their mean"),
        (lambda w, d: (d[:, :, None] * w).sum(axis=1).mean(axis=0), "count squared"),
        (lambda w, d: each(w, d**2).sum(axis=1).mean(axis=0), "the curvature is not"),
        (lambda w, d: each(w, d).sum(axis=1), "the shape is"),
        (lambda w, d: (d.sum(1)[:, None] * w.sum(1) ** 2).mean(axis=0), "before you add"),
        (lambda w, d: None, "does it end in return"),
        (lambda w, d: ..., "values differ|shape is"),
    ],
    check.second_backward: [
        (slip(slope=lambda z: (1 - z * z) ** 2), "plain tanh"),
        (slip(slope=lambda z: S / A * (A * A - z * z)), "slope has to be squared"),
        (slip(slope=np.ones_like), "squash is missing"),
        (slip(x_of=lambda x: x), "the inputs count squared"),
        (slip(W_of=lambda W: W), "the weights have to be squared"),
        (slip(n_of="n"), "the mean in it already"),
        (lambda *a: dense_squash(*a)[0], "return three arrays"),
        (lambda *a: None, "does it end in return"),
        (lambda *a: dense_squash(*a)[::-1], "the shape is|the values differ"),
    ],
    check.subsampling: [
        (lambda w, d: pixels(column(w) * d), "a sign of it"),
        (lambda w, d: pixels(column(w) ** 2 * d / 4), "no mean"),
        (lambda w, d: pixels(d), "w is missing"),
        (lambda w, d: pixels(column(w) ** 2 * d**2), "not squared"),
        (lambda w, d: pixels(np.abs(column(w)) * d), "squared"),
        (lambda w, d: column(w) ** 2 * d, "the shape is"),
        (lambda w, d: np.tile(column(w) ** 2 * d, (1, 1, 2, 2)), "do not tile"),
        (lambda w, d: pixels(4 * column(w) ** 2 * d), "the values differ"),
        (lambda w, d: None, "does it end in return"),
    ],
    check.spread: [
        (lambda d: np.median(live(d).std(axis=0) / live(d).mean(axis=0)), "ddof=1"),
        (
            lambda d: np.mean(live(d).std(axis=0, ddof=1) / live(d).mean(axis=0)),
            "mean over the weights",
        ),
        (lambda d: np.median(live(d).std(axis=0, ddof=1)), "divide by the mean"),
        (
            lambda d: np.median(live(d).var(axis=0, ddof=1) / live(d).mean(axis=0)),
            "take its root|divide weight by weight|the variance",
        ),
        (careless_spread, "the values differ"),
        (lambda d: live(d).std(axis=0, ddof=1) / live(d).mean(axis=0), "the shape is"),
        (lambda d: None, "does it end in return"),
    ],
    check.together: [
        (package_subsampling, "eq. 27"),
        (lambda w, d: 16 * package_subsampling(w, d), "a quarter"),
        (lambda w, d: 2 * package_subsampling(w, d), "their sum is squared"),
        (lambda w, d: pixels(column(w) * d), "squared"),
        (lambda w, d: 4 * column(w) ** 2 * d, "the shape is"),
        (lambda w, d: None, "does it end in return"),
    ],
}

(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)
