"""What a request costs in a worker process: one client asks models in turns, in the server, isolated and of Python.

    .venv/bin/python isolation_cost.py [TURNS]

prints processor time per request of the server and its workers, and the median of the times that the client saw; the medians of
the turns, five without TURNS, with the least and the most. The client's own processor time is left out.
"""

import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np
from tritonclient import http

import isolation_models
from models import Repository, config, identity_graph
from processes import children, cpu_seconds
from server import FOOD11_MODELS, Server

PLACES = ["server", "isolated", "python"]
FOOD = "food_classifier_onnx"
FOOD_SHAPE = (1, 3, 224, 224)
ECHO = """
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        return [pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", r.inputs()[0].as_numpy())]) for r in requests]
"""


def write(folder):
    """An identity model at each place, and the food classifier in the server and isolated."""
    repository = Repository(folder)
    tensors = [("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])]
    graph = identity_graph("FP32", ["batch", "n"])
    repository.add("server", config(*tensors), {1: graph})
    repository.add("isolated", config(*tensors, extra=isolation_models.isolated()), {1: graph})
    repository.add("python", config(*tensors, backend="python"), {1: None})
    (repository.folder / "python" / "1" / "model.py").write_text(ECHO)
    served = FOOD11_MODELS / FOOD
    text = (served / "config.pbtxt").read_text().replace(f'name: "{FOOD}"', "")
    model, labels = (served / "1" / "model.onnx").read_bytes(), (served / "labels.txt").read_text()
    repository.add("food_server", text, {1: model}, labels=labels)
    repository.add("food_isolated", text + isolation_models.isolated(), {1: model}, labels=labels)
    return repository.folder


class Turn:
    """One client that asks a model `count` times: `micros` of processor time and `p50` for a request."""

    def __init__(self, server, client, model, request, count):
        processes = [server.process.pid, *children(server.process.pid)]
        before = sum(map(cpu_seconds, processes))
        seen = []
        for _ in range(count):
            began = time.perf_counter()
            client.infer(model, request)
            seen.append(time.perf_counter() - began)
        self.micros = (sum(map(cpu_seconds, processes)) - before) * 1e6 / count
        self.p50 = statistics.median(seen) * 1e6


def request_of(name, shape):
    values = np.random.default_rng(1).random(shape, dtype=np.float32)
    tensor = http.InferInput(name, shape, "FP32")
    tensor.set_data_from_numpy(values)
    return [tensor]


def compare(server, client, what, models, request, count, turns):
    """Prints a line for each model; a third of the requests to each comes first and is not counted."""
    taken = {model: [] for model in models}
    for model in models:
        Turn(server, client, model, request, count * turns // 2)
    for _ in range(turns):
        for model in models:
            taken[model].append(Turn(server, client, model, request, count))
    for model, those in taken.items():
        micros = sorted(turn.micros for turn in those)
        p50 = statistics.median(turn.p50 for turn in those)
        print(f"{what}, {model}: {statistics.median(micros):,.0f} us of processor time ({micros[0]:,.0f} to {micros[-1]:,.0f}),"
              f" p50 {p50:,.0f} us", flush=True)


def main():
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        flags = [f"--backend-config=python,python-runtime={sys.executable}"]
        server = Server(pathlib.Path(folder) / "log", [write(f"{folder}/models")], *flags, environment={"NEREID_JAVA_OPTS": ""})
        try:
            server.wait_until()
            with http.InferenceServerClient(server.url, network_timeout=120) as client:
                compare(server, client, "64 bytes", PLACES, request_of("INPUT0", (1, 16)), 4_000, turns)
                compare(server, client, "602 KB", PLACES, request_of("INPUT0", (1, isolation_models.LARGE)), 600, turns)
                food = ["food_server", "food_isolated"]
                compare(server, client, "a photograph", food, request_of("input", FOOD_SHAPE), 100, turns)
            server.stop()
        finally:
            server.kill()


if __name__ == "__main__":
    main()
