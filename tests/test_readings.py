"""Readings of the paper's silences: each changes what it says, none sees a test digit."""

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from lenet_core import load_digits
from lenet_core.paper import readings
from lenet_core.paper.recipe import Recipe1998
from lenet_core.paper.recipes import RECIPES_1998

COMMITTED = sorted(path.stem for path in readings.FOLDER.glob("*.json"))
each_record = pytest.mark.parametrize("name", COMMITTED)


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Two readings of one pass over 60 digits, and an empty folder for their records."""
    X, y, X_test, y_test = load_digits()
    few = (X[:60], y[:60], X_test[:20], y_test[:20])
    monkeypatch.setattr(Recipe1998, "load", lambda recipe: few)
    a = Recipe1998("a", epochs=1, scale=0.05)
    both = {"a": a, "b": replace(a, name="b", j=1.0), "c": replace(a, name="c", epochs=2)}
    monkeypatch.setattr(readings, "READINGS", both)
    monkeypatch.setattr(readings, "FOLDER", tmp_path)
    return both


@pytest.mark.parametrize("recipe", readings.READINGS.values(), ids=readings.READINGS)
def test_a_reading_reads_no_test_digit(recipe, split):
    assert split(recipe) == (range(50_000), range(50_000, 60_000))


def test_no_two_readings_have_all_settings_in_common():
    assert all(name == recipe.name for name, recipe in readings.READINGS.items())
    nameless = [
        json.dumps(replace(r, name="").as_dict(), sort_keys=True)
        for r in readings.READINGS.values()
    ]
    assert len(set(nameless)) == len(nameless)


def test_records_tell_of_each_seed_and_are_the_same_in_any_company(tiny, tmp_path):
    together = readings.run_readings([tiny["a"], tiny["b"]], seeds=[0, 1, 2, 3])  # 8: two groups
    alone = readings.run_readings([tiny["b"]], seeds=[3])
    assert together["b"]["runs"][3]["weights_sha256"] == alone["b"]["runs"][0]["weights_sha256"]
    record = together["a"]
    assert json.loads(json.dumps(record)) == record
    assert record["recipe"] == asdict(tiny["a"])
    assert [run["seed"] for run in record["runs"]] == [0, 1, 2, 3]
    assert (record["n_train"], record["n_test"]) == (60, 20)
    for run in record["runs"]:
        assert run["test_error"] == pytest.approx(run["history"]["validation_error"][-1])


def test_all_readings_without_a_record_are_run(tiny, tmp_path, capsys):
    readings.write_json(tmp_path / "a.json", {"kept": True})
    readings.main([])
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["a", "b", "c"]
    assert readings.load_reading("a", tmp_path) == {"kept": True}
    assert len(readings.load_reading("c", tmp_path)["runs"][0]["history"]["loss"]) == 2


def test_an_unknown_reading_is_refused(tiny):
    with pytest.raises(SystemExit, match="no reading d: there are a, b, c"):
        readings.main(["d"])


@each_record
def test_a_record_has_the_settings_of_its_reading(name):
    record = readings.load_reading(name)
    assert record["recipe"] == asdict(readings.READINGS[name])
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert (record["n_train"], record["n_test"]) == (50_000, 10_000)
    assert [run["seed"] for run in record["runs"]] == list(readings.SEEDS)
    for run in record["runs"]:
        assert len(run["history"]["train_error"]) == record["recipe"]["epochs"]
        assert run["test_error"] == pytest.approx(run["history"]["validation_error"][-1])


@pytest.mark.parametrize(("recipe", "distorted"), [("1998", False), ("1998-distorted", True)])
def test_a_recipe_is_the_reading_with_the_lowest_mean_error_on_held_out_digits(recipe, distorted):
    means = {
        name: np.mean([run["test_error"] for run in readings.load_reading(name)["runs"]])
        for name in COMMITTED
        if bool(readings.READINGS[name].augment) is distorted
    }
    best = readings.READINGS[min(means, key=means.get)]
    assert replace(best, name=recipe, n_digits=None, n_test=None) == RECIPES_1998[recipe]
