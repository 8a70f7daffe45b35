"""The steps of the check, in their order. Each adds rows to the table, or raises Failed."""

import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable

import numpy as np
import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
from tritonclient.utils import InferenceServerException

from machine import nvidia_smi
from served import HOST, Failed
from table import FAILED, MISSED, PASSED, SKIPPED

NETWORKS = ("resnet50", "food")
ROWS_COMPARED = 2
SEED = 7
WEIGHTS_BYTES = 100e6  # of ResNet-50 in FP32
POOL_BYTES = 4 << 30  # what all clients' photographs take between two steps


@dataclasses.dataclass
class Step:
    """One of them; `seconds` is how long it may take on a GPU."""

    name: str
    what: str
    seconds: int
    run: Callable


def photographs(rows):
    return np.random.default_rng(SEED).normal(0, 1, (rows, 3, 224, 224)).astype(np.float32)


def answer(server, model, values):
    """What a model answers over HTTP, by Triton's client."""
    given = http_client.InferInput("input", values.shape, "FP32")
    given.set_data_from_numpy(values)
    with http_client.InferenceServerClient(f"{HOST}:{server.port}", network_timeout=60) as client:
        return client.infer(model, [given]).as_numpy("output")


def refusal(server, model, values):
    """The text of the error that a request is answered with."""
    try:
        answer(server, model, values)
    except InferenceServerException as error:
        return error.message()
    raise Failed(f"{model} answered what it has no memory for")


def write_models(check):
    check.repository.write_files(check.place.food)
    check.repository.write_all()


def libraries(check):
    """The CUDA provider loads; with no GPU it is ONNX Runtime that says so, and the server in one sentence."""
    if not check.cuda:
        check.table.add("libraries", "ONNX Runtime's CPU build: no CUDA provider to load", verdict=SKIPPED)
    else:
        try:
            load_provider(check)
        except Failed as error:
            check.table.add("libraries", f"for CUDA {check.cuda}: {error}", verdict=FAILED)
    with check.server("food_auto") as server:
        kind = server.kind("food_auto")
        wanted = "KIND_GPU [0]" if check.driver else "KIND_CPU"
        check.table.add("libraries", "KIND_AUTO runs on", server=kind, aim=wanted, verdict=verdict(kind == wanted))
        refused = ""
        try:
            server.load("food_gpu")
        except Failed as error:
            refused = str(error)
        if check.driver:
            check.table.add("libraries", f"KIND_GPU loads {refused}".strip(), verdict=verdict(not refused))
            return
        sentence = re.search(r"no GPUs are available: ([^;\"]*)", refused)
        if not sentence:
            raise Failed(f"KIND_GPU without a GPU: got '{refused}'")
        check.table.add("libraries", f"KIND_GPU is refused: {sentence[1]}")
        logged = "ONNX models run on the CPU: " + sentence[1] in server.log_text()
        if check.cuda:
            check.table.add("libraries", "the log says that too", verdict=verdict(logged))


def load_provider(check):
    asked = {"file": check.place.food, "device": "gpu", "output_dims": [11], "seconds": 1, "warmup": 0}
    if check.driver:
        check.place.measure("BareSessions", 60, **asked)
        check.table.add("libraries", f"for CUDA {check.cuda}: a session on the GPU runs")
        return
    with stand_in_driver(check) as there:
        if not there:
            check.table.add("libraries", "no cc to compile a stand-in for CUDA's driver", verdict=SKIPPED)
            return
        try:
            check.place.measure("BareSessions", 60, memory="host", **asked)
        except Failed as error:
            said = re.search("no CUDA-capable device is detected", str(error))
            if not said:
                raise
            check.table.add(
                "libraries", f"for CUDA {check.cuda}: the CUDA provider loads with all it needs, and says: {said[0]}"
            )


@contextlib.contextmanager
def stand_in_driver(check):
    """A driver without a GPU where the loader looks: without any the provider cannot be loaded."""
    if not shutil.which("cc"):
        yield False
        return
    folder = check.folder / "driver"
    folder.mkdir()
    source = pathlib.Path(__file__).with_name("driver.c")
    library = folder / "libcuda.so.1"
    options = ["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1"]
    subprocess.run(["cc", *options, "-o", str(library), str(source)], check=True)
    before = os.environ.get("LD_LIBRARY_PATH")
    os.environ["LD_LIBRARY_PATH"] = f"{folder}:{before}" if before else str(folder)
    try:
        yield True
    finally:
        if before is None:
            del os.environ["LD_LIBRARY_PATH"]
        else:
            os.environ["LD_LIBRARY_PATH"] = before


def verdict(good):
    return PASSED if good else MISSED


