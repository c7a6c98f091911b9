"""Checkers of the chapter "Connect some, not all"."""

import itertools

import numpy as np

from ..columns import im2col
from ..paper.tables import C3_TABLE
from .checker import Case, NotStarted, WrongAnswer, attempt, named, run_cases, same

HAND_TABLE, HAND_K, HAND_PLACES = ((0, 1), (1, 2), (0, 2), (0, 1, 2)), 3, 36
ZERO_TIMES_NAN = "0 times NaN is NaN: read the kernels of the table only"
RING = tuple(tuple(sorted((start + k) % 6 for k in range(3))) for start in range(6))


# ---- with a pencil
def hand(parameters, connections, subsampled):
    """Check the counts of a layer with HAND_TABLE, 3x3 kernels and maps of 8x8 pixels.

    Parameters
    ----------
    parameters, connections : int, of the convolution
    subsampled : int, the connections of a subsampling that follows
    """
    answers = {"parameters": parameters, "connections": connections, "subsampled": subsampled}
    if any(value is None for value in answers.values()):
        raise NotStarted("counts by hand: replace each None by your number")
    for name, (right, hints) in hand_answers().items():
        same(name, answers[name], right, hints, reveal=False)
    print("counts by hand: all three right")


def hand_answers():
    """Return {name: (right answer, hints)}."""
    pairs, maps, weights = sum(map(len, HAND_TABLE)), len(HAND_TABLE), HAND_K**2
    n = pairs * weights + maps
    units = maps * HAND_PLACES // 4
    return {
        "parameters": (n, [
            (pairs * (weights + 1), "a bias for each map that is put out, not for each kernel"),
            (pairs * weights, "the biases are missing"),
            (maps * (3 * weights + 1), "that is every map reading all three: follow the table"),
            (pairs + maps, "each connected pair has a kernel of 9 weights"),
        ]),
        "connections": (n * HAND_PLACES, [
            (n, "every parameter serves each place of its map"),
            (n * 64, "a kernel of 3 pixels fits at 6 places along 8 pixels, not at 8"),
            (pairs * weights * HAND_PLACES, "a bias is a connection of every unit, too"),
            (pairs * (weights + 1) * HAND_PLACES,
             "a bias for each unit, not for each kernel: the 156,000 of one printing"),
        ]),
        "subsampled": (5 * units, [
            (4 * units, "four pixels and the bias make five connections"),
            (6 * units, "the coefficient is a weight that four pixels share, not a connection"),
            (2 * maps, "these are its parameters"),
            (5 * 4 * units, "a quarter of the units is left: the windows lie side by side"),
        ]),
    }  # fmt: skip


# ---- the mask
def mask(function):
    """Check function(table, n_in) -> bool or 0 and 1, (out, in), true for a connection."""
    cases = []
    for label, table, n_in in [
        ("two maps, each reading its own", ((0,), (1,)), 2),
        ("the table of the example", ((0,), (1,), (0, 1)), 2),
        ("an input map that nobody reads", ((0, 2), (2,)), 4),
        ("the paper's table", C3_TABLE, 6),
    ]:
        right = mask_of(table, n_in)
        hints = (
            (right.T, "rows are the maps that are put out, columns those that come in"),
            (np.ones_like(right), "this connects everything: set the maps of row k only"),
            (~right, "true has to stand where there is a connection"),
            (np.roll(right, 1, axis=1), "maps are counted from 0"),
            (np.zeros_like(right), "nothing is connected yet"),
        )
        cases.append(Case(label, (table, n_in), right, hints))
    run_cases("mask", function, cases)


def mask_of(table, n_in):
    """Return the mask (out, in) by the definition."""
    return np.array([[c in maps for c in range(n_in)] for maps in table])


