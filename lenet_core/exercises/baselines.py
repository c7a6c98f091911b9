"""Checkers of the chapter "Ask how good is good"."""

import numpy as np

from ..baselines import nearest, slant, vote
from ..baselines import squared_distances as reference_distances
from .checker import Case, NotStarted, run_cases, same

STORED = np.array([[0, 3, 0, 4], [2, 3, 2, 6], [3, 3, 0, 3], [5, 5, 0, 3]])  # A, B, C, D
LABELS = np.array([1, 1, 7, 7])
NEW = np.array([2, 3, 0, 4])  # the chapter's new digit
OTHER = np.array([3, 4, 2, 5])  # that of the exercise


def hand_vote(distances, k1, k3, by_mean):
    """Check the reader's numbers for the digit [[3, 4], [2, 5]]; None is not started.

    Parameters
    ----------
    distances : four squared distances, to A, B, C and D
    k1, k3, by_mean : the answers of one neighbour, of three, and of the nearest class mean
    """
    answers = {"distances": distances, "k1": k1, "k3": k3, "by_mean": by_mean}
    if any(value is None for value in answers.values()):
        raise NotStarted("vote by hand: replace each None by your numbers")
    differences = STORED - OTHER
    squared = (differences**2).sum(axis=1)
    right = {"distances": squared, "k1": 1, "k3": 7, "by_mean": 1}
    hints = {
        "distances": [
            (np.abs(differences).sum(axis=1), "square each difference before you add"),
            (np.sqrt(squared), "leave the root out: the squared distance is asked"),
            (((STORED - NEW) ** 2).sum(axis=1), "this is for the chapter's digit, 2 3 0 4"),
            (differences.sum(axis=1) ** 2, "square first, then add: not the other way round"),
        ],
        "k1": [(7, "which distance is the smallest? its label is the answer")],
        "k3": [(1, "take the three smallest distances; two of their labels agree")],
        "by_mean": [(7, "the means are 1 3 1 5 and 4 4 0 3: which one is nearer to 3 4 2 5?")],
    }
    for name, value in answers.items():
        same(name, value, right[name], hints[name], reveal=False)
    print("vote by hand: all four right")


def distances(function):
    """Check function(A, B) -> squared distances (n, m)."""
    rng = np.random.default_rng(0)
    sizes = {
        "one pixel against one pixel": (1, 1, 1),
        "one row against two": (1, 2, 3),
        "two rows against one": (2, 1, 3),
        "three rows against three": (3, 3, 2),
        "four rows against five": (4, 5, 6),
    }
    cases = []
    for label, (n, m, features) in sizes.items():
        A, B = (rng.integers(1, 9, (rows, features)).astype(float) for rows in (n, m))
        cases.append(distance_case(label, A, B))
    run_cases("distances", function, cases)


def distance_case(label, A, B):
    """Return the case of the distances between two arrays of rows."""
    right, product = reference_distances(A, B), A @ B.T
    a2, b2 = (A**2).sum(axis=1), (B**2).sum(axis=1)
    column, row = np.broadcast_to(a2[:, None], right.shape), np.broadcast_to(b2, right.shape)
    hints = [
        (column - product + row, "the product counts twice: (a - b)² has -2ab"),
        (column + 2 * product + row, "the product is taken away, not added"),
        (column - 2 * product, "|b|² is missing: one number for each row of B"),
        (row - 2 * product, "|a|² is missing: one number for each row of A"),
        (np.sqrt(right), "the squared distance is asked: no root"),
        (np.abs(A[:, None] - B).sum(axis=2), "square each difference: |a - b| is not asked"),
        (right.T, "this is the transpose: the rows of A go down, those of B across"),
    ]
    if len(A) == len(B):
        swapped = a2 - 2 * product + b2[:, None]
        flat = a2 - 2 * product + b2
        hints += [
            (flat, "|a|² lies along the wrong axis: make it a column, a2[:, None]"),
            (swapped, "|a|² and |b|² are exchanged: a2 is the column, b2 the row"),
        ]
    return Case(label, (A, B), right, tuple(hints))


