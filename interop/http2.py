"""gRPC as HTTP/2 frames on a socket, for what no client library does: windows that never open, messages without end."""

import contextlib
import socket
import struct
import threading

from server import HOST

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INITIAL_WINDOW_SIZE, MAX_FRAME = 4, 16384
SERVICE = "/inference.GRPCInferenceService/"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name, value):
    """A header field as a literal that no table keeps."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def call_headers(method):
    fields = {":method": "POST", ":scheme": "http", ":path": SERVICE + method, ":authority": HOST,
              "content-type": "application/grpc", "te": "trailers"}  # fmt: skip
    return b"".join(field(name, value) for name, value in fields.items())


def message_prefix(length):
    return struct.pack(">BI", 0, length)


class Http2:
    """A connection that gives its streams this much window, and reads whatever the server sends.

    `closed` is set when the server has ended it; `ended` has the streams that the server has reset or answered.
    """

    def __init__(self, port, window=65535):
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.socket.settimeout(None)  # a server that says nothing for long has not closed the connection
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closed = threading.Event()
        self.ended = set()
        self.next_stream = 1
        self._sending = threading.Lock()
        self._first_window = 65535
        self._windows = {0: 65535}  # of the connection, and of streams; only what _first_window does not say of these
        self._more_window = threading.Condition()
        self.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window)))
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):  # the server has closed it
            self.socket.shutdown(socket.SHUT_RDWR)  # else the thread that reads would keep it open
        self.socket.close()

    def send(self, data):
        """False where the server has closed the connection."""
        try:
            with self._sending:
                self.socket.sendall(data)
            return True
        except OSError:
            self.closed.set()
            return False

    def open(self, method):
        """A new call; returns its stream."""
        stream = self.next_stream
        self.next_stream += 2
        self.send(frame(HEADERS, END_HEADERS, stream, call_headers(method)))
        return stream

    def unary(self, method, message):
        """A whole call with one message, in as few bytes as there are."""
        stream = self.next_stream
        self.next_stream += 2
        payload = message_prefix(len(message)) + message
        self.send(
            frame(HEADERS, END_HEADERS, stream, call_headers(method)) + frame(DATA, END_STREAM, stream, payload)
        )
        return stream

    def data(self, stream, data):
        """Sends bytes of a message, as fast as the server lets it; False where it has ended the call."""
        for at in range(0, len(data), MAX_FRAME):
            part = data[at : at + MAX_FRAME]
            if not self._take_window(stream, len(part)) or not self.send(frame(DATA, 0, stream, part)):
                return False
        return True

    def has_ended(self, stream):
        return self.closed.is_set() or stream in self.ended

    def _take_window(self, stream, size):
        with self._more_window:
            self._more_window.wait_for(lambda: self.has_ended(stream) or self._window(stream) >= size)
            self._windows[0] -= size
            self._windows[stream] = self._windows.get(stream, 0) - size
        return not self.has_ended(stream)

    def _window(self, stream):
        return min(self._windows[0], self._first_window + self._windows.get(stream, 0))

    def window_update(self, stream, size):
        return self.send(frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", size)))

    def settings_again(self):
        """Settings that change nothing; the server has to acknowledge them."""
        return self.send(frame(SETTINGS, 0, 0))

    def _read(self):
        try:
            reader = self.socket.makefile("rb")
            while len(head := reader.read(9)) == 9:
                length, kind, flags, stream = int.from_bytes(head[:3]), head[3], head[4], int.from_bytes(head[5:])
                self._received(kind, flags, stream, reader.read(length))
        except (OSError, ValueError):
            pass  # closed, by the server or by us
        self.closed.set()
        with self._more_window:
            self._more_window.notify_all()

    def _received(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self._apply(payload)
            self.send(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.send(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            with self._more_window:
                self._windows[stream] = self._windows.get(stream, 0) + int.from_bytes(payload)
                self._more_window.notify_all()
        elif kind == RST_STREAM or (kind in (HEADERS, DATA) and flags & END_STREAM):
            with self._more_window:
                self.ended.add(stream)
                self._more_window.notify_all()

    def _apply(self, settings):
        for at in range(0, len(settings), 6):
            name, value = struct.unpack_from(">HI", settings, at)
            if name == INITIAL_WINDOW_SIZE:
                with self._more_window:
                    self._first_window = value
                    self._more_window.notify_all()
