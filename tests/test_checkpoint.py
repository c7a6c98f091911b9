"""Checkpoint: the whole state comes back, or an error and nothing has changed."""

import json
from functools import partial

import numpy as np
import pytest

from lenet_core import SGD, Dense, Flatten, Sequential, Tanh, fit
from lenet_core.augment import affine, shift
from lenet_core.checkpoint import Checkpoint, described
from lenet_core.losses import SmoothedCrossEntropy
from lenet_core.schedules import cosine, one_cycle
from lenet_core.weights import read_arrays, save_weights, weights_hash, write_arrays

SETTINGS = {"batch_size": 4, "optimizer": {"lr": 0.1}}
HISTORY = {"loss": [2.5, 1 / 3], "validation_error": [None, None], "interrupted": False}


class Run:
    """A model, an optimizer with velocities and a generator that has drawn."""

    def __init__(
        self, path, seed=0, hidden=4, dtype=np.float32, settings=SETTINGS, bits=np.random.PCG64
    ):
        first, last = (Dense(*sizes, rng=seed, dtype=dtype) for sizes in [(3, hidden), (hidden, 2)])
        self.model = Sequential([first, Tanh(), last])
        self.optimizer, self.rng = SGD(0.1, momentum=0.9), np.random.Generator(bits(seed))
        self.model.backward(self.model.forward(np.ones((5, 3), dtype)))
        self.optimizer.step(self.model)
        self.rng.permutation(7)
        self.checkpoint = Checkpoint(path, self.model, self.optimizer, self.rng, settings)

    def state(self):
        """Return all that a checkpoint keeps, ready to be compared."""
        velocity = {name: v.tobytes() for name, v in self.optimizer.velocity.items()}
        return weights_hash(self.model), velocity, str(self.rng.bit_generator.state)


@pytest.fixture
def path(tmp_path):
    """The checkpoint of Run(seed=0)."""
    Run(tmp_path / "c.npz").checkpoint.save(HISTORY)
    return tmp_path / "c.npz"


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.MT19937, np.random.Philox])
def test_the_whole_state_comes_back(tmp_path, bits):
    saved, other = (Run(tmp_path / "c.npz", seed, bits=bits) for seed in (0, 1))
    saved.checkpoint.save(HISTORY)
    assert other.state() != saved.state()
    assert other.checkpoint.load() == HISTORY
    assert other.state() == saved.state()
    np.testing.assert_array_equal(other.rng.permutation(9), saved.rng.permutation(9))


def test_loading_keeps_the_arrays_of_the_model(path):
    run = Run(path, seed=1)
    arrays = dict(run.model.params)
    run.checkpoint.load()
    assert all(run.model.params[name] is array for name, array in arrays.items())


def test_without_a_file_there_is_nothing_to_load(tmp_path):
    run = Run(tmp_path / "none.npz")
    before = run.state()
    assert run.checkpoint.load() is None
    assert run.state() == before


def refused(run, message):
    """Assert that loading fails with this message and leaves the run as it was."""
    before = run.state()
    with pytest.raises(ValueError, match=message):
        run.checkpoint.load()
    assert run.state() == before


FOREIGN = {
    "batch size": (dict(settings=SETTINGS | {"batch_size": 8}), "batch_size was 4, now 8"),
    "rate": (
        dict(settings=SETTINGS | {"optimizer": {"lr": 0.2}}),
        r"optimizer was {'lr': 0\.1}, now {'lr': 0\.2}",
    ),
    "a schedule": (dict(settings=SETTINGS | {"schedule": "step"}), "schedule was None, now 'step'"),
    "a setting too many": (dict(settings=SETTINGS | {"data": "ab"}), "data was None, now 'ab'"),
    "a setting too few": (dict(settings={"batch_size": 4}), "optimizer was {'lr': 0.1}, now None"),
    "another network": (dict(hidden=5), r"another network.*'0\.W'.*\(3, 4\).*\(3, 5\)"),
    "another dtype": (dict(dtype=np.float64), "float32.*float64"),
    "another generator": (dict(bits=np.random.MT19937), "PCG64.*MT19937"),
}


@pytest.mark.parametrize(("change", "message"), FOREIGN.values(), ids=FOREIGN.keys())
def test_the_checkpoint_of_another_run_is_refused(path, change, message):
    refused(Run(path, seed=1, **change), message)


@pytest.mark.parametrize("kept", [0, 0.3, 0.9], ids=lambda kept: f"kept {kept}")
def test_a_cut_file_is_refused(path, kept):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(kept * len(raw))])
    refused(Run(path, seed=1), r"c\.npz.*damaged")


@pytest.mark.parametrize("part", ["params/0.W", "velocity/2.W", "state"])
def test_a_wrong_bit_is_refused(path, part):
    raw, array = bytearray(path.read_bytes()), read_arrays(path)[part]
    raw[raw.index(array.tobytes()) + 3] ^= 1
    path.write_bytes(raw)
    refused(Run(path, seed=1), r"c\.npz.*damaged")


