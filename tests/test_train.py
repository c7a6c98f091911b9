"""Batches, the loop, evaluation: what they compute, keep, refuse and leave alone."""

import io
import json
import multiprocessing
import sys
from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lenet_core import (
    SGD,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    LeNet5,
    Sequential,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
    evaluate,
    fast,
    fit,
    get_batches,
    load_digits,
    predict,
)
from lenet_core.augment import affine, shift
from lenet_core.fast import has_twin
from lenet_core.losses import SmoothedCrossEntropy
from lenet_core.schedules import constant, cosine, one_cycle, step
from lenet_core.train import Epoch, History, train_epochs, train_one_epoch, without_trace
from lenet_core.weights import weights_hash


def small(rng=0, dtype=np.float32):
    """Return a network for images of 6x6 pixels and three classes."""
    like = {"rng": np.random.default_rng(rng), "dtype": dtype}
    return Sequential([Conv2D(1, 2, 3, **like), Tanh(), Flatten(), Dense(32, 3, **like)])


def samples(n=10, seed=0, dtype=np.float32):
    """Return images (n, 1, 6, 6) and labels, neither of which can be written to."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, 1, 6, 6)).astype(dtype), np.arange(n) % 3
    X.setflags(write=False)
    y.setflags(write=False)
    return X, y


def train(model, *, n=10, optimizer=None, **changes):
    """Fit with settings that all the tests share, but for the changes."""
    settings = dict(epochs=3, batch_size=4, optimizer=optimizer or SGD(0.1, momentum=0.9), rng=0)
    return fit(model, *samples(n), **settings | changes)


def without_seconds(history):
    return {name: value for name, value in history.as_dict().items() if name != "seconds"}


class Interrupting(SGD):
    """SGD with momentum whose step number `at` is stopped by Ctrl-C."""

    def __init__(self, at):
        super().__init__(0.1, momentum=0.9)
        self.left = at

    def step(self, model):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        super().step(model)


# Batches


def test_batches_come_in_order_and_the_last_one_may_be_short():
    X, y = samples(10)
    batches = list(get_batches(X, y, 4))
    assert [len(X_batch) for X_batch, _ in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([b[0] for b in batches]), X)
    np.testing.assert_array_equal(np.concatenate([b[1] for b in batches]), y)


@pytest.mark.parametrize(("size", "sizes"), [(5, [5, 5]), (10, [10]), (99, [10]), (1, [1] * 10)])
def test_the_sizes_of_batches(size, sizes):
    assert [len(y) for _, y in get_batches(*samples(10), size)] == sizes


def test_a_generator_shuffles_samples_and_labels_together():
    X, y = np.arange(50.0)[:, None], np.arange(50)
    batches = list(get_batches(X, y, 8, np.random.default_rng(0)))
    order = np.concatenate([y_batch for _, y_batch in batches])
    np.testing.assert_array_equal(np.concatenate([X_batch for X_batch, _ in batches])[:, 0], order)
    assert sorted(order) == list(range(50))
    assert (order != np.arange(50)).mean() > 0.8


def order_of(rng):
    return [int(i) for _, batch in get_batches(np.zeros(20), np.arange(20), 8, rng) for i in batch]


def test_the_seed_decides_the_order_and_a_generator_moves_on():
    assert order_of(1) == order_of(1) == order_of(np.random.default_rng(1)) != order_of(2)
    rng = np.random.default_rng(1)
    assert order_of(rng) != order_of(rng)


@pytest.mark.parametrize("size", [0, -1, 2.5, None, True])
def test_a_batch_has_a_whole_number_of_samples(size):
    with pytest.raises(ValueError, match=f"batch_size .* at least 1, got {size}"):
        list(get_batches(*samples(), size))


def test_each_sample_needs_a_label():
    with pytest.raises(ValueError, match="10 samples but 9 labels"):
        list(get_batches(samples()[0], np.zeros(9, int), 4))


# The loop


def test_one_epoch_is_the_steps_written_out():
    X, y = samples(10, dtype=np.float64)
    model, twin = small(dtype=np.float64), small(dtype=np.float64)
    fit(model, X, y, epochs=1, batch_size=4, optimizer=SGD(0.1), rng=7)
    order = np.random.default_rng(7).permutation(10)
    for rows in (order[:4], order[4:8], order[8:]):
        loss = SoftmaxCrossEntropy()
        loss.forward(twin.forward(X[rows]), y[rows])
        twin.backward(loss.backward())
        for name, p in twin.params.items():
            p -= 0.1 * twin.grads[name]
    for name, p in model.params.items():
        np.testing.assert_allclose(p, twin.params[name], rtol=1e-12, atol=1e-14)


def test_training_lowers_the_loss():
    history = train(small(), epochs=40)
    assert history.loss[-1] < 0.1 < history.loss[0]
    assert history.train_error[-1] == 0


def test_the_history_has_an_entry_for_each_epoch():
    history = train(small(), epochs=3, validation=samples(7, seed=1))
    assert len(history) == 3
    columns = ("loss", "train_error", "validation_error", "seconds")
    assert all(len(getattr(history, name)) == 3 for name in columns)
    assert all(0 < seconds < 10 for seconds in history.seconds)
    assert history.interrupted is False
    assert History(**json.loads(json.dumps(history.as_dict()))) == history


def test_the_seconds_are_those_of_training_alone(monkeypatch):
    clock = [0]

    class OneSecond(SGD):
        def step(self, model):
            clock[0] += 1

    def a_long_evaluation(*_):
        clock[0] += 100
        return 1.0

    with monkeypatch.context() as patch:
        patch.setattr("lenet_core.train.evaluate", a_long_evaluation)
        patch.setattr("lenet_core.train.time.perf_counter", lambda: clock[0])
        history = train(small(), optimizer=OneSecond(0.1), validation=samples(7))
    assert history.seconds == [3, 3, 3]  # three batches an epoch


def test_errors_are_per_cent_of_the_samples():
    model, validation = small(), samples(7, seed=1)
    history = train(model, epochs=2, n=9, validation=validation)
    assert history.validation_error[-1] == pytest.approx(100 * (1 - evaluate(model, *validation)))
    wrong = 9 * np.array(history.train_error) / 100
    np.testing.assert_allclose(wrong, wrong.round(), atol=1e-12)


def test_the_train_error_is_that_of_the_weights_each_batch_met():
    X, y = samples(10)
    history = train(small(), epochs=1, batch_size=10)
    assert history.train_error == [pytest.approx(100 * (1 - evaluate(small(), X, y)))]


def test_without_validation_there_is_no_validation_error():
    assert train(small()).validation_error == [None, None, None]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_seed_gives_the_same_bits(dtype):
    runs = []
    for seed in (0, 0, 1):
        model = small(rng=seed, dtype=dtype)
        history = train(model, rng=seed, validation=samples(7, seed=1))
        runs.append((weights_hash(model), without_seconds(history)))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0]


def test_the_order_of_the_samples_alone_changes_the_weights():
    hashes = set()
    for seed in (0, 1):
        train(model := small(), rng=seed)
        hashes.add(weights_hash(model))
    assert len(hashes) == 2


def test_another_loss_may_be_given():
    class Doubled(SoftmaxCrossEntropy):
        def forward(self, scores, y):
            return 2 * super().forward(scores, y)

    once, twice = (train(small(), epochs=1, loss=loss, workers=1) for loss in (None, Doubled()))
    assert twice.loss[0] == pytest.approx(2 * once.loss[0], rel=1e-12)


def test_validation_does_not_change_the_training():
    hashes = set()
    for validation in (None, samples(7, seed=1)):
        train(model := small(), validation=validation)
        hashes.add(weights_hash(model))
    assert len(hashes) == 1


# The generator


def test_the_generator_yields_after_each_epoch_and_may_be_left():
    model, numbers = small(), []
    passes = train_epochs(model, *samples(), epochs=5, batch_size=4, optimizer=SGD(0.1), rng=0)
    for epoch in passes:
        assert isinstance(epoch, Epoch)
        numbers.append(epoch.number)
        if epoch.number == 2:
            break
    assert numbers == [1, 2]
    train(twin := small(), epochs=2, optimizer=SGD(0.1))
    assert weights_hash(model) == weights_hash(twin)


def test_the_generator_gives_what_fit_collects():
    settings = dict(epochs=3, batch_size=4, rng=0, validation=samples(7, seed=1))
    epochs = list(train_epochs(small(), *samples(), optimizer=SGD(0.1), **settings))
    history = fit(small(), *samples(), optimizer=SGD(0.1), **settings)
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    for name in ("loss", "train_error", "validation_error"):
        assert [getattr(epoch, name) for epoch in epochs] == getattr(history, name)


def test_the_generator_leaves_out_what_is_done():
    settings = dict(epochs=3, batch_size=4, optimizer=SGD(0.1))
    numbers = [e.number for e in train_epochs(small(), *samples(), done=2, **settings)]
    assert numbers == [3]


# Ctrl-C and checkpoints


@pytest.mark.parametrize(("step", "finished"), [(1, 0), (2, 0), (4, 1), (6, 1), (7, 2)])
def test_ctrl_c_returns_the_finished_epochs(step, finished):
    history = train(small(), epochs=3, optimizer=Interrupting(step))  # 3 steps an epoch
    assert history.interrupted is True
    assert len(history) == finished
    assert history.loss == train(small(), epochs=3).loss[:finished]


def test_ctrl_c_in_the_loss_or_in_the_validation_stops_cleanly_too(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lenet_core.train.evaluate", stop)
    assert train(small(), validation=samples(7)).interrupted
    loss = SoftmaxCrossEntropy()
    loss.backward = stop
    assert train(small(), loss=loss).interrupted


def test_ctrl_c_keeps_the_weights_as_they_are():
    train(model := small(), epochs=3, optimizer=Interrupting(4))
    train(twin := small(), epochs=1)
    assert weights_hash(model) == weights_hash(twin)


@pytest.mark.parametrize("validation", [None, samples(7, seed=1)], ids=["alone", "with validation"])
@pytest.mark.parametrize("step", [4, 5, 7])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path, step, validation):
    more = dict(epochs=4, validation=validation)
    want = train(whole := small(), optimizer=(first := SGD(0.1, momentum=0.9)), **more)
    more["checkpoint"] = tmp_path / "run.npz"
    assert train(small(), optimizer=Interrupting(step), **more).interrupted
    # Another start and another seed: all that counts comes from the file.
    model, optimizer = small(rng=99), SGD(0.1, momentum=0.9)
    history = train(model, optimizer=optimizer, **more | {"rng": 99})
    assert weights_hash(model) == weights_hash(whole)
    assert without_seconds(history) == without_seconds(want)
    for name, velocity in first.velocity.items():
        np.testing.assert_array_equal(optimizer.velocity[name], velocity)


def test_a_finished_run_is_not_trained_again(tmp_path):
    more = dict(checkpoint=tmp_path / "run.npz")
    history = train(whole := small(), **more)
    again = train(model := small(rng=99), **more)
    assert again == history
    assert weights_hash(model) == weights_hash(whole)


def test_a_finished_run_goes_on_when_more_epochs_are_asked_for(tmp_path):
    want = train(whole := small(), epochs=5)
    train(small(), epochs=2, checkpoint=tmp_path / "run.npz")
    history = train(model := small(rng=99), epochs=5, checkpoint=tmp_path / "run.npz")
    assert without_seconds(history) == without_seconds(want)
    assert weights_hash(model) == weights_hash(whole)


def test_fewer_epochs_than_are_done_are_refused(tmp_path):
    train(small(), epochs=3, checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="3 epochs are done already, epochs=2"):
        train(small(), epochs=2, checkpoint=tmp_path / "run.npz")


def test_a_checkpoint_changes_nothing_in_the_training(tmp_path):
    train(model := small(), checkpoint=str(tmp_path / "run.npz"))
    train(twin := small())
    assert weights_hash(model) == weights_hash(twin)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_ctrl_c_while_a_checkpoint_is_written_leaves_the_last_one(tmp_path, monkeypatch):
    path, real, calls = tmp_path / "run.npz", np.savez, []

    def second_one_breaks(file, **arrays):
        calls.append(file)
        if len(calls) == 2:
            file.write(b"half a file")
            raise KeyboardInterrupt
        real(file, **arrays)

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", second_one_breaks)
        assert train(small(), checkpoint=path).interrupted
    assert list(tmp_path.iterdir()) == [path]
    want = train(whole := small())
    assert without_seconds(train(model := small(rng=99), checkpoint=path)) == without_seconds(want)
    assert weights_hash(model) == weights_hash(whole)


OTHER_RUNS = {
    "rate": (dict(optimizer=SGD(0.2, momentum=0.9)), r"'lr': 0\.1.*now.*'lr': 0\.2"),
    "batch size": (dict(batch_size=5), "batch_size was 4, now 5"),
    "data": (dict(n=11), "data was"),
}


@pytest.mark.parametrize(("change", "message"), OTHER_RUNS.values(), ids=OTHER_RUNS.keys())
def test_the_checkpoint_of_another_run_is_refused(tmp_path, change, message):
    train(small(), checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match=message):
        train(model := small(rng=1), checkpoint=tmp_path / "run.npz", **change)
    assert weights_hash(model) == weights_hash(small(rng=1))


@pytest.mark.parametrize("number", [np.int64(4), np.int32(4)])
def test_numbers_of_numpy_do_for_a_run_with_a_checkpoint(tmp_path, number):
    settings = dict(batch_size=number, optimizer=SGD(np.float32(0.125)))
    train(small(), checkpoint=tmp_path / "run.npz", **settings)
    plain = dict(batch_size=4, optimizer=SGD(0.125))
    assert len(train(small(), checkpoint=tmp_path / "run.npz", **plain)) == 3


# Schedules


class Noting(SGD):
    """SGD that notes the rate of each step, and raises an error in step number `at`."""

    def __init__(self, lr=0.1, momentum=0.0, at=None, error=KeyboardInterrupt):
        super().__init__(lr, momentum)
        self.rates, self.at, self.error = [], at, error

    def step(self, model):
        self.rates.append(self.lr)
        if len(self.rates) == self.at:
            raise self.error
        super().step(model)


SCHEDULES = {
    "constant": constant,
    "step": step,
    "cosine": cosine,
    "one cycle": one_cycle,
    "one of one's own": lambda t: 1 + t,
    "none at first": lambda t: int(t > 0.5),
}
schedules = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)


@schedules
@pytest.mark.parametrize("workers", [1, "clear"])
def test_each_step_is_made_with_the_rate_of_its_place_in_the_run(schedule, workers):
    train(small(), epochs=4, optimizer=(noting := Noting()), schedule=schedule, workers=workers)
    assert noting.rates == [0.1 * schedule(k / 12) for k in range(12)]  # 3 steps an epoch
    assert noting.lr == 0.1


def test_without_a_schedule_the_rate_is_exactly_that_of_the_optimizer():
    train(model := small(), optimizer=(noting := Noting(0.3)))
    train(twin := small(), optimizer=SGD(0.3), schedule=lambda t: 1)
    assert set(noting.rates) == {0.3}
    assert weights_hash(model) == weights_hash(twin)


def test_the_rate_is_what_the_steps_are_made_with():
    model, twin, rates = small(dtype=np.float64), small(dtype=np.float64), iter([0.1, 0.05])
    X, y = samples(10)
    fit(model, X, y, epochs=2, batch_size=10, optimizer=SGD(0.1), schedule=cosine, workers="clear")
    for rate in rates:
        loss = SoftmaxCrossEntropy()
        loss.forward(twin.forward(X), y)
        twin.backward(loss.backward())
        for name, p in twin.params.items():
            p -= rate * twin.grads[name]
    for name, p in model.params.items():
        np.testing.assert_allclose(p, twin.params[name], rtol=1e-12, atol=1e-14)


def test_a_resumed_run_meets_the_rates_that_are_left(tmp_path):
    more = dict(epochs=4, schedule=one_cycle, checkpoint=tmp_path / "run.npz")
    train(small(), optimizer=Noting(at=7), **more)
    train(small(), optimizer=(noting := Noting()), **more)
    assert noting.rates == [0.1 * one_cycle(k / 12) for k in range(6, 12)]


@pytest.mark.parametrize("at", [1, 2, 8])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ArithmeticError])
@pytest.mark.parametrize("workers", [1, "clear"])
def test_the_optimizer_has_its_own_rate_again_after_an_error(at, error, workers):
    noting = Noting(at=at, error=error)
    try:
        assert train(small(), optimizer=noting, schedule=one_cycle, workers=workers).interrupted
    except ArithmeticError:
        assert error is ArithmeticError
    assert len(noting.rates) == at
    assert noting.rates[-1] != 0.1
    assert noting.lr == 0.1


def test_the_optimizer_has_its_own_rate_again_after_an_error_between_epochs(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr("lenet_core.checkpoint.write_arrays", fail)
    with pytest.raises(OSError, match="disk is full"):
        train(
            small(),
            optimizer=(noting := Noting()),
            schedule=cosine,
            checkpoint=tmp_path / "run.npz",
        )
    assert noting.lr == 0.1


def test_the_optimizer_has_its_own_rate_again_after_the_generator_is_left():
    settings = dict(epochs=5, batch_size=4, optimizer=(noting := Noting()), schedule=cosine)
    passes = train_epochs(small(), *samples(), **settings)
    next(passes)
    assert noting.rates[-1] < 0.1
    passes.close()
    assert noting.lr == 0.1


BAD_SCHEDULES = {
    "a name": ("cosine", r"schedule must be a function of t from 0 to 1, got 'cosine'"),
    "a number": (0.5, "schedule must be a function of t from 0 to 1, got 0.5"),
    "None": (None, "schedule must be a function of t from 0 to 1, got None"),
    "negative": (lambda t: 0.5 - t, r"schedule\(0\.51\) .* at least 0, got -0\.01"),
    "negative at the end": (lambda t: 0.985 - t, r"schedule\(0\.99\) .* at least 0, got -0\.005"),
    "NaN": (lambda t: np.nan, r"schedule\(0\) must be a number of at least 0, got nan"),
    "infinite": (lambda t: np.inf, r"schedule\(0\) must be a number of at least 0, got inf"),
    "text": (lambda t: "1", r"schedule\(0\) must be a number of at least 0, got '1'"),
    "nothing": (lambda t: None, r"schedule\(0\) must be a number of at least 0, got None"),
}
BAD_AUGMENTATIONS = {
    "a name": ("shift", r"augment must be a function of \(X, rng\), got 'shift'"),
    "already called": (np.zeros(999), r"got array\(.{,30}\): do not call it"),
    "True": (True, r"augment must be a function of \(X, rng\), got True"),
    "0": (0, r"augment must be a function of \(X, rng\), got 0"),
    "another shape": (
        lambda X, rng: X[:, :, :5],
        r"return what it gets, here \(2, 1, 6, 6\) float32, got \(2, 1, 5, 6\) float32",
    ),
    "fewer samples": (lambda X, rng: X[:1], r"here \(2, 1, 6, 6\) .*, got \(1, 1, 6, 6\) float32"),
    "another dtype": (lambda X, rng: X.astype(float), r"6\) float32, got \(2, 1, 6, 6\) float64"),
    "a list": (lambda X, rng: X.tolist(), r"here \(2, 1, 6, 6\) float32, got None .*list"),
    "nothing": (lambda X, rng: None, "float32, got None .*NoneType"),
    "NaN": (lambda X, rng: X * np.nan, "what augment returns must be finite, got NaN .* 72 of 72"),
}
BAD_CHANGES = {
    f"{name}: {key}": (name, value, message)
    for name, table in {"schedule": BAD_SCHEDULES, "augment": BAD_AUGMENTATIONS}.items()
    for key, (value, message) in table.items()
}


@pytest.mark.parametrize(("name", "value", "message"), BAD_CHANGES.values(), ids=BAD_CHANGES)
def test_a_bad_schedule_or_augmentation_is_refused_before_anything(tmp_path, name, value, message):
    train(small(), epochs=1, checkpoint=tmp_path / "run.npz")
    model, noting, rng = small(), Noting(), np.random.default_rng(0)
    before = rng.bit_generator.state
    for more in ({}, {"checkpoint": tmp_path / "run.npz"}):
        with pytest.raises(ValueError, match=message):
            train(model, optimizer=noting, rng=rng, **{name: value}, **more)
    with pytest.raises(ValueError, match=message):
        next(train_epochs(model, *samples(), epochs=1, optimizer=noting, rng=rng, **{name: value}))
    assert weights_hash(model) == weights_hash(small())
    assert noting.rates == []
    assert rng.bit_generator.state == before


# Augmentation

move = partial(shift, pixels=1)


class Seen:
    """An augmentation that adds 100 to all pixels and keeps what it was given."""

    def __init__(self):
        self.batches = []

    def __call__(self, X, rng):
        self.batches.append(X.copy())
        return X + np.float32(100)


class Watched(Flatten):
    """A Flatten that keeps what `look` says of each batch that passes."""

    def __init__(self, look):
        super().__init__()
        self.look, self.seen = look, []

    def forward(self, x):
        if len(x) > 1:  # one sample alone comes only to see whether the shapes fit
            self.seen.append(self.look(x))
        return super().forward(x)


def test_each_training_batch_is_augmented_once_and_the_validation_digits_never():
    augment, first = Seen(), Watched(lambda x: x[:, 0, 0, 0].copy())
    model = Sequential([first, Dense(36, 3, rng=0)])
    validation = samples(7, seed=1)
    optimizer = SGD(1e-6)
    train(model, augment=augment, validation=validation, epochs=2, optimizer=optimizer)
    X, y = samples(10)
    # Besides the batches of training it meets two samples before, once in fit and in its loop.
    assert [len(batch) for batch in augment.batches] == [2, 2] + [4, 4, 2] * 2
    rng, met = np.random.default_rng(0), iter(first.seen)
    batches = iter(augment.batches[2:])
    for _ in range(2):
        for batch, _ in get_batches(X, y, 4, rng):
            np.testing.assert_array_equal(next(batches), batch)
            np.testing.assert_array_equal(next(met), batch[:, 0, 0, 0] + np.float32(100))
        np.testing.assert_array_equal(next(met), validation[0][:, 0, 0, 0])
    assert next(met, None) is None


def test_samples_are_augmented_anew_in_each_pass_with_the_generator_of_the_run():
    X = samples(10)[0]
    X_before = X.copy()
    met = []

    def noted(X, rng):
        met.append(shift(X, rng, pixels=1))
        return met[-1]

    train(small(), augment=noted, epochs=3)
    del met[:2]  # the looks before training
    rng = np.random.default_rng(0)
    for _ in range(3):
        order = rng.permutation(10)
        for rows in (order[:4], order[4:8], order[8:]):
            np.testing.assert_array_equal(met.pop(0), shift(X[rows], rng, pixels=1))
    np.testing.assert_array_equal(X, X_before)


def test_an_augmentation_that_changes_nothing_and_draws_nothing_leaves_the_training_as_it_is():
    train(model := small(), augment=lambda X, rng: X)
    train(twin := small())
    assert weights_hash(model) == weights_hash(twin)


@pytest.mark.parametrize("augment", [move, affine, partial(shift, pixels=0)])
def test_the_samples_are_not_changed(augment):
    X, y = samples(10)
    X = X.copy()
    fit(small(), X, y, epochs=2, batch_size=4, optimizer=SGD(0.1), rng=0, augment=augment)
    np.testing.assert_array_equal(X, samples(10)[0])


FULL = dict(augment=move, schedule=one_cycle, loss=SmoothedCrossEntropy(0.1))


def test_the_same_seed_gives_the_same_bits_with_augmentation_and_another_seed_others():
    hashes = []
    for seed in (0, 0, 1):
        train(model := small(), rng=seed, **FULL)
        hashes.append(weights_hash(model))
    assert hashes[0] == hashes[1] != hashes[2]


def test_augmentation_schedule_and_smoothing_each_change_the_weights():
    hashes = set()
    for left_out in (None, *FULL):
        train(model := small(), **{name: v for name, v in FULL.items() if name != left_out})
        hashes.add(weights_hash(model))
    assert len(hashes) == 4


@pytest.mark.parametrize("augment", [move, affine])
def test_processes_change_no_bit_with_augmentation_and_schedule(augment):
    runs = []
    for workers in (1, 2, None):
        more = FULL | dict(augment=augment, n=70, batch_size=40, workers=workers)
        history = train(model := small(), **more)
        runs.append((weights_hash(model), history.loss))
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize("workers", [1, 2, "clear"])
def test_a_resumed_run_with_all_of_it_ends_with_the_same_bits(tmp_path, workers):
    more = FULL | dict(epochs=4, n=70, batch_size=40, workers=workers)
    want = train(whole := small(), optimizer=(first := SGD(0.1, momentum=0.9)), **more)
    more["checkpoint"] = tmp_path / "run.npz"
    history = train(small(), optimizer=Interrupting(4), **more)  # 2 steps an epoch
    assert (history.interrupted, len(history)) == (True, 1)
    model, optimizer = small(rng=99), SGD(0.1, momentum=0.9)
    history = train(model, optimizer=optimizer, **more | {"rng": 99})
    assert weights_hash(model) == weights_hash(whole)
    assert without_seconds(history) == without_seconds(want)
    for name, velocity in first.velocity.items():
        np.testing.assert_array_equal(optimizer.velocity[name], velocity)


OTHER_SETTINGS = {
    "no schedule": (dict(schedule=constant), "epochs was 4, now None"),
    "schedule": (dict(schedule=cosine), r"schedule was 'one_cycle', now 'cosine'"),
    "setting of the schedule": (
        dict(schedule=partial(one_cycle, warmup=0.2)),
        r"schedule was 'one_cycle', now 'one_cycle\(warmup=0\.2\)'",
    ),
    "no augmentation": (dict(augment=None), r"augment was .*pixels=1.*, now None"),
    "augmentation": (dict(augment=affine), r"augment was .*pixels=1.*, now 'affine'"),
    "setting of the augmentation": (
        dict(augment=partial(shift, pixels=2)),
        r"augment was .*pixels=1.*, now .*pixels=2",
    ),
    "smoothing": (
        dict(loss=SmoothedCrossEntropy(0.2)),
        r"loss was '.*smoothing=0\.1\)', now '.*smoothing=0\.2\)'",
    ),
    "no smoothing": (dict(loss=None), r"loss was '.*0\.1\)', now 'SoftmaxCrossEntropy'"),
    "more epochs": (dict(epochs=5), "epochs was 4, now 5"),
    "fewer epochs": (dict(epochs=3), "epochs was 4, now 3"),
}


def test_a_schedule_asks_for_an_optimizer_with_a_rate():
    class Own:
        def step(self, model):
            raise AssertionError("it trained")

    with pytest.raises(ValueError, match="a schedule needs an optimizer with a rate lr, got "):
        train(small(), optimizer=Own(), schedule=cosine)


@pytest.mark.parametrize(("change", "message"), OTHER_SETTINGS.values(), ids=OTHER_SETTINGS)
def test_a_run_does_not_go_on_with_other_settings(tmp_path, change, message):
    same = FULL | dict(epochs=4, checkpoint=tmp_path / "run.npz")
    train(small(), optimizer=Interrupting(5), **same)
    optimizer = SGD(0.1, momentum=0.9)
    with pytest.raises(ValueError, match=message):
        train(model := small(rng=1), optimizer=optimizer, **same | change)
    assert weights_hash(model) == weights_hash(small(rng=1))
    assert (optimizer.lr, optimizer.velocity) == (0.1, {})


def test_a_run_with_augmentation_but_no_schedule_goes_on_when_more_epochs_are_asked_for(tmp_path):
    more = dict(augment=move, loss=SmoothedCrossEntropy(0.1))
    train(whole := small(), epochs=5, **more)
    train(small(), epochs=2, checkpoint=tmp_path / "run.npz", **more)
    train(model := small(rng=9), epochs=5, checkpoint=tmp_path / "run.npz", **more)
    assert weights_hash(model) == weights_hash(whole)


def test_an_augmentation_that_writes_into_its_batch_does_not_change_the_samples():
    def brighter(X, rng):
        X += 1
        return X

    X, y = samples(10)
    X = X.copy()
    fit(small(), X, y, epochs=1, batch_size=4, optimizer=SGD(0.1), rng=0, augment=brighter)
    np.testing.assert_array_equal(X, samples(10)[0])


def test_a_number_of_numpy_does_for_the_epochs_of_a_schedule_with_a_checkpoint(tmp_path):
    more = dict(schedule=cosine, checkpoint=tmp_path / "run.npz")
    train(small(), epochs=np.int64(2), **more)
    assert len(train(small(), epochs=2, **more)) == 2


def test_an_optimizer_needs_no_rate():
    class Own:
        def step(self, model):
            for name, p in model.params.items():
                p -= 0.1 * model.grads[name]

    train(model := small(), optimizer=Own())
    train(twin := small(), optimizer=SGD(0.1))
    for name, p in model.params.items():
        np.testing.assert_allclose(p, twin.params[name], rtol=1e-4, atol=1e-6)


# What a run must not do


def test_nothing_is_printed_where_stderr_is_no_terminal(capfd):
    train(small(), validation=samples(7))
    evaluate(small(), *samples())
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_shown_on_request(capfd):
    train(small(), progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "3/3" in err
    assert "loss=" in err


def test_the_bar_of_a_resumed_run_counts_all_epochs(capfd, tmp_path):
    train(small(), epochs=2, checkpoint=tmp_path / "run.npz")
    train(small(), epochs=3, checkpoint=tmp_path / "run.npz", progress=True)
    err = capfd.readouterr().err
    assert "2/3" in err
    assert "3/3" in err


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("progress", "shown"), [(None, True), (True, True), (False, False)])
def test_a_terminal_gets_a_bar_unless_it_is_declined(monkeypatch, progress, shown):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    train(small(), progress=progress)
    assert ("3/3" in terminal.getvalue()) is shown


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    """BLAS has two threads, as it would have on two cores."""
    with threadpool_limits(limits=2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("threadpoolctl cannot set the threads of this BLAS")
        yield


def probed():
    probe = Watched(lambda x: blas_threads())
    return probe, Sequential([probe, Dense(36, 3, rng=0)])


def test_blas_has_one_thread_while_fit_runs_and_two_again_after(two_threads):
    probe, model = probed()
    train(model, validation=samples(7))
    assert probe.seen == [{1}] * 3 * 4  # three batches and one of validation an epoch
    assert blas_threads() == {2}


def test_blas_has_one_thread_in_evaluate_and_two_again_after(two_threads):
    probe, model = probed()
    evaluate(model, *samples(), batch_size=5)
    assert probe.seen == [{1}, {1}]
    assert blas_threads() == {2}


def test_blas_has_its_threads_again_between_two_epochs(two_threads):
    _, model = probed()
    for _ in train_epochs(model, *samples(), epochs=2, optimizer=SGD(0.1)):
        assert blas_threads() == {2}


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_blas_has_its_threads_again_after_an_error(two_threads, error):
    def fail(_):
        raise error

    _, model = probed()
    model.set_grads = fail
    try:
        assert train(model).interrupted
    except RuntimeError:
        assert error is RuntimeError
    assert blas_threads() == {2}


# Evaluation


def test_accuracy_is_the_share_of_samples_whose_largest_score_is_their_label():
    X = np.array([[3, 1, 2], [0, 1, 2], [5, 9, 1], [1, 0, 0]], np.float64)
    identity = Sequential([Dense(3, 3, dtype=np.float64)])
    identity.params["0.W"][...] = np.eye(3)
    assert evaluate(identity, X, np.array([0, 2, 0, 1])) == 0.5
    assert evaluate(identity, X, np.array([0, 2, 1, 0])) == 1.0


@pytest.mark.parametrize("batch_size", [1, 3, 4, 10, 999])
def test_accuracy_does_not_depend_on_the_batch_size(batch_size):
    X, y = samples(10)
    want = (small().forward(X).argmax(axis=1) == y).mean()
    assert evaluate(small(), X, y, batch_size=batch_size) == pytest.approx(want, abs=1e-15)


# Predictions


def images_and_labels(n):
    return tuple(array[:n] for array in load_digits()[:2])


@pytest.fixture(scope="module")
def a_little_trained():
    """Return LeNet-5 after a few steps, and digits that it has not seen."""
    X, y = images_and_labels(700)
    model = LeNet5(rng=0)
    fit(model, X[:400], y[:400], epochs=2, batch_size=20, optimizer=SGD(0.1), rng=0, workers=1)
    return model, X[400:], y[400:]


@pytest.mark.parametrize("batch_size", [1, 32, 77, 300])
def test_predictions_on_digits_are_the_largest_scores_of_the_clear_layers(
    a_little_trained, batch_size
):
    model, X, y = a_little_trained
    scores = without_trace(model).forward(X)
    first, second = np.sort(scores, axis=1)[:, [-1, -2]].T
    assert (first - second).min() > 1e-5 * np.abs(scores).max()  # beyond what roundings can swap
    predicted = predict(model, X, batch_size)
    assert np.issubdtype(predicted.dtype, np.integer)
    np.testing.assert_array_equal(predicted, scores.argmax(axis=1))
    accuracy = (predicted == y).mean()
    assert 0.5 < accuracy < 1
    assert evaluate(model, X, y, batch_size) == accuracy


def kept(model):
    """Return what the layers hold, by identity and as bytes."""
    return [
        {
            name: (id(value), value.tobytes() if isinstance(value, np.ndarray) else None)
            for name, value in (vars(layer) | layer.params | layer.grads).items()
        }
        for layer in model.layers
    ]


@pytest.mark.parametrize("last", [[], [Softmax()]], ids=["fast twins", "clear layers"])
def test_a_prediction_between_forward_and_backward_changes_nothing(last):
    model = Sequential([*small(dtype=np.float64).layers, *last])
    assert has_twin(model) is not bool(last)
    X, y = samples(10, dtype=np.float64)
    dy = np.random.default_rng(3).normal(size=(10, 3))
    model.backward(np.ones_like(model.forward(-X)))
    model.forward(X)
    before = kept(model)
    predict(model, 2 * X[:7], batch_size=3)
    evaluate(model, 2 * X, y)
    assert kept(model) == before
    model.set_grads(dy)
    want = {name: grad.tobytes() for name, grad in model.grads.items()}
    model.forward(X)
    model.set_grads(dy)
    assert {name: grad.tobytes() for name, grad in model.grads.items()} == want


def test_networks_without_a_twin_predict_the_same():
    X, _ = samples(10)
    model = Sequential([*small().layers, Softmax()])
    np.testing.assert_array_equal(predict(model, X), predict(small(), X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictions_take_samples_of_either_dtype_and_cannot_write_into_them(dtype):
    X, _ = samples(10, dtype=dtype)
    want = small().forward(X).argmax(axis=1)
    np.testing.assert_array_equal(predict(small(), X), want)
    np.testing.assert_array_equal(predict(small(), X[::-1]), want[::-1])


def test_samples_need_not_be_images():
    X = np.random.default_rng(0).normal(size=(40, 6, 4))
    model = Sequential([Flatten(), Dense(24, 5, rng=0, dtype=np.float64)])
    np.testing.assert_array_equal(predict(model, X), model.forward(X).argmax(axis=1))
    fit(model, X, np.arange(40) % 5, epochs=1, optimizer=SGD(0.1), rng=0)


def test_predict_says_what_is_wrong_with_a_shape():
    with pytest.raises(ValueError, match=r"LeNet5 input .*x\[:, None\] adds the axis of channels"):
        predict(LeNet5(rng=0), np.zeros((4, 32, 32)))
    with pytest.raises(ValueError, match=r"Conv2D input .*\(N, 1, H, W\), got .*2, 6, 6\)"):
        predict(small(), np.zeros((4, 2, 6, 6)))
    with pytest.raises(ValueError, match=r"batch_size .* at least 1, got 0"):
        predict(small(), samples()[0], batch_size=0)


# Processes; what they do is in test_crew.py


def test_the_number_of_processes_changes_no_bit_and_the_clear_layers_roundings_alone():
    hashes, losses = [], []
    for workers in (None, 1, 2, np.int64(2), "clear"):
        history = train(model := small(), n=70, batch_size=40, workers=workers)
        hashes.append(weights_hash(model))
        losses.append(history.loss)
    assert len(set(hashes[:-1])) == 1
    assert losses[0] == losses[1] == losses[2] == losses[3]
    # Nine steps in float32: sums in another order differ by about 1e-7 of their terms.
    np.testing.assert_allclose(losses[-1], losses[0], rtol=1e-5)


@pytest.mark.parametrize("workers", [0, -1, True, False, 1.5, "two", "2", [2], np.nan, np.ones(2)])
def test_another_number_of_processes_is_refused(workers):
    model = small()
    with pytest.raises(ValueError, match=r'workers, unless None or "clear", .* at least 1, got'):
        train(model, workers=workers)
    assert weights_hash(model) == weights_hash(small())


def test_a_checkpoint_is_left_alone_until_the_number_of_processes_is_checked(tmp_path):
    train(small(), checkpoint=tmp_path / "run.npz")
    model = small()
    with pytest.raises(ValueError, match="workers, unless None"):
        train(model, checkpoint=tmp_path / "run.npz", workers="two")
    assert weights_hash(model) == weights_hash(small())


def test_a_run_with_the_clear_layers_goes_on_with_them_alone(tmp_path):
    path = tmp_path / "run.npz"
    train(small(), epochs=2, checkpoint=path, workers="clear")
    with pytest.raises(ValueError, match="layers was 'clear', now 'fast'"):
        train(small(), epochs=3, checkpoint=path, workers=1)
    train(whole := small(), epochs=3, workers="clear")
    train(resumed := small(), epochs=3, checkpoint=path, workers="clear")
    assert weights_hash(resumed) == weights_hash(whole)


CREWS = {  # workers, batch_size, epochs: number of processes
    "one is asked for": (1, 128, 1000, 1),
    "two are asked for": (2, 128, 1, 2),
    "as many as pieces": (8, 128, 1, 4),
    "more than pieces": (8, 70, 1, 3),
    "one piece": (2, 32, 1000, 1),
    "little work": (None, 128, 1, 1),
    "just too little": (None, 128, 299, 1),
    "just enough": (None, 128, 300, 2),
    "much work in one piece": (None, 32, 1000, 1),
}


@pytest.mark.parametrize(("workers", "batch", "epochs", "want"), CREWS.values(), ids=CREWS.keys())
def test_as_many_processes_as_pay(monkeypatch, workers, batch, epochs, want):
    monkeypatch.setattr(fast, "cores", lambda: 2)
    X, _ = samples(200)
    crew = fast.choose_crew(small(), SoftmaxCrossEntropy(), X, batch, epochs, workers)
    assert fast.WORTH == 200 * 300
    assert crew.workers == want


class Weighted(SoftmaxCrossEntropy):
    """A loss of one's own, which may be no mean over the samples."""


