"""Sources of models, shared by the tests."""

from __future__ import annotations


def model(body, before="", more=""):
    """A model with the given body of ``execute``; ``array(r)`` is the input IN, ``respond(a)`` a response with OUT."""
    lines = "\n".join("            " + line for line in body.strip().splitlines())
    return f"""
import numpy as np
import triton_python_backend_utils as pb_utils
def array(request): return pb_utils.get_input_tensor_by_name(request, "IN").as_numpy()
def respond(a): return pb_utils.InferenceResponse([pb_utils.Tensor("OUT", a)])
{before}
class TritonPythonModel:
        def execute(self, requests):
{lines}
{more}
"""


IDENTITY = model("return [respond(array(r)) for r in requests]")
