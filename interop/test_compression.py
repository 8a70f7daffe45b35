"""gzip and deflate, in requests and in answers."""

import gzip
import json
import zlib

import numpy as np
import pytest
import tritonclient.http as triton

import wire

VALUES = np.arange(4096, dtype=np.float32).reshape(1, -1)
COMPRESS = {"gzip": gzip.compress, "deflate": zlib.compress}
DECOMPRESS = {"gzip": gzip.decompress, "deflate": zlib.decompress}


def encoded(codec, data):
    return COMPRESS[codec](data) if codec else data


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("answer", [None, "gzip", "deflate"])
@pytest.mark.parametrize("request_codec", [None, "gzip", "deflate"])
def test_the_client_compresses(client, request_codec, answer, binary):
    tensor = triton.InferInput("INPUT0", list(VALUES.shape), "FP32")
    tensor.set_data_from_numpy(VALUES, binary_data=binary)
    result = client.infer(
        "identity_fp32",
        [tensor],
        outputs=[triton.InferRequestedOutput("OUTPUT0", binary_data=binary)],
        request_compression_algorithm=request_codec,
        response_compression_algorithm=answer,
    )
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0").reshape(VALUES.shape), VALUES)


def binary_request():
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "INPUT0",
                    "shape": list(VALUES.shape),
                    "datatype": "FP32",
                    "parameters": {"binary_data_size": VALUES.nbytes},
                }
            ],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    return head, VALUES.tobytes()


@pytest.mark.parametrize("codec", COMPRESS)
def test_the_header_length_counts_uncompressed_bytes(port, codec):
    head, data = binary_request()
    response = wire.infer(
        port,
        "identity_fp32",
        encoded(codec, head + data),
        Content_Encoding=codec,
        Accept_Encoding=codec,
        Inference_Header_Content_Length=str(len(head)),
    )
    assert response.status == 200, response.text
    assert response.headers["content-encoding"] == codec
    body = DECOMPRESS[codec](response.body)
    head_length = int(response.headers["inference-header-content-length"])
    assert json.loads(body[:head_length])["outputs"][0]["parameters"] == {"binary_data_size": VALUES.nbytes}
    assert body[head_length:] == data


@pytest.mark.parametrize(
    "accept, chosen",
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0.5, deflate;q=0.9", "deflate"),
        ("deflate;q=0.2,gzip;q=0.3", "gzip"),
        ("gzip, deflate", "gzip"),
        ("deflate, gzip", "deflate"),
        ("identity;q=1, gzip;q=0.5", None),
        ("br", None),
        ("*", None),
    ],
)
def test_the_answer_is_compressed_as_accept_encoding_weighs(port, accept, chosen):
    request = wire.fp32_request(list(range(500)))
    response = wire.infer(port, "identity_fp32", request, Accept_Encoding=accept)
    assert response.headers.get("content-encoding") == chosen
    body = DECOMPRESS[chosen](response.body) if chosen else response.body
    assert json.loads(body)["outputs"][0]["data"] == list(map(float, range(500)))


def test_identity_is_an_encoding(port):
    assert wire.infer(port, "identity_fp32", wire.fp32_request([1]), Content_Encoding="identity").status == 200


def test_an_unknown_encoding_is_refused_with_those_that_are_known(port):
    response = wire.infer(port, "identity_fp32", wire.fp32_request([1]), Content_Encoding="br")
    assert (response.status, response.error) == (501, "Unsupported compression type")
    assert response.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("codec", COMPRESS)
@pytest.mark.parametrize("damage", ["no such format", "cut off", "a byte changed"])
def test_a_damaged_body_is_an_error(port, codec, damage):
    whole = encoded(codec, json.dumps(wire.fp32_request(list(range(200)))).encode())
    body = {
        "no such format": b"this was never compressed",
        "cut off": whole[: len(whole) // 2],
        "a byte changed": whole[:40] + bytes([whole[40] ^ 0xFF]) + whole[41:],
    }[damage]
    response = wire.infer(port, "identity_fp32", body, Content_Encoding=codec)
    assert response.status in (400, 500)
    assert response.error