def start(check):
    """From nothing to the first answer, with both networks."""
    began = time.monotonic()
    with check.server() as server:
        check.table.add("start", "server ready without models, s", server=time.monotonic() - began)
        for network in NETWORKS:
            before = time.monotonic()
            server.load(network)
            loaded = time.monotonic() - before
            answer(server, network, photographs(1))
            first = time.monotonic() - before - loaded
            what = f"{network} on {server.kind(network)}"
            check.table.add("start", f"{what}: load, s", server=loaded)
            check.table.add("start", f"{what}: first answer, s", server=first)


def correctness(check):
    """The GPU's answers beside the CPU's: the largest difference, by the largest number of the CPU's."""
    variants = [("resnet50_exact", "resnet50_cpu", "FP32", 1e-3), ("food_exact", "food_cpu", "FP32", 1e-3)]
    variants += [
        ("resnet50", "resnet50_cpu", "FP32, TF32 allowed", 1e-2),
        ("food", "food_cpu", "FP32, TF32 allowed", 1e-2),
    ]
    variants += [("resnet50_fp16", "resnet50_fp16_cpu", "FP16", 1e-2)]
    values = photographs(ROWS_COMPARED)
    with check.server(*dict.fromkeys(model for variant in variants for model in variant[:2])) as server:
        for device, cpu, precision, most in variants:
            got, expected = answer(server, device, values), answer(server, cpu, values)
            difference = float(np.abs(got - expected).max() / np.abs(expected).max())
            good = bool(np.isfinite(got).all()) and difference <= most
            what = f"{cpu.removesuffix('_cpu')}, {precision}: {server.kind(device)}"
            check.table.add("correctness", what, ratio=difference, aim=f"<= {most:g}", verdict=verdict(good))


def throughput(check):
    """The server beside the bare session: the same file, the same options, the same number of rows and clients."""
    sizes = {"batch": check.batches, "concurrency": check.concurrencies}
    for network in NETWORKS:
        bare = check.bare(network, **sizes)
        with check.server(network) as server:
            for protocol in ("http", "grpc"):
                served = check.served(server, network, grpc=protocol == "grpc", **sizes)
                for size, measured in served.items():
                    compare(check, "throughput", f"{network}, {protocol}, {sized(size)}", measured, bare[size], size)


def sized(size):
    rows, clients = size
    return f"{rows} {'row' if rows == 1 else 'rows'}, {clients} {'client' if clients == 1 else 'clients'}"


def compare(check, step, what, measured, bare, size):
    """A row of requests per second; the aim holds where there are most clients."""
    aim = check.aim if size[1] == max(check.concurrencies) else None
    times = f"p50 {measured['p50_ms']:.1f}, p99 {measured['p99_ms']:.1f} ms"
    rates = measured["requests_per_second"], bare["requests_per_second"]
    check.table.compare(step, f"{what} ({times})", *rates, aim=aim)


def instances(check):
    """One, two and four instances, beside as many bare sessions."""
    rows = check.batches[:2] if check.on_gpu else [1]
    sizes = {"batch": rows, "concurrency": [max(check.concurrencies)]}
    for count in (1, 2, 4):
        name = "resnet50" if count == 1 else f"resnet50_{count}"
        bare = check.bare("resnet50", instances=count, **sizes)
        with check.server(name) as server:
            for size, measured in check.served(server, name, **sizes).items():
                compare(check, "instances", f"instances {count}, {sized(size)}", measured, bare[size], size)


def beside(check, step, what, model, sizes):
    """A variant of ResNet-50 beside the plain one, in one server."""
    with check.server("resnet50", model) as server:
        plain = check.served(server, "resnet50", **sizes)
        for size, measured in check.served(server, model, **sizes).items():
            times = f"p50 {measured['p50_ms']:.1f} ms, plain {plain[size]['p50_ms']:.1f} ms"
            rates = measured["requests_per_second"], plain[size]["requests_per_second"]
            check.table.compare(step, f"{what}, {sized(size)} ({times})", *rates)


def batching(check):
    """Requests of one row that the server puts together, beside the same without."""
    beside(
        check, "batching", "dynamic batching", "resnet50_batched", {"batch": [1], "concurrency": check.concurrencies}
    )


def graphs(check):
    """CUDA graphs, beside the same without, and the answers of both."""
    if not check.on_gpu:
        check.table.add("graphs", "CUDA graphs need a GPU", verdict=SKIPPED)
        return
    with check.server("resnet50", "resnet50_graph") as server:
        values = photographs(1)
        expected = answer(server, "resnet50", values)
        for _ in range(4):  # captured in one of the first runs, replayed in the others
            got = answer(server, "resnet50_graph", values)
        difference = float(np.abs(got - expected).max() / np.abs(expected).max())
    check.table.add(
        "graphs", "a graph's answers", ratio=difference, aim="<= 0.001", verdict=verdict(difference <= 1e-3)
    )
    beside(check, "graphs", "CUDA graph", "resnet50_graph", {"batch": check.batches[:2], "concurrency": [1, 8]})


