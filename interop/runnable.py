"""The documents' runnable blocks: what a page tells its reader to type, typed.

A comment in front of a block, which nobody sees who reads the page, says what a test does with it:

    <!-- run -->             the block is run: the commands of a `console` block (those behind "$ ", with "> " before what
                             goes on), or the whole of a `bash` block. What a `console` block shows below a command must
                             be what it prints. A `python` block is saved under the name in its first line, "# name.py",
                             or else run
    <!-- run: varies -->     the same, but what is shown is an example
    <!-- output -->          the block is what the block before must have printed
    <!-- file PATH -->       the block is saved there
    <!-- server: COMMAND --> starts a server that the page takes for granted

All blocks of a page run in one shell, in a folder that looks like a checkout. A command that begins with `nereid` starts
a server, which goes on running as in a terminal of its own, on free ports: those stand in the place of 8000, 8001 and
8002. Pages that start it without flags share the one that they get. Outputs are the same if they are JSON with the same
values, or else line by line; a line "..." stands for any lines, and numbers with a point may differ by a thousandth.
"""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import threading

from ports import free_port
from server import HOST, LAUNCHER, ROOT
from test_embedded import java_25
from tutorial import Service, commands

PAGES = sorted(
    path
    for pattern in ("README.md", "docs/**/*.md", "examples/*/README.md")
    for path in ROOT.glob(pattern)
    if ".venv" not in path.parts
)
BLOCK = re.compile(
    r"^( *)(?:<!-- (?P<mark>[^>]*) -->\n(?:\s*\n)?\1)?```(?P<language>\w*)\n(?P<text>.*?)^\1```$"
    r"|^<!-- (?P<alone>server: [^>]*) -->$",
    re.MULTILINE | re.DOTALL,
)
FILE_NAME = re.compile(r"# (\S+\.py)\n")
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
NEREID = re.compile(r"(?:\./)?nereid(?: (?!validate|perf|tune|demo|--help|--version)|$)")
SECONDS = 60
END = "==== the command has ended ===="


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of a page with its mark ("" for none) and language; `line` is where it stands."""

    mark: str
    language: str
    text: str
    line: int


def blocks(page):
    source = page.read_text()
    for found in BLOCK.finditer(source):
        indent = found[1] or ""
        text = re.sub(f"^{indent}", "", found["text"] or "", flags=re.MULTILINE)
        yield Block(
            found["mark"] or found["alone"] or "",
            found["language"] or "",
            text,
            source.count("\n", 0, found.start()) + 1,
        )


class Shell:
    """One bash for all commands of a page; it ends with the first that fails."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(
            ["bash", "-eo", "pipefail"], cwd=folder, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, command):
        """What it printed to either stream; an AssertionError if it fails or takes too long."""
        too_long = threading.Timer(SECONDS, self.process.kill)
        too_long.start()
        self.process.stdin.write(f"eval {shlex.quote(command)} </dev/null\necho\necho {shlex.quote(END)}\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.rstrip("\n") == END:
                too_long.cancel()
                # A line end of ours goes, so that a last line without one is as the command left it.
                return "".join(printed).removesuffix("\n")
            printed.append(line)
        too_long.cancel()
        raise AssertionError(f"exit code {self.process.wait()} of\n$ {command}\n{''.join(printed)}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()


class Nereid:
    """A server that a page starts, at `ports`: those that listen in the place of the usual ones."""

    def __init__(self, arguments, ports, log, **process):
        http, grpc, metrics = (str(ports[usual]) for usual in (8000, 8001, 8002))
        flags = [
            *("--http-address", HOST, "--grpc-address", HOST, "--metrics-address", HOST),
            *("--http-port", http, "--grpc-port", grpc, "--metrics-port", metrics),
        ]
        self.ports = ports
        self.service = Service(
            f"{shlex.quote(str(LAUNCHER))} {arguments}", log, flags, "Started Metrics Service", **process
        )

    def stop(self):
        code = self.service.stop()
        assert code == 0, f"exit code {code}\n{self.service.log.read_text(errors='replace')}"


def free_ports():
    return {usual: free_port() for usual in (8000, 8001, 8002)}


class Reader:
    """Runs the marked blocks of a page in `folder`. `example` is a Nereid for all pages that start it without flags."""

    def __init__(self, folder, example):
        self.folder = folder
        self.example = example
        self.ports = free_ports()
        self.server = None
        self.printed = ""
        look_like_a_checkout(folder)
        tools = [f"{java_25()}/bin", f"{sys.prefix}/bin", str(folder)]
        self.environment = {**os.environ, "PATH": os.pathsep.join([*tools, os.environ["PATH"]])}
        self.shell = Shell(folder, self.environment)

    def read(self, page):
        for block in blocks(page):
            if block.mark:
                try:
                    self.step(block)
                except AssertionError as error:
                    raise AssertionError(f"{page.relative_to(ROOT)}, line {block.line}: {error}") from None

    def step(self, block):
        kind, _, argument = block.mark.partition(" ")
        if kind == "run" or kind == "run:":
            self.run(block, compare=argument != "varies")
        elif kind == "output":
            assert alike(block.text, self.printed), difference(block.text, self.printed)
        elif kind == "file":
            self.save(argument, block.text)
        elif kind == "server:":
            self.start_server(argument)
        else:
            raise AssertionError(f"unknown mark: {block.mark}")

    def run(self, block, compare):
        if block.language == "console":
            for command in commands(block.text):
                self.printed = self.command(command.text)
                if compare and command.printed.strip():
                    assert alike(command.printed, self.printed), difference(command.printed, self.printed)
        elif block.language == "bash":
            self.printed = self.command(block.text)
        elif name := FILE_NAME.match(block.text):
            self.save(name[1], block.text)
        else:
            assert block.language == "python", f"nothing runs a block of '{block.language}'"
            self.save("block.py", block.text)
            self.printed = self.command("python block.py")

    def command(self, text):
        if NEREID.match(text):
            return self.start_server(text)
        return self.shell.run(self.moved(text))

    def save(self, name, text):
        path = self.here() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.moved(text))

    def here(self):
        return pathlib.Path(self.shell.run("pwd").strip())

    def start_server(self, command):
        self.stop_server()
        arguments = " ".join(command.replace("\\\n", " ").split()[1:])
        if arguments:
            log = self.folder / "server.log"
            self.server = Nereid(arguments, self.ports, log, cwd=self.here(), env=self.environment)
        else:
            self.ports = self.example.ports
        return (self.server or self.example).service.log.read_text(errors="replace")

    def stop_server(self):
        if self.server:
            self.server.stop()
            self.server = None

    def moved(self, text):
        """The text with this server's ports in place of the usual ones."""
        return re.sub(r"\blocalhost:(800[012])\b", lambda found: f"{HOST}:{self.ports[int(found[1])]}", text)

    def stop(self):
        self.shell.close()
        self.stop_server()


def look_like_a_checkout(folder):
    """Links to what is in the repository; folders in which a page may write are there themselves."""
    for path in ROOT.iterdir():
        if path.name not in (".git", "examples"):
            (folder / path.name).symlink_to(path)
    for example in (ROOT / "examples").iterdir():
        (folder / "examples" / example.name).mkdir(parents=True)
        for path in example.iterdir():
            if not path.name.startswith(".venv"):
                (folder / "examples" / example.name / path.name).symlink_to(path)
        # What its page has the reader install is here already.
        (folder / "examples" / example.name / ".venv").symlink_to(sys.prefix)


def difference(expected, printed):
    return f"the page says\n{expected}\nand what came is\n{printed}"


def alike(expected, printed):
    try:
        return same_values(json.loads(expected), json.loads(printed))
    except ValueError:
        pattern = "".join(any_lines(line) for line in expected.strip().splitlines())
        found = re.fullmatch(pattern, printed.strip() + "\n", re.DOTALL)
        return bool(found) and all(map(near, NUMBER.findall(expected), found.groups()))


def any_lines(line):
    """A pattern for a line of a page; its numbers are groups."""
    if line.strip() == "...":
        return "(?:.*\n)?"
    parts = NUMBER.split(line.rstrip())
    return rf"({NUMBER.pattern})".join(map(re.escape, parts)) + "[ \t]*\n"


def near(one, other):
    return abs(float(one) - float(other)) <= 1e-3 * max(1e-3, abs(float(one)))


def same_values(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return near(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_values(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_values, one, other))
    return one == other
