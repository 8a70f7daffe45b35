"""Dynamic batching: which requests run together, and that each client gets its own answer."""

import concurrent.futures
import re

import numpy as np
import pytest
import tritonclient.http as triton

import batching_models
from batching_models import FIRST
from crowd import Crowd, executions, explain, output_of, row, rows, statistics, wait_until_queued
from test_perf_analyzer import analyze


@pytest.fixture(scope="module")
def batching(start_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("batching")
    batching_models.write_batching_models(folder)
    return start_module_server([folder])


def numbered(count):
    return [row(number, -number) for number in range(count)]


def assert_repeated(answers, bodies):
    for answer, body in zip(answers, bodies, strict=True):
        (sent,) = body["inputs"]
        output = output_of(answer)
        assert (output["shape"], output["data"]) == (sent["shape"], [float(value) for value in sent["data"]])


def send_first(server, model, bodies):
    with Crowd(server.port) as crowd:
        answers = crowd.send_all(model, bodies)
    assert_repeated(answers, bodies)
    return answers


@pytest.mark.parametrize(
    "model, expected, reasons",
    [
        ("all_at_once", {8: 1}, {"full": 1}),
        ("two_batches", {4: 2}, {"preferred_size": 2}),
        ("largest_preferred", {6: 1, 2: 1}, {"preferred_size": 2}),
    ],
)
def test_eight_queued_requests_run_in_the_preferred_sizes(delayed, model, expected, reasons):
    send_first(delayed, model, numbered(FIRST))
    assert executions(delayed.port, model) == expected
    closed_by = explain(delayed.port, model)["closed_by"]
    assert {reason: count for reason, count in closed_by.items() if count} == reasons


def test_requests_of_several_rows_are_never_split(delayed):
    bodies = [rows([[number, row] for row in range(3)]) for number in range(FIRST)]
    send_first(delayed, "several_rows", bodies)
    # Eight rows are the most: two requests of three fit, three do not.
    assert executions(delayed.port, "several_rows") == {6: 4}
    entry = statistics(delayed.port, "several_rows")
    assert (entry["inference_count"], entry["execution_count"]) == (24, 4)


@pytest.mark.parametrize("model", ["shapes", "shapes_onnx"])
def test_other_shapes_do_not_close_a_batch(delayed, model):
    # One after the other in turn: a batch that had to stop at another shape would hold one row.
    bodies = [row(*range(number, number + (3 if number % 2 else 5))) for number in range(FIRST)]
    send_first(delayed, model, bodies)
    assert executions(delayed.port, model) == {4: 2}


def test_higher_priorities_run_first(delayed):
    bodies = [row(number, parameters={"priority": 2 - number % 2}) for number in range(FIRST)]
    answers = send_first(delayed, "priorities", bodies)
    assert executions(delayed.port, "priorities") == {2: 4}
    high = max(answer.ended for answer in answers[1::2])
    low = min(answer.ended for answer in answers[0::2])
    # Between the two is a whole execution.
    assert high < low


def recurrent_request(steps):
    data = np.sin(np.arange(steps)).round(3).tolist()
    return {"inputs": [{"name": "x", "shape": [1, steps, 1], "datatype": "FP32", "data": data}]}


def ends_of_one_long_run_and_many_short(delayed, model):
    """When the long run ended, and when the short ones did, which were queued behind it; two instances run them."""
    with Crowd(delayed.port) as crowd:
        long = crowd.send(model, recurrent_request(150_000))
        wait_until_queued(delayed.port, model, 1)
        short = crowd.send_all(model, [recurrent_request(10)] * (FIRST - 1))
        assert long.result().status == 200 and all(answer.status == 200 for answer in short)
        return long.result(), short


def test_preserve_ordering_holds_answers_back(delayed):
    long, short = ends_of_one_long_run_and_many_short(delayed, "in_order")
    # All leave the server in one moment; here they arrive in any order. The short runs have ended long before.
    assert min(answer.ended for answer in short) > long.ended - 0.5 * long.seconds


def test_without_preserve_ordering_the_short_overtake_the_long(delayed):
    long, short = ends_of_one_long_run_and_many_short(delayed, "in_any_order")
    assert max(answer.ended for answer in short) < long.ended


@pytest.mark.parametrize("model", ["identity_5ms", "recurrent"])
def test_perf_analyzer_gets_batches(batching, model):
    shape = ["--shape", "INPUT0:16"] if model == "identity_5ms" else []
    report = analyze(batching, model, [8, 16], *shape)
    assert re.findall(r"^Request concurrency: (\d+)$", report, re.MULTILINE) == ["8", "16"]
    entry = statistics(batching.port, model)
    sizes = executions(batching.port, model)
    assert max(sizes) > 1 and max(sizes) <= 8
    assert sum(size * count for size, count in sizes.items()) == entry["inference_count"]
    assert sum(sizes.values()) == entry["execution_count"] < entry["inference_count"]
    assert entry["inference_stats"]["success"]["count"] == entry["inference_count"]
    explained = explain(batching.port, model)
    assert {batch["batch_size"]: batch["count"] for batch in explained["batches"]} == sizes
    assert sum(explained["closed_by"].values()) == entry["execution_count"]


def test_each_client_gets_the_answer_to_its_own_rows(batching):
    sent = [recurrent_rows(number) for number in range(48)]
    with triton.InferenceServerClient(batching.url) as client:
        alone = [last_state(client, values) for values in sent]
    before = statistics(batching.port, "recurrent_checked")["execution_count"]
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        together = list(threads.map(lambda values: ask_on_a_connection_of_its_own(batching.url, values), sent))
    for result, expected in zip(together, alone, strict=True):
        # A product of many rows may add in another order than that of one.
        np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-5)
    assert statistics(batching.port, "recurrent_checked")["execution_count"] - before < len(sent)


