"""Response senders: responses that the model sends itself, one by one, from any thread."""

from __future__ import annotations

import threading
from struct import Struct
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from . import kinds
from .errors import TritonModelException
from .frames import Buffer, begin_call, finish
from .outgoing import Outputs, append_free, put_error, put_response
from .responses import InferenceResponse

if TYPE_CHECKING:
    from .calls import Call
    from .disposals import Disposals
    from .worker import Worker

COMPLETE_FINAL = 1

_HANDLE_AND_FLAGS = Struct("<QI")

_PREFIX = "Unable to send response. "
_UNSUPPORTED_FLAG = _PREFIX + "Unsupported flag provided."
_NO_RESPONSE = "Inference Response object must be provided when the response flags is set to zero."
_SECOND = _PREFIX + "Non-decoupled model cannot send more than one response."
_FINAL_FIRST = _PREFIX + "Non-decoupled model cannot send complete final before sending a response."
_CLOSED = _PREFIX + "Response sender has been closed."
_LET_GO = (
    "The model has finished with this request without a final response: its response sender was released before "
    "TRITONSERVER_RESPONSE_COMPLETE_FINAL was sent."
)


class Cancellation:
    """Whether the client has cancelled a request. Once it has, nobody asks again."""

    __slots__ = ("_cancelled", "_handle", "_worker")

    def __init__(self, worker: Worker, handle: int) -> None:
        self._worker = worker
        self._handle = handle
        self._cancelled = False

    def is_cancelled(self) -> bool:
        """Asks the server, and waits for its reply, until it has said yes."""
        if not self._cancelled:
            self._cancelled = self._worker.ask_flag(kinds.IS_CANCELLED, self._handle)
        return self._cancelled


