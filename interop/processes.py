"""Looks at processes of this machine: which there are, and what they take."""

import os
import pathlib


def children(pid):
    """The processes that this one started and that are still there; read until it is the same twice, since Linux may leave
    some out while one of them, or the thread that started it, ends."""
    found = children_now(pid)
    while (again := children_now(pid)) != found:
        found = again
    return found


def children_now(pid):
    """As the kernel lists them at once."""
    found = []
    for task in tasks(pid):
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def tasks(pid):
    """The folders of its threads; none for a process that has ended."""
    try:
        return list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def command_line(pid):
    """With its arguments; empty for one that has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def command(pid):
    """The name that the process goes by; empty for one that has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def memory_map(pid):
    """What it has mapped, as proc(5) lists it; empty for one that has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""


def is_alive(pid):
    """Whether it runs: one that has ended and that nobody has waited for does not."""
    try:
        return stat(pid)[0] != "Z"
    except OSError:
        return False


def cpu_seconds(pid):
    """Processor time of all its threads, those that have ended too; in steps of ten milliseconds."""
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stat(pid):
    """The fields of proc(5) from the third on: what stands before may have spaces in it."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def resident_bytes(pid, field="VmRSS"):
    """Resident memory now, or with VmHWM the most it ever was; 0 for one that has ended."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


def descriptors(pid):
    """How many files it has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
