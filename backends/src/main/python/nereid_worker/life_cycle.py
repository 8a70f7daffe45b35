"""The worker from its first question to its last: complete, start, execute, finish. All of it on the main thread."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from . import kinds, logger
from .calls import Calls
from .disposals import Disposals
from .errors import TritonModelException
from .execution import Execution
from .forks import Forks
from .frames import (
    HEADER_BYTES,
    TYPE_AT,
    Buffer,
    EndOfStream,
    Fields,
    MalformedFrame,
    begin,
    finish,
    put_text,
    write_all,
)
from .late_replies import dispose_late_replies
from .memory import SharedMemory
from .model_config import ModelConfig
from .process import end_at_once, ignore_terminal_signals, lead_group, set_name, take_work_channel
from .readiness import Questions, Readiness
from .tracebacks import describe, model_places
from .user_model import import_model, method_of
from .worker import Phase, Worker, set_current_worker

_OPTIONS = ("--name", "--memory", "--calls", "--replies")
_INTERNAL = 1
_NO_LIST = b"\0\0\0\0"


class LifeCycle:
    """Answers the server's questions in the order in which they come."""

    def __init__(self, worker: Worker, questions: Questions, replies: int) -> None:
        self._worker = worker
        self._questions = questions
        self._replies = replies
        self._model: Any = None
        self._execution: Execution | None = None

    def answer(self, frame: Buffer) -> Buffer:
        """The answer to a question; it is written before ``answered`` is called."""
        kind = frame[TYPE_AT]
        if kind == kinds.EXECUTE and self._execution is not None:
            return self._execution.run(frame)
        fields = Fields(frame, HEADER_BYTES)
        if kind == kinds.COMPLETE:
            return _attempt(lambda: self._complete(fields))
        if kind == kinds.START:
            return _attempt(lambda: self._start(fields))
        if kind == kinds.FINISH:
            return self._finish()
        raise MalformedFrame(f"a question of type {kind}")

    def answered(self) -> None:
        """The answer has been written."""
        if self._execution is not None:
            self._execution.answered()

    def _complete(self, fields: Fields) -> Buffer:
        model_path, version, file, config = fields.text(), fields.text(), fields.text(), fields.text()
        self._take_directory(model_path, version)
        self._worker.model_name = json.loads(config).get("name", os.path.basename(model_path))
        model_class = import_model(model_path, version, file)
        answer = begin(kinds.CONFIG)
        complete = method_of(model_class, "auto_complete_config")
        if complete is None:
            answer.append(0)
            return finish(answer)
        completed = complete(ModelConfig(config))
        if not isinstance(completed, ModelConfig):
            raise TritonModelException(
                f"auto_complete_config function in model '{self._worker.model_name}' must return a valid "
                "pb.ModelConfig object."
            )
        answer.append(1)
        put_text(answer, json.dumps(completed.as_dict()))
        return finish(answer)

    def _start(self, fields: Fields) -> Buffer:
        model_path, version, file = fields.text(), fields.text(), fields.text()
        args: dict[str, str] = json.loads(fields.text())
        options: dict[str, Any] = json.loads(fields.text())
        worker = self._worker
        worker.take_options(options, args)
        self._take_directory(model_path, version)
        self._model = import_model(model_path, version, file)()
        initialize = method_of(self._model, "initialize")
        if initialize is not None:
            initialize(args)
        execute = method_of(self._model, "execute")
        is_ready = method_of(self._model, "is_ready")
        path = os.path.join(worker.model_directory, file or "model.py")
        self._execution = Execution(worker, execute, path)
        if is_ready is not None:
            Readiness(worker.calls, self._questions, is_ready).start(self._replies)
        worker.phase = Phase.SERVING
        answer = begin(kinds.STARTED)
        answer += bytes((is_ready is not None, execute is not None))
        return finish(answer)

    def _take_directory(self, model_path: str, version: str) -> None:
        self._worker.model_directory = os.path.join(model_path, version)

    def _finish(self) -> Buffer:
        self._worker.phase = Phase.FINISHING
        finalize = method_of(self._model, "finalize")
        if finalize is not None:
            try:
                finalize()
            except BaseException as error:
                logger.write_failure(logger.INFO, "finalize failed, and the model is unloaded:", error)
        return finish(begin(kinds.FINISHED))


def _attempt(step: Any) -> Buffer:
    """The answer of a step, or FAILED with what it raised (SystemExit too, which must not end the worker without an
    answer).
    """
    try:
        answer: Buffer = step()
        return answer
    except BaseException as error:
        ours = isinstance(error, TritonModelException) and not model_places(error)
        return failed(str(error) if ours else describe(error))


def failed(text: str) -> Buffer:
    """FAILED for a question other than EXECUTE."""
    answer = begin(kinds.FAILED)
    answer.append(_INTERNAL)
    put_text(answer, text)
    answer += _NO_LIST
    return finish(answer)


def _arguments(arguments: list[str]) -> dict[str, str]:
    """The options of the command line, each a name and a value. Exits with a sentence when one is missing."""
    options = dict(zip(arguments[::2], arguments[1::2]))
    if set(options) != set(_OPTIONS) or len(arguments) % 2:
        sys.exit(f"nereid_worker is started by the server, with {' '.join(f'{each} <value>' for each in _OPTIONS)}")
    return options


def run(arguments: list[str]) -> None:
    """Runs the worker until the server asks it to finish, or is gone."""
    options = _arguments(arguments)
    set_name(options["--name"].rpartition("/")[2])
    lead_group()
    ignore_terminal_signals()
    channel = take_work_channel()
    path, _, length = options["--memory"].rpartition(":")
    out = os.open(options["--calls"], os.O_WRONLY | os.O_CLOEXEC)
    replies = os.open(options["--replies"], os.O_RDONLY | os.O_CLOEXEC)
    questions = Questions()
    disposals = Disposals()
    calls = Calls(out, replies, questions.put)
    worker = Worker(SharedMemory(path, int(length)), calls, disposals)
    set_current_worker(worker)
    dispose_late_replies(worker)
    disposals.start(calls)
    Forks(worker, [channel.source, channel.out, out, replies]).register()
    _serve(LifeCycle(worker, questions, replies), channel.reader, channel.out)


def _serve(life_cycle: LifeCycle, reader: Any, out: int) -> None:
    try:
        while True:
            for frame in reader.read():
                write_all(out, life_cycle.answer(frame))
                life_cycle.answered()
                if frame[TYPE_AT] == kinds.FINISH:
                    return
    except (EndOfStream, OSError):
        end_at_once()
