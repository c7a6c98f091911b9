"""Weights as `.npz` files: written whole or not at all, read without pickle."""

import hashlib
import io
import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np


def save_weights(model, path):
    """Write the parameters of `model` to the `.npz` file `path`, whole or not at all."""
    write_arrays(path, model.params)


def load_weights(model, path):
    """Read the parameters of `model` from `path`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged, or holds the parameters of another network; the model stays as it was.
    """
    assign(model.params, read_arrays(path), path)


def load_known(model, path, sha256):
    """Read the parameters of `model` from `path`, if their `weights_hash` is the expected one."""
    before = {name: value.copy() for name, value in model.params.items()}
    load_weights(model, path)
    if (found := weights_hash(model)) != sha256:
        assign(model.params, before, path)
        raise ValueError(
            f"{path} does not hold the weights it should: their SHA-256 is {found}, expected "
            f"{sha256}; take the file from the repository again, or train anew"
        )


def weights_hash(model):
    """Return the SHA-256 of all parameters: names, shapes, dtypes and bytes, in hex."""
    digest = hashlib.sha256()
    for name, value in model.params.items():
        digest.update(f"{name} {value.shape} {value.dtype.str}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def write_arrays(path, arrays):
    """Write a dict of arrays as `.npz`, whole or not at all."""
    with whole_file(path) as file:
        np.savez(file, **arrays)


@contextmanager
def whole_file(path):
    """Open a file for bytes that takes its place once it is written: no reader meets a half."""
    path = Path(path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(part, "wb") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_arrays(path):
    """Read a dict of arrays from an `.npz` file; objects, which need pickle, are refused."""
    if not Path(path).is_file():
        found = "is a folder" if Path(path).is_dir() else "does not exist"
        raise FileNotFoundError(f"there is no file {path}, it {found}: check its name")
    raw = Path(path).read_bytes()
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # damaged bytes raise some ten types from zipfile, zlib and NumPy
        raise ValueError(
            f"{path}: expected an .npz file, found a damaged one or another kind"
        ) from error


def assign(targets, arrays, path):
    """Copy each array into the target of its name, once they are known to be alike."""
    check_alike(targets, arrays, path)
    for name, value in targets.items():
        value[...] = arrays[name]


def check_alike(targets, arrays, path):
    """Refuse arrays from `path` that differ from the targets in names, shapes or dtypes."""
    want = {name: f"{value.shape} {value.dtype}" for name, value in targets.items()}
    got = {name: f"{value.shape} {value.dtype}" for name, value in arrays.items()}
    differ = sorted(name for name in want | got if want.get(name) != got.get(name))
    if differ:
        name = differ[0]
        raise ValueError(
            f"{path} holds another network: {name!r} is {got.get(name, 'missing')} there, "
            f"expected {want.get(name, 'no such parameter')}"
        )
