"""The metrics port, read with Prometheus' own parser: names, types and labels, and values that agree with the statistics."""

import concurrent.futures
import json
import re
import signal
import time

import numpy as np
import prometheus_client.parser
import pytest
import tritonclient.http as triton

import wire
from batching_models import BatchingRepository, delay
from crowd import wait_until
from models import repeat_config
from ports import free_port

BUSY_MS = 1_500
# Longer than any test waits for it: a run of it ends when its client goes.
ENDLESS_MS = 120_000
REASONS = {"REJECTED", "CANCELED", "BACKEND", "OTHER"}
PHASES = ("request", "queue", "compute_input", "compute_infer", "compute_output")
# name -> (type, labels); what depends on a flag or on a GPU is added by the tests that ask for it.
MODEL = {"model", "version"}
TRITON = {
    "nv_inference_request_success": ("counter", MODEL),
    "nv_inference_request_failure": ("counter", MODEL | {"reason"}),
    "nv_inference_count": ("counter", MODEL),
    "nv_inference_exec_count": ("counter", MODEL),
    **{f"nv_inference_{phase}_duration_us": ("counter", MODEL) for phase in PHASES},
    "nv_inference_pending_request_count": ("gauge", MODEL),
    "nv_model_load_duration_secs": ("gauge", MODEL),
    "nv_pinned_memory_pool_total_bytes": ("gauge", set()),
    "nv_pinned_memory_pool_used_bytes": ("gauge", set()),
    "nv_cpu_utilization": ("gauge", set()),
    "nv_cpu_memory_total_bytes": ("gauge", set()),
    "nv_cpu_memory_used_bytes": ("gauge", set()),
}
SUMMARIES = {f"nv_inference_{phase}_summary_us": ("summary", MODEL) for phase in PHASES}
FIRST_RESPONSE = {"nv_inference_first_response_histogram_ms": ("histogram", MODEL)}
GPU = {
    "nv_gpu_utilization",
    "nv_gpu_memory_total_bytes",
    "nv_gpu_memory_used_bytes",
    "nv_gpu_power_usage",
    "nv_gpu_power_limit",
    "nv_energy_consumption",
}


class Metrics:
    """One answer of the port."""

    def __init__(self, port, path="/metrics"):
        self.response = wire.get(port, path)
        self.text = self.response.text
        # As they are written: the parser gives counters a name of its own.
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", self.text, re.MULTILINE))
        self.samples = {}
        for family in prometheus_client.parser.text_string_to_metric_families(self.text):
            for sample in family.samples:
                name = sample.name
                if name not in self.text.replace("{", " ").split():
                    name = name.removesuffix("_total")
                key = (name, tuple(sorted(sample.labels.items())))
                assert key not in self.samples, f"{key} comes twice"
                self.samples[key] = sample.value

    def value(self, name, **labels):
        return self.samples[(name, tuple(sorted(labels.items())))]

    def labels_of(self, name):
        return [dict(labels) for sample, labels in self.samples if sample == name]

    def sum(self, name, **labels):
        wanted = labels.items()
        return sum(value for (sample, has), value in self.samples.items() if sample == name and wanted <= dict(has).items())


def write_models(folder):
    repository = BatchingRepository(folder)
    repository.identity("quick", 'metric_tags { key: "team" value: "a \\"b\\" c" }')
    repository.identity("busy", delay(BUSY_MS), max_batch_size=1)
    repository.identity("endless", delay(ENDLESS_MS), max_batch_size=1)
    queue = "dynamic_batching { default_queue_policy { timeout_action: REJECT default_timeout_microseconds: %d %s } }"
    repository.identity("impatient", delay(4 * BUSY_MS) + queue % (2_000 * BUSY_MS, ""), max_batch_size=1)
    repository.identity("narrow", delay(BUSY_MS) + queue % (60_000_000, "max_queue_size: 1"), max_batch_size=1)
    repository.add("stream", repeat_config(), {1: None})


@pytest.fixture(scope="module")
def metric_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    write_models(folder)
    return folder


@pytest.fixture(scope="module")
def measured(start_module_server, metric_models):
    port = free_port()
    server = start_module_server([metric_models], "--allow-metrics=true", f"--metrics-port={port}")
    server.metrics_port = port
    return server


