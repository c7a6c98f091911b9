"""The checkers of "Reproduce 1998": no wrong answer passes, differently written ones do."""

import numpy as np
import pytest
from answers import checker_tests

from lenet_core.exercises import NotStarted, WrongAnswer
from lenet_core.exercises import reproduced as check

# ---------------------------------------------------------------- a step range, by hand
HAND_WRONG = {
    "swapped": ((25, 1, 12), "longest step belongs to the smallest"),
    "mu forgotten": ((6, 25, 12), "take mu away"),
    "mu added": ((11, 25, 12), "take mu away"),
    "not solved": ((0.1, 25, 12), "solve it for h"),
    "mu under the line": ((1, 4, 12), "take mu away from what comes"),
    "largest with mu": ((1, 30, 12), "take mu away"),
    "reported": ((1, 25, 10), "h = 0"),
    "eta alone": ((1, 25, 60), "mu still divides"),
    "a product": ((1, 25, 300), "divide by mu"),
    "a word": ((1, 25, "twelve"), "ceiling"),
}


@pytest.mark.parametrize(("answers", "hint"), HAND_WRONG.values(), ids=HAND_WRONG)
def test_wrong_by_hand(answers, hint):
    with pytest.raises(WrongAnswer, match=hint) as wrong:
        check.by_hand(*answers)
    assert "expected" not in str(wrong.value)


@pytest.mark.parametrize("answers", [(1, 25, 12), (60 / 10 - 5, np.float64(25), 12.0)])
def test_right_by_hand(answers, capsys):
    check.by_hand(*answers)
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize("answers", [(None, None, None), (1, None, 12), (..., 25, 12)])
def test_by_hand_not_started(answers):
    with pytest.raises(NotStarted):
        check.by_hand(*answers)


def test_the_numbers_by_hand_are_what_the_exercise_says():
    steps = [60 / (5 + h) for h in (1, 25, 0)]
    assert steps == [10, 2, 12]


# ---------------------------------------------------------------- overlap
def both(a, b):
    return {place for place, *_ in a} & {place for place, *_ in b}


def overlap(a, b, n):
    return len(both(a, b)), len(a) * len(b) / n


def overlap_by_counting(a, b, n):
    seen = np.zeros(n, int)
    for place, _, _ in [*a, *b]:
        seen[place] += 1
    return np.array([(seen == 2).sum(), len(a) / n * len(b)])


OVERLAP_WRONG = [
    (lambda a, b, n: (len({*map(tuple, a)} & {*map(tuple, b)}), len(a) * len(b) / n), "places"),
    (lambda a, b, n: (len({x[0] for x in [*a, *b]}), len(a) * len(b) / n), "either"),
    (lambda a, b, n: (len(both(a, b)), len(a) * len(b)), "divide by n"),
    (lambda a, b, n: (len(both(a, b)), len(a) * len(b) / n**2), "once"),
    (lambda a, b, n: (len(both(a, b)), (len(a) + len(b)) / n), "multiplied"),
    (lambda a, b, n: (len(both(a, b)), min(len(a), len(b))), "the most"),
    (lambda a, b, n: (len(both(a, b)) / len(a), len(b) / n), "not shares"),
    (lambda a, b, n: overlap(a, b, n)[::-1], "other way around"),
    (lambda a, b, n: len(both(a, b)), "shape"),
    (lambda a, b, n: None, "return"),
]


# ---------------------------------------------------------------- on the fly
def fly(net, X, y):
    wrong = []
    for x, label in zip(X, y, strict=True):
        wrong.append(net.forward(x[None]).argmin(axis=1)[0] != label)
        net.learn(x, label)
    return 100 * np.mean(wrong)


def fly_by_index(net, X, y):
    right = 0
    for i in range(len(y)):
        penalties = net.forward(X[i : i + 1])[0]
        right += min(range(len(penalties)), key=lambda k: penalties[k]) == y[i]
        net.learn(X[i], y[i])
    return 100 - 100 * right / len(y)


def fly_late(net, X, y, pick=np.argmin):
    wrong = 0
    for x, label in zip(X, y, strict=True):
        net.learn(x, label)
        wrong += pick(net.forward(x[None])[0]) != label
    return 100 * wrong / len(y)


def fly_highest(net, X, y):
    wrong = 0
    for x, label in zip(X, y, strict=True):
        wrong += net.forward(x[None])[0].argmax() != label
        net.learn(x, label)
    return 100 * wrong / len(y)


def fly_at_the_end(net, X, y):
    for x, label in zip(X, y, strict=True):
        net.learn(x, label)
    return 100 * float(np.mean(net.forward(X).argmin(axis=1) != y))


