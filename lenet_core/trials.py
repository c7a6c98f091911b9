"""Trials on held-out digits: the ladder of the chapter "Go from 93 to 99.5", and its side steps.

They train on the first 50,000 training digits and are judged by the last 10,000. Every choice
behind the recipes "modern-plain" and "modern" was made by such runs, before their test error was
read; the trials repeat the way there with several seeds.

    python -m lenet_core.trials [NAME ...]

runs trials, all that have no record unless named, and writes `runs/held-out/NAME.json` for each.
"""

import sys
from dataclasses import replace

from .recipes import CLASSIC, MODERN, MODERN_PLAIN
from .records import RUNS, load_record, run_unsaved, to_run, write_json

FOLDER = RUNS / "held-out"
SHIFT = {"name": "shift", "pixels": 2}
KEPT = ("seed", "train_error", "test_error", "weights_sha256")  # of the record of a run


def climb(recipe, rungs):
    """Return {name: recipe}: each rung has the settings of the one below, but for its changes."""
    found = {}
    for name, changes in rungs.items():
        recipe = found[name] = replace(recipe.held_out(name), **changes)
    return found


LADDER = climb(
    CLASSIC,
    {
        "all-digits": {"epochs": MODERN_PLAIN.epochs},
        "momentum": {"momentum": 0.9, "nesterov": True},
        "start": {"weight_gain": 1.0},
        "one-cycle": {"schedule": "one_cycle", "lr": 0.1, "batch_size": 64},
        "decay": {"weight_decay": MODERN_PLAIN.weight_decay},
        "smoothing": {"smoothing": MODERN_PLAIN.smoothing},
        "shift": {"augment": SHIFT},
        "long": {"epochs": MODERN.epochs},
        "affine": {"augment": MODERN.augment},
        "less-decay": {"weight_decay": MODERN.weight_decay},
    },
)


ASIDE = {  # the rung that each is to be compared with, and what it changes
    "rate-doubled": ("shift", {"lr": 0.2}),
    "rate-halved": ("shift", {"lr": 0.05}),
    "no-decay": ("shift", {"weight_decay": 0.0}),
    "shift-1": ("shift", {"augment": SHIFT | {"pixels": 1}}),
    "shift-3": ("shift", {"augment": SHIFT | {"pixels": 3}}),
    "affine-short": ("shift", {"augment": MODERN.augment}),
    "sharp": ("less-decay", {"smoothing": 0.0}),
}
TRIALS = LADDER | {
    name: replace(LADDER[rung], name=name, **changes) for name, (rung, changes) in ASIDE.items()
}


def seeds(name):
    """Return the seeds of a trial: five for a rung, three for a step aside."""
    return range(5 if name in LADDER else 3)


def run_trial(recipe, seeds):
    """Run a trial with each seed; return its record."""
    records = [run_unsaved(recipe, seed) for seed in seeds]
    last = records[-1]
    runs = [
        {name: record[name] for name in KEPT} | {"seconds": sum(record["history"]["seconds"])}
        for record in records
    ]
    shared = {name: last[name] for name in ("recipe", "versions", "commit", "machine")}
    return shared | {"n_train": last["n_train"], "n_test": last["n_test"], "runs": runs}


def load_trial(name, folder=FOLDER):
    """Return the record of a trial, such as "shift", as a dict.

    "runs" has a dict for each seed; its `test_error`, in per cent, is that of the held-out digits.
    """
    return load_record(name, folder)


def main(names):
    """Run trials and write their records."""
    for name in to_run("trial", names, TRIALS, FOLDER):
        record = run_trial(TRIALS[name], seeds(name))
        write_json(FOLDER / f"{name}.json", record)
        print(name, [r["test_error"] for r in record["runs"]], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
