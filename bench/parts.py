"""What else is measured: load, sizes, the limit of the arithmetic, inference, layers."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median

import numpy as np

from lenet_core import SGD, LeNet5, SoftmaxCrossEntropy, fit, get_batches, predict
from lenet_core.blas import one_blas_thread
from lenet_core.fast import PIECE, FastNetwork
from lenet_core.train import gradients

from .load import interleave, medians, one_core_taken, taken
from .ways import BATCH, DIGITS, LR, WAYS, bound, crew_epoch, gflop_per_epoch, start

LOADED = {  # digits: PyTorch can need forty times as long as on a quiet machine
    "clear": 60 * BATCH,
    "fast-1": 120 * BATCH,
    "fast-2": 120 * BATCH,
    "torch": 10 * BATCH,
    "torch-channels-last": 10 * BATCH,
}
SCALED = {"fast-1": 120 * BATCH, "fast-2": 120 * BATCH, "torch-channels-last": 60 * BATCH}
BATCHES = (32, 64, 128, 256, 512, 1024)
IMAGES = (1_000, 4_000, 15_000, 60_000)
WORKERS = (1, 2, 3, 4)
SIDE = 2048  # of the matrices that show what the processor can do
LAYERS = (
    "C1", "C1 tanh", "S2", "S2 tanh", "C3", "C3 tanh", "S4", "S4 tanh", "C5", "C5 tanh",
    "flatten", "F6", "F6 tanh", "output",
)  # fmt: skip


def loaded(epochs, ways, rounds=5):
    """Measure ways while another process has one core; `ways` is what they took without it."""
    keys = [key for key in LOADED if key in epochs]
    busy = {key: (epochs[key][0], min(LOADED[key], epochs[key][1])) for key in keys}
    with one_core_taken():
        seconds = interleave(busy, rounds).seconds
    return {
        key: {
            "seconds": values,
            "median": median(values),
            "times_quiet": median(values) / ways[key]["median"],
        }
        for key, values in seconds.items()
    }


def scaling(X, y):
    """Return the seconds by batch size, number of images and number of workers."""
    by_size = {size: by_batch_size(X, y, size) for size in BATCHES}
    keys = next(iter(by_size.values()))
    return {
        "batch": {key: {size: found[key] for size, found in by_size.items()} for key in keys},
        "images": by_images(X, y),
        "workers": by_workers(X, y),
    }


def by_batch_size(X, y, size):
    """Return {key: seconds of an epoch} with batches of this size."""
    ways = {key: WAYS[key]._replace(digits=n) for key, n in SCALED.items()}
    with contextlib.ExitStack() as stack:
        return medians(start(stack, ways, X, y, size))


def by_images(X, y, rounds=3):
    """Return the seconds of a whole `fit` of one epoch by workers and number of images."""
    seconds = {workers: {} for workers in (1, 2)}
    for n in [n for n in IMAGES if n <= len(X)]:
        for workers, found in seconds.items():
            found[n] = median(taken(partial(fit_once, X, y, workers), n).seconds
                              for _ in range(rounds))  # fmt: skip
    return seconds


def fit_once(X, y, workers, n):
    """Fit a new network to the first n digits for an epoch."""
    fit(LeNet5(rng=0), X[:n], y[:n], epochs=1, optimizer=SGD(LR), workers=workers, progress=False)


def by_workers(X, y):
    """Return {workers: seconds of an epoch}."""
    n = min(240 * BATCH, len(X))
    with contextlib.ExitStack() as stack:
        epochs = {w: (crew_epoch(stack, X, y, BATCH, workers=w), n) for w in WORKERS}
        for epoch, _ in epochs.values():
            epoch(n)
        return medians(epochs)


def limit():
    """Return how fast large products of matrices are, and an epoch that was nothing else."""
    gflop = gflop_per_epoch(LeNet5(rng=0))
    one, two = gflops(1), gflops(2)
    return {
        "gflop_per_epoch": gflop,
        "gflops_one_core": one,
        "gflops_two": two,
        "seconds_one_core": gflop / one,
        "seconds_two": gflop / two,
    }


def gflops(products, repeats=7):
    """Return the billion operations per second of this many large products at a time."""
    a = np.random.default_rng(0).random((SIDE, SIDE), np.float32)
    outs, seconds = [np.empty_like(a) for _ in range(products)], []
    with one_blas_thread(), ThreadPoolExecutor(products) as pool:
        for _ in range(repeats):
            begin = time.perf_counter()
            list(pool.map(partial(np.matmul, a, a), outs))
            seconds.append(time.perf_counter() - begin)
    return products * 2 * SIDE**3 / min(seconds) / 1e9


def prediction(X, repeats=9, n=10_000):
    """Return the seconds that `predict` takes for `n` digits."""
    model = LeNet5(rng=0)
    seconds = [taken(lambda n: predict(model, X[:n]), n).seconds for _ in range(repeats)]
    return {"median": median(seconds), "min": min(seconds), "max": max(seconds)}


def layers(X, y, rounds=3):
    """Return the seconds of an epoch by layer, of the clear layers and of their fast twins."""
    X, y = X[: 120 * BATCH], y[: 120 * BATCH]
    networks = {
        "before": (LeNet5(rng=0), BATCH),
        "after": (bound(FastNetwork(LeNet5(rng=0))), PIECE),
    }
    clocks = {key: clocked(network) for key, (network, _) in networks.items()}
    found = {key: [] for key in networks}
    for _ in range(rounds):
        for key, (network, size) in networks.items():
            clocks[key][:] = 0
            with one_blas_thread():
                for batch in get_batches(X, y, size, rng=0):
                    gradients(network, SoftmaxCrossEntropy(), *batch)
            found[key].append(clocks[key] * DIGITS / len(X))
    return {
        key: layer_rows(networks["before"][0], np.median(values, axis=0))
        for key, values in found.items()
    }


def clocked(network):
    """Let every layer add the seconds of its passes to an array (layer, forward or backward)."""
    clock = np.zeros((len(network.layers), 2))
    for i, layer in enumerate(network.layers):
        for j, name in enumerate(["forward", "backward" if i else "set_grads"]):
            setattr(layer, name, timed(getattr(layer, name), clock[i], j))
    return clock


def timed(function, row, place):
    """Return a function that does the same and adds the seconds that it took to row[place]."""

    def run(x):
        begin = time.perf_counter()
        y = function(x)
        row[place] += time.perf_counter() - begin
        return y

    return run


def layer_rows(model, seconds):
    """Return a dict for each layer: name, kind, and the seconds of both passes."""
    return [
        {"layer": name, "kind": type(layer).__name__, "forward": forward, "backward": backward}
        for name, layer, (forward, backward) in zip(
            LAYERS, model.layers, seconds.tolist(), strict=True
        )
    ]
