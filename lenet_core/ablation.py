"""The ablation of the chapter "Find what mattered": one setting of the training changed at a time.

All runs train on some of the first 50,000 training digits of MNIST and are judged by the last
10,000, so that no test digit is looked at. A seed draws the same starting weights and the same
order of the digits with every setting, as far as the setting lets it.

    python -m lenet_core.ablation [NAME ...]

runs ablations, all that have no record unless named, and writes `runs/ablation/NAME.json` for
each.
"""

import sys
import time
from dataclasses import asdict, dataclass, replace
from functools import cache

import numpy as np

from .data import data_hash, load_mnist
from .layers import AvgPool2D, ReLU, Softmax, Tanh
from .losses import SoftmaxCrossEntropy
from .model import LeNet5, Sequential
from .optim import SGD
from .records import RUNS, error, load_record, provenance, to_run, write_json
from .train import train_epochs
from .weights import weights_hash

FOLDER = RUNS / "ablation"
HELD_OUT = 10_000  # the last of the 60,000 training digits
POINTS = 10  # in a history, at most: a held-out error takes a third of the time of an epoch
CHANCE = 90.0  # the error, in per cent, of answers that are drawn


@dataclass(frozen=True)
class Setting:
    """All settings of a run of the ablation but its seed.

    Attributes
    ----------
    start : a name in `STARTS`
    biases : "all", "dense" (none in the convolutions) or "none"
    squash : "tanh" or "relu"
    before_pooling, after_pooling : bool; whether the maps are squashed there
    softmax : 1, or 2 for scores that a softmax has changed already when the loss gets them
    scaling : "paper" or "unit", as in `scale_pixels`, or "bytes", 0 to 255
    order : "shuffled" anew in each pass, "fixed" (as they lie), or "by-class" and fixed
    dtype : "float32" or "float64"
    """

    lr: float = 0.02
    momentum: float = 0.9
    batch_size: int = 32
    epochs: int = 10
    n_train: int = 10_000
    start: str = "fan-in"
    biases: str = "all"
    squash: str = "tanh"
    before_pooling: bool = True
    after_pooling: bool = True
    softmax: int = 1
    scaling: str = "paper"
    order: str = "shuffled"
    dtype: str = "float32"

    def data(self):
        """Return X_train, y_train and the held-out X, y."""
        X, y = digits(self.scaling)
        train = np.arange(self.n_train)
        if self.order == "by-class":
            train = np.argsort(y[: self.n_train], kind="stable")
        X, X_held_out = X[train], X[-HELD_OUT:]
        return X.astype(self.dtype), y[train], X_held_out.astype(self.dtype), y[-HELD_OUT:]

    def model(self, seed):
        """Return a new network and the generator that has drawn it, which orders the digits."""
        rng = np.random.default_rng(seed)
        lenet = LeNet5(rng=rng, dtype=self.dtype)
        STARTS[self.start](lenet, seed)
        layers = [layer for i, layer in enumerate(lenet.layers) if self._keeps(lenet.layers, i)]
        if self.squash == "relu":
            layers = [ReLU() if type(layer) is Tanh else layer for layer in layers]
        if self.order != "shuffled":
            rng = AsTheyLie(rng.bit_generator)
        return Sequential(layers), rng

    def _keeps(self, layers, i):
        """Tell whether the network has layer `i` of LeNet-5."""
        if type(layers[i]) is not Tanh:
            return True
        if type(layers[i - 1]) is AvgPool2D:
            return self.after_pooling
        return self.before_pooling or type(layers[i + 1]) is not AvgPool2D

    def optimizer(self):
        """Return a new optimizer."""
        return BiasesHeld(self.lr, self.momentum, self.biases)

    def loss(self):
        """Return the loss."""
        return SoftmaxCrossEntropy() if self.softmax == 1 else SoftmaxTwice()


class BiasesHeld(SGD):
    """SGD that keeps some biases at 0, where they start: as if a layer had none.

    Parameters
    ----------
    biases : "all" learn, those of "dense" layers only, or "none"
    """

    def __init__(self, lr, momentum, biases="all"):
        super().__init__(lr, momentum)
        self.biases = biases

    def step(self, model):
        """Update every parameter of `model`, and set those biases back to 0."""
        super().step(model)
        for layer in model.layers if self.biases != "all" else []:
            if layer.params and (self.biases == "none" or layer.params["W"].ndim == 4):
                layer.params["b"][...] = 0


