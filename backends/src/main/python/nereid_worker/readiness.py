"""The model's ``is_ready``, when the server asks for it.

The question comes on the call channel. While threads wait for replies there, one of them reads it; while none does, the
thread here watches the pipe. The model's method runs on one more thread, since it may take its time.
"""

from __future__ import annotations

import inspect
import select
import threading
from queue import SimpleQueue
from typing import Any, Callable

from . import kinds
from .calls import Calls
from .frames import CALL_AT, U64, Buffer, begin_call, finish, put_text
from .tracebacks import describe

_NOT_READY, _READY, _ERROR = 0, 1, 2
_NOT_BOOLEAN = "is_ready() must return a boolean value"


class Questions:
    """Questions of the server that came in. Putting: whichever thread reads the call channel."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[int] = SimpleQueue()

    def put(self, frame: Buffer) -> None:
        self._calls.put(U64.unpack_from(frame, CALL_AT)[0])

    def next(self) -> int:
        return self._calls.get()


class Readiness:
    """Answers the server's questions for one model."""

    def __init__(self, calls: Calls, questions: Questions, is_ready: Callable[[], Any]) -> None:
        self._calls = calls
        self._questions = questions
        self._is_ready = is_ready

    def start(self, replies: int) -> None:
        """Starts both threads. ``replies`` is the descriptor that the channel reads."""
        threading.Thread(target=self._answer_all, name="nereid-is-ready", daemon=True).start()
        threading.Thread(target=self._watch, args=(replies,), name="nereid-call-watch", daemon=True).start()

    def _watch(self, replies: int) -> None:
        poll = select.epoll()
        once = select.EPOLLIN | select.EPOLLONESHOT
        poll.register(replies, 0)
        self._calls.watch_when_idle(lambda idle: poll.modify(replies, once if idle else 0))
        while True:
            for _, events in poll.poll():
                self._calls.read_if_idle()
                if events & select.EPOLLHUP:
                    return

    def _answer_all(self) -> None:
        while True:
            call = self._questions.next()
            state, text = self._state()
            frame = begin_call(kinds.READY, call)
            frame.append(state)
            if state == _ERROR:
                put_text(frame, text)
            self._calls.post(finish(frame))

    def _state(self) -> tuple[int, str]:
        try:
            ready = self._is_ready()
            if inspect.isawaitable(ready):
                import asyncio  # only models with coroutines pay for it

                ready = asyncio.run(_result(ready))
        except BaseException as error:
            return _ERROR, describe(error)
        if not isinstance(ready, bool):
            return _ERROR, _NOT_BOOLEAN
        return (_READY if ready else _NOT_READY), ""


async def _result(awaitable: Any) -> Any:
    return await awaitable
