"""What the worker does to its own process before any code of the model runs."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import NamedTuple

from .frames import FrameReader

_NAME_BYTES = 15
_SERVER_GONE = 1


class WorkChannel(NamedTuple):
    """The two ends of the channel on which the server asks one question at a time."""

    reader: FrameReader
    source: int
    out: int


def take_work_channel() -> WorkChannel:
    """Takes stdin and stdout for the server: afterwards the model reads nothing, and prints to stderr, a line at a
    time.
    """
    source = os.dup(0)
    out = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    # The crashing thread alone: the last lines of stderr are what clients learn of a crash.
    faulthandler.enable(file=2, all_threads=False)
    threading.Thread(target=_end_with_server, args=(source,), name="nereid-server-watch", daemon=True).start()
    return WorkChannel(FrameReader(source), source, out)


def _end_with_server(source: int) -> None:
    """Ends the process and what it has started when the server's end of stdin is closed, whatever the model does."""
    poll = select.poll()
    poll.register(source, 0)
    while True:
        for _, events in poll.poll():
            if events & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                end_at_once()


def end_at_once() -> None:
    """The server is gone: ends all processes of the group that this one leads."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(_SERVER_GONE)


def lead_group() -> None:
    """Begins a process group of its own, so that the server can end it with all that the model has started."""
    with suppress(PermissionError):  # it leads one already
        os.setsid()


def ignore_terminal_signals() -> None:
    """SIGINT and SIGTERM go to the whole group of the server, which ends its workers itself.

    Handlers instead of SIG_IGN: programs that the model starts get the default again.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _nothing)


def _nothing(number: int, frame: object) -> None:
    """The signal is not for this process."""


def set_name(instance: str) -> None:
    """The name in ``ps`` and ``top``: of a long one the beginning, and the end, which tells instances apart."""
    name = instance.encode()
    if len(name) > _NAME_BYTES:
        tail = b"_" + b"_".join(name.rsplit(b"_", 2)[1:])
        name = name[: max(0, _NAME_BYTES - len(tail))] + tail
    try:
        with open("/proc/self/comm", "wb") as comm:
            comm.write(name[:_NAME_BYTES])
    except OSError:
        # The name is a comfort: without /proc the model runs as well.
        return
