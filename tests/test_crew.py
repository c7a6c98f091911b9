"""Processes that share a batch: the same bits for any number, and nothing of them is left."""

import gc
import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import uuid
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

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
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    fast,
    fit,
    load_digits,
)
from lenet_core.blas import one_blas_thread
from lenet_core.fast import PIECE, Crew
from lenet_core.losses import SmoothedCrossEntropy
from lenet_core.train import train_epochs
from lenet_core.weights import weights_hash

if not sys.platform.startswith("linux"):
    pytest.skip("looks into /proc and /dev/shm", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
SHM = Path("/dev/shm")
ENDED = "a worker process ended"
NONE_STARTS = "training as with workers=1, because no other"


def until(condition, seconds=20):
    """Wait until condition() holds, and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"still not so after {seconds} seconds")
        time.sleep(0.005)
    return value


def state(pid):
    """Return the state of a process, as in ps; None if there is no such process."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return line.rpartition(")")[2].split()[0]


def has_ended(pid):
    """Tell whether a process has ended with all its threads, buried or not."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return True
    return len(threads) == 1 and state(pid) in ("Z", None)


def left_in_memory(prefix, pid):
    """Return the semaphores and blocks in /dev/shm that a process has made."""
    return [p.name for p in SHM.iterdir() if p.name.startswith((f"sem.{prefix}", f"pym-{pid}-"))]


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """No test leaves a child process or something in /dev/shm, and none hangs."""
    prefix = f"mp-{uuid.uuid4().hex[:8]}"
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", f"/{prefix}")

    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("a test of processes hangs"))
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    children = multiprocessing.active_children()
    for child in children:
        child.kill()
    assert not children
    gc.collect()
    assert not left_in_memory(prefix, os.getpid())


class Watched(SoftmaxCrossEntropy):
    """A loss for which this process waits until a worker has a piece, with which it does a deed."""

    def __init__(self, folder, deed="go on"):
        self.folder, self.deed = Path(folder), deed

    def forward(self, scores, y):
        if multiprocessing.parent_process():
            (self.folder / f"{os.getpid()}").touch()
            DEEDS[self.deed]()
            (self.folder / f"after {self.deed}").touch()
        else:
            until(self._has_come, seconds=5)
        return super().forward(scores, y)

    def _has_come(self):
        """Tell whether a worker has had a piece, and has ended or stopped if that is its deed."""
        if not (workers := self.workers()) or self.deed == "go on":
            return workers
        return all(state(pid) == "T" or has_ended(pid) for pid in workers)

    def workers(self):
        """Return the processes that have had a piece."""
        return {int(path.name) for path in self.folder.iterdir() if path.name.isdigit()}


def fail():
    raise ArithmeticError("the loss fails")


def send_myself(number):
    os.kill(os.getpid(), number)


DEEDS = {
    "go on": lambda: None,
    "kill": lambda: send_myself(signal.SIGKILL),
    "stop": lambda: send_myself(signal.SIGSTOP),
    "fail": fail,
}


def small(rng=0, dtype=np.float32):
    """Return a network for images of 16x16 pixels and ten classes."""
    like = {"rng": np.random.default_rng(rng), "dtype": dtype}
    return Sequential(
        [
            Conv2D(1, 4, 5, **like),
            Tanh(),
            AvgPool2D(2),
            Tanh(),
            Conv2D(4, 8, 3, **like),
            ReLU(),
            Flatten(),
            Dense(128, 10, **like),
        ]
    )


def digits(n=150):
    """Return every second pixel of some digits, and their labels."""
    X, y = load_digits()[:2]
    return X[:n, :, ::2, ::2], y[:n]


def train(model, *, workers, optimizer=None, **changes):
    """Fit with settings that all the tests share, but for the changes."""
    # 150 samples in batches of 70, 70 and 10: pieces of 32, 32 and 6, and one of 10
    settings = dict(epochs=2, batch_size=70, optimizer=optimizer or SGD(0.1), rng=0)
    return fit(model, *digits(), workers=workers, **settings | changes)


def trained(*, workers, **changes):
    """Return the hash of the weights after training, and the losses."""
    history = train(model := small(), workers=workers, **changes)
    return weights_hash(model), history.loss


@contextmanager
def crew(workers, loss=None, n=70, start_method="spawn"):
    """A crew for batches of n digits, and f() that lets it compute loss, scores and gradients."""
    model, (X, y) = small(), digits(n)
    ready = Crew(model, loss or SoftmaxCrossEntropy(), X.shape, workers, start_method)
    with one_blas_thread(), ready:
        ready.f = lambda X=X, y=y: results(ready, model, X, y)
        yield ready


def results(ready, model, X, y):
    """Return the bits of loss, scores and gradients of a batch."""
    loss, scores = ready(model, None, X, y)
    return loss, scores.tobytes(), {name: g.tobytes() for name, g in model.grads.items()}


def by_one(n=70):
    """Return what f() gives for one process."""
    with crew(1, n=n) as one:
        return one.f()


# The same bits for any number of processes

OPTIMIZERS = {
    "plain": dict(lr=0.1),
    "momentum": dict(lr=0.02, momentum=0.9),
    "Nesterov": dict(lr=0.02, momentum=0.9, nesterov=True),
    "weight decay": dict(lr=0.1, weight_decay=0.01),
}


@pytest.mark.parametrize("settings", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_a_hundred_steps_give_the_same_bits_for_any_number_and_the_losses_of_the_clear(settings):
    runs = {
        workers: trained(workers=workers, epochs=34, optimizer=SGD(**settings))
        for workers in (1, 2, 3, "clear")
    }
    assert runs[1] == runs[2] == runs[3]
    loss, clear = runs[1][1], runs["clear"][1]
    assert clear[-1] < 0.3 * clear[0]  # they have come far
    # Sums in another order differ by about 1e-7 of their terms, and the steps carry that on: by
    # 100 of them the losses are 3e-7 apart, as far as they are from those in float64.
    np.testing.assert_allclose(loss, clear, rtol=1e-5)


def test_smoothed_labels_give_the_same_bits_for_any_number_and_the_losses_of_the_clear():
    runs = {
        workers: trained(workers=workers, epochs=5, loss=SmoothedCrossEntropy(0.2))
        for workers in (1, 2, 3, "clear")
    }
    assert runs[1] == runs[2] == runs[3]
    np.testing.assert_allclose(runs[1][1], runs["clear"][1], rtol=1e-5)
    assert runs[1][0] != trained(workers=1, epochs=5)[0]  # the labels are smoothed indeed


def test_a_hundred_steps_in_float64_are_those_of_the_clear_layers():
    models = [small(dtype=np.float64) for _ in range(2)]
    for model, workers in zip(models, (2, "clear"), strict=True):
        train(model, workers=workers, epochs=34, optimizer=SGD(0.02, momentum=0.9))
    two, clear = models
    for name, p in clear.params.items():
        # Weights below 1, rounded to 1e-16 in each of 100 steps
        np.testing.assert_allclose(two.params[name], p, rtol=0, atol=1e-13)


def test_a_step_of_lenet_with_two_processes_is_that_of_the_clear_layers():
    X, y = (array[:75] for array in load_digits()[:2])
    models = {workers: LeNet5(rng=0, dtype=np.float64) for workers in (1, 2, "clear")}
    losses = [
        fit(m, X, y, epochs=1, batch_size=75, optimizer=SGD(0.1), rng=0, workers=w).loss[0]
        for w, m in models.items()
    ]
    assert weights_hash(models[1]) == weights_hash(models[2])
    np.testing.assert_allclose(losses, losses[0], rtol=1e-13)
    for name, p in models["clear"].params.items():
        np.testing.assert_allclose(models[2].params[name], p, rtol=0, atol=1e-13)


def test_gradients_are_added_in_the_order_of_the_pieces_whoever_comes_first():
    want = by_one(150)
    with crew(1, n=150) as one:
        one.share.compute = lambda: [
            one.share.compute_piece(one.batch, 150, piece) for piece in (4, 0, 3, 1, 2)
        ]
        assert one.f() == want
        assert len(one.board.done) == math.ceil(150 / PIECE) == 5


def test_loss_scores_and_gradients_are_those_of_the_whole_batch():
    (X, y), clear, loss = digits(70), small(), SoftmaxCrossEntropy()
    scores = clear.forward(X)
    value = loss.forward(scores, y)
    clear.set_grads(loss.backward())
    model = small()
    with one_blas_thread(), Crew(model, loss, X.shape) as one:
        got, got_scores = one(model, loss, X, y)
    assert got == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(got_scores, scores, rtol=1e-4, atol=1e-6)
    for name, grad in clear.grads.items():
        np.testing.assert_allclose(model.grads[name], grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n", [1, 31, 32, 33, 64, 69])
def test_a_batch_may_be_shorter_than_the_longest(n):
    want, (X, y) = by_one(n), digits(n)
    with crew(1) as one:
        one.f()
        assert one.f(X, y) == want
        one.f()
        assert one.f(X, y) == want


def test_smoothed_labels_are_trained_with_the_fast_twins_by_default():
    class Own(SmoothedCrossEntropy):
        """A loss of one's own, which may be no mean over the samples."""

    assert fast.uses_twins(small(), SmoothedCrossEntropy(), None)
    assert not fast.uses_twins(small(), Own(), None)
    assert not fast.uses_twins(small(), SmoothedCrossEntropy(), "clear")
    by_default, by_one = (trained(workers=w, loss=SmoothedCrossEntropy()) for w in (None, 1))
    assert by_default == by_one


