"""ModelStreamInfer: the order of responses, errors in the middle, the ends of requests and of streams."""

import asyncio
import concurrent.futures
import queue
import time

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from tritonclient.grpc import service_pb2 as messages

from crowd import executions, explain, statistics, wait_until, wait_until_queued
from models import SLOW_MODEL_DELAY_MS
from rpc import Rpc, failure, floats, given, is_final, output, request, row, tensor, uint64, values

UNKNOWN_MODEL = "Request for unknown model: 'nope' is not found"


class Answers(queue.SimpleQueue):
    """What the client's callback receives: pairs of result and error, of which one is None."""

    def __call__(self, result, error):
        self.put((result, error))

    def next(self):
        return self.get(timeout=30)


@pytest.fixture
def answers(grpc_client):
    """The client has a stream, whose answers these are."""
    received = Answers()
    grpc_client.start_stream(received)
    yield received
    grpc_client.stop_stream(cancel_requests=True)


@pytest.fixture
def busy_rpc(rpc_server):
    with Rpc(rpc_server.grpc_url) as connected:
        yield connected


def ids(responses):
    return [response.infer_response.id for response in responses]


# --- answers ------------------------------------------------------------------------------------------------------


def test_the_client_gets_its_answers(grpc_client, answers):
    sent = [np.array([[number, -number]], np.float32) for number in range(20)]
    for number, array in enumerate(sent):
        grpc_client.async_stream_infer("identity_fp32", [given(array)], request_id=f"r{number}")
    for number, array in enumerate(sent):
        result, error = answers.next()
        assert error is None
        response = result.get_response()
        assert (response.id, response.model_name, response.model_version) == (f"r{number}", "identity_fp32", "1")
        assert response.parameters["triton_final_response"].bool_param
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), array)
    grpc_client.stop_stream()
    assert answers.empty()


def test_answers_come_in_the_order_of_the_requests(rpc):
    """The slow model comes first: what is quick waits for it."""
    with rpc.stream() as stream:
        began = time.monotonic()
        models = ["slow", "identity_fp32", "identity_backend", "slow", "versions_all"]
        stream.send(*(floats(model, 1, 2, 3, 4, id=f"{i}") for i, model in enumerate(models)))
        responses = [stream.read()]
        assert time.monotonic() - began >= 0.95 * SLOW_MODEL_DELAY_MS / 1000
        responses += stream.rest()
    assert ids(responses) == ["0", "1", "2", "3", "4"]
    assert [response.infer_response.model_name for response in responses] == models
    assert all(is_final(response) for response in responses)


def test_what_waits_for_its_turn_has_run_meanwhile(busy_rpc, rpc_server):
    """It waits for a run of two minutes."""
    with busy_rpc.stream() as stream:
        stream.send(floats("runs_meanwhile", 1), *(floats("counted_on_streams", i) for i in range(5)))
        wait_until(lambda: executions(rpc_server.port, "counted_on_streams") == {1: 5}, "all have run")
        wait_until_queued(rpc_server.port, "runs_meanwhile", 0, running=1)


def test_different_requests_on_one_stream(rpc):
    array = np.arange(2_000_000, dtype=np.float32)
    with rpc.stream() as stream:
        stream.send(
            request("identity_fp32", tensor(shape=(1, array.size)), raw=[array]),
            request("classifier", tensor(shape=(1, 5), contents={"fp32_contents": [1, 5, 2, 4, 3]}),
                    outputs=[output("SCORES", classification=1)]),
            request("identity_bytes", tensor(datatype="BYTES", shape=(1, 1)), raw=[b"\x02\0\0\0hi"]),
            floats("versions_all", 1, 1, 1, 1, model_version="1"),
            request("identity_fp32", tensor(shape=(1, 0)), raw=[b""]),
        )  # fmt: skip
        large, classes, words, version, nothing = (response.infer_response for response in stream.rest())
    np.testing.assert_array_equal(values(large)[0], array)
    assert classes.raw_output_contents[0][4:] == b"5.000000:1:green"
    assert words.raw_output_contents[0] == b"\x02\0\0\0hi"
    assert version.model_version == "1" and values(version).tolist() == [[2, 2, 2, 2]]
    assert list(nothing.outputs[0].shape) == [1, 0] and nothing.raw_output_contents[0] == b""


