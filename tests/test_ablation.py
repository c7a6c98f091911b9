"""The ablation: each setting changes what it says and nothing else, none sees a test digit."""

import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from lenet_core import ablation, gradient_check, load_digits, records
from lenet_core.ablation import ABLATIONS, BASE, CHANCE, SETTINGS, Setting
from lenet_core.data import data_hash
from lenet_core.fast import has_twin
from lenet_core.layers import AvgPool2D, ReLU, Tanh
from lenet_core.model import LeNet5

COMMITTED = sorted(path.stem for path in ablation.FOLDER.glob("*.json"))


@pytest.fixture
def few(monkeypatch, tmp_path):
    """60 embedded digits to train on and 20 held out; records go to an empty folder."""
    X, y, *_ = load_digits()
    data = X[:60], y[:60], X[60:80], y[60:80]
    monkeypatch.setattr(Setting, "data", lambda setting: data)
    monkeypatch.setattr(ablation, "FOLDER", tmp_path)
    return data


@pytest.fixture
def embedded(monkeypatch):
    """The embedded training digits in the place of MNIST's, of which the last 500 are held out."""
    X, y, *_ = load_digits()

    def digits(scaling):
        return load_digits("unit" if scaling == "bytes" else scaling)[0], y

    monkeypatch.setattr(ablation, "digits", digits)
    monkeypatch.setattr(ablation, "HELD_OUT", 500)
    return X, y


def kinds(setting):
    return [type(layer) for layer in setting.model(0)[0].layers]


def weights(setting, seed=0):
    """Return the weights of each layer."""
    params = setting.model(seed)[0].params
    return [value for name, value in params.items() if name.endswith("W")]


# The settings


def test_the_names_say_what_is_changed():
    assert SETTINGS["base"] == BASE == Setting()
    for name, (_, changes) in ABLATIONS.items():
        differs = {k: v for k, v in asdict(SETTINGS[name]).items() if v != asdict(BASE)[k]}
        assert differs == changes
    assert len(set(SETTINGS.values())) == len(SETTINGS)


def test_one_change_at_a_time_but_for_the_pairs_and_what_goes_along():
    together = {name for name, (_, changes) in ABLATIONS.items() if len(changes) > 1}
    along = {name for name in together if name.endswith(("-rate", "-steps", "-rate-times-10"))}
    assert together - along == {name for name, (group, _) in ABLATIONS.items() if group == "pair"}
    for name in along - {"no-momentum-rate-times-10"}:
        s = SETTINGS[name]
        assert s.lr / s.batch_size == BASE.lr / BASE.batch_size or name.endswith("-steps")
        assert s.n_train * s.epochs == BASE.n_train * BASE.epochs


def test_without_momentum_at_ten_times_the_rate_a_gradient_acts_as_much_in_all():
    s = SETTINGS["no-momentum-rate-times-10"]
    assert s.lr == pytest.approx(BASE.lr / (1 - BASE.momentum), rel=1e-12)


def test_five_seeds_and_three_where_they_take_long():
    counts = {name: len(ablation.seeds(setting)) for name, setting in SETTINGS.items()}
    assert {name for name, count in counts.items() if count != 5} == {"digits-50000"}
    assert counts["digits-50000"] == 3


# The digits


def test_no_digit_is_both_trained_on_and_held_out_and_none_is_a_test_digit(monkeypatch):
    X = np.arange(60_000, dtype=np.float32).reshape(-1, 1, 1, 1)
    test = np.full((10, 1, 1, 1), -1, np.float32)
    y = np.zeros(60_000, int)
    monkeypatch.setattr(ablation, "load_mnist", lambda scaling: (X, y, test, y[:10]))
    ablation.digits.cache_clear()
    for setting in (BASE, SETTINGS["digits-50000"]):
        X_train, y_train, held_out, y_held_out = setting.data()
        assert np.array_equal(X_train.ravel(), np.arange(setting.n_train))
        assert np.array_equal(held_out.ravel(), np.arange(50_000, 60_000))
        assert (len(y_train), len(y_held_out)) == (setting.n_train, 10_000)
    ablation.digits.cache_clear()


def test_bytes_are_255_times_the_unit_scaling(monkeypatch):
    asked = []

    def load(scaling):
        asked.append(scaling)
        return np.ones((2, 1, 1, 1), np.float32), np.zeros(2, int), None, None

    monkeypatch.setattr(ablation, "load_mnist", load)
    ablation.digits.cache_clear()
    tops = [ablation.digits(scaling)[0].max() for scaling in ("paper", "unit", "bytes")]
    ablation.digits.cache_clear()
    assert (asked, tops) == (["paper", "unit", "unit"], [1, 1, 255])


