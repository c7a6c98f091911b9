"""Every checker of "Score an answer" against right answers, wrong ones, and the starter."""

import math

import numpy as np
from answers import checker_tests, hand_tests

from lenet_core import Softmax, SoftmaxCrossEntropy
from lenet_core.exercises import score as check

# --- with a pencil: (p, ds)
P, DS = [0.2, 0.3, 0.5], [0.2, -0.7, 0.5]
HAND_RIGHT = {
    "lists": (P, DS),
    "float32 arrays": (np.array(P, np.float32), np.array(DS, np.float32)),
}
HAND_WRONG = {  # answer, words of the hint
    "exponentials": (([2, 3, 5], DS), "divide by their sum"),
    "scores over their sum": ((np.log([2, 3, 5]) / np.log(30), DS), "exp comes first"),
    "scores": ((np.log([2, 3, 5]), DS), "take exp first"),
    "eighths": (([2 / 8, 3 / 8, 5 / 8], DS), "not that of the chapter's"),
    "reversed": (([0.5, 0.3, 0.2], DS), "the order"),
    "two of three": (([0.2, 0.3], DS), "probabilities: the shape is"),
    "no one-hot": ((P, P), "subtract 1 at the true class"),
    "sign": ((P, [-0.2, 0.7, -0.5]), "the sign"),
    "1 everywhere": ((P, [-0.8, -0.7, -0.5]), "at the true class alone"),
    "slope by p": ((P, [0, -10 / 3, 0]), "softmax is next"),
    "a third": ((P, [0.2 / 3, -0.7 / 3, 0.5 / 3]), "nothing to divide by"),
    "class 0": ((P, [-0.8, 0.3, 0.5]), "for the true class 0"),
    "class 2": ((P, [0.2, 0.3, -0.5]), "for the true class 2"),
    "a slip": ((P, [0.2, -0.6, 0.5]), "gradient: the values differ"),
    "a word": ((P, "no"), "gradient"),
}


(
    test_right_hand_values_pass,
    test_wrong_hand_values_fail_with_a_hint_and_keep_the_solution,
    test_hand_values_not_started,
) = hand_tests(
    check.hand,
    HAND_RIGHT,
    HAND_WRONG,
    unstarted=[(None, DS), (P, None), (None, None)],
    says="both right",
)


# --- the functions
def softmax_of(shift):
    """A softmax whose scores are changed by `shift` first."""

    def function(scores):
        exps = np.exp(shift(scores))
        return exps / exps.sum(axis=1, keepdims=True)

    return function


def softmax_loops(scores):
    out = []
    for row in scores:
        exps = [math.exp(score - max(row)) for score in row]
        out.append([weight / sum(exps) for weight in exps])
    return out


def row_max(scores):
    return scores.max(axis=1, keepdims=True)


def loss_loops(scores, y):
    total = 0.0
    for row, label in zip(scores, y, strict=True):
        total += max(row) + math.log(sum(math.exp(s - max(row)) for s in row)) - row[label]
    return total / len(y)


def cross_entropy(scores, y):
    return np.float32(SoftmaxCrossEntropy().forward(scores, y))


def prices(scores, y):
    loss = SoftmaxCrossEntropy()
    loss.forward(scores, y)
    return -loss.log_p[np.arange(len(y)), y]


def true_p(scores, y):
    return Softmax().forward(scores)[np.arange(len(y)), y]


def unshifted(scores, y):
    exps = np.exp(scores)
    p = exps / exps.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()


def shifted_by_the_batch(scores, y):
    return unshifted(scores - scores.max(), y)


def lse_of_the_batch_shift(scores, y):
    moved = scores - scores.max()
    return (np.log(np.exp(moved).sum(axis=1)) - moved[np.arange(len(y)), y]).mean()


def package_gradient(scores, y):
    loss = SoftmaxCrossEntropy()
    loss.forward(scores, y)
    return loss.backward()


def gradient_loops(scores, y):
    p = softmax_loops(scores)
    return [
        [(value - (k == label)) / len(y) for k, value in enumerate(row)]
        for row, label in zip(p, y, strict=True)
    ]