def test_smoothed_losses_of_pieces_add_up_to_that_of_the_batch():
    (X, y), clear, loss = digits(70), small(), SmoothedCrossEntropy(0.3)
    value = loss.forward(clear.forward(X), y)
    clear.set_grads(loss.backward())
    with crew(1, loss) as one:
        got, _ = one(one.model, None, X, y)
        assert got == pytest.approx(value, rel=1e-6)
        for name, grad in clear.grads.items():
            np.testing.assert_allclose(one.model.grads[name], grad, rtol=1e-4, atol=1e-6)


def test_scores_are_a_copy_that_the_next_batch_leaves_alone():
    (X, y), model = digits(70), small()
    with Crew(model, SoftmaxCrossEntropy(), X.shape) as one:
        _, scores = one(model, None, X, y)
        kept = scores.copy()
        one(model, None, -X, y)
    np.testing.assert_array_equal(scores, kept)


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_workers_take_pieces_however_they_are_started(start_method, tmp_path):
    loss, want = Watched(tmp_path), by_one()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: fork with BLAS's own threads
        with crew(3, loss, start_method=start_method) as three:
            assert three.f() == want
            workers = {process.pid for process in three.processes}
            assert len(workers) == 2
            assert loss.workers()
            assert loss.workers() <= workers
            assert three.f() == want
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_sleeping_worker_is_woken(tmp_path):
    loss, want = Watched(tmp_path), by_one()
    with crew(2, loss) as two:
        for _ in range(3):
            until(lambda: two.board.asleep.all())
            for path in tmp_path.iterdir():
                path.unlink()
            assert two.f() == want  # for which the loss waits until the worker has a piece
            assert len(loss.workers()) == 1


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


