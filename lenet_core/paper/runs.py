"""Many runs side by side, which takes less time than one after the other; see fast.py.

    python -m lenet_core.paper.runs RECIPE SEED [SEED ...]

writes the records that `lenet5 train --recipe RECIPE --seed SEED` writes for each seed, into runs/.
An interrupted run leaves checkpoints there: the same call goes on from them.
"""

import argparse

import numpy as np

from ..records import RUNS, refuse_other_record, write_run
from .recipe import train_recipes
from .recipes import RECIPES_1998


def train_all(recipes, seeds, checkpoints=None):
    """Train by recipes that share digits and passes, one seed for each.

    Returns
    -------
    models, histories, data : lists of LeNet5_1998 and History1998, and what `load` returned
    """
    rngs = [np.random.default_rng(seed) for seed in seeds]
    data = X, y, X_test, y_test = recipes[0].load()
    models = [recipe.model(rng) for recipe, rng in zip(recipes, rngs, strict=True)]
    histories = train_recipes(
        recipes,
        models,
        X,
        y,
        rngs=rngs,
        validation=(X_test, y_test),
        checkpoints=checkpoints or [None] * len(seeds),
    )
    return models, histories, data


def run_all(recipe, seeds, out=RUNS):
    """Run a recipe with each seed and write the records; return them, None if interrupted."""
    checkpoints = [out / f"{recipe.name}-seed{seed}.checkpoint.npz" for seed in seeds]
    for seed in seeds:
        refuse_other_record(out / f"{recipe.name}-seed{seed}.json", recipe)
    models, histories, data = train_all([recipe] * len(seeds), seeds, checkpoints)
    if histories[0].interrupted:
        return None
    runs = zip(seeds, models, histories, strict=True)
    records = [write_run(recipe, seed, model, history, data, out) for seed, model, history in runs]
    for path in checkpoints:
        path.unlink()
    return records


def main(arguments=None):
    """Run a recipe with each seed, and print the errors."""
    parser = argparse.ArgumentParser(prog="python -m lenet_core.paper.runs")
    parser.add_argument("recipe", choices=RECIPES_1998)
    parser.add_argument("seeds", type=int, nargs="+", metavar="SEED")
    options = parser.parse_args(arguments)
    records = run_all(RECIPES_1998[options.recipe], options.seeds)
    if records is None:
        raise SystemExit("interrupted: the same call goes on after the last finished pass")
    for record in records:
        print(f"seed {record['seed']}: test error {record['test_error']:.2f} %")


if __name__ == "__main__":
    main()
