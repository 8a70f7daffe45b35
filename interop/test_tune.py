"""`nereid tune` on a small model: it tries, decides, writes a configuration that serves, and leaves the repository alone."""

import os
import shutil
import subprocess

import pytest

import wire
from server import FOOD11_MODELS, JAVA_OPTIONS, LAUNCHER, ROOT

FOUND, NOTHING_WITHIN, USAGE, FAILED = range(4)
QUICK = ("--window-ms=50", "--concurrency-range=1:4", "--delays-us=0", "--instances=1,2", "--threads=1")


def tune(*arguments):
    """Runs it to its end; .returncode, .stdout and .stderr."""
    return subprocess.run(
        [str(LAUNCHER), "tune", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, **JAVA_OPTIONS}, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True,
        timeout=180,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    """The ONNX model of the example."""
    shutil.copytree(FOOD11_MODELS / "food_classifier_onnx", tmp_path / "models/food_classifier_onnx")
    return tmp_path / "models"


def test_the_configuration_that_it_writes_is_served(repository, tmp_path, start_server):
    written = (repository / "food_classifier_onnx/config.pbtxt").read_text()
    tuned = tmp_path / "tuned.pbtxt"

    finished = tune("food_classifier_onnx", "--model-repository", repository, "--output", tuned, *QUICK)

    assert finished.returncode == FOUND, finished.stderr
    assert "Best: " in finished.stdout and "as written" in finished.stdout
    assert (repository / "food_classifier_onnx/config.pbtxt").read_text() == written
    (repository / "food_classifier_onnx/config.pbtxt").write_text(tuned.read_text())
    server = start_server([repository]).wait_until()
    config = wire.get(server.port, "/v2/models/food_classifier_onnx/config").json()
    assert config["instance_group"][0]["count"] in (1, 2)
    assert config["parameters"]["intra_op_thread_count"]["string_value"] == "1"


def test_a_limit_that_nothing_keeps(repository):
    finished = tune("food_classifier_onnx", "--model-repository", repository, "--max-p99-ms=1", *QUICK)

    assert finished.returncode == NOTHING_WITHIN, finished.stderr
    assert "within the limit" in finished.stdout and "config.pbtxt to use" not in finished.stdout


def test_what_cannot_be_tuned_is_said(repository):
    unknown = tune("resnet", "--model-repository", repository)
    ensemble = tune("food_classifier", "--model-repository", FOOD11_MODELS)

    assert unknown.returncode == FAILED and "it has food_classifier_onnx" in unknown.stderr
    assert ensemble.returncode == FAILED, ensemble.stderr
    assert tune("resnet").returncode == USAGE
