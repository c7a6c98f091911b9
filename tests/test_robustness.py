"""Changed digits, and the record of how well the networks read them."""

import os
import re

import numpy as np
import pytest

from lenet_core import load_digits, load_mnist, predict
from lenet_core.augment import affine
from lenet_core.records import error, load_record, load_trained
from lenet_core.robustness import AMOUNTS, NETWORKS, change, load_robustness, look_up, measure

RECORD = load_robustness()
X = load_digits()[2][:20]


def test_an_amount_of_nothing_changes_nothing():
    for kind in AMOUNTS:
        assert np.array_equal(change(X, kind, 1 if kind == "size" else 0), X), kind


@pytest.mark.parametrize("pixels", [3, -3])
def test_whole_pixels_move_the_image_and_leave_paper(pixels):
    right, down = change(X, "right", pixels), change(X, "down", pixels)
    inner = slice(3, -3)
    moved = slice(3 + pixels, 29 + pixels)
    assert np.array_equal(right[..., moved], X[..., inner])
    assert np.array_equal(down[:, :, moved], X[:, :, inner])
    assert right[..., 0 if pixels > 0 else -1].max() == pytest.approx(-0.1)


def test_a_quarter_turn_goes_with_the_clock():
    np.testing.assert_allclose(change(X, "turn", 90), np.rot90(X, -1, (2, 3)), atol=1e-5)


def test_twice_the_size_shows_the_middle():
    large = change(X, "size", 2)
    for i, j in [(0, 0), (9, 21), (31, 16)]:
        a, b = (i - 15.5) / 2 + 15.5, (j - 15.5) / 2 + 15.5
        d, r = a % 1, b % 1
        four = X[:, 0, int(a) : int(a) + 2, int(b) : int(b) + 2]
        want = np.einsum("i,nij,j->n", [1 - d, d], four, [1 - r, r])
        np.testing.assert_allclose(large[:, 0, i, j], want, atol=1e-5)


def test_look_up_is_the_affine_of_the_augmentation():
    rng = np.random.default_rng(5)
    random = affine(X[:1], rng, degrees=20, scale=0.1, shear=0.1, pixels=2)
    rng = np.random.default_rng(5)
    delta = rng.uniform(-2, 2, (1, 2, 1))[0, :, 0]
    angle = np.deg2rad(rng.uniform(-20, 20, 1)[0])
    (high, wide), slant = rng.uniform(0.9, 1.1, (2, 1))[:, 0], rng.uniform(-0.1, 0.1, 1)[0]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    M = turn @ [[high, 0], [slant, wide]]
    np.testing.assert_allclose(look_up(X[:1], M, delta), random, atol=1e-4)


def test_speckle_inverts_its_share_and_small_shares_lie_in_larger_ones():
    few, many = (change(X, "speckle", share) != X for share in (0.1, 0.3))
    assert abs(few.mean() - 0.1) < 0.01
    assert abs(many.mean() - 0.3) < 0.01
    assert not (few & ~many).any()
    changed = change(X, "speckle", 0.1)
    np.testing.assert_allclose(changed[few], (-0.1 + 1.175) - X[few], atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "amount", "message"),
    [("tilt", 1, "kind must be one of"), ("size", 0, "size must be"), ("speckle", 2, "speckle")],
)
def test_what_makes_no_sense_is_refused(kind, amount, message):
    with pytest.raises(ValueError, match=message):
        change(X, kind, amount)


def test_measure_has_a_row_for_each_amount_and_a_number_for_each_seed():
    X_held, y_held = (array[:100] for array in load_digits()[2:])
    found = measure(X_held, y_held, ["modern-embedded"], {"turn": (0, 180)})
    errors = found["errors"]["modern-embedded"]["turn"]
    assert np.shape(errors) == (2, 5)
    first = load_trained("modern-embedded-seed0")
    assert errors[0][0] == error(first, X_held, y_held)
    assert np.sum(found["confusion"]["modern-embedded"]) == 500
    assert np.array_equal(np.sum(found["confusion"]["modern-embedded"], axis=1), [50] * 10)


# --- the record
def test_the_record_is_complete():
    assert set(RECORD) == {
        "networks", "amounts", "errors", "confusion", "n_test", "test_sha256", "versions", "commit",
    }  # fmt: skip
    assert re.fullmatch(r"[0-9a-f]{40}", RECORD["commit"])
    assert RECORD["n_test"] == 10_000
    assert tuple(RECORD["errors"]) == tuple(RECORD["networks"]) == NETWORKS
    assert RECORD["amounts"] == {kind: list(values) for kind, values in AMOUNTS.items()}
    for recipe, names in RECORD["networks"].items():
        for kind, amounts in AMOUNTS.items():
            assert np.shape(RECORD["errors"][recipe][kind]) == (len(amounts), len(names))


@pytest.mark.parametrize("recipe", NETWORKS)
def test_the_unchanged_digits_have_the_errors_and_mistakes_of_the_runs(recipe):
    runs = [load_record(name) for name in RECORD["networks"][recipe]]
    assert {run["test_sha256"] for run in runs} == {RECORD["test_sha256"]}
    for kind, amounts in AMOUNTS.items():
        unchanged = RECORD["errors"][recipe][kind][amounts.index(1 if kind == "size" else 0)]
        assert unchanged == [run["test_error"] for run in runs]
    wrong = np.zeros((10, 10), int)
    for run in runs:
        for _, label, answer in run["test_mistakes"]:
            wrong[label, answer] += 1
    matrix = np.array(RECORD["confusion"][recipe])
    assert np.array_equal(matrix * (1 - np.eye(10, dtype=int)), wrong)
    assert matrix.sum() == 10_000 * len(runs)


@pytest.mark.skipif(not os.environ.get("LENET_MNIST_DIR"), reason="LENET_MNIST_DIR is not set")
@pytest.mark.parametrize(("kind", "amount"), [("turn", 30), ("speckle", 0.1)])
def test_networks_make_the_errors_that_the_record_tells(kind, amount):
    _, _, X_test, y_test = load_mnist()
    changed = change(X_test, kind, amount)
    row = AMOUNTS[kind].index(amount)
    for recipe in ("modern-plain", "modern"):
        wrong = predict(load_trained(f"{recipe}-seed0"), changed) != y_test
        told = RECORD["errors"][recipe][kind][row][0]
        assert 100 * wrong.mean() == pytest.approx(told, abs=0.02)  # two digits: rounding
