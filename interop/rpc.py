"""gRPC by the message, for what the clients do not send: requests made by hand of the clients' own message classes."""

import queue

import grpc
import numpy as np
import pytest
import tritonclient.grpc
from tritonclient.grpc import service_pb2 as messages
from tritonclient.grpc import service_pb2_grpc

TIMEOUT_SECONDS = 60
# By itself the library takes megabytes from the connection that nobody has asked it to read.
NO_READING_AHEAD = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65536)]
ANY_SIZE = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def tensor(name="INPUT0", datatype="FP32", shape=(1, 4), contents=None, **parameters):
    """An input. `contents` maps the names of lists to what is in them: {"fp32_contents": [1, 2]}."""
    return messages.ModelInferRequest.InferInputTensor(
        name=name,
        datatype=datatype,
        shape=shape,
        contents=None if contents is None else messages.InferTensorContents(**contents),
        parameters={key: parameter(value) for key, value in parameters.items()},
    )


def output(name="OUTPUT0", **parameters):
    """A requested output."""
    return messages.ModelInferRequest.InferRequestedOutputTensor(
        name=name, parameters={key: parameter(value) for key, value in parameters.items()}
    )


def request(model, *inputs, raw=(), parameters=None, **fields):
    """A request; `raw` has bytes, or arrays whose bytes are meant."""
    return messages.ModelInferRequest(
        model_name=model,
        inputs=inputs,
        raw_input_contents=[data if isinstance(data, bytes) else data.tobytes() for data in raw],
        parameters={key: parameter(value) for key, value in (parameters or {}).items()},
        **fields,
    )


def floats(model, *values, **fields):
    """A request with one row of numbers."""
    return request(model, tensor(shape=(1, len(values))), raw=[np.array(values, np.float32)], **fields)


def parameter(value):
    """An InferParameter of the kind that the value's type says; uint64(value) makes one of the kind without a type."""
    if isinstance(value, messages.InferParameter):
        return value
    for kind, field in ((bool, "bool_param"), (int, "int64_param"), (str, "string_param"), (float, "double_param")):
        if isinstance(value, kind):
            return messages.InferParameter(**{field: value})
    raise TypeError(f"no parameter has a value like {value!r}")


def uint64(value):
    return messages.InferParameter(uint64_param=value)


def values(response, index=0, dtype=np.float32):
    """An output of a ModelInferResponse as an array."""
    shape = tuple(response.outputs[index].shape)
    return np.frombuffer(response.raw_output_contents[index], dtype).reshape(shape)


def given(array, datatype="FP32", name="INPUT0"):
    """An input for the client."""
    made = tritonclient.grpc.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array)
    return made


def row(*numbers):
    """The inputs for the client of a model that takes rows of numbers."""
    return [given(np.array([numbers], np.float32))]


def failure(call, *arguments, **named):
    """The status and the text that a call fails with."""
    with pytest.raises(grpc.RpcError) as raised:
        call(*arguments, **named)
    return raised.value.code().name, raised.value.details()


class Rpc:
    """A channel, and the calls of the service on it."""

    def __init__(self, url, options=(), credentials=None):
        options = [*ANY_SIZE, *options]
        self.channel = (
            grpc.secure_channel(url, credentials, options) if credentials else grpc.insecure_channel(url, options)
        )
        self.stub = service_pb2_grpc.GRPCInferenceServiceStub(self.channel)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def infer(self, asked, **named):
        return self.stub.ModelInfer(asked, timeout=TIMEOUT_SECONDS, **named)

    def send(self, asked, timeout=TIMEOUT_SECONDS, **named):
        """A future of the response, which can be cancelled."""
        return self.stub.ModelInfer.future(asked, timeout=timeout, **named)

    def stream(self, **named):
        return Stream(self.stub, **named)


class Stream:
    """One ModelStreamInfer: requests are sent one by one, and a response is taken when it is read, not before."""

    def __init__(self, stub, timeout=TIMEOUT_SECONDS, **named):
        self.requests = queue.SimpleQueue()
        self.call = stub.ModelStreamInfer(iter(self.requests.get, None), timeout=timeout, **named)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.requests.put(None)
        self.call.cancel()

    def send(self, *asked):
        for each in asked:
            self.requests.put(each)

    def half_close(self):
        self.requests.put(None)

    def read(self):
        return next(self.call)

    def rest(self):
        """Sends no more, and returns all responses that are still to come; the stream must end well."""
        self.half_close()
        responses = list(self.call)
        assert self.call.code() == grpc.StatusCode.OK
        return responses


def is_final(response):
    """What a streamed response says of being its request's last."""
    return response.infer_response.parameters["triton_final_response"].bool_param
