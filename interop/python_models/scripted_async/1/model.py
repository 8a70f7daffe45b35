"""`async def execute`: awaits the coroutine function `step` of each request's SOURCE.

`step` returns what is answered as JSON, or a response; a decoupled model sends its responses itself.
"""

import asyncio
import json
import os
import sys
import threading
import time

import numpy as np
import triton_python_backend_utils as pb_utils

NAMES = {
    "asyncio": asyncio,
    "json": json,
    "np": np,
    "os": os,
    "pb_utils": pb_utils,
    "sys": sys,
    "threading": threading,
    "time": time,
}


def answer(value):
    text = np.array([json.dumps(value, default=str)], dtype=object)
    return pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", text)])


class TritonPythonModel:
    def initialize(self, args):
        self.args = args
        self.decoupled = pb_utils.using_decoupled_model_transaction_policy(json.loads(args["model_config"]))
        self.kept = {}

    async def execute(self, requests):
        responses = [await self.step(request) for request in requests]
        return None if self.decoupled else responses

    async def step(self, request):
        source = pb_utils.get_input_tensor_by_name(request, "SOURCE").as_numpy().flat[0].decode()
        scope = {**NAMES, "request": request, "model": self, "reply": answer}
        if self.decoupled:
            scope["sender"] = request.get_response_sender()
        exec(compile(source, "<source>", "exec"), scope)
        result = await scope["step"]()
        return result if isinstance(result, pb_utils.InferenceResponse) else answer(result)
