"""EXECUTION_ENV_PATH, python-runtime, requirements.txt and the other settings of the Python backend."""

import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest

from python_client import ask, http, http_inputs, load, model_is_ready, source_array, together
from python_server import KINDS, OurServer, PythonRepository, until

ours = pytest.mark.skipif("ours" not in KINDS, reason="a flag of this server's own")
WORD = "WORD = 'of the environment'\n"


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """A virtual environment with one module of its own, which sees the packages of the suite's Python."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    numpy_site = pathlib.Path(np.__file__).parent.parent
    (site / "of_the_suite.pth").write_text(f"{numpy_site}\n")
    (site / "only_here.py").write_text(WORD)
    return folder


@pytest.fixture(scope="session")
def archive(environment, tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "env.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for entry in environment.iterdir():
            packed.add(entry, entry.name)
    return path


SEEN = """
import only_here
answer = [only_here.WORD, os.environ.get("VIRTUAL_ENV"), os.environ["PATH"].split(":")[0],
          os.environ.get("LD_LIBRARY_PATH", "").split(":"), os.environ.get("PYTHONHOME")]
"""


@pytest.fixture
def loaded(python_repository, loading, numbered):
    def add(**options):
        name = f"m{next(numbered)}"
        python_repository.add("scripted", name, **options)
        return name, load(loading, name)

    return add


OTHER_PYTHON = "a stub runs in the Python that it was compiled for, and the suite's environment has another"


@pytest.mark.only_ours(OTHER_PYTHON)
def test_a_folder_is_used_where_it_is(loaded, loading, environment):
    name, error = loaded(EXECUTION_ENV_PATH=str(environment))
    assert error is None
    word, virtual, path, libraries, home = ask(loading, name, SEEN)
    assert word == "of the environment" and home is None
    assert virtual == str(environment) and path == f"{environment}/bin" and f"{environment}/lib" in libraries


@pytest.mark.only_ours(OTHER_PYTHON)
def test_an_archive_is_unpacked_once_for_all(loaded, loading, archive, tmp_path):
    copy = shutil.copy(archive, tmp_path / "another.tar.gz")
    folders = set()
    for path in (archive, archive, copy):
        name, error = loaded(EXECUTION_ENV_PATH=str(path))
        assert error is None
        word, virtual, *_ = ask(loading, name, SEEN)
        assert word == "of the environment"
        folders.add(virtual)
    assert len(folders) == 1, folders


@pytest.mark.only_ours(OTHER_PYTHON)
def test_an_archive_that_changed_is_unpacked_again(loaded, loading, environment, tmp_path):
    path = tmp_path / "changes.tar.gz"
    folders = []
    for number in range(2):
        (site,) = environment.glob("lib/python3*/site-packages")
        (site / "numbered.py").write_text(f"NUMBER = {number}\n")
        with tarfile.open(path, "w:gz") as packed:
            for entry in environment.iterdir():
                packed.add(entry, entry.name)
        os.utime(path, (number * 1000, number * 1000))
        name, error = loaded(EXECUTION_ENV_PATH=str(path))
        assert error is None
        folders.append(ask(loading, name, "import numbered\nanswer = numbered.NUMBER"))
    assert folders == [0, 1]


@pytest.mark.only_ours(OTHER_PYTHON)
def test_a_path_may_begin_at_the_model(python_repository, loading, archive):
    folder = python_repository.add("scripted", "own", EXECUTION_ENV_PATH="$$TRITON_MODEL_DIRECTORY/env.tar.gz")
    shutil.copy(archive, folder / "env.tar.gz")
    assert load(loading, "own") is None
    assert ask(loading, "own", SEEN)[0] == "of the environment"


def test_a_folder_that_is_no_environment_is_refused(loaded, tmp_path):
    (tmp_path / "lib").mkdir()
    _, error = loaded(EXECUTION_ENV_PATH=str(tmp_path))
    assert (
        f"Path {tmp_path}/bin/activate does not exist. The Python environment should contain an 'activate' script."
        in error
    ), error


def packed(path, *names):
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 4
            archive.addfile(entry, io.BytesIO(b"evil"))
    return path


@pytest.mark.only_ours("it unpacks them")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("../outside", "Path contains '..'"),
        ("a/../../outside", "Path contains '..'"),
        ("/outside-of-the-suite", "Path is absolute"),
    ],
)
def test_an_archive_that_leaves_its_folder_is_refused(loaded, tmp_path, name, text):
    _, error = loaded(EXECUTION_ENV_PATH=str(packed(tmp_path / "evil.tar.gz", name)))
    assert text in error, error
    assert not pathlib.Path("/outside-of-the-suite").exists()


@pytest.mark.only_ours("its extraction follows the link")
def test_an_archive_does_not_leave_its_folder_through_a_link(loaded, tmp_path):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("out")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
        archive.addfile(link)
        entry = tarfile.TarInfo("out/written")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    _, error = loaded(EXECUTION_ENV_PATH=str(path))
    assert error is not None
    assert not (tmp_path / "written").exists()


def test_an_archive_that_is_not_there_is_named(loaded):
    _, error = loaded(EXECUTION_ENV_PATH="/nowhere/env.tar.gz")
    assert "/nowhere/env.tar.gz" in error, error


@pytest.mark.parametrize("value", ["yes", "no"])
def test_inputs_may_be_asked_for_in_the_processors_memory(loaded, value):
    _, error = loaded(FORCE_CPU_ONLY_INPUT_TENSORS=value)
    assert error is None


def test_another_wish_for_inputs_is_refused(loaded):
    _, error = loaded(FORCE_CPU_ONLY_INPUT_TENSORS="maybe")
    assert "Incorrect value for FORCE_CPU_ONLY_INPUT_TENSORS: maybe" in error, error


# Flags


def test_the_flags_of_triton_are_taken(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("flags"))
    repository.add("scripted")
    flags = ["shm-default-byte-size=4194304", "shm-growth-byte-size=1048576", "shm-region-prefix-name=suite",
             "thread-pool-size=8", "stub-timeout-seconds=20", "shm_message_queue_size=500"]  # fmt: skip
    server = start_python(repository, *(f"--backend-config=python,{flag}" for flag in flags))
    assert ask(server, "scripted", "answer = 1") == 1


@ours
def test_a_runtime_that_is_not_there_is_named(start_ours, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("runtime"))
    repository.add("scripted")
    server = start_ours(repository, "--backend-config=python,python-runtime=/nowhere/python3", "--exit-on-error=false")
    until(lambda: "/nowhere/python3" in server.log_text(), what="the log's line")
    assert not model_is_ready(server, "scripted")


@ours
def test_a_runtime_without_numpy_is_a_sentence_with_the_way_out(start_ours, tmp_path_factory, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    runtime = tmp_path / "bare" / "bin" / "python3"
    repository = PythonRepository(tmp_path_factory.mktemp("bare"))
    repository.add("scripted")
    server = start_ours(repository, f"--backend-config=python,python-runtime={runtime}", "--exit-on-error=false")
    until(lambda: "pip install numpy" in server.log_text(), what="the way out")


@pytest.fixture
def start_ours(tmp_path_factory):
    """Starts servers of ours that may fail to load their models."""
    started = []

    def start(repository, *flags, **options):
        log = tmp_path_factory.mktemp("log") / "server.log"
        started.append(OurServer(log, [repository.folder], *flags, **options))
        return started[-1].wait_until_started()

    yield start
    for server in started:
        server.kill()


# requirements.txt


def wheel(folder, name="suite_package", version="1.0"):
    """A wheel with one module, so that no registry is asked."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", f"VERSION = '{version}'\n")
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        made.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: suite\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{info}/RECORD", "")
    return path


