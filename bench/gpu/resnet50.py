"""ResNet-50 as an ONNX file: the right operators and shapes, weights that are random, the same at every call.

What it answers means nothing, but it costs what the trained one costs, and two devices must answer alike.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

STAGES = ((64, 256, 3, 1), (128, 512, 4, 2), (256, 1024, 6, 2), (512, 2048, 3, 2))  # inner, outer, blocks, stride
CLASSES = 1000
SIZE = 224
SEED = 50


class Graph:
    """Nodes and weights as they are added; a tensor is called after what made it."""

    def __init__(self, weights_type):
        self.random = np.random.default_rng(SEED)
        self.weights_type = weights_type
        self.nodes = []
        self.weights = []

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(values.astype(self.weights_type), name))
        return name

    def add(self, operator, name, inputs, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def convolution(self, name, source, shape, stride=1, gain=1.0):
        """A convolution with its normalisation folded in, as ONNX Runtime would fold it."""
        outputs, inputs, size, _ = shape
        deviation = gain * np.sqrt(2 / (inputs * size * size))
        weight = self.weight(f"{name}.w", self.random.normal(0, deviation, shape))
        bias = self.weight(f"{name}.b", self.random.normal(0, 0.05, outputs))
        return self.add(
            "Conv",
            name,
            [source, weight, bias],
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[size // 2] * 4,
        )

    def block(self, name, source, inputs, inner, outer, stride):
        first = self.add("Relu", f"{name}.r1", [self.convolution(f"{name}.c1", source, (inner, inputs, 1, 1))])
        second = self.add("Relu", f"{name}.r2", [self.convolution(f"{name}.c2", first, (inner, inner, 3, 3), stride)])
        third = self.convolution(
            f"{name}.c3", second, (outer, inner, 1, 1), gain=0.3
        )  # or the sum grows block by block
        if inputs != outer:
            source = self.convolution(f"{name}.down", source, (outer, inputs, 1, 1), stride)
        return self.add("Relu", name, [self.add("Add", f"{name}.sum", [third, source])])


def write(path, half=False):
    """Writes the model; `half` computes in FP16 between an input and an output that are FP32 all the same."""
    graph = Graph(np.float16 if half else np.float32)
    tensor = "input"
    if half:
        tensor = graph.add("Cast", "half", [tensor], to=TensorProto.FLOAT16)
    tensor = graph.add("Relu", "stem.r", [graph.convolution("stem", tensor, (64, 3, 7, 7), 2)])
    tensor = graph.add("MaxPool", "pool", [tensor], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    inputs = 64
    for stage, (inner, outer, blocks, stride) in enumerate(STAGES):
        for number in range(blocks):
            tensor = graph.block(f"s{stage}.{number}", tensor, inputs, inner, outer, stride if number == 0 else 1)
            inputs = outer
    tensor = graph.add("Flatten", "flat", [graph.add("GlobalAveragePool", "mean", [tensor])])
    weight = graph.weight("head.w", graph.random.normal(0, np.sqrt(1 / inputs), (CLASSES, inputs)))
    bias = graph.weight("head.b", np.zeros(CLASSES))
    tensor = graph.add("Gemm", "logits" if half else "output", [tensor, weight, bias], transB=1)
    if half:
        graph.add("Cast", "output", [tensor], to=TensorProto.FLOAT)
    save(model(graph), path)


def model(graph):
    """The graph with its one input and its one output."""
    ends = (("input", [3, SIZE, SIZE]), ("output", [CLASSES]))
    source, result = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *dims]) for name, dims in ends)
    whole = helper.make_graph(graph.nodes, "resnet50", [source], [result], graph.weights)
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_halving(path):
    """A model that halves photographs: what it makes is as large as what it takes, and costs little to compute."""
    graph = Graph(np.float32)
    graph.add("Mul", "output", ["input", graph.weight("half", np.array(0.5))])
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3, SIZE, SIZE]) for name in ("input", "output")
    ]
    whole = helper.make_graph(graph.nodes, "halving", ends[:1], ends[1:], graph.weights)
    save(helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_endless(path, elements):
    """A model whose answer is small but for which a tensor of so many numbers is made on the way: no GPU holds it."""
    graph = Graph(np.float32)
    graph.weights.append(numpy_helper.from_array(np.array([1, elements], np.int64), "shape"))
    graph.add("Expand", "wide", ["input", "shape"])
    graph.add("ReduceMax", "output", ["wide"], axes=[1], keepdims=1)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1]) for name in ("input", "output")]
    whole = helper.make_graph(graph.nodes, "endless", ends[:1], ends[1:], graph.weights)
    save(helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