def test_digits_by_class_are_the_same_digits_sorted(embedded):
    setting = replace(BASE, n_train=300)
    X, y, X_held_out, y_held_out = setting.data()
    X_sorted, y_sorted, *held_out = replace(setting, order="by-class").data()
    assert (np.diff(y_sorted) >= 0).all()
    assert np.array_equal(X_sorted[y_sorted == 3], X[y == 3])
    assert np.array_equal(held_out[0], X_held_out)
    assert np.array_equal(held_out[1], y_held_out)


def test_without_shuffling_the_digits_come_as_they_lie_in_every_pass():
    for order in ("fixed", "by-class"):
        rng = replace(BASE, order=order).model(0)[1]
        assert np.array_equal(rng.permutation(9), np.arange(9))
        assert np.array_equal(np.random.default_rng(rng).permutation(9), np.arange(9))
    rng = BASE.model(0)[1]
    assert not np.array_equal(rng.permutation(99), rng.permutation(99))


def test_float64_means_weights_and_digits(embedded):
    setting = replace(BASE, n_train=30, dtype="float64")
    assert {w.dtype for w in weights(setting)} == {np.dtype(float)}
    X, _, X_held_out, _ = setting.data()
    assert X.dtype == X_held_out.dtype == float
    for mine, other in zip(weights(setting), weights(BASE), strict=True):
        assert np.array_equal(mine.astype(np.float32), other)


# The network


def test_the_base_is_lenet5_itself():
    model, _ = BASE.model(3)
    lenet = LeNet5(rng=3)
    assert kinds(BASE) == [type(layer) for layer in lenet.layers]
    assert all(np.array_equal(model.params[name], p) for name, p in lenet.params.items())


def test_a_tanh_is_left_out_before_or_after_each_pooling():
    after, before = kinds(SETTINGS["no-tanh-after"]), kinds(SETTINGS["no-tanh-before"])
    assert after.count(Tanh) == before.count(Tanh) == kinds(BASE).count(Tanh) - 2 == 4
    for place in [i for i, kind in enumerate(after) if kind is AvgPool2D]:
        assert (after[place - 1], after[place + 1] is Tanh) == (Tanh, False)
    for place in [i for i, kind in enumerate(before) if kind is AvgPool2D]:
        assert (before[place - 1] is Tanh, before[place + 1]) == (False, Tanh)


def test_relu_takes_the_place_of_every_tanh():
    swapped = [ReLU if kind is Tanh else kind for kind in kinds(BASE)]
    assert kinds(SETTINGS["relu"]) == swapped


@pytest.mark.parametrize("name", ABLATIONS)
def test_every_network_has_fast_twins(name):
    assert has_twin(SETTINGS[name].model(0)[0])


VARIANCES = {  # of the weights of a layer with fan-in F
    "fan-in": lambda F: 1 / F,
    "he": lambda F: 2 / F,
    "torch": lambda F: 1 / (3 * F),
    "paper": lambda F: 2.4**2 / (3 * F**2),
    "tiny": lambda F: 1e-4 / F,
    "equal": lambda F: 0,
    "zero": lambda F: 0,
}


@pytest.mark.parametrize("start", ablation.STARTS)
def test_the_weights_start_with_the_variance_of_their_start(start):
    drawn = weights(replace(BASE, start=start))
    for W, F in zip(drawn[2:4], (16 * 25, 120), strict=True):  # C5 and F6 are large enough
        assert W.var() == pytest.approx(VARIANCES[start](F), rel=0.03, abs=1e-15)


def test_equal_weights_are_one_over_the_fan_in_and_zero_ones_are_0():
    means = [float(W.mean()) for W in weights(replace(BASE, start="equal"))]
    assert means == pytest.approx([1 / 25, 1 / 150, 1 / 400, 1 / 120, 1 / 84], rel=1e-6)
    assert not any(W.any() for W in weights(replace(BASE, start="zero")))


def test_only_pytorch_draws_biases_and_within_its_limits():
    for start in ablation.STARTS:
        params = replace(BASE, start=start).model(0)[0].params
        assert params["8.b"].any() == (start == "torch")
    torch = replace(BASE, start="torch").model(0)[0].params
    assert 0.9 / 20 < abs(torch["8.b"]).max() <= 1 / 20
    assert abs(torch["8.W"]).max() <= 1 / 20


@pytest.mark.parametrize("start", ablation.STARTS)
def test_a_seed_orders_the_digits_in_the_same_way_whatever_the_start(start):
    order = replace(BASE, start=start).model(5)[1].permutation(20)
    assert np.array_equal(order, BASE.model(5)[1].permutation(20))


# The optimizer and the loss

HELD = {"all": set(), "dense": {"0.b", "4.b", "8.b"}, "none": {"0.b", "4.b", "8.b", "11.b", "13.b"}}


@pytest.mark.parametrize("biases", HELD)
def test_biases_that_a_layer_has_not_stay_0(few, biases):
    setting = replace(BASE, epochs=1, biases=biases)
    model, rng = setting.model(0)
    passes = ablation.train_epochs(
        model, *few[:2], epochs=1, batch_size=32, optimizer=setting.optimizer(), rng=rng
    )
    list(passes)
    still = {name for name, p in model.params.items() if not p.any()}
    assert still == HELD[biases]


