"""What the chapter "Make it fast" shows: the whole of `fast.py`, and pictures that are right."""

import ast
import json
import textwrap
from pathlib import Path

import numpy as np
import pytest

from lenet_core import fast
from lenet_core.fast import PITCH, overlapping, skewed
from lenet_core.plots import fast as draw
from lenet_core.plots.listing import narrow

plt = pytest.importorskip("matplotlib.pyplot")


pytestmark = pytest.mark.usefixtures("kept_figures")


def texts():
    """All that is written inside the axes of the picture."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_areas_are_in_proportion_to_bytes():
    draw.nested_areas({"large": 4 * draw.MEBI, "small": draw.MEBI // 4})
    sides = [patch.get_width() for patch in plt.gca().patches]
    assert sides[0] == 2 * sides[1] == 4 * sides[2]  # large, the yardstick of 1 MiB, small
    assert texts() == ["large\n4 MiB", "for comparison\n1 MiB", "small\n0.25 MiB"]


@pytest.mark.parametrize(
    ("places", "longest", "runs"),
    [
        ([0, 1, 2, 5, 6], 9, [(0, 3), (5, 7)]),
        ([0, 1, 2, 5, 6], 1, [(0, 1), (1, 2), (2, 3), (5, 6), (6, 7)]),
        ([0, 1, 2, 3, 4], 2, [(0, 2), (2, 4), (4, 5)]),
        ([7], 3, [(7, 8)]),
    ],
)
def test_neighbours_are_read_in_runs(places, longest, runs):
    assert draw.in_runs(places, longest) == runs


def test_the_strips_count_their_runs():
    draw.runs_of_memory([("a", [0, 1, 2, 4, 5, 6], 8, 1), ("b", [0, 1, 2, 4, 5, 6], 4, 9)])
    assert texts() == ["a: 6 numbers, each alone", "b: 2 runs of 3 numbers"]


def test_every_output_row_has_a_block_of_its_kernel_rows():
    X, K = np.arange(12).reshape(4, 3), np.ones((2, 2), int)
    widened = np.stack([X[:, :2], X[:, 1:]], axis=1)
    draw.rows_forward(X, widened, K, [[1, 2], [3, 4], [5, None]])
    middle, right = plt.gcf().axes[1:]
    brackets = [patch for patch in middle.patches if patch.get_width() == 0.5]
    spans = [(b.get_y(), b.get_y() + b.get_height()) for b in brackets]
    assert np.allclose(spans, [(0.08, 3.92), (2.08, 5.92), (4.08, 7.92)])
    assert [text.get_text() for text in right.texts][:6] == ["1", "2", "3", "4", "5", "?"]


def test_the_way_back_shows_memory_reads_and_sum():
    K, dY = np.array([[1, 2], [3, -1]]), np.array([[1, 2], [-1, 2], [0, 1]])
    framed = np.zeros((5, 1, 2), int)
    framed[1:-1, 0] = dY
    dcolumns = K[::-1].T @ overlapping(framed, 2)
    columns, moved = skewed((4, 1, 2, 3, 1), int)
    columns[...] = dcolumns
    draw.rows_backward(framed[:, 0], K[::-1].T, dcolumns[1], moved[1, 0, :, :, 0], 1)
    *_, strip, reads = plt.gcf().axes
    assert [t.get_text() for t in strip.texts][:8] == ["2", "8", "0", "0", "-3", "2", "0", "0"]
    assert [t.get_text() for t in reads.texts][:9] == [*"2800", "-3", *"2252"]


def test_lines_a_page_apart_share_one_place_and_a_gap_spreads_them():
    together = draw.places_taken(4096, 32)
    assert (together[0], together.sum()) == (32, 32)
    assert draw.places_taken(4096 + 4 * PITCH, 32).tolist() == [1] * 32 + [0] * 32
    draw.cache_places({"a": 4096, "b": 4160})
    heights = [[bar.get_height() for bar in ax.patches] for ax in plt.gcf().axes]
    assert heights[0] == together.tolist()


def test_every_piece_has_its_turn_and_its_slot():
    draw.shared_batch([(0, 0, 2), (1, 0.5, 3), (1, 3, 4)])
    found = texts()
    assert [t for t in found if t.startswith("piece")] == ["piece 0", "piece 1", "piece 2"]
    slots = [t for t in found if t.startswith("gradient")]
    assert slots == ["gradient 0", "gradient 1", "gradient 2"]
    assert found.count("+") == 2


def test_the_ladder_has_a_dot_and_a_value_for_each_rung_and_a_line_for_each_other():
    seconds = {"a": 3210.0, "b": 45.6, "c": 0.857}
    draw.ladder({"a": "first", "b": "second", "c": "third"}, seconds, {"torch": 2.5, "limit": 0.1})
    assert texts() == ["0  first", "3,200", "1  second", "46", "2  third", "0.86"]
    ax = plt.gca()
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == [3210.0, 45.6, 0.857]
    assert [t.get_text() for t in ax.get_legend().texts] == ["torch: 2.5", "limit: 0.1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(3210, "3,200"), (46.4, "46"), (9.96, "10"), (2.444, "2.4"), (0.857, "0.86"), (1.0, "1"),
     (123456, "120,000"), (0.0123, "0.012")],
)  # fmt: skip
def test_numbers_are_spelt_to_two_digits(value, text):
    assert draw.spell(value) == text


def test_layers_of_one_kind_are_counted_together():
    found = draw.grouped([
        {"layer": "C1", "kind": "Conv2D", "forward": 1.0, "backward": 2.0},
        {"layer": "C1 tanh", "kind": "Tanh", "forward": 0.5, "backward": 0.25},
        {"layer": "S2 tanh", "kind": "Tanh", "forward": 0.5, "backward": 0.25},
        {"layer": "flatten", "kind": "Flatten", "forward": 9.0, "backward": 9.0},
        {"layer": "F6", "kind": "Dense", "forward": 0.125, "backward": 1.0},
    ])  # fmt: skip
    assert found == {"C1": (1.0, 2.0), "tanh, all five": (1.0, 0.5), "F6, output": (0.125, 1.0)}
    draw.by_layer(found, {name: (0.5, 0.5) for name in found})
    assert [t.strip() for t in texts()] == ["3.00", "1.00", "1.50", "1.00", "1.12", "1.00"]


def test_the_chapter_shows_every_line_of_code_in_fast_as_it_is():
    """Where this fails after a change of `fast.py`, explain it there and run the notebook."""
    shown = outputs(Path(__file__).resolve().parent.parent / "book" / "make-it-fast.ipynb")
    code = Path(fast.__file__).read_text(encoding="utf-8")
    assert missing(code, shown) == ([], [])


def test_code_is_shown_whole_or_it_is_missing():
    code = 'A = 1  # one\n\n\ndef f(x):\n    """Return x."""\n    x += A\n    return x\n'
    constant, body = "A = 1  # one", "def f(x):\n    x += A\n    return x"
    assert missing(code, [constant, f"```python\n{body}\n```"]) == ([], [])
    assert missing(code, [constant, "def f(x):\n    x += A", "    return x"]) == (["f"], [])
    assert missing(code, [constant, body.replace("return", "x += A\n    return")]) == (["f"], [])
    assert missing(code, [body]) == ([], [constant])


def outputs(page):
    """Return the texts that the cells of a notebook have written."""
    cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
    found = [output for cell in cells for output in cell.get("outputs", [])]
    return ["".join(o.get("text", []) or o.get("data", {}).get("text/markdown", [])) for o in found]


def missing(code, shown):
    """Return the functions that no text shows whole, and the lines outside of them that none has.

    A class is its methods and such lines.
    """
    lines, told = code.splitlines(), docstring_lines(code)
    functions, inside = [], set()
    for node in functions_of(ast.parse(code)):
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        functions.append((node.name, range(start, node.end_lineno + 1)))
        inside |= set(functions[-1][1])
    cut = [
        name
        for name, span in functions
        if not any(stands_in(block, text) for block in looks(lines, span, told) for text in shown)
    ]
    parts = {part.strip() for text in shown for line in text.splitlines() for part in apart(line)}
    others = [
        line
        for number, line in enumerate(lines, 1)
        if number not in told | inside
        and not line.startswith(("import ", "from ", "class ", "# ----"))
        and not {part.strip() for part in apart(line)} <= parts | {""}
    ]
    return cut, others


def functions_of(tree):
    """Return the functions of a module and the methods of its classes."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    return [node for body in bodies for node in body if isinstance(node, ast.FunctionDef)]


def looks(lines, span, told):
    """Return the ways in which `source` may show a function: alone or in its class, told or not."""
    whole = "\n".join(lines[n - 1] for n in span)
    bare = "\n".join(lines[n - 1] for n in span if n not in told)
    blocks = [whole, bare, textwrap.dedent(whole), textwrap.dedent(bare)]
    return ["\n".join(p for line in b.splitlines() for p in narrow(line)) for b in blocks]


def stands_in(block, text):
    """Tell whether these very lines follow each other in the text."""
    return f"\n{block}\n" in f"\n{text}\n"


def apart(line):
    """Split a line of code into the code and its comment, which a page may show above it."""
    code, _, comment = line.partition("# ")
    return code, comment


def docstring_lines(code):
    """Return the numbers of the lines that docstrings take."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = [node.body for node in ast.walk(ast.parse(code)) if isinstance(node, kinds)]
    firsts = [body[0] for body in bodies if isinstance(body[0], ast.Expr)]
    return {n for node in firsts for n in range(node.lineno, node.end_lineno + 1)}
