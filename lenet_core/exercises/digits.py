"""Checkers of the chapter "Turn digits into arrays"."""

import struct

import numpy as np

from ..data import scale_pixels
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same

BYTES = [0, 51, 204, 255]
LOW, HIGH = -0.1, 1.175  # paper and ink


def hand(values):
    """Check the values of four bytes, worked out by hand."""
    if values is None or any(value is None for value in np.ravel(np.array(values, object))):
        raise NotStarted("scaling by hand: replace each None by a number")
    p = np.array(BYTES)
    hints = (
        (p / 255, "these run from 0 to 1: stretch them to 1.275 and move them down by 0.1"),
        (p / 255 * HIGH + LOW, "from paper to ink it is 1.175 - (-0.1) = 1.275"),
        (p / 255 * (HIGH - LOW), "move them down by 0.1: paper is -0.1"),
        (p / 256 * (HIGH - LOW) + LOW, "full ink is the byte 255, not 256"),
        ((p / 255 * (HIGH - LOW) + LOW)[::-1], "0 is paper, 255 is ink"),
    )
    same("values", values, p / 255 * (HIGH - LOW) + LOW, hints, rtol=1e-4, reveal=False)
    print("scaling by hand: all four right")


def frame(function):
    """Check function(images, background) -> images (N, 1, H + 4, W + 4), framed by 2 pixels."""
    cases = []
    for label, shape, background in [
        ("one pixel", (1, 1, 1), -0.1),
        ("a 2x3 image on blank paper", (1, 2, 3), -0.1),
        ("two images", (2, 3, 3), -0.1),
        ("the other scaling: paper is 0", (2, 3, 4), 0.0),
    ]:
        x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
        right = framed(x, background)
        hints = (
            (framed(x, 0.0), "the frame is paper, not 0"),
            (framed(x, LOW), "the frame has the value of the argument `background`"),
            (right[:, 0], "the axis of channels is missing: (N, 1, H, W)"),
            (framed(x, background, 1), "the frame is 2 pixels wide"),
            (np.pad(x, 2, constant_values=background), "do not frame the axis of images"),
        )
        cases.append(Case(label, (x, background), right, hints))
    run_cases("frame", function, cases)


def framed(x, background, width=2):
    """Put paper around images (N, H, W) and add the axis of channels."""
    edge = (width, width)
    return np.pad(x, ((0, 0), edge, edge), constant_values=background)[:, None]


def idx_bytes(array):
    """Return the content of an IDX file of bytes."""
    array = np.asarray(array, np.uint8)
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def read_idx(function):
    """Check function(content) -> the uint8 array in an IDX file of labels or images."""
    rng = np.random.default_rng(0)
    cases = []
    for label, shape in {
        "three labels": (3,),
        "300 labels: the size needs more than one byte": (300,),
        "one image of 2x3 pixels": (1, 2, 3),
        "two images": (2, 3, 4),
        "three images of 28x28": (3, 28, 28),
    }.items():
        array = rng.integers(0, 256, shape).astype(np.uint8)
        content = idx_bytes(array)
        raw = np.frombuffer(content, np.uint8)
        hints = (
            (raw, "this is the whole file: the first bytes are its head"),
            (raw[4:], "the sizes belong to the head: 4 bytes for each axis"),
            (array.ravel(), "give the array the sizes that the head names"),
            (array.astype(np.int8), "the bytes are unsigned: uint8"),
        )
        cases.append(Case(label, (Spelled(content),), array, hints))
    for case in cases:
        got = attempt("read_idx", function, case)
        same(case.label, got, case.expected, case.hints, inputs={"content": case.args[0]})
        check_bytes(case.label, got)
    print(f"read_idx: right in all {len(cases)} cases")


class Spelled(bytes):
    """The content of a file, shown as in the chapter: hexadecimal, and not all of a long one."""

    def __repr__(self):
        return self[:20].hex(" ") + (f" ... ({len(self)} bytes)" if len(self) > 20 else "")


def check_bytes(label, got):
    """Refuse the right numbers in another type than bytes."""
    kind = got.dtype.name if isinstance(got, np.ndarray) else type(got).__name__
    if kind != "uint8":
        raise WrongAnswer(f"{label}: right numbers, but the answer is {kind}, expected an array "
                          "of uint8\nHint: np.frombuffer and np.array take the type")  # fmt: skip


def shuffle(function):
    """Check function(X, y, rng) -> the same samples in another order, each with its label."""
    for label, n in {"five digits": 5, "a hundred digits": 100}.items():
        shuffled(function, label, n, seed=0)
    one, again, other = (shuffled(function, label, n, seed=seed) for seed in (1, 1, 2))
    if np.array_equal(one, np.arange(n)):
        raise WrongAnswer(f"{label}: the order is still the old one")
    if np.array_equal(one, other):
        raise WrongAnswer(f"{label}: another rng gives the same order\n"
                          "Hint: draw the order from rng")  # fmt: skip
    if not np.array_equal(one, again):
        raise WrongAnswer(f"{label}: the same rng gives another order the second time\n"
                          "Hint: draw the order from rng, and from nothing else")  # fmt: skip
    print("shuffle: right in all 5 cases")


