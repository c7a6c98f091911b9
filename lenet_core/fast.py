"""Fast twins of the layers, and processes that share a batch: the one place for clever code.

A twin computes what its clear layer computes, with the same parameters. The chapter "Make it
fast" explains each of the differences:

- Memory is (H, C, W, N): the rows of all maps lie together. A window is then widened along one
  axis alone, kw times instead of kh*kw times.
- An array is made once and used again: what a twin returned is gone at its next call.
- The batch is cut into pieces of 32 samples, small enough for the caches.
- The pieces are spread over processes, each with one BLAS thread.
"""

import contextlib
import copy
import itertools
import math
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import types
import warnings

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .blas import one_blas_thread
from .layers import AvgPool2D, Conv2D, Dense, Flatten, Layer, ReLU, Tanh
from .losses import SmoothedCrossEntropy, SoftmaxCrossEntropy
from .model import LeNet5, Sequential
from .validate import positive_int

PIECE = 32  # samples: few enough for the caches, enough for long products
WORTH = 60_000  # samples in all passes together, from where a second process repays its start
PATIENCE = 0.0005  # seconds to wait for a late piece, less than it takes to compute it again
LINGER = 0.001  # seconds to look out for the next batch before a worker goes to sleep
START_SECONDS = 60  # to wait for the answer of a process that starts
LOCK_SECONDS = 60  # to wait for the lock, which a process has for less than a millisecond
PITCH = 16  # numbers between samples: with 4,096 bytes from one to the next they share few lines

# ---- layers


class Twin(Layer):
    """A layer with the parameters of its clear layer, which makes its arrays once.

    `backward` uses up what `forward` returned and kept.
    """

    def __init__(self, clear):
        super().__init__()
        self.params = clear.params  # the same dict: both see the same arrays
        self.grads = lay_out(np.zeros(clear.n_params, dtype_of(clear)), clear.params)
        self.x_shape = None

    def make_arrays(self, x):
        """Make the arrays for inputs of the shape of `x`, unless they are there."""
        if x.shape != self.x_shape:
            self.x_shape = x.shape
            self.allocate(*x.shape, dtype=x.dtype)


class FastConv2D(Twin):
    """Conv2D by rows: windows widened along the width, and kernel rows as an overlapping view."""

    def allocate(self, n, c, h, w, dtype):
        """Make the arrays, and the views in which they are seen."""
        out, _, kh, kw = self.params["W"].shape
        oh, ow = h - kh + 1, w - kw + 1
        self.columns = np.empty((h, c, kw, ow, n), dtype)
        self.windows = overlapping(self.columns.reshape(h, c * kw, ow * n), kh)
        self.y = np.empty((oh, out, ow, n), dtype)
        self.products = np.empty((oh, out, kh * c * kw), dtype)
        self.framed = np.zeros((h + kh - 1, out, ow * n), dtype)
        self.touching = overlapping(self.framed, kh)
        self.dcolumns, self.shifted = skewed((h, c, kw, w, n), dtype)
        self.dx = np.empty((h, c, w, n), dtype)

    def forward(self, x):
        """Map images (N, C, H, W) to feature maps (N, out, OH, OW)."""
        self.make_arrays(x)
        W, b = self.params["W"], self.params["b"]
        ow = self.y.shape[2]
        x = x.transpose(2, 1, 3, 0)  # (H, C, W, N), as it lies in memory
        for j in range(W.shape[3]):
            self.columns[:, :, j] = x[:, :, j : j + ow]
        y = as_rows(self.y)  # (OH, out, OW*N)
        np.matmul(in_rows(W), self.windows, out=y)  # (out, kh*C*kw) @ (OH, kh*C*kw, OW*N)
        y += b[:, None]
        return self.y.transpose(3, 1, 0, 2)

    def backward(self, dy):
        """Map dL/dy (N, out, OH, OW) to dL/dx (N, C, H, W); set dL/dW and dL/db."""
        self.set_grads(dy)
        W, dy = self.params["W"], as_rows(dy.transpose(2, 1, 3, 0))  # (OH, out, OW*N)
        out, _, kh, _ = W.shape
        if len(dy) == 1:  # each input row has met one kernel row, and no other
            W = W.transpose(2, 1, 3, 0).reshape(kh, -1, out)  # (H, C*kw, out)
            np.matmul(W, dy, out=self.dcolumns)
        else:
            self.framed[kh - 1 :][: len(dy)] = dy  # between kh-1 rows of zeros on each side
            W = W[:, :, ::-1].transpose(1, 3, 2, 0).reshape(-1, kh * out)  # (C*kw, kh*out)
            np.matmul(W, self.touching, out=self.dcolumns)  # (H, C*kw, OW*N)
        np.add.reduce(self.shifted, axis=2, out=self.dx)  # over the kernel's columns
        return self.dx.transpose(3, 1, 0, 2)

    def set_grads(self, dy):
        """Set dL/dW and dL/db."""
        dy = as_rows(dy.transpose(2, 1, 3, 0))  # (OH, out, OW*N)
        windows = self.windows.transpose(0, 2, 1)  # (OH, OW*N, kh*C*kw)
        dW = in_rows(self.grads["W"])  # (out, kh*C*kw)
        if len(dy) == 1:
            np.matmul(dy[0], windows[0], out=dW)
        else:
            half = windows.shape[2] // 2
            for part in (slice(half), slice(half, None)):  # BLAS has a shorter way for small ones
                np.matmul(dy, windows[:, :, part], out=self.products[:, :, part])
            np.add.reduce(self.products, axis=0, out=dW)  # over the output rows
        np.einsum("hop->o", dy, out=self.grads["b"])


