"""What one process shares: the options it was started with, the call channel, the memory, and how far its model's life
is.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from enum import Enum
from typing import Any

from . import kinds
from .calls import CallFailed, Calls
from .disposals import Disposals
from .errors import TritonModelException
from .frames import Buffer, begin_call, finish
from .memory import Extent, SharedMemory

DEFAULT_MAX_INLINE = 8192

_ALLOCATE = struct.Struct("<IBQQ")
_U64 = struct.Struct("<Q")


class Phase(Enum):
    """Where the model is in its life: other models can be called only while it serves."""

    STARTING = 1
    SERVING = 2
    FINISHING = 3


_SERVING = Phase.SERVING


class Worker:
    """One per process. Set up by the main thread before the model's code runs; read by all threads."""

    def __init__(self, memory: SharedMemory, calls: Calls, disposals: Disposals) -> None:
        self.memory = memory
        self.calls = calls
        self.disposals = disposals
        self.phase = Phase.STARTING
        self.forked = False
        self._unconfirmed = False
        # What the requests of the execution under way are released with, by their handles; None where the model has no
        # iterative sequences.
        self.release_flags: dict[int, int] | None = None
        self.decoupled = False
        self.max_inline = DEFAULT_MAX_INLINE
        self.output_names: frozenset[str] = frozenset()
        self.instance = ""
        self.model_name = ""
        self.model_directory = ""

    def take_options(self, options: dict[str, Any], args: dict[str, str]) -> None:
        """The options of START and the model's arguments."""
        self.decoupled = bool(options.get("decoupled", False))
        self.release_flags = {} if options.get("iterative", False) else None
        self.max_inline = int(options.get("max_inline", DEFAULT_MAX_INLINE))
        self.output_names = frozenset(options.get("outputs", ()))
        self.instance = str(options.get("instance", args.get("model_instance_name", "")))
        self.model_name = args.get("model_name", "")

    def allocate(self, length: int) -> Extent:
        """An extent of shared memory. Waits for the server; raises CallFailed when there is no memory."""
        call = self.calls.open()
        frame = bytearray(_ALLOCATE.pack(_ALLOCATE.size - 4, kinds.ALLOCATE, call.number, length))
        return Extent(self.calls.ask(call, frame, kinds.EXTENT).u64(), self.disposals)

    def ask_flag(self, kind: int, value: int) -> bool:
        """A question about one handle that is answered by yes or no."""
        call, frame = self.calls.begin(kind)
        frame += _U64.pack(value)
        return self.calls.ask(call, finish(frame), kinds.FLAG).u8() != 0

    def post_last_response(self, frame: Buffer) -> None:
        """Writes a SEND with the final flag, which has no reply."""
        self._unconfirmed = True
        self.calls.post(frame)

    def confirm_responses(self, handle: int) -> None:
        """Waits until the server has what was sent with the final flag so far."""
        if self._unconfirmed:
            self._unconfirmed = False
            self.confirm(handle)

    def confirm(self, handle: int) -> None:
        """Waits until the server has what was written so far: the other channel could overtake it. For no client."""
        with suppress(CallFailed):  # the request is answered already
            self.ask_flag(kinds.IS_CANCELLED, handle)

    def post_number(self, kind: int, value: int) -> None:
        """A message about one number that is not answered."""
        frame = begin_call(kind, 0)
        frame += _U64.pack(value)
        self.calls.post(finish(frame))

    def check_serving(self) -> None:
        """Raises TritonModelException outside of ``execute``.

        A forked process leaves the check to the one it came from.
        """
        if self.phase is not _SERVING and not self.forked:
            raise TritonModelException("BLS is only supported during the 'execute' function.")


_current: list[Worker] = []


def set_current_worker(worker: Worker) -> None:
    """Makes the process's worker known to ``triton_python_backend_utils``, whose functions have no argument for it."""
    _current[:] = [worker]


def current_worker() -> Worker:
    """The worker of this process. Raises TritonModelException in a process that the server has not started."""
    if not _current:
        raise TritonModelException(
            "this process cannot call the server: it is neither a worker of one nor forked from a worker; what "
            "multiprocessing starts with the method 'spawn' or 'forkserver' is a new program, so use the method 'fork'"
        )
    return _current[0]
