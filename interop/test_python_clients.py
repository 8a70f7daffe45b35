"""tritonclient and perf_analyzer, unmodified, on Python models: HTTP, gRPC, streams, asyncio, shared memory."""

import asyncio
import json
import pathlib

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
import tritonclient.utils.shared_memory as shared_memory

import wire
from python_client import Stream, grpc_inputs, http, http_inputs
from python_server import DECOUPLED, PythonRepository
from test_perf_analyzer import analyze, assert_times_add_up

SENT = np.arange(64, dtype=np.float32).reshape(2, 32)
LARGE = np.arange(2 * 75_264, dtype=np.float32).reshape(1, -1)


@pytest.fixture(scope="module")
def clients(start_python, tmp_path_factory, kind):
    repository = PythonRepository(tmp_path_factory.mktemp("clients"))
    repository.add("identity")
    repository.add("identity", "strings", change=[("TYPE_FP32", "TYPE_STRING")])
    repository.add("identity", "batched", extra="dynamic_batching { }", change=[("count: 1", "count: 2")])
    repository.add("scripted", "counts", extra=DECOUPLED, execute=(
        "for request in requests:\n    for i in range(3):\n"
        "        request.get_response_sender().send(reply(i))\n    request.get_response_sender().send(flags=1)\n"
    ))  # fmt: skip
    shared = ["--allow-client-shm=true"] if kind == "ours" else []
    return start_python(repository, *shared)


@pytest.mark.parametrize("array", [SENT, LARGE], ids=["small", "large"])
def test_http(clients, array):
    with http(clients) as client:
        for binary in (True, False):
            tensor = tritonclient.http.InferInput("INPUT0", list(array.shape), "FP32")
            tensor.set_data_from_numpy(array, binary_data=binary)
            output = tritonclient.http.InferRequestedOutput("OUTPUT0", binary_data=binary)
            got = client.infer("identity", [tensor], outputs=[output]).as_numpy("OUTPUT0")
            np.testing.assert_array_equal(got, array)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_http_compressed(clients, algorithm):
    with http(clients) as client:
        got = client.infer("identity", http_inputs({"INPUT0": LARGE}), request_compression_algorithm=algorithm,
                           response_compression_algorithm=algorithm).as_numpy("OUTPUT0")  # fmt: skip
    np.testing.assert_array_equal(got, LARGE)


@pytest.mark.parametrize("array", [SENT, LARGE], ids=["small", "large"])
def test_grpc(clients, array):
    with tritonclient.grpc.InferenceServerClient(clients.grpc_url) as client:
        got = client.infer("identity", grpc_inputs({"INPUT0": array})).as_numpy("OUTPUT0")
    np.testing.assert_array_equal(got, array)


def test_a_stream(clients):
    with Stream(clients) as stream:
        for n in range(20):
            stream.send("identity", {"INPUT0": SENT + n})
        for n in range(20):
            result, error = stream.next()
            assert error is None
            np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), SENT + n)


def test_a_stream_of_a_decoupled_model(clients):
    with Stream(clients) as stream:
        stream.send("counts", {"INPUT0": np.zeros(1, np.float32)})
        assert [json.loads(stream.next()[0].as_numpy("ANSWER")[0]) for _ in range(3)] == [0, 1, 2]


def test_asyncio(clients):
    async def both():
        async with tritonclient.http.aio.InferenceServerClient(clients.url) as client:
            results = await asyncio.gather(
                *[client.infer("batched", http_inputs({"INPUT0": SENT + n})) for n in range(8)]
            )
            over_http = [result.as_numpy("OUTPUT0")[0, 0] for result in results]
        async with tritonclient.grpc.aio.InferenceServerClient(clients.grpc_url) as client:
            results = await asyncio.gather(
                *[client.infer("batched", grpc_inputs({"INPUT0": SENT + n})) for n in range(8)]
            )
            return over_http, [result.as_numpy("OUTPUT0")[0, 0] for result in results]

    assert asyncio.run(both()) == (list(range(8)), list(range(8)))


