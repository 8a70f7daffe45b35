"""Runs the steps of steps.py one after the other and prints the table; started by bench/gpu/run, whose help explains it."""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import steps
from machine import cuda_of, driver_version, nvidia_smi
from models import BARE_CUDA, Repository
from served import Failed, Place, Server
from table import FAILED, SKIPPED, Table

PINNED_BYTES = 8 << 30
REHEARSAL_PATIENCE = 5  # times the limit of a step on a GPU


def arguments():
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--home", type=pathlib.Path)
    parser.add_argument("--tree", type=pathlib.Path)
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--steps", default="")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("gpu-check"))
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--cuda", choices=("12", "13"))
    options = parser.parse_args()
    if options.steps == "help":
        print("".join(f"{step.name:12} {step.seconds:4} s  {step.what}\n" for step in steps.STEPS), end="")
        sys.exit(0)
    wanted = [name for name in options.steps.split(",") if name]
    unknown = set(wanted) - {step.name for step in steps.STEPS}
    if unknown:
        sys.exit(f"run: --steps: got '{', '.join(sorted(unknown))}' (expected names that --steps=help lists)")
    options.steps = wanted
    options.seconds = options.seconds or (2 if options.device == "gpu" else 4)
    options.minutes = options.minutes or (8 if options.device == "gpu" else 30)
    return options


def onnxruntime_of(home, driver, wanted):
    """The folder of ONNX Runtime's libraries that suits the driver; the CPU's where there is neither."""
    versions = [wanted] if wanted else [v for v in ("13", "12") if not driver or float(driver) >= float(v)]
    for version in versions:
        if (home / f"ort{version}" / "libonnxruntime.so").is_file():
            return home / f"ort{version}"
    if wanted or driver:
        sys.exit(
            f"run: {home}: no ONNX Runtime for CUDA {' or '.join(versions)} (bench/gpu/pack --cuda=... puts it there)"
        )
    return home / "distribution" / "native"


def place_packed(home, driver, wanted):
    onnxruntime = onnxruntime_of(home, driver, wanted)
    libraries = home / onnxruntime.name.replace("ort", "cuda")
    return Place(
        distribution=home / "distribution",
        classes=str(home / "classes"),
        food=home / "food.onnx",
        java=str(home / "distribution/jre/bin/java"),
        onnxruntime=onnxruntime,
        cuda_folders=os.environ.get("NEREID_CUDA_LIBRARIES", str(libraries) if libraries.is_dir() else ""),
    )


def place_in_tree(tree):
    distribution = tree / "server/target/nereid"
    if not (distribution / "bin/nereid").is_file():
        sys.exit(f"run: no server in {distribution} (deploy/build-distribution makes it)")
    return Place(
        distribution=distribution,
        classes=os.environ.get("BENCH_CLASSES", str(tree / "bench/target/classes")),
        food=tree / "examples/food11/models/food_classifier_onnx/1/model.onnx",
        java=java_of(tree),
        onnxruntime=pathlib.Path(os.environ.get("NEREID_ONNXRUNTIME", distribution / "native")),
        cuda_folders=os.environ.get("NEREID_CUDA_LIBRARIES", ""),
    )