CLEAR = {
    "another loss": (small(), Weighted()),
    "no convolution": (Sequential([Flatten(), Dense(36, 3, rng=0)]), SoftmaxCrossEntropy()),
}


@pytest.mark.parametrize(("model", "loss"), CLEAR.values(), ids=CLEAR.keys())
def test_by_default_the_clear_layers_train_where_the_twins_may_differ_or_not_pay(model, loss):
    X, _ = samples(200)
    assert fast.choose_crew(model, loss, X, 128, 10**6, None) is None
    assert fast.choose_crew(model, loss, X, 128, 10**6, 1).workers == 1


class Replacing(SGD):
    """Gradient descent that gives a layer new arrays instead of changing its own."""

    def step(self, model):
        for layer in model.layers:
            for name, grad in layer.grads.items():
                layer.params[name] = layer.params[name] - self.lr * grad


def test_an_optimizer_may_replace_the_parameters():
    losses = {}
    for workers in ("clear", 1):
        history = train(small(), n=70, batch_size=35, optimizer=Replacing(0.5), workers=workers)
        losses[workers] = history.loss
    np.testing.assert_allclose(losses[1], losses["clear"], rtol=1e-5)
    assert losses[1][2] < losses[1][0]


def test_few_samples_are_one_piece():
    X, _ = samples(32)
    assert fast.choose_crew(small(), SoftmaxCrossEntropy(), X, 128, 10**6, 2).workers == 1
    assert (
        fast.choose_crew(small(), SoftmaxCrossEntropy(), samples(33)[0], 128, 10**6, 2).workers == 2
    )


