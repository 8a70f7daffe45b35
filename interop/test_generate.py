"""generate and generate_stream of models with one response."""

import pytest

import wire

JSON = {"Content-Type": "application/json"}


def generate(port, model, body, stream=False, headers=None):
    route = "generate_stream" if stream else "generate"
    return wire.exchange(port, "POST", f"/v2/models/{model}/{route}", body, JSON | (headers or {}))


def test_generate_has_tritons_exact_form(port):
    response = generate(port, "identity_fp32", b'{"INPUT0":[1.0,2.5,-3.0,4.25]}')
    assert response.status == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.text == '{"OUTPUT0":[1.0,2.5,-3.0,4.25],"model_name":"identity_fp32","model_version":"1"}'


def test_generate_stream_is_one_event(port):
    response = generate(port, "identity_fp32", b'{"INPUT0":1.5}', stream=True)
    assert response.status == 200, response.text
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.text == 'data: {"OUTPUT0":1.5,"model_name":"identity_fp32","model_version":"1"}\n\n'


def test_generate_of_a_version(port):
    response = wire.exchange(
        port, "POST", "/v2/models/versions_all/versions/1/generate", {"INPUT0": [0, 0, 0, 0]}, JSON
    )
    assert response.json() == {"OUTPUT0": [1.0] * 4, "model_name": "versions_all", "model_version": "1"}


def test_strings_several_inputs_and_the_id(port):
    assert generate(port, "identity_bytes", {"INPUT0": "a\u00e9"}).json()["OUTPUT0"] == "a\u00e9"
    response = generate(port, "two_inputs", {"id": "g1", "INPUT0": [1, 2], "INPUT1": [3, 4, 5, 6]})
    assert response.json() == {
        "OUTPUT0": [1.0, 2.0],
        "OUTPUT1": [3, 4, 5, 6],
        "id": "g1",
        "model_name": "two_inputs",
        "model_version": "1",
    }


def test_inputs_may_be_in_parameters_and_other_keys_are_parameters(port):
    body = {"parameters": {"INPUT0": [7], "temperature": 0.5, "who": "me"}, "stream": False}
    response = generate(port, "identity_fp32", body)
    assert response.status == 200, response.text
    assert response.json()["OUTPUT0"] == 7.0


@pytest.mark.parametrize("stream", [False, True], ids=["generate", "generate_stream"])
@pytest.mark.parametrize(
    "model, body, status, text",
    [
        ("nope", b'{"INPUT0":1}', 404, "Request for unknown model: 'nope' is not found"),
        (
            "transpose_3d",
            b'{"INPUT0":[1,2,3]}',
            400,
            "The schema can not convert input 'INPUT0' to tensor with proper shape",
        ),
        ("identity_fp32", b'{"INPUT0":[1', 500, "failed to parse the request JSON buffer"),
        ("two_inputs", b'{"INPUT0":[1]}', 400, "expected 2 inputs but got 1 inputs for model 'two_inputs'"),
    ],
)
def test_errors_before_inference_are_plain_json(port, stream, model, body, status, text):
    response = generate(port, model, body, stream)
    assert response.status == status
    assert text in response.error


def test_an_error_of_the_model(port):
    response = generate(port, "gather_from_four", {"INDEX": [99]})
    assert response.status == 500
    assert "onnx runtime error" in response.text
    response = generate(port, "gather_from_four", {"INDEX": [99]}, stream=True)
    assert response.status == 500
    assert response.text.startswith('data: {"error":"') and "onnx runtime error" in response.text


def test_generate_takes_no_compressed_body(port):
    assert generate(port, "identity_fp32", b"x", headers={"Content-Encoding": "gzip"}).status == 400
