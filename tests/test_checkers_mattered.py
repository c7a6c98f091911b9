"""The checkers of "Find what mattered": no wrong answer passes, differently written ones do."""

import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from lenet_core.exercises import NotStarted, WrongAnswer
from lenet_core.exercises import mattered as check

# ---------------------------------------------------------------- two settings by hand
HAND_WRONG = {
    "turned around": ((-4, 3, 1), "first minus the second"),
    "a sum": ((16, 3, 1), "take their mean"),
    "variance of the mean": ((4, 9, 1), "square root"),
    "spread of one difference": ((4, 6, 1), "divide by n = 4"),
    "divided by four": ((4, np.sqrt(27 / 4), 1), "n - 1 = 3"),
    "standard errors added": (
        (4, np.std(check.FIRST, ddof=1) / 2 + np.std(check.SECOND, ddof=1) / 2, 1), "as squares"),
    "paired for unpaired": ((4, 1, 1), "spread of each setting"),
    "spread of the differences": ((4, 3, 2), "root of n"),
    "their variance": ((4, 3, 4), "root, then"),
    "unpaired for paired": ((4, 3, 3), "the four differences"),
    "differences over four": ((4, 3, np.sqrt(3) / 2), "n - 1 = 3"),
    "no number": ((4, "three", 1), "unpaired"),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "hint"), HAND_WRONG.values(), ids=HAND_WRONG)
def test_wrong_by_hand(answers, hint):
    with pytest.raises(WrongAnswer, match=hint) as wrong:
        check.by_hand(*answers)
    assert "expected" not in str(wrong.value)


@pytest.mark.parametrize("answers", [(4, 3, 1), (4.0, np.sqrt(9), np.float64(1))])
def test_right_by_hand(answers, capsys):
    check.by_hand(*answers)
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize("answers", [(None, None, None), (4, 3, None), (..., 3, 1)])
def test_by_hand_not_started(answers):
    with pytest.raises(NotStarted):
        check.by_hand(*answers)


def test_the_numbers_by_hand_are_what_the_checker_says():
    a, b = np.array(check.FIRST), np.array(check.SECOND)
    assert a.mean() - b.mean() == 4
    assert np.sqrt(a.var(ddof=1) / 4 + b.var(ddof=1) / 4) == pytest.approx(3, rel=1e-12)
    assert (a - b).std(ddof=1) / 2 == pytest.approx(1, rel=1e-12)


def starter(*args):
    raise NotImplementedError


@pytest.mark.parametrize("checker", [check.t_value, check.ablate, check.seeds_needed])
def test_a_starter_is_not_started(checker):
    with pytest.raises(NotStarted):
        checker(starter)


# ---------------------------------------------------------------- t value


def squared(a, b, ddof=1):
    return np.var(a, ddof=ddof) / len(a) + np.var(b, ddof=ddof) / len(b)


def gap(a, b):
    return np.mean(b) - np.mean(a)


T_WRONG = {
    "sign": (lambda a, b: -gap(a, b) / np.sqrt(squared(a, b)), "b minus a"),
    "no sign": (lambda a, b: abs(gap(a, b)) / np.sqrt(squared(a, b)), "b minus a|keep the sign"),
    "difference alone": (gap, "divide it"),
    "no root": (lambda a, b: gap(a, b) / squared(a, b), "take the root"),
    "ddof": (lambda a, b: gap(a, b) / np.sqrt(squared(a, b, 0)), "ddof=1"),
    "not over n": (
        lambda a, b: gap(a, b) / np.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1)), "spreads less"),
    "sum of standard errors": (
        lambda a, b: gap(a, b)
        / (np.std(a, ddof=1) / len(a) ** 0.5 + np.std(b, ddof=1) / len(b) ** 0.5),
        "as squares"),
    "paired": (
        lambda a, b: gap(a, b) / (np.std(b - a, ddof=1) / np.sqrt(len(a))), "pairs the seeds"),
    "no return": (lambda a, b: None, "return"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), T_WRONG.values(), ids=T_WRONG)
def test_wrong_t_value(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.t_value(function)


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: gap(a, b) / np.sqrt(squared(a, b)),
        lambda a, b: float(ttest_ind(b, a, equal_var=False).statistic),
    ],
)
def test_right_t_value(function, capsys):
    check.t_value(function)
    assert "right in all 5 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- the loop