USES = "import suite_package\nmodel.kept['version'] = suite_package.VERSION"


@ours
def test_requirements_get_an_environment_of_their_own(start_ours, tmp_path_factory, tmp_path):
    repository = PythonRepository(tmp_path_factory.mktemp("requirements"))
    path = wheel(tmp_path)
    for name in ("first", "second"):
        folder = repository.add("scripted", name, initialize=USES)
        (folder / "1" / "requirements.txt").write_text(f"{path}\nnumpy=={np.__version__}\n")
    server = start_ours(repository, "--backend-config=python,allow-requirements=true")
    found = [
        ask(server, name, "answer = [model.kept['version'], sys.prefix]") if model_is_ready(server, name) else None
        for name in ("first", "second")
    ]
    assert found[0] is not None and found[0][0] == "1.0" and found[0] == found[1], found


@ours
def test_requirements_are_installed_once_for_servers_that_keep_them(start_ours, tmp_path_factory, tmp_path):
    repository = PythonRepository(tmp_path_factory.mktemp("requirements"))
    folder = repository.add("scripted", "kept", initialize=USES)
    (folder / "1" / "requirements.txt").write_text(f"{wheel(tmp_path)}\n")
    flags = [
        "--backend-config=python,allow-requirements=true",
        f"--backend-config=python,environment-cache={tmp_path}/c",
    ]
    prefixes, made = set(), []
    for _ in range(2):
        server = start_ours(repository, *flags)
        prefixes.add(ask(server, "kept", "answer = sys.prefix"))
        assert server.stop() == 0
        made.append("making a Python environment" in server.log_text())
    assert made == [True, False]
    (prefix,) = prefixes
    assert prefix.startswith(f"{tmp_path}/c/")


