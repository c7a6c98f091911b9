"""Recipes: named settings, each of which reproduces the run records of its name."""

from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np

from .augment import AUGMENTATIONS
from .data import load_digits, load_mnist
from .losses import SmoothedCrossEntropy, SoftmaxCrossEntropy
from .model import LeNet5
from .optim import SGD
from .schedules import SCHEDULES
from .train import fit


class RunSettings:
    """What recipes have in common: a name, digits to train on and to be judged by, distortions."""

    def load(self):
        """Return X_train, y_train, X_test, y_test."""
        X, y, X_test, y_test = load_mnist() if self.data == "mnist" else load_digits()
        if self.n_digits is None:
            return X, y, X_test, y_test
        if self.n_digits > len(X):
            raise ValueError(
                f"{self.n_digits:,} digits are asked for, {self.data!r} has {len(X):,}: "
                "take data 'mnist'"
            )
        if self.n_test is None:
            return X[: self.n_digits], y[: self.n_digits], X_test, y_test
        n_train = self.n_digits - self.n_test
        held_out = slice(n_train, self.n_digits)
        return X[:n_train], y[:n_train], X[held_out], y[held_out]

    def augmentation(self):
        """Return the function that changes a batch on its way into the network, or None."""
        if self.augment is None:
            return None
        settings = dict(self.augment)
        return partial(named(AUGMENTATIONS, settings.pop("name", None)), **settings)

    def held_out(self, name, **changes):
        """Return a recipe that trains on the first 50,000 digits, to be judged by the others.

        Where settings are chosen, nobody looks at a test digit: the last 10,000 of the training
        digits stand in for them.
        """
        split = {"data": "mnist", "n_digits": 60_000, "n_test": 10_000}
        return replace(self, name=name, **split, **changes)

    def changed(self, **changes):
        """Return a recipe with some settings changed and named "custom"; None changes nothing."""
        changes = {key: value for key, value in changes.items() if value is not None}
        same = all(getattr(self, key) == value for key, value in changes.items())
        return self if same else replace(self, name="custom", **changes)

    def as_dict(self):
        """Return the settings as a dict, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Recipe(RunSettings):
    """All settings of a training run but its seed.

    Attributes
    ----------
    data : "digits", the embedded 5,000, or "mnist"
    n_digits, n_test : int or None
        Take the first `n_digits` training digits, None for all, and hold the last `n_test` of
        those back as test digits, None for the test digits that go with them.
    weight_gain : float
        Factor on the starting weights, which have variance 1/fan_in; sqrt(2) gives them
        the variance of He et al. (2015), 2/fan_in.
    schedule : a name in `lenet_core.schedules.SCHEDULES`
    smoothing : float, of the labels; 0 leaves them sharp
    augment : dict or None
        A name in `lenet_core.augment.AUGMENTATIONS` and its settings, such as
        {"name": "shift", "pixels": 2}.
    """

    name: str
    data: str
    epochs: int
    lr: float
    momentum: float = 0.0
    batch_size: int = 128
    weight_gain: float = 1.0
    n_digits: int | None = None
    n_test: int | None = None
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: str = "constant"
    smoothing: float = 0.0
    augment: dict | None = None

    def model(self, rng):
        """Return a new LeNet-5 with starting weights drawn from `rng`, a Generator."""
        model = LeNet5(rng=rng)
        for name, value in model.params.items():
            if name.endswith("W"):
                value *= self.weight_gain
        return model

    def optimizer(self):
        """Return a new optimizer."""
        return SGD(self.lr, self.momentum, self.nesterov, self.weight_decay)

    def fit_settings(self):
        """Return what `fit` is to be called with, but for model, digits and generator."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "optimizer": self.optimizer(),
            "loss": (
                SmoothedCrossEntropy(self.smoothing) if self.smoothing else SoftmaxCrossEntropy()
            ),
            "schedule": named(SCHEDULES, self.schedule),
            "augment": self.augmentation(),
        }

    def train(self, model, X, y, *, rng, validation, checkpoint, progress=None):
        """Train `model`, with the state kept in the file `checkpoint`; return its History."""
        return fit(
            model,
            X,
            y,
            **self.fit_settings(),
            rng=rng,
            validation=validation,
            checkpoint=checkpoint,
            progress=progress,
        )


def named(functions, name):
    """Return the function of this name."""
    if name not in functions:
        raise ValueError(f"a recipe names one of {', '.join(functions)}, got {name!r}")
    return functions[name]


EMBEDDED = Recipe("embedded", data="digits", epochs=20, lr=0.02, momentum=0.9, batch_size=32)

# The very settings of "embedded" on all 60,000 digits.
FULL = replace(EMBEDDED, name="full", data="mnist")

# The settings that the common notebook states. How its weights start is not known: here they
# have the variance of He et al. (2015).
CLASSIC = Recipe(
    "classic",
    data="mnist",
    epochs=40,
    lr=0.01,
    weight_gain=float(np.sqrt(2)),
    n_digits=10_000,
    n_test=2_000,
)

# One change to "classic": a momentum of 0.9, which lets each gradient act ten times over.
CLASSIC_MOMENTUM = replace(CLASSIC, name="classic-momentum", momentum=0.9)

# All that the trials on held-out digits found, without new digits (`lenet_core.trials`) ...
MODERN_PLAIN = Recipe(
    "modern-plain",
    data="mnist",
    epochs=20,
    lr=0.1,
    momentum=0.9,
    nesterov=True,
    batch_size=64,
    weight_decay=1e-4,
    schedule="one_cycle",
    smoothing=0.1,
)

# ... and with digits that are turned, stretched, slanted and moved anew in each pass.
DISTORTION = {"name": "affine", "degrees": 15, "scale": 0.15, "shear": 0.15, "pixels": 2}
MODERN = replace(MODERN_PLAIN, name="modern", epochs=100, weight_decay=3e-5, augment=DISTORTION)

# The same on the embedded digits.
MODERN_EMBEDDED = replace(MODERN, name="modern-embedded", data="digits")

RECIPES = {
    recipe.name: recipe
    for recipe in (
        EMBEDDED,
        FULL,
        CLASSIC,
        CLASSIC_MOMENTUM,
        MODERN_PLAIN,
        MODERN,
        MODERN_EMBEDDED,
    )
}
