"""Run every record of a training run in runs/ again, and compare: some hours on two cores.

    python scripts/rerun_records.py [NAME ...]

NAME, such as full-seed0, held-out/shift-seed0 or 1998/map-fifth-seed0, picks runs. Exits with 1
where an error differs by more than chance allows. The same bits are only to be expected with the
same NumPy on the same kind of processor.
"""

import math
import sys

from lenet_core.ablation import FOLDER as ABLATION
from lenet_core.ablation import Setting, load_ablation, train_once
from lenet_core.paper.differences import FOLDER as DIFFERENCES
from lenet_core.paper.differences import design_of, load_variant, run_seeds
from lenet_core.paper.readings import FOLDER as READINGS
from lenet_core.paper.readings import load_reading
from lenet_core.records import RUNS, load_record, recipe_of, run_unsaved
from lenet_core.trials import FOLDER, load_trial


def main(names):
    """Rerun and compare; return the exit code."""
    known = recorded()
    if unknown := set(names) - set(known):
        raise SystemExit(f"no such run: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return int(not all([compare(name, known[name]) for name in names or known]))


def recorded():
    """Return {name: record}: the runs with weights, and those that only have their errors."""
    runs = {path.stem: load_record(path.stem) for path in sorted(RUNS.glob("*.json"))}
    loaders = {
        FOLDER: load_trial,
        ABLATION: load_ablation,
        READINGS: load_reading,
        DIFFERENCES: load_variant,
    }
    for folder, load in loaders.items():
        for path in sorted(folder.glob("*.json")):
            shared = load(path.stem)
            for run in shared["runs"]:
                runs[f"{folder.name}/{path.stem}-seed{run['seed']}"] = shared | run
    return runs


def run_again(old):
    """Return what the run of a record comes to now."""
    if "setting" in old:
        setting = Setting(**old["setting"])
        return train_once(setting, old["seed"], setting.data())
    if "design" in old:
        (run,) = run_seeds(design_of(old), old["rate"], [old["seed"]])
        return run
    return run_unsaved(recipe_of(old), old["seed"])


def compare(name, old):
    """Run a record again, print both errors, and tell whether they agree."""
    new = run_again(old)
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
