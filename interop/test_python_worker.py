"""The Python side of a Python model's instance by itself: its own tests, its style and its types."""

import os
import pathlib
import subprocess
import sys

import pytest

WORKER = pathlib.Path(__file__).parent.parent / "backends/src/main/python"
TESTS = WORKER.parent.parent / "test/python"
# Its tests start some two hundred processes: a minute where nothing else runs, several where much does.
SECONDS = 900


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("arguments", [
    ("pytest", "-q", "-p", "no:cacheprovider", str(TESTS)),
    ("ruff", "check", "--no-cache", "--config", "pyproject.toml", ".", str(TESTS)),
    ("mypy", "--cache-dir=/dev/null", "nereid_worker", "triton_python_backend_utils.py", "c_python_backend_utils.py"),
], ids=["tests", "style", "types"])
def test_the_worker(arguments, tmp_path):
    """Each of its tests starts Python anew: what that compiles is kept beside the sources' tree."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept |= {"PYTHONPYCACHEPREFIX": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, "-m", *arguments], cwd=WORKER, env=kept, capture_output=True, text=True,
                         timeout=SECONDS)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
