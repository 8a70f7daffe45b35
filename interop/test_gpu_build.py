"""The GPU build on a machine that it cannot use as one: it serves on the CPU, and says in one sentence why."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

import wire
from server import BUILT_LAUNCHER, JAVA_OPTIONS, LAUNCHER

DISTRIBUTION = (LAUNCHER if LAUNCHER.parent.name == "bin" else BUILT_LAUNCHER).parent.parent
NO_DRIVER = "this machine has no CUDA driver (libcuda.so.1, which comes with NVIDIA's)"


def compiled(target, source, *options):
    file = target.with_suffix(".c")
    file.write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(target), str(file), *map(str, options)], check=True)
    return target


@pytest.fixture
def gpu_build(tmp_path, start_server, test_models):
    """Starts servers with ONNX Runtime's library beside a CUDA provider that needs a cuBLAS which is nowhere, and the models
    `auto` and `gpu`."""
    if not shutil.which("cc"):
        pytest.skip("no cc, which compiles the stand-ins for CUDA's libraries")
    native, models = tmp_path / "native", tmp_path / "models"
    native.mkdir()
    (native / "libonnxruntime.so").symlink_to(DISTRIBUTION / "native" / "libonnxruntime.so")
    cublas = compiled(tmp_path / "libcublas.so", "int cublas() { return 1; }", "-Wl,-soname,libcublasNowhere.so.12")
    provider = "int cublas(); int provider() { return cublas(); }"
    compiled(native / "libonnxruntime_providers_cuda.so", provider, cublas)
    for name, kind in (("auto", "KIND_AUTO"), ("gpu", "KIND_GPU")):
        (models / name / "1").mkdir(parents=True)
        shutil.copy(test_models / "identity_fp32" / "1" / "model.onnx", models / name / "1")
        (models / name / "config.pbtxt").write_text(f'backend: "onnxruntime" instance_group {{ kind: {kind} }}')

    def start(**environment):
        options = f"{JAVA_OPTIONS['NEREID_JAVA_OPTS']} -Donnxruntime.native.path={native}"
        variables = {"NEREID_JAVA_OPTS": options, **environment}
        return start_server([models], "--exit-on-error=false", environment=variables).wait_until_started()

    return start


def assert_serves_on_the_cpu(server, why):
    config = json.loads(wire.get(server.port, "/v2/models/auto/config").body)
    assert [group["kind"] for group in config["instance_group"]] == ["KIND_CPU"]
    assert wire.infer(server.port, "auto", wire.fp32_request([1.5])).status == 200
    assert wire.get(server.port, "/v2/models/gpu/ready").status != 200
    text = server.log_text()
    assert text.count(f"this is the GPU build of the server, but ONNX models run on the CPU: {why}\n") == 1
    assert f"instance group gpu_0 of model gpu has kind KIND_GPU but no GPUs are available: {why}; write" in text
    assert server.stop() == 0, text


def test_without_a_driver(gpu_build):
    if pathlib.Path("/proc/driver/nvidia/version").exists():
        pytest.skip("this machine has NVIDIA's driver")
    assert_serves_on_the_cpu(gpu_build(), NO_DRIVER)


def test_with_gpus_and_without_cuda_libraries(gpu_build, tmp_path):
    driver = tmp_path / "driver" / "libcuda.so.1"
    driver.parent.mkdir()
    source = pathlib.Path(__file__).with_name("cuda_driver.c").read_text()
    compiled(driver, source, "-Wl,-soname,libcuda.so.1")
    server = gpu_build(LD_LIBRARY_PATH=str(driver.parent), NEREID_CUDA_LIBRARIES=f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    looked = re.escape(f"{tmp_path / 'a'}, {tmp_path / 'b'}, then in the usual folders")
    why = rf"CUDA's libraries are not all there: got no libcublasNowhere\.so\.12; looked in {looked} \(NEREID_CUDA_LIBRARIES names folders\)"
    found = re.search(why, server.log_text())
    assert found, server.log_text()
    assert_serves_on_the_cpu(server, found[0])
