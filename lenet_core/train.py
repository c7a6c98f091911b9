"""Batches, the training loop, and evaluation."""

import contextlib
import copy
import math
import reprlib
import time
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import numpy as np

from .blas import one_blas_thread
from .checkpoint import Checkpoint, described
from .data import data_hash
from .fast import FastNetwork, check_workers, choose_crew, has_twin, uses_twins
from .losses import SoftmaxCrossEntropy
from .schedules import constant
from .validate import check_finite, check_float, check_labels, not_negative, positive_int


class Epoch(NamedTuple):
    """What one pass over the training set came to; errors in per cent."""

    number: int
    loss: float  # mean over all samples of the pass, each batch with the weights it met
    train_error: float  # likewise: while the weights move (as in LeCun et al. 1998, fig. 5)
    validation_error: float | None  # with the weights at the end of the pass
    seconds: float  # of training, without the validation


@dataclass
class History:
    """A list for each column of `Epoch`, one entry an epoch; errors in per cent."""

    loss: list = field(default_factory=list)
    train_error: list = field(default_factory=list)
    validation_error: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    interrupted: bool = False

    def __len__(self):
        return len(self.loss)

    def append(self, epoch):
        """Add one `Epoch`."""
        _, *columns = epoch._fields  # all but its number
        for name in columns:
            getattr(self, name).append(getattr(epoch, name))

    def as_dict(self):
        """Return the history as a dict of lists, ready for JSON."""
        return asdict(self)


def get_batches(X, y, batch_size, rng=None):
    """Yield (X, y) in batches; the last one may be short.

    Parameters
    ----------
    X : array (N, ...)
    y : integer array (N,)
    batch_size : int
    rng : seed or numpy.random.Generator
        Draws the order of the samples; without it they come as they lie.
    """
    size = positive_int(batch_size, "batch_size")
    if len(X) != len(y):
        raise ValueError(f"{len(X)} samples but {len(y)} labels: each sample needs one")
    order = np.arange(len(X)) if rng is None else np.random.default_rng(rng).permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


def predict(model, X, batch_size=32):
    """Return the class that `model` decides on for each sample, an integer array (N,).

    That of the highest score, or, for LeNet5_1998, that of the lowest penalty.

    The model is left as it was: what its layers keep for a backward pass stays untouched.

    Parameters
    ----------
    model : network such as LeNet5
    X : float array (N, ...)
    batch_size : int; how many samples pass at a time, small enough for the caches

    Raises
    ------
    ValueError
        If X is no array of finite floats, holds no samples, or has a shape that does not fit.
    """
    check_inputs(X)
    size = positive_int(batch_size, "batch_size")
    without_trace(model).forward(X[:1])  # the clear layers say what is wrong with a shape
    network = FastNetwork(model) if has_twin(model) else without_trace(model)
    with one_blas_thread():
        starts = range(0, len(X), size)
        return np.concatenate([model.decide(network.forward(X[i : i + size])) for i in starts])


def evaluate(model, X, y, batch_size=32):
    """Return the accuracy of `model` on labelled samples, from 0 to 1; see `predict`."""
    check_samples(model, X, y)
    return float((predict(model, X, batch_size) == y).mean())


def train_epochs(  # noqa: PLR0913 (the loop's own words, not its parts)
    model,
    X,
    y,
    *,
    epochs,
    batch_size=128,
    optimizer,
    loss=None,
    rng=None,
    validation=None,
    augment=None,
    schedule=constant,
    workers=None,
    done=0,
):
    """Train in place; yield an `Epoch` after each pass over the data.

    The parameters are those of `fit`, which runs this to its end; `done` passes, that an earlier
    run has made, are left out.
    """
    check_parts(model, optimizer, validation)
    check_workers(workers)
    for samples in [(X, y)] + ([validation] if validation is not None else []):
        check_samples(model, *samples)
    if done > positive_int(epochs, "epochs"):
        raise ValueError(f"{done} epochs are done already, epochs={epochs} asks for fewer")
    check_augment(augment, X)
    check_schedule(schedule, optimizer)
    loss, rng = loss or usual_loss(model), np.random.default_rng(rng)
    batch_size = positive_int(batch_size, "batch_size")
    n_batches = math.ceil(len(X) / batch_size)
    crew = choose_crew(model, loss, X, batch_size, epochs - done, workers)
    with contextlib.ExitStack() as stack:
        compute = stack.enter_context(crew or contextlib.nullcontext(gradients))
        if schedule is not constant:
            lr = stack.enter_context(rate_kept(optimizer))
            rates = scheduled_rates(lr, schedule, epochs * n_batches, done * n_batches)
        for number in range(done + 1, epochs + 1):
            start = time.perf_counter()
            batches = get_batches(X, y, batch_size, rng)
            if augment:
                batches = augmented(batches, augment, rng)
            if schedule is not constant:
                batches = scheduled(batches, optimizer, rates)
            mean_loss, train_error = train_one_epoch(model, batches, optimizer, loss, compute)
            seconds = time.perf_counter() - start
            error = None if validation is None else 100 * (1 - evaluate(model, *validation))
            yield Epoch(number, mean_loss, train_error, error, seconds)


