"""Checkers of the chapter "Assemble LeNet-5"."""

import numpy as np

from ..data import load_digits
from ..gradcheck import gradient_check
from ..layers import Conv2D, Dense, Layer, ReLU, Tanh
from ..losses import SoftmaxCrossEntropy
from ..model import Sequential
from ..optim import SGD
from .checker import NotStarted, WrongAnswer, same

W1, B1 = np.array([[1, -1], [2, 1]]), np.array([-1, 0])
W2, B2 = np.array([[1, -2], [3, 1]]), np.array([0, 2])
SAMPLE, TARGET = np.array([[1, 3]]), np.array([[0, 8]])


def hand_chain(y, dW1, dX):
    """Check y (1, 2), dW1 (2, 2) and dX (1, 2) for x = (1, 3), t = (0, 8); None is not started."""
    answers = {"y": y, "dW1": dW1, "dX": dX}
    if any(value is None for value in answers.values()):
        raise NotStarted("the chain by hand: replace each None by your numbers")
    h = np.maximum(SAMPLE @ W1 + B1, 0)
    right_y = h @ W2 + B2
    dy = right_y - TARGET
    dh = dy @ W2.T
    right = {"y": right_y, "dW1": SAMPLE.T @ dh, "dX": dh @ W1.T}
    hints = {"y": y_hints(h), "dW1": dw1_hints(h, dy, dh), "dX": dx_hints(dy, dh)}
    for name, value in answers.items():
        same(name, value, right[name], hints[name], reveal=False)
    print("the chain by hand: all three right")


def y_hints(h):
    """Return the outputs that common slips give, each with its hint."""
    return [
        (h, "this is what leaves ReLU; the second layer comes after it"),
        (h @ W2, "the biases of the second layer are missing"),
        (SAMPLE @ W1 @ W2 + B2, "the biases of the first layer are missing"),
        (h @ W2.T + B2, "W2 is transposed: x meets the columns of W"),
        (h @ W2 + B2 - TARGET, "this is dY = y - t"),
    ]


def dw1_hints(h, dy, dh):
    """Return the values of dW1 that common slips give, each with its hint."""
    return [
        ((SAMPLE.T @ dh).T, "transposed: row k belongs to entry k of x"),
        (h.T @ dy, "this is dW2; dW1 joins x with what ReLU hands back"),
        (SAMPLE.T @ dy, "dY belongs to the second layer; send it back through W2 first"),
        (SAMPLE.T @ (dy @ W2), "on the way back W2 is transposed"),
    ]


def dx_hints(dy, dh):
    """Return the values of dX that common slips give, each with its hint."""
    return [
        (dh, "this is dH, the slope of what enters the second layer"),
        (dh @ W1, "on the way back W1 is transposed"),
        (dy @ W2 @ W1, "on the way back W1 and W2 are transposed"),
        (dy @ W1.T, "dY has to pass the second layer first"),
    ]


def chain_backward(function):
    """Check function(layers, dy) -> dX of layers that have just run forward."""
    sizes = {
        "one layer": [Dense(2, 3, rng=1)],
        "two layers": [Dense(2, 3, rng=1), Dense(3, 4, rng=2)],
        "a chain whose layers all have one size": [
            Dense(3, 3, rng=1), Tanh(), Dense(3, 3, rng=2), ReLU(), Dense(3, 3, rng=3)],
        "a chain in a chain": [
            Dense(2, 3, rng=1), Sequential([Tanh(), Dense(3, 4, rng=2)]), Tanh()],
    }  # fmt: skip
    for label, layers in sizes.items():
        backward_case(function, label, layers)
    print(f"backward: right in all {len(sizes)} cases")


