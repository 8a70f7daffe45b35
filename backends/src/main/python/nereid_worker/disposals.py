"""What ends while the model's code runs: objects report it here from ``__del__``, a thread reports it to the server.

``__del__`` may run on any thread at any moment, even inside a write to the server: so it only puts a line into a queue,
and never waits or takes a lock. A process that the model forked has copies of the parent's objects, whose ends mean
nothing: there the parent's ``Disposals`` is silent.
"""

from __future__ import annotations

import threading
import traceback
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Callable

from . import kinds
from .errors import ServerGone
from .frames import begin_call, finish, put_u64s

if TYPE_CHECKING:
    from .calls import Calls

Task = Callable[[], None]


class Disposals:
    """A queue of ends. Putting: any thread, any moment. Sending: its own thread."""

    def __init__(self) -> None:
        self._ends: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self.silent = False

    def released(self, handle: int) -> None:
        """Nothing refers to the shared inputs of a request any more."""
        self._put(kinds.RELEASED, handle)

    def freed(self, offset: int) -> None:
        """Nothing refers to an extent any more."""
        self._put(kinds.FREE, offset)

    def later(self, task: Task) -> None:
        """Something else to do, which must not wait for long."""
        self._put(0, task)

    def drain(self, task: Task) -> None:
        """Something that may wait for long: it gets a thread of its own."""
        self.later(lambda: threading.Thread(target=task, name="nereid-drain", daemon=True).start())

    def _put(self, kind: int, value: Any) -> None:
        if not self.silent:
            self._ends.put((kind, value))

    def start(self, calls: Calls) -> None:
        """Starts the thread that sends."""
        threading.Thread(target=self._run, args=(calls,), name="nereid-disposals", daemon=True).start()

    def _run(self, calls: Calls) -> None:
        while True:
            ends = [self._ends.get()]
            try:
                while True:
                    ends.append(self._ends.get_nowait())
            except Empty:
                pass
            if not self.silent:
                self._send(calls, ends)
            del ends

    def _send(self, calls: Calls, ends: list[tuple[int, Any]]) -> None:
        for kind in (kinds.RELEASED, kinds.FREE):
            values = [value for each, value in ends if each == kind]
            if values:
                frame = begin_call(kind, 0)
                put_u64s(frame, values)
                _attempt(partial(calls.post, finish(frame)))
        for kind, task in ends:
            if kind == 0:
                _attempt(task)


def _attempt(task: Task) -> None:
    """One end that fails does not keep the others from being reported."""
    try:
        task()
    except ServerGone:
        # There is nobody to report to.
        return
    except Exception:
        traceback.print_exc()
