"""The servers of the Python contract suite: ours, and a real Triton where TRITON_START names a program that starts one.

That program is called as `$TRITON_START REPOSITORY FLAG...` with the ports in HTTP, GRPC and METRICS and a folder in
LAB; it returns when the server is ready, its process number in $LAB/pid and its output in $LAB/log. TRITON_LAB names a
folder whose content every such LAB shares, by links.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from ports import free_port
from processes import children, command, command_line
from server import HOST, Listening, Server

MODELS = pathlib.Path(__file__).resolve().parent / "python_models"
TRITON_START = os.environ.get("TRITON_START")
TRITON_LAB = os.environ.get("TRITON_LAB", "")
# PYTHON_SERVERS=triton leaves ours out.
KINDS = os.environ.get("PYTHON_SERVERS", "ours triton" if TRITON_START else "ours").split()
RUNTIME = f"--backend-config=python,python-runtime={sys.executable}"


class OurServer(Server):
    """Ours, with metrics; its workers run in the suite's own Python, which has numpy."""

    kind = "ours"

    def __init__(self, log, repositories, *flags, **options):
        self.metrics_port = free_port()
        metrics = ("--allow-metrics=true", f"--metrics-port={self.metrics_port}", f"--metrics-address={HOST}")
        runtime = () if any("python-runtime" in flag for flag in flags) else (RUNTIME,)
        super().__init__(log, repositories, *metrics, *runtime, *flags, **options)

    @property
    def pid(self):
        """The server's process itself: the launcher may be its parent."""
        found = self.process.pid
        while True:
            java = [child for child in children(found) if command(child).startswith(("java", "nereid"))]
            if command(found).startswith("java") or not java:
                return found
            found = java[0]


class RealTriton(Listening):
    """A real Triton; the parts of Server that the suite uses."""

    kind = "triton"

    def __init__(self, log, repositories, *flags, environment=None):
        (repository,) = repositories
        self.port, self.grpc_port, self.metrics_port = free_port(), free_port(), free_port()
        lab = pathlib.Path(log).parent / f"lab{self.port}"
        lab.mkdir()
        for entry in pathlib.Path(TRITON_LAB).iterdir() if TRITON_LAB else ():
            if entry.name not in ("pid", "log"):
                (lab / entry.name).symlink_to(entry)
        self.log = lab / "log"
        ports = {"HTTP": self.port, "GRPC": self.grpc_port, "METRICS": self.metrics_port, "LAB": lab}
        variables = {**os.environ, **{name: str(value) for name, value in ports.items()}, **(environment or {})}
        subprocess.run([TRITON_START, str(repository), *flags], env=variables, check=True, stdout=subprocess.DEVNULL)
        self.pid = int((lab / "pid").read_text())

    def wait_until(self):
        return self

    def stop(self):
        """Asks it to end and does not wait for ever: its unload may hang, which is no test of ours."""
        if not os.path.exists(f"/proc/{self.pid}"):
            return 0
        workers = children(self.pid)
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while os.path.exists(f"/proc/{self.pid}") and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in (self.pid, *workers):
            if os.path.exists(f"/proc/{pid}"):
                os.kill(pid, signal.SIGKILL)
        return 0

    kill = stop


def start(kind, log, repository, *flags, **options):
    """A server of this kind that is ready."""
    server = (OurServer if kind == "ours" else RealTriton)(log, [repository], *flags, **options)
    return server.wait_until()


class PythonRepository:
    """A model repository with copies of models of python_models/, under other names and configurations."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def add(self, model, name=None, change=(), extra="", source=None, **parameters):
        """`change`: pairs (text, replacement) in config.pbtxt; `extra` goes behind it; `source` replaces model.py."""
        name = name or model
        target = self.folder / name
        shutil.copytree(MODELS / model, target, ignore=shutil.ignore_patterns("__pycache__"))
        text = (target / "config.pbtxt").read_text()
        for before, after in change:
            assert before in text, f"{model} has no {before!r}"
            text = text.replace(before, after)
        for key, value in parameters.items():
            extra += f'\nparameters {{ key: "{key}" value {{ string_value: "{quoted(value)}" }} }}'
        (target / "config.pbtxt").write_text(f"{text}{extra}\n")
        if source is not None:
            (target / "1" / "model.py").write_text(source)
        return target

    def remove(self, name):
        shutil.rmtree(self.folder / name)


DECOUPLED = "model_transaction_policy { decoupled: true }"


def quoted(text):
    """`text` between the quotes of a config.pbtxt."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def workers(server):
    """The process numbers of a server's Python workers."""
    marks = ("nereid_worker", "triton_python_backend_stub")
    return [pid for pid in children(server.pid) if any(mark in command_line(pid) for mark in marks)]


def until(condition, seconds=60.0, what="the condition"):
    """The first true value of `condition()`, asked every 20 ms; an AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come about within {seconds} s"
        time.sleep(0.02)


def without_numbers(text):
    return re.sub(r"\d+", "N", text)