def test_by_default_there_are_as_many_processes_as_cores(monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 3)
    assert fast.cores() == 3
    assert (
        fast.choose_crew(small(), SoftmaxCrossEntropy(), samples(200)[0], 128, 300, None).workers
        == 3
    )
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "another")
    assert fast.cores() == 1


def test_epochs_that_are_done_do_not_count(monkeypatch, tmp_path):
    monkeypatch.setattr(fast, "cores", lambda: 2)
    monkeypatch.setattr(fast, "WORTH", 70 * 3)
    asked = []

    def choose(*args):
        asked.append(fast.choose_crew(*args).workers)
        return fast.choose_crew(*args[:-1], 1)

    monkeypatch.setattr("lenet_core.train.choose_crew", choose)
    more = dict(n=70, batch_size=70, checkpoint=tmp_path / "run.npz")
    train(small(), epochs=2, **more)
    train(small(), epochs=5, **more)
    train(small(), epochs=7, **more)
    assert asked == [1, 2, 1]


def overlapping():
    """Return a network without a twin."""
    return Sequential([AvgPool2D(2, stride=1), Flatten(), Dense(25, 3, rng=0)])


@pytest.mark.parametrize("workers", [None, 1, "clear"])
def test_a_network_without_a_twin_trains_with_its_clear_layers(workers):
    history = train(model := overlapping(), workers=workers)
    want = train(other := overlapping(), workers="clear")
    assert (weights_hash(model), history.loss) == (weights_hash(other), want.loss)


