"""Loading, unloading and polling, as tritonclient asks for them over HTTP and gRPC."""

import json
import os
import re
import shutil
import threading
import time

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

from processes import resident_bytes
from python_server import until
from server import FOOD11_MODELS

IDENTITY = """
backend: "identity"
max_batch_size: 8
input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
output { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
%s
"""
FOOD = "food_classifier_onnx"
EXPLICIT = "--model-control-mode=explicit"
MIB = 1 << 20


def write_model(folder, name, more="", version="1"):
    (folder / name / version).mkdir(parents=True, exist_ok=True)
    replace(folder / name / "config.pbtxt", IDENTITY % more)


def replace(file, text):
    """Writes a file that a server which polls sees whole, or not at all."""
    new = file.parents[2] / "new"
    new.write_text(text)
    new.rename(file)


def connect(kind, server):
    if kind == "http":
        return tritonclient.http.InferenceServerClient(server.url)
    return tritonclient.grpc.InferenceServerClient(server.grpc_url)


def index(client):
    """(name, version, state, reason) of each entry, absent ones empty; the same over both protocols."""
    if isinstance(client, tritonclient.grpc.InferenceServerClient):
        entries = client.get_model_repository_index(as_json=True).get("models", [])
    else:
        entries = client.get_model_repository_index()
    return [tuple(entry.get(key, "") for key in ("name", "version", "state", "reason")) for entry in entries]


def infer(client, model, value=1.0):
    module = tritonclient.grpc if isinstance(client, tritonclient.grpc.InferenceServerClient) else tritonclient.http
    tensor = module.InferInput("INPUT0", [1, 3], "FP32")
    tensor.set_data_from_numpy(np.full((1, 3), value, np.float32))
    return client.infer(model, [tensor]).as_numpy("OUTPUT0")


def config_of(client, model):
    config = client.get_model_config(model)
    if isinstance(client, tritonclient.grpc.InferenceServerClient):
        return client.get_model_config(model, as_json=True)["config"]
    return config


@pytest.fixture(params=["http", "grpc"])
def controlled(request, start_server, tmp_path):
    """A server in mode explicit, a client of one protocol, and the repository."""
    folder = tmp_path / "models"
    write_model(folder, "a")
    write_model(folder, "b")
    server = start_server([folder], EXPLICIT, "--load-model=b").wait_until()
    with connect(request.param, server) as client:
        yield server, client, folder
    assert server.stop() == 0


def test_load_and_unload(controlled):
    _, client, folder = controlled
    assert client.is_server_ready()
    assert index(client) == [("a", "", "", ""), ("b", "1", "READY", "")]
    client.load_model("a")
    assert client.is_model_ready("a")
    assert infer(client, "a").sum() == 3
    write_model(folder, "c")
    assert [entry[0] for entry in index(client)] == ["a", "b", "c"]
    client.unload_model("a")
    until(lambda: index(client)[0] == ("a", "1", "UNAVAILABLE", "unloaded"))
    assert client.is_server_ready()
    with pytest.raises(InferenceServerException, match="has no available versions"):
        infer(client, "a")
    client.unload_model("a")
    client.unload_model("unknown")
    client.load_model("a")
    assert infer(client, "a", 2).sum() == 6


def test_index_of_ready_versions(controlled):
    _, client, _ = controlled
    if isinstance(client, tritonclient.grpc.InferenceServerClient):
        response = client._client_stub.RepositoryIndex(tritonclient.grpc.service_pb2.RepositoryIndexRequest(ready=True))
        assert [(model.name, model.version, model.state) for model in response.models] == [("b", "1", "READY")]
    else:
        response = client._post("v2/repository/index", '{"ready":true}', {}, None)
        assert json.loads(response.read()) == [{"name": "b", "version": "1", "state": "READY"}]
        assert client._post("v2/repository/index", '{"ready":1}', {}, None).status_code == 400


def test_reload_keeps_what_has_not_changed(controlled):
    _, client, folder = controlled
    client.load_model("a")
    infer(client, "a")
    os.utime(folder / "a" / "config.pbtxt", (1, 1))
    client.load_model("a")
    assert success_count(client, "a") == 1, "touched but equal: nothing is loaded again"
    write_model(folder, "a", "instance_group { kind: KIND_CPU count: 3 }")
    client.load_model("a")
    assert success_count(client, "a") == 1, "a new instance group takes no reload"
    assert config_of(client, "a")["instance_group"][0]["count"] == 3
    write_model(folder, "a", "dynamic_batching {}")
    client.load_model("a")
    assert success_count(client, "a") == 0, "what was loaded again has new statistics"