DAMAGES = {
    "no state": {"state": None},
    "a state that is no JSON": {"state": np.array("what?")},
    "a state without settings": {"state": np.array("{}")},
    "a state that is a number": {"state": np.array(3.0)},
    "a parameter too few": {"params/2.b": None},
    "a velocity too few": {"velocity/2.b": None},
    "a velocity of another shape": {"velocity/2.b": np.zeros(3, np.float32)},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_file_that_lacks_something_is_refused(path, damage):
    write_arrays(path, {k: v for k, v in (read_arrays(path) | damage).items() if v is not None})
    refused(Run(path, seed=1), r"c\.npz")


def test_a_file_of_weights_is_no_checkpoint(path):
    save_weights(Run(path).model, path)
    refused(Run(path, seed=1), r"c\.npz is no checkpoint: give another path")


def test_an_interrupted_write_leaves_the_last_checkpoint_whole(path, monkeypatch):
    def half(file, **_):
        file.write(b"half a file")
        raise KeyboardInterrupt

    run, other, old = Run(path, seed=1), Run(path, seed=2), path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", half)
        with pytest.raises(KeyboardInterrupt):
            run.checkpoint.save(HISTORY)
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]
    other.checkpoint.load()
    assert other.state() == Run(path, seed=0).state()


def test_a_checkpoint_before_the_first_step_has_no_velocities(tmp_path):
    run = Run(tmp_path / "c.npz")
    run.optimizer.velocity.clear()
    run.checkpoint.save(HISTORY)
    other = Run(tmp_path / "c.npz", seed=1)
    other.checkpoint.load()
    assert other.state() == run.state()


def test_a_state_that_the_generator_does_not_take_is_refused_first(path):
    arrays = read_arrays(path)
    state = json.loads(str(arrays["state"])) | {"rng": {"bit_generator": "PCG64"}}
    write_arrays(path, arrays | {"state": np.array(json.dumps(state))})
    refused(Run(path, seed=1), r"c\.npz is damaged")


# What fit writes down of a run


def bow(t):
    return 1 + 4 * t * (1 - t)


def kept(path, **changes):
    """Return the settings in the checkpoint of a run with these changes."""
    X, y = np.random.default_rng(0).normal(size=(6, 1, 4, 4)), np.arange(6) % 2
    settings = dict(epochs=2, batch_size=3, optimizer=SGD(0.1), rng=0, checkpoint=path)
    fit(Sequential([Flatten(), Dense(16, 2, rng=0)]), X, y, **settings | changes)
    state = json.loads(str(read_arrays(path)["state"]))["settings"]
    return {name: state[name] for name in ("loss", "augment", "schedule", "epochs")}


PLAIN = {"loss": "SoftmaxCrossEntropy", "augment": None, "schedule": None, "epochs": None}
KEPT = {
    "nothing": ({}, {}),
    "a schedule": (dict(schedule=cosine), {"schedule": "cosine", "epochs": 2}),
    "its settings": (
        dict(schedule=partial(one_cycle, warmup=0.5)),
        {"schedule": "one_cycle(warmup=0.5)", "epochs": 2},
    ),
    "one of one's own": (dict(schedule=bow), {"schedule": "bow", "epochs": 2}),
    "an augmentation": (dict(augment=shift), {"augment": "shift"}),
    "of settings": (
        dict(augment=partial(affine, shear=0.5, degrees=9)),
        {"augment": "affine(degrees=9, shear=0.5)"},
    ),
    "a loss": (
        dict(loss=SmoothedCrossEntropy(0.25)),
        {"loss": "SmoothedCrossEntropy(smoothing=0.25)"},
    ),
}


@pytest.mark.parametrize(("changes", "want"), KEPT.values(), ids=KEPT)
def test_a_run_is_described_by_its_parts_and_their_settings(tmp_path, changes, want):
    assert kept(tmp_path / "c.npz", **changes) == PLAIN | want


def test_the_rate_that_is_written_down_is_that_of_the_optimizer_and_not_of_the_last_step(tmp_path):
    kept(tmp_path / "c.npz", schedule=cosine)
    state = json.loads(str(read_arrays(tmp_path / "c.npz")["state"]))
    assert state["settings"]["optimizer"]["lr"] == 0.1


def test_an_object_is_described_without_its_address():
    class Callable:
        def __call__(self, X, rng):
            return X

    class Named(Callable):
        def __repr__(self):
            return "Named(3)"

    assert described(Callable()) == "Callable"
    assert described(Named()) == "Named(3)"
    assert described(partial(partial(bow, 1), t=2)) == "bow(1, t=2)"
    assert described(partial(bow, None, other=shift)) == "bow(None, other=shift)"
    assert described(None) is None
