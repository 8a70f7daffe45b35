"""HTTP as bytes, for what the clients do not send: exact bodies, and exact bytes on a socket."""

import dataclasses
import http.client
import json
import socket

from server import HOST

TIMEOUT_SECONDS = 60


@dataclasses.dataclass
class Response:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The text of an error answer, whose body must be exactly {"error":"<text>"}."""
        message = self.json()
        assert list(message) == ["error"], f"not an error answer: {self.body!r}"
        return message["error"]


def exchange(port, method, path, body=None, headers=None):
    """One request on a connection of its own; `body` may be bytes, or an object to be sent as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def get(port, path):
    return exchange(port, "GET", path)


def infer(port, model, body, **headers):
    """POST to the model's infer; a keyword names a header, with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange(port, "POST", f"/v2/models/{model}/infer", body, named)


def json_input(name, datatype, shape, data):
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


def fp32_request(values, **members):
    """The body of a request to a model with one input INPUT0 FP32 [-1], as an object."""
    return {"inputs": [json_input("INPUT0", "FP32", [1, len(values)], values)], **members}


def request_bytes(path, body, *headers, method="POST"):
    """A whole HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Connection:
    """A socket on which requests are sent as bytes and responses are read one by one, in order."""

    def __init__(self, port):
        self.socket = socket.create_connection((HOST, port), timeout=TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read_response(self):
        status = self._line().split(" ", 2)
        assert status[0] in ("HTTP/1.1", "HTTP/1.0"), f"not a status line: {status}"
        headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return Response(int(status[1]), headers, self._body(int(status[1]), headers))

    def at_end(self):
        """True when the server has closed the connection and nothing is left to read."""
        return self.reader.read(1) == b""

    def _line(self):
        line = self.reader.readline()
        assert line.endswith(b"\r\n"), f"the connection ended within a line: {line!r}"
        return line[:-2].decode("latin-1")

    def _body(self, status, headers):
        if status < 200:
            return b""
        if headers.get("transfer-encoding") == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.reader.read(int(headers["content-length"]))

    def _chunk(self):
        size = int(self._line(), 16)
        chunk = self.reader.read(size)
        assert self._line() == ""
        return chunk
