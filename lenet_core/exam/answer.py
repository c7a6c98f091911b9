"""Runs one answer and its checker: the program of the process that `marking` starts.

    python -m lenet_core.exam.answer ANSWER CHECK RESULT

runs the file ANSWER, then the code in the file CHECK in the same names, and writes into RESULT what
came of it, as JSON.
"""

import json
import runpy
import sys
import traceback
from pathlib import Path

from ..exercises.checker import NotStarted, WrongAnswer


def judge(answer, check):
    """Return (status, message) of an answer."""
    try:
        names = runpy.run_path(str(answer), run_name="answer")
        exec(compile(check, "the checker", "exec"), names)
    except (NotStarted, NotImplementedError):
        return "not started", ""
    except WrongAnswer as error:
        return "wrong", str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a reader's file may raise anything, SystemExit too
        return "error", "".join(traceback.format_exception_only(error)).strip()
    return "right", ""


def main(answer, check, result):
    """Judge and write the result, which appears whole or not at all."""
    status, message = judge(answer, Path(check).read_text(encoding="utf-8"))
    part = Path(result + ".part")
    part.write_text(json.dumps({"status": status, "message": message}), encoding="utf-8")
    part.replace(result)


if __name__ == "__main__":
    main(*sys.argv[1:])
