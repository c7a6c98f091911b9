"""Run every record in runs/ again from its own settings, and compare: about half an hour.

    python scripts/rerun_records.py [NAME ...]

NAME, such as full-seed0, picks records. Exits with 1 where an error differs by more than chance
allows. The same bits are only to be expected with the same NumPy on the same kind of processor.
"""

import math
import sys
import tempfile

from lenet_core.recipes import Recipe
from lenet_core.records import RUNS, load_record, run


def main(names):
    """Rerun and compare; return the exit code."""
    names = names or sorted(path.stem for path in RUNS.glob("*.json"))
    return int(not all([compare(name) for name in names]))


def compare(name):
    """Run a record again, print both errors, and tell whether they agree."""
    old = load_record(name)
    with tempfile.TemporaryDirectory() as folder:
        new = run(Recipe(**old["recipe"]), old["seed"], folder)
    if new is None:
        raise KeyboardInterrupt
    same = new["weights_sha256"] == old["weights_sha256"]
    allowed = chance(old["test_error"], old["n_test"])
    agree = same or abs(new["test_error"] - old["test_error"]) <= allowed
    print(
        f"{name}: test error {old['test_error']:.2f} % recorded, {new['test_error']:.2f} % now, "
        f"{'the same weights' if same else f'other weights, {allowed:.2f} allowed'}"
        f"{'' if agree else ': DIFFERENT'}",
        flush=True,
    )
    return agree


def chance(error, n):
    """Return three standard deviations of the difference of two such errors, in per cent."""
    p = max(error, 100 / n) / 100
    return 300 * math.sqrt(2 * p * (1 - p) / n)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