class Counting(Watched):
    """A loss of which a worker tells how many threads its BLAS has."""

    def forward(self, scores, y):
        if multiprocessing.parent_process():
            (self.folder / f"threads: {blas_threads()}").touch()
        return super().forward(scores, y)


def test_workers_have_one_blas_thread_each(tmp_path, monkeypatch):
    for library in ("OPENBLAS", "MKL", "OMP"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "2")
    train(small(), workers=2, loss=Counting(tmp_path))
    assert [path.name for path in tmp_path.glob("threads*")] == ["threads: {1}"]


def test_blas_has_its_own_threads_again_after_processes():
    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads()
        train(small(), workers=2)
        assert blas_threads() == before
        with pytest.raises(ArithmeticError):
            train(small(), workers=2, optimizer=After(1, ArithmeticError))
        assert blas_threads() == before


# What counts of a piece


def on_board(board):
    return {name: array.tobytes() for name, array in vars(board).items()}


def test_the_late_piece_of_an_old_batch_is_not_written():
    with crew(1) as one:
        one.f()
        one.f()
        one.board.done[:] = False  # as when the new batch has just begun
        one.board.weights[:] *= 2
        before = on_board(one.board)
        one.share.compute_piece(one.batch - 1, 70, 1)
        assert on_board(one.board) == before
        one.share.compute_piece(one.batch, 70, 1)
        assert on_board(one.board) != before
        assert one.board.done.tolist() == [False, True, False]


