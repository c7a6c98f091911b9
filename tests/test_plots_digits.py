"""The parts of the pictures of "Turn digits into arrays" that decide what is shown."""

import numpy as np
import pytest

from lenet_core import load_digits
from lenet_core.plots import digits as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")


def test_the_numbers_are_those_of_the_outlined_part_and_readable():
    image = np.arange(28 * 28).reshape(28, 28) % 256
    draw.numbers_of(image, 3, 5)
    texts = plt.gcf().axes[1].texts
    assert [int(text.get_text()) for text in texts] == image[3:11, 5:13].ravel().tolist()
    colours = {text.get_color() for text in texts if int(text.get_text()) > 200}
    assert colours == {"white"}  # on dark cells
    assert plt.gcf().axes[0].patches[0].get_xy() == (4.5, 2.5)


def test_the_digit_lies_in_the_middle_of_its_frame():
    draw.framed(np.zeros((3, 3), int), np.zeros((7, 7)))
    fills = [patch.get_facecolor() != (1, 1, 1, 1) for patch in plt.gcf().axes[1].patches]
    assert np.argwhere(np.reshape(fills, (7, 7))).tolist() == [
        [r, c] for r in (2, 3, 4) for c in (2, 3, 4)
    ]


def test_each_sample_stands_below_its_label():
    X, y, _, _ = load_digits()
    draw.samples(X, y, rows=2, columns=5)
    assert [ax.get_title() for ax in plt.gcf().axes] == [str(label) for label in y[:10]]


def test_the_shares_of_the_pixels_add_up():
    X = load_digits()[0][:50]
    draw.pixel_values(X, frame=2)
    bars, mean = plt.gcf().axes
    assert sum(bar.get_height() for bar in bars.patches) == pytest.approx(100)
    assert [square.get_width() for square in mean.patches] == [28, 20]
    assert [square.get_xy() for square in mean.patches] == [(1.5, 1.5), (5.5, 5.5)]