@pytest.fixture(scope="module")
def summarised(start_module_server, metric_models):
    port = free_port()
    server = start_module_server(
        [metric_models],
        "--allow-metrics=true",
        f"--metrics-port={port}",
        "--metrics-config=counter_latencies=false",
        "--metrics-config",
        "summary_latencies=true",
        "--metrics-config=histogram_latencies=true",
        "--metrics-config=summary_quantiles=0.5:0.05,0.99:0.001",
        "--allow-cpu-metrics=false",
    )
    server.metrics_port = port
    return server


def infer(server, model, rows=1, **options):
    values = np.zeros([rows, 1], np.float32)
    with triton.InferenceServerClient(server.url, network_timeout=30) as client:
        tensor = triton.InferInput("INPUT0", list(values.shape), "FP32")
        tensor.set_data_from_numpy(values)
        return client.infer(model, [tensor], **options)


def together(server, model, count):
    """Sends requests at the same time; the statuses of the answers, sorted."""
    body = {"inputs": [wire.json_input("INPUT0", "FP32", [1, 1], [0])]}
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        return sorted(threads.map(lambda _: wire.infer(server.port, model, body).status, range(count)))


def test_every_family_of_triton_is_there_with_its_type_and_labels(measured):
    metrics = Metrics(measured.metrics_port)
    assert metrics.response.status == 200
    assert metrics.response.headers["content-type"] == "text/plain; charset=utf-8"
    gpus = GPU & set(metrics.types)
    assert not gpus or gpus == GPU
    assert {name: kind for name, kind in metrics.types.items() if name.startswith("nv_") and name not in GPU} == {
        name: kind for name, (kind, _) in TRITON.items()
    }
    for name, (_, labels) in TRITON.items():
        found = metrics.labels_of(name)
        assert found, name
        for of_sample in found:
            tags = {label for label in of_sample if label.startswith("_")}
            assert set(of_sample) - tags == labels, (name, of_sample)
            assert tags == ({"_team"} if of_sample.get("model") == "quick" else set()), (name, of_sample)
    assert {labels["reason"] for labels in metrics.labels_of("nv_inference_request_failure")} == REASONS
    for name in GPU:
        assert all(set(labels) == {"gpu_uuid"} for labels in metrics.labels_of(name))
    assert all(labels["_team"] == 'a "b" c' for labels in metrics.labels_of("nv_inference_count") if "_team" in labels)


@pytest.mark.parametrize("path, empty", [("/metrics/", False), ("/metrics?a=b", False), ("/", True), ("/v2", True)])
def test_other_paths_are_empty(measured, path, empty):
    response = wire.get(measured.metrics_port, path)
    assert (response.status, response.text == "") == (200, empty)


def test_other_methods_are_refused(measured):
    assert wire.exchange(measured.metrics_port, "POST", "/metrics", b"").status == 405