class FastAvgPool2D(Twin):
    """AvgPool2D whose windows do not overlap: add rows, then columns."""

    def __init__(self, clear):
        super().__init__(clear)
        self.pool_size = clear.pool_size

    def allocate(self, n, c, h, w, dtype):
        """Make the arrays, and the views in which they are seen."""
        ph, pw = self.pool_size
        oh, ow = h // ph, w // pw
        self.rows = np.empty((oh, c, ow * pw, n), dtype)
        self.y = np.empty((oh, c, ow, n), dtype)
        self.share = np.empty_like(self.y)
        self.dx = np.zeros((h, c, w, n), dtype)  # a pixel that fills no window keeps its 0
        self.dwindows = self.dx[: oh * ph, :, : ow * pw].reshape(oh, ph, c, ow, pw, n)

    def forward(self, x):
        """Map (N, C, H, W) to (N, C, OH, OW)."""
        self.make_arrays(x)
        (ph, pw), (oh, _, width, _) = self.pool_size, self.rows.shape
        x = x.transpose(2, 1, 3, 0)[: oh * ph, :, :width]  # (H, C, W, N), what fills windows
        add_up([x[i::ph] for i in range(ph)], self.rows)
        add_up([self.rows[:, :, j::pw] for j in range(pw)], self.y)
        self.y *= 1 / (ph * pw)
        return self.y.transpose(3, 1, 0, 2)

    def backward(self, dy):
        """Map dL/dy (N, C, OH, OW) to dL/dx (N, C, H, W): an equal share to each pixel."""
        np.multiply(dy.transpose(2, 1, 3, 0), 1 / math.prod(self.pool_size), out=self.share)
        self.dwindows[...] = self.share[:, None, :, :, None]
        return self.dx.transpose(3, 1, 0, 2)