# ---- forward, leaving out what is not there
def table_conv(function):
    """Check function(x, W, b, table) -> y; what W holds outside the table must not matter."""
    cases = []
    for label, table, shape, k, rest in [
        ("one map to one map", ((0,),), (1, 1, 3, 3), 2, 0),
        ("two maps, each reading its own", ((0,), (1,)), (1, 2, 3, 4), 2, 0),
        ("the table of the example, two images", ((0,), (1,), (0, 1)), (2, 2, 4, 3), 2, 0),
        ("W holds numbers outside the table, too", ((1,), (0, 2)), (2, 3, 4, 5), 3, 1),
        ("W holds NaN outside the table", ((1, 2), (0,)), (1, 3, 4, 4), 2, np.nan),
    ]:
        rng = np.random.default_rng(0)
        x = rng.integers(-4, 5, shape).astype(float)
        W = rng.integers(-4, 5, (len(table), shape[1], k, k)) + 0.5
        b = rng.permutation(len(table)) + 1.0
        W[~mask_of(table, shape[1])] *= rest
        hints = table_hints(x, W, b, table)
        cases.append(Case(label, (x, W, b, table), by_table(x, W, b, table), hints))
    for case in cases:
        got = attempt("table_conv", function, case)
        if has_nan(got):
            raise WrongAnswer(f"{case.label}: the answer holds NaN\nHint: {ZERO_TIMES_NAN}")
        inputs = named(function, case.args)
        same(case.label, got, case.expected, case.hints, inputs=inputs)
    print(f"table_conv: right in all {len(cases)} cases")


def has_nan(got):
    """Tell whether an answer is an array of numbers with a NaN in it."""
    try:
        return bool(np.isnan(np.asarray(got, dtype=float)).any())
    except (TypeError, ValueError):
        return False


def by_table(x, W, b, table):
    """Convolve by the definition, one pair of maps after the other."""
    return np.stack(
        [sum(one_pair(x, W, k, c) for c in maps) + b[k] for k, maps in enumerate(table)], axis=1
    )


def one_pair(x, W, k, c):
    """Return what input map c gives to output map k: (N, OH, OW)."""
    kh, kw = W.shape[2:]
    n, _, h, w = x.shape
    row = W[k, c].ravel() @ im2col(x[:, c : c + 1], (kh, kw))
    return row.reshape(h - kh + 1, w - kw + 1, n).transpose(2, 0, 1)


def table_hints(x, W, b, table):
    """Return what common mistakes give, each with its hint."""
    everything = (tuple(range(x.shape[1])),) * len(table)
    sizes = np.array([len(maps) for maps in table])
    return [
        (by_table(x, W, 0 * b, table), "the bias is missing"),
        (by_table(x, W, b * sizes, table), "the bias is added once a map, not once a kernel"),
        (by_table(x, W[..., ::-1, ::-1], b, table), "the kernel is turned: W[0, 0] meets x[0, 0]"),
        (by_table(x, W, b, everything), "the table is not used: W may hold anything outside it"),
    ]


