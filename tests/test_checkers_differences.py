"""The checkers of "See what 28 years changed": no wrong answer passes, other right ones do."""

from itertools import permutations
from math import factorial

import numpy as np
from answers import checker_tests, hand_tests

from lenet_core.exercises import differences as check

# ---------------------------------------------------------------- two parts, by hand
HAND_RIGHT = {"numbers": (-6, -15, -9), "from errors": (24 - 30, 12.0 - 27, np.int64(12 - 24 + 3))}
HAND_WRONG = {
    "the fall": ((6, -15, -9), "falls"),
    "of b": ((-3, -15, -9), "this is b"),
    "both parts": ((-18, -15, -9), "both parts"),
    "swapped": ((-15, -6, -9), "b new already"),
    "last falls": ((-6, 15, -9), "falls"),
    "last of b": ((-6, -12, -9), "b as the last step"),
    "last both": ((-6, -18, -9), "both parts"),
    "last is first": ((-6, -6, -9), "b still old"),
    "turned": ((-6, -15, 9), "together minus alone"),
    "together": ((-6, -15, -18), "take away what each"),
    "added up": ((-6, -15, -27), "do not add"),
    "only a": ((-6, -15, -12), "not only a"),
    "only b": ((-6, -15, -15), "not only b"),
    "a word": ((-6, -15, "nine"), "interaction"),
}
(
    test_right_by_hand,
    test_wrong_by_hand,
    test_by_hand_not_started,
) = hand_tests(
    check.by_hand,
    HAND_RIGHT,
    HAND_WRONG,
    [(None, None, None), (-6, None, -9), (..., -15, -9)],
    "all three right",
)


# ---------------------------------------------------------------- first and last steps
def first_and_last(errors, parts):
    first = [errors[part] - errors[""] for part in parts]
    last = [errors[parts] - errors[parts.replace(part, "")] for part in parts]
    return first, last


def in_an_array(errors, parts):
    both = np.zeros((2, len(parts)))
    for k in range(len(parts)):
        both[0, k] = errors[parts[k]] - errors[""]
        both[1, k] = errors[parts] - errors[parts[:k] + parts[k + 1 :]]
    return both


def last_from_one(errors, parts):
    return first_and_last(errors, parts)[0], [errors[parts] - errors[part] for part in parts]


STEPS_WRONG = [
    (lambda e, p: first_and_last(e, p)[::-1], "no new part|first step starts"),
    (lambda e, p: -in_an_array(e, p), "new minus old"),
    (lambda e, p: in_an_array(e, p) * [[1], [-1]], "as well|new minus old"),
    (lambda e, p: in_an_array(e, p)[[0, 0]], "leads to"),
    (lambda e, p: in_an_array(e, p)[[1, 1]], "first step starts"),
    (last_from_one, "other"),
    (lambda e, p: first_and_last(e, p)[0], "shape"),
    (lambda e, p: None, "return"),
]


# ---------------------------------------------------------------- the mean over all orders
def over_orders(errors, parts):
    found = []
    for order in permutations(parts):
        walk = [errors["".join(sorted(order[:k]))] for k in range(len(parts) + 1)]
        found.append([walk[order.index(part) + 1] - walk[order.index(part)] for part in parts])
    return np.mean(found, axis=0)


def by_weights(errors, parts):
    """Weigh each set by the orders that pass it."""
    n, found = len(parts), []
    for part in parts:
        without = [name for name in errors if part not in name]
        weights = [factorial(len(s)) * factorial(n - 1 - len(s)) / factorial(n) for s in without]
        changes = [errors["".join(sorted(s + part))] - errors[s] for s in without]
        found.append(float(np.dot(weights, changes)))
    return found


def over_sets(errors, parts):
    return [
        np.mean([errors["".join(sorted(s + part))] - errors[s] for s in errors if part not in s])
        for part in parts
    ]


ORDERS_WRONG = [
    (lambda e, p: -over_orders(e, p), "new minus old"),
    (lambda e, p: over_orders(e, p) * factorial(len(p)), "number of orders"),
    (lambda e, p: first_and_last(e, p)[0], "first steps alone"),
    (lambda e, p: first_and_last(e, p)[1], "last steps alone"),
    (lambda e, p: in_an_array(e, p).mean(axis=0), "between"),
    (over_sets, "order"),
    (lambda e, p: float(over_orders(e, p).sum()), "shape"),
    (lambda e, p: None, "return"),
]


# ---------------------------------------------------------------- a comparison with bugs
def compare(train, designs, rates, tuning, seeds):
    found = []
    for design in designs:
        means = [np.mean([train(design, rate, seed) for seed in tuning]) for rate in rates]
        rate = rates[int(np.argmin(means))]
        found.append([train(design, rate, seed) for seed in seeds])
    return found