def loop(train, base, changes, seeds):
    named = {"base": {}} | changes
    return {name: [train(base | c, seed) for seed in seeds] for name, c in named.items()}


def loop_by_seed(train, base, changes, seeds):
    found = {name: [] for name in ["base", *changes]}
    for seed in seeds:
        for name, errors in found.items():
            errors.append(train({**base, **changes.get(name, {})}, seed))
    return found


def loop_piling(train, base, changes, seeds):
    found = {"base": [train(base, s) for s in seeds]}
    setting = dict(base)
    for name, change in changes.items():
        setting.update(change)
        found[name] = [train(setting, s) for s in seeds]
    return found


def loop_no_base(train, base, changes, seeds):
    return {name: [train(base | c, s) for s in seeds] for name, c in changes.items()}


def loop_one_seed(train, base, changes, seeds):
    return loop(lambda setting, seed: train(setting, seeds[0]), base, changes, seeds)


def loop_counted(train, base, changes, seeds):
    return loop(train, base, changes, range(len(seeds)))


def loop_first_only(train, base, changes, seeds):
    named = {"base": {}} | changes
    found = loop(train, base, {}, seeds)
    return found | {n: [train(base | c, seeds[0])] for n, c in named.items() if n != "base"}


def loop_backward(train, base, changes, seeds):
    return {name: errors[::-1] for name, errors in loop(train, base, changes, seeds).items()}


def loop_writes(train, base, changes, seeds):
    found = loop(train, base, changes, seeds)
    for change in changes.values():
        change |= base | change
    return found


LOOP_WRONG = {
    "piling": (loop_piling, "pile up"),
    "no base": (loop_no_base, "the base itself"),
    "one seed": (loop_one_seed, "its own seed"),
    "seeds counted": (loop_counted, "its own seed"),
    "few seeds": (loop_first_only, "every setting meets every seed"),
    "writes": (loop_writes, "have changed"),
    "no return": (lambda *args: loop(*args) and None, "return {name"),
    "backwards": (loop_backward, "order of the seeds"),
    "means": (
        lambda *args: {n: float(np.mean(e)) for n, e in loop(*args).items()}, "all of its own"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), LOOP_WRONG.values(), ids=LOOP_WRONG)
def test_wrong_loop(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.ablate(function)


@pytest.mark.parametrize("function", [loop, loop_by_seed])
def test_right_loop(function, capsys):
    check.ablate(function)
    assert "right in all 4 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- how many seeds


def needed(spread, difference, level=0.975, degrees=lambda k: 2 * (k - 1), runs=2):
    k = 2
    while difference < t.ppf(level, degrees(k)) * spread * np.sqrt(runs / k):
        k += 1
    return k


def by_normal(spread, difference):
    k = 2
    while difference < 1.96 * spread * np.sqrt(2 / k):
        k += 1
    return k


SEEDS_WRONG = {
    "both settings": (lambda s, d: 2 * needed(s, d), "of one setting"),
    "one tail": (lambda s, d: needed(s, d, level=0.95), "0.975"),
    "one mean": (lambda s, d: needed(s, d, runs=1), "both means"),
    "degrees": (lambda s, d: needed(s, d, degrees=lambda k: k - 1), "degrees"),
    "normal": (by_normal, "1.96"),
    "one too few": (lambda s, d: needed(s, d) - 1, "one too few"),
    "one too many": (lambda s, d: needed(s, d) + 1, "one too many"),
    "always five": (lambda s, d: 5, "expected"),
    "no return": (lambda s, d: None, "return"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), SEEDS_WRONG.values(), ids=SEEDS_WRONG)
def test_wrong_seeds(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.seeds_needed(function)


def needed_at_once(spread, difference):
    k = np.arange(2, 3000)
    enough = t.ppf(0.975, 2 * k - 2) * spread * np.sqrt(2 / k) <= difference
    return int(k[enough.argmax()])


@pytest.mark.parametrize("function", [needed, needed_at_once])
def test_right_seeds(function, capsys):
    check.seeds_needed(function)
    assert "right in all 5 cases" in capsys.readouterr().out
