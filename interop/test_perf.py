"""`nereid perf` against a running server: what it sends is what the server counts, and its exit code says how it went."""

import csv
import json
import os
import pathlib
import re
import subprocess

import pytest

import models
import wire
from crowd import statistics
from server import FOOD11_MODELS, JAVA_OPTIONS, LAUNCHER, ROOT, free_port

OK, LIMIT_MISSED, USAGE, FAILED = range(4)
MODEL = "identity_backend"
SHAPE = ("--shape", "INPUT0:16")
REQUESTS = 200
SHARED = pathlib.Path("/dev/shm")


@pytest.fixture(scope="module")
def measured(start_module_server, test_models):
    """Serves the test models and the example, and lets clients share memory."""
    return start_module_server([test_models, FOOD11_MODELS], "--allow-client-shm=true")


def perf(*arguments):
    """Runs it to its end; .returncode, .stdout and .stderr."""
    return subprocess.run(
        [str(LAUNCHER), "perf", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, **JAVA_OPTIONS}, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True,
        timeout=120,
    )  # fmt: skip


def perf_of(server, model, *arguments):
    """The same on a model of a server, by HTTP unless the arguments say otherwise."""
    url = server.grpc_url if "grpc" in arguments else server.url
    return perf("-m", model, "-u", url, *arguments)


def inferences(server, model):
    return statistics(server.port, model)["inference_count"]


def requests_of(report):
    """How many requests each level had."""
    return [int(count.replace(",", "")) for count in re.findall(r"Requests: +([0-9,]+) in ", report)]


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("-i", "grpc"),
        ("-i", "grpc", "--streaming"),
        ("--shared-memory", "system"),
        ("-i", "grpc", "--shared-memory", "system"),
        ("-i", "grpc", "--streaming", "--shared-memory", "system"),
        ("--input-tensor-format", "json", "--output-tensor-format", "json"),
        ("--max-threads", "3"),
        ("-i", "grpc", "--max-threads", "2"),
    ],
    ids=" ".join,
)
def test_server_counts_what_was_sent(measured, flags):
    shared = {path for path in SHARED.iterdir() if path.name.startswith("nereid-perf-")}
    before = inferences(measured, MODEL)
    run = perf_of(
        measured, MODEL, *SHAPE, "--concurrency-range", "7", "--request-count", REQUESTS,
        "--warmup-request-count", 50, *flags,
    )  # fmt: skip
    assert run.returncode == OK, run.stdout + run.stderr
    assert requests_of(run.stdout) == [REQUESTS]
    assert f"Inferences:  {REQUESTS} in " in run.stdout, "what the server says of the time measured"
    assert inferences(measured, MODEL) - before == REQUESTS + 50
    assert {path for path in SHARED.iterdir() if path.name.startswith("nereid-perf-")} == shared
    regions = wire.get(measured.port, "/v2/systemsharedmemory/status").json()
    assert regions == [], "the server has forgotten the memory"


def test_large_tensors_by_both_protocols(measured):
    for flags in ((), ("-i", "grpc"), ("-i", "grpc", "--streaming")):
        run = perf_of(
            measured, MODEL, "--shape", "INPUT0:150528", "--concurrency-range", "4", "--request-count", 40, *flags
        )
        assert run.returncode == OK, run.stdout + run.stderr
        assert requests_of(run.stdout) == [40]


def test_levels_and_files(measured, tmp_path):
    table, page = tmp_path / "levels.csv", tmp_path / "report.html"
    run = perf_of(
        measured, "food_classifier_onnx", "--concurrency-range", "1:5:2", "-p", 300, "-s", 999, "-b", 2,
        "-f", table, "--report", page,
    )  # fmt: skip
    assert run.returncode == OK, run.stdout + run.stderr
    with open(table, newline="") as file:
        levels = list(csv.DictReader(file))
    assert [level["Concurrency"] for level in levels] == ["1", "3", "5"]
    for level in levels:
        assert float(level["Inferences/Second"]) > 0
        assert int(level["Server Compute Infer"]) > 0
    assert len(requests_of(run.stdout)) == 3
    assert "food_classifier_onnx" in page.read_text()


@pytest.mark.alone
@pytest.mark.parametrize("distribution", ["constant", "poisson"])
def test_rates(measured, distribution):
    run = perf_of(
        measured, MODEL, *SHAPE, "--request-rate-range", "100:200:100", "--request-distribution", distribution,
        "-p", 1000, "-r", 3, "-s", 50,
    )  # fmt: skip
    assert run.returncode == OK, run.stdout + run.stderr
    # Three seconds of each: the schedule does not follow the server, so the rates are what was asked for.
    slow, fast = requests_of(run.stdout)
    assert 240 <= slow <= 360 and 500 <= fast <= 700, run.stdout


