"""Makes the model repositories that the suite serves: small ONNX models, one reason each.

Run as a program it writes them where they can be looked at: .venv/bin/python models.py FOLDER
"""

import pathlib
import sys
import textwrap

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Datatype in requests -> (datatype in config.pbtxt, element type in ONNX).
DATATYPES = {
    "BOOL": ("TYPE_BOOL", TensorProto.BOOL),
    "UINT8": ("TYPE_UINT8", TensorProto.UINT8),
    "UINT16": ("TYPE_UINT16", TensorProto.UINT16),
    "UINT32": ("TYPE_UINT32", TensorProto.UINT32),
    "UINT64": ("TYPE_UINT64", TensorProto.UINT64),
    "INT8": ("TYPE_INT8", TensorProto.INT8),
    "INT16": ("TYPE_INT16", TensorProto.INT16),
    "INT32": ("TYPE_INT32", TensorProto.INT32),
    "INT64": ("TYPE_INT64", TensorProto.INT64),
    "FP16": ("TYPE_FP16", TensorProto.FLOAT16),
    "FP32": ("TYPE_FP32", TensorProto.FLOAT),
    "FP64": ("TYPE_FP64", TensorProto.DOUBLE),
    "BF16": ("TYPE_BF16", TensorProto.BFLOAT16),
    "BYTES": ("TYPE_STRING", TensorProto.STRING),
}

SLOW_MODEL_DELAY_MS = 1500


def identity_model(datatype):
    """The name of the ONNX identity model of this datatype."""
    return f"identity_{datatype.lower()}"


