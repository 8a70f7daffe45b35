"""perf_analyzer, unmodified: it runs to its end, and the server times that it prints add up."""

import contextlib
import fcntl
import json
import pathlib
import re
import subprocess
import tempfile

import pytest

import wire
from crowd import statistics

PERF_ANALYZER = pathlib.Path(__file__).resolve().parent / "perf_analyzer"
REQUESTS = 20
PATIENCE_SECONDS = 90
BLOCK = re.compile(r"^Request concurrency: (\d+)$", re.MULTILINE)
CLIENT_LATENCY = re.compile(r"Avg latency: (\d+) usec")
SERVER_LATENCY = re.compile(
    r"Avg request latency: (\d+) usec \(overhead (\d+) usec \+ queue (\d+) usec"
    r" \+ compute input (\d+) usec \+ compute infer (\d+) usec \+ compute output (\d+) usec\)"
)


def windows(requests):
    """Flags: three windows of a second and so many requests at least, which always count as stable. --request-count is shorter, but
    with it perf_analyzer can have all answers on a busy machine and sleep for ever, with no thread left that could send more."""
    counted = ["--measurement-mode", "count_windows", "--measurement-request-count", str(requests)]
    return [*counted, "--stability-percentage", "1000000", "--max-trials", "3"]


@contextlib.contextmanager
def its_shared_memory():
    """For one perf_analyzer of this machine at a time: its regions have the same names in each, /OUTPUT0 for example."""
    with open(pathlib.Path(tempfile.gettempdir()) / "perf_analyzer-shared-memory.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(server, model, *flags, protocol="http", requests=REQUESTS):
    """What perf_analyzer prints."""
    url = server.grpc_url if protocol == "grpc" else server.url
    command = [str(PERF_ANALYZER), "-m", model, "-i", protocol, "-u", url, *windows(requests), *flags]
    with its_shared_memory() if "--shared-memory" in flags else contextlib.nullcontext():
        finished = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_SECONDS
        )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def analyze(server, model, levels, *flags, **options):
    """What it prints of each level of concurrency, one run after the other."""
    return "".join(run(server, model, "--concurrency-range", str(level), *flags, **options) for level in levels)


def assert_times_add_up(report, levels):
    parts = BLOCK.split(report)[1:]
    blocks = dict(zip(map(int, parts[0::2]), parts[1::2]))
    assert sorted(blocks) == list(levels), report
    for level, block in blocks.items():
        client = CLIENT_LATENCY.search(block)
        server = SERVER_LATENCY.search(block)
        assert client and server, block
        latency, overhead, queue, compute_input, compute_infer, compute_output = map(int, server.groups())
        stages = queue + compute_input + compute_infer + compute_output
        assert stages <= latency, block
        # Each figure is cut to whole microseconds.
        assert abs(overhead + stages - latency) <= 5, block
        assert latency <= int(client.group(1)) * 1.1 + 50, block
        assert compute_infer > 0, block
        if level >= 8:
            assert queue > 0, block


def test_food_classifier_from_1_to_16(server):
    levels = [1, 2, 3, 5, 8, 16]
    assert_times_add_up(analyze(server, "food_classifier_onnx", levels), levels)


def test_a_range_in_one_run(server):
    report = run(server, "food_classifier_onnx", "--concurrency-range", "1:9:8")
    assert_times_add_up(report, [1, 9])


def test_json_tensors_and_a_batch(server):
    report = analyze(
        server,
        "food_classifier_onnx",
        [2],
        "-b",
        "2",
        "--input-tensor-format",
        "json",
        "--output-tensor-format",
        "json",
        requests=6,
    )
    assert_times_add_up(report, [2])


def test_a_shape_of_the_callers_choice(server):
    assert_times_add_up(analyze(server, "identity_fp32", [1, 4], "--shape", "INPUT0:16"), [1, 4])


def test_strings(server):
    assert_times_add_up(analyze(server, "bytes_one", [1], "--string-length", "32"), [1])


STREAMING = ["--streaming"]
PROTOCOLS = pytest.mark.parametrize(
    "protocol, flags", [("http", []), ("grpc", []), ("grpc", STREAMING)], ids=["http", "grpc", "a stream"]
)
CALLS_OR_STREAM = pytest.mark.parametrize("flags", [[], STREAMING], ids=["calls", "a stream"])


@CALLS_OR_STREAM
def test_food_classifier_over_grpc(server, flags):
    assert_times_add_up(analyze(server, "food_classifier_onnx", [1, 4], *flags, protocol="grpc"), [1, 4])


@CALLS_OR_STREAM
def test_grpc_at_16(server, flags):
    report = analyze(server, "identity_backend", [8, 16], "--shape", "INPUT0:16", *flags, protocol="grpc")
    assert BLOCK.findall(report) == ["8", "16"]
    assert len(CLIENT_LATENCY.findall(report)) == 2


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_grpc_with_compression(server, algorithm):
    flags = ["--shape", "INPUT0:1024", "--grpc-compression-algorithm", algorithm]
    assert_times_add_up(analyze(server, "identity_fp32", [2], *flags, protocol="grpc"), [2])


def test_a_decoupled_model_over_grpc(server, tmp_path):
    """The next request is sent when the last response to the one before has come, of three."""
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"data": [{"IN": [3]}]}))
    before = sent_by(server, "square_int32")
    report = analyze(server, "square_int32", [1, 2], "--streaming", "--input-data", str(data), protocol="grpc")
    assert BLOCK.findall(report) == ["1", "2"]
    after = sent_by(server, "square_int32")
    assert after["0"] - before.get("0", 0) == after["2"] - before.get("2", 0) >= 2 * REQUESTS


def sent_by(server, model):
    """How many first, second, ... responses a model has given."""
    return {
        place: entry["success"]["count"] for place, entry in statistics(server.port, model)["response_stats"].items()
    }


def shared_memory(server, protocol, elements, levels, *flags):
    flags = [*flags, "--shared-memory", "system", "--output-shared-memory-size", str(4 * elements)]
    report = analyze(server, "identity_fp32", levels, "--shape", f"INPUT0:{elements}", *flags, protocol=protocol)
    # It gives its regions up when it ends.
    assert wire.get(server.port, "/v2/systemsharedmemory/status").json() == []
    return report


@PROTOCOLS
def test_shared_memory(memory_server, protocol, flags):
    assert_times_add_up(shared_memory(memory_server, protocol, 1024, [1, 4], *flags), [1, 4])


@PROTOCOLS
def test_shared_memory_with_large_tensors(memory_server, protocol, flags):
    assert_times_add_up(shared_memory(memory_server, protocol, 200_000, [2], *flags), [2])
