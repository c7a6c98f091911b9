"""Checkers of the chapter "Score an answer"."""

import numpy as np

from ..layers import Softmax
from ..losses import SoftmaxCrossEntropy
from .checker import Case, NotStarted, WrongAnswer, attempt, named, same, show_inputs

HAND_EXPS, HAND_LABEL = np.array([2.0, 3.0, 5.0]), 1
HAND_P = HAND_EXPS / HAND_EXPS.sum()
EXTREME = "the answer is not finite: "
HIGH = EXTREME + "exp of a large score overflows. What may you subtract from all scores of a row?"
LOW = EXTREME + "all exp of the row are 0, and 0 / 0 is NaN. What may you add to all its scores?"
APART = EXTREME + (
    "one row lies so far below the other that all its exp are 0:\n"
    "shift each row by its own largest score"
)
LOG_0 = EXTREME + (
    "a probability was too small for a float and became 0, and log 0 is -inf:\n"
    "take log-sum-exp less the true score, and compute no probability"
)


# ---- with a pencil
def hand(p, ds):
    """Check probabilities and gradient of the scores ln 2, ln 3, ln 5, true class 1.

    Parameters
    ----------
    p, ds : (3,) arrays or lists; None is not started
    """
    if p is None or ds is None:
        raise NotStarted("probabilities and gradient by hand: replace each None by your numbers")
    same("probabilities", p, HAND_P, hand_p_hints(), reveal=False)
    same("gradient", ds, HAND_P - one_hot(HAND_LABEL), hand_gradient_hints(), reveal=False)
    print("probabilities and gradient by hand: both right")


def hand_p_hints():
    """Return the probabilities that common slips give, each with its hint."""
    s = np.log(HAND_EXPS)
    return [
        (HAND_EXPS, "these are the exponentials; divide by their sum"),
        (s / s.sum(), "these are the scores over their sum: exp comes first"),
        (HAND_EXPS / 8, "the sum is that of these three exponentials, not that of the chapter's"),
        (HAND_P[::-1], "the order is that of the scores"),
        (s, "these are the scores; take exp first"),
    ]


def hand_gradient_hints():
    """Return the gradients that common slips give, each with its hint."""
    others = [(k, HAND_P - one_hot(k)) for k in range(3) if k != HAND_LABEL]
    return [
        (HAND_P, "these are the probabilities: subtract 1 at the true class"),
        (one_hot(HAND_LABEL) - HAND_P, "the sign: softmax less one-hot"),
        (HAND_P - 1, "subtract 1 at the true class alone: the entries sum to 0"),
        (-one_hot(HAND_LABEL) / HAND_P, "this is the slope by the probabilities; softmax is next"),
        ((HAND_P - one_hot(HAND_LABEL)) / 3, "this is one digit: there is nothing to divide by"),
        *[(value, f"this is for the true class {k}; here it is 1") for k, value in others],
    ]


def one_hot(k, classes=3):
    """Return the one-hot form of label `k`, or of labels `k`."""
    return np.eye(classes)[k]


# ---- what the functions share
def run_finite_cases(exercise, function, cases):
    """Check `function` on pairs (case, what to say when its answer is not finite)."""
    for case, advice in cases:
        with np.errstate(all="ignore"):
            got = attempt(exercise, function, case)
        inputs = named(function, case.args)
        if advice and not_finite(got):
            raise WrongAnswer(f"{case.label}{show_inputs(inputs)}\nHint: {advice}")
        same(case.label, got, case.expected, case.hints, inputs=inputs)
    print(f"{exercise}: right in all {len(cases)} cases")


def not_finite(got):
    """Tell whether an answer of numbers has a NaN or an infinity in it."""
    try:
        return got is not None and not np.isfinite(np.asarray(got, dtype=float)).all()
    except (TypeError, ValueError):
        return False


def shares(exps, **axis):
    """Return exponentials over their sum."""
    with np.errstate(all="ignore"):
        return exps / exps.sum(**axis)