def backward_case(function, label, layers):
    """Run the chain forward, then the reader's function, and compare dX and all gradients."""
    rng = np.random.default_rng(0)
    model = Sequential(layers)
    y = model.forward(rng.normal(size=(4, len(layers[0].params["W"]))))
    dy, order = rng.normal(size=y.shape), [id(layer) for layer in layers]
    model.backward(dy)
    right = {name: grad.copy() for name, grad in model.grads.items()}
    dX = model.backward(dy)
    hints = [
        (dy, "this is dy itself: does dy become what each layer returns?"),
        (layers[-1].backward(dy), "only the last layer was asked"),
        (ends_first(layers, dy), "the layers ran first to last; backward starts at the last one"),
    ]
    for grad in model.grads.values():
        grad.fill(np.nan)
    same(label, answer("backward", label, function, layers, dy), dX, hints)
    if [id(layer) for layer in layers] != order:
        raise WrongAnswer(f"{label}: your function changed the list of layers")
    for name, grad in right.items():
        same(f"{label}, gradient of {name}", model.grads[name], grad)


def ends_first(layers, dy):
    """Return what the wrong order gives, or None where its shapes do not fit."""
    try:
        for layer in layers:
            dy = layer.backward(dy)
    except ValueError:
        return None
    return dy


def answer(exercise, label, function, *args):
    """Call the reader's function; what it raises becomes a NotStarted or a WrongAnswer."""
    try:
        return function(*args)
    except NotImplementedError:
        raise NotStarted(f"{exercise}: write the function, then run this cell again") from None
    except Exception as error:
        raise WrongAnswer(
            f"{label}: your function raised {type(error).__name__}: {error}"
        ) from error


def unmoved(function):
    """Check function(model, step) -> sorted names of the parameters that step() leaves alone."""
    every = slice(None)
    cases = {
        "a step of the weights": (["0.W", "2.W"], every, 0.5),
        "a step of one layer": (["2.W", "2.b"], every, 0.5),
        "a step that changes everything": (["0.W", "0.b", "2.W", "2.b"], every, -0.5),
        "a step that changes nothing": ([], every, 0.5),
        "a step of a single entry": (["2.W"], -1, 0.5),
        "a step up of one entry and down of another": (["0.b"], [0, 1], np.array([0.5, -0.5])),
        "a very small step": (["2.b"], every, 1e-6),
    }
    for label, (moving, entries, change) in cases.items():
        unmoved_case(function, label, moving, entries, change)
    print(f"unmoved: right in all {len(cases)} cases")


def unmoved_case(function, label, moving, entries, change):
    """Give the reader a step that adds `change` to `entries` of the arrays named in `moving`."""
    model, calls = Sequential([Dense(2, 3, rng=0), Tanh(), Dense(3, 2, rng=1)]), []

    def step():
        calls.append(label)
        for name in moving:
            model.params[name].flat[entries] += change

    names, got = list(model.params), answer("unmoved", label, function, model, step)
    expected = sorted(set(names) - set(moving))
    if len(calls) != 1:
        raise WrongAnswer(f"{label}: step() was called {len(calls)} times; call it once")
    if not isinstance(got, list) or got != expected:
        hint = names_hint(got, names, moving, label)
        raise WrongAnswer(f"{label}\nexpected: {expected}\ngot: {got!r}{hint}")


STEP_HINTS = {
    "a step of a single entry": "an array has moved if a single entry of it has",
    "a step up of one entry and down of another": "compare entries, not sums: changes can cancel",
    "a very small step": "a very small step is a step: compare with np.array_equal",
}


def names_hint(got, names, moving, label):
    """Return the hint for a wrong list of names, or nothing."""
    if got is None:
        return "\nHint: does it end in return?"
    if not isinstance(got, list):
        return "\nHint: return a list of names"
    if label in STEP_HINTS and sorted(got) == sorted(names):
        return f"\nHint: {STEP_HINTS[label]}"
    if got == names and moving:
        return (
            "\nHint: all seem to stand still: are the values from before copies? "
            "step() writes into the arrays"
        )
    if sorted(got) == sorted(moving):
        return "\nHint: these are the names of those that moved"
    if sorted(got) == sorted(set(names) - set(moving)):
        return "\nHint: the names are right, their order is not"
    return ""


