"""Single versions: loaded and unloaded by themselves, broken beside others that are served, asked for by an alias. Over
HTTP and gRPC."""

import json
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
import tritonclient.utils
from tritonclient.grpc import service_pb2, service_pb2_grpc

import models
from ports import free_port
from server import HOST, Server

IDENTITY = """
backend: "identity"
max_batch_size: 8
input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
output { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
"""
ENSEMBLE = """
platform: "ensemble"
max_batch_size: 8
input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
output { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
ensemble_scheduling { step [ { model_name: "plain" model_version: 1
  input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
"""
SEQUENCES = "sequence_batching { max_sequence_idle_microseconds: 60000000 }\n"
ALL = "version_policy { all {} }\n"


def alias(name, value):
    return f'parameters {{ key: "alias.{name}" value {{ string_value: "{value}" }} }}\n'



def write(folder, name, config, *versions):
    for version in versions:
        (folder / name / str(version)).mkdir(parents=True)
    (folder / name / "config.pbtxt").write_text(config)


def write_models(folder):
    write(folder, "plain", IDENTITY, 1, 2, 3)
    write(folder, "on_first", ENSEMBLE, 1)
    write(folder, "aliased", IDENTITY + ALL + alias("canary", "3:0.1") + alias("old", "1"), 1, 2, 3)
    write(folder, "sequences", IDENTITY + ALL + alias("half", "2:0.5") + SEQUENCES, 1, 2)
    write(folder, "wrong", IDENTITY + ALL + alias("canary", "9:0.1"), 1, 2)
    write(folder, "half", 'backend: "onnxruntime"\n' + ALL, 1, 2)
    (folder / "half" / "1" / "model.onnx").write_bytes(models.identity_graph("FP32", ["batch", 3]))
    (folder / "half" / "2" / "model.onnx").write_text("no model")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_models(folder)
    metrics_port = free_port()
    running = Server(
        tmp_path_factory.mktemp("log") / "server.log",
        [folder],
        "--model-control-mode=explicit",
        "--model-partial-availability=true",
        "--load-model=half",
        "--load-model=aliased",
        "--load-model=sequences",
        "--allow-metrics=true",
        f"--metrics-port={metrics_port}",
    )
    try:
        running.metrics_port = metrics_port
        yield running.wait_until()
        assert running.stop() == 0, running.log_text()
    finally:
        running.kill()


class Http:
    """Loads and unloads over HTTP; tritonclient cannot say which version."""

    client_type, module = tritonclient.http.InferenceServerClient, tritonclient.http

    def __init__(self, server):
        self.url = f"http://{server.url}"
        self.client = self.client_type(server.url)

    def control(self, action, model, **parameters):
        """The error's text; empty for none."""
        request = urllib.request.Request(
            f"{self.url}/v2/repository/models/{model}/{action}",
            json.dumps({"parameters": parameters}).encode(),
            method="POST",
        )
        try:
            with urllib.request.urlopen(request) as answer:
                assert answer.read() == b""
                return ""
        except urllib.error.HTTPError as e:
            assert e.code == 400, e.code
            return json.load(e)["error"]

    def index(self):
        return self.client.get_model_repository_index()


class Grpc:
    """The same over gRPC."""

    client_type, module = tritonclient.grpc.InferenceServerClient, tritonclient.grpc

    def __init__(self, server):
        self.channel = grpc.insecure_channel(server.grpc_url)
        self.stub = service_pb2_grpc.GRPCInferenceServiceStub(self.channel)
        self.client = self.client_type(server.grpc_url)

    def control(self, action, model, **parameters):
        values = {
            name: service_pb2.ModelRepositoryParameter(
                **{"string_param" if isinstance(value, str) else "int64_param": value}
            )
            for name, value in parameters.items()
        }
        try:
            if action == "load":
                self.stub.RepositoryModelLoad(
                    service_pb2.RepositoryModelLoadRequest(model_name=model, parameters=values)
                )
            else:
                self.stub.RepositoryModelUnload(
                    service_pb2.RepositoryModelUnloadRequest(model_name=model, parameters=values)
                )
            return ""
        except grpc.RpcError as e:
            assert e.code() == grpc.StatusCode.INVALID_ARGUMENT
            return e.details()

    def index(self):
        return self.client.get_model_repository_index(as_json=True).get("models", [])


