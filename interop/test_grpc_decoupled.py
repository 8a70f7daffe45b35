"""Models with any number of responses on gRPC's streams: order, ends, errors, cancels, clients that read slowly."""

import asyncio
import concurrent.futures
import queue

import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from google.protobuf import json_format
from tritonclient.grpc import service_pb2 as messages

import wire
from crowd import statistics, wait_until
from processes import resident_bytes
from rpc import NO_READING_AHEAD, Rpc, failure, floats, given, is_final, request, tensor, values
from test_decoupled import ENDLESS, wait_until_at_rest

# Milliseconds after which a response comes that no test waits for.
NEVER = 100_000
# Milliseconds in which what waits for nothing has been answered.
LONG = 6_000
# Of streams whose responses wait for the client: it reads them as fast as the machine lets it.
STREAM_SECONDS = 200


@pytest.fixture
def rpc(rpc_server):
    with Rpc(rpc_server.grpc_url) as connected:
        yield connected


def repeat(elements, delays=None, wait=0, model="repeat", **fields):
    """A request for one response for each element; `delays` has the milliseconds before each."""
    elements = np.array(elements, np.int32)
    delays = np.array([0] * len(elements) if delays is None else delays, np.uint32)
    inputs = [
        tensor("IN", "INT32", (len(elements),)),
        tensor("DELAY", "UINT32", (len(delays),)),
        tensor("WAIT", "UINT32", (1,)),
    ]
    return request(model, *inputs, raw=[elements, delays, np.array([wait], np.uint32)], **fields)


def square(number, model="square", **fields):
    """A request for `number` responses."""
    return request(model, tensor("IN", "INT32", (1,)), raw=[np.array([number], np.int32)], **fields)


EMPTY_FINAL = {"triton_enable_empty_final_response": True}


def output_of(response, name="OUT", dtype=np.int32):
    answer = response.infer_response
    (index,) = [number for number, entry in enumerate(answer.outputs) if entry.name == name]
    return values(answer, index, dtype).tolist()


def summary(responses):
    """Of each response its request's id, its number, and whether it is the last."""
    return [
        (each.infer_response.id, output_of(each)[0] if each.infer_response.outputs else None, is_final(each))
        for each in responses
    ]


# --- responses and their ends -------------------------------------------------------------------------------------


def test_a_response_for_each_element_in_order(rpc):
    with rpc.stream() as stream:
        stream.send(repeat([4, -2, 0], id="a"))
        responses = stream.rest()
    assert [(output_of(each), output_of(each, "IDX", np.uint32)) for each in responses] == [
        ([4], [0]),
        ([-2], [1]),
        ([0], [2]),
    ]
    for each in responses:
        answer = each.infer_response
        assert (answer.id, answer.model_name, answer.model_version) == ("a", "repeat", "1")
        # The end comes on its own, after the last response, and is not sent.
        assert not is_final(each) and "triton_final_response" in answer.parameters


@pytest.mark.parametrize("version", ["", "1"])
def test_the_end_is_sent_to_who_asks_for_it(rpc, version):
    with rpc.stream() as stream:
        stream.send(repeat([7, 8], id="a", model_version=version, parameters=EMPTY_FINAL))
        responses = stream.rest()
    assert summary(responses) == [("a", 7, False), ("a", 8, False), ("a", None, True)]
    expected = messages.ModelInferResponse(id="a", model_name="repeat", model_version=version)
    expected.parameters["triton_final_response"].bool_param = True
    assert responses[-1].infer_response == expected


@pytest.mark.parametrize("number", [0, -3])
def test_no_responses(rpc, number):
    with rpc.stream() as stream:
        stream.send(
            square(number, id="silent"), square(number, id="received", parameters=EMPTY_FINAL), repeat([], id="also")
        )
        assert summary(stream.rest()) == [("received", None, True)]


def test_one_output_only(rpc):
    with rpc.stream() as stream:
        asked = repeat([1])
        asked.outputs.add(name="IDX")
        stream.send(asked)
        (response,) = stream.rest()
    assert [entry.name for entry in response.infer_response.outputs] == ["IDX"]


