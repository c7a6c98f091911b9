"""Every checker of "Connect some, not all" against right answers, wrong ones, and the starter."""

import itertools

import numpy as np
import pytest
from answers import checker_tests

from lenet_core.exercises import connect as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer
from lenet_core.layers import Conv2D
from lenet_core.paper import C3_TABLE, Subsampling, TableConv2D

# --- by hand: (parameters, connections, subsampled)
HAND = (85, 3060, 180)
HAND_WRONG = {
    "a bias a kernel": ((90, 3060, 180), "not for each kernel"),
    "no bias": ((81, 3060, 180), "biases are missing"),
    "all connected": ((112, 3060, 180), "follow the table"),
    "one weight a pair": ((13, 3060, 180), "kernel of 9 weights"),
    "other parameters": ((84, 3060, 180), "parameters: the values differ"),
    "one place": ((85, 85, 180), "each place of its map"),
    "64 places": ((85, 85 * 64, 180), "at 6 places"),
    "connections without bias": ((85, 81 * 36, 180), "a bias is a connection"),
    "the misprint": ((85, 90 * 36, 180), "one printing"),
    "four a unit": ((85, 3060, 144), "five connections"),
    "six a unit": ((85, 3060, 216), "four pixels share"),
    "its parameters": ((85, 3060, 8), "these are its parameters"),
    "not halved": ((85, 3060, 720), "a quarter of the units"),
}


@pytest.mark.parametrize("make", [tuple, lambda numbers: [float(n) for n in numbers]])
def test_right_counts_pass(make, capsys):
    check.hand(*make(HAND))
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_counts_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_counts_not_started(missing):
    answer = [*HAND]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand(*answer)


# --- the functions
def mask_by_loop(table, n_in):
    mask = np.zeros((len(table), n_in), int)
    for k, maps in enumerate(table):
        for c in maps:
            mask[k, c] = 1
    return mask


def package(x, W, b, table):
    """Use the package's layer, whose W must be finite."""
    full = (*table, tuple(range(x.shape[1])))  # so that no input map at the end is missed
    layer = TableConv2D(full, W.shape[2:], dtype=np.float64)
    W = np.where(check.mask_of(table, x.shape[1])[..., None, None], W, 0)
    layer.params["W"][:-1], layer.params["b"][:-1] = W, b
    return layer.forward(x)[:, :-1]


def dense(x, W, b, table):
    layer = Conv2D(*W.shape[1::-1], W.shape[2:], dtype=np.float64)
    layer.params = {"W": W, "b": b}
    return layer.forward(x)


def multiplied(x, W, b, table):
    return dense(x, W * check.mask_of(table, x.shape[1])[..., None, None], b, table)


def package_backward(x, w, dy):
    layer = Subsampling(len(w), dtype=np.float64)
    layer.params["w"] = w
    layer.forward(x)
    return layer.backward(dy), layer.grads["w"], layer.grads["b"]


def own_backward(x, w, dy):
    return [check.spread(w, dy), np.einsum("ncij,ncij->c", dy, check.sums(x)), dy.sum((0, 2, 3))]


def changed(place, how):
    """Return the right way back with one of its three results changed."""

    def function(x, w, dy):
        found = list(own_backward(x, w, dy))
        found[place] = how(found[place], x, w, dy)
        return found

    return function


def by_matrix(table, n_in):
    """Count orders with rows as sets of columns of the mask."""
    M = mask_by_loop(table, n_in)
    rows = sorted(map(tuple, M))
    orders = itertools.permutations(range(n_in))
    return sum(sorted(map(tuple, M[:, list(order)])) == rows for order in orders)


def turns_only(table, n_in):
    rows = sorted(table)
    turns = [[(c + t) % n_in for c in range(n_in)] for t in range(n_in)]
    return sum(sorted(tuple(sorted(o[c] for c in maps)) for maps in table) == rows for o in turns)


