"""Checkers of the chapter "Make it fast"."""

import math

import numpy as np

from ..fast import PIECE, FastNetwork
from ..fast import overlapping as reference_overlapping
from ..layers import Conv2D, Dense, Flatten, Layer, ReLU
from ..model import Sequential
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same

K = np.array([[1, 2], [3, -1]])
DY = np.array([[2, 0], [1, 2], [3, -1]])

# ---- one input row by hand


def hand_row(block, dcolumns, dx):
    """Check the gradient of input row 2 for DY and K, in three steps; None is not started.

    Parameters
    ----------
    block : (2, 2), dcolumns : (2, 2), dx : (3,); arrays or nested lists
    """
    answers = {"block": block, "dcolumns": dcolumns, "dx": dx}
    if any(value is None for value in answers.values()):
        raise NotStarted("one row by hand: replace each None by your numbers")
    right = DY[1:3]
    product = K[::-1].T @ right
    expected = {"block": right, "dcolumns": product, "dx": skew_sum(product)}
    hints = {"block": block_hints(), "dcolumns": product_hints(right), "dx": sum_hints(product)}
    for name, value in answers.items():
        same(name, value, expected[name], hints[name], reveal=False)
    print("one row by hand: all three right")


def block_hints():
    """Return the blocks that common slips give, each with its hint."""
    framed = np.pad(DY, [(1, 1), (0, 0)])
    return [
        (framed[3:5], "this is block 3: the frame puts one row of zeros above dY"),
        (framed[1:3], "this is block 1: count the rows of the framed dY from 0"),
        (DY[2:0:-1], "the rows of dY keep their order; those of the kernel turn"),
        (framed[2:4].T, "rows and columns are exchanged"),
        (framed[[2, 2]], "a block has two neighbouring rows"),
    ]


def product_hints(block):
    """Return the products that common slips give, each with its hint."""
    return [
        (K.T @ block, "the kernel's rows come last to first: row 0 of dY meets kernel row 1"),
        (K[::-1] @ block, "each row of the left matrix is a column of K"),
        (K @ block, "left of the block stand the columns of K, each turned upside down"),
        (K[::-1, ::-1].T @ block, "the columns of K keep their order: turn its rows alone"),
        (K[::-1].T * block, "this is entry times entry; take the matrix product"),
    ]


def sum_hints(product):
    """Return the sums that common slips give, each with its hint."""
    a, b = product
    return [
        (np.array([*(a + b), 0]), "column 1 of the kernel lies one pixel further to the right"),
        (a + b, "column 1 of the kernel lies one pixel further to the right: three pixels in all"),
        (skew_sum(product[::-1]), "row 0 of dcolumns stays, row 1 moves; you moved row 0"),
        (np.array([*a, 0]), "this is row 0 of dcolumns alone: add row 1, moved by one pixel"),
        (np.array([a[0], a[1], b[1]]), "the middle pixel gets two numbers: add them"),
        (np.array([a[0], b[0], b[1]]), "the middle pixel gets two numbers: add them"),
    ]


def skew_sum(dcolumns):
    """Return the sum of rows, row j moved j places to the right."""
    kw, ow = dcolumns.shape
    total = np.zeros(ow + kw - 1, dcolumns.dtype)
    for j, row in enumerate(dcolumns):
        total[j : j + ow] += row
    return total


# ---- how many numbers are copied


def copies(function):
    """Check function(c, h, w, kh, kw, n) -> (numbers of im2col, numbers of widened rows)."""
    sizes = {
        "the 4x3 image of the chapter": (1, 4, 3, 2, 2, 1),
        "a 5x9 image, a 2x4 kernel": (1, 5, 9, 2, 4, 1),
        "three channels, two images": (3, 6, 7, 3, 2, 2),
        "C1 of LeNet-5 for 32 digits": (1, 32, 32, 5, 5, 32),
        "C3 of LeNet-5 for 32 digits": (6, 14, 14, 5, 5, 32),
    }
    cases = [Case(label, size, copied(*size), copy_hints(*size)) for label, size in sizes.items()]
    run_cases("copies", function, cases)


def copied(c, h, w, kh, kw, n):
    """Return how many numbers im2col and the widened rows hold."""
    oh, ow = h - kh + 1, w - kw + 1
    return c * kh * kw * oh * ow * n, h * c * kw * ow * n


