"""Clients of models that keep sequences: requests sent in order, whose answers are looked at later."""

import queue

import numpy as np
import tritonclient.grpc as grpc

import models
from crowd import wait_until_queued

def write_sums(folder, name, batching, output="SUM_OUT"):
    """An ONNX model that adds up the inputs of each sequence by a state that the server keeps."""
    body = models.graph(
        [("Add", ["INPUT", "SUM_IN"], ["SUM_OUT"], {}), ("Identity", ["SUM_OUT"], ["OUTPUT"], {})],
        [("INPUT", "INT32", ["batch", "n"]), ("SUM_IN", "INT32", ["batch", "n"])],
        [("OUTPUT", "INT32", ["batch", "n"]), ("SUM_OUT", "INT32", ["batch", "n"])],
    )
    state = f'state {{ input_name: "SUM_IN" output_name: "{output}" data_type: TYPE_INT32 dims: 1 }}'
    extra = f"sequence_batching {{ max_sequence_idle_microseconds: 60000000 {batching} {state} }}"
    tensors = [("INPUT", "INT32", [1])], [("OUTPUT", "INT32", [1])]
    models.Repository(folder).add(name, models.config(*tensors, max_batch_size=4, extra=extra), {1: body})


STRATEGIES = {"direct": "direct { }", "oldest": "oldest { max_candidate_sequences: 4 }"}


def numbers(*values):
    """An input INPUT of one row."""
    data = np.array([values], np.int32)
    given = grpc.InferInput("INPUT", list(data.shape), "INT32")
    given.set_data_from_numpy(data)
    return given


class Stream:
    """A gRPC stream for one sequence: requests run in the order in which they were sent."""

    def __init__(self, server, model, sequence):
        self.model, self.sequence = model, sequence
        self.answers = queue.Queue()
        self.client = grpc.InferenceServerClient(server.grpc_url)
        self.client.start_stream(lambda result, error: self.answers.put(error or result))

    def send(self, *values, start=False, end=False, **options):
        self.client.async_stream_infer(
            self.model, [numbers(*values)], sequence_id=self.sequence, sequence_start=start, sequence_end=end, **options
        )

    def answer(self, seconds=60):
        """The next answer: its values, or the text of an error."""
        got = self.answers.get(timeout=seconds)
        return got.message() if isinstance(got, Exception) else got.as_numpy("OUTPUT")[0].tolist()

    def close(self, cancel=False):
        self.client.stop_stream(cancel_requests=cancel)
        self.client.close()


def play(server, model, sequences, held):
    """Sends sequences [(id, values, whether it ends)] one after the other, each when the server has all before it, of
    which it runs none until `held` have come; then takes the answers: a list of the sums of each."""
    streams, sent = [], 0
    for sequence, values, ends in sequences:
        stream = Stream(server, model, sequence)
        streams.append(stream)
        for number, value in enumerate(values):
            last = number == len(values) - 1
            stream.send(*value, start=number == 0, end=ends and last)
        sent += len(values)
        if sent < held:
            wait_until_queued(server.port, model, sent)
    answers = [[stream.answer() for _ in values] for stream, (_, values, _) in zip(streams, sequences, strict=True)]
    for stream in streams:
        stream.close()
    return answers


def sums(values):
    return np.cumsum(values, axis=0).tolist()
