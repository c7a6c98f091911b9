"""Training by the recipes of 1998: order, schedule, curvature, distortions, records."""

import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest

from lenet_core import evaluate, load_digits, records
from lenet_core.paper import SDLM, LeNet5_1998, MAPLoss, MeanSquaredDistance
from lenet_core.paper import train as paper_train
from lenet_core.paper.recipe import Recipe1998
from lenet_core.paper.runs import main, run_all, train_all
from lenet_core.paper.sdlm import ETAS, MEMORIES, curvature
from lenet_core.paper.train import Trainee, step_range, train_together
from lenet_core.weights import weights_hash

TINY = Recipe1998("1998-tiny", data="digits", epochs=2, scale=0.05, j=1.0)
MOVED = {"name": "affine", "degrees": 0}


@pytest.fixture(scope="module")
def digits():
    X, y, X_test, y_test = load_digits()
    return X[:700], y[:700], X_test[:50], y_test[:50]


@pytest.fixture
def few(monkeypatch, digits):
    monkeypatch.setattr(Recipe1998, "load", lambda recipe: digits)


def trainee(n, seed=0, distort=None, **settings):
    rng = np.random.default_rng(seed)
    model = LeNet5_1998(rng=rng, scale=0.05)
    return Trainee(model, MAPLoss(1.0), SDLM(**settings), n, rng, distort)


def clear_pass(model, loss, optimizer, X, y):
    """A pass with the clear layers, a digit a step; return the penalties it met."""
    met = []
    for n in range(len(X)):
        met.append(model.forward(X[n : n + 1])[0])
        loss.forward(met[-1][None], y[n : n + 1])
        model.backward(loss.backward())
        optimizer.step(model)
    return np.array(met)


def test_two_passes_are_those_of_the_clear_layers(digits):
    X, y = digits[0][:60].astype(np.float64), digits[1][:60]
    rng = np.random.default_rng(3)
    fast = Trainee(LeNet5_1998(rng=rng, dtype=np.float64), MAPLoss(1.0), SDLM(), 60, rng)
    clear, loss, optimizer = LeNet5_1998(rng=3, dtype=np.float64), MAPLoss(1.0), SDLM()
    for number, (found,) in enumerate(train_together([fast], X, y, passes=2)):
        X_pass, y_pass = X[fast.order], y[fast.order]
        optimizer.eta = ETAS[number]
        optimizer.measure(clear, loss, X_pass, y_pass)  # all 60: fewer than 500
        met = clear_pass(clear, loss, optimizer, X_pass, y_pass)
        assert found.loss == pytest.approx(loss.forward(met, y_pass), rel=1e-9)
        assert found.train_error == pytest.approx(100 * (met.argmin(axis=1) != y_pass).mean())
        for name, value in clear.params.items():
            np.testing.assert_allclose(fast.model.params[name], value, rtol=1e-7, atol=1e-11)


def test_the_order_is_drawn_once_and_kept(digits):
    X, y = digits[:2]
    one = trainee(len(X))
    first = [chunk.copy() for chunk, _ in one.chunks(X, y, 0)]
    again = [chunk for chunk, _ in one.chunks(X, y, 1)]
    assert [len(chunk) for chunk in first] == [500, 200]
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(again))
    assert not np.array_equal(np.concatenate(first), X)
    assert sorted(one.order) == list(range(len(X)))
    assert not np.array_equal(one.order, trainee(len(X), seed=1).order)


def test_distorted_versions_stay_the_same_and_version_0_is_the_digit_itself(digits):
    X, y = digits[0][:60], digits[1][:60]
    one = trainee(60, distort=replace(TINY, augment=MOVED).augmentation())
    versions = [next(one.chunks(X, y, version)) for version in (0, 1, 2, 1)]
    pictures = [pixels for pixels, _ in versions]
    np.testing.assert_array_equal(pictures[0], X[one.order])
    np.testing.assert_array_equal(pictures[1], pictures[3])
    assert not np.array_equal(pictures[1], pictures[2])
    for _, labels in versions:
        np.testing.assert_array_equal(labels, y[one.order])


