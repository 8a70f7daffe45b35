"""Every datatype, as JSON and as binary, in and out."""

import json

import ml_dtypes
import numpy as np
import pytest
import tritonclient.http as triton

import wire
from models import identity_model

BFLOAT16 = ml_dtypes.bfloat16


def integers(dtype):
    limits = np.iinfo(dtype)
    return np.array([[limits.min, limits.max, 0, 7]], dtype)


VALUES = {
    "BOOL": np.array([[True, False, False, True]]),
    "UINT8": integers(np.uint8),
    "UINT16": integers(np.uint16),
    "UINT32": integers(np.uint32),
    "UINT64": integers(np.uint64),
    "INT8": integers(np.int8),
    "INT16": integers(np.int16),
    "INT32": integers(np.int32),
    "INT64": integers(np.int64),
    "FP16": np.array([[0.5, -65504, 6e-8, 0]], np.float16),
    "FP32": np.array([[0.1, -3.4028235e38, 1.4e-45, 16777217]], np.float32),
    "FP64": np.array([[0.1, -1.7976931348623157e308, 5e-324, 1 / 3]], np.float64),
    "BF16": np.array([[0.5, -3.3895e38, 1e-38, 7]], BFLOAT16),
    "BYTES": np.array([["hi", "", "caf\u00e9 \U0001f34e", 'a"b\\\n\t\x01']], np.object_),
}
# Triton's client refuses to send these as JSON.
BINARY_ONLY_IN_CLIENT = {"FP16", "BF16"}


def ask(client, datatype, values, binary_in, binary_out):
    tensor = triton.InferInput("INPUT0", list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary_in)
    output = triton.InferRequestedOutput("OUTPUT0", binary_data=binary_out)
    result = client.infer(identity_model(datatype), [tensor], outputs=[output])
    entry = result.get_output("OUTPUT0")
    assert entry["datatype"] == datatype
    assert entry["shape"] == list(values.shape)
    assert ("data" in entry) == (not binary_out)
    return result.as_numpy("OUTPUT0")


def as_text(array):
    decode = lambda element: element.decode() if isinstance(element, bytes) else element
    return [decode(element) for element in array.ravel()]


def assert_same(datatype, got, sent):
    if datatype == "BYTES":
        assert as_text(got) == as_text(sent)
    else:
        np.testing.assert_array_equal(got.reshape(sent.shape).astype(sent.dtype), sent)


@pytest.mark.parametrize("datatype", VALUES)
def test_binary_in_and_out(client, datatype):
    assert_same(datatype, ask(client, datatype, VALUES[datatype], True, True), VALUES[datatype])


@pytest.mark.parametrize("datatype", VALUES)
def test_binary_in_json_out(client, datatype):
    assert_same(datatype, ask(client, datatype, VALUES[datatype], True, False), VALUES[datatype])


@pytest.mark.parametrize("datatype", [name for name in VALUES if name not in BINARY_ONLY_IN_CLIENT])
def test_json_in_binary_out(client, datatype):
    assert_same(datatype, ask(client, datatype, VALUES[datatype], False, True), VALUES[datatype])


@pytest.mark.parametrize("datatype", [name for name in VALUES if name not in BINARY_ONLY_IN_CLIENT])
def test_json_in_and_out(client, datatype):
    assert_same(datatype, ask(client, datatype, VALUES[datatype], False, False), VALUES[datatype])


@pytest.mark.parametrize("datatype", sorted(BINARY_ONLY_IN_CLIENT))
def test_half_precision_as_json_numbers(port, datatype):
    """Nereid takes and gives FP16 and BF16 as JSON numbers; Triton refuses both."""
    numbers = [0.5, -2, 1e-3, 65280]
    request = {"inputs": [wire.json_input("INPUT0", datatype, [1, 4], numbers)]}
    response = wire.infer(port, identity_model(datatype), request)
    assert response.status == 200, response.text
    dtype = np.float16 if datatype == "FP16" else BFLOAT16
    np.testing.assert_array_equal(
        np.array(response.json()["outputs"][0]["data"]), np.array(numbers, dtype).astype(float)
    )