def copy_hints(c, h, w, kh, kw, n):
    """Return the counts that common slips give, each with its hint."""
    by_im2col, by_rows = copied(c, h, w, kh, kw, n)
    oh, ow = h - kh + 1, w - kw + 1
    return (
        ((by_rows, by_im2col), "im2col comes first, the rows second"),
        ((by_im2col, c * kw * oh * ow * n), "every input row is widened, h of them and not OH"),
        ((by_im2col, h * c * kh * ow * n), "a row is widened once for each kernel column: kw"),
        ((by_im2col, h * c * kw * w * n), "a widened row has OW places for each kernel column"),
        ((by_im2col, h * c * kh * kw * ow * n), "rows are widened kw times, not kh * kw times"),
        ((c * kh * kw * h * w * n, by_rows), "only OH * OW windows lie inside the image"),
        ((by_im2col // n, by_rows // n), "count the numbers of all n images"),
        ((by_im2col // c, by_rows // c), "each channel has its own pixels"),
    )


# ---- the overlapping view


def overlapping(function):
    """Check function(a, k) -> a read-only view (H-k+1, k*R, P) of `a` (H, R, P)."""
    sizes = {
        "two rows of one number, k = 1": ((2, 1, 1), 1, np.float64),
        "three rows of one number, k = 2": ((3, 1, 1), 2, np.float64),
        "the widened rows of the chapter": ((4, 2, 2), 2, np.int64),
        "float32, all sizes different": ((6, 4, 5), 3, np.float32),
        "one block of all rows": ((5, 3, 2), 5, np.float32),
    }
    for check_one in (check_values, check_memory):
        for label, (shape, k, dtype) in sizes.items():
            spare = np.zeros(50 * math.prod(shape), dtype)  # a step too far meets zeros of ours
            a = spare[: math.prod(shape)].reshape(shape)
            a.flat = np.arange(1, 1 + a.size)
            check_one(label, call_on(function, label, a, k), a, k)
    print(f"overlapping: right in all {len(sizes)} cases")


def call_on(function, label, a, k):
    """Return function(a, k) on this very array, which it must leave as it is."""
    kept = a.copy()
    got = attempt("overlapping", lambda _: function(a, k), Case(label, (None,), None))
    if not np.array_equal(a, kept):
        raise WrongAnswer(f"{label}: your function wrote into its argument")
    return got


def check_values(label, got, a, k):
    """Check the shape and the values of a view."""
    right = reference_overlapping(a, k)
    same(label, got, right, view_hints(a, k), inputs={"a": a, "k": k})


def check_memory(label, got, a, k):
    """Check that it is a view, and one that cannot be written to."""
    if not np.shares_memory(got, a):
        raise WrongAnswer(f"{label}: the values are right, but they are a copy\nHint: as_strided")
    if got.flags.writeable:
        raise WrongAnswer(
            f"{label}: the values are right, but the view can be written to: one number stands in "
            "several blocks\nHint: as_strided(..., writeable=False)"
        )


def view_hints(a, k):
    """Return the values of views that common slips give, each with its hint."""
    h, r, p = a.shape
    flat, blocks = a.ravel(), (h - k + 1, k * r, p)
    apart = np.zeros(math.prod(blocks) * k, a.dtype)
    apart[: flat.size] = flat
    return (
        (apart[: math.prod(blocks)].reshape(blocks),
         "the blocks lie one after the other; block i + 1 begins one row of `a` after block i"),
        (np.stack([a.swapaxes(0, 1)[:, i : i + k].reshape(k * r, p) for i in range(h - k + 1)]),
         "the numbers of one row of `a` stay together in a block"),
        (np.stack([a[i : i + k] for i in range(h - k + 1)]),
         "join the k rows of a block into one axis of k * R"),
    )  # fmt: skip


# ---- a twin's array is gone at its next call


def scores_of(function):
    """Check function(network, batches) -> list of the scores of each batch, for a FastNetwork."""
    for label, sizes in {
        "one batch": [3],
        "batches of 3 and 2 samples": [3, 2],
        "two batches of 3 samples": [3, 3],
        "batches of 3, 3, 3 and 2 samples": [3, 3, 3, 2],
    }.items():
        check_scores(function, label, sizes)
    print("scores: right in all 4 cases")


def check_scores(function, label, sizes):
    """Check the scores of batches of these sizes."""
    rng = np.random.default_rng(0)
    clear = Sequential([Conv2D(1, 2, 2), ReLU(), Flatten(), Dense(12, 3)])
    for p in clear.params.values():  # whole numbers: the same scores on every machine
        p[...] = rng.integers(-2, 3, p.shape)
    batches = [rng.integers(-4, 5, (n, 1, 4, 3)).astype(np.float32) for n in sizes]
    right = [clear.forward(x) for x in batches]

    def scores(batches):
        return list(function(FastNetwork(clear), batches))

    got = attempt("scores", scores, Case(label, (batches,), None))
    if len(got) != len(right):
        raise WrongAnswer(f"{label}: {len(got)} arrays of scores for {len(right)} batches")
    for number, (mine, expected) in enumerate(zip(got, right, strict=True)):
        last = [r for r in right[number + 1 :] if r.shape == expected.shape]
        hints = [(r, OVERWRITTEN) for r in last]
        same(f"{label}: the scores of batch {number}", mine, expected, hints)


OVERWRITTEN = "these are the scores of a later batch, in the same array: keep a copy"

# ---- how many pieces come one after the other


def rounds(function):
    """Check function(batch_size, workers) -> pieces that one worker computes one after another."""
    cases = [
        Case(f"{n} samples, {w} {'worker' if w == 1 else 'workers'}", (n, w), waited(n, w), hints)
        for n, w in [(32, 1), (128, 1), (128, 2), (33, 1), (128, 3), (32, 4), (100, 2), (160, 2)]
        for hints in [round_hints(n, w)]
    ]
    run_cases("rounds", function, cases)


def waited(n, workers):
    """Return how many pieces the busiest of `workers` equally fast workers computes."""
    return math.ceil(math.ceil(n / PIECE) / workers)


def round_hints(n, w):
    """Return the answers that common slips give, each with its hint."""
    pieces = math.ceil(n / PIECE)
    return (
        (pieces, "that is the number of pieces: the workers share them"),
        (pieces // w, "a piece left over takes a round of its own: round up"),
        (n // PIECE // w, "a piece that is not full is a piece, and one left over takes a round"),
        (n // PIECE, "a piece that is not full is a piece"),
        (pieces / w, "a piece is not split: round up"),
        (n / PIECE / w, "a piece is not split: round up, pieces first and then rounds"),
        (math.ceil(n / w), "count pieces, not samples"),
        (n / w, "count pieces, not samples"),
    )


# ---- a twin of one's own


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), entry by entry."""

    def forward(self, x):
        """Map x to 1 / (1 + exp(-x)), of the same shape."""
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy):
        """Map dL/dy to dL/dx = y (1 - y) dL/dy."""
        return self.y * (1 - self.y) * dy


def sigmoid_twin(twin_class):
    """Check a class of twins of Sigmoid: the same values, in place, dy left alone."""
    for label, shape, axes in [
        ("two numbers", (2,), (0,)),
        ("a 3x4 array", (3, 4), (0, 1)),
        ("a batch-last array", (2, 3, 4, 5), (3, 1, 0, 2)),
    ]:
        check_twin(twin_class, label, shape, axes)
    print("sigmoid twin: right in all 3 cases")


def check_twin(twin_class, label, shape, axes):
    """Check two forward and backward passes of one twin."""
    rng = np.random.default_rng(0)
    twin = attempt("sigmoid twin", twin_class, Case(label, (Sigmoid(),), None))
    for turn in (label, f"{label}, the second time"):
        x, dy = (a.transpose(axes) for a in rng.normal(size=(2, *shape)))
        check_passes(twin, turn, x, dy)


def check_passes(twin, label, x, dy):
    """Check one forward and one backward pass of a twin."""
    clear, given, given_dy = Sigmoid(), x.copy(order="K"), dy.copy(order="K")
    y, dx = clear.forward(x), clear.backward(dy)
    mine = call(twin.forward, label, given)
    same(f"{label}: y", mine, y, forward_hints(x))
    in_place(f"{label}: y", mine, given)
    mine = call(twin.backward, label, given_dy)
    if not np.array_equal(given_dy, dy):
        raise WrongAnswer(f"{label}: backward wrote into dy\nHint: use up the array of y instead")
    same(f"{label}: dx", mine, dx, backward_hints(y, dy))
    in_place(f"{label}: dx", mine, given)


def call(method, label, array):
    """Return method(array) on this very array, not on a copy."""
    return attempt("sigmoid twin", lambda _: method(array), Case(label, (None,), None))


def in_place(label, mine, given):
    """Refuse an array that is not the one that the twin was given."""
    if not np.shares_memory(mine, given):
        raise WrongAnswer(
            f"{label}: the values are right, but in a new array\n"
            "Hint: np.exp(x, out=x), y *= ..., and so on"
        )


def forward_hints(x):
    """Return the outputs that common slips give, each with its hint."""
    return (
        (1 / (1 + np.exp(x)), "the sign of x is lost: exp(-x)"),
        (1 + np.exp(-x), "one step is missing: divide 1 by it"),
        (np.exp(-x), "steps are missing: add 1, then divide 1 by it"),
        (x, "x came back as it was: write the result into it, with out=x"),
    )


def backward_hints(y, dy):
    """Return the gradients that common slips give, each with its hint."""
    return (
        ((1 - y * y) * dy, "this is the slope of tanh; here it is y (1 - y)"),
        ((1 - y) * dy, "the factor y is missing: it was overwritten before it was used"),
        ((1 - y) * (1 - y) * dy, "y was overwritten by 1 - y before it was used"),
        (y * (1 - y), "multiply by dy"),
        (y * dy, "the factor 1 - y is missing"),
        (y * y * dy, "y was overwritten before 1 - y was taken"),
    )
