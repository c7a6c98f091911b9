"""Marks answers, each in a process of its own, so that none can crash or stop the exam."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

LIMIT = 60  # seconds for one answer: on an idle machine no right one needs a quarter of it


class Mark(NamedTuple):
    """What became of one answer."""

    status: str  # "right", "wrong", "not started", "error", "out of time" or "died"
    message: str


def mark(question, path, limit=LIMIT):
    """Return the Mark of the answer in the file `path`.

    Its own process reads nothing from the keyboard and prints nothing; it is ended, with all that
    it started, after `limit` seconds.
    """
    if path.read_text(encoding="utf-8", errors="replace") == question.file_text:
        return Mark("not started", "")
    with tempfile.TemporaryDirectory() as folder:
        check, result = Path(folder, "check.py"), Path(folder, "result.json")
        check.write_text(question.check, encoding="utf-8")
        program = [sys.executable, "-m", "lenet_core.exam.answer"]
        process = subprocess.Popen(
            [*program, str(path.resolve()), str(check), str(result)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            return Mark("out of time", f"no result after {limit} seconds")
        finally:
            end(process)
        if not result.exists():
            return Mark(
                "died", f"the process ended without a result, with code {process.returncode}"
            )
        return Mark(**json.loads(result.read_text(encoding="utf-8")))


def end(process):
    """End a process and, where the system has groups of processes, all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):  # it has ended, with all that it started
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