def success_count(client, model):
    if isinstance(client, tritonclient.grpc.InferenceServerClient):
        stats = client.get_inference_statistics(model, as_json=True)
    else:
        stats = client.get_inference_statistics(model)
    return int(stats["model_stats"][0]["inference_stats"]["success"].get("count", 0))


def test_broken_reload_keeps_serving(controlled):
    _, client, folder = controlled
    client.load_model("a")
    write_model(folder, "a", 'input { name: "X" data_type: TYPE_FP32 dims: [ 1 ] }')
    (folder / "a" / "config.pbtxt").write_text((IDENTITY % "").replace("identity", "nonesuch"))
    with pytest.raises(InferenceServerException, match="load failed for model 'a': version 1 is at UNAVAILABLE state"):
        client.load_model("a")
    (folder / "a" / "config.pbtxt").write_text("bckend: 'identity'")
    with pytest.raises(InferenceServerException, match="failed to poll from model repository.*\n.*bckend"):
        client.load_model("a")
    assert index(client)[0] == ("a", "1", "READY", "")
    assert infer(client, "a").sum() == 3


def test_overrides(controlled):
    """As in Triton: a configuration that a load brought stays until the files change or the model is unloaded."""
    _, client, folder = controlled
    client.load_model("a")
    config = config_of(client, "a")
    config["max_batch_size"] = 3
    client.load_model("a", config=json.dumps(config))
    assert config_of(client, "a")["max_batch_size"] == 3
    client.load_model("a")
    assert config_of(client, "a")["max_batch_size"] == 3
    write_model(folder, "a", "# touched and changed")
    client.load_model("a")
    assert config_of(client, "a")["max_batch_size"] == 8
    client.load_model("a", config=json.dumps(config))
    client.unload_model("a")
    client.load_model("a")
    assert config_of(client, "a")["max_batch_size"] == 8
    with pytest.raises(
        InferenceServerException,
        match="failed to poll from model repository: Invalid config override: .*\n.*unknown field 'nme'",
    ):
        client.load_model("a", config='{"nme": "a"}')


def test_override_files(controlled):
    _, client, _ = controlled
    model = (FOOD11_MODELS / FOOD / "1" / "model.onnx").read_bytes()
    config = json.dumps({"backend": "onnxruntime"})
    client.load_model("food_by_wire", config=config, files={"file:3/model.onnx": model})
    metadata = client.get_model_metadata("food_by_wire")
    versions = metadata["versions"] if isinstance(metadata, dict) else metadata.versions
    assert list(versions) == ["3"]
    for bad, why in {
        "../../root/x": "leads out of the model's directory",
        "../model.onnx": "leads out of the model's directory",
        "/3/model.onnx": "is an absolute path",
        "3/" + "x" * 256: "a file's name must not be longer than 255 bytes, got 256",
        "3/" + "d/" * 20 + "x": "has 22 names, may have at most 16",
    }.items():
        with pytest.raises(InferenceServerException, match=re.escape(why)) as refused:
            client.load_model("food_by_wire", config=config, files={"file:" + bad: b"x"})
        assert "failed to load 'food_by_wire', failed to poll from model repository: " in refused.value.message()
    with pytest.raises(InferenceServerException, match="'config' must be specified for model file override"):
        client.load_model("food_by_wire", files={"file:3/model.onnx": b"x"})
    assert client.is_model_ready("food_by_wire")
    client.unload_model("food_by_wire")
    until(lambda: "food_by_wire" not in [entry[0] for entry in index(client)])


def test_names_that_are_no_models(controlled):
    _, client, _ = controlled
    for name in ("", " ", "..", "../a", "/etc", ".git", "a..b"):
        # A slash goes unescaped into an HTTP path, which is then the path of nothing.
        with pytest.raises(InferenceServerException, match="invalid model name|model name must not|Not Found"):
            client.load_model(name)


def test_native_code_by_upload(controlled):
    """A shared library that a load request brings is not run."""
    _, client, _ = controlled
    config = json.dumps({"backend": "onnxruntime", "model_operations": {"op_library_filename": ["1/x.so"]}})
    with pytest.raises(InferenceServerException, match="native code.*'1/x.so'.*--allow-client-native-code") as refused:
        client.load_model("evil", config=config, files={"file:1/x.so": b"\x7fELF", "file:1/model.onnx": b"x"})
    assert refused.value.status() in ("400", "StatusCode.INVALID_ARGUMENT")
    assert "evil" not in [entry[0] for entry in index(client)]


