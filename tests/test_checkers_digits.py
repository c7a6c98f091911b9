"""Every checker of "Turn digits into arrays" against right answers, wrong ones, and the starter."""

import struct

import numpy as np
import pytest
from answers import checker_tests

from lenet_core import scale_pixels
from lenet_core.exercises import digits as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- four bytes by hand
HAND = [-0.1, 0.155, 0.92, 1.175]
HAND_WRONG = {
    "from 0 to 1": ([0, 0.2, 0.8, 1], "stretch them"),
    "the range of ink alone": ([-0.1, 0.135, 0.84, 1.075], "1.275"),
    "not moved": ([0, 0.255, 1.02, 1.275], "move them down"),
    "by 256": (list(np.array(check.BYTES) / 256 * 1.275 - 0.1), "not 256"),
    "turned": (HAND[::-1], "0 is paper"),
    "a slip": ([-0.1, 0.155, 0.93, 1.175], "the values differ"),
    "too few": ([-0.1, 0.155], "the shape is"),
    "a number": (3, "the shape is"),
}


@pytest.mark.parametrize("answer", [HAND, np.array(HAND, np.float32)])
def test_right_values_pass(answer, capsys):
    check.hand(answer)
    assert "all four right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_values_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand(answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("answer", [None, [None] * 4, [-0.1, None, None, None]])
def test_values_not_started(answer):
    with pytest.raises(NotStarted):
        check.hand(answer)


# --- the functions
def frame_by_copy(images, background):
    n, h, w = images.shape
    out = np.full((n, 1, h + 4, w + 4), background)
    out[:, 0, 2:-2, 2:-2] = images
    return out


def read_by_parts(content):
    n_axes = content[3]
    sizes = [int.from_bytes(content[4 + 4 * k : 8 + 4 * k], "big") for k in range(n_axes)]
    return np.array(list(content[4 + 4 * n_axes :]), np.uint8).reshape(sizes)