RIGHT = {
    check.mask: [mask_by_loop, check.mask_of],
    check.table_conv: [package, check.by_table],
    check.subsample_backward: [package_backward, own_backward],
    check.relabelings: [by_matrix, lambda table, n_in: check.count(table, n_in, sorted)],
}
WRONG = {
    check.mask: [
        (lambda table, n_in: mask_by_loop(table, n_in).T, "rows are the maps that are put out"),
        (lambda table, n_in: np.ones((len(table), n_in)), "connects everything"),
        (lambda table, n_in: 1 - mask_by_loop(table, n_in), "true has to stand"),
        (lambda table, n_in: np.roll(mask_by_loop(table, n_in), 1, axis=1), "true has to stand"),
        (lambda table, n_in: np.zeros((len(table), n_in)), "nothing is connected"),
        (lambda table, n_in: mask_by_loop(table, n_in)[..., None, None], "the shape is"),
        (lambda table, n_in: mask_by_loop(table, 1 + max(map(max, table))), "the shape is"),
        (lambda table, n_in: None, "does it end in return"),
    ],
    check.table_conv: [
        (lambda x, W, b, table: package(x, W, 0 * b, table), "bias is missing"),
        (lambda x, W, b, table: package(x, W, b * [len(m) for m in table], table), "once a kernel"),
        (lambda x, W, b, table: package(x, W[..., ::-1, ::-1], b, table), "is turned"),
        (dense, "the table is not used"),
        (multiplied, "0 times NaN"),
        (lambda x, W, b, table: package(x, W, b, table)[:, :, :-1], "the shape is"),
        (lambda x, W, b, table: package(x, W, b, table).sum(axis=1), "the shape is"),
        (lambda x, W, b, table: "maps", "the shape is"),
    ],
    check.subsample_backward: [
        (changed(0, lambda dx, *_: dx / 4), "gradient of a mean"),
        (changed(0, lambda dx, x, w, dy: check.spread(1 + 0 * w, dy)), "coefficient is missing"),
        (changed(0, lambda dx, x, w, dy: dy * w[:, None, None]), "shape of x"),
        (changed(1, lambda dw, *_: dw / 4), "not their mean"),
        (changed(1, lambda dw, *_: np.full(dw.shape, dw.sum())), "the values differ"),
        (changed(1, lambda dw, *_: dw.sum()), "the shape is"),
        (changed(1, lambda dw, x, *_: dw / len(x)), "the loss has divided"),
        (changed(1, lambda dw, x, w, dy: dy.sum((0, 2, 3))), "that is db"),
        (changed(1, lambda dw, x, w, dy: dw * w), "the slope of w s"),
        (changed(2, lambda db, *_: 4 * db), "not once a pixel"),
        (changed(2, lambda db, x, *_: db / len(x)), "the loss has divided"),
        (lambda x, w, dy: check.spread(w, dy), "return three things"),
    ],
    check.relabelings: [
        (lambda table, n_in: check.count(table, n_in, set), "a set forgets"),
        (lambda table, n_in: by_matrix(table, n_in) - 1, "counts as well"),
        (lambda table, n_in: check.count(table, n_in, list), "may change places"),
        (turns_only, "turns of the ring are not all"),
        (lambda table, n_in: 2, "the values differ"),
        (lambda table, n_in: None, "does it end in return"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


# --- a table by chance
def exchanged(rng, times=100):
    """Right: rows of the paper's table exchange inputs, one for one."""
    rows = [set(maps) for maps in C3_TABLE]
    while times > 0 or len(set(map(frozenset, rows))) < len(rows):
        a, b = (rows[k] for k in rng.choice(16, 2, replace=False))
        if a - b and b - a:
            swap = {min(a - b), max(b - a)}
            a ^= swap
            b ^= swap
            times -= 1
    return rows


def renamed(rng):
    """Right: the paper's table, its input maps in another order."""
    order = rng.permutation(6)
    return tuple(tuple(order[list(maps)]) for maps in C3_TABLE)


def uneven(rng):
    return [tuple(rng.permutation(6)[:n]) for n in 6 * [3] + 9 * [4] + [6]]


@pytest.mark.parametrize("function", [exchanged, renamed])
def test_right_tables_pass(function, capsys):
    check.random_table(function)
    assert "as they have to be" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (lambda rng: C3_TABLE, "two seeds gave the same"),
        (uneven, "read by 10"),
        (lambda rng: [(0, 1, 2)] * 16, "six output maps read 3"),
        (lambda rng: [(c, c, 1) for c in range(16)], "twice"),
        (lambda rng: (*C3_TABLE[:1], *C3_TABLE[:1], *C3_TABLE[2:]), "read by 10"),
        (lambda rng: [(0, 1, 2), (3, 4, 5)] * 3 + [*C3_TABLE[6:]], "all rows have to differ"),
        (lambda rng: exchanged(np.random.default_rng()), "the same seed"),
    ],
)
def test_wrong_tables_fail_with_a_hint(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.random_table(function)


def test_a_random_table_not_started():
    def begun(rng):
        raise NotImplementedError

    with pytest.raises(NotStarted, match="write the function"):
        check.random_table(begun)
