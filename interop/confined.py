"""A server that may use so much memory and no more, as in a container: by a control group, or else by a watch on it."""

import os
import pathlib
import threading
import time

from processes import resident_bytes

CONTROL_GROUPS = pathlib.Path("/sys/fs/cgroup")
SAMPLE_SECONDS = 0.05
# The limit's file in a group of memory: version 1 has a tree for each resource, version 2 one tree for all.
LIMITS = ((CONTROL_GROUPS / "memory", "memory.limit_in_bytes"), (CONTROL_GROUPS, "memory.max"))


class Confinement:
    """A limit in bytes for one process. The kernel holds it where this user may make control groups; there the process
    is killed if it would use more. Elsewhere `peak` says afterwards what it has used."""

    def __init__(self, limit):
        self.limit = limit
        self.group = self._make_group()
        self.peak = 0
        self._ended = threading.Event()

    def _make_group(self):
        for tree, file in LIMITS:
            group = tree / f"nereid-interop-{os.getpid()}-{time.monotonic_ns()}"
            try:
                group.mkdir()
                (group / file).write_text(str(self.limit))
                return group
            except OSError:
                if group.is_dir():
                    group.rmdir()
        return None

    def enter(self):
        """Runs in the new process before the server: whatever it starts is in the group too."""
        if self.group is not None:
            (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def watch(self, process):
        """Samples the resident memory of the process until `close`."""
        self._watcher = threading.Thread(target=self._sample, args=(process,), daemon=True)
        self._watcher.start()

    def _sample(self, process):
        while process.poll() is None and not self._ended.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, resident_bytes(process.pid, "VmHWM"))

    def close(self):
        """Call it when the process has ended."""
        self._ended.set()
        self._watcher.join()
        if self.group is not None:
            self.group.rmdir()
