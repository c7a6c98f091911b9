"""``python -m lenet_core.exam [FOLDER]``: write the starters, or mark the answers."""

import argparse
from pathlib import Path

from .marking import mark
from .questions import load_questions, write_starters

WIDTH = 40  # characters for the title of a chapter


def main(arguments=None):
    """Write starters where there are none; else mark all answers and print the score."""
    parser = argparse.ArgumentParser(
        prog="python -m lenet_core.exam",
        description="Write the starters of the exam into FOLDER, or mark the answers in it.",
    )
    parser.add_argument("folder", nargs="?", default="exam", type=Path, metavar="FOLDER")
    folder = parser.parse_args(arguments).folder
    if folder.exists() and not folder.is_dir():
        parser.error(f"{folder} is a file: name a folder, or one that does not exist yet")
    questions = load_questions()
    written = write_starters(folder, questions)
    if written == len(questions):
        print(f"{written} questions are in the folder {folder}, a file for each.")
        print("Answer as many as you like, then call this program again: it marks the files.")
        return
    if written:
        print(f"Missing files, written again: {written}")
    report(questions, {q.name: mark_aloud(q, folder) for q in questions})


def mark_aloud(question, folder):
    """Mark one answer and print a line as soon as it is known."""
    found = mark(question, folder / question.file_name)
    if found.status != "not started":
        print(f"{question.file_name}: {found.status}", flush=True)
        print("".join(f"    {line}\n" for line in found.message.splitlines()), end="")
    return found


def report(questions, marks):
    """Print the score by chapter, and for each answer that is not right what to read again."""
    print(f"\n{'chapter':{WIDTH}} right  tried  questions")
    for chapter in dict.fromkeys(q.chapter for q in questions):
        print(line(chapter, [marks[q.name].status for q in questions if q.chapter == chapter]))
    print(line("all", [marks[q.name].status for q in questions]))
    wrong = [q for q in questions if marks[q.name].status not in ("right", "not started")]
    if wrong:
        print("\nRead again:")
    for q in wrong:
        print(f'    {q.file_name}: "{q.section}" in "{q.chapter}" ({q.page}.html#{q.anchor})')


def line(name, statuses):
    """Return one line of the table."""
    right = statuses.count("right")
    tried = len(statuses) - statuses.count("not started")
    return f"{name:{WIDTH}} {right:5}  {tried:5}  {len(statuses):9}"


if __name__ == "__main__":
    main()
