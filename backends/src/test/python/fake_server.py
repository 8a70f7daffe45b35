"""A server for one worker: pipes, a temporary file as shared memory, and replies as the test says."""

from __future__ import annotations

import json
import mmap
import os
import pathlib
import select
import struct
import subprocess
import sys
import tempfile
import textwrap
import time

import wire

PACKAGE = pathlib.Path(__file__).parents[2] / "main" / "python" / "nereid_worker"
MEMORY_BYTES = 64 << 20
PATIENCE_SECONDS = 60


def is_alive(pid):
    """Whether the process runs: one that has ended and that nobody has waited for does not."""
    return state(pid) not in ("Z", "")


def state(pid):
    """What its main thread does, by proc(5): "S" where it waits; empty for a process that is not there."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


class Failed(Exception):
    """The worker's answer is FAILED."""

    def __init__(self, reader):
        self.code = reader.take("B")
        self.text = reader.text()
        self.kept = reader.list_of(lambda: reader.take("Q"))
        reader.end()
        super().__init__(self.text)


class Pipe:
    """The end of a pipe on which the worker writes frames; read with a time limit."""

    def __init__(self, descriptor, memory):
        self.descriptor = descriptor
        self.memory = memory
        self.rest = b""

    def next(self, seconds=PATIENCE_SECONDS):
        while len(self.rest) < 4 or len(self.rest) < struct.unpack_from("<I", self.rest)[0] + 4:
            ready, _, _ = select.select([self.descriptor], [], [], seconds)
            assert ready, "the worker has written nothing"
            data = os.read(self.descriptor, 1 << 20)
            if not data:
                raise EOFError
            self.rest += data
        end = struct.unpack_from("<I", self.rest)[0] + 4
        frame, self.rest = self.rest[:end], self.rest[end:]
        return wire.Reader(frame, self.memory)

    def silent(self):
        """Whether nothing is there to be read."""
        return not self.rest and not select.select([self.descriptor], [], [], 0)[0]


