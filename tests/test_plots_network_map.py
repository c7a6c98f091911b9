"""The parts of the pictures of "Draw the map" that decide what is shown, and the ledger."""

import numpy as np
import pytest

from lenet_core import LeNet5
from lenet_core.plots import ledger as book
from lenet_core.plots import network_map as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's

pytestmark = pytest.mark.usefixtures("kept_figures")


def test_a_window_covers_its_cells():
    assert list(draw.window(1, 2, 2)) == [(1, 2), (1, 3), (2, 2), (2, 3)]


def test_stages_are_named_with_their_shapes():
    draw.stages({"C1": (6, 28, 28), "F6": (84,)})
    assert [text.get_text() for text in plt.gca().texts] == ["C1", "6×\n28×28", "F6", "84"]


def test_shares_add_up_to_a_hundred_in_every_column():
    draw.shares({"C1": (30, 1, 0), "F6": (10, 3, 8)})
    widths = [[bar.get_width() for bar in ax.patches] for ax in plt.gcf().axes]
    assert widths == [[75, 25], [25, 75], [0, 100]]


def test_the_field_is_drawn_on_its_pixels():
    draw.field_of_view(np.zeros((32, 32)), {"C1": (3, 4, 5), "C5": (0, 0, 32)})
    square = plt.gcf().axes[0].patches[0]
    assert (square.get_xy(), square.get_width(), square.get_height()) == ((3.5, 2.5), 5, 5)


def test_the_tiny_network_marks_the_inputs_by_a_hatch_too():
    draw.tiny_network()
    hatched = [[p for p in ax.patches if p.get_hatch()] for ax in plt.gcf().axes]
    assert list(map(len, hatched)) == [9, 4, 3, 0]  # one pooled unit is itself marked as a unit


def test_the_ledger_counts_what_the_model_has():
    counts = book.stage_counts()
    assert sum(parameters for _, _, parameters, _ in counts.values()) == LeNet5().n_params
    assert [n for *_, n in counts.values()] == [122_304, 4_704, 241_600, 1_600, 48_120, 10_164, 850]


def test_the_ledger_sums_what_is_built():
    lines = book.ledger("F6", "output").data.splitlines()
    assert lines[-2] == "| **built so far** |  | **11,014** | **11,014** | 2 of 7 |"
    assert lines[-1] == "| **LeNet-5** |  | **61,706** | **429,342** | 7 of 7 |"
    assert lines[2].endswith("| not yet: [Conv2D](convolve.ipynb) |")
    assert lines[7] == "| F6 | 84 | 10,164 | 10,164 | yes |"


def test_the_ledger_knows_its_stages():
    with pytest.raises(ValueError, match="no stage C7: there are C1, S2"):
        book.ledger("C7")
