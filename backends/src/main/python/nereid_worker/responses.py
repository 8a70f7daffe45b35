"""A response, made by the model or received from another one."""

from __future__ import annotations

from typing import Any

from . import parameters as model_parameters
from .errors import TritonError, TritonModelException
from .tensors import Tensor

EMPTY_TENSOR = "Output tensor for inference response should not be empty."


class InferenceResponse:
    """Output tensors, or the error instead of them. With an error, tensors and parameters are ignored."""

    __slots__ = ("_error", "_parameters", "_tensors")

    def __init__(
        self,
        output_tensors: list[Tensor] = [],  # noqa: B006 (never written)
        error: TritonError | None = None,
        parameters: Any = None,
    ) -> None:
        self._error = error
        self._parameters = "" if parameters is None else model_parameters.to_json(parameters)
        if error is not None and not isinstance(error, TritonError):
            raise TypeError(f"InferenceResponse: error must be a TritonError, found {type(error)}")
        if not isinstance(output_tensors, (list, tuple)):
            raise TypeError(f"InferenceResponse: output_tensors must be a list, found {type(output_tensors)}")
        for tensor in output_tensors:
            if tensor.__class__ is not Tensor and not isinstance(tensor, Tensor):
                if tensor is None:
                    raise TritonModelException(EMPTY_TENSOR)
                raise TypeError(f"InferenceResponse: output_tensors must hold Tensor objects, found {type(tensor)}")
        self._tensors = list(output_tensors)

    @classmethod
    def _received(cls, tensors: list[Tensor], parameters: str) -> InferenceResponse:
        response = cls.__new__(cls)
        response._tensors = tensors
        response._error = None
        response._parameters = parameters
        return response

    def output_tensors(self) -> list[Tensor]:
        return self._tensors

    def has_error(self) -> bool:
        return self._error is not None

    def error(self) -> TritonError | None:
        return self._error

    def parameters(self) -> str:
        """The parameters as JSON text, "" for none."""
        return self._parameters
