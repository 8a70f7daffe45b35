"""What the documents tell their readers to type works, and prints what they say (runnable.py says how it is marked)."""

import ast
import functools
import json
import re
import subprocess
from xml.etree import ElementTree

import pytest
import yaml
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from runnable import PAGES, Nereid, Reader, alike, blocks, free_ports
from server import FOOD11_MODELS, ROOT
from tutorial import commands

RUNNABLE = [page for page in PAGES if any(block.mark for block in blocks(page))]
ALL = [(page, block) for page in PAGES for block in blocks(page) if block.language]
# Languages that only say how a block is coloured.
NOT_CHECKED = ("text", "java", "proto", "dockerfile")
MUST_RUN = ("README.md", "docs/quickstart/curl.md", "docs/quickstart/python.md", "docs/quickstart/java.md")


def name(page):
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example, which most pages start."""
    log = tmp_path_factory.mktemp("example") / "server.log"
    server = Nereid(f"--model-repository={FOOD11_MODELS}", free_ports(), log)
    try:
        yield server
        server.stop()
    finally:
        server.service.kill()


@pytest.mark.parametrize("page", RUNNABLE, ids=name)
def test_page(page, tmp_path, example):
    reader = Reader(tmp_path, example)
    try:
        reader.read(page)
    finally:
        reader.stop()


def test_the_first_pages_are_run():
    assert set(MUST_RUN) <= set(map(name, RUNNABLE))


@pytest.mark.parametrize(
    "expected, printed, same",
    [
        ('{"a": [1.5, "x"]}', '{"a":[1.50001,"x"]}', True),
        ('{"a": [1.5, "x"]}', '{"a":[1.6,"x"]}', False),
        ('{"a": 1}', '{"a":1,"b":2}', False),
        ("one 0.9999\ntwo", "one 0.99991\ntwo\n", True),
        ("one 0.9999\ntwo", "one 0.5\ntwo\n", False),
        ("first\n...\nlast", "first\nsecond\nthird\nlast\n", True),
        ("first\n...\nlast", "first\nsecond\n", False),
        ("all\n...", "all\n", True),
        ("some (text)", "some text\n", False),
    ],
)
def test_what_is_alike(expected, printed, same):
    assert alike(expected, printed) == same


def parses(language, text):
    """Nothing; an exception where the text is not written in this language. Fragments of a configuration are."""
    if language in ("bash", "console"):
        script = text if language == "bash" else "\n".join(command.text for command in commands(text))
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
    elif language == "python":
        ast.parse(text)
    elif language == "json":
        json.loads(text)
    elif language == "xml":
        ElementTree.fromstring(text)
    elif language == "yaml":
        list(yaml.safe_load_all(text))
    elif language == "pbtxt":
        text_format.Parse(text, model_config_pb2.ModelConfig())
    else:
        assert language in NOT_CHECKED, f"'{language}' is not among the languages of documents"


@pytest.mark.parametrize(
    ("language", "text"),
    [pytest.param(block.language, block.text, id=f"{name(page)}:{block.line}") for page, block in ALL],
)
def test_what_nobody_runs_is_written_in_its_language(language, text):
    parses(language, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("bash", "if true"),
        ("console", "$ echo 'no end\nno end"),
        ("python", "def"),
        ("json", "{'a': 1}"),
        ("yaml", "a: [1"),
        ("pbtxt", 'nam: "x"'),
        ("abacus", ""),
    ],
)
def test_what_is_not_is_found(language, text):
    with pytest.raises((AssertionError, SyntaxError, ValueError, yaml.YAMLError, text_format.ParseError)):
        parses(language, text)


def scripts(page):
    """The commands of a page, whether they are run or not."""
    for block in blocks(page):
        if block.language == "console":
            yield from (command.text for command in commands(block.text))
        elif block.language == "bash":
            yield block.text


def test_files_in_commands_are_there():
    """Those of the checkout, in pages whose reader is at the top of it."""
    pages = [page for page in PAGES if "examples" not in page.parts and page.name != "tutorial.md"]
    path = re.compile(r"(?<![\w/.-])(?:deploy|docs|examples|bench|interop)/[\w/.-]*\w")
    named = {found for page in pages for script in scripts(page) for found in path.findall(script)}
    assert len(named) > 10
    assert {found for found in named if not (ROOT / found).exists()} == set()


def test_values_of_the_chart_in_commands_are_there():
    values = yaml.safe_load((ROOT / "deploy/helm/nereid/values.yaml").read_text())
    named = {
        key for page in PAGES for script in scripts(page) for key in re.findall(r"(?:--set |,)(\w+(?:\.\w+)+)=", script)
    }
    assert {"image.repository", "repository.objectStore"} <= named
    for key in named:
        functools.reduce(lambda inner, name: inner[name], key.split("."), values)
