"""The curvature against Gauss-Newton diagonals by brute force, and the step that it sets."""

import numpy as np
import pytest

from lenet_core import load_digits
from lenet_core.paper import RBF, SDLM, LeNet5_1998, MAPLoss, MeanSquaredDistance, ScaledTanh
from lenet_core.paper.layers import CurvedDense
from lenet_core.paper.network import CurvedSequential
from lenet_core.paper.sdlm import ETAS, MU, curvature

LOSSES = {"eq. 8": MeanSquaredDistance(), "eq. 9": MAPLoss(1.0)}
each_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def small():
    """Two dense layers and three codes: (N, 4) to (N, 3)."""
    like = {"rng": np.random.default_rng(0), "dtype": np.float64}
    codes = np.random.default_rng(1).choice([-1.0, 1.0], (3, 6))
    dense = CurvedDense(4, 5, **like), CurvedDense(5, 6, **like)
    return CurvedSequential([dense[0], ScaledTanh(), dense[1], ScaledTanh(), RBF(codes, scale=0.2)])


X = np.random.default_rng(2).normal(size=(7, 4))
Y = np.random.default_rng(3).integers(0, 3, 7)


def exact_gauss_newton(model, loss, X, y):
    """Return {name: diagonal of J^T H J}, H the Hessian of the loss in the states before the RBF.

    J comes from central differences of these states; H from central differences of the loss.
    """
    body, rbf = model.layers[:-1], model.layers[-1]

    def states(x):
        for layer in body:
            x = layer.forward(x)
        return x

    found = {name: np.zeros(value.shape) for name, value in model.params.items()}
    for n in range(len(X)):
        z = states(X[n : n + 1])
        H = hessian(lambda v, n=n: loss.forward(rbf.forward(v[None]), y[n : n + 1]), z[0])
        for name, value in model.params.items():
            for place in np.ndindex(value.shape):
                kept, ends = value[place], []
                for step in (1e-5, -1e-5):
                    value[place] = kept + step
                    ends.append(states(X[n : n + 1])[0])
                value[place] = kept
                J = (ends[0] - ends[1]) / 2e-5
                found[name][place] += J @ H @ J / len(X)
    return found


def hessian(f, v, h=1e-3):
    """Return the matrix of second differences of f at v."""
    H, eye = np.zeros((len(v), len(v))), h * np.eye(len(v))
    for i, k in np.ndindex(H.shape):
        a, b = eye[i], eye[k]
        H[i, k] = (f(v + a + b) - f(v + a - b) - f(v - a + b) + f(v - a - b)) / (4 * h * h)
    return H


def test_curvature_of_two_dense_layers_is_exact_for_the_squared_distance():
    """Each weight reaches each state on one path, and H is diagonal: nothing is left out."""
    model, loss = small(), LOSSES["eq. 8"]
    want = exact_gauss_newton(model, loss, X, Y)
    for name, h in curvature(model, loss, X, Y).items():
        np.testing.assert_allclose(h, want[name], rtol=1e-5, atol=1e-9)


def test_curvature_of_the_last_weights_is_exact_for_map():
    """Each of them reaches one state alone; farther back, the mixed terms of H are missing."""
    model, loss = small(), LOSSES["eq. 9"]
    want, got = exact_gauss_newton(model, loss, X, Y), curvature(model, loss, X, Y)
    for name in ("2.W", "2.b"):
        np.testing.assert_allclose(got[name], want[name], rtol=1e-5, atol=1e-8)
    assert not np.allclose(got["0.W"], want["0.W"], rtol=1e-2)


def test_curvature_is_not_the_mean_squared_gradient():
    model, loss = small(), LOSSES["eq. 8"]
    squares = np.zeros_like(model.params["0.W"])
    for n in range(len(X)):
        loss.forward(model.forward(X[n : n + 1]), Y[n : n + 1])
        model.backward(loss.backward())
        squares += model.grads["0.W"] ** 2 / len(X)
    assert not np.allclose(curvature(model, loss, X, Y)["0.W"], squares, rtol=0.1)


@each_loss
def test_no_curvature_is_negative_and_the_size_of_a_batch_changes_nothing(loss):
    X, y, *_ = load_digits()
    model = LeNet5_1998(rng=0, dtype=np.float64)
    X = X[:30].astype(np.float64)
    whole, pieces = (curvature(model, loss, X, y[:30], size) for size in (30, 7))
    assert list(whole) == list(model.params)
    for name, h in whole.items():
        assert h.min() >= 0
        np.testing.assert_allclose(pieces[name], h, rtol=1e-6, atol=1e-12)


def test_a_step_divides_by_mu_plus_h():
    model, loss, optimizer = small(), LOSSES["eq. 8"], SDLM(eta=0.01, mu=0.1)
    optimizer.measure(model, loss, X, Y)
    loss.forward(model.forward(X), Y)
    model.backward(loss.backward())
    before = {name: value.copy() for name, value in model.params.items()}
    optimizer.step(model)
    for name, value in model.params.items():
        want = before[name] - 0.01 / (0.1 + optimizer.h[name]) * model.grads[name]
        np.testing.assert_allclose(value, want, rtol=1e-12)


def test_the_printed_schedule():
    assert len(ETAS) == 20
    assert [ETAS.count(eta) for eta in (0.0005, 0.0002, 0.0001, 0.00005, 0.00001)] == [
        2,
        3,
        3,
        4,
        8,
    ]
    assert list(ETAS) == sorted(ETAS, reverse=True)
    assert MU == 0.02


def test_a_step_before_the_curvature_is_refused():
    with pytest.raises(ValueError, match="call measure before"):
        SDLM().step(small())


@pytest.mark.parametrize("settings", [{"eta": 0}, {"eta": -1.0}, {"mu": -0.1}, {"mu": "0"}])
def test_bad_settings_are_refused(settings):
    with pytest.raises(ValueError, match="must be a"):
        SDLM(**settings)
