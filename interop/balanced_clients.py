"""Clients that ask whichever of several servers is in service, as they would behind a load balancer of Kubernetes.

A server is taken out of service as soon as it says that it is not ready. A request is sent again, to another server, only if
that cannot make it run twice by mistake: when its connection failed before a byte of its answer came, or when the answer was
503 or UNAVAILABLE.
"""

import dataclasses
import http.client
import json
import socket
import threading
import time

import grpc
import numpy as np

import wire
from rpc import Rpc, floats, values
from server import HOST

LOOK_SECONDS = 0.1
TRIES = 50
PAUSE_SECONDS = 0.2
MODEL = "paused"


class Retry(Exception):
    """The request may be sent again."""


class Endpoints:
    """The servers in service, kept by a thread that asks each whether it is ready."""

    def __init__(self):
        self.servers = []
        self.ready = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def _look(self):
        while not self.ended.wait(LOOK_SECONDS):
            self.ready = [server for server in list(self.servers) if server.status_of("/v2/health/ready") == 200]

    def wait_for(self, *servers):
        deadline = time.monotonic() + 60
        while not set(servers) <= set(self.ready):
            assert time.monotonic() < deadline, "a server did not come into service"
            time.sleep(LOOK_SECONDS)


@dataclasses.dataclass
class Counts:
    answered: int = 0
    retried: int = 0
    failures: list = dataclasses.field(default_factory=list)


class Client(threading.Thread):
    """Sends one request after the other until it is ended; connections are kept."""

    def __init__(self, endpoints, number):
        super().__init__(daemon=True)
        self.endpoints = endpoints
        self.number = number
        self.ended = threading.Event()
        self.counts = Counts()
        self.connections = {}

    def run(self):
        turn = self.number
        while not self.ended.is_set():
            turn += 1
            try:
                self._request(turn)
                self.counts.answered += 1
            except Exception as failure:  # whatever it is, the request has no answer
                self.counts.failures.append(repr(failure))
        for connection in self.connections.values():
            connection.close()

    def _request(self, turn):
        last = None
        for attempt in range(TRIES):
            ready = self.endpoints.ready
            if ready:
                try:
                    return self.ask(ready[(turn + attempt) % len(ready)], float(turn % 1000))
                except Retry as retry:
                    last = retry
                    self.counts.retried += 1
            time.sleep(PAUSE_SECONDS if attempt else 0)
        raise AssertionError(f"no answer in {TRIES} tries: {last!r}")

    def connection(self, server, connect):
        if server not in self.connections:
            self.connections[server] = connect()
        return self.connections[server]

    def drop(self, server):
        connection = self.connections.pop(server, None)
        if connection is not None:
            connection.close()


class HttpClient(Client):
    """Over kept connections, which it closes when it is asked to."""

    def ask(self, server, value):
        connection = self.connection(server, lambda: http.client.HTTPConnection(HOST, server.port, timeout=30))
        body = json.dumps(wire.fp32_request([value]))
        try:
            connection.request("POST", f"/v2/models/{MODEL}/infer", body)
            answer = connection.getresponse()  # fails if the connection ends before the answer begins
        except (ConnectionError, http.client.RemoteDisconnected, socket.gaierror) as failed:
            self.drop(server)
            raise Retry(failed) from failed
        content = answer.read()
        if answer.will_close:
            self.drop(server)
        if answer.status == 503:
            raise Retry(content)
        assert answer.status == 200, (answer.status, content)
        assert json.loads(content)["outputs"][0]["data"] == [value]


class GrpcClient(Client):
    """Over one channel for each server."""

    def ask(self, server, value):
        rpc = self.connection(server, lambda: Closable(server.grpc_url))
        try:
            answer = rpc.infer(floats(MODEL, value))
        except grpc.RpcError as failed:
            if failed.code() == grpc.StatusCode.UNAVAILABLE:
                self.drop(server)
                raise Retry(failed.details()) from failed
            raise
        np.testing.assert_array_equal(values(answer), [[value]])


class Closable(Rpc):
    def close(self):
        self.channel.close()
