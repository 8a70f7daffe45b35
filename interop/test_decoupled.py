"""Models with any number of responses over HTTP: repeat and square, slow clients, clients that go."""

import http.client
import json
import signal
import time

import numpy as np
import pytest
import tritonclient.http as triton

import wire
from processes import cpu_seconds, resident_bytes
from server import HOST

JSON = {"Content-Type": "application/json"}
NOT_ONE = (
    "generate expects model to produce exactly 1 response, use generate stream for model that generates "
    "various number of responses"
)
DECOUPLED_BY_HTTP = (
    "HTTP end point doesn't support models with decoupled transaction policy (ask by gRPC's ModelStreamInfer)"
)
ENDLESS = 2**31 - 1
PATIENCE_SECONDS = 60


def post(port, model, route, body):
    return wire.exchange(port, "POST", f"/v2/models/{model}/{route}", body, JSON)


def repeat_body(values, delays=None, wait=0):
    return {"IN": values, "DELAY": delays or [0] * len(values), "WAIT": wait}


def events(text):
    """The events of a stream, each of which must have the exact frame."""
    pieces = text.split("\n\n")
    assert pieces.pop() == "", text
    assert all(piece.startswith("data: ") for piece in pieces), text
    return [json.loads(piece.removeprefix("data: ")) for piece in pieces]


class Stream:
    """A generate_stream request whose events are read one by one."""

    def __init__(self, port, model, body):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
        self.connection.request("POST", f"/v2/models/{model}/generate_stream", json.dumps(body), JSON)
        self.response = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self.connection.close()

    def event(self):
        line = self.response.readline()
        assert self.response.readline() == b"\n"
        return json.loads(line.removeprefix(b"data: "))


