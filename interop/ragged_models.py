"""Models that take ragged batches: the elements of all requests in one dimension, and what distinguishes them.

Run as a program it writes them where they can be looked at: .venv/bin/python ragged_models.py FOLDER
"""

import pathlib
import re
import sys

import numpy as np

from models import Repository, config, graph
from server import ROOT

# Longer than any client is kept from sending the rest of a batch; a batch that is full does not wait.
WAIT = "dynamic_batching { max_queue_delay_microseconds: 20000000 }\n"
RAGGED = "allow_ragged_batch: true"
# Of the documented example: what the ONNX model makes of its inputs.
SCALE = 2
KINDS = {
    "ragged_element_count_acc_zero": ("BATCH_ELEMENT_COUNT", "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO"),
    "ragged_acc_shape": ("BATCH_ACCUMULATED_ELEMENT_COUNT", "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE"),
}


def batch_input(kind, target, datatype="FP32", source="RAGGED_INPUT"):
    return (
        f'batch_input {{ kind: {kind} target_name: "{target}" data_type: TYPE_{datatype} source_input: "{source}" }}\n'
    )


def scatter(target, source):
    return (
        f'batch_output {{ target_name: "{target}" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "{source}" }}\n'
    )


def telling_graph():
    """Every input, in as many equal rows as BATCH_AND_SIZE_INPUT has elements."""
    names = {
        "RAGGED_INPUT": "RAGGED_OUTPUT",
        "BATCH_AND_SIZE_INPUT": "BATCH_AND_SIZE_OUTPUT",
        "BATCH_INPUT": "BATCH_OUTPUT",
    }
    nodes = [
        ("Shape", ["BATCH_AND_SIZE_INPUT"], ["requests"], {}),
        ("Concat", ["requests", "one"], ["rows"], {"axis": 0}),
    ]
    for name, output in names.items():
        nodes.append(("Reshape", [name, "row"], [name + "_row"], {}))
        nodes.append(("Expand", [name + "_row", "rows"], [output], {}))
    return graph(
        nodes,
        [(name, "FP32", [name + "_n"]) for name in names],
        [(output, "FP32", ["requests", output + "_n"]) for output in names.values()],
        [("one", np.int64([1])), ("row", np.int64([1, -1]))],
    )


def item_shape_graph(rank):
    """BATCH_ITEM_SHAPE has a row for each row of the batch."""
    nodes = [("Identity", ["BATCH_INPUT"], ["BATCH_OUTPUT"], {}), ("Identity", ["RAGGED_INPUT"], ["unused"], {})]
    return graph(
        nodes,
        [("RAGGED_INPUT", "FP32", ["n"]), ("BATCH_INPUT", "FP32", ["rows", rank])],
        [("BATCH_OUTPUT", "FP32", ["rows", rank])],
    )


def flat_identity_graph(datatype):
    return graph(
        [("Identity", ["INPUT0"], ["OUTPUT0"], {})], [("INPUT0", datatype, ["n"])], [("OUTPUT0", datatype, ["n"])]
    )


def documented_config():
    """The example of docs/batching.md, to the letter."""
    (example,) = re.findall(r"```pbtxt\n([^`]*batch_input[^`]*)```", (ROOT / "docs" / "batching.md").read_text())
    return f'backend: "onnxruntime"\n{example}'


def documented_graph():
    """SUM: the sum of each request's elements; SCALED: all elements, scaled."""
    return graph(
        [
            ("Mul", ["INPUT", "scale"], ["SCALED"], {}),
            ("CumSum", ["INPUT", "axis"], ["sums"], {}),
            ("Cast", ["ENDS"], ["ends"], {"to": 7}),
            ("Sub", ["ends", "one"], ["last"], {}),
            ("Gather", ["sums", "last"], ["at_ends"], {}),
            ("Slice", ["at_ends", "zero", "minus_one"], ["all_but_last"], {}),
            ("Concat", ["nothing", "all_but_last"], ["before"], {"axis": 0}),
            ("Sub", ["at_ends", "before"], ["by_request"], {}),
            ("Reshape", ["by_request", "column"], ["SUM"], {}),
        ],
        [("INPUT", "FP32", ["n"]), ("ENDS", "INT32", ["requests"])],
        [("SUM", "FP32", ["requests", 1]), ("SCALED", "FP32", ["n"])],
        [
            ("scale", np.float32(SCALE)),
            ("axis", np.int32(0)),
            ("one", np.int64(1)),
            ("zero", np.int64([0])),
            ("minus_one", np.int64([-1])),
            ("nothing", np.float32([0])),
            ("column", np.int64([-1, 1])),
        ],
    )


def flat_identity(repository, name, datatype, extra, max_batch_size=4, dims=(-1,)):
    """OUTPUT0 is INPUT0; the model sees one dimension of both."""
    text = config(
        [("INPUT0", datatype, dims, RAGGED)],
        [("OUTPUT0", datatype, dims)],
        max_batch_size=max_batch_size,
        extra=scatter("OUTPUT0", "INPUT0") + extra,
    )
    repository.add(name, text, {1: flat_identity_graph(datatype)})


def write_ragged_models(folder):
    """The models of Triton's L0_batch_input under their names there, and some of our own."""
    repository = Repository(folder)
    outputs = [(name, "FP32", [-1]) for name in ("RAGGED_OUTPUT", "BATCH_AND_SIZE_OUTPUT", "BATCH_OUTPUT")]
    for name, (sizes, other) in KINDS.items():
        extra = batch_input(sizes, "BATCH_AND_SIZE_INPUT") + batch_input(other, "BATCH_INPUT") + WAIT
        text = config([("RAGGED_INPUT", "FP32", [-1], RAGGED)], outputs, max_batch_size=4, extra=extra)
        repository.add(name, text, {1: telling_graph()})
    matrix = [("RAGGED_INPUT", "FP32", [-1, -1], RAGGED)]
    text = config(
        matrix,
        [("BATCH_OUTPUT", "FP32", [2])],
        max_batch_size=4,
        extra=batch_input("BATCH_ITEM_SHAPE", "BATCH_INPUT") + WAIT,
    )
    repository.add("batch_item", text, {1: item_shape_graph(2)})
    extra = batch_input("BATCH_ELEMENT_COUNT", "BATCH_AND_SIZE_INPUT")
    extra += batch_input("BATCH_ITEM_SHAPE_FLATTEN", "BATCH_INPUT") + WAIT
    # The first of the requests has one row, as all of them have: as many rows as requests.
    text = config(matrix, outputs, max_batch_size=4, extra=extra)
    repository.add("batch_item_flatten", text, {1: telling_graph()})
    flat_identity(repository, "ragged_io", "FP32", WAIT)
    flat_identity(repository, "ragged_io_bytes", "BYTES", WAIT)
    warmup = 'model_warmup { name: "three" batch_size: 3 inputs { key: "INPUT0" value { data_type: TYPE_FP32'
    flat_identity(repository, "prompt", "FP32", f"{warmup} dims: [ 5 ] random_data: true }} }} }}\n", 8)
    flat_identity(repository, "matrices", "FP32", "dynamic_batching { }\n", 8, (-1, 3))
    for name, microseconds in (("waits_a_second", 1_000_000), ("waits_an_hour", 3_600_000_000)):
        flat_identity(repository, name, "FP32", f"dynamic_batching {{ max_queue_delay_microseconds: {microseconds} }}\n")
    repository.add("documented", documented_config(), {1: documented_graph()})


if __name__ == "__main__":
    write_ragged_models(pathlib.Path(sys.argv[1]))
