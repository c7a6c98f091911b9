"""How well networks read digits that are moved, turned, resized or speckled, by fixed amounts."""

import numpy as np
from sklearn.metrics import confusion_matrix

from .augment import bilinear
from .data import data_hash
from .records import RUNS, error, load_record, load_records, load_trained, provenance
from .train import predict
from .validate import fraction, positive

FOLDER = RUNS / "robustness"
NETWORKS = ("full", "modern-plain", "modern")  # recipes, with all of their recorded seeds
PIXELS = (-10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10)
AMOUNTS = {
    "right": PIXELS,
    "down": PIXELS,
    "turn": (-180, -90, -60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60, 90),  # clockwise degrees
    "size": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.6, 2),  # factors
    "speckle": (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3),  # share of the pixels, ink for paper
}


def change(X, kind, amount):
    """Return the digits X (N, C, H, W), all of them changed in one way by one amount.

    Parameters
    ----------
    kind : "right" or "down" (pixels), "turn" (degrees, clockwise), "size" (a factor), or "speckle"
        The share of pixels that turn from ink to paper or from paper to ink, drawn with seed 0:
        those of a small share are among those of a larger one.
    amount : number
    """
    if kind == "speckle":
        fraction(amount, "amount of speckle")
        drawn = np.random.default_rng(0).random(X.shape, np.float32) < amount
        return np.where(drawn, X.min() + X.max() - X, X)
    M, delta = np.eye(2), np.zeros(2)
    if kind == "right":
        delta = np.array([0, -amount])  # a new pixel looks up what stood on its left
    elif kind == "down":
        delta = np.array([-amount, 0])
    elif kind == "turn":
        cos, sin = np.cos(np.deg2rad(amount)), np.sin(np.deg2rad(amount))
        M = np.array([[cos, -sin], [sin, cos]])
    elif kind == "size":
        M = M / positive(amount, "size")
    else:
        known = ", ".join(AMOUNTS)
        raise ValueError(f"kind must be one of {known}, got {kind!r}")
    return look_up(X, M, delta)


def look_up(X, M, delta):
    """Return X (N, C, H, W), each new pixel q (from the centre c) looked up at M q + c + delta."""
    h, w = X.shape[2:]
    centre = np.array([[(h - 1) / 2], [(w - 1) / 2]])
    q = np.indices((h, w)).reshape(2, -1) - centre
    p = M @ q + centre + delta[:, None]  # (2, H*W)
    most = np.array([[h - 1], [w - 1]], np.float32)
    p = np.clip(p.astype(np.float32), 0, np.nextafter(most, 0))  # beyond the edge: more of the edge
    every = X.reshape(1, -1, h, w)  # one map for all the images: they have one p
    return bilinear(every, p[None]).reshape(X.shape)


def errors(models, X, y, amounts=AMOUNTS):
    """Return {kind: for each amount a list with the error of each model, in per cent}."""
    return {kind: [
        [error(model, changed, y) for model in models]
        for changed in (change(X, kind, amount) for amount in values)
    ] for kind, values in amounts.items()}  # fmt: skip


def measure(X, y, recipes=NETWORKS, amounts=AMOUNTS):
    """Return the record of the recorded networks of these recipes on the test digits X, y.

    "errors" has for each recipe, kind and amount the errors of its seeds, in per cent;
    "confusion" for each recipe how often its networks, together, read label i (row) as j.
    """
    names = {recipe: [f"{recipe}-seed{record['seed']}" for record in load_records(recipe)]
             for recipe in recipes}  # fmt: skip
    models = {recipe: [load_trained(name) for name in names[recipe]] for recipe in recipes}
    return {
        "networks": names,
        "amounts": {kind: list(values) for kind, values in amounts.items()},
        "errors": {recipe: errors(models[recipe], X, y, amounts) for recipe in recipes},
        "confusion": {recipe: sum(confusion_matrix(y, predict(model, X), labels=range(10))
                                  for model in models[recipe]).tolist()
                      for recipe in recipes},
        "n_test": len(X),
        "test_sha256": data_hash(X, y),
        **provenance(),
    }  # fmt: skip


def load_robustness(folder=FOLDER):
    """Return the record that ``scripts/measure_robustness.py`` writes, as a dict."""
    return load_record("mnist", folder)
