"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.paper import LeNet5_1998
from lenet_core.plots import sdlm as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_every_array_of_the_network_has_a_name():
    assert list(draw.ARRAYS) == list(LeNet5_1998(rng=0).params)
    assert draw.ARRAYS["6.w"] == "S4 coefficients"
    assert {name[:2] for name in draw.ARRAYS.values()} == set(draw.LAYERS)


@pytest.mark.parametrize(("lr", "gain"), [(0.2, True), (0.0, True), (1.0, True)])
def test_the_title_of_two_walks_says_who_came_nearer(lr, gain):
    draw.two_walks([5.0, 5.0], [1.0, 9.0], lr, eta=0.8, mu=0.02, steps=5)
    assert ("own steps suit both" in plt.gcf()._suptitle.get_text()) == gain
    assert "nothing" in draw.verdict(1.0, 1.0)


def test_chain_writes_each_number_and_the_squared_factors():
    draw.chain(["x", "a", "L"], [1, 2, 3], [None, 4, None], [None, 5, None], {0: 7})
    (ax,) = plt.gcf().axes
    assert {"1", "2", "3", "4", "5", "·7", "·7²"} <= set(texts(ax))
    assert len(ax.patches) == 5


def test_layers_put_weights_and_biases_together():
    found = {name: np.full((k + 1, 3), k) for k, name in enumerate(draw.ARRAYS)}
    layers = draw.by_layer(found)
    assert list(layers) == list(draw.LAYERS)
    assert [len(rows) for rows in layers.values()] == [3, 7, 11, 15, 19, 23]


def test_agreement_draws_negative_values_hollow():
    rows = np.array([[1.0, 1, 1], [1, 2, -3], [2, 2, -4]])
    draw.agreement(dict.fromkeys(draw.ARRAYS, rows))
    below = plt.gcf().axes[1]
    hollow = [line for line in below.lines if line.get_markerfacecolor() == "white"]
    assert len(hollow) == len(draw.LAYERS)
    assert sorted(set(hollow[0].get_ydata())) == [3, 4]


def test_three_leave_out_what_has_no_curvature():
    assert draw.three(np.array([[0.0, 2], [8, 4]])) == (2, 4, 8)


def test_spreads_put_the_steps_above_the_curvatures():
    h = {name: np.array([1e-6, 0.01, 3.0]) for name in draw.ARRAYS}
    draw.spreads({"root": h, "literal": h}, 0.0005, 0.02)
    plt.gcf().canvas.draw()
    (ax,) = plt.gcf().axes
    above = ax.child_axes[0]
    labels = [label.get_text() for label in above.get_xticklabels()]
    assert labels == ["0.025", "0.01", "0.0002"]
    assert np.allclose(above.get_xticks()[1:], [0.03, 2.48])


def test_scan_draws_own_steps_apart_from_the_rates():
    errors = {0.01: [20, 30], 0.1: [10, 12], "twelve": [11, 13], "own": [12, 14]}
    draw.scan({"a": errors, "b": errors})
    below = plt.gcf().axes[-1]
    labels = [label.get_text() for label in below.get_xticklabels()]
    assert labels == ["0.01", "0.1", "twelve", "own"]
    assert below.get_xticks()[-2] > 0.1


def test_frozen_draws_a_line_for_each_seed():
    draw.frozen({"C1": [[1, 0.1], [2, 0.2]]}, {"newest": [9, 30], "mean": [6, 7]})
    left, right = plt.gcf().axes
    assert [list(line.get_ydata()) for line in left.lines] == [[1, 0.1], [2, 0.2]]
    assert [label.get_text() for label in right.get_xticklabels()] == ["newest", "mean"]
