"""Checkers of the chapter "Aim at ten stylised digits"."""

import numpy as np

from ..paper.layers import RBF
from ..paper.losses import MAPLoss
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same
from .score import not_finite

HAND_CODES = np.array([[1.0, 1, -1, -1], [1, -1, 1, -1], [-1, 1, 1, -1]])
HAND_X, HAND_LABEL = np.array([0.0, -1, 1, 0]), 2
HAND_D = ((HAND_X - HAND_CODES) ** 2).sum(axis=1)
LEAST = 40  # pixels between any two codes of `code_book`


# ---- with a pencil
def hand(D, dD):
    """Check penalties and gradient of the states (0, -1, 1, 0), true class C.

    Parameters
    ----------
    D, dD : (3,) arrays or lists; None is not started
    """
    if D is None or dD is None:
        raise NotStarted("penalties and gradient by hand: replace each None by your numbers")
    same("squared distances", D, HAND_D, hand_penalty_hints(), reveal=False)
    same("gradient", dD, one_hot() - hand_shares(4), hand_gradient_hints(), reveal=False)
    print("squared distances and gradient by hand: both right")


def hand_shares(rubbish):
    """Return the probabilities of the classes, with `rubbish` quarters of one for e^-j."""
    exps = 2.0 ** (5 - HAND_D / 2)
    return exps / (exps.sum() + rubbish)


def one_hot():
    """Return the one-hot form of the label."""
    return np.eye(3)[HAND_LABEL]


def hand_penalty_hints():
    """Return the penalties that common slips give, each with its hint."""
    return [
        (np.sqrt(HAND_D), "no square root: the penalty is the squared distance"),
        (np.abs(HAND_X - HAND_CODES).sum(axis=1), "square each difference before you add"),
        ([2, 6, 10], "these belong to the states of the chapter; here they are (0, -1, 1, 0)"),
        (HAND_D[::-1], "the order is A, B, C"),
        (((HAND_X * HAND_CODES).sum(axis=1)), "these are the products x·w, not the distances"),
    ]


def hand_gradient_hints():
    """Return the gradients that common slips give, each with its hint."""
    right = one_hot() - hand_shares(4)
    others = [(k, np.eye(3)[k] - hand_shares(4)) for k in range(3) if k != HAND_LABEL]
    return [
        (-right, "the sign: one-hot less the probabilities, as penalties are minus scores"),
        (one_hot(), "this is the gradient of eq. 8; eq. 9 lets the others compete"),
        (one_hot() - hand_shares(0), "rubbish is missing from the sum: it has e^-j = 1/8"),
        (hand_shares(4), "these are the probabilities: take them from the one-hot label"),
        (25 * right, "these are the numerators: divide by the sum of all four"),
        *[(value, f"this is for the true class {'ABC'[k]}; here it is C") for k, value in others],
    ]


# ---- the penalties
def penalties(function):
    """Check function(x, codes) -> squared distances (N, K) of x (N, F) from codes (K, F)."""
    rng = np.random.default_rng(0)
    small = np.array([[1.0, 0, -1, 0], [0, -1, 1, 0]])
    examples = [
        ("one digit, three codes", small[:1], HAND_CODES),
        ("two digits, three codes", small, HAND_CODES),
        ("three digits, three codes", np.array([*small, [2.0, 1, 0, 1]]), HAND_CODES),
        ("five digits, ten codes", rng.normal(size=(5, 84)), rng.choice([-1.0, 1.0], (10, 84))),
        ("codes of 0 and 1", small, (HAND_CODES + 1) / 2),
    ]
    run_cases("penalties", function, [penalty_case(*example) for example in examples])


