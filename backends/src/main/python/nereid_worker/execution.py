"""One EXECUTE: requests out of the frame, the model's ``execute``, and its answers into a frame. The main thread."""

from __future__ import annotations

import inspect
from contextlib import suppress
from struct import Struct
from typing import TYPE_CHECKING, Any, Callable
from weakref import ReferenceType, ref

from . import kinds, logger
from .coroutines import CoroutineLoop
from .errors import TritonModelException
from .frames import HEADER_BYTES, U32, Buffer, begin, finish, put_text, put_u64s
from .memory import InputHold
from .outgoing import Outputs, put_response
from .received_requests import read_requests
from .requests import RELEASE_ALL, RELEASE_RESCHEDULE, InferenceRequest
from .responses import InferenceResponse
from .senders import has_sender
from .tracebacks import describe, model_places
from .worker import Worker

if TYPE_CHECKING:
    from concurrent.futures import Future


Execute = Callable[[list[InferenceRequest]], Any]

_EXTENT = Struct("<QQ")
_REQUESTS_AT = HEADER_BYTES + _EXTENT.size
_NONE = b"\0\0\0\0\0\0\0\0"
_INTERNAL = 1


class Execution:
    """Runs the model's ``execute``, frame after frame."""

    def __init__(self, worker: Worker, execute: Execute | None, model_file: str) -> None:
        self._worker = worker
        self._execute = execute
        self._model_file = model_file
        self._loop = CoroutineLoop()
        # Holds of inputs that the model keeps beyond the execution: ours until the server has been notified.
        self._kept: list[InputHold] = []
        # Requests of this execution that got no answer, and where the answer's kind is to be written.
        self._unanswered: list[tuple[int, int, ReferenceType[InferenceRequest]]] = []

    def run(self, frame: Buffer) -> Buffer:
        """The answer to an EXECUTE. After it is written, ``answered`` has to be called."""
        worker = self._worker
        requests, holds = read_requests(frame, _REQUESTS_AT, worker)
        if worker.release_flags is not None:
            worker.release_flags = {request._handle: RELEASE_ALL for request in requests}
        offset, length = _EXTENT.unpack_from(frame, HEADER_BYTES)
        outputs = Outputs(worker, offset, length, may_refer=True)
        answer = begin(kinds.EXECUTED)
        failure = ""
        try:
            self._answer(requests, answer, outputs)
        except BaseException as error:
            failure = self._failure(error)
            self._close_senders(requests)
            _forget_frames(error)
        if worker.release_flags:
            worker.release_flags = {}
        del requests
        if failure:
            self._unanswered.clear()
            outputs.cancel()
            return self._failed(failure, holds)
        if self._unanswered:
            self._decide_unanswered(answer)
        if not holds and not outputs.used():
            answer += _NONE
            return finish(answer)
        self._keep(holds)
        return self._settled(answer, outputs)

    def answered(self) -> None:
        """The answer has been written: from now on the end of what the model keeps is reported to the server."""
        if self._kept:
            self._kept.clear()

    def _answer(self, requests: list[InferenceRequest], answer: Buffer, outputs: Outputs) -> None:
        returned = self._returned(requests)
        if returned is None:
            returned = [None] * len(requests)
        else:
            self._check(requests, returned)
        answer += U32.pack(len(requests))
        for request, response in zip(requests, returned):
            if response is None and self._is_rescheduled(request):
                self._put_rescheduled(answer, request)
            elif response is None:
                self._put_nothing(answer, request)
            else:
                put_response(answer, response, request._requested(), outputs)

    def _returned(self, requests: list[InferenceRequest]) -> Any:
        if self._execute is None:
            raise TritonModelException(f"Python model {self._model_file} does not implement `execute` method.")
        returned = self._execute(requests)
        if type(returned) is not list and inspect.isawaitable(returned):
            future = self._loop.submit(returned)
            if self._worker.decoupled:
                for request in requests:
                    request.get_response_sender()
                instance = self._worker.instance
                future.add_done_callback(lambda done: _log_failure(done, instance))
                return None
            returned = future.result()
        return returned

    def _check(self, requests: list[InferenceRequest], returned: Any) -> None:
        """Raises TritonModelException for what ``execute`` must not return."""
        if self._worker.decoupled:
            raise TritonModelException(
                f"Python model '{self._worker.instance}' is using the decoupled mode and the execute function must "
                "return None."
            )
        if not isinstance(returned, list):
            raise TritonModelException(f"Expected a list in the execute return, found type '{type(returned)}'.")
        if len(returned) != len(requests):
            raise TritonModelException(
                "Number of InferenceResponse objects do not match the number of InferenceRequest objects. "
                f"InferenceRequest(s) size is:{len(requests)}, and InferenceResponse(s) size is:{len(returned)}"
            )
        for request, response in zip(requests, returned):
            if response is None:
                continue
            if self._is_rescheduled(request):
                raise TritonModelException(
                    "Expected a None object in the execute function return list for reschduled request, "
                    f"found type '{type(response)}'."
                )
            if not isinstance(response, InferenceResponse):
                raise TritonModelException(
                    "Expected an 'InferenceResponse' object in the execute function return list, "
                    f"found type '{type(response)}'."
                )
            if request._sender is not None:
                request._sender._answer()

    def _is_rescheduled(self, request: InferenceRequest) -> bool:
        flags = self._worker.release_flags
        return flags is not None and flags[request._handle] == RELEASE_RESCHEDULE

    def _put_rescheduled(self, answer: Buffer, request: InferenceRequest) -> None:
        """A request whose last response was sent is over all the same.

        Its sender is closed until the request comes again, even for a thread that takes it only then.
        """
        over = request.get_response_sender()._end_turn()
        answer.append(kinds.ANSWER_BY_SENDER if over else kinds.ANSWER_RESCHEDULED)

    def _put_nothing(self, answer: Buffer, request: InferenceRequest) -> None:
        if request._sender is None:
            self._unanswered.append((len(answer), request._handle, ref(request)))
        answer.append(kinds.ANSWER_BY_SENDER)

    def _decide_unanswered(self, answer: Buffer) -> None:
        """A request that the model still has may be answered later; if it is not, its sender's end says so."""
        for position, handle, reference in self._unanswered:
            request = reference()
            if request is not None:
                request.get_response_sender()
            elif not has_sender(handle):
                self._worker.confirm_responses(handle)
                answer[position] = kinds.ANSWER_NOTHING
        self._unanswered.clear()

    def _failure(self, error: BaseException) -> str:
        # What the library says of the returned value has no line of the model to blame.
        ours = isinstance(error, TritonModelException) and not model_places(error)
        text = str(error) if ours else describe(error)
        return f"Failed to process the request(s) for model '{self._worker.instance}', message: {text}"

    def _close_senders(self, requests: list[InferenceRequest]) -> None:
        """The server answers what is open with the error: nothing can be sent any more."""
        for request in requests:
            request.get_response_sender()._close()
        if requests:
            self._worker.confirm_responses(requests[0]._handle)

    def _failed(self, text: str, holds: list[InputHold]) -> Buffer:
        answer = begin(kinds.FAILED)
        answer.append(_INTERNAL)
        put_text(answer, text)
        self._keep(holds)
        put_u64s(answer, [hold.handle for hold in self._kept])
        return finish(answer)

    def _settled(self, answer: Buffer, outputs: Outputs) -> Buffer:
        try:
            freed = outputs.settle(answer)
        except TritonModelException as error:
            outputs.cancel()
            return self._failed(self._failure(error), [])
        put_u64s(answer, [hold.handle for hold in self._kept])
        put_u64s(answer, freed)
        return finish(answer)

    def _keep(self, holds: list[InputHold]) -> None:
        """Lets go of the holds; those that live on are the model's."""
        references = [ref(hold) for hold in holds]
        holds.clear()
        for reference in references:
            hold = reference()
            if hold is not None:
                hold.keep()
                self._kept.append(hold)


def _forget_frames(error: BaseException) -> None:
    """Frees the model's local variables of the calls that failed: they may hold the inputs."""
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            with suppress(RuntimeError):
                traceback.tb_frame.clear()
            traceback = traceback.tb_next
        error.__traceback__ = None
        following = error.__cause__ or error.__context__
        if following is None or following.__traceback__ is None:
            return
        error = following


def _log_failure(done: Future[Any], instance: str) -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None:
        logger.write_failure(logger.ERROR, f"The coroutine of execute failed for model '{instance}', message:", error)
        _forget_frames(error)
