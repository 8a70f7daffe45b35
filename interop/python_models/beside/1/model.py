"""Answers what its imports gave: files beside it and in the model's folder."""

import json
import sys

import numpy as np
import of_model
import plain
import triton_python_backend_utils as pb_utils

from . import relative


class TritonPythonModel:
    def execute(self, requests):
        found = {
            "words": [plain.WORD, relative.WORD, of_model.WORD],
            "name": __name__,
            "file": __file__,
            "path": sys.path,
            "directory": pb_utils.get_model_dir(),
        }
        answer = pb_utils.Tensor("ANSWER", np.array([json.dumps(found)], dtype=object))
        return [pb_utils.InferenceResponse([answer]) for _ in requests]
