"""Calls to the server from any thread of the model, and the server's replies.

Writing is under a lock, a frame at a time. Reading has no thread of its own: of the threads that wait for replies one
reads (the leader) until its own reply is there, and distributes what belongs to the others; then the next becomes the
leader. So a call on its own costs one write and one read, and no change of threads.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import count
from typing import Callable

from . import kinds
from .errors import ServerGone, TritonModelException
from .frames import (
    CALL_AT,
    FIELDS_OF_REPLY_AT,
    TYPE_AT,
    U32,
    U64,
    Buffer,
    EndOfStream,
    Fields,
    FrameReader,
    MalformedFrame,
    begin_call,
    finish,
    write_all,
)


class CallFailed(TritonModelException):
    """The server's reply is an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Call:
    """One call under way: the replies that came, and how its thread is woken when another one reads."""

    __slots__ = ("number", "replies", "wakeup")

    def __init__(self, number: int) -> None:
        self.number = number
        self.replies: deque[Buffer] = deque()
        self.wakeup: threading.Lock | None = None


class Calls:
    """The call channel. All methods may be called by any thread; those that wait release the interpreter's lock."""

    def __init__(self, out: int, replies: int, on_question: Callable[[Buffer], None], first: int = 1) -> None:
        self._out = out
        self._reader = FrameReader(replies)
        self._on_question = on_question
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._open: dict[int, Call] = {}  # a call enters and leaves by one operation, without the lock
        self._asleep: dict[int, Call] = {}
        self._numbers = count(first)
        self._watching = Call(0)
        self._leader: Call | None = None  # for whose reply a thread reads
        self._gone = False
        self._idle_hook: Callable[[bool], None] | None = None
        self._on_late: Callable[[Buffer], None] | None = None

    def over(self, channel: int) -> Calls:
        """For a forked process: calls through its parent. A call that was under way in the parent is none of them."""
        calls = Calls(channel, channel, self._on_question, next(self._numbers))
        calls._on_late = self._on_late
        return calls

    def when_late(self, on_late: Callable[[Buffer], None]) -> None:
        """``on_late`` gets each reply whose call is closed; it must not wait."""
        self._on_late = on_late

    def watch_when_idle(self, hook: Callable[[bool], None]) -> None:
        """``hook(True)`` is called when no thread reads any more, ``hook(False)`` when one begins to."""
        with self._lock:
            self._idle_hook = hook
            if self._leader is None:
                hook(True)

    def open(self) -> Call:
        """A new call, to be closed by ``close``."""
        number = next(self._numbers)
        call = self._open[number] = Call(number)
        return call

    def close(self, call: Call) -> None:
        self._open.pop(call.number, None)

    def post(self, frame: Buffer) -> None:
        """Writes a finished frame. Raises ServerGone."""
        try:
            with self._writing:
                write_all(self._out, frame)
        except OSError as error:
            raise ServerGone("the server has ended") from error

    def post_taken(self, number: int) -> None:
        """Says that one more response of an INFER was taken. Raises ServerGone."""
        frame = begin_call(kinds.TAKEN, number)
        frame += U32.pack(1)
        self.post(finish(frame))

    def post_cancel(self, number: int) -> None:
        """Asks that an INFER ends; what it still has to say comes. Raises ServerGone."""
        self.post(finish(begin_call(kinds.CANCEL, number)))

    def begin(self, kind: int) -> tuple[Call, Buffer]:
        """A call and the beginning of its frame, to be given to ``ask``."""
        call = self.open()
        return call, begin_call(kind, call.number)

    def ask(self, call: Call, frame: Buffer, expected: int) -> Fields:
        """Writes a finished frame that has one reply, waits for it and closes the call.

        Raises CallFailed for the server's error.
        """
        try:
            self.post(frame)
        except BaseException:
            self.close(call)
            raise
        return self.finish(call, expected)

    def finish(self, call: Call, expected: int) -> Fields:
        """Waits for the one reply of a call whose frame is written, and closes the call.

        Raises CallFailed for the server's error.
        """
        try:
            reply = self.next_reply(call)
        finally:
            self.close(call)
        fields = Fields(reply, FIELDS_OF_REPLY_AT)
        kind = reply[TYPE_AT]
        if kind == kinds.ERROR:
            raise CallFailed(fields.u8(), fields.text())
        if kind != expected:
            raise TritonModelException(f"the server's reply is of type {kind}, expected {expected}")
        return fields

    def next_reply(self, call: Call) -> Buffer:
        """Waits for the next reply of a call: by reading if no other thread does. Raises ServerGone."""
        replies = call.replies
        while not replies:
            with self._lock:
                if replies:
                    break
                if self._open.get(call.number) is not call:
                    raise TritonModelException(
                        "the call has ended, or belongs to the process that this was forked from"
                    )
                if self._gone:
                    raise ServerGone("the server has ended")
                leads = self._leader is None
                if leads:
                    self._begin_to_read(call)
                else:
                    wakeup = self._fall_asleep(call)
            if leads:
                self._lead(call)
            else:
                wakeup.acquire()
        return replies.popleft()

    def read_if_idle(self) -> None:
        """Reads what is there unless another thread reads: for the thread that watches while nobody waits."""
        with self._lock:
            if self._leader is not None or self._gone:
                return
            self._begin_to_read(self._watching)
        self._lead(self._watching)

    def _begin_to_read(self, call: Call) -> None:
        self._leader = call
        if self._idle_hook is not None:
            self._idle_hook(False)

    def _fall_asleep(self, call: Call) -> threading.Lock:
        wakeup = call.wakeup
        if wakeup is None:
            wakeup = call.wakeup = threading.Lock()
            wakeup.acquire()
        self._asleep[call.number] = call
        return wakeup

    def _wake(self, call: Call) -> None:
        if self._asleep.pop(call.number, None) is not None and call.wakeup is not None:
            call.wakeup.release()

    def _lead(self, call: Call) -> None:
        try:
            while True:
                frames = self._reader.read()
                with self._lock:
                    for frame in frames:
                        self._dispatch(frame)
                    if call.replies or call is self._watching:
                        self._stop_reading()
                        return
        except (EndOfStream, OSError):
            self._gone = True
        except MalformedFrame:
            self._gone = True
            raise
        finally:
            if self._leader is call:
                with self._lock:
                    self._stop_reading()

    def _dispatch(self, frame: Buffer) -> None:
        if frame[TYPE_AT] == kinds.IS_READY:
            self._on_question(frame)
            return
        call = self._open.get(U64.unpack_from(frame, CALL_AT)[0])
        if call is not None:
            call.replies.append(frame)
            if self._asleep:
                self._wake(call)
        elif self._on_late is not None:
            self._on_late(frame)

    def _stop_reading(self) -> None:
        self._leader = None
        if self._gone:
            for call in list(self._asleep.values()):
                self._wake(call)
        elif self._asleep:
            self._wake(next(iter(self._asleep.values())))
        elif self._idle_hook is not None:
            self._idle_hook(True)
