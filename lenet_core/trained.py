"""Trained networks that ship inside the package."""

from pathlib import Path

import numpy as np

from .model import LeNet5
from .paper.recipes import RECIPES_1998
from .weights import load_known

NETWORKS = {"modern": LeNet5, "1998": RECIPES_1998["1998"].model}  # each takes a generator
WEIGHTS_SHA256 = {
    "modern": "74d72780fd717d5fbbb98acc41f5345256b2417aa6f03795259cf43f6ef039ba",
    "1998": "23c92c34a97a1273f076dfae6127415b90e3c9fb7cdb3b8ed76791b64373b0ae",
}


def pretrained(name="modern"):
    """Return a trained network, for 32x32 images with pixels scaled by "paper".

    Parameters
    ----------
    name : str
        "modern": the recipe of that name with seed 0, `runs/modern-seed0.json` in the repository
        of the book. That seed did best, or first among equals, where the recipe was tried on
        50,000 digits and judged by the 10,000 others of the training set.
        "1998": a LeNet5_1998, the recipe of that name with seed 0, `runs/1998-seed0.json`.

    Raises
    ------
    ValueError
        If there is no such network, or its file was changed.

    Notes
    -----
    It has met all of MNIST's training digits, and so every digit of `load_digits`: only MNIST's
    test digits can tell how well it reads.
    """
    if name not in WEIGHTS_SHA256:
        raise ValueError(f"no trained network {name!r}: there is {', '.join(WEIGHTS_SHA256)}")
    model = NETWORKS[name](rng=np.random.default_rng(0))
    load_known(model, Path(__file__).with_name(f"{name}.npz"), WEIGHTS_SHA256[name])
    return model
