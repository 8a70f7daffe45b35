"""The response cache: answers of equal requests, what makes requests equal, reloads, statistics and metrics, a Redis."""

import re
import shutil
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http

import ensemble_models
import wire
from ports import free_port
from server import HOST

LOCAL = "--cache-config=local,size=1048576"
ENABLED = "response_cache { enable: true }"


def write(folder, name, extra=ENABLED, type="TYPE_FP32"):
    (folder / name / "1").mkdir(parents=True, exist_ok=True)
    text = f'backend: "identity" max_batch_size: 8 instance_group [ {{ count: 1 kind: KIND_CPU }} ]\n{extra}\n'
    for index in range(2):
        text += f'input {{ name: "INPUT{index}" data_type: {type} dims: [ -1 ] optional: {str(index == 1).lower()} }}\n'
        text += f'output {{ name: "OUTPUT{index}" data_type: {type} dims: [ -1 ] }}\n'
    (folder / name / "config.pbtxt").write_text(text)


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    for name, extra in (("cached", ENABLED), ("uncached", "")):
        write(folder, name, extra)
    write(
        folder,
        "slow",
        ENABLED + 'parameters { key: "execute_delay_ms" value { string_value: "200" } }',
    )
    write(
        folder,
        "slower",
        ENABLED + 'parameters { key: "execute_delay_ms" value { string_value: "3000" } }',
    )
    write(folder, "text", type="TYPE_STRING")
    return folder


def library(protocol):
    return tritonclient.http if protocol == "http" else tritonclient.grpc


def connect(server, protocol="http", **options):
    url = server.url if protocol == "http" else server.grpc_url
    return library(protocol).InferenceServerClient(url, **options)


def infer(
    client,
    model,
    values,
    *,
    datatype="FP32",
    name="INPUT0",
    shape=None,
    outputs=None,
    **options,
):
    module = tritonclient.http if isinstance(client, tritonclient.http.InferenceServerClient) else tritonclient.grpc
    array = np.array([values], dtype=np.float32 if datatype == "FP32" else object).reshape(shape or [1, -1])
    tensor = module.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array)
    wanted = [module.InferRequestedOutput(output) for output in outputs] if outputs else None
    return client.infer(model, [tensor], outputs=wanted, **options)


def counts(client, model):
    entry = client.get_inference_statistics(model)
    entry = entry["model_stats"][0]
    stats = entry["inference_stats"]
    return {
        "hit": stats["cache_hit"]["count"], "miss": stats["cache_miss"]["count"], "success": stats["success"]["count"],
        "queue": stats["queue"]["count"], "inferences": entry["inference_count"], "executions": entry["execution_count"],
    }  # fmt: skip


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_an_equal_request_is_answered_without_an_execution(start_server, models, protocol):
    server = start_server([models], LOCAL).wait_until()
    with connect(server, protocol) as client, connect(server) as asking:
        for _ in range(3):
            assert infer(client, "cached", [1, 2, 3]).as_numpy("OUTPUT0").tolist() == [[1, 2, 3]]
        assert infer(client, "cached", [1, 2, 4]).as_numpy("OUTPUT0").tolist() == [[1, 2, 4]]
        assert counts(asking, "cached") == {
            "hit": 2, "miss": 2, "success": 4, "queue": 4, "inferences": 2, "executions": 2,
        }  # fmt: skip
        infer(client, "uncached", [1])
        infer(client, "uncached", [1])
        assert counts(asking, "uncached")["executions"] == 2
        assert counts(asking, "uncached")["hit"] == counts(asking, "uncached")["miss"] == 0
    assert server.stop() == 0


def test_what_an_answer_depends_on_is_told_apart(start_server, models):
    server = start_server([models], LOCAL).wait_until()
    different = [
        {"values": [1, 2]},
        {"values": [1, 2], "shape": [2, 1]},
        {"values": [1, 2], "outputs": ["OUTPUT0"]},
        {"values": [1, 2], "parameters": {"p": 1}},
        {"values": [1, 2], "parameters": {"p": "1"}},
        {"values": [1, 2], "parameters": {"p": True}},
    ]
    same = [{}, {"request_id": "mine"}, {"priority": 0}, {"timeout": 60_000_000}]
    with connect(server) as client:
        for asked in different:
            infer(client, "cached", **asked)
        assert counts(client, "cached")["executions"] == len(different)
        for asked in same:
            infer(client, "cached", [1, 2], **asked)
        assert counts(client, "cached")["hit"] == len(same)
    assert server.stop() == 0


