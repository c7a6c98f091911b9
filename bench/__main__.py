"""How long an epoch of 60,000 digits takes: the package against PyTorch, in one run.

    python -m bench [ROUNDS]

The ways take turns, so that a busy machine is as unfair to one as to the other; the ratios are
worth more than the seconds. PyTorch is measured where it is installed.
"""

import statistics
import sys
import time

import numpy as np

from lenet_core import SGD, LeNet5
from lenet_core.losses import SoftmaxCrossEntropy
from lenet_core.train import train_one_epoch

DIGITS, BATCH, BATCHES = 60_000, 128, 24
LR = 0.01


def main(rounds=7):
    """Measure every way in turn and print medians, spread and ratios."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(BATCHES * BATCH, 1, 32, 32)).astype(np.float32)
    y = rng.integers(0, 10, len(X))
    ways = {"lenet_core, one thread": lenet_core_way(X, y)} | torch_ways(X, y)
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, epoch in ways.items():
            start = time.perf_counter()
            epoch()
            seconds[name].append((time.perf_counter() - start) * DIGITS / len(X))
    print_table(seconds)


def lenet_core_way(X, y):
    """Return a function that trains on all of X once, as `fit` does."""
    model, loss, optimizer = LeNet5(rng=0), SoftmaxCrossEntropy(), SGD(LR)

    def epoch():
        batches = ((X[i : i + BATCH], y[i : i + BATCH]) for i in range(0, len(X), BATCH))
        train_one_epoch(model, batches, optimizer, loss)

    return epoch


def torch_ways(X, y):
    """Return the same network in PyTorch, in both memory layouts; nothing where it is missing."""
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: pip install torch to compare")
        return {}
    layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
    return {
        f"PyTorch {torch.__version__} eager, {torch.get_num_threads()} threads, {name}": torch_way(
            torch, torch.from_numpy(X), torch.from_numpy(y), layout
        )
        for name, layout in layouts.items()
    }


def torch_way(torch, X, y, layout):
    """Return a function that trains PyTorch's LeNet-5 on all of X once."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Tanh(),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Tanh(),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    ).to(memory_format=layout)  # fmt: skip
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=LR), nn.CrossEntropyLoss()
    X = X.to(memory_format=layout)

    def epoch():
        for i in range(0, len(X), BATCH):
            optimizer.zero_grad()
            loss(model(X[i : i + BATCH]), y[i : i + BATCH]).backward()
            optimizer.step()

    return epoch


def print_table(seconds):
    """Print a line for each way: median, fastest, slowest, and the median ratio to the first."""
    first = next(iter(seconds.values()))
    print(f"seconds for an epoch of {DIGITS:,} digits, batch {BATCH}, {len(first)} rounds")
    print(f"{'way':50} {'median':>7} {'min':>6} {'max':>6}  times the first")
    for name, values in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(first, values, strict=True))
        print(
            f"{name:50} {statistics.median(values):7.2f} {min(values):6.2f} {max(values):6.2f}"
            f"  {ratio:.2f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
