"""bench/run on-demand: many more models than fit, asked by Zipf's law, on a server of its own that loads them on demand.

usage: bench/run on-demand [--seconds=60] [--models=500] [--fit=50] [--exponent=1.1] [--rate=50] [--loads=5]
                           [--width=700] [--min-loaded-secs=1] [--distribution=server/target/nereid]

  --seconds          how long requests come (1200 for the figures of bench/README.md)
  --models, --fit    how many models there are, and for how many the budget is
  --exponent         of Zipf's law: the model of rank k is asked in proportion to 1 / k^exponent
  --rate             requests per second, whose moments are Poisson's
  --loads            models that load at once
  --width            each model multiplies a row by a matrix of width x width floats
  --min-loaded-secs  for how long a model that was loaded is safe

A model's memory is measured first, by a server with one of them; the budget is that times --fit. All models are one file
on the disk, so what is measured of loads is the work of the server and ONNX Runtime, not of a disk.
"""

import asyncio
import bisect
import contextlib
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from ports import free_ports

DEFAULTS = {
    "seconds": 60, "models": 500, "fit": 50, "exponent": 1.1, "rate": 50.0, "loads": 5, "width": 700,
    "min-loaded-secs": 1, "distribution": "server/target/nereid",
}  # fmt: skip
TIMEOUT_SECONDS = 60
ROWS = 20
CONFIG = """
backend: "onnxruntime"
max_batch_size: 8
input { name: "x" data_type: TYPE_FP32 dims: [ %d ] }
output { name: "y" data_type: TYPE_FP32 dims: [ %d ] }
instance_group { kind: KIND_CPU count: 1 }
parameters { key: "intra_op_thread_count" value { string_value: "1" } }
"""


# The model: just as much of ONNX's protobuf as it takes.


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def value_info(name, width):
    dims = data(1, data(2, "batch")) + data(1, number(1, width))
    return data(1, name) + data(2, data(1, number(1, 1) + data(2, dims)))


def onnx_model(width):
    """y = x W, of FP32."""
    weights = random.Random(7).randbytes(2 * width * width)
    half = b"".join(weights[i : i + 2] + b"\x00\x3c" for i in range(0, len(weights), 2))  # small positive numbers
    tensor = number(1, width) * 2 + number(2, 1) + data(8, "w") + data(9, half)
    node = data(1, "x") + data(1, "w") + data(2, "y") + data(4, "MatMul")
    graph = data(1, node) + data(2, "matmul") + data(5, tensor) + data(11, value_info("x", width))
    return number(1, 8) + data(7, graph + data(12, value_info("y", width))) + data(8, number(2, 17))


def write_repository(folder, models, width):
    file = folder / "model.onnx"
    file.write_bytes(onnx_model(width))
    for i in range(models):
        version = folder / "models" / f"m{i}" / "1"
        version.mkdir(parents=True)
        os.link(file, version / "model.onnx")
        (version.parent / "config.pbtxt").write_text(CONFIG % (width, width))
    return folder / "models", file.stat().st_size


# The server


class Server:
    def __init__(self, folder, options, repository, budget):
        self.port, self.metrics_port = free_ports(2)
        self.log = folder / f"server-{self.port}.log"
        command = [
            pathlib.Path(options["distribution"]) / "bin/nereid", f"--model-repository={repository}",
            "--model-control-mode=on-demand", f"--model-memory-budget={budget}",
            f"--model-load-thread-count={options['loads']}", f"--on-demand-min-loaded-secs={options['min-loaded-secs']}",
            "--http-address=127.0.0.1", f"--http-port={self.port}", "--allow-grpc=false",
            "--metrics-address=127.0.0.1", f"--metrics-port={self.metrics_port}", "--log-info=false",
        ]  # fmt: skip
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 120
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                sys.exit(f"on-demand: the server did not become ready:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)

    def ready(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v2/health/ready", timeout=5).status == 200
        except OSError:
            return False

    def metrics(self):
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=30).read().decode()
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("nereid_on_demand_"))
        return {name.removeprefix("nereid_on_demand_"): float(value) for name, value in lines}

    def resident(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


# The clients


class Clients:
    """Sends each request on an idle connection, or a new one; counts what comes of it."""

    def __init__(self, port, width):
        self.port = port
        self.body = json.dumps(
            {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, width], "data": [1.0] * width}]}
        ).encode()
        self.idle = []
        self.seconds = []
        self.failures = {}

    async def send(self, model):
        began = time.monotonic()
        try:
            status = await asyncio.wait_for(self.exchange(model), TIMEOUT_SECONDS)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            status = type(error).__name__
        if status == 200:
            self.seconds.append(time.monotonic() - began)
        else:
            self.failures[status] = self.failures.get(status, 0) + 1

    async def exchange(self, model):
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        try:
            head = f"POST /v2/models/{model}/infer HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(self.body)}\r\n\r\n"
            writer.write(head.encode() + self.body)
            answer = await reader.readuntil(b"\r\n\r\n")
            lines = answer.decode("latin-1").lower().split("\r\n")
            length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
            await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        self.idle.append((reader, writer))
        return int(lines[0].split(" ")[1])


