"""Requests of the model to other models (business logic scripting): how they are sent, and what comes back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Callable, NamedTuple

from . import kinds
from .calls import Call
from .errors import ErrorCode, ServerGone, TritonError
from .frames import FIELDS_OF_REPLY_AT, TYPE_AT, Buffer, Fields
from .incoming import read_response
from .responses import InferenceResponse

if TYPE_CHECKING:
    from asyncio import Future

    from .worker import Worker

# Writes the INFER of a request, given the call whose replies answer it and whether it may have any number of responses.
InferWriter = Callable[[Call, bool], Buffer]


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


def execute_request(worker: Worker, write: InferWriter, decoupled: bool) -> InferenceResponse | ResponseIterator:
    """Runs a request and waits for its response, or for the first of several.

    Failures of the request are a response.
    """
    worker.check_serving()
    calls = worker.calls
    call = calls.open()
    try:
        calls.post(write(call, decoupled))
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
    worker: Worker, write: InferWriter, decoupled: bool
) -> Future[InferenceResponse | ResponseIterator]:
    """The same in the executor of the running event loop."""
    import asyncio  # only models with coroutines pay for it

    loop = asyncio.get_running_loop()
    return loop.run_in_executor(None, execute_request, worker, write, decoupled)


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
