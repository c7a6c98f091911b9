"""`scripts/execute_book.py`: what it runs is what the build then takes from the cache."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

get_cache = pytest.importorskip("jupyter_cache").get_cache
ROOT = Path(__file__).resolve().parent.parent
CELLS = {"right": "print(6 * 7)", "wrong": "raise ValueError", "threads": """
import os
print(os.environ["OPENBLAS_NUM_THREADS"])"""}  # fmt: skip


def notebook(code):
    """Return a notebook with one cell."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Run the script on a small book; return its cache."""
    root = tmp_path_factory.mktemp("book")
    for folder in ("book", "scripts"):
        (root / folder).mkdir()
    shutil.copy(ROOT / "_config.yml", root)
    script = shutil.copy(ROOT / "scripts" / "execute_book.py", root / "scripts")
    for name, code in CELLS.items():
        nbformat.write(notebook(code), root / "book" / f"{name}.ipynb")
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    return get_cache(root / "_build" / ".jupyter_cache")


@pytest.mark.parametrize(("name", "text"), [("right", "42\n"), ("threads", "1\n")])
def test_a_notebook_is_found_in_the_cache_with_its_output(cache, name, text):
    _, found = cache.merge_match_into_notebook(notebook(CELLS[name]))
    assert found.cells[0].outputs[0].text == text


def test_a_notebook_that_fails_is_left_to_the_build(cache):
    with pytest.raises(KeyError):
        cache.match_cache_notebook(notebook(CELLS["wrong"]))


def test_glue_builds_no_grammars():
    """They take seconds in every kernel: hence the bound of jsonschema in `pyproject.toml`."""
    program = "import sys, myst_nb.ext.glue; sys.exit('rfc3987_syntax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
