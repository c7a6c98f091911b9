"""Five tests of a layer, and the exhibits of the bug museum on which they are compared.

Each test takes an `Exhibit` and returns True when it sees nothing wrong.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from ..data import load_digits
from ..gradcheck import gradient_check
from ..layers import AvgPool2D, Conv2D, Dense, Flatten, Layer, ReLU, Tanh
from ..losses import SoftmaxCrossEntropy
from ..model import Sequential
from ..optim import SGD
from . import museum

LIMIT = 1e-5  # of a relative error: far above that of right code, far below that of a mistake


# ---- the five tests
def gradient_test(exhibit):
    """Compare backward with central differences of forward."""
    return exhibit.check(exhibit.layer(), exhibit.inputs()) < LIMIT


def value_test(exhibit):
    """Compare forward with known values, on ordinary and on extreme inputs."""
    layer, reference = exhibit.layer(), exhibit.reference()
    inputs = [exhibit.inputs(), 1000 * exhibit.inputs()]
    return all(same([layer.forward(x)], [reference.forward(x)]) for x in inputs)


def shape_test(exhibit):
    """Compare the shapes of output and gradients; all sizes differ."""
    layer, x = exhibit.layer(), exhibit.inputs()
    dy = exhibit.reference().forward(x)
    pairs = [(layer.forward(x), dy), (layer.backward(dy), x)]
    pairs += [(layer.grads[name], p) for name, p in layer.params.items()]
    return all(got.shape == expected.shape for got, expected in pairs)


def order_test(exhibit):
    """Look for traces: of earlier calls, and in the arrays handed in."""
    layer, a, b = exhibit.layer(), exhibit.inputs(), 2 * exhibit.inputs()
    dy = random_like(exhibit.reference().forward(a))
    expected = both_passes(exhibit.layer(), b.copy(), dy.copy())
    for x in (a, b):
        both_passes(layer, x.copy(), dy.copy())
    given = b.copy(), dy.copy()
    got = both_passes(layer, *given)
    return same(got, expected) and same(given, (b, dy))


def overfit_test(exhibit):
    """Let a small network learn 20 digits by heart."""
    X, y = twenty_digits()
    model, loss, optimizer = network({exhibit.slot.place: exhibit.part})
    for _ in range(STEPS):
        loss.forward(model.forward(X), y)
        model.backward(loss.backward())
        optimizer.step(model)
    return bool((model.forward(X).argmax(axis=1) == y).all())


TESTS = (gradient_test, value_test, shape_test, order_test, overfit_test)
STEPS = 200  # of the overfit test; right parts need at most 120


def passes(test, exhibit):
    """Run a test; code that stops with an error has not passed."""
    try:
        with np.errstate(all="ignore"):  # overflow is for the tests to notice
            return bool(test(exhibit))
    except ValueError:
        return False


def random_like(x):
    """Return an array of the shape of x, random, the same each time."""
    return np.random.default_rng(3).normal(size=x.shape)


def both_passes(layer, x, dy):
    """Return what a forward and a backward pass leave: y, dx and the gradients."""
    return [layer.forward(x), layer.backward(dy), *layer.grads.values()]


def same(got, expected):
    """Tell whether two lists hold the same arrays."""
    return all(np.allclose(a, b) for a, b in zip(got, expected, strict=True))


# ---- a network with a place for each exhibit
def network(parts):
    """Return (model, loss, optimizer) for digits of 16x16 pixels, with parts exchanged."""
    part = {"conv": Conv2D, "squash": Tanh, "pool": AvgPool2D, "dense": Dense} | parts
    rng = np.random.default_rng(0)
    model = Sequential(
        [
            part["conv"](1, 4, 5, rng=rng),
            part["squash"](),
            part["pool"](2),
            Flatten(),
            part["dense"](144, 16, rng=rng),
            part["squash"](),
            part["dense"](16, 10, rng=rng),
        ]
    )
    return model, parts.get("loss", SoftmaxCrossEntropy)(), parts.get("optimizer", SGD)(lr=0.2)


@cache
def twenty_digits():
    """Return 20 digits, two of each class, shrunk to 16x16 pixels, and their labels."""
    X, y, _, _ = load_digits()
    return AvgPool2D(2).forward(X[:20]), y[:20]


# ---- how a part becomes a layer that the tests can call
class LossAsLayer(Layer):
    """A loss with fixed labels: scores (5, 4) in, one number out."""

    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def forward(self, x):
        """Map scores to the loss, as an array of one number."""
        return np.array([self.loss.forward(x, np.array([0, 1, 2, 3, 1])[: len(x)])])

    def backward(self, dy):
        """Map dL/dloss to dL/dscores."""
        return dy * self.loss.backward()


class StepAsLayer(Layer):
    """One step of an optimizer: a parameter in, the parameter after the step out."""

    def __init__(self, optimizer):
        super().__init__()
        self.optimizer = optimizer

    def forward(self, x):
        """Map a parameter p, whose gradient is 1, to the value after one step."""
        model = Layer()
        model.params, model.grads = {"p": x.copy()}, {"p": np.ones_like(x)}
        self.optimizer.step(model)
        return model.params["p"]

    def backward(self, dy):
        """Map dL/d(p after the step) to dL/dp: the step is the same wherever p is."""
        return dy.copy()


class MaskedConv2D(Conv2D):
    """Right for C3: the weights that the table leaves out stay at 0, and so do their gradients."""

    def forward(self, x):
        """Map images to feature maps by the kernels that the table leaves."""
        self.params["W"] *= museum.table(self.params["W"])
        return super().forward(x)

    def set_grads(self, dy):
        """Set dL/dW and dL/db."""
        super().set_grads(dy)
        self.grads["W"] *= museum.table(self.params["W"])


class Slot(NamedTuple):
    """A kind of part: where it goes, what is right there, and how it is tested."""

    place: str  # in `network`
    right: type
    build: Callable  # makes a layer of a part
    shape: tuple  # of the input: no two axes that a mistake could confuse have the same size


def _conv(part):
    return part(2, 3, (2, 3), dtype=np.float64)


SLOTS = {
    "conv": Slot("conv", Conv2D, _conv, (5, 2, 4, 6)),
    "c3": Slot("conv", MaskedConv2D, _conv, (5, 2, 4, 6)),
    "tanh": Slot("squash", Tanh, lambda part: part(), (5, 4)),
    "relu": Slot("squash", ReLU, lambda part: part(), (5, 4)),
    "squash": Slot("squash", museum.Squash, lambda part: part(), (5, 4)),
    "pool": Slot("pool", AvgPool2D, lambda part: part(2, stride=1), (5, 2, 4, 6)),
    "max": Slot("pool", museum.MaxPool2D, lambda part: part(), (5, 2, 4, 6)),
    "dense": Slot("dense", Dense, lambda part: part(4, 3, dtype=np.float64), (5, 4)),
    "loss": Slot("loss", SoftmaxCrossEntropy, lambda part: LossAsLayer(part()), (5, 4)),
    "optimizer": Slot("optimizer", SGD, lambda part: StepAsLayer(part(lr=0.1)), (5, 4)),
}


class Exhibit(NamedTuple):
    """A part, right or wrong, with the way its gradient is checked."""

    title: str
    kind: str  # a key of SLOTS
    part: type
    check: Callable = gradient_check  # (layer, x) -> error
    unlucky: Callable = lambda x: x  # what is done to the input before

    @property
    def slot(self):
        """The kind of part that this is."""
        return SLOTS[self.kind]

    @property
    def is_right(self):
        """Whether the part is right, so that an alarm would be a false one."""
        return self.part is self.slot.right

    def inputs(self):
        """Return the input of the layer tests: random, float64 unless `unlucky`."""
        return self.unlucky(np.random.default_rng(1).normal(size=self.slot.shape))

    def layer(self):
        """Return the part as a layer, with all its parameters random."""
        return with_random_params(self.slot.build(self.part))

    def reference(self):
        """Return the right layer, with the same parameters."""
        return with_random_params(self.slot.build(self.slot.right))


def with_random_params(layer):
    """Fill the parameters, the biases too, from one seed."""
    rng = np.random.default_rng(2)
    for value in layer.params.values():
        value[...] = rng.normal(size=value.shape)
    return layer


def at_kink(x):
    """Put one entry on the kink of ReLU."""
    x = x.copy()
    x[0, 0] = 0
    return x


def first_column_balanced(x):
    """Let the first column of x sum to 0: with dY of ones, a row of dW is 0.

    The numbers are large, so that rounding in the differences is seen on every machine.
    """
    return 100 * (x - np.eye(x.shape[1])[0] * x.mean(axis=0))


EXHIBITS = (
    Exhibit("bias forgotten in forward", "dense", museum.ForgottenBias),
    Exhibit("db summed over features", "dense", museum.BiasOverFeatures),
    Exhibit("W not transposed in dX", "dense", museum.Untransposed),
    Exhibit("batch mean taken twice", "loss", museum.MeanTwice),
    Exhibit("= instead of += in overlaps", "pool", museum.LastWindowWins),
    Exhibit("ReLU mask from the output", "relu", museum.MaskOfOutput),
    Exhibit("slope of tanh without 2/3", "squash", museum.SquashSlope),
    Exhibit("C3 table in forward only", "c3", museum.TableInForward),
    Exhibit("bias missing in both passes", "dense", museum.BiasNowhere),
    Exhibit("kernel turned in both passes", "conv", museum.TurnedKernel),
    Exhibit("C3 table ignored", "c3", museum.TableIgnored),
    Exhibit("labels shifted by one", "loss", museum.ShiftedLabels),
    Exhibit("softmax without the shift", "loss", museum.BareExponential),
    Exhibit("backward writes into dY", "relu", museum.WritesIntoArgument),
    Exhibit("input of an earlier call kept", "dense", museum.StaleInput),
    Exhibit("dW never set back", "dense", museum.NeverZeroed),
    Exhibit("step uphill", "optimizer", museum.Uphill),
    Exhibit("ReLU at its kink", "relu", ReLU, unlucky=at_kink),
    Exhibit("max pool with a tie", "max", museum.MaxPool2D, unlucky=np.round),
    Exhibit(
        "differences in float32",
        "tanh",
        Tanh,
        partial(museum.bare_check, measure=museum.entry_error),
        unlucky=np.float32,
    ),
    Exhibit(
        "differences of integers",
        "tanh",
        Tanh,
        partial(museum.bare_check, measure=museum.entry_error),
        unlucky=lambda x: np.round(x).astype(int),
    ),
    Exhibit(
        "one gradient exactly 0",
        "dense",
        Dense,
        partial(museum.bare_check, measure=museum.entry_error),
        unlucky=first_column_balanced,
    ),
    Exhibit(
        "check of one entry",
        "dense",
        museum.Transposed,
        partial(museum.bare_check, measure=museum.first_entry_error),
    ),
    Exhibit(
        "check without abs",
        "dense",
        museum.WrongSign,
        partial(museum.bare_check, measure=museum.signless_error),
        unlucky=np.abs,
    ),
)
