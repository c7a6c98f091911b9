"""Run the notebooks that have changed, one on each core, into the cache of the build.

Jupyter Book runs what the cache does not hold, but one notebook after the other. What fails here is
run again by the build, which reports it.
"""

import os
from pathlib import Path

import yaml
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

ROOT = Path(__file__).resolve().parent.parent


def main():
    """Execute and cache every notebook that the cache has not."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads of BLAS on busy cores wait for each other
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["execute"]
    cache = get_cache(ROOT / settings["cache"])
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        cache.add_nb_to_project(str(path))
    load_executor("local-parallel", cache=cache).run_and_cache(timeout=settings["timeout"])


if __name__ == "__main__":
    main()
