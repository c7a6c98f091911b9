"""The whole run: what is measured, as one record, and as text."""

import contextlib
import math
from statistics import median

from lenet_core.records import git_commit

from . import parts
from .load import interleave
from .machine import all_versions, describe, digits
from .memory import peak
from .tried import ratio, tried
from .ways import BATCH, DIGITS, WAYS, start

BASE = "fast-2"
QUICK = 60 * BATCH  # digits


def measure(rounds, quick=False):
    """Measure everything and return the record; `quick` takes an eighth of the digits."""
    X, y, pixels = digits()
    if quick:
        X, y = X[:QUICK], y[:QUICK]
    record = {"machine": describe(), "versions": all_versions(), "commit": git_commit()}
    record |= measure_ways(X, y, pixels, rounds)
    for name, part in {
        "scaling": lambda: parts.scaling(X, y),
        "limit": parts.limit,
        "predict_10000": lambda: parts.prediction(X),
        "memory": peak,
        "layers": lambda: parts.layers(X, y),
        "tried": lambda: tried(X, y, rounds),
    }.items():
        say(name)
        record[name] = part()
    return tidy(record)


def measure_ways(X, y, pixels, rounds):
    """Measure the ways with the machine to themselves, then some with one core taken."""
    with contextlib.ExitStack() as stack:
        say("starting the ways")
        epochs = start(stack, WAYS, X, y)
        say(f"{rounds} rounds of {len(epochs)} ways")
        measured = interleave(epochs, rounds)
        ways = ways_record(measured.seconds)
        say("with one core taken by another process")
        loaded = parts.loaded(epochs, ways)
    settings = {
        "digits": DIGITS,
        "batch": BATCH,
        "rounds": rounds,
        "dropped": measured.dropped,
        "load": measured.load,
        "pixels": pixels,
        "measured_digits": {key: n for key, (_, n) in epochs.items()},
    }
    return {"settings": settings, "ways": ways, "loaded": loaded}


def say(text):
    """Print at once what is measured now."""
    print(f"... {text}", flush=True)


def ways_record(seconds):
    """Return the statistics of each way; `ratio` is the median of its ratios to BASE, by round."""
    return {
        key: {
            "label": WAYS[key].label,
            "seconds": values,
            "median": median(values),
            "min": min(values),
            "max": max(values),
            "ratio": ratio(values, seconds[BASE]),
        }
        for key, values in seconds.items()
    }


def tidy(value):
    """Round all numbers with a fraction to four digits, and turn all keys into strings."""
    if isinstance(value, dict):
        return {str(key): tidy(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(entry) for entry in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.4g}")
    return value


def text(record):
    """Return the record as tables."""
    return "\n\n".join(
        "\n".join(lines)
        for lines in [
            ways_lines(record),
            loaded_lines(record),
            *scaling_lines(record["scaling"]),
            other_lines(record),
            layer_lines(record["layers"]),
            tried_lines(record["tried"]),
        ]
    )


def ways_lines(record):
    """Return the table of the ways."""
    settings = record["settings"]
    return [
        f"Seconds for an epoch of {settings['digits']:,} digits ({settings['pixels']}), "
        f"batch {settings['batch']}",
        f"{settings['rounds']} rounds, {settings['dropped']} dropped; load: {settings['load']}",
        f"{'way':36} {'median':>8} {'min':>8} {'max':>8}  times {BASE}",
        *[
            f"{way['label']:36} {way['median']:8.4g} {way['min']:8.4g} {way['max']:8.4g}"
            f"  {way['ratio']:.4g}"
            for way in record["ways"].values()
        ],
    ]


def loaded_lines(record):
    """Return the table of the ways with one core taken."""
    return [
        f"{'With one core taken':36} {'median':>8}  times quiet",
        *[
            f"{record['ways'][key]['label']:36} {way['median']:8.4g}  {way['times_quiet']:.3g}"
            for key, way in record["loaded"].items()
        ],
    ]


def scaling_lines(scaling):
    """Return three tables: by batch size, by number of images, by workers."""
    batch, images, workers = scaling["batch"], scaling["images"], scaling["workers"]
    return [
        columns("Batch size", next(iter(batch.values())), batch),
        columns("Images in a fit", images["1"], {f"workers={w}": s for w, s in images.items()}),
        columns("Workers", workers, {"seconds": workers}),
    ]


def columns(title, heads, rows):
    """Return a table with a column for each of `heads`; rows is {name: {head: value}}."""
    return [
        f"{name:20}" + "".join(f" {value:>8}" for value in values)
        for name, values in [(title, heads), *((name, r.values()) for name, r in rows.items())]
    ]


def other_lines(record):
    """Return the single numbers."""
    limit, memory = record["limit"], record["memory"]
    return [
        f"Products of an epoch: {limit['gflop_per_epoch']} GFLOP; one core computes "
        f"{limit['gflops_one_core']} GFLOP/s, two {limit['gflops_two']}",
        f"An epoch of nothing else: {limit['seconds_one_core']} s, with two cores "
        f"{limit['seconds_two']} s",
        f"predict of 10,000 digits: {record['predict_10000']['median']} s",
        f"Memory above the data: {memory['peak_mib_above_data']} MiB ({memory['how']})",
    ]


def layer_lines(layers):
    """Return the table of the layers."""
    lines = [f"{'Layer':12} {'clear: fwd':>10} {'bwd':>8} {'fast: fwd':>10} {'bwd':>8}"]
    for before, after in zip(layers["before"], layers["after"], strict=True):
        lines.append(
            f"{before['layer']:12} {before['forward']:10.4f} {before['backward']:8.4f} "
            f"{after['forward']:10.4f} {after['backward']:8.4f}"
        )
    return lines


def tried_lines(tried):
    """Return the table of what did not help."""
    return [f"{'Tried':42} time of the way that it would replace"] + [
        f"{change['label']:42} × {change['ratio']:.3g}" for change in tried.values()
    ]
