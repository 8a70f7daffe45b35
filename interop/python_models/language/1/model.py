"""Says the words of its prompt again: one response for each where a stream is asked for, else one with all of them.

Words that steer it: `fail` ends the answer with an error, `for-ever` is said again and again until the request is
cancelled, which the file that the model's parameter `cancelled` names then says.
"""

import json
import pathlib
import time

import numpy as np
import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.cancelled = pathlib.Path(parameters["cancelled"]["string_value"])

    def execute(self, requests):
        for request in requests:
            self.answer(request, request.get_response_sender())

    def answer(self, request, sender):
        prompt = text(request, "text_input")
        words = prompt.split(" ")
        most = number(request, "max_tokens")
        stopped = [word for word in words if word in texts(request, "stop_words")]
        kept = words[: words.index(stopped[0])] if stopped else words
        kept, reason = (kept[:most], "length") if most is not None and len(kept) > most else (kept, "stop")
        steering = [f"t={number(request, 'temperature')}", f"seed={number(request, 'seed')}"]
        kept = [word if word != "show" else " ".join(steering) for word in kept]
        if not flag(request, "stream"):
            kept = [" ".join(kept)]
        for index, word in enumerate(kept):
            if "fail" in word.split(" "):
                error = pb.TritonError("the word is fail")
                sender.send(pb.InferenceResponse([], error), flags=pb.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
                return
            while word == "for-ever":
                if request.is_cancelled():
                    self.cancelled.write_text(prompt)
                    sender.send(flags=pb.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
                    return
                sender.send(response("again ", len(words), 1, reason))
                time.sleep(0.005)
            text_said = word if index == 0 else f" {word}"
            sender.send(response(text_said, len(words), len(word.split(" ")), reason))
        sender.send(flags=pb.TRITONSERVER_RESPONSE_COMPLETE_FINAL)


def response(said, tokens, output_tokens, reason):
    return pb.InferenceResponse(
        [
            pb.Tensor("text_output", np.array([said.encode()], dtype=np.object_)),
            pb.Tensor("num_input_tokens", np.array([tokens], dtype=np.int32)),
            pb.Tensor("num_output_tokens", np.array([output_tokens], dtype=np.uint32)),
            pb.Tensor("finish_reason", np.array([reason.encode()], dtype=np.object_)),
        ]
    )


def values(request, name):
    tensor = pb.get_input_tensor_by_name(request, name)
    return None if tensor is None else tensor.as_numpy().reshape(-1)


def texts(request, name):
    found = values(request, name)
    return [] if found is None else [value.decode() for value in found]


def text(request, name):
    return texts(request, name)[0]


def number(request, name):
    found = values(request, name)
    return None if found is None else found[0]


def flag(request, name):
    found = values(request, name)
    return found is not None and bool(found[0])