def test_parameters_on_a_stream(grpc_client, answers):
    grpc_client.async_stream_infer(
        "identity_fp32", row(1), enable_empty_final_response=True, sequence_id=3, sequence_start=True, priority=1,
        timeout=5_000_000, parameters={"text": "x"},
    )  # fmt: skip
    result, error = answers.next()
    assert error is None and result.get_response().parameters["triton_final_response"].bool_param
    grpc_client.stop_stream()
    assert answers.empty(), "a model with one response has no empty one after it"


def test_several_streams_at_once(server):
    def run(number):
        with Rpc(server.grpc_url) as rpc, rpc.stream() as stream:
            models = ["identity_fp32", "identity_backend", "identity_fp32"]
            sent = [floats(models[i % 3], number, i, id=f"{number}-{i}") for i in range(60)]
            stream.send(*sent)
            responses = stream.rest()
            assert ids(responses) == [each.id for each in sent]
            assert [values(each.infer_response).tolist() for each in responses] == [[[number, i]] for i in range(60)]

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        for done in [threads.submit(run, number) for number in range(16)]:
            done.result(timeout=60)


def test_several_streams_on_one_connection(rpc):
    streams = [rpc.stream() for _ in range(8)]
    for number, stream in enumerate(streams):
        stream.send(floats("slow" if number == 0 else "identity_fp32", number, id=str(number)))
    # The streams do not wait for one another.
    for number, stream in reversed(list(enumerate(streams))):
        assert ids(stream.rest()) == [str(number)]


def test_a_compressed_stream(grpc_client):
    received = Answers()
    grpc_client.start_stream(received, compression_algorithm="gzip")
    zeros = np.zeros([1, 100_000], np.float32)
    grpc_client.async_stream_infer("identity_fp32", [given(zeros)])
    result, error = received.next()
    assert error is None
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), zeros)


# --- ends of streams ----------------------------------------------------------------------------------------------


def test_a_stream_without_requests(rpc):
    with rpc.stream() as stream:
        assert stream.rest() == []


def test_what_is_under_way_is_answered_after_half_close(rpc):
    with rpc.stream() as stream:
        stream.send(*(floats("slow", i, id=str(i)) for i in range(2)), floats("identity_fp32", 2, id="2"))
        assert ids(stream.rest()) == ["0", "1", "2"]


def test_stop_stream_waits_for_the_answers(grpc_client, answers):
    for i in range(2):
        grpc_client.async_stream_infer("slow", row(i))
    grpc_client.stop_stream()
    assert [answers.get_nowait()[0].as_numpy("OUTPUT0").tolist() for _ in range(2)] == [[[0]], [[1]]]


def test_a_stream_may_last(rpc):
    """Requests come one at a time, each after the answer to the one before."""
    with rpc.stream() as stream:
        for i in range(200):
            stream.send(floats("identity_backend", i, id=str(i)))
            response = stream.read().infer_response
            assert (response.id, values(response).tolist()) == (str(i), [[i]])
        assert stream.rest() == []


def test_a_streams_deadline(rpc_server):
    received = Answers()
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        client.start_stream(received, stream_timeout=0.5)
        client.async_stream_infer("busy", row(1))
        result, error = received.next()
    assert result is None and error.status() == "StatusCode.DEADLINE_EXCEEDED"


# --- errors -------------------------------------------------------------------------------------------------------


