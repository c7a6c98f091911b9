"""What did not help: small changes to the fast twins and the crew, measured against them."""

import contextlib
import copy
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median
from typing import NamedTuple
from unittest import mock

import numpy as np
from threadpoolctl import threadpool_limits

from lenet_core import fast, train

from .load import interleave
from .ways import BATCH, crew_epoch


class ThreadCrew(fast.Crew):
    """A crew of two threads of one process; both take pieces until none is left."""

    def __enter__(self):
        """Make what the second thread computes with."""
        super().__enter__()
        network, loss = fast.FastNetwork(self.model), copy.copy(self.loss)
        self.second = fast.Share(network, loss, self.board, self.share.lock)
        self.pool = ThreadPoolExecutor(1)
        return self

    def __exit__(self, *problem):
        """End the second thread."""
        self.pool.shutdown()
        super().__exit__(*problem)

    def _wake(self):
        self.running = self.pool.submit(self.second.compute)

    def _wait(self, n, done):
        self.running.result()


def set_grads_in_one_product(self, dy):
    """Set the gradients of FastConv2D without cutting the window pixels into two halves."""
    dy = fast.as_rows(dy.transpose(2, 1, 3, 0))  # (OH, out, OW*N)
    np.matmul(dy, self.windows.transpose(0, 2, 1), out=self.products)
    np.add.reduce(self.products, axis=0, out=fast.in_rows(self.grads["W"]))
    np.einsum("hop->o", dy, out=self.grads["b"])


def forward_by_mean(self, x):
    """Pool as FastAvgPool2D does, but with one mean over both axes of the windows."""
    self.make_arrays(x)
    oh, c, ow, n = self.y.shape
    x = x.transpose(2, 1, 3, 0).reshape(oh, -1, c, ow, self.pool_size[1], n)
    np.mean(x, axis=(1, 4), out=self.y)
    return self.y.transpose(3, 1, 0, 2)


def two_blas_threads():
    """Give BLAS two threads."""
    return threadpool_limits(limits=2, user_api="blas")


class Change(NamedTuple):
    """A change, the way that it would replace, and what it puts into which place."""

    label: str
    base: str
    place: object
    name: str
    value: object


CONV, POOL = fast.FastConv2D, fast.FastAvgPool2D
CHANGES = {
    "pieces-16": Change("pieces of 16 digits, not 32", "fast-1", fast, "PIECE", 16),
    "pieces-64": Change("pieces of 64 digits, not 32", "fast-1", fast, "PIECE", 64),
    "pieces-128": Change("pieces of 128 digits, not 32", "fast-1", fast, "PIECE", 128),
    "blas-threads": Change(
        "two BLAS threads in one process", "fast-1", train, "one_blas_thread", two_blas_threads
    ),
    "threads": Change("two threads, not two processes", "fast-2", fast, "Crew", ThreadCrew),
    "one-product": Change(
        "weight gradients in one product, not two", "fast-1", CONV, "set_grads",
        set_grads_in_one_product,
    ),
    "pool-mean": Change("pooling by mean over axes", "fast-1", POOL, "forward", forward_by_mean),
    "no-pitch": Change("samples 4,096 bytes apart, no gap", "fast-1", fast, "PITCH", 0),
}  # fmt: skip


def tried(X, y, rounds):
    """Return {key: label and median ratio to the way that the change would replace}."""
    n = min(120 * BATCH, len(X))
    with contextlib.ExitStack() as stack:
        epochs = {f"fast-{w}": crew_epoch(stack, X, y, BATCH, workers=w) for w in (1, 2)}
        epochs |= {key: changed_epoch(stack, X, y, change) for key, change in CHANGES.items()}
        for epoch in epochs.values():
            epoch(n)
        seconds = interleave({key: (epoch, n) for key, epoch in epochs.items()}, rounds).seconds
    return {
        key: {"label": change.label, "ratio": ratio(seconds[key], seconds[change.base])}
        for key, change in CHANGES.items()
    }


def changed_epoch(stack, X, y, change):
    """Return an epoch of the crew of one process, made and run with the change in place."""
    put = partial(mock.patch.object, change.place, change.name, change.value)
    with put():
        epoch = crew_epoch(stack, X, y, BATCH, workers=1)

    def run(n):
        with put():
            epoch(n)

    return run


def ratio(seconds, base):
    """Return the median of the ratios, round by round."""
    return median(a / b for a, b in zip(seconds, base, strict=True))
