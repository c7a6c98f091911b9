"""The measurements of speed as far as they can be tested: what they count, drop and write."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench import __main__ as command
from bench import load, parts, report, tried, ways
from bench.load import Taken
from lenet_core import LeNet5, SoftmaxCrossEntropy
from lenet_core.fast import Crew, FastNetwork

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((70, 1, 32, 32), np.float32), RNG.integers(0, 10, 70)
NO_LOAD = Taken(1.0, 0.0)
sees_load = pytest.mark.skipif(not Path("/proc/stat").exists(), reason="there is no /proc/stat")


# ---- rounds


def test_a_round_in_which_others_computed_is_dropped():
    calm, loud = {"a": NO_LOAD, "b": Taken(2.0, 0.1)}, {"a": NO_LOAD, "b": Taken(2.0, 0.5)}
    kept, sentence = load.quiet([calm, loud, calm])
    assert kept == [calm, calm]
    assert "at most 10%" in sentence


def test_rounds_are_all_kept_where_none_is_quiet_or_load_cannot_be_seen():
    loud, unseen = {"a": Taken(1.0, 0.9)}, {"a": Taken(1.0, None)}
    assert load.quiet([loud, loud]) == ([loud, loud], load.quiet([loud])[1])
    assert "more than 10%" in load.quiet([loud])[1]
    kept, sentence = load.quiet([unseen])
    assert kept == [unseen]
    assert "not seen" in sentence


@pytest.mark.parametrize(("seconds", "others", "expected"), [
    (1.0, 0.12, False), (1.0, 0.14, True), (0.1, 0.03, False), (0.1, 0.05, True),
])  # fmt: skip
def test_others_may_have_a_tenth_of_a_core_and_what_the_clock_cannot_tell(
    seconds, others, expected
):
    assert load.disturbed(Taken(seconds, others)) is expected


def test_the_ways_take_turns_and_their_seconds_are_scaled_to_an_epoch(monkeypatch):
    order, others = [], iter([0, 0, 9, 0, 0, 0])

    def taken(epoch, n):
        epoch(n)
        return Taken(n / 100, next(others))

    monkeypatch.setattr(load, "taken", taken)
    epochs = {k: (lambda n, k=k: order.append((k, n)), n) for k, n in [("a", 100), ("b", 300)]}
    rounds = load.interleave(epochs, 3)
    assert order == [("a", 100), ("a", 100), ("b", 300), ("b", 300)] * 3  # the second is timed
    assert rounds.dropped == 1  # the second
    assert rounds.seconds == {"a": [600, 600], "b": [600, 600]}
    others = iter([0] * 6)
    assert load.medians(epochs) == {"a": 600, "b": 600}


def test_a_measurement_trains_on_its_digits_once():
    trained = []
    assert load.taken(trained.append, 5).seconds >= 0
    assert trained == [5]


@sees_load
def test_what_we_have_started_is_ours():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        seconds = load.own_seconds()
        child.communicate(b"\n")
    assert {os.getpid(), child.pid} <= seconds.keys()
    assert 1 not in seconds
    assert child.pid not in load.own_seconds()


@sees_load
def test_others_are_what_the_machine_computed_without_us(monkeypatch, tmp_path):
    real = Path("/proc/stat")
    (tmp_path / "stat").write_text("cpu  100 200 300 9999 9999 10 20 70 5 5\ncpu0 1 2 3\n")
    monkeypatch.setattr(load, "Path", lambda path: tmp_path / "stat" if path == str(real) else None)
    monkeypatch.setattr(load, "own_seconds", lambda: {1: 2.5, 2: 0.5})
    ticks = 100 + 200 + 300 + 10 + 20 + 70
    assert load.others_seconds() == pytest.approx(ticks / os.sysconf("SC_CLK_TCK") - 3.0)


def test_a_system_that_does_not_tell_is_taken_as_such(monkeypatch, tmp_path):
    monkeypatch.setattr(load, "Path", lambda path: tmp_path / "nothing")
    assert load.others_seconds() is None
    assert load.taken(lambda n: None, 1).others is None


# ---- ways


def test_the_operations_of_an_epoch_are_those_counted_by_hand():
    c1, c3, c5, f6, output = 150 * 28 * 28, 2_400 * 10 * 10, 48_000, 120 * 84, 84 * 10
    multiply_adds = 2 * c1 + 3 * (c3 + c5 + f6 + output)
    assert ways.gflop_per_epoch(LeNet5(rng=0)) == pytest.approx(2 * multiply_adds * 60_000 / 1e9)
    assert ways.gflop_per_epoch(LeNet5(rng=0)) == pytest.approx(135.8, abs=0.05)


@pytest.mark.parametrize("key", ["classic", "strided", "rows", "reused", "fast-1"])
def test_a_way_trains_to_the_weights_of_the_clear_layers(monkeypatch, key):
    stepped = {}

    class Spy(ways.SGD):
        def step(self, model):
            super().step(model)
            stepped[now] = [p.copy() for p in model.params.values()]

    monkeypatch.setattr(ways, "SGD", Spy)
    with contextlib.ExitStack() as stack:
        for now in ("clear", key):  # the spy reads it
            ways.WAYS[now].start(stack, X, Y, 32)(70)
    for p, want in zip(stepped[key], stepped["clear"], strict=True):
        np.testing.assert_allclose(p, want, atol=1e-6)


def test_the_way_without_kept_arrays_makes_new_ones():
    network = ways.FreshNetwork(LeNet5(rng=0))
    first, arrays = network.forward(X).copy(), network.layers[0].columns
    np.testing.assert_array_equal(network.forward(X), first)
    assert not np.shares_memory(network.layers[0].columns, arrays)


def test_a_library_that_does_not_work_is_left_out_and_a_way_of_ours_is_not(capsys):
    def fail(*given):
        raise ImportError("no such library")

    works = ways.Way("works", 100, lambda *given: lambda n: None)
    started = ways.start(None, {"jax": ways.Way("JAX", 8, fail), "torch": works}, X, Y)
    assert {key: n for key, (_, n) in started.items()} == {"torch": 70}
    assert capsys.readouterr().out == "JAX is left out: ImportError: no such library\n"
    with pytest.raises(ImportError):
        ways.start(None, {"clear": ways.Way("clear", 8, fail)}, X, Y)


# ---- what did not help


def twins(n=32):
    """Return fast twins after a forward pass, and random gradients for the first layer."""
    network = FastNetwork(LeNet5(rng=0))
    network.forward(X[:n])
    dy = np.random.default_rng(1).standard_normal((28, 6, 28, n), np.float32)
    return network, dy.transpose(3, 1, 0, 2)


def test_one_product_gives_the_gradients_of_two():
    (network, dy), grads = twins(), {}
    conv = network.layers[0]
    for set_grads in (type(conv).set_grads, tried.set_grads_in_one_product):
        conv.grads["W"][...] = conv.grads["b"][...] = 0
        set_grads(conv, dy)
        grads[set_grads] = {name: grad.copy() for name, grad in conv.grads.items()}
    two, one = grads.values()
    for name in ("W", "b"):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-4, atol=1e-2)


def test_the_mean_over_axes_pools_like_the_sums():
    network, maps = twins()
    pool = network.layers[2]
    want = pool.forward(maps).copy()
    pool.y[...] = 0
    np.testing.assert_allclose(tried.forward_by_mean(pool, maps), want, atol=1e-6)


def test_two_threads_give_the_bits_of_one_process():
    found = []
    for kind in (Crew, tried.ThreadCrew):
        model, loss = LeNet5(rng=0), SoftmaxCrossEntropy()
        with kind(model, loss, X.shape) as crew:
            value, scores = crew(model, loss, X, Y)
            grads = [grad.copy() for grad in model.grads.values()]
        found.append([np.array(value), scores, *grads])
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_change_is_in_place_only_while_its_way_trains():
    change = tried.CHANGES["pieces-16"]
    normal = tried.fast.PIECE
    with contextlib.ExitStack() as stack:
        epoch = tried.changed_epoch(stack, X, Y, change)
        assert tried.fast.PIECE == normal
        epoch(70)  # five pieces of 16 fit the board that was made for them
        assert tried.fast.PIECE == normal


# ---- the record


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds():
    record = report.ways_record({"clear": [2.0, 9.0, 4.0], "fast-2": [1.0, 3.0, 4.0]})
    assert record["clear"] == {
        "label": ways.WAYS["clear"].label, "seconds": [2.0, 9.0, 4.0],
        "median": 4.0, "min": 2.0, "max": 9.0, "ratio": 2.0,
    }  # fmt: skip
    assert record["fast-2"]["ratio"] == 1.0


def test_numbers_are_rounded_and_keys_are_words():
    value = {1: 3.14159, "n": 60000, "list": (0.000123456, None, True, float("nan"))}
    tidied = report.tidy(value)
    assert tidied["1"] == 3.142
    assert tidied["n"] == 60000
    assert tidied["list"][:3] == [0.0001235, None, True]
    assert np.isnan(tidied["list"][3])


@pytest.fixture(scope="module")
def tiny():
    """Return the record of a run in which no other process is started."""

    def one_worker(stack, X, y, batch_size, *, workers):
        return ways.crew_epoch(stack, X, y, batch_size, workers=1)

    def start(stack, X, y, batch_size):
        return lambda n: None

    quick = {key: way._replace(start=start) for key, way in ways.WAYS.items()}
    memory = {"peak_mib_above_data": 1.5, "how": "not at all"}
    with pytest.MonkeyPatch.context() as patch:
        for module in (report, parts):
            patch.setattr(module, "WAYS", quick)
        for module in (tried, parts):
            patch.setattr(module, "crew_epoch", one_worker)
        patch.setattr(parts, "IMAGES", (20, 1_000))
        patch.setattr(parts, "SIDE", 16)
        patch.setattr(parts, "one_core_taken", contextlib.nullcontext)
        patch.setattr(load, "others_seconds", lambda: 0.0)
        patch.setattr(report, "peak", lambda: memory)
        patch.setattr(report, "digits", lambda: (X, Y, "noise"))
        return report.measure(rounds=1)


def test_a_run_measures_every_part(tiny):
    assert list(tiny) == [
        "machine", "versions", "commit", "settings", "ways", "loaded",
        "scaling", "limit", "predict_10000", "memory", "layers", "tried",
    ]  # fmt: skip
    assert tiny["settings"] | {"load": ""} == {
        "digits": 60000, "batch": 128, "rounds": 1, "dropped": 0, "load": "", "pixels": "noise",
        "measured_digits": {key: min(70, way.digits) for key, way in ways.WAYS.items()},
    }  # fmt: skip
    assert list(tiny["ways"]) == [
        "pixels", "classic", "strided", "clear", "rows", "reused", "fast-1", "fast-2",
        "torch", "torch-channels-last", "torch-compile", "jax",
    ]  # fmt: skip
    assert list(tiny["loaded"]) == ["clear", "fast-1", "fast-2", "torch", "torch-channels-last"]
    assert set(tiny["loaded"]["clear"]) == {"seconds", "median", "times_quiet"}
    assert list(tiny["scaling"]["images"]) == ["1", "2"]
    assert list(tiny["scaling"]["images"]["2"]) == ["20"]
    assert list(tiny["scaling"]["workers"]) == ["1", "2", "3", "4"]
    for found in tiny["scaling"]["batch"].values():
        assert list(found) == ["32", "64", "128", "256", "512", "1024"]
    assert tiny["memory"] == {"peak_mib_above_data": 1.5, "how": "not at all"}
    assert {"label", "ratio"} == set(tiny["tried"]["pieces-16"])
    assert {"cpu", "cores", "system", "python", "numpy", "blas"} == set(tiny["machine"])


def test_a_run_names_the_layers_and_times_both_passes(tiny):
    kinds = [type(layer).__name__ for layer in LeNet5(rng=0).layers]
    for rows in tiny["layers"].values():
        assert [r["kind"] for r in rows] == kinds
        assert [r["layer"] for r in rows if r["kind"] == "Conv2D"] == ["C1", "C3", "C5"]
        assert all(r["forward"] > 0 and r["backward"] > 0 for r in rows)


def test_the_limit_is_the_operations_by_their_speed(tiny):
    limit = tiny["limit"]
    assert limit["seconds_two"] == pytest.approx(
        limit["gflop_per_epoch"] / limit["gflops_two"], rel=1e-2
    )
    assert limit["gflop_per_epoch"] == 135.8


def test_the_text_shows_every_way_and_change(tiny):
    lines = report.text(tiny).splitlines()
    assert lines[0] == "Seconds for an epoch of 60,000 digits (noise), batch 128"
    assert lines[1].startswith("1 rounds, 0 dropped")
    for part in ("ways", "tried"):
        for entry in tiny[part].values():
            assert any(line.startswith(entry["label"] + " ") for line in lines)
    assert "Memory above the data: 1.5 MiB (not at all)" in lines


def test_numbers_stand_below_their_heads():
    rows = {"one": {"1000": 0.5, "4000": 2.0}}
    assert report.columns("Images", rows["one"], rows) == [
        "Images                   1000     4000",
        "one                       0.5      2.0",
    ]


# ---- the command


def test_the_command_starts_again_without_what_slows_blas_down(monkeypatch):
    calls = []

    def call(arguments, env):
        calls.append((arguments, env))
        return 3

    monkeypatch.setattr(command, "SLOWING", ("BENCH_SLOW",))
    monkeypatch.setenv("BENCH_SLOW", "1")
    monkeypatch.setenv("BENCH_OTHER", "2")
    monkeypatch.setattr(command.subprocess, "call", call)
    monkeypatch.setattr(sys, "argv", ["bench", "--rounds", "2"])
    with pytest.raises(SystemExit, match="3"):
        command.main()
    ((arguments, env),) = calls
    assert arguments == [sys.executable, "-m", "bench", "--rounds", "2"]
    assert "BENCH_SLOW" not in env
    assert env["BENCH_OTHER"] == "2"


def test_the_command_writes_what_it_measured(monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr(command, "SLOWING", ())
    monkeypatch.setattr(report, "measure", lambda *given: asked.append(given) or {"a": 1})
    monkeypatch.setattr(report, "text", lambda record: f"a table of {record}")
    monkeypatch.setattr(
        sys, "argv", ["bench", "--quick", "--out", str(tmp_path / "new" / "x.json")]
    )
    command.main()
    assert asked == [(7, True)]
    assert (tmp_path / "new" / "x.json").read_text() == '{\n "a": 1\n}\n'
    assert "a table of {'a': 1}" in capsys.readouterr().out
