"""The share of digits to refuse, so that the rest is read with an error of 0.5 % (fig. 10).

The paper refuses first where the scores of the two best classes are nearest to each other.

    python -m lenet_core.paper.rejection

writes `runs/rejection/mnist.json`, for all networks of two recipes, on MNIST's test digits.
"""

import numpy as np

from ..data import data_hash, load_mnist
from ..records import RUNS, load_records, load_trained, provenance, write_json
from ..train import without_trace

FOLDER = RUNS / "rejection"
RECIPES = ("1998", "modern-plain")
AIM = 0.5  # per cent, fig. 10
SHARES = np.arange(0, 10.01, 0.1).round(1)  # per cent refused, for the curve


def outputs(model, X, batch_size=100):
    """Return the outputs of `model` (N, 10): scores, or penalties for LeNet5_1998."""
    model = without_trace(model)
    starts = range(0, len(X), batch_size)
    return np.concatenate([model.forward(X[start : start + batch_size]) for start in starts])


def doubts(model, X, y):
    """Return the gap between the two best classes (N,), and whether the best is wrong (N,)."""
    found = outputs(model, X)
    answers = model.decide(found)
    rows = np.arange(len(X))
    away = np.abs(found - found[rows, answers][:, None])  # from the best class, whichever side
    away[rows, answers] = np.inf
    return away.min(axis=1), answers != y


def accepted_errors(gap, wrong):
    """Return the error in per cent of those that are left once 0, 1, 2 ... digits are refused.

    The smallest gaps go first; entry r of (N,) is the error of the N - r digits left.
    """
    wrong = wrong[np.argsort(gap, kind="stable")]
    left = np.arange(len(wrong), 0, -1)
    return 100 * wrong[::-1].cumsum()[::-1] / left


def share_refused(errors, aim=AIM):
    """Return the smallest share in per cent to refuse, so that the error of the rest is `aim`."""
    reached = np.append(errors <= aim, True)  # nothing is wrong once all are refused
    return 100 * int(np.argmax(reached)) / len(errors)


def measure(model, X, y):
    """Return the share to refuse for an error of 0.5 %, and the error at each of SHARES."""
    errors = accepted_errors(*doubts(model, X, y))
    places = (SHARES / 100 * len(errors)).round().astype(int)
    return {"refused": share_refused(errors), "errors": errors[places].round(4).tolist()}


def main():
    """Measure all networks of RECIPES and write the record."""
    _, _, X, y = load_mnist()
    names = {
        recipe: [f"{recipe}-seed{record['seed']}" for record in load_records(recipe)]
        for recipe in RECIPES
    }
    record = {
        **provenance(),
        "test_sha256": data_hash(X, y),
        "aim": AIM,
        "shares": SHARES.tolist(),
        "networks": {
            recipe: {name: measure(load_trained(name), X, y) for name in of_recipe}
            for recipe, of_recipe in names.items()
        },
    }
    write_json(FOLDER / "mnist.json", record)
    for recipe, found in record["networks"].items():
        print(recipe, [network["refused"] for network in found.values()])


if __name__ == "__main__":
    main()
