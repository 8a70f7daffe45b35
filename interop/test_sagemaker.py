"""SageMaker's port, started as its containers are, by deploy/sagemaker/serve: one model, and many that come and go."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import textwrap

import numpy
import pytest
import tritonclient.http as triton

import models
import wire
from ports import free_port
from python_server import RUNTIME
from server import LAUNCHER, ROOT, Server

SERVE = ROOT / "deploy" / "sagemaker" / "serve"
MODEL = pathlib.Path("/opt/ml/model")  # where the platform lays things: fixed by its contract
MODELS = pathlib.Path("/opt/ml/models")
BINARY = "application/vnd.sagemaker-triton.binary+json;json-header-size="
TARGET = "X-Amzn-SageMaker-Target-Model"
FP32 = models.config([("IN", "FP32", [-1])], [("OUT", "FP32", [-1])], backend="identity")
# Makes an output of as many elements as a request says.
FILLED = models.graph(
    [("ConstantOfShape", ["COUNT"], ["OUT"], {})], [("COUNT", "INT64", [1])], [("OUT", "FP32", ["n"])]
)
TEXT = models.config([("IN", "BYTES", [1])], [("OUT", "BYTES", [1])], 0, backend="identity")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="writes to /opt/ml, as the platform does")


def start(log, port, **environment):
    """A server as the platform starts it; the flags of the tests' servers come last and change nothing here."""
    names = {"SAGEMAKER_BIND_TO_PORT": str(port), "NEREID": str(LAUNCHER), **environment}
    return Server(log, [], RUNTIME, launcher=SERVE, port=port, environment=names).wait_until("/ping")


@contextlib.contextmanager
def archive():
    """An empty folder where the platform lays a model; what another test has there is back afterwards."""
    kept = MODEL.with_suffix(".kept")
    if MODEL.exists():
        MODEL.rename(kept)
    try:
        MODEL.mkdir(parents=True)
        yield models.Repository(MODEL)
    finally:
        shutil.rmtree(MODEL)
        if kept.exists():
            kept.rename(MODEL)


def end(server):
    try:
        assert server.stop() == 0, server.log_text()
        assert "LEAK:" not in server.log_text(), server.log_text()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """One model, `only`, which the archive has alone."""
    shutil.rmtree(MODEL, ignore_errors=True)
    models.Repository(MODEL).add("only", FP32, {1: None})
    server = start(tmp_path_factory.mktemp("log") / "single.log", free_port())
    yield server.port
    end(server)
    shutil.rmtree(MODEL)


@pytest.fixture(scope="module")
def multi(tmp_path_factory):
    """No model to begin with; /invocations is flat JSON to `text`, which has to be loaded first."""
    shutil.rmtree(MODELS, ignore_errors=True)
    server = start(
        tmp_path_factory.mktemp("log") / "multi.log",
        free_port(),
        SAGEMAKER_MULTI_MODEL="true",
        SAGEMAKER_TRITON_DEFAULT_MODEL_NAME="text",
        SAGEMAKER_TRITON_INFERENCE_TYPE="generate",
    )
    yield server.port
    end(server)
    shutil.rmtree(MODELS)


def body_of(value, binary):
    data = triton.InferInput("IN", [1, 2], "FP32")
    data.set_data_from_numpy(numpy.array([[value, 2]], numpy.float32), binary_data=binary)
    out = triton.InferRequestedOutput("OUT", binary_data=binary)
    return triton.InferenceServerClient.generate_request_body([data], outputs=[out])


def ask(port, path, value, binary=True, **headers):
    """What the model makes of `value`, and the answer's content type."""
    body, length = body_of(value, binary)
    kind = "application/json" if length is None else f"{BINARY}{length}"
    answer = wire.exchange(port, "POST", path, body, {"Content-Type": kind, **headers})
    assert answer.status == 200, answer.text
    said = answer.headers["content-type"]
    size = int(said.removeprefix(BINARY)) if said.startswith(BINARY) else None
    assert "inference-header-content-length" not in answer.headers
    result = triton.InferenceServerClient.parse_response_body(answer.body, header_length=size)
    return result.as_numpy("OUT").tolist(), said


def load(port, name, url=None, **headers):
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return wire.exchange(port, "POST", "/models", {"model_name": name, "url": url or f"{MODELS}/{name}/model"}, named)


def unload(port, name):
    return wire.exchange(port, "DELETE", f"/models/{name}").status


def listed(port):
    return [model["modelName"] for model in wire.get(port, "/models").json()["models"]]