def test_requests_never_fail_while_a_model_is_loaded_again_and_again(controlled):
    """Reloads, changes of instances and new versions under load: no request is lost."""
    _, client, folder = controlled
    client.load_model("a")
    stop = threading.Event()
    failures, answered = [], []

    def load():
        with connect("http", controlled[0]) as own:
            while not stop.is_set():
                try:
                    answered.append(infer(own, "a").sum())
                except InferenceServerException as e:
                    failures.append(str(e))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for change in range(12):
        write_model(
            folder,
            "a",
            [
                "dynamic_batching {}",
                "instance_group { kind: KIND_CPU count: 2 }",
                "instance_group { kind: KIND_CPU count: 4 }",
            ][change % 3],
            str(1 + change // 6),
        )
        client.load_model("a")
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    assert set(answered) == {3.0}


@pytest.mark.parametrize("mode", ["none", "poll"])
def test_other_modes_refuse(start_server, tmp_path, mode):
    write_model(tmp_path / "models", "a")
    server = start_server([tmp_path / "models"], f"--model-control-mode={mode}").wait_until()
    for kind in ("http", "grpc"):
        with connect(kind, server) as client:
            for call in (client.load_model, client.unload_model):
                with pytest.raises(InferenceServerException, match="not allowed if polling is enabled") as refused:
                    call("a")
                assert refused.value.status() in ("503", "StatusCode.UNAVAILABLE")
            assert index(client) == [("a", "1", "READY", "")]


def test_missing_repository(start_server, tmp_path):
    """The process stays for whoever wants to know, and says over both protocols that it does not live."""
    server = start_server([tmp_path / "missing"], "--exit-on-error=false").wait_until("/v2")
    until(lambda: server.status_of("/v2/health/live") == 400)
    for kind in ("http", "grpc"):
        with connect(kind, server) as client:
            assert not client.is_server_live()
            assert not client.is_server_ready()
            metadata = client.get_server_metadata()
            assert (metadata["name"] if kind == "http" else metadata.name) == "triton"
            with pytest.raises(InferenceServerException, match="Server not ready: failed to read model repository"):
                index(client)
    assert server.stop() == 0


def test_poll(start_server, tmp_path):
    folder = tmp_path / "models"
    write_model(folder, "a")
    server = start_server([folder], "--model-control-mode=poll", "--repository-poll-secs=1").wait_until()
    with connect("http", server) as client:
        write_model(folder, "late")
        until(lambda: client.is_model_ready("late"))
        write_model(folder, "a", "dynamic_batching { max_queue_delay_microseconds: 7 }")
        until(lambda: "dynamic_batching" in client.get_model_config("a"))
        replace(folder / "a" / "config.pbtxt", "nonsense")
        until(lambda: "failed to load 'a'" in server.log_text())
        assert infer(client, "a").sum() == 3
        shutil.rmtree(folder / "late")
        until(lambda: [entry[0] for entry in index(client)] == ["a"])
        assert client.is_server_ready()
    assert server.log_text().count("failed to load 'a'") == 1, "a broken model is not tried again before it changes"
    assert server.stop() == 0


def test_unload_gives_memory_back(start_server):
    """A hundred loads of a model that runs, each unloaded: at rest the process is as large as after the first ten."""
    server = start_server([FOOD11_MODELS], EXPLICIT).wait_until()
    with connect("http", server) as client:
        sizes = []
        for loads in (10, 90):
            for _ in range(loads):
                load_run_and_unload(client)
            sizes.append(mib_at_rest(server))
    assert server.stop() == 0
    # The JVM's own caches grow a little; each load holds more than 30 MiB while it lasts.
    assert sizes[1] < 1.05 * sizes[0] + 16, sizes


def load_run_and_unload(client):
    client.load_model(FOOD)
    tensor = tritonclient.http.InferInput("input", [1, 3, 224, 224], "FP32")
    tensor.set_data_from_numpy(np.zeros((1, 3, 224, 224), np.float32))
    client.infer(FOOD, [tensor])
    client.unload_model(FOOD)
    until(lambda: [entry[2] for entry in index(client) if entry[0] == FOOD] == ["UNAVAILABLE"])


def mib_at_rest(server):
    """Resident memory once it has not changed for three seconds: freed memory goes back a moment after an unload."""
    readings = [resident_bytes(server.process.pid) / MIB]
    for _ in range(240):
        time.sleep(0.25)
        readings.append(resident_bytes(server.process.pid) / MIB)
        if len(readings) > 12 and max(readings[-12:]) - min(readings[-12:]) < 1:
            return readings[-1]
    raise AssertionError(f"not at rest after a minute: {readings}")
