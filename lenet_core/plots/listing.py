"""The package's own code on a page, so that page and package cannot drift apart."""

import inspect
import re
import textwrap

PAGE_WIDTH = 79  # characters of code in the width of a page


def source(*things, docstrings=True):
    """Return the code of functions or classes as a block for a notebook."""
    from IPython.display import Markdown  # only notebooks have IPython

    blocks = [textwrap.dedent(inspect.getsource(thing)) for thing in things]
    if not docstrings:
        blocks = [re.sub(r'\n +""".*?"""', "", block, count=1, flags=re.S) for block in blocks]
    lines = [part for line in "\n".join(blocks).splitlines() for part in narrow(line)]
    return Markdown("\n".join(["```python", *lines, "```"]))


def narrow(line):
    """Return the line, or its comment and its code apart where both do not fit on a page."""
    code, mark, comment = line.partition("  # ")
    if len(line) <= PAGE_WIDTH or not mark:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return [f"{indent}# {comment}", code]
