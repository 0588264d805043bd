"""Measure the code against its own bar: `python benchmarks/style.py`.

Lines of a function are those of its body without its docstring; lines of code are those that are neither blank, comment
nor docstring. Fields of records count as documented by a text below them or by their name in the record's docstring;
those of options are looked at by tests/test_options.py. What misses a goal is listed below the table.

Two rules have an exception, each with a bound of its own:

- `options.py` and `records.py` are lists of records, with a sentence below each field. They are looked up rather than
  read through, and one list is easier to search than ten; of these two files lines of code count.
- What `import morphlapse` gives may take more than six parameters where the rest are options that are given by name:
  `make_film(photos, "film.mp4", film=FilmOptions(fps=25))` names the one record that differs, and a record of records
  around them would be one more thing to import and to build. Such options are counted apart.
"""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "morphlapse"
TESTS = ROOT / "tests"

MOST_LINES = 40
MOST_PARAMETERS = 6
MOST_NAMED = 8
"""Options by name of a public function, which come on top."""
MOST_LINES_OF_A_FILE = 250
LISTS = ("options.py", "records.py")
"""Files of which lines of code are counted."""
RECORDS = ("NamedTuple", "Protocol")
"""Base classes whose fields are explained one by one, besides dataclasses."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Function:
    """One function of the source."""

    place: str
    lines: int
    parameters: int
    """Without those that `named` counts."""
    named: int
    """Options that are given by name, of a public function."""
    typed: bool


@dataclass(frozen=True)
class Measure:
    """One line of the table."""

    what: str
    value: float
    goal: float
    most: bool = True
    """Whether the goal is a limit from above."""
    missed: tuple[str, ...] = ()
    """Where."""
    digits: int = 0

    @property
    def reached(self) -> bool:
        """Whether the value is on the right side of the goal."""
        return self.value <= self.goal if self.most else self.value >= self.goal


@dataclass(frozen=True)
class File:
    """One file of the project, parsed."""

    place: str
    text: str
    tree: ast.Module


def read_files(folder: Path) -> list[File]:
    """All Python files of a folder, in order."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}
    return [File(path.relative_to(folder).as_posix(), text, ast.parse(text)) for path, text in texts.items()]


def find_functions(files: Iterable[File], public: Mapping[str, str]) -> list[Function]:
    """Every function, also one inside another; of public names, `public` says the file."""
    found = []
    for file in files:
        for node in walk_statements(file.tree):
            if not isinstance(node, FunctionNode):
                continue
            named = count_named(node) if public.get(node.name) == file.place else 0
            place = f"{file.place}: {node.name}"
            found.append(Function(place, count_body(node), count_parameters(node) - named, named, is_typed(node)))
    return found


def find_public(start: File) -> dict[str, str]:
    """The public names and the files that they are in, as the package's `_HOMES` says."""
    for node in start.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            homes: dict[str, str] = ast.literal_eval(node.value)
            return {name: f"{home.replace('.', '/')}.py" for name, home in homes.items()}
    return {}


def walk_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """All statements within a node; expressions, which are most of a tree, are not entered."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inside = getattr(node, name, ())
        for each in inside if isinstance(inside, list) else ():
            if isinstance(each, ast.stmt):
                yield each
            yield from walk_statements(each)


def count_body(node: FunctionNode) -> int:
    """Lines of a body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def list_parameters(node: FunctionNode) -> list[ast.arg]:
    """All that a caller can give, by place or by name."""
    given = node.args
    rest = [each for each in (given.vararg, given.kwarg) if each is not None]
    return [*(a for a in (*given.posonlyargs, *given.args) if a.arg not in ("self", "cls")), *given.kwonlyargs, *rest]


def count_parameters(node: FunctionNode) -> int:
    """Without `*args` and `**more`, which stand for any number."""
    return len([each for each in list_parameters(node) if each not in (node.args.vararg, node.args.kwarg)])


def count_named(node: FunctionNode) -> int:
    """Parameters that are given by name or not at all."""
    return sum(default is not None for default in node.args.kw_defaults)


def is_typed(node: FunctionNode) -> bool:
    """Whether each parameter and the result say their type; a constructor's result is known."""
    told = node.returns is not None or node.name == "__init__"
    return told and all(each.annotation is not None for each in list_parameters(node))