def zipf(models, exponent, seed=1):
    """An endless sequence of models; which of them has which rank is chosen at random."""
    chooser = random.Random(seed)
    sums = list(itertools.accumulate(1 / (rank + 1) ** exponent for rank in range(models)))
    names = [f"m{i}" for i in range(models)]
    chooser.shuffle(names)
    while True:
        yield names[min(models - 1, bisect.bisect(sums, chooser.random() * sums[-1]))]


async def load(server, options):
    clients, moments, chosen = (
        Clients(server.port, options["width"]),
        random.Random(2),
        zipf(options["models"], options["exponent"]),
    )
    began = time.monotonic()
    watching = asyncio.create_task(watch(server, clients, options["seconds"], began))
    tasks, at = set(), 0.0
    while (at := at + moments.expovariate(options["rate"])) < options["seconds"]:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        task = asyncio.create_task(clients.send(next(chosen)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    return clients


async def watch(server, clients, seconds, began):
    print(
        "\n| s | resident MB | models hold MB | loaded | answers | p99 so far ms |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    while True:
        await asyncio.sleep(max(1.0, seconds / ROWS))
        now = await asyncio.to_thread(server.metrics)
        print(f"| {time.monotonic() - began:.0f} | {server.resident() / 1e6:.0f} | {now['held_bytes'] / 1e6:.0f} |"
              f" {now['loaded_models']:.0f} | {len(clients.seconds)} | {quantile(clients.seconds, 0.99) * 1000:.0f} |",
              flush=True)  # fmt: skip


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def measured(folder, options, repository, size):
    """What one model holds, by the server's own measure."""
    with Server(folder, options, repository, 1 << 40) as server:
        clients = Clients(server.port, options["width"])
        asyncio.run(clients.send("m0"))
        if clients.failures:
            sys.exit(f"on-demand: a model does not answer: {clients.failures}\n{server.log.read_text()}")
        return max(size, int(server.metrics()['model_bytes{model="m0"}']))


def parse(arguments):
    options = dict(DEFAULTS)
    for argument in arguments:
        name, _, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or name not in options or not value:
            sys.exit(f"on-demand: got '{argument}'\n\n{__doc__}")
        try:
            options[name] = type(options[name])(value)
        except ValueError:
            sys.exit(f"on-demand: --{name}: got '{value}' (expected a number)")
    return options


def main():
    if "--help" in sys.argv:
        print(__doc__)
        return
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("on-demand: ended by SIGTERM"))  # so that the server ends too
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        repository, size = write_repository(folder, options["models"], options["width"])
        each = measured(folder, options, repository, size)
        budget = each * options["fit"]
        print(f"{options['models']} models of {each / 1e6:.2f} MB ({size / 1e6:.2f} MB of files), budget {budget / 1e6:.0f} MB"
              f" for {options['fit']}, {options['rate']:g} requests/s for {options['seconds']} s")  # fmt: skip
        with Server(folder, options, repository, budget) as server:
            print(f"resident at the start: {server.resident() / 1e6:.0f} MB")
            clients = asyncio.run(load(server, options))
            report(clients, server.metrics(), server.resident())


def report(clients, counts, resident):
    answers, failed = len(clients.seconds), sum(clients.failures.values())
    loads = max(1, counts["loads_total"])
    print(f"\nresident at the end: {resident / 1e6:.0f} MB\n")
    print("| requests | failed | hit rate | loads | evictions | mean load ms | p50 ms | p90 ms | p99 ms | max ms |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print(f"| {answers + failed} | {failed} | {1 - counts['waited_requests_total'] / max(1, answers + failed):.3f} |"
          f" {counts['loads_total']:.0f} | {counts['evictions_total']:.0f} |"
          f" {1000 * counts['load_seconds_total'] / loads:.0f} | "
          + " | ".join(f"{1000 * quantile(clients.seconds, share):.0f}" for share in (0.5, 0.9, 0.99, 1)) + " |")  # fmt: skip
    if failed:
        sys.exit(f"on-demand: {failed} requests failed: {clients.failures}")


if __name__ == "__main__":
    main()
