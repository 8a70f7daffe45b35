"""What a wrong request is answered: the status, and Triton's text for it."""

import json
import struct

import pytest

import wire
from models import identity_model

FLOATS = struct.pack("<4f", 1, 2.5, -3, 4.25)
UNKNOWN_ID = "[request id: <id_unknown>] "
BATCH_NOTE = (
    " NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each"
    " input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting"
    " max_batch_size to zero. See the model configuration docs for more info on max_batch_size."
)


def tensor(name="INPUT0", datatype="FP32", shape=(1, 4), data=(1, 2, 3, 4), **members):
    """An input as JSON; data=None leaves the data out."""
    entry = {"name": name, "shape": list(shape), "datatype": datatype, **members}
    return entry if data is None else entry | {"data": list(data)}


def request(*inputs, **members):
    return {"inputs": list(inputs), **members}


def nested(depth):
    return [1] if depth == 1 else [nested(depth - 1)]


def infer_error(port, model, body, **headers):
    response = wire.infer(port, model, body, **headers)
    return response.status, response.error


# --- routes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/health",
        "/v2/nothing",
        "/v2/models",
        "/v2/models/identity_fp32/nothing",
        "/v2/models/identity_fp32/versions/one",
        "/v2/models/identity_fp32/versions/1/nothing",
        "/v2/models/a/b/ready",
    ],
)
def test_no_such_route(port, path):
    response = wire.get(port, path)
    assert (response.status, response.body) == (404, b'{"error":"Not Found"}')
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/v2"),
        ("POST", "/v2/health/live"),
        ("POST", "/v2/health/ready"),
        ("POST", "/v2/models/identity_fp32"),
        ("DELETE", "/v2/models/identity_fp32"),
        ("POST", "/v2/models/identity_fp32/ready"),
        ("POST", "/v2/models/identity_fp32/config"),
        ("POST", "/v2/models/identity_fp32/stats"),
        ("POST", "/v2/models/stats"),
        ("GET", "/v2/models/identity_fp32/infer"),
        ("PUT", "/v2/models/identity_fp32/infer"),
        ("GET", "/v2/models/identity_fp32/generate"),
        ("GET", "/v2/models/identity_fp32/generate_stream"),
    ],
)
def test_wrong_method(port, method, path):
    response = wire.exchange(port, method, path, body=b"{}" if method != "GET" else None)
    assert (response.status, response.body) == (405, b'{"error":"Method Not Allowed"}')


def test_the_query_is_ignored(port):
    assert wire.get(port, "/v2/health/ready?verbose=1").status == 200
    assert wire.get(port, "/v2/models/identity_fp32?a=b&c").json()["name"] == "identity_fp32"


# --- model and version --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["", "/config", "/ready"])
def test_unknown_model_on_the_get_routes(port, route):
    assert wire.get(port, f"/v2/models/nope{route}").status == 404


def test_unknown_model(port):
    assert infer_error(port, "nope", request(tensor())) == (404, "Request for unknown model: 'nope' is not found")


def test_unknown_version(port):
    assert infer_error(port, "versions_all/versions/2", request(tensor())) == (
        404,
        "Request for unknown model: 'versions_all' version 2 is not found",
    )


def test_a_version_that_is_no_64_bit_number(port):
    status, text = infer_error(port, "versions_all/versions/99999999999999999999", request(tensor()))
    assert status == 400
    assert "failed to get model version from specified version string" in text


# --- JSON ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"{", b'{"inputs":[', b"not json", b'{"inputs":[]}}'])
def test_malformed_json_is_an_internal_error(port, body):
    status, text = infer_error(port, "identity_fp32", body)
    assert status == 500
    assert text.startswith("failed to parse the request JSON buffer: ")


def test_an_empty_body_is_an_error(port):
    response = wire.infer(port, "identity_fp32", b"")
    assert response.status in (400, 500)
    assert response.error


@pytest.mark.parametrize(
    "body, text",
    [
        ({}, "attempt to access non-existing object member 'inputs'"),
        (
            request({"shape": [1], "datatype": "FP32", "data": [1]}),
            "attempt to access non-existing object member 'name'",
        ),
        (request({"name": "INPUT0", "datatype": "FP32", "data": [1]}), "non-existing object member 'shape'"),
        (request({"name": "INPUT0", "shape": [1, 1], "data": [1]}), "non-existing object member 'datatype'"),
        (request(tensor(name=7)), "attempt to access JSON non-string as string"),
        (
            request(tensor(shape=(1, -4))),
            "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
        ),
        (
            request(tensor(shape=(1, 4.5))),
            "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
        ),
        (
            request(tensor(data=(1, 2, 3, 4, 5))),
            "Unable to parse 'data': Shape does not match true shape of 'data' field",
        ),
        (request(tensor(data=(1, 2, 3))), "Unable to parse 'data': Shape does not match true shape of 'data' field"),
        (request(tensor(data=(1, "2", 3, 4))), "Unable to parse 'data': attempt to access JSON non-"),
        (request(tensor(data=(1, None, 3, 4))), "Unable to parse 'data': attempt to access JSON non-"),
    ],
)
def test_json_of_the_wrong_form_is_an_internal_error(port, body, text):
    status, message = infer_error(port, "identity_fp32", body)
    assert status == 500
    assert text in message


