"""Measure how far MNIST's test digits may move, turn, grow or be speckled before networks fail.

``LENET_MNIST_DIR=... python scripts/measure_robustness.py`` takes the networks recorded in runs/,
trains nothing, and writes runs/robustness/mnist.json: about a quarter of an hour on one core.
"""

from lenet_core import load_mnist
from lenet_core.records import write_json
from lenet_core.robustness import FOLDER, measure


def main():
    """Measure, and write the record."""
    _, _, X, y = load_mnist()
    write_json(FOLDER / "mnist.json", measure(X, y))
    print(f"written: {FOLDER.name}/mnist.json")


if __name__ == "__main__":
    main()