def eventually(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def statistics(client, model):
    (entry,) = client.get_inference_statistics(model)["model_stats"]
    return entry


def wait_until_at_rest(server):
    """Returns when the process has used next to no processor time for a second: its models wait."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        busy = cpu_seconds(server.process.pid)
        time.sleep(1)
        if cpu_seconds(server.process.pid) - busy < 0.1:
            return
        assert time.monotonic() < deadline, "the server went on working for clients that read nothing"


def test_stream_has_an_event_for_each_response_in_order(port):
    response = post(port, "repeat_int32", "generate_stream", repeat_body([4, -2, 0]))
    assert response.status == 200, response.text
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.text.startswith('data: {"IDX":0,"OUT":4,"model_name":"repeat_int32","model_version":"1"}\n\n')
    assert [(event["IDX"], event["OUT"]) for event in events(response.text)] == [(0, 4), (1, -2), (2, 0)]


def test_stream_of_a_thousand(port):
    response = post(port, "square_int32", "generate_stream", {"id": "s1", "IN": 1000})
    assert [event["OUT"] for event in events(response.text)] == [1000] * 1000
    assert events(response.text)[7] == {
        "OUT": 1000,
        "id": "s1",
        "model_name": "square_int32",
        "model_version": "1",
    }


@pytest.mark.parametrize("number", [0, -5])
def test_stream_without_responses_has_no_events(port, number):
    response = post(port, "square_int32", "generate_stream", {"IN": number})
    assert (response.status, response.body) == (200, b"")
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_events_come_as_they_are_made(port):
    began = time.monotonic()
    with Stream(port, "repeat_int32", repeat_body([1, 2, 3], [0, 2000, 400], wait=15_000)) as stream:
        came = [(stream.event()["OUT"], time.monotonic() - began) for _ in range(3)]
        assert stream.response.read() == b""
    assert [value for value, _ in came] == [1, 2, 3]
    # The first one waits for no other: test_a_client_that_goes_ends_its_stream, whose second comes in an hour.
    assert came[1][1] > 1.9 and came[2][1] > 2.3
    assert time.monotonic() - began < 14  # nobody waits for the execution


def test_an_error_in_the_place_of_the_first_response(port):
    response = post(port, "repeat_int32", "generate_stream", repeat_body([1, 2], [0]))
    assert response.status == 400
    assert events(response.text) == [{"error": "input 'DELAY' has 1 elements (expected 2, as many as 'IN')"}]


def test_generate_takes_exactly_one_response(port):
    response = post(port, "repeat_int32", "generate", repeat_body([7]))
    assert response.status == 200
    assert response.text == '{"IDX":0,"OUT":7,"model_name":"repeat_int32","model_version":"1"}'
    for number in (0, 2, ENDLESS):
        response = post(port, "square_int32", "generate", {"IN": number})
        assert (response.status, response.error) == (500, NOT_ONE)
        assert response.headers["content-type"] == "application/json"


def test_infer_refuses_decoupled_models(client, port):
    tensor = triton.InferInput("IN", [1], "INT32")
    tensor.set_data_from_numpy(np.array([2], np.int32))
    with pytest.raises(triton.InferenceServerException) as refused:
        client.infer("square_int32", [tensor])
    assert refused.value.message() == DECOUPLED_BY_HTTP
    response = wire.infer(port, "square_int32", {"inputs": [wire.json_input("IN", "INT32", [1], [2])]})
    assert (response.status, response.error) == (501, DECOUPLED_BY_HTTP)


def test_metadata_and_configuration(client):
    metadata = client.get_model_metadata("repeat_int32")
    assert [tensor["name"] for tensor in metadata["inputs"]] == ["IN", "DELAY", "WAIT"]
    assert client.get_model_config("repeat_int32")["model_transaction_policy"] == {"decoupled": True}


def test_statistics_count_the_request_once_and_each_response_at_its_place(client, port):
    for values in ([5, 6, 7], [8]):
        post(port, "repeat_counted", "generate_stream", repeat_body(values))
    eventually(lambda: statistics(client, "repeat_counted")["execution_count"] == 2)  # it counts last
    entry = statistics(client, "repeat_counted")
    assert (entry["inference_count"], entry["inference_stats"]["success"]["count"]) == (2, 2)
    counts = {
        index: {name: what["count"] for name, what in place.items()}
        for index, place in entry["response_stats"].items()
    }
    place = lambda sent, empty: {
        "compute_infer": sent,
        "compute_output": sent,
        "success": sent,
        "fail": 0,
        "empty_response": empty,
        "cancel": 0,
    }
    assert counts == {"0": place(2, 0), "1": place(1, 1), "2": place(1, 0), "3": place(0, 1)}


def test_a_client_that_goes_ends_its_stream(client, port):
    with Stream(port, "repeat_left", repeat_body([1, 2], [0, 3_600_000])) as stream:
        assert stream.event()["OUT"] == 1
    cancelled = lambda: statistics(client, "repeat_left")["response_stats"].get("1", {}).get("cancel", {})
    eventually(lambda: cancelled().get("count") == 1)


def test_clients_that_read_nothing_cost_little_and_hold_up_nobody(start_server, few_models):
    server = start_server([few_models]).wait_until()
    resident = resident_bytes(server.process.pid)
    slow = [Stream(server.port, "square_int32", {"IN": ENDLESS}) for _ in range(10)]
    wait_until_at_rest(server)
    assert resident_bytes(server.process.pid) - resident < 300 << 20
    assert len(events(post(server.port, "square_int32", "generate_stream", {"IN": 100}).text)) == 100
    for _ in range(1000):
        assert slow[0].event()["OUT"] == ENDLESS
    for stream in slow:
        stream.__exit__()
    assert server.stop() == 0, server.log_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stream_that_does_not_end_holds_up_the_shutdown_no_longer_than_allowed(start_server, few_models, number):
    server = start_server([few_models], "--exit-timeout-secs=2").wait_until()
    with Stream(server.port, "repeat_int32", repeat_body([1, 2], [0, 3_600_000])) as stream:
        assert stream.event()["OUT"] == 1
        asked = time.monotonic()
        assert server.stop(number) == 1, server.log_text()
        assert time.monotonic() - asked < 10


def test_a_stream_in_flight_is_finished_at_the_shutdown(start_server, few_models):
    server = start_server([few_models]).wait_until()
    with Stream(server.port, "repeat_int32", repeat_body([1, 2, 3], [0, 700, 700])) as stream:
        assert stream.event()["OUT"] == 1
        server.process.send_signal(signal.SIGTERM)
        assert [stream.event()["OUT"] for _ in range(2)] == [2, 3]
        assert stream.response.read() == b""
    assert server.wait_for_exit() == 0, server.log_text()