def test_numbers_are_no_booleans(port):
    status, text = infer_error(port, identity_model("BOOL"), request(tensor(datatype="BOOL", data=(1, 0, 1, 0))))
    assert status == 500
    assert "Unable to parse 'data'" in text


def test_nesting_has_a_limit(port):
    status, text = infer_error(port, "identity_fp32", request(tensor(shape=(1, 1), data=nested(150))))
    assert (status, text) == (400, "JSON nesting depth exceeds maximum allowed limit (100)")
    assert wire.infer(port, "identity_fp32", request(tensor(shape=(1, 1), data=nested(90)))).status == 200


# --- the JSON head and binary tensors -----------------------------------------------------------------------------


def binary_request(size=16, data=FLOATS, shape=(1, 4), datatype="FP32", model="identity_fp32"):
    head = json.dumps(request(tensor(datatype=datatype, shape=shape, data=None, parameters={"binary_data_size": size})))
    return head.encode() + data, {"Inference_Header_Content_Length": str(len(head))}


def test_a_binary_tensor_that_is_cut_off(port):
    body, headers = binary_request(data=FLOATS[:8])
    assert infer_error(port, "identity_fp32", body, **headers) == (
        400,
        "unexpected size for input 'INPUT0', expecting 8 additional bytes for model 'identity_fp32'",
    )


def test_bytes_after_the_last_tensor(port):
    body, headers = binary_request(data=FLOATS + b"x")
    assert infer_error(port, "identity_fp32", body, **headers) == (
        400,
        "unexpected additional input data for model 'identity_fp32'",
    )


@pytest.mark.parametrize("size", [12, 20])
def test_a_binary_size_that_is_not_the_shapes(port, size):
    body, headers = binary_request(size=size, data=bytes(size))
    status, text = infer_error(port, "identity_fp32", body, **headers)
    assert status == 400
    assert f"input byte size mismatch for input 'INPUT0' for model 'identity_fp32'. Expected 16, got {size}" in text


@pytest.mark.parametrize(
    "length, text",
    [
        ("abc", "Unable to parse Inference-Header-Content-Length, got: abc"),
        ("12x", "Unable to parse Inference-Header-Content-Length, got: 12x"),
        ("99999999999", "value is out of range"),
        ("-1", "inference header size should be in range (0, 76), got: -1"),
        ("77", "inference header size should be in range (0, 76), got: 77"),
    ],
)
def test_a_wrong_length_of_the_head(port, length, text):
    body = b'{"inputs":[{"name":"INPUT0","shape":[1,1],"datatype":"FP32","data":[1.25]}]}'
    assert len(body) == 76
    status, message = infer_error(port, "identity_fp32", body, Inference_Header_Content_Length=length)
    assert status == 400
    assert text in message


@pytest.mark.parametrize(
    "data, text",
    [
        (struct.pack("<I", 2) + b"hi", "string elements"),
        (3 * (struct.pack("<I", 1) + b"x"), "string elements"),
        (struct.pack("<I", 1) + b"x" + b"\x01\x00", "incomplete string length indicator"),
        (struct.pack("<I", 1) + b"x" + struct.pack("<I", 0xFFFFFFFF) + b"y", "string"),
        (struct.pack("<I", 1) + b"x" + struct.pack("<I", 9) + b"y", "string"),
    ],
    ids=["too few", "too many", "length cut off", "length of 4 GB", "element cut off"],
)
def test_strings_that_do_not_add_up(port, data, text):
    body, headers = binary_request(size=len(data), data=data, shape=(1, 2), datatype="BYTES")
    status, message = infer_error(port, identity_model("BYTES"), body, **headers)
    assert status == 400
    assert text in message


def test_no_data_and_data_twice(port):
    status, text = infer_error(port, "identity_fp32", request(tensor(data=None)))
    assert status == 400
    assert text.startswith("Input must set only one of the following fields: ")
    assert "no field is set" in text
    status, text = infer_error(port, "identity_fp32", request(tensor(parameters={"binary_data_size": 16})))
    assert status == 400
    assert text.startswith("Input must set only one of the following fields: ")
    assert "'data'" in text and "'binary_data_size'" in text


@pytest.mark.parametrize(
    "model, text",
    [
        (
            "two_inputs",
            "[request id: <id_unknown>] Raw request must only have 1 input (found 1) to be deduced but got 2 inputs in 'two_inputs' model configuration",
        ),
        ("matrix", "The shape of the raw input 'INPUT0' can not be deduced"),
        ("identity_bytes", "For BYTE datatype raw input 'INPUT0', the model must have input shape [1]"),
    ],
)
def test_a_raw_request_that_cannot_be_deduced(port, model, text):
    status, message = infer_error(port, model, FLOATS, Inference_Header_Content_Length="0")
    assert status == 400
    assert text in message