def memory_of(check):
    """Shared memory of the device, or of the system in a rehearsal, by Triton's own module."""
    if check.on_gpu:
        import tritonclient.utils.cuda_shared_memory as memory

        return memory, lambda name, size: memory.create_shared_memory_region(name, size, 0), "cuda"
    import tritonclient.utils.shared_memory as memory

    return memory, lambda name, size: memory.create_shared_memory_region(name, f"/{name}", size), "system"


@contextlib.contextmanager
def region(check, client, name, size):
    """Memory that the server knows by that name as long as the block lasts."""
    memory, create, kind = memory_of(check)
    handle = create(name, size)
    try:
        if kind == "cuda":
            client.register_cuda_shared_memory(name, memory.get_raw_handle(handle), 0, size)
        else:
            client.register_system_shared_memory(name, f"/{name}", size)
        yield memory, handle
        getattr(client, f"unregister_{kind}_shared_memory")(name)
    finally:
        memory.destroy_shared_memory_region(handle)


def shared_memory(check):
    """Tensors in CUDA's shared memory, registered by tritonclient: right answers, and what it saves."""
    rows, clients = check.batches[1], max(check.concurrencies)
    values = photographs(rows)
    output_bytes = rows * 1000 * 4
    sizes = {"batch": [rows], "concurrency": [clients]}
    with check.server("resnet50") as server, http_client.InferenceServerClient(f"{HOST}:{server.port}") as client:
        expected = answer(server, "resnet50", values)
        given = region(check, client, "check_input", values.nbytes)
        wanted = region(check, client, "check_output", output_bytes * clients)
        with given as (memory, source), wanted as (_, result):
            memory.set_shared_memory_region(source, [values])
            for asked in (by_http, by_grpc):
                asked(server, values, output_bytes)
                got = memory.get_contents_as_numpy(result, np.float32, expected.shape)
                same = bool(np.allclose(got, expected, rtol=1e-3, atol=1e-3))
                check.table.add("memory", f"{asked.__name__[3:]}: the answers in shared memory", verdict=verdict(same))
            plain = check.served(server, "resnet50", **sizes)
            regions = {"input_region": "check_input", "output_region": "check_output"}
            for grpc in (False, True):
                shared = check.served(server, "resnet50", grpc=grpc, **regions, **sizes)
                for size, measured in shared.items():
                    what = f"inputs and outputs, {'grpc' if grpc else 'http'}, beside HTTP without, {sized(size)}"
                    rates = measured["requests_per_second"], plain[size]["requests_per_second"]
                    check.table.compare("memory", what, *rates)


def by_http(server, values, output_bytes):
    with http_client.InferenceServerClient(f"{HOST}:{server.port}") as client:
        ask_in_memory(http_client, client, values, output_bytes)


def by_grpc(server, values, output_bytes):
    with grpc_client.InferenceServerClient(f"{HOST}:{server.grpc_port}") as client:
        ask_in_memory(grpc_client, client, values, output_bytes)


def ask_in_memory(module, client, values, output_bytes):
    given = module.InferInput("input", list(values.shape), "FP32")
    given.set_shared_memory("check_input", values.nbytes)
    wanted = module.InferRequestedOutput("output")
    wanted.set_shared_memory("check_output", output_bytes)
    client.infer("resnet50", [given], outputs=[wanted])


def ensemble(check):
    """Two steps on one GPU: what is between them stays there, beside one step, and beside the same through the host."""
    values = photographs(check.batches[1])
    sizes = {"batch": check.batches[1:2], "concurrency": [1, max(check.concurrencies)]}
    through_host = {}
    if check.on_gpu:
        with check.server("halved_resnet50", flags=("--cuda-memory-pool-byte-size=0:0",)) as server:
            through_host = check.served(server, "halved_resnet50", **sizes)
    else:
        check.table.add("ensemble", "what stays on a GPU needs one", verdict=SKIPPED)
    room = (f"--cuda-memory-pool-byte-size=0:{POOL_BYTES}",)
    with check.server("halved_resnet50", flags=room) as server:
        got, expected = answer(server, "halved_resnet50", values), answer(server, "resnet50", values / 2)
        difference = float(np.abs(got - expected).max() / np.abs(expected).max())
        good = verdict(difference <= 1e-2)
        check.table.add(
            "ensemble", "its answers beside those of one step", ratio=difference, aim="<= 0.01", verdict=good
        )
        one_step = check.served(server, "resnet50", **sizes)
        for size, measured in check.served(server, "halved_resnet50", **sizes).items():
            for what, other in (("one step", one_step), ("through the host", through_host)):
                if other:
                    rates = measured["requests_per_second"], other[size]["requests_per_second"]
                    check.table.compare("ensemble", f"two steps, beside {what}, {sized(size)}", *rates)


