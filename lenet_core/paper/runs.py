"""Many runs side by side, which takes less time than one after the other; see fast.py.

    python -m lenet_core.paper.runs RECIPE SEED [SEED ...]

writes the records that `lenet5 train --recipe RECIPE --seed SEED` writes for each seed, into runs/.
"""

import sys

import numpy as np

from ..records import RUNS, refuse_other_record, write_run
from .recipes import RECIPES_1998
from .train import History1998, train_together


def train_all(recipes, seeds):
    """Train by recipes that share digits and passes, one seed for each.

    Returns
    -------
    models, histories, data : lists of LeNet5_1998 and History1998, and what `load` returned
    """
    first, rngs = recipes[0], [np.random.default_rng(seed) for seed in seeds]
    data = X, y, X_test, y_test = first.load()
    models = [recipe.model(rng) for recipe, rng in zip(recipes, rngs, strict=True)]
    trainees = [
        recipe.trainee(model, len(X), rng)
        for recipe, model, rng in zip(recipes, models, rngs, strict=True)
    ]
    histories = [History1998() for _ in models]
    for of_all in train_together(
        trainees,
        X,
        y,
        passes=first.epochs,
        validation=(X_test, y_test),
    ):
        for history, one in zip(histories, of_all, strict=True):
            history.append(one)
        print(of_all[0].number, [round(one.validation_error, 2) for one in of_all], flush=True)
    return models, histories, data


def main(name, *seeds):
    """Run a recipe with each seed and write the records."""
    recipe, seeds = RECIPES_1998[name], [int(seed) for seed in seeds]
    for seed in seeds:
        refuse_other_record(RUNS / f"{name}-seed{seed}.json", recipe)
    models, histories, data = train_all([recipe] * len(seeds), seeds)
    for seed, model, history in zip(seeds, models, histories, strict=True):
        record = write_run(recipe, seed, model, history, data, RUNS)
        print(name, seed, record["train_error"], record["test_error"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
