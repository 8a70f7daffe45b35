"""The text of a model's exception: type, message, and the lines of the model's code that it came through, innermost
first.
"""

from __future__ import annotations

import os
from types import TracebackType

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


def describe(error: BaseException) -> str:
    """``<Type>: <message>``, an empty line, ``At:`` and ``file(line): function`` per call, as Triton writes it."""
    text = f"{type(error).__name__}: {_message(error)}"
    lines = model_lines(error)
    return f"{text}\n\nAt:\n" + "".join(lines) if lines else text


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:
        return f"<str() of it raised {type(broken).__name__}>"


def model_lines(error: BaseException) -> list[str]:
    """The lines of the model's code, and of what it called, innermost first; none where only the library ran."""
    lines = []
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append((code.co_filename, f"  {code.co_filename}({traceback.tb_lineno}): {code.co_name}\n"))
        traceback = traceback.tb_next
    while lines and lines[0][0].startswith(_OURS):
        del lines[0]
    return [line for _, line in reversed(lines)]
