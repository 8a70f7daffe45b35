"""Ports of the loopback address for the servers that are measured."""

import contextlib
import socket


def free_ports(count):
    """As many different ports that nothing listens on."""
    with contextlib.ExitStack() as probes:
        return [probes.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]
