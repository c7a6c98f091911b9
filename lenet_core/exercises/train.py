"""Checkers of the chapter on training: `momentum`, `mean-loss`, `batches`, `one-pass`, `rate`."""

import numpy as np

from ..layers import Dense
from ..losses import SoftmaxCrossEntropy
from ..model import Sequential
from ..optim import SGD
from ..train import get_batches, train_one_epoch
from .checker import Case, NotStarted, WrongAnswer, attempt, close, run_cases, same, show

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
    (momentum_path(momentum=-MOMENTUM), "the velocity keeps its sign: plus m v"),
    (
        np.add(momentum_path(momentum=0.0), [0, 0, -LR * MOMENTUM * GRADIENTS[0]]),
        "momentum comes one step late: step 2 already keeps half of the velocity of step 1",
    ),
    (
        momentum_path((*GRADIENTS[:2], -GRADIENTS[2])),
        "the last gradient is negative: minus lr times it is positive",
    ),
)
STEP_HINTS = (  # for the step that goes wrong first
    "the velocity is 0 at the start, so this step is minus lr times the gradient",
    "this step is half of the velocity of step 1, minus lr times the new gradient",
    "this step is half of the velocity of step 2, minus lr times a gradient that is negative",
)


def momentum(weights):
    """Check the three weights that the reader worked out by hand."""
    check_filled("momentum: replace each None by your weight", weights)
    right = momentum_path()
    what = "momentum: give a list of 3 numbers, the weights after steps 1, 2 and 3"
    check_numbers(what, weights, (3,), [([START, *right], "leave the start out")])
    step = int(np.argmin([close(a, b, 1e-6) for a, b in zip(weights, right, strict=True)]))
    hints = (*MOMENTUM_HINTS, (weights, STEP_HINTS[step]))
    same(f"momentum: the weight after step {step + 1}", weights, right, hints, reveal=False)
    print("momentum: right, all 3 weights")


def check_filled(what_to_do, answer):
    """Raise NotStarted if a part of the answer is None or ... as yet."""
    if any(part is None or part is ... for part in np.array(answer, dtype=object).ravel()):
        raise NotStarted(what_to_do)


def check_numbers(what, answer, shape, hints=()):
    """Raise WrongAnswer unless these are numbers in an array or nested list of this shape."""
    try:
        found = np.array(answer, dtype=float)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    if found.shape != shape:
        hint = next((message for value, message in hints if close(found, value, 1e-6)), None)
        raise WrongAnswer(f"{what}\ngot: {show(answer)}" + (f"\nHint: {hint}" if hint else ""))


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
    """Check one pass over `n` samples, sample i being [i] with the label i."""
    check_complete(label, passes(function, label, n, size, 1)[0], n, size)


