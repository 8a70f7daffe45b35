"""Data types: Triton's numbers and names, and what numpy calls them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import TritonModelException

BYTES = 13
BF16 = 14

TRITON_STRING_TO_NUMPY: dict[str, Any] = {
    "TYPE_BOOL": bool,
    "TYPE_UINT8": np.uint8,
    "TYPE_UINT16": np.uint16,
    "TYPE_UINT32": np.uint32,
    "TYPE_UINT64": np.uint64,
    "TYPE_INT8": np.int8,
    "TYPE_INT16": np.int16,
    "TYPE_INT32": np.int32,
    "TYPE_INT64": np.int64,
    "TYPE_FP16": np.float16,
    "TYPE_FP32": np.float32,
    "TYPE_FP64": np.float64,
    "TYPE_STRING": np.object_,
}

CONFIGURATION_TYPES = frozenset([*TRITON_STRING_TO_NUMPY, "TYPE_BF16"])

_NUMPY_TYPES: list[Any] = [
    None,
    np.bool_,
    np.uint8,
    np.uint16,
    np.uint32,
    np.uint64,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.float16,
    np.float32,
    np.float64,
    np.object_,
]

# Indexed by Triton's number. BF16 has no type in numpy: its arrays are of 16-bit integers and never shown to a model.
DTYPES: list[Any] = [None, *(np.dtype(kind) for kind in _NUMPY_TYPES[1:]), np.dtype(np.uint16)]
ITEM_BYTES: list[int] = [0, *(dtype.itemsize for dtype in DTYPES[1:])]
TYPE_STRINGS: list[str] = ["", *(dtype.str for dtype in DTYPES[1:])]

_CODES: dict[Any, int] = {DTYPES[code]: code for code in range(1, BF16)}


def triton_to_numpy_type(data_type: int) -> Any:
    """The numpy type of one of Triton's numbers; None for a number that has none (BF16 too)."""
    return _NUMPY_TYPES[data_type] if 0 < data_type <= BYTES else None


def numpy_to_triton_type(data_type: Any) -> int | None:
    """Triton's number of a numpy type or dtype; None where there is none."""
    try:
        dtype = np.dtype(data_type)
    except TypeError:
        return None
    return BYTES if dtype.type is np.bytes_ else _CODES.get(dtype)


def triton_string_to_numpy(triton_type_string: str) -> Any:
    """The numpy type of a name in a configuration, for example TYPE_FP32; KeyError for TYPE_BF16 as in Triton."""
    return TRITON_STRING_TO_NUMPY[triton_type_string]


def code_of(dtype: np.dtype[Any]) -> int:
    """Triton's number of an array's dtype, of any byte order."""
    code = _CODES.get(dtype)
    if code is None:
        code = numpy_to_triton_type(dtype if dtype.isnative else dtype.newbyteorder("="))
        if code is None:
            raise TritonModelException("NumPy dtype is not supported.")
    return code
