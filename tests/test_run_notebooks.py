"""The script that stores the outputs of the notebooks, on throw-away ones."""

import subprocess
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")

ROOT = Path(__file__).resolve().parent.parent
REACH_OUT = """
import socket
try:
    socket.getaddrinfo("host.invalid", 80)
except RuntimeError as error:
    print(error)
"""


def write(path, *cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "x"}, "left": "over"}
    nbformat.write(notebook, path)
    return path


def run(path):
    command = [sys.executable, str(ROOT / "scripts" / "run_notebooks.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_outputs_are_stored_without_times_and_twice_the_same(tmp_path):
    cells = ["import lenet_core; print('one')\nprint('two')", "6 * 7", REACH_OUT]
    path = write(tmp_path / "page.ipynb", *cells)
    assert run(path).returncode == 0
    once = path.read_bytes()
    stored = nbformat.reads(once.decode(), as_version=4)
    printed, value, refused = [cell.outputs for cell in stored.cells]
    assert [output.text for output in printed] == ["one\ntwo\n"]
    assert value[0].data["text/plain"] == "42"
    assert "notebooks run without a network" in refused[0].text
    assert [cell.execution_count for cell in stored.cells] == [1, 2, 3]
    assert [cell.metadata for cell in stored.cells] == [{}, {}, {}]
    assert set(stored.metadata) == {"kernelspec", "language_info"}
    assert run(path).returncode == 0
    assert path.read_bytes() == once


def test_a_page_that_fails_is_told_and_left_as_it_was(tmp_path):
    path = write(tmp_path / "page.ipynb", "print('before')", "1 / 0")
    before = path.read_bytes()
    done = run(path)
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr
    assert path.read_bytes() == before
