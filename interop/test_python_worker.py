"""The Python side of a Python model's instance by itself: its own tests, its style and its types."""

import pathlib
import subprocess
import sys

import pytest

WORKER = pathlib.Path(__file__).parent.parent / "backends/src/main/python"
TESTS = WORKER.parent.parent / "test/python"


@pytest.mark.parametrize("arguments", [
    ("pytest", "-q", "-p", "no:cacheprovider", str(TESTS)),
    ("ruff", "check", "--no-cache", "--config", "pyproject.toml", ".", str(TESTS)),
    ("mypy", "--cache-dir=/dev/null", "nereid_worker", "triton_python_backend_utils.py", "c_python_backend_utils.py"),
], ids=["tests", "style", "types"])
def test_the_worker(arguments):
    run = subprocess.run([sys.executable, "-B", "-m", *arguments], cwd=WORKER, capture_output=True, text=True,
                         timeout=300)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
