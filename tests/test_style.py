"""The code keeps to its own bar (`make style`)."""

import ast

import pytest
from style import (
    File,
    Measure,
    count_body,
    count_code,
    count_lines,
    find_functions,
    find_public,
    find_undocumented,
    measure_style,
)


@pytest.fixture(scope="module")
def measures() -> dict[str, Measure]:
    """All measures by name."""
    return {each.what: each for each in measure_style()}


def file_of(text: str) -> File:
    """A file that holds a text."""
    return File("a.py", text, ast.parse(text))


def test_every_goal_is_reached(measures):
    assert {name: each.missed for name, each in measures.items() if not each.reached} == {}


def test_a_docstring_is_no_line_of_a_function_nor_of_code():
    file = file_of(
        '"""Of it all."""\n\n\ndef f(x: int) -> int:\n    """Tell.\n\n    More.\n    """\n    # why\n    return x\n'
    )
    function = file.tree.body[1]
    assert isinstance(function, ast.FunctionDef)
    assert count_body(function) == 1
    assert count_code(file) == 2


def test_a_parameter_without_a_type_is_found():
    typed, untyped = find_functions([file_of("def f(*, x: int) -> None: ...\ndef g(*more) -> None: ...\n")], {})
    assert typed.typed
    assert typed.parameters == 1
    assert not untyped.typed


def test_options_by_name_of_a_public_function_are_counted_apart():
    text = "def f(a: int, *, b: int, c: int = 0, d: None = None) -> None: ..."
    (shown,) = find_functions([file_of(text)], find_public(file_of('_HOMES = {"f": "a"}')))
    (hidden,) = find_functions([file_of(text)], {"f": "b.py"})
    assert (shown.parameters, shown.named) == (2, 2)
    assert (hidden.parameters, hidden.named) == (4, 0)


def test_of_a_list_of_records_lines_of_code_are_counted():
    text = '"""All."""\n\nx = 1\n"""One."""\n'
    assert count_lines(File("records.py", text, ast.parse(text))) == 1
    assert count_lines(file_of(text)) == 4


def test_what_says_nothing_of_itself_is_found():
    text = '''"""A."""
@dataclass
class Told:
    """Has a width."""
    width: int
    height: int
    """Rows."""
    depth: int
    def run(self): ...
'''
    assert find_undocumented([file_of(text)]) == ["a.py: Told.depth", "a.py: Told.run"]