def test_a_softmax_before_the_loss_flattens_it_and_its_gradient_is_right():
    y = np.array([1, 0])
    loss = SETTINGS["softmax-twice"].loss()
    scores = np.array([[0.0, 800.0, 0.0], [0.0, 800.0, 0.0]])
    sure, wrong = np.log(np.e + 2) - 1, np.log(np.e + 2)  # never 0, never large
    assert loss.forward(scores, y) == pytest.approx((sure + wrong) / 2, rel=1e-12)
    scores = np.random.default_rng(0).normal(size=(4, 10))
    y = np.array([3, 1, 4, 1])
    loss.forward(scores, y)
    got, h = loss.backward(), 1e-6
    for place in [(0, 3), (2, 7)]:
        up, down = scores.copy(), scores.copy()
        up[place] += h
        down[place] -= h
        slope = (loss.forward(up, y) - loss.forward(down, y)) / (2 * h)
        assert got[place] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("name", ["no-tanh-after", "no-tanh-before", "start-torch"])
def test_the_gradient_of_a_changed_network_is_right(name):
    model, _ = replace(SETTINGS[name], dtype="float64").model(0)
    X = np.random.default_rng(0).normal(size=(2, 1, 32, 32))
    assert gradient_check(model, X) < 1e-6


# A run


def test_a_run_is_repeated_to_the_bit_by_its_seed(few):
    setting = replace(BASE, epochs=2)
    one, again, other = (ablation.train_once(setting, seed, few) for seed in (0, 0, 1))
    assert one | {"seconds": 0} == again | {"seconds": 0}
    assert one["weights_sha256"] != other["weights_sha256"]
    assert not one["diverged"]


def test_a_history_has_ten_points_at_most_and_ends_with_the_last_epoch(few):
    found = ablation.train_once(replace(BASE, epochs=20), 0, few)
    assert [epoch for epoch, *_ in found["history"]] == list(range(2, 21, 2))
    assert found["history"][-1][2] == found["test_error"]
    assert found["history"][-1][1] < found["history"][0][1]


def test_a_run_that_diverges_is_recorded_as_one(few, monkeypatch):
    class Broken(ablation.SoftmaxCrossEntropy):
        def forward(self, scores, y):
            return np.nan

    monkeypatch.setattr(Setting, "loss", lambda setting: Broken())
    found = ablation.train_once(BASE, 0, few)
    assert found["diverged"]
    assert found["test_error"] == found["train_error"] == CHANCE
    assert found["history"] == []


def test_main_runs_what_has_no_record(few, monkeypatch, capsys, tmp_path):
    tiny = {"base": replace(BASE, epochs=1), "rate-third": replace(BASE, epochs=1, lr=0.01)}
    monkeypatch.setattr(ablation, "SETTINGS", tiny)
    monkeypatch.setattr(ablation, "ABLATIONS", {name: ABLATIONS[name] for name in tiny})
    ablation.main(["rate-third"])
    ablation.main([])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.json", "rate-third.json"]
    record = ablation.load_ablation("base", tmp_path)
    assert record["setting"] == asdict(tiny["base"])
    assert record["n_test"] == 20
    assert [run["seed"] for run in record["runs"]] == [0, 1, 2, 3, 4]
    assert record["train_sha256"] == data_hash(*few[:2])
    errors = [run["test_error"] for run in record["runs"]]
    assert ablation.load_errors(tmp_path)["base"] == errors
    assert capsys.readouterr().out.endswith(f"base {errors}\n")
    ablation.main([])
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit, match="no ablation nobody"):
        ablation.main(["nobody"])


# What is written down


def test_every_ablation_has_a_record_and_every_record_an_ablation():
    assert COMMITTED == sorted(ABLATIONS)
    assert ablation.load_ablation.__defaults__ == (records.RUNS / "ablation",)


@pytest.mark.parametrize("name", COMMITTED)
def test_a_record_is_complete_and_has_its_settings(name):
    record, base = ablation.load_ablation(name), ablation.load_ablation("base")
    assert record["name"] == name
    assert Setting(**record["setting"]) == SETTINGS[name]
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert record["n_test"] == 10_000
    assert [run["seed"] for run in record["runs"]] == list(ablation.seeds(SETTINGS[name]))
    hashes = {"train_sha256", "test_sha256"}
    data = {"n_train", "scaling", "order", "dtype"}
    same = not data & ABLATIONS[name][1].keys()
    assert all((record[key] == base[key]) >= same for key in hashes)
    for run in record["runs"]:
        if not run["diverged"]:
            assert run["history"][-1][0] == SETTINGS[name].epochs
            assert run["history"][-1][2] == run["test_error"]
            assert 0 <= run["train_error"] <= 100
