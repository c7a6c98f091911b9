"""Run records: written whole, and true as far as they can be checked again."""

import json
import os
import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from lenet_core import SGD, Dense, Sequential, fit, load_digits, records
from lenet_core.augment import affine, shift
from lenet_core.data import data_hash
from lenet_core.losses import SmoothedCrossEntropy, SoftmaxCrossEntropy
from lenet_core.model import LeNet5
from lenet_core.paper.recipes import RECIPES_1998
from lenet_core.recipes import EMBEDDED, RECIPES
from lenet_core.schedules import SCHEDULES, constant, cosine, one_cycle
from lenet_core.weights import read_arrays, weights_hash

NAMES = sorted(path.stem for path in records.RUNS.glob("*.json"))
FIELDS = {
    "recipe", "seed", "versions", "commit", "machine", "n_train", "n_test", "history",
    "train_error", "test_error", "test_mistakes", "weights_sha256", "train_sha256", "test_sha256",
}  # fmt: skip
ALL_RECIPES = RECIPES | RECIPES_1998
each_record = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def data():
    """Load the data of each recipe once, and hash it once."""
    kept = {}

    def load(recipe):
        if recipe.data == "mnist" and not os.environ.get("LENET_MNIST_DIR"):
            pytest.skip("set LENET_MNIST_DIR to check this record on MNIST")
        key = (recipe.data, recipe.n_digits, recipe.n_test)
        if key not in kept:
            X, y, X_test, y_test = recipe.load()
            hashes = {"train_sha256": data_hash(X, y), "test_sha256": data_hash(X_test, y_test)}
            kept[key] = X, y, X_test, y_test, hashes
        return kept[key]

    return load


@pytest.fixture
def tiny(monkeypatch):
    """A recipe of two short epochs on 60 digits."""
    X, y, X_test, y_test = load_digits()
    few = (X[:60], y[:60], X_test[:20], y_test[:20])
    monkeypatch.setattr(type(EMBEDDED), "load", lambda recipe: few)
    return replace(EMBEDDED, name="tiny", epochs=2)


def test_every_headline_recipe_has_its_records():
    assert {name.rsplit("-seed", 1)[0] for name in NAMES} == set(ALL_RECIPES)


@each_record
def test_a_record_is_complete_and_has_its_weights(name):
    record = records.load_record(name)
    assert set(record) == FIELDS
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert name == f"{record['recipe']['name']}-seed{record['seed']}"
    assert len(record["history"]["loss"]) == record["recipe"]["epochs"]
    assert weights_hash(records.load_trained(name)) == record["weights_sha256"]


@each_record
def test_a_record_has_the_settings_of_its_recipe(name):
    record = records.load_record(name)
    assert record["recipe"] == ALL_RECIPES[record["recipe"]["name"]].as_dict()


@each_record
def test_the_weights_make_the_errors_that_the_record_tells(name, data):
    record = records.load_record(name)
    X, y, X_test, y_test, hashes = data(ALL_RECIPES[record["recipe"]["name"]])
    assert {name: record[name] for name in hashes} == hashes
    model = records.load_trained(name)
    assert records.mistakes(model, X_test, y_test) == record["test_mistakes"]
    share_wrong = len(record["test_mistakes"]) / len(X_test)
    assert round(100 * share_wrong, 6) == record["test_error"]
    assert records.error(model, X, y) == record["train_error"]
    assert (len(X), len(X_test)) == (record["n_train"], record["n_test"])
    assert record["history"]["validation_error"][-1] == pytest.approx(record["test_error"])


def test_the_pictures_of_the_mistakes_are_those_digits_of_mnist(data):
    picked = read_arrays(records.RUNS / "mistakes.npz")
    mistakes = [record["test_mistakes"] for record in records.load_records("modern")]
    places = sorted({place for of_one in mistakes for place, _, _ in of_one})
    assert picked["places"].tolist() == places
    _, _, X_test, *_ = data(RECIPES["modern"])  # -0.1 for paper, 1.175 for ink
    np.testing.assert_allclose(picked["X"] / 255 * 1.275 - 0.1, X_test[places], atol=1e-6)