def test_rate_beyond_the_server_shows_in_latencies(measured):
    """One instance answers fewer than are sent, so each request waits longer than the one before."""
    run = perf_of(
        measured, "slow", "--shape", "INPUT0:4", "--request-rate-range", 1000 / models.SLOW_MODEL_DELAY_MS * 4,
        "--request-count", 9,
    )  # fmt: skip
    assert run.returncode == OK, run.stdout + run.stderr
    longest = float(re.search(r"p99 ([0-9,.]+) ms", run.stdout)[1].replace(",", ""))
    assert longest > 2 * models.SLOW_MODEL_DELAY_MS, run.stdout


def test_decoupled_model(measured):
    flags = ("--input-data", "zero", "--shape", "IN:3", "--shape", "DELAY:3", "--request-count", 20)
    run = perf_of(measured, "repeat_int32", *flags)
    assert run.returncode == USAGE and "it needs -i grpc --streaming" in run.stderr
    run = perf_of(measured, "repeat_int32", *flags, "-i", "grpc", "--streaming", "--concurrency-range", 2)
    assert run.returncode == OK, run.stdout + run.stderr
    assert requests_of(run.stdout) == [20]
    assert re.search(r"Responses: +60$", run.stdout, re.MULTILINE), run.stdout


def test_limits_decide_the_exit_code(measured):
    flags = (*SHAPE, "--request-count", 20)
    run = perf_of(measured, MODEL, *flags, "--max-p99-ms", 60000, "--min-throughput", 0.1, "--max-error-rate", 0)
    assert run.returncode == OK, run.stderr
    run = perf_of(measured, MODEL, *flags, "--max-p99-ms", 0.0001)
    assert run.returncode == LIMIT_MISSED
    assert re.search(r"concurrency 1: p99: got [0-9.]+ ms \(expected at most 0.0001 ms\)", run.stderr), run.stderr
    run = perf_of(measured, MODEL, *flags, "--min-throughput", 1000000000)
    assert run.returncode == LIMIT_MISSED


def test_failing_requests(measured, tmp_path):
    """Every second request asks for an element that the model does not have."""
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"data": [{"INDEX": [1]}, {"INDEX": [99]}]}))
    for protocol in (("-i", "http"), ("-i", "grpc"), ("-i", "grpc", "--streaming")):
        flags = ("--input-data", data, "--shape", "INDEX:1", "--request-count", 20, *protocol)
        run = perf_of(measured, "gather_from_four", *flags)
        assert run.returncode == FAILED, run.stdout + run.stderr
        assert requests_of(run.stdout) == [10] and "10 requests failed: " in run.stderr
        assert perf_of(measured, "gather_from_four", *flags, "--max-error-rate", 0.5).returncode == OK
        run = perf_of(measured, "gather_from_four", *flags, "--max-error-rate", 0.4)
        assert run.returncode == LIMIT_MISSED and "error rate: got 0.500 (expected at most 0.4)" in run.stderr


def test_no_server_and_no_model(measured):
    run = perf_of(measured, "nosuch")
    assert run.returncode == FAILED and "unknown model" in run.stderr.lower()
    run = perf_of(measured, "nosuch", "-i", "grpc")
    assert run.returncode == FAILED and "unknown model" in run.stderr.lower()
    for protocol in ("http", "grpc"):
        run = perf("-m", MODEL, "-u", f"127.0.0.1:{free_port()}", "-i", protocol)
        assert run.returncode == FAILED and "Connection refused" in run.stderr


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["-m", MODEL, "--concurrency"], "unknown flag --concurrency"),
        (["-m", MODEL, "--concurrency-range", "4:1"], "--concurrency-range: got '4:1'"),
        (["-m", MODEL, "--streaming"], "--streaming: got it with -i http"),
        (["-m", MODEL, "--binary-search"], "--binary-search of perf_analyzer is not built here"),
        ([MODEL], f"a model is given as -m {MODEL}"),
        (["-u", "localhost:8000"], "which model?"),
        (["-m", MODEL, "--concurrency-range", "1:0"], "needs --latency-threshold"),
        (["-m", MODEL, "--report", "/nosuch/report.html"], "cannot write /nosuch/report.html"),
    ],
)
def test_mistakes(arguments, expected):
    run = perf(*arguments)
    assert run.returncode == USAGE and expected in run.stderr, run.stderr


def test_missing_shape_is_said(measured):
    run = perf_of(measured, MODEL)
    assert run.returncode == USAGE and "give --shape INPUT0:" in run.stderr