def test_a_piece_that_is_done_is_not_written_again():
    with crew(1) as one:
        one.f()
        before = on_board(one.board)
        one.board.weights[:] *= 2
        one.share.compute_piece(one.batch, 70, 1)
        one.board.weights[:] /= 2
        assert on_board(one.board) == before


def test_each_piece_is_taken_once_and_no_more_than_there_are():
    with crew(1) as one:
        one.f()
        assert one.share._take() is None
        one.board.state[:] = 7, 70, 0
        assert [one.share._take() for _ in range(4)] == [(7, 70, 0), (7, 70, 1), (7, 70, 2), None]
        assert one.board.state.tolist() == [7, 70, 3]


class Delaying:
    """A lock that shows what was written only to those who take it, as a processor may."""

    def __init__(self, lock, array):
        self.lock, self.array, self.written = lock, array, None

    def hide(self):
        self.written = self.array.copy()
        self.array[...] = 77

    def acquire(self, timeout):
        if self.written is not None:
            self.array[...], self.written = self.written, None
        return self.lock.acquire(timeout=timeout)

    def release(self):
        self.lock.release()


def test_gradients_are_read_by_one_who_has_held_the_lock_since_they_were_written():
    want = by_one()
    with crew(1) as one:
        lock = one.share.lock = Delaying(one.share.lock, one.board.grads)
        compute = one.share.compute

        def compute_and_hide():
            compute()
            lock.hide()

        one.share.compute = compute_and_hide
        assert one.f() == want


def test_a_lock_that_a_killed_process_has_taken_with_it_ends_the_training(monkeypatch):
    model = small()
    own = model.params
    X, y = digits(70)
    with Crew(model, SoftmaxCrossEntropy(), X.shape, 2) as two:
        monkeypatch.setattr(fast, "LOCK_SECONDS", 0.01)
        two.share.lock.acquire()
        with pytest.raises(RuntimeError, match="killed or stopped while it wrote: train again"):
            two(model, None, X, y)
    assert all(p is own[name] for name, p in model.params.items())


# The end: after success, errors and Ctrl-C


class After(SGD):
    """SGD whose step number `at` raises an error."""

    def __init__(self, at, error):
        super().__init__(0.1)
        self.left, self.error = at, error

    def step(self, model):
        self.left -= 1
        if not self.left:
            raise self.error
        super().step(model)


