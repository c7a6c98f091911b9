"""Make the built pages ask nothing of another host and read well with a screen reader."""

import re
from pathlib import Path

# Markup of the theme that fails an accessibility check, and its replacement.
FIXES = [
    # The visible name of a control must be part of its accessible name.
    (r'(<button class="btn search-button-field[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    (r'(<i class="theme-switch [^>]*?)\s+title="[^"]*"', r"\1"),
    # All content must lie in a landmark that has a name.
    (
        r'<div id="pst-primary-sidebar" ',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="Book" ',
    ),
    # Roles that their elements may not have.
    (r' role="doc-(?:biblioentry|backlink)"', ""),
    (r'(<div) role="list"( class="citation-list")', r"\1\2"),
    # An id occurs once on a page: sphinx-exercise gives all exercises the same one.
    (r'<section id="(?:exercise|solution)-content">', "<section>"),
    # The page that redirects to the book has no icon, and the browser would ask for one.
    (r'\A<meta http-equiv="Refresh"', '<link rel="icon" href="data:,"><meta http-equiv="Refresh"'),
]


def is_thebe(file):
    """Say whether a script or style sheet belongs to Thebe, which loads code from a CDN."""
    body = (getattr(file, "attributes", None) or {}).get("body") or ""
    return "thebe" in f"{getattr(file, 'filename', '')} {body}".lower()


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave Thebe's files out of a page."""
    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, []) if not is_thebe(file)]


def mend(page):
    """Apply every fix to one HTML page."""
    text = page.read_text(encoding="utf-8")
    for pattern, replacement in FIXES:
        text = re.sub(pattern, replacement, text)
    page.write_text(text, encoding="utf-8")


def mend_pages(app, exception):
    """Mend all pages of a finished HTML build."""
    site = Path(app.outdir)
    for page in site.rglob("*.html"):
        if "_static" not in page.relative_to(site).parts:
            mend(page)


def setup(app):
    """Connect the hooks to Sphinx."""
    app.connect("html-page-context", drop_thebe, priority=999)
    app.connect("build-finished", mend_pages, priority=999)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