class FastDense(Twin):
    """Dense on features that lie batch-last: y.T = W.T x.T + b."""

    def allocate(self, n, n_in, dtype):
        """Make the arrays."""
        self.y = np.empty((self.params["W"].shape[1], n), dtype)
        self.dx = np.empty((n_in, n), dtype)

    def forward(self, x):
        """Map features (N, in_features) to (N, out_features)."""
        self.make_arrays(x)
        self.x = x
        np.matmul(self.params["W"].T, x.T, out=self.y)
        self.y += self.params["b"][:, None]
        return self.y.T

    def backward(self, dy):
        """Map dL/dy (N, out_features) to dL/dx (N, in_features); set dL/dW and dL/db."""
        self.set_grads(dy)
        np.matmul(self.params["W"], dy.T, out=self.dx)
        return self.dx.T

    def set_grads(self, dy):
        """Set dL/dW and dL/db."""
        np.matmul(self.x.T, dy, out=self.grads["W"])
        np.add.reduce(dy, axis=0, out=self.grads["b"])


class FastTanh(Twin):
    """Tanh in place: y takes the array of x, and dL/dx that of y."""

    def forward(self, x):
        """Turn x into tanh(x)."""
        self.y = np.tanh(x, out=x)
        return self.y

    def backward(self, dy):
        """Turn y into dL/dx = (1 - y^2) dL/dy."""
        self.y *= self.y
        np.subtract(1, self.y, out=self.y)
        self.y *= dy
        return self.y


class FastReLU(Twin):
    """ReLU in place: y takes the array of x, and dL/dx that of y."""

    def forward(self, x):
        """Turn x into max(x, 0)."""
        self.y = np.maximum(x, 0, out=x)
        return self.y

    def backward(self, dy):
        """Turn y into dL/dx: dL/dy where x was positive, 0 elsewhere."""
        np.sign(self.y, out=self.y)
        self.y *= dy
        return self.y


TWINS = {
    Conv2D: FastConv2D,
    AvgPool2D: FastAvgPool2D,
    Dense: FastDense,
    Flatten: copy.copy,  # it computes nothing
    Tanh: FastTanh,
    ReLU: FastReLU,
}


class FastNetwork(Sequential):
    """The fast twins of all the layers of a network, in a row."""

    def __init__(self, model):
        super().__init__([TWINS[type(layer)](layer) for layer in model.layers])
        self.x_shape, self.dtype = None, dtype_of(model)

    def allocate(self, n, *sample):
        """Make the arrays for `n` samples: as they come, PITCH numbers apart, and batch-last."""
        size = math.prod(sample)
        self.x_shape = (n, *sample)
        self.spread = np.empty((n, size + PITCH), self.dtype)[:, :size].reshape(self.x_shape)
        self.axes = (2, 1, 3, 0) if len(sample) == 3 else (*range(1, len(sample) + 1), 0)
        self.x = np.empty_like(self.spread.transpose(self.axes), order="C")  # (H, C, W, N)

    def forward(self, x):
        """Lay x (N, C, H, W) or (N, features) batch-last, and pass it through all the twins."""
        if x.shape != self.x_shape:
            self.allocate(*x.shape)
        self.spread[...] = x
        self.x[...] = self.spread.transpose(self.axes)
        return super().forward(self.x.transpose(np.argsort(self.axes)))

    def bind(self, weights, grads):
        """Take the parameters from one flat array and leave the gradients in another."""
        for layer, span in zip(self.layers, spans(self), strict=True):
            layer.grads = lay_out(grads[span], layer.params)
            layer.params = lay_out(weights[span], layer.params)


def has_twin(model):
    """Tell whether a FastNetwork does what `model` does."""
    if type(model) not in (Sequential, LeNet5) or own_methods(model):
        return False
    kinds = [type(layer) for layer in model.layers if type(layer) is not Flatten]
    params = list(model.params.values())
    squashes = {Tanh, ReLU}  # in place, so the layer before must not need what it returned
    return (
        set(kinds) <= set(TWINS)
        and not any(own_methods(layer) for layer in model.layers)
        and not any({a, b} <= squashes for a, b in itertools.pairwise(kinds))
        and all(p.pool_size == p.stride for p in model.layers if type(p) is AvgPool2D)
        and len({p.dtype for p in params}) == 1
        and all(p.flags.writeable for p in params)
        and not any(np.may_share_memory(a, b) for a, b in itertools.combinations(params, 2))
    )


