"""Checkers of the chapter "See what 28 years changed"."""

from itertools import combinations, permutations

import numpy as np

from .checker import Case, run_cases, same
from .train import check_filled


# ---- two parts, four networks
def by_hand(first, last, interaction):
    """Check what four errors say about two parts; None: not started.

    The errors: 30 with both parts old, 24 with a new, 27 with b new, 12 with both new.

    Parameters
    ----------
    first, last : what a changes, as the first and as the last of the two
    interaction : what a and b change together, beyond what each changes alone
    """
    answers = {"first": first, "last": last, "interaction": interaction}
    check_filled("by hand: replace each None by a number", list(answers.values()))
    right = {"first": -6, "last": -15, "interaction": -9}
    for name, value in answers.items():
        same(name, value, right[name], HAND_HINTS[name], reveal=False)
    print("by hand: all three right")


HAND_HINTS = {
    "first": [
        (6, "the error falls: new minus old"),
        (-3, "this is b: only a changes here"),
        (-18, "this changes both parts"),
        (-15, "this is the last step, with b new already"),
    ],
    "last": [
        (15, "the error falls: new minus old"),
        (-12, "this is b as the last step: here b is new already, and a changes"),
        (-18, "this changes both parts"),
        (-6, "this is the first step, with b still old"),
    ],
    "interaction": [
        (9, "together minus alone: the pair brings more than its parts"),
        (-18, "this is what both bring: take away what each brings alone"),
        (-27, "what both bring, minus each alone: do not add the two up"),
        (-12, "take away what *both* bring alone, not only a"),
        (-15, "take away what *both* bring alone, not only b"),
    ],
}


# ---- first and last steps
def drawn(parts, seed):
    """Return errors of all networks of some parts: {the new ones, in order: per cent}."""
    rng = np.random.default_rng(seed)
    names = ["".join(some) for k in range(len(parts) + 1) for some in combinations(parts, k)]
    return {name: float(rng.integers(10, 60)) for name in names}


EXAMPLES = {
    "one part": ({"": 9.0, "a": 4.0}, "a"),
    "the eight networks of By hand": (
        {"": 20.0, "a": 14.0, "b": 21.0, "c": 19.0,
         "ab": 15.0, "ac": 8.0, "bc": 20.0, "abc": 9.0}, "abc"),
    "two parts": (drawn("xy", 0), "xy"),
    "four parts": (drawn("abcd", 1), "abcd"),
}  # fmt: skip


def steps(errors, parts):
    """Return what each part changes: first, and last, of all."""
    others = [parts.replace(part, "") for part in parts]
    first = np.array([errors[part] - errors[""] for part in parts])
    last = np.array([errors[parts] - errors[rest] for rest in others])
    return first, last


def first_and_last(function):
    """Check function(errors, parts) -> what each part changes as (first, last) step."""
    cases = []
    for label, (errors, parts) in EXAMPLES.items():
        first, last = right = steps(errors, parts)
        known = [
            ((last, first), "first is from the network with no new part, last to that with all"),
            ((-first, -last), "new minus old: a fall of the error is negative"),
            ((first, -last), "the last step is new minus old as well: all minus all but one"),
            ((first, first), "the last step leads to the network with all parts new"),
            ((last, last), "the first step starts from the network with no new part"),
            (
                (first, np.array([errors[parts] - errors[part] for part in parts])),
                "the last step starts where all *other* parts are new",
            ),
        ]
        hints = [hint for hint in known if not np.array_equal(hint[0], right)]
        cases.append(Case(label, (errors, parts), right, tuple(hints)))
    run_cases("first and last", function, cases)


# ---- the mean over all orders
def over_orders(errors, parts):
    """Return what each part changes at its place, the mean over all orders of the parts."""
    orders = list(permutations(parts))
    total = dict.fromkeys(parts, 0.0)
    for order in orders:
        for k, part in enumerate(order):
            before, after = ("".join(sorted(order[:n])) for n in (k, k + 1))
            total[part] += errors[after] - errors[before]
    return np.array([total[part] / len(orders) for part in parts])


def over_subsets(errors, parts):
    """Return what each part changes, each set of other new parts counted once."""
    means = []
    for part in parts:
        rest = parts.replace(part, "")
        sets = ["".join(some) for k in range(len(rest) + 1) for some in combinations(rest, k)]
        changes = [errors["".join(sorted(some + part))] - errors[some] for some in sets]
        means.append(np.mean(changes))
    return np.array(means)


def mean_over_orders(function):
    """Check function(errors, parts) -> what each part changes, the mean over all orders."""
    cases = []
    for label, (errors, parts) in EXAMPLES.items():
        first, last = steps(errors, parts)
        right, count = over_orders(errors, parts), len(list(permutations(parts)))
        known = [
            (-right, "new minus old: a fall of the error is negative"),
            (right * count, f"this is the sum: divide by the number of orders, {count}"),
            (first, "these are the first steps alone: a part may come at any place"),
            (last, "these are the last steps alone: a part may come at any place"),
            (
                (first + last) / 2,
                "from three parts on, there are steps between the first and the last",
            ),
            (
                over_subsets(errors, parts),
                "every *order* counts once: the empty set comes first in many orders",
            ),
        ]
        hints = [hint for hint in known if not np.allclose(hint[0], right)]
        cases.append(Case(label, (errors, parts), right, tuple(hints)))
    run_cases("mean over orders", function, cases)