def ask_on_a_connection_of_its_own(url, values):
    with triton.InferenceServerClient(url) as client:
        return last_state(client, values)


def last_state(client, values):
    return client.infer("recurrent_checked", [tensor(values)]).as_numpy("y")


def recurrent_rows(number):
    random = np.random.default_rng(number)
    return random.standard_normal([1 + number % 3, batching_models.STEPS, 1], np.float32)


def tensor(values):
    given = triton.InferInput("x", list(values.shape), "FP32")
    given.set_data_from_numpy(values)
    return given


def test_a_batch_waits_no_longer_than_the_delay(batching):
    bodies = numbered(3)
    with Crowd(batching.port) as crowd:
        answers = crowd.send_all("waits_six_seconds", bodies)
    assert_repeated(answers, bodies)
    assert executions(batching.port, "waits_six_seconds") == {3: 1}
    assert explain(batching.port, "waits_six_seconds")["closed_by"]["delay"] == 1
    assert max(answer.seconds for answer in answers) >= 5.99


def test_a_full_batch_does_not_wait(batching):
    bodies = numbered(8)
    with Crowd(batching.port) as crowd:
        assert_repeated(crowd.send_all("waits_an_hour", bodies), bodies)
    assert executions(batching.port, "waits_an_hour") == {8: 1}


def test_without_dynamic_batching_requests_run_alone(batching):
    bodies = numbered(16)
    with Crowd(batching.port) as crowd:
        assert_repeated(crowd.send_all("no_batching", bodies), bodies)
    assert executions(batching.port, "no_batching") == {1: 16}


def test_a_passive_instance_gets_no_requests(batching):
    with Crowd(batching.port) as crowd:
        answers = crowd.send_all("one_active_instance", numbered(4))
    assert all(answer.status == 200 for answer in answers)
    # One after the other; a second instance would halve it.
    assert max(answer.ended for answer in answers) - min(answer.began for answer in answers) >= 4 * 0.4


def test_what_waits_for_company_runs_before_the_server_stops(start_server, tmp_path):
    batching_models.write_batching_models(tmp_path / "models")
    server = start_server([tmp_path / "models"]).wait_until()
    bodies = numbered(3)
    with Crowd(server.port) as crowd:
        sent = [crowd.send("waits_an_hour", body) for body in bodies]
        wait_until_queued(server.port, "waits_an_hour", 3)
        assert server.stop() == 0, server.log_text()
        assert_repeated([future.result() for future in sent], bodies)