def gradient_of(p_of, target=lambda y, k: np.eye(k)[y], factor=lambda n, k: 1 / n):
    """A gradient from a way to p, a target, and a factor."""

    def function(scores, y):
        n, k = scores.shape
        return (p_of(scores) - target(y, k)) * factor(n, k)

    return function


def whole_columns(scores, y):
    p = Softmax().forward(scores)
    p[:, y] -= 1
    return p / len(y)


def no_keepdims(scores):
    exps = np.exp(scores - row_max(scores))
    sums = exps.sum(axis=1)
    return exps / (sums if len(sums) == scores.shape[1] else sums[:, None])


def best_factor(scores, y, factors):
    return min(factors, key=lambda factor: SoftmaxCrossEntropy().forward(factor * scores, y))


def losses_of(scores, y, factors):
    return [SoftmaxCrossEntropy().forward(factor * scores, y) for factor in factors]


def best_factor_loops(scores, y, factors):
    losses = [loss_loops(factor * scores, y) for factor in factors]
    return np.float32(factors[losses.index(min(losses))])


def best_factor_by_error(scores, y, factors):
    errors = [((factor * scores).argmax(axis=1) != y).mean() for factor in factors]
    return factors[int(np.argmin(errors))]


def divided(scores, y, factors):
    return best_factor(scores, y, 1 / factors)


def paper(D, y, j, *, keep=slice(None, -1)):
    scores = np.column_stack([-D, np.full(len(D), -j)])
    p = Softmax().forward(scores)
    return ((np.eye(p.shape[1])[y] - p) / len(y))[:, keep]


def paper_loops(D, y, j):
    out = []
    for row, label in zip(D, y, strict=True):
        low = min(*row, j)
        exps = [math.exp(low - d) for d in row]
        total = sum(exps) + math.exp(low - j)
        out.append([((k == label) - w / total) / len(y) for k, w in enumerate(exps)])
    return out


def paper_unshifted(D, y, j):
    exps = np.exp(-D)
    p = exps / (np.exp(-j) + exps.sum(axis=1, keepdims=True))
    return (np.eye(D.shape[1])[y] - p) / len(y)


