"""Vertex AI's port, as the platform's environment has it: requests, redirections, and starts that must fail."""

import os
import subprocess

import numpy
import pytest
import tritonclient.http as triton

import models
import wire
from ports import free_port
from server import LAUNCHER, Server

BINARY = "application/vnd.vertex-ai-triton.binary+json;json-header-size="
REDIRECT = "X-Vertex-Ai-Triton-Redirect"
ROUTES = {"AIP_MODE": "PREDICTION", "AIP_PREDICT_ROUTE": "/v1/endpoints/1:predict", "AIP_HEALTH_ROUTE": "/health"}
PREDICT = ROUTES["AIP_PREDICT_ROUTE"]
FP32 = models.config([("IN", "FP32", [-1])], [("OUT", "FP32", [-1])], backend="identity")
BODY = {"inputs": [wire.json_input("IN", "FP32", [1, 2], [1, 2])]}


@pytest.fixture(scope="module")
def vertex(tmp_path_factory):
    """A port that serves the model `only`; HTTP and gRPC are off because the platform's mode says so."""
    folder = tmp_path_factory.mktemp("vertex")
    models.Repository(folder).add("only", FP32, {1: None})
    port = free_port()
    flags = ["--allow-metrics=true", "--metrics-port", str(free_port())]
    environment = {**ROUTES, "AIP_HTTP_PORT": str(port)}
    server = Server(folder / "server.log", [folder], *flags, port=port, environment=environment)
    try:
        server.wait_until("/health")
        yield server
        assert server.stop() == 0, server.log_text()
        assert "LEAK:" not in server.log_text(), server.log_text()
    finally:
        server.kill()


def redirect(server, path, body=None, method="POST"):
    return wire.exchange(server.port, method, PREDICT, body, {REDIRECT: path})


def test_health(vertex):
    assert wire.get(vertex.port, "/health").status == 200
    assert wire.exchange(vertex.port, "POST", "/health").status == 405
    assert wire.get(vertex.port, "/v2/health/live").status == 400


def test_predict_json(vertex):
    answer = wire.exchange(vertex.port, "POST", PREDICT, BODY)
    assert answer.status == 200
    assert answer.json()["outputs"][0]["data"] == [1, 2]
    assert answer.json()["model_name"] == "only"
    assert wire.get(vertex.port, PREDICT).status == 405


def test_predict_binary_is_said_by_the_type_and_answered_by_the_header(vertex):
    data = triton.InferInput("IN", [1, 2], "FP32")
    data.set_data_from_numpy(numpy.array([[3, 4]], numpy.float32))
    body, length = triton.InferenceServerClient.generate_request_body([data])
    for headers in ({}, {REDIRECT: "v2/models/only/infer"}):
        kind = {"Content-Type": f"{BINARY}{length}", **headers}
        answer = wire.exchange(vertex.port, "POST", PREDICT, body, kind)
        assert answer.status == 200, answer.text
        assert answer.headers["content-type"] == "application/octet-stream"
        size = int(answer.headers["inference-header-content-length"])
        result = triton.InferenceServerClient.parse_response_body(answer.body, header_length=size)
        assert result.as_numpy("OUT").tolist() == [[3, 4]]


@pytest.mark.parametrize(
    "path",
    [
        "v2",
        "v2/health/live",
        "v2/health/ready",
        "v2/models/only",
        "v2/models/only/ready",
        "v2/models/only/config",
        "v2/models/stats",
        "v2/models/only/versions/1/stats",
        "v2/systemsharedmemory/status",
        "v2/cudasharedmemory/status",
        "v2/repository/index",
        "metrics",
    ],
)
def test_redirections_that_read(vertex, path):
    assert redirect(vertex, path).status == 200
    assert redirect(vertex, path, method="GET").status == 405


def test_redirection_to_a_model(vertex):
    assert redirect(vertex, "v2/models/only/infer", BODY).json()["outputs"][0]["data"] == [1, 2]
    missing = redirect(vertex, "v2/models/none/infer", BODY)
    assert missing.status == 404
    assert missing.error.startswith("Request for unknown model: 'none' is not found")
    assert "nv_inference_request_success" in redirect(vertex, "metrics").text


@pytest.mark.parametrize(
    "path",
    [
        "v2/repository/models/only/load",
        "v2/repository/models/only/unload",
        "v2/systemsharedmemory/unregister",
        "v2/systemsharedmemory/region/r/register",
        "v2/cudasharedmemory/region/r/unregister",
    ],
)
def test_redirections_that_change_something(vertex, path):
    assert redirect(vertex, path, {}).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/v2",
        "v2/",
        "v2?x=1",
        "v2/health",
        "v2/logging",
        "v2/trace/setting",
        "v2/models/only/generate",
        "metrics/",
        "console",
    ],
)
def test_redirections_to_nothing(vertex, path):
    answer = redirect(vertex, path, {})
    assert answer.status == 400
    assert path in answer.error


def test_nothing_else_listens(vertex):
    log = vertex.log_text()
    assert f"Started Vertex AI HTTPService at 0.0.0.0:{vertex.port}" in log
    assert "Started HTTPService" not in log
    assert "Started GRPCInferenceService" not in log


def failed_start(folder, *flags, **environment):
    """What a server says that does not start."""
    variables = {**os.environ, "AIP_HTTP_PORT": str(free_port()), **environment}
    command = [LAUNCHER, "--model-repository", folder, "--allow-metrics=false", *flags]
    run = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    return run.stderr


def test_start_without_a_route(tmp_path):
    models.Repository(tmp_path).add("only", FP32, {1: None})
    start = "failed to start Vertex AI service: Invalid argument - "
    said = failed_start(tmp_path, AIP_MODE="PREDICTION")
    assert f"{start}API_PREDICT_ROUTE is not defined for Vertex AI endpoint" in said
    said = failed_start(tmp_path, AIP_MODE="PREDICTION", AIP_PREDICT_ROUTE="/p")
    assert f"{start}AIP_HEALTH_ROUTE is not defined for Vertex AI endpoint" in said


def test_start_without_a_default_model(tmp_path):
    repository = models.Repository(tmp_path)
    repository.add("a", FP32, {1: None})
    repository.add("b", FP32, {1: None})
    said = failed_start(tmp_path, **ROUTES)
    assert "Expect the model repository contains only a single model if default model is not specified" in said
    said = failed_start(tmp_path, "--vertex-ai-default-model=c", **ROUTES)
    assert "Expect the default model 'c' is loaded" in said
