"""Counts down from COUNT to 0, one step in each execution of a request, and answers each step by what is LEFT. SEEN is
JSON: flags, START, END, READY, whether CORRID is the correlation id, and how many requests of the batch are ready."""

import json

import numpy as np
import triton_python_backend_utils as pb_utils


def control(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()[0, 0].item()


class TritonPythonModel:
    def initialize(self, args):
        self.left = {}

    def execute(self, requests):
        ready = [request for request in requests if control(request, "READY")]
        for request in requests:
            if request in ready:
                self.step(request, len(ready))
            else:
                request.get_response_sender().send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def step(self, request, together):
        sequence = request.correlation_id()
        if control(request, "START"):
            self.left[sequence] = pb_utils.get_input_tensor_by_name(request, "COUNT").as_numpy()[0, 0].item()
        self.left[sequence] -= 1
        left = self.left[sequence]
        facts = [control(request, name) for name in ("START", "END", "READY")]
        seen = json.dumps([request.flags(), *facts, control(request, "CORRID") == sequence, together])
        response = pb_utils.InferenceResponse(
            [
                pb_utils.Tensor("LEFT", np.array([[left]], np.int32)),
                pb_utils.Tensor("SEEN", np.array([[seen]], dtype=object)),
            ]
        )
        if left:
            request.get_response_sender().send(response)
            request.set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE)
        else:
            del self.left[sequence]
            request.get_response_sender().send(response, flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