def own_methods(layer):
    """Tell whether somebody has given this very object another method than its class has."""
    return any(name in vars(layer) for name in ("forward", "backward", "set_grads"))


def dtype_of(layer):
    """Return the dtype of the parameters; float32 where there are none."""
    return next((p.dtype for p in layer.params.values()), np.dtype(np.float32))


# ---- arrays


def spans(model):
    """Return for each layer the slice of its parameters in one flat array of all of them."""
    stops = np.cumsum([layer.n_params for layer in model.layers]).tolist()
    return [slice(start, stop) for start, stop in itertools.pairwise([0, *stops])]


def lay_out(flat, params):
    """Cut a flat array into arrays of the shapes of `params`; kernels lie in rows."""
    arrays, start = {}, 0
    for name, p in params.items():
        part = flat[start : start + p.size]
        start += p.size
        if p.ndim == 4:
            out, c, kh, kw = p.shape
            arrays[name] = part.reshape(out, kh, c, kw).transpose(0, 2, 1, 3)
        else:
            arrays[name] = part.reshape(p.shape)
    return arrays


def in_rows(W):
    """View kernels (out, C, kh, kw) as (out, kh*C*kw); a copy unless they lie in rows."""
    return W.transpose(0, 2, 1, 3).reshape(len(W), -1)


def as_rows(a):
    """View maps (H, C, W, N) as a matrix for each row: (H, C, W*N)."""
    return a.reshape(*a.shape[:2], -1)


def overlapping(a, k):
    """View k neighbours of `a` (H, R, P) together as one matrix: (H-k+1, k*R, P), no copy."""
    h, r, p = a.shape
    return as_strided(a, (h - k + 1, k * r, p), a.strides, writeable=False)


def skewed(shape, dtype):
    """Return one array in two views: as columns, and with each column moved to its pixel.

    The columns (H, C*kw, OW*N) of kernel column j lie j pixels further to the right in the other
    view, (H, C, kw, W, N). What no column reaches stays 0.
    """
    h, c, kw, w, n = shape
    rows = np.zeros((h, c * kw, (w + 1) * n), dtype)
    row, column, one = rows.strides
    pixel = n * one
    strides = (row, kw * column, column - pixel, pixel, one)  # each column one pixel early
    return rows[:, :, : (w - kw + 1) * n], as_strided(rows, shape, strides, writeable=False)


def add_up(parts, out):
    """Write the sum of arrays into `out`."""
    np.copyto(out, parts[0]) if len(parts) == 1 else np.add(parts[0], parts[1], out=out)
    for part in parts[2:]:
        out += part


# ---- processes

CANNOT_START = (
    OSError,  # no process, no shared memory
    EOFError,  # it ended before it answered
    RuntimeError,  # this process is itself about to start
    AssertionError,  # this process may not have children
    pickle.PicklingError,  # the loss is defined in a script or a notebook ...
    AttributeError,  # ... or inside a function
    TypeError,
)


class Board:
    """Named arrays in one block of memory: processes that have the block see the same arrays."""

    def __init__(self, layout, context=None):
        self.layout = layout  # name: (shape, dtype)
        sizes = [self._bytes(*entry) for entry in layout.values()]
        self.stops = list(itertools.accumulate(sizes))
        self.block = context.RawArray("b", self.stops[-1]) if context else bytearray(self.stops[-1])

    def arrays(self):
        """Return the arrays."""
        arrays, start = {}, 0
        for (name, (shape, dtype)), stop in zip(self.layout.items(), self.stops, strict=True):
            size = math.prod(shape)
            arrays[name] = np.frombuffer(self.block, dtype, size, start).reshape(shape)
            start = stop
        return types.SimpleNamespace(**arrays)

    @staticmethod
    def _bytes(shape, dtype):
        """Return the size of an array, rounded up to whole cache lines."""
        return math.ceil(math.prod(shape) * np.dtype(dtype).itemsize / 64) * 64


