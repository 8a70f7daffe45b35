#!/usr/bin/env python3
"""Names the food on photographs: sends the files as they are to food_classifier.

    python3 name_food.py PHOTOGRAPH... [--url localhost:8000]
"""

import argparse
import base64
import pathlib

import numpy as np
import tritonclient.http as triton


def main():
    parser = argparse.ArgumentParser(description="Names the food on photographs by the model food_classifier.")
    parser.add_argument("photographs", nargs="+", type=pathlib.Path)
    parser.add_argument("--url", default="localhost:8000")
    arguments = parser.parse_args()
    texts = [base64.b64encode(path.read_bytes()).decode() for path in arguments.photographs]
    image = triton.InferInput("INPUT_IMAGE", [len(texts), 1], "BYTES")
    image.set_data_from_numpy(np.array(texts, dtype=object).reshape(-1, 1))
    with triton.InferenceServerClient(arguments.url) as client:
        result = client.infer("food_classifier", [image])
    rows = zip(arguments.photographs, result.as_numpy("FOOD_LABEL"), result.as_numpy("PROBABILITY"), strict=True)
    for path, (label,), (probability,) in rows:
        print(f"{path}  {label.decode()}  {probability:.4f}")


if __name__ == "__main__":
    main()
