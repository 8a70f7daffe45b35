"""DLPack without a compiler: capsules over a tensor's memory, and the memory inside a capsule, through ctypes.

A capsule owns a ``DLManagedTensor`` until a consumer renames it to ``used_dltensor``; then the consumer calls its
deleter. Until either happens the exported tensor is kept by ``_exported``. The callbacks run on whatever thread ends
the consumer's array.
"""

from __future__ import annotations

import ctypes
from typing import Any

from . import datatypes
from .errors import TritonModelException

CPU = 1
CUDA = 2
CUDA_HOST = 3

_FRESH = b"dltensor"
_USED = b"used_dltensor"
_INT, _UINT, _FLOAT, _BFLOAT, _BOOL = 0, 1, 2, 4, 6

_TYPES: dict[int, tuple[int, int]] = {
    1: (_BOOL, 8),
    2: (_UINT, 8),
    3: (_UINT, 16),
    4: (_UINT, 32),
    5: (_UINT, 64),
    6: (_INT, 8),
    7: (_INT, 16),
    8: (_INT, 32),
    9: (_INT, 64),
    10: (_FLOAT, 16),
    11: (_FLOAT, 32),
    12: (_FLOAT, 64),
    datatypes.BF16: (_BFLOAT, 16),
}
_CODES = {kind: code for code, kind in _TYPES.items()}


class _Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class _DataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", _Device),
        ("ndim", ctypes.c_int32),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class _Managed(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Managed._fields_ = [("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", _Deleter)]

_CapsuleDestructor = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
_new_capsule = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, _CapsuleDestructor)(
    ("PyCapsule_New", ctypes.pythonapi)
)
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_IsValid", ctypes.pythonapi))
_pointer_of_dying = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_has_name = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_IsValid", ctypes.pythonapi))
_rename = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_SetName", ctypes.pythonapi))

# What capsules that are still alive point to: the structure, its shape, and the tensor whose memory it is.
_exported: dict[int, tuple[Any, Any, object]] = {}


def _forget(address: int) -> None:
    _exported.pop(address, None)


def _capsule_ends(capsule: int) -> None:
    if _is_valid(capsule, _FRESH):
        _forget(_pointer_of_dying(capsule, _FRESH))


_deleter = _Deleter(_forget)
_destructor = _CapsuleDestructor(_capsule_ends)


def export(tensor: object, address: int, shape: list[int], code: int, device: tuple[int, int]) -> Any:
    """A new capsule over the tensor's memory, which keeps the tensor until the consumer's array ends."""
    if code == datatypes.BYTES:
        raise TritonModelException("DLPack does not have support for string tensors.")
    kind, bits = _TYPES[code]
    dimensions = (ctypes.c_int64 * max(1, len(shape)))(*shape)
    managed = _Managed()
    view = managed.tensor
    view.data = address
    view.device.type, view.device.id = device
    view.ndim = len(shape)
    view.dtype.code, view.dtype.bits, view.dtype.lanes = kind, bits, 1
    view.shape = ctypes.cast(dimensions, ctypes.POINTER(ctypes.c_int64))
    managed.deleter = _deleter
    place = ctypes.addressof(managed)
    _exported[place] = (managed, dimensions, tensor)
    return _new_capsule(place, _FRESH, _destructor)


class Imported:
    """The tensor inside a capsule that this object has consumed: its end is the end of the producer's tensor."""

    __slots__ = ("_managed", "_place", "address", "code", "device", "shape")

    def __init__(self, capsule: Any) -> None:
        self._managed: Any = None
        self._place: int = _pointer_of(capsule, _FRESH)
        managed = _Managed.from_address(self._place)
        view = managed.tensor
        self.shape: list[int] = [view.shape[i] for i in range(view.ndim)]
        self.device: tuple[int, int] = (view.device.type, view.device.id)
        self.address: int = (view.data or 0) + view.byte_offset
        _check_layout(view, self.shape)
        if self.device[0] not in (CPU, CUDA, CUDA_HOST):
            raise TritonModelException(f"DLDevice type {self.device[0]} is not support by Python backend.")
        self.code = _code_of(view.dtype)
        _rename(capsule, _USED)
        self._managed = managed

    def __del__(self) -> None:
        if self._managed is not None and self._managed.deleter:
            self._managed.deleter(self._place)


def _check_layout(view: _Tensor, shape: list[int]) -> None:
    if not view.strides or 0 in shape:
        return
    expected = 1
    for axis in range(len(shape) - 1, -1, -1):
        if shape[axis] != 1 and view.strides[axis] != expected:
            raise TritonModelException(
                "DLPack tensor is not contiguous. Only contiguous DLPack tensors that are stored in C-Order are "
                "supported."
            )
        expected *= shape[axis]


def _code_of(dtype: _DataType) -> int:
    code = _CODES.get((dtype.code, dtype.bits)) if dtype.lanes == 1 else None
    if code is None:
        raise TritonModelException(
            f"DLPack data type (code {dtype.code}, {dtype.bits} bits, {dtype.lanes} lanes) is not supported by Python "
            "backend."
        )
    return code


def is_capsule(candidate: Any) -> bool:
    """Whether this is a DLPack capsule that nobody has consumed."""
    return type(candidate).__name__ == "PyCapsule" and bool(_has_name(candidate, _FRESH))
