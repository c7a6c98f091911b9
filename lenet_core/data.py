"""The digits: 5,000 inside the package, and all 70,000 of MNIST (LeCun et al. 1998, section III-A).

Whatever the source, the bytes are compared with known SHA-256 sums before anybody sees them.
"""

import gzip
import hashlib
import os
import zlib
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .weights import read_arrays, write_arrays

MARGIN = 2  # background pixels on each side: 28x28 becomes 32x32 (section III-A)
SCALINGS = {"paper": (-0.1, 1.175), "unit": (0.0, 1.0)}  # (background, ink); section II-B


class Expected(NamedTuple):
    """What an array of bytes has to be, and the name of its IDX file where it has one."""

    shape: tuple
    sha256: str
    file: str = ""


DIGITS = {
    "pixels": Expected(
        (5000, 28, 28), "d7099ff73588a67d7a5e8930873d86fffe892ba48884191961bdb5103d5b51b5"
    ),
    "labels": Expected((5000,), "c9a54e6bf707245247bf724c88fc4a21e5cac18c8d2d759bc64d14a3b99c008a"),
}
DIGITS_FILE = Path(__file__).with_name("digits.npz")
DIGITS_TRAIN = 4000  # the first 400 digits of each class; the last 100 are held out

MNIST = {  # in the order in which load_mnist returns them
    "X_train": Expected(
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "train-images-idx3-ubyte",
    ),
    "y_train": Expected(
        (60000,),
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        "train-labels-idx1-ubyte",
    ),
    "X_test": Expected(
        (10000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        "t10k-images-idx3-ubyte",
    ),
    "y_test": Expected(
        (10000,),
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
        "t10k-labels-idx1-ubyte",
    ),
}
IDX_KINDS = {2049: "2049 (labels)", 2051: "2051 (images)"}  # magic: 8 for bytes, number of axes
OFFLINE = (
    "set LENET_MNIST_DIR to a folder with the four IDX files of MNIST, "
    "or use load_digits(), which needs no network"
)


def load_digits(scaling="paper"):
    """Return the 5,000 digits that come with the package, 500 of each class.

    They are the first 500 of each class in MNIST's training set, stored by turns: row 10 i + c
    is the i-th digit of class c. Any ten rows from a multiple of ten on hold each class once.
    The first 4,000 rows are for training, the last 1,000 are held out.

    Parameters
    ----------
    scaling : "paper" or "unit"
        As in `scale_pixels`.

    Returns
    -------
    X_train, y_train, X_test, y_test : float32 arrays (4000, 1, 32, 32) and (1000, 1, 32, 32),
        int64 arrays (4000,) and (1000,)

    Raises
    ------
    ValueError
        If `scaling` is another word, or the file of the package is damaged.
    """
    _one_of(scaling, SCALINGS, "scaling")
    with _advice("install lenet_core again"):
        arrays = check_bytes(read_arrays(DIGITS_FILE), DIGITS, DIGITS_FILE)
    X, y = scale_pixels(arrays["pixels"], scaling), arrays["labels"].astype(np.int64)
    return X[:DIGITS_TRAIN], y[:DIGITS_TRAIN], X[DIGITS_TRAIN:], y[DIGITS_TRAIN:]


def load_mnist(source="auto", scaling="paper"):
    """Return MNIST: 60,000 digits to train on and 10,000 to test with, in their own order.

    Parameters
    ----------
    source : "auto", "dir", "cache" or "openml"
        "dir" is the folder named by the environment variable LENET_MNIST_DIR, with the four IDX
        files, packed (`.gz`, read first) or not. "cache" is one file in the user's cache folder:
        `lenet_core/mnist.npz` under XDG_CACHE_HOME, else LOCALAPPDATA (Windows), else ~/.cache.
        "openml" is OpenML's data set mnist_784, which is then kept in the cache. "auto" takes
        the folder when the variable is set, else the cache when the file is there, else OpenML.
        A source once taken is never left for the next one: what is wrong with it is an error.
    scaling : "paper" or "unit"
        As in `scale_pixels`.

    Returns
    -------
    X_train, y_train, X_test, y_test : float32 arrays (60000, 1, 32, 32) and (10000, 1, 32, 32),
        int64 arrays (60000,) and (10000,)

    Raises
    ------
    ValueError
        If an argument is another word, or the data are damaged or are not MNIST.
    OSError
        If a file is missing (FileNotFoundError) or OpenML cannot be reached.

    Notes
    -----
    The arrays take 287 MB, and 55 MB more while they are made. The one time that the digits come
    from OpenML, reading its text file takes about 1 GB and half a minute after the download.
    """
    _one_of(scaling, SCALINGS, "scaling")
    with _advice("for a folder of your own, set LENET_MNIST_DIR"):
        _one_of(source, ["auto", *SOURCES], "source")
    arrays = SOURCES[_first_source() if source == "auto" else source]()
    X_train, y_train, X_test, y_test = (arrays[name] for name in MNIST)
    return (
        scale_pixels(X_train, scaling),
        y_train.astype(np.int64),
        scale_pixels(X_test, scaling),
        y_test.astype(np.int64),
    )


def scale_pixels(pixels, scaling="paper"):
    """Turn digits of 28x28 bytes into images for LeNet-5.

    Two background pixels are put around each digit; then x = p/255 (ink - background) +
    background. The background is -0.1 and the ink 1.175 for "paper" (LeCun et al. 1998, section
    II-B), 0 and 1 for "unit".

    Parameters
    ----------
    pixels : uint8 array (N, 28, 28), 0 for the background and 255 for full ink
    scaling : "paper" or "unit"

    Returns
    -------
    X : float32 array (N, 1, 32, 32)

    Raises
    ------
    ValueError
        If `pixels` has another type or shape, or `scaling` is another word.
    """
    _one_of(scaling, SCALINGS, "scaling")
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (28, 28):
        raise ValueError(
            "pixels must be a uint8 array of shape (N, 28, 28), 0 for background and 255 for ink, "
            f"got {pixels.dtype} of shape {pixels.shape}: bring them to this size and range first"
        )
    background, ink = SCALINGS[scaling]
    X = np.zeros((len(pixels), 1, 28 + 2 * MARGIN, 28 + 2 * MARGIN), np.float32)
    X[:, 0, MARGIN:-MARGIN, MARGIN:-MARGIN] = pixels
    X /= 255  # in place: for 60,000 digits each temporary would take another 246 MB
    X *= ink - background
    X += background
    return X


def data_hash(X, y):
    """Return the SHA-256 of samples and labels: dtypes, shapes and bytes in C order, in hex."""
    digest = hashlib.sha256()
    for array in (X, y):
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(array.ravel())  # a view where the array lies in C order, as a loader's do
    return digest.hexdigest()


def _first_source():
    """Name the source that "auto" stands for."""
    if os.environ.get("LENET_MNIST_DIR"):
        return "dir"
    return "cache" if _cache_file().is_file() else "openml"


def _read_folder():
    """Return the arrays from the IDX files in the folder that LENET_MNIST_DIR names."""
    name = os.environ.get("LENET_MNIST_DIR")
    if not name:
        raise ValueError(f'source "dir" needs the variable LENET_MNIST_DIR, not set: {OFFLINE}')
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"LENET_MNIST_DIR is {name!r}, which is no folder: {OFFLINE}")
    with _advice("get this file again, or unset LENET_MNIST_DIR"):
        return {key: _read_idx(_find(folder, want.file), want) for key, want in MNIST.items()}