def check_complete(label, pairs, n, size):
    """Check that these batches hold every sample once, with its label."""
    sizes = [size] * (n // size) + [n % size] * (n % size > 0)
    short = (sizes[: n // size], "the last, short batch is missing")
    same(f"{label}: the sizes of the batches", [len(X) for X, _ in pairs], sizes, [short])
    X, y = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    same(f"{label}: the samples of all batches, sorted", np.sort(X), np.arange(n))
    other = (y, "a sample and its label need the same new place: index both with one order")
    same(f"{label}: the labels of samples {X.astype(int).tolist()}", y, X, [other])


N, SIZE, TIMES = 50, 8, 20  # passes enough that no fair shuffle leaves a sample in one batch


def check_orders(function):
    """Check that a pass is shuffled, all of it, by the generator given, and the next anew."""
    label = f"{TIMES} passes over {N} samples in batches of {SIZE}"
    orders = orders_of(function, label)
    if np.array_equal(orders[0], np.arange(N)):
        refuse(label, "the samples come as they lie", "shuffle them with rng")
    if np.array_equal(orders[0], orders[1]):
        refuse(
            label,
            "two passes have the same order",
            "draw from the generator that you were given; one made inside the function starts "
            "again at each call",
        )
    if not np.array_equal(orders, orders_of(function, label)):
        refuse(
            label,
            "the same seed gave two different orders",
            "draw from rng alone: np.random.permutation and its like do not know its seed",
        )
    check_places(label, orders)
    check_neighbours(label, orders)


def orders_of(function, label):
    """Return the orders (TIMES, N) in which the samples come, from a new generator."""
    all_pairs = passes(function, label, N, SIZE, TIMES)
    for pairs in all_pairs:
        check_complete(label, pairs, N, SIZE)
    return np.array([np.concatenate([X for X, _ in pairs]) for pairs in all_pairs], dtype=int)


def check_places(label, orders):
    """Check that no sample keeps to one batch over all passes."""
    batch = np.argsort(orders, axis=1) // SIZE  # of each sample, by pass
    stay = np.flatnonzero((batch == batch[0]).all(axis=0))
    if len(stay):
        last = stay[-1]
        refuse(
            label,
            f"sample {last} always comes in batch {batch[0, last] + 1}",
            "shuffle all samples before you cut them, those of the last batch too",
        )


def check_neighbours(label, orders):
    """Check that samples which come one after the other do not stay together."""
    together = [
        np.mean(np.abs(np.diff(np.argsort(before)[after])) == 1)
        for before, after in zip([np.arange(N), *orders], orders, strict=False)
    ]
    if np.mean(together) > 0.5:  # 2 / N on average in a fair shuffle
        refuse(
            label,
            "most samples keep their neighbours",
            "a rotation, or whole batches in a new order, is no shuffle: draw a place for each "
            "sample",
        )


def refuse(label, finding, hint):
    """Raise WrongAnswer in the form of the others."""
    raise WrongAnswer(f"{label}: {finding}\nHint: {hint}")


def passes(function, label, n, size, times):
    """Return the batches of several passes, drawn from one generator, as lists of flat pairs."""
    rng, X, y = np.random.default_rng(0), np.arange(float(n)).reshape(n, 1), np.arange(n)

    def some_passes(X, y):
        return [
            [(np.ravel(a), np.ravel(b)) for a, b in function(X, y, size, rng)] for _ in range(times)
        ]

    return attempt("batches", some_passes, Case(label, (X, y), None))


# ---- one pass
def one_pass(function):
    """Check a function (model, batches, optimizer, loss) -> (mean loss, error in per cent).

    The weights after the pass are compared as well.
    """
    rng = np.random.default_rng(13)  # no error here is 100 less the error after the step
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
    hints = (
        *return_hints(*returned, np.array(loss.values), np.array(loss.sizes)),
        *late_hints(returned[0], batches, momentum),
    )
    same(f"{label}: mean loss and error in per cent", got[0], returned, hints)
    same(f"{label}: the weights after the pass", got[1], weights, weight_hints(batches))


def outcome(function, batches, optimizer, loss):
    """Return what a pass on a new dense layer returns, and the weights it ends with."""
    model = new_model()
    return function(model, iter(batches), optimizer, loss), model.params["0.W"]


def new_model():
    """Return the dense layer that every pass begins with."""
    return Sequential([Dense(3, 4, rng=1, dtype=np.float64)])


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
        ((error, mean), "return the loss first, then the error"),
        (mean, "return both, the mean loss and the error"),
    )


def late_hints(mean, batches, momentum):
    """Return what comes out when each batch is judged by the weights after its step."""
    model, optimizer, late = new_model(), SGD(0.5, momentum), []
    for batch in batches:
        train_one_epoch(model, [batch], optimizer, SoftmaxCrossEntropy())
        late.append(train_one_epoch(model, [batch], Still(), SoftmaxCrossEntropy()))
    loss, error = np.average(late, axis=0, weights=[len(y) for _, y in batches])
    return (
        ((mean, error), "count with the scores from before the step"),
        ((loss, error), "take loss and error from the scores before the step"),
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


# ---- momentum or rate
RATES = np.array([(0.9, 0.002), (0.0, 0.02), (0.9, 0.02), (0.0, 0.2)])  # lr / (1 - m) by twos


def rates_without(factor):
    """Return the settings, the rates without momentum being `factor` times those with it."""
    return [(m, lr if m else factor * RATES[k - 1, 1]) for k, (m, lr) in enumerate(RATES)]


RATE_HINTS = (
    (rates_without(1), "the same rate gives lr / (1 - m) a tenth as large without momentum"),
    (rates_without(0.1), "turned around: without momentum the rate has to be the larger one"),
    (rates_without(0.9), "divide by 1 - m, do not multiply by m"),
    (RATES[:, ::-1], "in each pair momentum comes first, then the rate"),
)


def rate(settings):
    """Check four pairs (momentum, rate): by twos they are to have the same lr / (1 - m)."""
    check_filled("rate: replace each None by a learning rate", settings)
    check_numbers("rate: give four pairs (momentum, learning rate)", settings, (4, 2))
    same("rate: the four pairs", settings, RATES, RATE_HINTS, reveal=False)
    print("rate: right, each two have the same lr / (1 - m)")
