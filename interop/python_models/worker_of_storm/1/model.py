"""OUTPUT0 is INPUT0, after a millisecond; ENDS: "exit" ends the process instead."""

import os
import time

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        if pb_utils.get_input_tensor_by_name(request, "ENDS").as_numpy()[0] == b"exit":
            os._exit(3)
        time.sleep(0.001)
        array = pb_utils.get_input_tensor_by_name(request, "INPUT0").as_numpy()
        return pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", array)])
