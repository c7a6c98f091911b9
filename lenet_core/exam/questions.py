"""The questions of the exam, and the files that hold their answers."""

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("questions.json")  # scripts/make_exam.py writes it from the book


@dataclass(frozen=True)
class Question:
    """One exercise of the book.

    Attributes
    ----------
    name : its label in the book without "ex-", such as "convolve-im2col"
    chapter, page : the title of its chapter, and the name of that chapter's page
    section, anchor : the title and the label of the section to read again
    title : such as "Write im2col with a stride"
    minutes : how long a reader may need
    text : the question in words
    imports, starter : code that the answer begins with
    check : code that calls the checker
    """

    name: str
    chapter: str
    page: str
    section: str
    anchor: str
    title: str
    minutes: int
    text: str
    imports: str
    starter: str
    check: str

    @property
    def file_name(self):
        """The name of the file with the answer."""
        return f"{self.name}.py"

    @property
    def file_text(self):
        """What that file holds before it is answered."""
        words = textwrap.fill(
            f"{self.title}. {self.text}", 88, break_long_words=False, break_on_hyphens=False
        ).replace("\\", "\\\\")
        hint = f"Chapter: {self.chapter} ({self.page}). About {self.minutes} minutes."
        head = f'"""{words}\n\n{hint}\n"""\n\n{self.imports}'
        return f"{head.rstrip()}\n\n\n{self.starter}\n"


def load_questions():
    """Return all questions, in the order of the book."""
    return [Question(**fields) for fields in json.loads(FILE.read_text(encoding="utf-8"))]


def write_starters(folder, questions):
    """Write a starter for each question that has no file in `folder` yet; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [q for q in questions if not (folder / q.file_name).exists()]
    for question in missing:
        (folder / question.file_name).write_text(question.file_text, encoding="utf-8")
    return len(missing)
