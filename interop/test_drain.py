"""--drain-grace-secs: not ready and yet serving; how the grace ends; clients that read nothing do not hold up the end."""

import contextlib
import json
import signal
import time

import pytest
import tritonclient.grpc as triton
import tritonclient.http
from grpc_health.v1 import health_pb2, health_pb2_grpc

import wire
from batching_models import BatchingRepository
from models import square_config
from python_server import until
from rpc import NO_READING_AHEAD, Rpc, floats, request, tensor, values
from test_decoupled import Stream, repeat_body

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
BODY = json.dumps(wire.fp32_request([5])).encode()
INFER = wire.request_bytes("/v2/models/identity_fp32/infer", BODY)
LONG_GRACE = "--drain-grace-secs=600"


@pytest.fixture
def draining(start_server, few_models):
    """A server in a grace that does not end by itself, and a connection that was there before."""
    server = start_server([few_models], LONG_GRACE).wait_until()
    with wire.Connection(server.port) as kept:
        kept.send(wire.request_bytes("/v2/health/live", b"", method="GET"))
        assert kept.read_response().status == 200
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.status_of("/v2/health/ready") == 400, what="readiness")
        yield server, kept
    assert server.stop() == 0, server.log_text()  # the second signal


def test_http_says_not_ready_and_serves(draining):
    server, kept = draining
    assert wire.get(server.port, "/v2/health/ready").status == 400
    assert wire.get(server.port, "/v2/health/live").status == 200
    with tritonclient.http.InferenceServerClient(server.url) as client:
        assert not client.is_server_ready()
        assert client.is_server_live()
        assert client.is_model_ready("identity_fp32")
    for connection in (kept, wire.Connection(server.port)):
        with connection:
            connection.send(INFER)
            response = connection.read_response()
            assert response.json()["outputs"][0]["data"] == [5.0]
            assert response.headers["connection"] == "close"
            assert connection.at_end()


def test_what_was_pipelined_is_served(draining):
    server, kept = draining
    kept.send(INFER * 5)
    responses = [kept.read_response() for _ in range(5)]
    assert [response.status for response in responses] == [200] * 5
    assert responses[-1].headers["connection"] == "close"
    assert kept.at_end()


def test_grpc_says_not_ready_and_serves(start_server, few_models):
    server = start_server([few_models], LONG_GRACE).wait_until()
    with Rpc(server.grpc_url) as rpc, triton.InferenceServerClient(server.grpc_url) as client, rpc.stream() as stream:
        watch = health_pb2_grpc.HealthStub(rpc.channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == SERVING
        stream.send(floats("identity_fp32", 1))
        stream.read()
        server.process.send_signal(signal.SIGTERM)
        assert next(watch).status == NOT_SERVING
        assert not client.is_server_ready()
        assert client.is_server_live()
        with Rpc(server.grpc_url) as late:
            check = health_pb2_grpc.HealthStub(late.channel).Check(health_pb2.HealthCheckRequest(), timeout=30)
            assert check.status == NOT_SERVING
            for _ in range(3):
                time.sleep(0.5)  # the server sends new connections away after a second
                assert values(late.infer(floats("identity_fp32", 2))).tolist() == [[2]]
        assert values(rpc.infer(floats("identity_fp32", 3))).tolist() == [[3]]
        stream.send(floats("identity_fp32", 4))  # what had begun goes on
        assert values(stream.read().infer_response).tolist() == [[4]]
    assert server.stop() == 0, server.log_text()


def test_the_grace_ends_by_itself(start_server, few_models):
    server = start_server([few_models], "--drain-grace-secs=2").wait_until()
    asked = time.monotonic()
    assert server.stop() == 0, server.log_text()
    assert time.monotonic() - asked >= 2


def test_a_second_signal_ends_the_grace_and_a_third_the_process(start_server, few_models):
    server = start_server([few_models], LONG_GRACE).wait_until()
    with Stream(server.port, "repeat_int32", repeat_body([1, 2], [0, 3_600_000])) as busy:
        assert busy.event()["OUT"] == 1
        server.process.send_signal(signal.SIGTERM)
        until(lambda: "Not ready from now on" in server.log_text())
        server.process.send_signal(signal.SIGINT)
        until(lambda: "Another signal" in server.log_text())
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_for_exit() == 1, server.log_text()
    assert "Exit timeout expired" not in server.log_text()


def test_clients_that_read_nothing_do_not_hold_up_the_end(start_server, tmp_path):
    """Of answers over HTTP, and of streams over gRPC, with nothing left to compute: they are cut, and it is a clean end."""
    repository = BatchingRepository(tmp_path / "models")
    repository.identity("wide", "")
    repository.add("square", square_config(), {1: None})
    server = start_server([repository.folder], "--exit-timeout-secs=600").wait_until()
    values_of = [1.0] * 200_000
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            deaf = stack.enter_context(wire.Connection(server.port))
            deaf.send(wire.request_bytes("/v2/models/wide/infer", json.dumps(wire.fp32_request(values_of)).encode()))
        for _ in range(3):
            rpc = stack.enter_context(Rpc(server.grpc_url, NO_READING_AHEAD))
            stream = stack.enter_context(rpc.stream())
            count = tensor("IN", "INT32", (1,), {"int_contents": [2_000]})
            stream.send(*[request("square", count, id="x" * 1_000) for _ in range(3)])
            stream.read()
        assert server.stop() == 0, server.log_text()