def test_values_agree_with_the_statistics_after_a_load(measured):
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(infer, measured, "quick", rows) for rows in (1, 2, 3, 4) * 15]:
            future.result()
        during = Metrics(measured.metrics_port)
    labels = {"model": "quick", "version": "1", "_team": 'a "b" c'}

    def is_anything_in_flight():
        now = Metrics(measured.metrics_port)
        return any(now.value(f"nereid_inference_inflight_{what}", **labels) for what in ("requests", "bytes"))

    # Until all of its answer is sent, of which the client may know before the server does.
    wait_until(lambda: not is_anything_in_flight(), "nothing is in flight")
    metrics = Metrics(measured.metrics_port)
    (entry,) = wire.get(measured.port, "/v2/models/quick/stats").json()["model_stats"]
    stats = entry["inference_stats"]
    assert metrics.value("nv_inference_request_success", **labels) == stats["success"]["count"] == 60
    assert metrics.value("nv_inference_count", **labels) == entry["inference_count"] == 150
    assert metrics.value("nv_inference_exec_count", **labels) == entry["execution_count"]
    names = {"request": "success", **{phase: phase for phase in PHASES[1:]}}
    for phase, statistic in names.items():
        micros = metrics.value(f"nv_inference_{phase}_duration_us", **labels)
        # Each of the requests lost less than a microsecond.
        assert 0 <= stats[statistic]["ns"] / 1000 - micros <= stats[statistic]["count"], phase
    assert metrics.value("nv_inference_pending_request_count", **labels) == 0
    for histogram in ("request", "queue", "compute"):
        name = f"nereid_inference_{histogram}_duration_seconds"
        assert metrics.value(f"{name}_count", **labels) == metrics.value(f"{name}_bucket", **labels, le="+Inf") == 60
    assert metrics.value("nereid_inference_request_duration_seconds_sum", **labels) == pytest.approx(
        stats["success"]["ns"] / 1e9
    )
    sizes = {batch["batch_size"]: batch["compute_infer"]["count"] for batch in entry["batch_stats"]}
    assert metrics.value("nereid_inference_batch_size_count", **labels) == sum(sizes.values())
    assert metrics.value("nereid_inference_batch_size_sum", **labels) == sum(n * count for n, count in sizes.items())
    assert metrics.value("nereid_inference_batch_size_bucket", **labels, le="2") == sizes.get(1, 0) + sizes.get(2, 0)
    busy = metrics.sum("nereid_instance_busy_seconds_total", **labels)
    assert busy == pytest.approx(
        sum(batch[f"compute_{part}"]["ns"] for batch in entry["batch_stats"] for part in ("input", "infer", "output")) / 1e9
    )
    for key, value in during.samples.items():
        if key[0].endswith(("_count", "_total", "_success")) and key[0] != "nv_inference_pending_request_count":
            assert metrics.samples[key] >= value, key


def test_a_busy_model_has_a_queue_an_age_and_a_wait(measured):
    infer(measured, "busy")
    infer(measured, "busy")
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(infer, measured, "busy") for _ in range(4)]
        seen = []
        while not all(future.done() for future in futures):
            seen.append(Metrics(measured.metrics_port))
            time.sleep(0.1)
    labels = {"model": "busy", "version": "1"}
    most = lambda name: max(metrics.value(name, **labels) for metrics in seen)
    assert most("nv_inference_pending_request_count") == 3
    assert most("nereid_inference_inflight_requests") == 4
    assert most("nereid_inference_inflight_bytes") >= 4 * 4
    # Seconds, not another unit: a run may have taken longer than its model pauses.
    assert BUSY_MS / 1000 <= most("nereid_inference_oldest_request_age_seconds") <= 20 * BUSY_MS / 1000
    assert 2 * BUSY_MS / 1000 <= most("nereid_estimated_wait_seconds") <= 20 * BUSY_MS / 1000
    after = Metrics(measured.metrics_port)
    for name in ("nereid_inference_oldest_request_age_seconds", "nereid_estimated_wait_seconds"):
        assert after.value(name, **labels) == 0
    assert after.sum("nereid_instance_busy_seconds_total", model="busy") >= 6 * BUSY_MS / 1000


def test_a_request_whose_time_is_up_counts_as_rejected(measured):
    assert together(measured, "impatient", 2) == [200, 503]
    metrics = Metrics(measured.metrics_port)
    assert metrics.value("nv_inference_request_failure", model="impatient", version="1", reason="REJECTED") == 1
    assert metrics.sum("nv_inference_request_failure", model="impatient") == 1
    assert metrics.value("nereid_inference_rejected_total", model="impatient", version="1", reason="timeout") == 1
    (entry,) = wire.get(measured.port, "/v2/models/impatient/stats").json()["model_stats"]
    assert entry["inference_stats"]["fail"]["count"] == 1


def test_a_full_queue_counts_as_such_and_not_as_a_failure(measured):
    statuses = together(measured, "narrow", 4)
    refused = statuses.count(503)
    # One runs and one waits; one that comes before the first has left the queue is refused as well.
    assert refused >= 2
    assert statuses.count(200) == 4 - refused
    metrics = Metrics(measured.metrics_port)
    assert metrics.value("nereid_inference_rejected_total", model="narrow", version="1", reason="queue_full") == refused
    assert metrics.sum("nv_inference_request_failure", model="narrow") == 0


