"""SGD against its formulas, step by step."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from lenet_core import SGD, Dense


def point(w=1.0, g=0.5):
    """Return a stand-in for a model: a weight matrix and a bias, all entries w, gradients g."""
    shapes = {"W": (2, 3), "b": (3,)}
    return SimpleNamespace(
        params={name: np.full(shape, w) for name, shape in shapes.items()},
        grads={name: np.full(shape, g) for name, shape in shapes.items()},
    )


def path(optimizer, gradients, w=1.0):
    """Return the values of the weight and of the bias after each of these gradients."""
    model, values = point(w), []
    for g in gradients:
        model.grads = {name: np.full(p.shape, g) for name, p in model.params.items()}
        optimizer.step(model)
        values.append((model.params["W"][0, 0], model.params["b"][0]))
    return np.array(values)


def test_plain_descent_subtracts_the_rate_times_the_gradient():
    assert path(SGD(0.1), [0.5, -2.0])[:, 0] == pytest.approx([0.95, 1.15])


def test_momentum_repeats_a_share_of_the_last_step():
    # v: -0.1, then 0.9*-0.1 - 0.1*2 = -0.29, then 0.9*-0.29 = -0.261
    want = [0.9, 0.9 - 0.29, 0.9 - 0.29 - 0.261]
    assert path(SGD(0.1, momentum=0.9), [1.0, 2.0, 0.0])[:, 0] == pytest.approx(want)


def test_nesterov_steps_by_the_velocity_that_comes_next():
    # v: -0.1, then -0.29; the steps are 0.9 v - 0.1 g: -0.19, then -0.461
    want = [1 - 0.19, 1 - 0.19 - 0.461]
    assert path(SGD(0.1, momentum=0.9, nesterov=True), [1.0, 2.0])[:, 0] == pytest.approx(want)


def test_weight_decay_pulls_weights_to_zero_and_leaves_biases_alone():
    weights, biases = path(SGD(0.1, weight_decay=0.5), [0.0, 0.0], w=2.0).T
    assert weights == pytest.approx([1.9, 1.805])
    assert biases.tolist() == [2.0, 2.0]


def test_weight_decay_passes_through_momentum():
    # g = 0.5 w: 1.0, v = -0.1, w = 1.9; then g = 0.95, v = -0.09 - 0.095 = -0.185, w = 1.715
    weights = path(SGD(0.1, momentum=0.9, weight_decay=0.5), [0.0, 0.0], w=2.0)[:, 0]
    assert weights == pytest.approx([1.9, 1.715])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lr", [0.1, np.float64(0.1)], ids=["float", "float64 scalar"])
def test_a_step_changes_the_arrays_in_place_and_keeps_their_dtype(lr, dtype):
    layer = Dense(3, 2, rng=0, dtype=dtype)
    W, before = layer.params["W"], layer.params["W"].copy()
    layer.grads = {"W": np.ones((3, 2), dtype), "b": np.ones(2, dtype)}
    optimizer = SGD(lr, momentum=0.9, nesterov=True, weight_decay=0.01)
    optimizer.step(layer)
    assert layer.params["W"] is W
    assert W.dtype == dtype
    assert (W < before).all()
    assert {v.dtype for v in optimizer.velocity.values()} == {np.dtype(dtype)}


def test_gradients_are_not_written_to():
    model = point()
    for g in model.grads.values():
        g.setflags(write=False)
    SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1).step(model)
    assert model.params["W"][0, 0] < 1


@pytest.mark.parametrize("lr", [0.1, 1, np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_the_settings_are_ready_for_json(lr):
    settings = SGD(lr, momentum=0.9, nesterov=True, weight_decay=0.001).settings
    want = {"lr": float(lr), "momentum": 0.9, "nesterov": True, "weight_decay": 0.001}
    assert json.loads(json.dumps(settings)) == want


REFUSED = {
    "rate 0": (dict(lr=0), "lr must be a positive number, got 0"),
    "rate below 0": (dict(lr=-0.1), "lr must be a positive number, got -0.1"),
    "rate NaN": (dict(lr=np.nan), "lr must be a positive number, got nan"),
    "rate infinite": (dict(lr=np.inf), "lr must be a positive number, got inf"),
    "rate a word": (dict(lr="0.1"), "lr must be a positive number, got '0.1'"),
    "rate True": (dict(lr=True), "lr must be a positive number, got True"),
    "momentum 1": (dict(momentum=1), r"momentum must be a number in \[0, 1\), got 1"),
    "momentum below 0": (dict(momentum=-0.1), r"momentum must be a number in \[0, 1\), got -0.1"),
    "momentum NaN": (dict(momentum=np.nan), r"momentum must be a number in \[0, 1\), got nan"),
    "decay below 0": (dict(weight_decay=-1), r"weight_decay must be a number in \[0, 1\), got -1"),
    "Nesterov alone": (dict(nesterov=True), "nesterov=True needs a momentum above 0"),
}


@pytest.mark.parametrize(("settings", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SGD(**settings)