def penalty_case(label, x, codes):
    """Return the case of these states and codes."""
    difference = x[:, None] - codes
    right = (difference**2).sum(axis=2)
    hints = (
        (np.sqrt(right), "no square root: eq. 7 is the squared distance"),
        (right / 2, "no factor 1/2 in eq. 7"),
        ((difference**2).mean(axis=2), "the sum over the states, not their mean"),
        (np.abs(difference).sum(axis=2), "square the differences before the sum"),
        ((difference**2).sum(axis=1), "this sums over the codes: axis 2 holds the states"),
        (difference.sum(axis=2) ** 2, "square each difference first, then add"),
        (-2 * x @ codes.T + (codes**2).sum(axis=1), "|x|² is missing: one number a digit"),
        (-2 * x @ codes.T, "both squared norms are missing"),
        (x @ codes.T, "these are scores x·w, not distances"),
        (right.T, "a row for each digit, a column for each code: (N, K)"),
    )
    return Case(label, (x, codes), right, hints)


# ---- eq. 9
def map_loss(function):
    """Check function(D, y, j) -> eq. 9, the mean over the digits, a number."""
    small = np.log([[2.0, 8, 32], [32.0, 2, 8]])
    far = np.array([[2000.0, 2001, 2003], [1000, 1001, 1003]])
    examples = [
        ("the example by hand", small[:1], [0], np.log(8)),
        ("two digits", small, [0, 2], np.log(8)),
        ("rubbish near", small, [1, 0], 0.1),
        ("penalties near 2000, rubbish near", far, [0, 1], 1.0),
        ("penalties near 2000, rubbish far", far[:1], [2], 2002.0),
        ("two digits far apart", far, [2, 0], 3000.0),
    ]
    for example in examples:
        case = map_case(*example)
        with np.errstate(all="ignore"):
            got = attempt("eq. 9", function, case)
        if not_finite(got):
            raise WrongAnswer(f"{case.label}: the answer is not finite\nHint: {UNDERFLOW}")
        shown = dict(zip(["D", "y", "j"], case.args, strict=True))
        same(case.label, got, case.expected, case.hints, inputs=shown)
    print(f"eq. 9: right in all {len(examples)} cases")


UNDERFLOW = (
    "exp of minus a large penalty is 0, and log 0 is -inf: append j to each row of penalties\n"
    "and take the lowest out of the sum before exp"
)


def map_case(label, D, y, j):
    """Return the case of these penalties, labels and j."""
    y = np.array(y)
    right = MAPLoss(j).forward(D, y)
    true, n = D[np.arange(len(y)), y].mean(), len(y)
    hints = (
        (right * n, "this is the sum over the digits: take the mean"),
        (true, "this is eq. 8: the logarithm is missing"),
        (right - true, "the true class's own penalty, the first part, is missing"),
        (MAPLoss(1e9).forward(D, y), "rubbish is missing from the sum"),
        (MAPLoss(1e9).forward(D, y) + np.exp(-j), "e^-j belongs inside the logarithm"),
        (2 * true - right, "the sign of the logarithm: it is added"),
        (right - true + D.min(axis=1).mean(), "the first part is the true penalty, not the lowest"),
        (plus_j(D, y, j), "rubbish has the penalty j, so the sum gets e^-j, not j"),
        (right / D.shape[1], "the mean is over digits, not over classes as well"),
    )
    return Case(label, (D, y, j), right, hints)


def plus_j(D, y, j):
    """Return the loss with j itself in the sum."""
    return (D[np.arange(len(y)), y] + np.log(j + np.exp(-D).sum(axis=1))).mean()


# ---- the way back
def rbf_backward(function):
    """Check function(dy, x, codes, scale) -> dx (N, F)."""
    rng = np.random.default_rng(1)
    x = np.array([[1.0, 0, -1, 0], [0, -1, 1, 0]])
    hand = np.array([[9.0, -4, -1], [-1, -16, 21]]) / 25
    examples = [
        ("eq. 8, one digit", np.eye(3)[[0]], x[:1], HAND_CODES, 1.0),
        ("eq. 8, two digits", np.eye(3)[[0, 2]] / 2, x, HAND_CODES, 1.0),
        ("eq. 9, one digit", hand[:1], x[:1], HAND_CODES, np.log(2) / 2),
        ("eq. 9, two digits", hand / 2, x, HAND_CODES, np.log(2) / 2),
        ("any dy", *[rng.normal(size=shape) for shape in ((5, 10), (5, 7), (10, 7))], 3.0),
    ]
    run_cases("rbf backward", function, [backward_case(*example) for example in examples])


