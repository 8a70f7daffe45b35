"""Kills the workers of an isolated model at random while it and a model in the server get load.

    .venv/bin/python isolation_storm.py [SECONDS]

prints what became of the requests; without SECONDS it takes two minutes.
"""

import collections
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

import numpy as np
from tritonclient import http
from tritonclient.utils import InferenceServerException

import isolation_models
from models import Repository, add_graph
from processes import children, command_line
from server import Server

CLIENTS = {"beside": 3, "isolated": 2}
SIGNALS = [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT]


def write(folder):
    """Two models of the same graph, one of them with two workers."""
    repository = Repository(folder)
    one = add_graph(1, ["batch", "n"])
    groups = 'backend: "onnxruntime"\ninstance_group [ { kind: KIND_CPU count: 2 } ]\n'
    repository.add("beside", groups, {1: one})
    repository.add("isolated", groups + isolation_models.isolated(), {1: one})
    return folder


def workers(server, model=""):
    """Process ids of a server's workers, of one model or of all."""
    lines = {pid: command_line(pid) for pid in children(server.process.pid)}
    return [pid for pid, line in lines.items() if "WorkerMain" in line and f"--name {model}" in line]


def ask(client, model, elements):
    """Whether the answer is right; an exception where there is none."""
    values = np.random.default_rng().random((1, elements), dtype=np.float32)
    request = http.InferInput("INPUT0", values.shape, "FP32")
    request.set_data_from_numpy(values)
    return bool((client.infer(model, [request]).as_numpy("OUTPUT0") == values + 1).all())


class Storm:
    """What became of the requests: `answered` and `wrong` by model, `failed` by model with the texts, `kills`."""

    def __init__(self, server, seconds, seed):
        self.server = server
        self.random = random.Random(seed)
        self.end = time.monotonic() + seconds
        self.answered = collections.Counter()
        self.wrong = collections.Counter()
        self.failed = collections.defaultdict(list)
        self.kills = collections.Counter()

    def run(self):
        threads = [threading.Thread(target=self.load, args=(model, number))
                   for model, count in CLIENTS.items() for number in range(count)]
        for thread in threads:
            thread.start()
        while time.monotonic() < self.end:
            time.sleep(self.random.uniform(0.1, 1.5))
            self.kill_one()
        for thread in threads:
            thread.join()
        return self

    def kill_one(self):
        there = workers(self.server)
        if there:
            number = self.random.choice(SIGNALS)
            try:
                os.kill(self.random.choice(there), number)
                self.kills[number.name] += 1
            except ProcessLookupError:
                pass

    def load(self, model, number):
        elements = [16, isolation_models.LARGE][number % 2]
        with http.InferenceServerClient(self.server.url, network_timeout=120) as client:
            while time.monotonic() < self.end:
                try:
                    right = ask(client, model, elements)
                    self.answered[model] += right
                    self.wrong[model] += not right
                except (InferenceServerException, OSError) as error:
                    self.failed[model].append(str(error))
                    time.sleep(0.05)


def recovered(server, seconds=60):
    """Waits until the isolated model answers again; says whether it did."""
    with http.InferenceServerClient(server.url, network_timeout=120) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                return ask(client, "isolated", 16)
            except (InferenceServerException, OSError):
                time.sleep(0.2)
    return False


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder) / "log", [write(f"{folder}/models")])
        try:
            server.wait_until()
            storm = Storm(server, seconds, seed=time.time_ns()).run()
            again = recovered(server)
            print(f"kills {dict(storm.kills)}; the isolated model answers again: {again}")
            for model in CLIENTS:
                print(f"{model}: {storm.answered[model]} right, {storm.wrong[model]} wrong,"
                      f" {len(storm.failed[model])} failed")
            for text, count in collections.Counter(text.split("\n")[0] for text in storm.failed["isolated"]).most_common(8):
                print(f"  {count} x {text}")
            print("exit code", server.stop())
        finally:
            server.kill()


if __name__ == "__main__":
    main()