def test_a_run_writes_weights_and_record_and_leaves_no_checkpoint(tiny, tmp_path):
    record = records.run(tiny, 3, tmp_path, progress=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny-seed3.json", "tiny-seed3.npz"]
    assert records.load_record("tiny-seed3", tmp_path) == json.loads(json.dumps(record))
    assert weights_hash(records.load_trained("tiny-seed3", tmp_path)) == record["weights_sha256"]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tiny, tmp_path):
    hashes = [
        records.run(tiny, seed, tmp_path / folder, progress=False)["weights_sha256"]
        for folder, seed in [("a", 1), ("b", 1), ("c", 2)]
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_an_interrupted_run_goes_on_to_the_same_weights(tiny, tmp_path, monkeypatch):
    whole = records.run(tiny, 0, tmp_path / "whole", progress=False)
    epochs = fit.__globals__["train_epochs"]

    def stop_after_one(*args, **settings):
        yield next(epochs(*args, **settings))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(fit.__globals__, "train_epochs", stop_after_one)
        assert records.run(tiny, 0, tmp_path, progress=False) is None
    assert not (tmp_path / "tiny-seed0.json").exists()
    again = records.run(tiny, 0, tmp_path, progress=False)
    assert again["weights_sha256"] == whole["weights_sha256"]
    assert again["history"]["loss"] == whole["history"]["loss"]


def test_a_record_that_is_not_there_is_told_with_those_that_are(tmp_path):
    (tmp_path / "full-seed0.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"full-seed7\.json; found there: full-seed0"):
        records.load_record("full-seed7", tmp_path)
    with pytest.raises(FileNotFoundError, match="found there: full-seed0"):
        records.load_records("other", tmp_path)


def test_the_speed_record_is_read_from_its_own_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no record .*epoch\.json; found there: none"):
        records.load_speed(tmp_path)
    records.write_json(tmp_path / "epoch.json", {"ways": {}})
    assert records.load_speed(tmp_path) == {"ways": {}}
    assert records.load_speed.__defaults__ == (records.RUNS / "speed",)


def test_weights_that_are_not_the_record_s_are_refused(tiny, tmp_path):
    records.run(tiny, 0, tmp_path, progress=False)
    records.save_weights(LeNet5(rng=9), tmp_path / "tiny-seed0.npz")
    with pytest.raises(ValueError, match="does not hold the weights it should"):
        records.load_trained("tiny-seed0", tmp_path)


def test_a_changed_recipe_does_not_keep_its_name():
    assert EMBEDDED.changed(epochs=None, data="digits") is EMBEDDED
    changed = EMBEDDED.changed(epochs=3)
    assert (changed.name, changed.epochs, changed.lr) == ("custom", 3, EMBEDDED.lr)


def test_held_out_digits_are_no_training_digits(monkeypatch):
    X = np.zeros((100, 1, 32, 32), np.float32)
    monkeypatch.setattr(
        "lenet_core.recipes.load_mnist", lambda: (X, np.arange(100), X[:5], np.arange(5))
    )
    recipe = replace(RECIPES["classic"], n_digits=50, n_test=10)
    X_train, y_train, X_test, y_test = recipe.load()
    assert (len(X_train), len(X_test)) == (40, 10)
    assert y_train.tolist() == list(range(40))
    assert y_test.tolist() == list(range(40, 50))


def test_the_weight_gain_scales_weights_and_nothing_else():
    recipe = replace(EMBEDDED, weight_gain=2.0)
    plain, scaled = EMBEDDED.model(np.random.default_rng(0)), recipe.model(np.random.default_rng(0))
    for name, value in plain.params.items():
        assert np.array_equal(scaled.params[name], value * (2 if name.endswith("W") else 1))


def test_a_record_tells_what_the_same_training_by_hand_comes_to(tiny, tmp_path):
    X, y, X_test, y_test = tiny.load()
    rng = np.random.default_rng(3)
    model = LeNet5(rng=rng)
    history = fit(
        model,
        X,
        y,
        epochs=2,
        batch_size=32,
        optimizer=SGD(0.02, momentum=0.9),
        rng=rng,
        validation=(X_test, y_test),
    )
    record = records.run(tiny, 3, tmp_path, progress=False)
    assert record["weights_sha256"] == weights_hash(model)
    assert record["history"]["loss"] == history.loss
    assert (record["n_train"], record["n_test"]) == (60, 20)
    assert record["train_sha256"] == data_hash(X, y)
    assert record["test_sha256"] == data_hash(X_test, y_test)
    assert record["versions"]["numpy"] == np.__version__


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_is_that_of_the_code_and_says_when_the_code_was_changed(tmp_path, monkeypatch):
    code = tmp_path / "package" / "records.py"
    code.parent.mkdir()
    code.write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(records, "__file__", str(code))
    assert records.git_commit() is None  # in no repository
    git(tmp_path, "init")
    assert records.git_commit() is None  # in one that does not hold the code
    git(tmp_path, "add", "package")
    git(tmp_path, "commit", "-m", "first")
    assert records.git_commit() == git(tmp_path, "rev-parse", "HEAD")
    code.write_text("x = 2\n", encoding="utf-8")
    assert records.git_commit() == git(tmp_path, "rev-parse", "HEAD") + "-dirty"


def test_a_write_that_fails_leaves_the_old_record_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "full-seed0.json"
    records.write_json(path, {"seed": 0})
    before = path.read_bytes()

    def fail(*paths):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="the disk is full"):
            records.write_json(path, {"seed": 1})
    with pytest.raises(TypeError):
        records.write_json(path, {"seed": 1, "X": object()})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_records_come_by_seed_and_of_one_recipe(tmp_path):
    for seed in [3, 10, 0, 7, 2, 11, 1]:
        records.write_json(tmp_path / f"full-seed{seed}.json", {"seed": seed})
    records.write_json(tmp_path / "classic-seed4.json", {"seed": 4})
    found = records.load_records("full", tmp_path)
    assert [record["seed"] for record in found] == [0, 1, 2, 3, 7, 10, 11]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_the_optimizer_has_the_settings_of_the_recipe(recipe):
    settings = {
        "lr": recipe.lr,
        "momentum": recipe.momentum,
        "nesterov": recipe.nesterov,
        "weight_decay": recipe.weight_decay,
    }
    assert vars(recipe.optimizer()) == vars(SGD(**settings))
    changed = replace(recipe, lr=0.125, momentum=0.75).optimizer()
    assert (changed.lr, changed.momentum) == (0.125, 0.75)
    changed = replace(recipe, momentum=0.5, nesterov=True, weight_decay=0.01).optimizer()
    assert (changed.nesterov, changed.weight_decay) == (True, 0.01)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_recipe_has_all_that_fit_needs(recipe):
    settings = recipe.fit_settings()
    assert set(settings) == {"epochs", "batch_size", "optimizer", "loss", "schedule", "augment"}
    assert (settings["epochs"], settings["batch_size"]) == (recipe.epochs, recipe.batch_size)
    assert settings["optimizer"].settings == recipe.optimizer().settings
    assert settings["schedule"] is SCHEDULES[recipe.schedule]
    assert getattr(settings["loss"], "smoothing", 0) == recipe.smoothing
    assert (settings["augment"] is None) is (recipe.augment is None)
    assert json.loads(json.dumps(recipe.as_dict())) == recipe.as_dict()


def test_plain_settings_are_a_constant_rate_and_sharp_labels_of_unchanged_digits():
    settings = EMBEDDED.fit_settings()
    assert settings["schedule"] is constant
    assert type(settings["loss"]) is SoftmaxCrossEntropy
    assert settings["augment"] is None


def test_schedule_smoothing_and_augmentation_of_a_recipe_are_made_from_their_names():
    moves = {"name": "shift", "pixels": 3}
    recipe = replace(EMBEDDED, schedule="one_cycle", smoothing=0.2, augment=moves)
    for _ in range(2):  # a call uses up nothing
        settings = recipe.fit_settings()
        assert settings["schedule"] is one_cycle
        assert type(settings["loss"]) is SmoothedCrossEntropy
        assert settings["loss"].smoothing == 0.2
        assert (settings["augment"].func, settings["augment"].keywords) == (shift, {"pixels": 3})
    assert moves == {"name": "shift", "pixels": 3}
    assert replace(recipe, schedule="cosine").fit_settings()["schedule"] is cosine
    assert replace(recipe, augment={"name": "affine"}).fit_settings()["augment"].func is affine


def test_a_run_follows_schedule_smoothing_and_augmentation_of_its_recipe(tiny, tmp_path):
    more = dict(schedule="one_cycle", smoothing=0.1, augment={"name": "shift", "pixels": 1})
    recipe = replace(tiny, nesterov=True, weight_decay=0.001, **more)
    record = records.run(recipe, 3, tmp_path, progress=False)
    X, y = recipe.load()[:2]
    rng = np.random.default_rng(3)
    model = LeNet5(rng=rng)
    fit(
        model,
        X,
        y,
        epochs=2,
        batch_size=32,
        optimizer=SGD(0.02, momentum=0.9, nesterov=True, weight_decay=0.001),
        loss=SmoothedCrossEntropy(0.1),
        schedule=one_cycle,
        augment=lambda X, rng: shift(X, rng, pixels=1),
        rng=rng,
    )
    assert record["weights_sha256"] == weights_hash(model)
    assert record["recipe"] == json.loads(json.dumps(recipe.as_dict()))


def test_a_recipe_to_choose_settings_with_holds_training_digits_back():
    recipe = RECIPES["full"].held_out("trial")
    assert (recipe.name, recipe.data) == ("trial", "mnist")
    assert (recipe.n_digits, recipe.n_test) == (60_000, 10_000)
    own = ("name", "data", "n_digits", "n_test")
    same, other = RECIPES["full"].as_dict(), recipe.as_dict()
    assert {k: v for k, v in other.items() if k not in own} == {
        k: v for k, v in same.items() if k not in own
    }


def test_a_recipe_with_smoothing_may_be_changed():
    assert EMBEDDED.changed(smoothing=0.0, schedule="constant", augment=None) is EMBEDDED
    changed = EMBEDDED.changed(smoothing=0.1)
    assert (changed.name, changed.smoothing) == ("custom", 0.1)


# Mistakes


def identity():
    """Return a network whose scores are its inputs."""
    model = Sequential([Dense(3, 3, dtype=np.float64)])
    model.params["0.W"][...] = np.eye(3)
    return model


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_a_mistake_is_told_with_its_place_the_label_and_the_answer(dtype):
    X, y = np.eye(3)[[0, 2, 1, 1, 0]], np.array([0, 1, 1, 2, 2], dtype)
    found = records.mistakes(identity(), X, y)
    assert found == [[1, 1, 2], [3, 2, 1], [4, 2, 0]]
    assert {type(number) for mistake in found for number in mistake} == {int}
    assert json.loads(json.dumps(found)) == found


def test_where_all_is_right_there_are_no_mistakes():
    assert records.mistakes(identity(), np.eye(3), np.arange(3)) == []


def test_a_record_tells_as_many_mistakes_as_its_error_comes_to(tiny, tmp_path):
    record = records.run(tiny, 3, tmp_path, progress=False)
    assert record["test_error"] == pytest.approx(100 * len(record["test_mistakes"]) / 20)
    y_test = tiny.load()[3]
    assert record["test_mistakes"]
    for place, label, answer in record["test_mistakes"]:
        assert label == y_test[place] != answer