def test_strings_and_nothing_at_all(start_server, models):
    server = start_server([models], LOCAL).wait_until()
    with connect(server) as client:
        for values in ([b"a\0b", b"", "Grüße".encode()], []):
            first = infer(client, "text", values, datatype="BYTES").as_numpy("OUTPUT0")
            second = infer(client, "text", values, datatype="BYTES").as_numpy("OUTPUT0")
            assert first.tolist() == second.tolist() == [values]
        assert counts(client, "text")["hit"] == 2
    assert server.stop() == 0


def test_an_answer_ahead_of_the_queue(start_server, models):
    """While the only instance is busy, what was asked before is answered."""
    server = start_server([models], LOCAL).wait_until()
    with connect(server, concurrency=2) as client:
        infer(client, "slow", [1])
        busy = threading.Thread(target=lambda: infer(connect(server), "slow", [2]))
        busy.start()
        while True:
            assert infer(client, "slow", [1]).as_numpy("OUTPUT0").tolist() == [[1]]
            if not busy.is_alive():
                break
        busy.join()
        assert counts(client, "slow")["executions"] == 2
        assert counts(client, "slow")["hit"] >= 1
    assert server.stop() == 0


def test_a_reload_forgets(start_server, models):
    server = start_server([models], LOCAL, "--model-control-mode=explicit", "--load-model=cached").wait_until()
    with connect(server) as client:
        infer(client, "cached", [1])
        infer(client, "cached", [1])
        client.unload_model("cached")
        client.load_model("cached")
        infer(client, "cached", [1])
        assert counts(client, "cached")["hit"] == 0
        assert counts(client, "cached")["executions"] == 1
    assert server.stop() == 0


def test_more_than_fits(start_server, models):
    port = free_port()
    server = start_server([models], "--cache-config=local,size=100000", *with_metrics(port)).wait_until()
    with connect(server) as client:
        for value in range(40):
            infer(client, "cached", [value] * 1000)
        infer(client, "cached", [7] * 100_000)
        infer(client, "cached", [7] * 100_000)
        assert counts(client, "cached")["hit"] == 0
        text = wire.get(port, "/metrics").text
        assert metric(text, "nv_cache_num_evictions") >= 10
        assert 0 < metric(text, "nv_cache_util") <= 1
        assert metric(text, "nv_cache_num_entries") <= 25
    assert server.stop() == 0


def with_metrics(port):
    return [
        f"--metrics-port={port}",
        f"--metrics-address={HOST}",
        "--allow-metrics=true",
    ]


def metric(text, name, labels=""):
    return float(re.search(rf"^{re.escape(name + labels)} (\S+)$", text, re.MULTILINE).group(1))


def test_metrics(start_server, models):
    port = free_port()
    server = start_server([models], LOCAL, *with_metrics(port)).wait_until()
    with connect(server) as client:
        for _ in range(4):
            infer(client, "cached", [1] * 1000)
        infer(client, "uncached", [1])
    text = wire.get(port, "/metrics").text
    labels = '{model="cached",version="1"}'
    assert metric(text, "nv_cache_num_hits_per_model", labels) == 3
    assert metric(text, "nv_cache_num_misses_per_model", labels) == 1
    assert metric(text, "nv_cache_hit_duration_per_model", labels) > 0
    assert metric(text, "nv_cache_miss_duration_per_model", labels) > 0
    assert metric(text, "nv_inference_request_success", labels) == 4
    assert metric(text, "nv_inference_count", labels) == 1
    assert metric(text, "nv_cache_num_lookups") == 4
    assert metric(text, "nv_cache_num_hits") == 3
    assert 'nv_cache_num_hits_per_model{model="uncached"' not in text
    assert server.stop() == 0


