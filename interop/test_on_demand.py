"""Models that are loaded by their first request, within a budget of memory, as tritonclient sees them over HTTP and gRPC."""

import concurrent.futures
import json
import pathlib
import queue
import re
import socket
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

from ensemble_models import ensemble, step, tensor, write
from ports import free_port
from python_server import RUNTIME
from server import HOST

# What a model takes by its files, which are empty on the disk: more than a worker of Python. The server reads them all.
SIZE = 100_000_000
BUDGET = 4 * SIZE
MODELS = ("a", "b", "c", "d", "kept")
SLOW = 'parameters { key: "execute_delay_ms" value { string_value: "%d" } }'
KEEP = 'parameters { key: "keep" value { string_value: "true" } }'
CALLER = """
import triton_python_backend_utils as pb_utils
class TritonPythonModel:
    def execute(self, requests):
        return [self.ask(request) for request in requests]
    def ask(self, request):
        name = request.inputs()[0].as_numpy()[0][0].decode()
        sent = pb_utils.Tensor("INPUT0", __import__("numpy").ones((1, 3), "float32"))
        answer = pb_utils.InferenceRequest(model_name=name, inputs=[sent], requested_output_names=["OUTPUT0"]).exec()
        if answer.has_error():
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(answer.error().message()))
        return pb_utils.InferenceResponse([pb_utils.Tensor("SUM", answer.output_tensors()[0].as_numpy().sum(1, keepdims=True))])
"""
# Says that it has begun, and ends when it is let go: both by files beside the one that its input names.
HOLDER = """
import os, time
import triton_python_backend_utils as pb_utils
class TritonPythonModel:
    def execute(self, requests):
        return [self.hold(request) for request in requests]
    def hold(self, request):
        path = request.inputs()[0].as_numpy()[0][0].decode()
        open(path + ".begun", "w").close()
        while not os.path.exists(path + ".free"):
            time.sleep(0.01)
        return pb_utils.InferenceResponse([pb_utils.Tensor("SUM", __import__("numpy").ones((1, 1), "float32"))])
"""
CALLER_CONFIG = """
backend: "python" max_batch_size: 1
input { name: "NAME" data_type: TYPE_STRING dims: [ 1 ] }
output { name: "SUM" data_type: TYPE_FP32 dims: [ 1 ] }
"""


FILE_MISSING = """
backend: "onnxruntime" max_batch_size: 8 input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
output { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
"""
SQUARE = """
backend: "square" max_batch_size: 0 input { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] }
output { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } model_transaction_policy { decoupled: true }
"""
SEQUENCES = "sequence_batching { max_sequence_idle_microseconds: 600000000 }"


