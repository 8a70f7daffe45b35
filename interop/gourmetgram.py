"""The applications of examples/gourmetgram as processes, and those that tests share."""

import base64
import http.client
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

from server import BUILT_LAUNCHER, FOOD11_MODELS, HOST, ONE_COMPILER, ROOT, START_SECONDS, STOP_SECONDS
from test_embedded import java_25

FOLDER = ROOT / "examples" / "gourmetgram"
PROGRAM = FOLDER / "target" / "gourmetgram" / "bin" / "gourmetgram"
PHOTOGRAPHS = FOOD11_MODELS.parent / "images"
VARIABLES = ("TRITON_SERVER_URL", "FOOD11_MODEL_NAME", "FASTAPI_SERVER_URL")


def environment(**more):
    """That of a program of the built distribution."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {
        **kept,
        "JAVA_HOME": java_25(),
        "GOURMETGRAM_NEREID": str(BUILT_LAUNCHER.parent.parent),
        "GOURMETGRAM_FOOD11": str(FOOD11_MODELS.parent),
        "GOURMETGRAM_JAVA_OPTS": ONE_COMPILER,
        **more,
    }


def run(*arguments, **more):
    """Runs the program to its end; .returncode, .stdout and .stderr."""
    return subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=4 * START_SECONDS,
        check=False,
    )


class Application:
    """A service or a page that listens on a free port; its output goes to `log`, a file."""

    def __init__(self, log, *arguments, **more):
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [str(PROGRAM), *map(str, arguments), "--port=0"],
                env=environment(**more),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.port = self._port()

    def _port(self):
        """As its first line says."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = re.search(rf"http://{re.escape(HOST)}:(\d+)/", self.log_text())
            if found:
                return int(found[1])
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}:\n{self.log_text()}")
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"not started within {START_SECONDS} s:\n{self.log_text()}")

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    def log_text(self):
        return self.log.read_text(errors="replace")

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, body) of a request on a connection of its own."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def ask_json(self, method, path, body=None):
        """(status, value) where the answer is JSON."""
        status, _, answer = self.ask(method, path, body)
        return status, json.loads(answer)

    def stop(self):
        """Sends SIGTERM and returns the exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def food(start_module_server):
    """The example's models behind both protocols."""
    return start_module_server([FOOD11_MODELS])


@pytest.fixture(scope="module")
def start_application(tmp_path_factory):
    """Starts applications that the tests share; each must end with code 0."""
    started = []

    def start(*arguments, **more):
        started.append(Application(tmp_path_factory.mktemp("application") / "log", *arguments, **more))
        return started[-1]

    yield start
    try:
        for running in started:
            code = running.stop()
            assert code == 0, f"SIGTERM: exit code {code}\n{running.log_text()}"
    finally:
        for running in started:
            running.kill()


@pytest.fixture(scope="module")
def service(start_application):
    """The model in the process of the service."""
    return start_application("service")


@pytest.fixture(scope="module")
def page(start_application, food):
    return start_application("web", TRITON_SERVER_URL=food.url, FOOD11_MODEL_NAME="food_classifier")


@pytest.fixture(scope="module")
def page_of_tensors(start_application, food):
    return start_application("web", TRITON_SERVER_URL=f"http://{food.url}", FOOD11_MODEL_NAME="food_classifier_onnx")


@pytest.fixture(scope="module")
def page_of_service(start_application, service):
    """The prediction service is asked where both are named, as the tutorial's first part has it."""
    return start_application("web", FASTAPI_SERVER_URL=service.url, TRITON_SERVER_URL="localhost:1")


def image_request(file):
    return json.dumps({"image": base64.b64encode(file).decode()})


def photograph(name):
    return (PHOTOGRAPHS / name).read_bytes()