def rows(axis):
    """Return the arguments that make a reduction keep its shape."""
    return {"axis": axis, "keepdims": True}


# ---- softmax
def softmax(function):
    """Check function(scores) -> probabilities, both (N, K)."""
    examples = [
        ("the exponentials 1, 2, 5", np.log([[1.0, 2, 5]]), None),
        ("two digits", np.log([[1.0, 2, 5], [4, 3, 1]]), None),
        ("three digits, three classes", np.log([[1.0, 2, 5], [4, 3, 1], [6, 1, 1]]), None),
        ("scores near 1000", np.array([[1000.0, 999, 997]]), HIGH),
        ("scores near -1000", np.array([[-1000.0, -1001, -1003]]), LOW),
        ("a lead of 4000", np.array([[-2000.0, 2000]]), HIGH),
        ("two digits far apart", np.array([[1000.0, 999], [-1000, -1001]]), APART),
    ]
    cases = [(softmax_case(label, scores), advice) for label, scores, advice in examples]
    run_finite_cases("softmax", function, cases)


def softmax_case(label, scores):
    """Return the case of these scores."""
    hints = (
        (Softmax().forward(np.clip(scores, -700, 700)),
         "cut-off scores have lost their differences: subtract the largest instead"),
        (Softmax().forward(scores - scores.max(axis=0)),
         "this takes the largest score of each column; a row is a digit"),
        (Softmax().forward(scores / scores.max()),
         "dividing the scores changes the ratios of their exponentials: subtract"),
        (transposed_shift(scores),
         "without keepdims=True the largest of row k is subtracted from column k"),
        (shares(np.exp(scores - scores.max())), "this divides by the sum of the whole batch"),
        (shares(np.exp(scores - scores.max(**rows(1))), **rows(0)),
         "each column sums to 1; each row has to"),
        (np.exp(scores - scores.max(**rows(1))),
         "these are exponentials: divide by the sum of the row"),
    )  # fmt: skip
    return Case(label, (scores,), Softmax().forward(scores), hints)


def transposed_shift(scores):
    """Return softmax with row maxima taken from columns, where the shape allows it."""
    shape_allows = scores.shape[0] == scores.shape[1]
    return Softmax().forward(scores - scores.max(axis=1)) if shape_allows else np.nan


# ---- cross-entropy
def cross_entropy(function):
    """Check function(scores, y) -> mean loss, a number."""
    one, two = np.log([[1.0, 2, 5]]), np.log([[1.0, 2, 5], [4, 3, 1]])
    examples = [
        ("the exponentials 1, 2, 5, true class 2", one, [2], None),
        ("the exponentials 1, 2, 5, true class 0", one, [0], None),
        ("two digits", two, [2, 1], None),
        ("right by 1000", np.array([[1000.0, 0, 0]]), [0], HIGH),
        ("wrong by 1000", np.array([[0.0, -1000, -1000]]), [1], LOG_0),
        ("all scores -1000", np.full((1, 3), -1000.0), [1], LOW),
        ("two digits far apart", np.array([[1000.0, 999], [-1000, -1001]]), [1, 0], APART),
    ]
    cases = [
        (cross_entropy_case(label, scores, np.array(y)), advice)
        for label, scores, y, advice in examples
    ]
    run_finite_cases("cross-entropy", function, cases)


