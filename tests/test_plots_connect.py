"""The parts of the pictures of "Connect some, not all" that decide what is shown."""

import numpy as np
import pytest

from lenet_core.paper import C3_TABLE
from lenet_core.plots import connect as draw

plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.usefixtures("kept_figures")


def test_every_connection_has_its_mark_and_every_group_its_own():
    draw.connections(C3_TABLE, {"three": 6, "four": 6, "split": 3, "all": 1})
    marked = [line for line in plt.gca().lines if line.get_linestyle() == "None"]
    points = {tuple(map(int, p)) for line in marked for p in line.get_xydata()}
    assert points == {(k, c) for k, maps in enumerate(C3_TABLE) for c in maps}
    assert len({line.get_marker() for line in marked}) == 4


def test_kernels_stand_only_where_the_table_has_a_connection():
    kernels = {(0, 0): np.ones((2, 2)), (1, 1): np.full((2, 2), 7)}
    Y = np.full((2, 2, 2), "?", object)
    draw.by_hand(np.zeros((2, 3, 3)), ((0,), (1,)), kernels, [1, 2], Y)
    words = [[t.get_text() for t in ax.texts] for ax in plt.gcf().axes]
    assert words[5:7] == [["1"] * 4, ["none"]]  # a row of four for the inputs comes first
    assert words[9:11] == [["none"], ["7"] * 4]
    assert words[11] == ["?"] * 4


def test_the_sizes_share_one_scale_and_the_table_is_dotted():
    draw.leak(((0,), (0, 1)), {"a": np.eye(2), "b": np.full((2, 2), 3.0)})
    above, below, _ = plt.gcf().axes
    assert above.images[0].get_clim() == below.images[0].get_clim() == (0, 3)
    assert above.lines[0].get_xydata().tolist() == [[0, 0], [1, 0], [1, 1]]


def test_kinds_are_drawn_in_pairs_with_their_numbers():
    draw.kinds({"random": (16, 16), "equal": (1, 3)})
    ax = plt.gca()
    assert [text.get_text() for text in ax.texts] == ["16", "1", "16", "3"]
    assert len({bar.get_hatch() for bar in ax.patches}) == 2


def test_alike_shows_every_seed_and_the_mean():
    values = {"full": np.arange(6.0).reshape(2, 3), "table": np.ones((2, 3))}
    draw.alike([0, 1, 2], values)
    pale_a, pale_b, mean = plt.gca().lines[:3]
    assert pale_a.get_ydata().tolist() == [0, 1, 2]
    assert pale_b.get_ydata().tolist() == [3, 4, 5]
    assert mean.get_ydata().tolist() == [1.5, 2.5, 3.5]
    names = [text.get_text() for text in plt.gca().get_legend().get_texts()]
    assert names == ["full", "table"]


def test_errors_have_a_row_for_each_network():
    draw.errors({"a": [1, 3], "b": [2, 2], "c": [4, 4], "d": [5, 7]})
    ax = plt.gca()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c", "d"]
    strokes = [line.get_xdata()[0] for line in ax.lines[1::2]]
    assert strokes == [2, 2, 4, 6]
    assert len({line.get_marker() for line in ax.lines[::2]}) == 4
