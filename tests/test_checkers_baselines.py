"""Every checker of "Ask how good is good" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import checker_tests

from lenet_core.baselines import nearest, slant, squared_distances, vote
from lenet_core.exercises import baselines as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- the vote by hand: (distances, k1, k3, by_mean)
FAR = [15, 3, 9, 13]
HAND_RIGHT = {
    "a list": (FAR, 1, 7, 1),
    "an array": (np.array(FAR, float), np.int64(1), 7.0, 1),
}
HAND_WRONG = {  # answer, words of the hint
    "not squared": (([7, 3, 5, 7], 1, 7, 1), "square each difference"),
    "roots": ((np.sqrt(FAR), 1, 7, 1), "leave the root out"),
    "the other digit": (([4, 8, 2, 14], 1, 7, 1), "the chapter's digit"),
    "added, then squared": (([49, 1, 25, 1], 1, 7, 1), "square first"),
    "three distances": ((FAR[:3], 1, 7, 1), "distances: the shape is"),
    "a slip": (([15, 3, 9, 14], 1, 7, 1), "distances: the values differ"),
    "k1": ((FAR, 7, 7, 1), "k1: (?s:.*)smallest"),
    "k3": ((FAR, 1, 1, 1), "k3: (?s:.*)two of their labels"),
    "by mean": ((FAR, 1, 7, 7), "by_mean: (?s:.*)which one is nearer"),
}


@pytest.mark.parametrize("answer", HAND_RIGHT.values(), ids=HAND_RIGHT.keys())
def test_right_hand_votes_pass(answer, capsys):
    check.hand_vote(*answer)
    assert "all four right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_hand_votes_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_vote(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(4))
def test_hand_vote_not_started(missing):
    answer = [FAR, 1, 7, 1]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand_vote(*answer)


# --- the functions
def norms(A, B):
    return (A**2).sum(axis=1), (B**2).sum(axis=1)


def by_broadcasting(A, B):
    return ((A[:, None] - B) ** 2).sum(axis=2)


def knn_by_package(stored, labels, new, k):
    return vote(labels[nearest(squared_distances(new, stored), k)])


def knn_by_loops(stored, labels, new, k):
    answers = []
    for row in new:
        order = sorted(range(len(stored)), key=lambda place: ((stored[place] - row) ** 2).sum())
        voters = [int(labels[place]) for place in order[:k]]
        answers.append(max(voters, key=lambda c: (voters.count(c), -voters.index(c))))
    return answers


def voters(stored, labels, new, k):
    return labels[nearest(squared_distances(new, stored), k)]


def knn_small_label(stored, labels, new, k):
    return [np.bincount(row).argmax() for row in voters(stored, labels, new, k)]


def knn_with(choose):
    """A k-NN whose answer is choose(voters of one digit, their squared distances)."""

    def answers(stored, labels, new, k):
        D = squared_distances(new, stored)
        rows = zip(labels[nearest(D, k)].tolist(), np.sort(D)[:, :k], strict=True)
        return [choose(row, distances) for row, distances in rows]

    return answers


def tied(row):
    return [c for c in row if row.count(c) == max(map(row.count, row))]


def leave_the_farthest_out(row, _):
    while len(set(tied(row))) > 1:
        row = row[:-1]
    return tied(row)[0]


def add_distances(row, distances):
    sums = {c: distances[np.array(row) == c].sum() for c in tied(row)}
    return min(sums, key=sums.get)


def nearest_of_all_if_tied(row, _):
    return row[0] if len(set(tied(row))) > 1 else tied(row)[0]


def knn_equal_distances_in_any_order(stored, labels, new, k):
    D = squared_distances(new, stored)[:, ::-1]
    return vote(labels[::-1][np.argsort(D, axis=1)[:, :k]])


def byte_distances(stored, new, before=np.int64, after=None):
    differences = new.astype(before)[:, None] - stored.astype(before)
    return ((differences.astype(after) if after else differences) ** 2).sum(axis=2)


def float16_label(stored, labels, new):
    with np.errstate(over="ignore"):
        return labels[byte_distances(stored, new, np.float16).argmin(axis=1)]


def sized(stored, labels, new, new_labels, sizes, rows=slice):
    found = []
    for size in sizes:
        part = rows(size)
        answers = labels[part][squared_distances(new, stored[part]).argmin(axis=1)]
        found.append((answers != new_labels).mean())
    return np.array(found)


def lean_of(image, *, ink=True, middle=True, weighted=True):
    i, j = np.indices(image.shape)
    w = image if ink else (image > 0).astype(float)
    w = w / w.sum()
    centre = ((w * i).sum(), (w * j).sum()) if middle else [(n - 1) / 2 for n in image.shape]
    if not weighted:
        centre = np.argwhere(image).mean(axis=0)
    down, across = i - centre[0], j - centre[1]
    return (w * down * across).sum() / (w * down**2).sum()


def lean_inverse(image):
    i, j = np.nonzero(image)
    w = image[i, j] / image.sum()
    down, across = i - (w * i).sum(), j - (w * j).sum()
    spread = (w * across**2).sum()
    return (w * down * across).sum() / spread if spread else 0.0


def lean_undivided(image):
    i, j = np.indices(image.shape)
    w = image / image.sum()
    return (w * (i - (w * i).sum()) * (j - (w * j).sum())).sum()


def lean_from_the_corner(image):
    i, j = np.indices(image.shape)
    return (image * i * j).sum() / (image * i**2).sum()


RIGHT = {
    check.distances: [by_broadcasting, squared_distances],
    check.knn: [knn_by_package, knn_by_loops, knn_equal_distances_in_any_order],
    check.bytes_nearest: [
        lambda stored, labels, new: labels[byte_distances(stored, new).argmin(axis=1)],
        lambda stored, labels, new: labels[byte_distances(stored, new, float).argmin(axis=1)],
    ],
    check.errors_by_size: [sized, lambda *a: sized(*a).tolist()],
    check.lean: [lean_of, lambda image: slant(image[None])[0][0]],
}
WRONG = {  # function, words of the hint
    check.distances: [
        (lambda A, B: by_broadcasting(A, B) + A @ B.T, "counts twice"),
        (lambda A, B: by_broadcasting(A, B) + 4 * A @ B.T, "taken away"),
        (lambda A, B: by_broadcasting(A, B) - norms(A, B)[1], "one number for each row of B"),
        (lambda A, B: by_broadcasting(A, B) - norms(A, B)[0][:, None], "each row of A"),
        (lambda A, B: np.sqrt(by_broadcasting(A, B)), "no root"),
        (lambda A, B: np.abs(A[:, None] - B).sum(axis=2), "square each"),
        (lambda A, B: by_broadcasting(B, A), "transpose"),
        (
            lambda A, B: by_broadcasting(A, B) if len(A) != len(B)
            else norms(A, B)[0] - 2 * A @ B.T + norms(A, B)[1],
            "wrong axis",
        ),
        (
            lambda A, B: by_broadcasting(A, B) if len(A) != len(B)
            else norms(A, B)[0] - 2 * A @ B.T + norms(A, B)[1][:, None],
            "exchanged",
        ),
        (lambda A, B: norms(A, B)[0] - 2 * A @ B.T + norms(A, B)[1], "the shape is"),
    ],
    check.knn: [
        (knn_small_label, "smallest label"),
        (lambda s, y, x, k: voters(s, y, x, k)[:, 0], "one neighbour"),
        (lambda s, y, x, k: nearest(squared_distances(x, s), k)[:, 0], "look up their labels"),
        (lambda s, y, x, k: vote(y[nearest(-squared_distances(x, s), k)]), "farthest k"),
        (lambda s, y, x, k: vote(voters(s, y, x, k)[:, ::-1]), "go to the farthest"),
        (lambda s, y, x, k: voters(s, y, x, k).mean(axis=1), "labels are names"),
        (knn_with(lambda row, _: max(tied(row))), "largest label"),
        (knn_with(leave_the_farthest_out), "nobody is left out"),
        (knn_with(add_distances), "no distances are added up"),
        (knn_with(nearest_of_all_if_tied), "among the tied classes only"),
        (lambda s, y, x, k: vote(y[np.abs(x[:, None] - s).sum(2).argsort(1)[:, :k]]), "differ"),
        (lambda s, y, x, k: voters(s, y, x, k), "the shape is"),
    ],
    check.bytes_nearest: [
        (lambda s, y, x: y[((x[:, None] - s) ** 2).sum(axis=2).argmin(axis=1)], "no room"),
        (lambda s, y, x: y[byte_distances(s, x, np.uint8, float).argmin(axis=1)], "too late"),
        (
            lambda s, y, x: y[(byte_distances(s, x, np.int16, np.int16)).argmin(axis=1)],
            "int16 ends",
        ),
        (float16_label, "float16 ends"),
        (lambda s, y, x: y[byte_distances(s, x).argmax(axis=1)], "the farthest"),
        (lambda s, y, x: byte_distances(s, x).argmin(axis=1), "look up"),
        (lambda s, y, x: y[byte_distances(s, x).argmin(axis=0)], "the shape is|differ"),
    ],
    check.errors_by_size: [
        (lambda *a: 1 - sized(*a), "share of right answers"),
        (lambda *a: 100 * sized(*a), "in per cent"),
        (lambda *a: len(a[2]) * sized(*a), "divide by the number"),
        (lambda *a: sized(*a, rows=lambda size: slice(None)), "cut the stored"),
        (lambda *a: sized(*a, rows=lambda size: slice(-size, None)), "last rows"),
        (lambda *a: sized(*a, rows=lambda size: slice(size + 1)), "one row too many"),
        (lambda *a: sized(*a)[-1], "the shape is"),
    ],
    check.lean: [
        (lambda image: -lean_of(image), "sign"),
        (lean_inverse, "rows a column"),
        (lean_undivided, "not by the ink"),
        (lambda image: lean_of(image, ink=False), "multiply by the ink"),
        (lambda image: lean_of(image, middle=False), "not of the image"),
        (lean_from_the_corner, "first pixel"),
        (lambda image: lean_of(image, weighted=False), "in the middle of the ink as well"),
    ],
}  # fmt: skip


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)
