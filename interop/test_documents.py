"""The documents against the code: differences from Triton name tests, every field is told; links to elsewhere are whole."""

import ast
import os
import pathlib
import re
import urllib.parse

import pytest
from tritonclient.grpc import model_config_pb2

from server import ROOT

HEADER = "| Triton | here | why | held by |"
# Links and addresses in angle brackets, in what no code block holds. Links within the repository: docs/build.
LINK = re.compile(r"\]\((\w+:[^)]*)\)|<(https?://[^>]*)>")
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
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


def documents():
    """Those of the tree; not of environments, nor of what is built, where folders come and go while other tests run."""
    yield from (ROOT / "README.md", ROOT / "CHANGELOG.md")
    for top in ROOT.glob("[bdei]*"):
        for folder, below, files in os.walk(top):
            below[:] = [name for name in below if not name.startswith(".") and name != "target"]
            yield from (pathlib.Path(folder, name) for name in files if name.endswith(".md"))


def links(document):
    for found in LINK.finditer(CODE.sub("", document.read_text())):
        yield found[1] or found[2]


def whole(link):
    """Whether it is an address of the web, encrypted unless it is of this machine."""
    parts = urllib.parse.urlsplit(link)
    here = parts.hostname in ("localhost", "127.0.0.1")
    return parts.scheme == ("http" if here else "https") and re.fullmatch(
        r"localhost|127\.0\.0\.1|[\w-]+(\.[\w-]+)+", parts.hostname or ""
    )


def test_links_to_elsewhere_are_whole():
    found = {link for path in documents() for link in links(path)}
    assert len(found) > 5
    assert [link for link in found if not whole(link)] == []


@pytest.mark.parametrize(
    "link", ["http://onnx.ai", "https://onnx", "https:/onnx.ai", "ftp://onnx.ai", "https://on nx.ai"]
)
def test_what_is_no_link_is_found(link):
    assert not whole(link)


def fields(message, path=""):
    """The paths of what can be set in a message: what is below a map is told with it."""
    for field in message.fields:
        below = field.message_type
        if below is None or below.GetOptions().map_entry or not below.fields:
            yield path + field.name
        else:
            yield from fields(below, f"{path}{field.name}.")


def test_every_field_of_a_configuration_is_told():
    rows = re.findall(r"^\| (`[^|]*`) \|", (ROOT / "docs" / "model-configuration.md").read_text(), re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`([^`]*)`", row)]
    assert sorted(told) == sorted(fields(model_config_pb2.ModelConfig.DESCRIPTOR))


def test_every_decision_is_in_the_list():
    folder = ROOT / "docs" / "decisions"
    titles = {path.name: path.read_text().splitlines()[0] for path in folder.glob("0*.md")}
    listed = re.findall(r"^(\d+\. )\[(.+)\]\((.+)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert {name: f"# {number}{title}" for number, title, name in listed} == titles