def java_of(tree):
    done = subprocess.run([str(tree / "deploy/find-jdk")], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("run: no JDK 25 or newer found")
    return str(pathlib.Path(done.stdout.strip()) / "bin/java")


class Check:
    """What the steps share."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.driver = driver_version()
        packed = options.tree is None
        self.place = place_packed(options.home, self.driver, options.cuda) if packed else place_in_tree(options.tree)
        self.cuda = cuda_of(self.place.onnxruntime)
        self.on_gpu = options.device == "gpu"
        self.seconds = options.seconds
        self.warmup = 1
        self.batches = [1, 8, 64] if self.on_gpu else [1, 2]
        self.concurrencies = [1, 8, 64] if self.on_gpu else [1, 2]
        self.aim = 0.97 if self.on_gpu else None
        self.threads = 1
        self.bare_memory = "bound"
        self.repository = Repository(folder / "models", options.device, self.threads, max(self.batches))
        self.table = Table(self.title(), **self.machine())

    def title(self):
        return "The check of a GPU" if self.on_gpu else "A REHEARSAL ON A CPU, which says nothing of a GPU"

    def machine(self):
        gpu = nvidia_smi("name", "driver_version", "memory.total") + [""] * 3
        onnxruntime = f"for CUDA {self.cuda}" if self.cuda else "for CPUs"
        memory = f"{gpu[2]} MiB" if gpu[2] else ""
        return {
            "GPU": gpu[0] or "none",
            "memory": memory,
            "driver": gpu[1],
            "CUDA of the driver": self.driver,
            "ONNX Runtime": onnxruntime,
            "cores": len(os.sched_getaffinity(0)),
        }

    @contextlib.contextmanager
    def server(self, *models, flags=()):
        """A fresh server with these models loaded; its pinned memory has room for what all clients send."""
        if self.on_gpu:
            flags = (*flags, f"--pinned-memory-pool-byte-size={PINNED_BYTES}")
        with Server(self.place, self.repository.folder, self.options.out / "server.log", *flags) as server:
            for model in models:
                server.load(model)
            yield server

    def served(self, server, model, grpc=False, within=120, **options):
        """The measurements of a model that is loaded, by rows and clients."""
        port = {"grpc_port": server.grpc_port} if grpc else {"http_port": server.port}
        options = self.shapes(model) | port | options
        return by_size(self.place.measure("ServedLoad", within, model=model, **options))

    def bare(self, network, within=120, **options):
        """The same of sessions without a server."""
        options = self.shapes(network) | {"device": self.options.device, "threads": self.threads} | options
        options |= {"memory": self.bare_memory, "cuda": BARE_CUDA}
        try:
            return by_size(self.place.measure("BareSessions", within, file=self.repository.files[network], **options))
        except Failed as error:
            if not self.on_gpu or self.bare_memory == "host":
                raise
            self.bare_memory = "host"
            self.table.add("bare", f"with bound memory: {error}"[:200], verdict=FAILED)
            return self.bare(network, within, **options)

    def shapes(self, model):
        classes = 11 if model.startswith("food") else 1000
        return {"output_dims": [classes], "seconds": self.seconds, "warmup": self.warmup}


def by_size(measurements):
    return {(each["batch"], each["concurrency"]): each for each in measurements}


class TooLong(Exception):
    pass


@contextlib.contextmanager
def limited(seconds):
    """Ends what is inside with TooLong when it takes longer."""

    def end(*_):
        raise TooLong(f"it took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run_step(check, step, started):
    elapsed = time.monotonic() - started
    if elapsed > check.options.minutes * 60:
        check.table.add(step.name, f"after {elapsed:.0f} s no step is begun", verdict=SKIPPED)
        return
    print(f"[{elapsed:4.0f} s] {step.name}: {step.what}", flush=True)
    try:
        with limited(step.seconds if check.on_gpu else REHEARSAL_PATIENCE * step.seconds):
            step.run(check)
    except (Failed, TooLong, subprocess.TimeoutExpired) as error:
        check.table.add(step.name, str(error)[:300], verdict=FAILED)
        print(f"         failed: {error}", flush=True)
    except Exception as error:  # noqa: BLE001 - what nobody thought of: the others go on
        check.table.add(step.name, f"{type(error).__name__}: {error}"[:300], verdict=FAILED)
        traceback.print_exc()
    check.table.write(check.options.out)


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    options.out = options.out.resolve()
    (options.out / "server.log").unlink(missing_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nereid-gpu-check-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        check = Check(options, folder)
        print(f"{check.table.title}: {check.machine()}", flush=True)
        if check.on_gpu and not check.driver:
            sys.exit("run: CUDA's driver shows no GPU on this machine (--device=cpu rehearses the check without one)")
        for step in steps.STEPS:
            if not options.steps or step.name in options.steps or step.name == "models":
                run_step(check, step, started)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{check.table.markdown()}\n{time.monotonic() - started:.0f} s; {options.out}/table.md and table.json")
    sys.exit(0 if check.table.is_good() else 1)


if __name__ == "__main__":
    main()
