"""Inputs and outputs: several, selected, mixed, shaped."""

import numpy as np
import pytest
import tritonclient.http as triton

import wire

FLOATS = np.array([[1, 2.5, -3, 4.25]], np.float32)
INTEGERS = np.array([[[1, -2], [3, -4]]], np.int32)


def two_inputs(binary_first=True, binary_second=True):
    first = triton.InferInput("INPUT0", [1, 4], "FP32")
    first.set_data_from_numpy(FLOATS, binary_data=binary_first)
    second = triton.InferInput("INPUT1", [1, 2, 2], "INT32")
    second.set_data_from_numpy(INTEGERS, binary_data=binary_second)
    return [first, second]


def requested(**binary):
    return [triton.InferRequestedOutput(name, binary_data=value) for name, value in binary.items()]


@pytest.mark.parametrize("binary_out", [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("binary_in", [(True, True), (True, False), (False, True), (False, False)])
def test_json_and_binary_tensors_mix(client, binary_in, binary_out):
    outputs = requested(OUTPUT0=binary_out[0], OUTPUT1=binary_out[1])
    result = client.infer("two_inputs", two_inputs(*binary_in), outputs=outputs)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), FLOATS)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), INTEGERS)


def test_inputs_may_come_in_any_order(client):
    result = client.infer("two_inputs", two_inputs()[::-1])
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), FLOATS)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), INTEGERS)


def test_only_the_requested_output_is_answered(client):
    response = client.infer("two_inputs", two_inputs(), outputs=requested(OUTPUT1=True)).get_response()
    assert [output["name"] for output in response["outputs"]] == ["OUTPUT1"]


def test_without_outputs_all_are_answered_as_json(port):
    inputs = [
        wire.json_input("INPUT0", "FP32", [1, 4], [1.0, 2.5, -3.0, 4.25]),
        wire.json_input("INPUT1", "INT32", [1, 2, 2], [1, -2, 3, -4]),
    ]
    response = wire.infer(port, "two_inputs", {"inputs": inputs})
    assert response.text == (
        '{"model_name":"two_inputs","model_version":"1","outputs":['
        '{"name":"OUTPUT0","datatype":"FP32","shape":[1,4],"data":[1.0,2.5,-3.0,4.25]},'
        '{"name":"OUTPUT1","datatype":"INT32","shape":[1,2,2],"data":[1,-2,3,-4]}]}'
    )


def test_binary_data_output_holds_for_outputs_that_are_not_listed(port):
    listed = wire.fp32_request([1, 2], outputs=[{"name": "OUTPUT0"}], parameters={"binary_data_output": True})
    assert "data" in wire.infer(port, "identity_fp32", listed).json()["outputs"][0]
    unlisted = wire.fp32_request([1, 2], parameters={"binary_data_output": True})
    assert wire.infer(port, "identity_fp32", unlisted).headers["content-type"] == "application/octet-stream"


def test_an_output_that_is_an_input_is_what_this_client_sent(client):
    for number in range(30):
        values = np.full((2, 3), number + 1, np.float32)
        given = triton.InferInput("x", [2, 3], "FP32")
        given.set_data_from_numpy(values)
        result = client.infer("passed_on", [given], outputs=requested(y=True, x=True))
        np.testing.assert_array_equal(result.as_numpy("x"), values)
        np.testing.assert_array_equal(result.as_numpy("y"), -values)


def test_three_dimensions_keep_their_order(client):
    values = np.arange(2 * 24, dtype=np.float32).reshape(2, 2, 3, 4)
    tensor = triton.InferInput("INPUT0", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values)
    result = client.infer("transpose_3d", [tensor]).as_numpy("OUTPUT0")
    np.testing.assert_array_equal(result, values.transpose(0, 3, 2, 1))


@pytest.mark.parametrize(
    "model, shape, expected",
    [
        ("unbatched", [2, 3], [0, 1, 2, 3, 4, 5]),
        ("scalar", [3, 1], [1, 2, 3]),
        ("reshaped", [1, 4], [0, 2, 1, 3]),
        ("matrix", [1, 2, 3], [0, 1, 2, 3, 4, 5]),
        ("identity_backend", [2, 3], [0, 1, 2, 3, 4, 5]),
        ("no_config", [2, 4], [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_shapes_of_the_configuration(port, model, shape, expected):
    data = list(range(len(expected)))
    response = wire.infer(port, model, {"inputs": [wire.json_input("INPUT0", "FP32", shape, data)]})
    assert response.status == 200, response.text
    assert response.json()["outputs"] == [
        {"name": "OUTPUT0", "datatype": "FP32", "shape": shape, "data": [float(value) for value in expected]}
    ]


def test_the_request_id_comes_back(client):
    tensors = two_inputs()
    assert client.infer("two_inputs", tensors, request_id="r 7/\u00fc").get_response()["id"] == "r 7/\u00fc"
    assert "id" not in client.infer("two_inputs", tensors).get_response()


def test_unknown_members_and_parameters_are_let_pass(port):
    request = wire.fp32_request([1], model_name="other", surplus=[1, {"a": None}], parameters={"mine": "x", "n": 3})
    response = wire.infer(port, "identity_fp32", request)
    assert response.status == 200, response.text
    assert response.json()["model_name"] == "identity_fp32"


class TestRawBinaryRequest:
    """Inference-Header-Content-Length: 0, and the body is the one input's data."""

    def test_shape_is_deduced_and_the_answer_is_binary(self, port):
        response = wire.infer(port, "identity_fp32", FLOATS.tobytes(), Inference_Header_Content_Length="0")
        assert response.status == 200, response.text
        head_length = int(response.headers["inference-header-content-length"])
        assert response.body[:head_length] == (
            b'{"model_name":"identity_fp32","model_version":"1","outputs":'
            b'[{"name":"OUTPUT0","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}]}'
        )
        assert response.body[head_length:] == FLOATS.tobytes()

    def test_a_string_needs_no_length_prefix(self, port):
        response = wire.infer(port, "bytes_one", b"a\x00\xffb", Inference_Header_Content_Length="0")
        assert response.status == 200, response.text
        assert response.body.endswith(b"\x04\x00\x00\x00a\x00\xffb")

    def test_of_an_unbatched_model(self, port):
        data = np.arange(6, dtype="<f4").tobytes()
        response = wire.infer(port, "unbatched", data, Inference_Header_Content_Length="0")
        assert b'"shape":[2,3]' in response.body
        assert response.body.endswith(data)