class SoftmaxTwice:
    """Cross-entropy that takes the probabilities of a softmax for scores: a common mistake."""

    def __init__(self):
        self.softmax, self.entropy = Softmax(), SoftmaxCrossEntropy()

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K)."""
        return self.entropy.forward(self.softmax.forward(scores), y)

    def backward(self):
        """Return dL/dscores (N, K)."""
        return self.softmax.backward(self.entropy.backward())


class AsTheyLie(np.random.Generator):
    """A generator that shuffles nothing."""

    def permutation(self, x):
        """Return the order in which `x` samples lie."""
        return np.arange(x)


def fan_in(W):
    """Return how many inputs one sum of a layer with the weights `W` has."""
    return W[0].size if W.ndim == 4 else len(W)


def scaled(factor):
    """Return a start: LeNet5's own weights, each times `factor(W)`."""

    def start(model, seed):
        for layer in model.layers:
            if layer.params:
                layer.params["W"] *= factor(layer.params["W"])

    return start


def like_torch(model, seed):
    """Draw weights and biases from U(-1/sqrt(F), 1/sqrt(F)), as PyTorch does where not told."""
    scaled(lambda W: 1 / np.sqrt(3))(model, seed)
    rng = np.random.default_rng([seed, 1])  # the order of the digits stays that of the seed
    for layer in model.layers:
        if layer.params:
            limit = 1 / np.sqrt(fan_in(layer.params["W"]))
            layer.params["b"][...] = rng.uniform(-limit, limit, layer.params["b"].shape)


def equal(model, seed):
    """Give all weights of a layer one value, 1/F: its units start as copies of each other."""
    for layer in model.layers:
        if layer.params:
            layer.params["W"][...] = 1 / fan_in(layer.params["W"])


STARTS = {  # what is done to the weights of LeNet5, which have variance 1/F, fan-in F
    "fan-in": scaled(lambda W: 1),
    "he": scaled(lambda W: np.sqrt(2)),
    "torch": like_torch,
    "paper": scaled(lambda W: 2.4 / fan_in(W) / np.sqrt(3 / fan_in(W))),
    "tiny": scaled(lambda W: 0.01),
    "equal": equal,
    "zero": scaled(lambda W: 0),
}

BASE = Setting()

ABLATIONS = {  # name: (group, what it changes in BASE)
    "base": ("base", {}),
    "start-he": ("start", {"start": "he"}),
    "start-torch": ("start", {"start": "torch"}),
    "start-paper": ("start", {"start": "paper"}),
    "start-tiny": ("start", {"start": "tiny"}),
    "start-equal": ("start", {"start": "equal"}),
    "start-zero": ("start", {"start": "zero"}),
    "rate-tenth": ("rate", {"lr": BASE.lr / 10}),
    "rate-third": ("rate", {"lr": BASE.lr / 3}),
    "rate-times-3": ("rate", {"lr": BASE.lr * 3}),
    "rate-times-10": ("rate", {"lr": BASE.lr * 10}),
    "no-momentum": ("momentum", {"momentum": 0.0}),
    "no-momentum-rate-times-10": ("momentum", {"momentum": 0.0, "lr": BASE.lr * 10}),
    "no-momentum-rate-tenth": ("pair", {"momentum": 0.0, "lr": BASE.lr / 10}),
    "batch-8": ("batch", {"batch_size": 8}),
    "batch-8-rate": ("batch", {"batch_size": 8, "lr": BASE.lr / 4}),
    "batch-128": ("batch", {"batch_size": 128}),
    "batch-128-rate": ("batch", {"batch_size": 128, "lr": BASE.lr * 4}),
    "batch-512": ("batch", {"batch_size": 512}),
    "batch-512-rate": ("batch", {"batch_size": 512, "lr": BASE.lr * 16}),
    "epochs-5": ("epochs", {"epochs": 5}),
    "epochs-20": ("epochs", {"epochs": 20}),
    "digits-1000": ("digits", {"n_train": 1_000}),
    "digits-2000": ("digits", {"n_train": 2_000}),
    "digits-5000": ("digits", {"n_train": 5_000}),
    "digits-20000": ("digits", {"n_train": 20_000}),
    "digits-50000": ("digits", {"n_train": 50_000}),
    "digits-1000-steps": ("digits", {"n_train": 1_000, "epochs": 100}),
    "digits-50000-steps": ("digits", {"n_train": 50_000, "epochs": 2}),
    "no-conv-biases": ("layers", {"biases": "dense"}),
    "no-biases": ("layers", {"biases": "none"}),
    "no-tanh-after": ("layers", {"after_pooling": False}),
    "no-tanh-before": ("layers", {"before_pooling": False}),
    "relu": ("layers", {"squash": "relu"}),
    "pixels-unit": ("numbers", {"scaling": "unit"}),
    "pixels-bytes": ("numbers", {"scaling": "bytes"}),
    "float64": ("numbers", {"dtype": "float64"}),
    "order-fixed": ("slips", {"order": "fixed"}),
    "order-by-class": ("slips", {"order": "by-class"}),
    "softmax-twice": ("slips", {"softmax": 2}),
    "notebook": ("pair", {"lr": 0.01, "momentum": 0.0, "batch_size": 128, "start": "he"}),
}
SETTINGS = {name: replace(BASE, **changes) for name, (_, changes) in ABLATIONS.items()}