def test_more_processes_for_a_network_without_a_twin_are_declined_aloud():
    with pytest.warns(RuntimeWarning, match="no.* fast twin: workers=2 has no effect"):
        train(model := overlapping(), workers=2)
    train(other := overlapping(), workers="clear")
    assert weights_hash(model) == weights_hash(other)


def test_a_method_put_on_a_layer_is_used():
    model, seen = small(), []
    real = model.layers[1].forward
    model.layers[1].forward = lambda x: seen.append(len(x)) or real(x)
    train(model, epochs=1)
    assert seen[-3:] == [4, 4, 2]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_evaluation_between_epochs_sees_the_weights_of_that_moment(workers):
    model, validation = small(), samples(50, seed=1)
    settings = dict(epochs=6, batch_size=70, optimizer=SGD(0.5), rng=0, validation=validation)
    seen, errors = [], []
    for epoch in train_epochs(model, *samples(70), workers=workers, **settings):
        seen.append(weights_hash(model))
        right = without_trace(model).forward(validation[0]).argmax(axis=1) == validation[1]
        errors.append(epoch.validation_error)
        assert epoch.validation_error == pytest.approx(100 * (1 - right.mean()))
    assert len(set(seen)) == 6
    assert len(set(errors)) > 1
    assert seen[-1] == weights_hash(model)


