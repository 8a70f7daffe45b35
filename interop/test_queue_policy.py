"""Queue policies, clients that go away, and resources that models share."""

import json
import time

import pytest

import batching_models
import wire
from batching_models import FIRST
from crowd import Crowd, executions, explain, output_of, row, statistics, wait_until, wait_until_queued

BUSY_SECONDS = 6


@pytest.fixture(scope="module")
def queueing(start_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("queueing")
    batching_models.write_batching_models(folder)
    return start_module_server([folder])


def assert_refused(answer, message):
    assert answer.status == 503 and answer.response.error.startswith(message), answer
    assert int(answer.response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "model, members",
    [
        ("reject", {}),
        ("reject_by_parameter", {}),
        # Shorter than the default of a minute.
        ("override", {"parameters": {"timeout": 2_000_000}}),
    ],
)
def test_a_timeout_is_told_while_the_only_instance_is_busy(queueing, model, members):
    with Crowd(queueing.port) as crowd:
        answers = crowd.send_all(model, [row(1, **members), row(2, **members)])
    # Whichever came first has the instance for longer than the other may wait.
    served, refused = sorted(answers, key=lambda answer: answer.status)
    output_of(served)
    assert served.seconds >= BUSY_SECONDS
    assert_refused(refused, "Request timeout expired")
    assert refused.ended < served.ended - 1
    assert statistics(queueing.port, model)["inference_stats"]["fail"]["count"] == 1
    assert explain(queueing.port, model)["rejected"]["timeout"] == 1


def test_a_timeout_of_a_model_without_a_batch_dimension(queueing):
    body = {"inputs": [wire.json_input("INPUT0", "FP32", [2], [1, 2])]}
    with Crowd(queueing.port) as crowd:
        served, refused = sorted(crowd.send_all("reject_unbatched", [body, body]), key=lambda answer: answer.status)
    assert output_of(served)["data"] == [1, 2]
    assert_refused(refused, "Request timeout expired")


@pytest.mark.parametrize("model, members", [("delay", {}), ("no_override", {"parameters": {"timeout": 100_000}})])
def test_requests_that_may_not_time_out_are_all_served(queueing, model, members):
    with Crowd(queueing.port) as crowd:
        answers = crowd.send_all(model, [row(number, **members) for number in range(3)])
    assert [output_of(answer)["data"] for answer in answers] == [[0], [1], [2]]


def test_a_full_queue_refuses_at_once(delayed):
    """The queue takes half of what would start the model: the others are refused, and what is queued times out."""
    with Crowd(delayed.port) as crowd:
        queued = [crowd.send("small_queue", row(number)) for number in range(FIRST // 2)]
        wait_until_queued(delayed.port, "small_queue", FIRST // 2)
        refused = crowd.send("small_queue", row(9)).result()
        assert_refused(refused, "Exceeds maximum queue size")
        for future in queued:
            assert_refused(future.result(), "Request timeout expired")
            assert future.result().seconds >= 3.9
    rejected = explain(delayed.port, "small_queue")["rejected"]
    assert (rejected["queue_full"], rejected["timeout"]) == (1, FIRST // 2)
    assert executions(delayed.port, "small_queue") == {}


def test_a_full_queue_of_a_model_without_dynamic_batching(queueing):
    with Crowd(queueing.port) as crowd:
        answers = crowd.send_all("full_by_parameter", [row(number) for number in range(4)])
    # One runs, one waits.
    served = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(served) in (1, 2) and len(refused) == 4 - len(served)
    for answer in refused:
        assert_refused(answer, "Exceeds maximum queue size")
    assert explain(queueing.port, "full_by_parameter")["rejected"]["queue_full"] == len(refused)


def infer_request(model, body):
    return wire.request_bytes(f"/v2/models/{model}/infer", json.dumps(body).encode())


def test_a_client_that_goes_away_leaves_the_queue(delayed):
    kept = [wire.Connection(delayed.port) for _ in range(2)]
    for connection in kept:
        connection.send(infer_request("cancelled", row(1)))
    with wire.Connection(delayed.port) as gone:
        gone.send(infer_request("cancelled", row(2)))
        wait_until_queued(delayed.port, "cancelled", 3)
    wait_until_queued(delayed.port, "cancelled", 2)
    wait_until(lambda: explain(delayed.port, "cancelled")["rejected"]["cancelled"] == 1, "a cancelled request is counted")
    with Crowd(delayed.port) as crowd:
        answers = crowd.send_all("cancelled", [row(3)] * (FIRST - 2))
    assert all(answer.status == 200 for answer in answers)
    for connection in kept:
        with connection:
            assert connection.read_response().status == 200
    assert executions(delayed.port, "cancelled") == {FIRST: 1}


def long_run(steps):
    return {"inputs": [{"name": "x", "shape": [1, steps, 1], "datatype": "FP32", "data": [0] * steps}]}


def send_until_one_waits(crowd, model, body):
    """Sends a short run until one has to wait, which says that the instance is busy with something else."""
    while True:
        sent = crowd.send(model, body)
        wait_until(lambda: sent.done() or explain(crowd.port, model)["pending_count"] == 1, "answered or queued")
        if not sent.done():
            return sent


def test_a_run_that_nobody_waits_for_is_ended(queueing):
    """The long run would take half a minute or more; the one behind it must not wait for its end."""
    with Crowd(queueing.port) as crowd:
        with wire.Connection(queueing.port) as gone:
            gone.send(infer_request("long_run", long_run(6_000_000)))
            next_in_line = send_until_one_waits(crowd, "long_run", long_run(10))
        left = time.monotonic()
        assert next_in_line.result().status == 200
        assert next_in_line.result().ended - left < 20


@pytest.fixture
def limited_models(tmp_path):
    batching_models.write_limited_models(tmp_path / "limited")
    return tmp_path / "limited"


def test_models_that_share_a_resource_take_turns(start_server, limited_models):
    server = start_server([limited_models], "--rate-limit=execution_count", "--rate-limit-resource=R1:1").wait_until()
    with Crowd(server.port) as crowd:
        sent = [crowd.send(model, row(number)) for number in range(3) for model in ("first", "second")]
        answers = [future.result() for future in sent]
    assert all(answer.status == 200 for answer in answers)
    # Six runs, one after the other.
    assert max(answer.ended for answer in answers) - min(answer.began for answer in answers) >= 6 * 0.4
    assert server.stop() == 0


def test_without_the_rate_limiter_they_do_not(start_server, tmp_path):
    batching_models.write_limited_models(tmp_path / "limited", 5000)
    server = start_server([tmp_path / "limited"]).wait_until()
    with Crowd(server.port) as crowd:
        sent = [crowd.send(model, row(1)) for model in ("first", "second")]
        for model in ("first", "second"):
            wait_until_queued(server.port, model, 0, running=1)
        assert not any(future.done() for future in sent), "for a time both were running"
    assert server.stop() == 0