def _find(folder, name):
    """Return the path of an IDX file, packed or not."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{folder} holds no file {name}.gz nor {name}: {OFFLINE}")


def _read_idx(path, want):
    """Return the bytes in an IDX file: a magic number, a size for each axis, the bytes."""
    raw, n_axes = _read_bytes(path), len(want.shape)
    start = 4 * (1 + n_axes)
    _expect(path, "bytes of header", start, len(raw[:start]))
    magic, *shape = np.frombuffer(raw, ">u4", 1 + n_axes).tolist()
    _expect(path, "magic number", IDX_KINDS[2048 + n_axes], IDX_KINDS.get(magic, magic))
    _expect(path, "shape", want.shape, tuple(shape))
    _expect(path, "bytes after the header", prod(shape), len(raw) - start)
    array = np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
    _expect(path, "SHA-256 after the header", want.sha256, _sha256(array))
    return array


def _read_bytes(path):
    """Return the content of a file, unpacked if its name says that it is packed."""
    raw = path.read_bytes()
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path}: expected a whole gzip file (an unpacked one has no .gz in its name), "
            f"found a damaged one ({error})"
        ) from error


def _cache_file():
    """Return where the cache lies, or will lie, on this system."""
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(folder or Path.home() / ".cache") / "lenet_core" / "mnist.npz"


def _read_cache():
    """Return the arrays from the cache file."""
    path = _cache_file()
    if not path.is_file():
        raise FileNotFoundError(f"no cache file {path}: load_mnist() makes it from OpenML")
    with _advice("delete this file, and load_mnist() makes it again from OpenML"):
        return check_bytes(read_arrays(path), MNIST, path)


def _read_openml():
    """Return the arrays from OpenML, after they have been put into the cache."""
    n_train = MNIST["y_train"].shape[0]
    pixels, labels = _fetch_openml()
    with _advice(f"OpenML's copy has changed or was damaged on its way: {OFFLINE}"):
        pixels = pixels.astype(np.uint8).reshape(-1, 28, 28)
        labels = labels.astype(np.uint8)
        parts = pixels[:n_train], labels[:n_train], pixels[n_train:], labels[n_train:]
        arrays = check_bytes(dict(zip(MNIST, parts, strict=True)), MNIST, "mnist_784 of OpenML")
    write_arrays(_cache_file(), arrays)
    return arrays


def _fetch_openml():
    """Return 70,000 rows of pixels (float64) and as many labels (str), training set first."""
    from sklearn.datasets import fetch_openml

    try:
        # The default parser of dense data needs pandas, which nothing else here does. This one
        # is slower and takes more memory, once: afterwards there is the cache.
        return fetch_openml(
            "mnist_784", version=1, as_frame=False, parser="liac-arff", return_X_y=True
        )
    except Exception as error:  # no network, no such server, an answer that is none ...
        raise OSError(
            f"MNIST cannot be fetched from OpenML ({type(error).__name__}: {error}): {OFFLINE}"
        ) from error


SOURCES = {"dir": _read_folder, "cache": _read_cache, "openml": _read_openml}


def check_bytes(arrays, expected, where):
    """Return the expected ones of these arrays, each with the right type, shape and bytes."""
    _expect(where, "arrays", sorted(expected), sorted(expected.keys() & arrays.keys()))
    for name, want in expected.items():
        array, place = arrays[name], f"{where}, array {name}"
        _expect(place, "type and shape", f"uint8 {want.shape}", f"{array.dtype} {array.shape}")
        _expect(place, "SHA-256", want.sha256, _sha256(array))
    return {name: arrays[name] for name in expected}


def _expect(where, what, expected, found):
    """Refuse what is not as expected, and name both."""
    if found != expected:
        raise ValueError(f"{where}: expected {what} {expected}, found {found}")


@contextmanager
def _advice(text):
    """Add to the message of a ValueError what to do next."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{error}: {text}") from error


def _sha256(array):
    """Return the SHA-256 of the bytes of an array in C order, in hex."""
    return hashlib.sha256(array.ravel()).hexdigest()


def _one_of(value, options, name):
    """Refuse a word that is none of the options."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}, got {value!r}")