def test_many_responses(rpc):
    with rpc.stream() as stream:
        numbers = list(range(100, 900, 100))
        stream.send(*(square(number, id=str(number), parameters=EMPTY_FINAL) for number in numbers))
        got = summary(stream.rest())
    for number in numbers:
        own = [entry for entry in got if entry[0] == str(number)]
        assert own == [(str(number), number, False)] * number + [(str(number), None, True)]


# --- order --------------------------------------------------------------------------------------------------------


def test_responses_of_several_requests_interleave(rpc):
    with rpc.stream() as stream:
        stream.send(repeat([1, 2], [0, LONG], id="slow"))
        assert summary([stream.read()]) == [("slow", 1, False)]
        stream.send(repeat([5, 6, 7], id="quick"))
        assert summary(stream.rest()) == [
            ("quick", 5, False),
            ("quick", 6, False),
            ("quick", 7, False),
            ("slow", 2, False),
        ]


def test_a_model_with_one_response_does_not_wait_for_a_decoupled_one(rpc):
    with rpc.stream() as stream:
        stream.send(repeat([1, 2], [0, LONG], id="slow"))
        assert summary([stream.read()]) == [("slow", 1, False)]
        stream.send(floats("quick", 9, id="one"), floats("nope", 1, id="wrong"))
        assert [stream.read().infer_response.id for _ in range(2)] == ["one", "wrong"]
        assert summary(stream.rest()) == [("slow", 2, False)]


def test_a_decoupled_model_does_not_wait_for_a_model_with_one_response(rpc):
    with rpc.stream() as stream:
        stream.send(floats("busy", 9, id="one"), repeat([1, 2], id="quick"), floats("quick", 8, id="two"))
        ids = [response.infer_response.id for response in stream.rest()]
    assert ids == ["quick", "quick", "one", "two"]


def test_what_is_under_way_comes_after_half_close(rpc):
    with rpc.stream() as stream:
        stream.send(repeat(range(5), [100] * 5, id="a"), square(3, id="b"))
        got = summary(stream.rest())
    assert [number for name, number, _ in got if name == "a"] == [0, 1, 2, 3, 4]
    assert [number for name, number, _ in got if name == "b"] == [3, 3, 3]


# --- errors -------------------------------------------------------------------------------------------------------


def test_model_infer_is_not_for_decoupled_models(rpc):
    assert failure(rpc.infer, repeat([1])) == (
        "UNIMPLEMENTED",
        "ModelInfer RPC doesn't support models with decoupled transaction policy",
    )


def test_an_error_before_and_in_the_model(rpc):
    with rpc.stream() as stream:
        wrong = square(1, id="before")
        wrong.inputs[0].name = "NO"
        stream.send(wrong, repeat([1, 2], [0], id="within", model_version="1"), repeat([3], id="good"))
        responses = {each.infer_response.id: each for each in stream.rest()}
    before, within, good = (responses[name] for name in ("before", "within", "good"))
    assert "unexpected inference input 'NO' for model 'square'" in before.error_message
    assert before.infer_response == messages.ModelInferResponse(id="before")
    assert within.error_message
    answer = within.infer_response
    assert (answer.model_name, answer.model_version, len(answer.outputs)) == ("repeat", "1", 0)
    assert is_final(within)
    assert output_of(good) == [3]


def test_the_first_error_ends_what_still_comes(rpc, rpc_server):
    with rpc.stream(metadata=[("triton_grpc_error", "true")]) as stream:
        stream.send(repeat([1, 2], [0, NEVER], model="repeat_failed"))
        assert output_of(stream.read()) == [1]
        stream.send(floats("nope", 1))
        assert failure(stream.read) == ("NOT_FOUND", "Request for unknown model: 'nope' is not found")
    wait_until(lambda: cancelled(rpc_server, "repeat_failed") == 1, "the rest is cancelled")


