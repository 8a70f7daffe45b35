"""Lines of the model in the server's log, with the file and line that they came from."""

from __future__ import annotations

import sys
from enum import IntEnum
from struct import Struct

from . import kinds
from .frames import begin_call, finish, put_text
from .tracebacks import describe, model_places
from .worker import current_worker

_LINE = Struct("<I")


class LogLevel(IntEnum):
    """Numbered as the server numbers them."""

    VERBOSE = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


VERBOSE = LogLevel.VERBOSE
INFO = LogLevel.INFO
WARNING = LogLevel.WARNING
ERROR = LogLevel.ERROR


def write(level: LogLevel, file: str, line: int, message: str) -> None:
    """Posts a line. Any thread. The server drops what its settings do not show."""
    frame = begin_call(kinds.LOG, 0)
    frame.append(level)
    put_text(frame, file)
    frame += _LINE.pack(line)
    put_text(frame, message)
    current_worker().calls.post(finish(frame))


def write_failure(level: LogLevel, text: str, error: BaseException) -> None:
    """Posts a line about an exception of the model, with the place where it was raised."""
    places = model_places(error)
    file, line = places[0][:2] if places else (__file__, 0)
    write(level, file, line, f"{text} {describe(error)}")


def _write_from_caller(level: LogLevel, message: str) -> None:
    if not isinstance(message, str):
        raise TypeError(f"Logger: the message must be a str, found {type(message)}")
    if not isinstance(level, LogLevel):
        raise TypeError(f"Logger: the level must be one of Logger's, for example Logger.INFO, found {type(level)}")
    caller = sys._getframe(2)
    write(level, caller.f_code.co_filename, caller.f_lineno, message)


class Logger:
    """The model's way to the server's log. All methods are static and may be called by any thread."""

    VERBOSE = LogLevel.VERBOSE
    INFO = LogLevel.INFO
    WARNING = LogLevel.WARNING
    ERROR = LogLevel.ERROR

    @staticmethod
    def log(message: str, level: LogLevel = LogLevel.INFO) -> None:
        _write_from_caller(level, message)

    @staticmethod
    def log_info(message: str) -> None:
        _write_from_caller(LogLevel.INFO, message)

    @staticmethod
    def log_warn(message: str) -> None:
        _write_from_caller(LogLevel.WARNING, message)

    @staticmethod
    def log_error(message: str) -> None:
        _write_from_caller(LogLevel.ERROR, message)

    @staticmethod
    def log_verbose(message: str) -> None:
        _write_from_caller(LogLevel.VERBOSE, message)


# As an attribute and not in the class, whose methods could not name the type then.
setattr(Logger, "LogLevel", LogLevel)  # noqa: B010
