"""A tensor, received or made by the model.

Its content is in one of four places: a piece of the frame that it came in (or the bytes of strings), a range of shared
memory, an array of the model, or memory behind a DLPack capsule. A tensor is not written by two threads at once; the
library only reads it.
"""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dlpack, strings
from .datatypes import BF16, BYTES, DTYPES, ITEM_BYTES, code_of
from .errors import TritonModelException
from .memory import Block, Hold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .memory import MemoryForSeveral, SharedMemory

_ON_GPU = "Tensor is stored in GPU and cannot be converted to NumPy."
_BF16_IN_NUMPY = "Tensor dtype is BF16 and cannot be converted to NumPy. Use to_dlpack() and from_dlpack() instead."
_NOT_DLPACK = (
    "Provided tensor is not supported. Tensor must be a DLPack capsule or have `__dlpack__` and `__dlpack_device__` "
    "attributes."
)


class Tensor:
    """``Tensor(name, numpy_array)``: a named tensor over the array, which is not copied if it is C-contiguous."""

    __slots__ = ("_array", "_at", "_code", "_data", "_imported", "_length", "_memory", "_name", "_owner", "_shape")

    _name: str
    _code: int
    _shape: list[int]
    _array: NDArray[Any] | None  # what as_numpy gives
    _data: bytes | bytearray | None  # the content is _length bytes of it from _at on
    _at: int
    _length: int
    _owner: Hold | None  # the content is in shared memory: _length bytes from _at on
    _memory: MemoryForSeveral | SharedMemory | None
    _imported: dlpack.Imported | None

    def __init__(self, name: str, numpy_array: NDArray[Any], /) -> None:
        if not isinstance(name, str):
            raise TypeError(f"Tensor: the name must be a str, found {type(name)}")
        if not isinstance(numpy_array, np.ndarray):
            raise TypeError(f"Tensor: a numpy.ndarray is expected, found {type(numpy_array)}")
        if not name:
            raise TritonModelException("Tensor name cannot be an empty string.")
        code = code_of(numpy_array.dtype)
        if not numpy_array.flags.c_contiguous:
            numpy_array = np.ascontiguousarray(numpy_array)
        self._name = name
        self._code = code
        self._shape = list(numpy_array.shape)
        self._array = numpy_array
        self._data = None
        self._owner = None
        self._imported = None
        if code == BYTES:
            self._data = strings.encode(numpy_array)
            self._at = 0
            self._length = len(self._data)
        elif not numpy_array.dtype.isnative:
            self._array = numpy_array.astype(DTYPES[code])

    @classmethod
    def _inline(cls, name: str, code: int, shape: list[int], data: bytearray, at: int, length: int) -> Tensor:
        """A received tensor whose content is a piece of a frame."""
        tensor = cls.__new__(cls)
        tensor._name = name
        tensor._code = code
        tensor._shape = shape
        tensor._array = None
        tensor._data = data
        tensor._at = at
        tensor._length = length
        tensor._owner = None
        tensor._imported = None
        return tensor

    @classmethod
    def _shared(
        cls,
        name: str,
        code: int,
        shape: list[int],
        memory: MemoryForSeveral | SharedMemory,
        owner: Hold,
        at: int,
        length: int,
    ) -> Tensor:
        """A received tensor whose content is in shared memory."""
        tensor = cls.__new__(cls)
        tensor._name = name
        tensor._code = code
        tensor._shape = shape
        tensor._array = None
        tensor._data = None
        tensor._at = at
        tensor._length = length
        tensor._owner = owner
        tensor._memory = memory
        tensor._imported = None
        return tensor

    def name(self) -> str:
        return self._name

    def shape(self) -> list[int]:
        """The dimensions, with the batch."""
        return list(self._shape)

    def triton_dtype(self) -> int:
        """Triton's number of the data type."""
        return self._code

    def is_cpu(self) -> bool:
        imported = self._imported
        return imported is None or imported.device[0] != dlpack.CUDA

    def as_numpy(self) -> NDArray[Any]:
        """The content as an array, the same at every call; for TYPE_STRING an array of bytes objects."""
        array = self._array
        if array is None:
            array = self._array = self._to_numpy()
        return array

    def _to_numpy(self) -> NDArray[Any]:
        if not self.is_cpu():
            raise TritonModelException(_ON_GPU)
        if self._code == BF16:
            raise TritonModelException(_BF16_IN_NUMPY)
        if self._code == BYTES:
            content = self._content()
            assert content is not None
            array: NDArray[Any] = strings.decode(content).reshape(self._shape)
            return array
        return self._plain_array()

    def _plain_array(self) -> NDArray[Any]:
        """The content of a tensor of numbers as an array, BF16 as 16-bit integers. Not for what lies on a GPU."""
        if self._data is not None:
            array: NDArray[Any] = np.ndarray(self._shape, DTYPES[self._code], self._data, self._at)
            return array
        if self._owner is not None:
            assert self._memory is not None
            return self._memory.array(self._at, self._shape, self._code, self._owner)
        if self._imported is not None:
            imported = self._imported
            if 0 in imported.shape:
                return np.empty(imported.shape, DTYPES[imported.code])
            return np.asarray(Block(imported.address, imported.shape, imported.code, imported))
        assert self._array is not None
        return self._array

    def _content(self) -> bytes | bytearray | memoryview | None:
        """The bytes of the content where they lie as bytes; None for an array's or a capsule's."""
        if self._data is not None:
            if self._length == len(self._data):
                return self._data
            return memoryview(self._data)[self._at : self._at + self._length]
        if self._owner is not None:
            assert self._memory is not None
            return self._memory.view(self._at, self._length)
        return None

    def _host_array(self) -> NDArray[Any]:
        """The content of a tensor of numbers to be sent: what lies on a GPU is copied by torch."""
        if self.is_cpu():
            array = self._array
            return array if array is not None else self._plain_array()
        torch = sys.modules.get("torch")
        if torch is None:
            raise TritonModelException(
                f"Tensor '{self._name}' is on a GPU and PyTorch, which copies it to the host, is not imported."
            )
        on_host = torch.from_dlpack(self).cpu()
        if self._code == BF16:
            on_host = on_host.view(torch.int16)
        host: NDArray[Any] = on_host.numpy()
        return host.view(DTYPES[self._code])

    def _byte_size(self) -> int:
        if self._data is not None or self._owner is not None:
            return self._length
        size = ITEM_BYTES[self._code]
        for dimension in self._shape:
            size *= dimension
        return size

    def to_dlpack(self) -> Any:
        """A DLPack capsule over the content, which is not copied and stays as long as the consumer uses it."""
        return dlpack.export(self, self._address(), self._shape, self._code, self.__dlpack_device__())

    def __dlpack__(self, stream: Any = None) -> Any:
        return self.to_dlpack()

    def __dlpack_device__(self) -> tuple[int, int]:
        imported = self._imported
        return (dlpack.CPU, 0) if imported is None else imported.device

    def _address(self) -> int:
        if self._code == BYTES:
            return 0
        if self._imported is not None:
            return self._imported.address
        if self._data is not None:
            return ctypes.addressof(ctypes.c_char.from_buffer(self._data, self._at)) if self._length else 0
        array = self._array
        if array is None:
            array = self._plain_array()
        address: int = array.__array_interface__["data"][0]
        return address

    @staticmethod
    def from_dlpack(name: str, tensor: Any, /) -> Tensor:
        """A tensor over the memory of a DLPack capsule, or of an object that offers one. Nothing is copied."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor.from_dlpack: the name must be a str, found {type(name)}")
        if not name:
            raise TritonModelException("Tensor name cannot be an empty string.")
        if not dlpack.is_capsule(tensor):
            if not (hasattr(tensor, "__dlpack__") and hasattr(tensor, "__dlpack_device__")):
                raise TritonModelException(_NOT_DLPACK)
            tensor = tensor.__dlpack__(stream=None)
        imported = dlpack.Imported(tensor)
        made = Tensor.__new__(Tensor)
        made._name = name
        made._code = imported.code
        made._shape = imported.shape
        made._array = None
        made._data = None
        made._owner = None
        made._imported = imported
        return made

    def __repr__(self) -> str:
        return f"Tensor({self._name!r}, dtype={self._code}, shape={self._shape})"
