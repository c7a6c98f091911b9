"""The glossary: every term has a chapter that introduces it, and no earlier page uses it."""

import re

import pytest
import yaml
from test_book import BOOK, ROOT, described, markdown, prose, without_code

GLOSSARY = (BOOK / "glossary.md").read_text(encoding="utf-8")
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
ORDER = [
    chapter["file"].removeprefix("book/")
    for part in TOC["parts"]
    if part["caption"] != "Back matter"
    for chapter in part["chapters"]
]

# Words that everybody uses in their common sense as well: only their links are looked for.
EVERYDAY = {
    "baseline", "board", "cache", "connection", "crew", "label", "layer", "lock", "piece",
    "process", "score", "thread", "twin", "unit", "worker",
}  # fmt: skip


def entries():
    """Return {term: the page that introduces it}."""
    body = GLOSSARY.split("```{glossary}\n")[1].split("\n```")[0]
    blocks = [block.split("\n", 1) for block in re.split(r"\n\n(?=\S)", body)]
    return {term: re.findall(r"\]\(([\w-]+)\.ipynb\)", text)[-1] for term, text in blocks}


TERMS = entries()


def linked(page):
    """Return the terms that a page links, in the glossary's spelling."""
    path = BOOK / f"{page}.ipynb"
    text = "\n\n".join([markdown(path), *described(path)])
    found = re.findall(r"\{term\}`(?:[^`<]*<([^`>]+)>|([^`<>]+))`", text)
    return {next(filter(None, pair)).strip().lower() for pair in found}


def words(page):
    """Return what a page says in words: no code, no names, no titles of other pages."""
    path = BOOK / f"{page}.ipynb"
    text = prose("\n\n".join([re.sub(r"\{term\}`([^`<]*)[^`]*`", r"\1", markdown(path)),
                              *described(path)]))  # fmt: skip
    text = re.sub(r"^\s*`{3,}.*$", "", text, flags=re.M)  # what the notes hold stays
    text = re.sub(r"\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"`[^`]*`|\$[^$]*\$", "", text)
    return re.sub(r"\s+", " ", text)


def says(text, term):
    """Tell whether a text has the term as a word of its own, in singular or plural."""
    return re.search(rf"(?<![\w-]){re.escape(term)}(?:e?s)?(?![\w-])", text, re.I) is not None


@pytest.mark.parametrize("term", TERMS)
def test_the_chapter_that_introduces_a_term_links_it(term):
    assert TERMS[term] in ORDER
    assert term.lower() in linked(TERMS[term])


@pytest.mark.parametrize("page", ORDER)
def test_no_term_is_used_before_it_is_introduced(page):
    later = {term for term, home in TERMS.items() if ORDER.index(home) > ORDER.index(page)}
    text = words(page)
    assert {term for term in later if term.lower() in linked(page)} == set()
    assert {term for term in later - EVERYDAY if says(text, term)} == set()


def test_the_entries_stand_in_the_order_of_the_alphabet():
    assert list(TERMS) == sorted(TERMS, key=str.lower)


@pytest.mark.parametrize(
    ("text", "term"),
    [("an epoch later", "epoch"), ("two kernels", "kernel"), ("Softmax!", "softmax"),
     ("fully connected layers", "fully connected")],
)  # fmt: skip
def test_words_are_found(text, term):
    assert says(text, term)


@pytest.mark.parametrize(
    ("text", "term"), [("a non-process", "process"), ("epochal", "epoch"), ("sub-unit", "unit")]
)
def test_parts_of_words_are_not(text, term):
    assert not says(text, term)


@pytest.mark.parametrize("page", ORDER)
def test_the_words_of_a_page_reach_to_its_end(page):
    text = words(page)
    for heading in re.findall(r"^## (.+)$", without_code(markdown(BOOK / f"{page}.ipynb")), re.M):
        assert f"## {heading}" in text
