"""The gates that every page of the book has to pass; the stored notebooks are read, not run."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
GALLERIES = {"mistakes"}  # to look at: they teach nothing and ask nothing
CHAPTERS = [path for path in NOTEBOOKS if path.stem not in GALLERIES]
PAGES = NOTEBOOKS + sorted(BOOK.glob("*.md"))
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

# A figure and what it measures: such numbers are glued from a cell or a record, never typed.
# They hide in emphasis and formulas as well, so `prose` keeps what stands in those.
UNITS = (
    "%|per ?cent|points?|seconds?|minutes|ms|s|times (?:faster|slower|as)|×? (?:faster|slower)|"
    "[KMG]i?B|(?:trainable )?parameters|connections|digits (?:right|wrong)|mistakes|steps"
)
TYPED = re.compile(
    rf"\d[\d,.]*(?:\*\*|\$|`)?\s*(?:{UNITS})(?![\w-])"
    r"|(?:accuracy|error|loss) (?:of|is|was|falls to|comes to) (?:about )?\d"
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


def without_code(text):
    """Leave the code blocks out of Markdown; what stands in a directive, such as a note, stays."""
    kept, fences = [], []  # the fences that are open: (backticks, whether they hold code)
    for line in text.splitlines():
        fence = re.match(r"\s*(`{3,})(.*)", line)
        if fence and fences and not fence[2].strip() and len(fence[1]) >= len(fences[-1][0]):
            fences.pop()
            continue
        if fence and not (fences and fences[-1][1]):
            fences.append((fence[1], not fence[2].startswith("{")))
        if not (fences and fences[-1][1]):
            kept.append(line)
    return "\n".join(kept)


def prose(text):
    """Leave out of Markdown what is no running text: code blocks, equations, options, glue."""
    text = without_code(text)
    text = re.sub(r"\$\$.*?\$\$(?: ?\([\w-]+\))?", "", text, flags=re.S)
    text = re.sub(r"^\s*:(?!alt:)[\w-]+:.*$", "", text, flags=re.M)
    text = re.sub(r"^`{3,}\{(?:exercise-start|solution-start|exercise)\}.*$", "", text, flags=re.M)
    text = re.sub(r"^- \*\*Takes\*\*: .*$", "", text, flags=re.M)  # how long a reader may need
    return re.sub(r"\{[\w:]+\}`[^`]*`", "", text)


def described(path):
    """Return the alternative texts and captions of a notebook's figures."""
    figures = [c["metadata"].get("mystnb", {}) for c in code_cells(path)]
    texts = [f.get("image", {}).get("alt", "") for f in figures]
    return texts + [f.get("figure", {}).get("caption", "") for f in figures]


def images(cell):
    return [o for o in cell["outputs"] if any(k.startswith("image/") for k in o.get("data", {}))]


chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
page = pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)


def test_the_table_of_contents_names_every_page_and_no_other():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    assert sorted(named) == sorted(f"book/{p.stem}" for p in PAGES)


@notebook
def test_every_code_cell_has_been_run_in_order(path):
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@notebook
def test_cells_raise_where_they_say_so_and_nowhere_else(path):
    for cell in code_cells(path):
        raised = any(o["output_type"] == "error" for o in cell["outputs"])
        assert raised == ("raises-exception" in tags(cell)), source(cell)


@notebook
def test_no_cell_is_skipped_or_wrote_to_stderr(path):
    for cell in code_cells(path):
        assert "nbval-skip" not in tags(cell)
        assert not [o for o in cell["outputs"] if o.get("name") == "stderr"], source(cell)


@notebook
def test_training_whose_output_may_differ_is_held_by_an_assertion(path):
    cells = code_cells(path)
    for cell, following in zip(cells, [*cells[1:], cells[-1]], strict=True):
        trains = re.search(r"\b(?:fit|train_epochs|train_one_epoch)\(", source(cell))
        if trains and "nbval-ignore-output" in tags(cell):
            assert "assert " in source(cell) + source(following), source(cell)


def test_the_training_chapter_asserts_the_accuracy_that_the_book_promises():
    text = "\n".join(source(c) for c in code_cells(BOOK / "train.ipynb"))
    assert re.search(r'assert accuracy >= \{"digits": 0\.965, "mnist": 0\.\d+\}\[DATA\]', text)


@notebook
def test_every_cell_that_shows_something_has_its_output_stored(path):
    shows = re.compile(r"^(?:draw\.\w+\(|source\(|print\(|Markdown\()", re.M)
    for cell in code_cells(path):
        if shows.search(source(cell)):
            assert cell["outputs"], source(cell)
        if re.search(r"^draw\.(?!\w*table)\w+\(", source(cell), re.M):
            assert images(cell), f"no stored picture: {source(cell)}"


