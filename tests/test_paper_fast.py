"""FastNetworks against the clear layers: the same weights after many steps, side by side or not."""

import numpy as np
import pytest

from lenet_core import load_digits
from lenet_core.paper import SDLM, LeNet5_1998, MAPLoss, MeanSquaredDistance
from lenet_core.paper.fast import FastNetworks

SETTINGS = [  # loss, scale, start: one of each for three networks side by side
    (MeanSquaredDistance(), 1.0, "root"),
    (MAPLoss(1.0), 0.05, "root"),
    (MAPLoss(3.0), 0.1, "literal"),
]


@pytest.fixture(scope="module")
def digits():
    X, y, *_ = load_digits()
    return X[:50].astype(np.float64), y[:50]


def networks(dtype=np.float64, settings=SETTINGS):
    return [
        LeNet5_1998(rng=seed, dtype=dtype, scale=scale, start=start)
        for seed, (_, scale, start) in enumerate(settings)
    ]


def optimizers(models, losses, X, y):
    found = [SDLM() for _ in models]
    for optimizer, model, loss in zip(found, models, losses, strict=True):
        optimizer.measure(model, loss, X[:20], y[:20])
    return found


def train_fast(models, losses, X, y):
    fast = FastNetworks(models, losses)
    fast.set_steps(optimizers(models, losses, X, y))
    for image, label in zip(X[:, 0], y, strict=True):
        penalties = fast.forward(image)
        fast.backward(penalties, label)
        fast.step()
    return fast


def train_clear(models, losses, X, y):
    for model, loss, optimizer in zip(
        models, losses, optimizers(models, losses, X, y), strict=True
    ):
        for n in range(len(X)):
            loss.forward(model.forward(X[n : n + 1]), y[n : n + 1])
            model.backward(loss.backward())
            optimizer.step(model)


def test_fast_and_clear_give_the_same_weights(digits):
    losses = [loss for loss, _, _ in SETTINGS]
    fast, clear, start = networks(), networks(), networks()
    train_fast(fast, losses, *digits)
    train_clear(clear, losses, *digits)
    for a, b, old in zip(fast, clear, start, strict=True):
        for name, value in a.params.items():
            np.testing.assert_allclose(value, b.params[name], rtol=1e-9, atol=1e-12)
            assert not np.array_equal(value, old.params[name])  # each of them has moved


def test_fast_and_clear_give_the_same_penalties_and_gradients(digits):
    X, y = digits
    losses = [loss for loss, _, _ in SETTINGS]
    models, clear = networks(), networks()
    fast = FastNetworks(models, losses)
    penalties = fast.forward(X[0, 0])
    fast.backward(penalties, y[0])
    for m, (model, loss) in enumerate(zip(clear, losses, strict=True)):
        want = model.forward(X[:1])
        np.testing.assert_allclose(penalties[m : m + 1], want, rtol=1e-12)
        loss.forward(want, y[:1])
        model.backward(loss.backward())
        for name, grad in fast.views(fast.grads, m).items():
            if name == "4.W":
                grad = grad * model.layers[4].mask  # outside of the table no step is made
            np.testing.assert_allclose(grad, model.grads[name], rtol=1e-6, atol=1e-12)


def test_a_network_gets_the_same_bits_alone_and_in_company(digits):
    X, y = digits[0].astype(np.float32), digits[1]
    losses = [loss for loss, _, _ in SETTINGS]
    together = networks(np.float32)
    train_fast(together, losses, X, y)
    for m, model in enumerate(networks(np.float32)):
        train_fast([model], losses[m : m + 1], X, y)
        for name, value in model.params.items():
            assert np.array_equal(value, together[m].params[name])


def test_no_connection_of_c3_appears_where_the_table_has_none(digits):
    models = networks(settings=SETTINGS[1:2])
    train_fast(models, [SETTINGS[1][0]], *digits)
    layer = models[0].layers[4]
    outside = ~np.broadcast_to(layer.mask, layer.params["W"].shape)
    assert not layer.params["W"][outside].any()


def test_the_clear_networks_see_the_training(digits):
    models = networks(settings=SETTINGS[:1])
    fast = train_fast(models, [SETTINGS[0][0]], *digits)
    assert all(np.shares_memory(value, fast.params) for value in models[0].params.values())
