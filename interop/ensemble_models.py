"""Models of a few lines that ensembles are made of, and the text of ensembles."""

import textwrap

ADD_SUB = """
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    # OUTPUT0 is the sum, OUTPUT1 the difference; only what is asked for, and no OUTPUT1 for requests named "partial"
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        a, b = (pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in ("INPUT0", "INPUT1"))
        values = {"OUTPUT0": a + b, "OUTPUT1": a - b}
        if request.request_id() == "partial":
            del values["OUTPUT1"]
        wanted = request.requested_output_names()
        return pb_utils.InferenceResponse([pb_utils.Tensor(n, v) for n, v in values.items() if n in wanted])
"""

OPTIONAL_ADD = """
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    # OUTPUT0 is the sum of what there is, an absent input counts as 100; no OUTPUT0 if there is nothing
    def execute(self, requests):
        responses = []
        for request in requests:
            found = [pb_utils.get_input_tensor_by_name(request, name) for name in ("INPUT0", "INPUT1")]
            values = [np.float32([100]) if tensor is None else tensor.as_numpy() for tensor in found]
            nothing = all(tensor is None for tensor in found)
            outputs = [] if nothing else [pb_utils.Tensor("OUTPUT0", values[0] + values[1])]
            responses.append(pb_utils.InferenceResponse(outputs))
        return responses
"""

SEQUENCE = """
import json
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    # says by parameters which sequence comes next: SAID is JSON
    def execute(self, requests):
        responses = []
        for request in requests:
            said = json.loads(pb_utils.get_input_tensor_by_name(request, "SAID").as_numpy().flat[0])
            value = pb_utils.Tensor("OUTPUT0", np.int64([request.correlation_id(), request.flags()]))
            responses.append(pb_utils.InferenceResponse([value], **({"parameters": said} if said else {})))
        return responses
"""

COUNT = """
import time
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    # INPUT0 responses, 0, 1, ...; the input DELAY is milliseconds before each
    def execute(self, requests):
        for request in requests:
            sender = request.get_response_sender()
            count, delay = pb_utils.get_input_tensor_by_name(request, "INPUT0").as_numpy().flatten()
            for i in range(int(count)):
                time.sleep(float(delay) / 1000)
                if request.is_cancelled():
                    sender.send(flags=1)
                    break
                value = np.float32([i]).reshape(1)
                sender.send(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", value)]))
            else:
                sender.send(flags=1)
"""

FAIL = """
import time
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    # fails for negative numbers, else waits that many milliseconds and gives the input back
    def execute(self, requests):
        responses = []
        for request in requests:
            tensor = pb_utils.get_input_tensor_by_name(request, "INPUT0").as_numpy()
            if tensor.flat[0] < 0:
                responses.append(pb_utils.InferenceResponse(error=pb_utils.TritonError("it is negative")))
                continue
            time.sleep(float(tensor.flat[0]) / 1000)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", tensor)]))
        return responses
"""


def tensor(kind, name, dims, datatype="TYPE_FP32", more=""):
    return f'{kind} {{ name: "{name}" data_type: {datatype} dims: [ {dims} ] {more} }}\n'


def step(model, inputs, outputs, version=-1):
    """`inputs` and `outputs` map a model's name of a tensor to the ensemble's."""
    maps = [f'input_map {{ key: "{key}" value: "{value}" }}' for key, value in inputs.items()]
    maps += [f'output_map {{ key: "{key}" value: "{value}" }}' for key, value in outputs.items()]
    return f'{{ model_name: "{model}" model_version: {version} {" ".join(maps)} }}'


def ensemble(tensors, *steps, max_batch_size=0, more=""):
    return (
        f'platform: "ensemble"\nmax_batch_size: {max_batch_size}\n{tensors}'
        f"ensemble_scheduling {{ {more} step [ {', '.join(steps)} ] }}\n"
    )


def python(tensors, max_batch_size=0, more=""):
    group = "instance_group [ { kind: KIND_CPU count: 1 } ]\n"
    return f'backend: "python"\nmax_batch_size: {max_batch_size}\n{tensors}{group}{more}'


def write(folder, name, config, source=None, version="1", files=None):
    (folder / name / version).mkdir(parents=True, exist_ok=True)
    (folder / name / "config.pbtxt").write_text(config)
    if source is not None:
        (folder / name / version / "model.py").write_text(textwrap.dedent(source))
    for path, text in (files or {}).items():
        (folder / name / path).write_text(text)


IDENTITY = "".join([tensor("input", "INPUT0", -1), tensor("output", "OUTPUT0", -1)])
THROUGH = "".join([tensor("input", "IN", -1), tensor("output", "OUT", -1)])
PASS = """
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        tensors = [pb_utils.get_input_tensor_by_name(request, "INPUT0").as_numpy() for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", tensor)]) for tensor in tensors]
"""


SPOIL = """
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    # writes over its input; OUTPUT0 is the sum of what was there
    def execute(self, requests):
        responses = []
        for request in requests:
            given = pb_utils.get_input_tensor_by_name(request, "INPUT0").as_numpy()
            total = np.float32([given.sum()])
            given[:] = -1
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", total)]))
        return responses
"""


