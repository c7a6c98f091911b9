"""Let the glossary lead back: each entry's chapter link goes to the term's first use there."""

from docutils import nodes
from sphinx.addnodes import pending_xref


def mark_first_uses(app, doctree):
    """Put a target before the first link to each term on a page."""
    marked = set()
    for link in list(doctree.findall(pending_xref)):
        name = use_id(link["reftarget"])
        if link.get("reftype") == "term" and name not in marked:
            marked.add(name)
            link.parent.insert(link.parent.index(link), nodes.target("", "", ids=[name]))


def lead_back(app, doctree, docname):
    """Let the last link of each entry of the glossary end at that target."""
    for entry in doctree.findall(nodes.definition_list_item):
        terms = list(entry.findall(nodes.term))
        links = list(entry.findall(nodes.reference))
        if terms and links and any(i.startswith("term-") for t in terms for i in t["ids"]):
            links[-1]["refuri"] += "#" + use_id(terms[0].astext())


def use_id(term):
    """Return the name of the target of a term, whatever its apostrophes."""
    return "use-" + nodes.make_id(term.replace("’", "'"))


def setup(app):
    """Connect the hooks to Sphinx."""
    app.connect("doctree-read", mark_first_uses)
    app.connect("doctree-resolved", lead_back)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
