"""Where a model would like the outputs of its own requests."""

from __future__ import annotations

from enum import IntEnum


class MemoryType(IntEnum):
    TRITONSERVER_MEMORY_CPU = 0
    TRITONSERVER_MEMORY_GPU = 2


class PreferredMemory:
    """A wish that this server answers with host memory, whatever it is: outputs of other models always come to the
    host.
    """

    __slots__ = ("_device_id", "_memory_type")

    def __init__(
        self, preferred_memory_type: MemoryType = MemoryType.TRITONSERVER_MEMORY_CPU, preferred_device_id: int = 0
    ) -> None:
        if not isinstance(preferred_memory_type, MemoryType):
            raise TypeError(f"PreferredMemory: a MemoryType expected, found {preferred_memory_type!r}")
        if not isinstance(preferred_device_id, int):
            raise TypeError(f"PreferredMemory: preferred_device_id must be an int, found {type(preferred_device_id)}")
        self._memory_type = preferred_memory_type
        self._device_id = preferred_device_id


class SharedMemory:
    """Named as in Triton, where only its own tests use it. The server frees memory by itself here."""

    def free_memory(self) -> int:
        raise NotImplementedError("shared memory belongs to the server, which publishes it as metrics")