def shuffled(function, label, n, *, seed):
    """Return the order in which a function puts n samples, if it keeps them and their labels."""
    X = np.arange(n, dtype=float)[:, None] + np.zeros((n, 3))
    case = Case(label, (X, np.arange(n), np.random.default_rng(seed)), None)
    got = attempt("shuffle", function, case)
    if not isinstance(got, tuple | list) or len(got) != 2:
        raise WrongAnswer(f"{label}: return two arrays, X and y, got {type(got).__name__}")
    X, y = map(np.asarray, got)
    check_shuffled(label, X, y, n)
    return y


def check_shuffled(label, X, y, n):
    """Refuse a shuffle that loses, repeats or parts."""
    if X.shape != (n, 3) or y.shape != (n,):
        raise WrongAnswer(f"{label}: the shapes are {X.shape} and {y.shape}, "
                          f"expected {(n, 3)} and {(n,)}")  # fmt: skip
    if sorted(X[:, 0]) != list(range(n)) or sorted(y) != list(range(n)):
        raise WrongAnswer(f"{label}: some samples come twice and some not at all\n"
                          "Hint: rng.permutation(n) holds each number once")  # fmt: skip
    if not np.array_equal(X, y[:, None] + np.zeros((n, 3))):
        raise WrongAnswer(f"{label}: digits and labels have parted\n"
                          "Hint: draw one order and use it for both")  # fmt: skip


def centre_of_mass(function):
    """Check function(image) -> (row, column) of the centre of the ink of bytes (H, W)."""
    one = np.zeros((3, 4))
    one[2, 1] = 255
    two = np.zeros((3, 5))
    two[0, 0], two[0, 4] = 100, 100
    heavy = np.zeros((4, 4))
    heavy[0, 0], heavy[3, 3] = 100, 200
    digit = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(float)
    cases = []
    for label, image in {
        "one pixel of ink": one,
        "two equal pixels": two,
        "one pixel twice as dark": heavy,
        "a field full of grey": digit,
    }.items():
        rows, columns = np.indices(image.shape)
        total = image.sum()
        right = np.array([(rows * image).sum(), (columns * image).sum()]) / total
        inked = image > 0
        hints = (
            (right[::-1], "row first, then column"),
            (right + 1, "NumPy counts rows and columns from 0"),
            ([rows[inked].mean(), columns[inked].mean()], "dark pixels weigh more than grey ones"),
            (right * total, "divide by the sum of all the ink"),
            (np.array(image.shape) / 2 - 0.5, "this is the middle of the field, not of the ink"),
        )
        cases.append(Case(label, (image,), right, hints))
    run_cases("centre_of_mass", function, cases)


def prepare(function):
    """Check function(drawing) -> (1, 1, 32, 32): a drawing of up to 20x20 bytes, as in MNIST."""
    cases = []
    for label, shape in {
        "one pixel": (1, 1),
        "a block of 20x20": (20, 20),
        "a bar of 12x4": (12, 4),
        "ten rows of six": (10, 6),
        "two rows": (2, 7),
    }.items():
        drawing = uneven(shape)
        right = prepared(drawing)
        unscaled = np.pad(200 * (right[..., 2:-2, 2:-2] - LOW), ((0, 0), (0, 0), (2, 2), (2, 2)))
        hints = (
            (prepared(drawing, weighted=False), "the middle of the box stands in the centre; it "
             "has to be the centre of mass"),
            (prepared(drawing, centre=13.5), "bring the centre to row 14, column 14, and round to "
             "the nearest whole pixel, not down"),
            (prepared(drawing, swapped=True), "the row of the centre decides the first row, its "
             "column the first column"),
            (right[0], "the axis of images is missing: (1, 1, 32, 32)"),
            (unscaled, "scale the bytes to the paper's range, -0.1 to 1.175"),
        )  # fmt: skip
        cases.append(Case(label, (drawing,), right, hints))
    run_cases("prepare", function, cases, rtol=1e-5)


def uneven(shape):
    """Draw a block, darker below and at the right, whose centre of mass is no tie of two pixels."""
    drawing = np.full(shape, 60, np.uint8)
    drawing[shape[0] // 2 :] = 200
    drawing[:, -max(1, shape[1] // 3) :] += 55
    return drawing


def prepared(drawing, *, weighted=True, centre=14, swapped=False):
    """Put a drawing into 28x28, scale and frame it; with the options as a mistake does.

    Without them its centre of mass lies as near to row 14, column 14 as whole pixels allow.
    """
    mass = drawing.astype(float) if weighted else np.ones(drawing.shape)
    first = [centre - (places * mass).sum() / mass.sum() for places in np.indices(drawing.shape)]
    top, left = map(round, first[:: -1 if swapped else 1])
    field = np.zeros((1, 28, 28), np.uint8)
    field[0, top : top + len(drawing), left : left + len(drawing[0])] = drawing
    return scale_pixels(field)