def test_errors_do_not_end_the_stream(rpc):
    """Each is reported in its place, and what follows is answered."""
    wrong = [
        (floats("nope", 1), UNKNOWN_MODEL),
        (floats("versions_all", 1, model_version="2"), "unknown model: 'versions_all' version 2 is not found"),
        (request("identity_fp32", tensor()), "unable to find data for input tensor 'INPUT0' for model 'identity_fp32'"),
        (request("identity_fp32", tensor("NO"), raw=[bytes(16)]), "unexpected inference input 'NO'"),
        (request("identity_fp32", tensor(shape=(9, 1)), raw=[bytes(36)]), "inference request batch-size must be <= 8"),
        (floats("identity_fp32", 1, parameters={"custom": uint64(1)}), "expected int64_param, bool_param, or string"),
    ]
    with rpc.stream() as stream:
        for number, (asked, _) in enumerate(wrong):
            asked.id = f"bad{number}"
            stream.send(asked, floats("identity_fp32", number, id=f"good{number}"))
        responses = stream.rest()
    for number, (_, text) in enumerate(wrong):
        failed, good = responses[2 * number : 2 * number + 2]
        assert text in failed.error_message
        # Nothing but the id: it failed before it got anywhere.
        assert failed.infer_response == messages.ModelInferResponse(id=f"bad{number}")
        assert good.error_message == ""
        assert values(good.infer_response).tolist() == [[number]] and is_final(good)


def test_a_failing_execution_on_a_stream(rpc):
    """A request that failed in its model says which that was, and that nothing follows."""
    bad = request(
        "gather_from_four", tensor("INDEX", "INT64", (1, 1)), raw=[np.array([99])], id="bad", model_version="1"
    )
    good = request("gather_from_four", tensor("INDEX", "INT64", (1, 1)), raw=[np.array([2])], id="good")
    with rpc.stream() as stream:
        stream.send(bad, good)
        failed, served = stream.rest()
    assert "onnx runtime error" in failed.error_message
    answer = failed.infer_response
    assert (answer.id, answer.model_name, answer.model_version) == ("bad", "gather_from_four", "1")
    assert len(answer.outputs) == 0
    assert is_final(failed)
    assert values(served.infer_response).tolist() == [[30]]


def test_the_client_is_told_of_errors(grpc_client, answers):
    grpc_client.async_stream_infer("nope", row(1), request_id="a")
    grpc_client.async_stream_infer("identity_fp32", row(1), request_id="b")
    result, error = answers.next()
    assert result is None and error.message() == UNKNOWN_MODEL
    result, error = answers.next()
    assert error is None and result.get_response().id == "b"


TRITON_GRPC_ERROR = [("triton_grpc_error", "true")]


def test_the_first_error_ends_a_stream_that_asked_for_that(rpc):
    with rpc.stream(metadata=TRITON_GRPC_ERROR) as stream:
        stream.send(floats("identity_fp32", 1, id="good"))
        assert stream.read().infer_response.id == "good"
        stream.send(floats("nope", 1))
        assert failure(stream.read) == ("NOT_FOUND", UNKNOWN_MODEL)


@pytest.mark.parametrize(
    "asked, status, text",
    [
        (request("identity_fp32", tensor()), "INVALID_ARGUMENT", "unable to find data for input tensor"),
        (
            request("identity_fp32", tensor("NO"), raw=[bytes(16)]),
            "INVALID_ARGUMENT",
            "unexpected inference input 'NO'",
        ),
        (
            request("gather_from_four", tensor("INDEX", "INT64", (1, 1)), raw=[np.array([99])]),
            "INTERNAL",
            "onnx runtime error",
        ),
    ],
)
def test_the_status_of_such_a_stream_is_that_of_the_error(rpc, asked, status, text):
    with rpc.stream(metadata=TRITON_GRPC_ERROR) as stream:
        stream.send(asked)
        got, received = failure(stream.read)
        assert got == status and text in received


def test_a_stream_that_asked_for_that_gives_up_all_else(rpc_server, busy_rpc):
    """One request runs for two minutes and one waits behind it; a third is wrong."""
    with busy_rpc.stream(metadata=TRITON_GRPC_ERROR) as stream:
        stream.send(floats("first_error", 1), floats("first_error", 2))
        wait_until_queued(rpc_server.port, "first_error", 1, running=1)
        stream.send(floats("nope", 1))
        assert failure(stream.read) == ("NOT_FOUND", UNKNOWN_MODEL)
    wait_until(lambda: fails(rpc_server.port, "first_error") == 2, "both are cancelled")


@pytest.mark.parametrize("metadata", [[("triton_grpc_error", "false")], [("triton_grpc_error", "")], []])
def test_other_streams_go_on_after_an_error(rpc, metadata):
    with rpc.stream(metadata=metadata) as stream:
        stream.send(floats("nope", 1, id="a"), floats("identity_fp32", 1, id="b"))
        assert ids(stream.rest()) == ["a", "b"]


