"""Compression of messages: that they are understood, and that they really are shorter on the wire."""

import numpy as np
import pytest
import tritonclient.grpc as triton

from relay import Relay
from rpc import Rpc, given, request, row, tensor, values

MEGABYTE = 1_000_000
ZEROS = np.zeros([1, MEGABYTE // 4], np.float32)
NOISE = np.random.default_rng(7).standard_normal([1, MEGABYTE // 4]).astype(np.float32)
ONLY_IDENTITY = [("grpc.compression_enabled_algorithms_bitset", 1)]


@pytest.fixture(scope="module", params=["none", "low", "medium", "high"])
def compressing(start_module_server, few_models, request):
    """A server and its level of compression."""
    return start_module_server([few_models], f"--grpc-infer-response-compression-level={request.param}"), request.param


def infer_through(relay, array, **named):
    with triton.InferenceServerClient(relay.url) as client:
        assert client.is_server_live()
        relay.reset()
        return client.infer("identity_fp32", [given(array)], **named).as_numpy("OUTPUT0")


@pytest.mark.parametrize("algorithm", ["gzip", "deflate", None])
def test_requests(server, algorithm):
    with Relay(server.grpc_port) as relay:
        np.testing.assert_array_equal(infer_through(relay, ZEROS, compression_algorithm=algorithm), ZEROS)
        assert (relay.sent < MEGABYTE / 20) == (algorithm is not None)
        assert relay.received > MEGABYTE
        np.testing.assert_array_equal(infer_through(relay, NOISE, compression_algorithm=algorithm), NOISE)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_small_requests(grpc_client, algorithm):
    for i in range(50):
        result = grpc_client.infer("identity_backend", row(i, -i), compression_algorithm=algorithm)
        assert result.as_numpy("OUTPUT0").tolist() == [[i, -i]]


def test_a_large_compressed_request(grpc_client):
    zeros = np.zeros([4, 1_000_000], np.float32)
    result = grpc_client.infer("identity_fp32", [given(zeros)], compression_algorithm="gzip")
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), zeros)


def test_responses(compressing):
    server, level = compressing
    with Relay(server.grpc_port) as relay:
        np.testing.assert_array_equal(infer_through(relay, ZEROS), ZEROS)
        assert relay.sent > MEGABYTE
        assert (relay.received < MEGABYTE / 20) == (level != "none")
        np.testing.assert_array_equal(infer_through(relay, NOISE), NOISE)


def test_both_ways(compressing):
    server, level = compressing
    with Relay(server.grpc_port) as relay:
        for algorithm in ("gzip", "deflate"):
            np.testing.assert_array_equal(infer_through(relay, ZEROS, compression_algorithm=algorithm), ZEROS)
            assert relay.sent < MEGABYTE / 20
            assert (relay.received < MEGABYTE / 20) == (level != "none")


def test_a_client_that_understands_no_compression(compressing):
    server, _ = compressing
    with Relay(server.grpc_port) as relay, Rpc(relay.url, ONLY_IDENTITY) as rpc:
        response = rpc.infer(request("identity_fp32", tensor(shape=ZEROS.shape), raw=[ZEROS]))
        np.testing.assert_array_equal(values(response), ZEROS)
        assert relay.received > MEGABYTE


def test_streams(compressing):
    server, level = compressing
    with Relay(server.grpc_port) as relay, Rpc(relay.url) as rpc, rpc.stream() as stream:
        for i in range(3):
            stream.send(request("identity_fp32", tensor(shape=ZEROS.shape), raw=[ZEROS], id=str(i)))
            response = stream.read().infer_response
            assert response.id == str(i)
            np.testing.assert_array_equal(values(response), ZEROS)
        assert (relay.received < MEGABYTE / 20) == (level != "none")


def test_other_calls_of_such_a_server(compressing):
    server, _ = compressing
    with triton.InferenceServerClient(server.grpc_url) as client:
        assert client.get_model_config("identity_fp32").config.name == "identity_fp32"
        assert client.get_inference_statistics("identity_fp32").model_stats[0].name == "identity_fp32"
