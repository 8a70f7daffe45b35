"""The classes by the name of Triton's compiled module, which a model may import too."""

from __future__ import annotations

from nereid_worker.bls import ResponseIterator
from nereid_worker.errors import TritonError, TritonModelException
from nereid_worker.logger import Logger
from nereid_worker.memory_types import MemoryType, PreferredMemory, SharedMemory
from nereid_worker.metrics import Metric, MetricFamily, MetricKind
from nereid_worker.model_control import is_model_ready, load_model, unload_model
from nereid_worker.requests import InferenceRequest, InferenceTrace
from nereid_worker.responses import InferenceResponse
from nereid_worker.senders import InferenceResponseSender
from nereid_worker.tensors import Tensor

TRITONSERVER_MEMORY_CPU = MemoryType.TRITONSERVER_MEMORY_CPU
TRITONSERVER_MEMORY_GPU = MemoryType.TRITONSERVER_MEMORY_GPU

shared_memory = SharedMemory()

__all__ = [
    "TRITONSERVER_MEMORY_CPU",
    "TRITONSERVER_MEMORY_GPU",
    "InferenceRequest",
    "InferenceResponse",
    "InferenceResponseSender",
    "InferenceTrace",
    "Logger",
    "MemoryType",
    "Metric",
    "MetricFamily",
    "MetricKind",
    "PreferredMemory",
    "ResponseIterator",
    "SharedMemory",
    "Tensor",
    "TritonError",
    "TritonModelException",
    "is_model_ready",
    "load_model",
    "shared_memory",
    "unload_model",
]
