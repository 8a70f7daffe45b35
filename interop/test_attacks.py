"""What a single client does to a server with 2 GiB of memory: all others go on, and the server ends what it cannot
hold.

Each attack is bounded and on the loopback. The server runs confined to its memory (`confined.py`): one that takes more
is killed, which fails the test. Beside it `other_clients.py` asks for health and sends small requests all the time; its
longest answers are printed (pytest -s) and not asserted, for they depend on who else uses the machine.
"""

import base64
import concurrent.futures
import contextlib
import json
import os
import re
import select
import socket
import time

import grpc
import numpy as np
import pytest
import tritonclient.http
import tritonclient.utils.shared_memory as shared_memory
from tritonclient.grpc import service_pb2 as messages

import models
import wire
from confined import Confinement
from http2 import Http2, message_prefix
from other_clients import OtherClients
from ports import free_port
from processes import resident_bytes
from rpc import Rpc, floats, request, tensor
from server import HOST, Server
from traces import read_traces

pytestmark = pytest.mark.alone

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
MEMORY = 2 * GIB
TIMEOUT_SECONDS = 4
# Such a client is cut after one timeout, when the server looks next. Enough for a machine that stands still in between.
SOON_SECONDS = 5 * TIMEOUT_SECONDS
# What has no bound but must come to an end.
GUARD_SECONDS = 180
# Of one trace: those of the request, and so many of its responses.
TRACED_TENSORS = 3 + 1024
# After an attack everything that was held for it is given back; what stays is the server itself and pooled buffers.
AT_REST = 900 * MIB
SETTLING_SECONDS = 30
IDENTITY = models.identity_model("FP32")
OK = {"200", "OK"}


