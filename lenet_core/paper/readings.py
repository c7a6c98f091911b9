"""Readings of what the paper leaves open, each tried on held-out digits.

They train on the first 50,000 training digits and are judged by the last 10,000. The recipes "1998"
and "1998-distorted" are the best of those without and with distortions; what had been seen before
stands in the chapter "Reproduce 1998".

    python -m lenet_core.paper.readings [NAME ...]

runs readings side by side, all that have no record unless named, and writes
`runs/1998/NAME.json` for each.
"""

import sys
from dataclasses import asdict

from ..data import data_hash
from ..records import RUNS, error, load_record, provenance, to_run, write_json
from ..weights import weights_hash
from .recipe import Recipe1998
from .runs import train_all

FOLDER = RUNS / "1998"
SEEDS = range(3)
SIDE_BY_SIDE = 6  # networks at a time

SHORT = {"epochs": 5}  # enough to see that it does not train
MAP = {"j": 1.0, "memory": "mean"}
TWENTIETH = {**MAP, "scale": 0.05}
CONNECTIONS = {**TWENTIETH, "shared_input": False}


def moved(**ranges):
    """Return the distortions of sec. III-B: all planar affine maps but turns."""
    return {"name": "affine", "degrees": 0, **ranges}


READINGS = {
    name: Recipe1998(name).held_out(name, **changes)
    for name, changes in {
        # app. A and sec. III-B by the letter, and with other starts
        "letter": {"start": "literal", **SHORT},
        "letter-84th": {"start": "literal", "scale": 1 / 84},
        "root": SHORT,
        "unit": {"start": "unit", **SHORT},
        # what becomes of the curvature of earlier passes
        "mean": {"memory": "mean"},
        "largest": {"memory": "largest"},
        # the loss
        "map-newest": {"j": 1.0, **SHORT},
        "map": MAP,
        "map-largest": {"j": 1.0, "memory": "largest"},
        # the factor on the penalties
        "map-half": {**MAP, "scale": 0.5},
        "map-fifth": {**MAP, "scale": 0.2},
        "map-tenth": {**MAP, "scale": 0.1},
        "map-twentieth": TWENTIETH,
        "map-twentieth-newest": {"j": 1.0, "scale": 0.05},
        # one more change to "map-twentieth"
        "map-twentieth-largest": {**TWENTIETH, "memory": "largest"},
        "map-twentieth-unit": {**TWENTIETH, "start": "unit"},
        "map-twentieth-connections": CONNECTIONS,
        "map-twentieth-j-third": {**TWENTIETH, "j": 1 / 3},
        "map-twentieth-j-3": {**TWENTIETH, "j": 3.0},
        "map-thirtieth": {**TWENTIETH, "scale": 1 / 30},
        # distortions, for which the paper gives no ranges
        "distorted-near": {**CONNECTIONS, "augment": moved(scale=0.15, shear=0.15, pixels=2)},
        "distorted-far": {**CONNECTIONS, "augment": moved(scale=0.25, shear=0.3, pixels=3)},
    }.items()
}


def run_readings(recipes, seeds=SEEDS):
    """Run recipes that share digits and passes, with each seed; return {name: record}."""
    pairs = [(recipe, seed) for recipe in recipes for seed in seeds]
    found = {recipe.name: [] for recipe in recipes}
    for start in range(0, len(pairs), SIDE_BY_SIDE):
        some = pairs[start : start + SIDE_BY_SIDE]
        models, histories, data = train_all(*zip(*some, strict=True))
        if histories[0].interrupted:
            raise KeyboardInterrupt
        for (recipe, seed), model, history in zip(some, models, histories, strict=True):
            found[recipe.name].append(outcome(seed, model, history, data))
    X, y, X_held_out, y_held_out = data
    shared = {
        **provenance(),
        "n_train": len(X),
        "n_test": len(X_held_out),
        "train_sha256": data_hash(X, y),
        "test_sha256": data_hash(X_held_out, y_held_out),
    }
    return {
        recipe.name: {"recipe": asdict(recipe), **shared, "runs": found[recipe.name]}
        for recipe in recipes
    }


def outcome(seed, model, history, data):
    """Return what is kept of a run; `test_error` is that of the held-out digits."""
    _, _, X, y = data
    return {
        "seed": seed,
        "history": history.as_dict(),
        "test_error": error(model, X, y),
        "weights_sha256": weights_hash(model),
    }


def load_reading(name, folder=FOLDER):
    """Return the record of a reading as a dict."""
    return load_record(name, folder)


def main(names):
    """Run readings and write their records."""
    alike = {}  # those that can train side by side
    for recipe in map(READINGS.get, to_run("reading", names, READINGS, FOLDER)):
        alike.setdefault((recipe.epochs, recipe.n_digits, recipe.n_test), []).append(recipe)
    for recipes in alike.values():
        for name, record in run_readings(recipes).items():
            write_json(FOLDER / f"{name}.json", record)
            print(name, [run["test_error"] for run in record["runs"]], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
