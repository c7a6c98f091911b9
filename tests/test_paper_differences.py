"""The harness of "What 28 years changed": its two ends, its differences, and its tuning."""

import re
from dataclasses import asdict

import numpy as np
import pytest

from lenet_core import LeNet5, SoftmaxCrossEntropy, load_digits
from lenet_core.paper import C3_TABLE, RBF, LeNet5_1998, differences
from lenet_core.paper.differences import (
    ALL,
    CONTROLS,
    DIFFERENCES,
    PAPER,
    TODAY,
    VARIANTS,
    Steps,
    best_rate,
    design_of,
    load_variant,
    main,
    train,
    train_in_batches,
    tune,
)
from lenet_core.paper.layers import ScaledTanh
from lenet_core.paper.network import C3
from lenet_core.paper.recipes import PLAIN
from lenet_core.paper.sdlm import ETAS, curvature
from lenet_core.paper.starts import fan_in
from lenet_core.paper.train import Trainee, train_together
from lenet_core.records import error


@pytest.fixture(scope="module")
def digits():
    X, y, *_ = load_digits()
    return X[:60].astype(np.float64), y[:60]


def model_of(name, seed=0):
    """Return the network of a variant in float64."""
    model = ALL[name].model(np.random.default_rng(seed))
    for layer in model.layers:
        layer.params = {kind: value.astype(np.float64) for kind, value in layer.params.items()}
    return model


def trainee_of(name, X, rate=0.001):
    rng = np.random.default_rng(0)
    design = ALL[name]
    return Trainee(design.model(rng), design.loss(), Steps(design, rate), len(X), rng)


def test_the_end_of_1998_is_the_network_of_1998():
    ours, paper = PAPER.model(np.random.default_rng(3)), LeNet5_1998(rng=3, scale=1 / 20)
    assert [type(layer) for layer in ours.layers] == [type(layer) for layer in paper.layers]
    assert sum(layer.n_params for layer in ours.layers) == paper.n_params
    assert ours.layers[-1].scale == paper.layers[-1].scale


def test_the_end_of_today_computes_what_lenet5_computes(digits):
    X, y = digits
    old, new = model_of("today"), LeNet5(rng=0, dtype=np.float64)
    learned = [layer for layer in old.layers if "W" in layer.params]
    for layer, twin in zip(learned, [f for f in new.layers if f.params], strict=True):
        W = layer.params["W"]
        twin.params["W"][...] = W.reshape(twin.params["W"].shape)
        twin.params["b"][...] = layer.params["b"]
    penalties, scores = old.forward(X), new.forward(X)
    np.testing.assert_allclose(-penalties, scores, rtol=1e-12, atol=1e-12)
    loss, entropy = TODAY.loss(), SoftmaxCrossEntropy()
    assert loss.forward(penalties, y) == pytest.approx(entropy.forward(scores, y), rel=1e-12)
    np.testing.assert_allclose(-loss.backward(), entropy.backward(), atol=1e-15)


@pytest.mark.parametrize("end", ["1998", "today"])
def test_each_variant_turns_one_difference_over(end):
    for name in DIFFERENCES:
        old, new = VARIANTS[end], VARIANTS[f"{end}-{name}"]
        changed = [field for field in DIFFERENCES if getattr(old, field) != getattr(new, field)]
        assert changed == [name]


def test_each_control_is_a_variant_with_one_more_change():
    changes = {
        "1998-no-rubbish": ("1998", {"rubbish": False}),
        "1998-output-mu": ("1998-output", {"mu": 0.0008}),
        "today-optimizer-mu": ("today-optimizer", {"mu": 0.0008}),
    }
    assert list(CONTROLS) == list(changes)
    for name, (variant, change) in changes.items():
        assert (
            asdict(CONTROLS[name])
            == asdict(VARIANTS[variant])
            | {
                "rubbish": True,
                "mu": 0.02,
            }
            | change
        )


def test_the_controls_do_what_they_say():
    assert ALL["1998"].loss().j == 1
    assert ALL["1998-no-rubbish"].loss().j == differences.NO_RUBBISH
    assert ALL["1998-output"].loss().j == ALL["today"].loss().j == differences.NO_RUBBISH
    assert Steps(ALL["1998-output"], 1).mu == 0.02
    assert Steps(ALL["1998-output-mu"], 1).mu == 0.0008
    assert ALL["1998-output-mu"].first_rate() == pytest.approx(ETAS[0] / 25)


