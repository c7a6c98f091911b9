"""The command python -m lenet_core, run as a user runs it."""

import json
import os
import re
import subprocess
import sys

import pytest

from lenet_core import load_digits
from lenet_core.__main__ import LOADERS, main
from lenet_core.paper.recipes import RECIPES_1998
from lenet_core.records import load_record


def lenet5(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "lenet_core", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One epoch on the embedded digits: (the finished process, its folder)."""
    out = tmp_path_factory.mktemp("out")
    return lenet5("train", "--data", "digits", "--epochs", 1, "--seed", 5, "--out", out), out


def test_train_prints_a_table_and_writes_weights_and_record(trained):
    done, out = trained
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no progress bar where nobody watches
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["epoch", "loss"]
    assert lines[1].split()[0] == "1"
    assert sorted(p.name for p in out.iterdir()) == ["custom-seed5.json", "custom-seed5.npz"]
    record = json.loads((out / "custom-seed5.json").read_text(encoding="utf-8"))
    assert (record["seed"], record["recipe"]["epochs"], record["n_train"]) == (5, 1, 4000)


def test_evaluate_prints_the_errors_of_the_record(trained):
    _, out = trained
    record = json.loads((out / "custom-seed5.json").read_text(encoding="utf-8"))
    done = lenet5("evaluate", out / "custom-seed5.npz")
    assert f"error {record['test_error']:.2f} % of 1,000" in done.stdout
    assert f"error {record['train_error']:.2f} % of 4,000" in done.stdout


def test_info_prints_the_network_and_the_recipes():
    done = lenet5("info")
    assert done.returncode == 0
    assert "61,706" in done.stdout
    assert "'name': 'classic'" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "missing.npz"], "there is no file missing.npz"),
        (["train", "--epochs", "0"], "epochs must be a whole number of at least 1, got 0"),
        (["train", "--data", "mnist", "--out", "x"], "LENET_MNIST_DIR"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_1(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LENET_MNIST_DIR", "nowhere")
    assert main(arguments) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_weight_file_is_named(tmp_path, capsys):
    path = tmp_path / "w.npz"
    path.write_bytes(b"PK\x03\x04 damaged")
    assert main(["evaluate", str(path)]) == 1
    assert f"{path}: expected an .npz file" in capsys.readouterr().err


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("lenet_core.__main__.run", lambda *args: None)
    assert main(["train", "--out", str(tmp_path)]) == 130
    assert "the same command goes on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "recipe"),
    [([], "embedded"), (["--data", "mnist"], "full"), (["--recipe", "classic"], "classic")],
)
def test_the_recipe_follows_from_the_data(arguments, recipe, monkeypatch):
    asked = []
    monkeypatch.setattr("lenet_core.__main__.run", lambda r, seed, out: asked.append(r.name))
    main(["train", *arguments])
    assert asked == [recipe]


def test_the_table_shows_the_columns_of_the_record(trained):
    done, out = trained
    record = json.loads((out / "custom-seed5.json").read_text(encoding="utf-8"))
    history = record["history"]
    shown = [float(number) for number in done.stdout.splitlines()[1].split()[1:4]]
    names = ("loss", "train_error", "validation_error")
    assert shown == pytest.approx([history[name][0] for name in names], abs=0.005)


def test_the_seed_reaches_the_run(monkeypatch):
    asked = []
    monkeypatch.setattr("lenet_core.__main__.run", lambda recipe, seed, out: asked.append(seed))
    main(["train", "--seed", "17"])
    assert asked == [17]


def test_the_head_of_the_table_and_the_last_line_tell_train_from_test(trained):
    done, out = trained
    record = json.loads((out / "custom-seed5.json").read_text(encoding="utf-8"))
    lines = done.stdout.splitlines()
    assert re.findall("train|test", lines[0]) == ["train", "test"]
    assert lines[2] == (
        f"custom, seed 5: error {record['train_error']:.2f} % of 4,000 training digits, "
        f"{record['test_error']:.2f} % of 1,000 test digits"
    )


def test_evaluate_takes_the_data_asked_for(trained, monkeypatch, capsys):
    X, y, X_test, y_test = load_digits()
    monkeypatch.setitem(LOADERS, "mnist", lambda: (X[:30], y[:30], X_test[:20], y_test[:20]))
    assert main(["evaluate", str(trained[1] / "custom-seed5.npz"), "--data", "mnist"]) == 0
    assert re.findall("of (.*)", capsys.readouterr().out) == ["30", "20"]


def test_ctrl_c_outside_training_ends_with_130(monkeypatch, capsys):
    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("lenet_core.__main__.read_arrays", stop)
    assert main(["evaluate", "w.npz"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_loss_that_is_no_number_is_one_line_and_exit_code_1(monkeypatch, capsys):
    def diverge(*args):
        raise FloatingPointError("the loss became nan: try a smaller learning rate")

    monkeypatch.setattr("lenet_core.__main__.run", diverge)
    assert main(["train"]) == 1
    err = capsys.readouterr().err
    assert err == "lenet5: the loss became nan: try a smaller learning rate\n"


def test_a_recipe_of_1998_is_trained_and_its_weights_evaluated(tmp_path, capsys):
    command = ["train", "--recipe", "1998", "--data", "digits", "--epochs", "1"]
    assert main([*command, "--out", str(tmp_path)]) == 0
    record = load_record("custom-seed0", tmp_path)
    assert record["recipe"]["memory"] == RECIPES_1998["1998"].memory
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "custom-seed0.npz")]) == 0
    assert f"{record['test_error']:.2f} % of 1,000" in capsys.readouterr().out
