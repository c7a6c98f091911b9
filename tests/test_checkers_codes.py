"""Every checker of "Aim at ten stylised digits" against right answers, wrong ones, the starter."""

import math

import numpy as np
from answers import checker_tests, hand_tests

from lenet_core.exercises import codes as check
from lenet_core.paper import DIGIT_CODES, RBF, MAPLoss

# --- with a pencil: (D, dD)
D, DD = [10, 2, 6], [-1 / 25, -16 / 25, 21 / 25]
HAND_RIGHT = {
    "lists": (D, DD),
    "float32 arrays": (np.array(D, np.float32), np.array(DD, np.float32)),
}
HAND_WRONG = {  # answer, words of the hint
    "roots": ((np.sqrt(D), DD), "no square root"),
    "not squared": (([6, 2, 4], DD), "square each difference"),
    "of the chapter": (([2, 6, 10], DD), "the states of the chapter"),
    "reversed": ((D[::-1], DD), "the order"),
    "products": (([-2, 2, 0], DD), "the products"),
    "two of three": ((D[:2], DD), "squared distances: the shape is"),
    "sign": ((D, [1 / 25, 16 / 25, -21 / 25]), "the sign"),
    "eq. 8": ((D, [0, 0, 1]), "gradient of eq. 8"),
    "no rubbish": ((D, [-1 / 21, -16 / 21, 17 / 21]), "rubbish is missing"),
    "probabilities": ((D, [1 / 25, 16 / 25, 4 / 25]), "these are the probabilities"),
    "numerators": ((D, [-1, -16, 21]), "divide by the sum"),
    "class B": ((D, [-1 / 25, 9 / 25, -4 / 25]), "for the true class B"),
    "class A": ((D, [24 / 25, -16 / 25, -4 / 25]), "for the true class A"),
    "a slip": ((D, [-1 / 25, -16 / 25, 20 / 25]), "gradient: the values differ"),
    "a word": ((D, "no"), "gradient"),
}


(
    test_right_hand_values_pass,
    test_wrong_hand_values_fail_with_a_hint_and_keep_the_solution,
    test_hand_values_not_started,
) = hand_tests(
    check.hand,
    HAND_RIGHT,
    HAND_WRONG,
    unstarted=[(None, DD), (D, None), (None, None)],
    says="both right",
)


# --- the functions
def penalties(x, codes):
    return ((x[:, None] - codes) ** 2).sum(axis=2)


def penalties_loops(x, codes):
    return [[sum((a - b) ** 2 for a, b in zip(row, w, strict=True)) for w in codes] for row in x]


def penalties_by_norms(x, codes):
    return (x**2).sum(axis=1, keepdims=True) - 2 * x @ codes.T + (codes**2).sum(axis=1)


def map_loss(D, y, j):
    return MAPLoss(j).forward(D, y)


def map_loops(D, y, j):
    total = 0
    for row, label in zip(D, y, strict=True):
        low = min(*row, j)
        total += row[label] - low
        total += math.log(math.exp(low - j) + sum(math.exp(low - d) for d in row))
    return total / len(y)


def true(D, y):
    return D[np.arange(len(y)), y]


def unshifted(D, y, j):
    return (true(D, y) + np.log(np.exp(-j) + np.exp(-D).sum(axis=1))).mean()


def rbf_backward(dy, x, codes, scale):
    layer = RBF(codes, scale=scale)
    layer.forward(x)
    return layer.backward(dy)


def backward_by_products(dy, x, codes, scale):
    return 2 * scale * (dy.sum(axis=1, keepdims=True) * x - dy @ codes)


def decisive(x, codes):
    differences = codes[1:] - codes[0]
    return x @ np.linalg.pinv(differences) @ differences


def decisive_by_svd(x, codes):
    directions = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)[2][:-1]
    return x @ directions.T @ directions


def hadamard(size=4):
    H = np.ones((1, 1))
    for _ in range(size):
        H = np.block([[H, H], [H, -H]])
    return H


def code_book():
    return np.tile(hadamard()[:10], 6)[:, :84]


def longer_code_book():
    return hadamard(7)[6:16, 22:106].astype(int).tolist()


def with_twins():
    codes = code_book()
    codes[3] = codes[7]
    return codes


