"""The exam: what it asks, and that no answer can crash it, stop it or pass by accident."""

import multiprocessing
import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import yaml
from test_book import BOOK, ROOT, markdown

from lenet_core.exam import __main__ as exam
from lenet_core.exam.answer import judge
from lenet_core.exam.marking import LIMIT, Mark, mark
from lenet_core.exam.questions import Question, load_questions, write_starters

sys.path.insert(0, str(ROOT / "scripts"))
import make_exam

QUESTIONS = load_questions()
DOUBLE = Question(
    name="double", chapter="Numbers", page="numbers", section="Twice", anchor="sec-twice",
    title="Double a number", minutes=1, text="Write `double(x)`.", imports="import math",
    starter='def double(x):\n    raise NotImplementedError("double")',
    check="from lenet_core.exercises.checker import Case, run_cases\n"
          "run_cases('double', double, [Case('three', (3,), 6, ((9, 'this is the square'),))])",
)  # fmt: skip
RIGHT = "def double(x):\n    return 2 * x\n"

ANSWERS = {  # what a reader may leave in the file, and what is to become of it
    "right": (RIGHT, "right", ""),
    "wrong": ("def double(x):\n    return x * x\n", "wrong", "Hint: this is the square"),
    "raises": ("def double(x):\n    return x / 0\n", "wrong", "ZeroDivisionError"),
    "a syntax error": ("def double(x:\n", "error", "SyntaxError"),
    "another name": ("def duble(x):\n    return 2 * x\n", "error", "NameError"),
    "a name that is missing": ("import no_such_module\n" + RIGHT, "error", "ModuleNotFoundError"),
    "empty": ("", "error", "NameError"),
    "no text at all": (b"\xff\xfe\x00", "error", "Error"),
    "leaves": ("raise SystemExit(0)\n", "error", "SystemExit"),
    "leaves in the function": ("def double(x):\n    raise SystemExit(0)\n", "error", "SystemExit"),
    "leaves without a word": ("import os\nos._exit(0)\n", "died", "code 0"),
    "never ends": ("while True:\n    pass\n", "out of time", "after 3 seconds"),
    "recursion": ("def double(x):\n    return double(x)\n", "wrong", "RecursionError"),
    "asks": ("x = input()\n" + RIGHT, "error", "EOFError"),
    "begun": (RIGHT.replace("return 2 * x", "raise NotImplementedError"), "not started", ""),
    "prints without end": ("print('x' * 10**7)\n" + RIGHT, "right", ""),
    "a checker of its own": ("def run_cases(*_):\n    pass\n" + RIGHT, "right", ""),
    "a false checker": ("def run_cases(*_):\n    pass\ndouble = 7\n", "wrong", "TypeError"),
}


