"""Checkers of the chapter on training: exercises `momentum`, `mean-loss`, `batches`, `one-pass`."""

import numpy as np

from ..layers import Dense
from ..losses import SoftmaxCrossEntropy
from ..model import Sequential
from ..optim import SGD
from ..train import get_batches, train_one_epoch
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same

# ---- momentum by hand
GRADIENTS, LR, MOMENTUM, START = (2.0, 4.0, -2.0), 0.5, 0.5, 10.0


def momentum_path(gradients=GRADIENTS, lr=LR, momentum=MOMENTUM):
    """Return the weight after each step of v <- m v - lr g, w <- w + v, from START."""
    w, v, path = START, 0.0, []
    for g in gradients:
        v = momentum * v - lr * g
        w += v
        path.append(w)
    return path


MOMENTUM_HINTS = (
    (momentum_path(momentum=0.0), "these are steps without momentum: keep half of the last step"),
    (momentum_path(lr=-LR), "the step goes against the gradient: minus lr times g"),
    (
        momentum_path(lr=LR * (1 - MOMENTUM)),
        "your velocity is an average, m v - (1 - m) lr g: here the gradient counts in full",
    ),
    (
        [START - LR * g * (1 + MOMENTUM * (k > 0)) for k, g in enumerate(GRADIENTS)],
        "go on from the last weight, not from the first one",
    ),
    (np.diff([START, *momentum_path()]), "these are the velocities; add each to the weight"),
)


def momentum(weights):
    """Check the three weights that the reader worked out by hand."""
    if weights is None or any(w is None or w is ... for w in weights):
        raise NotStarted("momentum: replace each None by your weight")
    same("momentum: the weight after steps 1, 2 and 3", weights, momentum_path(), MOMENTUM_HINTS)
    print("momentum: right, all 3 weights")


# ---- the mean loss of an epoch
def mean_loss(function):
    """Check a function (losses of the batches, their sizes) -> mean loss over all samples."""
    examples = [
        ("one batch", [2.0], [4]),
        ("two batches of one size", [2.0, 4.0], [4, 4]),
        ("a short last batch", [3.0, 8.0], [4, 1]),
        ("losses as in an epoch", [2.25, 1.5, 0.5], [32, 32, 6]),
    ]
    cases = [mean_loss_case(label, np.array(a), np.array(n)) for label, a, n in examples]
    run_cases("mean-loss", function, cases)


def mean_loss_case(label, losses, sizes):
    """Return the case of these batches, with what the usual mistakes would make of it."""
    hints = (
        (losses.mean(), "this is the mean of the batch means: a short batch counts too much"),
        (losses[-1], "this is the loss of the last batch alone"),
        ((losses * sizes).sum(), "this is the sum over all samples: divide by their number"),
        (losses.sum() / sizes.sum(), "each batch mean stands for as many samples as its batch has"),
        ((losses * sizes)[:-1].sum() / max(sizes[:-1].sum(), 1), "the last batch is left out"),
        ((losses * sizes).sum() / len(sizes), "divide by the samples, not by the batches"),
    )
    return Case(label, (losses, sizes), (losses * sizes).sum() / sizes.sum(), hints)


# ---- batches
def batches(function):
    """Check a generator function (X, y, batch_size, rng): batches in a new order at each pass."""
    for n, size in [(4, 4), (6, 2), (10, 4), (3, 8)]:
        check_batches(function, f"{n} samples in batches of {size}", n, size)
    check_orders(function)
    print("batches: right in all 5 cases")