def test_equal_requests_at_the_same_time_run_once(start_server, models):
    server = start_server([models], LOCAL, "--cache-config=local,coalesce=true").wait_until()
    answers = []

    def ask():
        with connect(server) as client:
            answers.append(infer(client, "slower", [5]).as_numpy("OUTPUT0").tolist())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connect(server) as client:
        assert answers == [[[5]]] * 8
        assert counts(client, "slower")["executions"] == 1
        assert counts(client, "slower")["hit"] == 7
    assert server.stop() == 0


def test_errors_are_not_kept(start_server, tmp_path):
    """A model.py that fails at its first request, and not at the second."""
    folder = tmp_path / "models" / "once"
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(
        'backend: "python" response_cache { enable: true }\n'
        'input { name: "IN" data_type: TYPE_FP32 dims: [ 1 ] } output { name: "OUT" data_type: TYPE_FP32 dims: [ 1 ] }\n'
        "instance_group [ { count: 1 kind: KIND_CPU } ]\n"
    )
    (folder / "1" / "model.py").write_text(
        "import triton_python_backend_utils as pb_utils\n"
        "class TritonPythonModel:\n"
        "    runs = 0\n"
        "    def execute(self, requests):\n"
        "        self.runs += 1\n"
        "        if self.runs == 1:\n"
        "            return [pb_utils.InferenceResponse(error=pb_utils.TritonError('not yet')) for _ in requests]\n"
        "        return [pb_utils.InferenceResponse([pb_utils.Tensor('OUT', r.inputs()[0].as_numpy())],\n"
        "                parameters={'kept': 5}) for r in requests]\n"
    )
    server = start_server(
        [folder.parent],
        LOCAL,
        f"--backend-config=python,python-runtime={sys.executable}",
    ).wait_until()
    with connect(server) as client:
        with pytest.raises(tritonclient.http.InferenceServerException, match="not yet"):
            infer(client, "once", [1], name="IN", shape=[1])
        for _ in range(2):
            response = infer(client, "once", [1], name="IN", shape=[1])
            assert response.as_numpy("OUT").tolist() == [1]
            assert response.get_response()["parameters"]["kept"] == 5
        assert counts(client, "once")["executions"] == 2, "the one that failed, and one"
        assert counts(client, "once")["hit"] == 1
    assert server.stop() == 0


@pytest.mark.parametrize(
    "flags, expected",
    [
        (
            ["--cache-config=local,size=none"],
            "got 'none' (expected a whole number, 1 or more)",
        ),
        (
            ["--cache-config=local,coalesce=true"],
            "config didn't contain a valid 'size' field",
        ),
        (["--cache-config=tape,size=5"], "expected local or redis"),
        (
            ["--cache-config=redis,host=x"],
            "Must at a minimum specify 'host' and 'port'",
        ),
        ([LOCAL, "--response-cache-byte-size=5"], "Incompatible flags"),
        (
            ["--cache-config=local,size=999999999999999"],
            "Failed to initialize LocalCache",
        ),
        (
            ["--cache-config=redis,host=127.0.0.1", "--cache-config=redis,port=1"],
            "Failed to initialize RedisCache",
        ),
    ],
)
def test_caches_that_cannot_be(start_server, models, flags, expected):
    server = start_server([models], *flags)
    assert server.process.wait(timeout=60) == 1
    assert expected in server.log_text()


@pytest.mark.parametrize(
    "extra, expected",
    [
        (
            "model_transaction_policy { decoupled: true }",
            "'decoupled' transaction policy",
        ),
        ("sequence_batching { }", "sequence batching scheduler"),
    ],
)
def test_models_that_have_no_single_answer(start_server, tmp_path, extra, expected):
    write(tmp_path / "models", "refused", ENABLED + extra)
    server = start_server([tmp_path / "models"], LOCAL)
    assert server.process.wait(timeout=60) == 1
    assert f"Response Cache does not currently support model refused with {expected}" in server.log_text()


def test_no_cache_is_said_once(start_server, models):
    server = start_server([models]).wait_until()
    with connect(server) as client:
        infer(client, "cached", [1])
        infer(client, "cached", [1])
        assert counts(client, "cached")["executions"] == 2
    assert server.log_text().count("model 'cached': response_cache is enabled, and the server has no cache") == 1
    assert server.stop() == 0