@pytest.mark.parametrize("workers", [1, 2, "clear"])
def test_the_gradients_of_the_last_batch_are_there_after_training(workers):
    model = small(dtype=np.float64)
    train(model, n=70, epochs=1, batch_size=70, workers=workers, optimizer=SGD(1e-300))
    X, y = samples(70)
    loss, clear = SoftmaxCrossEntropy(), small(dtype=np.float64)
    loss.forward(clear.forward(X), y)
    clear.backward(loss.backward())
    for name, grad in clear.grads.items():
        np.testing.assert_allclose(model.grads[name], grad, rtol=1e-12, atol=1e-15)


def test_a_resumed_run_with_two_processes_ends_with_the_same_bits(tmp_path):
    more = dict(n=70, batch_size=40, epochs=4)
    want = train(whole := small(), workers=1, **more)
    more |= dict(workers=2, checkpoint=tmp_path / "run.npz")
    assert train(small(), optimizer=Interrupting(6), **more).interrupted  # 2 steps an epoch
    history = train(model := small(rng=99), **more | {"rng": 99})
    assert weights_hash(model) == weights_hash(whole)
    assert without_seconds(history) == without_seconds(want)


# Bad input

X, Y = samples(10)


def spoiled(value):
    bad = X.copy()
    bad[9, 0, 5, 5] = value
    return bad


