"""The built site: made here from the stored outputs, with warnings as errors, then looked at."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip("jupyter_book")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Build the book without running it; return {page: HTML}."""
    root = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "book", root / "book")
    shutil.copy(ROOT / "_toc.yml", root)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"] = {"execute_notebooks": "off"}
    (root / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(root), "-W", "-n", "--keep-going", "--all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    html = root / "_build" / "html"
    found = {
        str(p.relative_to(html)): p.read_text(encoding="utf-8")
        for p in html.rglob("*.html")
        if "_static" not in p.parts
    }
    assert found, f"no page in {html}"
    return found


def test_every_page_of_the_book_is_built(pages):
    sources = [p for p in (ROOT / "book").iterdir() if p.suffix in {".md", ".ipynb"}]
    names = {f"book/{p.stem}.html" for p in sources}
    assert names <= set(pages)


def test_no_page_asks_another_host_for_anything(pages):
    load = r"<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc=\"(?:https?:)?//"
    style = r"<link\b[^>]*rel=\"(?:stylesheet|preload|icon)\"[^>]*href=\"(?:https?:)?//"
    found = {name for name, html in pages.items() if re.search(f"{load}|{style}", html)}
    assert found == set()


def test_no_number_of_numpy_shows_its_type(pages):
    assert [
        name for name, html in pages.items() if re.search(r"np\.(?:float|int)\d+\(", html)
    ] == []


def test_no_glued_number_is_empty(pages):
    empty = r'<span class="pasted-text">\s*</span>'
    assert [name for name, html in pages.items() if re.search(empty, html)] == []


def test_every_picture_has_alternative_text(pages):
    for name, html in pages.items():
        for tag in re.findall(r"<img\b[^>]*>", html):
            assert re.search(r'\balt="', tag), f"{name}: {tag[:120]}"


def test_every_page_says_its_language(pages):
    chapters = [html for name, html in pages.items() if name.startswith("book/")]
    assert all('<html lang="en"' in html for html in chapters)


def test_the_markup_of_the_theme_is_mended(pages):
    for name, html in pages.items():
        assert 'aria-label="Toggle hidden content"' not in html, name
        assert not re.search(r'<button class="btn search-button-field[^>]*aria-label', html), name
        if name.startswith("book/"):
            assert 'role="complementary" aria-label="Book"' in html, name


def test_no_page_loads_thebe(pages):
    loads = r"<(?:script|link)\b[^>]*\b(?:src|href)=\"[^\"]*thebe|THEBE_JS_URL"
    assert [name for name, html in pages.items() if re.search(loads, html, re.I)] == []


def test_no_page_is_heavy(pages):
    heavy = {name: len(html) for name, html in pages.items() if len(html) > 1_500_000}
    assert heavy == {}