@pytest.mark.parametrize("start", ["root", "unit"])
def test_start_of_the_designs(start):
    name = {"root": "1998", "unit": "1998-start"}[start]
    W = model_of(name).layers[8].params["W"]  # C5, fan-in 400
    assert W.std() == pytest.approx({"root": (1 / 3) ** 0.5, "unit": 1}[start] / 20, rel=0.02)


def test_full_table_reads_all_maps():
    assert model_of("1998-table").layers[C3].mask.all()
    assert model_of("1998").layers[C3].mask.sum() == sum(len(maps) for maps in C3_TABLE)


@pytest.mark.parametrize("name", ["1998-output", "today", "today-table"])
def test_curvature_of_scores_is_the_gauss_newton_diagonal(name, digits):
    X, y = digits[0][:4], digits[1][:4]
    model, loss = model_of(name), VARIANTS[name].loss()
    h = curvature(model, loss, X, y)["13.W"]  # (84, 10)
    loss.forward(model.forward(X), y)
    features = model.layers[13].x  # (4, 84)
    exact = np.einsum("nf,nk->fk", features**2, loss.p * (1 - loss.p)) / len(X)
    np.testing.assert_allclose(h, exact, rtol=1e-6)


@pytest.mark.parametrize("name", [name for name, design in ALL.items() if design.batch])
def test_side_by_side_and_in_batches_of_one_give_the_same_weights(name, digits):
    X, y = (a[:40] for a in digits)
    X = X.astype(np.float32)
    rate = min(0.001, ALL[name].first_rate())
    (fast,) = train(ALL[name], [(rate, 0)], X, y, passes=2)
    clear = trainee_of(name, X, rate)
    train_in_batches(clear, X, y, passes=2, batch=1)
    start = trainee_of(name, X).model
    for key, weights in clear.model.params.items():
        scale = np.abs(weights - start.params[key]).max()
        np.testing.assert_allclose(fast.params[key], weights, rtol=0, atol=1e-4 * scale)


def test_what_does_not_learn_stays(digits):
    X, y = digits[0].astype(np.float32), digits[1]
    for name in ("1998-subsampling", "today"):
        (model,) = train(VARIANTS[name], [(0.01, 0)], X, y, passes=1)
        for place in (2, 6):
            assert np.all(model.layers[place].params["w"] == 1 / 4)
            assert np.all(model.layers[place].params["b"] == 0)
    (model,) = train(VARIANTS["1998"], [(0.01, 0)], X, y, passes=1)
    assert np.any(model.layers[2].params["w"] != 1 / 2)


def sizes_of(name, X, y, eta, rate=0.3):
    trainee = trainee_of(name, X, rate)
    trainee.optimizer.eta = eta
    trainee.optimizer.measure(trainee.model, trainee.loss, X[:20], y[:20])
    return trainee.optimizer


def test_step_sizes_of_the_designs(digits):
    X, y = digits[0].astype(np.float32), digits[1]
    own = sizes_of("1998", X, y, ETAS[-1])
    expected = 0.3 * ETAS[-1] / ETAS[0] / (own.mu + own.h["0.W"])
    np.testing.assert_allclose(own.step_sizes()["0.W"], expected, rtol=1e-5)
    constant = sizes_of("1998-schedule", X, y, ETAS[-1])
    expected = 0.3 / (constant.mu + constant.h["0.W"])
    np.testing.assert_allclose(constant.step_sizes()["0.W"], expected, rtol=1e-5)
    one = sizes_of("today", X, y, ETAS[-1]).step_sizes()
    assert np.all(one["0.W"] == np.float32(0.3))
    assert np.all(one["2.w"] == 0)
    falling = sizes_of("today-schedule", X, y, ETAS[-1]).step_sizes()
    np.testing.assert_allclose(falling["0.W"], 0.3 * ETAS[-1] / ETAS[0], rtol=1e-6)


def test_batch_of_32_takes_32_digits_a_step(digits):
    X, y = digits[0].astype(np.float32), digits[1]
    trainee, steps = trainee_of("today", X), []
    step = trainee.optimizer.step
    trainee.optimizer.step = lambda model: (steps.append(len(model.layers[13].x)), step(model))
    train_in_batches(trainee, X, y, passes=1)
    assert steps == [32, 28]


@pytest.mark.parametrize(("best", "tried"), [(1, 3), (9, 5), (1 / 9, 5), (1e9, 7)])
def test_tuning_goes_on_until_the_best_has_a_worse_one_on_either_side(best, tried):
    found = tune(1, lambda rates: {rate: [abs(np.log(rate / best))] for rate in rates})
    assert len(found) == tried
    assert list(found) == sorted(found)
    if tried < 7:
        assert best_rate(found) == pytest.approx(best)
        assert min(found) < best_rate(found) < max(found)