def write_model(folder, name, size, more=""):
    (folder / name / "1").mkdir(parents=True)
    with open(folder / name / "1" / "weights", "wb") as file:
        file.truncate(size)
    (folder / name / "config.pbtxt").write_text(
        'backend: "identity" max_batch_size: 8 input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }'
        f' output {{ name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }} {more}'
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("on_demand")
    for name in MODELS:
        write_model(folder, name, SIZE, KEEP if name == "kept" else "")
    write_model(folder, "slow", SIZE, SLOW % 1500)
    write_model(folder, "huge", BUDGET + 1)
    write_model(folder, "wide", BUDGET - SIZE)
    write_model(folder, "broken", 0)
    (folder / "broken" / "config.pbtxt").write_text('backend: "abacus" max_batch_size: 1')
    tensors = tensor("input", "INPUT0", -1) + tensor("output", "OUTPUT0", -1)
    steps = (
        step("a", {"INPUT0": "INPUT0"}, {"OUTPUT0": "between"}),
        step("b", {"INPUT0": "between"}, {"OUTPUT0": "OUTPUT0"}),
    )
    write(folder, "steps", ensemble(tensors, *steps, max_batch_size=8))
    (folder / "text" / "1").mkdir(parents=True)
    (folder / "text" / "config.pbtxt").write_text(
        'backend: "identity" max_batch_size: 1 input { name: "text_input" data_type: TYPE_STRING dims: [ 1 ] }'
        ' output { name: "text_output" data_type: TYPE_STRING dims: [ 1 ] }'
    )
    for name, code in (("caller", CALLER), ("holder", HOLDER)):
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(CALLER_CONFIG)
        (folder / name / "1" / "model.py").write_text(code)
    write_model(folder, "full", BUDGET)
    write_model(folder, "empty", BUDGET)
    (folder / "empty" / "config.pbtxt").write_text(FILE_MISSING)
    write_model(folder, "square", 0)
    (folder / "square" / "config.pbtxt").write_text(SQUARE)
    write_model(folder, "dialogue", SIZE, SEQUENCES)
    write_model(folder, "small", 0)
    write_model(folder, "aliased", SIZE,
                'version_policy { all {} } parameters { key: "alias.canary" value { string_value: "2:0.25" } }')
    (folder / "aliased" / "2").mkdir()
    return folder


@pytest.fixture(scope="module")
def server(start_module_server, repository):
    port = free_port()
    server = start_module_server([repository], *flags(port))
    server.metrics_port = port
    return server


def flags(metrics_port):
    return (
        RUNTIME,
        "--model-control-mode=on-demand",
        f"--model-memory-budget={BUDGET}",
        "--on-demand-min-loaded-secs=0",
        "--allow-openai=true",
        "--on-demand-max-wait-secs=120",
        "--allow-metrics=true",
        f"--metrics-port={metrics_port}",
    )


def module_of(kind):
    return tritonclient.http if kind == "http" else tritonclient.grpc


def connect(kind, server):
    if kind == "http":  # a request may wait as long as the server lets it
        return tritonclient.http.InferenceServerClient(server.url, network_timeout=150)
    return tritonclient.grpc.InferenceServerClient(server.grpc_url)


def inputs_for(kind, value):
    sent = module_of(kind).InferInput("INPUT0", [1, 3], "FP32")
    sent.set_data_from_numpy(np.full((1, 3), value, np.float32))
    return [sent]


def infer(kind, client, model, value=1.0):
    return client.infer(model, inputs_for(kind, value)).as_numpy("OUTPUT0").tolist() == [[value] * 3]


def index(server):
    with connect("http", server) as client:
        return {entry["name"]: entry for entry in client.get_model_repository_index()}


def loaded(server):
    return {name for name, entry in index(server).items() if entry.get("state") == "READY"}


def empty(server):
    """Nothing is loaded but what stays; every test begins so."""
    with connect("http", server) as client:
        for name in loaded(server):
            client.unload_model(name)
    wait_for(lambda: not loaded(server) and not any(entry.get("state") == "UNLOADING" for entry in index(server).values()))


@pytest.fixture(autouse=True)
def nothing_loaded(server):
    empty(server)


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_a_request_loads_its_model_and_the_least_recently_asked_makes_room(server, kind):
    with connect(kind, server) as client:
        for name in ("a", "b", "c", "d", "a"):
            assert infer(kind, client, name)
        assert loaded(server) == {"a", "b", "c", "d"}
        assert infer(kind, client, "slow")
        assert loaded(server) == {"a", "c", "d", "slow"}


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_what_a_model_is_like_is_known_without_loading_it(server, kind):
    with connect(kind, server) as client:
        assert client.is_model_ready("c") and client.is_model_ready("c", "1") and not client.is_model_ready("c", "2")
        metadata, config = client.get_model_metadata("c"), client.get_model_config("c")
        if kind == "grpc":
            metadata = {"versions": list(metadata.versions), "inputs": [{"name": metadata.inputs[0].name}]}
            config = {"max_batch_size": config.config.max_batch_size}
        assert metadata["versions"] == ["1"] and metadata["inputs"][0]["name"] == "INPUT0"
        assert config["max_batch_size"] == 8
    assert loaded(server) == set()


def test_openais_routes_list_and_load_what_is_not_loaded(server):
    base = f"http://{server.url}/v1"
    with urllib.request.urlopen(f"{base}/models") as answer:
        listed = {entry["id"] for entry in json.load(answer)["data"]}
    assert {"a", "steps", "text"} <= listed and "text" not in loaded(server)
    with urllib.request.urlopen(f"{base}/models/text") as answer:
        assert json.load(answer)["id"] == "text"
    body = json.dumps({"model": "text", "prompt": "hello"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{base}/completions", body)) as answer:
        assert json.load(answer)["choices"][0]["text"] == "hello"
    assert "text" in loaded(server)


def test_the_index_says_what_models_hold(server):
    assert index(server)["c"]["reason"].endswith(f"loaded at the next request, {SIZE} bytes of files")
    with connect("http", server) as client:
        assert infer("http", client, "c")
    assert index(server)["c"] == {"name": "c", "version": "1", "state": "READY", "reason": f"{SIZE} bytes of files"}


def test_a_kept_model_never_makes_room(server):
    with connect("http", server) as client:
        assert infer("http", client, "kept") and infer("http", client, "a")
        assert infer("http", client, "wide")
        assert loaded(server) == {"kept", "wide"}


def test_a_busy_model_is_not_unloaded_and_who_needs_its_room_waits(server):
    with concurrent.futures.ThreadPoolExecutor() as pool, connect("http", server) as client:

        def slow():
            with connect("http", server) as other:
                return infer("http", other, "slow")

        first = pool.submit(slow)
        wait_for(lambda: "slow" in loaded(server))
        for name in ("a", "b", "c"):
            assert infer("http", client, name)
        assert infer("http", client, "wide"), "it fits beside the busy model"
        assert first.result()
        with connect("grpc", server) as other:
            assert infer("grpc", other, "a")


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_an_ensemble_brings_its_models_and_goes_before_them(server, kind):
    with connect(kind, server) as client:
        assert infer(kind, client, "steps")
        assert loaded(server) == {"steps", "a", "b"}
        assert infer(kind, client, "wide")
        assert "steps" not in loaded(server) and "wide" in loaded(server)
        assert infer(kind, client, "steps")


def test_a_stream_waits_for_its_models_and_keeps_the_order(server):
    answers = queue.Queue()
    with connect("grpc", server) as client:
        client.start_stream(callback=lambda result, error: answers.put((result, error)))
        for number, name in enumerate(("a", "b", "c", "d", "wide", "a")):
            client.async_stream_infer(name, inputs_for("grpc", float(number)), request_id=str(number))
        got = [answers.get(timeout=120) for _ in range(6)]
        assert [error for _, error in got] == [None] * 6
        assert [int(result.as_numpy("OUTPUT0")[0][0]) for result, _ in got] == list(range(6))
        client.stop_stream()


def test_a_model_that_asks_another_one_has_it_loaded(server):
    with connect("http", server) as client:
        sent = tritonclient.http.InferInput("NAME", [1, 1], "BYTES")
        sent.set_data_from_numpy(np.array([[b"a"]], object))
        assert client.infer("caller", [sent]).as_numpy("SUM").tolist() == [[3.0]]
    assert loaded(server) == {"caller", "a"}
    held = index(server)["caller"]["reason"]
    assert held.endswith(" bytes") and int(held.split()[0]) > 1_000_000, "measured: its files are small"


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_what_cannot_be_loaded_says_why(server, kind):
    with connect(kind, server) as client:
        for name, words in (("huge", f"does not fit: it has files of {BUDGET + 1} bytes"), ("broken", "backend 'abacus'")):
            with pytest.raises(InferenceServerException, match=words) as error:
                infer(kind, client, name)
            assert error.value.status() == ("503" if kind == "http" else "StatusCode.UNAVAILABLE")
        with pytest.raises(InferenceServerException, match="unknown model: 'nope' is not found"):
            infer(kind, client, "nope")
        assert not client.is_model_ready("broken")


def test_a_failed_load_is_not_tried_for_every_request(server):
    body = json.dumps({"inputs": [{"name": "INPUT0", "datatype": "FP32", "shape": [1, 1], "data": [1]}]}).encode()
    seen = []
    for _ in range(3):
        try:
            urllib.request.urlopen(f"http://{server.url}/v2/models/broken/infer", body)
        except urllib.error.HTTPError as error:
            seen.append((error.code, int(error.headers["Retry-After"]) >= 1))
    assert seen == [(503, True)] * 3
    assert server.log_text().count("failed to load 'broken'") <= 3


def test_loads_and_unloads_by_name_count_too(server):
    with connect("http", server) as client:
        for name in ("a", "b", "c", "d", "kept"):
            client.load_model(name)
        assert loaded(server) == {"b", "c", "d", "kept"}
        client.unload_model("kept")
        assert infer("http", client, "kept")
        with pytest.raises(InferenceServerException, match="does not fit"):
            client.load_model("huge")
        with pytest.raises(InferenceServerException, match="no model repository has a directory of that name"):
            client.load_model("nope")


def test_many_clients_ask_for_more_than_fits_and_none_fails(server):
    names = ("a", "b", "c", "d", "kept", "steps")

    def ask(kind, offset):
        with connect(kind, server) as client:
            return [infer(kind, client, names[(offset + i * 5) % len(names)], float(i)) for i in range(24)]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = [pool.submit(ask, kind, i) for i in range(3) for kind in ("http", "grpc")]
    assert [one.result() for one in asked] == [[True] * 24] * 6


class Holder:
    """While it is open, no room is for the model `full`: a request to the model `holder` is under way."""

    def __init__(self, server, folder):
        self.path = str(folder / "holder")
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.asked = self.pool.submit(self.ask, server)
        wait_for(lambda: pathlib.Path(self.path + ".begun").exists())

    def ask(self, server):
        with connect("http", server) as client:
            sent = tritonclient.http.InferInput("NAME", [1, 1], "BYTES")
            sent.set_data_from_numpy(np.array([[self.path.encode()]], object))
            return client.infer("holder", [sent]).as_numpy("SUM").tolist()

    def release(self):
        pathlib.Path(self.path + ".free").touch()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()
        assert self.asked.result(120) == [[1.0]]
        self.pool.shutdown()


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def waiting(server):
    text = urllib.request.urlopen(f"http://{HOST}:{server.metrics_port}/metrics").read().decode()
    return float(re.search(r"^nereid_on_demand_waiting_requests (.*)$", text, re.MULTILINE)[1])


def square(number):
    sent = tritonclient.grpc.InferInput("IN", [1], "INT32")
    sent.set_data_from_numpy(np.array([number], np.int32))
    return [sent]


def test_a_request_of_a_stream_that_waits_holds_up_those_to_its_own_model_only(server, tmp_path):
    answers = queue.Queue()
    with connect("grpc", server) as client, Holder(server, tmp_path) as holder:
        assert infer("grpc", client, "small")
        client.start_stream(callback=lambda result, error: answers.put((result, error)))
        client.async_stream_infer("square", square(1), request_id="loads it")
        assert answers.get(timeout=120)[1] is None
        for number in range(3):
            client.async_stream_infer("full", inputs_for("grpc", float(number)), request_id=f"full {number}")
        client.async_stream_infer("small", inputs_for("grpc", 3.0), request_id="small")
        client.async_stream_infer("square", square(2), request_id="square")
        assert [answers.get(timeout=120)[0].get_response().id for _ in range(2)] == ["square"] * 2
        assert waiting(server) == 1, "the others to the model wait for the first one"
        holder.release()
        got = [answers.get(timeout=120) for _ in range(4)]
        assert [error for _, error in got] == [None] * 4
        assert [result.get_response().id for result, _ in got] == ["full 0", "full 1", "full 2", "small"]
        assert [int(result.as_numpy("OUTPUT0")[0][0]) for result, _ in got] == [0, 1, 2, 3]
        client.stop_stream()


def test_a_stream_that_ends_while_its_requests_wait_leaves_nothing_behind(server, tmp_path):
    with Holder(server, tmp_path):
        with connect("grpc", server) as client:
            client.start_stream(callback=lambda result, error: None)
            for number in range(3):
                client.async_stream_infer("full", inputs_for("grpc", float(number)))
            wait_for(lambda: waiting(server) == 1)
            client.stop_stream(cancel_requests=True)
        wait_for(lambda: waiting(server) == 0)


def test_a_client_that_goes_while_it_waits_waits_no_longer(server, tmp_path):
    body = json.dumps({"inputs": [{"name": "INPUT0", "datatype": "FP32", "shape": [1, 1], "data": [1]}]}).encode()
    with Holder(server, tmp_path):
        with socket.create_connection(server.url.split(":")) as client:
            head = f"POST /v2/models/full/infer HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
            client.sendall(head.encode() + body)
            wait_for(lambda: waiting(server) == 1)
        wait_for(lambda: waiting(server) == 0)


def test_what_is_seen_to_fail_makes_nobody_leave(server):
    with connect("http", server) as client:
        assert infer("http", client, "a")
        with pytest.raises(InferenceServerException, match="unable to find .*model.onnx"):
            infer("http", client, "empty")
        assert loaded(server) == {"a"}


def test_a_model_keeps_its_place_while_it_keeps_sequences(server):
    with connect("http", server) as client:

        def say(value, **position):
            answer = client.infer("dialogue", inputs_for("http", value), sequence_id=7, **position)
            return answer.as_numpy("OUTPUT0")[0][0]

        assert say(1.0, sequence_start=True) == 1.0
        for name in ("a", "b", "c", "d"):
            assert infer("http", client, name)
        assert "dialogue" in loaded(server)
        with pytest.raises(InferenceServerException, match="no room for model 'full' now"):
            infer("http", client, "full")
        assert say(2.0) == 2.0, "the sequence is still open"
        assert say(3.0, sequence_end=True) == 3.0
        for name in ("a", "b", "c", "d"):
            assert infer("http", client, name)
        assert loaded(server) == {"a", "b", "c", "d"}, "it keeps none any more"


def test_an_alias_loads_its_model_again_and_again(server):
    with connect("http", server) as client:
        for _ in range(2):
            assert client.is_model_ready("aliased", "canary") and not client.is_model_ready("aliased", "7")
            assert client.get_model_metadata("aliased", "canary")["versions"] == ["1", "2"]
            assert "aliased" not in loaded(server)
            for _ in range(4):
                assert client.infer("aliased", inputs_for("http", 1.0), model_version="canary").as_numpy("OUTPUT0").tolist() == [[1.0] * 3]
            counts = client.get_inference_statistics("aliased", "canary")["model_stats"]
            assert sorted(entry["inference_count"] for entry in counts) == [1, 3]
            for name in ("a", "b", "c", "d"):
                assert infer("http", client, name)
            assert loaded(server) == {"a", "b", "c", "d"}
        with pytest.raises(InferenceServerException):
            client.infer("aliased", inputs_for("http", 1.0), model_version="no_alias")


def test_large_requests_that_wait_leave_half_of_the_memory_to_others(start_server, repository, tmp_path):
    size = 1 << 20
    server = start_server([repository], *flags(free_port()), f"--max-inflight-bytes={16 * size}").wait_until()

    def ask(model):
        with connect("http", server) as client:
            sent = tritonclient.http.InferInput("INPUT0", [1, size // 4], "FP32")
            sent.set_data_from_numpy(np.ones((1, size // 4), np.float32))
            try:
                return client.infer(model, [sent]).as_numpy("OUTPUT0").shape == (1, size // 4)
            except InferenceServerException as error:
                return error.message()

    with concurrent.futures.ThreadPoolExecutor(16) as pool, Holder(server, tmp_path) as holder:
        with connect("http", server) as client:
            assert infer("http", client, "small")
        asked = [pool.submit(ask, "full") for _ in range(12)]
        # Seven have less than 8 MiB.
        wait_for(lambda: sum(one.done() for one in asked) >= 5)
        assert [ask("small") for _ in range(5)] == [True] * 5
        holder.release()
        answers = [one.result() for one in asked]
        refused = [text for text in answers if text is not True]
        assert 5 <= len(refused) < 12 and all("half of --max-inflight-bytes" in text for text in refused), answers


def test_clients_that_leave_while_they_wait_leave_nothing_behind(server, tmp_path):
    with connect("grpc", server) as client:
        with Holder(server, tmp_path):
            for _ in range(3):
                with pytest.raises(InferenceServerException, match="DEADLINE_EXCEEDED"):
                    client.infer("kept", inputs_for("grpc", 1.0), client_timeout=0.01)
                    client.infer("wide", inputs_for("grpc", 1.0), client_timeout=0.01)
        assert infer("grpc", client, "a")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--model-control-mode=on-demand"], "needs --model-memory-budget"),
        (["--model-memory-budget=1"], "--model-memory-budget needs --model-control-mode=on-demand"),
        (["--model-control-mode=on-demand", "--model-memory-budget=1", "--load-model=*"], "--load-model=[*] needs"),
        (["--model-control-mode=on-demand", "--model-memory-budget=0"], "must be greater than 0"),
    ],
)
def test_flags_that_make_no_sense_are_refused(start_server, repository, flags, words):
    server = start_server([repository], *flags)
    assert server.wait_for_exit() != 0
    assert re.search(words, server.log_text()), server.log_text()
