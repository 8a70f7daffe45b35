"""Models that cannot load: what the log says, what the server does."""

import pytest

import wire
from ports import free_port
from server import Server, flags_for, run_launcher

BAD_MODELS = ["broken_onnx", "no_version", "unknown_backend", "wrong_datatype", "wrong_name", "decoupled_onnx", "many_mistakes"]


@pytest.fixture(scope="module")
def lenient(tmp_path_factory, failing_models):
    """A server over the failing models that goes on all the same."""
    running = Server(tmp_path_factory.mktemp("log") / "server.log", [failing_models], "--exit-on-error=false")
    try:
        yield running.wait_until_started()
        assert running.stop() == 0, running.log_text()
    finally:
        running.kill()


def test_by_default_a_failing_model_ends_the_start(failing_models):
    finished = run_launcher(*flags_for([failing_models], free_port()))
    assert finished.returncode == 1, finished.stdout
    for model in BAD_MODELS:
        assert model in finished.stdout, finished.stdout


def test_the_good_model_is_served(lenient):
    response = wire.infer(lenient.port, "good", wire.fp32_request([1, 2, 3, 4]))
    assert response.status == 200, response.text
    assert wire.get(lenient.port, "/v2/models/good/ready").status == 200


def test_the_server_is_live_but_not_ready(lenient):
    assert wire.get(lenient.port, "/v2/health/live").status == 200
    assert wire.get(lenient.port, "/v2/health/ready").status == 400


@pytest.mark.parametrize("model", ["broken_onnx", "unknown_backend", "wrong_datatype", "wrong_name"])
def test_a_model_without_a_ready_version_is_not_served(lenient, model):
    response = wire.infer(lenient.port, model, wire.fp32_request([1, 2, 3, 4]))
    assert (response.status, response.error) == (
        404,
        f"Request for unknown model: '{model}' has no available versions",
    )
    assert wire.get(lenient.port, f"/v2/models/{model}/ready").status != 200
    response = wire.get(lenient.port, f"/v2/models/{model}/stats")
    assert (response.status, response.error) == (400, f"requested model '{model}' is not available")


@pytest.mark.parametrize("model", ["no_version", "many_mistakes"])
def test_a_model_that_never_began_to_load_is_not_served(lenient, model):
    assert wire.infer(lenient.port, model, wire.fp32_request([1, 2, 3, 4])).status == 404


@pytest.mark.parametrize(
    "model, words",
    [
        ("broken_onnx", ["model.onnx"]),
        ("no_version", ["at least one version must be available under the version policy of model 'no_version'"]),
        ("unknown_backend", ["abacus"]),
        ("wrong_datatype", ["configuration expects datatype TYPE_INT32 for input 'INPUT0', model provides TYPE_FP32"]),
        ("decoupled_onnx", ["backend 'onnxruntime' gives exactly one response to a request"]),
        ("wrong_name", ["unexpected inference input 'INPUT', allowed inputs are: INPUT0"]),
    ],
)
def test_the_log_says_why(lenient, model, words):
    text = lenient.log_text()
    for word in words:
        assert word in text
    assert model in text


def test_every_mistake_of_a_file_is_in_the_log(lenient):
    """With file, line and column, the line itself, and the name that was probably meant."""
    text = lenient.log_text()
    for place in ("config.pbtxt:2:", "config.pbtxt:5:", "config.pbtxt:6:", "config.pbtxt:9:"):
        assert place in text
    assert "did you mean 'max_batch_size'?" in text
    assert "  data_type: TYPE_FLOAT32\n" in text


def test_a_second_repository_with_a_model_of_the_same_name(start_server, test_models, tmp_path):
    (tmp_path / "identity_fp32" / "1").mkdir(parents=True)
    original = test_models / "identity_fp32"
    for file in ("config.pbtxt", "1/model.onnx"):
        (tmp_path / "identity_fp32" / file).write_bytes((original / file).read_bytes())
    server = start_server([test_models, tmp_path], "--exit-on-error=false").wait_until_started()
    assert wire.infer(server.port, "identity_fp32", wire.fp32_request([1])).status == 404
    assert wire.get(server.port, "/v2/health/ready").status == 200  # as in Triton, which passes both over


def test_a_model_for_gpus_on_the_cpu_and_a_repository_without_models(start_server, test_models, tmp_path):
    """As the tutorials' files are, on a laptop; the empty repository is reported and harms nobody."""
    models = tmp_path / "models"
    empty = tmp_path / "empty"
    (models / "for_gpu" / "1").mkdir(parents=True)
    empty.mkdir()
    original = test_models / "identity_fp32"
    (models / "for_gpu" / "1" / "model.onnx").write_bytes((original / "1/model.onnx").read_bytes())
    for_gpu = "backend: 'onnxruntime' instance_group [ { count: 2 kind: KIND_GPU gpus: [ 0, 1 ] } ]"
    (models / "for_gpu" / "config.pbtxt").write_text(for_gpu)
    (models / "for_gpu" / "003").mkdir()
    server = start_server([models, empty], "--gpu-fallback=cpu").wait_until()
    assert wire.get(server.port, "/v2/models/for_gpu/ready").status == 200
    text = server.log_text()
    assert "ignore version directory '003' which contains leading zeros in its directory name" in text
    assert f"model repository '{empty}' has no model: found nothing" in text
    assert server.stop() == 0, text