def test_ping_and_paths_that_are_none(single):
    assert wire.get(single, "/ping").status == 200
    assert wire.exchange(single, "POST", "/ping").status == 405
    for path in ("/", "/ping/", "/v2/health/ready", "/modelsx", "/models/a/b/invoke"):
        assert wire.get(single, path).status == 400, path


@pytest.mark.parametrize("binary", [True, False])
def test_invocations_binary_or_json(single, binary):
    values, said = ask(single, "/invocations", 7, binary)
    assert values == [[7, 2]]
    assert said.startswith(BINARY) if binary else said == "application/json"


def test_invocations_errors(single):
    body = wire.json_input("IN", "FP32", [1, 1], [1])
    assert wire.exchange(single, "POST", "/invocations", {"inputs": [body]}).status == 200
    assert wire.get(single, "/invocations").status == 405
    for size, text in [("x", "Unable to parse inference header size, got: x"), ("999", "should be in range (0, 2)")]:
        answer = wire.exchange(single, "POST", "/invocations", b"{}", {"Content-Type": BINARY + size})
        assert answer.status == 400
        assert text in answer.error
    # the port's way to say it counts, and no other
    plain = {"Inference-Header-Content-Length": "3"}
    assert wire.exchange(single, "POST", "/invocations", {"inputs": [body]}, plain).status == 200


def test_models_come_and_go(multi):
    models.Repository(MODELS / "first" / "model").add("m", f'name: "m"\n{FP32}', {1: None})
    models.Repository(MODELS / "second").add("model", FP32, {1: None})  # the archive is the model itself
    assert wire.get(multi, "/ping").status == 200
    assert load(multi, "first").status == 200
    assert load(multi, "second", X_Amzn_SageMaker_Target_Model="dir/b.tar.gz").status == 200
    assert load(multi, "first").status == 409
    assert listed(multi) == ["first", "second"]
    assert wire.get(multi, "/models/first").json() == {"modelName": "first", "modelUrl": f"{MODELS}/first/model"}
    assert ask(multi, "/models/first/invoke", 3)[0] == [[3, 2]]
    assert ask(multi, "/models/second/invoke", 4, **{TARGET: "dir/b.tar.gz"})[0] == [[4, 2]]
    assert ask(multi, "/models/second/invoke", 5)[0] == [[5, 2]]
    assert wire.exchange(multi, "POST", "/models/none/invoke", b"{}").status == 404
    for name in ("first", "second"):
        assert unload(multi, name) == 200
        assert unload(multi, name) == 404
        shutil.rmtree(MODELS / name)  # as the platform does
    assert listed(multi) == []
    assert wire.get(multi, "/models/first").status == 404


def test_what_goes_wrong_leaves_nothing(multi):
    repository = models.Repository(MODELS / "bad" / "model")
    repository.add("m", "backend: 'nonsense'", {1: None})
    assert load(multi, "bad").status == 400
    assert listed(multi) == []
    (MODELS / "bad" / "model" / "m" / "config.pbtxt").write_text(FP32)
    assert load(multi, "bad").status == 200
    answer = wire.exchange(multi, "POST", "/models/bad/invoke", b"nonsense")
    assert answer.status == 400  # which is 500 on the protocol's own port
    assert answer.error.startswith("failed to parse the request JSON buffer")
    coded = wire.exchange(multi, "POST", "/models/bad/invoke", b"{}", {"Content-Encoding": "br"})
    assert (coded.status, coded.headers["accept-encoding"]) == (415, "gzip, deflate")
    assert unload(multi, "bad") == 200


def test_no_memory_is_507_and_leaves_the_others(multi):
    """Where a model cannot be loaded for want of memory, and where a request asks for too much."""
    greedy = models.Repository(MODELS / "greedy" / "model")
    greedy.add("m", TEXT.replace('"identity"', '"python"'), {1: None})
    (greedy.folder / "m" / "1" / "model.py").write_text(
        textwrap.dedent("""
            class TritonPythonModel:
                def initialize(self, args):
                    bytearray(1 << 60)
            """)
    )
    filled = models.Repository(MODELS / "filled" / "model")
    filled.add("m", models.config([("COUNT", "INT64", [1])], [("OUT", "FP32", [-1])], 0), {1: FILLED})
    assert load(multi, "filled").status == 200
    answer = load(multi, "greedy")
    assert (answer.status, "MemoryError" in answer.error) == (507, True), answer.text
    assert listed(multi) == ["filled"]

    for count, status in [(3, 200), (1 << 50, 507), (3, 200)]:
        body = {"inputs": [wire.json_input("COUNT", "INT64", [1], [count])]}
        answer = wire.exchange(multi, "POST", "/models/filled/invoke", body)
        assert answer.status == status, answer.text
    assert unload(multi, "filled") == 200