def check_batches(function, label, n, size):
    """Check the batches of one pass over `n` samples, sample i being [i] with the label i."""
    pairs = passes(function, label, n, size, 1)[0]
    sizes = [size] * (n // size) + [n % size] * (n % size > 0)
    short = (sizes[: n // size], "the last, short batch is missing")
    same(f"{label}: the sizes of the batches", [len(X) for X, _ in pairs], sizes, [short])
    X, y = (np.concatenate([np.ravel(pair[part]) for pair in pairs]) for part in (0, 1))
    same(f"{label}: the samples of all batches, sorted", np.sort(X), np.arange(n))
    other = (y, "a sample and its label need the same new place: index both with one order")
    same(f"{label}: the labels of samples {X.astype(int).tolist()}", y, X, [other])


def check_orders(function):
    """Check that a pass is shuffled, and that the next one is shuffled anew."""
    label = "two passes over 50 samples"
    first, second = (
        np.concatenate([np.ravel(X) for X, _ in pairs])
        for pairs in passes(function, label, 50, 8, 2)
    )
    if np.array_equal(first, np.arange(50)):
        raise WrongAnswer(f"{label}: the samples come as they lie\nHint: shuffle them with rng")
    if np.array_equal(first, second):
        raise WrongAnswer(
            f"{label}: both have the same order\nHint: draw from the generator that you were "
            "given; one made inside the function starts again at each call"
        )


def passes(function, label, n, size, times):
    """Return the batches of several passes, drawn from one generator, as lists of pairs."""
    rng, X, y = np.random.default_rng(0), np.arange(float(n)).reshape(n, 1), np.arange(n)

    def some_passes(X, y):
        return [[(a, b) for a, b in function(X, y, size, rng)] for _ in range(times)]

    return attempt("batches", some_passes, Case(label, (X, y), None))


# ---- one pass
def one_pass(function):
    """Check a function (model, batches, optimizer, loss) -> (mean loss, error in per cent).

    The weights after the pass are compared as well.
    """
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(10, 3)), rng.integers(0, 4, 10)
    for label, rows, momentum in [
        ("one batch of 4 samples", 4, 0.0),
        ("two batches of 4 samples", 8, 0.0),
        ("batches of 4, 4 and 2 samples", 10, 0.0),
        ("batches of 4, 4 and 2 samples, momentum 0.9", 10, 0.9),
    ]:
        check_pass(function, label, list(get_batches(X[:rows], y[:rows], 4)), momentum)
    print("one-pass: right in all 4 cases")


def check_pass(function, label, batches, momentum):
    """Check what one pass returns, and what it makes of the weights."""
    loss = RecordingLoss()
    returned, weights = outcome(train_one_epoch, batches, SGD(0.5, momentum), loss)

    def one_pass(batches):
        return outcome(function, batches, SGD(0.5, momentum), SoftmaxCrossEntropy())

    got = attempt("one-pass", one_pass, Case(label, (batches,), None))
    hints = return_hints(*returned, np.array(loss.values), np.array(loss.sizes))
    same(f"{label}: mean loss and error in per cent", got[0], returned, hints)
    same(f"{label}: the weights after the pass", got[1], weights, weight_hints(batches))


def outcome(function, batches, optimizer, loss):
    """Return what a pass on a new dense layer returns, and the weights it ends with."""
    model = Sequential([Dense(3, 4, rng=1, dtype=np.float64)])
    return function(model, iter(batches), optimizer, loss), model.params["0.W"]


def return_hints(mean, error, values, sizes):
    """Return what the usual mistakes would return, from the loss and the size of each batch."""
    wrong_losses = (
        (values[-1], "this is the loss of the last batch alone"),
        (values.mean(), "this is the mean of the batch means: a short batch counts too much"),
        (values.sum(), "this is the sum over the batches: weight each by its size, then divide"),
        ((values * sizes).sum(), "this is the sum over all samples: divide by their number"),
    )
    return (
        *(((loss, error), hint) for loss, hint in wrong_losses),
        ((mean, error / 100), "the error is to be in per cent"),
        ((mean, 100 - error), "this is the accuracy: count the wrong answers"),
        (mean, "return both, the mean loss and the error"),
    )


def weight_hints(batches):
    """Return the weights that the usual mistakes would end with."""
    mistakes = (
        (Still(), "these are the weights of the start: call optimizer.step(model)"),
        (Uphill(), "the step goes up the slope: weights minus lr times gradient"),
    )
    return [
        (outcome(train_one_epoch, batches, optimizer, SoftmaxCrossEntropy())[1], hint)
        for optimizer, hint in mistakes
    ]


class Still:
    """An optimizer that does nothing."""

    def step(self, model):
        """Leave the weights alone."""


class Uphill:
    """An optimizer with the wrong sign."""

    def step(self, model):
        """Move every weight up the slope."""
        for name, p in model.params.items():
            p += 0.5 * model.grads[name]


class RecordingLoss(SoftmaxCrossEntropy):
    """The loss, which keeps its value and the number of samples of each batch."""

    def __init__(self):
        self.values, self.sizes = [], []

    def forward(self, scores, y):
        """Return the mean loss, and note it down."""
        self.values.append(super().forward(scores, y))
        self.sizes.append(len(y))
        return self.values[-1]
