"""The checkers of the training chapter: no wrong answer passes, and differently written ones do."""

import numpy as np
import pytest

from lenet_core import get_batches
from lenet_core.exercises import NotStarted, WrongAnswer
from lenet_core.exercises import train as check

# ---------------------------------------------------------------- momentum by hand
MOMENTUM_WRONG = {
    "no momentum": ([9, 7, 8], "without momentum"),
    "uphill": ([11, 13.5, 13.75], "against the gradient"),
    "velocities": ([-1, -2.5, -0.25], "add each to the weight"),
    "averaged": ([9.5, 8.25, 8.125], "counts in full"),
    "from the first weight": ([9, 7, 11.5], "last weight"),
    "one slip": ([9, 6.5, 6.5], "expected:"),
    "two weights only": ([9, 6.5], "shape"),
}


@pytest.mark.parametrize(("answer", "hint"), MOMENTUM_WRONG.values(), ids=MOMENTUM_WRONG)
def test_wrong_momentum(answer, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.momentum(answer)


@pytest.mark.parametrize("answer", [[9, 6.5, 6.25], np.float32([9, 6.5, 6.25]), (9.0, 6.5, 6.25)])
def test_right_momentum(answer, capsys):
    check.momentum(answer)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, [None, None, None], [..., ..., ...]])
def test_momentum_not_started(answer):
    with pytest.raises(NotStarted):
        check.momentum(answer)


# ---------------------------------------------------------------- mean loss
MEAN_WRONG = {
    "mean of means": (lambda losses, sizes: np.mean(losses), "mean of the batch means"),
    "last batch": (lambda losses, sizes: losses[-1], "last batch alone"),
    "sum": (lambda losses, sizes: np.dot(losses, sizes), "divide by their number"),
    "sizes forgotten": (lambda losses, sizes: sum(losses) / sum(sizes), "as many samples"),
    "last left out": (
        lambda losses, sizes: losses[0] if len(losses) == 1
        else np.dot(losses[:-1], sizes[:-1]) / sum(sizes[:-1]), "left out"),
    "divided by batches": (lambda losses, sizes: np.dot(losses, sizes) / len(sizes), "expected:"),
    "weighted by position": (
        lambda losses, sizes: np.average(losses, weights=range(1, 1 + len(losses))), "expected:"),
    "nothing": (lambda losses, sizes: None, "return"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), MEAN_WRONG.values(), ids=MEAN_WRONG)
