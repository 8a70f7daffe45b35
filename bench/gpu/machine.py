"""What this machine has of NVIDIA's."""

import ctypes
import mmap
import re
import subprocess


def driver_version():
    """What CUDA the driver is for, as 13.0; empty where there is no driver or it has no GPU."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return ""
    version = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDriverGetVersion(ctypes.byref(version)) != 0:
        return ""
    return f"{version.value // 1000}.{version.value % 1000 // 10}"


def nvidia_smi(*fields):
    """The values of the first GPU, as texts; empty where there is no nvidia-smi."""
    command = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)
    except OSError:
        return []
    return [value.strip() for value in done.stdout.splitlines()[0].split(",")] if done.stdout.strip() else []


def cuda_of(folder):
    """The CUDA that ONNX Runtime's provider in this folder is linked with, as 13; empty where there is none."""
    provider = folder / "libonnxruntime_providers_cuda.so"
    if not provider.is_file():
        return ""
    with open(provider, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = re.search(rb"libcublas\.so\.(\d+)", content)
        return found[1].decode() if found else ""
