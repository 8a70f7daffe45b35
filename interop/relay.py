"""A relay between a client and the server, which counts the bytes that pass it."""

import contextlib
import socket
import threading

from server import HOST


class Relay:
    """Listens on a port of its own and connects every client to `port`."""

    def __init__(self, port):
        self.target = port
        self.sent = 0  # by clients
        self.received = 0  # by clients
        self.listener = socket.create_server((HOST, 0))
        self.sockets = [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"{HOST}:{self.listener.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self.sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def reset(self):
        self.sent = self.received = 0

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection((HOST, self.target))
                self.sockets += [client, server]
                threading.Thread(target=self._copy, args=(client, server, "sent"), daemon=True).start()
                threading.Thread(target=self._copy, args=(server, client, "received"), daemon=True).start()

    def _copy(self, source, target, count):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                setattr(self, count, getattr(self, count) + len(data))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
