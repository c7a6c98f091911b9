"""How fast LeNet-5 trains: the steps of the chapter "Make it fast", PyTorch and JAX, in one run.

    python -m bench [--rounds N] [--out FILE] [--quick]

prints tables and writes a record, `out/speed.json`. The one that the chapter reads is written with
`--out runs/speed/epoch.json`, on a machine with PyTorch that nobody else uses. It takes
about six minutes with AVX-512 and half an hour without: leave the machine alone meanwhile. The ways
take turns, so that a change of the machine's pace meets all of them, and ratios are taken round by
round. Rounds in which other processes had more than a tenth of a core are dropped, where the system
tells (Linux).

The digits are MNIST from the folder that LENET_MNIST_DIR names, else random pixels of the same
shape. PyTorch and JAX are measured where they are installed: `pip install torch jax`.
"""

import argparse
import os
import subprocess
import sys

SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # where set, they hold NumPy's BLAS back


def main():
    """Start again without the variables that slow BLAS down; then measure, print and write."""
    if any(name in os.environ for name in SLOWING):
        clean = {name: value for name, value in os.environ.items() if name not in SLOWING}
        sys.exit(subprocess.call([sys.executable, "-m", "bench", *sys.argv[1:]], env=clean))

    from lenet_core.records import write_json  # NumPy reads the variables when imported

    from . import report

    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the speed.")
    parser.add_argument("--rounds", type=int, default=7, help="default 7")
    parser.add_argument("--out", default="out/speed.json", help="file of the record")
    parser.add_argument("--quick", action="store_true", help="with an eighth of the digits")
    options = parser.parse_args()
    record = report.measure(options.rounds, options.quick)
    print(report.text(record))
    write_json(options.out, record)
    print(f"\nwritten: {options.out}")


if __name__ == "__main__":
    main()