def test_pass_11_meets_the_undistorted_digits_again(digits, monkeypatch):
    X, y = digits[0][:20], digits[1][:20]
    seen = []
    chunks = Trainee.chunks

    def watched(self, X, y, version):
        seen.append(version)
        return chunks(self, X, y, version)

    monkeypatch.setattr(Trainee, "chunks", watched)
    list(train_together([trainee(20)], X, y, passes=12))
    assert seen[::2] == [*range(10), 0, 1]  # once for the curvature, once for the steps
    assert seen[1::2] == seen[::2]


def test_eta_follows_the_schedule_and_stays_at_its_end(digits):
    X, y = digits[0][:10], digits[1][:10]
    one = trainee(10)
    etas = [one.optimizer.eta for _ in train_together([one], X, y, passes=22)]
    assert etas == [*ETAS, ETAS[-1], ETAS[-1]]


def test_curvature_is_measured_once_a_pass_on_the_first_500_of_the_order(digits, monkeypatch):
    X, y = digits[:2]
    one, samples = trainee(len(X)), []

    def watched(model, loss, X, y):
        samples.append((X, y))
        return curvature(model, loss, X, y)

    monkeypatch.setattr("lenet_core.paper.sdlm.curvature", watched)
    list(train_together([one], X, y, passes=2))
    assert len(samples) == 2
    for pixels, labels in samples:
        np.testing.assert_array_equal(pixels, X[one.order[:500]])
        np.testing.assert_array_equal(labels, y[one.order[:500]])


@pytest.mark.parametrize("memory", MEMORIES)
def test_what_is_kept_of_the_curvature(memory, digits):
    X, y = digits[0][:30], digits[1][:30]
    model, loss = LeNet5_1998(rng=0), MeanSquaredDistance()
    optimizer, measured = SDLM(memory=memory), []
    for factor in (1.0, 1.5, 0.5):
        model.params["11.W"][...] *= factor
        optimizer.measure(model, loss, X, y)
        measured.append(curvature(model, loss, X, y)["8.W"])
    want = {
        "newest": measured[-1],
        "mean": np.mean(measured, axis=0),
        "largest": np.max(measured, axis=0),
    }[memory]
    np.testing.assert_allclose(optimizer.h["8.W"], want, rtol=1e-5)


def test_an_unknown_memory_is_refused():
    with pytest.raises(ValueError, match="memory must be one of newest, mean, largest"):
        SDLM(memory="none")


def test_the_step_range_leaves_out_what_the_table_leaves_out(digits):
    X, y = digits[0][:30], digits[1][:30]
    one = trainee(30, eta=0.0005, mu=0.02)
    one.optimizer.measure(one.model, one.loss, X, y)
    smallest, largest = step_range(one)
    h = one.optimizer.h
    inside = np.broadcast_to(one.model.layers[4].mask, h["4.W"].shape)
    values = [v.ravel() for name, v in h.items() if name != "4.W"] + [h["4.W"][inside]]
    together = np.concatenate(values)
    assert together.size == 60_000
    assert smallest == pytest.approx(0.0005 / (0.02 + together.max()), rel=1e-5)
    assert largest == pytest.approx(0.0005 / (0.02 + together.min()), rel=1e-5)


# ---- recipes and records


def test_a_run_is_written_read_and_the_same_alone_and_in_company(few, tmp_path):
    recipe = replace(TINY, augment=MOVED)
    record = records.run(recipe, 1, tmp_path, progress=False)
    assert record["recipe"] == recipe.as_dict() == json.loads(json.dumps(recipe.as_dict()))
    columns = record["history"]
    assert [len(columns[name]) for name in ("loss", "smallest_step", "largest_step")] == [2, 2, 2]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "1998-tiny-seed1.json",
        "1998-tiny-seed1.npz",
    ]
    model = records.load_trained("1998-tiny-seed1", tmp_path)
    assert type(model) is LeNet5_1998
    assert weights_hash(model) == record["weights_sha256"]
    models, histories, _ = train_all([recipe] * 2, [0, 1])
    assert weights_hash(models[1]) == record["weights_sha256"] != weights_hash(models[0])
    assert histories[1].train_error == columns["train_error"]