def usual_loss(model):
    """Return the loss where none is given, for a network that gives scores."""
    if getattr(model, "lowest_wins", False):
        raise ValueError(
            f"{type(model).__name__} gives penalties: name a loss that lowers the right one, such "
            "as lenet_core.paper.MAPLoss(1.0)"
        )
    return SoftmaxCrossEntropy()


def augmented(batches, augment, rng):
    """Yield each batch (X, y) as (augment(X, rng), y)."""
    for X, y in batches:
        yield augment(X, rng), y


def scheduled_rates(lr, schedule, n_steps, done):
    """Yield the learning rate of each step of a run but those that are `done`."""
    for step in range(done, n_steps):
        yield lr * schedule(step / n_steps)


def scheduled(batches, optimizer, rates):
    """Yield each batch once the optimizer has its learning rate."""
    for batch in batches:
        optimizer.lr = next(rates)
        yield batch


@contextlib.contextmanager
def rate_kept(optimizer):
    """Yield the optimizer's learning rate, and give it back whatever a schedule has made of it."""
    lr = optimizer.lr
    try:
        yield lr
    finally:
        optimizer.lr = lr


def gradients(model, loss, X, y):
    """Set the gradients of the mean loss on a batch; return the loss and the scores (N, K)."""
    scores = model.forward(X)
    value = loss.forward(scores, y)
    model.set_grads(loss.backward())
    return value, scores


def train_one_epoch(model, batches, optimizer, loss, gradients=gradients):
    """Train on every batch once; return the mean loss and the error in per cent of all samples."""
    total = wrong = n = 0
    with one_blas_thread():
        for X, y in batches:
            value, scores = gradients(model, loss, X, y)
            if not np.isfinite(value):
                raise FloatingPointError(f"the loss became {value}: try a smaller learning rate")
            optimizer.step(model)
            total += value * len(X)  # batches may differ in size
            wrong += int((model.decide(scores) != y).sum())
            n += len(X)
    if not n:
        raise ValueError("there is no batch to train on")
    return total / n, 100 * wrong / n


def fit(  # noqa: PLR0913 (one call trains a network: all its settings by name)
    model,
    X,
    y,
    *,
    epochs,
    batch_size=128,
    optimizer,
    loss=None,
    rng=None,
    validation=None,
    augment=None,
    schedule=constant,
    workers=None,
    checkpoint=None,
    progress=None,
):
    """Train a model in place.

    Parameters
    ----------
    model : Sequential
    X : float array (N, ...), the inputs; for LeNet5 (N, 1, 32, 32)
    y : integer array (N,), the labels
    epochs : int, passes over the data
    batch_size : int; the last batch of a pass may be shorter
    optimizer : SGD
    loss : object with forward(scores, y) and backward()
        SoftmaxCrossEntropy unless given; a network of penalties needs one.
        Several workers, or one, need a mean over the samples; "clear" takes any.
    rng : seed or numpy.random.Generator that draws the order of the samples in each pass
    validation : (X, y), evaluated after each pass
    augment : function of a batch (N, C, H, W) and `rng` that returns another one
        `lenet_core.augment.shift` for one. It changes the samples on their way into the network,
        anew in each pass; loss and training error in the history are then those of the changed
        ones.
    schedule : function of the part of the run that is done, 0 to 1; returns a factor
        `lenet_core.schedules.one_cycle` for one. Each step is made with `optimizer.lr` times the
        factor, by default the same all the time.
    workers : int, None or "clear"
        Processes that share each batch, in pieces of 32 samples, with the fast twins of the
        layers. The weights come out the same, bit for bit, for any number. By default as many as
        pay; the clear layers where one has no twin, where another loss is given, or where
        "clear" asks for them.
    checkpoint : path of a file
        Written after each pass. Where it exists already, training goes on from it, with the
        state of its generator in place of `rng`, and ends with the very bits of a run that was
        never interrupted.
    progress : bool
        Show a progress bar. By default one is shown on a terminal and nowhere else.

    Returns
    -------
    History
        Ctrl-C ends training early: the history then has the finished passes and
        `interrupted` set, and the model keeps the weights it has.

    Raises
    ------
    ValueError
        If samples and labels do not fit together or to the network, or hold NaN.
    FloatingPointError
        If the loss becomes NaN or infinite.
    """
    check_parts(model, optimizer, validation)
    check_workers(workers)
    check_samples(model, X, y)
    check_augment(augment, X)
    check_schedule(schedule, optimizer)
    loss = loss or usual_loss(model)
    rng, history, keeper = np.random.default_rng(rng), History(), None
    if checkpoint is not None:
        settings = {
            "data": data_hash(X, y),
            "validation": validation and data_hash(*validation),
            "batch_size": positive_int(batch_size, "batch_size"),
            "optimizer": optimizer.settings,
            "loss": described(loss),
            "augment": described(augment),
            "schedule": None if schedule is constant else described(schedule),
            # with a schedule, which the last step has brought to its end, no pass can follow
            "epochs": None if schedule is constant else positive_int(epochs, "epochs"),
            "layers": "fast" if uses_twins(model, loss, workers) else "clear",
        }
        keeper = Checkpoint(checkpoint, model, optimizer, rng, settings)
        history = History(**(keeper.load() or {}))
    passes = train_epochs(
        model,
        X,
        y,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        loss=loss,
        rng=rng,
        validation=validation,
        augment=augment,
        schedule=schedule,
        workers=workers,
        done=len(history),
    )
    with contextlib.closing(passes), progress_bar(epochs, len(history), progress) as bar:
        follow(([epoch] for epoch in passes), [history], [keeper], bar)
    return history


