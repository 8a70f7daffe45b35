"""Replies that nobody waits for any more: the thread that called was interrupted, as by a model's own time limit."""

from __future__ import annotations

from . import kinds
from .frames import CALL_AT, FIELDS_OF_REPLY_AT, TYPE_AT, U64, Buffer, Fields
from .incoming import read_response
from .memory import Extent
from .worker import Worker


def dispose_late_replies(worker: Worker) -> None:
    """From now on, what a late reply brings is freed, and a request with more responses to come is cancelled."""
    worker.calls.when_late(lambda reply: worker.disposals.later(lambda: _dispose(worker, reply)))


def _dispose(worker: Worker, reply: Buffer) -> None:
    fields = Fields(reply, FIELDS_OF_REPLY_AT)
    if reply[TYPE_AT] == kinds.EXTENT:
        Extent(fields.u64(), worker.disposals)
    elif reply[TYPE_AT] == kinds.RESPONSE:
        last = fields.u8() != 0
        if fields.u8() == 0:
            read_response(reply, fields.at, worker)
        if not last:
            _cancel(worker, U64.unpack_from(reply, CALL_AT)[0])


def _cancel(worker: Worker, call: int) -> None:
    worker.calls.post_cancel(call)
    worker.calls.post_taken(call)
