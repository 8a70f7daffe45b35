"""docs/tutorial.md, followed by a program as a person would: sections in order, each command as it is printed.

In a `console` block a line that begins with "$ " is a command, lines that begin with "> " go on with it, all others are
what it printed. A `python` block whose first line is a comment with a file's name is saved under that name before the
next command. Commands that start a server get free ports and go on running, as they do in a terminal of their own.
The tests make the loads of perf_analyzer short.

    interop/.venv/bin/python -B interop/tutorial.py

runs everything in full (half an hour) and prints what each command gives: the document's figures come from that.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import time

import gourmetgram
from ports import free_port
from server import HOST, LAUNCHER, ROOT, START_SECONDS, STOP_SECONDS
from test_perf_analyzer import REQUESTS, windows

DOCUMENT = ROOT / "docs" / "tutorial.md"
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\w+\.py)$")
CHECKOUT = ("nereid", "deploy", "docs", "examples", "interop", "server")
APPLICATIONS = "../examples/gourmetgram/run"
# The ports in the document of the prediction service and the page.
APPLICATION_PORTS = {"service": 8010, "web": 8080}
COMMAND_SECONDS = 600


@dataclasses.dataclass(frozen=True)
class Command:
    text: str
    printed: str  # what the document shows below it


@dataclasses.dataclass(frozen=True)
class File:
    name: str
    text: str


@dataclasses.dataclass(frozen=True)
class Done:
    """What a command gave: both streams, one behind the other."""

    command: str
    output: str


def sections(document=DOCUMENT):
    """The steps of each section by its heading: Commands and Files in the order of the text."""
    parts = HEADING.split(document.read_text())
    return {heading: list(steps(text)) for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def steps(text):
    for language, block in BLOCK.findall(text):
        if language == "console":
            yield from commands(block)
        elif name := FILE_NAME.match(block.splitlines()[0]):
            yield File(name.group(1), block)


def commands(block):
    """Splits at the prompts; a continuation loses its own."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        end = 1
        while end < len(lines) and lines[end].startswith(">"):
            end += 1
        text = "\n".join([lines[0], *(line[2:] for line in lines[1:end])])
        yield Command(text, "\n".join(lines[end:]))


def shortened(command):
    """The same load for a short time: a request for each of 16 clients, or the suite's windows of perf_analyzer."""
    if command.startswith(f"{APPLICATIONS} load"):
        return f"{command} --requests=16 --sequential=4 --warm-up=1"
    if not command.startswith("perf_analyzer -u"):
        return command
    command = re.sub(r" --(warmup-)?request-count \d+", "", command)
    return f"{command} {shlex.join(windows(2 if ' -b 16' in command else REQUESTS))}"


