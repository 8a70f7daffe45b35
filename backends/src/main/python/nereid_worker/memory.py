"""The shared memory, and the objects by which the worker knows what of it a model still refers to.

An array over shared memory rests on a ``Block``, which refers to a ``Hold``: the shared inputs of one request, or one
extent. numpy keeps the block as long as any view of the array lives, so the hold dies with the last of them, on
whatever thread that happens. A hold that dies then says so through ``Disposals``, which never waits.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import os
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from .datatypes import DTYPES, TYPE_STRINGS
from .disposals import Disposals

if TYPE_CHECKING:
    from numpy.typing import NDArray


ALIGNMENT = 64
_BYTE = np.dtype(np.uint8)


class InputHold:
    """The shared inputs of one request. Until ``keep`` it ends with the execution, without a word of the worker."""

    __slots__ = ("__weakref__", "_disposals", "_kept", "handle")

    def __init__(self, handle: int, disposals: Disposals) -> None:
        self.handle = handle
        self._disposals = disposals
        self._kept = False

    def keep(self) -> None:
        """The model refers to the inputs beyond the execution: the end of this object is the end of the hold."""
        self._kept = True

    def is_kept(self) -> bool:
        """Whether the execution that brought the inputs has ended."""
        return self._kept

    def __del__(self) -> None:
        if self._kept:
            self._disposals.released(self.handle)


class Extent:
    """An extent that the worker owns: of ALLOCATE, or a tensor of a response. Its end frees it."""

    __slots__ = ("__weakref__", "_disposals", "offset")

    def __init__(self, offset: int, disposals: Disposals) -> None:
        self.offset = offset
        self._disposals: Disposals | None = disposals

    def disown(self) -> int:
        """The extent is freed by a message that says so with this offset, not by the end of the object."""
        self._disposals = None
        return self.offset

    def own(self, disposals: Disposals) -> None:
        """No message frees the extent after all."""
        self._disposals = disposals

    def __del__(self) -> None:
        disposals = self._disposals
        if disposals is not None:
            disposals.freed(self.offset)


Hold = Union[InputHold, Extent]


class Block:
    """What an array over foreign memory rests on: where the memory is, and the object that keeps it."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, address: int, shape: list[int], code: int, owner: Any) -> None:
        self.__array_interface__ = {
            "data": (address, False),
            "shape": tuple(shape),
            "typestr": TYPE_STRINGS[code],
            "version": 3,
        }
        self.owner = owner


def block_of(array: NDArray[Any]) -> Block | None:
    """The block that an array rests on, or None where it rests on anything else."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, Block) else None


class PrivatePages:
    """What an array rests on whose memory others have too: a mapping of its own, and the hold on the memory."""

    __slots__ = ("_map", "hold")

    def __init__(self, pages: mmap.mmap, hold: Hold) -> None:
        self._map = pages
        self.hold = hold


class MemoryForSeveral:
    """The shared memory as the worker has it where others have it too: what a model writes stays in the process.

    An array lies over pages that are mapped for it alone, and that the system copies when they are written.
    """

    def __init__(self, memory: SharedMemory, descriptor: int) -> None:
        self._memory = memory
        self._descriptor = descriptor

    def array(self, offset: int, shape: list[int], code: int, owner: Hold) -> NDArray[Any]:
        """An array with the content of the memory at ``offset``, which keeps ``owner``."""
        length = DTYPES[code].itemsize * math.prod(shape)
        within = offset % mmap.ALLOCATIONGRANULARITY
        try:
            pages = mmap.mmap(
                self._descriptor,
                within + length,
                flags=mmap.MAP_PRIVATE,
                prot=mmap.PROT_READ | mmap.PROT_WRITE,
                offset=offset - within,
            )
        except OSError:  # the process has no more descriptors or mappings
            copied: NDArray[Any] = self._memory.array(offset, shape, code, owner).copy()
            return copied
        address = ctypes.addressof(ctypes.c_char.from_buffer(pages)) + within
        return np.asarray(Block(address, shape, code, PrivatePages(pages, owner)))

    def view(self, offset: int, length: int) -> memoryview:
        """The bytes of a range, to be read."""
        return self._memory.view(offset, length).toreadonly()


class SharedMemory:
    """The mapping of the file that the server shares with its workers.

    Any thread; ranges belong to whoever holds them.
    """

    def __init__(self, path: str, length: int) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(descriptor, length)
        except BaseException:
            os.close(descriptor)
            raise
        self.for_several = MemoryForSeveral(self, descriptor)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self._length = length

    def array(self, offset: int, shape: list[int], code: int, owner: Hold) -> NDArray[Any]:
        """An array that is the memory at ``offset`` and keeps ``owner``."""
        return np.asarray(Block(self._address + offset, shape, code, owner))

    def view(self, offset: int, length: int) -> memoryview:
        """The bytes of a range that the caller holds."""
        self._check(offset, length)
        return memoryview(self._map)[offset : offset + length]

    def offset_of(self, array: NDArray[Any]) -> int:
        """Where a C-contiguous array lies in the memory."""
        address: int = array.__array_interface__["data"][0]
        return address - self._address

    def write_array(self, offset: int, array: NDArray[Any], code: int) -> None:
        """Copies an array of any layout and byte order, once, in C order."""
        self._check(offset, array.size * DTYPES[code].itemsize)
        np.ndarray(array.shape, DTYPES[code], self._map, offset)[...] = array

    def write_bytes(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self.view(offset, len(data))[:] = data

    def check_tensor(self, offset: int, length: int) -> None:
        """Raises ValueError for a range outside the memory."""
        self._check(offset, length)

    def _check(self, offset: int, length: int) -> None:
        if offset < 0 or length < 0 or offset + length > self._length:
            raise ValueError(f"{length} bytes at {offset} are not within the shared memory of {self._length}")
