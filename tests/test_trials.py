"""Trials on held-out digits: each changes what it says, none sees a test digit."""

import json
import re
from dataclasses import asdict, replace

import pytest

from lenet_core import load_digits, records, trials
from lenet_core.recipes import CLASSIC, EMBEDDED, MODERN, MODERN_PLAIN, Recipe

COMMITTED = sorted(path.stem for path in trials.FOLDER.glob("*.json"))


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A recipe of one short epoch on 60 digits; trials are "a", a rung, and "b", beside it."""
    X, y, X_test, y_test = load_digits()
    few = (X[:60], y[:60], X_test[:20], y_test[:20])
    monkeypatch.setattr(Recipe, "load", lambda recipe: few)
    recipe = replace(EMBEDDED, name="a", epochs=1)
    both = {"a": recipe, "b": replace(recipe, name="b", lr=0.05)}
    monkeypatch.setattr(trials, "TRIALS", both)
    monkeypatch.setattr(trials, "LADDER", {"a": recipe})
    monkeypatch.setattr(trials, "FOLDER", tmp_path)
    return recipe


def differences(one, other):
    """Return {setting: value in other} where two recipes differ, but for their names."""
    one, other = asdict(one), asdict(other)
    return {name: value for name, value in other.items() if name != "name" and one[name] != value}


# The ladder


def test_a_rung_has_the_settings_of_the_one_below_but_for_its_changes():
    rungs = {"first": {"lr": 0.5}, "second": {"momentum": 0.75}, "third": {"lr": 0.25, "epochs": 3}}
    found = trials.climb(CLASSIC, rungs)
    assert list(found) == [recipe.name for recipe in found.values()] == list(rungs)
    first, second, third = found.values()
    assert differences(CLASSIC.held_out("below"), first) == {"lr": 0.5}
    assert differences(first, second) == {"momentum": 0.75}
    assert differences(second, third) == {"lr": 0.25, "epochs": 3}


STEPS = {
    "all-digits": {"epochs"},
    "momentum": {"momentum", "nesterov"},
    "start": {"weight_gain"},
    "one-cycle": {"schedule", "lr", "batch_size"},
    "decay": {"weight_decay"},
    "smoothing": {"smoothing"},
    "shift": {"augment"},
    "long": {"epochs"},
    "affine": {"augment"},
    "less-decay": {"weight_decay"},
}


def test_each_rung_of_the_ladder_changes_what_its_name_says():
    below = [CLASSIC.held_out("below"), *trials.LADDER.values()]
    changed = {
        rung.name: set(differences(lower, rung))
        for lower, rung in zip(below, trials.LADDER.values(), strict=False)
    }
    assert changed == STEPS


def test_the_ladder_passes_by_modern_plain_and_ends_at_modern():
    assert trials.LADDER["smoothing"] == MODERN_PLAIN.held_out("smoothing")
    assert list(trials.LADDER.values())[-1] == MODERN.held_out("less-decay")


@pytest.mark.parametrize("name", trials.ASIDE)
def test_a_step_aside_differs_from_its_rung_by_its_changes(name):
    rung, changes = trials.ASIDE[name]
    assert changes
    assert differences(trials.LADDER[rung], trials.TRIALS[name]) == changes


def test_no_two_trials_have_a_name_or_all_settings_in_common():
    assert len(trials.TRIALS) == len(trials.LADDER) + len(trials.ASIDE)
    assert all(name == recipe.name for name, recipe in trials.TRIALS.items())
    nameless = [json.dumps(replace(recipe, name="").as_dict()) for recipe in trials.TRIALS.values()]
    assert len(set(nameless)) == len(nameless)


@pytest.mark.parametrize("recipe", trials.TRIALS.values(), ids=trials.TRIALS)
def test_a_trial_reads_no_test_digit(recipe, split):
    assert split(recipe) == (range(50_000), range(50_000, 60_000))


@pytest.mark.parametrize("recipe", trials.TRIALS.values(), ids=trials.TRIALS)
def test_a_trial_can_be_called_fit_with(recipe):
    assert recipe.fit_settings()["epochs"] == recipe.epochs
    assert json.loads(json.dumps(recipe.as_dict())) == recipe.as_dict()


def test_a_rung_has_five_seeds_and_a_step_aside_three():
    assert {name: list(trials.seeds(name)) for name in ("shift", "shift-3")} == {
        "shift": [0, 1, 2, 3, 4],
        "shift-3": [0, 1, 2],
    }


# Runs


def test_the_record_of_a_trial_has_the_errors_of_the_runs_with_each_seed(tiny, tmp_path):
    record = trials.run_trial(tiny, [1, 4])
    assert json.loads(json.dumps(record)) == record
    assert record["recipe"] == tiny.as_dict()
    assert (record["n_train"], record["n_test"]) == (60, 20)
    assert {"versions", "commit", "machine"} < set(record)
    for seed, found in zip([1, 4], record["runs"], strict=True):
        alone = records.run(tiny, seed, tmp_path / "alone")
        assert found.pop("seconds") > 0
        kept = ("seed", "train_error", "test_error", "weights_sha256")
        assert found == {name: alone[name] for name in kept}
        assert found["seed"] == seed


def test_the_seconds_of_a_run_are_those_of_all_its_epochs(tiny, monkeypatch):
    whole = dict.fromkeys([*trials.KEPT, "recipe", "versions", "commit", "machine"])
    whole |= {"n_train": 1, "n_test": 1, "history": {"seconds": [0.5, 0.25, 2]}}
    monkeypatch.setattr(trials, "run_unsaved", lambda *args: whole)
    assert trials.run_trial(tiny, [0])["runs"][0]["seconds"] == 2.75


def test_ctrl_c_ends_the_trials_and_leaves_no_record(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "run", lambda *args: None)
    with pytest.raises(KeyboardInterrupt):
        trials.main(["a", "b"])
    assert list(tmp_path.iterdir()) == []


def test_a_trial_leaves_no_weights_behind(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(records.tempfile, "tempdir", str(tmp_path))
    trials.run_trial(tiny, [0])
    assert list(tmp_path.iterdir()) == []


def test_all_trials_without_a_record_are_run(tiny, tmp_path, capsys):
    records.write_json(tmp_path / "a.json", {"kept": True})
    trials.main([])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json"]
    assert trials.load_trial("a", tmp_path) == {"kept": True}
    found = trials.load_trial("b", tmp_path)
    assert found["recipe"]["lr"] == 0.05
    assert [run["seed"] for run in found["runs"]] == [0, 1, 2]
    assert capsys.readouterr().out == f"b {[run['test_error'] for run in found['runs']]}\n"
    trials.main([])
    assert capsys.readouterr().out == ""


def test_a_trial_that_is_named_is_run_again(tiny, tmp_path):
    records.write_json(tmp_path / "a.json", {"kept": False})
    trials.main(["a"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert [run["seed"] for run in trials.load_trial("a", tmp_path)["runs"]] == [0, 1, 2, 3, 4]


# What is written down


def test_a_trial_is_read_from_its_own_folder(tmp_path):
    assert trials.load_trial.__defaults__ == (trials.FOLDER,)
    assert trials.FOLDER == records.RUNS / "held-out"
    with pytest.raises(FileNotFoundError, match=r"no record .*shift\.json; found there: none"):
        trials.load_trial("shift", tmp_path)


@pytest.mark.parametrize("name", COMMITTED)
def test_a_record_of_a_trial_is_complete_and_has_its_settings(name):
    record = trials.load_trial(name)
    shared = {"recipe", "versions", "commit", "machine", "n_train", "n_test", "runs"}
    assert set(record) == shared
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert record["recipe"] == trials.TRIALS[name].as_dict()
    assert (record["n_train"], record["n_test"]) == (50_000, 10_000)
    assert [run["seed"] for run in record["runs"]] == list(trials.seeds(name))
    assert all({*trials.KEPT, "seconds"} == set(run) for run in record["runs"])
    assert len({run["weights_sha256"] for run in record["runs"]}) == len(record["runs"])
