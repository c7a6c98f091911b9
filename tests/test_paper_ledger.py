"""The paper ledger: each row names code that is there and a test that is there."""

import ast
import re
import sys
from functools import cache
from importlib import import_module
from operator import attrgetter
from types import ModuleType

import pytest
from test_book import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import make_paper_ledger as ledger

ROWS = ledger.rows(ledger.load())
FIELDS = ["paper", "says", "symbol", "test", "status"]
each_row = pytest.mark.parametrize("row", ROWS, ids=[row.get("says", "")[:40] for row in ROWS])


@cache
def declared(file):
    """Return the names of the functions in a file of tests, read and not run."""
    path = ROOT / "tests" / file
    if not path.is_file():
        return set()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def symbol(name):
    """Return what `name` stands for in lenet_core: the longest module, then its attributes."""
    parts = name.split(".")
    for n in range(len(parts) - 1, 0, -1):
        module = ".".join(["lenet_core", *parts[:n]])
        try:
            found = import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(error.name):
                raise
            continue
        found = attrgetter(".".join(parts[n:]))(found)
        if isinstance(found, ModuleType):
            raise AttributeError(f"{name} is a module: name what in it does the work")
        return found
    raise ModuleNotFoundError(f"no module of lenet_core begins {name}")


@each_row
def test_a_row_fills_all_fields(row):
    assert list(row) == FIELDS
    assert all(isinstance(value, str) and value.strip() == value != "" for value in row.values())
    assert not re.search(r"[|\n]", "".join(row.values()))  # they would end a cell of the table


@each_row
def test_the_code_of_a_row_can_be_imported(row):
    assert symbol(row["symbol"]) is not None


@each_row
def test_the_test_of_a_row_is_there(row):
    file, _, name = row["test"].partition("::")
    assert name.startswith("test_")
    assert name in declared(file)


@each_row
def test_the_status_of_a_row_is_one_of_four(row):
    assert row["status"] in ledger.STATUSES


def test_no_row_says_what_another_says():
    said = [re.sub(r"\W+", " ", row["says"]).strip().casefold() for row in ROWS]
    assert sorted(said) == sorted(set(said))


NUMBERED = {
    "eq": {6, 7, 8, 9, 18, 19, 21, *range(23, 28)},
    "fig": {3, 5, 6, 8, 9, 11, 12},
}


@pytest.mark.parametrize(("kind", "numbers"), NUMBERED.items(), ids=NUMBERED)
def test_every_equation_and_figure_on_the_network_has_a_row(kind, numbers):
    found = set()
    for places in re.findall(rf"\b{kind}s?\. ([\d, –]+)", " | ".join(row["paper"] for row in ROWS)):
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", places):
            found |= set(range(int(first), int(last or first) + 1))
    assert found == numbers


def test_every_test_of_claims_holds_a_row():
    assert {name for name in declared("test_paper_claims.py") if name.startswith("test_")} == {
        row["test"].partition("::")[2] for row in ROWS if "test_paper_claims" in row["test"]
    }


def test_the_page_is_what_the_script_makes_of_the_data():
    assert ledger.PAGE.read_text(encoding="utf-8") == ledger.page(ledger.load())


@pytest.mark.parametrize("name", ["paper.sdlm.NONE", "none.SDLM", "paper", "paper.sdlm"])
def test_what_is_no_code_is_not_found(name):
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        symbol(name)