RIGHT = {
    check.penalties: [penalties, penalties_loops, penalties_by_norms],
    check.map_loss: [map_loss, map_loops],
    check.rbf_backward: [rbf_backward, backward_by_products],
    check.decisive: [decisive, decisive_by_svd],
    check.code_book: [code_book, longer_code_book],
}
WRONG = {  # checker: [(function, words of the hint)]
    check.penalties: [
        (lambda x, w: np.sqrt(penalties(x, w)), "no square root"),
        (lambda x, w: penalties(x, w) / 2, "no factor 1/2"),
        (lambda x, w: ((x[:, None] - w) ** 2).mean(axis=2), "not their mean"),
        (lambda x, w: np.abs(x[:, None] - w).sum(axis=2), "square the differences"),
        (lambda x, w: (x[:, None] - w).sum(axis=2) ** 2, "square each difference first"),
        (lambda x, w: ((x[:, None] - w) ** 2).sum(axis=1), "over the codes"),
        (lambda x, w: penalties(x, w).T, "a row for each digit"),
        (lambda x, w: x @ w.T, "scores x·w"),
        (lambda x, w: -2 * x @ w.T, "both squared norms"),
        (lambda x, w: (w**2).sum(axis=1) - 2 * x @ w.T, "is missing: one number a digit"),
        (lambda x, w: None, "does it end in return"),
    ],
    check.map_loss: [
        (unshifted, "take the lowest out"),
        (lambda D, y, j: map_loss(D, y, j) * len(y), "take the mean"),
        (lambda D, y, j: true(D, y).mean(), "this is eq. 8"),
        (lambda D, y, j: map_loss(D, y, j) - true(D, y).mean(), "first part, is missing"),
        (lambda D, y, j: map_loss(D, y, 1e9), "rubbish is missing"),
        (lambda D, y, j: map_loss(D, y, 1e9) + np.exp(-j), "inside the logarithm"),
        (lambda D, y, j: 2 * true(D, y).mean() - map_loss(D, y, j), "it is added"),
        (lambda D, y, j: map_loss(D, D.argmin(axis=1), j), "not the lowest"),
        (lambda D, y, j: map_loss(D, y, j) / D.shape[1], "not over classes"),
        (
            lambda D, y, j: (true(D, y) + np.log(j + np.exp(-D).sum(axis=1))).mean(),
            "not j",
        ),
        (lambda D, y, j: None, "does it end in return"),
    ],
    check.rbf_backward: [
        (lambda dy, x, w, s: 2 * s * (x / len(x) - dy @ w), "rows? of dy to sum to 1/N"),
        (lambda dy, x, w, s: 2 * s * (x - dy @ w), "not once"),
        (lambda dy, x, w, s: rbf_backward(dy, x, w, s) / 2, "twice the difference"),
        (lambda dy, x, w, s: rbf_backward(dy, x, w, 1), "the scale is missing"),
        (lambda dy, x, w, s: -rbf_backward(dy, x, w, s), "the sign"),
        (lambda dy, x, w, s: -2 * s * dy @ w, "the part with x"),
        (lambda dy, x, w, s: 2 * s * (dy.sum() * x - dy @ w), "not all of it|values differ"),
        (lambda dy, x, w, s: None, "does it end in return"),
    ],
    check.decisive: [
        (lambda x, w: x.copy(), "this is all of x"),
        (lambda x, w: x - decisive(x, w), "the other part"),
        (lambda x, w: x @ np.linalg.pinv(w) @ w, "only along their differences"),
        (lambda x, w: x @ (w[1:] - w[0]).T @ (w[1:] - w[0]), "not at right angles"),
        (lambda x, w: x * (np.ptp(w, axis=0) > 0), "more than the directions"),
        (lambda x, w: decisive(x - w.mean(axis=0), w), "take no mean off"),
        (lambda x, w: x @ (w[1:] - w[0]).T, "the shape is"),
        (lambda x, w: None, "does it end in return"),
    ],
    check.code_book: [
        (lambda: DIGIT_CODES, "6 and 8 differ in 12"),
        (lambda: code_book().T, "the shape is"),
        (lambda: (code_book() + 1) / 2, "turns 0 and 1"),
        (lambda: 2 * code_book(), "has to be|have to be"),
        (with_twins, "the same code"),
        (lambda: "codes", "no array of numbers"),
        (lambda: np.random.default_rng(0).choice([-1, 1], (10, 84)), "asked for are"),
        (lambda: None, "the shape is|no array"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG, says="right")


def test_the_bug_of_the_exercise_passes_where_the_rows_sum_to_one_over_n():
    rng = np.random.default_rng(0)
    x, codes = rng.normal(size=(4, 84)), DIGIT_CODES.astype(float)
    dy = np.eye(10)[[3, 1, 4, 1]] / 4
    bug = 2 * (x / len(x) - dy @ codes)
    assert np.allclose(bug, rbf_backward(dy, x, codes, 1.0))
