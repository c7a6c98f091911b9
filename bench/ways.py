"""The ways to train LeNet-5 for an epoch: those of the package, and other libraries."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from lenet_core import SGD, LeNet5, SoftmaxCrossEntropy, get_batches, ladder
from lenet_core.fast import FastNetwork, choose_crew
from lenet_core.train import gradients, train_one_epoch

DIGITS, BATCH = 60_000, 128
LR = 0.01


class Way(NamedTuple):
    """A way to train: `start(stack, X, y, batch_size)` returns `epoch(n)`, for the first n digits.

    What has to be ended afterwards is put on the stack, a `contextlib.ExitStack`.
    """

    label: str
    digits: int  # that are measured; the seconds are scaled to DIGITS
    start: Callable


def numpy_epoch(model, X, y, batch_size, compute=gradients):
    """Return a function that trains on the first n digits once, as `fit` does."""
    loss, optimizer, rng = SoftmaxCrossEntropy(), SGD(LR), np.random.default_rng(0)

    def epoch(n):
        batches = get_batches(X[:n], y[:n], batch_size, rng)
        train_one_epoch(model, batches, optimizer, loss, compute)

    return epoch


def ladder_epoch(stack, X, y, batch_size, *, conv, pool, dtype=np.float32):
    """Train one of the slower networks."""
    model = ladder.climb(LeNet5(rng=0), conv, pool, dtype)
    return numpy_epoch(model, X, y, batch_size)


def clear_epoch(stack, X, y, batch_size):
    """Train with the clear layers."""
    return numpy_epoch(LeNet5(rng=0), X, y, batch_size)


class FreshNetwork(FastNetwork):
    """Fast twins that make all their arrays anew for each batch."""

    def forward(self, x):
        """Forget the arrays, then pass x through the twins."""
        for part in [self, *self.layers]:
            part.x_shape = None
        return super().forward(x)


def twins_epoch(stack, X, y, batch_size, *, kind=FastNetwork):
    """Train with the fast twins on whole batches."""
    return numpy_epoch(bound(kind(LeNet5(rng=0))), X, y, batch_size)


def bound(network):
    """Let the parameters of fast twins lie in one flat array, as a crew has them."""
    weights, own = np.empty(network.n_params, network.dtype), network.params
    network.bind(weights, np.empty_like(weights))
    for name, p in network.params.items():
        p[...] = own[name]
    return network


def crew_epoch(stack, X, y, batch_size, *, workers):
    """Train with a crew of processes."""
    model = LeNet5(rng=0)
    crew = choose_crew(model, SoftmaxCrossEntropy(), X, batch_size, 1, workers)
    return numpy_epoch(model, X, y, batch_size, stack.enter_context(crew))


def torch_epoch(stack, X, y, batch_size, *, layout="contiguous_format", compiled=False):
    """Train the same network in PyTorch, without the sums of losses and errors."""
    import torch
    from torch import nn

    layout = getattr(torch, layout)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Tanh(),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Tanh(),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    ).to(memory_format=layout)  # fmt: skip
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=LR), nn.CrossEntropyLoss()
    network = torch.compile(model) if compiled else model
    X, y = torch.from_numpy(X), torch.from_numpy(y)

    def epoch(n):
        for rows in torch.randperm(n).split(batch_size):
            optimizer.zero_grad()
            loss(network(X[rows].contiguous(memory_format=layout)), y[rows]).backward()
            optimizer.step()

    return epoch


def jax_epoch(stack, X, y, batch_size):
    """Train the same network in JAX, each step compiled as a whole."""
    import jax

    params = [dict(layer.params) for layer in LeNet5(rng=0).layers if layer.params]
    rng = np.random.default_rng(0)

    @jax.jit
    def step(params, x, y):
        grads = jax.grad(jax_loss)(params, x, y)
        return jax.tree_util.tree_map(lambda p, g: p - LR * g, params, grads)

    def epoch(n):
        nonlocal params
        for x, labels in get_batches(X[:n], y[:n], batch_size, rng):
            params = step(params, x, labels)
        jax.block_until_ready(params)

    return epoch


def jax_loss(params, x, y):
    """Return the mean loss of LeNet-5 in JAX; params holds W and b of its five layers."""
    import jax

    def conv(layer, x):
        y = jax.lax.conv_general_dilated(x, layer["W"], (1, 1), "VALID")
        return jax.numpy.tanh(y + layer["b"][:, None, None])

    def pool(x):
        size = (1, 1, 2, 2)
        return jax.numpy.tanh(jax.lax.reduce_window(x, 0.0, jax.lax.add, size, size, "VALID") / 4)

    c1, c3, c5, f6, output = params
    x = conv(c5, pool(conv(c3, pool(conv(c1, x))))).reshape(len(x), -1)
    x = jax.numpy.tanh(x @ f6["W"] + f6["b"]) @ output["W"] + output["b"]
    return -jax.nn.log_softmax(x)[jax.numpy.arange(len(y)), y].mean()


def on_ladder(kind, **dtype):
    """Return the start of the network with the ladder's classes of this name."""
    conv, pool = getattr(ladder, f"{kind}Conv2D"), getattr(ladder, f"{kind}AvgPool2D")
    return partial(ladder_epoch, conv=conv, pool=pool, **dtype)


