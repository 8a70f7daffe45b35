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
from crowd import statistics, wait_until
from ports import free_port
from sequences import STRATEGIES, write_sums
from server import FOOD11_MODELS, JAVA_OPTIONS, LAUNCHER, ROOT, Server
from test_grpc_service import make_certificate

OK, LIMIT_MISSED, USAGE, FAILED = range(4)
MODEL = "identity_backend"
SHAPE = ("--shape", "INPUT0:16")
REQUESTS = 200
SHARED = pathlib.Path("/dev/shm")


@pytest.fixture(scope="module")
def measured(start_module_server, test_models, tmp_path_factory):
    """Serves the test models, the example and models of sequences, and lets clients share memory."""
    folder = tmp_path_factory.mktemp("sequences")
    for strategy, batching in STRATEGIES.items():
        write_sums(folder, f"sums_{strategy}", batching)
    return start_module_server([test_models, FOOD11_MODELS, folder], "--allow-client-shm=true")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A folder with an authority `ours`, and a server and a client that it vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificate(folder, "ours")
    for name in ("server", "client"):
        make_certificate(folder, name, "ours")
    return folder


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory, few_models, certificates):
    """Serves by TLS; over gRPC it wants certificates of clients."""
    files = [f"--{protocol}-server-{kind}={certificates / f'server.{end}'}"
             for protocol in ("http", "grpc") for kind, end in (("cert", "crt"), ("key", "key"))]  # fmt: skip
    server = Server(
        tmp_path_factory.mktemp("log") / "server.log", [few_models], "--http-use-ssl", "--grpc-use-ssl-mutual",
        f"--grpc-root-cert={certificates / 'ours.crt'}", *files,
    )  # fmt: skip
    try:
        yield server.wait_until_started()
        assert server.stop() == 0
        assert "LEAK:" not in server.log_text(), server.log_text()
    finally:
        server.kill()


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


def regions_of_perf():
    return {path for path in SHARED.iterdir() if path.name.startswith("nereid-perf-")}


def requests_of(report):
    """How many requests each level had."""
    return [int(count.replace(",", "")) for count in re.findall(r"Requests: +([0-9,]+) in ", report)]


def seconds_of(report):
    """For how long each was measured."""
    return [float(seconds) for seconds in re.findall(r"Requests: +[0-9,]+ in ([0-9.]+) s", report)]


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
    shared = regions_of_perf()
    before = inferences(measured, MODEL)
    run = perf_of(
        measured, MODEL, *SHAPE, "--concurrency-range", "7", "--request-count", REQUESTS,
        "--warmup-request-count", 50, *flags,
    )  # fmt: skip
    assert run.returncode == OK, run.stdout + run.stderr
    assert requests_of(run.stdout) == [REQUESTS]
    assert f"Inferences:  {REQUESTS} in " in run.stdout, "what the server says of the time measured"
    assert inferences(measured, MODEL) - before == REQUESTS + 50
    wait_until(lambda: regions_of_perf() <= shared, "the memory is given back, also that of others on this machine")
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
    # Three seconds of each, or more on a machine that stands still: the schedule does not follow the server, so the rates are
    # what was asked for.
    counted = zip((100, 200), requests_of(run.stdout), seconds_of(run.stdout), strict=True)
    for rate, count, seconds in counted:
        assert 0.8 * 3 * rate <= count <= 1.2 * rate * seconds, run.stdout


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


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("flags", [("-i", "http"), ("-i", "grpc"), ("-i", "grpc", "--streaming")], ids=" ".join)
def test_sequences(measured, strategy, flags):
    """A request that is of none, or after its end, would fail; a sequence without an end would keep one of four slots."""
    for ids in (("--start-sequence-id", 900), ("--sequence-id-range", "5:9")):
        run = perf_of(
            measured, f"sums_{strategy}", "--concurrency-range", 4, "--request-count", REQUESTS, "--sequence-length", 5,
            *ids, *flags,
        )  # fmt: skip
        assert run.returncode == OK, run.stdout + run.stderr
        assert requests_of(run.stdout) == [REQUESTS]


def test_sequences_of_a_file_and_of_a_rate(measured, tmp_path):
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"data": [[{"INPUT": [n]} for n in range(3)], [{"INPUT": [7]}] * 2]}))
    before = inferences(measured, "sums_direct")
    run = perf_of(
        measured, "sums_direct", "--input-data", data, "--shared-memory", "system", "--request-count", 25,
        "--request-rate-range", 500, "--num-of-sequences", 3,
    )  # fmt: skip
    assert run.returncode == OK, run.stdout + run.stderr
    assert 25 <= inferences(measured, "sums_direct") - before <= 25 + 3


@pytest.mark.parametrize(
    "flags, expected",
    [
        (("-b", 2), "takes sequences, whose requests are one row each"),
        (("--sequence-id-range", "1:4", "--concurrency-range", 4), "got 3 ids (expected at least 4"),
    ],
)
def test_sequences_that_do_not_fit(measured, flags, expected):
    run = perf_of(measured, "sums_direct", *flags)
    assert run.returncode == USAGE and expected in run.stderr, run.stderr


