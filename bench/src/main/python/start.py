"""How long servers take until they are ready, and what they hold then: distributions side by side, in random turns.

    bench/run start NAME=DISTRIBUTION ...
        starts bin/nereid of each distribution again and again; prints for each one the time from the start of the process
        to the first 200 of /v2/health/ready, the processor time until then, and the resident memory a while later.
        NAME="DISTRIBUTION -XX:OPTION ..." adds options for the JVM

--models=identity|food11|FOLDER (identity) is what they serve
--starts=15 is how often each of them is started, --settle=2 the seconds until its memory is looked at
"""

import http.client
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from ports import free_ports
from python_backend import NATIVE_CONFIG, write_model

ROOT = pathlib.Path(__file__).resolve().parents[4]
TICK = os.sysconf("SC_CLK_TCK")
LONGEST_START = 60
# The row of the table and the field of /proc/PID/status.
MEMORY = {"resident": "VmRSS", "anonymous": "RssAnon", "files": "RssFile"}


def is_ready(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/v2/health/ready")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


def processor_seconds(pid):
    """Of the process and of those it has waited for, its launcher's included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICK


def megabytes(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {row: int(fields[field].split()[0]) * 1024 / 1e6 for row, field in MEMORY.items()}


def start(distribution, options, models, settle):
    """One start of a server; the figures of it by the names of their columns."""
    ports = free_ports(3)
    flags = [f"--model-repository={models}"]
    flags += [f"--{name}-port={port}" for name, port in zip(("http", "grpc", "metrics"), ports, strict=True)]
    environment = {**os.environ, "NEREID_JAVA_OPTS": options}
    began = time.monotonic()
    server = subprocess.Popen(
        [f"{distribution}/bin/nereid", *flags], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not is_ready(ports[0]):
            if server.poll() is not None or time.monotonic() - began > LONGEST_START:
                sys.exit(f"start: {distribution} did not become ready (see what {distribution}/bin/nereid {' '.join(flags)} says)")
            time.sleep(0.002)
        figures = {"ready": 1e3 * (time.monotonic() - began), "cpu": 1e3 * processor_seconds(server.pid)}
        time.sleep(settle)
        return {**figures, **megabytes(server.pid)}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def measure(servers, models, starts, settle):
    figures = {name: [] for name in servers}
    for turn in range(starts + 1):
        for name in random.sample(list(servers), len(servers)):
            distribution, _, options = servers[name].partition(" ")
            one = start(distribution, options, models, settle)
            if turn > 0:  # the first one reads the files from the disk
                figures[name].append(one)
    return figures


def table(figures, models, began, load):
    print(f"models {models}, {time.strftime('%Y-%m-%d %H:%M')}, load average {load:.1f} before, {os.getloadavg()[0]:.1f} after,"
          f" {time.monotonic() - began:.0f} s")
    print("| server | starts | ready ms: median (least, most) | CPU ms | resident MB | anonymous | files |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, starts in figures.items():
        columns = {column: [one[column] for one in starts] for column in starts[0]}
        middle = {column: statistics.median(values) for column, values in columns.items()}
        ready = columns["ready"]
        print(f"| {name} | {len(ready)} | {middle['ready']:.0f} ({min(ready):.0f}, {max(ready):.0f}) | {middle['cpu']:.0f} |"
              + "".join(f" {middle[column]:.0f} |" for column in MEMORY))


def write_identity(folder):
    write_model(pathlib.Path(folder), "identity", NATIVE_CONFIG)
    return folder


def main():
    words = sys.argv[1:]
    options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
    servers = dict(word.split("=", 1) for word in words if not word.startswith("--"))
    if not servers:
        sys.exit(__doc__)
    began, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        models = options.get("models", "identity")
        known = {"identity": lambda: write_identity(folder), "food11": lambda: ROOT / "examples/food11/models"}
        repository = known.get(models, lambda: models)()
        figures = measure(servers, repository, int(options.get("starts", 15)), float(options.get("settle", 2)))
    table(figures, models, began, load)


if __name__ == "__main__":
    main()