def metrics(check):
    """The GPU metrics under load, beside nvidia-smi at the same time."""
    if not check.on_gpu:
        check.table.add("metrics", "nvidia-smi needs a GPU", verdict=SKIPPED)
        return
    families = (
        ("nv_gpu_memory_total_bytes", "memory.total", 2**20, 0.01),
        ("nv_gpu_memory_used_bytes", "memory.used", 2**20, 0.05),
        ("nv_gpu_utilization", "utilization.gpu", 0.01, 0.35),
        ("nv_gpu_power_usage", "power.draw", 1, 0.25),
    )
    with check.server("resnet50") as server, concurrent.futures.ThreadPoolExecutor() as thread:
        load = thread.submit(check.served, server, "resnet50", batch=[8], concurrency=[16], seconds=5)
        time.sleep(4)
        ours = [server.metrics(family)[0] for family, *_ in families]
        held = sum(server.metrics("nereid_model_gpu_memory_bytes"))
        theirs = nvidia_smi(*(field for _, field, *_ in families))
        load.result()
    for (family, _, unit, most), own, other in zip(families, ours, theirs, strict=True):
        expected = float(other) * unit
        away = abs(own - expected) / expected if expected else abs(own)
        check.table.add(
            "metrics",
            family,
            server=own,
            beside=expected,
            ratio=away,
            aim=f"differ <= {most:g}",
            verdict=verdict(away <= most),
        )

    check.table.add(
        "metrics",
        "nereid_model_gpu_memory_bytes",
        server=held,
        beside=ours[1],
        verdict=verdict(WEIGHTS_BYTES < held <= ours[1]),
    )


def out_of_memory(check):
    """Requests and models that the device has no room for: a text that says so, and everybody else is served."""
    with check.server("food", "endless") as server:
        said = refusal(server, "endless", np.ones((1, 1), np.float32))
        named = bool(re.search("memory|alloc", said, re.IGNORECASE))
        check.table.add("full", f"a TiB for one request: {end(said)}", verdict=verdict(named))
        answer(server, "food", photographs(1))
        check.table.add("full", "the other model answers")
        if not check.on_gpu:
            check.table.add("full", "limits of the device's memory need a GPU", verdict=SKIPPED)
            return
        squeezed(check, server)


def end(said):
    """The end of a long text, which is where ONNX Runtime says what it is."""
    return said if len(said) <= 160 else f"... {said[-160:]}"


def squeezed(check, server):
    try:
        server.load("resnet50_squeezed")
        raise Failed("ResNet-50 was loaded into 32 MiB")
    except Failed as error:
        named = bool(re.search("memory|alloc", str(error), re.IGNORECASE))
        check.table.add("full", f"a model too large: {end(str(error))}", verdict=verdict(named))
    server.load("resnet50_limited")
    said = refusal(server, "resnet50_limited", photographs(64))
    named = bool(re.search("memory|alloc", said, re.IGNORECASE))
    check.table.add("full", f"64 rows in 384 MiB: {end(said)}", verdict=verdict(named))
    answer(server, "resnet50_limited", photographs(1))
    answer(server, "food", photographs(1))
    check.table.add("full", "one row, and the other model, are answered after that")


STEPS = (
    Step("models", "writes ResNet-50 with random weights, and the repository", 40, write_models),
    Step("libraries", "loads the CUDA provider; KIND_AUTO and KIND_GPU", 40, libraries),
    Step("start", "starts, loads, answers for the first time", 40, start),
    Step("correctness", "compares answers with the CPU's, FP32 and FP16", 60, correctness),
    Step("throughput", "bare session against server, HTTP and gRPC", 210, throughput),
    Step("instances", "one, two and four instances", 60, instances),
    Step("batching", "dynamic batching on and off", 40, batching),
    Step("graphs", "CUDA graphs on and off", 40, graphs),
    Step("memory", "CUDA shared memory by tritonclient", 40, shared_memory),
    Step("ensemble", "two steps on one GPU", 50, ensemble),
    Step("metrics", "GPU metrics against nvidia-smi", 20, metrics),
    Step("full", "a full GPU", 40, out_of_memory),
)
