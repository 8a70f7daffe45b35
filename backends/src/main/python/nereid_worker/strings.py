"""String tensors: how arrays of bytes look on the wire (each element a u32 length and its bytes), and back."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from .errors import TritonModelException

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Encoded = Union[bytes, bytearray, memoryview, NDArray[Any]]


_LENGTH = Struct("<I")
_LONGEST = (1 << 32) - 1


def _bytes_of(item: Any) -> bytes:
    if type(item) is bytes:
        return item
    if isinstance(item, (bytes, bytearray)):
        return bytes(item)
    return str(item).encode("utf-8")


def encode(array: NDArray[Any]) -> bytes:
    """The elements in C order. The array is of objects (bytes, str, others by ``str``) or of numpy's bytes."""
    parts = []
    for item in array.ravel(order="C").tolist():
        data = _bytes_of(item)
        if len(data) > _LONGEST:
            raise TritonModelException(f"a string element has {len(data)} bytes, more than 4 GiB less one")
        parts.append(_LENGTH.pack(len(data)))
        parts.append(data)
    return b"".join(parts)


def decode(data: Encoded) -> NDArray[Any]:
    """A one-dimensional array of bytes objects. Raises TritonModelException where a length goes beyond the end."""
    content = data.tobytes() if isinstance(data, np.ndarray) else bytes(data)
    end = len(content)
    items = []
    at = 0
    while at < end:
        if at + 4 > end:
            raise TritonModelException(f"unexpected end of a string tensor: a length expected at {at} of {end} bytes")
        (length,) = _LENGTH.unpack_from(content, at)
        at += 4
        if at + length > end:
            raise TritonModelException(f"unexpected end of a string tensor: {length} bytes at {at} of {end} bytes")
        items.append(content[at : at + length])
        at += length
    array = np.empty(len(items), dtype=np.object_)
    array[:] = items
    return array


def serialize_byte_tensor(input_tensor: NDArray[Any]) -> bytes | tuple[()] | None:
    """What Triton's function of this name returns: bytes, ``()`` for an empty array, None for one without strings."""
    if input_tensor.size == 0:
        return ()
    if input_tensor.dtype == np.object_ or input_tensor.dtype.type is np.bytes_:
        return encode(input_tensor)
    return None


def deserialize_bytes_tensor(encoded_tensor: Encoded) -> NDArray[Any]:
    """The one-dimensional array of bytes objects of ``encoded_tensor``."""
    return decode(encoded_tensor)