@pytest.mark.parametrize(
    "nested", [[[1, 2], [3, 4]], [1, 2, 3, 4], [[[1], 2], [[[3, 4]]]]], ids=["nested", "flat", "odd"]
)
def test_json_data_may_be_nested_in_any_way(port, nested):
    request = {"inputs": [wire.json_input("INPUT0", "FP32", [2, 2], nested)]}
    response = wire.infer(port, identity_model("FP32"), request)
    assert response.json()["outputs"] == [
        {"name": "OUTPUT0", "datatype": "FP32", "shape": [2, 2], "data": [1.0, 2.0, 3.0, 4.0]}
    ]


def test_the_json_answer_has_tritons_exact_form(port):
    body = b'{"inputs":[{"name":"INPUT0","shape":[1,4],"datatype":"FP32","data":[1.0,2.5,-3.0,4.25]}],"id":"req-42"}'
    response = wire.infer(port, identity_model("FP32"), body, Content_Type="application/json")
    assert response.headers["content-type"] == "application/json"
    assert response.text == (
        '{"id":"req-42","model_name":"identity_fp32","model_version":"1","outputs":'
        '[{"name":"OUTPUT0","datatype":"FP32","shape":[1,4],"data":[1.0,2.5,-3.0,4.25]}]}'
    )


def test_the_binary_answer_has_tritons_exact_form(port):
    head = (
        b'{"inputs":[{"name":"INPUT0","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}],'
        b'"parameters":{"binary_data_output":true}}'
    )
    data = np.array([1, 2.5, -3, 4.25], "<f4").tobytes()
    response = wire.infer(port, identity_model("FP32"), head + data, Inference_Header_Content_Length=str(len(head)))
    answer = (
        b'{"model_name":"identity_fp32","model_version":"1","outputs":'
        b'[{"name":"OUTPUT0","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}]}'
    )
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["inference-header-content-length"] == str(len(answer))
    assert response.body == answer + data


def test_fp32_prints_as_the_double_it_is(port):
    response = wire.infer(port, identity_model("FP32"), wire.fp32_request([0.1]))
    assert '"data":[0.10000000149011612]' in response.text


@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
def test_json_takes_and_gives_nan_and_infinity(port, datatype):
    body = '{"inputs":[{"name":"INPUT0","shape":[1,4],"datatype":"%s","data":[NaN,Infinity,-Infinity,Inf]}]}' % datatype
    response = wire.infer(port, identity_model(datatype), body)
    assert response.status == 200, response.text
    data = json.loads(response.body)["outputs"][0]["data"]
    np.testing.assert_array_equal(data, [np.nan, np.inf, -np.inf, np.inf])


def test_bytes_may_hold_nul_and_no_utf8(client):
    values = np.array([[b"a\x00b", b"\xff\xfe\x80", b"\x00", bytes(range(256))]], np.object_)
    assert ask(client, "BYTES", values, True, True).ravel().tolist() == values.ravel().tolist()


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_bytes_may_be_long(client, binary):
    values = np.array([["x" * 100_000, "y" * 100_000]], np.object_)
    assert_same("BYTES", ask(client, "BYTES", values, binary, binary), values)


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("datatype", ["FP32", "UINT8", "BYTES"])
def test_a_tensor_may_have_no_elements(client, datatype, binary):
    values = np.empty([1, 0], VALUES[datatype].dtype)
    tensor = triton.InferInput("INPUT0", [1, 0], datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    output = triton.InferRequestedOutput("OUTPUT0", binary_data=binary)
    entry = client.infer(identity_model(datatype), [tensor], outputs=[output]).get_output("OUTPUT0")
    assert entry["shape"] == [1, 0]


def test_a_batch_of_nothing_is_answered(port):
    """Triton never answers it; here it is an answer or an error, but not silence."""
    request = {"inputs": [wire.json_input("INPUT0", "FP32", [0, 4], [])]}
    assert wire.infer(port, identity_model("FP32"), request).status in (200, 400)


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_large_tensors(client, binary):
    values = np.random.default_rng(11).standard_normal([4, 50_000]).astype(np.float32)
    assert_same("FP32", ask(client, "FP32", values, binary, binary), values)


def test_a_binary_tensor_of_sixteen_megabytes(client):
    values = np.arange(4_000_000, dtype=np.float32).reshape(4, -1)
    assert_same("FP32", ask(client, "FP32", values, True, True), values)
