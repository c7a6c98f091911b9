"""The picture of the first page shows the states and the answer of the network."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from lenet_core import LeNet5, load_digits
from lenet_core.plots import network as draw
from lenet_core.plots.style import BLUE

pytestmark = pytest.mark.usefixtures("kept_figures")


def test_the_answer_marks_the_most_probable_class_and_writes_its_probability():
    p = np.array([1, 2, 3, 60, 4, 5, 6, 7, 8, 4]) / 100
    _, ax = plt.subplots()
    draw.draw_answer(ax, np.log(p) + 500)  # any common shift: the softmax must not overflow
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], p)
    assert [to_hex(bar.get_facecolor()).upper() == BLUE for bar in ax.patches].index(True) == 3
    assert sum(to_hex(bar.get_facecolor()).upper() == BLUE for bar in ax.patches) == 1
    [label] = ax.texts
    assert (label.get_text(), label.get_position()[1]) == ("0.60", 3)
    assert ax.yaxis_inverted()


def test_a_mosaic_lays_maps_in_rows_one_pixel_apart():
    maps = np.arange(12).reshape(3, 2, 2)
    out = draw.mosaic(maps, 2)
    assert out.shape == (5, 5)
    assert out[:2, :2].tolist() == [[0, 1], [2, 3]]
    assert out[:2, 3:].tolist() == [[4, 5], [6, 7]]
    assert out[3:, :2].tolist() == [[8, 9], [10, 11]]
    assert np.isnan(out[2]).all()
    assert np.isnan(out[:, 2]).all()
    assert np.isnan(out[3:, 3:]).all()


def test_units_lie_side_by_side_without_a_gap():
    assert draw.mosaic(np.arange(6), 3).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_each_panel_shows_its_stage():
    model, x = LeNet5(rng=0), load_digits()[2][:1]
    axes = draw.digit_through_network(model, x).axes
    states = draw.all_states(model, x)
    names = [ax.get_title().partition("\n")[0] for ax in axes]
    assert names == ["input", "C1", "S2", "C3", "S4", "C5", "F6", "answer"]
    panels = [ax.images[0].get_array().filled(np.nan) for ax in axes[:7]]
    assert np.array_equal(panels[0], x[0, 0])
    n_shown = [int(np.isfinite(panel).sum()) for panel in panels[1:]]
    assert n_shown == [6 * 28**2, 6 * 14**2, 16 * 10**2, 16 * 5**2, 120, 84]
    assert np.array_equal(panels[1][:28], states[1][0, 0])
    widths = [bar.get_width() for bar in axes[7].patches]
    assert np.argmax(widths) == model.forward(x).argmax()
