"""Write what is gathered from the exercises of all chapters.

``python scripts/make_exam.py`` writes `lenet_core/exam/questions.json`, the questions of the exam,
and `book/exercises.md`, the index of exercises, from the notebooks of the book.
"""

import ast
import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "lenet_core" / "exam" / "questions.json"
INDEX = ROOT / "book" / "exercises.md"
TITLE = re.compile(
    r"\{exercise-start\} (★+) (.+), (\d+) minutes\n:label: ex-([\w-]+)\n```\n(.*)", re.S
)


def chapters():
    """Return [(page, cells)] of all notebooks, in the order of the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [
        ROOT / f"{chapter['file']}.ipynb" for part in toc["parts"] for chapter in part["chapters"]
    ]
    return [
        (f.stem, json.loads(f.read_text(encoding="utf-8"))["cells"]) for f in files if f.exists()
    ]


def source(cell):
    """Return the text of a cell."""
    return "".join(cell["source"])


def exercises(cells):
    """Yield (stars, title, minutes, label, text, code cells, metadata) of each exercise."""
    for at, cell in enumerate(cells):
        if found := TITLE.search(source(cell)):
            body = []
            for following in cells[at + 1 :]:
                if "{exercise-end}" in source(following):
                    break
                body.append(following)
            stars, title, minutes, label, text = found.groups()
            words = [text, *[source(c) for c in body if c["cell_type"] == "markdown"]]
            code = [source(c) for c in body if c["cell_type"] == "code"]
            yield (
                len(stars),
                title,
                int(minutes),
                label,
                plain("\n".join(words)),
                code,
                cell["metadata"],
            )


def plain(text):
    """Return Markdown as plain words on one line: no roles, no links."""
    text = re.sub(r"\{eq\}`([^`]+)`", r"(\1)", text)
    text = re.sub(r"\{[\w:]+\}`([^`<]+?)(?: *<[^`]*)?`", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(text.split())


def imports_for(code, cells):
    """Return the import lines of a chapter's first cell that this code needs."""
    first = next(source(c) for c in cells if c["cell_type"] == "code")
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    lines = []
    for node in ast.parse(first).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [name for name in node.names if (name.asname or name.name) in used]
            lines += [ast.unparse(node)] if node.names else []
    return "\n".join(lines)


def split_check(code):
    """Return (starter, call of the checker) of an exercise's last cell."""
    last = ast.parse(code).body[-1]
    lines = code.splitlines()
    return "\n".join(lines[: last.lineno - 1]).strip("\n"), "\n".join(lines[last.lineno - 1 :])


def section_titles(cells):
    """Return {label: title}: of the heading that follows, or else of the one before."""
    text = "\n\n".join(source(c) for c in cells if c["cell_type"] == "markdown")
    titles, waiting, title = {}, None, ""
    for line in filter(None, text.splitlines()):
        if label := re.fullmatch(r"\((sec-[\w-]+)\)=", line):
            waiting = label[1]
            continue
        if heading := re.match(r"#+ (.+)", line):
            title = heading[1]
        if waiting:
            titles[waiting], waiting = title, None
    return titles


def solution(label, cells):
    """Return the code of an exercise's solution, as far as the call of the checker."""
    texts = [source(c) for c in cells]
    start = next(i for i, t in enumerate(texts) if f"{{solution-start}} ex-{label}\n" in t)
    code = next(t for c, t in zip(cells[start:], texts[start:], strict=True)
                if c["cell_type"] == "code")  # fmt: skip
    return code[: code.index("check.")]


def questions():
    """Return the fields of all questions of the exam."""
    found = []
    for page, cells in chapters():
        chapter = re.match(r"# (.+)", source(cells[0]))[1]
        sections = section_titles(cells)
        for stars, title, minutes, label, text, code, metadata in exercises(cells):
            if stars != 2:
                continue
            if (anchor := metadata.get("read_again")) not in sections:
                raise SystemExit(f"ex-{label}: read_again names no section: {anchor!r}")
            starter, check = split_check(code[-1])
            needed = f"{starter}\n{solution(label, cells)}"
            found.append({
                "name": label, "chapter": chapter, "page": page,
                "section": sections[anchor], "anchor": anchor,
                "title": title, "minutes": minutes, "text": text,
                "imports": imports_for(needed, cells), "starter": starter,
                "check": f"{imports_for(check, cells)}\n{check}",
            })  # fmt: skip
    return found


def index():
    """Return the page that lists all exercises."""
    lines = [
        "# Exercises", "",
        "All exercises, by chapter. One star: trace or complete something. Two stars: write, mend",
        "or measure something; these make [the exam](exam.md). Three stars: open ends.", "",
    ]  # fmt: skip
    for page, cells in chapters():
        rows = list(exercises(cells))
        if not rows:
            continue
        lines += [f"## [{re.match(r'# (.+)', source(cells[0]))[1]}]({page}.ipynb)", ""]
        lines += ["| Stars | Exercise | Minutes |", "|---|---|---:|"]
        lines += [
            f"| {'★' * stars} | {{ref}}`{title} <ex-{label}>` | {minutes} |"
            for stars, title, minutes, label, *_ in rows
        ]
        lines.append("")
    return "\n".join(lines)


def main():
    """Write both files."""
    text = json.dumps(questions(), indent=1, ensure_ascii=False) + "\n"
    QUESTIONS.write_text(text, encoding="utf-8")
    INDEX.write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main()
