"""The classification extension, and the example application that uses it."""

import sys

import numpy as np
import pytest
import tritonclient.http as triton

import wire
from server import ROOT

FOOD11 = ROOT / "examples" / "food11"
SCORES = np.array([[1, -2.5, 10, 0.5, 3], [5, 4, 3, 2, 1]], np.float32)


def classify(client, output, count, batch=SCORES, binary=True, model="classifier"):
    tensor = triton.InferInput("INPUT0", list(batch.shape), "FP32")
    tensor.set_data_from_numpy(batch)
    requested = triton.InferRequestedOutput(output, class_count=count, binary_data=binary)
    result = client.infer(model, [tensor], outputs=[requested])
    entry = result.get_output(output)
    decode = lambda element: element.decode() if isinstance(element, bytes) else element
    return entry["datatype"], entry["shape"], [decode(element) for element in result.as_numpy(output).ravel()]


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_each_row_of_the_batch_has_its_own_classes(client, binary):
    assert classify(client, "SCORES", 2, binary=binary) == (
        "BYTES",
        [2, 2],
        ["10.000000:2:blue", "3.000000:4", "5.000000:0:red", "4.000000:1:green"],
    )


def test_more_classes_than_elements_gives_all(client):
    _, shape, classes = classify(client, "SCORES", 100, SCORES[:1])
    assert shape == [1, 5]
    assert classes == [
        "10.000000:2:blue",
        "3.000000:4",
        "1.000000:0:red",
        "0.500000:3:light yellow",
        "-2.500000:1:green",
    ]


def test_integers_print_plainly_and_need_no_label(client):
    assert classify(client, "COUNTS", 3, SCORES[1:]) == ("BYTES", [1, 3], ["5:0", "4:1", "3:2"])


def test_without_batching_there_is_no_batch_dimension(client):
    assert classify(client, "OUTPUT0", 2, SCORES[0], model="classifier_unbatched") == (
        "BYTES",
        [2],
        ["10.000000:2", "3.000000:4"],
    )


def test_a_plain_output_beside_a_classified_one(client):
    tensor = triton.InferInput("INPUT0", [2, 5], "FP32")
    tensor.set_data_from_numpy(SCORES)
    outputs = [triton.InferRequestedOutput("SCORES", class_count=1), triton.InferRequestedOutput("COUNTS")]
    result = client.infer("classifier", [tensor], outputs=outputs)
    assert result.as_numpy("SCORES").ravel().tolist() == [b"10.000000:2:blue", b"5.000000:0:red"]
    np.testing.assert_array_equal(result.as_numpy("COUNTS"), SCORES.astype(np.int32))


@pytest.mark.parametrize("datatype, values", [("BOOL", [True, False]), ("BYTES", ["a", "b"]), ("FP16", [1, 2])])
def test_a_datatype_without_an_order_is_an_error(port, datatype, values):
    request = {
        "inputs": [wire.json_input("INPUT0", datatype, [1, 2], values)],
        "outputs": [{"name": "OUTPUT0", "parameters": {"classification": 1}}],
    }
    response = wire.infer(port, f"identity_{datatype.lower()}", request)
    assert (response.status, response.error) == (
        400,
        f"class result not available for output due to unsupported type '{datatype}'",
    )


def test_the_photographs_of_the_example(client, monkeypatch):
    """examples/food11/classify.py, its own code, against this server."""
    monkeypatch.syspath_prepend(str(FOOD11))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from classify import classify as classify_photographs

    answers = classify_photographs(client, [FOOD11 / "images" / name for name in ("fruits.jpg", "orange.jpg")])
    for classes in answers:
        label, probability = classes[0]
        assert label == "Vegetable/Fruit"
        assert probability > 0.9
        assert len(classes) == 11


def test_the_request_file_of_the_example(port, monkeypatch):
    """examples/food11/write_request.py, as binary and as JSON: the same answer."""
    monkeypatch.syspath_prepend(str(FOOD11))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from write_request import request_body

    answers = []
    for as_json in (False, True):
        body, head_length = request_body(FOOD11 / "images" / "fruits.jpg", 3, as_json)
        headers = {} if head_length is None else {"Inference_Header_Content_Length": str(head_length)}
        response = wire.infer(port, "food_classifier_onnx", body, **headers)
        assert response.status == 200, response.text
        answers.append(response.json()["outputs"][0]["data"])
    assert answers[0] == answers[1]
    assert [entry.split(":", 1)[1] for entry in answers[0]] == ["10:Vegetable/Fruit", "2:Dessert", "0:Bread"]
