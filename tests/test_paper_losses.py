"""The losses of 1998 against their definition and central differences of first and second order."""

import numpy as np
import oracles
import pytest

from lenet_core.paper import MAPLoss, MeanSquaredDistance

PENALTIES = np.random.default_rng(0).uniform(0, 5, (4, 3))
Y = np.array([0, 2, 1, 1])
LOSSES = [MeanSquaredDistance(), MAPLoss(1.0), MAPLoss(3.5)]
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=["eq. 8", "eq. 9, j=1", "eq. 9, j=3.5"])


def test_mean_squared_distance_is_the_penalty_of_the_right_class():
    want = np.mean([PENALTIES[0, 0], PENALTIES[1, 2], PENALTIES[2, 1], PENALTIES[3, 1]])
    assert MeanSquaredDistance().forward(PENALTIES, Y) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("j", [0.1, 1.0, 10.0])
def test_map_loss_agrees_with_its_definition(j):
    want = oracles.map_loss(PENALTIES, Y, j)
    assert MAPLoss(j).forward(PENALTIES, Y) == pytest.approx(want, rel=1e-12)


@every_loss
def test_gradient_agrees_with_central_differences(loss):
    loss.forward(PENALTIES, Y)
    got = loss.backward()
    want = differences(lambda p: np.array(loss.forward(p, Y)), PENALTIES)
    np.testing.assert_allclose(got, want, atol=1e-8)


@every_loss
def test_curvature_agrees_with_differences_of_the_gradient(loss):
    loss.forward(PENALTIES, Y)
    got = loss.curvature()

    def gradient(p):
        loss.forward(p, Y)
        return np.array(loss.backward())

    want = differences(gradient, PENALTIES)  # (N, K, N, K)
    for n in range(len(Y)):
        np.testing.assert_allclose(got[n], want[n, :, n], atol=1e-8)


def differences(f, x, h=1e-5):
    """Return the derivative of the array f(x) by every entry of x, by central differences."""
    out = np.zeros((*f(x).shape, *x.shape))
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        out[(..., *place)] = (f(x + step) - f(x - step)) / (2 * h)
    return out


def test_map_loss_survives_penalties_whose_exponentials_vanish():
    loss = MAPLoss(1.0)
    far = np.full((1, 3), 600.0, np.float32)
    assert loss.forward(far, np.array([1])) == pytest.approx(599, abs=1e-3)  # all is rubbish: -j
    np.testing.assert_array_equal(loss.backward(), [[0, 1, 0]])  # as eq. 8


def test_a_large_j_makes_map_a_softmax_of_the_negative_penalties():
    from lenet_core import SoftmaxCrossEntropy

    want = SoftmaxCrossEntropy().forward(-PENALTIES, Y)
    assert MAPLoss(100.0).forward(PENALTIES, Y) == pytest.approx(want, rel=1e-12)


@every_loss
def test_wrong_labels_are_refused(loss):
    with pytest.raises(ValueError, match="labels must lie in 0 to 2"):
        loss.forward(PENALTIES, np.array([0, 1, 2, 3]))
    with pytest.raises(ValueError, match="no samples"):
        loss.forward(PENALTIES[:0], Y[:0])


@pytest.mark.parametrize("j", [0, -1.0, float("inf"), "1"])
def test_a_j_that_is_not_positive_is_refused(j):
    with pytest.raises(ValueError, match="j must be a positive number"):
        MAPLoss(j)