def find_undocumented(files: Iterable[File]) -> list[str]:
    """Public modules, classes, functions, methods and fields of records that say nothing of themselves."""
    found = []
    for file in files:
        found += [file.place] * (ast.get_docstring(file.tree) is None)
        found += [f"{file.place}: {name}" for name in _undocumented_in(file.tree, within_record=False)]
    return found


def _undocumented_in(parent: ast.Module | ast.ClassDef, *, within_record: bool) -> Iterator[str]:
    for node, after in zip(parent.body, [*parent.body[1:], None], strict=True):
        if within_record and isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            told = _is_text(after) or re.search(rf"\b{node.target.id}\b", ast.get_docstring(parent) or "")
            if not told and not node.target.id.startswith("_"):
                yield node.target.id
        elif isinstance(node, DEFINITIONS) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None:
                yield node.name
            if isinstance(node, ast.ClassDef):
                inside = _undocumented_in(node, within_record=is_record(node))
                yield from (f"{node.name}.{name}" for name in inside)


def _is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_record(node: ast.ClassDef) -> bool:
    """Whether a class is a dataclass or derived from one of RECORDS."""
    marks = [ast.unparse(each) for each in (*node.decorator_list, *node.bases)]
    return any(mark.startswith("dataclass") or mark in RECORDS for mark in marks)


def count_code(file: File) -> int:
    """Lines that hold code."""
    lines = file.text.splitlines()
    held = {number for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")}
    for each in filter(_is_text, walk_statements(file.tree)):
        held -= set(range(each.lineno, (each.end_lineno or each.lineno) + 1))
    return len(held)


def count_lines(file: File) -> int:
    """All lines of a file, or of one of LISTS those that hold code."""
    return count_code(file) if file.place in LISTS else len(file.text.splitlines())


def measure_style() -> list[Measure]:
    """All measures, with their goals."""
    files, tests = read_files(SOURCE), read_files(TESTS)
    start = next(file for file in files if file.place == "__init__.py")
    functions = find_functions(files, find_public(start))
    sizes = [count_lines(file) for file in files]
    tested = sum(map(count_code, tests)) / sum(map(count_code, files))
    return [
        *measure_functions(functions),
        count_missed("public names without a docstring", find_undocumented(files)),
        count_missed("functions that leave a type out", [each.place for each in functions if not each.typed]),
        Measure("lines of test code for a line of code", tested, 0.8, most=False, digits=2),
        count_missed(
            f"files of more than {MOST_LINES_OF_A_FILE} lines (a soft limit)",
            [f"{file.place} ({n})" for file, n in zip(files, sizes, strict=True) if n > MOST_LINES_OF_A_FILE],
        ),
    ]


def measure_functions(functions: list[Function]) -> list[Measure]:
    """How long they are, and what they take."""
    lines = [each.lines for each in functions]
    taken = [each.parameters for each in functions]
    long = [f"{each.place} ({each.lines})" for each in functions if each.lines > MOST_LINES]
    wide = [f"{each.place} ({each.parameters})" for each in functions if each.parameters > MOST_PARAMETERS]
    return [
        Measure("lines of a function, median", statistics.median(lines), 8),
        Measure("lines of a function, 90th percentile", statistics.quantiles(lines, n=10)[-1], 25),
        count_missed(f"functions of more than {MOST_LINES} lines", long),
        Measure("parameters of a function, 90th percentile", statistics.quantiles(taken, n=10)[-1], MOST_PARAMETERS),
        count_missed(f"functions of more than {MOST_PARAMETERS} parameters", wide),
        Measure("options by name of a public function, at most", max(each.named for each in functions), MOST_NAMED),
    ]


def count_missed(what: str, missed: list[str]) -> Measure:
    """A measure of which there should be none."""
    return Measure(what, len(missed), 0, missed=tuple(missed))


def main() -> None:
    """Print the table, then what misses a goal and where."""
    measures = measure_style()
    width = max(len(each.what) for each in measures)
    for each in measures:
        sign, said = "≤" if each.most else "≥", "reached" if each.reached else "NOT REACHED"
        print(f"{each.what:<{width}}  {each.value:>6.{each.digits}f}  {sign} {each.goal:<4g}  {said}")
    for each in measures:
        if each.missed:
            print(f"\n{each.what}:", *each.missed, sep="\n  ")


if __name__ == "__main__":
    main()
