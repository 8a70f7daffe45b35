"""What a model says of a failure: a value for one request, an exception for the whole call."""

from __future__ import annotations

from enum import IntEnum


class ErrorCode(IntEnum):
    """Triton's codes, numbered as the server numbers them."""

    UNKNOWN = 0
    INTERNAL = 1
    NOT_FOUND = 2
    INVALID_ARG = 3
    UNAVAILABLE = 4
    UNSUPPORTED = 5
    ALREADY_EXISTS = 6
    CANCELLED = 7


class TritonError:
    """The failure of one request. It is a value and cannot be raised."""

    __slots__ = ("_code", "_message")

    UNKNOWN = ErrorCode.UNKNOWN
    INTERNAL = ErrorCode.INTERNAL
    NOT_FOUND = ErrorCode.NOT_FOUND
    INVALID_ARG = ErrorCode.INVALID_ARG
    UNAVAILABLE = ErrorCode.UNAVAILABLE
    UNSUPPORTED = ErrorCode.UNSUPPORTED
    ALREADY_EXISTS = ErrorCode.ALREADY_EXISTS
    CANCELLED = ErrorCode.CANCELLED

    def __init__(self, message: str, code: ErrorCode = ErrorCode.INTERNAL) -> None:
        if not isinstance(message, str):
            raise TypeError(f"TritonError: message must be a str, found {type(message)}")
        if not isinstance(code, ErrorCode):
            raise TypeError(f"TritonError: code must be like TritonError.INTERNAL, found {code!r}")
        self._message = message
        self._code = code

    def message(self) -> str:
        return self._message

    def code(self) -> ErrorCode:
        return self._code

    def __repr__(self) -> str:
        return f"TritonError({self._message!r}, {self._code.name})"


class TritonModelException(Exception):
    """What ``triton_python_backend_utils`` raises; raised by a model, it fails all requests of the execution."""


class ServerGone(TritonModelException):
    """The server has ended; this process ends in a moment."""
