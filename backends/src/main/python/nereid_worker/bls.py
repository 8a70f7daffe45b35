"""Requests of the model to other models (business logic scripting)."""

from __future__ import annotations

from contextlib import suppress
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from . import kinds
from .calls import Call
from .errors import ErrorCode, ServerGone, TritonError
from .frames import FIELDS_OF_REPLY_AT, TYPE_AT, U32, Buffer, Fields, finish, put_text
from .incoming import read_response
from .outgoing import Outputs, append_free, name_bytes, put_tensor
from .responses import InferenceResponse

if TYPE_CHECKING:
    from asyncio import Future

    from .requests import InferenceRequest
    from .worker import Worker

_BEGINNING = Struct("<IBQBQ")  # up to the trace
_VERSION = Struct("<q")
_NUMBER = Struct("<BQ")
_FLAGS_AND_TIMEOUT = Struct("<IQ")
_MOSTLY = Struct("<qIBQIQI")  # all from the version to the parameters, without an id and parameters


class Reply(NamedTuple):
    """One reply of an INFER: a response or none, and whether it is the last."""

    response: InferenceResponse | None
    last: bool


class ResponseIterator:
    """The responses of a request, in order.

    Used by one thread at a time; they stay in it, so it can be iterated again.
    """

    __slots__ = ("_at", "_call", "_disposals", "_finished", "_responses", "_worker", "__weakref__")

    def __init__(self, worker: Worker, call: Call, first: Reply) -> None:
        self._worker = worker
        self._call = call
        self._disposals = worker.disposals
        self._responses = [_or_empty(first)]
        self._finished = first.last
        self._at = 0
        if self._finished:
            worker.calls.close(call)

    def __iter__(self) -> ResponseIterator:
        if self._finished:
            self._at = 0
        return self

    def __next__(self) -> InferenceResponse:
        """The next response; waits for it. The last one may have no tensors and no error."""
        if self._at == len(self._responses):
            if self._finished:
                raise StopIteration
            self._receive()
        response = self._responses[self._at]
        self._at += 1
        return response

    def _receive(self) -> None:
        reply = _next_reply(self._worker, self._call)
        self._responses.append(_or_empty(reply))
        if reply.last:
            self._finished = True
            self._worker.calls.close(self._call)
        else:
            self._worker.calls.post_taken(self._call.number)

    def cancel(self) -> None:
        """Asks the other model to stop; what it still sends, the last response too, is iterated."""
        if not self._finished:
            self._worker.calls.post_cancel(self._call.number)

    def __del__(self) -> None:
        try:
            finished, worker, call = self._finished, self._worker, self._call
        except AttributeError:
            return
        if not finished:
            self._disposals.drain(lambda: _drain(worker, call))


def execute_request(worker: Worker, request: InferenceRequest, decoupled: bool) -> InferenceResponse | ResponseIterator:
    """Runs a request and waits for its response, or for the first of several.

    Failures of the request are a response.
    """
    worker.check_serving()
    calls = worker.calls
    call = calls.open()
    try:
        calls.post(_infer_frame(worker, call, request, decoupled))
        reply = _next_reply(worker, call)
    except BaseException:
        calls.close(call)
        raise
    if decoupled:
        if not reply.last:
            worker.calls.post_taken(call.number)
        return ResponseIterator(worker, call, reply)
    response = reply.response
    while not reply.last:
        reply = _next_reply(worker, call)
        response = response or reply.response
    calls.close(call)
    return response or InferenceResponse([])


def execute_request_async(
    worker: Worker, request: InferenceRequest, decoupled: bool
) -> Future[InferenceResponse | ResponseIterator]:
    """The same in the executor of the running event loop."""
    import asyncio  # only models with coroutines pay for it

    loop = asyncio.get_running_loop()
    return loop.run_in_executor(None, execute_request, worker, request, decoupled)


def _infer_frame(worker: Worker, call: Call, request: InferenceRequest, decoupled: bool) -> Buffer:
    trace = request.trace() if request._trace is None else request._trace
    frame = bytearray(_BEGINNING.pack(0, kinds.INFER, call.number, decoupled, trace._handle))
    frame += name_bytes(worker.model_name if request._handle else request._model_name)
    _put_options(frame, request)
    outputs = request._outputs or ()
    frame += U32.pack(len(outputs))
    for name in outputs:
        frame += name_bytes(name)
    frame += U32.pack(len(request._inputs))
    shared = Outputs(worker, 0, 0, may_refer=True)
    try:
        for tensor in request._inputs:
            put_tensor(frame, tensor, shared)
    except BaseException:
        shared.cancel()
        raise
    finish(frame)
    if shared.used():
        append_free(frame, shared.keep_references())
    return frame


def _put_options(frame: Buffer, request: InferenceRequest) -> None:
    """The fields between the model's name and the requested outputs."""
    version = -1 if request._handle else request._model_version
    flags, timeout, correlation = request._flags & 0xFFFFFFFF, max(0, request._timeout), request._correlation
    if not (request._id or request._parameters) and correlation.__class__ is int:
        frame += _MOSTLY.pack(version, 0, 0, correlation, flags, timeout, 0)
        return
    frame += _VERSION.pack(version)
    put_text(frame, request._id)
    _put_correlation(frame, correlation)
    frame += _FLAGS_AND_TIMEOUT.pack(flags, timeout)
    put_text(frame, request._parameters)


def _put_correlation(frame: Buffer, correlation: int | str) -> None:
    if isinstance(correlation, str):
        frame.append(1)
        put_text(frame, correlation)
    else:
        frame += _NUMBER.pack(0, correlation)


def _next_reply(worker: Worker, call: Call) -> Reply:
    """Waits for the next reply; the server's refusal of the request is the last one."""
    data = worker.calls.next_reply(call)
    if data[TYPE_AT] == kinds.ERROR:
        return Reply(_error(data, FIELDS_OF_REPLY_AT), True)
    last = data[FIELDS_OF_REPLY_AT] != 0
    kind = data[FIELDS_OF_REPLY_AT + 1]
    at = FIELDS_OF_REPLY_AT + 2
    if kind == 0:
        return Reply(read_response(data, at, worker), last)
    return Reply(_error(data, at) if kind == 1 else None, last)


def _error(data: Buffer, at: int) -> InferenceResponse:
    fields = Fields(data, at)
    code = fields.u8()
    return InferenceResponse([], TritonError(fields.text(), ErrorCode(code)))


def _or_empty(reply: Reply) -> InferenceResponse:
    return reply.response or InferenceResponse([])


def _drain(worker: Worker, call: Call) -> None:
    """Takes the rest of the responses of an iterator that the model has let go."""
    with suppress(ServerGone):
        while not _next_reply(worker, call).last:
            worker.calls.post_taken(call.number)
    worker.calls.close(call)
