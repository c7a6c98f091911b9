"""Training as in sec. III-B and app. C: a digit a step, curvature before each pass, fixed order."""

import time
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..blas import one_blas_thread
from ..train import History, check_samples, evaluate
from .fast import side_by_side
from .network import C3
from .sdlm import ETAS, N_CURVATURE

N_VERSIONS = 10  # of each digit with distortions: itself and nine others (sec. III-B)


class Pass(NamedTuple):
    """What one pass over the training set came to; errors in per cent."""

    number: int
    loss: float  # mean over the digits, each with the weights that it met
    train_error: float  # likewise: while the weights move, as in fig. 5
    validation_error: float | None  # with the weights at the end of the pass
    seconds: float  # of training, a network's share
    smallest_step: float  # eta / (mu + h), of all trainable parameters
    largest_step: float


@dataclass
class History1998(History):
    """A list for each column of `Pass`, one entry a pass."""

    smallest_step: list = field(default_factory=list)
    largest_step: list = field(default_factory=list)


class Trainee:
    """A network in training: its loss, its optimizer, its order of the digits and its distortions.

    Parameters
    ----------
    model : LeNet5_1998
    loss : MeanSquaredDistance or MAPLoss
    optimizer : SDLM
    n : int, how many digits there are
    rng : numpy.random.Generator; draws the order, once, and the seed of the distortions
    distort : function of a batch (N, 1, 32, 32) and a generator, or None
        Pass p meets version p mod 10 of each digit: the digit itself, or one of nine distorted
        ones, which stay the same. In 20 passes each version is met twice.
    """

    def __init__(self, model, loss, optimizer, n, rng, distort=None):
        self.model, self.loss, self.optimizer, self.distort = model, loss, optimizer, distort
        self.order, self.seed = rng.permutation(n), int(rng.integers(2**32))

    def chunks(self, X, y, version):
        """Yield the digits in this network's order, in chunks; version 0 is undistorted.

        The first chunk is what the curvature is measured on: 500 digits, drawn as the order is.
        """
        rng = np.random.default_rng([self.seed, version])
        for start in range(0, len(self.order), N_CURVATURE):
            rows = self.order[start : start + N_CURVATURE]
            moved = self.distort(X[rows], rng) if self.distort and version else X[rows]
            yield moved, y[rows]

    def begin_pass(self, p, X, y):
        """Set eta to that of pass p, the first being 0, and measure the curvature."""
        self.optimizer.eta = ETAS[min(p, len(ETAS) - 1)]
        sample = next(self.chunks(X, y, p % N_VERSIONS))
        self.optimizer.measure(self.model, self.loss, *sample)


def train_together(trainees, X, y, *, passes, validation=None, done=0):
    """Train networks side by side, in place; yield a list of their `Pass` after each pass.

    Parameters
    ----------
    trainees : list of Trainee
        Each meets its own order of the digits and comes to the bits that it would alone.
    X : float array (N, 1, 32, 32)
    y : integer array (N,)
    passes : int; eta follows the paper's schedule, and keeps its last value after 20 passes
    validation : (X, y), evaluated after each pass
    done : int, passes that an earlier run has made
    """
    for trainee in trainees:
        check_samples(trainee.model, X, y)
    networks = side_by_side([t.model for t in trainees], [t.loss for t in trainees])
    for p in range(done, passes):
        start = time.perf_counter()
        for trainee in trainees:
            trainee.begin_pass(p, X, y)
        networks.set_steps([t.optimizer for t in trainees])
        streams = [t.chunks(X, y, p % N_VERSIONS) for t in trainees]
        penalties = train_pass(networks, streams)  # (N, M, 10)
        seconds = (time.perf_counter() - start) / len(trainees)
        yield [
            summary(p + 1, t, penalties[:, m], y[t.order], seconds, validation)
            for m, t in enumerate(trainees)
        ]


def train_pass(networks, streams):
    """Make a step for each digit of the streams; return the penalties that it met (N, M, 10)."""
    met = []
    with one_blas_thread():
        for chunks in zip(*streams, strict=True):
            images = np.stack([X[:, 0] for X, _ in chunks], axis=1)  # (500, M, 32, 32)
            labels = np.stack([y for _, y in chunks], axis=1)  # (500, M)
            for some, right in zip(images, labels, strict=True):
                met.append(networks.forward(some))
                networks.backward(met[-1], right)
                networks.step()
    return np.array(met)


def summary(number, trainee, penalties, y, seconds, validation):
    """Return the `Pass` of a network from the penalties that its digits met."""
    error = None if validation is None else 100 * (1 - evaluate(trainee.model, *validation))
    wrong = trainee.model.decide(penalties) != y
    return Pass(
        number,
        trainee.loss.forward(penalties, y),
        100 * float(wrong.mean()),
        error,
        seconds,
        *step_range(trainee),
    )


def step_range(trainee):
    """Return the smallest and the largest step size of the trainable parameters."""
    sizes = trainee.optimizer.step_sizes()
    name, layer = f"{C3}.W", trainee.model.layers[C3]
    sizes[name] = sizes[name][np.broadcast_to(layer.mask, sizes[name].shape)]
    return (
        float(min(size.min() for size in sizes.values())),
        float(max(size.max() for size in sizes.values())),
    )