def backward_case(label, dy, x, codes, scale):
    """Return the case of these slopes, states, codes and scale."""
    layer = RBF(codes, scale=scale)
    layer.forward(x)
    right = layer.backward(dy)
    hints = (
        (2 * scale * (x / len(x) - dy @ codes),
         "this takes each row of dy to sum to 1/N. It does under eq. 8; under eq. 9 rubbish\n"
         "keeps its share. Multiply x by the sum of its row"),
        (2 * scale * (x - dy @ codes),
         "x counts as often as its row of dy sums to: under a mean over N digits not once"),
        (right / 2, "the slope of a square is twice the difference"),
        (right / scale, "the scale is missing"),
        (-right, "the sign: a step against the gradient has to bring x nearer to the code"),
        (-2 * scale * dy @ codes, "the part with x is missing"),
        (2 * scale * (dy.sum() * x - dy @ codes), "sum each row of dy, not all of it"),
    )  # fmt: skip
    return Case(label, (dy, x, codes, scale), right, hints)


# ---- what decides
def decisive(function):
    """Check function(x, codes) -> the part of x (N, F) that the answer depends on, (N, F)."""
    rng = np.random.default_rng(2)
    x = np.array([[1.0, 3, -1, 2], [0, -1, 1, 0]])
    examples = [
        ("two codes that differ in one state", x, np.array([[1.0, 1, -1, -1], [1, -1, -1, -1]])),
        ("two codes that differ in two states", x, HAND_CODES[:2]),
        ("three codes", x, HAND_CODES),
        ("ten codes", rng.normal(size=(3, 84)), rng.choice([-1.0, 1.0], (10, 84))),
    ]
    run_cases("decisive part", function, [decisive_case(*example) for example in examples])


def decisive_case(label, x, codes):
    """Return the case of these states and codes."""
    D = codes[1:] - codes[0]
    right = x @ np.linalg.pinv(D) @ D
    hints = (
        (x, "this is all of x: what all codes have in common does not count"),
        (x - right, "this is the other part: no answer depends on it"),
        (x @ np.linalg.pinv(codes) @ codes,
         "this is the part along the codes; only along their differences is anything decided"),
        (x @ D.T @ D, "the differences are not at right angles, nor of length 1:\n"
         "np.linalg.pinv puts that right"),
        (x * (np.ptp(codes, axis=0) > 0), "this keeps all states in which codes differ; they are\n"
         "more than the directions in which codes differ"),
        (right - right.mean(axis=0), "take no mean off: the directions alone count"),
        ((x - codes.mean(axis=0)) @ np.linalg.pinv(D) @ D,
         "take no mean off: the directions alone count"),
    )  # fmt: skip
    return Case(label, (x, codes), right, hints)


# ---- codes of one's own
def code_book(function):
    """Check function() -> ten codes (10, 84) of +1 and -1, all pairs LEAST pixels apart."""
    got = attempt("code book", function, Case("your codes", (), None))
    try:
        codes = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer("your codes: that is no array of numbers") from None
    if codes.shape != (10, 84):
        raise WrongAnswer(f"your codes: the shape is {codes.shape}, expected (10, 84)")
    if not np.isin(codes, (-1, 1)).all():
        hint = "\nHint: 2 * codes - 1 turns 0 and 1 into -1 and 1" if codes.min() == 0 else ""
        raise WrongAnswer(f"your codes: all entries have to be +1 or -1{hint}")
    apart = (codes[:, None] != codes).sum(axis=2) + 84 * np.eye(10, dtype=int)
    a, b = np.unravel_index(apart.argmin(), apart.shape)
    if apart.min() < LEAST:
        raise WrongAnswer(
            f"your codes: {a} and {b} differ in {apart.min()} pixels, asked for are {LEAST}"
            + ("\nHint: two digits have the same code" if not apart.min() else "")
        )
    print(f"code book: right, any two codes differ in at least {apart.min()} pixels")
