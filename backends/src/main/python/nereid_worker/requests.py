"""A request: received from the server, or made by the model for another model."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Union

from . import kinds
from . import parameters as model_parameters
from .bls import ResponseIterator, execute_request, execute_request_async
from .errors import TritonModelException
from .frames import U32, Buffer, finish, put_text
from .memory_types import PreferredMemory
from .outgoing import Outputs, append_free, name_bytes, put_tensor
from .senders import Cancellation, InferenceResponseSender
from .tensors import Tensor
from .worker import current_worker

if TYPE_CHECKING:
    from asyncio import Future

    from .calls import Call
    from .responses import InferenceResponse
    from .worker import Worker

RELEASE_ALL = 1
RELEASE_RESCHEDULE = 2

_NOT_ITERATIVE = (
    "Request is released with TRITONSERVER_REQUEST_RELEASE_RESCHEDULE, while the model is not configured to handle "
    "such a flag."
)
_RELEASED = (
    "Request cannot be rescheduled: only one that was received can, before the execute function that received it "
    "returns."
)

_BEGINNING = Struct("<IBQBQ")  # up to the trace
_VERSION = Struct("<q")
_NUMBER = Struct("<BQ")
_FLAGS_AND_TIMEOUT = Struct("<IQ")
_MOSTLY = Struct("<qIBQIQI")  # all from the version to the parameters, without an id and parameters

Correlation = Union[int, str]


class InferenceTrace:
    """The trace that a request belongs to. A request of the model that is given it becomes a child span."""

    __slots__ = ("_context", "_handle")

    def __init__(self) -> None:
        self._context: str | None = None
        self._handle = 0

    def get_context(self) -> str | None:
        """The trace context as JSON text, None where nothing is traced."""
        return self._context


class InferenceRequest:
    """A request. Its accessors belong to the thread that uses it; ``exec`` and ``async_exec`` may run on any thread."""

    __slots__ = (
        "_cancellation",
        "_correlation",
        "_flags",
        "_handle",
        "_id",
        "_inputs",
        "_model_name",
        "_model_version",
        "_outputs",
        "_parameters",
        "_sender",
        "_timeout",
        "_trace",
        "_trace_context",
        "_worker",
        "__weakref__",
    )

    _id: str
    _correlation: Correlation
    _inputs: list[Tensor]
    _outputs: frozenset[str] | None  # None: all of the configuration
    _parameters: str
    _trace_context: str | None
    _trace: InferenceTrace | None
    _sender: InferenceResponseSender | None
    _cancellation: Cancellation | None

    def __init__(
        self,
        request_id: str = "",
        correlation_id: Correlation = 0,
        inputs: list[Tensor] | None = None,
        requested_output_names: list[str] | None = None,
        model_name: str | None = None,
        model_version: int = -1,
        flags: int = 0,
        timeout: int = 0,
        preferred_memory: PreferredMemory = PreferredMemory(),  # noqa: B008
        trace: InferenceTrace = InferenceTrace(),  # noqa: B008
        parameters: Any = None,
    ) -> None:
        if not (
            request_id.__class__ is str
            and correlation_id.__class__ is int
            and inputs.__class__ is list
            and requested_output_names.__class__ is list
            and model_name.__class__ is str
            and model_version.__class__ is flags.__class__ is timeout.__class__ is int
            and preferred_memory.__class__ is PreferredMemory
            and trace.__class__ is InferenceTrace
        ):  # not what nearly every request has
            _check_type("request_id", request_id, str)
            _check_type("correlation_id", correlation_id, (int, str))
            _check_type("inputs", inputs, (list, tuple))
            _check_type("requested_output_names", requested_output_names, (list, tuple, set, frozenset))
            _check_type("model_name", model_name, str)
            for name, number in (("model_version", model_version), ("flags", flags), ("timeout", timeout)):
                _check_type(name, number, int)
            _check_type("preferred_memory", preferred_memory, PreferredMemory)
            _check_type("trace", trace, InferenceTrace)
        assert inputs is not None
        assert requested_output_names is not None
        assert model_name is not None
        for tensor in inputs:
            if tensor.__class__ is not Tensor:
                if tensor is None:
                    raise _empty("Input tensor", request_id, model_name)
                _check_type("inputs", tensor, Tensor)
        for output in requested_output_names:
            if output.__class__ is not str:
                _check_type("requested_output_names", output, str)
            if not output:
                raise _empty("Requested output name", request_id, model_name)
        self._worker = current_worker()
        self._handle = 0
        self._id = request_id
        self._correlation = correlation_id
        self._inputs = list(inputs)
        self._outputs = frozenset(requested_output_names)
        self._model_name = model_name
        self._model_version = model_version
        self._flags = flags
        self._timeout = timeout
        self._parameters = "" if parameters is None else model_parameters.to_json(parameters)
        self._trace = trace
        self._trace_context = None
        self._sender = None
        self._cancellation = None

    @classmethod
    def _received(cls, worker: Worker, handle: int) -> InferenceRequest:
        """A request of the server, whose fields the reader of the message sets where they differ from nothing."""
        request = cls.__new__(cls)
        request._worker = worker
        request._handle = handle
        request._id = ""
        request._outputs = None
        request._parameters = "{}"
        request._trace_context = None
        request._trace = None
        request._sender = None
        request._cancellation = None
        return request

    def inputs(self) -> list[Tensor]:
        return self._inputs

    def request_id(self) -> str:
        return self._id

    def correlation_id(self) -> Correlation:
        return self._correlation

    def flags(self) -> int:
        return self._flags

    def set_flags(self, flags: int) -> None:
        _check_type("flags", flags, int)
        self._flags = flags

    def timeout(self) -> int:
        """The time that the client gave the request, in microseconds; 0 for none."""
        return self._timeout

    def parameters(self) -> str:
        """The request's parameters as JSON text: "{}" for none, and "" for a request that a model has made without."""
        return self._parameters

    def requested_output_names(self) -> set[str]:
        """The outputs that are to be answered: all of the configuration where the client named none."""
        return set(self._requested())

    def _requested(self) -> frozenset[str]:
        outputs = self._outputs
        return self._worker.output_names if outputs is None else outputs

    def trace(self) -> InferenceTrace:
        trace = self._trace
        if trace is None:
            trace = self._trace = InferenceTrace()
            trace._context = self._trace_context
            trace._handle = self._handle
        return trace

    def get_response_sender(self) -> InferenceResponseSender:
        """The sender of the request, the same at every call."""
        sender = self._sender
        if sender is None:
            if not self._handle:
                raise TritonModelException("A request that the model has made itself has no response sender.")
            sender = self._sender = InferenceResponseSender._of(
                self._worker, self._handle, self._requested(), self._cancelled()
            )
        return sender

    def is_cancelled(self) -> bool:
        """Whether the client has cancelled the request; asks the server until it has."""
        return bool(self._handle) and self._cancelled().is_cancelled()

    def _cancelled(self) -> Cancellation:
        cancellation = self._cancellation
        if cancellation is None:
            cancellation = self._cancellation = Cancellation(self._worker, self._handle)
        return cancellation

    def set_release_flags(self, flags: int) -> None:
        """With RELEASE_RESCHEDULE the request goes back into its sequence when ``execute`` has returned."""
        _check_type("flags", flags, int)
        if flags not in (RELEASE_ALL, RELEASE_RESCHEDULE):
            raise TritonModelException(
                f"Unknown release flags {flags}: expected TRITONSERVER_REQUEST_RELEASE_ALL or "
                "TRITONSERVER_REQUEST_RELEASE_RESCHEDULE."
            )
        chosen = self._worker.release_flags
        if chosen is not None and self._handle in chosen:
            chosen[self._handle] = flags
        elif flags == RELEASE_RESCHEDULE:
            raise TritonModelException(_NOT_ITERATIVE if chosen is None else _RELEASED)

    def exec(self, decoupled: bool = False) -> InferenceResponse | ResponseIterator:
        """Runs the request on its model and waits: a response, or with ``decoupled=True`` an iterator of responses."""
        return execute_request(self._worker, self._infer, decoupled)

    def async_exec(self, decoupled: bool = False) -> Future[InferenceResponse | ResponseIterator]:
        """``exec`` as an awaitable of the running event loop. Raises RuntimeError where none runs."""
        return execute_request_async(self._worker, self._infer, decoupled)

    def _infer(self, call: Call, decoupled: bool) -> Buffer:
        """The message that asks the server to run it."""
        return _infer_frame(call, self, decoupled)


def _infer_frame(call: Call, request: InferenceRequest, decoupled: bool) -> Buffer:
    worker = request._worker
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


def _empty(what: str, request_id: str, model_name: str) -> TritonModelException:
    return TritonModelException(
        f"{what} for request with id '{request_id}' and model name '{model_name}' should not be empty."
    )


def _check_type(name: str, value: object, expected: type | tuple[type, ...]) -> None:
    if not isinstance(value, expected):
        names = " or ".join(each.__name__ for each in (expected if isinstance(expected, tuple) else (expected,)))
        raise TypeError(f"InferenceRequest: {name} must be of type {names}, found {type(value)}")
