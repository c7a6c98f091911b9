"""Sequential and LeNet-5 as wholes."""

import numpy as np
import pytest

from lenet_core import (
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    LeNet5,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    gradient_check,
    load_digits,
)
from lenet_core.gradcheck import gradient_errors
from lenet_core.model import layer_table


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def small(rng=0):
    return Sequential([Conv2D(1, 2, 3, rng=rng), Tanh(), Flatten(), Dense(8, 3, rng=rng)])


def test_the_names_of_parameters_say_the_place_of_their_layer():
    model = small()
    assert list(model.params) == ["0.W", "0.b", "3.W", "3.b"]
    assert all(model.params[f"{i}.{k}"] is model.layers[i].params[k] for i in (0, 3) for k in "Wb")
    model.backward(model.forward(normal((2, 1, 4, 4))))
    assert list(model.grads) == list(model.params)


def test_a_model_in_a_model_names_both_places():
    assert list(Sequential([Flatten(), small()]).params) == ["1.0.W", "1.0.b", "1.3.W", "1.3.b"]
    assert Sequential([Flatten(), small()]).n_params == small().n_params == 20 + 27


def test_layers_run_first_to_last_and_back():
    model, x = small(), normal((2, 1, 4, 4))
    conv, tanh, flatten, dense = model.layers
    y = dense.forward(flatten.forward(tanh.forward(conv.forward(x))))
    dx = conv.backward(tanh.backward(flatten.backward(dense.backward(y))))
    np.testing.assert_array_equal(model.forward(x), y)
    np.testing.assert_array_equal(model.backward(y), dx)


def test_set_grads_sets_what_backward_sets():
    model, x = LeNet5(rng=0, dtype=np.float64), normal((2, 1, 32, 32))
    dy = normal(model.forward(x).shape)
    model.backward(dy)
    grads = {name: grad.copy() for name, grad in model.grads.items()}
    model.backward(2 * dy)
    assert model.set_grads(dy) is None
    for name, grad in model.grads.items():
        np.testing.assert_array_equal(grad, grads[name])


# LeNet-5


def test_the_layers_of_lenet5():
    kinds = [type(layer) for layer in LeNet5().layers]
    stage = [Tanh, AvgPool2D, Tanh, Conv2D]
    assert kinds == [Conv2D, *stage, *stage, Tanh, Flatten, Dense, Tanh, Dense]


def test_the_weights_of_two_layers_are_drawn_one_after_the_other():
    params = LeNet5(rng=0).params
    draw = np.random.default_rng(0).uniform(-1, 1, 150 + 2400)  # C1 has fan-in 25, C3 150
    np.testing.assert_allclose(params["0.W"].ravel(), draw[:150] * np.sqrt(3 / 25), rtol=1e-6)
    np.testing.assert_allclose(params["4.W"].ravel(), draw[150:] * np.sqrt(3 / 150), rtol=1e-6)


def test_the_seed_decides_all_weights():
    one, same, other = (LeNet5(rng=seed).params for seed in (3, 3, 4))
    for name, value in one.items():
        np.testing.assert_array_equal(value, same[name])
        assert name.endswith("b") or (value != other[name]).mean() > 0.99


def test_float32_and_float64_start_with_the_same_weights():
    single, double = LeNet5(rng=0).params, LeNet5(rng=0, dtype=np.float64).params
    for name, value in double.items():
        assert value.dtype == np.float64
        np.testing.assert_array_equal(value.astype(np.float32), single[name])


def test_lenet5_agrees_with_differences_along_random_directions():
    model, x, y = LeNet5(rng=0), normal((3, 1, 32, 32)), np.array([1, 0, 9])
    assert gradient_check(model, x) < 1e-7
    errors = gradient_errors(model, x, y=y, loss=SoftmaxCrossEntropy())
    assert errors.keys() == {"x", *model.params}
    assert max(errors.values()) < 1e-7


def test_the_gradient_of_a_batch_is_the_mean_over_its_samples():
    model, x, y = LeNet5(rng=0, dtype=np.float64), normal((4, 1, 32, 32)), np.array([1, 0, 9, 4])

    def gradients(rows):
        loss = SoftmaxCrossEntropy()
        loss.forward(model.forward(x[rows]), y[rows])
        model.backward(loss.backward())
        return model.grads

    together, apart = gradients(slice(4)), [gradients(slice(i, i + 1)) for i in range(4)]
    for name, grad in together.items():
        np.testing.assert_allclose(grad, sum(g[name] for g in apart) / 4, rtol=1e-9, atol=1e-12)


def test_lenet5_learns_twenty_digits_by_heart():
    from lenet_core import SGD, fit

    X, y, _, _ = load_digits()
    history = fit(
        LeNet5(rng=0),
        X[:20],
        y[:20],
        epochs=60,
        batch_size=20,
        optimizer=SGD(0.05, momentum=0.9),
        rng=0,
    )
    assert history.loss[0] > 2
    assert history.loss[-1] < 0.01
    assert history.train_error[-1] == 0


def test_the_layer_table_names_shapes_and_counts():
    table = layer_table(small(), np.zeros((5, 1, 4, 4), np.float32))
    assert table == [
        ("Conv2D", (2, 2, 2), 20),
        ("Tanh", (2, 2, 2), 0),
        ("Flatten", (8,), 0),
        ("Dense", (3,), 27),
    ]


REFUSED = {
    "28x28": (np.zeros((2, 1, 28, 28), np.float32), r"32, 32\).*\(2, 1, 28, 28\).*2 pixels"),
    "no channel axis": (np.zeros((2, 32, 32), np.float32), r"\(N, 1, 32, 32\), .*\(2, 32, 32\)"),
    "three channels": (
        np.zeros((2, 3, 32, 32), np.float32),
        r"\(N, 1, 32, 32\), .*\(2, 3, 32, 32\)",
    ),
    "one digit": (np.zeros((32, 32), np.float32), r"\(N, 1, 32, 32\), .*\(32, 32\)"),
    "rows of pixels": (np.zeros((2, 1024), np.float32), r"\(N, 1, 32, 32\), .*\(2, 1024\)"),
    "bytes": (np.zeros((2, 1, 32, 32), np.uint8), "float32 or float64 .*uint8.*scale"),
    "a list": ([[0.0]], r"\(N, 1, 32, 32\), got a list"),
}


@pytest.mark.parametrize(("x", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input_is_refused(x, message):
    with pytest.raises(ValueError, match=message):
        LeNet5().forward(x)
