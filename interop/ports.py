"""Ports for the servers that tests start."""

import os
import random
import re
import socket

HOST = "127.0.0.1"
# Below those that Linux gives to outgoing connections and to whoever asks for any port: neither a client nor another
# program gets one between the choice and the server's start.
FIRST_PORT = 10_000
END = 27_000  # what `nereid tune` and the benchmarks choose for their servers lies above
# Each of the suite's processes has a part of its own.
PARTS = 8


class Ports:
    """A part of the ports, from a random one on: none comes again until all of the part have come."""

    def __init__(self, part):
        size = (END - FIRST_PORT) // PARTS
        self.first = FIRST_PORT + part % PARTS * size
        self.size = size
        self.offset = random.randrange(size)

    def free(self):
        """The next port that nothing has."""
        for _ in range(self.size):
            port = self.first + self.offset
            self.offset = (self.offset + 1) % self.size
            if is_free(port):
                return port
        raise AssertionError(f"no port from {self.first} to {self.first + self.size - 1} is free")


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def part_of_this_process():
    """The number in the name that pytest-xdist gives a process; the last part where there is none."""
    name = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    return int(name[1]) if name else PARTS - 1


free_port = Ports(part_of_this_process()).free