@pytest.mark.parametrize(
    "body, text",
    [
        (b"nonsense", "failed to parse the request JSON buffer"),
        (b"", "the body is empty"),
        ({"url": "/opt/ml/models/a/model"}, "model_name: got none"),
        ({"model_name": "a", "url": "/dev/shm"}, "url: got '/dev/shm' (expected /opt/ml/models/<hash>/model"),
        ({"model_name": "a", "url": "/opt/ml/models/../../etc"}, "url: got "),
        ({"model_name": "a", "url": "/opt/ml/models/a"}, "url: got "),
        ({"model_name": "a", "url": "/opt/ml/models/a/model"}, "repository not found"),
    ],
)
def test_load_that_makes_no_sense(multi, body, text):
    answer = wire.exchange(multi, "POST", "/models", body)
    assert answer.status == 400
    assert text in answer.error


def test_several_models_of_which_none_is_an_ensemble(multi):
    repository = models.Repository(MODELS / "two" / "model")
    repository.add("a", FP32, {1: None})
    repository.add("b", FP32, {1: None})
    answer = load(multi, "two")
    assert answer.status == 400
    assert "[a, b] (expected one model, or several of which one is an ensemble)" in answer.error


def write_ensemble(name):
    """An archive of an ensemble and its only step, both named as in every other such archive."""
    repository = models.Repository(MODELS / name / "model")
    repository.add("step", FP32, {1: None})
    maps = 'input_map { key: "IN" value: "IN" } output_map { key: "OUT" value: "OUT" }'
    ensemble = f"""platform: "ensemble" max_batch_size: 8
        input {models.tensor_config("IN", "FP32", [-1])} output {models.tensor_config("OUT", "FP32", [-1])}
        ensemble_scheduling {{ step {{ model_name: "step" model_version: -1 {maps} }} }}"""
    repository.add("all", ensemble, {1: None})


def test_ensemble_goes_with_what_it_is_made_of(multi):
    write_ensemble("whole")
    assert load(multi, "whole").status == 200
    assert ask(multi, "/models/whole/invoke", 6)[0] == [[6, 2]]
    assert unload(multi, "whole") == 200
    assert load(multi, "whole").status == 200  # nothing of it was left
    assert unload(multi, "whole") == 200


def test_archives_may_have_models_of_the_same_name(multi):
    for name in ("left", "right"):
        write_ensemble(name)
        assert load(multi, name).status == 200
    assert ask(multi, "/models/left/invoke", 7)[0] == [[7, 2]]
    assert unload(multi, "left") == 200
    assert ask(multi, "/models/right/invoke", 8)[0] == [[8, 2]]
    assert unload(multi, "right") == 200


def test_invocations_of_generate(multi):
    assert wire.exchange(multi, "POST", "/invocations", {"IN": "a"}).status == 404
    models.Repository(MODELS / "t" / "model").add("m", TEXT, {1: None})
    assert load(multi, "t", X_Amzn_SageMaker_Target_Model="text").status == 200
    answer = wire.exchange(multi, "POST", "/invocations", {"IN": "hello"})
    assert (answer.status, answer.json()["OUT"]) == (200, "hello")
    assert unload(multi, "t") == 200


