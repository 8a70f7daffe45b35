"""Models for the tests of batching and queueing: each test has its own copy, so that its counts are its own.

Run as a program it writes them where they can be looked at: .venv/bin/python batching_models.py FOLDER
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import Repository, config, identity_graph

HIDDEN = 16
STEPS = 768
# Requests that must be queued before the delayed server forms a model's first batch.
FIRST = 8
ROW = ([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])])


def recurrent_graph(steps):
    """A gated recurrent unit of small operators, whose cost is by the call and by the step and hardly by the row.

    x [batch, steps, 1] gives y [batch, HIDDEN], the last state; `steps` may be a name for any number.
    """
    random = np.random.default_rng(11)
    weights = lambda *shape: (random.standard_normal(shape) / 4).astype(np.float32)
    value = lambda name, shape=None: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    node = lambda operator, reads, writes, **attributes: helper.make_node(
        operator, reads.split(), writes.split(), **attributes
    )
    step = helper.make_graph(
        [
            node("MatMul", "h R", "hR"),
            node("Split", "hR", "hz hr hn", axis=-1),
            node("Split", "p", "pz pr pn", axis=-1),
            node("Add", "pz hz", "z_sum"),
            node("Sigmoid", "z_sum", "z"),
            node("Add", "pr hr", "r_sum"),
            node("Sigmoid", "r_sum", "r"),
            node("Mul", "r hn", "reset"),
            node("Add", "pn reset", "n_sum"),
            node("Tanh", "n_sum", "n"),
            node("Sub", "h n", "change"),
            node("Mul", "z change", "kept"),
            node("Add", "n kept", "after"),
        ],
        "step",
        [value("h"), value("p")],
        [value("after")],
    )
    body = helper.make_graph(
        [
            node("MatMul", "x W", "projected"),
            node("Gather", "projected first", "gates", axis=1),
            # The first step's projection is the first state.
            node("Split", "gates", "state g1 g2", axis=-1),
            node("Scan", "state projected", "y", num_scan_inputs=1, scan_input_axes=[1], body=step),
        ],
        "recurrent",
        [value("x", ["batch", steps, 1])],
        [value("y", ["batch", HIDDEN])],
        [
            numpy_helper.from_array(weights(1, 3 * HIDDEN), "W"),
            numpy_helper.from_array(weights(HIDDEN, 3 * HIDDEN), "R"),
            numpy_helper.from_array(np.int64(0), "first"),
        ],
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def delay(milliseconds):
    """Makes the identity backend pause in every execution."""
    return parameter("execute_delay_ms", milliseconds)


def parameter(key, value):
    return f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'


def dynamic_batching(text=""):
    return f"dynamic_batching {{ {text} }}\n"


def queue_policy(text):
    return dynamic_batching(f"default_queue_policy {{ {text} }}")


def instances(*groups):
    return "instance_group [ " + ", ".join(f"{{ kind: KIND_CPU {group} }}" for group in groups) + " ]\n"


class BatchingRepository(Repository):
    def identity(self, name, extra, max_batch_size=8, groups=("count: 1",)):
        """A model of the identity backend, which repeats its input INPUT0 FP32 [-1]."""
        self.add(name, self._config(*ROW, max_batch_size, "identity", groups, extra), {1: None})

    def identity_onnx(self, name, extra, max_batch_size=8):
        text = self._config(*ROW, max_batch_size, "onnxruntime", ("count: 1",), extra)
        self.add(name, text, {1: identity_graph("FP32", ["batch", "n"])})

    def recurrent(self, name, extra, steps=-1, groups=("count: 1",), max_batch_size=8):
        outputs = [("y", "FP32", [HIDDEN])]
        text = self._config([("x", "FP32", [steps, 1])], outputs, max_batch_size, "onnxruntime", groups, extra)
        self.add(name, text, {1: recurrent_graph("steps" if steps == -1 else steps)})

    @staticmethod
    def _config(inputs, outputs, max_batch_size, backend, groups, extra):
        # The common text asks for one instance; here the groups say it.
        one = "instance_group [ { kind: KIND_CPU count: 1 } ]\n"
        text = config(inputs, outputs, max_batch_size=max_batch_size, backend=backend, extra=extra)
        assert one in text
        return text.replace(one, instances(*groups))


def write_batching_models(folder):
    """Models of a server that starts to batch as soon as there is a request."""
    repository = BatchingRepository(folder)
    preferred = dynamic_batching("preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 1000")
    repository.identity("identity_5ms", delay(5) + preferred)
    repository.recurrent("recurrent", preferred, steps=STEPS)
    repository.recurrent("recurrent_checked", preferred, steps=STEPS)
    repository.identity("no_batching", delay(20))
    repository.identity("waits_six_seconds", dynamic_batching("max_queue_delay_microseconds: 6000000"))
    repository.identity("waits_an_hour", dynamic_batching("max_queue_delay_microseconds: 3600000000"))
    repository.identity("one_active_instance", delay(400), groups=("count: 1", "count: 1 passive: true"))
    add_policies(repository)


def add_policies(repository):
    """Models that are busy for some seconds with each request, and what becomes of those that wait meanwhile. A timeout is long
    enough for the first request, which waits for nothing but a processor."""
    busy = delay(6000)
    short = "default_timeout_microseconds: 2000000"
    shortly = "default_timeout_microseconds: 300000"
    long = "default_timeout_microseconds: 60000000"
    one = {"max_batch_size": 1}
    repository.identity("reject", busy + queue_policy(short), **one)
    repository.identity("reject_unbatched", busy + queue_policy(short), max_batch_size=0)
    repository.identity("delay", delay(700) + queue_policy(f"timeout_action: DELAY {shortly}"), **one)
    repository.identity("override", busy + queue_policy(f"{long} allow_timeout_override: true"), **one)
    repository.identity("no_override", delay(700) + queue_policy(long), **one)
    repository.identity("reject_by_parameter", busy + parameter("queue_policy.default_timeout_microseconds", 2000000))
    repository.identity("full_by_parameter", delay(3000) + parameter("queue_policy.max_queue_size", 1))
    repository.recurrent("long_run", "", max_batch_size=1)


def write_delayed_models(folder):
    """Models of a server whose first batch forms when FIRST requests are queued, which makes it exact."""
    repository = BatchingRepository(folder)
    repository.identity("all_at_once", dynamic_batching())
    repository.identity("two_batches", dynamic_batching("preferred_batch_size: [ 4 ]"))
    repository.identity("largest_preferred", dynamic_batching("preferred_batch_size: [ 2, 6 ]"))
    repository.identity("several_rows", dynamic_batching())
    repository.identity("shapes", dynamic_batching("max_queue_delay_microseconds: 100000"))
    repository.identity_onnx("shapes_onnx", dynamic_batching("max_queue_delay_microseconds: 100000"))
    levels = "priority_levels: 2 default_priority_level: 2 preferred_batch_size: [ 2 ]"
    repository.identity("priorities", delay(1000) + dynamic_batching(levels), max_batch_size=2)
    two = {"groups": ("count: 2",), "max_batch_size": 1}
    repository.recurrent("in_order", dynamic_batching("preserve_ordering: true"), **two)
    repository.recurrent("in_any_order", dynamic_batching(), **two)
    # The queue holds fewer than the server waits for: these requests can only time out.
    small = f"max_queue_size: {FIRST // 2} default_timeout_microseconds: 4000000"
    repository.identity("small_queue", queue_policy(small))
    repository.identity("cancelled", dynamic_batching())


def write_limited_models(folder, milliseconds=400):
    """Two models that share a resource, each busy for so long with a request."""
    repository = BatchingRepository(folder)
    limiter = 'rate_limiter {{ resources [ {{ name: "R1" count: {} }} ] }}'
    for name in ("first", "second"):
        repository.identity(name, delay(milliseconds), groups=("count: 1 " + limiter.format(1),))


if __name__ == "__main__":
    write_batching_models(pathlib.Path(sys.argv[1]) / "batching")
    write_delayed_models(pathlib.Path(sys.argv[1]) / "delayed")
    write_limited_models(pathlib.Path(sys.argv[1]) / "limited")
