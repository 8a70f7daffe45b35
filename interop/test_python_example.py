"""examples/food11/models_python: the tutorial's food classifier with torch.

Needs a Python with torch and torchvision: Debian's python3-torch and python3-torchvision under /usr/bin/python3, or
what TORCH_PYTHON names. Skipped where there is none.
"""

import base64
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tritonclient.http

from python_client import http, http_inputs, infer
from python_server import OurServer
from server import FOOD11_MODELS, ROOT
from test_perf_analyzer import analyze, assert_times_add_up

FOOD11 = ROOT / "examples" / "food11"
TORCH_PYTHON = os.environ.get("TORCH_PYTHON", "/usr/bin/python3")
PHOTOGRAPHS = ["fruits.jpg", "orange.jpg"]
sys.path.insert(0, str(FOOD11))
from photograph import to_tensor  # noqa: E402


def has_torch():
    try:
        found = subprocess.run([TORCH_PYTHON, "-c", "import torch, torchvision, PIL"], capture_output=True, timeout=60)
        return found.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not has_torch(),
        reason=f"{TORCH_PYTHON} has no torch and torchvision: apt-get install python3-torch python3-torchvision",
    ),
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """food11.pth, built as the README says."""
    path = tmp_path_factory.mktemp("weights") / "food11.pth"
    subprocess.run([TORCH_PYTHON, "-B", str(FOOD11 / "build_torch_model.py"), str(path)], check=True, timeout=120)
    return path


@pytest.fixture(scope="module")
def repository(weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("food") / "models"
    shutil.copytree(FOOD11 / "models_python", folder)
    shutil.copy(weights, folder / "food_classifier" / "1")
    return folder


@pytest.fixture(scope="module")
def start_food(tmp_path_factory):
    started = []

    def start(*repositories, flags=()):
        runtime = f"--backend-config=python,python-runtime={TORCH_PYTHON}"
        log = tmp_path_factory.mktemp("log") / "server.log"
        started.append(OurServer(log, repositories, runtime, *flags))
        return started[-1].wait_until()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def onnx(tmp_path_factory):
    """A repository with food_classifier_onnx alone: the example's own food_classifier is another one."""
    folder = tmp_path_factory.mktemp("onnx")
    shutil.copytree(FOOD11_MODELS / "food_classifier_onnx", folder / "food_classifier_onnx")
    return folder


@pytest.fixture(scope="module")
def food(start_food, repository, onnx):
    return start_food(repository, onnx)


def photograph(name):
    return base64.b64encode((FOOD11 / "images" / name).read_bytes())


def logits_of_onnx(server):
    rows = np.stack([to_tensor(FOOD11 / "images" / name) for name in PHOTOGRAPHS])
    with http(server) as client:
        return client.infer("food_classifier_onnx", http_inputs({"input": rows})).as_numpy("output"), rows


def test_the_module_answers_what_the_onnx_model_answers(food, weights, tmp_path):
    expected, rows = logits_of_onnx(food)
    np.save(tmp_path / "rows.npy", rows)
    source = (
        "import sys, torch, numpy as np\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "model = torch.load(sys.argv[2], map_location='cpu', weights_only=False).eval()\n"
        "with torch.no_grad():\n"
        "    np.save(sys.argv[4], model(torch.from_numpy(np.load(sys.argv[3]))).numpy())\n"
    )
    version = FOOD11 / "models_python" / "food_classifier" / "1"
    arguments = [version, weights, tmp_path / "rows.npy", tmp_path / "logits.npy"]
    subprocess.run([TORCH_PYTHON, "-B", "-c", source, *map(str, arguments)], check=True, timeout=120)
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), expected, atol=1e-3)


def test_label_and_probability_are_those_of_the_onnx_model(food):
    expected, _ = logits_of_onnx(food)
    labels = (FOOD11_MODELS / "food_classifier_onnx" / "labels.txt").read_text().splitlines()
    sent = np.array([[photograph(name)] for name in PHOTOGRAPHS], dtype=object)
    got = infer(food, "food_classifier", {"INPUT_IMAGE": sent})
    assert got.as_numpy("FOOD_LABEL").tolist() == [[labels[row.argmax()].encode()] for row in expected]
    probability = 1 / (1 + np.exp(-expected.max(axis=1, keepdims=True)))
    np.testing.assert_allclose(got.as_numpy("PROBABILITY"), probability, atol=1e-4)


def test_as_the_tutorials_application_asks(food):
    """The text itself as one string, both outputs as JSON."""
    tensor = tritonclient.http.InferInput("INPUT_IMAGE", [1, 1], "BYTES")
    tensor.set_data_from_numpy(np.array([[photograph("fruits.jpg").decode()]], dtype=object))
    outputs = [
        tritonclient.http.InferRequestedOutput(name, binary_data=False) for name in ("FOOD_LABEL", "PROBABILITY")
    ]
    with http(food) as client:
        got = client.infer("food_classifier", [tensor], outputs=outputs)
    assert got.as_numpy("FOOD_LABEL")[0, 0] == "Vegetable/Fruit"
    assert got.as_numpy("PROBABILITY")[0, 0] > 0.99


def test_the_prediction_service_asks_it(food, start_application):
    """The tutorial's variant with PyTorch: examples/gourmetgram before this model."""
    service = start_application("service", "--backend=http", f"--server={food.url}", "--model=food_classifier")
    body = json.dumps({"image": photograph("fruits.jpg").decode()})
    status, answer = service.ask_json("POST", "/predict", body)
    assert (status, answer["prediction"]) == (200, "Vegetable/Fruit")
    assert answer["probability"] > 0.99


def test_what_is_no_photograph_is_an_error_with_its_reason(food):
    tensor = np.array([[base64.b64encode(b"no photograph")]], dtype=object)
    with pytest.raises(tritonclient.http.InferenceServerException, match="UnidentifiedImageError"):
        infer(food, "food_classifier", {"INPUT_IMAGE": tensor})


def test_perf_analyzer_as_the_tutorial_calls_it(food, tmp_path):
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"data": [{"INPUT_IMAGE": [photograph("orange.jpg").decode()]}]}))
    for batch, concurrency in ((1, 8), (16, 1)):
        flags = ["-b", str(batch), "--input-data", str(path)]
        report = analyze(food, "food_classifier", [concurrency], *flags, requests=8)
        assert_times_add_up(report, [concurrency])


def test_a_configuration_for_a_gpu_is_served_without_one(start_food, repository, tmp_path):
    """The tutorial's own instance group, and torch.cuda.set_device in initialize for kind GPU."""
    folder = tmp_path / "gpu"
    shutil.copytree(repository, folder)
    config = folder / "food_classifier" / "config.pbtxt"
    config.write_text(config.read_text() + "instance_group [ { count: 2 kind: KIND_GPU gpus: [ 0 ] } ]\n")
    server = start_food(folder, flags=["--gpu-fallback=cpu"])
    sent = np.array([[photograph("fruits.jpg")]], dtype=object)
    assert infer(server, "food_classifier", {"INPUT_IMAGE": sent}).as_numpy("FOOD_LABEL")[0, 0] == b"Vegetable/Fruit"