# ---- a comparison with bugs
CLOSE = [0.16, 0.18, 0.2, 0.22, 0.25]


def toy_error(design, rate, seed):
    """Return the error of a toy: lowest at a rate of its own, with the luck of a seed."""
    best, floor = design
    luck = np.random.default_rng([seed, round(1000 * rate), round(100 * floor)]).normal(0, 0.6)
    return round(float(floor + 2 * abs(np.log2(rate / best)) + luck), 3)


def compare(function):
    """Check function(error_of, designs, rates, tuning, seeds) -> errors of each design."""
    several = [(0.1, 5.0), (0.4, 4.0), (0.8, 3.0)]
    rates = [0.05, 0.1, 0.2, 0.4, 0.8]
    examples = {
        "two designs, two rates": (several[:2], [0.1, 0.4], [10, 11], [0, 1]),
        "one design, three rates": (several[1:2], [0.1, 0.4, 1.6], [10, 11], [0, 1, 2]),
        "rates so close that luck decides": ([(0.2, 5.0)], CLOSE, [10, 11], [0, 1, 2]),
        "two designs with the same best rate": ([(0.2, 5.0), (0.2, 3.0)], rates, [7, 8], [0, 1]),
        "three designs, each with a rate of its own": (several, rates, [10, 11], range(5)),
    }
    run_cases(
        "compare",
        lambda designs, rates, tuning, seeds: function(toy_error, designs, rates, tuning, seeds),
        [compare_case(label, *args) for label, args in examples.items()],
    )


def compare_case(label, designs, rates, tuning, seeds):
    """Return a case, with what the usual slips come to."""
    rates, tuning, seeds = list(rates), list(tuning), list(seeds)

    def errors_of(design, rate, some):
        return [toy_error(design, rate, seed) for seed in some]

    def chosen(design, some, pick=min):
        return pick(rates, key=lambda rate: np.mean(errors_of(design, rate, some)))

    def fair(rate_of, some=seeds):
        return [errors_of(design, rate_of(design), some) for design in designs]

    right = fair(lambda design: chosen(design, tuning))
    hints = [
        (
            fair(lambda design: chosen(designs[0], tuning)),
            "all designs have the rate of the first: each has to be tuned",
        ),
        (
            fair(lambda design: chosen(design, tuning), tuning),
            "these are errors of the tuning seeds, which are flattered: run the other seeds",
        ),
        (
            fair(lambda design: chosen(designs[0], tuning), tuning),
            "two bugs: each design needs a rate of its own, and the result needs other seeds",
        ),
        (
            fair(lambda design: chosen(design, seeds)),
            "the seeds of the result have chosen the rate: the tuning seeds do that",
        ),
        (
            [[min(toy_error(d, rate, seed) for rate in rates) for seed in seeds] for d in designs],
            "each seed got the rate that is best for itself: one rate for all seeds of a design",
        ),
        (
            fair(lambda design: chosen(design, tuning, max)),
            "this is the rate with the highest error",
        ),
        (
            fair(lambda design: chosen(design, tuning[:1])),
            "one tuning seed chose: take the mean over all of them",
        ),
    ]
    hints = [hint for hint in hints if hint[0] != right]
    return Case(label, (designs, rates, tuning, seeds), right, tuple(hints))


# ---- one long step or many short ones
def one_or_many(function):
    """Check function(w, X, y, eta) -> (weights after one step for all, weights after one each)."""
    rng = np.random.default_rng(4)

    def some(n, f):
        return rng.normal(size=f), rng.normal(size=(n, f)), rng.normal(size=n)

    examples = {
        "one digit: no difference": (np.array([2.0]), np.array([[1.0]]), np.array([0.0]), 0.5),
        "two digits, by hand": (
            np.array([1.0]),
            np.array([[1.0], [2.0]]),
            np.array([0.0, 0.0]),
            0.1,
        ),
        "the second digit alone is wrong": (np.zeros(2), np.eye(2), np.array([0.0, 1.0]), 0.5),
        "eight digits of three pixels": (*some(8, 3), 0.05),
        "thirty-two digits of five pixels": (*some(32, 5), 0.01),
    }
    run_cases("one or many", function, [steps_case(k, *v) for k, v in examples.items()])


def steps_case(label, w, X, y, eta):
    """Return a case, with what the usual slips come to."""

    def batch(rate):
        return w - rate * X.T @ (X @ w - y) / len(X)

    def in_turn(order, sign=1):
        v = w.copy()
        for n in order:
            v = v - sign * eta * (v @ X[n] - y[n]) * X[n]
        return v

    order = range(len(X))
    one, many = right = batch(len(X) * eta), in_turn(order)
    known = [
        ((many, one), "first the one step for all, then one step for each digit"),
        ((batch(eta), many), "the gradient of a batch is a mean: its step has to be N times eta"),
        ((batch(len(X) ** 2 * eta), many), "this is N times too long: mean, or sum?"),
        ((one, one), "each digit meets the weights that the one before has left"),
        ((one, in_turn(order[::-1])), "the digits come in the order in which they lie"),
        ((2 * w - one, in_turn(order, -1)), "downhill: minus the gradient"),
        (
            (w + 2 * (one - w), w + 2 * (many - w)),
            "the derivative of half a square has no factor 2",
        ),
    ]
    hints = [hint for hint in known if not np.allclose(hint[0], right)]
    return Case(label, (w, X, y, eta), right, tuple(hints))