@pytest.fixture(params=[Http, Grpc], ids=["http", "grpc"])
def control(request, server):
    side = request.param(server)
    with side.client:
        yield side
        side.client.unload_model("plain")
        side.client.unload_model("on_first")


def ready(control, model):
    return sorted(entry["version"] for entry in control.index() if entry["name"] == model and entry.get("state") == "READY")


def answering(control, model, version="", **sequence):
    """The version that answers a request."""
    tensor = control.module.InferInput("INPUT0", [1, 3], "FP32")
    tensor.set_data_from_numpy(np.ones((1, 3), np.float32))
    answer = control.client.infer(model, [tensor], model_version=version, **sequence).get_response()
    return answer["model_version"] if isinstance(answer, dict) else answer.model_version


@pytest.mark.parametrize("write_number", [str, int])
def test_a_version_is_loaded_beside_the_others_and_unloaded_alone(control, write_number):
    control.client.load_model("plain")
    assert ready(control, "plain") == ["3"]
    assert control.control("load", "plain", version=write_number(1)) == ""
    assert ready(control, "plain") == ["1", "3"]
    assert (answering(control, "plain", "1"), answering(control, "plain")) == ("1", "3")
    assert control.control("unload", "plain", version=write_number(3)) == ""
    assert ready(control, "plain") == ["1"]
    assert answering(control, "plain") == "1"
    assert not control.client.is_model_ready("plain", "3")
    control.client.load_model("plain")
    assert ready(control, "plain") == ["3"], "a plain load serves what the policy says"


def test_a_configuration_is_of_the_version_it_came_with(control):
    control.client.load_model("plain")
    config = json.dumps({"backend": "identity", "max_batch_size": 2, **tensors()})
    assert control.control("load", "plain", version="2", config=config) == ""
    batches = {version: config_of(control, version)["max_batch_size"] for version in ("2", "3")}
    assert batches == {"2": 2, "3": 8}


def tensors():
    one = lambda name: [{"name": name, "data_type": "TYPE_FP32", "dims": [-1]}]
    return {"input": one("INPUT0"), "output": one("OUTPUT0")}


def config_of(control, version):
    if control.module is tritonclient.grpc:
        return control.client.get_model_config("plain", version, as_json=True)["config"]
    return control.client.get_model_config("plain", version)


def test_an_ensemble_goes_and_comes_with_the_version_of_its_step(control):
    assert control.control("load", "plain", version="1") == ""
    control.client.load_model("on_first")
    assert answering(control, "on_first") == "1"
    assert control.control("load", "plain", version="3") == ""
    assert control.control("unload", "plain", version="1") == ""
    assert not control.client.is_model_ready("on_first")
    assert control.control("load", "plain", version="1") == ""
    assert control.client.is_model_ready("on_first")


def test_versions_that_are_none(control):
    assert "has no version 9: its directory has the versions [1, 2, 3]" in control.control("load", "plain", version="9")
    for wrong in ("", "x", "03", "-1", "1" * 30):
        for action in ("load", "unload"):
            assert "expected the number of a version" in control.control(action, "plain", version=wrong)
    assert control.control("unload", "plain", version="9") == "", "as of a model that is not there"
    assert ready(control, "plain") == []