BAD_SAMPLES = {
    "NaN": (spoiled(np.nan), Y, "X must be finite, got NaN or infinity in 1 of 360 places"),
    "infinity": (spoiled(np.inf), Y, "X must be finite, got NaN or infinity in 1 of 360 places"),
    "bytes": (np.zeros((10, 1, 6, 6), np.uint8), Y, "X must hold float32 or float64 .*got uint8"),
    "a list": ([[0.0]] * 10, Y, "X must .*got a list"),
    "two channels": (np.zeros((10, 2, 6, 6)), Y, r"\(N, 1, H, W\), got shape \(\d+, 2, 6, 6\)"),
    "another size": (np.zeros((10, 1, 7, 6)), Y, r"\(N, 32\), got shape \(\d+, 40\)"),
    "no samples": (X[:0], Y[:0], "no samples: at least one"),
    "labels too few": (X, Y[:9], r"labels .*\(10,?\), got shape \(9,\)"),
    "labels one-hot": (X, np.eye(10, 3), r"labels .*\(10,?\), got shape \(10, 3\)"),
    "labels a list": (X, Y.tolist(), "labels .*got a list"),
    "labels floats": (X, Y.astype(float), "labels must be integers, got float64"),
    "last label too large": (X, np.array([0] * 9 + [3]), "0 to 2, got values from 0 to 3"),
    "last label negative": (X, np.array([0] * 9 + [-1]), "0 to 2, got values from -1 to 0"),
}
bad_samples = pytest.mark.parametrize(("X", "y", "message"), BAD_SAMPLES.values(), ids=BAD_SAMPLES)


