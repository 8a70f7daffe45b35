"""The examples can be installed and read by the Pythons that they are meant for, and by Triton's own example clients."""

import ast
import json
import subprocess
import sys
import urllib.request

from server import ROOT

FOOD11 = ROOT / "examples" / "food11"
OLDEST_PYTHON = (3, 9)


def test_the_requirements_can_be_met_by_the_oldest_python(tmp_path):
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
            "--target", tmp_path, "--only-binary=:all:", "--python-version", "{}.{}".format(*OLDEST_PYTHON),
            "-r", FOOD11 / "requirements.txt",
        ],
        check=True,
        timeout=240,
    )  # fmt: skip


def test_the_programs_can_be_read_by_the_oldest_python():
    for program in ("classify.py", "write_request.py", "photograph.py"):
        ast.parse((FOOD11 / program).read_text(), feature_version=OLDEST_PYTHON)


def test_the_configuration_has_what_tritons_image_client_asks_for(server):
    """It wants one input of three dimensions with a format, and one output that is a vector of FP32."""
    with urllib.request.urlopen(f"http://{server.url}/v2/models/food_classifier_onnx/config") as answer:
        config = json.load(answer)
    (photograph,), (scores,) = config["input"], config["output"]
    assert photograph["format"] == "FORMAT_NCHW" and len(photograph["dims"]) == 3
    assert scores["data_type"] == "TYPE_FP32" and len(scores["dims"]) == 1