def test_sequences_of_a_model_without_them(measured):
    run = perf_of(measured, MODEL, *SHAPE, "--sequence-length", 5)
    assert run.returncode == USAGE and "expected a model with sequence_batching" in run.stderr, run.stderr


def test_binary_search(measured):
    flags = (*SHAPE, "--concurrency-range", "2:6", "--binary-search", "--request-count", 20)
    run = perf_of(measured, MODEL, *flags, "-l", 60000)
    assert run.returncode == OK, run.stdout + run.stderr
    assert requests_of(run.stdout) == [20, 20]
    assert run.stdout.endswith("Highest level within --latency-threshold 60000.0 ms: concurrency 6\n")
    run = perf_of(measured, MODEL, *flags, "-l", 0.0001)
    assert run.returncode == LIMIT_MISSED and "no level is within --latency-threshold" in run.stderr, run.stderr


def tls_flags(certificates, protocol, *without):
    """What a client of `encrypted` needs, but for some of it."""
    files = {
        "http": {"ssl-https-ca-certificates-file": "ours.crt"},
        "grpc": {"ssl-grpc-root-certifications-file": "ours.crt", "ssl-grpc-certificate-chain-file": "client.crt",
                 "ssl-grpc-private-key-file": "client.key"},
    }[protocol]  # fmt: skip
    use = ["--ssl-grpc-use-ssl"] if protocol == "grpc" else []
    return [*use, *(f"--{flag}={certificates / file}" for flag, file in files.items() if flag not in without)]


@pytest.mark.parametrize("flags", [("-i", "http"), ("-i", "grpc"), ("-i", "grpc", "--streaming")], ids=" ".join)
def test_tls(encrypted, certificates, flags):
    url = encrypted.grpc_url if "grpc" in flags else f"https://{encrypted.url}"
    secrets = tls_flags(certificates, flags[1])
    for elements in (16, 60_000):  # the first compiler knows no instructions for AES
        run = perf(
            "-m", MODEL, "-u", url, *flags, *secrets, "--shape", f"INPUT0:{elements}", "--concurrency-range", 7,
            "--request-count", 21,
        )  # fmt: skip
        assert run.returncode == OK, run.stdout + run.stderr
        assert requests_of(run.stdout) == [21] and " over TLS, " in run.stdout


@pytest.mark.parametrize(
    "flags, level",
    [((), 1), (("-i", "grpc", "--ssl-grpc-use-ssl"), 4), (("-u", "https://h:1"), 4), (("-i", "grpc", "-ugrpcs://h:1"), 4)],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_compiler_that_knows_aes_is_there_for_tls(flags, level, tmp_path):
    """The launcher starts a Java that only says what it was given."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "release").write_text('JAVA_VERSION="25"\n')
    (tmp_path / "bin" / "java").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "bin" / "java").chmod(0o755)
    launcher = ROOT / "server" / "launcher" / "src" / "main" / "distribution" / "bin" / "nereid"
    run = subprocess.run(
        [launcher, "perf", "-m", "m", *flags], env={**os.environ, "NEREID_JAVA_HOME": str(tmp_path)},
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert re.findall("-XX:TieredStopAtLevel=([0-9])", run.stdout) == [str(level)]


def test_tls_that_does_not_come_about(encrypted, certificates, measured):
    def refused(expected, *arguments):
        run = perf("-m", MODEL, *SHAPE, "--request-count", 1, *arguments)
        assert run.returncode == FAILED and expected in run.stderr, run.stderr

    https, grpc = ("-u", f"https://{encrypted.url}"), ("-i", "grpc", "-u", encrypted.grpc_url)
    refused("--ssl-https-ca-certificates-file FILE names who is trusted", *https)
    refused("this port takes TLS only", "-u", encrypted.url)
    # the certificate is for the address
    named = ("-u", f"https://localhost:{encrypted.port}", *tls_flags(certificates, "http"))
    refused("its certificate is for another host", *named)
    run = perf("-m", MODEL, *SHAPE, "--request-count", 1, *named, "--ssl-https-verify-host", 0)
    assert run.returncode == OK, run.stderr
    run = perf("-m", MODEL, *SHAPE, "--request-count", 1, *https, "--ssl-https-verify-peer", 0)
    assert run.returncode == OK, run.stderr
    unknown = tls_flags(certificates, "grpc", "ssl-grpc-certificate-chain-file", "ssl-grpc-private-key-file")
    refused("it wants a certificate of the client that it knows", *grpc, *unknown)
    refused("is it a port with TLS?", "-u", f"https://{measured.url}")


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["-m", MODEL, "--concurrency"], "unknown flag --concurrency"),
        (["-m", MODEL, "--concurrency-range", "4:1"], "--concurrency-range: got '4:1'"),
        (["-m", MODEL, "--streaming"], "--streaming: got it with -i http"),
        (["-m", MODEL, "--collect-metrics"], "--collect-metrics of perf_analyzer is not built here"),
        (["-m", MODEL, "--ssl-https-verify-peer", "0"], "expected -u https://HOST:PORT"),
        (["-m", MODEL, "-u", "https://127.0.0.1", "--ssl-https-ca-certificates-file", "/nosuch.crt"], "cannot read /nosuch.crt"),
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
