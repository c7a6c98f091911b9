"""Statements of the paper that no other test holds; the paper ledger names the test of each."""

import numpy as np
import pytest

from lenet_core import load_digits
from lenet_core.augment import _maps, affine
from lenet_core.data import MNIST
from lenet_core.paper import (
    C3_TABLE,
    DIGIT_CODES,
    RBF,
    SDLM,
    LeNet5_1998,
    MAPLoss,
    MeanSquaredDistance,
    ScaledTanh,
    Subsampling,
)
from lenet_core.paper.layers import A, S
from lenet_core.paper.network import connection_table
from lenet_core.paper.recipe import Recipe1998
from lenet_core.paper.sdlm import ETAS, MU, curvature
from lenet_core.paper.starts import fan_in
from lenet_core.paper.train import N_VERSIONS


@pytest.fixture(scope="module")
def digits():
    """Return the 5,000 embedded digits and their labels."""
    X, y, X_test, y_test = load_digits()
    return np.concatenate([X, X_test]), np.concatenate([y, y_test])


# ---- input and data


def test_mnist_has_60000_digits_to_train_on_and_10000_to_test_with():
    assert [MNIST[name].shape for name in ("X_train", "y_train", "X_test", "y_test")] == [
        (60_000, 28, 28),
        (60_000,),
        (10_000, 28, 28),
        (10_000,),
    ]


def test_the_inputs_have_a_mean_near_0():
    X = load_digits()[0]
    assert abs(X.mean()) < 0.05


def test_the_variance_of_the_inputs_is_an_eighth_and_not_1(digits):
    X, _ = digits
    assert X.var() == pytest.approx(1 / 8, rel=0.03)
    assert X[:, :, 6:26, 6:26].var() < 0.3  # the middle 20x20, where the ink is


def test_a_digit_fits_into_20_by_20(digits):
    X, _ = digits
    ink = X[:, 0] > -0.1
    for lines in (ink.any(axis=1), ink.any(axis=2)):
        first, last = lines.argmax(axis=1), 31 - lines[:, ::-1].argmax(axis=1)
        assert (last - first).max() + 1 == 20


def test_the_centre_of_mass_is_within_a_pixel_of_the_middle(digits):
    """At pixel 14 of 28, counted from 0, but for rounding; the middle of the field is 13.5."""
    X, _ = digits
    mass = X[:, 0, 2:30, 2:30] + 0.1
    total = mass.sum(axis=(1, 2))
    for axis in (1, 2):
        centre = mass.sum(axis=axis) @ np.arange(28) / total
        assert abs(centre - 14).max() < 0.51
        assert abs(centre - 13.5).max() > 0.9


# ---- C1 to F6


def test_each_layer_from_c1_to_f6_is_squashed():
    layers = LeNet5_1998(rng=0).layers
    with_parameters = [i for i, layer in enumerate(layers) if layer.params]
    assert len(with_parameters) == 6
    assert all(isinstance(layers[i + 1], ScaledTanh) for i in with_parameters)
    assert sum(isinstance(layer, ScaledTanh) for layer in layers) == 6


TABLE_1 = """
X . . . X X X . . X X X X . X X
X X . . . X X X . . X X X X . X
X X X . . . X X X . . X . X X X
. X X X . . X X X X . . X . X X
. . X X X . . X X X X . X X . X
. . . X X X . . X X X X . X X X
"""  # as the paper prints it: a row for each map of S2, a column for each map of C3


def test_c3_reads_what_table_1_marks():
    marks = np.array([row.split() for row in TABLE_1.strip().splitlines()]) == "X"  # (6, 16)
    layer = LeNet5_1998(rng=0).layers[4]
    np.testing.assert_array_equal(layer.mask[:, :, 0, 0], marks.T)