def follow(passes, histories, keepers, bar):
    """Write each pass of each run down as it ends, until they are all done or Ctrl-C comes.

    `passes` yields a list with an `Epoch` for each history; a keeper may be None.
    """
    try:
        for epochs in passes:
            for history, keeper, epoch in zip(histories, keepers, epochs, strict=True):
                history.append(epoch)
                if keeper:
                    keeper.save(history.as_dict())
            bar.set_postfix(loss=f"{epochs[0].loss:.4f}", refresh=False)
            bar.update()
    except KeyboardInterrupt:
        for history in histories:
            history.interrupted = True


def check_parts(model, optimizer, validation):
    """Refuse what is no network, no optimizer, or no pair of samples and labels."""
    if isinstance(model, type) or not hasattr(model, "set_grads"):
        raise ValueError(f"model must be a network such as LeNet5(rng=0), got {model!r}")
    if isinstance(optimizer, type) or not hasattr(optimizer, "step"):
        raise ValueError(f"optimizer must be one such as SGD(0.02), got {optimizer!r}")
    if validation is not None and not (
        isinstance(validation, (tuple, list)) and len(validation) == 2
    ):
        raise ValueError(f"validation must be a pair (X, y), got a {type(validation).__name__}")


def check_inputs(X):
    """Refuse all but finite floats, and no samples at all."""
    check_float(X, "X")
    check_finite(X, "X")
    if not len(X):
        raise ValueError("X holds no samples: at least one is needed")


def check_samples(model, X, y):
    """Refuse samples before any work is done on them.

    The inputs must be finite floats of a shape that `model` takes, and the labels integers, one
    for each input, that stand for its classes.
    """
    check_inputs(X)
    n_classes = without_trace(model).forward(X[:1]).shape[1]
    check_labels(y, len(X), n_classes)


def check_augment(augment, X):
    """Refuse an augmentation that does not turn a batch into another one of its kind."""
    if augment is None:
        return
    if not callable(augment):
        given = reprlib.repr(augment)  # cut short: it may be an array
        raise ValueError(f"augment must be a function of (X, rng), got {given}: do not call it")
    moved = augment(X[:2].copy(), np.random.default_rng(0))  # it may write into its batch
    kinds = [f"{getattr(a, 'shape', None)} {getattr(a, 'dtype', type(a))}" for a in (X[:2], moved)]
    if kinds[0] != kinds[1]:
        raise ValueError(f"augment must return what it gets, here {kinds[0]}, got {kinds[1]}")
    check_finite(moved, "what augment returns")


def check_schedule(schedule, optimizer):
    """Refuse a schedule that returns no factor of at least 0, and an optimizer without lr."""
    if schedule is constant:
        return
    if not hasattr(optimizer, "lr"):
        raise ValueError(f"a schedule needs an optimizer with a rate lr, got {optimizer!r}")
    if not callable(schedule):
        raise ValueError(f"schedule must be a function of t from 0 to 1, got {schedule!r}")
    for t in np.linspace(0, 1, 101)[:-1].tolist():
        not_negative(schedule(t), f"schedule({t:g})")


def without_trace(model):
    """Return a model that shares the parameters of `model` but keeps its own caches."""
    twin = copy.copy(model)
    if hasattr(model, "layers"):
        twin.layers = [without_trace(layer) for layer in model.layers]
    return twin


def progress_bar(total, done, progress):
    """Return a bar over epochs; with progress=None it appears on a terminal only.

    Notebooks and pages get none: tqdm writes to stderr, and its notebook form needs a script
    from another host.
    """
    from tqdm import tqdm

    return tqdm(
        total=total, initial=done, unit="epoch", disable=None if progress is None else not progress
    )