HALF = 240 * BATCH
CHANNELS_LAST = partial(torch_epoch, layout="channels_last")
WAYS = {
    "pixels": Way("loops over the output pixels", 8, on_ladder("Pixel")),
    "classic": Way("index arrays, float64", 8 * BATCH, on_ladder("Classic", dtype=np.float64)),
    "strided": Way("strided views, float32", 60 * BATCH, on_ladder("Strided")),
    "clear": Way("clear layers, batch last", HALF, clear_epoch),
    "rows": Way("fast twins, arrays made anew", HALF, partial(twins_epoch, kind=FreshNetwork)),
    "reused": Way("fast twins, arrays kept", HALF, twins_epoch),
    "fast-1": Way("fast twins in pieces, 1 process", DIGITS, partial(crew_epoch, workers=1)),
    "fast-2": Way("fast twins in pieces, 2 processes", DIGITS, partial(crew_epoch, workers=2)),
    "torch": Way("PyTorch, eager", HALF, torch_epoch),
    "torch-channels-last": Way("PyTorch, eager, channels last", HALF, CHANNELS_LAST),
    "torch-compile": Way("PyTorch, torch.compile", HALF, partial(torch_epoch, compiled=True)),
    "jax": Way("JAX, jit", HALF, jax_epoch),
}
OPTIONAL = ("torch", "torch-channels-last", "torch-compile", "jax")


def start(stack, ways, X, y, batch_size=BATCH):
    """Start the ways and let each train once; return {key: (epoch, digits)}.

    Libraries that are missing or do not work here are named and left out.
    """
    epochs = {}
    for key, way in ways.items():
        digits = min(way.digits, len(X))
        try:
            epoch = way.start(stack, X, y, batch_size)
            epoch(digits)  # compiles, makes arrays, brings the caches to their usual state
        except Exception as error:
            if key not in OPTIONAL:
                raise
            reason = next(iter(str(error).splitlines()), "")
            print(f"{way.label} is left out: {type(error).__name__}: {reason}")
        else:
            epochs[key] = epoch, digits
    return epochs


def gflop_per_epoch(model):
    """Return the billions of additions and multiplications of an epoch's matrix products.

    Each weight meets each output pixel of its map in the forward pass, again in its own gradient
    and, but for the first layer, in the gradient of the input.
    """
    x, passes, total = np.zeros((1, 1, 32, 32), np.float32), 2, 0
    for layer in model.layers:
        x = layer.forward(x)
        if "W" in layer.params:
            multiply_adds = layer.params["W"].size * math.prod(x.shape[2:])
            total += 2 * passes * multiply_adds
            passes = 3
    return total * DIGITS / 1e9
