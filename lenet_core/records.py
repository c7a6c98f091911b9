"""Run records: what a training run was made of and what it came to, as JSON beside its weights."""

import json
import os
import platform
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import __version__
from .data import data_hash
from .paper.recipe import Recipe1998
from .recipes import Recipe
from .train import evaluate, predict
from .weights import load_known, save_weights, weights_hash, whole_file

RUNS = Path(__file__).resolve().parent.parent / "runs"  # committed in the repository


def run(recipe, seed, out, progress=None):
    """Train by a recipe; write `NAME-seedS.npz` and then `NAME-seedS.json` into the folder `out`.

    An interrupted run leaves `NAME-seedS.checkpoint.npz` there: the same call goes on from it.

    Parameters
    ----------
    recipe : Recipe or Recipe1998
    seed : int; draws the starting weights and the order of the digits
    out : path of a folder, made if need be
    progress : bool, as in `fit`

    Returns
    -------
    dict
        The record; None if the run was interrupted. `train_error` and `test_error` are in per
        cent, with the final weights; those in the history are `fit`'s. `test_mistakes` has
        [place, label, answer] of each test digit that is misread.
    """
    if seed < 0:
        raise ValueError(f"seed must be a whole number of at least 0, got {seed}")
    rng, stem = np.random.default_rng(seed), Path(out) / f"{recipe.name}-seed{seed}"
    refuse_other_record(stem.with_suffix(".json"), recipe)
    X, y, X_test, y_test = recipe.load()
    model, checkpoint = recipe.model(rng), stem.with_name(f"{stem.name}.checkpoint.npz")
    history = recipe.train(
        model,
        X,
        y,
        rng=rng,
        validation=(X_test, y_test),
        checkpoint=checkpoint,
        progress=progress,
    )
    if history.interrupted:
        return None
    record = write_run(recipe, seed, model, history, (X, y, X_test, y_test), out)
    checkpoint.unlink()
    return record


def write_run(recipe, seed, model, history, data, out):
    """Write weights and record of a finished run into the folder `out`; return the record."""
    X, y, X_test, y_test = data
    stem = Path(out) / f"{recipe.name}-seed{seed}"
    record = {
        "recipe": recipe.as_dict(),
        "seed": seed,
        **provenance(),
        "n_train": len(X),
        "n_test": len(X_test),
        "history": history.as_dict(),
        "train_error": error(model, X, y),
        "test_error": error(model, X_test, y_test),
        "test_mistakes": mistakes(model, X_test, y_test),
        "weights_sha256": weights_hash(model),
        "train_sha256": data_hash(X, y),
        "test_sha256": data_hash(X_test, y_test),
    }
    save_weights(model, stem.with_suffix(".npz"))
    write_json(stem.with_suffix(".json"), record)
    return record


def run_unsaved(recipe, seed):
    """Train by a recipe and return the record: no file is kept, and Ctrl-C is not held back."""
    with tempfile.TemporaryDirectory() as folder:
        record = run(recipe, seed, folder)
    if record is None:
        raise KeyboardInterrupt
    return record


def refuse_other_record(path, recipe):
    """Refuse to write over the record of other settings."""
    if path.exists() and load_record(path.stem, path.parent)["recipe"] != recipe.as_dict():
        raise ValueError(f"{path} is the record of other settings: give another folder")


def error(model, X, y):
    """Return the error of `model` in per cent."""
    return round(100 * (1 - evaluate(model, X, y)), 6)


def mistakes(model, X, y):
    """Return a list [place, label, answer] for each sample that `model` gets wrong."""
    answers = predict(model, X)
    places = np.flatnonzero(answers != y)
    return np.stack([places, y[places], answers[places]], axis=1).tolist()


def load_record(name, folder=RUNS):
    """Return the record `name`, such as "full-seed0", as a dict."""
    path = Path(folder) / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in Path(folder).glob("*.json"))) or "none"
        raise FileNotFoundError(
            f"no record {path}; found there: {known}. The records lie in the repository of the "
            "book, not in the installed package"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def load_records(recipe, folder=RUNS):
    """Return all records of a recipe's name, by seed."""
    paths = Path(folder).glob(f"{recipe}-seed*.json")
    records = [load_record(path.stem, folder) for path in paths]
    if not records:
        load_record(f"{recipe}-seed0", folder)  # says what is there instead
    return sorted(records, key=lambda record: record["seed"])


def to_run(kind, names, known, folder):
    """Return `names`, or without any those of `known` that have no record in `folder`.

    A name that is not known ends the program with a message that calls it no `kind`.
    """
    if unknown := set(names) - set(known):
        raise SystemExit(f"no {kind} {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    return names or [name for name in known if not (folder / f"{name}.json").exists()]


def load_speed(folder=RUNS / "speed"):
    """Return the record of the speed measurements, which `python -m bench` writes."""
    return load_record("epoch", folder)


def load_trained(name, folder=RUNS):
    """Return the network whose weights lie beside the record `name`, after a look at their hash."""
    record = load_record(name, folder)
    model = recipe_of(record).model(np.random.default_rng(0))
    load_known(model, Path(folder) / f"{name}.npz", record["weights_sha256"])
    return model


def recipe_of(record):
    """Return the recipe of a run's record: one of 1998 has a `mu`."""
    settings = record["recipe"]
    return (Recipe1998 if "mu" in settings else Recipe)(**settings)


def write_json(path, record):
    """Write a record, whole or not at all."""
    with whole_file(path) as file:
        file.write((json.dumps(record, indent=1) + "\n").encode())


def provenance():
    """Return what every record tells of its making: versions, commit and machine."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    return {"versions": versions(), "commit": git_commit(), "machine": machine}


def versions():
    """Return the versions that a result may depend on."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "lenet_core": __version__,
    }


def git_commit():
    """Return the commit of the code, with "-dirty" after changes; None outside its repository."""
    try:
        if _git("ls-files", "--error-unmatch", __file__) is None:  # installed, not checked out
            return None
        return _git("rev-parse", "HEAD") + ("-dirty" if _git("status", "--porcelain", ".") else "")
    except (OSError, TypeError):  # no git on this machine, or no commit yet
        return None


def _git(*arguments):
    """Return what a git command prints about this package, or None if it fails."""
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
