"""The text of a model's exception: type, message, and the lines of the model's code that it came through, innermost
first.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import NamedTuple

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Place(NamedTuple):
    """A line of the model's code, or of what it called."""

    file: str
    line: int
    function: str


def describe(error: BaseException) -> str:
    """``<Type>: <message>``, an empty line, ``At:`` and ``file(line): function`` per call, as Triton writes it."""
    text = f"{type(error).__name__}: {_message(error)}"
    places = model_places(error)
    lines = "".join(f"  {place.file}({place.line}): {place.function}\n" for place in places)
    return f"{text}\n\nAt:\n{lines}" if places else text


def model_places(error: BaseException) -> list[Place]:
    """Where the exception came through, innermost first; nothing where only the library ran."""
    places = []
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(Place(code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    while places and places[0].file.startswith(_OURS):
        del places[0]
    return places[::-1]


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:
        return f"<str() of it raised {type(broken).__name__}>"