class Share:
    """What one process does for a batch: it takes pieces, one at a time, until none is left.

    So a process that gets no time on a busy machine leaves its pieces to the others. What it
    has computed counts only while it is wanted: the batch may be done without it.
    """

    def __init__(self, network, loss, board, lock):
        self.network, self.loss, self.board, self.lock = network, loss, board, lock
        self.gradient = np.empty_like(board.weights)
        self.by_size = {}

    def compute(self):
        """Compute pieces that nobody has taken yet."""
        while (piece := self._take()) is not None:
            self.compute_piece(*piece)

    def compute_and_linger(self):
        """Compute pieces, batch after batch, until none has come for a while."""
        sleepy = time.perf_counter() + LINGER
        while time.perf_counter() < sleepy:
            if self.board.state[2] * PIECE < self.board.state[1]:
                self.compute()
                sleepy = time.perf_counter() + LINGER

    def _take(self):
        """Return batch, its number of samples and the next piece; None if all are taken."""
        with held(self.lock):
            batch, n, piece = self.board.state.tolist()
            if piece * PIECE >= n:
                return None
            self.board.state[2] += 1
        return batch, n, piece

    def compute_piece(self, batch, n, piece):
        """Write scores, loss and gradient of a piece on the board."""
        board, rows = self.board, slice(piece * PIECE, min((piece + 1) * PIECE, n))
        network = self._network(rows.stop - rows.start)
        part = (rows.stop - rows.start) / n  # of the batch, whose mean is asked for
        scores = network.forward(board.X[rows])
        value = part * self.loss.forward(scores, board.y[rows])
        if np.isfinite(value):  # else it is for the caller to see in the sum
            network.set_grads(part * self.loss.backward())
        with held(self.lock):
            if board.state[0] == batch and not board.done[piece]:
                board.scores[rows], board.losses[piece] = scores, value
                board.grads[piece], board.done[piece] = self.gradient, True

    def _network(self, n):
        """Return the twins that keep arrays for `n` samples: the last piece may be short."""
        if n not in self.by_size:
            self.by_size[n] = copy.deepcopy(self.network)
            self.by_size[n].bind(self.board.weights, self.gradient)
        return self.by_size[n]


