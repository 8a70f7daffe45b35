"""examples/notebooks: each runs to its end against the built server, in the environment that its README makes."""

import json
import os
import pathlib
import subprocess

import pytest

from server import FOOD11_MODELS, JAVA_OPTIONS, LAUNCHER, ROOT

NOTEBOOKS = ROOT / "examples" / "notebooks"
PYTHON = pathlib.Path(__file__).resolve().parent / ".venv-notebooks" / "bin" / "python"
EXECUTE = (
    "import sys, nbformat, nbclient\n"
    "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
    "nbclient.NotebookClient(notebook, timeout=240, resources={'metadata': {'path': sys.argv[2]}}).execute()\n"
    "nbformat.write(notebook, sys.argv[3])\n"
)
NAMES = ["1_first_request", "2_instances_and_batching", "3_python_model", "4_pipeline"]


def execute(name, folder, shorter=(), **environment):
    """What each code cell of the notebook gave, by the cell's id; an error in one fails the test. `shorter`: pairs (text,
    replacement) in the notebook, which make a load short."""
    text = (NOTEBOOKS / f"{name}.ipynb").read_text()
    for before, after in shorter:
        assert before in text, f"{name} has no {before!r}"
        text = text.replace(before, after)
    (folder / "executed.ipynb").write_text(text)
    output = folder / f"{name}.ipynb"
    finished = subprocess.run(
        [PYTHON, "-B", "-c", EXECUTE, folder / "executed.ipynb", NOTEBOOKS, output],
        env={**os.environ, **JAVA_OPTIONS, "NEREID": str(LAUNCHER), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=480,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout
    cells = json.loads(output.read_text())["cells"]
    return {cell["id"]: Given(cell["outputs"]) for cell in cells if cell["cell_type"] == "code"}


class Given:
    def __init__(self, outputs):
        self.text = "".join("".join(part["text"]) for part in outputs if part["output_type"] == "stream")
        self.types = {kind for part in outputs for kind in part.get("data", {})}


@pytest.fixture(autouse=True)
def nothing_of_the_callers(monkeypatch):
    monkeypatch.delenv("NEREID_URL", raising=False)


def assert_ended(given):
    assert "the server has ended, exit code 0" in given["stop"].text


def test_every_notebook_is_tested():
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_outputs(name):
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    for cell in notebook["cells"]:
        assert cell["id"] and cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None


def test_first_request(tmp_path):
    given = execute("1_first_request", tmp_path)
    assert_first_request(given)
    assert_ended(given)


def assert_first_request(given):
    assert given["index"].text.startswith("live True ready True\n")
    assert '"platform": "onnxruntime_onnx"' in given["metadata"].text
    assert "image/png" in given["photograph"].types
    assert given["raw"].text.startswith("Vegetable/Fruit 0.99")
    assert given["tensor"].text == "(2, 3, 224, 224) float32 1204224 bytes\n"
    assert given["labels"].text.count(":10:Vegetable/Fruit', '") == 2
    assert "Expected [-1,3,224,224], got [1,3]" in given["mistake"].text


def test_first_request_to_a_server_that_runs(start_server, tmp_path):
    server = start_server([FOOD11_MODELS]).wait_until()
    given = execute("1_first_request", tmp_path, NEREID_URL=f"http://{server.url}/", NEREID="/nowhere")
    assert_first_request(given)
    assert f"{server.url} goes on" in given["stop"].text
    assert server.stop() == 0


def test_instances_and_batching(tmp_path):
    # Five times as many as one instance can: how long it took may be said by a moment at which others used the machine.
    shorter = [("REQUESTS = 48", "REQUESTS = 12"), ("poisson(rate, 150)", "poisson(5 * rate, 60)")]
    given = execute("2_instances_and_batching", tmp_path, shorter)
    assert "'count': 1" in given["configure"].text
    assert given["measure"].text.count("p99") == 8
    assert "image/png" in given["plot"].types and "image/png" in given["histogram"].types
    _, alone, _, batched = given["batching"].text.splitlines()
    assert alone.split(maxsplit=7)[-1] == "{1: 60}"
    assert batched.startswith("dynamic batching ") and "{1: 60}" not in batched
    assert "preferred_size" in given["why"].text or "instance_idle" in given["why"].text
    assert given["stop"].text.startswith("False\n")
    assert_ended(given)


def test_python_model(tmp_path):
    given = execute("3_python_model", tmp_path)
    rows = given["ask"].text.splitlines()
    assert len(rows) == 2 and all(row.startswith("['Vegetable/Fruit 0.99") and row.count(",") == 2 for row in rows)
    assert given["change"].text == "(1, 5)\n"
    assert "AttributeError: 'TritonPythonModel' object has no attribute 'answr'" in given["broken"].text
    assert "no_such_module" in given["refused"].text and "True b'Vegetable/Fruit'" in given["refused"].text
    assert "requests in this batch: 1" in given["log"].text
    assert_ended(given)


def test_pipeline(tmp_path):
    given = execute("4_pipeline", tmp_path)
    assert [line.split()[1] for line in given["steps"].text.splitlines()] == [
        "food_image",
        "food_classifier_onnx",
        "food_labels",
    ]
    assert given["ask"].text.startswith("Vegetable/Fruit 0.99")
    label, probability = given["same"].text.splitlines()[0].split()
    assert label == "Vegetable/Fruit" and abs(float(probability) - float(given["ask"].text.split()[1])) < 1e-4
    explained = json.loads(given["explain"].text)
    assert explained["critical_path"] == [0, 1, 2] and len(explained["steps"]) == 3
    assert "image/png" in given["plot"].types
    assert given["batch"].text.startswith("(16, 1) ")
    assert given["batch"].text.count(", (16, 1)]") == 3
    assert "in ensemble 'food_classifier', input 'INPUT_IMAGE', image 0 of 1: got text (expected" in given["error"].text
    assert_ended(given)
