"""The AOT cache of an installed server: what the JVM has noted of earlier starts, which halves the time of the next ones.

It is valid for one Java, one path and one set of jars, so it is not in the package but made where the server is installed,
into $XDG_CACHE_HOME/nereid (~/.cache/nereid). The first start goes without, and leaves a process behind that makes it when
the server has started, with the lowest priority, and then ends. `python -m nereid_server.aot_cache` makes it at once.

    FINGERPRINT/nereid.aot   the cache
    FINGERPRINT/about.json   what it is for; written last, so a cache without it was never finished
    FINGERPRINT/lock         held by who makes it
    FINGERPRINT/log          of the last attempt, where that failed
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

from nereid_server import packaged

SECONDS_BEFORE = 20  # for a server to start and its user's first requests
SECONDS_OF_TRAINING = "6"
SECONDS_AFTER_A_FAILURE = 24 * 60 * 60
# Making it takes two JVMs beside the server.
NEEDED_MEMORY = 1 << 30
NONE = "off"


class Cache:
    """The place of the cache for one distribution and one Java. OSError where the user has no place for it."""

    def __init__(self, distribution, java_home):
        self.about = {
            "distribution": distribution,
            "java": java_home,
            "fingerprint": fingerprint(distribution, java_home),
        }
        root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        self.root = os.path.join(root, "nereid")
        self.folder = os.path.join(self.root, self.about["fingerprint"])
        self.file = os.path.join(self.folder, "nereid.aot")
        self.log = os.path.join(self.folder, "log")
        self._about_file = os.path.join(self.folder, "about.json")

    def problem(self):
        """None for a cache that may be used; "" where there is none; else what is wrong with it."""
        try:
            with open(self._about_file, encoding="utf-8") as file:
                found = json.load(file)
            size = os.path.getsize(self.file)
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            return str(error)
        if not isinstance(found, dict) or {**found, "bytes": None} != {**self.about, "bytes": None}:
            return "it was made for another server or another Java"
        return None if size == found["bytes"] else f"it has {size} bytes (expected {found['bytes']})"

    def failed_lately(self):
        try:
            return time.time() - os.path.getmtime(self.log) < SECONDS_AFTER_A_FAILURE
        except OSError:
            return False

    def make(self):
        """Makes it unless it is there, after waiting for another process that is at it; returns whether there is one then."""
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.problem() is None:
                return True
            self._forget_others()
            made = self.file + ".new"
            if not self._train(made):
                return False
            remove(self._about_file)
            os.replace(made, self.file)
            self._write_about(os.path.getsize(self.file))
            remove(self.log)
            return True

    def _train(self, made):
        """Runs a server on free ports that notes what it does while it is sent every kind of request."""
        distribution = self.about["distribution"]
        environment = {"SECONDS_OF_TRAINING": SECONDS_OF_TRAINING, **os.environ, "NEREID_JAVA_HOME": self.about["java"]}
        environment.pop("NEREID_AOT_CACHE", None)
        command = ["bash", os.path.join(distribution, "aot", "make-aot-cache"), distribution]
        command += [os.path.join(distribution, "demo", "models"), made]
        with open(self.log, "wb") as log:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        return done.returncode == 0

    def _write_about(self, size):
        with open(self._about_file + ".new", "w", encoding="utf-8") as file:
            json.dump({**self.about, "bytes": size}, file)
        os.replace(self._about_file + ".new", self._about_file)

    def _forget_others(self):
        """Removes the caches of this installation before an update, and of installations that are gone."""
        for name in os.listdir(self.root):
            folder = os.path.join(self.root, name)
            try:
                with open(os.path.join(folder, "about.json"), encoding="utf-8") as file:
                    distribution = json.load(file)["distribution"]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if folder != self.folder and (
                distribution == self.about["distribution"] or not os.path.isdir(distribution)
            ):
                shutil.rmtree(folder, ignore_errors=True)


def find_or_make(distribution, java_home, may_make):
    """The file of a cache that fits, or "off"; in that case and if it may, leaves a process behind that makes one."""
    try:
        cache = Cache(distribution, java_home)
        problem = cache.problem()
        if problem is None:
            return cache.file
        if problem:
            print(f"nereid: passing over the AOT cache {cache.file}: {problem}", file=sys.stderr)
        if may_make and not cache.failed_lately() and is_left_alone():
            make_beside(cache)
    except OSError:
        pass  # as in a home that cannot be written to: the server only starts slower
    return NONE


def is_left_alone():
    """Whether a process of ours may go on after the server: the first process of a container would have to bury it."""
    return os.getpid() != 1


def make_beside(cache):
    """Leaves a process behind that is no child of the server's, holds none of its files and hears none of its signals."""
    os.makedirs(cache.folder, exist_ok=True)
    subprocess.run(
        ["sh", "-c", '"$@" &', "sh", sys.executable, "-m", "nereid_server.aot_cache", "--beside", cache.about["java"]],
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__)))},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )


def fingerprint(distribution, java_home):
    """What a cache is valid for, as a short name."""
    parts = [os.uname().machine, distribution, java_home]
    with open(os.path.join(java_home, "release"), encoding="utf-8") as release:
        parts.append(release.read())
    libraries = os.path.join(distribution, "lib")
    jars = [os.path.join(libraries, name) for name in sorted(os.listdir(libraries)) if name.endswith(".jar")]
    for file in (os.path.join(java_home, "lib", "modules"), *jars):
        status = os.stat(file)
        parts += [file, str(status.st_size), str(status.st_mtime_ns)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def memory_left():
    """How many bytes this process may still take: of the machine, and of its control group."""
    with open("/proc/meminfo", encoding="ascii") as file:
        left = next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))
    for group in control_groups():
        try:
            left = min(left, number_in(group, "memory.max") - number_in(group, "memory.current"))
        except (OSError, ValueError):
            continue  # not there, or "max"
    return left


def number_in(group, file):
    with open(os.path.join(group, file), encoding="ascii") as opened:
        return int(opened.read())


def control_groups():
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        paths = [line.rstrip("\n").split(":", 2)[2] for line in file if line.startswith("0::")]
    return ["/sys/fs/cgroup", *("/sys/fs/cgroup" + path for path in paths)]


def remove(file):
    try:
        os.remove(file)
    except FileNotFoundError:
        pass


def main():
    if sys.argv[1:2] == ["--beside"]:
        os.nice(19)
        time.sleep(SECONDS_BEFORE)
        if memory_left() >= NEEDED_MEMORY:
            Cache(packaged.DISTRIBUTION, sys.argv[2]).make()
        return
    cache = Cache(packaged.DISTRIBUTION, os.environ.get("NEREID_JAVA_HOME") or packaged.java_home())
    if not cache.make():
        sys.exit(f"nereid: made no AOT cache; the log of the attempt is {cache.log}")
    print(cache.file)


if __name__ == "__main__":
    main()
