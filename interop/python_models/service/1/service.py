"""OUTPUT0 is INPUT0 + 1, by a file that is not named model.py."""

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.respond(request.inputs()[0].as_numpy()) for request in requests]

    def respond(self, array):
        return pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", array + 1)])
