"""The counts of /stats after known requests."""

import time

import numpy as np
import pytest
import tritonclient.http as triton

import wire
from server import FOOD11_MODELS

NOTHING = {"count": 0, "ns": 0}


@pytest.fixture(scope="module")
def counting(start_module_server, test_models):
    """Nobody else asks its models: they have the counts of a model that was never asked."""
    return start_module_server([test_models, FOOD11_MODELS])


@pytest.fixture
def server(counting):
    return counting


def infer_batch(client, model, size):
    values = np.zeros([size, 4], np.float32)
    tensor = triton.InferInput("INPUT0", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values)
    client.infer(model, [tensor])


def statistics(client, model):
    (entry,) = client.get_inference_statistics(model)["model_stats"]
    return entry


def test_requests_executions_and_batch_sizes_are_counted(client, port):
    fresh = wire.get(port, "/v2/models/counted/stats")
    assert fresh.headers["content-type"] == "application/json"
    assert fresh.text == (
        '{"model_stats":[{"name":"counted","version":"1","last_inference":0,"inference_count":0,"execution_count":0,'
        '"inference_stats":{"success":{"count":0,"ns":0},"fail":{"count":0,"ns":0},"queue":{"count":0,"ns":0},'
        '"compute_input":{"count":0,"ns":0},"compute_infer":{"count":0,"ns":0},"compute_output":{"count":0,"ns":0},'
        '"cache_hit":{"count":0,"ns":0},"cache_miss":{"count":0,"ns":0}},'
        '"response_stats":{},"batch_stats":[],"memory_usage":[]}]}'
    )
    began = time.time() * 1000
    for size in (1, 1, 1, 2, 2, 8):
        infer_batch(client, "counted", size)
    # A request that is refused before it is queued is not counted.
    assert wire.infer(port, "counted", wire.fp32_request([1], outputs=[{"name": "NO"}])).status == 400

    entry = statistics(client, "counted")
    assert began - 1000 <= entry["last_inference"] <= time.time() * 1000 + 1000
    assert (entry["inference_count"], entry["execution_count"]) == (3 + 2 * 2 + 8, 6)
    totals = entry["inference_stats"]
    for stage in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
        assert totals[stage]["count"] == 6, stage
    assert totals["fail"] == totals["cache_hit"] == totals["cache_miss"] == NOTHING
    assert totals["success"]["ns"] > 0 and totals["compute_infer"]["ns"] > 0
    stages = ("queue", "compute_input", "compute_infer", "compute_output")
    assert sum(totals[stage]["ns"] for stage in stages) <= totals["success"]["ns"]
    assert_batch_statistics(entry)


def assert_batch_statistics(entry):
    batches = {batch["batch_size"]: batch for batch in entry["batch_stats"]}
    assert {size: batch["compute_infer"]["count"] for size, batch in batches.items()} == {1: 3, 2: 2, 8: 1}
    for stage in ("compute_input", "compute_infer", "compute_output"):
        assert sum(batch[stage]["count"] for batch in batches.values()) == entry["inference_stats"][stage]["count"]
        # Nothing is batched together here, so that the batches' time is the requests' time.
        assert sum(batch[stage]["ns"] for batch in batches.values()) == entry["inference_stats"][stage]["ns"]


def test_a_failed_execution_counts_as_failed(client, port):
    before = statistics(client, "gather_from_four")["inference_stats"]
    request = {"inputs": [wire.json_input("INDEX", "INT64", [1, 1], [99])]}
    assert wire.infer(port, "gather_from_four", request).status == 500
    after = statistics(client, "gather_from_four")["inference_stats"]
    assert after["fail"]["count"] == before["fail"]["count"] + 1
    assert after["fail"]["ns"] > before["fail"]["ns"]
    assert after["success"] == before["success"]


def test_the_time_of_a_slow_model_is_compute_time(client):
    before = statistics(client, "slow")["inference_stats"]
    infer_batch(client, "slow", 1)
    after = statistics(client, "slow")["inference_stats"]
    spent = lambda stage: after[stage]["ns"] - before[stage]["ns"]
    assert spent("compute_infer") + spent("compute_input") + spent("compute_output") >= 1_400_000_000
    assert spent("queue") < 1_400_000_000


@pytest.mark.parametrize("path", ["/v2/models/stats", "/v2/models/food_classifier_onnx/stats"])
def test_all_models_or_one(port, path):
    names = [entry["name"] for entry in wire.get(port, path).json()["model_stats"]]
    if path == "/v2/models/stats":
        assert {"identity_fp32", "food_classifier_onnx", "slow"} <= set(names)
        assert names.count("versions_all") == 2
    else:
        assert names == ["food_classifier_onnx"]


@pytest.mark.parametrize(
    "path, message",
    [
        ("/v2/models/nope/stats", "requested model 'nope' is not available"),
        (
            "/v2/models/versions_all/versions/2/stats",
            "requested model version is not available for model 'versions_all'",
        ),
    ],
)
def test_statistics_of_what_is_not_there(port, path, message):
    response = wire.get(port, path)
    assert (response.status, response.error) == (400, message)
