"""What comes out of tracing: Triton's trace file, and spans at a collector."""

import contextlib
import gzip
import http.server
import json
import threading


def read_traces(file):
    """The traces of a file by their ids: head, names of timestamps in order, activities."""
    traces = {}
    for entry in json.loads(file.read_text()):
        trace = traces.setdefault(entry["id"], {"head": None, "times": [], "tensors": []})
        if "model_name" in entry:
            trace["head"] = entry
        elif "timestamps" in entry:
            trace["times"] += [(stamp["name"], stamp["ns"]) for stamp in entry["timestamps"]]
        else:
            trace["tensors"].append((entry["activity"], entry["tensor"]))
    return traces


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append((self.path, self.headers.get("Content-Type"), body))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def listening_collector():
    """A receiver of OTLP over HTTP: .bodies has what came."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.bodies = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def fields(data):
    """A protobuf message without its schema: number and value of each field."""
    found = []
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            found.append((key >> 3, varint()))
        else:
            length = {1: 8, 5: 4}.get(kind) or varint()
            found.append((key >> 3, data[at : at + length]))
            at += length
    return found


def every(data, number):
    return [value for field, value in fields(data) if field == number]


def attributes(pairs):
    """Attributes by their names; strings as text, numbers as numbers."""
    read = {}
    for pair in pairs:
        number, value = fields(every(pair, 2)[0])[0]
        read[every(pair, 1)[0].decode()] = value.decode() if number == 1 else value
    return read


def spans(collector):
    """All spans that came, by name, and the attributes of their resource."""
    found = {}
    resource = {}
    for _, _, body in list(collector.bodies):
        for resource_spans in every(body, 1):
            resource = attributes(every(every(resource_spans, 1)[0], 1))
            for scope in every(resource_spans, 2):
                for span in every(scope, 2):
                    found.setdefault(every(span, 5)[0].decode(), []).append(
                        {
                            "trace": every(span, 1)[0].hex(),
                            "id": every(span, 2)[0].hex(),
                            "state": b"".join(every(span, 3)).decode(),
                            "parent": b"".join(every(span, 4)).hex(),
                            "kind": (every(span, 6) or [0])[0],
                            "start": int.from_bytes(every(span, 7)[0], "little"),
                            "end": int.from_bytes(every(span, 8)[0], "little"),
                            "attributes": attributes(every(span, 9)),
                            "events": [every(event, 2)[0].decode() for event in every(span, 11)],
                        }
                    )
    return found, resource