def write_models(folder, limits):
    """The models of test_ensemble.py, and the ensembles that it asks; `limits` of `stream0` and the like."""
    pair = "".join(tensor("input", f"INPUT{i}", -1) for i in (0, 1))
    two = "".join(tensor("output", f"OUTPUT{i}", -1) for i in (0, 1))
    write(folder, "add_sub", python(pair + two), ADD_SUB)
    write(folder, "pass", python(IDENTITY), PASS)
    write(folder, "batched", python(IDENTITY, max_batch_size=4, more="dynamic_batching { }\n"), PASS)
    write(folder, "fail", python(IDENTITY), FAIL)
    write(folder, "spoil", python(IDENTITY), SPOIL)
    write(
        folder,
        "spoilt",
        ensemble(
            THROUGH + tensor("output", "SUM", -1),
            step("pass", {"INPUT0": "IN"}, {"OUTPUT0": "between"}),
            step("spoil", {"INPUT0": "between"}, {"OUTPUT0": "SUM"}),
            step("fail", {"INPUT0": "between"}, {"OUTPUT0": "OUT"}),
        ),
    )

    write(
        folder,
        "simple",
        ensemble(
            pair + two,
            step("add_sub", {"INPUT0": "INPUT0", "INPUT1": "INPUT1"}, {"OUTPUT0": "sum", "OUTPUT1": "difference"}),
            step("pass", {"INPUT0": "sum"}, {"OUTPUT0": "OUTPUT0"}),
            step("batched", {"INPUT0": "difference"}, {"OUTPUT0": "OUTPUT1"}),
        ),
    )
    first = {"INPUT0": "INPUT0", "INPUT1": "INPUT1"}
    direct = ensemble(pair + two, step("add_sub", first, {"OUTPUT0": "OUTPUT0", "OUTPUT1": "OUTPUT1"}))
    write(folder, "direct", direct)
    branch = {"OUT0": ("IN0", "pass"), "OUT1": ("IN1", "fail")}
    write(
        folder,
        "branches",
        ensemble(
            "".join(tensor("input", f"IN{i}", -1) + tensor("output", f"OUT{i}", -1) for i in (0, 1)),
            *(step(model, {"INPUT0": name}, {"OUTPUT0": output}) for output, (name, model) in branch.items()),
        ),
    )
    optional = "".join(tensor("input", f"INPUT{i}", 1, more="optional: true") for i in (0, 1))
    write(folder, "optional_add", python(optional + tensor("output", "OUTPUT0", 1)), OPTIONAL_ADD)
    write(
        folder,
        "optional",
        ensemble(
            "".join(tensor("input", name, 1, more="optional: true") for name in "ABC") + tensor("output", "OUT", 1),
            step("optional_add", {"INPUT0": "A", "INPUT1": "B"}, {"OUTPUT0": "ab"}),
            step("optional_add", {"INPUT0": "ab", "INPUT1": "C"}, {"OUTPUT0": "OUT"}),
        ),
    )
    bridged = ensemble(
        THROUGH,
        step("batched", {"INPUT0": "IN"}, {"OUTPUT0": "t"}),
        step("pass", {"INPUT0": "t"}, {"OUTPUT0": "u"}),
        step("batched", {"INPUT0": "u"}, {"OUTPUT0": "OUT"}),
    )
    write(folder, "bridged", bridged)
    write(folder, "bridged_batch", bridged.replace("max_batch_size: 0", "max_batch_size: 4"))
    said = tensor("input", "SAID", 1, "TYPE_STRING")
    write(folder, "sequence", python(said + tensor("output", "OUTPUT0", 2, "TYPE_INT64")), SEQUENCE)
    write(
        folder,
        "sequence_flags",
        ensemble(
            said
            + tensor("input", "LATER", 1, "TYPE_STRING")
            + "".join(tensor("output", name, 2, "TYPE_INT64") for name in ("FIRST", "SECOND")),
            step("sequence", {"SAID": "SAID"}, {"OUTPUT0": "FIRST"}),
            step("after", {"SAID": "LATER", "WAIT": "FIRST"}, {"OUTPUT0": "SECOND"}),
        ),
    )
    after = said + tensor("input", "WAIT", 2, "TYPE_INT64") + tensor("output", "OUTPUT0", 2, "TYPE_INT64")
    write(folder, "after", python(after), SEQUENCE)
    labels = {"labels.txt": "ant\nbee\ncat\n"}
    labelled = IDENTITY.replace('name: "OUTPUT0"', 'name: "OUTPUT0" label_filename: "labels.txt"')
    write(folder, "labelled", python(labelled), PASS, files=labels)
    write(folder, "labels", ensemble(THROUGH, step("labelled", {"INPUT0": "IN"}, {"OUTPUT0": "OUT"})))
    own = THROUGH.replace('name: "OUT"', 'name: "OUT" label_filename: "own.txt"')
    write(
        folder,
        "own_labels",
        ensemble(own, step("labelled", {"INPUT0": "IN"}, {"OUTPUT0": "OUT"})),
        files={"own.txt": "x\ny\nz\n"},
    )
    full = "dynamic_batching { default_queue_policy { max_queue_size: 1 } }\n"
    write(folder, "narrow", python(IDENTITY, max_batch_size=1, more=full), FAIL)
    write(folder, "narrowed", ensemble(THROUGH, step("narrow", {"INPUT0": "IN"}, {"OUTPUT0": "OUT"}), max_batch_size=1))
    counted = tensor("input", "INPUT0", 2) + tensor("output", "OUTPUT0", 1)
    write(folder, "count", python(counted, more="model_transaction_policy { decoupled: true }\n"), COUNT)
    for limit in limits:
        write(
            folder,
            f"stream{limit}",
            ensemble(
                tensor("input", "IN", 2) + tensor("output", "OUT", 1),
                step("count", {"INPUT0": "IN"}, {"OUTPUT0": "n"}),
                step("pass", {"INPUT0": "n"}, {"OUTPUT0": "OUT"}),
                more=f"max_inflight_requests: {limit}" if limit else "",
            ),
        )
    nested = {"IN": "IN"}
    write(
        folder,
        "nested",
        ensemble(THROUGH, step("bridged", nested, {"OUT": "t"}), step("labels", {"IN": "t"}, {"OUT": "OUT"})),
    )
