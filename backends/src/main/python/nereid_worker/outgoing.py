"""Tensors and responses into the bytes of a frame, and what is too long for it into shared memory."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Callable, NamedTuple
from weakref import ref

from . import kinds
from .datatypes import BYTES
from .frames import INLINE, INLINE_ALIGNMENT, SHARED, U32, Buffer, begin_call, finish, put_text, put_u64s
from .memory import ALIGNMENT, Extent, Hold, InputHold, block_of
from .responses import InferenceResponse
from .tensors import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .worker import Worker

_INLINE_HEADS = [Struct(f"<BI{rank}qBI") for rank in range(65)]
_SHARED_HEADS = [Struct(f"<BI{rank}qBQQ") for rank in range(65)]
_RANGE = Struct("<QQ")
_PADDINGS = [b"\0" * (-at % INLINE_ALIGNMENT) for at in range(INLINE_ALIGNMENT)]
_NO_TEXT = b"\0\0\0\0"

_MOST_NAMES = 10_000
_names: dict[str, bytes] = {}


class Reference(NamedTuple):
    """A place of a message that refers to memory over which the model had an array when the message was written."""

    position: int
    offset: int
    length: int
    hold: Callable[[], Hold | None]
    extent: int | None  # the offset of the extent, None for an input


class Outputs:
    """Where the large tensors of one message go: the output extent of the execution, or extents that are asked for.

    With ``may_refer``, the message refers to what lies in shared memory already; ``settle`` then has to be called.
    """

    __slots__ = ("_at", "_end", "_extents", "_references", "may_refer", "worker")

    def __init__(self, worker: Worker, offset: int, length: int, may_refer: bool) -> None:
        self.worker = worker
        self.may_refer = may_refer
        self._at = offset
        self._end = offset + length
        self._extents: list[Extent] = []
        self._references: list[Reference] = []

    def used(self) -> bool:
        """Whether there is anything to settle."""
        return bool(self._references or self._extents)

    def place(self, length: int) -> int:
        """The offset of ``length`` bytes to be written. Raises TritonModelException when there is no memory."""
        at = self._at + (-self._at % ALIGNMENT)
        if at + length <= self._end:
            self._at = at + length
            return at
        extent = self.worker.allocate(length)
        self._extents.append(extent)
        return extent.offset

    def refer_to_array(self, array: NDArray[Any], position: int, length: int) -> int | None:
        """Where the array lies if the message can refer to it there."""
        if not self.may_refer:
            return None
        block = block_of(array)
        if block is None or not isinstance(block.owner, (InputHold, Extent)) or not array.flags.c_contiguous:
            return None
        return self.refer_to(block.owner, position, self.worker.memory.offset_of(array), length)

    def refer_to(self, hold: Hold, position: int, offset: int, length: int) -> int:
        extent = hold.disown() if isinstance(hold, Extent) else None
        # Inputs of an earlier execution stay here until an answer has its copy: the other channel's word of their end
        # could overtake the answer.
        found = (lambda: hold) if isinstance(hold, InputHold) and hold.is_kept() else ref(hold)
        self._references.append(Reference(position, offset, length, found, extent))
        return offset

    def settle(self, frame: Buffer) -> list[int]:
        """Called when the library itself refers to nothing of the model any more.

        Copies what the message refers to and the model still could write. Returns the offsets that the message frees.
        """
        # Alive until all are done: another thread of the model may let go of one meanwhile.
        holds = [reference.hold() for reference in self._references]
        freed = []
        for reference, hold in zip(self._references, holds):
            if hold is not None:
                self._copy(frame, reference)
            elif reference.extent is not None:
                freed.append(reference.extent)
        for hold in holds:
            if hold is not None:
                self._own(hold)
        self._references.clear()
        return list(dict.fromkeys(freed)) + self.disown()

    def _copy(self, frame: Buffer, reference: Reference) -> None:
        memory = self.worker.memory
        copy = self.place(reference.length)
        memory.view(copy, reference.length)[:] = memory.view(reference.offset, reference.length)
        _RANGE.pack_into(frame, reference.position, copy, reference.length)

    def disown(self) -> list[int]:
        """The offsets of the extents that were asked for, which now a message frees."""
        offsets = [extent.disown() for extent in self._extents]
        self._extents.clear()
        return offsets

    def keep_references(self) -> list[int]:
        """For a request: what it refers to stays the model's, which waits for the response.

        As ``disown`` otherwise.
        """
        while self._references:
            hold = self._references.pop().hold()
            if hold is not None:
                self._own(hold)
        return self.disown()

    def cancel(self) -> None:
        """The message is not sent: what was asked for, or referred to by it alone, is freed as if it had not been
        written.
        """
        self._extents.clear()
        while self._references:
            reference = self._references.pop()
            hold = reference.hold()
            if hold is not None:
                self._own(hold)
            elif reference.extent is not None:
                self.worker.disposals.freed(reference.extent)

    def _own(self, hold: Hold) -> None:
        if isinstance(hold, Extent):
            hold.own(self.worker.disposals)


def name_bytes(name: str) -> bytes:
    """The name of a model or a tensor as a text field; those that came before are kept."""
    known = _names.get(name)
    if known is None:
        data = name.encode("utf-8", "surrogateescape")
        known = U32.pack(len(data)) + data
        if len(_names) < _MOST_NAMES:
            _names[name] = known
    return known


def put_tensor(frame: Buffer, tensor: Tensor, outputs: Outputs) -> None:
    """Writes a tensor: a small one into the frame, a large one into shared memory unless it lies there already."""
    frame += name_bytes(tensor._name)
    shape = tensor._shape
    length = tensor._byte_size()
    if length <= outputs.worker.max_inline:
        frame += _INLINE_HEADS[len(shape)].pack(tensor._code, len(shape), *shape, INLINE, length)
        frame += _PADDINGS[len(frame) % INLINE_ALIGNMENT]
        content = tensor._content()
        if content is None:
            content = tensor._host_array().tobytes()
        frame += content
        return
    offset = _share(frame, tensor, length, len(frame) + 6 + 8 * len(shape), outputs)
    frame += _SHARED_HEADS[len(shape)].pack(tensor._code, len(shape), *shape, SHARED, offset, length)


def _share(frame: Buffer, tensor: Tensor, length: int, position: int, outputs: Outputs) -> int:
    memory = outputs.worker.memory
    if tensor._data is None and (tensor._code != BYTES or tensor._imported is not None):
        array = tensor._host_array()
        referred = outputs.refer_to_array(array, position, length)
        if referred is not None:
            return referred
        offset = outputs.place(length)
        memory.write_array(offset, array, tensor._code)
        return offset
    if tensor._owner is not None and outputs.may_refer:
        return outputs.refer_to(tensor._owner, position, tensor._at, length)
    content = tensor._content()
    assert content is not None
    offset = outputs.place(length)
    memory.write_bytes(offset, content)
    return offset


def put_response(frame: Buffer, response: InferenceResponse, requested: frozenset[str], outputs: Outputs) -> None:
    """Writes an answer of kind 0 or 1; outputs that were not requested are left out."""
    error = response._error
    if error is not None:
        frame += bytes((kinds.ANSWER_ERROR, error._code))
        put_text(frame, error._message)
        return
    frame.append(kinds.ANSWER_RESPONSE)
    if response._parameters:
        put_text(frame, response._parameters)
    else:
        frame += _NO_TEXT
    tensors = [tensor for tensor in response._tensors if tensor._name in requested]
    frame += U32.pack(len(tensors))
    for tensor in tensors:
        put_tensor(frame, tensor, outputs)


def append_free(frame: Buffer, offsets: list[int]) -> None:
    """Appends to a finished frame one that frees the extents at these offsets, if there are any."""
    if offsets:
        frees = begin_call(kinds.FREE, 0)
        put_u64s(frees, offsets)
        frame += finish(frees)


def put_error(frame: Buffer, code: int, text: str) -> None:
    """Writes an answer of kind 1."""
    frame += bytes((kinds.ANSWER_ERROR, code))
    put_text(frame, text)
