"""The losses against loops, against central differences, and far out."""

import numpy as np
import oracles
import pytest

from lenet_core import SoftmaxCrossEntropy
from lenet_core.gradcheck import numerical_gradient, relative_error
from lenet_core.losses import SmoothedCrossEntropy


def batch(n, k, dtype=np.float64, seed=0):
    """Return scores (n, k) and labels (n,)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, k)).astype(dtype), rng.integers(0, k, n)


sizes = pytest.mark.parametrize(("n", "k"), [(1, 2), (1, 10), (5, 3), (32, 10), (4, 1)])


@sizes
def test_loss_and_gradient_agree_with_loops_by_the_definition(n, k):
    scores, y = batch(n, k)
    loss, (want, dscores) = SoftmaxCrossEntropy(), oracles.cross_entropy(scores, y)
    # The two add up in another order: a few units in the 16th digit, at sizes of about 1.
    assert loss.forward(scores, y) == pytest.approx(want, rel=1e-13, abs=1e-15)
    np.testing.assert_allclose(loss.backward(), dscores, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("n", "k"), [(1, 2), (5, 3), (32, 10)])
def test_the_gradient_agrees_with_central_differences(n, k):
    scores, y = batch(n, k)
    loss = SoftmaxCrossEntropy()
    loss.forward(scores, y)
    right = loss.backward()
    numeric = numerical_gradient(lambda: loss.forward(scores, y), scores)
    assert relative_error(right, numeric) < 1e-8  # differences in float64 reach about 1e-10


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes():
    loss = SoftmaxCrossEntropy().forward(np.full((3, 10), 5.0), np.array([0, 4, 9]))
    assert loss == pytest.approx(np.log(10), rel=1e-15)


def test_the_loss_is_a_mean_so_a_batch_given_twice_costs_the_same():
    scores, y = batch(6, 4)
    loss, twice = SoftmaxCrossEntropy(), SoftmaxCrossEntropy()
    once = loss.forward(scores, y)
    assert twice.forward(np.tile(scores, (2, 1)), np.tile(y, 2)) == pytest.approx(once, rel=1e-14)
    np.testing.assert_allclose(twice.backward()[:6], loss.backward() / 2, rtol=1e-14)


def test_each_row_of_the_gradient_sums_to_zero():
    scores, y = batch(7, 5)
    loss = SoftmaxCrossEntropy()
    loss.forward(scores, y)
    np.testing.assert_allclose(loss.backward().sum(axis=1), 0, atol=1e-16)


def test_adding_a_number_to_all_scores_changes_nothing():
    scores, y = batch(5, 4)
    loss = SoftmaxCrossEntropy().forward(scores, y)
    assert SoftmaxCrossEntropy().forward(scores + 1000, y) == pytest.approx(loss, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_is_a_float_and_the_gradient_keeps_the_dtype(dtype):
    scores, y = batch(4, 3, dtype)
    loss = SoftmaxCrossEntropy()
    assert type(loss.forward(scores, y)) is float
    assert loss.backward().dtype == dtype


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_any_integers_are_labels(dtype):
    scores, y = batch(4, 3)
    want = SoftmaxCrossEntropy().forward(scores, y)
    assert SoftmaxCrossEntropy().forward(scores, y.astype(dtype)) == want


def test_scores_and_labels_are_not_written_to_and_backward_may_run_twice():
    scores, y = batch(4, 3)
    for array in (scores, y):
        array.setflags(write=False)
    loss = SoftmaxCrossEntropy()
    loss.forward(scores, y)
    np.testing.assert_array_equal(loss.backward(), loss.backward())


SCORES = np.zeros((4, 3))
REFUSED = {
    "one label too few": (SCORES, np.array([0, 1, 2]), r"labels .*\(4,?\), got shape \(3,\)"),
    "one-hot labels": (SCORES, np.eye(4, 3), r"labels .*\(4,?\), got shape \(4, 3\)"),
    "a list": (SCORES, [0, 1, 2, 0], "labels .*got a list"),
    "floats": (SCORES, np.zeros(4), "labels must be integers, got float64"),
    "booleans": (SCORES, np.zeros(4, bool), "labels must be integers, got bool"),
    "too large": (SCORES, np.array([0, 1, 2, 3]), "0 to 2, got values from 0 to 3"),
    "negative": (SCORES, np.array([0, 1, 2, -1]), "0 to 2, got values from -1 to 2"),
    "scores of one sample": (SCORES[0], np.array([0]), r"scores .*\(N, K\), got shape \(3,\)"),
}


@pytest.mark.parametrize(("scores", "y", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input_is_refused(scores, y, message):
    with pytest.raises(ValueError, match=message):
        SoftmaxCrossEntropy().forward(scores, y)


def test_the_loss_of_no_samples_is_refused():
    with pytest.raises(ValueError, match="give at least one"):
        SoftmaxCrossEntropy().forward(np.zeros((0, 10)), np.zeros(0, int))


# Smoothed labels


smoothings = pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5, 0.99])


def targets(y, k, smoothing):
    """Return q (n, k): the share `smoothing` of each label goes to all k classes alike."""
    q = [[smoothing / k + (1 - smoothing) * (c == label) for c in range(k)] for label in y]
    return np.array(q)


@sizes
@smoothings
def test_the_smoothed_loss_and_its_gradient_agree_with_loops_by_the_definition(n, k, smoothing):
    scores, y = batch(n, k)
    q, p = targets(y, k, smoothing), np.array([oracles.softmax(row) for row in scores])
    want = -sum(q[s, c] * np.log(p[s, c]) for s, c in np.ndindex(n, k)) / n
    loss = SmoothedCrossEntropy(smoothing)
    assert loss.forward(scores, y) == pytest.approx(want, rel=1e-13, abs=1e-15)
    dscores = [
        oracles.softmax_jacobian(s).T @ (-q_s / p_s) / n
        for s, q_s, p_s in zip(scores, q, p, strict=True)
    ]
    np.testing.assert_allclose(loss.backward(), dscores, rtol=1e-12, atol=1e-15)


@smoothings
@pytest.mark.parametrize(("n", "k"), [(1, 2), (5, 3), (32, 10)])
def test_the_smoothed_gradient_agrees_with_central_differences(n, k, smoothing):
    scores, y = batch(n, k)
    loss = SmoothedCrossEntropy(smoothing)
    loss.forward(scores, y)
    right = loss.backward()
    numeric = numerical_gradient(lambda: loss.forward(scores, y), scores)
    assert relative_error(right, numeric) < 1e-8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_smoothing_it_is_softmax_cross_entropy_bit_for_bit(dtype):
    scores, y = batch(9, 10, dtype)
    smoothed, sharp = SmoothedCrossEntropy(0), SoftmaxCrossEntropy()
    assert smoothed.forward(scores, y) == sharp.forward(scores, y)
    np.testing.assert_array_equal(smoothed.backward(), sharp.backward())


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_the_smoothed_loss_is_lowest_where_softmax_is_the_target(smoothing):
    y, draw = np.array([0, 3, 9]), np.random.default_rng(0)
    q, loss = targets(y, 10, smoothing), SmoothedCrossEntropy(smoothing)
    lowest = loss.forward(np.log(q), y)
    assert lowest == pytest.approx(-(q * np.log(q)).sum() / 3, rel=1e-14)  # the entropy of q
    np.testing.assert_allclose(loss.backward(), 0, atol=1e-16)
    for size in (1e-3, 0.1, 1, 30):
        assert loss.forward(np.log(q) + size * draw.normal(size=q.shape), y) > lowest


def test_smoothing_is_a_tenth_unless_given():
    scores, y = batch(4, 3)
    want = SmoothedCrossEntropy(0.1).forward(scores, y)
    assert SmoothedCrossEntropy().forward(scores, y) == want


def test_the_smoothed_loss_of_scores_far_out_is_finite():
    loss = SmoothedCrossEntropy(0.1)
    # log p is 0 for the label and -2000 for nine others: 0.1 * 9/10 * 2000 on the whole
    assert loss.forward(np.eye(10) * 2000, np.arange(10)) == pytest.approx(180, rel=1e-12)
    np.testing.assert_allclose(loss.backward(), (np.eye(10) - targets(range(10), 10, 0.1)) / 10)


def test_the_smoothed_loss_is_a_mean_over_samples_that_pieces_of_a_batch_add_up_to():
    scores, y = batch(7, 5)
    loss = SmoothedCrossEntropy(0.2)
    whole, gradient, parts = loss.forward(scores, y), loss.backward(), 0
    for rows in (slice(4), slice(4, 7)):
        part = len(y[rows]) / 7
        parts += part * loss.forward(scores[rows], y[rows])
        np.testing.assert_allclose(part * loss.backward(), gradient[rows], rtol=1e-13)
    assert parts == pytest.approx(whole, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_smoothed_loss_is_a_float_too_and_keeps_the_dtype(dtype):
    scores, y = batch(4, 3, dtype)
    for array in (scores, y):
        array.setflags(write=False)
    loss = SmoothedCrossEntropy()
    assert type(loss.forward(scores, y)) is float
    assert loss.backward().dtype == dtype
    np.testing.assert_array_equal(loss.backward(), loss.backward())


@pytest.mark.parametrize(("scores", "y", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_the_smoothed_loss_refuses_the_same_input(scores, y, message):
    with pytest.raises(ValueError, match=message):
        SmoothedCrossEntropy().forward(scores, y)


@pytest.mark.parametrize("smoothing", [1, 1.5, -0.1, np.nan, True, None, "0.1"])
def test_smoothing_is_a_share_below_1(smoothing):
    message = rf"smoothing must be a number in \[0, 1\), got {smoothing!r}"
    with pytest.raises(ValueError, match=message):
        SmoothedCrossEntropy(smoothing)


def test_the_smoothed_loss_tells_its_setting():
    assert repr(SmoothedCrossEntropy(0.25)) == "SmoothedCrossEntropy(smoothing=0.25)"