# --- a Redis ------------------------------------------------------------------------------------------------------


class Redis:
    """A Redis server of the test's own, in a folder of its own."""

    def __init__(self, folder, *options):
        self.port = free_port()
        self.command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            *options,
        ]
        self.folder = folder
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def flags(self, *more):
        """Timeouts end no lookup on a machine that stands still: a Redis that is not there refuses connections at once."""
        patience = [f"{timeout}=20000" for timeout in ("connect_timeout", "socket_timeout", "wait_timeout")]
        settings = ["host=127.0.0.1", f"port={self.port}", *patience, *more]
        return [f"--cache-config=redis,{setting}" for setting in settings]


needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="apt-get install redis-server")


@pytest.fixture
def start_redis(tmp_path):
    started = []

    def start(*options):
        started.append(Redis(tmp_path, *options))
        return started[-1]

    yield start
    for redis in started:
        redis.stop()


@needs_redis
def test_servers_share_a_redis(start_server, start_redis, models):
    redis = start_redis()
    flags = redis.flags("pool_size=4")
    for executions, hits in ((1, 1), (0, 2)):
        server = start_server([models], *flags).wait_until()
        with connect(server) as client:
            for _ in range(2):
                assert infer(client, "cached", [1, 2]).as_numpy("OUTPUT0").tolist() == [[1, 2]]
            assert counts(client, "cached")["executions"] == executions
            assert counts(client, "cached")["hit"] == hits
        assert server.stop() == 0
    write(
        models,
        "cached",
        ENABLED + 'parameters { key: "changed" value { string_value: "yes" } }',
    )
    server = start_server([models], *flags).wait_until()
    with connect(server) as client:
        infer(client, "cached", [1, 2])
        assert counts(client, "cached")["hit"] == 0, "another configuration has other answers"
    assert server.stop() == 0


@needs_redis
def test_servers_share_the_answers_of_an_ensemble(start_server, start_redis, models):
    """They hold over a restart, and no longer once a model of the ensemble is another one."""
    one = ensemble_models.step("uncached", {"INPUT0": "IN"}, {"OUTPUT0": "OUT"})
    ensemble = ensemble_models.ensemble(ensemble_models.THROUGH, one, max_batch_size=8)
    ensemble_models.write(models, "both", ensemble + ENABLED)
    flags = start_redis().flags()
    for change, hits in (("", 0), ("", 1), ('parameters { key: "k" value { string_value: "v" } }', 0)):
        write(models, "uncached", change)
        server = start_server([models], *flags).wait_until()
        with connect(server) as client:
            assert infer(client, "both", [1, 2], name="IN").as_numpy("OUT").tolist() == [[1, 2]]
            assert counts(client, "both")["hit"] == hits
        assert server.stop() == 0


@needs_redis
def test_a_redis_that_is_gone_and_comes_back(start_server, start_redis, models):
    redis = start_redis()
    server = start_server([models], *redis.flags()).wait_until()
    with connect(server) as client:
        infer(client, "cached", [1])
        redis.stop()
        for _ in range(3):
            assert infer(client, "cached", [1]).as_numpy("OUTPUT0").tolist() == [[1]]
        assert server.log_text().count("requests run meanwhile") == 1
        redis.start()
        infer(client, "cached", [2])
        infer(client, "cached", [2])
        assert counts(client, "cached")["hit"] == 1
    assert server.stop() == 0


@needs_redis
def test_a_redis_with_a_password(start_server, start_redis, models):
    redis = start_redis("--requirepass", "secret")
    refused = start_server([models], *redis.flags("password=wrong"))
    assert refused.process.wait(timeout=60) == 1
    assert "WRONGPASS" in refused.log_text()
    server = start_server([models], *redis.flags("password=secret")).wait_until()
    with connect(server) as client:
        infer(client, "cached", [1])
        infer(client, "cached", [1])
        assert counts(client, "cached")["hit"] == 1
    assert "secret" not in server.log_text()
    assert server.stop() == 0
