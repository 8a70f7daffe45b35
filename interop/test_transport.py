"""HTTP/1.1 by the byte: kept connections, pipelines, chunks, 100-continue, and what is no HTTP at all."""

import json

import pytest

import wire
from crowd import wait_until_queued

INFER = "/v2/models/identity_fp32/infer"


def body_of(value):
    return json.dumps(wire.fp32_request([value])).encode()


def value_of(response):
    assert response.status == 200, response.body
    return response.json()["outputs"][0]["data"][0]


def test_a_connection_is_kept(port):
    with wire.Connection(port) as connection:
        for value in (1, 2, 3):
            connection.send(wire.request_bytes(INFER, body_of(value)))
            assert value_of(connection.read_response()) == value
        connection.send(wire.request_bytes("/v2/health/ready", b"", method="GET"))
        assert connection.read_response().status == 200


def test_an_error_does_not_end_the_connection(port):
    with wire.Connection(port) as connection:
        connection.send(wire.request_bytes(INFER, b"{"))
        assert connection.read_response().status == 500
        connection.send(wire.request_bytes("/nothing", b""))
        assert connection.read_response().status == 404
        connection.send(wire.request_bytes(INFER, body_of(4)))
        assert value_of(connection.read_response()) == 4


def test_a_pipeline_is_answered_in_order(port):
    with wire.Connection(port) as connection:
        connection.send(b"".join(wire.request_bytes(INFER, body_of(value)) for value in range(20)))
        assert [value_of(connection.read_response()) for _ in range(20)] == list(range(20))


def test_a_fast_answer_waits_for_the_slow_one_before_it(port):
    with wire.Connection(port) as connection:
        connection.send(
            wire.request_bytes("/v2/models/slow/infer", body_of(1))
            + wire.request_bytes(INFER, body_of(2))
            + wire.request_bytes("/v2", b"", method="GET")
        )
        assert value_of(connection.read_response()) == 1
        assert value_of(connection.read_response()) == 2
        assert connection.read_response().json()["name"] == "triton"


def test_a_slow_request_does_not_hold_up_another_connection(rpc_server):
    port = rpc_server.port
    with wire.Connection(port) as slow, wire.Connection(port) as fast:
        slow.send(wire.request_bytes("/v2/models/endless/infer", body_of(1)))
        wait_until_queued(port, "endless", 0, running=1)
        fast.send(wire.request_bytes("/v2/models/quick/infer", body_of(2)))
        assert value_of(fast.read_response()) == 2


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_chunked_body(port, size):
    body = body_of(5)
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    encoded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with wire.Connection(port) as connection:
        connection.send(head + encoded)
        assert value_of(connection.read_response()) == 5
        connection.send(wire.request_bytes(INFER, body_of(6)))
        assert value_of(connection.read_response()) == 6


def test_a_chunked_body_with_a_binary_tensor(port):
    data = b"\x00\x00\x80\x3f" * 50_000
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "INPUT0",
                    "shape": [1, 50_000],
                    "datatype": "FP32",
                    "parameters": {"binary_data_size": len(data)},
                }
            ],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    body = head + data
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + 999]), body[at : at + 999]) for at in range(0, len(body), 999)
    )
    lines = [f"POST {INFER} HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"]
    lines += [f"Inference-Header-Content-Length: {len(head)}", "", ""]
    with wire.Connection(port) as connection:
        connection.send("\r\n".join(lines).encode() + chunks + b"0\r\n\r\n")
        response = connection.read_response()
    assert response.status == 200, response.body
    assert response.body.endswith(data)


def test_expect_100_continue(port):
    body = body_of(7)
    whole = wire.request_bytes(INFER, body, "Expect: 100-continue")
    with wire.Connection(port) as connection:
        connection.send(whole[: -len(body)])
        assert connection.read_response().status == 100
        connection.send(body)
        assert value_of(connection.read_response()) == 7


def test_a_request_may_come_byte_by_byte(port):
    with wire.Connection(port) as connection:
        for byte in wire.request_bytes(INFER, body_of(8)):
            connection.send(bytes([byte]))
        assert value_of(connection.read_response()) == 8


def test_connection_close_is_honoured(port):
    with wire.Connection(port) as connection:
        connection.send(wire.request_bytes(INFER, body_of(9), "Connection: close"))
        assert value_of(connection.read_response()) == 9
        assert connection.at_end()


def test_http_1_0_is_answered_and_closed(port):
    with wire.Connection(port) as connection:
        connection.send(b"GET /v2/health/ready HTTP/1.0\r\n\r\n")
        assert connection.read_response().status == 200
        assert connection.at_end()


def test_header_names_are_of_any_case(port):
    head = b'{"inputs":[{"name":"INPUT0","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}'
    body = head + b"\x00\x00\x80\x3f"
    with wire.Connection(port) as connection:
        connection.send(wire.request_bytes(INFER, body, f"INFERENCE-header-CONTENT-length: {len(head)}"))
        assert value_of(connection.read_response()) == 1


# How a record begins that says to a TLS client that the other side does not go on.
TLS_ALERT = b"\x15\x03"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
        b"no http\r\n\r\n",
        b"GET /v2 HTTP/9.9\r\n\r\n",
        b"POST /v2/models/identity_fp32/infer HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /v2/models/identity_fp32/infer HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v2/models/identity_fp32/infer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /v2 HTTP/1.1\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["TLS", "no HTTP", "version", "length", "negative length", "chunk size", "two hosts", "long header", "long path"],
)
def test_what_is_no_http_is_answered_with_an_error_or_a_close(port, garbage):
    with wire.Connection(port) as connection:
        try:
            connection.send(garbage)
            answer = connection.reader.readline()
        except ConnectionError:
            answer = b""
        if answer.startswith(TLS_ALERT):
            assert garbage.startswith(b"\x16\x03")
        else:
            assert answer == b"" or answer.split(b" ")[1][:1] in (b"4", b"5"), answer
    assert wire.get(port, "/v2/health/ready").status == 200


def test_a_client_that_leaves_in_the_middle_harms_nobody(port):
    whole = wire.request_bytes(INFER, body_of(1))
    for cut in (10, len(whole) // 2, len(whole) - 1, len(whole)):
        with wire.Connection(port) as connection:
            connection.send(whole[:cut])
    with wire.Connection(port) as connection:
        connection.send(wire.request_bytes("/v2/models/slow/infer", body_of(1)))
    assert value_of(wire.infer(port, "identity_fp32", wire.fp32_request([3]))) == 3