def test_generate(clients):
    answer = wire.exchange(clients.port, "POST", "/v2/models/strings/generate", {"INPUT0": "a word"})
    assert answer.status == 200 and answer.json()["OUTPUT0"] == "a word"


def test_generate_stream_of_a_decoupled_model(clients):
    answer = wire.exchange(clients.port, "POST", "/v2/models/counts/generate_stream", {"INPUT0": 1.0})
    lines = [json.loads(line[6:]) for line in answer.text.split("\n") if line.startswith("data: ")]
    assert [line["ANSWER"] for line in lines if "ANSWER" in line] == ["0", "1", "2"]


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_system_shared_memory(clients, protocol):
    library = getattr(tritonclient, protocol)
    url = clients.url if protocol == "http" else clients.grpc_url
    name = f"python_suite_{protocol}_{clients.port}"
    size = LARGE.nbytes
    regions = [shared_memory.create_shared_memory_region(f"{name}{n}", f"/{name}{n}", size) for n in range(2)]
    try:
        shared_memory.set_shared_memory_region(regions[0], [LARGE])
        with library.InferenceServerClient(url) as client:
            for n in range(2):
                client.register_system_shared_memory(f"{name}{n}", f"/{name}{n}", size)
            tensor = library.InferInput("INPUT0", list(LARGE.shape), "FP32")
            tensor.set_shared_memory(f"{name}0", size)
            output = library.InferRequestedOutput("OUTPUT0")
            output.set_shared_memory(f"{name}1", size)
            client.infer("identity", [tensor], outputs=[output])
            got = shared_memory.get_contents_as_numpy(regions[1], np.float32, LARGE.shape)
            np.testing.assert_array_equal(got, LARGE)
            client.unregister_system_shared_memory()
    finally:
        for region in regions:
            shared_memory.destroy_shared_memory_region(region)


@pytest.mark.only_ours("its statistics are not what is asked here")
def test_statistics_of_a_python_model(clients):
    with http(clients) as client:
        before = client.get_inference_statistics("strings")["model_stats"][0]
        client.infer("strings", http_inputs({"INPUT0": np.array([["a"], ["b"], ["c"]], dtype=object)}))
        after = client.get_inference_statistics("strings")["model_stats"][0]
    assert after["inference_count"] - before["inference_count"] == 3
    assert after["execution_count"] - before["execution_count"] == 1
    for phase in ("queue", "compute_input", "compute_infer", "compute_output"):
        assert after["inference_stats"][phase]["count"] - before["inference_stats"][phase]["count"] == 1
    assert after["inference_stats"]["compute_infer"]["ns"] > before["inference_stats"]["compute_infer"]["ns"]


@pytest.mark.only_ours("perf_analyzer's figures of Triton are bench/'s")
@pytest.mark.parametrize(
    ("protocol", "flags"),
    [
        ("http", []),
        ("http", ["--shared-memory", "system"]),
        ("grpc", []),
        ("grpc", ["--streaming"]),
        ("grpc", ["--shared-memory", "system"]),
    ],
    ids=["http", "http-shm", "grpc", "stream", "grpc-shm"],
)
def test_perf_analyzer(clients, protocol, flags):
    report = analyze(clients, "identity", [1, 4], "--shape", "INPUT0:2000", *flags, protocol=protocol)
    assert_times_add_up(report, [1, 4])


@pytest.mark.only_ours("perf_analyzer's figures of Triton are bench/'s")
def test_perf_analyzer_with_a_file_of_inputs_and_batches(clients, tmp_path):
    path = pathlib.Path(tmp_path) / "input.json"
    path.write_text(json.dumps({"data": [{"INPUT0": {"content": ["a", "bb"], "shape": [2]}}]}))
    for batch, concurrency in ((1, 8), (8, 1)):
        report = analyze(clients, "strings", [concurrency], "-b", str(batch), "--input-data", str(path))
        assert_times_add_up(report, [concurrency])
