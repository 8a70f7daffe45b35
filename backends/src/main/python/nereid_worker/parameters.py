"""Parameters of requests and responses that a model makes: what they may hold, and their JSON."""

from __future__ import annotations

import json
from typing import Any

from .errors import TritonModelException

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def to_json(parameters: Any) -> str:
    """The JSON text of a model's parameters, "" for none. Raises TritonModelException in Triton's words."""
    if parameters is None:
        return ""
    if not isinstance(parameters, dict):
        raise TritonModelException(
            f"Expect parameters keys to have type str and values to have type bool/int/str, got {type(parameters)}"
        )
    for key, value in parameters.items():
        if not isinstance(key, str):
            raise TritonModelException(f"Expect parameters keys to have type str, found type {type(key)}")
        if not isinstance(value, (bool, int, str)):
            raise TritonModelException(f"Expect parameters values to have type bool/int/str, found type {type(value)}")
        if isinstance(value, int) and not _INT64_MIN <= value <= _INT64_MAX:
            raise TritonModelException(f"Expect parameters values of type int to be of 64 bits, found {value}")
    return json.dumps(parameters)
