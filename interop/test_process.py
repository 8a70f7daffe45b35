"""What the launcher makes of the process."""

import pathlib

from processes import memory_map

COMPILER_NICENESS = 5
NICE = 16  # of the fields of /proc/PID/stat behind the name, as proc(5) counts from the third on


def threads(server):
    """(name, nice value) of each thread of the server."""
    for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir():
        try:
            name, fields = (task / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:  # it has ended
            continue
        yield name, int(fields.split()[NICE])


def test_the_compiler_yields_to_the_models(start_server, test_models):
    server = start_server([test_models], environment={"NEREID_JAVA_OPTS": ""}).wait_until()
    compilers = {name: nice for name, nice in threads(server) if name.startswith(("C1 Compiler", "C2 Compiler"))}
    assert len(compilers) == 2
    assert set(compilers.values()) == {COMPILER_NICENESS}
    assert {nice for name, nice in threads(server) if name.startswith(("http-", "identity"))} == {0}


def test_the_start_uses_the_aot_cache(server):
    mapped = memory_map(server.process.pid)
    assert "/lib/nereid.aot" in mapped, "no AOT cache: deploy/build-distribution makes it, and its log says why it did not"
