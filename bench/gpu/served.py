"""The server and the load clients as processes, by where they lie."""

import contextlib
import dataclasses
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 30
CLIENT_OPTIONS = [
    "-XX:+UseParallelGC",
    "-XX:MaxDirectMemorySize=32g",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
]


class Failed(Exception):
    """What a step says when it fails."""


@dataclasses.dataclass
class Place:
    """Where the programs are: in what bench/gpu/pack made, or in a working tree."""

    distribution: pathlib.Path
    classes: str
    food: pathlib.Path
    java: str
    onnxruntime: pathlib.Path  # the folder of its libraries
    cuda_folders: str = ""

    def environment(self):
        variables = {**os.environ, "CLASSPATH": f"{self.classes}:{self.distribution}/lib/*"}
        variables["NEREID_JAVA_OPTS"] = f"-Donnxruntime.native.path={self.onnxruntime}"
        if self.cuda_folders:
            variables["NEREID_CUDA_LIBRARIES"] = self.cuda_folders
        return variables

    def measure(self, scenario, within, **options):
        """Runs ServedLoad or BareSessions and returns its measurements, in dicts."""
        command = [self.java, *CLIENT_OPTIONS, f"-Donnxruntime.native.path={self.onnxruntime}"]
        command += [f"-Dnereid.cuda.libraries={self.cuda_folders}"] if self.cuda_folders else []
        command += [f"io.nereid.bench.load.device.{scenario}"]
        command += [f"--{name.replace('_', '-')}={text(value)}" for name, value in options.items()]
        done = subprocess.run(
            command, env=self.environment(), check=False, capture_output=True, text=True, timeout=within
        )
        if done.returncode != 0:
            raise Failed(last_line(done.stderr) or f"{scenario} ended with {done.returncode}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def text(value):
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def last_line(output):
    """The line that says what went wrong: the one of the load clients, else the last."""
    lines = [line for line in output.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("load: ")]
    return (said or lines or [""])[-1].removeprefix("load: ")


def free_ports(count):
    """As many different ports that nothing listens on."""
    with contextlib.ExitStack() as probes:
        return [probes.enter_context(socket.create_server((HOST, 0))).getsockname()[1] for _ in range(count)]


class Server:
    """One server, with the models that the caller loads; its output is in `log`."""

    def __init__(self, place, repository, log, *flags):
        self.port, self.grpc_port, self.metrics_port = free_ports(3)
        self.log = pathlib.Path(log)
        command = [f"{place.distribution}/bin/nereid", f"--model-repository={repository}"]
        command += [f"--http-address={HOST}", f"--http-port={self.port}", f"--grpc-address={HOST}"]
        command += [f"--grpc-port={self.grpc_port}", f"--metrics-port={self.metrics_port}", "--allow-client-shm=true"]
        command += ["--model-control-mode=explicit", *flags]
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                command, env=place.environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def __enter__(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.get("/v2/health/ready")
                return self
            except Failed:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise Failed(f"the server did not become ready: {last_line(self.log_text())}") from None
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log_text(self):
        return self.log.read_text(errors="replace")

    def get(self, path, port=None):
        return self.ask(urllib.request.Request(f"http://{HOST}:{port or self.port}{path}"))

    def post(self, path, body=None):
        data = json.dumps(body or {}).encode()
        return self.ask(urllib.request.Request(f"http://{HOST}:{self.port}{path}", data=data, method="POST"))

    def ask(self, request):
        try:
            with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Failed(error.read().decode(errors="replace")) from None
        except OSError as error:
            raise Failed(str(error)) from None

    def load(self, model):
        self.post(f"/v2/repository/models/{model}/load")

    def unload(self, model):
        self.post(f"/v2/repository/models/{model}/unload")
        deadline = time.monotonic() + START_SECONDS
        while self.is_ready(model) and time.monotonic() < deadline:
            time.sleep(0.02)

    def is_ready(self, model):
        try:
            self.get(f"/v2/models/{model}/ready")
            return True
        except Failed:
            return False

    def kind(self, model):
        """Where its instances are, as its configuration says when it is loaded."""
        groups = json.loads(self.get(f"/v2/models/{model}/config"))["instance_group"]
        return ", ".join(f"{group['kind']} {group['gpus']}" if group["gpus"] else group["kind"] for group in groups)

    def metrics(self, family):
        """The values of a family, in order."""
        lines = self.get("/metrics", self.metrics_port).splitlines()
        return [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(family + "{")]