def own_again(model, own):
    """Tell whether the parameters are the very arrays that they were, with gradients for each."""
    return all(p is own[name] for name, p in model.params.items()) and all(
        np.isfinite(model.grads[name]).all() and model.grads[name].shape == p.shape
        for name, p in own.items()
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_the_model_has_its_own_arrays_again_with_the_trained_values(workers):
    model = small()
    own, before = model.params, weights_hash(model)
    layers = [(layer, layer.params) for layer in model.layers]
    train(model, workers=workers)
    assert own_again(model, own)
    assert all(layer.params is params for layer, params in layers)
    assert weights_hash(model) != before
    assert all(np.any(grad) for grad in model.grads.values())
    clear = train(model, workers="clear")  # and goes on as if nothing had been
    assert np.isfinite(clear.loss).all()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("error", [ArithmeticError, KeyboardInterrupt])
def test_in_the_middle_of_an_epoch_training_ends_cleanly(error, workers):
    model = small()
    own = model.params
    try:
        assert train(model, workers=workers, optimizer=After(5, error)).interrupted
    except ArithmeticError:
        assert error is ArithmeticError
    assert not multiprocessing.active_children()
    assert own_again(model, own)
    with pytest.raises(ArithmeticError):
        train(twin := small(), workers=1, optimizer=After(5, ArithmeticError))
    assert weights_hash(model) == weights_hash(twin)  # four steps


def test_a_loss_that_is_no_number_ends_training_with_processes_too():
    model = small()
    own, before = model.params, weights_hash(model)
    model.params["7.b"][0] = np.inf
    with pytest.raises(FloatingPointError, match="the loss became"), np.errstate(all="ignore"):
        train(model, workers=2)
    assert all(p is own[name] for name, p in model.params.items())
    model.params["7.b"][0] = 0
    assert weights_hash(model) == before


class Raising(SoftmaxCrossEntropy):
    """A loss that fails in the process that trains, but not in others."""

    def forward(self, scores, y):
        return super().forward(scores, y) if multiprocessing.parent_process() else fail()


def test_an_error_in_the_loss_here_ends_training_and_the_workers():
    model = small()
    own = model.params
    with pytest.raises(ArithmeticError, match="the loss fails"):
        train(model, workers=3, loss=Raising())
    assert not multiprocessing.active_children()
    assert all(p is own[name] for name, p in model.params.items())


@pytest.mark.parametrize("deed", ["fail", "kill"])
def test_a_worker_that_ends_with_a_piece_is_told_of_and_training_goes_on(deed, tmp_path, capfd):
    with pytest.warns(RuntimeWarning, match=ENDED) as told:
        got = trained(workers=2, loss=Watched(tmp_path, deed))
    code = {"fail": "1", "kill": "-9"}[deed]
    assert [f"exit code {code}: training goes on" in str(w.message) for w in told] == [True]
    assert ("ArithmeticError: the loss fails" in capfd.readouterr().err) is (deed == "fail")
    assert got == trained(workers=1)


def kill(*processes):
    for process in processes:
        process.kill()
        process.join()


def test_workers_may_end_one_after_another(tmp_path):
    def all_one_by_one():
        with crew(3, Watched(tmp_path)) as three:
            yield three.f()
            for process in list(three.processes):
                kill(process)
                yield three.f()
                yield three.f()

    with pytest.warns(RuntimeWarning, match=ENDED) as told:
        got = list(all_one_by_one())
    assert got == [by_one()] * 5
    assert len(told) == 2


def test_a_worker_that_ends_unnoticed_is_told_of_at_the_end():
    with pytest.warns(RuntimeWarning, match=ENDED), crew(2) as two:
        kill(*two.processes)


def test_where_that_warning_is_an_error_all_ends_cleanly_too():
    model = small()
    own, X_shape = model.params, (70, 1, 16, 16)
    with pytest.raises(RuntimeWarning, match=ENDED), Crew(model, None, X_shape, 3) as three:
        kill(*three.processes)
    assert all(p is own[name] for name, p in model.params.items())
    assert not multiprocessing.active_children()


def test_a_piece_that_does_not_come_is_computed_here_and_its_late_result_is_left_out(tmp_path):
    want, loss = by_one(), Watched(tmp_path, "stop")
    with crew(2, loss) as two:
        (worker,) = two.processes
        assert two.f() == want
        assert two.f() == want
        assert worker.is_alive()
        assert not (tmp_path / "after stop").exists()
        two.board.done[:] = False  # of the batch that is now, not of that of the late piece
        two.board.state[2] = 99
        before = on_board(two.board)
        os.kill(worker.pid, signal.SIGCONT)
        until((tmp_path / "after stop").exists)
        until(lambda: two.board.asleep.all())
        before["asleep"] = on_board(two.board)["asleep"]
        assert on_board(two.board) == before


def test_a_stopped_worker_ends_with_the_training(tmp_path):
    loss = Watched(tmp_path, "stop")
    assert trained(workers=2, loss=loss) == trained(workers=1)
    (worker,) = loss.workers()
    assert not Path(f"/proc/{worker}").exists()


# The start, where there is none


class Unpicklable(SoftmaxCrossEntropy):
    """A loss that holds a function without a name."""

    def __init__(self):
        self.scale = lambda x: x


def local_loss():
    class Local(SoftmaxCrossEntropy):
        pass

    return Local()


@pytest.mark.parametrize("make", [Unpicklable, local_loss])
def test_a_loss_that_cannot_be_sent_is_computed_by_one_process(make):
    with pytest.warns(RuntimeWarning, match=NONE_STARTS) as told:
        got = trained(workers=3, loss=make())
    assert len(told) == 1
    assert Path(told[0].filename).name != "threading.py"
    assert got == trained(workers=1)


@pytest.mark.parametrize("error", [OSError, RuntimeError])
@pytest.mark.parametrize("good", [0, 1])
def test_where_processes_do_not_start_one_trains(monkeypatch, error, good):
    start, started = multiprocessing.process.BaseProcess.start, []

    def start_some(process):
        if len(started) == good:
            raise error("no more")
        start(process)
        started.append(process)

    want = trained(workers=1)
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing.process.BaseProcess, "start", start_some)
        with pytest.warns(
            RuntimeWarning, match=rf"{NONE_STARTS} process starts: {error.__name__}\('no more"
        ):
            assert trained(workers=3) == want
    assert not any(process.is_alive() for process in started)


