"""Weights on disk: the same bits come back, or a clear error and an untouched model."""

import re

import numpy as np
import pytest

from lenet_core import Dense, LeNet5, Sequential, Tanh
from lenet_core.weights import (
    load_known,
    load_weights,
    read_arrays,
    save_weights,
    weights_hash,
    write_arrays,
)


def small(rng=0, dtype=np.float32):
    first, last = (Dense(*sizes, rng=rng, dtype=dtype) for sizes in [(3, 4), (4, 2)])
    return Sequential([first, Tanh(), last])


@pytest.fixture
def path(tmp_path):
    """Weights of small(rng=0) in a file."""
    save_weights(small(), tmp_path / "w.npz")
    return tmp_path / "w.npz"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_bits_come_back(tmp_path, dtype):
    model, other = LeNet5(rng=0, dtype=dtype), LeNet5(rng=1, dtype=dtype)
    arrays = dict(other.params)
    save_weights(model, tmp_path / "w.npz")
    load_weights(other, tmp_path / "w.npz")
    assert weights_hash(other) == weights_hash(model)
    assert all(other.params[name] is array for name, array in arrays.items())


def test_a_path_may_be_a_string_in_a_new_folder_without_npz_at_its_end(tmp_path):
    path = str(tmp_path / "new" / "folder" / "weights")
    save_weights(small(), path)
    model = small(rng=1)
    load_weights(model, path)
    assert weights_hash(model) == weights_hash(small())


def test_the_file_is_an_npz_without_pickle(path):
    with np.load(path, allow_pickle=False) as file:
        assert sorted(file) == ["0.W", "0.b", "2.W", "2.b"]
        assert {file[name].dtype for name in file} == {np.dtype(np.float32)}


class Trap:
    """An object whose unpickling would be noticed."""

    sprung = False

    def __setstate__(self, state):
        Trap.sprung = True


def test_a_pickle_is_refused_and_not_run(tmp_path):
    trap = Trap()
    trap.bait = 1
    np.savez(tmp_path / "w.npz", **{"0.W": np.array([trap], object)})
    with pytest.raises(ValueError, match=r"w\.npz.*damaged"):
        load_weights(small(), tmp_path / "w.npz")
    assert not Trap.sprung


def refused(path, message, error=ValueError):
    """Assert that loading fails with this message, which names the file, and changes nothing."""
    model = small(rng=1)
    with pytest.raises(error, match=f"{re.escape(str(path))}.*{message}"):
        load_weights(model, path)
    assert weights_hash(model) == weights_hash(small(rng=1))


def test_a_missing_file_is_named(tmp_path):
    refused(tmp_path / "none.npz", "", FileNotFoundError)


def test_a_folder_is_no_file(tmp_path):
    refused(tmp_path, "", FileNotFoundError)


@pytest.mark.parametrize("kept", [0, 1, 0.1, 0.5, 0.9, -1], ids=lambda kept: f"kept {kept}")
def test_a_cut_file_is_refused(path, kept):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(kept * len(raw)) if 0 < kept < 1 else kept])
    refused(path, "damaged")


def test_a_wrong_bit_in_the_numbers_is_refused(path):
    raw = bytearray(path.read_bytes())
    raw[raw.index(small().params["0.W"].tobytes()) + 5] ^= 1
    path.write_bytes(raw)
    refused(path, "damaged")


WRITERS = {
    "text": lambda path: path.write_text("no weights"),
    "npy": lambda path: np.save(path, [1]),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_file_of_another_kind_is_refused(tmp_path, write):
    path = tmp_path / "other.npy"
    write(path)
    refused(path, "damaged")


OTHERS = {
    "another shape": ({"0.W": np.zeros((3, 5))}, r"'0\.W'.*\(3, 5\).*expected \(3, 4\)"),
    "another dtype": ({"0.W": np.zeros((3, 4))}, r"'0\.W'.*float64.*expected .*float32"),
    "a missing parameter": ({"2.b": None}, r"'2\.b'.*missing.*expected \(2,\)"),
    "one too many": ({"4.W": np.zeros((2, 2))}, r"'4\.W'.*\(2, 2\).*no such parameter"),
}


@pytest.mark.parametrize(("change", "message"), OTHERS.values(), ids=OTHERS.keys())
def test_weights_of_another_network_are_refused(path, change, message):
    arrays = {k: v for k, v in (read_arrays(path) | change).items() if v is not None}
    write_arrays(path, arrays)
    refused(path, f"another network: {message}")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_write_leaves_the_old_file_whole(path, monkeypatch, error):
    def half(file, **_):
        file.write(b"half a file")
        raise error

    old = path.read_bytes()
    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(error):
        save_weights(small(rng=1), path)
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


def test_the_new_file_takes_the_place_of_the_old_one_in_one_move(path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    old = path.read_bytes()
    monkeypatch.setattr("os.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        save_weights(small(rng=1), path)
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_takes_the_place_of_the_old_one(path):
    save_weights(small(rng=1), path)
    assert list(path.parent.iterdir()) == [path]
    model = small()
    load_weights(model, path)
    assert weights_hash(model) == weights_hash(small(rng=1))


def test_the_hash_is_that_of_the_weights_alone():
    model = small()
    model.params["0.W"][...] += 0.5
    model.params["0.W"][...] -= 0.5  # rounded: most bits differ now
    assert weights_hash(small()) == weights_hash(small())
    hashes = {weights_hash(m) for m in (small(), small(rng=1), small(dtype=np.float64), model)}
    assert len(hashes) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", h) for h in hashes)


@pytest.mark.parametrize("name", list(small().params))
def test_the_smallest_change_of_any_parameter_changes_the_hash(name):
    model = small()
    p = model.params[name]
    p.flat[-1] = np.nextafter(p.flat[-1], np.float32(1))
    assert weights_hash(model) != weights_hash(small())


def test_the_hash_knows_the_order_of_axes_and_not_that_of_memory():
    model, layer = small(), small().layers[0]
    layer.params["W"] = np.asfortranarray(layer.params["W"])
    assert weights_hash(layer) == weights_hash(model.layers[0])
    layer.params["W"] = layer.params["W"].reshape(4, 3)
    assert weights_hash(layer) != weights_hash(model.layers[0])


def test_known_weights_are_read_into_the_arrays_of_the_model(path):
    model = small(rng=1)
    arrays = dict(model.params)
    load_known(model, path, weights_hash(small()))
    assert weights_hash(model) == weights_hash(small())
    assert all(model.params[name] is array for name, array in arrays.items())


def test_other_weights_than_the_known_ones_are_refused_with_both_hashes(path):
    model, before, found = small(rng=1), weights_hash(small(rng=1)), weights_hash(small())
    arrays = dict(model.params)
    message = f"{path} does not hold .*: their SHA-256 is {found}, expected {before}; take"
    with pytest.raises(ValueError, match=message):
        load_known(model, path, before)
    assert weights_hash(model) == before
    assert all(model.params[name] is array for name, array in arrays.items())


def test_a_file_that_cannot_be_read_is_refused_before_its_hash_is_asked_for(path):
    model, known = small(rng=1), weights_hash(small())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"w\.npz.*damaged"):
        load_known(model, path, known)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"w\.npz"):
        load_known(model, path, known)
    save_weights(Sequential([Dense(3, 5, rng=0)]), path)
    with pytest.raises(ValueError, match="another network"):
        load_known(model, path, known)
    assert weights_hash(model) == weights_hash(small(rng=1))
