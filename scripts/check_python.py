"""Stop with a clear message when this Python is too old (runs on any Python)."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- to say so is why this file exists
    sys.exit(
        "This is Python {}.{} and the book needs 3.11 or newer.\n"
        "Name a newer one: make book PYTHON=python3.12".format(*sys.version_info)
    )
