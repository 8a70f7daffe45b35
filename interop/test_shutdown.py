"""SIGTERM and SIGINT: what is in flight is answered, idle connections do not hold it up, exit code 0."""

import contextlib
import json
import signal
import time

import pytest

import wire
from crowd import came, wait_until
from models import SLOW_MODEL_DELAY_MS

DELAY_SECONDS = SLOW_MODEL_DELAY_MS / 1000
BODY = json.dumps(wire.fp32_request([5])).encode()
SLOW = wire.request_bytes("/v2/models/slow/infer", BODY)
READY = wire.request_bytes("/v2/health/ready", b"", method="GET")
# Far below --exit-timeout-secs, which is 30.
PROMPT_SECONDS = 20


def in_flight(server, *connections):
    """Sends the slow request by each; returns when the server has them. The model runs one at a time."""
    for connection in connections:
        connection.send(SLOW)
    wait_until(lambda: came(server.port, "slow") == len(connections), "requests in flight")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_an_idle_server_ends_with_0(start_server, few_models, number):
    server = start_server([few_models]).wait_until()
    with wire.Connection(server.port) as idle:
        idle.send(READY)
        assert idle.read_response().status == 200
        asked = time.monotonic()
        assert server.stop(number) == 0, server.log_text()
        assert time.monotonic() - asked < PROMPT_SECONDS
        assert idle.at_end()


def test_a_request_in_flight_is_answered(start_server, few_models):
    server = start_server([few_models]).wait_until()
    with wire.Connection(server.port) as idle, wire.Connection(server.port) as busy:
        idle.send(READY)
        assert idle.read_response().status == 200
        in_flight(server, busy)
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert busy.read_response().json()["outputs"][0]["data"] == [5.0]
        assert server.wait_for_exit() == 0, server.log_text()
        assert time.monotonic() - asked < DELAY_SECONDS + PROMPT_SECONDS


@pytest.mark.parametrize("sent", [12, -1], ids=["half a head", "half a body"])
def test_a_request_that_never_ends_does_not_hold_it_up(start_server, few_models, sent):
    server = start_server([few_models]).wait_until()
    with wire.Connection(server.port) as stalled:
        stalled.send(wire.request_bytes("/v2/models/identity_fp32/infer", BODY)[:sent])
        assert server.status_of("/v2/health/ready") == 200
        asked = time.monotonic()
        assert server.stop() == 0, server.log_text()
        assert time.monotonic() - asked < PROMPT_SECONDS


def test_a_draining_server_is_not_ready(start_server, few_models):
    server = start_server([few_models]).wait_until()
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(wire.Connection(server.port)) for _ in range(3)]
        in_flight(server, *busy)
        server.process.send_signal(signal.SIGTERM)
        # An answer that is not 200, or none at all because new connections are refused.
        while server.status_of("/v2/health/ready") == 200:
            assert server.process.poll() is None
        assert server.process.poll() is None, "it said ready until it ended"
        assert [connection.read_response().status for connection in busy] == [200] * 3
    assert server.wait_for_exit() == 0, server.log_text()


def test_the_exit_timeout_ends_a_server_that_does_not_drain(start_server, few_models):
    server = start_server([few_models], "--exit-timeout-secs=1").wait_until()
    with contextlib.ExitStack() as stack:
        # These keep the model busy for far longer than a second.
        in_flight(server, *(stack.enter_context(wire.Connection(server.port)) for _ in range(8)))
        asked = time.monotonic()
        assert server.stop() == 1, server.log_text()
        assert time.monotonic() - asked < 1 + PROMPT_SECONDS
