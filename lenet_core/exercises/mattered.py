"""Checkers of the chapter "Find what mattered"."""

import copy

import numpy as np
from scipy.stats import t as t_distribution

from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same
from .train import check_filled

# ---- two settings by hand
FIRST, SECOND = [25, 33, 27, 35], [22, 30, 24, 28]


def by_hand(difference, unpaired, paired):
    """Check the difference of the two settings and both of its standard errors; None: not started.

    Parameters
    ----------
    difference : mean of the first minus mean of the second
    unpaired, paired : its standard error, from the two spreads and from the differences by seed
    """
    answers = {"difference": difference, "unpaired": unpaired, "paired": paired}
    check_filled("by hand: replace each None by a number", list(answers.values()))
    hints = hand_mistakes()
    right = {"difference": 4, "unpaired": 3, "paired": 1}
    for name, value in answers.items():
        same(name, value, right[name], hints[name], reveal=False)
    print("by hand: all three right")


def hand_mistakes():
    """Return for each answer what the usual slips come to, with their hints."""
    a, b = np.array(FIRST), np.array(SECOND)
    root = "this is the variance of the mean: take the square root"
    by_four = "divide the squared deviations by n - 1 = 3, not by 4"
    variances, spread = a.var(ddof=1) + b.var(ddof=1), (a - b).std(ddof=1)
    return {
        "difference": [
            (-4, "the first minus the second"),
            (16, "this is the sum of the differences: take their mean"),
        ],
        "unpaired": [
            (variances / 4, root),
            (np.sqrt(variances), "this is the spread of one difference: divide by n = 4 inside"),
            (np.sqrt((a.var() + b.var()) / 4), by_four),
            (a.std(ddof=1) / 2 + b.std(ddof=1) / 2, "standard errors add up as squares"),
            (1, "this one is paired: here, take the spread of each setting"),
        ],
        "paired": [
            (spread, "this is the spread of the differences: divide by the root of n = 4"),
            (spread**2, "this is the variance of the differences: root, then divide by root n"),
            ((a - b).std() / 2, by_four),
            (3, "this one is unpaired: here, take the spread of the four differences"),
        ],
    }


# ---- the difference in standard errors
def t_value(function):
    """Check function(a, b) -> (mean of b - mean of a) over its standard error."""
    rng = np.random.default_rng(0)
    examples = {
        "three seeds each": ([10, 12, 14], [11, 15, 16]),
        "the five seeds of the chapter": ([24, 20, 28, 22, 26], [18, 20, 26, 19, 22]),
        "a difference of 0, other seeds first": ([1.0, 2, 3], [3.0, 1, 2]),
        "three seeds and five": ([2.0, 2.5, 2.1], [1.2, 1.4, 1.1, 1.5, 1.3]),
        "other spreads": (rng.normal(2, 0.1, 5).tolist(), rng.normal(3, 1, 5).tolist()),
    }
    cases = [t_case(label, *map(np.array, pair)) for label, pair in examples.items()]
    run_cases("t value", function, cases)


def t_case(label, a, b):
    """Return a case, with what the usual slips come to."""
    a, b = a.astype(float), b.astype(float)
    difference, n, k = b.mean() - a.mean(), len(a), len(b)
    squared = a.var(ddof=1) / n + b.var(ddof=1) / k
    right = difference / np.sqrt(squared)
    hints = [
        (-right, "the sign is turned: b minus a"),
        (abs(right), "keep the sign: it says which of the two is larger"),
        (difference, "this is the difference: divide it by its standard error"),
        (difference / squared, "take the root of the sum of the squared standard errors"),
        (difference / np.sqrt(a.var() / n + b.var() / k),
         "the variance divides by n - 1: np.var(x, ddof=1)"),
        (difference / np.sqrt(a.var(ddof=1) + b.var(ddof=1)),
         "this divides by the spread of single runs: a mean of n spreads less, var / n"),
        (difference / (a.std(ddof=1) / np.sqrt(n) + b.std(ddof=1) / np.sqrt(k)),
         "standard errors add up as squares, under one root"),
    ]  # fmt: skip
    if n == k:
        paired = (b - a).std(ddof=1)
        hints.append((difference / (paired / np.sqrt(n)),
                      "this pairs the seeds: here, each setting has its own spread"))  # fmt: skip
    return Case(label, (a, b), right, tuple(hints))


# ---- the loop with bugs
BASE = {"lr": 0.02, "momentum": 0.9, "batch_size": 32}


