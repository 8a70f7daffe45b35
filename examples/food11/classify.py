#!/usr/bin/env python3
"""Names the food on photographs, by Triton's Python client.

python classify.py images/fruits.jpg images/orange.jpg
"""

import argparse

import numpy as np
import tritonclient.http as triton

from photograph import to_tensor

MODEL = "food_classifier_onnx"
CLASSES = 11


def classify(client, paths):
    """One request for all photographs: for each a list of (label, probability), the likeliest first."""
    batch = np.stack([to_tensor(path) for path in paths])
    tensor = triton.InferInput("input", list(batch.shape), "FP32")
    tensor.set_data_from_numpy(batch)
    # With class_count the server sorts the outputs and puts its labels beside them.
    output = triton.InferRequestedOutput("output", class_count=CLASSES)
    result = client.infer(MODEL, [tensor], outputs=[output])
    return [with_probabilities(row) for row in result.as_numpy("output")]


def with_probabilities(row):
    """The elements of one row are `value:index:label`; the softmax over the values is the probability."""
    values, _, labels = zip(*(element.decode().split(":", 2) for element in row))
    logits = np.array(values, np.float64)
    shares = np.exp(logits - logits.max())
    return list(zip(labels, shares / shares.sum()))


def main():
    parser = argparse.ArgumentParser(description="Names the food on photographs.")
    parser.add_argument("photographs", nargs="+", help="up to 16 image files, sent as one batch")
    parser.add_argument("--url", default="localhost:8000", help="host:port of the server (default: %(default)s)")
    parser.add_argument("--top", type=int, default=3, help="labels to print for each (default: %(default)s)")
    arguments = parser.parse_args()
    with triton.InferenceServerClient(arguments.url) as client:
        for path, classes in zip(arguments.photographs, classify(client, arguments.photographs)):
            print(path)
            for label, probability in classes[: arguments.top]:
                print(f"  {probability:6.4f}  {label}")


if __name__ == "__main__":
    main()