class Victim(Server):
    """A server that may use MEMORY, with short timeouts, and the port of its metrics."""

    def __init__(self, log, repositories, *flags):
        self.confinement = Confinement(MEMORY)
        self.metrics_port = free_port()
        super().__init__(
            log,
            repositories,
            f"--http-body-timeout-secs={TIMEOUT_SECONDS}",
            f"--grpc-message-timeout-secs={TIMEOUT_SECONDS}",
            "--allow-metrics=true",
            f"--metrics-address={HOST}",
            f"--metrics-port={self.metrics_port}",
            *flags,
            preexec_fn=self.confinement.enter,
        )
        self.confinement.watch(self.process)

    def metric(self, name):
        lines = wire.get(self.metrics_port, "/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def assert_memory_returns(self):
        """Nothing is held for anybody, and the process is about as large as one that has served such requests once."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while True:
            held = self.metric("nereid_tensor_memory_used_bytes"), self.metric("nereid_admission_inflight_bytes")
            resident = resident_bytes(self.process.pid)
            if held == (0, 0) and resident < AT_REST:
                print(f"resident at rest: {resident / MIB:.0f} MiB, at most {self.confinement.peak / MIB:.0f} MiB")
                return
            assert time.monotonic() < deadline, f"still held {held}, {resident / MIB:.0f} MiB resident"
            time.sleep(0.2)

    def assert_alive(self):
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}"
        assert self.confinement.peak <= MEMORY, f"the server used {self.confinement.peak / MIB:.0f} MiB"


@pytest.fixture(scope="module")
def attacked_models(tmp_path_factory):
    repository = models.Repository(tmp_path_factory.mktemp("attacked"))
    for datatype in ("FP32", "BYTES"):
        one = models.config([("INPUT0", datatype, [-1])], [("OUTPUT0", datatype, [-1])], backend="identity")
        repository.add(models.identity_model(datatype), one, {1: None})
    repository.add("repeat_int32", models.repeat_config(), {1: None})
    text = models.config([("text_input", "BYTES", [1])], [("text_output", "BYTES", [1])], backend="identity")
    repository.add("text", text, {1: None})
    return repository.folder


@pytest.fixture
def start_victim(tmp_path, attacked_models):
    with contextlib.ExitStack() as ended:

        def start(*flags):
            victim = Victim(tmp_path / "server.log", [attacked_models], *flags)
            ended.callback(victim.confinement.close)
            ended.callback(victim.kill)
            return victim.wait_until()

        yield start


@contextlib.contextmanager
def others(victim, refusals=frozenset()):
    """Others ask all through the block and are answered; only with `refusals` may requests be refused at once."""
    clients = OtherClients(victim, IDENTITY)
    try:
        with clients:
            yield
    finally:
        print(f"\nlongest answer to health: {clients.longest_health_ms():.0f} ms; {clients.seen}")
    victim.assert_alive()
    for kind, seen in clients.seen.items():
        allowed = OK | (refusals if kind.startswith("infer") else frozenset())
        assert seen.answers and set(seen.answers) <= allowed, f"{kind}: {seen.answers}"
    victim.assert_memory_returns()


def in_parallel(function, arguments):
    """The results, in order."""
    with concurrent.futures.ThreadPoolExecutor(max(1, len(arguments))) as threads:
        return list(threads.map(function, arguments))


def post(victim, path, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wire.exchange(victim.port, "POST", path, body, named)


def assert_limit_named(response, limit, flag):
    assert response.status == 400, response
    assert str(limit) in response.error and flag in response.error, response.error


# --- bodies and messages that do not come -------------------------------------------------------------------------


class DrippingBody:
    """A body announced as 2 GiB, of which some bytes come at once, and then one now and then."""

    def __init__(self, port, first):
        head = wire.request_bytes(f"/v2/models/{IDENTITY}/infer", b"").replace(
            b"Content-Length: 0", b"Content-Length: 2000000000"
        )
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.socket.sendall(head + bytes(first))

    def drip(self):
        with contextlib.suppress(OSError):
            self.socket.send(b" ")

    def is_cut(self):
        readable, _, _ = select.select([self.socket], [], [], 0)
        with contextlib.suppress(OSError):
            return bool(readable) and self.socket.recv(65536) == b""
        return True


def test_bodies_that_are_announced_and_do_not_come(start_victim):
    victim = start_victim()
    sizes = 3 * [16 * MIB + 1] + 14 * [MIB + 1] + 60 * [64 * KIB + 1] + 60 * [1]
    with others(victim):
        bodies = [DrippingBody(victim.port, size) for size in sizes]
        deadline = time.monotonic() + SOON_SECONDS
        while bodies and time.monotonic() < deadline:
            for body in bodies:
                body.drip()
            bodies = [body for body in bodies if not body.is_cut()]
            time.sleep(0.25)
        assert not bodies, f"{len(bodies)} of {len(sizes)} are still there after {SOON_SECONDS} s"


def test_a_grpc_message_that_is_announced_and_does_not_come(start_victim):
    """While somebody else sends large messages: they are not refused because one stands still."""
    victim = start_victim("--max-inflight-bytes=104857600")
    large = request(IDENTITY, tensor(shape=(1, 1_250_000)), raw=[np.zeros(1_250_000, np.float32)])
    with others(victim), Rpc(victim.grpc_url) as rpc, Http2(victim.grpc_port) as attacker:
        stream = attacker.open("ModelInfer")
        attacker.data(stream, message_prefix(100 * MIB) + bytes(60 * MIB))
        deadline = time.monotonic() + SOON_SECONDS
        answers = []
        while not attacker.has_ended(stream) and time.monotonic() < deadline:
            attacker.data(stream, b" ")
            answers.append(rpc.infer(large).model_name)
            time.sleep(0.5)
        assert attacker.has_ended(stream), f"still there after {SOON_SECONDS} s"
        assert set(answers) == {IDENTITY}


REFUSED_AT_ONCE = {"503 with Retry-After", "UNAVAILABLE with pushback"}
KEPT_ALIVE = {
    "an_idle_stream": lambda connection: None,
    "a_window_of_one": lambda connection: connection.window_update(0, 1),
    "settings": lambda connection: connection.settings_again(),
}


@pytest.mark.parametrize("keep_alive", KEPT_ALIVE.values(), ids=KEPT_ALIVE)
def test_grpc_clients_that_take_no_answer(start_victim, keep_alive):
    """How long 17,000 calls take depends on who else uses the machine; how long the server then waits, on it alone."""
    victim = start_victim()
    tiny = floats(IDENTITY, 1).SerializeToString()
    with others(victim, REFUSED_AT_ONCE), contextlib.ExitStack() as opened:
        connections = [opened.enter_context(Http2(victim.grpc_port, window=0)) for _ in range(17)]
        for connection in connections:
            connection.open("ModelStreamInfer")
            for _ in range(1000):
                connection.unary("ModelInfer", tiny)
        deadline = time.monotonic() + GUARD_SECONDS
        while not all(each.closed.is_set() for each in connections) and time.monotonic() < deadline:
            for connection in connections:
                keep_alive(connection)
            time.sleep(0.25)
        left = [each for each in connections if not each.closed.is_set()]
        assert not left, f"{len(left)} connections are still there after {GUARD_SECONDS} s"
        cut = re.findall(r"connections cut, .*: (\d+); .* for up to (\d+) ms", victim.log_text())
        # Others may have needed the place of one of them sooner, which is a line of the log's own.
        assert cut
        assert max(int(waited) for _, waited in cut) <= 1000 * SOON_SECONDS, cut
        assert wire.infer(victim.port, IDENTITY, wire.fp32_request([1])).status == 200


# --- answers that are larger than what was asked ------------------------------------------------------------------


def bytes_request(elements):
    """One tensor BYTES in binary whose elements are wanted as JSON; the body and its header."""
    data = b"".join(len(element).to_bytes(4, "little") + element for element in elements)
    entry = {"name": "INPUT0", "shape": [1, len(elements)], "datatype": "BYTES",
             "parameters": {"binary_data_size": len(data)}}  # fmt: skip
    head = json.dumps({"inputs": [entry], "outputs": [{"name": "OUTPUT0", "parameters": {"binary_data": False}}]})
    return head.encode() + data, {"Inference_Header_Content_Length": str(len(head))}


@pytest.mark.parametrize("megabytes", [300, 450])
def test_a_json_answer_six_times_its_tensor(start_victim, megabytes):
    """Each byte becomes six characters: of 450 MB more than a body may have at all."""
    victim = start_victim()
    body, headers = bytes_request([bytes(megabytes * 1_000_000)])
    with others(victim):
        response = post(victim, "/v2/models/identity_bytes/infer", body, **headers)
        assert response.status in (400, 503), response
        assert "--max-inflight-bytes" in response.error, response.error


# --- much on the heap ---------------------------------------------------------------------------------------------


def numbered(count):
    return ",".join(f'"k{number}":1' for number in range(count))


def test_millions_of_parameters(start_victim):
    victim = start_victim()
    data = '"inputs":[{"name":"INPUT0","shape":[1,1],"datatype":"FP32","data":[1]}]'
    body = ("{" + data + ',"parameters":{' + numbered(4_000_000) + "}}").encode()
    assert 50_000_000 < len(body) < 64 * MIB
    with others(victim):
        for response in in_parallel(lambda sent: post(victim, f"/v2/models/{IDENTITY}/infer", sent), [body] * 2):
            assert_limit_named(response, 4096, "--max-request-parameters")


def test_millions_of_members_of_generate(start_victim):
    victim = start_victim()
    body = ('{"text_input":"a",' + numbered(3_000_000) + "}").encode()
    with others(victim):
        for response in in_parallel(lambda sent: post(victim, "/v2/models/text/generate", sent), [body] * 3):
            assert_limit_named(response, 4096, "--max-request-parameters")


def test_long_ids(start_victim):
    victim = start_victim()
    body = json.dumps(wire.fp32_request([1.0], id="x" * 50_000_000)).encode()
    with others(victim):
        for response in in_parallel(lambda sent: post(victim, f"/v2/models/{IDENTITY}/infer", sent), [body] * 8):
            assert_limit_named(response, 65536, "--max-request-string-size")


def test_long_texts_of_generate_are_data(start_victim):
    victim = start_victim()
    body = json.dumps({"text_input": "x" * (2 * MIB)}).encode()
    with others(victim):
        response = post(victim, "/v2/models/text/generate", body)
        assert response.status == 200, response.text[:200]
        assert len(response.json()["text_output"]) == 2 * MIB


def test_long_and_many_parameters_over_grpc(start_victim):
    victim = start_victim()
    many = floats(IDENTITY, 1, parameters={f"k{number}": 1 for number in range(500_000)}).SerializeToString()
    long = floats(IDENTITY, 1, id="x" * 50_000_000).SerializeToString()
    with others(victim), Rpc(victim.grpc_url) as rpc:
        raw = rpc.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")

        def refusal(message):
            try:
                raw(message, timeout=wire.TIMEOUT_SECONDS)
            except grpc.RpcError as e:
                return e.code().name, e.details()

        for code, text in in_parallel(refusal, [many] * 3 + [long] * 5):
            assert code == "INVALID_ARGUMENT", text
            assert "--max-request-" in text, text


# --- traces -------------------------------------------------------------------------------------------------------


def binary_request(megabytes):
    """A tensor of numbers whose texts are long, and the headers of the request."""
    numbers = np.random.default_rng(7).random(megabytes * MIB // 4, np.float32)
    entry = {"name": "INPUT0", "shape": [1, len(numbers)], "datatype": "FP32",
             "parameters": {"binary_data_size": numbers.nbytes}}  # fmt: skip
    wanted = [{"name": "OUTPUT0", "parameters": {"binary_data": True}}]
    head = json.dumps({"inputs": [entry], "outputs": wanted}).encode()
    return head + numbers.tobytes(), {"Inference_Header_Content_Length": str(len(head))}


def trace_tensors(victim, **settings):
    wanted = {"trace_level": ["TIMESTAMPS", "TENSORS"], "trace_rate": "1", **settings}
    assert post(victim, "/v2/trace/setting", json.dumps(wanted)).status == 200


@pytest.mark.parametrize("to_file", [False, True], ids=["without_a_file", "to_a_file"])
@pytest.mark.parametrize("megabytes,requests", [(300, 2), (1, 400)])
def test_traced_tensors(start_victim, tmp_path, to_file, megabytes, requests):
    flags = [f"triton,file={tmp_path}/traces.json"] if to_file else []
    flags += ["level=TIMESTAMPS", "level=TENSORS", "rate=1"]
    victim = start_victim(*[f"--trace-config={flag}" for flag in flags])
    body, headers = binary_request(megabytes)

    def infer(count):
        for _ in range(count):
            response = post(victim, f"/v2/models/{IDENTITY}/infer", body, **headers)
            assert response.status == 200, response.text[:200]

    with others(victim):
        in_parallel(infer, [requests] if requests < 8 else 8 * [requests // 8])


def test_traced_streams_that_go_on(start_victim, tmp_path):
    """Each response is an event of its request's trace: of a hundred thousand the first ones are kept."""
    victim = start_victim(f"--trace-config=triton,file={tmp_path}/traces.json")
    trace_tensors(victim)
    count = 100_000
    zeros = "[" + ",".join("0" * count) + "]"
    body = f'{{"IN":{zeros},"DELAY":{zeros},"WAIT":0}}'.encode()
    head = wire.request_bytes("/v2/models/repeat_int32/generate_stream", body)

    def drain(_):
        with wire.Connection(victim.port) as connection:
            connection.send(head)
            last, received = b"", 0
            while not last.endswith(b"0\r\n\r\n"):
                part = connection.socket.recv(MIB)
                assert part, f"the stream ended after {received} bytes"
                last, received = last[-8:] + part, received + len(part)
        return received

    with others(victim):
        assert all(received > count * 20 for received in in_parallel(drain, range(2)))
    assert victim.stop() == 0
    kept = [len(trace["tensors"]) for trace in read_traces(tmp_path / "traces.json").values()]
    assert len(kept) >= 2 and 100 < max(kept) <= TRACED_TENSORS, kept


# --- the control plane, and memory of clients ---------------------------------------------------------------------


CONFIG = json.dumps({"name": "brought", "backend": "identity", "max_batch_size": 8,
                     "input": [{"name": "INPUT0", "data_type": "TYPE_FP32", "dims": [-1]}],
                     "output": [{"name": "OUTPUT0", "data_type": "TYPE_FP32", "dims": [-1]}]})  # fmt: skip
LOADS = 24


def test_large_loads_at_once_over_grpc(start_victim):
    victim = start_victim("--model-control-mode=explicit", f"--load-model={IDENTITY}")
    load = messages.RepositoryModelLoadRequest(model_name="brought")
    load.parameters["config"].string_param = CONFIG
    load.parameters["file:1/weights"].bytes_param = bytes(60_000_000)
    message = load.SerializeToString()

    def answer(rpc):
        try:
            rpc.channel.unary_unary("/inference.GRPCInferenceService/RepositoryModelLoad")(message, timeout=60)
            return "OK"
        except grpc.RpcError as e:
            return e.code().name

    with others(victim), contextlib.ExitStack() as opened:
        own = [("grpc.use_local_subchannel_pool", 1)]
        answers = in_parallel(answer, [opened.enter_context(Rpc(victim.grpc_url, own)) for _ in range(LOADS)])
        assert set(answers) <= {"OK", "UNAVAILABLE"} and "OK" in answers, answers


def test_large_loads_at_once_over_http(start_victim):
    victim = start_victim("--model-control-mode=explicit", f"--load-model={IDENTITY}")
    file = base64.b64encode(bytes(60_000_000)).decode()
    body = json.dumps({"parameters": {"config": CONFIG, "file:1/weights": file}}).encode()

    def answer(_):
        try:
            return post(victim, "/v2/repository/models/brought/load", body).status
        except OSError:  # refused while the body was still being sent
            return 503

    with others(victim):
        answers = in_parallel(answer, range(LOADS))
        assert set(answers) <= {200, 503} and 200 in answers, answers


def test_large_copies_from_shared_memory(start_victim):
    victim = start_victim("--allow-client-shm=true")
    size = 64 * MIB
    handle = shared_memory.create_shared_memory_region("attack", f"/nereid-attack-{os.getpid()}", size)
    try:
        with tritonclient.http.InferenceServerClient(victim.url) as client:
            client.register_system_shared_memory("attack", f"/nereid-attack-{os.getpid()}", size)
        place = {"shared_memory_region": "attack", "shared_memory_byte_size": size}
        entry = {"name": "INPUT0", "shape": [1, size // 4], "datatype": "FP32", "parameters": place}
        asked = {"inputs": [entry], "outputs": [{"name": "OUTPUT0", "parameters": place}]}
        with others(victim):
            for _ in range(3):
                answers = in_parallel(lambda _: wire.infer(victim.port, IDENTITY, asked), range(24))
                assert {each.status for each in answers} <= {200, 503}, answers
                assert any(each.status == 200 for each in answers)
                assert all("retry-after" in each.headers for each in answers if each.status == 503)
    finally:
        shared_memory.destroy_shared_memory_region(handle)