def knn(function):
    """Check function(stored, labels, new, k) -> answers (n,), ties to the nearest voter."""
    line = np.array([[0.0], [3], [5], [9], [10]])
    on_line = np.array([[1.0], [6.4], [9.6]])
    rng = np.random.default_rng(3)
    digits, new = rng.normal(size=(30, 4)), rng.normal(size=(12, 4))  # no equal distances
    labels = np.array([3, 1, 1, 4, 4])
    cases = [
        knn_case("k = 1, five stored numbers", line, labels, on_line, 1),
        knn_case("k = 3, a clear vote", line, labels, on_line, 3),
        knn_case("k = 2, one vote each: the nearest decides", line, labels, on_line, 2),
        knn_case(
            "k = 4, two pairs: the pair with the nearest voter wins",
            STORED + 0.0, LABELS[::-1], NEW[None] + 0.0, 4,
        ),
        knn_case("k = 5, the nearest of all is of no tied class", line, labels, on_line[:1] - 1, 5),
        knn_case("k = 5, 30 stored rows", digits, rng.integers(0, 10, 30), new, 5),
    ]  # fmt: skip
    run_cases("k-NN", function, cases)


def knn_case(label, stored, labels, new, k):
    """Return the case of a vote of the k nearest."""
    distances = reference_distances(new, stored)
    voters = labels[nearest(distances, k)]
    nearby = np.sort(distances)[:, :k]
    summed = np.array([smallest_sum(*row) for row in zip(voters, nearby, strict=True)])
    hints = (
        (nearest(distances, k)[:, 0], "these are places in the training set: look up their labels"),
        (summed, "in a tie nobody is left out and no distances are added up: of the tied\n"
         "classes, the one with the nearest voter wins"),
        (smallest_class(voters), "of tied classes this takes the smallest label; take the class\n"
         "of the nearest voter among them"),
        (9 - smallest_class(9 - voters), "of tied classes this takes the largest label; take the\n"
         "class of the nearest voter among them"),
        (nearest_if_tied(voters), "look among the tied classes only: the nearest voter of all may\n"
         "have a class with fewer votes"),
        (voters[:, 0], "this is the answer of one neighbour: let k of them vote"),
        (vote(labels[nearest(-distances, k)]), "these are the answers of the farthest k"),
        (vote(voters[:, ::-1]), "ties go to the farthest of the k; the nearest has to decide"),
        (voters.mean(axis=1), "labels are names: a mean of labels says nothing, count votes"),
    )  # fmt: skip
    return Case(label, (stored, labels, new, k), vote(voters), hints)


def smallest_class(voters):
    """Return the winner of each row, of a tie the smallest label."""
    return np.array([np.bincount(row).argmax() for row in voters])


def smallest_sum(voters, distances):
    """Return the class with the most votes, of a tie the one with the smallest sum of distances."""
    counts = np.bincount(voters)
    sums = np.bincount(voters, weights=distances)
    return int(np.where(counts == counts.max(), sums, np.inf).argmin())


def nearest_if_tied(voters):
    """Return the winner of each row, of any tie the label of the nearest voter of all."""
    counts = [np.bincount(row) for row in voters]
    tied = np.array([(count == count.max()).sum() > 1 for count in counts])
    return np.where(tied, voters[:, 0], smallest_class(voters))


def bytes_nearest(function):
    """Check function(stored, labels, new) -> label of the nearest; all pixels are uint8."""
    rng = np.random.default_rng(1)
    far = np.array([[0, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 1, 1, 0, 1]])
    cases = [
        byte_case("pale pixels, 0 to 9", rng.integers(0, 10, (6, 3)), rng.integers(0, 10, (7, 3))),
        byte_case("pixels 0 to 255", rng.integers(0, 256, (9, 5)), rng.integers(0, 256, (8, 5))),
        byte_case("paper and ink", rng.choice([0, 9, 255], (9, 6)), rng.choice([0, 250], (8, 6))),
        byte_case("ink, far from all that is stored", 255 * far, np.full((1, 5), 255)),
    ]
    run_cases("nearest label", function, cases)


def byte_case(label, stored, new):
    """Return the case of bytes; the labels are different, so that each place shows."""
    labels = np.arange(len(stored)) + 3
    exact = reference_distances(new.astype(float), stored.astype(float))
    bytes_stored, bytes_new = stored.astype(np.uint8), new.astype(np.uint8)
    wrapped = bytes_new[:, None] - bytes_stored
    late = (wrapped.astype(float) ** 2).sum(axis=2)
    small = (wrapped**2).sum(axis=2)
    squares = (new[:, None] - stored).astype(np.int16) ** 2
    half = np.where(exact > np.finfo(np.float16).max, np.inf, exact)
    hints = (
        (exact.argmin(axis=1), "these are places: look up their labels"),
        (labels[small.argmin(axis=1)],
         "a uint8 has no room for -1 or for 256: the differences and their\n"
         "squares wrap around. Which line has to change the type?"),
        (labels[late.argmin(axis=1)],
         "the type changes too late: the subtraction has wrapped around already"),
        (labels[squares.astype(float).sum(axis=2).argmin(axis=1)],
         "int16 ends at 32,767, and 255² is larger: take a wider type"),
        (labels[half.argmin(axis=1)],
         "float16 ends at 65,504: a sum of squares is larger; take a wider type"),
        (labels[exact.argmax(axis=1)], "this is the farthest one"),
    )  # fmt: skip
    arguments = (bytes_stored, labels, bytes_new)
    return Case(label, arguments, labels[exact.argmin(axis=1)], hints)


