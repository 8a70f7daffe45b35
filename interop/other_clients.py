"""What all others see while somebody attacks: a process of its own that asks for health and sends small requests.

As a program: other_clients.py HTTP-PORT GRPC-URL MODEL; it asks until its input ends, then writes what it saw as JSON.
"""

import dataclasses
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time

PAUSE_SECONDS = 0.05
TIMEOUT_SECONDS = 30
REQUEST = json.dumps({"inputs": [{"name": "INPUT0", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]}).encode()


@dataclasses.dataclass
class Seen:
    """The answers to one kind of question."""

    answers: dict = dataclasses.field(default_factory=dict)  # what they were -> how many
    longest_ms: float = 0

    def add(self, answer, seconds):
        self.answers[answer] = self.answers.get(answer, 0) + 1
        self.longest_ms = max(self.longest_ms, seconds * 1000)


class OtherClients:
    """The process; `seen` maps "health" and "infer", over "http" and "grpc", to what was answered."""

    def __init__(self, server, model):
        self.process = subprocess.Popen(
            [sys.executable, "-B", __file__, str(server.port), server.grpc_url, model],
            cwd=pathlib.Path(__file__).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.seen = None
        assert self.process.stdout.readline() == "asking\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        output, _ = self.process.communicate(timeout=2 * TIMEOUT_SECONDS)
        self.seen = {kind: Seen(**values) for kind, values in json.loads(output).items()}

    def longest_health_ms(self):
        return max(seen.longest_ms for kind, seen in self.seen.items() if kind.startswith("health"))


def over_http(port):
    """One connection that is opened again whenever it was closed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)

    def ask(method, path, body=None):
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            response.read()
            retry = response.status == 503 and response.getheader("Retry-After")
            return "503 with Retry-After" if retry else str(response.status)
        except (OSError, http.client.HTTPException) as e:
            connection.close()
            return type(e).__name__

    return ask


def over_grpc(url):
    import grpc

    from rpc import Rpc, floats
    from tritonclient.grpc import service_pb2 as messages

    rpc = Rpc(url)

    def answer(call):
        try:
            call()
            return "OK"
        except grpc.RpcError as e:
            pushback = any(key == "grpc-retry-pushback-ms" for key, _ in e.trailing_metadata() or ())
            return f"{e.code().name}{' with pushback' if pushback else ''}"

    def health():
        return answer(lambda: rpc.stub.ServerLive(messages.ServerLiveRequest(), timeout=TIMEOUT_SECONDS))

    def infer(model):
        return answer(lambda: rpc.infer(floats(model, 1, 2)))

    return health, infer


def questions(port, url, model):
    alive, asked = over_http(port), over_http(port)
    health, infer = over_grpc(url)
    return {
        "health http": lambda: alive("GET", "/v2/health/live"),
        "health new": lambda: over_http(port)("GET", "/v2/health/live"),
        "health grpc": health,
        "infer http": lambda: asked("POST", f"/v2/models/{model}/infer", REQUEST),
        "infer grpc": lambda: infer(model),
    }


def ask(question, seen, ended):
    while not ended.is_set():
        began = time.monotonic()
        answer = question()
        seen.add(answer, time.monotonic() - began)
        ended.wait(PAUSE_SECONDS)


def main(port, url, model):
    kinds = questions(int(port), url, model)
    for question in kinds.values():
        question()  # connected, and the libraries are loaded
    seen = {kind: Seen() for kind in kinds}
    ended = threading.Event()
    threads = [threading.Thread(target=ask, args=(kinds[kind], seen[kind], ended)) for kind in kinds]
    for thread in threads:
        thread.start()
    print("asking", flush=True)
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    print(json.dumps({kind: dataclasses.asdict(each) for kind, each in seen.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