@bad_samples
def test_fit_refuses_bad_samples_before_the_first_step(X, y, message):
    model = small()
    with pytest.raises(ValueError, match=message):
        fit(model, X, y, epochs=1, batch_size=3, optimizer=SGD(0.1), rng=0)  # the last comes late
    assert weights_hash(model) == weights_hash(small())


@bad_samples
def test_fit_refuses_a_bad_validation_set_before_the_first_step(X, y, message):
    model = small()
    with pytest.raises(ValueError, match=message):
        train(model, validation=(X, y))
    assert weights_hash(model) == weights_hash(small())


@bad_samples
def test_evaluate_refuses_bad_samples(X, y, message):
    with pytest.raises(ValueError, match=message):
        evaluate(small(), X, y, batch_size=3)


@bad_samples
def test_bad_samples_are_refused_with_a_checkpoint_too(X, y, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        fit(small(), X, y, epochs=1, optimizer=SGD(0.1), checkpoint=tmp_path / "run.npz")


BAD_SETTINGS = {
    "epochs 0": (dict(epochs=0), "epochs .* at least 1, got 0"),
    "epochs 1.5": (dict(epochs=1.5), "epochs .* whole number .*got 1.5"),
    "batch size 0": (dict(batch_size=0), "batch_size .* at least 1, got 0"),
    "batch size a word": (dict(batch_size="4"), "batch_size .* whole number .*got '4'"),
}


@pytest.mark.parametrize(("change", "message"), BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_bad_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        train(small(), **change)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_stops_the_training(value):
    model, loss = small(), SoftmaxCrossEntropy()
    loss.forward = lambda scores, y: value
    with pytest.raises(FloatingPointError, match=f"loss became {value}: .*smaller learning"):
        train(model, loss=loss)
    assert weights_hash(model) == weights_hash(small())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_rate_far_too_large_ends_in_that_error():
    model = Sequential([Flatten(), Dense(36, 8, rng=0), Dense(8, 3, rng=0)])
    with pytest.raises(FloatingPointError, match="the loss became"):
        train(model, optimizer=SGD(1e30))


BAD_PARTS = {
    "a class for the model": (dict(model=Sequential), "model must be a network such as LeNet5"),
    "a word for the optimizer": (
        dict(optimizer="sgd"),
        "optimizer must be one such as .*got 'sgd'",
    ),
    "a class for the optimizer": (dict(optimizer=SGD), "optimizer must be one such as SGD"),
    "no pair to validate with": (dict(validation=X), r"a pair \(X, y\), got a ndarray"),
}


@pytest.mark.parametrize(("part", "message"), BAD_PARTS.values(), ids=BAD_PARTS)
def test_parts_of_another_kind_are_refused(part, message):
    parts = dict(model=small(), optimizer=SGD(0.1), validation=None) | part
    with pytest.raises(ValueError, match=message):
        fit(parts.pop("model"), X, Y, epochs=1, **parts)


def test_labels_of_another_form_are_told_how_to_be_mended():
    with pytest.raises(ValueError, match=r"one-hot rows become labels with y\.argmax"):
        fit(small(), X, np.eye(10, 3, dtype=int), epochs=1, optimizer=SGD(0.1))
    with pytest.raises(ValueError, match="classes are counted from 0"):
        fit(small(), X, np.full(10, 3), epochs=1, optimizer=SGD(0.1))


def test_a_pass_over_no_batches_is_refused():
    with pytest.raises(ValueError, match="no batch to train on"):
        train_one_epoch(small(), [], SGD(0.1), SoftmaxCrossEntropy())


@pytest.mark.parametrize(
    "change", [dict(validation=(X, Y)), dict(loss=type("Other", (SoftmaxCrossEntropy,), {})())]
)
def test_a_run_with_another_loss_or_validation_set_does_not_go_on(change, tmp_path):
    same = dict(optimizer=SGD(0.1), checkpoint=tmp_path / "run.npz", rng=0)
    fit(small(), X, Y, epochs=1, **same)
    with pytest.raises(ValueError, match=next(iter(change))):
        fit(small(), X, Y, epochs=2, **same, **change)