def test_the_centres_of_what_c3_sees_cover_the_middle_20_by_20():
    model = LeNet5_1998(rng=0, dtype=np.float64)
    body, centres = model.layers[:5], []
    x = np.random.default_rng(0).normal(size=(1, 1, 32, 32))
    for layer in body:
        x = layer.forward(x)
    for place in range(10):
        d = np.zeros_like(x)
        d[0, :, place, place] = 1
        for layer in reversed(body):
            d = layer.backward(d)
        seen = np.flatnonzero(d[0, 0].any(axis=1))
        assert len(seen) == 14
        centres.append((seen[0] + seen[-1]) / 2)
    assert set(np.diff(centres)) == {2.0}  # each stands for a square of 2x2 pixels
    assert (centres[0] - 1, centres[-1] + 1) == (15.5 - 10, 15.5 + 10)


def test_a_larger_image_gives_c5_more_than_one_place():
    x = np.zeros((1, 1, 36, 36), np.float32)
    for layer in LeNet5_1998(rng=0).layers[:9]:
        x = layer.forward(x)
    assert x.shape == (1, 120, 2, 2)


def f(a):
    return ScaledTanh().forward(np.asarray(a, float))


def test_f_is_odd_and_ends_at_a_and_minus_a():
    a = np.linspace(0, 5, 101)
    np.testing.assert_allclose(f(-a), -f(a), rtol=1e-12)
    np.testing.assert_allclose(f([-40, 40]), [-1.7159, 1.7159], rtol=1e-12)
    assert (A, S) == (1.7159, 2 / 3)


def test_the_gain_of_f_is_about_1_between_minus_1_and_1():
    a = np.linspace(-1, 1, 1001)
    assert f(a).std() / a.std() == pytest.approx(1, abs=0.1)


def test_f_bends_most_at_0_988():
    a = np.linspace(0, 3, 3001)
    layer = ScaledTanh()
    layer.forward(a)
    bend = abs(np.gradient(layer.slope(), a))
    assert a[bend.argmax()] == pytest.approx(0.988, abs=0.001)
    at_1 = bend[np.searchsorted(a, 1)]
    assert 0.999 < at_1 / bend.max() < 1  # 1 is no more than near


# ---- output and losses


CODES = """
3e 00 1c 36 63 63 63 63 36 1c 00 00
0c 1c 3c 0c 0c 0c 0c 0c 0c 3f 00 00
3e 00 3e 63 43 06 1c 30 60 7f 00 00
7f 03 06 0c 1e 03 03 03 63 3e 00 00
3e 00 00 33 33 73 63 63 67 3f 03 03
3e 00 7f 60 60 3c 1e 03 63 3e 00 00
1e 30 60 60 7e 73 63 63 73 3e 00 00
7f 03 03 06 0c 0c 18 18 18 18 00 00
3e 63 63 63 3e 63 63 63 63 3e 00 00
3e 67 63 63 67 3f 03 03 06 3c 00 00
"""  # fig. 3, from 0 to 9: a number of seven bits for each row of a picture


def test_every_pixel_of_the_codes_is_that_of_figure_3():
    rows = [[int(bits, 16) for bits in line.split()] for line in CODES.strip().splitlines()]
    ink = np.array(rows)[:, :, None] >> np.arange(6, -1, -1) & 1  # (10, 12, 7)
    np.testing.assert_array_equal(DIGIT_CODES, 2.0 * ink.reshape(10, 84) - 1)


def test_codes_lie_where_f_still_has_slope():
    layer = ScaledTanh()
    layer.forward(np.zeros(1))
    steepest = layer.slope()
    layer.y = DIGIT_CODES.astype(float)
    assert (layer.slope() > 0.6 * steepest).all()
    layer.forward(np.array([10.0]))
    assert layer.slope() < 0.001 * steepest  # there a unit is saturated


def test_the_output_layer_has_nothing_to_train():
    rows = connection_table(LeNet5_1998(rng=0))
    assert [n > 0 for _, _, n, _ in rows] == 6 * [True] + [False]
    assert not RBF(DIGIT_CODES).params


