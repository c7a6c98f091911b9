"""The command: python -m lenet_core train | evaluate | info (also: lenet5)."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from .data import load_digits, load_mnist
from .model import LeNet5, layer_table
from .paper import LeNet5_1998
from .paper.recipes import RECIPES_1998
from .recipes import RECIPES
from .records import error, run, versions
from .weights import load_weights, read_arrays

LOADERS = {"digits": load_digits, "mnist": load_mnist}
ALL_RECIPES = RECIPES | RECIPES_1998


def main(arguments=None):
    """Run the command; return its exit code: 0, 1 for bad input, 130 after Ctrl-C."""
    options = parser().parse_args(arguments)
    try:
        return options.command(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (ValueError, OSError, FloatingPointError) as problem:
        print(f"lenet5: {problem}", file=sys.stderr)
        return 1


def parser():
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="lenet5", description="LeNet-5 from scratch, in NumPy.")
    commands = top.add_subparsers(required=True, metavar="train | evaluate | info")

    train = commands.add_parser("train", help="train by a recipe; write weights and a record")
    train.add_argument("--recipe", choices=ALL_RECIPES, help="default: embedded, or full for mnist")
    train.add_argument("--data", choices=LOADERS, help="the embedded 5,000 digits, or all of MNIST")
    train.add_argument("--epochs", type=int, help="passes over the data instead of the recipe's")
    train.add_argument("--seed", type=int, default=0, help="default: 0")
    train.add_argument("--out", type=Path, default=Path("out"), help="a folder; default: out")
    train.set_defaults(command=train_command)

    evaluate = commands.add_parser("evaluate", help="print the error of saved weights")
    evaluate.add_argument("weights", type=Path, help="an .npz file that train wrote")
    evaluate.add_argument("--data", choices=LOADERS, default="digits", help="default: digits")
    evaluate.set_defaults(command=evaluate_command)

    info = commands.add_parser("info", help="print the network, the recipes and what is installed")
    info.set_defaults(command=info_command)
    return top


def train_command(options):
    """Train, print the history as a table, and say where weights and record lie."""
    recipe = ALL_RECIPES[options.recipe or ("full" if options.data == "mnist" else "embedded")]
    recipe = recipe.changed(data=options.data, epochs=options.epochs)
    record = run(recipe, options.seed, options.out)
    if record is None:
        print("interrupted: the same command goes on after the last finished epoch")
        return 130
    print_history(record["history"])
    print(
        f"{recipe.name}, seed {options.seed}: error {record['train_error']:.2f} % of "
        f"{record['n_train']:,} training digits, {record['test_error']:.2f} % of "
        f"{record['n_test']:,} test digits"
    )
    print(f"written: {options.out / recipe.name}-seed{options.seed}.json and .npz")
    return 0


def print_history(history):
    """Print a line for each epoch."""
    print("epoch     loss  train error %  test error %  seconds")
    columns = ("loss", "train_error", "validation_error", "seconds")
    for number, row in enumerate(zip(*(history[name] for name in columns), strict=True), 1):
        print("{:5d} {:8.4f} {:14.2f} {:13.2f} {:8.1f}".format(number, *row))


def evaluate_command(options):
    """Print the error of saved weights on the training and the test digits."""
    model = LeNet5_1998(rng=0) if "2.w" in read_arrays(options.weights) else LeNet5(rng=0)
    load_weights(model, options.weights)
    X, y, X_test, y_test = LOADERS[options.data]()
    print(f"training digits: error {error(model, X, y):.2f} % of {len(X):,}")
    print(f"test digits:     error {error(model, X_test, y_test):.2f} % of {len(X_test):,}")
    return 0


def info_command(options):
    """Print the layers with shapes and parameters, the recipes, the data and the versions."""
    model = LeNet5(rng=0)
    print("layer       output shape    parameters")
    for name, shape, n_params in layer_table(model, np.zeros((1, 1, 32, 32), np.float32)):
        print(f"{name:10}  {shape!s:14}  {n_params:>10,}")
    print(f"{'total':26}  {model.n_params:>10,}\n")
    for recipe in ALL_RECIPES.values():
        print(f"recipe {recipe.as_dict()}")
    print(f"\nLENET_MNIST_DIR: {os.environ.get('LENET_MNIST_DIR', 'not set')}")
    print(", ".join(f"{name} {number}" for name, number in versions().items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
