"""Pick the test digits that the networks of the recipe "modern" misread, for the page about them.

``LENET_MNIST_DIR=... python scripts/pick_mistakes.py`` reads their records and MNIST, and writes
the pixels of these digits alone into runs/mistakes.npz.
"""

import numpy as np

from lenet_core import load_mnist
from lenet_core.records import RUNS, load_records
from lenet_core.weights import write_arrays


def main():
    """Write the places of the digits in MNIST's test set (N,), and X (N, 1, 32, 32) as bytes."""
    mistakes = [record["test_mistakes"] for record in load_records("modern")]
    places = np.unique([place for of_one in mistakes for place, _, _ in of_one])
    _, _, X_test, _ = load_mnist(scaling="unit")
    pixels = np.rint(255 * X_test[places]).astype(np.uint8)
    write_arrays(RUNS / "mistakes.npz", {"places": places, "X": pixels})
    print(f"written: mistakes.npz, {len(places)} digits")


if __name__ == "__main__":
    main()
