"""The requests of EXECUTE out of the bytes of its frame."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from .frames import U32, Buffer
from .incoming import read_tensor
from .memory import Hold, InputHold
from .requests import InferenceRequest
from .senders import take_sender
from .tensors import Tensor

if TYPE_CHECKING:
    from .worker import Worker

_HANDLE_AND_LENGTH = Struct("<QI")
_CORRELATION = Struct("<BQ")
_FLAGS_TIMEOUT_LENGTH = Struct("<IQI")
_U64 = Struct("<Q")


def read_requests(data: Buffer, at: int, worker: Worker) -> tuple[list[InferenceRequest], list[InputHold]]:
    """The requests of EXECUTE, and the holds of those that have shared inputs."""
    requests = []
    holds: list[InputHold] = []
    count = U32.unpack_from(data, at)[0]
    at += 4
    for _ in range(count):
        request, at = _read_request(data, at, worker, holds)
        requests.append(request)
    if worker.release_flags is not None:
        _continue_senders(data, at, requests)
    return requests, holds


def _continue_senders(data: Buffer, at: int, requests: list[InferenceRequest]) -> None:
    """A sender that the model has kept from a request's execution before goes on as the sender of this one."""
    for number, request in enumerate(requests):
        earlier = _U64.unpack_from(data, at + 4 + 8 * number)[0]
        sender = take_sender(earlier)
        if sender is not None:
            request._sender = sender
            sender._continue(request._handle, request._cancelled())


def _read_request(data: Buffer, at: int, worker: Worker, holds: list[InputHold]) -> tuple[InferenceRequest, int]:
    handle, length = _HANDLE_AND_LENGTH.unpack_from(data, at)
    at += 12
    request = InferenceRequest._received(worker, handle)
    if length:
        request._id = data[at : at + length].decode()
        at += length
    if data[at] == 0:
        request._correlation = _CORRELATION.unpack_from(data, at)[1]
        at += 9
    else:
        request._correlation, at = _text(data, at + 1)
    request._flags, request._timeout, length = _FLAGS_TIMEOUT_LENGTH.unpack_from(data, at)
    at += 16
    if length:
        request._parameters = data[at : at + length].decode()
        at += length
    requested = data[at]
    at += 1
    if requested:
        request._outputs, at = _names_at(data, at)
    traced = data[at]
    at += 1
    if traced:
        request._trace_context, at = _text(data, at)
    request._inputs, at = _read_inputs(data, at, worker, handle, holds)
    return request, at


def _read_inputs(
    data: Buffer, at: int, worker: Worker, handle: int, holds: list[InputHold]
) -> tuple[list[Tensor], int]:
    count = U32.unpack_from(data, at)[0]
    at += 4
    inputs = []
    hold: InputHold | None = None

    def owner_at(_: int) -> Hold:
        nonlocal hold
        if hold is None:
            hold = InputHold(handle, worker.disposals)
            holds.append(hold)
        return hold

    for _ in range(count):
        tensor, at = read_tensor(data, at, worker.memory, owner_at)
        inputs.append(tensor)
    return inputs, at


def _text(data: Buffer, at: int) -> tuple[str, int]:
    length = U32.unpack_from(data, at)[0]
    at += 4
    return data[at : at + length].decode(), at + length


def _names_at(data: Buffer, at: int) -> tuple[frozenset[str], int]:
    count = U32.unpack_from(data, at)[0]
    at += 4
    names = []
    for _ in range(count):
        name, at = _text(data, at)
        names.append(name)
    return frozenset(names), at
