"""Processes that the model forks (``multiprocessing``): their calls go through the worker that they were forked from.

Each fork gets a pair of connected sockets. The child closes its copies of the server's pipes and speaks the same frames
over its socket; a thread of the worker relays them with call numbers of its own. What a child owns of the shared memory
is owned by the worker for it, and freed when the child says so or ends. A child ends with its worker.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading

from . import kinds
from .calls import Call, Calls
from .disposals import Disposals
from .errors import ServerGone, TritonModelException
from .frames import (
    CALL_AT,
    FIELDS_OF_REPLY_AT,
    TYPE_AT,
    U64,
    Buffer,
    EndOfStream,
    Fields,
    FrameReader,
    begin_call,
    finish,
    put_text,
    write_all,
)
from .incoming import read_response
from .memory import Extent
from .worker import Worker

_INTERNAL = 1
_PARENT_GONE = 1
_NO_REPLY = frozenset((kinds.FREE, kinds.RELEASED, kinds.TAKEN, kinds.CANCEL))


class Forks:
    """What happens around each fork of this process. The hooks run on the forking thread."""

    def __init__(self, worker: Worker, server_descriptors: list[int]) -> None:
        self._worker = worker
        self._server_descriptors = server_descriptors
        self._forking = threading.Lock()
        self._sockets: tuple[socket.socket, socket.socket] | None = None

    def register(self) -> None:
        """From now on, forked processes can call the server."""
        os.register_at_fork(
            before=self._before, after_in_parent=self._after_in_parent, after_in_child=self._after_in_child
        )

    def _before(self) -> None:
        self._forking.acquire()
        self._sockets = socket.socketpair()

    def _take_sockets(self) -> tuple[socket.socket, socket.socket]:
        sockets = self._sockets
        assert sockets is not None
        self._sockets = None
        return sockets

    def _after_in_parent(self) -> None:
        ours, childs = self._take_sockets()
        self._forking.release()
        childs.close()
        Relay(self._worker, ours).start()

    def _after_in_child(self) -> None:
        parents, ours = self._take_sockets()
        self._forking = threading.Lock()
        parents.close()
        for descriptor in self._server_descriptors:
            os.close(descriptor)
        channel = ours.detach()
        self._server_descriptors = [channel]
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker = self._worker
        worker.forked = True
        worker.disposals.silent = True
        worker.disposals = Disposals()
        worker.calls = worker.calls.over(channel)
        worker.disposals.start(worker.calls)
        threading.Thread(target=_end_with, args=(channel,), name="nereid-parent-watch", daemon=True).start()


def _end_with(channel: int) -> None:
    """Ends the process when the one that it was forked from has ended."""
    poll = select.poll()
    poll.register(channel, 0)
    while True:
        for _, events in poll.poll():
            if events & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                os._exit(_PARENT_GONE)


class Relay:
    """The calls of one forked process. One thread reads its socket, one more waits for the replies of each call."""

    def __init__(self, worker: Worker, channel: socket.socket) -> None:
        self._worker = worker
        self._channel = channel
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._calls: dict[int, Call] = {}  # guarded by _lock, by the child's numbers
        self._extents: dict[int, list[Extent]] = {}  # guarded by _lock, what the child owns
        self._ended = False  # guarded by _lock

    def start(self) -> None:
        threading.Thread(target=self._run, name="nereid-relay", daemon=True).start()

    def _run(self) -> None:
        reader = FrameReader(self._channel.fileno())
        try:
            while True:
                for frame in reader.read():
                    self._relay(frame)
        except (EndOfStream, OSError, ServerGone):
            self._end()

    def _end(self) -> None:
        with self._lock:
            self._ended = True
            self._extents.clear()
        with self._writing:
            self._channel.close()

    def _relay(self, frame: Buffer) -> None:
        kind = frame[TYPE_AT]
        number: int = U64.unpack_from(frame, CALL_AT)[0]
        if kind == kinds.FREE:
            self._free(Fields(frame, FIELDS_OF_REPLY_AT))
        elif kind in _NO_REPLY:
            with self._lock:
                call = self._calls.get(number)
            if call is not None:
                self._post(frame, call.number)
        elif number == 0:
            self._worker.calls.post(frame)
        else:
            self._ask(frame, kind, number)

    def _free(self, fields: Fields) -> None:
        with self._lock:
            for offset in fields.list_of(fields.u64):
                extents = self._extents.get(offset)
                if extents:
                    extents.pop()
                if not extents:
                    self._extents.pop(offset, None)

    def _post(self, frame: Buffer, number: int) -> None:
        U64.pack_into(frame, CALL_AT, number)
        self._worker.calls.post(frame)

    def _ask(self, frame: Buffer, kind: int, number: int) -> None:
        if kind == kinds.INFER:
            try:
                self._worker.check_serving()
            except TritonModelException as error:
                self._refuse(number, str(error))
                return
        calls = self._worker.calls
        call = calls.open()
        with self._lock:
            self._calls[number] = call
        self._post(frame, call.number)
        threading.Thread(target=self._reply, args=(calls, number, call), name="nereid-relay-reply", daemon=True).start()

    def _refuse(self, number: int, text: str) -> None:
        refusal = begin_call(kinds.ERROR, number)
        refusal.append(_INTERNAL)
        put_text(refusal, text)
        self._write(finish(refusal))

    def _reply(self, calls: Calls, number: int, call: Call) -> None:
        try:
            last = False
            while not last:
                reply = calls.next_reply(call)
                last = self._take(reply)
                U64.pack_into(reply, CALL_AT, number)
                if not self._write(reply) and not last:
                    self._drain(calls, call)
                    break
        except ServerGone:
            return
        finally:
            calls.close(call)
            with self._lock:
                self._calls.pop(number, None)

    def _drain(self, calls: Calls, call: Call) -> None:
        """The child has ended in the middle of its responses."""
        calls.post_cancel(call.number)
        while not self._take(calls.next_reply(call)):
            calls.post_taken(call.number)

    def _take(self, reply: Buffer) -> bool:
        """Owns for the child what a reply brings; whether it is the last one of its call."""
        fields = Fields(reply, FIELDS_OF_REPLY_AT)
        kind = reply[TYPE_AT]
        if kind == kinds.EXTENT:
            self._own([Extent(fields.u64(), self._worker.disposals)])
        if kind != kinds.RESPONSE:
            return True
        last = fields.u8() != 0
        if fields.u8() == 0:
            response = read_response(reply, fields.at, self._worker)
            owners = [tensor._owner for tensor in response._tensors]
            self._own([owner for owner in owners if isinstance(owner, Extent)])
        return last

    def _own(self, extents: list[Extent]) -> None:
        with self._lock:
            if not self._ended:
                for extent in extents:
                    self._extents.setdefault(extent.offset, []).append(extent)

    def _write(self, frame: Buffer) -> bool:
        """Whether the child is there to read it."""
        try:
            with self._writing:
                write_all(self._channel.fileno(), frame)
        except OSError:
            return False
        return True