def test_wrong_mean_loss(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.mean_loss(function)


def mean_by_loop(losses, sizes):
    total = 0
    for loss, size in zip(losses, sizes, strict=True):
        total += loss * size
    return float(total / sum(sizes))


@pytest.mark.parametrize(
    "function",
    [mean_by_loop, lambda a, n: np.average(a, weights=n), lambda a, n: np.float32(a @ n / n.sum())],
)
def test_right_mean_loss(function, capsys):
    check.mean_loss(function)
    assert "all 4 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- batches
def from_order(draw, last=True, labels=None):
    """Return a batch function; `draw(rng, n)` gives the order, `labels(rng, order)` theirs."""

    def batches(X, y, size, rng):
        order = draw(rng, len(X))
        order_y = order if labels is None else labels(rng, order)
        stop = len(X) if last else len(X) - len(X) % size
        for start in range(0, stop, size):
            rows = slice(start, start + size)
            yield X[order[rows]], y[order_y[rows]]

    return batches


def shuffled(rng, n):
    return rng.permutation(n)


def repeated_samples(X, y, size, rng):
    for start in range(0, len(X), size):
        rows = rng.integers(0, len(X), min(size, len(X) - start))
        yield X[rows], y[rows]


def in_place(X, y, size, rng):
    rng.shuffle(X)
    yield from from_order(lambda rng, n: np.arange(n))(X, y, size, rng)


BATCHES_WRONG = {
    "last dropped": (from_order(shuffled, last=False), "short batch is missing"),
    "X alone": (
        from_order(shuffled, labels=lambda rng, order: np.sort(order)), "with one order"),
    "two orders": (
        from_order(shuffled, labels=lambda rng, order: rng.permutation(order)), "one order"),
    "not shuffled": (from_order(lambda rng, n: np.arange(n)), "as they lie"),
    "own generator": (from_order(lambda rng, n: np.random.default_rng(7).permutation(n)), "given"),
    "with replacement": (repeated_samples, "sorted"),
    "the caller's arrays": (in_place, "wrote into its argument"),
    "samples only": (lambda X, y, size, rng: iter([X]), "raised"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), BATCHES_WRONG.values(), ids=BATCHES_WRONG)
def test_wrong_batches(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.batches(function)


def as_list(X, y, size, rng):
    order = np.argsort(rng.random(len(X)))
    cuts = range(size, len(X), size)
    return list(zip(np.split(X[order], cuts), np.split(y[order], cuts), strict=True))


@pytest.mark.parametrize("function", [get_batches, from_order(shuffled), as_list])
def test_right_batches(function, capsys):
    check.batches(function)
    assert "all 5 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- one pass
def right_pass(model, batches, optimizer, loss):
    values, sizes, wrong = [], [], 0
    for X, y in batches:
        scores = model.forward(X)
        values.append(loss.forward(scores, y))
        sizes.append(len(y))
        wrong += np.count_nonzero(np.argmax(scores, axis=1) != y)
        model.backward(loss.backward())
        optimizer.step(model)
    return np.average(values, weights=sizes), 100 * wrong / sum(sizes)


def sample_by_sample(model, batches, optimizer, loss):
    sums = np.zeros(3)
    for X, y in batches:
        scores = model.forward(X)
        sums += [len(X) * loss.forward(scores, y), (scores.argmax(1) != y).sum(), len(X)]
        model.set_grads(loss.backward())
        optimizer.step(model)
    return [sums[0] / sums[2], 100 * sums[1] / sums[2]]


class Changed:
    """Stands for a part of the loop and does one thing differently."""

    def __init__(self, part, **changes):
        self.part, self.changes = part, changes

    def __getattr__(self, name):
        return self.changes.get(name) or getattr(self.part, name)


def with_batches(change):
    return lambda model, batches, *rest: right_pass(model, change(list(batches)), *rest)


def with_optimizer(step):
    return lambda model, batches, optimizer, loss: right_pass(
        model, batches, Changed(optimizer, step=step), loss
    )


def with_return(change):
    return lambda *args: change(*right_pass(*args))


def last_loss(model, batches, optimizer, loss):
    batches = list(batches)
    error = right_pass(model, batches[:-1], optimizer, loss)[1] if batches[1:] else 0
    value, last = right_pass(model, batches[-1:], optimizer, loss)
    sizes = [sum(len(y) for _, y in batches[:-1]), len(batches[-1][1])]
    return value, np.average([error, last], weights=sizes)


def mean_of_means(model, batches, optimizer, loss):
    values = []
    keep = Changed(loss, forward=lambda *args: values.append(loss.forward(*args)) or values[-1])
    error = right_pass(model, batches, optimizer, keep)[1]
    return np.mean(values), error


def uphill(model):
    for name, p in model.params.items():
        p += 0.5 * model.grads[name]


def weights_only(model):
    model.params["0.W"] -= 0.5 * model.grads["0.W"]


PASS_WRONG = {
    "last loss": (last_loss, "last batch alone"),
    "mean of means": (mean_of_means, "mean of the batch means"),
    "fraction": (with_return(lambda loss, error: (loss, error / 100)), "in per cent"),
    "accuracy": (with_return(lambda loss, error: (loss, 100 - error)), "accuracy"),
    "loss only": (with_return(lambda loss, error: loss), "return both"),
    "nothing": (with_return(lambda loss, error: None), "end in return"),
    "no step": (with_optimizer(lambda model: None), "optimizer.step"),
    "uphill": (with_optimizer(uphill), "up the slope"),
    "no bias": (with_optimizer(weights_only), "expected:"),
    "last batch dropped": (with_batches(lambda all: all[:-1] or all), "expected:"),
    "first batch only": (with_batches(lambda all: all[:1]), "expected:"),
}


@pytest.mark.parametrize(("function", "hint"), PASS_WRONG.values(), ids=PASS_WRONG)
def test_wrong_pass(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.one_pass(function)


@pytest.mark.parametrize("function", [right_pass, sample_by_sample])
def test_right_pass(function, capsys):
    check.one_pass(function)
    assert "all 4 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- starters
@pytest.mark.parametrize("checker", [check.mean_loss, check.batches, check.one_pass])
def test_starters_are_not_started(checker):
    def starter(*args):
        raise NotImplementedError("exercise")

    with pytest.raises(NotStarted):
        checker(starter)
