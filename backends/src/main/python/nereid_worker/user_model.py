"""The model's code: where it is looked for, how it is imported, what of it the worker calls."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Callable

from .errors import TritonModelException

_CLASS = "TritonPythonModel"


def import_model(model_path: str, version: str, file: str) -> Any:
    """The class of the model. Raises whatever its module raises, and TritonModelException where something is missing.

    ``model_path`` is the model's directory; the module is ``<version>.<file without .py>``, so that ``from . import
    other`` finds what lies beside it.
    """
    file = file or "model.py"
    path = os.path.join(model_path, version, file)
    if not file.endswith(".py"):
        raise TritonModelException(f"Model name must end with '.py'. Model name is \"{file}\".")
    if not os.path.isfile(path):
        raise TritonModelException(f"Python model file not found in '{path}'")
    _extend_path(os.path.join(model_path, version), model_path)
    module = importlib.import_module(f"{version}.{file[: -len('.py')]}")
    return getattr(module, _CLASS)


def _extend_path(*directories: str) -> None:
    """Appends the directories, and the worker's own after them: what the environment has comes first."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [each for each in sys.path if each != own]
    sys.path += [*directories, own]


def method_of(model: Any, name: str) -> Callable[..., Any] | None:
    """A method of the model or of its class, None where it has none of that name."""
    method: Callable[..., Any] | None = getattr(model, name, None)
    return method