class EndsAtOnce(SoftmaxCrossEntropy):
    """A loss that cannot be made again in another process."""

    def __setstate__(self, _):
        os._exit(3)

    def __getstate__(self):
        return {"something": 1}


def test_a_process_that_ends_before_it_answers_is_none():
    with pytest.warns(RuntimeWarning, match=NONE_STARTS):
        assert trained(workers=2, loss=EndsAtOnce()) == trained(workers=1)


def test_a_process_that_does_not_answer_is_none(monkeypatch):
    monkeypatch.setattr(fast, "START_SECONDS", 0)
    with pytest.warns(RuntimeWarning, match=f"{NONE_STARTS}.*no answer within 0 seconds"):
        assert trained(workers=2) == trained(workers=1)


def test_ctrl_c_while_processes_start_leaves_none(monkeypatch):
    def ctrl_c(*_):
        raise KeyboardInterrupt

    model = small()
    own, before = model.params, weights_hash(model)
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing.connection.Connection, "poll", ctrl_c)
        history = train(model, workers=2)
    assert history.interrupted
    assert len(history) == 0
    assert not multiprocessing.active_children()
    assert all(p is own[name] for name, p in model.params.items())
    assert weights_hash(model) == before


def test_main_is_there_again_after_the_start():
    main = sys.modules["__main__"]
    with crew(2):
        assert sys.modules["__main__"] is main
    with fast.main_left_out():
        assert sys.modules["__main__"] is not main
    with pytest.raises(ArithmeticError), fast.main_left_out():
        fail()
    assert sys.modules["__main__"] is main


def train_in_child(pipe, workers):
    """Train in a process that another one has made, and tell how it went."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RuntimeWarning)
        result = trained(workers=workers)
    pipe.send((result, [str(w.message) for w in told], fast.cores()))


@pytest.mark.parametrize(("workers", "warns"), [(None, 0), (2, 1)])
def test_a_daemon_that_may_have_no_children_trains_with_one(workers, warns):
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    args = its, workers
    with fast.main_left_out():
        child = context.Process(target=train_in_child, args=args, daemon=True)
        child.start()
    its.close()
    result, told, cores = ours.recv()
    child.join()
    assert result == trained(workers=1)
    assert [NONE_STARTS in message for message in told] == [True] * warns
    assert cores == 1


# The generator


def test_the_generator_may_be_left_with_its_processes():
    model = small()
    own = model.params
    passes = train_epochs(
        model, *digits(), epochs=9, batch_size=70, optimizer=SGD(0.1), rng=0, workers=2
    )
    next(passes)
    next(passes)
    assert len(multiprocessing.active_children()) == 1
    passes.close()
    assert not multiprocessing.active_children()
    assert own_again(model, own)
    assert weights_hash(model) == trained(workers=1)[0]


# Scripts, notebooks, and signals from outside

TRAINS = """
import multiprocessing
import numpy as np
from lenet_core import SGD, Conv2D, Dense, Flatten, Sequential, Tanh, fit
from lenet_core.weights import weights_hash

print("once", flush=True)
X = np.random.default_rng(0).normal(size=(70, 1, 6, 6)).astype(np.float32)
y = np.arange(70) % 3
rng = np.random.default_rng(0)
layers = Conv2D(1, 2, 3, rng=rng), Tanh(), Flatten(), Dense(32, 3, rng=rng)
settings = dict(epochs=2, batch_size=70, rng=0)
"""
AND_TELLS = """
model = Sequential(layers)
fit(model, X, y, optimizer=SGD(0.1), workers=WORKERS, **settings)
print(weights_hash(model), multiprocessing.active_children())
"""


def python(*args, stdin=None):
    """Run Python with warnings as errors: it would be one that no other process starts."""
    command = [sys.executable, "-W", "error::RuntimeWarning", *map(str, args)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, env=environment
    )


@pytest.fixture(scope="module")
def told_by_one():
    """What a script tells that trains with one process."""
    done = python("-c", TRAINS + AND_TELLS.replace("WORKERS", "1"))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("way", ["script", "stdin", "-c"])
def test_a_program_without_a_guard_runs_once(way, tmp_path, told_by_one):
    code = TRAINS + AND_TELLS.replace("WORKERS", "2")
    if way == "stdin":
        done = python("-", stdin=code)
    elif way == "-c":
        done = python("-c", code)
    else:
        (tmp_path / "program.py").write_text(code, encoding="utf-8")
        done = python(tmp_path / "program.py")
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "once"
    assert done.stdout == told_by_one


def test_a_script_that_leaves_the_generator_ends_without_a_word():
    code = """