@pytest.mark.parametrize(
    "folders, environment, text",
    [
        ([], {}, "no model in /opt/ml/model"),
        (["a", "b"], {}, "several models in /opt/ml/model (a b): name one by SAGEMAKER_TRITON_DEFAULT_MODEL_NAME"),
        (["a"], {"SAGEMAKER_TRITON_DEFAULT_MODEL_NAME": "c"}, "there is no model 'c' in /opt/ml/model"),
    ],
)
def test_serve_says_what_is_wrong_with_the_archive(folders, environment, text):
    with archive():
        for folder in folders:
            (MODEL / folder).mkdir()
        variables = {**os.environ, **environment}
        run = subprocess.run([SERVE], env=variables, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 1
    assert text in run.stderr


@pytest.fixture
def told(tmp_path):
    """Runs `serve` with these variables, and returns what the server would be told; there are two GPUs."""
    for name, script in {"server": 'printf "%s\\n" "$@"', "nvidia-smi": "printf '%s\\n' 'GPU 0: A' 'GPU 1: B'"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    def run(**environment):
        path = f"{tmp_path}:{os.environ['PATH']}"
        variables = {"PATH": path, "NEREID": f"{tmp_path}/server", "SAGEMAKER_MULTI_MODEL": "true", **environment}
        finished = subprocess.run(
            [SERVE, "--last"], env=variables, capture_output=True, text=True, timeout=30, check=True
        )
        return finished.stdout.splitlines()

    return run


def test_serve_without_variables(told):
    assert told() == [
        *("--allow-sagemaker=true", "--allow-grpc=false", "--allow-http=false", "--allow-metrics=false"),
        *("--model-control-mode=explicit", "--model-namespacing=true", "--model-repository=/tmp/sagemaker", "--last"),
    ]


@pytest.mark.parametrize(
    "variable, value, expected",
    [
        ("SAGEMAKER_BIND_TO_PORT", "9090", ["--sagemaker-port=9090"]),
        ("SAGEMAKER_SAFE_PORT_RANGE", "9000-9999", ["--sagemaker-safe-port-range=9000-9999"]),
        ("SAGEMAKER_TRITON_THREAD_COUNT", "3", ["--sagemaker-thread-count=3"]),
        ("SAGEMAKER_TRITON_BUFFER_MANAGER_THREAD_COUNT", "2", ["--buffer-manager-thread-count=2"]),
        ("SAGEMAKER_TRITON_LOG_VERBOSE", "true", ["--log-verbose=true", "--access-log=-"]),
        ("SAGEMAKER_TRITON_LOG_VERBOSE", "false", ["--log-verbose=false"]),
        ("SAGEMAKER_TRITON_LOG_INFO", "false", ["--log-info=false"]),
        ("SAGEMAKER_TRITON_LOG_WARNING", "false", ["--log-warning=false"]),
        ("SAGEMAKER_TRITON_LOG_ERROR", "false", ["--log-error=false"]),
        ("SAGEMAKER_TRITON_SHM_DEFAULT_BYTE_SIZE", "65536", ["--backend-config=python,shm-default-byte-size=65536"]),
        ("SAGEMAKER_TRITON_SHM_GROWTH_BYTE_SIZE", "4096", ["--backend-config=python,shm-growth-byte-size=4096"]),
        ("SAGEMAKER_TRITON_MODEL_LOAD_GPU_LIMIT", "0.8", [f"--model-load-gpu-limit={gpu}:0.8" for gpu in (0, 1)]),
    ],
)
def test_serve_makes_a_flag_of_a_variable(told, variable, value, expected):
    assert [flag for flag in told(**{variable: value}) if flag not in told()] == expected


def test_serve_as_triton_s_takes_the_value_of_the_variable_against_namespaces(told):
    assert "--model-namespacing=false" in told(SAGEMAKER_TRITON_DISABLE_MODEL_NAMESPACING="false")


def test_invocations_of_generate_stream_with_every_variable(tmp_path):
    """Of an archive of several models; and the server takes all that `serve` may tell it."""
    with archive() as repository:
        repository.add("stream", models.repeat_config(), {1: None})
        repository.add("other", FP32, {1: None})
        port = free_port()
        server = start(
            tmp_path / "log",
            port,
            SAGEMAKER_TRITON_DEFAULT_MODEL_NAME="stream",
            SAGEMAKER_TRITON_INFERENCE_TYPE="generate_stream",
            SAGEMAKER_TRITON_PING_MODE="ready",
            SAGEMAKER_SAFE_PORT_RANGE="1024-65535",
            SAGEMAKER_TRITON_THREAD_COUNT="1",
            SAGEMAKER_TRITON_BUFFER_MANAGER_THREAD_COUNT="2",
            SAGEMAKER_TRITON_LOG_VERBOSE="true",
            SAGEMAKER_TRITON_LOG_INFO="true",
            SAGEMAKER_TRITON_LOG_WARNING="true",
            SAGEMAKER_TRITON_LOG_ERROR="true",
            SAGEMAKER_TRITON_SHM_DEFAULT_BYTE_SIZE="16777216",
            SAGEMAKER_TRITON_SHM_GROWTH_BYTE_SIZE="1048576",
            SAGEMAKER_TRITON_DISABLE_MODEL_NAMESPACING="true",
        )
        try:
            values = {"IN": [5, 6], "DELAY": [0, 0], "WAIT": 0}
            answer = wire.exchange(port, "POST", "/invocations", values)
            assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            events = [json.loads(event.removeprefix("data: ")) for event in answer.text.split("\n\n") if event]
            assert [event["OUT"] for event in events] == [5, 6]
            assert wire.exchange(port, "POST", "/invocations", {"IN": [5]}).status == 400
            end(server)
            assert '"model":"stream"' in server.log_text()
        finally:
            server.kill()
