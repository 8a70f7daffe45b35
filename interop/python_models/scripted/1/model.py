"""Each stage runs Python source: of the configuration's parameter of its name, or of the request's input SOURCE.

Source of a request finds `request`, `requests`, `model`, `sender` (decoupled) and sets `answer`, which is sent as
JSON, or `response`. What it raises is the answer too: {"raised": type, "text": text}.
"""

import json
import os
import sys
import threading
import time

import numpy as np
import triton_python_backend_utils as pb_utils

NAMES = {
    "json": json,
    "np": np,
    "os": os,
    "pb_utils": pb_utils,
    "sys": sys,
    "threading": threading,
    "time": time,
}


def parameter(config, name):
    return config.get("parameters", {}).get(name, {}).get("string_value", "")


def run(source, **names):
    scope = {**NAMES, **names}
    exec(compile(source, "<source>", "exec"), scope)
    return scope


def answer(value):
    """A response with `value` as JSON."""
    text = np.array([json.dumps(value, default=str)], dtype=object)
    return pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", text)])


def source_of(request):
    return pb_utils.get_input_tensor_by_name(request, "SOURCE").as_numpy().flat[0].decode()


NAMES["reply"] = answer


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config):
        source = parameter(auto_complete_model_config.as_dict(), "auto_complete")
        scope = run(source, config=auto_complete_model_config)
        return scope["result"] if "result" in scope else auto_complete_model_config

    def initialize(self, args):
        self.args = args
        self.config = json.loads(args["model_config"])
        self.decoupled = pb_utils.using_decoupled_model_transaction_policy(self.config)
        self.kept = {}
        run(parameter(self.config, "initialize"), model=self, args=args)
        ready = parameter(self.config, "is_ready")
        if ready:
            self.is_ready = lambda: run(ready, model=self)["ready"]

    def execute(self, requests):
        source = parameter(self.config, "execute")
        if source:
            return run(source, model=self, requests=requests).get("result")
        if self.decoupled:
            for request in requests:
                sender = request.get_response_sender()
                scope = run(source_of(request), model=self, requests=requests, request=request, sender=sender)
            return scope.get("result")
        return [self.answer(request, requests) for request in requests]

    def answer(self, request, requests):
        try:
            scope = run(source_of(request), model=self, requests=requests, request=request)
        except Exception as error:
            return answer({"raised": type(error).__name__, "text": str(error)})
        return scope["response"] if "response" in scope else answer(scope.get("answer"))

    def finalize(self):
        run(parameter(self.config, "finalize"), model=self)