def test_a_request_that_its_client_gave_up_counts_as_canceled(measured):
    before = Metrics(measured.metrics_port).value("nv_inference_request_failure", model="endless", version="1", reason="CANCELED")
    body = json.dumps(wire.fp32_request([0])).encode()
    deadline = time.monotonic() + 60
    with wire.Connection(measured.port) as connection:
        connection.send(wire.request_bytes("/v2/models/endless/infer", body))
        while Metrics(measured.metrics_port).value("nereid_inference_inflight_requests", model="endless", version="1") == 0:
            assert time.monotonic() < deadline
    count = before
    while count == before:
        assert time.monotonic() < deadline, "not counted"
        count = Metrics(measured.metrics_port).value(
            "nv_inference_request_failure", model="endless", version="1", reason="CANCELED"
        )
    assert count == before + 1


def test_summaries_and_first_responses_are_there_when_asked_for(summarised):
    for _ in range(20):
        infer(summarised, "quick", 2)
    response = wire.exchange(
        summarised.port,
        "POST",
        "/v2/models/stream/generate_stream",
        {"IN": [1, 2, 3], "DELAY": [20, 20, 20], "WAIT": 0},
    )
    assert response.status == 200
    metrics = Metrics(summarised.metrics_port)
    expected = {
        name: kind
        for name, (kind, _) in (TRITON | SUMMARIES | FIRST_RESPONSE).items()
        if not name.endswith("_duration_us") and not name.startswith("nv_cpu_")
    }
    assert {name: kind for name, kind in metrics.types.items() if name.startswith("nv_") and name not in GPU} == expected
    labels = {"model": "quick", "version": "1", "_team": 'a "b" c'}
    (entry,) = wire.get(summarised.port, "/v2/models/quick/stats").json()["model_stats"]
    for phase in PHASES:
        name = f"nv_inference_{phase}_summary_us"
        assert metrics.value(f"{name}_count", **labels) == 20
        low, high = (metrics.value(name, **labels, quantile=quantile) for quantile in ("0.5", "0.99"))
        assert 0 <= low <= high <= metrics.value(f"{name}_sum", **labels) * 1.02 + 1
    assert 0 <= entry["inference_stats"]["success"]["ns"] / 1000 - metrics.value(
        "nv_inference_request_summary_us_sum", **labels
    ) <= 20
    # Counters of requests are counted whether latencies are shown or not.
    assert metrics.value("nv_inference_request_success", **labels) == 20
    first = "nv_inference_first_response_histogram_ms"
    models = {labels["model"] for labels in metrics.labels_of(f"{first}_count")}
    assert models == {"quick", "busy", "endless", "impatient", "narrow", "stream"}
    bounds = [labels["le"] for labels in metrics.labels_of(f"{first}_bucket") if labels["model"] == "stream"]
    assert bounds == ["100", "500", "2000", "5000", "+Inf"]
    assert metrics.value(f"{first}_count", model="stream", version="1") == 1
    assert metrics.value(f"{first}_count", **labels) == 20
    assert metrics.value(f"{first}_count", model="busy", version="1") == 0
    assert 15 <= metrics.value(f"{first}_sum", model="stream", version="1") < 5000


def test_the_port_answers_until_the_server_has_ended(start_server, metric_models):
    port = free_port()
    server = start_server([metric_models], "--allow-metrics=true", f"--metrics-port={port}").wait_until()
    wait_until(lambda: "Started Metrics Service at 127.0.0.1:" in server.log_text(), "the last line of the start")
    asked = {"IN": [1], "DELAY": [6_000], "WAIT": 0}
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        answer = threads.submit(wire.exchange, server.port, "POST", "/v2/models/stream/generate_stream", asked)
        in_flight = lambda: Metrics(port).value("nereid_inference_inflight_requests", model="stream", version="1")
        wait_until(lambda: in_flight() == 1, "a request is in flight")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.status_of("/v2/health/live") != 200, "it is stopping")
        assert in_flight() == 1
        assert Metrics(port).value("nereid_server_ready") == 0
        assert answer.result().text.startswith("data: ")
    assert server.wait_for_exit() == 0


def test_a_port_that_two_want_is_a_usage_error(start_server, metric_models):
    server = start_server([metric_models])
    same = start_server([metric_models], "--allow-metrics=true", f"--metrics-port={server.port}", f"--http-port={server.port}")
    assert same.wait_for_exit() == 1
    assert f"HTTP requests and metrics requests at the same address and port 127.0.0.1:{server.port}" in same.log_text()