class Service:
    """A server that a command of the document starts; `flags` give it ports of its own."""

    def __init__(self, command, log, flags, ready, **process):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["bash", "-c", f"exec {command} {shlex.join(flags)}"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, **process,
            )  # fmt: skip
        try:
            self.wait_until(ready)
        except BaseException:
            self.kill()
            raise

    def wait_until(self, ready):
        deadline = time.monotonic() + START_SECONDS
        while ready not in self.log.read_text(errors="replace"):
            assert self.process.poll() is None, self.log.read_text(errors="replace")
            assert time.monotonic() < deadline, self.log.read_text(errors="replace")
            time.sleep(0.05)

    def stop(self):
        """As Ctrl-C does; returns the exit code. With SIGTERM: a process in the background may have to ignore SIGINT."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        """Ends it with all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Reader:
    """Follows the document in a folder that looks like a checkout; `skipped` headings are left out, `load` makes of each
    command what is run in its place."""

    def __init__(self, folder, skipped=(), load=shortened):
        self.folder = folder
        self.load = load
        self.sections = {heading: found for heading, found in sections().items() if heading not in skipped}
        self.done = {}
        self.failed = None  # the section that did not come to its end
        self.server = None
        self.applications = {}
        self.ports = {8000: free_port(), 8001: free_port(), 8002: free_port()}
        self.preamble = []
        for name in CHECKOUT:
            (folder / name).symlink_to(ROOT / name)

    def read(self, heading):
        """The section's Done commands; sections before it are read first."""
        for other in list(self.sections)[: list(self.sections).index(heading) + 1]:
            assert self.failed is None, f"'{self.failed}' failed before"
            if other not in self.done:
                self.failed = other
                self.done[other] = [self.step(step) for step in self.sections[other]]
                self.failed = None
        return [done for done in self.done[heading] if done]

    def step(self, step):
        if isinstance(step, File):
            self.here().joinpath(step.name).write_text(self.moved(step.text))
            return None
        print(f"$ {step.text}", flush=True)
        return Done(step.text, self.run(step.text))

    def run(self, command):
        if command.startswith("nereid "):
            return self.start_server(command)
        if command.startswith(("cd ", "export ")):
            self.preamble.append(command)
            return ""
        if command == "interop/setup":
            return ""  # has been run, or this would not: it may replace the very environment that runs it
        command = self.load(self.moved(command))
        if APPLICATIONS in command:
            return self.application(*shlex.split(command))
        return self.bash(command)

    def application(self, *words):
        """A load to its end, or a service or page that goes on; one that was there before makes room."""
        place = words.index(APPLICATIONS)
        kind, *options = words[place + 1 :]
        if kind not in APPLICATION_PORTS:
            finished = gourmetgram.run(kind, *options)
            assert finished.returncode == 0, finished.stderr
            return finished.stdout
        self.stop_applications(kind)
        variables = dict(word.split("=", 1) for word in words[:place])
        running = gourmetgram.Application(self.folder / f"{kind}.log", kind, *options, **variables)
        self.applications[kind] = running
        self.ports[APPLICATION_PORTS[kind]] = running.port
        return running.log_text()

    def stop_applications(self, *kinds):
        for kind in kinds or list(self.applications):
            if running := self.applications.pop(kind, None):
                assert running.stop() == 0, running.log_text()

    def stop(self):
        """Ends everything that the document started."""
        self.stop_applications()
        self.stop_server()

    def start_server(self, command):
        self.stop_server()
        http, grpc, metrics = (str(self.ports[usual]) for usual in (8000, 8001, 8002))
        flags = [
            *("--http-address", HOST, "--grpc-address", HOST, "--metrics-address", HOST),
            *("--http-port", http, "--grpc-port", grpc, "--metrics-port", metrics),
        ]
        log = self.folder / "server.log"
        program = f"{shlex.quote(str(LAUNCHER))} {command.removeprefix('nereid ')}"
        self.server = Service(program, log, flags, "Started Metrics Service", cwd=self.here())
        return log.read_text(errors="replace")

    def stop_server(self):
        if self.server:
            code = self.server.stop()
            assert code == 0, f"exit code {code}\n{self.server.log.read_text(errors='replace')}"
            self.server = None

    def moved(self, text):
        """The text with this server's ports in place of the usual ones."""
        return re.sub(r"\blocalhost:(\d+)\b", lambda found: f"{HOST}:{self.ports[int(found[1])]}", text)

    def here(self):
        return pathlib.Path(self.bash("pwd").strip())

    def bash(self, command):
        """Both streams of a command in the document's shell; any part of it that fails is an error."""
        script = "\n".join(["set -eo pipefail", *self.preamble, command])
        finished = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=COMMAND_SECONDS,
        )  # fmt: skip
        assert finished.returncode == 0, f"$ {command}\n{finished.stdout}"
        return finished.stdout


def unstable_is_fine(command):
    """In full; where perf_analyzer finds no two windows alike, its last ones count."""
    return f"{command} || true" if command.startswith("perf_analyzer -u") else command


def figures(report):
    """The lines of a report that the document shows."""
    wanted = ("[WARNING]", "Throughput", "Avg latency", "Avg request latency")
    return "\n".join(f"  {line.strip()}" for line in report.splitlines() if line.strip().startswith(wanted))


def main():
    with tempfile.TemporaryDirectory(prefix="tutorial-") as folder:
        reader = Reader(pathlib.Path(folder), load=unstable_is_fine)
        document, position = DOCUMENT.read_text(), 0
        try:
            for step in (step for found in reader.sections.values() for step in found):
                if done := reader.step(step):
                    print(f"{done.output}[load average {os.getloadavg()[0]:.1f}]\n", flush=True)
                    if done.command.startswith("perf_analyzer -u"):
                        place = document.index(f"$ {step.text}\n{step.printed}", position)
                        position = place + len(f"$ {step.text}\n")
                        document = document[:position] + figures(done.output) + document[position + len(step.printed) :]
        finally:
            reader.stop()
        DOCUMENT.write_text(document)


if __name__ == "__main__":
    main()