@chapter
def test_headings_come_in_the_order_of_the_book(path):
    text = re.sub(r"^(`{3,}).*?^\1\s*$", "", markdown(path), flags=re.S | re.M)
    assert len(re.findall(r"^# ", text, re.M)) == 1
    found = re.findall(r"^## (.+?)\s*$", text, re.M)
    assert [h for h in HEADINGS if h in found] == found
    assert REQUIRED <= set(found)


@notebook
def test_every_drawn_figure_says_what_to_see(path):
    for cell in code_cells(path):
        if images(cell):
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt.split()) >= 8, f"no alternative text: {source(cell)}"


@page
def test_every_image_in_the_text_has_alternative_text(path):
    text = markdown(path)
    assert all(alt.strip() for alt in re.findall(r"!\[([^\]]*)\]\(", text))
    for _, directive in re.findall(
        r"^[ \t]*([`:]{3,})(\{(?:figure|image)\}.*?)^[ \t]*\1", text, re.S | re.M
    ):
        assert re.search(r"^[ \t]*:alt: (?:\S+ ){4}", directive, re.M), directive


@page
def test_no_result_is_typed_into_the_text(path):
    if path.name == "paper-ledger.md":  # its script fills in results: the data file has none
        parts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        text = " ".join(row["says"] for part in parts for row in part["rows"])
    else:
        text = markdown(path)
    assert [match.group() for match in TYPED.finditer(prose(text))] == []


@notebook
def test_no_result_is_typed_into_a_caption_or_an_alternative_text(path):
    assert [text for text in described(path) if TYPED.search(prose(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "an error of 0.95 %", "12.5 times faster", "7.5× faster", "61,706 parameters", "4 seconds",
        "3 mistakes", "2.3 minutes", "an accuracy of 0.967", "the loss is 0.032", "33 digits wrong",
        "0.46 points", "**3.3** %", "$0.95$ %", "`0.95` %", "3.3 percent", "1.5 GB", "3,250 steps",
    ],
)  # fmt: skip
def test_the_gate_sees_a_typed_number(text):
    assert TYPED.search(prose(text))


@pytest.mark.parametrize(
    "text",
    [
        "{glue:text}`error:.2f` %",
        "a 3×3 image",
        "fig. 5",
        "28×28 maps",
        "32 digits a step",
        "a 5 stays",
    ],
)
def test_the_gate_lets_pass_what_is_no_typed_result(text):
    assert not TYPED.search(prose(text))


NOTE = "````{admonition} Predict\n```{admonition} Answer\n:class: dropdown\n\nIN\n```\n````"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (NOTE.replace("IN", "an error of 0.95 %"), True),
        (NOTE.replace("IN", "none") + "\n\nan error of 0.95 %", True),
        ("```python\nx = 1  # 0.95 %\n```", False),
        ("```python\nx = 1\n```\n\nan error of 0.95 %", True),
        (NOTE.replace("IN", "```python\nx = 1  # 0.95 %\n```"), False),
    ],
)
def test_notes_are_read_and_code_is_not(text, seen):
    assert (TYPED.search(prose(text)) is not None) == seen


@notebook
def test_no_shown_cell_is_long(path):
    for cell in code_cells(path):
        if not tags(cell) & {"hide-input", "hide-cell", "remove-input", "remove-cell"}:
            lines = [line for line in source(cell).splitlines() if line.strip()]
            assert len(lines) <= LONGEST_CELL, source(cell)


@chapter
def test_every_exercise_has_a_solution_that_follows_it(path):
    text = markdown(path)
    exercises = re.findall(r"\{exercise(?:-start)?\}.*?:label: (\S+)", text, re.S)
    solutions = re.findall(r"\{solution(?:-start)?\} (\S+)\n:label: \S+\n:class: dropdown\n", text)
    assert exercises == solutions
    assert 4 <= len(exercises) <= 7


@chapter
def test_every_exercise_says_how_hard_it_is_and_how_long_it_takes(path):
    titles = re.findall(r"\{exercise(?:-start)?\} (.+)", markdown(path))
    assert all(re.fullmatch(r"★{1,3} .+, \d+ minutes", title) for title in titles), titles


@notebook
def test_cell_names_are_unique(path):
    names = [cell["id"] for cell in read(path)]
    assert len(names) == len(set(names))


@page
def test_no_page_loads_anything_from_another_host(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|iframe|img|link)[^>]+https?://", text)
