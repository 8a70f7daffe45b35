"""Frames and their fields: how bytes come out of a pipe and go into one. Nothing here knows what a message means.

A frame is ``u32 length`` of what follows, ``u8 type``, then the fields, little-endian. A frame is read into a bytearray
of its own, with its length field, and is never written again by the worker: arrays over tensors inside it belong to the
model.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import Callable, TypeVar

T = TypeVar("T")
Buffer = bytearray

HEADER_BYTES = 5
TYPE_AT = 4
CALL_AT = 5
FIELDS_OF_REPLY_AT = 13
READ_BYTES = 1 << 16
LARGEST_FRAME = 1 << 31

# Where the content of a tensor or file is.
INLINE = 0
SHARED = 1
SHARED_BY_SEVERAL = 2
INLINE_ALIGNMENT = 16

U32 = Struct("<I")
I64 = Struct("<q")
U64 = Struct("<Q")
F64 = Struct("<d")
TYPED = Struct("<IB")
TYPED_CALL = Struct("<IBQ")


class EndOfStream(Exception):
    """The other side has closed its end of a pipe."""


class MalformedFrame(Exception):
    """A frame that ends before its fields do, or a length that no frame has."""


def begin(kind: int) -> Buffer:
    """The beginning of a frame without a call number, as on the work channel."""
    return bytearray(TYPED.pack(0, kind))


def begin_call(kind: int, call: int) -> Buffer:
    """The beginning of a frame of the call channel; call 0 wants no reply."""
    return bytearray(TYPED_CALL.pack(0, kind, call))


def finish(frame: Buffer) -> Buffer:
    """Writes the length that is known only now; the frame can be sent then."""
    U32.pack_into(frame, 0, len(frame) - 4)
    return frame


def put_text(frame: Buffer, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    frame += U32.pack(len(data))
    frame += data


def put_u64s(frame: Buffer, values: list[int]) -> None:
    frame += U32.pack(len(values))
    for value in values:
        frame += U64.pack(value)


def write_all(descriptor: int, frame: Buffer) -> None:
    """Writes the whole frame to a blocking pipe, which may take it in parts.

    Raises OSError when nobody reads it any more.
    """
    written = os.write(descriptor, frame)
    if written < len(frame):
        rest = memoryview(frame)
        while written < len(frame):
            written += os.write(descriptor, rest[written:])


class FrameReader:
    """Reads frames from one pipe; used by one thread at a time, whose turn is for others to decide."""

    __slots__ = ("_descriptor", "_rest")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def read(self) -> list[Buffer]:
        """Waits for the next frame; returns it and all whole ones that came with it."""
        while True:
            if self._rest:
                frames = self._whole_frames()
                if frames:
                    return frames
            data = self._rest + self._more(READ_BYTES)
            if len(data) > 4 and U32.unpack_from(data)[0] + 4 == len(data):
                self._rest = b""
                return [bytearray(data)]
            self._rest = data

    def _more(self, limit: int) -> bytes:
        data = os.read(self._descriptor, limit)
        if not data:
            raise EndOfStream
        return data

    def _whole_frames(self) -> list[Buffer]:
        frames: list[Buffer] = []
        data = self._rest
        at = 0
        while len(data) - at >= 4:
            length = U32.unpack_from(data, at)[0] + 4
            if not HEADER_BYTES <= length <= LARGEST_FRAME:
                raise MalformedFrame(f"a frame of {length} bytes")
            if len(data) - at < length:
                if not frames and length > READ_BYTES:
                    frames.append(self._rest_of_frame(data, length))
                    return frames
                break
            frames.append(bytearray(data[at : at + length]))
            at += length
        if at:
            self._rest = data[at:]
        return frames

    def _rest_of_frame(self, beginning: bytes, length: int) -> Buffer:
        frame = bytearray(length)
        got = len(beginning)
        frame[:got] = beginning
        rest = memoryview(frame)
        while got < length:
            count = os.readv(self._descriptor, [rest[got:]])
            if count == 0:
                raise EndOfStream
            got += count
        self._rest = b""
        return frame


class Fields:
    """Takes one field after the other out of a frame; what hurries (tensors, requests) unpacks by itself in
    ``incoming`` and ``received_requests``.
    """

    __slots__ = ("at", "data")

    def __init__(self, data: Buffer, at: int) -> None:
        self.data = data
        self.at = at

    def _skip(self, length: int) -> int:
        at = self.at
        if at + length > len(self.data):
            raise MalformedFrame(f"{length} bytes expected at {at} of a frame of {len(self.data)}")
        self.at = at + length
        return at

    def u8(self) -> int:
        return self.data[self._skip(1)]

    def u32(self) -> int:
        value: int = U32.unpack_from(self.data, self._skip(4))[0]
        return value

    def u64(self) -> int:
        value: int = U64.unpack_from(self.data, self._skip(8))[0]
        return value

    def f64(self) -> float:
        value: float = F64.unpack_from(self.data, self._skip(8))[0]
        return value

    def text(self) -> str:
        length = self.u32()
        at = self._skip(length)
        return self.data[at : at + length].decode("utf-8", "surrogateescape")

    def list_of(self, read: Callable[[], T]) -> list[T]:
        return [read() for _ in range(self.u32())]

    def optional(self, read: Callable[[], T]) -> T | None:
        return read() if self.u8() else None
