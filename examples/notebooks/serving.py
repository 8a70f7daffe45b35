"""The server that a notebook asks: one of its own, or the one at NEREID_URL, as `localhost:8000`.

A server of its own is started by `nereid` at the top of this checkout, or by the program that NEREID names, listens on
ports of 127.0.0.1 that were free, and ends with the notebook.
"""

import atexit
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
FOOD11 = HERE.parent / "food11"
PROGRAM = os.environ.get("NEREID", str(HERE.parent.parent / "nereid"))
LOAD = "--model-control-mode=explicit"
# The first start may build the server.
START_SECONDS = 600
STOP_SECONDS = 45


class Server:
    """A server that somebody else has started."""

    def __init__(self, url):
        self.url = url

    def get(self, path):
        """The body of a GET, as text."""
        with urllib.request.urlopen(f"http://{self.url}{path}") as answer:
            return answer.read().decode()

    def log(self):
        return f"The log is where {self.url} writes it."

    def stop(self):
        print(f"{self.url} goes on: this notebook did not start it")


class OwnServer(Server):
    """A server of this notebook."""

    def __init__(self, flags):
        http, grpc = free_ports(2)
        super().__init__(f"127.0.0.1:{http}")
        self.output = tempfile.NamedTemporaryFile("w+", prefix="nereid-", suffix=".log")
        listen = ["--http-address=127.0.0.1", f"--http-port={http}", "--grpc-address=127.0.0.1", f"--grpc-port={grpc}"]
        self.process = subprocess.Popen(
            [PROGRAM, *listen, "--allow-metrics=false", *flags],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        atexit.register(self.end)

    def log(self):
        return pathlib.Path(self.output.name).read_text(errors="replace")

    def wait(self):
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start; its log:\n{self.log()}")
            time.sleep(0.1)
        return self

    def is_ready(self):
        try:
            self.get("/v2/health/ready")
            return True
        except OSError:
            return False

    def stop(self):
        self.end()
        print(f"the server has ended, exit code {self.process.returncode}")

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(STOP_SECONDS)


def free_ports(count):
    """As many different ports that nothing listens on."""
    with contextlib.ExitStack() as probes:
        return [probes.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def serve(*flags, repository=FOOD11 / "models"):
    """A server that is ready: that at NEREID_URL, or one that serves `repository` with these flags."""
    url = os.environ.get("NEREID_URL")
    if url:
        print(f"asking the server at {url}")
        return Server(url.removeprefix("http://").rstrip("/"))
    print(f"starting a server of {os.path.relpath(repository)} (the first time it is built, which takes minutes)")
    server = OwnServer([f"--model-repository={repository}", *flags]).wait()
    print(f"the server is ready at {server.url}")
    return server


def python_flags():
    """Flags for a server whose Python models run in this notebook's Python."""
    return [f"--backend-config=python,python-runtime={sys.executable}"]