@pytest.mark.parametrize(("text", "status", "message"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_gets_its_mark(tmp_path, text, status, message):
    path = tmp_path / "double.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = path.read_bytes()
    found = mark(DOUBLE, path, limit=3 if status == "out of time" else 60)
    assert (found.status, message in found.message) == (status, True), found
    assert path.read_bytes() == before


def test_a_starter_is_not_run(tmp_path):
    question = replace(DOUBLE, starter="raise SystemExit")
    write_starters(tmp_path, [question])
    assert mark(question, tmp_path / "double.py") == Mark("not started", "")


def test_what_an_answer_started_is_ended_with_it(tmp_path):
    path, sign = tmp_path / "double.py", tmp_path / "alive"
    child = f"import pathlib, time; time.sleep(4); pathlib.Path({str(sign)!r}).touch()"
    path.write_text(
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n{RIGHT}"
    )
    assert mark(DOUBLE, path).status == "right"
    time.sleep(5)
    assert not sign.exists()


def test_starters_do_not_touch_what_is_there(tmp_path):
    (tmp_path / "double.py").write_text("mine")
    assert write_starters(tmp_path, [DOUBLE, replace(DOUBLE, name="other")]) == 1
    assert (tmp_path / "double.py").read_text() == "mine"
    assert "Write `double(x)`" in (tmp_path / "other.py").read_text()


def test_the_first_call_writes_and_the_second_marks(tmp_path, monkeypatch, capsys):
    other = replace(DOUBLE, name="other", title="Another", chapter="More numbers")
    monkeypatch.setattr(exam, "load_questions", lambda: [DOUBLE, other])
    folder = tmp_path / "mine"
    exam.main([str(folder)])
    assert "2 questions are in the folder" in capsys.readouterr().out
    (folder / "double.py").write_text("def double(x):\n    return x * x\n")
    (folder / "other.py").write_text(RIGHT)
    exam.main([str(folder)])
    said = capsys.readouterr().out
    assert "double.py: wrong" in said
    assert "Hint: this is the square" in said
    assert re.search(r"^Numbers +0 +1 +1$", said, re.M)
    assert re.search(r"^More numbers +1 +1 +1$", said, re.M)
    assert re.search(r"^all +1 +2 +2$", said, re.M)
    assert 'double.py: "Twice" in "Numbers" (numbers.html#sec-twice)' in said
    assert "other.py:" not in said.split("Read again:")[1]


def test_a_missing_file_is_written_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(exam, "load_questions", lambda: [DOUBLE, replace(DOUBLE, name="other")])
    exam.main([str(tmp_path)])
    (tmp_path / "other.py").unlink()
    exam.main([str(tmp_path)])
    assert "Missing files, written again: 1" in capsys.readouterr().out
    assert (tmp_path / "other.py").exists()


def test_a_file_is_no_folder(tmp_path, capsys):
    (tmp_path / "exam").write_text("")
    with pytest.raises(SystemExit):
        exam.main([str(tmp_path / "exam")])
    assert "is a file: name a folder" in capsys.readouterr().err


# --- the questions of the book
question = pytest.mark.parametrize("asked", QUESTIONS, ids=[q.name for q in QUESTIONS])


def test_the_questions_and_the_index_are_those_of_the_chapters():
    assert [vars(q) for q in QUESTIONS] == make_exam.questions()
    assert make_exam.INDEX.read_text(encoding="utf-8") == make_exam.index()


def test_every_two_star_exercise_is_a_question():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [c["file"].removeprefix("book/") for part in toc["parts"] for c in part["chapters"]]
    texts = [
        markdown(BOOK / f"{page}.ipynb") for page in pages if (BOOK / f"{page}.ipynb").exists()
    ]
    found = re.findall(r"\{exercise-start\} ★★ .+\n:label: ex-(\S+)", "\n".join(texts))
    assert [q.name for q in QUESTIONS] == found


@question
def test_the_section_to_read_again_is_on_the_page(asked):
    assert f"({asked.anchor})=" in markdown(BOOK / f"{asked.page}.ipynb")
    assert asked.check.splitlines()[-1].startswith("check.")


@pytest.fixture(scope="module")
def judged():
    """Judge a text as the answer to a question, in a process of its own.

    It is forked from one that has imported what an answer's process imports, and nothing else.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lenet_core.exam.answer"])
    with context.Pool(1, maxtasksperchild=1) as pool:

        def judge_alone(asked, path, text):
            path.write_text(text, encoding="utf-8")
            return Mark(*pool.apply_async(judge, (path, asked.check)).get(timeout=LIMIT))

        yield judge_alone


@question
def test_a_starter_stands_alone(asked, judged, tmp_path):
    """Nothing that only the page defines is needed."""
    found = judged(asked, tmp_path / asked.file_name, asked.file_text)
    assert found.status in ("not started", "wrong"), found
    assert "NameError" not in found.message


@question
def test_the_solution_of_the_page_is_right(asked, judged, tmp_path):
    code = make_exam.solution(asked.name, dict(make_exam.chapters())[asked.page])
    own_imports = re.findall(r"^import .+$", asked.starter, re.M)
    text = "\n".join([asked.imports, *own_imports, code])
    assert judged(asked, tmp_path / asked.file_name, text) == Mark("right", "")


def test_the_program_of_the_readme_runs(tmp_path):
    program = [sys.executable, "-m", "lenet_core.exam"]
    run = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"{len(QUESTIONS)} questions" in run.stdout
    assert len(list((tmp_path / "exam").glob("*.py"))) == len(QUESTIONS)