# --- inputs and outputs against the configuration -----------------------------------------------------------------


@pytest.mark.parametrize(
    "model, body, text",
    [
        (
            "two_inputs",
            request(tensor()),
            "expected 2 inputs but got 1 inputs for model 'two_inputs'. Got input(s) ['INPUT0'], but missing required"
            " input(s) ['INPUT1']. Please provide all required input(s).",
        ),
        (
            "identity_fp32",
            request(tensor(datatype="INT32")),
            "inference input 'INPUT0' data-type is 'INT32', but model 'identity_fp32' expects 'FP32'",
        ),
        (
            "identity_fp32",
            request(tensor(shape=(4,))),
            "unexpected shape for input 'INPUT0' for model 'identity_fp32'. Expected [-1,-1], got [4]." + BATCH_NOTE,
        ),
        (
            "transpose_3d",
            request(tensor(shape=(1, 2, 2), data=range(4))),
            "unexpected shape for input 'INPUT0' for model 'transpose_3d'. Expected [-1,2,3,4], got [1,2,2]."
            + BATCH_NOTE,
        ),
        (
            "identity_fp32",
            request(tensor(shape=(9, 1), data=range(9))),
            "inference request batch-size must be <= 8 for 'identity_fp32'",
        ),
        (
            "identity_fp32",
            request(tensor(shape=(), data=[1])),
            "input 'INPUT0' has no shape but model requires batch dimension for 'identity_fp32'",
        ),
        (
            "two_inputs",
            request(tensor(shape=(2, 2)), tensor("INPUT1", "INT32", (1, 2, 2))),
            "input 'INPUT1' batch size does not match other inputs for 'two_inputs'",
        ),
    ],
)
def test_what_does_not_fit_the_configuration(port, model, body, text):
    assert infer_error(port, model, body) == (400, UNKNOWN_ID + text)
    assert infer_error(port, model, {"id": "r7", **body}) == (400, "[request id: r7] " + text)


@pytest.mark.parametrize(
    "body, text",
    [
        (request(tensor(name="NO")), "input 'NO' for model 'identity_fp32' (its inputs are ['INPUT0'])"),
        (
            request(tensor(), outputs=[{"name": "NO"}]),
            "output 'NO' for model 'identity_fp32' (its outputs are ['OUTPUT0'])",
        ),
    ],
)
def test_unknown_names_are_told_without_the_id(port, body, text):
    assert infer_error(port, "identity_fp32", {"id": "r7", **body}) == (400, "unexpected inference " + text)


def test_the_shape_of_an_unbatched_model(port):
    status, text = infer_error(port, "unbatched", request(tensor(shape=(2, 2))))
    assert status == 400
    assert text.startswith(
        UNKNOWN_ID + "unexpected shape for input 'INPUT0' for model 'unbatched'. Expected [-1,3], got [2,2]."
    )


def test_an_input_twice(port):
    status, text = infer_error(port, "identity_fp32", request(tensor(), tensor()))
    assert status == 400
    assert "[request id: <id_unknown>] input 'INPUT0' already exists in request" in text


def test_a_datatype_that_does_not_exist(port):
    status, text = infer_error(port, "identity_fp32", request(tensor(datatype="FLOAT")))
    assert status == 400
    assert "invalid datatype for input INPUT0" in text


def test_more_elements_than_can_be_counted(port):
    shape = (1, 4294967296, 4294967296)
    status, text = infer_error(port, "matrix", request(tensor(shape=shape, data=[1])))
    assert status == 400
    assert "exceed maximum size of 9223372036854775807" in text or "byte size overflow" in text


# --- parameters ---------------------------------------------------------------------------------------------------


def test_reserved_parameters(port):
    body = request(tensor(), parameters={"triton_secret": 1})
    assert infer_error(port, "identity_fp32", body) == (
        400,
        "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.",
    )


@pytest.mark.parametrize("value", [[1], {"a": 1}, None])
def test_parameters_of_no_simple_type(port, value):
    status, text = infer_error(port, "identity_fp32", request(tensor(), parameters={"mine": value}))
    assert status == 400
    assert text.startswith("parameter 'mine' has invalid type. It should be either 'int', 'bool', or 'string'.")


# --- the model itself ---------------------------------------------------------------------------------------------


def test_a_model_that_fails_while_it_runs(port):
    body = request(tensor("INDEX", "INT64", (1, 1), [99]))
    status, text = infer_error(port, "gather_from_four", body)
    assert status == 500
    assert text.startswith("onnx runtime error ")
    assert "99" in text
    good = wire.infer(port, "gather_from_four", request(tensor("INDEX", "INT64", (1, 2), [3, 0])))
    assert good.json()["outputs"][0]["data"] == [40.0, 10.0]
