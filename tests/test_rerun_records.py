"""The script that runs the records again: what it takes for chance, and what it says."""

import importlib.util
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from lenet_core import ablation, load_digits, records
from lenet_core.paper import differences
from lenet_core.paper.readings import run_readings
from lenet_core.paper.recipe import Recipe1998
from lenet_core.recipes import EMBEDDED, Recipe


@pytest.fixture
def rerun(monkeypatch, tmp_path):
    """The script as a module; records lie in an empty folder, and recipes have 60 digits."""
    path = Path(__file__).parents[1] / "scripts" / "rerun_records.py"
    spec = importlib.util.spec_from_file_location("rerun_records", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    X, y, X_test, y_test = load_digits()
    monkeypatch.setattr(Recipe, "load", lambda recipe: (X[:60], y[:60], X_test[:20], y_test[:20]))
    monkeypatch.setattr(module, "RUNS", tmp_path)
    monkeypatch.setattr(module, "FOLDER", tmp_path / "held-out")
    monkeypatch.setattr(module, "load_record", lambda name: records.load_record(name, tmp_path))
    held_out = tmp_path / "held-out"
    monkeypatch.setattr(module, "load_trial", lambda name: records.load_record(name, held_out))
    folder = tmp_path / "ablation"
    monkeypatch.setattr(module, "ABLATION", folder)
    monkeypatch.setattr(module, "load_ablation", lambda name: records.load_record(name, folder))
    readings = tmp_path / "1998"
    monkeypatch.setattr(module, "READINGS", readings)
    monkeypatch.setattr(module, "load_reading", lambda name: records.load_record(name, readings))
    variants = tmp_path / "differences"
    monkeypatch.setattr(module, "DIFFERENCES", variants)
    monkeypatch.setattr(module, "load_variant", lambda name: records.load_record(name, variants))
    return module


@pytest.fixture
def record(rerun, tmp_path):
    """A record in that folder, tiny-seed3."""
    more = dict(schedule="cosine", smoothing=0.1, augment={"name": "shift", "pixels": 1})
    return records.run(replace(EMBEDDED, name="tiny", epochs=1, **more), 3, tmp_path)


def changed(tmp_path, record, name="tiny-seed3", **changes):
    records.write_json(tmp_path / f"{name}.json", record | changes)


def test_a_record_run_again_has_the_same_weights(rerun, record, capsys, tmp_path):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert rerun.main(["tiny-seed3"]) == 0
    error = f"{record['test_error']:.2f} %"
    want = f"tiny-seed3: test error {error} recorded, {error} now, the same weights\n"
    assert capsys.readouterr().out == want
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_record_from_before_there_were_schedules_can_be_run_again(rerun, tmp_path):
    record = records.run(replace(EMBEDDED, name="tiny", epochs=1), 3, tmp_path)
    new = ("nesterov", "weight_decay", "schedule", "smoothing", "augment")
    old = {name: value for name, value in record["recipe"].items() if name not in new}
    changed(tmp_path, record, recipe=old)
    assert rerun.main(["tiny-seed3"]) == 0


def test_the_runs_of_a_trial_are_run_again_as_well(rerun, record, capsys, tmp_path):
    kept = {"seed": 3, "test_error": record["test_error"], "weights_sha256": "other"}
    right = kept | {"weights_sha256": record["weights_sha256"]}
    trial = {"recipe": record["recipe"], "n_test": 20, "runs": [right, kept | {"seed": 4}]}
    records.write_json(tmp_path / "held-out" / "tiny.json", trial)
    assert list(rerun.recorded()) == ["tiny-seed3", "held-out/tiny-seed3", "held-out/tiny-seed4"]
    rerun.main(["held-out/tiny-seed3", "held-out/tiny-seed4"])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("held-out/tiny-seed3: ")
    assert first.endswith("the same weights")
    assert "other weights" in second


def test_the_runs_of_an_ablation_are_run_again_as_well(rerun, monkeypatch, capsys, tmp_path):
    X, y, *_ = load_digits()
    few = (X[:60], y[:60], X[60:80], y[60:80])
    monkeypatch.setattr(ablation.Setting, "data", lambda setting: few)
    setting = ablation.Setting(epochs=1, lr=0.05, biases="none", start="he")
    run = ablation.train_once(setting, 2, few)
    shared = {"setting": asdict(setting), "n_test": 20}
    records.write_json(tmp_path / "ablation" / "tiny.json", shared | {"runs": [run]})
    assert list(rerun.recorded()) == ["ablation/tiny-seed2"]
    assert rerun.main(["ablation/tiny-seed2"]) == 0
    assert capsys.readouterr().out.endswith("now, the same weights\n")


def test_the_runs_of_a_reading_are_run_again_as_well(rerun, monkeypatch, capsys, tmp_path):
    few = EMBEDDED.load()  # 60 digits
    monkeypatch.setattr(Recipe1998, "load", lambda recipe: few)
    reading = Recipe1998("tiny", epochs=1, scale=0.05)
    record = run_readings([reading], [2])["tiny"]
    records.write_json(tmp_path / "1998" / "tiny.json", record)
    assert list(rerun.recorded()) == ["1998/tiny-seed2"]
    assert rerun.main([]) == 0
    assert "1998/tiny-seed2" in (out := capsys.readouterr().out)
    assert "the same weights" in out


@pytest.mark.parametrize("name", ["1998", "today"])
def test_the_runs_of_a_variant_are_run_again_as_well(rerun, monkeypatch, capsys, tmp_path, name):
    X, y, *_ = load_digits()
    monkeypatch.setattr(differences, "digits", lambda scaling: (X[:60], y[:60]))
    monkeypatch.setattr(differences, "N_TRAIN", 40)
    monkeypatch.setattr(differences, "HELD_OUT", 20)
    design = differences.VARIANTS[name]
    shared = {"design": asdict(design), "rate": 0.001, "n_test": 20}
    runs = differences.run_seeds(design, 0.001, [2, 3])
    records.write_json(tmp_path / "differences" / "tiny.json", shared | {"runs": runs})
    assert list(rerun.recorded()) == ["differences/tiny-seed2", "differences/tiny-seed3"]
    assert rerun.main([]) == 0
    assert capsys.readouterr().out.count("now, the same weights\n") == 2


def test_a_run_that_is_not_on_record_is_named_before_any_is_run(rerun, record, capsys):
    with pytest.raises(SystemExit, match="no such run: nobody; there are tiny-seed3"):
        rerun.main(["tiny-seed3", "nobody"])
    assert capsys.readouterr().out == ""


OTHERS = {
    "the same error": (0, True),
    "as far as chance allows": (0.999, True),
    "better than chance": (1.001, False),
    "worse than chance": (-1.001, False),
}


@pytest.mark.parametrize(("times", "agree"), OTHERS.values(), ids=OTHERS)
def test_other_weights_may_differ_by_chance(rerun, record, monkeypatch, capsys, times, agree):
    old = record | {"test_error": 1.0, "n_test": 10_000}
    new = old | {"test_error": 1.0 - times * rerun.chance(1.0, 10_000), "weights_sha256": "other"}
    monkeypatch.setattr(rerun, "run_unsaved", lambda *args: new)
    assert rerun.compare("tiny-seed3", old) is agree
    out = capsys.readouterr().out
    assert "test error 1.00 % recorded" in out
    assert f"{new['test_error']:.2f} % now, other weights, 0.42 allowed" in out
    assert out.endswith(": DIFFERENT\n") is not agree


@pytest.mark.parametrize(("names", "ran"), [([], ["a", "b", "c"]), (["c", "a"], ["c", "a"])])
@pytest.mark.parametrize(("differs", "code"), [("nothing", 0), ("a", 1), ("c", 1)])
def test_all_or_the_named_records_are_run_whatever_the_first_came_to(
    rerun, monkeypatch, tmp_path, names, ran, differs, code
):
    for name in "cab":
        changed(tmp_path, {}, name)
    (tmp_path / "speed").mkdir()
    met = []
    monkeypatch.setattr(rerun, "compare", lambda name, old: met.append(name) or name != differs)
    assert rerun.main(names) == code
    assert met == ran


def test_ctrl_c_ends_the_script(rerun, record, monkeypatch):
    monkeypatch.setattr(records, "run", lambda *args: None)
    with pytest.raises(KeyboardInterrupt):
        rerun.main(["tiny-seed3"])


def test_chance_is_three_standard_deviations_of_the_difference_of_two_errors(rerun):
    draws = np.random.default_rng(0).binomial(10_000, 0.01, (2, 200_000)) / 100  # per cent
    assert rerun.chance(1.0, 10_000) == pytest.approx(3 * (draws[0] - draws[1]).std(), rel=0.01)
    assert rerun.chance(50, 200) == pytest.approx(15, rel=1e-15)  # 300 * sqrt(2 / 4 / 200)


def test_no_mistake_at_all_leaves_as_much_to_chance_as_one(rerun):
    assert rerun.chance(0, 1000) == rerun.chance(0.1, 1000) > 0
    assert rerun.chance(0.2, 1000) > rerun.chance(0.1, 1000)