def work(number, pipe, network, loss, board, lock):
    """Be a worker process: take pieces of each new batch until the parent kills this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    warnings.simplefilter("ignore")  # the parent's pieces overflow too, and it says so once
    threading.Thread(target=die_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(19)  # on a busy machine the parent comes first: it can do without this process
    board = board.arrays()
    share = Share(network, loss, board, lock)
    with one_blas_thread():
        pipe.send("ready")
        while True:
            board.asleep[number] = True
            share.compute()  # a batch that came just before that has woken nobody
            pipe.recv()
            share.compute_and_linger()


def die_with_parent():
    """End this process at once when the one that made it is gone, whatever became of the pipe."""
    multiprocessing.parent_process().join()
    os._exit(1)


@contextlib.contextmanager
def held(lock):
    """Hold a lock, but do not wait for ever: a process may have died with it."""
    if not lock.acquire(timeout=LOCK_SECONDS):
        raise RuntimeError("a worker process was killed or stopped while it wrote: train again")
    try:
        yield
    finally:
        lock.release()


class Crew:
    """Processes that compute a gradient together; in `train_one_epoch` it stands for `gradients`.

    Every piece has a gradient of its own, and these are added in the order of the pieces: the sum
    has the same bits for any number of workers, and whoever computes a piece.

    Parameters
    ----------
    model : network with a fast twin; inside `with` its parameters lie where all processes see
        them, afterwards in its own arrays again
    loss : with forward(scores, y), a mean over the samples, and backward()
    X_shape : shape of the largest batch
    workers : int; the first is this process
    start_method : the way in which multiprocessing makes the others
    """

    def __init__(self, model, loss, X_shape, workers=1, start_method="spawn"):
        self.model, self.loss, self.X_shape = model, loss, X_shape
        self.workers, self.start_method = workers, start_method
        self.batch = 0  # the number of the last one
        self.pipes, self.processes = [], []  # of the other workers

    def __enter__(self):
        """Start the processes; where they do not start, warn and go on with this one alone."""
        try:
            try:
                self._start()
            except CANNOT_START as error:
                self._end()
                warn(f"training as with workers=1, because no other process starts: {error!r}")
                self.workers = 1
                self._start()
            self._lend()
        except BaseException:  # Ctrl-C
            self._end()
            raise
        return self

    def __exit__(self, problem, *_):
        """End the processes, and give the model its own arrays back, with the trained values."""
        with contextlib.ExitStack() as stack:  # what follows is done whatever is raised, last first
            stack.callback(self._give_back)
            stack.callback(self._end)
            if not problem:
                self._miss()

    def __call__(self, model, loss, X, y):
        """Set the gradients of the mean loss on a batch; return the loss and the scores (N, K)."""
        n, n_pieces, board = len(X), math.ceil(len(X) / PIECE), self.board
        self._lend_again()
        self.batch += 1
        with held(self.share.lock):
            board.X[:n], board.y[:n], board.done[:] = X, y, False
            board.state[:] = self.batch, n, 0
        self._wake()
        self.share.compute()
        self._wait(n, board.done[:n_pieces])
        with held(self.share.lock):  # else a processor may still show what lay there before
            np.add.reduce(board.grads[:n_pieces], axis=0, out=self.gradient)
        return float(board.losses[:n_pieces].sum()), board.scores[:n].copy()

    def _start(self):
        """Lay out the board and start the processes that write on it."""
        context = multiprocessing.get_context(self.start_method) if self.workers > 1 else None
        board = Board(self._layout(), context)
        lock = context.Lock() if context else threading.Lock()
        with main_left_out(), ctrl_c_held_back():
            for number in range(self.workers - 1):
                pipe, other_end = context.Pipe()
                share = other_end, FastNetwork(self.model), self.loss, board, lock
                process = context.Process(target=work, args=(number, *share), daemon=True)
                process.start()
                self.pipes.append(pipe)
                self.processes.append(process)
                other_end.close()
        for pipe in self.pipes:
            if not pipe.poll(START_SECONDS):
                raise OSError(f"no answer within {START_SECONDS} seconds")
            pipe.recv()
        self.board = board.arrays()
        self.share = Share(FastNetwork(self.model), self.loss, self.board, lock)

    def _layout(self):
        """Return name: (shape, dtype) of the arrays on the board."""
        n, *sample = self.X_shape
        network, n_pieces = FastNetwork(self.model), math.ceil(n / PIECE)
        scores = network.forward(np.zeros((1, *sample), network.dtype)).shape[1:]
        return {
            "X": (self.X_shape, network.dtype),
            "y": ((n,), np.int64),
            "scores": ((n, *scores), network.dtype),
            "losses": ((n_pieces,), np.float64),
            "weights": ((network.n_params,), network.dtype),
            "grads": ((n_pieces, network.n_params), network.dtype),
            "done": ((n_pieces,), np.bool_),
            "state": ((3,), np.int64),  # number of the batch, of its samples, of the next piece
            "asleep": ((self.workers - 1,), np.bool_),  # workers that wait to be woken
        }

    def _lend(self):
        """Move the model's parameters to the board, and its gradients to where they are added."""
        self.gradient = np.empty_like(self.board.weights)
        self.own = [dict(layer.params) for layer in self.model.layers]
        self.lent = []
        for layer, span in zip(self.model.layers, spans(self.model), strict=True):
            self.lent.append(lay_out(self.board.weights[span], layer.params))
            layer.grads = lay_out(self.gradient[span], layer.params)
        self._lend_again()

    def _lend_again(self):
        """Put parameters that somebody has replaced by other arrays on the board as well."""
        for layer, lent in zip(self.model.layers, self.lent, strict=True):
            for name, p in lent.items():
                if layer.params[name] is not p:
                    p[...] = layer.params[name]
                    layer.params[name] = p

    def _give_back(self):
        """Give the model its own arrays back, with the values that the lent ones have by now."""
        for layer, own in zip(self.model.layers, self.own, strict=True):
            for name, p in own.items():
                p[...] = layer.params[name]
                layer.params[name] = p

    def _wake(self):
        """Wake the workers that sleep; the others see the new batch by themselves."""
        for number in np.flatnonzero(self.board.asleep):
            self.board.asleep[number] = False
            with contextlib.suppress(OSError):  # it has ended, which `_wait` finds out
                self.pipes[number].send("a batch")

    def _wait(self, n, done):
        """Wait until all pieces are done; compute those that are late a second time, here."""
        late = time.perf_counter() + PATIENCE
        while not done.all():
            if time.perf_counter() > late:
                self._miss()
                self.share.compute_piece(self.batch, n, int(done.argmin()))

    def _miss(self):
        """Warn of workers that have ended; what they left undone is computed here."""
        for process in [process for process in self.processes if not process.is_alive()]:
            self.processes.remove(process)
            warn(f"a worker process ended, exit code {process.exitcode}: training goes on without")

    def _end(self):
        for process in self.processes:
            process.kill()  # a worker has nothing to lose
            process.join()
        for pipe in self.pipes:
            pipe.close()
        self.pipes, self.processes = [], []