FLY_WRONG = [
    (fly_late, "read first"),
    (fly_highest, "lowest wins"),
    (lambda net, X, y: fly_late(net, X, y, np.argmax), "lowest wins|two bugs"),
    (fly_at_the_end, "when it is met|read first"),
    (lambda net, X, y: 100 * float(np.mean(net.forward(X).argmin(axis=1) != y)), "a step for each"),
    (lambda net, X, y: 100 - fly(net, X, y), "right answers|lowest wins"),
    (lambda net, X, y: fly(net, X, y) / 100, "per cent"),
    (lambda net, X, y: None, "return"),
]


# ---------------------------------------------------------------- how many to refuse
def refuse(gap, wrong, aim):
    kept, n = wrong[np.argsort(gap)], len(gap)
    for r in range(n):
        if 100 * kept[r:].mean() <= aim:
            return 100 * r / n
    return 100


def refuse_at_once(gap, wrong, aim):
    kept = wrong[np.argsort(-gap)]  # the surest first
    errors = 100 * kept.cumsum() / np.arange(1, len(gap) + 1)
    return 100 - 100 * max(np.flatnonzero(errors <= aim) + 1, default=0) / len(gap)


def refuse_of_all(gap, wrong, aim):
    kept, n = wrong[np.argsort(gap)], len(gap)
    return next((100 * r / n for r in range(n) if 100 * kept[r:].sum() / n <= aim), 100)


def refuse_strictly(gap, wrong, aim):
    kept, n = wrong[np.argsort(gap)], len(gap)
    return next((100 * r / n for r in range(n) if 100 * kept[r:].mean() < aim), 100)


REFUSE_WRONG = [
    (lambda gap, wrong, aim: refuse(-gap, wrong, aim), "smallest gaps go first"),
    (lambda gap, wrong, aim: refuse(np.arange(len(gap)), wrong, aim), "sort|smallest gaps"),
    (lambda gap, wrong, aim: refuse(~wrong, wrong, aim), "nobody knows"),
    (refuse_of_all, "that are left"),
    (refuse_strictly, "good enough"),
    (lambda gap, wrong, aim: refuse(gap, wrong, aim) * len(gap) / 100, "number of digits"),
    (lambda gap, wrong, aim: refuse(gap, wrong, aim) / 100, "per cent"),
    (lambda gap, wrong, aim: 100 - refuse(gap, wrong, aim), "kept"),
    (lambda gap, wrong, aim: None, "return"),
]


# ---------------------------------------------------------------- the fingerprint
def alive(h, mask):
    for name, value in h.items():
        yield value[np.broadcast_to(mask, value.shape)] if name == "4.W" else value.ravel()


def step_range(h, mask, eta, mu):
    some = np.concatenate(list(alive(h, mask)))
    return eta / (mu + some.max()), eta / (mu + some.min())


def step_range_by_steps(h, mask, eta, mu):
    steps = {name: eta / (mu + value) for name, value in h.items()}
    steps["4.W"] = np.where(mask, steps["4.W"], np.nan)
    return [min(np.nanmin(s) for s in steps.values()), max(np.nanmax(s) for s in steps.values())]


def of_weights(h, mask, eta, mu):
    return step_range({k: v for k, v in h.items() if k.endswith("W")}, mask, eta, mu)


def curvatures(h, mask, eta, mu):
    some = np.concatenate(list(alive(h, mask)))
    return some.min(), some.max()


RANGE_WRONG = [
    (lambda h, mask, eta, mu: step_range(h, mask, eta, mu)[::-1], "smallest step first"),
    (lambda h, mask, eta, mu: step_range(h, np.array(True), eta, mu), "leaves out"),
    (curvatures, "curvatures"),
    (lambda h, mask, eta, mu: step_range(h, mask, eta, 0), "below the line"),
    (of_weights, "biases"),
    (lambda h, mask, eta, mu: step_range(h, mask, 1, mu), "eta is missing"),
    (lambda h, mask, eta, mu: step_range(h, mask, eta, mu)[0], "shape"),
    (lambda h, mask, eta, mu: None, "return"),
]

RIGHT = {
    check.overlap: [overlap, overlap_by_counting],
    check.on_the_fly: [fly, fly_by_index],
    check.share_refused: [refuse, refuse_at_once],
    check.step_range: [step_range, step_range_by_steps],
}
WRONG = {
    check.overlap: OVERLAP_WRONG,
    check.on_the_fly: FLY_WRONG,
    check.share_refused: REFUSE_WRONG,
    check.step_range: RANGE_WRONG,
}
(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


def test_the_toy_learns_halfway_and_counts_what_it_learns():
    net = check.Prototypes([[0.0], [4.0]])
    net.learn(np.array([2.0]), 0)
    assert net.points.tolist() == [[1.0], [4.0]]
    assert net.learned == [0]
    assert net.forward(np.array([[2.0]])).tolist() == [[1.0, 4.0]]
    assert repr(net) == "Prototypes([[1.0], [4.0]])"
