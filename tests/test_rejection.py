"""The rejection curve of fig. 10."""

import json
import os

import numpy as np
import pytest

from lenet_core import LeNet5, load_digits, load_mnist, predict
from lenet_core.paper import LeNet5_1998, rejection
from lenet_core.records import load_record, load_trained

RECORD = rejection.FOLDER / "mnist.json"


def test_the_smallest_gaps_are_refused_first():
    gap = np.array([0.3, 0.1, 0.2, 0.4])
    wrong = np.array([False, True, True, False])
    errors = rejection.accepted_errors(gap, wrong)
    np.testing.assert_allclose(errors, [50, 100 / 3, 0, 0])
    assert rejection.share_refused(errors, aim=34) == 25
    assert rejection.share_refused(errors, aim=0) == 50
    assert rejection.share_refused(errors, aim=60) == 0
    assert rejection.share_refused(np.array([100.0, 100.0]), aim=0.5) == 100


@pytest.mark.parametrize("kind", [LeNet5, LeNet5_1998])
def test_a_gap_is_that_of_the_two_best_classes(kind):
    X, y, *_ = load_digits()
    model = kind(rng=0)
    gap, wrong = rejection.doubts(model, X[:30], y[:30])
    found = np.sort(model.forward(X[:30]), axis=1)
    want = found[:, 1] - found[:, 0] if kind is LeNet5_1998 else found[:, -1] - found[:, -2]
    np.testing.assert_allclose(gap, want, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(wrong, predict(model, X[:30]) != y[:30])


def test_the_curve_starts_at_the_error_of_all_digits():
    X, y, *_ = load_digits()
    model = LeNet5(rng=0)
    found = rejection.measure(model, X[:200], y[:200])
    assert found["errors"][0] == pytest.approx(100 * (predict(model, X[:200]) != y[:200]).mean())
    assert len(found["errors"]) == len(rejection.SHARES)


@pytest.mark.skipif(not RECORD.exists(), reason="no record yet")
def test_the_record_is_that_of_the_networks():
    record = load_record("mnist", rejection.FOLDER)
    assert set(record["networks"]) == set(rejection.RECIPES)
    for recipe, found in record["networks"].items():
        for name, network in found.items():
            error = load_record(name)["test_error"]
            assert name.startswith(f"{recipe}-seed")
            assert network["errors"][0] == pytest.approx(error, abs=1e-3)
    if os.environ.get("LENET_MNIST_DIR"):
        _, _, X, y = load_mnist()
        again = rejection.measure(load_trained("1998-seed0"), X, y)
        assert json.loads(json.dumps(again)) == record["networks"]["1998"]["1998-seed0"]