def warn(message):
    """Warn whoever called `fit`."""
    warnings.warn(message, RuntimeWarning, stacklevel=3)


@contextlib.contextmanager
def ctrl_c_held_back():
    """Let Ctrl-C wait for a moment: processes that start meanwhile never hear of it."""
    pressed, handler = [], None
    with contextlib.ExitStack() as stack:
        if hasattr(signal, "pthread_sigmask"):  # a new process takes over what this thread blocks
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        if threading.current_thread() is threading.main_thread():  # another thread may get it
            handler = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
            stack.callback(signal.signal, signal.SIGINT, handler)
        yield
    if pressed and callable(handler):
        handler(signal.SIGINT, None)


@contextlib.contextmanager
def main_left_out():
    """Hide the user's script for a moment: a spawned process would run it again, and needs none."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def check_workers(workers):
    """Refuse all but a number of processes, "clear", and None for as many as pay."""
    if workers is not None and not (isinstance(workers, str) and workers == "clear"):
        positive_int(workers, 'workers, unless None or "clear",')


def uses_twins(model, loss, workers):
    """Tell whether `fit` takes the fast twins.

    By default it takes them where they are known to give the same and to be faster: for the
    losses of this package, means over samples, and where there is a convolution.
    """
    if workers is None:
        known = type(loss) in (SoftmaxCrossEntropy, SmoothedCrossEntropy)
        return known and has_twin(model) and any(type(p) is Conv2D for p in model.layers)
    return workers != "clear" and has_twin(model)


def choose_crew(model, loss, X, batch_size, epochs, workers):
    """Return the `Crew` for a training run that is not started yet; None for the clear layers."""
    if not uses_twins(model, loss, workers):
        if workers not in (None, "clear", 1):
            warn(f"not every layer has a fast twin: workers={workers} has no effect")
        return None
    if workers is None:
        workers = cores() if epochs * len(X) >= WORTH else 1
    X_shape = (min(batch_size, len(X)), *X.shape[1:])
    return Crew(model, loss, X_shape, min(workers, math.ceil(X_shape[0] / PIECE)))


def cores():
    """Return how many processes may run at once; one in a process that another one has made."""
    from joblib import cpu_count

    return 1 if multiprocessing.parent_process() else cpu_count()