def cross_entropy_case(label, scores, y):
    """Return the case of these scores and labels."""
    loss = SoftmaxCrossEntropy()
    right = loss.forward(scores, y)
    prices, p = -loss.log_p[np.arange(len(y)), y], np.exp(loss.log_p[np.arange(len(y)), y])
    true = scores[np.arange(len(y)), y]
    floors = [-np.log(p + floor).mean() for floor in (1e-7, 1e-8, 1e-10, 1e-12, 1e-15, 1e-16)]
    clips = [-np.log(np.maximum(p, f)).mean() for f in (1e-7, 1e-8, 1e-10, 1e-12, 1e-15, 1e-300)]
    hints = (
        (-right, "the sign: the logarithm of a probability is below 0, a price is not"),
        (prices.sum(), "this is the sum over the digits: take the mean"),
        (prices, "these are the prices of the digits: return their mean"),
        (right / np.log(2), "this is in bits, with logarithms to base 2: use np.log"),
        (right / np.log(10), "this has logarithms to base 10: use np.log"),
        (right / scores.shape[1], "the mean is over digits, not over classes as well"),
        (-loss.log_p.max(axis=1).mean(), "this is the price of the largest score, not of the true"),
        ((1 - p).mean(), "this is 1 - p: take minus its logarithm instead"),
        (-true.mean(), "minus the true score alone: log-sum-exp is missing"),
        (right - scores.max(axis=1).mean(),
         "the scores in log-sum-exp are shifted, the true score is not: shift both"),
        (right + true.mean() - scores[:, y].mean(),
         "scores[:, y] takes whole columns: pair np.arange(N) with y"),
        *[(value, "something keeps the probability from 0, and the price from growing:\n"
           "a small number under the logarithm gives it an upper end") for value in floors + clips],
    )  # fmt: skip
    return Case(label, (scores, y), right, hints)


# ---- the gradient by the scores
def score_gradient(function):
    """Check function(scores, y) -> gradient (N, K) of the mean loss."""
    rng = np.random.default_rng(0)
    three = np.log([[1.0, 2, 5], [4, 3, 1], [6, 1, 1]])
    examples = [
        ("the exponentials 1, 2, 5, true class 2", three[:1], [2], None),
        ("two digits, three classes", three[:2], [2, 0], None),
        ("three digits, three classes", three, [2, 0, 1], None),
        ("five digits, ten classes", rng.normal(size=(5, 10)), rng.integers(0, 10, 5), None),
        ("scores near 1000", np.array([[1000.0, 999, 997]]), [1], HIGH),
        ("two digits far apart", np.array([[1000.0, 999], [-1000, -1001]]), [1, 0], APART),
    ]
    cases = [
        (gradient_case(label, scores, np.array(y)), advice) for label, scores, y, advice in examples
    ]
    run_finite_cases("score gradient", function, cases)


def gradient_case(label, scores, y):
    """Return the case of these scores and labels."""
    n, classes = scores.shape
    exps, target = np.exp(scores - scores.max(**rows(1))), one_hot(y, classes)
    p = shares(exps, **rows(1))
    right = (p - target) / n
    crossed = exps / exps.sum(axis=1) if n == classes else np.full_like(p, np.nan)
    hints = (
        ((shares(exps, axis=0) - target) / n,
         "this sums over the digits: the columns of p sum to 1, its rows have to"),
        ((crossed - target) / n,
         "without keepdims=True column k is divided by the sum of row k"),
        (right * n, "this is not divided by N: the loss is a mean over the batch"),
        (right / n, "divided by N twice"),
        (right / classes, "divided by the number of classes, not of digits"),
        (-right, "the sign: softmax less one-hot"),
        (p / n, "nothing is subtracted at the true class"),
        ((p - one_hot(y, classes).max(axis=0)) / n,
         "p[:, y] changes whole columns: pair np.arange(N) with y"),
        ((p - one_hot(y - 1, classes)) / n, "the 1 is subtracted one class too low"),
        ((exps - target) / n, "these are exponentials: divide by the sum of the row"),
    )  # fmt: skip
    return Case(label, (scores, y), right, hints)