def graph(nodes, inputs, outputs, constants=()):
    """An ONNX model; inputs and outputs are (name, datatype, shape), with names for the dynamic dimensions."""
    value = lambda tensor: helper.make_tensor_value_info(tensor[0], DATATYPES[tensor[1]][1], tensor[2])
    body = helper.make_graph(
        [helper.make_node(operator, reads, writes, **attributes) for operator, reads, writes, attributes in nodes],
        "interop",
        [value(tensor) for tensor in inputs],
        [value(tensor) for tensor in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants],
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def identity_graph(datatype, shape):
    return graph(
        [("Identity", ["INPUT0"], ["OUTPUT0"], {})],
        [("INPUT0", datatype, shape)],
        [("OUTPUT0", datatype, shape)],
    )


def add_graph(constant, shape):
    """OUTPUT0 = INPUT0 + constant."""
    return graph(
        [("Add", ["INPUT0", "constant"], ["OUTPUT0"], {})],
        [("INPUT0", "FP32", shape)],
        [("OUTPUT0", "FP32", shape)],
        [("constant", np.float32(constant))],
    )


def tensor_config(name, datatype, dims, extra=""):
    return f'{{ name: "{name}" data_type: {DATATYPES[datatype][0]} dims: {list(dims)} {extra} }}'


def config(inputs, outputs, max_batch_size=8, backend="onnxruntime", extra=""):
    """The text of a config.pbtxt; inputs and outputs are (name, datatype, dims[, further fields])."""
    return textwrap.dedent("""\
        backend: "{backend}"
        max_batch_size: {max_batch_size}
        input [ {inputs} ]
        output [ {outputs} ]
        instance_group [ {{ kind: KIND_CPU count: 1 }} ]
        {extra}
        """).format(
        backend=backend,
        max_batch_size=max_batch_size,
        inputs=", ".join(tensor_config(*tensor) for tensor in inputs),
        outputs=", ".join(tensor_config(*tensor) for tensor in outputs),
        extra=extra,
    )


class Repository:
    """A model repository in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, name, config_text, versions, **files):
        """A model of this configuration (None: no config.pbtxt); versions maps a number to model.onnx, or None."""
        folder = self.folder / name
        folder.mkdir()
        for version, model in versions.items():
            (folder / str(version)).mkdir()
            if model is not None:
                (folder / str(version) / "model.onnx").write_bytes(model)
        if config_text is not None:
            (folder / "config.pbtxt").write_text(config_text)
        for stem, text in files.items():
            (folder / f"{stem}.txt").write_text(text)


def write_test_models(folder):
    """The models that load."""
    repository = Repository(folder)
    add_identities(repository)
    add_shapes(repository)
    add_passed_on(repository)
    add_versions(repository)
    add_classifiers(repository)
    add_backends_and_failures(repository)
    add_decoupled(repository)


def add_identities(repository):
    one = lambda datatype: config([("INPUT0", datatype, [-1])], [("OUTPUT0", datatype, [-1])])
    for datatype in DATATYPES:
        repository.add(identity_model(datatype), one(datatype), {1: identity_graph(datatype, ["batch", "n"])})
    # A copy that one test alone asks, so that its counts are known.
    repository.add("counted", one("FP32"), {1: identity_graph("FP32", ["batch", "n"])})
    repository.add(
        "bytes_one",
        config([("INPUT0", "BYTES", [1])], [("OUTPUT0", "BYTES", [1])]),
        {1: identity_graph("BYTES", ["batch", 1])},
    )
    repository.add(
        "two_inputs",
        config(
            [("INPUT0", "FP32", [-1]), ("INPUT1", "INT32", [-1, 2])],
            [("OUTPUT0", "FP32", [-1]), ("OUTPUT1", "INT32", [-1, 2])],
        ),
        {
            1: graph(
                [("Identity", ["INPUT0"], ["OUTPUT0"], {}), ("Identity", ["INPUT1"], ["OUTPUT1"], {})],
                [("INPUT0", "FP32", ["batch", "n"]), ("INPUT1", "INT32", ["batch", "m", 2])],
                [("OUTPUT0", "FP32", ["batch", "n"]), ("OUTPUT1", "INT32", ["batch", "m", 2])],
            )
        },
    )


def add_shapes(repository):
    # The axes are swapped, so that a wrong order of elements cannot pass.
    repository.add(
        "transpose_3d",
        config([("INPUT0", "FP32", [2, 3, 4])], [("OUTPUT0", "FP32", [4, 3, 2])]),
        {
            1: graph(
                [("Transpose", ["INPUT0"], ["OUTPUT0"], {"perm": [0, 3, 2, 1]})],
                [("INPUT0", "FP32", ["batch", 2, 3, 4])],
                [("OUTPUT0", "FP32", ["batch", 4, 3, 2])],
            )
        },
    )
    repository.add(
        "unbatched",
        config([("INPUT0", "FP32", [-1, 3])], [("OUTPUT0", "FP32", [-1, 3])], max_batch_size=0),
        {1: identity_graph("FP32", ["n", 3])},
    )
    repository.add(
        "matrix",
        config([("INPUT0", "FP32", [-1, -1])], [("OUTPUT0", "FP32", [-1, -1])]),
        {1: identity_graph("FP32", ["batch", "n", "m"])},
    )
    repository.add("no_config", None, {1: identity_graph("FP32", ["batch", 4])})
    repository.add(
        "scalar",
        config(
            [("INPUT0", "FP32", [1], "reshape { shape: [ ] }")], [("OUTPUT0", "FP32", [1], "reshape { shape: [ ] }")]
        ),
        {1: add_graph(1, ["batch"])},
    )
    repository.add(
        "reshaped",
        config(
            [("INPUT0", "FP32", [4], "reshape { shape: [ 2, 2 ] }")],
            [("OUTPUT0", "FP32", [4], "reshape { shape: [ 2, 2 ] }")],
        ),
        {
            1: graph(
                [("Transpose", ["INPUT0"], ["OUTPUT0"], {"perm": [0, 2, 1]})],
                [("INPUT0", "FP32", ["batch", 2, 2])],
                [("OUTPUT0", "FP32", ["batch", 2, 2])],
            )
        },
    )


def add_passed_on(repository):
    """y = -x, and x itself, which ONNX Runtime hands on without writing it anywhere."""
    repository.add(
        "passed_on",
        config([("x", "FP32", [3])], [("y", "FP32", [3]), ("x", "FP32", [3])]),
        {1: graph([("Neg", ["x"], ["y"], {})], [("x", "FP32", ["b", 3])],
                  [("y", "FP32", ["b", 3]), ("x", "FP32", ["b", 3])])},
    )  # fmt: skip


def add_versions(repository):
    """Version N adds N, so that an answer shows which version gave it."""
    four = ([("INPUT0", "FP32", [4])], [("OUTPUT0", "FP32", [4])])
    repository.add(
        "versions_all",
        config(*four, extra="version_policy { all { } }"),
        {version: add_graph(version, ["batch", 4]) for version in (1, 3)},
    )
    repository.add(
        "versions_latest",
        config(*four),
        {version: add_graph(version, ["batch", 4]) for version in (2, 10)},
    )
    repository.add(
        "versions_specific",
        config(*four, extra="version_policy { specific { versions: [ 1, 2 ] } }"),
        {version: add_graph(version, ["batch", 4]) for version in (1, 2, 3)},
    )


def add_classifiers(repository):
    two_outputs = graph(
        [("Identity", ["INPUT0"], ["SCORES"], {}), ("Cast", ["INPUT0"], ["COUNTS"], {"to": TensorProto.INT32})],
        [("INPUT0", "FP32", ["batch", 5])],
        [("SCORES", "FP32", ["batch", 5]), ("COUNTS", "INT32", ["batch", 5])],
    )
    outputs = [("SCORES", "FP32", [5], 'label_filename: "colours.txt"'), ("COUNTS", "INT32", [5])]
    repository.add(
        "classifier",
        config([("INPUT0", "FP32", [5])], outputs),
        {1: two_outputs},
        colours="red\ngreen\nblue\nlight yellow\n",
    )
    repository.add(
        "classifier_unbatched",
        config([("INPUT0", "FP32", [5])], [("OUTPUT0", "FP32", [5])], max_batch_size=0),
        {1: identity_graph("FP32", [5])},
    )


def add_backends_and_failures(repository):
    identity = ([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])])
    repository.add("identity_backend", config(*identity, backend="identity"), {1: None})
    delay = f'parameters {{ key: "execute_delay_ms" value {{ string_value: "{SLOW_MODEL_DELAY_MS}" }} }}'
    repository.add("slow", config(*identity, backend="identity", extra=delay), {1: None})
    # An index beyond the table is only found out while the model runs.
    repository.add(
        "gather_from_four",
        config([("INDEX", "INT64", [-1])], [("OUTPUT0", "FP32", [-1])]),
        {
            1: graph(
                [("Gather", ["table", "INDEX"], ["OUTPUT0"], {"axis": 0})],
                [("INDEX", "INT64", ["batch", "n"])],
                [("OUTPUT0", "FP32", ["batch", "n"])],
                [("table", np.array([10, 20, 30, 40], np.float32))],
            )
        },
    )


DECOUPLED = "model_transaction_policy { decoupled: true }"


def repeat_config():
    """The example of Triton's repeat backend: a response for each element of IN."""
    return config(
        [("IN", "INT32", [-1]), ("DELAY", "UINT32", [-1]), ("WAIT", "UINT32", [1])],
        [("OUT", "INT32", [1]), ("IDX", "UINT32", [1])],
        max_batch_size=0,
        backend="repeat",
        extra=DECOUPLED,
    )


def square_config():
    """The example of Triton's square backend: IN responses."""
    return config([("IN", "INT32", [1])], [("OUT", "INT32", [1])], max_batch_size=0, backend="square", extra=DECOUPLED)


def add_decoupled(repository):
    """Models with any number of responses; copies whose counts are known."""
    for name in ("repeat_int32", "repeat_counted", "repeat_left"):
        repository.add(name, repeat_config(), {1: None})
    repository.add("square_int32", square_config(), {1: None})


def write_failing_models(folder):
    """Models that cannot load, and one that can."""
    repository = Repository(folder)
    four = ([("INPUT0", "FP32", [4])], [("OUTPUT0", "FP32", [4])])
    good = identity_graph("FP32", ["batch", 4])
    repository.add("good", config(*four), {1: good})
    repository.add("broken_onnx", config(*four), {1: b"this is no ONNX model"})
    repository.add("no_version", config(*four), {})
    repository.add("unknown_backend", config(*four, backend="abacus"), {1: good})
    repository.add("wrong_datatype", config([("INPUT0", "INT32", [4])], [("OUTPUT0", "FP32", [4])]), {1: good})
    repository.add("wrong_name", config([("INPUT", "FP32", [4])], [("OUTPUT0", "FP32", [4])]), {1: good})
    repository.add("decoupled_onnx", config(*four, extra=DECOUPLED), {1: good})
    repository.add("many_mistakes", MANY_MISTAKES, {1: good})


# Lines 2 and 6: no such field. Line 5: no such datatype. Line 9: text where a number belongs.
MANY_MISTAKES = """\
backend: "onnxruntime"
max_batchsize: 8
input [ {
  name: "INPUT0"
  data_type: TYPE_FLOAT32
  dimensions: [ 4 ]
} ]
output [ {
  name: "OUTPUT0" data_type: TYPE_FP32 dims: [ "four" ]
} ]
"""


if __name__ == "__main__":
    write_test_models(pathlib.Path(sys.argv[1]) / "models")
    write_failing_models(pathlib.Path(sys.argv[1]) / "failing")
