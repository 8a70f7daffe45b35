"""Metrics of the model, which the server publishes with its own.

Each operation waits for the server's reply. Any thread.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from . import kinds
from .calls import CallFailed
from .errors import TritonModelException
from .frames import F64, U32, Buffer, finish, put_text
from .worker import Worker, current_worker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .disposals import Disposals

_OPERATION = Struct("<QBd")
_NUMBER = Struct("<Q")
_INCREMENT, _SET, _OBSERVE = 0, 1, 2
_FAMILY_DELETED = (
    "Invalid metric operation as the corresponding 'MetricFamily' has been deleted. The 'MetricFamily' object should "
    "be deleted AFTER its corresponding 'Metric' objects have been deleted."
)


class MetricKind(IntEnum):
    """Numbered as the server numbers them."""

    COUNTER = 0
    GAUGE = 1
    HISTOGRAM = 2


class Metric:
    """One series. Its end removes the series, unless another object stands for the same one."""

    __slots__ = ("_disposals", "_family_deleted", "_number", "_worker", "__weakref__")

    _worker: Worker
    _number: int
    _family_deleted: bool
    _disposals: Disposals

    def __init__(self) -> None:
        raise TypeError("Metric: use MetricFamily.Metric()")

    @classmethod
    def _of(cls, worker: Worker, number: int) -> Metric:
        metric = cls.__new__(cls)
        metric._worker = worker
        metric._disposals = worker.disposals
        metric._number = number
        metric._family_deleted = False
        return metric

    def increment(self, value: float) -> None:
        """Adds to a counter or a gauge; a counter takes nothing negative."""
        self._operate(_INCREMENT, value, "Failed to increment metric value: ")

    def set(self, value: float) -> None:
        """Sets a gauge."""
        self._operate(_SET, value, "Failed to set metric value: ")

    def observe(self, value: float) -> None:
        """Counts a value in a histogram."""
        self._operate(_OBSERVE, value, "Failed to observe metric value: ")

    def value(self) -> float:
        """The value of a counter or a gauge."""
        call, frame = self._begin(kinds.METRIC_VALUE)
        frame += _NUMBER.pack(self._number)
        value: float = self._ask(call, frame, kinds.VALUE, "Failed to get metric value: ").f64()
        return value

    def _operate(self, operation: int, value: float, prefix: str) -> None:
        if not isinstance(value, (int, float)) and not hasattr(value, "__float__"):
            raise TypeError(f"Metric: the value must be a number, found {type(value)}")
        call, frame = self._begin(kinds.METRIC_OPERATION)
        frame += _OPERATION.pack(self._number, operation, float(value))
        self._ask(call, frame, kinds.DONE, prefix)

    def _begin(self, kind: int) -> Any:
        if self._family_deleted:
            raise TritonModelException(_FAMILY_DELETED)
        return self._worker.calls.begin(kind)

    def _ask(self, call: Any, frame: Buffer, expected: int, prefix: str) -> Any:
        return _ask(self._worker, call, frame, expected, prefix)

    def __del__(self) -> None:
        if getattr(self, "_worker", None) is not None and not self._family_deleted:
            worker, number = self._worker, self._number
            self._disposals.later(lambda: worker.post_number(kinds.METRIC_DELETED, number))


class MetricFamily:
    """``MetricFamily(name, description, kind)``: the series of one name. Its end removes them all."""

    __slots__ = ("_disposals", "_kind", "_metrics", "_number", "_worker", "__weakref__")

    COUNTER = MetricKind.COUNTER
    GAUGE = MetricKind.GAUGE
    HISTOGRAM = MetricKind.HISTOGRAM

    def __init__(self, name: str, description: str, kind: MetricKind) -> None:
        for what, text in (("name", name), ("description", description)):
            if not isinstance(text, str):
                raise TypeError(f"MetricFamily: {what} must be a str, found {type(text)}")
        if not isinstance(kind, MetricKind):
            raise TypeError(f"MetricFamily: kind must be MetricFamily.COUNTER, GAUGE or HISTOGRAM, found {type(kind)}")
        worker = current_worker()
        call, frame = worker.calls.begin(kinds.FAMILY)
        put_text(frame, name)
        put_text(frame, description)
        frame.append(kind)
        self._number: int = _ask(worker, call, frame, kinds.ID, "Error when creating MetricFamily: ").u64()
        self._worker = worker
        self._disposals = worker.disposals
        self._kind = kind
        self._metrics: WeakSet[Metric] = WeakSet()

    def Metric(self, labels: dict[str, str] | None = None, buckets: list[float] | None = None) -> Metric:
        """The series with these labels; a histogram needs the upper bounds of its buckets."""
        labels = {} if labels is None else labels
        if not isinstance(labels, dict):
            raise TritonModelException("Failed to create metric. Labels must be a dictionary.")
        _check_labels(labels.items())
        self._check_buckets(buckets)
        call, frame = self._worker.calls.begin(kinds.METRIC)
        frame += _NUMBER.pack(self._number)
        frame += U32.pack(len(labels))
        for name, value in labels.items():
            put_text(frame, name)
            put_text(frame, value)
        _put_buckets(frame, buckets)
        number = _ask(self._worker, call, frame, kinds.ID, "Error when creating Metric: ").u64()
        metric = Metric._of(self._worker, number)
        self._metrics.add(metric)
        return metric

    def _check_buckets(self, buckets: list[float] | None) -> None:
        if buckets is not None and not isinstance(buckets, list):
            raise TritonModelException("Failed to create metric. Buckets must be a list.")
        if self._kind is MetricKind.HISTOGRAM:
            if buckets is None:
                raise TritonModelException("Failed to create metric. Missing required buckets.")
        elif buckets:
            raise TritonModelException("Failed to create metric. Unexpected buckets found.")

    def __del__(self) -> None:
        if getattr(self, "_metrics", None) is None:
            return
        for metric in list(self._metrics):
            metric._family_deleted = True
        worker, number = self._worker, self._number
        self._disposals.later(lambda: worker.post_number(kinds.FAMILY_DELETED, number))


def _check_labels(labels: Iterable[tuple[Any, Any]]) -> None:
    for name, value in labels:
        if not isinstance(name, str) or not isinstance(value, str):
            raise TritonModelException(
                f"Failed to create metric. Labels must map str to str, found {type(name)} and {type(value)}."
            )


def _put_buckets(frame: Buffer, buckets: list[float] | None) -> None:
    if buckets is None:
        frame.append(0)
        return
    frame.append(1)
    frame += U32.pack(len(buckets))
    for bound in buckets:
        if not isinstance(bound, (int, float)):
            raise TypeError(f"MetricFamily.Metric: buckets must be numbers, found {type(bound)}")
        frame += F64.pack(bound)


def _ask(worker: Worker, call: Any, frame: Buffer, expected: int, prefix: str) -> Any:
    try:
        return worker.calls.ask(call, finish(frame), expected)
    except CallFailed as error:
        text = str(error)
        raise TritonModelException(text if text.startswith(prefix) else prefix + text) from None
