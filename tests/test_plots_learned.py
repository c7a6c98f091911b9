"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import learned as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")


def test_what_0_draws_on_paper_is_crossed_and_nothing_else():
    X, w = np.array([[-1, 4], [-1, 5]]), np.array([[2, 1], [0, 3]])
    draw.hand(X, w, w * (-1 - X), w * -X)
    assert [len(ax.lines) for ax in plt.gcf().axes] == [0, 0, 0, 1]


def test_each_curve_has_its_kernel_and_both_states():
    curves = [np.ones((6, 5)), np.full((6, 5), 3.0)]
    draw.kernels(np.ones((6, 5, 5)), -np.ones((6, 5, 5)), np.linspace(0, 180, 5), curves)
    axes = plt.gcf().axes
    assert len(axes) == 18
    assert [line.get_ydata()[0] for line in axes[12].lines] == [1, 3]


def test_maps_of_c3_run_down_the_first_column_and_then_the_second():
    draw.patches(np.zeros((16, 3, 14, 14)), np.zeros((16, 14, 14)))
    assert [ax.get_ylabel() for ax in plt.gcf().axes[:4]] == ["0", "8", "1", "9"]


def test_chosen_connections_are_dotted():
    chosen = np.zeros((16, 6), bool)
    chosen[3, 5] = chosen[0, 1] = True
    draw.c3_table(np.full((16, 6), 1 / 6), chosen)
    dots = [(line.get_xdata()[0], line.get_ydata()[0]) for line in plt.gcf().axes[0].lines]
    assert dots == [(0, 1), (3, 5)]


def test_every_digit_is_its_own_marker():
    draw.plane(np.arange(40.0).reshape(20, 2), np.arange(20) % 10)
    lines = plt.gcf().axes[0].lines
    assert [line.get_marker() for line in lines] == [f"${digit}$" for digit in range(10)]
    assert all(len(line.get_xdata()) == 2 for line in lines)


def test_the_change_lies_at_the_middle_of_its_patch():
    change = np.arange(784.0).reshape(28, 28)
    draw.two_witnesses([np.zeros((32, 32))] * 2, [change] * 2, [-change] * 2, ["a", "b"])
    extent = plt.gcf().axes[2].images[1].get_extent()
    assert extent == [1.5, 29.5, 29.5, 1.5]  # pixel 0 of the map is drawn at pixel 2


def test_curves_keep_the_scale_of_the_errors_and_give_speckle_in_per_cent():
    amounts = {kind: [0.0, 0.1] for kind in draw.KINDS}
    errors = {name: {kind: [[1, 2], [50, 60]] for kind in draw.KINDS} for name in "abc"}
    draw.curves(amounts, errors)
    axes = plt.gcf().axes
    assert axes[0].get_ylim() == (0, 100)
    assert axes[4].lines[0].get_xdata().tolist() == [0, 10]
    assert axes[4].lines[0].get_ydata().tolist() == [1.5, 55]


def test_a_patch_is_outlined_where_it_lies_and_only_there():
    draw.covered(np.zeros((2, 32, 32)), ["whole", "covered"], [None, (9, 11)])
    whole, part = plt.gcf().axes
    assert not whole.patches
    assert part.patches[0].get_bbox().bounds == (10.5, 8.5, 5, 5)
