"""Draw the picture on the first page, with the network that the embedded digits train.

``python scripts/make_pictures.py``
"""

from pathlib import Path

from lenet_core import load_digits
from lenet_core.plots.network import digit_through_network
from lenet_core.records import load_trained

TARGET = Path(__file__).resolve().parent.parent / "book" / "_static" / "through-the-network.png"
DIGIT = 4  # of the held-out digits, which that network was not trained on: a four


def main():
    """Write the picture."""
    _, _, X_test, _ = load_digits()
    figure = digit_through_network(load_trained("embedded-seed0"), X_test[DIGIT : DIGIT + 1])
    figure.savefig(TARGET, dpi=160, metadata={"Software": None})
    print(f"written: {TARGET.name}")


if __name__ == "__main__":
    main()
