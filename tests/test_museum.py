"""Every exhibit of the bug museum gets the verdicts that the chapter tells."""

import inspect
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lenet_core.exercises import museum
from lenet_core.exercises.witnesses import (
    EXHIBITS,
    LIMIT,
    SLOTS,
    TESTS,
    MaskedConv2D,
    both_passes,
    network,
    passes,
    same,
    twenty_digits,
)
from lenet_core.gradcheck import gradient_check, relative_error

PAGE = Path(__file__).resolve().parent.parent / "book" / "gradient-check.ipynb"
CAUGHT_BY = {  # title: letters of the tests that it fails: gradient, value, shape, order, overfit
    "bias forgotten in forward": "gv",
    "db summed over features": "gso",
    "W not transposed in dX": "gsto",
    "batch mean taken twice": "go",
    "= instead of += in overlaps": "g",
    "ReLU mask from the output": "g",
    "slope of tanh without 2/3": "g",
    "C3 table in forward only": "g",
    "bias missing in both passes": "v",
    "kernel turned in both passes": "v",
    "C3 table ignored": "v",
    "labels shifted by one": "vo",
    "softmax without the shift": "v",
    "backward writes into dY": "t",
    "input of an earlier call kept": "t",
    "dW never set back": "t",
    "step uphill": "vo",
    "ReLU at its kink": "g",
    "max pool with a tie": "g",
    "differences in float32": "g",
    "differences of integers": "g",
    "one gradient exactly 0": "g",
    "check of one entry": "so",
    "check without abs": "o",
}
LETTERS = dict(zip("gvsto", TESTS, strict=True))  # t: the order test (a question of time)
RIGHT = [exhibit.title for exhibit in EXHIBITS if exhibit.is_right]


def test_all_exhibits_have_a_verdict():
    assert [exhibit.title for exhibit in EXHIBITS] == list(CAUGHT_BY)


def test_the_right_exhibits_are_the_false_alarms():
    assert RIGHT == list(CAUGHT_BY)[17:22]


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=list(CAUGHT_BY))
def test_verdicts(exhibit):
    failed = {letter for letter, test in LETTERS.items() if not passes(test, exhibit)}
    assert failed == set(CAUGHT_BY[exhibit.title])


@pytest.mark.parametrize("kind", SLOTS)
def test_right_parts_pass_every_test(kind):
    part = SLOTS[kind].right
    exhibit = EXHIBITS[0]._replace(kind=kind, part=part)
    assert all(passes(test, exhibit) for test in TESTS)


def test_a_layer_that_stops_has_not_passed():
    def stops(exhibit):
        raise ValueError("shapes")

    assert not passes(stops, EXHIBITS[0])


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda: museum.Untransposed(4, 4), "identity"),
        (lambda: museum.LastWindowWins(2), "images"),
        (lambda: museum.MaskOfOutput(), "positive"),
    ],
)
def test_careless_inputs_blind_the_gradient_check(make, x):
    rng, layer = np.random.default_rng(0), make()
    if x == "identity":
        layer.params["W"] = np.eye(4)
    shape = (5, 2, 4, 6) if x == "images" else (5, 4)
    given = rng.normal(size=shape)
    assert gradient_check(layer, np.abs(given) if x == "positive" else given) < LIMIT


@pytest.mark.parametrize(("n", "factor_error"), [(1, 0), (2, 1 / 3), (4, 3 / 5)])
def test_mean_taken_twice_shows_the_batch_size(n, factor_error):
    scores, y = np.random.default_rng(0).normal(size=(n, 3)), np.arange(n) % 3
    once = museum.SoftmaxCrossEntropy()
    twice = museum.MeanTwice()
    once.forward(scores, y), twice.forward(scores, y)
    assert relative_error(twice.backward(), once.backward()) == pytest.approx(factor_error)


def test_turned_kernel_is_a_true_convolution():
    rng = np.random.default_rng(0)
    layer = museum.TurnedKernel(2, 3, (2, 3), dtype=np.float64)
    x, W = rng.normal(size=(4, 2, 5, 6)), layer.params["W"]
    plain = museum.Conv2D(2, 3, (2, 3), dtype=np.float64)
    plain.params["W"] = W[:, :, ::-1, ::-1]
    np.testing.assert_allclose(layer.forward(x), plain.forward(x))


def test_max_pool_and_squash_agree_with_loops():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 6))
    got = museum.MaxPool2D().forward(x)
    for n, c, i, j in np.ndindex(got.shape):
        assert got[n, c, i, j] == x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    np.testing.assert_allclose(museum.Squash().forward(np.ones(1)), 1, atol=1e-5)
    assert max(gradient_check(part, x) for part in (museum.Squash(), museum.MaxPool2D())) < LIMIT


def test_split_and_join_are_inverse():
    x = np.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6)
    assert np.array_equal(museum.join(museum.split(x)), x)


def test_masked_reference_ignores_the_weights_outside_the_table():
    layer = MaskedConv2D(2, 3, 2, rng=0, dtype=np.float64)
    x = np.random.default_rng(0).normal(size=(1, 2, 3, 3))
    before = both_passes(layer, x, np.ones((1, 3, 2, 2)))[0]
    layer.params["W"][0, 1] += 1  # o + i is odd: not connected
    assert same([layer.forward(x)], [before])


def test_the_twenty_digits_are_two_of_each_class():
    X, y = twenty_digits()
    assert X.shape == (20, 1, 16, 16)
    assert np.bincount(y).tolist() == [2] * 10


def test_the_untrained_network_has_not_learned_the_digits():
    (X, y), (model, _, _) = twenty_digits(), network({})
    assert (model.forward(X).argmax(axis=1) == y).mean() < 0.5


def test_masked_reference_keeps_gradients_outside_the_table_at_zero():
    layer = MaskedConv2D(2, 3, 2, rng=0, dtype=np.float64)
    x = np.random.default_rng(0).normal(size=(1, 2, 3, 3))
    both_passes(layer, x, np.ones((1, 3, 2, 2)))
    assert not layer.grads["W"][0, 1].any()
    assert layer.grads["W"][0, 0].all()


def test_the_loss_on_shifted_labels_falls():
    X, y = twenty_digits()
    model, loss, optimizer = network({"loss": museum.ShiftedLabels})
    losses = []
    for _ in range(20):
        losses.append(loss.forward(model.forward(X), y))
        model.backward(loss.backward())
        optimizer.step(model)
    assert losses[-1] < losses[0] / 2


def exhibit_sources():
    """Return the classes and functions of the museum, without its tools."""
    tools = {museum.table, museum.turn, museum.split, museum.join}
    return [
        thing
        for _, thing in inspect.getmembers(museum)
        if getattr(thing, "__module__", "") == museum.__name__ and thing not in tools
    ]


@pytest.mark.parametrize("thing", exhibit_sources(), ids=lambda thing: thing.__name__)
def test_exhibits_are_short(thing):
    lines = [line for line in inspect.getsource(thing).splitlines() if line.strip()]
    body = [line for line in lines if not re.match(r'\s*(class |def |""")', line)]
    assert len(body) <= (9 if thing.__name__.startswith("bare") else 6)
    assert max(map(len, lines)) <= 80  # they stand on a page


def test_the_page_shows_every_exhibit_under_its_title():
    cells = nbformat.read(PAGE, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    shown = re.findall(r"\*\*Exhibit (\d+): (.+?)\.\*\*", text)
    assert shown == [(str(i + 1), title) for i, title in enumerate(CAUGHT_BY)]
