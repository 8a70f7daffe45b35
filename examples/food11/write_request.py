#!/usr/bin/env python3
"""Writes a photograph as the body of an inference request, for curl.

    python write_request.py images/fruits.jpg fruits.request

The body is a short JSON head and then the tensor's 602,112 bytes; the program prints the length of the head, which
the header Inference-Header-Content-Length has to carry. With --json the numbers are in the JSON and no such header is
needed, at five times the size.
"""

import argparse
import pathlib

import tritonclient.http as triton

from photograph import to_tensor


def request_body(photograph, classes, as_json):
    """The body and the length of its JSON head (None when the whole body is JSON)."""
    batch = to_tensor(photograph)[None]
    tensor = triton.InferInput("input", list(batch.shape), "FP32")
    tensor.set_data_from_numpy(batch, binary_data=not as_json)
    output = triton.InferRequestedOutput("output", binary_data=False, class_count=classes)
    return triton.InferenceServerClient.generate_request_body([tensor], outputs=[output])


def main():
    parser = argparse.ArgumentParser(description="Writes a photograph as the body of an inference request.")
    parser.add_argument("photograph")
    parser.add_argument("request", type=pathlib.Path, help="the file to write")
    parser.add_argument("--classes", type=int, default=3, help="how many labels to ask for; 0 asks for the 11 numbers")
    parser.add_argument("--json", action="store_true", help="write the tensor as JSON numbers")
    arguments = parser.parse_args()
    body, head_length = request_body(arguments.photograph, arguments.classes, arguments.json)
    arguments.request.write_bytes(body.encode() if isinstance(body, str) else body)
    print("JSON, no header needed" if head_length is None else f"Inference-Header-Content-Length: {head_length}")


if __name__ == "__main__":
    main()
