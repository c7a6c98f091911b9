"""LeNet5_1998: every row of the paper's arithmetic, its gradients, and its starting weights."""

import numpy as np
import pytest

from lenet_core import SGD, fit, load_digits, predict
from lenet_core.gradcheck import gradient_errors
from lenet_core.paper import C3_TABLE, DIGIT_CODES, LeNet5_1998, MAPLoss, MeanSquaredDistance
from lenet_core.paper.network import connection_table
from lenet_core.paper.starts import STARTS

ROWS = [  # sec. II-B: shape, parameters, connections
    ((6, 28, 28), 156, 122_304),
    ((6, 14, 14), 12, 5_880),
    ((16, 10, 10), 1_516, 151_600),
    ((16, 5, 5), 32, 2_000),
    ((120, 1, 1), 48_120, 48_120),
    ((84,), 10_164, 10_164),
    ((10,), 0, 840),
]


@pytest.fixture(scope="module")
def digits():
    X, y, *_ = load_digits()
    return X, y


def test_every_row_of_the_papers_arithmetic():
    assert [row[1:] for row in connection_table(LeNet5_1998(rng=0))] == ROWS


def test_totals_are_those_of_the_authors_printing():
    model = LeNet5_1998(rng=0)
    assert (model.n_params, model.n_connections) == (60_000, 340_908)


def test_table_1_has_60_connections_in_the_groups_that_the_paper_names():
    assert sum(len(maps) for maps in C3_TABLE) == 60
    assert sorted(len(maps) for maps in C3_TABLE) == 6 * [3] + 9 * [4] + [6]
    for start in range(6):
        assert tuple(sorted((start + k) % 6 for k in range(3))) in C3_TABLE
        assert tuple(sorted((start + k) % 6 for k in range(4))) in C3_TABLE
    assert len(set(C3_TABLE)) == 16  # no two maps see the same


def test_codes_are_pictures_of_7_by_12():
    assert DIGIT_CODES.shape == (10, 84)
    assert set(np.unique(DIGIT_CODES)) == {-1.0, 1.0}
    assert (DIGIT_CODES > 0).sum(axis=1).tolist() == [35, 27, 33, 32, 41, 35, 39, 25, 43, 39]
    one = DIGIT_CODES[1].reshape(12, 7)
    assert (one[9] > 0).tolist() == [False] + 6 * [True]  # the foot of the 1
    with pytest.raises(ValueError, match="read-only"):
        DIGIT_CODES[0, 0] = 0


@pytest.mark.parametrize("loss", [MeanSquaredDistance(), MAPLoss(1.0)], ids=["eq. 8", "eq. 9"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_parameter_passes_the_gradient_check(loss, seed, digits):
    X, y = digits
    model = LeNet5_1998(rng=seed, scale=0.05)
    errors = gradient_errors(model, X[seed : seed + 2], y=y[seed : seed + 2], loss=loss)
    assert len(errors) == 13  # twelve groups of parameters, and the image
    assert max(errors.values()) < 1e-5


def test_the_lowest_penalty_wins(digits):
    X, _ = digits
    model = LeNet5_1998(rng=0)
    want = model.forward(X[:40]).argmin(axis=1)
    np.testing.assert_array_equal(predict(model, X[:40]), want)


@pytest.mark.parametrize("start", STARTS)
def test_a_seed_draws_the_same_weights(start):
    a, b, c = (LeNet5_1998(rng=seed, start=start).params for seed in (3, 3, 4))
    assert all(np.array_equal(a[name], b[name]) for name in a)
    assert not np.array_equal(a["0.W"], c["0.W"])


def test_literal_weights_keep_within_their_limits():
    """App. A: 2.4/F, with the fan-in of each map of C3."""
    params = LeNet5_1998(rng=0, start="literal").params
    limits = {"0.W": 2.4 / 25, "2.w": 2.4 / 4, "6.w": 2.4 / 4, "8.W": 2.4 / 400, "11.W": 2.4 / 120}
    for name, limit in limits.items():
        assert 0.5 * limit < abs(params[name]).max() <= limit * (1 + 1e-6)
    for kernels, maps in zip(params["4.W"], C3_TABLE, strict=True):
        limit = 2.4 / (25 * len(maps))
        assert 0.9 * limit < abs(kernels).max() <= limit * (1 + 1e-6)
    assert abs(params["8.b"]).max() > 0


def test_root_weights_keep_within_their_limits():
    params = LeNet5_1998(rng=0, start="root").params
    assert abs(params["8.W"]).max() == pytest.approx(1 / 20, rel=1e-3)
    assert (params["2.w"] == 0.5).all()
    assert not params["8.b"].any()
    wide = LeNet5_1998(rng=0, start="unit").params["8.W"]
    assert wide.var() == pytest.approx(1 / 400, rel=0.02)


def test_an_unknown_start_is_refused():
    with pytest.raises(ValueError, match="start must be one of literal, root, unit"):
        LeNet5_1998(rng=0, start="small")


def test_digits_without_frame_are_refused():
    with pytest.raises(ValueError, match=r"LeNet5_1998 input .* frame the digits with 2 pixels"):
        LeNet5_1998(rng=0).forward(np.zeros((1, 1, 28, 28), np.float32))


def test_a_network_of_penalties_is_not_trained_with_a_loss_of_scores(digits):
    X, y = digits
    model = LeNet5_1998(rng=0)
    with pytest.raises(ValueError, match=r"gives penalties: name a loss .*MAPLoss\(1\.0\)"):
        fit(model, X[:40], y[:40], epochs=1, optimizer=SGD(0.01))
    before = model.params["0.W"].copy()
    fit(model, X[:40], y[:40], epochs=1, optimizer=SGD(0.01), loss=MAPLoss(1.0))
    assert not np.array_equal(model.params["0.W"], before)