class Honest(Layer):
    """Each output depends on its own image."""

    def forward(self, x):
        """Return two sums of each image."""
        flat = x.reshape(len(x), -1)
        return np.stack([flat.sum(axis=1), (flat**2).sum(axis=1)], axis=1)


class Scrambled(Honest):
    """The axes of images and pixels are confused."""

    def forward(self, x):
        """Return sums over rows that mix the images."""
        return super().forward(x.reshape(-1, len(x)).T)


class Centred(Honest):
    """The mean of the batch is subtracted."""

    def forward(self, x):
        """Return the sums, less their mean over the batch."""
        y = super().forward(x)
        return y - y.mean(axis=0)


class LastTwo(Honest):
    """The last image gets a part of the one before."""

    def forward(self, x):
        """Return the sums; the last row has some of the row before."""
        y = super().forward(x)
        y[1:][-1:] += 0.1 * y[:-1][-1:]
        return y


class FirstTwo(Honest):
    """The second image gets a part of the first, in any batch."""

    def forward(self, x):
        """Return the sums; row 1 has some of row 0."""
        y = super().forward(x)
        y[1:2] += 0.1 * y[:1]
        return y


class Backwards(Honest):
    """The outputs come in the wrong order."""

    def forward(self, x):
        """Return the sums, last image first."""
        return super().forward(x)[::-1].copy()


def own_image_only(function):
    """Check function(model, x) -> whether each output depends on its own image alone."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 1, 6, 6))
    conv = Sequential([Conv2D(1, 2, 3, rng=0, dtype=np.float64), Tanh()])
    models = {
        "an honest layer": (Honest(), True, ""),
        "a convolution and Tanh": (
            conv, True, "sums may round differently in a batch: compare with np.allclose"),
        "a layer that mixes up images and pixels": (
            Scrambled(), False, "a change of one image must show in no other row"),
        "a layer that subtracts the mean of the batch": (
            Centred(), False, "the mean of the batch carries each image into all rows"),
        "a layer that mixes the last two images": (
            LastTwo(), False, "change every image in turn, not one alone"),
        "a layer that mixes the first two images": (
            FirstTwo(), False, "a part of the batch may mix as the whole does: "
            "send each image alone, or change one at a time"),
        "a layer that returns the last image first": (
            Backwards(), False, "row k must be that of image k"),
    }  # fmt: skip
    for label, (model, expected, hint) in models.items():
        given = x.copy()
        got = answer("own_image_only", label, function, model, given)
        if not np.array_equal(given, x):
            raise WrongAnswer(f"{label}: your function wrote into x; change a copy of it")
        if not isinstance(got, (bool, np.bool_)):
            raise WrongAnswer(f"{label}: return True or False, got {got!r}")
        if got != expected:
            raise WrongAnswer(f"{label}: expected {expected}, got {got}\nHint: {hint}")
    print(f"own_image_only: right in all {len(models)} cases")


def network_table(function):
    """Check function(rng) -> the network of three dense layers, its gradients right."""
    model = built("network", function, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    right = Sequential([
        Dense(12, 8, rng=rng), Tanh(), Dense(8, 8, rng=rng), Tanh(), Dense(8, 3, rng=rng),
    ])  # fmt: skip
    x = np.random.default_rng(1).normal(size=(4, 12)).astype(np.float32)
    got = answer("network", "the forward pass", model.forward, x)
    hints = [(without_tanh(right, x), "a Tanh is missing: the first two layers need one each")]
    same("the outputs; only the gradients were wrong", got, right.forward(x), hints, rtol=1e-5)
    if gradient_check(model, x) > 1e-6:
        raise WrongAnswer(
            "the outputs are right, the gradients are not\n"
            "Hint: which object stands at two places? What does it keep from forward?"
        )
    print("network: outputs and gradients right")


def without_tanh(model, x):
    """Return what the dense layers alone make of x."""
    return Sequential([part for part in model.layers if isinstance(part, Dense)]).forward(x)


def built(exercise, function, *args):
    """Return the reader's network, which has to be a Sequential."""
    model = answer(exercise, "building the network", function, *args)
    if not isinstance(model, Sequential):
        raise WrongAnswer(f"{exercise}: return a Sequential, got {type(model).__name__}")
    return model


