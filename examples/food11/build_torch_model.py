#!/usr/bin/env python3
"""Builds models_python/food_classifier/1/food11.pth: the torch module Food11 with the weights of the ONNX model.

    python3 build_torch_model.py [OUTPUT.pth] [--model MODEL.onnx]

It needs torch and numpy; the ONNX file is read here directly, of which only the constants matter. The result is the
whole module, pickled: torch.load(..., weights_only=False) gives a module that can be called, wherever
food11_network.py is found.
"""

import argparse
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
VERSION = HERE / "models_python" / "food_classifier" / "1"
sys.path.insert(0, str(VERSION))
from food11_network import Food11  # noqa: E402

# Fields of ONNX's messages (onnx.proto) and the element types that occur.
MODEL_GRAPH = 7
GRAPH_INITIALIZER = 5
TENSOR_DIMS, TENSOR_DATA_TYPE, TENSOR_NAME, TENSOR_RAW_DATA = 1, 2, 8, 9
ELEMENT_TYPES = {1: "<f4", 7: "<i8"}


def varint(data, position):
    """(the number at `position`, the position behind it)."""
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        shift += 7
        if byte < 0x80:
            return value, position


def fields(data):
    """(number, value) of each field of a protobuf message; the value is an int, or a memoryview of bytes."""
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        wire = key & 7
        if wire == 0:
            value, position = varint(data, position)
        elif wire == 2:
            length, position = varint(data, position)
            value = data[position : position + length]
            position += length
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
            value = data[position : position + length]
            position += length
        else:
            raise ValueError(f"wire type {wire} at byte {position}, expected a protobuf message")
        yield key >> 3, value


def dims_of(value):
    """Packed, or one at a time."""
    if isinstance(value, int):
        return [value]
    found, position = [], 0
    while position < len(value):
        number, position = varint(value, position)
        found.append(number)
    return found


def constants(path):
    """The constants of an ONNX file by name."""
    found = {}
    for number, graph in fields(memoryview(path.read_bytes())):
        if number != MODEL_GRAPH:
            continue
        for field, tensor in fields(graph):
            if field == GRAPH_INITIALIZER:
                name, array = constant(tensor)
                found[name] = array
    return found


def constant(tensor):
    name, dims, element_type, data = "", [], 0, b""
    for number, value in fields(tensor):
        if number == TENSOR_DIMS:
            dims += dims_of(value)
        elif number == TENSOR_DATA_TYPE:
            element_type = value
        elif number == TENSOR_NAME:
            name = bytes(value).decode()
        elif number == TENSOR_RAW_DATA:
            data = value
    return name, np.frombuffer(data, ELEMENT_TYPES[element_type]).reshape(dims)


def parameters(weights):
    """The state of a Food11: ONNX's constants under the module's names."""
    state = {"scale": weights["in.scale"], "shift": weights["in.shift"]}

    def convolution(ours, theirs):
        state[f"{ours}.weight"], state[f"{ours}.bias"] = weights[f"{theirs}.w"], weights[f"{theirs}.b"]

    convolution("stem", "_conv_stem")
    convolution("head", "_conv_head")
    convolution("classes", "fc")
    for index in range(sum(1 for name in weights if name.endswith("_project_conv.w"))):
        for part in ("expand", "depthwise", "project"):
            if f"_blocks.{index}._{part}_conv.w" in weights:
                convolution(f"blocks.{index}.{part}", f"_blocks.{index}._{part}_conv")
    return {name: torch.from_numpy(array.copy()) for name, array in state.items()}


def build(model):
    network = Food11()
    network.load_state_dict(parameters(constants(model)), strict=True)
    return network.eval()


def main():
    parser = argparse.ArgumentParser(description="Builds food11.pth from the ONNX model's weights.")
    onnx = HERE / "models" / "food_classifier_onnx" / "1" / "model.onnx"
    output = VERSION / "food11.pth"
    parser.add_argument("output", nargs="?", type=pathlib.Path, default=output, help=f"default: {output}")
    parser.add_argument("--model", type=pathlib.Path, default=onnx, help=f"default: {onnx}")
    arguments = parser.parse_args()
    torch.save(build(arguments.model), arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
