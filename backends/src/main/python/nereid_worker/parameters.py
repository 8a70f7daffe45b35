"""Parameters of requests and responses that a model makes: what they may hold, and their JSON."""

from __future__ import annotations

import json
from typing import Any

from .errors import TritonModelException


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
    return json.dumps(parameters)