class InferenceResponseSender:
    """Sends the responses of one request. Any thread; ``_lock`` guards what may be sent next.

    The thread that executes closes it when an execution has failed, and when the request is put back. A response that
    another thread sends meanwhile is written first, so that ``send`` does not succeed for one that gets lost.
    """

    __slots__ = (
        "_all_written",
        "_cancellation",
        "_closed",
        "_completed",
        "_disposals",
        "_handle",
        "_lock",
        "_outputs",
        "_responses",
        "_under_way",
        "_worker",
        "_writing",
        "__weakref__",
    )

    _worker: Worker
    _handle: int
    _outputs: frozenset[str]
    _cancellation: Cancellation
    _lock: threading.Lock
    _responses: int
    _completed: bool  # the final flag was sent
    _closed: bool  # by the execution, for a turn or for good
    _under_way: int  # calls of ``send`` that have not returned
    _writing: int  # those of them whose frame is not written
    _all_written: threading.Event | None  # set when it is; of the thread that waits for it
    _disposals: Disposals

    def __init__(self) -> None:
        raise TypeError("InferenceResponseSender: use InferenceRequest.get_response_sender()")

    @classmethod
    def _of(
        cls, worker: Worker, handle: int, outputs: frozenset[str], cancellation: Cancellation
    ) -> InferenceResponseSender:
        sender = cls.__new__(cls)
        sender._worker = worker
        sender._handle = handle
        sender._outputs = outputs
        sender._cancellation = cancellation
        sender._disposals = worker.disposals
        sender._lock = threading.Lock()
        sender._responses = 0
        sender._completed = False
        sender._closed = False
        sender._under_way = 0
        sender._writing = 0
        sender._all_written = None
        _kept[handle] = sender
        return sender

    def send(self, response: Any = None, flags: int = 0) -> None:
        """Sends a response, the final flag, or both; waits until the client takes more."""
        if response is not None and not isinstance(response, InferenceResponse):
            raise TypeError(f"send: an InferenceResponse is expected, found {type(response)}")
        if not isinstance(flags, int):
            raise TypeError(f"send: flags must be an int, found {type(flags)}")
        self._begin(response is not None, flags)
        try:
            call = self._write(response, flags)
            if call is not None:
                self._worker.calls.finish(call, kinds.DONE)
        finally:
            with self._lock:
                self._under_way -= 1

    def _write(self, response: InferenceResponse | None, flags: int) -> Call | None:
        """Writes what is sent; returns the call whose reply is to be waited for."""
        calls = self._worker.calls
        call = None if flags == COMPLETE_FINAL else calls.open()
        try:
            frame = self._frame_or_step_back(0 if call is None else call.number, response, flags)
            if call is None:
                self._worker.post_last_response(frame)
            else:
                calls.post(frame)
        except BaseException:
            if call is not None:
                calls.close(call)
            raise
        finally:
            self._written()
        return call

    def is_cancelled(self) -> bool:
        """Whether the client has cancelled the request."""
        return self._cancellation.is_cancelled()

    def _begin(self, with_response: bool, flags: int) -> None:
        """One more is to be written, if it may be sent."""
        with self._lock:
            self._count(with_response, flags)
            self._under_way += 1
            self._writing += 1

    def _answer(self) -> None:
        """The execution answers with what ``execute`` has returned: the only response, and the last."""
        with self._lock:
            self._count(True, COMPLETE_FINAL)

    def _count(self, with_response: bool, flags: int) -> None:
        """Checks what Triton checks, in its order, and counts the response. Under the lock."""
        if flags not in (0, COMPLETE_FINAL):
            raise TritonModelException(_UNSUPPORTED_FLAG)
        if flags == 0 and not with_response:
            raise TritonModelException(_NO_RESPONSE)
        if not self._worker.decoupled:
            if with_response and self._responses:
                raise TritonModelException(_SECOND)
            if not with_response and not self._responses:
                raise TritonModelException(_FINAL_FIRST)
        if self._completed or self._closed:
            raise TritonModelException(_CLOSED)
        self._responses += with_response
        self._completed = flags == COMPLETE_FINAL

    def _frame_or_step_back(self, call: int, response: InferenceResponse | None, flags: int) -> Buffer:
        """If the frame cannot be made, another response can be sent instead."""
        try:
            return self._frame(call, response, flags)
        except BaseException:
            with self._lock:
                self._responses -= response is not None
                if flags == COMPLETE_FINAL:
                    self._completed = False
            raise

    def _written(self) -> None:
        with self._lock:
            self._writing -= 1
            if self._writing == 0 and self._all_written is not None:
                self._all_written.set()

    def _close(self) -> None:
        """Nothing can be sent any more. Waits until what is being sent is written; for no client."""
        with self._lock:
            self._closed = True
            if self._writing == 0:
                return
            written = self._all_written = threading.Event()
        written.wait()

    def _end_turn(self) -> bool:
        """The request is put back, and nothing can be sent until it comes again; says whether that is not so, since its
        last response was sent. Waits until the server has what is being sent; for no client.
        """
        self._close()
        with self._lock:
            ended = self._completed or (not self._worker.decoupled and self._responses > 0)
            under_way = self._under_way
        if under_way and not ended:
            self._worker.confirm(self._handle)
        return ended

    def _continue(self, handle: int, cancellation: Cancellation) -> None:
        """The request has come again, under that handle."""
        with self._lock:
            self._handle = handle
            self._cancellation = cancellation
            self._closed = False
            self._all_written = None
        _kept[handle] = self

    def _frame(self, call: int, response: InferenceResponse | None, flags: int) -> Buffer:
        frame = _begin(self._handle, call, flags)
        if response is None:
            frame.append(0)
            return finish(frame)
        frame.append(1)
        outputs = Outputs(self._worker, 0, 0, may_refer=False)
        put_response(frame, response, self._outputs, outputs)
        finish(frame)
        append_free(frame, outputs.disown())
        return frame

    def __del__(self) -> None:
        try:
            closed = self._completed or self._closed
        except AttributeError:
            return
        if not closed:
            worker, handle = self._worker, self._handle
            self._disposals.later(lambda: _close_with_error(worker, handle))


# Those that the model has, by their requests' handles. Written by any thread.
_kept: WeakValueDictionary[int, InferenceResponseSender] = WeakValueDictionary()


def has_sender(handle: int) -> bool:
    """Whether the model still has the sender of that request."""
    return handle in _kept


def take_sender(handle: int) -> InferenceResponseSender | None:
    """The sender of a request that comes again, under another handle; None where the model has let it go."""
    return _kept.pop(handle, None)


def _begin(handle: int, call: int, flags: int) -> Buffer:
    frame = begin_call(kinds.SEND, call)
    frame += _HANDLE_AND_FLAGS.pack(handle, flags)
    return frame


def _close_with_error(worker: Worker, handle: int) -> None:
    frame = _begin(handle, 0, COMPLETE_FINAL)
    frame.append(1)
    put_error(frame, 1, _LET_GO)
    worker.post_last_response(finish(frame))
