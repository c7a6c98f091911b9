"""The machine, the versions and the digits that a measurement depends on."""

import importlib.metadata
import os
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from lenet_core import load_mnist
from lenet_core.fast import cores
from lenet_core.records import versions

from .ways import DIGITS


def digits():
    """Return X, y and their name: MNIST from the folder LENET_MNIST_DIR, else random pixels."""
    if os.environ.get("LENET_MNIST_DIR"):
        X, y, _, _ = load_mnist("dir")
        return X, y, "MNIST"
    rng = np.random.default_rng(0)
    X = rng.standard_normal((DIGITS, 1, 32, 32), np.float32)
    return X, rng.integers(0, 10, DIGITS), "random pixels and labels"


def describe():
    """Return what is known about the machine and about NumPy's BLAS."""
    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]
    of_numpy = next((info for info in blas if "numpy" in info["filepath"]), *blas[:1])
    keys = ("internal_api", "version", "architecture", "threading_layer", "num_threads")
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": {key: of_numpy.get(key) for key in keys},
    }


def cpu_model():
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def all_versions():
    """Return the versions of the package and of the libraries it is compared with."""
    found = versions()
    for name in ("torch", "jax"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found
