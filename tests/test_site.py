"""The built site: made here from the stored outputs, with warnings as errors, then looked at."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

pytest.importorskip("jupyter_book")

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = re.compile(r"\b(?:https?|wss?)://\w|(?:^|[\s\"'`(,=])//\w")
CSS_LOAD = re.compile(r"""(?:@import\s*|url\(\s*)["']?(?:https?:)?//[^)"';]*""")
TEXT = {"alt", "aria-label", "title"}  # words that a reader meets: they load nothing
INERT = "text/x-thebe-config"  # no browser runs a script of this type


class Page(HTMLParser):
    """The tags of a page, and all that it would load from another host.

    Only a link to follow, and the page's own canonical address, may name another host.
    """

    def __init__(self, html):
        super().__init__()
        self.tags, self.loads = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        follow = tag == "a" or (tag, attrs.get("rel")) == ("link", "canonical")
        free = TEXT | {"href"} if follow else TEXT
        for name, value in attrs.items():
            if name not in free and ELSEWHERE.search(value or ""):
                self.loads.append(f"<{tag} {name}={value}>")

    def handle_data(self, data):
        tag, attrs = self.tags[-1] if self.tags else ("", {})
        code = self.cdata_elem in ("script", "style") and attrs.get("type") != INERT
        if code and ELSEWHERE.search(data):
            self.loads.append(f"<{tag}>{data.strip()}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the book without running it; return the folder of the site."""
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
    return root / "_build" / "html"


@pytest.fixture(scope="module")
def pages(site):
    """Return {page: HTML}."""
    found = {
        str(p.relative_to(site)): p.read_text(encoding="utf-8")
        for p in site.rglob("*.html")
        if "_static" not in p.parts
    }
    assert found, f"no page in {site}"
    return found


@pytest.fixture(scope="module")
def parsed(pages):
    """Return {page: Page}."""
    return {name: Page(html) for name, html in pages.items()}


def found(page, tag, word):
    """Return the attributes of each such tag that has the class `word`."""
    of_tag = [attrs for name, attrs in page.tags if name == tag]
    return [attrs for attrs in of_tag if word in (attrs.get("class") or "").split()]


def test_every_page_of_the_book_is_built(pages):
    sources = [p for p in (ROOT / "book").iterdir() if p.suffix in {".md", ".ipynb"}]
    names = {f"book/{p.stem}.html" for p in sources}
    assert names <= set(pages)


@pytest.mark.parametrize(
    "html",
    [
        '<link href="https://x.org/a.css" rel="stylesheet">',
        '<link rel="preconnect" href="https://x.org">',
        '<link rel="modulepreload" href="//x.org/a.js">',
        '<link rel="icon canonical" href="https://x.org/i.svg">',
        "<script src='https://x.org/a.js'></script>",
        "<script async src=//x.org/a.js></script>",
        '<SCRIPT\nSRC = "https://x.org/a.js"></SCRIPT>',
        '<script type="module">import("https://x.org/a.js")</script>',
        "<script>fetch('//x.org/a.json')</script>",
        '<script>const URL = "https://x.org/a.js";</script>',
        "<style>@import '//x.org/a.css';</style>",
        "<style>p { background: url(//x.org/a.png) }</style>",
        '<p style="background: url(https://x.org/a.png)">',
        '<img alt="" src="a.png" srcset="a.png 1x, //x.org/b.png 2x">',
        '<img alt="" src="http://x.org/a.png">',
        '<a href="a.html" ping="https://x.org/">a</a>',
        '<object data="https://x.org/a.svg"></object>',
        '<meta http-equiv="refresh" content="0; url=https://x.org/">',
        '<form action="https://x.org/"></form>',
        '<iframe src="//x.org/"></iframe>',
    ],
)
def test_a_line_that_asks_another_host_is_found(html):
    assert len(Page(f"<p>text</p>{html}<p>text</p>").loads) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<a class="external" href="https://x.org/">https://x.org</a>',
        '<link rel="canonical" href="https://x.org/">',
        '<p title="See https://x.org">See https://x.org or "//x.org".</p>',
        "<script>let a = 1; // a comment\n</script><p>https://x.org</p>",
        f'<script type="{INERT}">{{repo: "https://x.org"}}</script>',
        '<img alt="" src="../a//b.png" srcset="a.png 1x, b.png 2x">',
        '<link rel="icon" href="data:,">',
        "<style>@import 'a.css'; p { background: url(a.png) }</style>",
    ],
)
def test_a_line_that_asks_no_other_host_is_left_alone(html):
    assert Page(html).loads == []


def test_no_page_asks_another_host_for_anything(parsed):
    assert {name: page.loads for name, page in parsed.items() if page.loads} == {}


def test_no_style_sheet_asks_another_host_for_anything(site):
    for line in ["@import '//x.org/a.css'", '@import url("https://x.org/a")', "url( //x.org/b)"]:
        assert CSS_LOAD.search(line)
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert CSS_LOAD.findall(sheet.read_text(encoding="utf-8")) == [], sheet.name


def test_a_control_is_called_by_the_word_that_it_shows(parsed):
    for name, page in parsed.items():
        fields = found(page, "button", "search-button-field")
        summaries = [attrs for tag, attrs in page.tags if tag == "summary"]
        assert all("aria-label" not in attrs for attrs in fields + summaries), name
        assert all("title" not in attrs for attrs in found(page, "i", "theme-switch")), name
    chapter = parsed["book/convolve.html"]
    assert found(chapter, "button", "search-button-field")
    assert len(found(chapter, "i", "theme-switch")) == 3
    assert "summary" in dict(chapter.tags)


def test_the_side_bar_is_a_landmark_with_a_name(parsed):
    for name, page in parsed.items():
        if name != "index.html":
            [bar] = [attrs for _, attrs in page.tags if attrs.get("id") == "pst-primary-sidebar"]
            assert (bar.get("role"), bar.get("aria-label")) == ("complementary", "Book"), name


def test_citations_have_no_role_that_their_elements_may_not_have(parsed):
    roles = {attrs.get("role") for page in parsed.values() for _, attrs in page.tags}
    assert not roles & {"doc-biblioentry", "doc-backlink"}
    lists = found(parsed["book/bibliography.html"], "div", "citation-list")
    assert lists
    assert all("role" not in attrs for attrs in lists)


def test_an_id_occurs_once_on_a_page(parsed):
    for name, page in parsed.items():
        ids = Counter(attrs["id"] for _, attrs in page.tags if "id" in attrs)
        assert [i for i, n in ids.items() if n > 1] == [], name


def test_the_glossary_leads_back_to_the_first_use_of_each_term(pages):
    entries = re.findall(r'<dt id="term-.*?</dd>', pages["book/glossary.html"], re.S)
    assert len(entries) > 80
    for entry in entries:
        page, name = re.findall(r'href="([\w-]+\.html)#(use-[\w-]+)"', entry)[-1]
        assert f'id="{name}"' in pages[f"book/{page}"]


def test_the_page_that_redirects_has_an_icon(parsed):
    tags = parsed["index.html"].tags
    assert ("link", {"rel": "icon", "href": "data:,"}) in tags
    assert any(attrs.get("http-equiv") == "Refresh" for _, attrs in tags)


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