def errors_by_size(function):
    """Check function(stored, labels, new, new_labels, sizes) -> errors of one neighbour."""
    rng = np.random.default_rng(5)
    line, labels = np.array([[9.0], [0], [4], [5]]), np.array([0, 1, 0, 2])
    many, names = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    new, right = rng.normal(size=(16, 3)), rng.integers(0, 3, 16)
    at, truth = np.array([[1.0], [8], [5.2], [3.9], [8.5]]), np.array([2, 1, 2, 0, 2])
    cases = [
        size_case("one stored number", line, labels, at, truth, [1]),
        size_case("one, two and four", line, labels, at, truth, [1, 2, 4]),
        size_case("up to 40 rows", many, names, new, right, [5, 10, 20, 40]),
    ]
    run_cases("errors by size", function, cases)


def size_case(label, stored, labels, new, new_labels, sizes):
    """Return the case of some sizes."""

    def share(part):
        answers = labels[part][reference_distances(new, stored[part]).argmin(axis=1)]
        return float((answers != new_labels).mean())

    right = np.array([share(slice(size)) for size in sizes])
    hints = (
        (1 - right, "this is the share of right answers; the error is that of wrong ones"),
        (100 * right, "this is in per cent; give the share, from 0 to 1"),
        (np.array([share(slice(size + 1)) for size in sizes]), "this is one row too many"),
        (len(new) * right, "these are counts: divide by the number of new digits"),
        (np.full(len(sizes), share(slice(None))), "every size has all rows: cut the stored ones"),
        (np.array([share(slice(-size, None)) for size in sizes]),
         "these are the last rows of each size; take the first"),
    )  # fmt: skip
    return Case(label, (stored, labels, new, new_labels, sizes), right, hints)


def lean(function):
    """Check function(image) -> columns by which the ink moves from one row to the next."""
    stroke = np.eye(5)
    pale = np.zeros((4, 6))
    pale[[0, 1, 2, 3], [1, 1, 2, 4]] = [1, 3, 2, 5]
    thick = np.zeros((7, 9))
    for i in range(1, 6):
        thick[i, 6 - i : 8 - i + i // 3] = 2 + i
    images = {
        "an upright stroke": np.ones((3, 1)),
        "a stroke that leans by one column a row": stroke,
        "the same the other way": stroke[:, ::-1].copy(),
        "ink of different darkness": pale,
        "a thick stroke, off the middle": thick,
    }
    run_cases("lean", function, [lean_case(label, image) for label, image in images.items()])


def lean_case(label, image):
    """Return the case of an image with ink in two rows at least."""
    right = float(slant(image[None])[0][0])
    i, j = (axis + 0.0 for axis in np.nonzero(image))
    ink = image[image > 0]
    centre = [(size - 1) / 2 for size in image.shape]
    sizes = moments(ink, i - np.average(i, weights=ink), j - np.average(j, weights=ink))
    plain = moments(np.ones_like(ink), i - i.mean(), j - j.mean())
    middle = moments(ink, i - centre[0], j - centre[1])
    raw = moments(ink, i, j)
    off = moments(ink, i - i.mean(), j - j.mean())
    hints = [
        (-right, "the sign is turned: positive is to the right as you go down"),
        (sizes[0] / (sizes[2] or np.nan), "this is rows a column: divide by the spread down"),
        (sizes[0] / ink.sum(), "divide by the sum of ink · down², not by the ink"),
        (plain[0] / plain[1], "dark pixels count more: multiply by the ink"),
        (middle[0] / middle[1], "measure from the middle of the ink, not of the image"),
        (off[0] / off[1], "dark pixels count more in the middle of the ink as well"),
        (raw[0] / raw[1], "measure from the middle of the ink, not from the first pixel"),
    ]
    return Case(label, (image,), right, tuple(hints))


def moments(ink, down, across):
    """Return the sums of ink times down·across, down² and across²."""
    return (ink * down * across).sum(), (ink * down**2).sum(), (ink * across**2).sum()
