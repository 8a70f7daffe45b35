"""Tensors and responses out of the bytes of a frame.

This is what every request passes through, so it unpacks with precompiled structures and counts positions itself.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Callable

from .frames import INLINE, INLINE_ALIGNMENT, SHARED, U32, Buffer, MalformedFrame
from .memory import Extent, Hold, SharedMemory
from .responses import InferenceResponse
from .tensors import Tensor

if TYPE_CHECKING:
    from .worker import Worker

_TYPE_AND_RANK = Struct("<BI")
_SHAPES = [Struct(f"<{rank}q") for rank in range(65)]
_RANGE = Struct("<QQ")

OwnerAt = Callable[[int], Hold]


def read_tensor(data: Buffer, at: int, memory: SharedMemory, owner_at: OwnerAt) -> tuple[Tensor, int]:
    """The tensor at ``at`` and the position after it; ``owner_at(offset)`` is the hold of a shared one."""
    name_at = at + 4
    at = name_at + U32.unpack_from(data, at)[0]
    name = data[name_at:at].decode()
    code, rank = _TYPE_AND_RANK.unpack_from(data, at)
    at += 5
    shape = list(_SHAPES[rank].unpack_from(data, at))
    at += 8 * rank
    if data[at] == INLINE:
        length = U32.unpack_from(data, at + 1)[0]
        at += 5
        at += -at % INLINE_ALIGNMENT
        end = at + length
        if end > len(data):
            raise MalformedFrame(f"tensor '{name}' has {length} bytes at {at} of a frame of {len(data)}")
        return Tensor._inline(name, code, shape, data, at, length), end
    offset, length = _RANGE.unpack_from(data, at + 1)
    memory.check_tensor(offset, length)
    place = memory if data[at] == SHARED else memory.for_several
    return Tensor._shared(name, code, shape, place, owner_at(offset), offset, length), at + 17


def read_response(data: Buffer, at: int, worker: Worker) -> InferenceResponse:
    """A response of INFER. Each shared tensor of it is an extent that this process owns."""
    parameters = ""
    length = U32.unpack_from(data, at)[0]
    at += 4
    if length:
        parameters = data[at : at + length].decode()
        at += length
    count = U32.unpack_from(data, at)[0]
    at += 4
    memory = worker.memory
    tensors = []
    for _ in range(count):
        tensor, at = read_tensor(data, at, memory, lambda offset: Extent(offset, worker.disposals))
        tensors.append(tensor)
    return InferenceResponse._received(tensors, parameters)