@cache
def digits(scaling):
    """Return the 60,000 training digits of MNIST: X, y."""
    X, y, *_ = load_mnist(scaling="unit" if scaling == "bytes" else scaling)
    if scaling == "bytes":
        X *= 255
    return X, y


def seeds(setting):
    """Return the seeds of an ablation: five, and three where each takes long."""
    return range(3 if setting.epochs * setting.n_train >= 500_000 else 5)


def train_once(setting, seed, data):
    """Train with one seed on `data`, X_train, y_train, X, y; return what came of it.

    Where the loss becomes NaN or infinite, training ends with "diverged" set, and both errors
    are those of answers that are drawn.
    """
    X, y, X_held_out, y_held_out = data
    model, rng = setting.model(seed)
    passes = train_epochs(
        model, X, y, epochs=setting.epochs, batch_size=setting.batch_size,
        optimizer=setting.optimizer(), loss=setting.loss(), rng=rng, workers=1,
    )  # fmt: skip
    found = {"seed": seed, "diverged": False, "train_error": CHANCE, "test_error": CHANCE}
    history, start, every = [], time.perf_counter(), -(-setting.epochs // POINTS)
    try:
        with np.errstate(all="ignore"):
            for epoch in passes:
                if epoch.number % every == 0:
                    held_out = error(model, X_held_out, y_held_out)
                    history.append([epoch.number, round(epoch.loss, 5), held_out])
        found |= {"train_error": error(model, X, y), "test_error": held_out}
    except FloatingPointError:
        found["diverged"] = True
    found |= {"history": history, "weights_sha256": weights_hash(model)}
    return found | {"seconds": round(time.perf_counter() - start, 1)}


def run_ablation(name):
    """Run an ablation with each of its seeds; return its record.

    "runs" has a dict for each seed; its `test_error`, in per cent, is that of the held-out digits.
    A history has [epoch, mean loss of the pass, held-out error] for each epoch that was looked at.
    """
    setting = SETTINGS[name]
    data = setting.data()
    return {
        "name": name,
        "setting": asdict(setting),
        "n_test": len(data[2]),
        **provenance(),
        "train_sha256": data_hash(*data[:2]),
        "test_sha256": data_hash(*data[2:]),
        "runs": [train_once(setting, seed, data) for seed in seeds(setting)],
    }


def load_ablation(name, folder=FOLDER):
    """Return the record of an ablation, such as "no-momentum", as a dict."""
    return load_record(name, folder)


def load_errors(folder=FOLDER):
    """Return {name: errors on the held-out digits by seed, in per cent} of all ablations."""
    records = {name: load_ablation(name, folder) for name in ABLATIONS}
    return {name: [run["test_error"] for run in record["runs"]] for name, record in records.items()}


def main(names):
    """Run ablations and write their records."""
    for name in to_run("ablation", names, ABLATIONS, FOLDER):
        record = run_ablation(name)
        write_json(FOLDER / f"{name}.json", record)
        print(name, [run["test_error"] for run in record["runs"]], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
