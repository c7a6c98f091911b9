"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import score as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_price_marks_the_true_class_and_the_answer():
    scores = np.log([1.0, 2, 5, 1, 1, 1, 1, 1, 1, 6])
    draw.price(np.zeros((32, 32)), scores, 2)
    *_, curve = plt.gcf().axes
    assert texts(curve) == ["true class 2: costs 1.39", "if it were a 9: 1.20"]


def test_class_bars_hatch_the_true_class_alone():
    _, ax = plt.subplots()
    draw.class_bars(ax, [1.0, 3.0, 2.0], "scores", 2, "{:.1f}")
    assert [bar.get_hatch() for bar in ax.patches] == ["", "", "//"]
    assert texts(ax) == [" 2.0", " 3.0"]


def test_collapse_multiplies_out():
    draw.collapse(np.array([1, 2, 5]) / 8, 2)
    axes = plt.gcf().axes
    matrix = np.array(texts(axes[0]), dtype=int).reshape(3, 3)
    assert matrix.tolist() == [[7, -2, -5], [-2, 12, -10], [-5, -10, 15]]
    assert texts(axes[2]) == ["0", "0", "−8/5"]
    assert texts(axes[4]) == ["1", "2", "-3"]
    assert np.allclose(matrix[2] / 64 * -8 / 5, np.array([1, 2, -3]) / 8)


def test_two_class_curves_are_prices_and_their_slopes():
    d, h = np.linspace(-6, 6, 13), 1e-5
    _, slopes = draw.two_class_curves(d)
    above, below = draw.two_class_curves(d + h)[0], draw.two_class_curves(d - h)[0]
    for slope, up, down in zip(slopes, above, below, strict=True):
        assert np.allclose(slope, (up - down) / (2 * h), atol=1e-8)


def test_surely_wrong_keeps_the_slope_of_cross_entropy_only():
    (entropy, squared) = draw.two_class_curves(np.array([-8.0]))[1]
    assert entropy < -0.99
    assert -0.01 < squared < 0


def test_bars_stay_between_0_and_1():
    right, n = np.array([0.5, 0.999, 0.0]), np.array([100, 10, 5])
    down, up = draw.two_standard_errors(right, n)
    assert np.allclose((down[0], up[0]), 0.1)
    assert (right + up <= 1).all()
    assert (right - down >= 0).all()


def test_reliability_writes_the_counts():
    draw.reliability({"a": [(0.5, 0.6, 7), (0.9, 0.8, 12)], "b": [(0.7, 0.9, 30)]})
    assert [texts(ax) for ax in plt.gcf().axes] == [["7", "12"], ["30"]]
