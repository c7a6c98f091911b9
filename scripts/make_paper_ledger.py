"""Write the page that holds the book against the paper, statement by statement.

``python scripts/make_paper_ledger.py`` writes `book/paper-ledger.md` from `book/paper-ledger.json`.
"""

import json
from collections import Counter
from pathlib import Path

from lenet_core import published

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "book" / "paper-ledger.json"
PAGE = ROOT / "book" / "paper-ledger.md"
STATUSES = {
    "stated": "The paper says so.",
    "inferred": "The paper implies it, or it follows from its other numbers or its figures.",
    "ours": "The paper is silent. This is our choice.",
    "contradicted": "The paper says so, in one printing at least, and it does not hold.",
}
N_FIG8 = len(published.FIG8_MISTAKES)
RESULTS = {  # by their names in the data file: nobody types them there
    "LENET5_TEST_ERROR": published.LENET5_TEST_ERROR,
    "LENET5_DISTORTED_TEST_ERROR": published.LENET5_DISTORTED_TEST_ERROR,
    "LENET5_TRAIN_ERROR": published.LENET5_TRAIN_ERROR,
    "ERROR_UNCERTAINTY": published.ERROR_UNCERTAINTY,
    "N_FIG8": N_FIG8,
    "FIG8_ERROR": N_FIG8 / 100,  # of 10,000 digits
}
HEAD = """\
# The paper, statement by statement

What does the paper {cite}`lecun1998` say of LeNet-5, and does the code do it? Here is a row for
each statement: where it stands, what it says, the name in the code that does it, and the test that
fails if the code ceases to. What we add stands in brackets.

A name in the code starts in `lenet_core`: `paper.sdlm.MU` is `lenet_core.paper.sdlm.MU`. A test
lies in `tests/`, and runs by its name: `pytest tests/test_data.py::test_…`.
"""


def load():
    """Return the parts of the ledger, each with its rows."""
    return json.loads(DATA.read_text(encoding="utf-8"))


def rows(parts):
    """Return the rows of all parts."""
    return [row for part in parts for row in part["rows"]]


def table(head, lines):
    """Return the lines of a table, in the style of the ledger."""
    rule = "|" + "---|" * (head.count("|") - 1)
    return [":::{table}", ":class: ledger", "", head, rule, *lines, ":::", ""]


def marked(status):
    """Return a status in italics, or in bold where it is more than what the paper states."""
    return f"*{status}*" if status == "stated" else f"**{status}**"


def as_line(row):
    """Return a row as a line of a Markdown table."""
    place = f"{row['paper']}<br>{marked(row['status'])}"
    return f"| {place} | {row['says'].format_map(RESULTS)} | `{row['symbol']}`<br>`{row['test']}` |"


def page(parts):
    """Return the page."""
    found = Counter(row["status"] for row in rows(parts))
    counts = [
        f"| {marked(status)} | {found[status]} | {meaning} |"
        for status, meaning in STATUSES.items()
    ]
    lines = [HEAD, "| Status | Rows | Meaning |", "|---|---:|---|", *counts]
    lines += [f"| all | {found.total()} | |", ""]
    for part in parts:
        lines += [f"## {part['part']}", ""]
        lines += table("| Paper | It says | Code and test |", map(as_line, part["rows"]))
    return "\n".join(lines)


def main():
    """Write the page."""
    PAGE.write_text(page(load()), encoding="utf-8")


if __name__ == "__main__":
    main()
