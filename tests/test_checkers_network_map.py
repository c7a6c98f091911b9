"""Every checker of "Draw the map" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import checker_tests

from lenet_core.exercises import network_map as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- counts by hand: (pooled, parameters, connections)
POOLED, PARAMETERS, CONNECTIONS = (2, 3, 3), 77, 849
HAND_WRONG = {
    "not pooled": (((2, 6, 6), PARAMETERS, CONNECTIONS), "before pooling"),
    "one map": (((1, 3, 3), PARAMETERS, CONNECTIONS), "two kernels give two maps"),
    "framed": (((2, 4, 4), PARAMETERS, CONNECTIONS), "6 places along 8 pixels"),
    "no bias": ((POOLED, 72, CONNECTIONS), "biases are missing"),
    "one kernel": ((POOLED, 67, CONNECTIONS), "a kernel and a bias of its own"),
    "outputs read one map": ((POOLED, 50, CONNECTIONS), "both maps"),
    "no outputs": ((POOLED, 20, CONNECTIONS), "outputs have parameters"),
    "no kernels": ((POOLED, 57, CONNECTIONS), "kernels have parameters"),
    "parameters twice": ((POOLED, PARAMETERS, 77), "every place of its map"),
    "no pooling": ((POOLED, PARAMETERS, 777), "its units have inputs"),
    "biases left out": ((POOLED, PARAMETERS, 648 + 72 + 54), "a bias is a connection too"),
    "overlapping pooling": ((POOLED, PARAMETERS, 720 + 57 + 288), "four inputs"),
    "a slip": ((POOLED, PARAMETERS, 850), "the values differ"),
    "a word": ((POOLED, "77", CONNECTIONS), "parameters"),
}


@pytest.mark.parametrize("pooled", [POOLED, list(POOLED), np.array(POOLED)])
def test_right_counts_by_hand_pass(pooled, capsys):
    check.hand_counts(pooled, PARAMETERS, float(CONNECTIONS))
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_counts_by_hand_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_counts(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_counts_by_hand_not_started(missing):
    answer = [POOLED, PARAMETERS, CONNECTIONS]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand_counts(*answer)


# --- the functions
def pool_by_counting(maps, h, w, k):
    units = [(m, i, j) for m in range(maps) for i in range(h // k) for j in range(w // k)]
    return [0, sum(1 for _ in units for _ in range(k * k))]


def walk_by_arrays(shape, layers):
    """Count with real arrays: the weights and biases of every layer."""
    rows, x = [], np.zeros(shape)
    for kind, *size in layers:
        if kind == "dense":
            W, x = np.zeros((x.size + 1, size[0])), np.zeros(size[0])
            rows.append([x.shape, W.size, W.size])
        elif kind == "pool":
            k = size[0]
            x = x[:, : len(x[0]) // k * k : k, : len(x[0, 0]) // k * k : k]
            rows.append([x.shape, 0, x.size * k * k])
        else:
            W = np.zeros((size[0], len(x), size[1], size[1]))
            x = np.zeros((size[0], *[n - size[1] + 1 for n in x.shape[1:]]))
            rows.append([x.shape, W.size + len(W), (W[0].size + 1) * x.size])
    return rows


def without_rest(shape, layers):
    """Round the number of windows of a pooling up."""
    if layers != [("pool", 2)]:
        return check.walked(shape, layers)
    c, h, w = shape
    shape = (c, -(-h // 2), -(-w // 2))
    return [(shape, 0, 4 * int(np.prod(shape)))]


def field_by_pixels(layers):
    """Follow the first and the last pixel of the window back."""
    first, last = 0, 0
    for k, s in layers[::-1]:
        first, last = first * s, last * s + k - 1
    return last - first + 1


def forwards(layers):
    r = 1
    for k, s in layers:
        r = (r - 1) * s + k
    return r


RIGHT = {
    check.pool_counts: [check.pooled, pool_by_counting],
    check.walk: [check.walked, walk_by_arrays],
    check.field: [check.seen, field_by_pixels],
}
WRONG = {
    check.pool_counts: [
        (lambda m, h, w, k: (0, m * (h // k) * (w // k) * (k * k + 1)), "no bias"),
        (lambda m, h, w, k: (m, check.pooled(m, h, w, k)[1]), "nothing is trained"),
        (lambda m, h, w, k: (2 * m, check.pooled(m, h, w, k)[1]), "the paper's pooling"),
        (lambda m, h, w, k: (0, m * (h // k) * (w // k)), "reads k\\*k pixels"),
        (lambda m, h, w, k: (0, m * h * w), "fill no window"),
        (lambda m, h, w, k: (0, m * h * w * k * k), "one unit for each window"),
        (lambda m, h, w, k: (0, m * (h - k + 1) * (w - k + 1) * k * k), "do not overlap"),
        (lambda m, h, w, k: (2 * m, m * (h // k) * (w // k) * (k * k + 1)), "and no bias"),
        (lambda m, h, w, k: (0, m * (h // k) ** 2 * k * k), "more windows along a row"),
        (lambda m, h, w, k: check.pooled(m, h, w, k)[1], "the shape is"),
    ],
    check.walk: [
        (lambda s, layers: check.walked(s, layers, bias=0), "biases are missing"),
        (lambda s, layers: check.walked(s, layers, all_maps=False), "for each map that"),
        (lambda s, layers: check.walked(s, layers, places=False), "multiply its parameters"),
        (lambda s, layers: check.walked(s, layers)[-1:], "every layer"),
        (lambda s, layers: check.walked(s, layers)[0], "each row is"),
        (lambda s, layers: [(c, (p, q)) for c, p, q in check.walked(s, layers)], "each row is"),
        (lambda s, layers: [((), *c, p, q) for c, p, q in check.walked(s, layers)], "each row is"),
        (lambda s, layers: [(c[0], p, q) for c, p, q in check.walked(s, layers)], "each row is"),
        (without_rest, "a row and a column are left out"),
        (lambda s, layers: None, "does it end in return"),
        (lambda s, layers: check.walked(s, layers[::-1]), "raised|shape"),
    ],
    check.field: [
        (forwards, "from the last layer back"),
        (lambda layers: 1 + sum(k - 1 for k, _ in layers), "2 pixels apart"),
        (lambda layers: sum(k for k, _ in layers), "do not add up|itself"),
        (lambda layers: int(np.prod([k for k, _ in layers])), "do not multiply"),
        (lambda layers: check.seen(layers) - 1, "the values differ"),
        (lambda layers: 32, "the values differ"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


# --- the plan
SMALL = [("conv", 6, 5), ("pool", 2), ("conv", 12, 5), ("pool", 2), ("conv", 40, 5), ("dense", 10)]
PLANS_WRONG = {
    "LeNet-5": ([("conv", 6, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("conv", 120, 5),
                 ("dense", 84), ("dense", 10)], "parameters are too many"),
    "no outputs": (SMALL[:-1], "10 units"),
    "many maps": ([("conv", 20, 5), *SMALL[1:]], "connections are more"),
    "short sighted": ([("conv", 4, 5), ("pool", 2), ("conv", 4, 5), ("pool", 4), ("dense", 10)],
                      "pixels of 32"),
    "windows too large": ([*SMALL[:5], ("conv", 4, 5), ("dense", 10)], "larger than the map"),
    "no list": (7, "no list of layers"),
    "a name alone": (["conv", "pool"], "'conv' is no layer"),
    "nothing": ([], "no list of layers"),
    "another name": ([("Conv", 6, 5), *SMALL[1:]], "is no layer"),
    "a size too many": ([("pool", 2, 2), *SMALL[1:]], "is no layer"),
    "a window of 0": ([*SMALL[:3], ("pool", 0), ("dense", 10)], "whole numbers from 1 on"),
    "half a map": ([("conv", 6.5, 5), *SMALL[1:]], "whole numbers from 1 on"),
    "maps behind units": ([("dense", 10), *SMALL], "no maps left"),
}  # fmt: skip


@pytest.mark.parametrize("plan", [SMALL, [*SMALL[:-1], ("dense", 40), ("dense", 10)]])
def test_good_plans_pass(plan, capsys):
    check.plan(plan)
    assert "all of the digit in view" in capsys.readouterr().out


@pytest.mark.parametrize(("plan", "hint"), PLANS_WRONG.values(), ids=PLANS_WRONG.keys())
def test_plans_that_break_a_rule_are_refused(plan, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.plan(plan)


def test_a_plan_that_is_not_started():
    with pytest.raises(NotStarted):
        check.plan(None)