def compare_by_sums(train, designs, rates, tuning, seeds):
    def best(design):
        return min(rates, key=lambda rate: sum(train(design, rate, seed) for seed in tuning))

    return np.array([[train(d, rate, s) for s in seeds] for d, rate in zip(
        designs, map(best, designs), strict=True)])  # fmt: skip


def one_rate(train, designs, rates, tuning, seeds):
    means = [np.mean([train(designs[0], rate, seed) for seed in tuning]) for rate in rates]
    rate = rates[int(np.argmin(means))]
    return [[train(design, rate, seed) for seed in seeds] for design in designs]


def highest(train, designs, rates, tuning, seeds):
    return compare(lambda d, rate, seed: -train(d, rate, seed), designs, rates, tuning, seeds)


def highest_positive(*args):
    return [[-error for error in of_one] for of_one in highest(*args)]


def each_its_own(train, designs, rates, tuning, seeds):
    return [[min(train(d, rate, seed) for rate in rates) for seed in seeds] for d in designs]


COMPARE_WRONG = [
    (one_rate, "each has to be tuned"),
    (lambda t, d, r, tuning, seeds: compare(t, d, r, tuning, tuning), "flattered"),
    (lambda t, d, r, tuning, seeds: one_rate(t, d, r, tuning, tuning), "two bugs"),
    (lambda t, d, r, tuning, seeds: compare(t, d, r, seeds, seeds), "tuning seeds do that"),
    (each_its_own, "one rate for all seeds"),
    (highest_positive, "highest error"),
    (lambda t, d, r, tuning, seeds: compare(t, d, r, tuning[:1], seeds), "one tuning seed"),
    (lambda t, d, r, tuning, seeds: np.mean(compare(t, d, r, tuning, seeds), axis=1), "shape"),
    (lambda *args: None, "return"),
]


# ---------------------------------------------------------------- one long step or many short ones
def one_or_many(w, X, y, eta):
    one = w - eta * (X @ w - y) @ X
    for x, target in zip(X, y, strict=True):
        w = w - eta * (x @ w - target) * x
    return one, w


def by_slopes(w, X, y, eta):
    def slope(v, rows):
        return np.mean([(v @ X[n] - y[n]) * X[n] for n in rows], axis=0)

    many = w.copy()
    for n in range(len(X)):
        many -= eta * slope(many, [n])
    return np.stack([w - eta * len(X) * slope(w, range(len(X))), many])


def all_at_once(w, X, y, eta):
    one, _ = one_or_many(w, X, y, eta)
    return one, one


def short_batch(w, X, y, eta):
    return one_or_many(w, X, y, eta / len(X))[0], one_or_many(w, X, y, eta)[1]


def long_batch(w, X, y, eta):
    return one_or_many(w, X, y, eta * len(X))[0], one_or_many(w, X, y, eta)[1]


def backwards(w, X, y, eta):
    return one_or_many(w, X, y, eta)[0], one_or_many(w, X[::-1], y[::-1], eta)[1]


STEP_WRONG = [
    (lambda *args: one_or_many(*args)[::-1], "first the one step"),
    (short_batch, "N times eta"),
    (long_batch, "N times too long"),
    (all_at_once, "has left"),
    (backwards, "in the order"),
    (lambda w, X, y, eta: one_or_many(w, X, y, -eta), "downhill"),
    (lambda w, X, y, eta: w + 2 * (np.array(one_or_many(w, X, y, eta)) - w), "no factor 2"),
    (lambda *args: one_or_many(*args)[1], "shape"),
    (lambda *args: None, "return"),
]

RIGHT = {
    check.first_and_last: [first_and_last, in_an_array],
    check.mean_over_orders: [over_orders, by_weights],
    check.compare: [compare, compare_by_sums],
    check.one_or_many: [one_or_many, by_slopes],
}
WRONG = {
    check.first_and_last: STEPS_WRONG,
    check.mean_over_orders: ORDERS_WRONG,
    check.compare: COMPARE_WRONG,
    check.one_or_many: STEP_WRONG,
}
(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


def test_the_numbers_by_hand_are_what_the_exercise_says():
    errors = {"": 30, "a": 24, "b": 27, "ab": 12}
    (first, _), (last, _) = first_and_last(errors, "ab")
    assert (first, last) == (-6, -15)
    assert errors["ab"] - errors["a"] - errors["b"] + errors[""] == -9


def test_the_two_example_means_differ_from_three_parts_on():
    errors, parts = check.EXAMPLES["four parts"]
    assert not np.allclose(over_sets(errors, parts), over_orders(errors, parts))
    assert np.isclose(sum(over_orders(errors, parts)), errors[parts] - errors[""])


def test_each_toy_has_its_lowest_error_at_a_rate_of_its_own():
    rates = [0.1, 0.2, 0.4, 0.8]
    for best in rates:
        means = [
            np.mean([check.toy_error((best, 3.0), rate, s) for s in range(20)]) for rate in rates
        ]
        assert rates[int(np.argmin(means))] == best