def read_by_struct(content):
    (n_axes,) = struct.unpack_from(">xxxB", content)
    sizes = struct.unpack_from(f">{n_axes}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 * (n_axes + 1)).reshape(sizes)


def small_sizes(content):
    """Read one byte of each size."""
    sizes = [content[7 + 4 * k] for k in range(content[3])]
    return np.frombuffer(content, np.uint8, offset=4 * (content[3] + 1)).reshape(sizes)


def raw(content, start=0):
    return np.frombuffer(content, np.uint8)[start:]


def by_order(X, y, rng):
    order = rng.permutation(len(X))
    return X[order], y[order]


def by_argsort(X, y, rng):
    order = np.argsort(rng.random(len(X)))
    return X[order], y[order]


def apart(X, y, rng):
    X, y = X.copy(), y.copy()
    rng.shuffle(X)
    rng.shuffle(y)
    return X, y


def drawn_again(X, y, rng):
    order = rng.integers(0, len(X), len(X))
    return X[order], y[order]


def one_pixel_apart(X, y, rng):
    X, y = by_order(X, y, rng)
    return np.column_stack([X[:, :2], X[::-1, 2]]), y


def in_place(X, y, rng):
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    return X, y


def mass(image):
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


def mass_by_sums(image):
    r = image.sum(axis=1) @ np.arange(len(image))
    c = image.sum(axis=0) @ np.arange(len(image[0]))
    return [r / image.sum(), c / image.sum()]


def unweighted(image):
    return [places.mean() for places in np.nonzero(image)]


def place(drawing, row, column):
    field = np.zeros((1, 28, 28), np.uint8)
    top, left = round(14 - row), round(14 - column)
    field[0, top : top + len(drawing), left : left + len(drawing[0])] = drawing
    return scale_pixels(field)


def prepare(drawing):
    return place(drawing, *mass(drawing.astype(float)))


def ties_up(drawing):
    """Round half a pixel up, where Python's `round` takes the even neighbour."""
    row, column = mass(drawing.astype(float))
    field = np.zeros((28, 28))
    top, left = int(14.5 - row), int(14.5 - column)
    field[top : top + len(drawing), left : left + len(drawing[0])] = drawing
    return np.pad(field / 255 * 1.275 - 0.1, 2, constant_values=-0.1)[None, None]


def rounded_down(drawing):
    return place(drawing, *np.ceil(mass(drawing.astype(float))))


def unscaled(drawing):
    return np.round(200 * (prepare(drawing) + 0.1))  # paper 0, ink 255


def middle(drawing):
    return place(drawing, (len(drawing) - 1) / 2, (len(drawing[0]) - 1) / 2)


RIGHT = {
    check.frame: [check.framed, frame_by_copy],
    check.read_idx: [read_by_parts, read_by_struct],
    check.shuffle: [by_order, by_argsort],
    check.centre_of_mass: [mass, mass_by_sums],
    check.prepare: [prepare, ties_up],
}
WRONG = {
    check.frame: [
        (lambda x, background: check.framed(x, 0.0), "paper, not 0"),
        (lambda x, background: check.framed(x, background)[:, 0], "axis of channels"),
        (lambda x, background: check.framed(x, background, 1), "2 pixels wide"),
        (lambda x, background: np.pad(x, 2, constant_values=background), "axis of images"),
        (lambda x, background: x[:, None], "the shape is"),
        (lambda x, background: check.framed(x, -0.1), "the argument `background`"),
    ],
    check.read_idx: [
        (raw, "its head"),
        (lambda content: raw(content, 4), "4 bytes for each axis"),
        (lambda content: read_by_parts(content).ravel(), "the sizes that the head names"),
        (small_sizes, "raised ValueError"),
        (lambda content: read_by_parts(content)[..., ::-1], "the values differ"),
        (lambda content: read_by_parts(content).astype(np.int8), "unsigned"),
        (lambda content: read_by_parts(content).astype(int), "the answer is int64"),
        (lambda content: read_by_parts(content).tolist(), "the answer is list"),
    ],
    check.shuffle: [
        (apart, "parted"),
        (drawn_again, "come twice"),
        (lambda X, y, rng: (X, y), "still the old one"),
        (lambda X, y, rng: (X[::-1], y[::-1]), "another rng gives the same order"),
        (lambda X, y, rng: by_order(X, y, np.random.default_rng()), "and from nothing else"),
        (one_pixel_apart, "parted"),
        (lambda X, y, rng: by_order(X, y, rng)[0], "return two arrays"),
        (lambda X, y, rng: (by_order(X, y, rng)[0][:3], y[:3]), "the shapes are"),
        (in_place, "wrote into its argument"),
    ],
    check.centre_of_mass: [
        (lambda image: mass(image)[::-1], "row first"),
        (lambda image: mass(image) + 1, "counts rows and columns from 0"),
        (unweighted, "weigh more"),
        (lambda image: mass(image) * image.sum(), "divide by the sum"),
        (lambda image: np.array(image.shape) / 2 - 0.5, "middle of the field"),
        (lambda image: mass(image)[0], "the shape is"),
    ],
    check.prepare: [
        (middle, "centre of mass"),
        (lambda drawing: prepare(drawing)[0], "axis of images"),
        (unscaled, "scale the bytes"),
        (lambda drawing: place(drawing, *mass(drawing.astype(float)) + 0.5), "row 14, column 14"),
        (lambda drawing: place(drawing, *mass(drawing.astype(float))[::-1]), "the first row"),
        (rounded_down, "not down"),
        (lambda drawing: np.roll(prepare(drawing), 1, axis=2), "the values differ"),
        (lambda drawing: prepare(drawing).swapaxes(2, 3), "the values differ"),
    ],
}


@pytest.mark.parametrize("shape", [(1, 1), (20, 20), (12, 4), (10, 6), (2, 7)])
def test_no_drawing_has_two_places_that_are_equally_near(shape):
    parts = mass(check.uneven(shape).astype(float)) % 1
    assert (np.abs(parts - 0.5) > 0.02).all()


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG, says="right in")