def ablate(function):
    """Check function(train, base, changes, seeds) -> {name: list of errors}."""
    changes = {"slow": {"lr": 0.002}, "plain": {"momentum": 0.0}}
    examples = {
        "one seed, one change": ({"slow": {"lr": 0.002}}, [0]),
        "one seed, two changes": (changes, [0]),
        "three seeds, two changes": (changes, [0, 1, 2]),
        "seeds that are not 0, 1, 2": (changes, [7, 3]),
    }
    for label, (change, seeds) in examples.items():
        check_loop(function, label, change, seeds)
    print(f"ablate: right in all {len(examples)} cases")


def check_loop(function, label, changes, seeds):
    """Check which runs the loop asks for, and where it puts their results."""
    calls, given = [], (dict(BASE), copy.deepcopy(changes))

    def train(setting, seed):
        calls.append((dict(setting), seed))
        return float(len(calls))

    got = attempt(
        "ablate",
        lambda base, changes, seeds: function(train, *given, seeds),
        Case(label, (BASE, changes, list(seeds)), None),
    )
    settings = {"base": BASE} | {name: BASE | change for name, change in changes.items()}
    wanted = [(setting, seed) for setting in settings.values() for seed in seeds]
    hint = loop_hint(calls, wanted, settings, got, seeds)
    if not hint and given != (BASE, changes):
        hint = "`base` and `changes` have changed: make a new dict for every setting"
    if hint:
        raise WrongAnswer(
            f"{label}: expected the runs {wanted}, got {calls}\nreturned: {got}\nHint: {hint}"
        )


def loop_hint(calls, wanted, settings, got, seeds):
    """Say what is wrong with the runs or the results; None if nothing is."""
    met = [setting for setting, _ in calls]
    if BASE not in met:
        return "the base itself has to be run: it is what the others are compared with"
    if any(setting not in settings.values() for setting in met):
        return "changes pile up: every setting starts from the base, in a dict of its own"
    if {seed for _, seed in calls} != set(seeds):
        return "each run gets its own seed, from `seeds`"
    if sorted(map(repr, calls)) != sorted(map(repr, wanted)):
        return "every setting meets every seed once"
    if not isinstance(got, dict) or set(got) != set(settings):
        return 'return {name: errors}, with "base" among the names'
    results = {repr(call): float(k) for k, call in enumerate(calls, 1)}
    right = {
        name: [results[repr((setting, seed))] for seed in seeds]
        for name, setting in settings.items()
    }
    if {name: list(np.atleast_1d(values)) for name, values in got.items()} != right:
        return "a name has errors of other runs, or not all of its own, in the order of the seeds"
    return None


# ---- how many seeds
def seeds_needed(function):
    """Check function(spread, difference) -> the smallest number of seeds for each setting."""
    examples = {
        "as large as the spread": (0.2, 0.2),
        "a difference of two spreads": (0.2, 0.4),
        "a difference of ten spreads": (0.1, 1.0),
        "a third of the spread": (0.3, 0.1),
        "a tenth of the spread": (1.0, 0.1),
    }
    cases = [seeds_case(label, *pair) for label, pair in examples.items()]
    run_cases("seeds needed", function, cases)


def fewest(enough, limit=10_000):
    """Return the smallest number of seeds, from 2 on, that is enough."""
    return next((k for k in range(2, limit) if enough(k)), limit)


def seeds_case(label, spread, difference):
    """Return a case, with what the usual slips come to."""

    def reached(degrees=lambda k: 2 * (k - 1), level=0.975, runs=2):
        def enough(k):
            needed = t_distribution.ppf(level, degrees(k))
            return difference >= needed * spread * np.sqrt(runs / k)

        return fewest(enough)

    hints = (
        (reached() - 1, "one too few: did the loop stop early, or does 1.96 stand where "
         "t.ppf(0.975, 2 * (k - 1)) belongs?"),
        (2 * reached(), "count the seeds of one setting, not of both"),
        (reached(level=0.95), "a difference may have either sign: half of 5 % at each end, 0.975"),
        (reached(runs=1), "both means are uncertain: spread times the root of 2 / k"),
        (reached(degrees=lambda k: k - 1), "two settings of k seeds leave 2 (k - 1) degrees"),
        (reached() + 1, "one too many: start at 2 and stop at the first that is enough"),
    )  # fmt: skip
    return Case(label, (spread, difference), reached(), hints)


__all__ = [
    "NotStarted",
    "ablate",
    "by_hand",
    "seeds_needed",
    "t_value",
]