# --- clients that cancel, and clients that are slow ---------------------------------------------------------------


def cancelled(server, model):
    """How many requests have been cancelled after their execution had begun to answer."""
    stats = statistics(server.port, model)["response_stats"]
    return sum(entry["cancel"]["count"] for entry in stats.values())


def test_a_cancel_in_the_middle(rpc, rpc_server):
    with rpc.stream() as stream:
        stream.send(repeat(range(1000), [0] * 10 + [NEVER] * 990, model="repeat_left"))
        assert [output_of(stream.read()) for _ in range(10)] == [[i] for i in range(10)]
    wait_until(lambda: cancelled(rpc_server, "repeat_left") == 1, "it is cancelled")
    stats = statistics(rpc_server.port, "repeat_left")["response_stats"]
    assert [stats[str(i)]["success"]["count"] for i in range(10)] == [1] * 10
    assert max(map(int, stats)) == 10


def test_a_connection_that_ends_in_the_middle(rpc_server):
    with Rpc(rpc_server.grpc_url) as rpc:
        stream = rpc.stream()
        stream.send(repeat([1, 2], [0, NEVER], model="repeat_stopped"))
        assert output_of(stream.read()) == [1]
    wait_until(lambda: cancelled(rpc_server, "repeat_stopped") == 1, "it is cancelled")


def test_a_client_that_does_not_read(rpc, rpc_server):
    """Its responses wait, and nobody else does, on another connection or on the same one."""
    many = 100_000
    with Rpc(rpc_server.grpc_url, NO_READING_AHEAD) as slow:
        with slow.stream(timeout=STREAM_SECONDS) as stalled:
            stalled.send(square(many, id="slow"))
            assert output_of(stalled.read()) == [many]
            for connected in (rpc, slow):
                for number in (1, 300):
                    with connected.stream() as stream:
                        stream.send(square(number), repeat([1]))
                        assert len(stream.rest()) == number + 1
                assert values(connected.infer(floats("quick", 1))).tolist() == [[1]]
            rest = stalled.rest()
            assert len(rest) == many - 1
            assert all(each.infer_response.id == "slow" for each in rest)


def test_clients_that_do_not_read_cost_little(start_server, rpc_models_folder):
    """Their models wait: what they have not read does not pile up."""
    server = start_server([rpc_models_folder]).wait_until()
    resident = resident_bytes(server.process.pid)
    with Rpc(server.grpc_url, NO_READING_AHEAD) as rpc:
        streams = [rpc.stream(timeout=STREAM_SECONDS) for _ in range(10)]
        for stream in streams:
            stream.send(square(ENDLESS))
            stream.read()
        wait_until_at_rest(server)
        assert resident_bytes(server.process.pid) - resident < 300 << 20
        assert all(output_of(streams[0].read()) == [ENDLESS] for _ in range(1000))
    assert server.stop() == 0, server.log_text()
    assert "LEAK:" not in server.log_text()


def test_a_small_response_pool(start_server, rpc_models_folder):
    server = start_server([rpc_models_folder], "--grpc-max-response-pool-size=2").wait_until()
    with Rpc(server.grpc_url) as rpc, rpc.stream() as stream:
        stream.send(square(5000), repeat(range(100)))
        assert len(stream.rest()) == 5100
    assert server.stop() == 0, server.log_text()


def test_several_streams_at_once(rpc_server):
    def run(number):
        with Rpc(rpc_server.grpc_url) as rpc, rpc.stream() as stream:
            stream.send(
                repeat(range(number, number + 50), id="a"), square(number, id="b"), floats("quick", number, id="c")
            )
            responses = stream.rest()
            assert [output_of(each) for each in responses if each.infer_response.id == "a"] == [
                [i] for i in range(number, number + 50)
            ]
            assert len([each for each in responses if each.infer_response.id == "b"]) == number
            assert len(responses) == 50 + number + 1

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        for done in [threads.submit(run, number) for number in range(16)]:
            done.result(timeout=60)


