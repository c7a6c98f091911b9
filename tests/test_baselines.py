"""Class means, distances, votes and upright digits: against loops and known values."""

import os

import numpy as np
import pytest

from lenet_core import load_digits, load_mnist
from lenet_core.baselines import (
    byte_rows,
    class_means,
    deslant,
    nearest,
    slant,
    squared_distances,
    vote,
)
from lenet_core.records import RUNS, load_record


def test_byte_rows_undo_the_scaling_and_the_margin():
    X = load_digits("unit")[0][:7]
    rows = byte_rows(X)
    assert rows.shape == (7, 784)
    assert rows.dtype == np.float64
    assert np.array_equal(rows, np.rint(rows))
    back = (rows / 255).reshape(-1, 28, 28)
    np.testing.assert_allclose(np.pad(back, [(0, 0), (2, 2), (2, 2)]), X[:, 0], atol=1e-6)


def test_class_means_are_those_of_each_class():
    rows, labels = np.array([[0.0, 2], [5, 5], [4, 4]]), np.array([0, 1, 0])
    assert class_means(rows, labels, 2).tolist() == [[2, 3], [5, 5]]


def test_distances_equal_the_loops_exactly():
    rng = np.random.default_rng(0)
    A, B = (rng.integers(0, 256, (n, 50)).astype(float) for n in (3, 4))
    loops = [[((a - b) ** 2).sum() for b in B] for a in A]
    assert np.array_equal(squared_distances(A, B), loops)


def test_the_nearest_come_in_order_and_of_equals_the_lower_place_first():
    distances = np.array([[3.0, 1, 2, 1, 1], [0, 0, 0, 0, 0]])
    assert nearest(distances, 4).tolist() == [[1, 3, 4, 2], [0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        ([7], 7),
        ([7, 1], 7),
        ([7, 1, 1], 1),
        ([7, 1, 1, 7], 7),
        ([5, 2, 2, 9, 9], 2),
        ([3, 0, 1], 3),
    ],
)
def test_most_votes_win_and_the_nearest_voter_decides_a_tie(labels, answer):
    assert vote(np.array([labels])).tolist() == [answer]


def test_the_slant_of_a_diagonal_is_one_column_a_row():
    slants, middles = slant(np.stack([np.eye(5), np.eye(5)[:, ::-1]]))
    np.testing.assert_allclose(slants, [1, -1])
    np.testing.assert_allclose(middles, [2, 2])


def test_deslanting_makes_a_diagonal_upright_and_leaves_an_upright_stroke():
    upright = np.zeros((7, 7))
    upright[1:6, 3] = [1, 5, 2, 3, 4]
    diagonal = np.zeros((7, 7))
    diagonal[range(1, 6), range(1, 6)] = 2
    leaning = deslant(np.stack([upright, diagonal]))
    np.testing.assert_allclose(leaning[0], upright, atol=1e-12)
    np.testing.assert_allclose(leaning[1, 1:6, 3], 2, atol=1e-12)
    np.testing.assert_allclose(leaning[1].sum(), 10)


def test_deslanted_digits_lean_less_and_keep_their_ink():
    images = byte_rows(load_digits("unit")[0][:50]).reshape(-1, 28, 28)
    upright = deslant(images)
    left = np.abs(slant(upright)[0])  # not 0 where a moved row has lost ink at the edge
    assert np.median(left) < 1e-9
    assert left.max() < 0.05 < np.abs(slant(images)[0]).mean()
    np.testing.assert_allclose(upright.sum(axis=(1, 2)), images.sum(axis=(1, 2)), rtol=0.01)


def test_the_record_names_its_versions_and_has_a_held_out_error_for_each_choice():
    record = load_record("mnist", RUNS / "baselines")
    assert record["n_train"] == 60_000
    assert record["n_test"] == 10_000
    assert {"python", "numpy", "lenet_core", "scikit-learn"} <= set(record["versions"])
    assert len(record["commit"]) == 40
    for found in record["methods"].values():
        tried = found.get("tried", [])
        if tried:
            best = min(tried, key=lambda one: one["held_out_error"])
            assert best["settings"] == found["settings"]


@pytest.mark.skipif(not os.environ.get("LENET_MNIST_DIR"), reason="set LENET_MNIST_DIR")
def test_the_nearest_mean_of_mnist_has_the_error_of_the_record():
    X, y, X_test, y_test = load_mnist(scaling="unit")
    means = class_means(byte_rows(X), y)
    answers = squared_distances(byte_rows(X_test), means).argmin(axis=1)
    recorded = load_record("mnist", RUNS / "baselines")["methods"]["nearest mean"]
    assert 100 * (answers != y_test).mean() == pytest.approx(recorded["test_error"], abs=0.011)
