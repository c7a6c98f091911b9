"""Trained networks: the known weights or none."""

import numpy as np
import pytest

from lenet_core import LeNet5, load_digits, predict, trained, trials
from lenet_core.paper import LeNet5_1998
from lenet_core.records import load_record
from lenet_core.weights import read_arrays, save_weights, weights_hash, write_arrays


@pytest.fixture
def path(monkeypatch, tmp_path):
    """The file of a network named "known", LeNet5(rng=7), beside which lies no other."""
    save_weights(LeNet5(rng=7), tmp_path / "known.npz")
    monkeypatch.setattr(trained, "__file__", str(tmp_path / "trained.py"))
    known = {"known": weights_hash(LeNet5(rng=7)), "lost": "00"}
    monkeypatch.setattr(trained, "WEIGHTS_SHA256", known)
    monkeypatch.setattr(trained, "NETWORKS", dict.fromkeys(known, LeNet5))
    return tmp_path / "known.npz"


def test_a_trained_network_is_a_lenet5_with_the_known_weights(path):
    model = trained.pretrained("known")
    assert type(model) is LeNet5
    assert weights_hash(model) == weights_hash(LeNet5(rng=7))


def test_each_call_gives_a_network_of_its_own(path):
    first, second = trained.pretrained("known"), trained.pretrained("known")
    for name, p in first.params.items():
        assert not np.shares_memory(p, second.params[name])


def test_the_name_is_modern_unless_given():
    assert trained.pretrained.__defaults__ == ("modern",)


@pytest.mark.parametrize("name", ["nobody", "", None, "../known"])
def test_an_unknown_name_is_refused_with_those_that_are_known(path, name):
    with pytest.raises(ValueError, match=f"no trained network {name!r}: there is known, lost"):
        trained.pretrained(name)


def test_a_damaged_file_is_refused(path):
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r"known\.npz: expected an \.npz file, found a damaged"):
        trained.pretrained("known")


def test_a_missing_file_is_named(path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*lost\.npz"):
        trained.pretrained("lost")


def test_changed_weights_are_refused_with_both_hashes(path):
    arrays = read_arrays(path)
    arrays["13.b"][3] = np.nextafter(arrays["13.b"][3], np.float32(1))
    write_arrays(path, arrays)
    found, changed = weights_hash(LeNet5(rng=7)), LeNet5(rng=7)
    changed.params["13.b"][...] = arrays["13.b"]
    message = f"their SHA-256 is {weights_hash(changed)}, expected {found}"
    with pytest.raises(ValueError, match=message):
        trained.pretrained("known")


@pytest.mark.parametrize("name", trained.WEIGHTS_SHA256)
def test_every_network_that_ships_can_be_read(name):
    assert weights_hash(trained.pretrained(name)) == trained.WEIGHTS_SHA256[name]


def test_the_modern_network_has_the_first_seed_with_the_lowest_held_out_error():
    top = list(trials.LADDER)[-1]
    best = min(trials.load_trial(top)["runs"], key=lambda run: (run["test_error"], run["seed"]))
    record = load_record(f"modern-seed{best['seed']}")
    assert record["weights_sha256"] == trained.WEIGHTS_SHA256["modern"]


def test_the_network_of_1998_is_the_first_seed_of_its_recipe():
    model = trained.pretrained("1998")
    assert type(model) is LeNet5_1998
    assert load_record("1998-seed0")["weights_sha256"] == trained.WEIGHTS_SHA256["1998"]
    X, y = load_digits()[2:]
    assert (predict(model, X) == y).mean() > 0.99