def test_a_penalty_is_minus_the_log_of_a_gaussian_but_for_a_constant():
    x = np.random.default_rng(0).normal(size=(5, 84))
    variance = 1 / 2
    exponent = -((x[:, None] - DIGIT_CODES) ** 2).sum(axis=2) / (2 * variance)
    log_density = exponent - 42 * np.log(2 * np.pi * variance)
    constant = RBF(DIGIT_CODES).forward(x) + log_density
    np.testing.assert_allclose(constant, constant[0, 0], rtol=1e-6)


def test_no_constant_f6_brings_eq_8_to_0_with_fixed_codes():
    best = DIGIT_CODES.mean(axis=0)  # no other state is as near to all ten
    states, y = np.tile(best, (10, 1)), np.arange(10)
    fixed = MeanSquaredDistance().forward(RBF(DIGIT_CODES).forward(states), y)
    assert fixed > 50
    collapsed = RBF(np.tile(best, (10, 1)))  # what trainable codes could become
    assert MeanSquaredDistance().forward(collapsed.forward(states), y) == 0


PENALTIES, Y = np.array([[4.0, 3.0, 6.0, 30.0]]), np.array([0])


def slopes(loss):
    loss.forward(PENALTIES, Y)
    return loss.backward()[0]


def test_eq_8_does_not_look_at_wrong_classes():
    assert slopes(MeanSquaredDistance()).tolist() == [1, 0, 0, 0]


def test_eq_9_pushes_the_penalties_of_wrong_classes_up():
    right, *wrong = slopes(MAPLoss(5.0))
    assert right > 0
    assert max(wrong) < 0  # a step against the slope makes these penalties larger


def test_eq_9_pushes_a_penalty_far_above_j_no_more():
    _, near, far, farthest = -slopes(MAPLoss(5.0))
    assert near > far > 1e6 * farthest
    assert -slopes(MAPLoss(0.01))[1] < 0.1 * near  # for j below all penalties, none is pushed much


def test_eq_9_is_never_negative():
    penalties = np.random.default_rng(0).uniform(0, 20, (200, 10))
    for row, y in zip(penalties, np.arange(200) % 10, strict=True):
        assert MAPLoss(1.0).forward(row[None], np.array([y])) > 0


# ---- starting weights


def test_fan_in_is_the_number_of_inputs_without_the_bias():
    """All connections of a weight lead to units of one fan-in, and all add up to the table's."""
    model = LeNet5_1998(rng=0)
    layers = [layer for layer in model.layers if layer.params]
    for layer, (_, shape, _, connections) in zip(layers, connection_table(model), strict=False):
        F = np.broadcast_to(fan_in(layer, "b"), shape[0])  # a number for each map
        places = np.prod(shape[1:], dtype=int)
        assert ((F + 1) * places).sum() == connections
    assert fan_in(layers[2], "b").tolist() == [25 * len(maps) for maps in C3_TABLE]
    assert set(fan_in(layers[2], "b").tolist()) == {75, 100, 150}


def test_literal_weights_are_spread_evenly():
    W = LeNet5_1998(rng=0, start="literal").params["8.W"]
    counts, _ = np.histogram(W, bins=10, range=(-2.4 / 400, 2.4 / 400))
    assert counts.sum() == W.size
    np.testing.assert_allclose(counts, W.size / 10, rtol=0.05)


def test_penalties_start_near_84_from_literal_weights(digits):
    X, _ = digits
    penalties = LeNet5_1998(rng=0, start="literal").forward(X[:100])
    np.testing.assert_allclose(penalties, 84, atol=1)


# ---- training


def test_a_run_has_20_passes_with_a_global_rate_for_each():
    assert Recipe1998("any").epochs == len(ETAS) == 20
    assert Recipe1998("any").mu == MU == 0.02


def test_60000_digits_in_ten_versions_are_600000_and_each_is_met_twice():
    assert N_VERSIONS * MNIST["X_train"].shape[0] == 60_000 + 540_000
    assert Recipe1998("any").epochs / N_VERSIONS == 2