@ours
def test_requirements_are_left_alone_without_the_flag(start_ours, tmp_path_factory, tmp_path):
    repository = PythonRepository(tmp_path_factory.mktemp("requirements"))
    folder = repository.add("scripted", "plain")
    (folder / "1" / "requirements.txt").write_text("this-is-not-read\n")
    server = start_ours(repository)
    assert ask(server, "plain", "answer = 1") == 1


@ours
def test_what_pip_says_is_why_a_model_does_not_load(start_ours, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("requirements"))
    folder = repository.add("scripted", "fails")
    (folder / "1" / "requirements.txt").write_text("/nowhere/nothing-1.0-py3-none-any.whl\n")
    server = start_ours(repository, "--backend-config=python,allow-requirements=true", "--exit-on-error=false")
    assert not model_is_ready(server, "fails")
    assert "nothing-1.0-py3-none-any.whl" in server.log_text()


# Devices


@ours
def test_a_model_for_a_gpu_runs_on_a_processor_where_that_is_asked_for(start_ours, tmp_path_factory):
    """The tutorial's model calls torch.cuda.set_device for kind GPU: under --gpu-fallback=cpu it receives CPU and 0."""
    repository = PythonRepository(tmp_path_factory.mktemp("fallback"))
    repository.add("scripted", "on_gpu", change=[("kind: KIND_CPU count: 1", "kind: KIND_GPU count: 1 gpus: [ 0 ]")])
    server = start_ours(repository, "--gpu-fallback=cpu")
    source = "answer = [model.args['model_instance_kind'], model.args['model_instance_device_id']]"
    assert ask(server, "on_gpu", source) == ["CPU", "0"]


@pytest.fixture(scope="module")
def two_gpus(tmp_path_factory):
    """A folder with a stand-in for CUDA's driver."""
    if shutil.which("cc") is None:
        pytest.skip("no cc, which compiles the stand-in for CUDA's driver")
    folder = tmp_path_factory.mktemp("driver")
    source = pathlib.Path(__file__).with_name("cuda_driver.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(folder / "libcuda.so.1"), str(source)], check=True)
    return folder


@ours
def test_two_instances_on_each_of_two_gpus_are_four_processes(start_ours, two_gpus, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("gpus"))
    groups = "kind: KIND_GPU count: 2 gpus: [ 0 ] }, { kind: KIND_GPU count: 2 gpus: [ 1 ]"
    repository.add("scripted", "on_gpus", change=[("kind: KIND_CPU count: 1", groups)])
    server = start_ours(repository, environment={"LD_LIBRARY_PATH": str(two_gpus)})
    source = together(tmp_path_factory.mktemp("begun"), 4) + (
        "answer = [model.args[f'model_instance_{name}'] for name in ('name', 'kind', 'device_id')] + [os.getpid()]"
    )
    with http(server, concurrency=4) as client:
        calls = [client.async_infer("on_gpus", http_inputs({"SOURCE": source_array(source)})) for _ in range(4)]
        answers = sorted(json.loads(call.get_result().as_numpy("ANSWER")[0]) for call in calls)
    assert [answer[1:3] for answer in answers] == [["GPU", "0"], ["GPU", "0"], ["GPU", "1"], ["GPU", "1"]]
    groups = [re.match(r"on_gpus_(\d_\d)", answer[0])[1] for answer in answers]
    assert groups == ["0_0", "0_1", "1_0", "1_1"]
    assert len({answer[3] for answer in answers}) == 4
