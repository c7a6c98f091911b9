"""Run notebooks in place, each from the top, and store their outputs.

``python scripts/run_notebooks.py [book/NAME.ipynb ...]`` runs those named, or all of the book.
Two runs store the same bytes: no times are recorded and the metadata is set back.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(path):
    """Execute the notebook at `path` in its own folder, and write it back."""
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, record_timing=False, coalesce_streams=True, resources=place)
    client.execute()
    notebook.metadata = METADATA
    nbformat.write(notebook, path)


def main(names):
    """Run the notebooks named, or every one in the book."""
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["IPYTHONDIR"] = str(ROOT / "tests" / "ipython")
    os.environ.pop("MPLBACKEND", None)
    for path in map(Path, names or sorted((ROOT / "book").glob("*.ipynb"))):
        print(f"running {path.name}", flush=True)
        run(path.resolve())


if __name__ == "__main__":
    main(sys.argv[1:])
