"""The pictures of the chapter on gradients show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from lenet_core.plots import gradient_check as draw
from lenet_core.plots.style import BLUE, ORANGE, RED, SKY

pytestmark = pytest.mark.usefixtures("kept_figures")


def slope(line):
    (x0, y0), (x1, y1) = line.get_xydata()[[0, -1]]
    return (y1 - y0) / (x1 - x0)


def at(line, x):
    return np.interp(x, *line.get_data())


def test_tangent_and_secants_have_the_slopes_of_their_names_and_meet_the_curve():
    draw.tangent_and_secants(lambda x: x**3, lambda x: 3 * x**2, x=1.0, h=0.5)
    lines = {line.get_label().split(":")[0]: line for line in plt.gca().lines[1:4]}
    slopes = {"tangent": 3.0, "central secant": 3.25, "forward secant": 4.75}
    assert {name: slope(line) for name, line in lines.items()} == pytest.approx(slopes)
    assert [line.get_label() for line in lines.values()] == [
        f"{name}: slope {value:g}" for name, value in slopes.items()
    ]
    met = {"tangent": [1.0], "central secant": [0.5, 1.5], "forward secant": [1.0, 1.5]}
    for name, places in met.items():
        assert [at(lines[name], x) for x in places] == pytest.approx([x**3 for x in places])


def test_the_v_curve_draws_every_error_and_the_chosen_step():
    steps, errors = np.array([1e-3, 1e-1]), {"float64": [1e-9, 1e-5], "float32": [1e-2, 1e-3]}
    draw.v_curve(steps, errors, 1e-5)
    *curves, chosen = plt.gca().lines
    assert {c.get_label(): c.get_ydata().tolist() for c in curves} == errors
    assert all(c.get_xdata().tolist() == steps.tolist() for c in curves)
    assert set(chosen.get_xdata()) == {1e-5}
    assert " h = 1e-05" in [text.get_text() for text in plt.gca().texts]


def test_right_and_wrong_errors_lie_in_the_rows_of_their_names():
    right, wrong = [1e-9, 1e-8, 2e-8], [0.1, 0.2]
    draw.projection_errors(right, wrong, 1e-5)
    ax = plt.gca()
    names = dict(zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()], strict=True))
    *rows, limit = ax.lines
    found = {names[line.get_ydata()[0]]: line for line in rows}
    assert found["right gradient"].get_xdata().tolist() == right
    assert found["one sign flipped"].get_xdata().tolist() == wrong
    assert found["right gradient"].get_color() == BLUE
    assert found["one sign flipped"].get_color() == RED
    assert set(limit.get_xdata()) == {1e-5}


def test_verdicts_say_what_was_caught_missed_and_a_false_alarm():
    passed = np.array([[True, False], [False, True]])
    draw.verdict_matrix(["a wrong one", "a right one"], [False, True], ["A", "B"], passed)
    ax = plt.gca()
    cells = {tuple(map(int, text.get_position())): text.get_text().split() for text in ax.texts}
    assert cells == {
        (0, 0): ["–"],  # wrong, and the test passes
        (1, 0): ["caught"],
        (0, 1): ["false", "alarm"],
        (1, 1): ["–"],
    }
    fills = [to_hex(patch.get_facecolor()).upper() for patch in ax.patches]
    assert fills == ["#FFFFFF", SKY.upper(), ORANGE.upper(), "#FFFFFF"]
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows == ["a wrong one  1", "a right one  2"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["A", "B"]