@pytest.mark.parametrize("name", ["1998", "today"])
def test_record_of_a_variant(name, digits, monkeypatch, tmp_path):
    X, y = digits[0].astype(np.float32), digits[1]
    monkeypatch.setattr(differences, "digits", lambda scaling: (X, y))
    monkeypatch.setattr(differences, "N_TRAIN", 24)
    monkeypatch.setattr(differences, "HELD_OUT", 20)
    monkeypatch.setattr(differences, "FOLDER", tmp_path)
    main([name])
    record = load_variant(name, tmp_path)
    assert (record["n_train"], record["n_test"]) == (24, 20)
    tried = {rate: np.mean(errors) for rate, errors in record["rates"]}
    assert tried[record["rate"]] == min(tried.values())
    rate, errors = record["rates"][0]
    (second,) = train(VARIANTS[name], [(rate, differences.TUNING_SEEDS[1])], X[:24], y[:24])
    assert errors[1] == error(second, X[-20:], y[-20:])
    assert [run["seed"] for run in record["runs"]] == [0, 1, 2, 3, 4]
    (again,) = train(VARIANTS[name], [(record["rate"], 3)], X[:24], y[:24])
    assert record["runs"][3]["test_error"] == error(again, X[-20:], y[-20:])
    assert record["runs"][3]["train_error"] == error(again, X[:24], y[:24]) < 50


@pytest.mark.parametrize("name", sorted(path.stem for path in differences.FOLDER.glob("*.json")))
def test_a_committed_record_has_the_settings_of_its_variant(name):
    record = load_variant(name)
    assert record["design"] == asdict(ALL[name])
    assert design_of(record) == ALL[name]
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert (record["n_train"], record["n_test"]) == (5_000, 10_000)
    tried = dict(record["rates"])
    rate = best_rate(tried)
    assert rate == record["rate"]
    assert min(tried) < rate < max(tried)
    assert [run["seed"] for run in record["runs"]] == list(differences.SEEDS)


def test_the_seeds_that_tune_are_not_those_that_are_reported():
    assert set(differences.TUNING_SEEDS).isdisjoint(differences.SEEDS)


def test_the_best_rate_has_the_lowest_mean_and_not_the_lowest_error():
    assert best_rate({1: [0, 10], 2: [4, 4]}) == 2


def test_the_end_of_1998_trains_as_the_recipe_1998_does(digits):
    """From the same weights and in the same order it comes to the same weights, bit for bit."""
    X, y = digits[0].astype(np.float32), digits[1]
    recipe, end = (design.model(np.random.default_rng(3)) for design in (PLAIN, PAPER))
    for name, value in recipe.params.items():
        end.params[name][...] = value
    order = [np.random.default_rng(4) for _ in range(2)]
    trainees = [
        PLAIN.trainee(recipe, len(X), order[0]),
        Trainee(end, PAPER.loss(), Steps(PAPER, ETAS[0]), len(X), order[1]),
    ]
    for trainee in trainees:
        list(train_together([trainee], X, y, passes=4))
    for name, value in recipe.params.items():
        np.testing.assert_array_equal(end.params[name], value)


@pytest.mark.parametrize(("name", "design"), VARIANTS.items())
def test_every_variant_has_the_parts_of_its_design(name, design):
    model = design.model(np.random.default_rng(0))
    assert model.layers[C3].mask.all() == (not design.table)
    squashes = [(layer.A, layer.S) for layer in model.layers if isinstance(layer, ScaledTanh)]
    assert set(squashes) == {(1.7159, 2 / 3) if design.squash else (1, 1)}
    assert len(squashes) == 6
    for place in (2, 6):
        w = model.layers[place].params["w"]
        assert np.all(w == (0.5 if design.subsampling else 0.25))
    assert isinstance(model.layers[-1], RBF) == design.output
    assert design.loss().j == (1 if design.output else differences.NO_RUBBISH)
    for layer in model.layers:
        if "W" in layer.params:
            W = layer.params["W"] * np.sqrt(fan_in(layer, "W"))  # of one variance
            spread = W[W != 0].std()
            assert spread == pytest.approx((1 / 3) ** 0.5 if design.start else 1, rel=0.15)


def test_unknown_variant_is_named():
    with pytest.raises(SystemExit, match="no variant 1998-colour: there are 1998, 1998-table"):
        main(["1998-colour"])


def test_output_of_1998_has_fixed_codes():
    assert isinstance(model_of("1998").layers[-1], RBF)
    assert not isinstance(model_of("today").layers[-1], RBF)