class FakeServer:
    """Starts a worker for the source of a model. A context: leaving it ends the worker's process."""

    def __init__(self, source, files=None, python=sys.executable, file="model.py", config=None, **options):
        self.directory = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.directory.name)
        self.model = root / "models" / "m"
        for name, text in {f"1/{file}": source, **(files or {})}.items():
            path = self.model / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        self.file = file
        self.config = {"name": "m", "max_batch_size": 0, **(config or {})}
        self.options = {
            "decoupled": False,
            "max_inline": 8192,
            "outputs": ["OUT"],
            "instance": "m_0_0",
            "pid": os.getpid(),
        }
        self.options.update(options)
        (root / "memory").touch()
        with open(root / "memory", "r+b") as file_of_memory:
            file_of_memory.truncate(MEMORY_BYTES)
            self.memory = mmap.mmap(file_of_memory.fileno(), MEMORY_BYTES)
        self.next_offset = 1 << 20
        self._launch(python, root / "memory", root / "stderr")

    def _launch(self, python, memory, stderr):
        calls, calls_out = os.pipe()
        replies_in, replies = os.pipe()
        self.log_path = stderr
        with open(stderr, "wb") as log:
            arguments = ["--name", "m/m_0_0", "--memory", f"{memory}:{MEMORY_BYTES}"]
            arguments += [
                "--calls",
                f"/proc/{os.getpid()}/fd/{calls_out}",
                "--replies",
                f"/proc/{os.getpid()}/fd/{replies_in}",
            ]
            self.process = subprocess.Popen(
                [python, "-X", "utf8", PACKAGE, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
            )
        self.held_for_worker = [calls_out, replies_in]
        self.replies = replies
        self.calls = Pipe(calls, self.memory)
        self.answers = Pipe(self.process.stdout.fileno(), self.memory)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        os.close(self.calls.descriptor)
        if self.replies is not None:
            os.close(self.replies)
        self.close_worker_ends()
        self.directory.cleanup()

    def close_worker_ends(self):
        for descriptor in self.held_for_worker:
            os.close(descriptor)
        self.held_for_worker = []

    @staticmethod
    def wait_until(condition):
        """For what the operating system does in its own time; fails after a while."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it has not happened"
            time.sleep(0.005)

    def log(self):
        return self.log_path.read_text()

    # Questions and answers.

    def ask(self, writer):
        self.post(writer)
        return self.answer()

    def post(self, writer):
        frame = writer.frame()
        while frame:
            frame = frame[self.process.stdin.write(frame) :]

    def answer(self):
        reader = self.answers.next()
        self.close_worker_ends()
        if reader.kind == 20:
            raise Failed(reader)
        return reader

    def question_about_model(self, kind):
        return wire.Writer(kind).text(str(self.model)).text("1").text(self.file)

    def args(self):
        return {
            "model_config": json.dumps(self.config),
            "model_instance_kind": "CPU",
            "model_instance_name": "m_0_0",
            "model_instance_device_id": "0",
            "model_repository": str(self.model),
            "model_version": "1",
            "model_name": "m",
        }

    def start(self):
        """START; returns whether there are is_ready and execute."""
        self.post_start()
        return self.started()

    def post_start(self):
        self.post(self.question_about_model(2).text(json.dumps(self.args())).text(json.dumps(self.options)))

    def started(self):
        reader = self.answer()
        assert reader.kind == 22
        return reader.take("BB")

    def complete(self):
        """COMPLETE; returns the configuration or None."""
        reader = self.ask(self.question_about_model(1).text(json.dumps(self.config)))
        assert reader.kind == 21
        completed = reader.optional(reader.text)
        reader.end()
        return None if completed is None else json.loads(completed)

    def post_execute(self, *requests, into=(0, 0)):
        writer = wire.Writer(3).put("QQ", *into).put("I", len(requests))
        for request in requests:
            writer.request(request)
        if self.options.get("iterative"):
            writer.put("I", len(requests))
            for request in requests:
                writer.put("Q", request.earlier)
        self.post(writer)

    def executed(self):
        reader = self.answer()
        assert reader.kind == 23
        return reader.executed()

    def execute(self, *requests, into=(0, 0)):
        self.post_execute(*requests, into=into)
        return self.executed()

    def finish(self):
        reader = self.ask(wire.Writer(4))
        assert reader.kind == 24
        return self.process.wait(PATIENCE_SECONDS)

    # Calls and replies.

    def call(self, kind):
        """The worker's next call, which must be of that kind; its fields after the call number."""
        reader = self.calls.next()
        assert reader.kind == kind, f"a call of type {reader.kind}, expected {kind}"
        reader.call = reader.take("Q")
        return reader

    def reply(self, call, kind, form="", *values):
        self.write_reply(wire.Writer(kind).put("Q", call.call).put(form, *values))

    def reply_error(self, call, code, text):
        self.write_reply(wire.Writer(61).put("QB", call.call, code).text(text))

    def reply_response(self, call, answer, last=True):
        writer = wire.Writer(64).put("QB", call.call, last)
        self.write_reply(writer.answer(answer) if answer is not None else writer.put("B", 2))

    @staticmethod
    def question(kind, number):
        """A question on the call channel."""
        return wire.Writer(kind).put("Q", number)

    def write_reply(self, writer):
        os.write(self.replies, writer.frame())

    def grant_extent(self):
        """Answers the worker's ALLOCATE; returns offset and length."""
        call = self.call(30)
        length = call.take("Q")
        offset = self.extent(length)
        self.reply(call, 62, "QQ", offset, length)
        return offset, length

    def close_replies(self):
        os.close(self.replies)
        self.replies = None

    def extent(self, length):
        offset = self.next_offset
        self.next_offset += (length + 127) // 64 * 64
        return offset

    def share(self, tensor, for_several=False):
        """The same tensor with its bytes in shared memory."""
        offset = self.extent(len(tensor.data))
        self.memory[offset : offset + len(tensor.data)] = tensor.data
        tensor.offset = offset
        tensor.length = len(tensor.data)
        tensor.for_several = for_several
        return tensor

    def shared(self, tensor):
        """What lies now where a tensor was shared."""
        return bytes(self.memory[tensor.offset : tensor.offset + tensor.length])