from lenet_core.train import train_epochs
passes = train_epochs(
    Sequential(layers), X, y, optimizer=SGD(0.1), workers=2, **settings
)
print(next(passes).number)
"""
    done = python("-c", TRAINS + code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "once\n1\n", "")


def test_a_page_of_a_notebook_trains_with_two_processes(tmp_path, told_by_one):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    own_loss = """
from lenet_core import SoftmaxCrossEntropy
class Own(SoftmaxCrossEntropy): pass
model = Sequential([Flatten(), Dense(36, 3, rng=0)])
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    fit(model, X, y, optimizer=SGD(0.1), workers=2, loss=Own(), **settings)
[str(w.message)[:50] for w in told]
"""
    cells = [
        "import warnings\nwarnings.simplefilter('error', RuntimeWarning)\n"
        + TRAINS
        + AND_TELLS.replace("WORKERS", "2"),
        own_loss,
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    script = [sys.executable, str(ROOT / "scripts" / "run_notebooks.py"), str(path)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = (cell.outputs for cell in nbformat.read(path, as_version=4).cells)
    assert "".join(output.text for output in first) == told_by_one
    assert NONE_STARTS in second[0].data["text/plain"]


def members(group):
    """Return the processes of a group, but for those that are dead and not yet buried."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        pid = int(path.name)
        with suppress(OSError):  # it has ended meanwhile
            if os.getpgid(pid) == group and state(pid) not in ("Z", None):
                found.append(pid)
    return found


@contextmanager
def running(code):
    """Run a program in a group of its own until it has told of its workers."""
    prefix = f"mp-{uuid.uuid4().hex[:8]}"
    code = f"""
import multiprocessing
multiprocessing.current_process()._config["semprefix"] = "/{prefix}"
{TRAINS}
import json
def tell():
    print(json.dumps([child.pid for child in multiprocessing.active_children()]), flush=True)
{code}"""
    program = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert program.stdout.readline() == "once\n"
        program.workers = json.loads(program.stdout.readline())
        program.left_in_memory = lambda: left_in_memory(prefix, program.pid)
        yield program
    finally:
        if members(program.pid):
            os.killpg(program.pid, signal.SIGKILL)
        for stream in (program.stdin, program.stdout, program.stderr):
            stream.close()
        program.wait()


TRAINS_ON = """
class Waiting(SGD):
    steps = 0

    def step(self, model):
        super().step(model)
        self.steps += 1
        if self.steps == 3:
            tell()
            input()

settings["epochs"] = 10
history = fit(Sequential(layers), X, y, optimizer=Waiting(0.1), workers=3, **settings)
print(len(history), multiprocessing.active_children())
"""


def test_a_worker_killed_from_outside_does_not_end_the_program():
    with running(TRAINS_ON) as program:
        os.kill(program.workers[0], signal.SIGKILL)
        until(lambda: has_ended(program.workers[0]))
        out, err = program.communicate("\n", timeout=20)
        assert (program.returncode, out) == (0, "10 []\n")
        assert f"{ENDED}, exit code -9" in err
        until(lambda: not members(program.pid))
        until(lambda: not program.left_in_memory())


FITS_FOR_EVER = """
class Telling(SGD):
    steps = 0

    def step(self, model):
        super().step(model)
        self.steps += 1
        if self.steps == 3:
            tell()

settings["epochs"] = 10**9
history = fit(Sequential(layers), X, y, optimizer=Telling(0.1), workers=3, **settings)
print(history.interrupted, multiprocessing.active_children())
"""


def test_a_real_ctrl_c_reaches_all_the_group_and_ends_cleanly():
    with running(FITS_FOR_EVER) as program:
        assert len(program.workers) == 2
        assert set(program.workers) < set(members(program.pid))
        os.killpg(program.pid, signal.SIGINT)
        out, err = program.communicate(timeout=20)
        assert (program.returncode, out, err) == (0, "True []\n", "")
        until(lambda: not members(program.pid))
        until(lambda: not program.left_in_memory())


