"""Loading, unloading and asking for other models of the server. Each call waits for the server's reply. Any thread."""

from __future__ import annotations

from struct import Struct
from typing import Any

from . import kinds
from .calls import CallFailed
from .errors import TritonModelException
from .frames import INLINE, INLINE_ALIGNMENT, SHARED, U32, Buffer, Fields, finish, put_text
from .outgoing import Outputs, append_free
from .worker import Phase, Worker, current_worker

_INLINE_HEAD = Struct("<BI")
_SHARED_PLACE = Struct("<BQQ")


def load_model(model_name: str, config: str = "", files: dict[str, bytes] | None = None) -> None:
    """Loads or reloads a model, with a configuration (JSON) and files that override those of the repository."""
    _check_text("load_model", "model_name", model_name)
    _check_text("load_model", "config", config)
    if files is None:
        files = {}
    if not isinstance(files, dict) or not all(isinstance(each, (bytes, bytearray)) for each in files.values()):
        raise TypeError("load_model: files must be a dict of str and bytes")
    worker = current_worker()
    if worker.phase is Phase.STARTING and model_name == worker.model_name:
        raise TritonModelException(
            f"Failed to load model: '{model_name}' is being loaded and waits for this code of its own: it cannot load "
            "itself before it is ready"
        )
    call, frame = worker.calls.begin(kinds.LOAD_MODEL)
    put_text(frame, model_name)
    put_text(frame, config)
    outputs = Outputs(worker, 0, 0, may_refer=False)
    frame += U32.pack(len(files))
    for name, content in files.items():
        put_text(frame, name)
        _put_file(frame, content, outputs)
    finish(frame)
    append_free(frame, outputs.disown())
    _ask(worker, call, frame, kinds.DONE, "Failed to load model: ")


def unload_model(model_name: str, unload_dependents: bool = False) -> None:
    """Begins to unload a model."""
    _check_text("unload_model", "model_name", model_name)
    worker = current_worker()
    call, frame = worker.calls.begin(kinds.UNLOAD_MODEL)
    put_text(frame, model_name)
    frame.append(1 if unload_dependents else 0)
    _ask(worker, call, finish(frame), kinds.DONE, "Failed to unload model: ")


def is_model_ready(model_name: str, model_version: str = "") -> bool:
    """Whether a model, or one version of it, can take requests."""
    _check_text("is_model_ready", "model_name", model_name)
    _check_text("is_model_ready", "model_version", model_version)
    worker = current_worker()
    call, frame = worker.calls.begin(kinds.MODEL_READY)
    put_text(frame, model_name)
    put_text(frame, model_version)
    return _ask(worker, call, finish(frame), kinds.FLAG, "Failed to check model readiness: ").u8() != 0


def _put_file(frame: Buffer, content: bytes | bytearray, outputs: Outputs) -> None:
    if len(content) <= outputs.worker.max_inline:
        frame += _INLINE_HEAD.pack(INLINE, len(content))
        frame += b"\0" * (-len(frame) % INLINE_ALIGNMENT)
        frame += content
        return
    offset = outputs.place(len(content))
    outputs.worker.memory.write_bytes(offset, content)
    frame += _SHARED_PLACE.pack(SHARED, offset, len(content))


def _ask(worker: Worker, call: Any, frame: Buffer, expected: int, prefix: str) -> Fields:
    try:
        return worker.calls.ask(call, frame, expected)
    except CallFailed as error:
        text = str(error)
        raise TritonModelException(text if text.startswith(prefix) else prefix + text) from None


def _check_text(function: str, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{function}: {name} must be a str, found {type(value)}")