def test_distortions_move_stretch_squeeze_and_slant_and_without_degrees_turn_nothing():
    dot = np.zeros((200, 1, 11, 11))
    dot[:, :, 5, 5] = 1
    moved = affine(dot, np.random.default_rng(0), degrees=0, scale=0, shear=0, pixels=2)[:, 0]
    for axis in (1, 2):
        places = moved.sum(axis=axis) @ np.arange(11)
        assert places.min() < 3.5 < 6.5 < places.max()
    maps = _maps(1000, np.random.default_rng(0), degrees=0, scale=0.2, shear=0.3)
    high, wide, slant = maps[:, 0, 0], maps[:, 1, 1], maps[:, 1, 0]
    assert not maps[:, 0, 1].any()  # what stands upright stays so but for the slant
    scaled, squeezed = (high > 1) == (wide > 1), (high > 1) != (wide > 1)
    assert min(scaled.mean(), squeezed.mean()) > 0.4
    assert slant.min() < -0.2 < 0.2 < slant.max()


# ---- curvature


def test_the_curvature_of_eq_8_starts_from_2_at_each_state_of_f6():
    rbf, loss = RBF(DIGIT_CODES), MeanSquaredDistance()
    loss.forward(rbf.forward(np.random.default_rng(0).normal(size=(1, 84))), np.array([3]))
    rbf.backward(loss.backward())
    np.testing.assert_allclose(rbf.backward_curvature(loss.curvature()), 2, rtol=1e-6)


def test_the_term_that_is_left_out_may_make_a_curvature_negative():
    """One unit at a = 1 whose target is -1: eq. 26 by differences, eq. 27 by the layer."""

    def loss(a):
        return (f([a])[0] + 1) ** 2

    exact = (loss(1.001) - 2 * loss(1) + loss(0.999)) / 0.001**2
    layer = ScaledTanh()
    layer.forward(np.array([1.0]))
    kept = layer.backward_curvature(2.0)[0]
    assert exact < -1 < 0 < kept
    assert kept == pytest.approx(2 * 0.7554**2, rel=1e-3)


def test_at_first_a_coefficient_has_one_input_the_sum_of_four():
    assert [LeNet5_1998(rng=0).layers[i].shared_input for i in (2, 6)] == [True, True]
    assert Recipe1998("any").shared_input is True
    maps = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    found = []
    for settings in ({}, {"shared_input": False}):
        layer = Subsampling(1, dtype=np.float64, **settings)
        layer.backward_curvature(np.ones_like(layer.forward(maps)))
        found.append(layer.curvature["w"].item())
    assert found == [(1 + 2 + 3 + 4) ** 2, 1 + 4 + 9 + 16]


def test_other_500_digits_change_no_step_by_half(digits):
    X, y = digits
    model, loss, sizes = LeNet5_1998(rng=0), MeanSquaredDistance(), []
    for start in (0, 500):
        optimizer = SDLM()
        optimizer.h = curvature(model, loss, X[start : start + 500], y[start : start + 500])
        steps = optimizer.step_sizes()
        sizes.append(np.concatenate([steps[name].ravel() for name in sorted(steps)]))
    ratio = sizes[0] / sizes[1]
    assert 2 / 3 < ratio.min() < ratio.max() < 1.5
    assert max(sizes[0]) > 10 * min(sizes[0])  # while steps differ among themselves by far more


# ---- sizes


@pytest.mark.parametrize(
    ("c3", "total", "holds"),
    [(151_600, 340_908, True), (156_000, 345_308, False)],
    ids=["the authors' printing", "the journal's printing"],
)
def test_each_printing_adds_up_and_one_is_right(c3, total, holds):
    rows = [connections for *_, connections in connection_table(LeNet5_1998(rng=0))]
    assert sum(rows) - rows[2] + c3 == total
    assert (rows[2] == c3) == holds


def test_401_thousand_operations_are_connections_and_parameters_together():
    model = LeNet5_1998(rng=0)
    assert round((model.n_connections + model.n_params) / 1000) == 401
    assert round(model.n_connections / 1000) == 341
    assert round(model.n_params / 1000) == 60