def network28(function):
    """Check function(rng, dtype) -> a network for (N, 1, 28, 28) that passes the sanity checks."""
    model = built("network28", function, 0, np.float32)
    X_train, y_train, _, _ = load_digits()
    X, y = np.ascontiguousarray(X_train[:20, :, 2:-2, 2:-2]), y_train[:20]
    scores = answer("network28", "the forward pass", model.forward, X)
    if np.shape(scores) != (20, 10):
        raise WrongAnswer(f"the scores of 20 digits have the shape {scores.shape}, not (20, 10)")
    if sum(isinstance(layer, Conv2D) for layer in model.layers) < 2:
        raise WrongAnswer("fewer than two convolutions: put them into the list itself")
    tests = {
        "own digit": own_digit,
        "start": starts_at_chance,
        "gradient": gradients_agree,
        "moves": all_move,
        "one step": falls_as_foretold,
        "by heart": learns_by_heart,
    }
    for name, test in tests.items():
        test(name, function, X, y)
    print(f"network28: passes all {len(tests)} checks, {model.n_params:,} parameters")


def own_digit(name, function, X, y):
    """Refuse a network in which a digit changes the scores of another."""
    model = function(0, np.float32)
    before, changed = model.forward(X), X.copy()
    changed[0] = X[1]
    if not np.allclose(model.forward(changed)[1:], before[1:], atol=1e-5):
        raise WrongAnswer(f"{name}: a digit changes the scores of another one")


def starts_at_chance(name, function, X, y):
    """Refuse a network whose first loss is far from ln 10."""
    value = SoftmaxCrossEntropy().forward(function(0, np.float32).forward(X), y)
    if abs(value - np.log(10)) > 0.3:
        raise WrongAnswer(f"{name}: the first loss is {value:.2f}, far from ln 10")


def gradients_agree(name, function, X, y):
    """Refuse a network with a wrong backward pass."""
    model = function(0, np.float64)
    error = gradient_check(model, X[:3], y=y[:3], loss=SoftmaxCrossEntropy(), max_entries=0)
    if error > 1e-4:
        raise WrongAnswer(
            f"{name}: the error is {error:.1g}\nHint: does an object stand at two places?"
        )


def all_move(name, function, X, y):
    """Refuse a network in which one step leaves parameters as they are."""
    model, loss = function(0, np.float32), SoftmaxCrossEntropy()
    before = {key: array.copy() for key, array in model.params.items()}
    one_step(model, loss, SGD(0.02), X, y)
    still = [key for key, p in model.params.items() if np.array_equal(p, before[key])]
    if still:
        raise WrongAnswer(f"{name}: one step leaves {', '.join(still)} as they are")


def falls_as_foretold(name, function, X, y):
    """Refuse a network whose loss does not fall by the rate times the squared gradients."""
    model, loss, lr = function(0, np.float64), SoftmaxCrossEntropy(), 1e-4
    before = one_step(model, loss, SGD(lr), X.astype(float), y)
    after = loss.forward(model.forward(X.astype(float)), y)
    ratio = (before - after) / (lr * sum((g**2).sum() for g in model.grads.values()))
    if abs(ratio - 1) > 0.1:
        raise WrongAnswer(f"{name}: the loss falls by {ratio:.2f} times what the gradient says")


def learns_by_heart(name, function, X, y):
    """Refuse a network that cannot learn 20 digits by heart."""
    model, loss = function(0, np.float32), SoftmaxCrossEntropy()
    sgd = SGD(0.02, momentum=0.9)
    for _ in range(100):
        value = one_step(model, loss, sgd, X, y)
    if not value < 0.1:
        raise WrongAnswer(f"{name}: after 100 steps the loss of 20 digits is {value:.2f}")


def one_step(model, loss, optimizer, X, y):
    """Make one step; return the loss before it."""
    value = loss.forward(model.forward(X), y)
    model.backward(loss.backward())
    optimizer.step(model)
    return value