RIGHT = {
    check.softmax: [Softmax().forward, softmax_loops],
    check.cross_entropy: [cross_entropy, loss_loops],
    check.score_gradient: [package_gradient, gradient_loops],
    check.best_factor: [best_factor, best_factor_loops],
    check.paper_gradient: [paper, paper_loops],
}
WRONG = {  # checker: [(function, words of the hint)]
    check.softmax: [
        (softmax_of(lambda s: s), "may you subtract"),
        (softmax_of(lambda s: s - s.max()), "own largest score"),
        (softmax_of(lambda s: s - s.max(axis=0)), "largest score of each column"),
        (softmax_of(lambda s: s - s.min(axis=1, keepdims=True)), "may you subtract"),
        (softmax_of(lambda s: s / s.max()), "subtract"),
        (softmax_of(lambda s: np.clip(s, -700, 700)), "lost their differences"),
        (softmax_of(lambda s: s - s.max(axis=1)), "raised ValueError"),
        (
            softmax_of(lambda s: s - (s.max(axis=1) if len(s) == s.shape[1] else row_max(s))),
            "from column k",
        ),
        (lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(), "sum of the whole batch"),
        (lambda s: np.exp(s - row_max(s)) / np.exp(s - row_max(s)).sum(axis=0), "each column sums"),
        (lambda s: np.exp(s - row_max(s)), "these are exponentials"),
        (lambda s: None, "does it end in return"),
        (lambda s: ..., "values differ|shape is"),
    ],
    check.cross_entropy: [
        (unshifted, "may you subtract"),
        (lambda s, y: -cross_entropy(s, y), "the sign"),
        (lambda s, y: prices(s, y).sum(), "the sum over the digits"),
        (prices, "return their mean"),
        (lambda s, y: cross_entropy(s, y) / np.log(2), "bits"),
        (lambda s, y: cross_entropy(s, y) / np.log(10), "base 10"),
        (lambda s, y: cross_entropy(s, y) / s.shape[1], "not over classes"),
        (lambda s, y: prices(s, s.argmax(axis=1)).mean(), "price of the largest score"),
        (lambda s, y: (1 - true_p(s, y)).mean(), "this is 1 - p"),
        (lambda s, y: -s[np.arange(len(y)), y].mean(), "log-sum-exp is missing"),
        (
            lambda s, y: cross_entropy(s, y) - row_max(s).mean(),
            "shift both",
        ),
        (
            lambda s, y: cross_entropy(s, y) + s[np.arange(len(y)), y].mean() - s[:, y].mean(),
            "whole columns",
        ),
        (lambda s, y: -np.log(true_p(s, y) + 1e-12).mean(), "an upper end"),
        (lambda s, y: -np.log(np.maximum(true_p(s, y), 1e-10)).mean(), "an upper end"),
        (lambda s, y: -np.log(true_p(s, y)).mean(), "take log-sum-exp"),
        (lse_of_the_batch_shift, "own largest score"),
        (shifted_by_the_batch, "take log-sum-exp"),
        (lambda s, y: None, "does it end in return"),
    ],
    check.score_gradient: [
        (
            gradient_of(lambda s: np.exp(s - row_max(s)) / np.exp(s - row_max(s)).sum(axis=0)),
            "sums over the digits",
        ),
        (gradient_of(no_keepdims), "without keepdims"),
        (gradient_of(Softmax().forward, factor=lambda n, k: 1), "not divided by N"),
        (gradient_of(Softmax().forward, factor=lambda n, k: 1 / n**2), "divided by N twice"),
        (gradient_of(Softmax().forward, factor=lambda n, k: 1 / k), "number of classes"),
        (gradient_of(Softmax().forward, factor=lambda n, k: -1 / n), "the sign"),
        (gradient_of(Softmax().forward, lambda y, k: 0), "nothing is subtracted"),
        (gradient_of(Softmax().forward, lambda y, k: np.eye(k)[y - 1]), "one class too low"),
        (gradient_of(lambda s: np.exp(s - row_max(s))), "these are exponentials"),
        (gradient_of(softmax_of(lambda s: s)), "may you subtract"),
        (gradient_of(softmax_of(lambda s: s - s.max())), "own largest score"),
        (whole_columns, "pair np.arange"),
        (lambda s, y: package_gradient(s, y)[0], "the shape is"),
    ],
    check.best_factor: [
        (lambda s, y, f: int(np.argmin(losses_of(s, y, f))), "the place of the best"),
        (lambda s, y, f: min(losses_of(s, y, f)), "the lowest loss"),
        (losses_of, "these are the losses"),
        (lambda s, y, f: f[int(np.argmax(losses_of(s, y, f)))], "the highest loss"),
        (divided, "return the factor, not 1 over it"),
        (lambda s, y, f: 1 / divided(s, y, f), "here they are divided"),
        (best_factor_by_error, "this is the first factor"),
        (lambda s, y, f: None, "does it end in return"),
    ],
    check.paper_gradient: [
        (lambda D, y, j: -paper(D, y, j), "the sign"),
        (lambda D, y, j: paper(D, y, j) * len(y), "not divided by N"),
        (lambda D, y, j: -package_gradient(-D, y), "rubbish is missing"),
        (lambda D, y, j: paper(D, y, j, keep=slice(None)), "leave the column"),
        (lambda D, y, j: paper(-D, y, -j), "small distance"),
        (lambda D, y, j: np.eye(D.shape[1])[y] / len(y), "gradient of eq. 8"),
        (lambda D, y, j: paper(D, y, j) - np.eye(D.shape[1])[y] / len(y), "first part"),
        (paper_unshifted, "append -j"),
        (lambda D, y, j: None, "does it end in return"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


def test_the_best_factor_is_found_at_both_ends_and_between_and_is_never_a_place():
    ranks = set()

    def recording(scores, y, factors):
        assert not set(factors) & set(range(len(factors)))
        best = best_factor(scores, y, factors)
        ranks.add(sorted(factors).index(best))
        return best

    check.best_factor(recording)
    assert {0, 4} < ranks
