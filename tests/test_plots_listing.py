"""The listings of a page are the package's code."""

import ast
import inspect
import textwrap

import pytest

from lenet_core import Conv2D, im2col
from lenet_core.plots.listing import narrow, source

pytest.importorskip("IPython")  # the book's, not the package's


def test_source_is_the_code_without_its_docstring():
    block = source(im2col, Conv2D.set_grads, docstrings=False).data
    assert block.startswith("```python\ndef im2col(x, kernel_size, stride=1):\n    kh, kw =")
    assert '"""' not in block
    shown = ast.parse(block.removeprefix("```python").removesuffix("```")).body
    for function, tree in zip([im2col, Conv2D.set_grads], shown, strict=True):
        [whole] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        del whole.body[0]  # the docstring
        assert ast.dump(tree) == ast.dump(whole)


def test_a_long_line_gives_its_comment_a_line_of_its_own():
    long = "    x = " + "1 + " * 17 + "1  # the comment"
    assert narrow("    x = 1  # short") == ["    x = 1  # short"]
    assert narrow(long) == ["    # the comment", long.partition("  #")[0]]


def test_docstrings_stay_unless_they_are_left_out():
    assert inspect.getdoc(Conv2D.set_grads) in source(Conv2D.set_grads).data