# ---- the way back of the subsampling
def subsample_backward(function):
    """Check function(x, w, dy) -> (dx, dw, db) of y = w s + b, s the sum of 2x2 pixels."""
    name, shapes = "subsample_backward", [(1, 1, 2, 2), (1, 1, 4, 4), (3, 1, 2, 4), (2, 3, 4, 6)]
    labels = ["one window", "one map", "three images of one map", "two images of three maps"]
    for label, shape in zip(labels, shapes, strict=True):
        rng = np.random.default_rng(0)
        x = rng.integers(1, 9, shape).astype(float)
        w = rng.permutation(shape[1]) + 2.0
        dy = rng.integers(1, 6, (*shape[:2], shape[2] // 2, shape[3] // 2)).astype(float)
        args = x, w, dy
        got = attempt(name, function, Case(label, args, None))
        if not isinstance(got, tuple | list) or len(got) != 3:
            raise WrongAnswer(f"{label}: return three things: dx, dw, db")
        for part, value in zip(backward_answers(*args).items(), got, strict=True):
            (which, (right, hints)) = part
            same(f"{label}, {which}", value, right, hints, inputs=named(function, args))
    print(f"{name}: right in all {len(shapes)} cases")


def backward_answers(x, w, dy):
    """Return {name: (right answer, hints)}."""
    s = sums(x)
    dw, db, dx = (dy * s).sum(axis=(0, 2, 3)), dy.sum(axis=(0, 2, 3)), spread(w, dy)
    return {
        "dx": (dx, [
            (dx / 4, "that is the gradient of a mean: each pixel of a sum has the slope w"),
            (spread(1 + 0 * w, dy), "the coefficient is missing: each pixel has the slope w"),
            (dy * w[:, None, None], "each of the four pixels gets it: dx has the shape of x"),
        ]),
        "dw": (dw, [
            (dw / 4, "s is the sum of the four pixels, not their mean"),
            (dw.sum(), "one number for each map: leave axis 1 out of the sum"),
            (dw / len(x), "layers sum over the images; the loss has divided already"),
            (db, "that is db: the slope by w is s"),
            ((dy * s * w[:, None, None]).sum(axis=(0, 2, 3)), "the slope of w s by w is s"),
            ((dy * s).sum(axis=(2, 3)), "sum over the images as well"),
        ]),
        "db": (db, [
            (db.sum(), "one number for each map: leave axis 1 out of the sum"),
            (4 * db, "the bias is added once to each output, not once a pixel"),
            (db / len(x), "layers sum over the images; the loss has divided already"),
            (dy.sum(axis=(2, 3)), "sum over the images as well"),
        ]),
    }  # fmt: skip


def sums(x):
    """Add the pixels of each 2x2 window."""
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).sum(axis=(3, 5))


def spread(w, dy):
    """Give w dy to each pixel of its window."""
    return np.kron(dy * w[:, None, None], np.ones((2, 2)))


# ---- symmetries of a table
def relabelings(function):
    """Check function(table, n_in) -> how many orders of the input maps give the same table."""
    cases = []
    for label, table, n_in in [
        ("three maps, each read by one", ((0,), (1,), (2,)), 3),
        ("one map is read more often", ((0,), (0, 1)), 2),
        ("two output maps read the same", ((0,), (0,), (1,)), 2),
        ("everything is connected", ((0, 1, 2), (0, 1, 2)), 3),
        ("six runs of three in a ring", RING, 6),
        ("the paper's table", C3_TABLE, 6),
        ("the paper's table without its last run of four", C3_TABLE[:11] + C3_TABLE[12:], 6),
    ]:
        right = count(table, n_in, sorted)
        hints = (
            (count(table, n_in, set),
             "output maps that read the same count each: a set forgets how many there are"),
            (right - 1, "the order 0, 1, 2 ... changes nothing, and counts as well"),
            (count(table, n_in, list),
             "the output maps may change places: compare the tables as sorted lists"),
            (right // 2, "turns of the ring are not all: try every order of the input maps"),
        )  # fmt: skip
        cases.append(Case(label, (table, n_in), right, hints))
    run_cases("relabelings", function, cases)


def count(table, n_in, kind):
    """Count the orders under which the table is the same as `kind`: list, set or sorted list."""
    table = [tuple(sorted(maps)) for maps in table]
    orders = itertools.permutations(range(n_in))
    moved = ([tuple(sorted(order[c] for c in maps)) for maps in table] for order in orders)
    return sum(kind(other) == kind(table) for other in moved)


# ---- another table
def random_table(function):
    """Check function(rng) -> a table like the paper's, drawn by chance."""
    try:
        drawn = [function(np.random.default_rng(seed)) for seed in (0, 0, 1)]
    except NotImplementedError:
        raise NotStarted("random_table: write the function, then run this cell again") from None
    for table in drawn:
        check_table(table)
    first, again, other = [sorted(map(tuple, map(sorted, table))) for table in drawn]
    if first != again:
        raise WrongAnswer("the same seed has to give the same table: draw from `rng` alone")
    if first == other:
        raise WrongAnswer("two seeds gave the same table: draw its rows from `rng`")
    print("random_table: sizes, readers and rows are as they have to be")


def check_table(table):
    """Raise WrongAnswer unless a table has the sizes and the readers of the paper's."""
    rows = [tuple(sorted(int(c) for c in maps)) for maps in table]
    if any(len(set(maps)) < len(maps) for maps in rows):
        raise WrongAnswer("an output map reads the same input map twice: draw without putting back")
    if sorted(map(len, rows)) != sorted(map(len, C3_TABLE)):
        raise WrongAnswer("six output maps read 3 input maps, nine read 4, and one reads all 6")
    readers = np.bincount([c for maps in rows for c in maps], minlength=6)
    if readers.tolist() != [10] * 6:
        raise WrongAnswer(f"each input map has to be read by 10 output maps; here by {readers}")
    if len(set(rows)) < len(rows):
        raise WrongAnswer("two output maps read the same: all rows have to differ")