def test_bytes_that_are_no_message_end_or_fail_one_stream_only(rpc):
    call = rpc.channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer")
    try:
        responses = list(call(iter([b"\x0a\x7fabc"]), timeout=30))
        failed = messages.ModelStreamInferResponse.FromString(responses[0])
        assert failed.error_message
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    with rpc.stream() as stream:
        stream.send(floats("identity_fp32", 1, id="x"))
        assert ids(stream.rest()) == ["x"]


# --- cancelled streams --------------------------------------------------------------------------------------------


def fails(port, model):
    return statistics(port, model)["inference_stats"]["fail"]["count"]


def test_a_cancelled_stream_leaves_the_queue(rpc_server, busy_rpc):
    running = busy_rpc.stream()
    running.send(floats("stream_cancel_queued", 1))
    with busy_rpc.stream() as stream:
        stream.send(*(floats("stream_cancel_queued", i) for i in range(5)))
        # One of the six is running, whichever came first.
        wait_until_queued(rpc_server.port, "stream_cancel_queued", 5, running=1)
    wait_until(lambda: explain(rpc_server.port, "stream_cancel_queued")["pending_count"] <= 1, "the queue is left")
    assert len(running.rest()) == 1
    wait_until(lambda: fails(rpc_server.port, "stream_cancel_queued") == 5, "the others are cancelled")
    assert sum(executions(rpc_server.port, "stream_cancel_queued").values()) == 1


def test_a_cancelled_stream_ends_its_run(rpc_server, busy_rpc):
    with busy_rpc.stream() as stream:
        stream.send(floats("stream_cancel_running", 1), floats("stream_cancel_running", 2))
        wait_until_queued(rpc_server.port, "stream_cancel_running", 1, running=1)
    wait_until(lambda: fails(rpc_server.port, "stream_cancel_running") == 2, "both are cancelled")


def test_stop_stream_cancels(rpc_server):
    received = Answers()
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        client.start_stream(received)
        client.async_stream_infer("endless", row(1))
        client.async_stream_infer("endless", row(2))
        wait_until_queued(rpc_server.port, "endless", 1, running=1)
        client.stop_stream(cancel_requests=True)
    result, error = received.next()
    assert result is None and error.status() == "StatusCode.CANCELLED"
    wait_until(lambda: fails(rpc_server.port, "endless") == 2, "both are cancelled")


def test_a_cancelled_stream_does_not_disturb_others(rpc):
    kept = rpc.stream()
    kept.send(floats("slow", 1, id="kept"))
    for _ in range(20):
        with rpc.stream() as stream:
            stream.send(floats("identity_fp32", 1), floats("slow", 2))
    assert ids(kept.rest()) == ["kept"]


# --- asyncio ------------------------------------------------------------------------------------------------------


def test_aio_stream(server):
    async def requests():
        for i, model in enumerate(["slow", "identity_fp32", "nope", "identity_fp32"]):
            yield {"model_name": model, "inputs": row(i), "request_id": str(i)}

    async def run():
        async with triton_aio.InferenceServerClient(server.grpc_url) as client:
            return [answer async for answer in client.stream_infer(requests())]

    answers = asyncio.run(run())
    assert [error and error.message() for _, error in answers] == [None, None, UNKNOWN_MODEL, None]
    assert [result.get_response().id for result, error in answers if not error] == ["0", "1", "3"]


def test_aio_stream_is_cancelled(rpc_server):
    async def requests():
        for i in range(2):
            yield {"model_name": "aio_endless", "inputs": row(i)}
        await asyncio.Event().wait()

    async def run():
        async with triton_aio.InferenceServerClient(rpc_server.grpc_url) as client:
            answers = client.stream_infer(requests())
            first = asyncio.ensure_future(anext(answers))
            await asyncio.to_thread(wait_until_queued, rpc_server.port, "aio_endless", 1, running=1)
            assert answers.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first

    asyncio.run(run())
    wait_until(lambda: fails(rpc_server.port, "aio_endless") == 2, "both are cancelled")
