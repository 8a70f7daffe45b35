"""What docs/compatibility.md says to be different on purpose is held by tests that are there."""

import ast
import re

import pytest

from server import ROOT

HEADER = "| Triton | here | why | held by |"
TESTS = [
    *ROOT.glob("*/src/test/java/**/*Test.java"),
    *ROOT.glob("server/*/src/test/java/**/*Test.java"),
    *ROOT.glob("interop/test_*.py"),
]


def rows():
    """(what Triton does, the cell that names tests) of every row of the tables under HEADER."""
    inside = False
    for line in (ROOT / "docs" / "compatibility.md").read_text().splitlines():
        if line == HEADER:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            yield cells[0], cells[-1] if len(cells) == 4 else ""


def names():
    found = {path.stem for path in TESTS}
    for path in TESTS:
        found |= set(re.findall(r"(?:\bvoid |^def |^async def )(\w+)\(", path.read_text(), re.M))
    return found


@pytest.fixture(scope="module")
def known():
    return names()


def test_every_table_of_differences_names_tests():
    text = (ROOT / "docs" / "compatibility.md").read_text()
    assert text.count("| Triton | here |") == text.count(HEADER) > 5


@pytest.mark.parametrize(("difference", "tests"), list(rows()), ids=lambda text: text[:40])
def test_a_difference_is_held_by_a_test(known, difference, tests):
    named = re.findall(r"`([\w.]+)`", tests)
    assert named, f"'{difference}' names no test"
    assert {part for name in named for part in name.split(".")} <= known


def only_ours(path):
    """The tests of a file that a real Triton is not asked, without their test_."""
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    return {
        function.name.removeprefix("test_")
        for function in functions
        for decorator in function.decorator_list
        if ast.unparse(decorator).startswith("pytest.mark.only_ours(")
    }


def test_the_readme_lists_what_a_real_triton_is_not_asked():
    found = set().union(*(only_ours(path) for path in ROOT.glob("interop/test_python_*.py")))
    found |= only_ours(ROOT / "interop" / "test_iterative_sequences.py")
    assert len(found) > 40
    readme = (ROOT / "interop" / "README.md").read_text()
    assert {name for name in found if f"`{name}`" not in readme} == set()