STEPS_FOR_EVER = """
import warnings
from lenet_core import SoftmaxCrossEntropy
from lenet_core.fast import Crew
warnings.simplefilter("ignore", DeprecationWarning)
model = Sequential(layers)
with Crew(model, SoftmaxCrossEntropy(), X.shape, 3, METHOD) as crew:
    crew(model, None, X, y)
    tell()
    while True:
        crew(model, None, X, y)
"""


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_when_the_parent_is_killed_the_workers_end_and_nothing_is_left(start_method):
    with running(STEPS_FOR_EVER.replace("METHOD", repr(start_method))) as program:
        assert len(program.workers) == 2
        assert program.left_in_memory() or start_method == "fork"  # the test sees semaphores
        program.kill()
        until(lambda: not members(program.pid))
        until(lambda: not program.left_in_memory())


def test_a_checkpoint_that_cannot_be_written_leaves_no_process(monkeypatch, tmp_path):
    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("lenet_core.checkpoint.Checkpoint.save", full)
    model = small()
    own = model.params
    settings = {"epochs": 2, "batch_size": 70, "optimizer": SGD(0.1), "workers": 2}
    with pytest.raises(OSError, match="no space left") as held:
        fit(model, *digits(70), checkpoint=tmp_path / "run.npz", **settings)
    assert not multiprocessing.active_children()
    assert all(p is own[name] for name, p in model.params.items())
    del held


@pytest.mark.parametrize("where", ["_miss", "_end"])
def test_ctrl_c_while_a_crew_ends_gives_the_parameters_back(monkeypatch, where):
    def ctrl_c(crew):
        end(crew)
        raise KeyboardInterrupt

    end = Crew._end
    model = small()
    own = model.params
    X, y = digits(70)
    crew = Crew(model, SoftmaxCrossEntropy(), X.shape, 2)
    crew.__enter__()
    crew(model, crew.loss, X, y)
    monkeypatch.setattr(Crew, where, ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        crew.__exit__(None)
    assert not multiprocessing.active_children()
    assert all(p is own[name] for name, p in model.params.items())


def test_ctrl_c_after_the_start_leaves_no_process(monkeypatch):
    def ctrl_c(crew):
        raise KeyboardInterrupt

    monkeypatch.setattr(Crew, "_lend", ctrl_c)
    model = small()
    with (
        pytest.raises(KeyboardInterrupt),
        Crew(model, SoftmaxCrossEntropy(), digits(70)[0].shape, 2),
    ):
        pytest.fail("the crew has not started")
    assert not multiprocessing.active_children()


PRESSED = """
from lenet_core import SGD, LeNet5, fit, load_digits
X, y, _, _ = load_digits()
settings = {"batch_size": 128, "rng": 0, "workers": 2, "progress": False}
fit(LeNet5(rng=0), X[:64], y[:64], epochs=1, optimizer=SGD(0.02), **settings)  # imports
print("begins", flush=True)
try:
    history = fit(LeNet5(rng=0), X, y, epochs=500, optimizer=SGD(0.02), **settings)
    print("interrupted", history.interrupted)
except KeyboardInterrupt:
    print("interrupted True")
"""


@pytest.mark.parametrize("seconds", [0.02, 0.04, 0.08, 0.16])
def test_ctrl_c_for_the_whole_group_is_not_told_by_a_worker_that_starts(seconds):
    command = [sys.executable, "-c", PRESSED]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, **pipes) as script:
        assert script.stdout.readline() == "begins\n"
        time.sleep(seconds)
        os.killpg(script.pid, signal.SIGINT)
        out, told = script.communicate(timeout=30)
    assert out == "interrupted True\n"
    assert "Traceback" not in told


def test_a_short_last_piece_has_arrays_of_its_own_that_are_kept(monkeypatch):
    made, allocate = [], fast.FastConv2D.allocate
    monkeypatch.setattr(
        fast.FastConv2D,
        "allocate",
        lambda self, n, *shape, dtype: made.append(n) or allocate(self, n, *shape, dtype=dtype),
    )
    model = small()
    X, y = digits(PIECE + 5)
    with Crew(model, SoftmaxCrossEntropy(), X.shape) as crew:
        made.clear()
        for _ in range(3):
            crew(model, crew.loss, X, y)
    assert made == [PIECE, PIECE, 5, 5]  # by both convolutions, once
