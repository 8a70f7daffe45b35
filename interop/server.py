"""The built server as a process: started by the launcher, asked until it answers, stopped by a signal."""

import http.client
import os
import pathlib
import signal
import subprocess
import time

from ports import HOST, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent
# NEREID names the launcher of a distribution that was built elsewhere.
LAUNCHER = pathlib.Path(os.environ.get("NEREID", ROOT / "nereid"))
# Where the former has built it: it builds nothing, and needs nothing in the environment.
BUILT_LAUNCHER = ROOT / "server" / "target" / "nereid" / "bin" / "nereid"
FOOD11_MODELS = ROOT / "examples" / "food11" / "models"

# The programs here end before the work of the JVM's second compiler has paid, which is a quarter of their processor time. What
# tests start by another launcher runs as it is shipped.
ONE_COMPILER = "-XX:TieredStopAtLevel=1"
# The launcher turns Netty's search for forgotten buffers off; here it stays on.
JAVA_OPTIONS = {"NEREID_JAVA_OPTS": f"-Dio.netty.leakDetection.level=simple {ONE_COMPILER}"}
START_SECONDS = 120
STOP_SECONDS = 45


def flags_for(repositories, port, grpc_port=None):
    """The flags of a server that listens on these ports only; without `grpc_port` it does not serve gRPC."""
    flags = ["--http-address", HOST, "--http-port", str(port), "--allow-metrics=false"]
    if grpc_port is None:
        flags += ["--allow-grpc=false"]
    else:
        flags += ["--grpc-address", HOST, "--grpc-port", str(grpc_port)]
    for repository in repositories:
        flags += ["--model-repository", str(repository)]
    return flags


def run_launcher(*arguments):
    """Runs the launcher to its end; .returncode and .stdout, which has both streams."""
    return subprocess.run(
        [str(LAUNCHER), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
    )


class Listening:
    """Where a server listens, and its log. Whoever extends it sets `port`, `grpc_port` and `log`, a path."""

    @property
    def url(self):
        return f"{HOST}:{self.port}"

    @property
    def grpc_url(self):
        return f"{HOST}:{self.grpc_port}"

    def log_text(self):
        return self.log.read_text(errors="replace")


class Server(Listening):
    """One server process; its output goes to `log`, a file. `port` is for HTTP, a free one by default, `environment` adds
    to this process's variables, `process` are arguments of Popen that take the place of those here."""

    def __init__(self, log, repositories, *flags, port=None, environment=None, launcher=LAUNCHER, **process):
        self.port = port or free_port()
        self.grpc_port = free_port()
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as output:
            options = {"cwd": ROOT, "env": {**os.environ, **JAVA_OPTIONS, **(environment or {})}, **process}
            self.process = subprocess.Popen(
                [str(launcher), *flags_for(repositories, self.port, self.grpc_port), *flags],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **options,
            )

    def wait_until(self, path="/v2/health/ready"):
        """Returns when `path` answers 200; when that does not come about, ends the server, with an AssertionError with its log."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_text()}")
            if self.status_of(path) == 200:
                return self
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"{path} did not answer 200 within {START_SECONDS} s:\n{self.log_text()}")

    def wait_until_started(self):
        """Returns when every model is loaded or has failed to; health may answer before that."""
        deadline = time.monotonic() + START_SECONDS
        while "Started HTTPService" not in self.log_text():
            assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log_text()}"
            assert time.monotonic() < deadline, f"not started within {START_SECONDS} s:\n{self.log_text()}"
            time.sleep(0.05)
        return self

    def status_of(self, path):
        """The status of a GET on a connection of its own; None where nothing answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def stop(self, signal_number=signal.SIGTERM):
        """Sends the signal and returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait_for_exit()

    def wait_for_exit(self, seconds=STOP_SECONDS):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not end within {seconds} s:\n{self.log_text()}") from None

    def kill(self):
        """Ends a process that is still there; for clean-up after a failed test."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
