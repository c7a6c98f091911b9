"""The gates that every page of the book has to pass; the stored notebooks are read, not run."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
PAGES = CHAPTERS + sorted(BOOK.glob("*.md"))
HEADINGS = [
    "Before you start",
    "The idea",
    "By hand",
    "In NumPy",
    "Backward",
    "In LeNet-5",
    "What the paper did differently",
    "Common errors",
    "Exercises",
    "Recall",
    "Summary",
]
REQUIRED = set(HEADINGS) - {"By hand", "Backward", "In LeNet-5"}
LONGEST_CELL = 30

# A figure and what it counts or measures: such numbers are glued from a cell or a record.
TYPED = re.compile(
    r"\d[\d,.]*\s*(?:%|per cent|seconds?|minutes? per|ms|s\b|times (?:faster|slower|as)|"
    r"(?:trainable )?parameters|connections|digits right|mistakes|errors?\b)"
)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return set(cell["metadata"].get("tags", []))


def code_cells(path):
    return [c for c in read(path) if c["cell_type"] == "code" and source(c).strip()]


def markdown(path):
    """Return the text of a page: of the Markdown cells, if it is a notebook."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(source(c) for c in read(path) if c["cell_type"] == "markdown")


def prose(text):
    """Leave out of Markdown what is no running text: code, formulas, options, glued numbers."""
    text = re.sub(r"^(`{3,})(?!\{)[\w ]*\n.*?^\1\s*$", "", text, flags=re.S | re.M)
    text = re.sub(r"\$\$.*?\$\$(?: ?\([\w-]+\))?", "", text, flags=re.S)
    text = re.sub(r"^\s*:[\w-]+:.*$", "", text, flags=re.M)
    text = re.sub(r"^`{3,}\{(?:exercise-start|solution-start|exercise)\}.*$", "", text, flags=re.M)
    text = re.sub(r"\{[\w:]+\}`[^`]*`", "", text)
    text = re.sub(r"`+[^`]*`+", "", text)
    return re.sub(r"\$[^$\n]+\$", "", text)


def images(cell):
    return [o for o in cell["outputs"] if any(k.startswith("image/") for k in o.get("data", {}))]


chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
page = pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)


def test_the_table_of_contents_names_every_page_and_no_other():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    assert sorted(named) == sorted(f"book/{p.stem}" for p in PAGES)


@chapter
def test_every_code_cell_has_been_run_in_order(path):
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@chapter
def test_cells_raise_where_they_say_so_and_nowhere_else(path):
    for cell in code_cells(path):
        raised = any(o["output_type"] == "error" for o in cell["outputs"])
        assert raised == ("raises-exception" in tags(cell)), source(cell)


@chapter
def test_no_cell_is_skipped_or_wrote_to_stderr(path):
    for cell in code_cells(path):
        assert "nbval-skip" not in tags(cell)
        assert not [o for o in cell["outputs"] if o.get("name") == "stderr"], source(cell)


@chapter
def test_a_cell_whose_output_is_ignored_is_followed_by_an_assertion(path):
    cells = code_cells(path)
    if any("nbval-ignore-output" in tags(c) and "fit(" in source(c) for c in cells):
        assert any("assert" in source(c) for c in cells)


@chapter
def test_headings_come_in_the_order_of_the_book(path):
    text = re.sub(r"^(`{3,}).*?^\1\s*$", "", markdown(path), flags=re.S | re.M)
    assert len(re.findall(r"^# ", text, re.M)) == 1
    found = re.findall(r"^## (.+?)\s*$", text, re.M)
    assert [h for h in HEADINGS if h in found] == found
    assert REQUIRED <= set(found)


@chapter
def test_every_drawn_figure_says_what_to_see(path):
    for cell in code_cells(path):
        if images(cell):
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt.split()) >= 8, f"no alternative text: {source(cell)}"


@page
def test_every_image_in_the_text_has_alternative_text(path):
    text = markdown(path)
    assert all(alt.strip() for alt in re.findall(r"!\[([^\]]*)\]\(", text))
    for directive in re.findall(r"^`{3,}\{(?:figure|image)\}.*?^`{3,}", text, re.S | re.M):
        assert re.search(r"^:alt: \S", directive, re.M), directive


@page
def test_no_result_is_typed_into_the_text(path):
    assert TYPED.findall(prose(markdown(path))) == []


@pytest.mark.parametrize(
    "text",
    ["an error of 0.95 %", "12.5 times faster", "61,706 parameters", "in 4 seconds", "3 mistakes"],
)
def test_the_gate_sees_a_typed_number(text):
    assert TYPED.search(prose(text))


@pytest.mark.parametrize(
    "text",
    ["{glue:text}`error:.2f` %", "`61,706` parameters", "$3$ connections", "a 3×3 image", "fig. 5"],
)
def test_the_gate_lets_pass_what_is_no_typed_result(text):
    assert not TYPED.search(prose(text))


@chapter
def test_no_shown_cell_is_long(path):
    for cell in code_cells(path):
        if not tags(cell) & {"hide-input", "hide-cell", "remove-input", "remove-cell"}:
            lines = [line for line in source(cell).splitlines() if line.strip()]
            assert len(lines) <= LONGEST_CELL, source(cell)


@chapter
def test_every_exercise_has_a_solution_that_follows_it(path):
    text = markdown(path)
    exercises = re.findall(r"\{exercise(?:-start)?\}.*?:label: (\S+)", text, re.S)
    solutions = re.findall(r"\{solution(?:-start)?\} (\S+)", text)
    assert exercises == solutions
    assert 4 <= len(exercises) <= 7


@chapter
def test_every_exercise_says_how_hard_it_is_and_how_long_it_takes(path):
    titles = re.findall(r"\{exercise(?:-start)?\} (.+)", markdown(path))
    assert all(re.fullmatch(r"★{1,3} .+, \d+ minutes", title) for title in titles), titles


@chapter
def test_cell_names_are_unique(path):
    names = [cell["id"] for cell in read(path)]
    assert len(names) == len(set(names))


@page
def test_no_page_loads_anything_from_another_host(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|iframe|img|link)[^>]+https?://", text)
