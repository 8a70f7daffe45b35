"""What a Python model costs: servers side by side, under the same load, in turns.

    bench/run python repository FOLDER
        writes the models that every server must serve
    bench/run python load NAME=HOST:PORT,PID ...
        wrk against each server in turns: CPU per request of the server and its workers, requests per second, latencies;
        --models=M,M,... asks these instead of identity_python, each on the servers that have it;
        --bodies=json sends tensors as JSON and wants them so, instead of --bodies=binary;
        --connections=1,8,32 replaces the numbers of connections of each tensor; "--tensor=64 B" sends this one only
    bench/run python sequences NAME=HOST:PORT,PID ...
        1,000 open sequences of 64 B requests to the model `sequences`, 32 under way; resident memory as time goes on
    bench/run python control NAME=HOST:PORT ...
        time from load to READY and of an unload (servers in explicit mode)
    bench/run python bls HOST:PORT FOLDER
        a call from a model.py to an ONNX model of 64 bytes, beside the same call by a program in the server's process
        (which serves FOLDER/onnx)

PID is the server's own process; its children are counted with it.
--seconds=8 --rounds=3 --warmup=5 --loads=10 --calls=20000 --models=identity_python --bodies=binary
"""

import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

IDENTITY = """\
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            tensor = pb_utils.get_input_tensor_by_name(request, "INPUT0")
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", tensor.as_numpy())]))
        return responses
"""
IDENTITY_CONFIG = """\
backend: "python"
max_batch_size: 8
input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""
CALLER = """\
import json
import time

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.measure(int(r.inputs()[0].as_numpy()[0])) for r in requests]

    def measure(self, calls):
        tensor = pb_utils.Tensor("INPUT0", np.zeros((1, 16), np.float32))
        nanos = []
        for _ in range(calls):
            start = time.perf_counter_ns()
            response = pb_utils.InferenceRequest(
                model_name="identity_onnx", requested_output_names=["OUTPUT0"], inputs=[tensor]).exec()
            if response.has_error():
                return pb_utils.InferenceResponse(error=response.error())
            response.output_tensors()[0].as_numpy()
            nanos.append(time.perf_counter_ns() - start)
        last = sorted(nanos[len(nanos) // 2:])
        figures = np.array([last[len(last) // 2] / 1e3, sum(last) / len(last) / 1e3])
        return pb_utils.InferenceResponse([pb_utils.Tensor("MICROS", figures)])
"""
CALLER_CONFIG = """\
backend: "python"
max_batch_size: 0
input [ { name: "CALLS" data_type: TYPE_INT32 dims: [ 1 ] } ]
output [ { name: "MICROS" data_type: TYPE_FP64 dims: [ 2 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""
ENSEMBLE_CONFIG = """\
platform: "ensemble"
max_batch_size: 8
input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
"""
NATIVE_CONFIG = IDENTITY_CONFIG.replace('"python"', '"identity"')
SEQUENCES_CONFIG = (
    NATIVE_CONFIG.replace("8", "32")
    + "sequence_batching { max_sequence_idle_microseconds: 60000000 oldest { max_candidate_sequences: 1024 } }\n"
)
CACHED_CONFIG = NATIVE_CONFIG + "response_cache { enable: true }\n"
ONNX_CONFIG = """\
backend: "onnxruntime"
max_batch_size: 8
input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ 16 ] } ]
output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ 16 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""
TICK = os.sysconf("SC_CLK_TCK")


def write_model(folder, name, config, **files):
    version = folder / name / "1"
    version.mkdir(parents=True, exist_ok=True)
    (folder / name / "config.pbtxt").write_text(config)
    for stem, text in files.items():
        (version / f"{stem}.py").write_text(text)
    return version


def write_repository(folder):
    """FOLDER/python for every server; the others for ours, whose models need ONNX or the identity backend."""
    folder = pathlib.Path(folder)
    write_model(folder / "python", "identity_python", IDENTITY_CONFIG, model=IDENTITY)
    write_model(folder / "native", "identity", NATIVE_CONFIG)
    write_model(folder / "native", "identity_cached", CACHED_CONFIG)
    write_model(folder / "native", "sequences", SEQUENCES_CONFIG)
    for steps in (1, 3):
        write_model(folder / "python", f"ensemble_{steps}_python", ensemble("identity_python", steps))
        write_model(folder / "native", f"ensemble_{steps}", ensemble("identity", steps))
    onnx = write_model(folder / "onnx", "identity_onnx", ONNX_CONFIG)
    (onnx / "model.onnx").write_bytes(identity_onnx())
    write_model(folder / "bls", "caller", CALLER_CONFIG, model=CALLER)
    print(f"{folder}/python: for load and control; {folder}/native: for load and sequences")
    print(f"{folder}/bls and {folder}/onnx: for bls")


def ensemble(model, steps):
    """The configuration of an ensemble that runs a model so many times, one after the other."""
    names = ["INPUT0", *(f"between_{i}" for i in range(1, steps)), "OUTPUT0"]
    step = """{ model_name: "%s" model_version: -1
    input_map { key: "INPUT0" value: "%s" } output_map { key: "OUTPUT0" value: "%s" } }"""
    chain = ",\n  ".join(step % (model, *pair) for pair in zip(names, names[1:]))
    return f"{ENSEMBLE_CONFIG}ensemble_scheduling {{ step [\n  {chain}\n] }}\n"


def message(*fields):
    """A protobuf message of (number, value); text and bytes have a length, numbers none."""
    found = b""
    for number, value in fields:
        if isinstance(value, int):
            found += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            found += varint(number << 3 | 2) + varint(len(data)) + data
    return found


def varint(value):
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def identity_onnx():
    """An ONNX model of one node that repeats its input, FP32 [batch, 16]."""
    shape = message((1, message((2, "batch"))), (1, message((1, 16))))
    value = lambda name: message((1, name), (2, message((1, message((1, 1), (2, shape))))))
    node = message((1, "INPUT0"), (2, "OUTPUT0"), (4, "Identity"))
    graph = message((1, node), (2, "identity"), (11, value("INPUT0")), (12, value("OUTPUT0")))
    return message((1, 8), (7, graph), (8, message((2, 17))))


class Server:
    """A server that runs already."""

    def __init__(self, text):
        match = re.fullmatch(r"([^=]+)=([^,:]+):(\d+)(?:,(\d+))?", text)
        if not match:
            sys.exit(f"python: expected NAME=HOST:PORT[,PID], got {text}")
        self.name, self.host, self.port = match[1], match[2], int(match[3])
        self.pid = int(match[4]) if match[4] else None

    def exchange(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=600)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def processes(self):
        """The server and what it started."""
        found, left = [], [self.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            left += children(pid)
        return found

    def resident_megabytes(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) / 1024

    def cpu_seconds(self):
        return sum(map(cpu_seconds_of, self.processes()))


def children(pid):
    """The processes that this one started; threads and processes may end while they are read."""
    found = []
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds_of(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def request(size):
    """(body, headers) of a request with one FP32 row of so many bytes."""
    head = {"inputs": [{"name": "INPUT0", "shape": [1, size // 4], "datatype": "FP32",
                        "parameters": {"binary_data_size": size}}],
            "outputs": [{"name": "OUTPUT0", "parameters": {"binary_data": True}}]}  # fmt: skip
    text = json.dumps(head, separators=(",", ":")).encode()
    return text + struct.pack(f"<{size // 4}f", *([1.5] * (size // 4))), {
        "Inference-Header-Content-Length": str(len(text))
    }


def json_request(count, decimals=None):
    """
    The same as JSON of standard-normal FP32 numbers, as Python's json writes them: all 17 digits that a widened FP32
    has, or so many decimals; the answer is JSON too.
    """
    numbers = random.Random(1)
    floats = struct.unpack(f"<{count}f", struct.pack(f"<{count}f", *(numbers.gauss(0, 1) for _ in range(count))))
    data = floats if decimals is None else [round(number, decimals) for number in floats]
    body = {"inputs": [{"name": "INPUT0", "shape": [1, count], "datatype": "FP32", "data": data}]}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


# By the kind of body: (name, (body, headers), connections)
LOADS = {
    "binary": lambda: [
        ("64 B", request(64), 8),
        ("64 B", request(64), 32),
        ("602 KB", request(602_112), 8),
    ],
    "json": lambda: [
        ("16 floats", json_request(16), 8),
        ("16 floats, 4 decimals", json_request(16, 4), 8),
        ("150,528 floats", json_request(150_528), 4),
        ("150,528 floats, 4 decimals", json_request(150_528, 4), 4),
    ],
}


# What each script says at its end.
DONE = """\
done = function(summary, latency, requests)
    local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
        + summary.errors.timeout
    io.write(string.format("FIGURES %d %d %.1f %.1f %.1f\\n", summary.requests, errors, summary.duration,
        latency:percentile(50), latency:percentile(99)))
end
"""
SCRIPT = """\
local file = io.open("%s", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
%s
"""


def wrk(server, model, folder, sent, connections, seconds):
    """(requests, errors, seconds, p50, p99) in microseconds; what is sent is (body, headers)."""
    body, headers = sent
    (folder / "body").write_bytes(body)
    lines = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items())
    (folder / "load.lua").write_text(SCRIPT % (folder / "body", lines) + DONE)
    return run_wrk(server, model, folder, connections, seconds)


def run_wrk(server, model, folder, connections, seconds):
    """What `wrk` says, of the script in FOLDER/load.lua."""
    url = f"http://{server.host}:{server.port}/v2/models/{model}/infer"
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(folder / "load.lua"),
        url,
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    requests, errors, micros, p50, p99 = re.search(r"FIGURES (.*)", output)[1].split()
    return int(requests), int(errors), float(micros) / 1e6, float(p50), float(p99)


def loads(options):
    """(name, request, connections): those of the kind of bodies, with their connections or the asked ones."""
    usual = [row for row in LOADS[options["bodies"]]() if options["tensor"] in ("", row[0])]
    if not options["connections"]:
        return usual
    requests = {label: sent for label, sent, _ in usual}
    return [(label, sent, connections) for label, sent in requests.items() for connections in options["connections"]]


def load(servers, options):
    for server in servers:
        if server.pid is None:
            sys.exit(f"python: the process of {server.name} is needed: {server.name}=HOST:PORT,PID")
    print("| model | tensor | connections | server | requests/s | p50 us | p99 us | CPU us/request | errors |")
    print("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for label, sent, connections in loads(options):
            pairs = [(model, server) for model in options["models"] for server in servers if serves(server, model)]
            for model, server in pairs:
                wrk(server, model, folder, sent, connections, options["warmup"])
            rows = {pair: [] for pair in pairs}
            for _ in range(options["rounds"]):
                for model, server in pairs:
                    row = measure(server, model, folder, sent, connections, options["seconds"])
                    rows[model, server].append(row)
            for model, server in pairs:
                rate, p50, p99, cpu = (statistics.median(row[i] for row in rows[model, server]) for i in range(4))
                errors = sum(row[4] for row in rows[model, server])
                figures = f"{rate:,.0f} | {p50:,.0f} | {p99:,.0f} | {cpu:,.1f} | {errors}"
                print(f"| {model} | {label} | {connections} | {server.name} | {figures} |", flush=True)


def serves(server, model):
    """Whether it has that model, which must then repeat its input."""
    if server.exchange("GET", f"/v2/models/{model}/ready")[0] != 200:
        return False
    body, headers = request(64)
    status, answer = server.exchange("POST", f"/v2/models/{model}/infer", body, headers)
    if status != 200 or body[-64:] not in answer:
        sys.exit(f"python: {server.name} does not serve {model}: {status} {answer[:200]}")
    return True


def measure(server, model, folder, sent, connections, seconds):
    before = server.cpu_seconds()
    requests, errors, took, p50, p99 = wrk(server, model, folder, sent, connections, seconds)
    cpu = server.cpu_seconds() - before
    return requests / took, p50, p99, cpu / max(requests, 1) * 1e6, errors


def control(servers, options):
    print("| server | load to READY ms, median | worst | unload ms, median | worst |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for server in servers:
        loads, unloads = [], []
        for _ in range(options["loads"]):
            loads.append(timed(lambda: controlled(server, "load", True)))
            unloads.append(timed(lambda: controlled(server, "unload", False)))
        figures = [statistics.median(loads), max(loads), statistics.median(unloads), max(unloads)]
        print(f"| {server.name} | " + " | ".join(f"{millis:,.0f}" for millis in figures) + " |", flush=True)


SEQUENCES_SCRIPT = """\
local file = io.open("%s", "rb")
local tensor = file:read("*a")
file:close()
local sent = 0
request = function()
    local sequence = sent %% %d
    local head = string.format('{"parameters":{"sequence_id":%%d,"sequence_start":%%s,"sequence_end":false},"inputs":['
        .. '{"name":"INPUT0","shape":[1,16],"datatype":"FP32","parameters":{"binary_data_size":64}}],'
        .. '"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}}]}',
        sequence + 1, tostring(sent < %d))
    sent = sent + 1
    return wrk.format("POST", nil, { ["Inference-Header-Content-Length"] = tostring(#head) }, head .. tensor)
end
"""
OPEN_SEQUENCES = 1000


def sequences(servers, options):
    print("| server | after s | requests/s | p99 us | CPU us/request | errors | resident MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "tensor").write_bytes(struct.pack("<16f", *([1.5] * 16)))
        starts = OPEN_SEQUENCES + 1  # wrk asks for one request that it does not send
        (folder / "load.lua").write_text(SEQUENCES_SCRIPT % (folder / "tensor", OPEN_SEQUENCES, starts) + DONE)
        for server in servers:
            for round_number in range(1, options["rounds"] + 1):
                before = server.cpu_seconds()
                requests, errors, took, _, p99 = run_wrk(server, "sequences", folder, 32, options["seconds"])
                cpu = (server.cpu_seconds() - before) / max(requests, 1) * 1e6
                resident = server.resident_megabytes()
                figures = f"{requests / took:,.0f} | {p99:,.0f} | {cpu:,.1f} | {errors} | {resident:,.0f}"
                print(f"| {server.name} | {round_number * options['seconds']} | {figures} |", flush=True)


def timed(action):
    start = time.monotonic()
    action()
    return (time.monotonic() - start) * 1e3


def controlled(server, what, ready):
    """Until the index says that it is done: an unload is answered before its end."""
    status, answer = server.exchange("POST", f"/v2/repository/models/identity_python/{what}", b"{}")
    if status != 200:
        sys.exit(f"python: {server.name}: {what}: {status} {answer.decode(errors='replace')}")
    while True:
        entries = json.loads(server.exchange("POST", "/v2/repository/index", b"{}")[1])
        states = [entry.get("state", "") for entry in entries if entry["name"] == "identity_python"]
        if ("READY" in states) if ready else all(s in ("", "UNAVAILABLE") for s in states):
            return
        time.sleep(0.002)


def bls(address, folder, options):
    server = Server(f"ours={address}")
    calls = options["calls"]
    body = {"inputs": [{"name": "CALLS", "shape": [1], "datatype": "INT32", "data": [calls]}]}
    status, answer = server.exchange("POST", "/v2/models/caller/infer", json.dumps(body).encode())
    if status != 200:
        sys.exit(f"python: {status} {answer.decode(errors='replace')}")
    median, mean = json.loads(answer)["outputs"][0]["data"]
    command = [
        *os.environ["BENCH_JAVA"].split(),
        "io.nereid.bench.load.python.InProcessCalls",
        f"{folder}/onnx",
        str(calls),
    ]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    in_median, in_mean = map(float, output.strip().splitlines()[-1].split())
    print("| 64 B to an ONNX model, one call at a time | median us | mean us |\n| --- | ---: | ---: |")
    print(f"| from a model.py (exec) | {median:.1f} | {mean:.1f} |")
    print(f"| in the server's process (server.inference()) | {in_median:.1f} | {in_mean:.1f} |")
    print(f"| difference | {median - in_median:.1f} | {mean - in_mean:.1f} |")


def main(arguments):
    options = {"seconds": 8, "rounds": 3, "warmup": 5, "loads": 10, "calls": 20_000, "models": ["identity_python"],
               "bodies": "binary", "connections": [], "tensor": ""}  # fmt: skip
    words = []
    for argument in arguments:
        match = re.fullmatch(r"--(\w+)=(\d+)", argument)
        if argument.startswith("--models="):
            options["models"] = argument.removeprefix("--models=").split(",")
        elif argument.startswith("--tensor="):
            options["tensor"] = argument.removeprefix("--tensor=")
        elif re.fullmatch(r"--connections=\d+(,\d+)*", argument):
            options["connections"] = [int(number) for number in argument.removeprefix("--connections=").split(",")]
        elif argument in [f"--bodies={kind}" for kind in LOADS]:
            options["bodies"] = argument.removeprefix("--bodies=")
        elif match and match[1] in options:
            options[match[1]] = int(match[2])
        elif argument.startswith("--"):
            sys.exit(f"python: unknown option {argument}\n{__doc__}")
        else:
            words.append(argument)
    what, *rest = words or [""]
    if what == "repository" and len(rest) == 1:
        write_repository(rest[0])
    elif what == "load" and rest:
        load([Server(text) for text in rest], options)
    elif what == "sequences" and rest:
        sequences([Server(text) for text in rest], options)
    elif what == "control" and rest:
        control([Server(text) for text in rest], options)
    elif what == "bls" and len(rest) == 2:
        bls(*rest, options)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
