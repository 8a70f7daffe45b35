"""The limits on what one client may ask for: sizes and times, with small ones on a server of their own."""

import gzip
import json
import struct
import time
import zlib

import pytest

import wire
from server import Server

INFER = "/v2/models/identity_fp32/infer"
MAX_INPUT = 1000
MAX_BODY = 50_000
ADVICE = "Use --http-max-input-size to increase the limit."
PROMPT_SECONDS = 10


@pytest.fixture(scope="module")
def strict(tmp_path_factory, few_models):
    """A server with small limits."""
    running = Server(
        tmp_path_factory.mktemp("log") / "server.log",
        [few_models],
        f"--http-max-input-size={MAX_INPUT}",
        f"--http-max-body-size={MAX_BODY}",
        "--http-idle-timeout-secs=1",
        "--http-body-timeout-secs=1",
    )
    try:
        yield running.wait_until()
        assert running.stop() == 0, running.log_text()
    finally:
        running.kill()


def json_request(count):
    return json.dumps(wire.fp32_request([1.0] * count)).encode()


def binary_request(count):
    tensor = {"name": "INPUT0", "shape": [1, count], "datatype": "FP32", "parameters": {"binary_data_size": 4 * count}}
    head = json.dumps({"inputs": [tensor]}).encode()
    return head + struct.pack(f"<{count}f", *range(count)), {"Inference_Header_Content_Length": str(len(head))}


def test_a_json_head_up_to_the_limit(strict):
    assert wire.infer(strict.port, "identity_fp32", json_request(100)).status == 200
    large = json_request(400)
    response = wire.infer(strict.port, "identity_fp32", large)
    assert (response.status, response.error) == (
        400,
        f"Request JSON size of {len(large)} bytes exceeds the maximum allowed value of {MAX_INPUT} bytes. {ADVICE}",
    )


@pytest.mark.parametrize("codec", ["gzip", "deflate"])
def test_a_body_that_is_small_only_while_it_is_compressed(strict, codec):
    body = {"gzip": gzip.compress, "deflate": zlib.compress}[codec](json_request(100_000))
    assert len(body) < MAX_INPUT
    response = wire.infer(strict.port, "identity_fp32", body, Content_Encoding=codec)
    assert response.status == 400
    assert str(MAX_INPUT) in response.error


def test_a_raw_body_up_to_the_limit(strict):
    assert wire.infer(strict.port, "identity_fp32", bytes(1000), Inference_Header_Content_Length="0").status == 200
    response = wire.infer(strict.port, "identity_fp32", bytes(1004), Inference_Header_Content_Length="0")
    assert response.status == 400
    assert response.error.startswith("Raw input has a byte_size")


def test_binary_tensors_are_not_under_the_input_limit(strict):
    body, headers = binary_request(5000)
    assert wire.infer(strict.port, "identity_fp32", body, **headers).status == 200


def test_a_body_over_the_body_limit_is_refused_before_it_is_sent(strict):
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000000\r\n\r\n".encode()
    with wire.Connection(strict.port) as connection:
        connection.send(head)
        response = connection.read_response()
        assert response.status in (400, 413)
        assert str(MAX_BODY) in response.error
        assert connection.at_end()


def test_a_connection_that_asks_nothing_is_closed(strict):
    began = time.monotonic()
    with wire.Connection(strict.port) as connection:
        connection.send(wire.request_bytes("/v2/health/ready", b"", method="GET"))
        assert connection.read_response().status == 200
        assert connection.at_end()
    assert 0.5 < time.monotonic() - began < PROMPT_SECONDS


def test_a_body_that_stalls_is_given_up(strict):
    whole = wire.request_bytes(INFER, json_request(10))
    with wire.Connection(strict.port) as connection:
        connection.send(whole[:-5])
        response = connection.read_response()
        assert response.status in (400, 408)
        assert response.error
        assert connection.at_end()


def test_a_slow_model_is_waited_for(strict):
    """Its 1.5 s are longer than the idle time of a connection: waiting for an answer is not idling."""
    assert wire.infer(strict.port, "slow", wire.fp32_request([1])).status == 200