@pytest.fixture
def stopped(monkeypatch):
    """A context in which Ctrl-C comes after the first pass."""
    passes = paper_train.train_together

    def stop_after_one(*args, **settings):
        yield next(passes(*args, **settings))
        raise KeyboardInterrupt

    @contextlib.contextmanager
    def context():
        with monkeypatch.context() as patch:
            patch.setattr("lenet_core.paper.recipe.train_together", stop_after_one)
            yield

    return context


def test_an_interrupted_run_goes_on_to_the_same_weights(few, tmp_path, stopped):
    recipe = replace(TINY, epochs=3, memory="mean")
    whole = records.run(recipe, 0, tmp_path / "whole", progress=False)
    with stopped():
        assert records.run(recipe, 0, tmp_path, progress=False) is None
    again = records.run(recipe, 0, tmp_path, progress=False)
    assert again["weights_sha256"] == whole["weights_sha256"]
    assert again["history"]["train_error"] == whole["history"]["train_error"]


def test_interrupted_runs_side_by_side_go_on_to_the_same_weights(few, tmp_path, stopped):
    recipe = replace(TINY, epochs=3, memory="mean")
    whole = run_all(recipe, [0, 1], tmp_path / "whole")
    with stopped():
        assert run_all(recipe, [0, 1], tmp_path) is None
    assert len(list(tmp_path.glob("*.checkpoint.npz"))) == 2
    again = run_all(recipe, [0, 1], tmp_path)
    assert [r["weights_sha256"] for r in again] == [r["weights_sha256"] for r in whole]
    assert len(again[0]["history"]["loss"]) == 3
    assert not list(tmp_path.glob("*.checkpoint.npz"))


def test_runs_that_stand_at_different_passes_do_not_go_on_together(few, tmp_path, stopped):
    with stopped():
        assert run_all(TINY, [0], tmp_path) is None
    with pytest.raises(ValueError, match=r"seed0.checkpoint.npz: 1, .*seed1.checkpoint.npz: 0"):
        run_all(TINY, [0, 1], tmp_path)


def test_a_checkpoint_of_other_settings_is_refused(few, tmp_path, stopped):
    with stopped():
        assert records.run(TINY, 0, tmp_path, progress=False) is None
    with pytest.raises(ValueError, match=r"mu was 0\.02, now 0\.03"):
        records.run(replace(TINY, mu=0.03), 0, tmp_path, progress=False)


@pytest.mark.parametrize("arguments", [["1997", "0"], ["1998"], ["1998", "x"]])
def test_the_command_refuses_what_is_no_recipe_or_no_seed(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "usage" in capsys.readouterr().err


def test_digits_are_read_by_few_passes():
    """Two passes over 1,000 digits: from one in ten to most of them."""
    X, y, X_test, y_test = load_digits()
    one = trainee(1000)
    list(train_together([one], X[:1000], y[:1000], passes=2))
    assert evaluate(one.model, X_test, y_test) > 0.8


def test_unfit_samples_are_refused(digits):
    X, y = digits[:2]
    with pytest.raises(ValueError, match="labels must lie in 0 to 9"):
        next(train_together([trainee(len(X))], X, y + 5, passes=1))


def test_a_recipe_to_choose_settings_with_holds_training_digits_back():
    recipe = TINY.held_out("trial", scale=0.5)
    assert (recipe.name, recipe.n_digits, recipe.n_test) == ("trial", 60_000, 10_000)
    assert (recipe.scale, recipe.j) == (0.5, TINY.j)
    assert TINY.changed(epochs=None) is TINY
    assert TINY.changed(epochs=3) == replace(TINY, name="custom", epochs=3)


def test_fewer_digits_are_the_first_and_are_judged_by_the_test_digits():
    few = replace(TINY, n_digits=300)
    X, y, X_test, y_test = load_digits()
    got = few.load()
    for one, want in zip(got, (X[:300], y[:300], X_test, y_test), strict=True):
        np.testing.assert_array_equal(one, want)