def test_a_broken_version_leaves_the_other_one(control, server):
    assert control.client.is_server_ready()
    assert ready(control, "half") == ["1"]
    assert answering(control, "half") == "1"
    assert control.client.is_model_ready("half")
    assert not control.client.is_model_ready("half", "2")
    (broken,) = [entry for entry in control.index() if entry["name"] == "half" and entry["version"] == "2"]
    assert broken["state"] == "UNAVAILABLE"
    assert broken["reason"].startswith("Internal: ")
    control.client.load_model("half")
    assert "version 2 is at UNAVAILABLE state: Internal: " in control.control("load", "half", version="2")
    assert control.client.is_server_ready()
    assert "load failed for model 'half': version 2" in server.log_text()


def test_an_alias_gives_each_version_its_share(control, server):
    answers = [answering(control, "aliased", "canary") for _ in range(20)]
    assert (answers.count("2"), answers.count("3")) == (18, 2), "3 its tenth, the newest other one the rest"
    assert {answering(control, "aliased", "old") for _ in range(3)} == {"1"}
    assert answering(control, "aliased") == "3"


def test_an_alias_has_what_a_version_has(control, server):
    client = control.client
    assert client.is_model_ready("aliased", "canary")
    assert not client.is_model_ready("aliased", "7")
    http = tritonclient.http.InferenceServerClient(server.url)
    assert http.get_model_metadata("aliased", "canary")["versions"] == ["2", "3"]
    assert http.get_model_metadata("aliased", "old")["versions"] == ["1"]
    assert http.get_model_config("aliased", "canary")["name"] == "aliased"
    grpc_metadata = tritonclient.grpc.InferenceServerClient(server.grpc_url).get_model_metadata("aliased", "canary")
    assert list(grpc_metadata.versions) == ["2", "3"]


def test_the_shares_are_in_the_statistics_and_metrics(control, server):
    answering(control, "aliased", "old")
    http = tritonclient.http.InferenceServerClient(server.url)
    versions = {entry["version"]: entry for entry in http.get_inference_statistics("aliased", "canary")["model_stats"]}
    assert sorted(versions) == ["2", "3"]
    (canary,) = versions["3"]["aliases"]
    assert (canary["name"], canary["weight"]) == ("canary", 0.1)
    assert "aliases" not in http.get_inference_statistics("half")["model_stats"][0]
    (old, *_) = http.get_inference_statistics("aliased", "1")["model_stats"][0]["aliases"]
    assert old["name"] == "old" and old["requests"] >= 1
    stats = tritonclient.grpc.InferenceServerClient(server.grpc_url).get_inference_statistics("aliased", "canary")
    assert sorted(entry.version for entry in stats.model_stats) == ["2", "3"]
    with urllib.request.urlopen(f"http://{HOST}:{server.metrics_port}/metrics") as answer:
        text = answer.read().decode()
    assert 'nereid_alias_weight_ratio{alias="canary",model="aliased",version="3"} 0.1' in text
    assert 'nereid_alias_requests_total{alias="old",model="aliased",version="1"}' in text


def test_a_sequence_stays_at_its_version(control):
    begun = 100 if control.module is tritonclient.http else 200
    first = {
        number: answering(control, "sequences", "half", sequence_id=number, sequence_start=True)
        for number in range(begun, begun + 6)
    }
    assert sorted(first.values()) == ["1"] * 3 + ["2"] * 3
    for _ in range(3):
        for number, version in first.items():
            assert answering(control, "sequences", "half", sequence_id=number) == version
    for number, version in first.items():
        assert answering(control, "sequences", "half", sequence_id=number, sequence_end=True) == version
    with pytest.raises(tritonclient.utils.InferenceServerException, match="must specify the START flag"):
        answering(control, "sequences", "half", sequence_id=begun)


def test_what_is_no_alias(control, server):
    with pytest.raises(tritonclient.utils.InferenceServerException) as raised:
        answering(control, "aliased", "nope")
    if control.module is tritonclient.grpc:
        assert "failed to get model version from specified version string 'nope'" in str(raised.value)
    else:
        assert "Not Found" in str(raised.value), "as Triton answers a version that is no number"
    with pytest.raises(tritonclient.utils.InferenceServerException, match="alias 'canary' names version 9"):
        control.client.load_model("wrong")
