"""The parts of the chapter's pictures that decide what is shown."""

import numpy as np
import pytest

from lenet_core.plots import step as draw

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("IPython")  # the book's, not the package's


pytestmark = pytest.mark.usefixtures("kept_figures")


def test_the_walk_is_the_one_worked_out_by_hand():
    plain = draw.walk((5, 5), (1, 9), 0.2, 0.0, 2)
    assert np.allclose(plain, [[5, 5], [4, -4], [3.2, 3.2]])
    assert np.allclose(draw.walk((5, 5), (1, 9), 0.2, 0.5, 2)[2], [2.7, -1.3])


def test_the_valley_shows_both_walks_and_says_which_one_came_nearer():
    draw.valley((5, 5), (1, 9), lr=0.2, momentum=0.5, steps=12)
    above, below = plt.gcf().axes
    assert len(above.lines[0].get_xdata()) == 13
    assert above.get_title(loc="left") == "no momentum"
    assert below.get_title(loc="left") == "momentum 0.5"
    assert "cancel" in plt.gcf()._suptitle.get_text()
    assert draw.verdict(1.0, 2.0) == "Here momentum gains nothing"


def test_the_missing_share_of_a_parabola_grows_with_the_rate():
    rates, bend, promise = np.array([1e-3, 0.1, 1.0]), 0.5, 2.0
    falls = promise * rates * (1 - bend * rates / 2)
    assert np.allclose(draw.missing_share(rates, falls, promise), bend * rates / 2)
    draw.fall(rates, falls, promise, bend)
    left, right = plt.gcf().axes
    assert left.lines[-1].get_xdata().tolist() == [0.1, 1.0]
    assert len(right.lines[0].get_xdata()) == 3


def test_signals_have_a_line_for_each_start_and_the_rule_of_the_paper_is_dashed():
    table = {"1": [1.0, 0.5], "±2.4/F": [0.1, 0.01]}
    draw.signals(["C1", "C3"], table, table)
    above, below = plt.gcf().axes
    assert [line.get_linestyle() for line in above.lines] == ["-", "--"]
    assert [label.get_text() for label in below.get_xticklabels()] == ["C1", "C3"]
    assert len({line.get_marker() for line in below.lines}) == 2


def test_the_ladder_marks_momentum_by_its_line():
    draw.ladder({"0.3": np.ones(8), "0.03, momentum 0.9": np.ones(8)})
    plain, momentum, guess = plt.gcf().axes[0].lines
    assert (plain.get_linestyle(), momentum.get_linestyle()) == ("-", "--")
    assert guess.get_ydata()[0] == np.log(10)
    assert plt.gcf().axes[0].texts[0].xy[0] == 7  # inside, at the last step


def test_the_table_of_starts_spells_ranges():
    lines = draw.start_table({"1": (2.302, 0.2, [0.41, 0.39], [12.0, 12.0])}).data.splitlines()
    assert lines[-1] == "| 1 | 2.30 | 0 | 0.39 to 0.41 | 12.0 |"


def test_a_step_for_each_weight_walks_straight():
    path = draw.walk([5.0, 5.0], [1.0, 9.0], 0.5 / np.array([1.0, 9.0]), 0.0, 3)
    assert np.allclose(path, [[5, 5], [2.5, 2.5], [1.25, 1.25], [0.625, 0.625]])
