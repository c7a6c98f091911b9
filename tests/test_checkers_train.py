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
    "late": ([9, 7, 7.5], "step 2.*\\n.*\\n?Hint: momentum comes one step late"),
    "sign of the last gradient": ([9, 6.5, 4.25], "step 3.*\\n.*\\n?Hint: the last gradient"),
    "momentum turned around": ([9, 7.5, 9.25], "keeps its sign"),
    "with the start": ([10, 9, 6.5, 6.25], "leave the start out"),
    "slip in step 1": ([8, 6.5, 6.25], "step 1.*\\n.*\\n?Hint: the velocity is 0"),
    "slip in step 2": ([9, 6, 6.25], "step 2.*\\n.*\\n?Hint: .*half of the velocity of step 1"),
    "slip in step 3": ([9, 6.5, 6.5], "step 3.*\\n.*\\n?Hint: .*half of the velocity of step 2"),
    "no number": ([9, 6.5, np.nan], "step 3"),
    "two weights only": ([9, 6.5], "3 numbers"),
    "a number": (9, "3 numbers"),
    "ragged": ([[9], [6.5, 6.25]], "3 numbers"),
    "in a list": ([[9, 6.5, 6.25]], "3 numbers"),
    "words": (["nine", "six", "six"], "3 numbers"),
    "a set": ({9, 6.5, 6.25}, "3 numbers"),
}


@pytest.mark.parametrize(("answer", "hint"), MOMENTUM_WRONG.values(), ids=MOMENTUM_WRONG)
def test_wrong_momentum(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as wrong:
        check.momentum(answer)
    message = str(wrong.value).replace(repr(answer), "")
    assert "expected" not in message
    assert "6.25" not in message


@pytest.mark.parametrize("answer", [[9, 6.5, 6.25], np.float32([9, 6.5, 6.25]), (9.0, 6.5, 6.25)])
def test_right_momentum(answer, capsys):
    check.momentum(answer)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, [None, None, None], [9, None, None], [..., ..., ...]])
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


def rotated(rng, n):
    return np.roll(np.arange(n), rng.integers(n))


def from_global(rng, n):
    return np.random.permutation(n)  # noqa: NPY002 (the mistake)


def last_never_shuffled(rng, n):
    return np.append(rng.permutation(n - 1), n - 1)


def within_each_batch(X, y, size, rng):
    for start in range(0, len(X), size):
        rows = start + rng.permutation(min(size, len(X) - start))
        yield X[rows], y[rows]


def short_batch_as_it_lies(X, y, size, rng):
    full = len(X) - len(X) % size
    order = np.append(rng.permutation(full), np.arange(full, len(X)))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


def blocks_of_four(rng, n):
    blocks = [np.arange(k, min(k + 4, n)) for k in range(0, n, 4)]
    return np.concatenate([blocks[k] for k in rng.permutation(len(blocks))])


def half_forgotten_later():
    calls = []

    def batches(X, y, size, rng):
        calls.append(1)
        order = rng.permutation(len(X))
        return from_order(lambda rng, n: order[: n if len(calls) < 9 else n // 2])(X, y, size, rng)

    return batches


BATCHES_WRONG = {
    "the global generator": (from_order(from_global), "rng alone"),
    "rotated": (from_order(rotated), "neighbours"),
    "last sample never shuffled": (from_order(last_never_shuffled), "sample 49 always comes"),
    "last batch never shuffled": (short_batch_as_it_lies, "sample 49 always comes in batch 7"),
    "shuffled within each batch": (within_each_batch, "before you cut them"),
    "blocks in a new order": (from_order(blocks_of_four), "neighbours"),
    "incomplete later": (half_forgotten_later(), "the samples of all batches|sizes"),
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
    "nothing": (lambda X, y, size, rng: None, "raised"),
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


def after_the_step(model, batches, optimizer, loss, both=False):
    values, sizes, wrong = [], [], 0
    for X, y in batches:
        values.append(loss.forward(model.forward(X), y))
        model.backward(loss.backward())
        optimizer.step(model)
        scores = model.forward(X)
        wrong += np.count_nonzero(scores.argmax(axis=1) != y)
        sizes.append(len(y))
        if both:
            values[-1] = loss.forward(scores, y)
    return np.average(values, weights=sizes), 100 * wrong / sum(sizes)


def weights_only(model):
    model.params["0.W"] -= 0.5 * model.grads["0.W"]


PASS_WRONG = {
    "last loss": (last_loss, "last batch alone"),
    "mean of means": (mean_of_means, "mean of the batch means"),
    "fraction": (with_return(lambda loss, error: (loss, error / 100)), "in per cent"),
    "accuracy": (with_return(lambda loss, error: (loss, 100 - error)), "accuracy"),
    "counted after the step": (after_the_step, "Hint: count with the scores from before the step"),
    "both after the step": (lambda *args: after_the_step(*args, both=True), "take loss and error"),
    "swapped": (with_return(lambda loss, error: (error, loss)), "the loss first"),
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


# ---------------------------------------------------------------- momentum or rate
def rates(first, second):
    return [(0.9, 0.002), (0.0, first), (0.9, 0.02), (0.0, second)]


RATE_WRONG = {
    "the same rate": (rates(0.002, 0.02), "a tenth as large"),
    "turned around": (rates(0.0002, 0.002), "the larger one"),
    "times m": (rates(0.0018, 0.018), "do not multiply"),
    "rate first": ([pair[::-1] for pair in rates(0.02, 0.2)], "momentum comes first"),
    "the second pair only": (rates(0.01, 0.2), "the values differ"),
    "two pairs": (rates(0.02, 0.2)[:2], "four pairs"),
    "ragged": ([*rates(0.02, 0.2)[:3], (0.2,)], "four pairs"),
    "a number": (0.02, "four pairs"),
}


@pytest.mark.parametrize(("settings", "hint"), RATE_WRONG.values(), ids=RATE_WRONG)
def test_wrong_rate(settings, hint):
    with pytest.raises(WrongAnswer, match=hint) as wrong:
        check.rate(settings)
    assert "expected:" not in str(wrong.value)


@pytest.mark.parametrize(
    "settings", [rates(0.02, 0.2), rates(0.002 / (1 - 0.9), 2e-1), np.array(rates(0.02, 0.2))]
)
def test_right_rate(settings, capsys):
    check.rate(settings)
    assert "rate: right" in capsys.readouterr().out


@pytest.mark.parametrize("settings", [None, rates(None, None), rates(0.02, None), rates(..., ...)])
def test_rate_not_started(settings):
    with pytest.raises(NotStarted):
        check.rate(settings)


# ---------------------------------------------------------------- starters
@pytest.mark.parametrize("checker", [check.mean_loss, check.batches, check.one_pass])
def test_starters_are_not_started(checker):
    def starter(*args):
        raise NotImplementedError("exercise")

    with pytest.raises(NotStarted):
        checker(starter)
