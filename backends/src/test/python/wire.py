"""The server's half of the messages, written down once more for the tests: it shares no code with the worker."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

BYTES, BF16 = 13, 14
DTYPES = {
    1: "?",
    2: "u1",
    3: "<u2",
    4: "<u4",
    5: "<u8",
    6: "i1",
    7: "<i2",
    8: "<i4",
    9: "<i8",
    10: "<f2",
    11: "<f4",
    12: "<f8",
}
CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items()}


@dataclass
class Tensor:
    """A tensor of a message. ``offset`` is None for one whose bytes are in the frame; others may have them too."""

    name: str
    code: int
    shape: list
    data: bytes = b""
    offset: int | None = None
    length: int = 0
    for_several: bool = False

    @staticmethod
    def of(name, array, offset=None):
        """A tensor of an array; with an offset, of bytes that the test has put there."""
        data = array.tobytes()
        return Tensor(name, CODES[array.dtype], list(array.shape), data, offset, len(data))

    @staticmethod
    def of_strings(name, items, offset=None):
        data = b"".join(struct.pack("<I", len(item)) + item for item in items)
        return Tensor(name, BYTES, [len(items)], data, offset, len(data))

    def array(self):
        return np.frombuffer(self.data, DTYPES[self.code]).reshape(self.shape)


@dataclass
class Request:
    inputs: list
    handle: int = 1
    id: str = ""
    correlation: object = 0
    flags: int = 0
    timeout: int = 0
    parameters: str = ""
    outputs: list | None = None
    trace: str | None = None
    earlier: int = 0


@dataclass
class Answer:
    """An answer to one request: kind 0 response, 1 error, 2 by its sender, 3 nothing, 4 put back."""

    kind: int
    parameters: str = ""
    tensors: list = field(default_factory=list)
    code: int = 0
    text: str = ""

    def tensor(self, name):
        return next(each for each in self.tensors if each.name == name)


@dataclass
class Executed:
    answers: list
    kept: list
    freed: list


class Writer:
    """Builds one frame."""

    def __init__(self, kind):
        self.data = bytearray(struct.pack("<IB", 0, kind))

    def put(self, form, *values):
        self.data += struct.pack("<" + form, *values)
        return self

    def text(self, text):
        data = text.encode()
        self.put("I", len(data))
        self.data += data
        return self

    def optional(self, value, write):
        self.put("B", value is not None)
        if value is not None:
            write(value)
        return self

    def tensor(self, tensor):
        self.text(tensor.name).put(f"BI{len(tensor.shape)}q", tensor.code, len(tensor.shape), *tensor.shape)
        if tensor.offset is not None:
            return self.put("BQQ", 2 if tensor.for_several else 1, tensor.offset, tensor.length)
        self.put("BI", 0, len(tensor.data))
        self.data += b"\xee" * (-len(self.data) % 16) + tensor.data
        return self

    def texts(self, texts):
        self.put("I", len(texts))
        for text in texts:
            self.text(text)
        return self

    def correlation(self, value):
        return self.put("B", 1).text(value) if isinstance(value, str) else self.put("BQ", 0, value)

    def request(self, request):
        self.put("Q", request.handle).text(request.id).correlation(request.correlation)
        self.put("IQ", request.flags, request.timeout).text(request.parameters)
        self.optional(request.outputs, self.texts).optional(request.trace, self.text)
        self.put("I", len(request.inputs))
        for tensor in request.inputs:
            self.tensor(tensor)
        return self

    def answer(self, answer):
        self.put("B", answer.kind)
        if answer.kind == 0:
            self.text(answer.parameters).put("I", len(answer.tensors))
            for tensor in answer.tensors:
                self.tensor(tensor)
        elif answer.kind == 1:
            self.put("B", answer.code).text(answer.text)
        return self

    def frame(self):
        struct.pack_into("<I", self.data, 0, len(self.data) - 4)
        return bytes(self.data)


class Reader:
    """Takes one frame of the worker apart."""

    def __init__(self, frame, memory):
        self.frame = frame
        self.kind = frame[4]
        self.at = 5
        self.memory = memory

    def take(self, form):
        values = struct.unpack_from("<" + form, self.frame, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, length):
        assert self.at + length <= len(self.frame)
        self.at += length
        return bytes(self.frame[self.at - length : self.at])

    def text(self):
        return self.bytes(self.take("I")).decode()

    def list_of(self, read):
        return [read() for _ in range(self.take("I"))]

    def optional(self, read):
        return read() if self.take("B") else None

    def location(self):
        """The bytes, and the offset where they are shared."""
        if self.take("B") == 1:
            offset, length = self.take("QQ")
            return bytes(self.memory[offset : offset + length]), offset
        length = self.take("I")
        self.at += -self.at % 16
        return self.bytes(length), None

    def tensor(self):
        name = self.text()
        code, rank = self.take("BI")
        shape = [self.take("q") for _ in range(rank)]
        data, offset = self.location()
        return Tensor(name, code, shape, data, offset, len(data))

    def answer(self):
        kind = self.take("B")
        if kind == 0:
            return Answer(0, self.text(), self.list_of(self.tensor))
        if kind == 1:
            return Answer(1, code=self.take("B"), text=self.text())
        return Answer(kind)

    def executed(self):
        executed = Executed(
            self.list_of(self.answer), self.list_of(lambda: self.take("Q")), self.list_of(lambda: self.take("Q"))
        )
        self.end()
        return executed

    def correlation(self):
        return self.text() if self.take("B") else self.take("Q")

    def infer(self):
        """An INFER after its call number: its request, and what a request does not have."""
        decoupled, trace_of = self.take("BQ")
        model, version = self.text(), self.take("q")
        request = Request(
            [], 0, self.text(), self.correlation(), *self.take("IQ"), self.text(), self.list_of(self.text)
        )
        request.inputs = self.list_of(self.tensor)
        self.end()
        return Infer(decoupled, trace_of, model, version, request)

    def end(self):
        assert self.at == len(self.frame), f"{len(self.frame) - self.at} bytes too many"


@dataclass
class Infer:
    decoupled: int
    trace_of: int
    model: str
    version: int
    request: Request
