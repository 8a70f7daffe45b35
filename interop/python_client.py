"""Asking a Python model: source to a scripted one, tensors to any."""

import json
import queue
import textwrap

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

SECONDS = 60


def http(server, concurrency=1):
    return tritonclient.http.InferenceServerClient(
        server.url, concurrency=concurrency, network_timeout=SECONDS, connection_timeout=SECONDS
    )


def http_inputs(arrays, datatypes=()):
    return inputs(tritonclient.http, arrays, dict(datatypes))


def grpc_inputs(arrays, datatypes=()):
    return inputs(tritonclient.grpc, arrays, dict(datatypes))


def inputs(module, arrays, datatypes):
    made = []
    for name, array in arrays.items():
        datatype = datatypes.get(name) or np_to_triton_dtype(array.dtype)
        made.append(module.InferInput(name, list(array.shape), datatype))
        made[-1].set_data_from_numpy(array)
    return made


def source_array(source):
    return np.array([textwrap.dedent(source)], dtype=object)


def together(folder, count):
    """A source that waits until so many executions, in different processes, have begun it; `folder` is theirs."""
    return f"""
open(os.path.join({str(folder)!r}, str(os.getpid())), "w").close()
while len(os.listdir({str(folder)!r})) < {count}:
    time.sleep(0.01)
"""


def infer(server, model, arrays, datatypes=(), **options):
    """The result of one request over HTTP."""
    with http(server) as client:
        return client.infer(model, http_inputs(arrays, datatypes), **options)


def failure(server, model, arrays, **options):
    """The text of the error that one request gets."""
    try:
        result = infer(server, model, arrays, **options)
    except InferenceServerException as error:
        return error.message()
    raise AssertionError(f"{model} answered {result.get_response()}")


def ask(server, model, source, more=None, **options):
    """What `source` sets `answer` to in a scripted model; an AssertionError if it raises instead."""
    got = answered(server, model, source, more, **options)
    assert not (isinstance(got, dict) and "raised" in got), f"{model} raised {got}"
    return got


def answered(server, model, source, more=None, **options):
    """What `source` sets `answer` to, or {"raised": type, "text": text}."""
    result = infer(server, model, {"SOURCE": source_array(source), **(more or {})}, **options)
    return json.loads(result.as_numpy("ANSWER")[0])


def value(server, model, expression, **options):
    """The value of one expression in a scripted model, as JSON gives it back."""
    return ask(server, model, f"answer = {expression}", **options)


def raised(server, model, source, **options):
    """(type, text) of what `source` raises in a scripted model."""
    got = answered(server, model, source, **options)
    assert isinstance(got, dict) and "raised" in got, f"nothing was raised: {got}"
    return got["raised"], got["text"]


class Stream:
    """A gRPC stream; `responses(n)` are the next results or errors."""

    def __init__(self, server):
        self.client = tritonclient.grpc.InferenceServerClient(server.grpc_url)
        self.queue = queue.Queue()
        self.client.start_stream(lambda result, error: self.queue.put((result, error)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_stream(cancel_requests=True)
        self.client.close()

    def send(self, model, arrays, **options):
        self.client.async_stream_infer(model, grpc_inputs(arrays), **options)

    def next(self, seconds=SECONDS):
        """The next (result, error)."""
        return self.queue.get(timeout=seconds)

    def ask(self, model, source, more=None, **options):
        """Every response up to the final one: JSON answers, ("error", text), or None for one without outputs."""
        arrays = {"SOURCE": source_array(source), **(more or {})}
        self.send(model, arrays, enable_empty_final_response=True, **options)
        found = []
        while True:
            result, error = self.next()
            if error is not None:
                found.append(("error", error.message()))
                return found
            response = result.get_response()
            if response.outputs:
                found.append(json.loads(result.as_numpy("ANSWER")[0]))
            if response.parameters["triton_final_response"].bool_param:
                return found


def load(server, name, config=None, files=None):
    """None, or why the model does not load."""
    with http(server) as client:
        try:
            client.load_model(name, config=config, files=files)
        except InferenceServerException as error:
            return error.message()
    return None


def unload(server, name, **options):
    with http(server) as client:
        client.unload_model(name, **options)


def model_is_ready(server, name):
    with http(server) as client:
        return client.is_model_ready(name)