# --- statistics ---------------------------------------------------------------------------------------------------


def test_statistics_of_each_response(rpc, rpc_server):
    with rpc.stream() as stream:
        stream.send(repeat([1, 2, 3], model="repeat_counted"))
        stream.rest()
        stream = rpc.stream()
        stream.send(repeat([1], model="repeat_counted"))
        stream.rest()
    # An execution counts when it has ended, maybe after its last response.
    wait_until(lambda: statistics(rpc_server.port, "repeat_counted")["execution_count"] == 2, "both have ended")
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        received = client.get_inference_statistics("repeat_counted")
        (entry,) = received.model_stats
        assert (entry.inference_count, entry.inference_stats.success.count) == (2, 2)
        counts = {key: (each.success.count, each.empty_response.count) for key, each in entry.response_stats.items()}
        # The end of the request comes as a response of its own, without content.
        assert counts == {"0": (2, 0), "1": (1, 1), "2": (1, 0), "3": (0, 1)}
        over_http = wire.get(rpc_server.port, "/v2/models/repeat_counted/stats").json()
        assert received == json_format.ParseDict(over_http, messages.ModelStatisticsResponse(), ignore_unknown_fields=True)


# --- Triton's clients ---------------------------------------------------------------------------------------------


def inputs_of(elements, delays=None):
    delays = [0] * len(elements) if delays is None else delays
    return [
        given(np.array(elements, np.int32), "INT32", "IN"),
        given(np.array(delays, np.uint32), "UINT32", "DELAY"),
        given(np.array([0], np.uint32), "UINT32", "WAIT"),
    ]


def test_the_client(rpc_server):
    received = queue.SimpleQueue()
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        client.start_stream(lambda result, error: received.put((result, error)))
        client.async_stream_infer("repeat", inputs_of([4, 5]), request_id="a", enable_empty_final_response=True)
        got = []
        while True:
            result, error = received.get(timeout=30)
            assert error is None
            response = result.get_response()
            got.append(None if result.as_numpy("OUT") is None else result.as_numpy("OUT").tolist())
            if response.parameters["triton_final_response"].bool_param:
                break
        assert got == [[4], [5], None]
        client.stop_stream()
    assert received.empty()


def test_the_client_cancels(rpc_server):
    received = queue.SimpleQueue()
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        client.start_stream(lambda result, error: received.put((result, error)))
        client.async_stream_infer("repeat", inputs_of([4, 5], [0, NEVER]))
        assert received.get(timeout=30)[0].as_numpy("OUT").tolist() == [4]
        client.stop_stream(cancel_requests=True)
    result, error = received.get(timeout=30)
    assert result is None and error.status() == "StatusCode.CANCELLED"


def test_the_aio_client(rpc_server):
    """It does not pass on that it wants a final response."""

    async def requests():
        for number in (2, 0, 3):
            yield {"model_name": "repeat", "inputs": inputs_of(list(range(number))), "request_id": str(number)}

    async def run():
        async with triton_aio.InferenceServerClient(rpc_server.grpc_url) as client:
            return [answer async for answer in client.stream_infer(requests())]

    answers = asyncio.run(run())
    assert all(error is None for _, error in answers)
    for number in (2, 0, 3):
        own = [result for result, _ in answers if result.get_response().id == str(number)]
        assert [each.as_numpy("OUT").tolist() for each in own] == [[i] for i in range(number)]


def test_the_aio_client_cancels(rpc_server):
    async def requests():
        yield {"model_name": "repeat_aio", "inputs": inputs_of([4, 5], [0, NEVER])}
        await asyncio.Event().wait()

    async def run():
        async with triton_aio.InferenceServerClient(rpc_server.grpc_url) as client:
            answers = client.stream_infer(requests())
            result, error = await anext(answers)
            assert error is None and result.as_numpy("OUT").tolist() == [4]
            assert answers.cancel()

    asyncio.run(run())
    wait_until(lambda: cancelled(rpc_server, "repeat_aio") == 1, "it is cancelled")