# ---- a factor on the scores
def best_factor(function):
    """Check function(scores, y, factors) -> the factor with the lowest mean loss."""
    scores, factors = (
        np.array([[2.0, 0], [2, 0], [2, 0], [2, 0]]),
        np.array([0.25, 0.5, 0.9, 1.8, 4.5]),
    )
    rng = np.random.default_rng(0)
    ten = np.round(4 * one_hot(rng.integers(0, 10, 60), 10) + rng.normal(size=(60, 10)), 2)
    labels = np.where(np.arange(60) % 6 > 0, ten.argmax(axis=1), rng.integers(0, 10, 60))
    examples = [
        ("three of four right", scores, np.array([0, 0, 0, 1]), factors),
        ("all right: the surer the better", scores, np.zeros(4, int), factors),
        ("all wrong: the less sure the better", scores, np.ones(4, int), factors),
        ("factors in another order", scores, np.array([0, 1, 0, 0]), factors[[4, 0, 3, 1, 2]]),
        ("60 digits, ten classes", ten, labels, np.array([2.5, 0.1, 1.5, 0.7, 0.3])),
    ]
    run_finite_cases("best factor", function, [(factor_case(*e), None) for e in examples])


def factor_case(label, scores, y, factors):
    """Return the case of these scores, labels and factors."""
    losses = np.array([SoftmaxCrossEntropy().forward(f * scores, y) for f in factors])
    divided = np.array([SoftmaxCrossEntropy().forward(scores / f, y) for f in factors])
    best = int(losses.argmin())
    hints = (
        (best, "this is the place of the best factor: return the factor"),
        (losses.min(), "this is the lowest loss: return its factor"),
        (losses, "these are the losses: return the factor of the lowest"),
        (1 / factors[divided.argmin()], "return the factor, not 1 over it"),
        (factors[losses.argmax()], "this factor has the highest loss"),
        (factors[divided.argmin()], "multiply the scores by the factor; here they are divided"),
        (factors[0], "this is the first factor. No factor changes an answer, so the error\n"
         "is the same for all: compare the losses"),
    )  # fmt: skip
    return Case(label, (scores, y, factors), float(factors[best]), hints)


# ---- the loss of the paper
def paper_gradient(function):
    """Check function(D, y, j) -> gradient (N, K) of the paper's eq. 9 by the distances."""
    small = -np.log([[1.0, 2, 4], [4, 2, 1]])
    examples = [
        ("the exponentials 1, 2, 4, and 1 for rubbish", small[:1], [2], 0.0),
        ("two digits", small, [2, 1], 0.0),
        ("rubbish far away: no probability", small, [0, 2], 100.0),
        ("rubbish near: nearly all the probability", small, [0, 2], -20.0),
        ("distances near 1000", np.array([[1000.0, 1001, 1003]]), [1], 1002.0),
        ("two digits far apart", np.array([[0.0, 1], [1000, 1001]]), [1, 0], 1002.0),
    ]
    cases = [(paper_case(label, D, np.array(y), j), LOW_J) for label, D, y, j in examples]
    run_finite_cases("paper gradient", function, cases)


LOW_J = EXTREME + (
    "exp of minus a large distance is 0, and 0 / 0 is NaN:\n"
    "append -j to the scores -D of each row and let a stable softmax do it"
)


def paper_case(label, D, y, j):
    """Return the case of these distances, labels and j."""
    n, classes = D.shape
    target = one_hot(y, classes)
    all_p = Softmax().forward(np.column_stack([-D, np.full(n, -j)]))
    p = all_p[:, :-1]
    right = (target - p) / n
    hints = (
        (-right, "the sign: scores are minus the distances"),
        (right * n, "this is not divided by N: the loss is a mean over the batch"),
        ((target - Softmax().forward(-D)) / n, "the class rubbish is missing from the sum"),
        ((one_hot(y, classes + 1) - all_p) / n, "leave the column of rubbish out: j is fixed"),
        ((target - Softmax().forward(np.column_stack([D, np.full(n, j)]))[:, :-1]) / n,
         "a small distance has to give a large probability: the scores are -D and -j"),
        (target / n, "this is the gradient of eq. 8, without the sum of eq. 9"),
        (-p / n, "the true class's own distance, the first part of eq. 9, is missing"),
    )  # fmt: skip
    return Case(label, (D, y, j), right, hints)
