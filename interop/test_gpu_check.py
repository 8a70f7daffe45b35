"""bench/gpu/run and the parts that bench/gpu/pack makes, as far as they go without a GPU and without a load."""

import ctypes
import hashlib
import re
import subprocess
import sys

import pytest

from server import BUILT_LAUNCHER, ROOT

CHECK = ROOT / "bench" / "gpu"


def run(*arguments, command="run"):
    done = subprocess.run(
        [str(CHECK / command), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def has_driver():
    try:
        return ctypes.CDLL("libcuda.so.1").cuInit(0) == 0
    except OSError:
        return False


@pytest.mark.parametrize("command", ["run", "pack"])
def test_help_explains_and_an_unknown_option_is_refused(command):
    code, text = run("--help", command=command)
    assert code == 0 and text.startswith(f"usage: bench/gpu/{command} [OPTIONS]\n")
    code, text = run("--nonsense=1", command=command)
    assert code != 0 and "--nonsense=1" in text


def test_the_documents_table_has_every_step_in_its_order():
    code, text = run("--steps=help")
    assert code == 0
    steps = [line.split()[0] for line in text.splitlines()]
    document = (ROOT / "docs" / "gpu.md").read_text()
    table = document[document.index("| step | what it checks |") :]
    assert re.findall(r"^\| (\w+) \|", table[: table.index("\n\n")], re.MULTILINE)[1:] == steps


def test_a_step_that_is_none_is_refused():
    code, text = run("--steps=libraries,speed")
    assert code == 1 and "--steps: got 'speed'" in text


def test_without_a_gpu_it_says_so_and_measures_nothing(tmp_path):
    if has_driver():
        pytest.skip("there is a GPU")
    if not BUILT_LAUNCHER.exists():
        pytest.skip("no distribution in this working tree")
    code, text = run(f"--out={tmp_path}")
    assert code == 1 and "CUDA's driver shows no GPU on this machine (--device=cpu rehearses" in text


@pytest.fixture
def parts(tmp_path):
    """Two parts as pack makes them, of an archive with one file."""
    (tmp_path / "payload").mkdir()
    (tmp_path / "payload" / "food.onnx").write_bytes(b"a model")
    archive = tmp_path / "all.tar.xz"
    subprocess.run(["tar", "-C", tmp_path / "payload", "-cJf", archive, "."], check=True)
    whole = archive.read_bytes()
    pieces = {"part.00.piece": whole[:50], "part.01.piece": whole[50:]}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in pieces.items())
    for number, (name, data) in enumerate(pieces.items(), 1):
        part = tmp_path / "parts" / str(number)
        part.mkdir(parents=True)
        (part / name).write_bytes(data)
        (part / "SHA256SUMS").write_text(sums)
        (part / "join").write_text((CHECK / "join").read_text())
    return tmp_path / "parts"


def join(part, home):
    return subprocess.run(
        ["bash", part / "join", home], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_parts_are_joined_in_any_order(parts, tmp_path, order):
    home = tmp_path / "home"
    first, last = (join(parts / str(number), home) for number in order)
    assert first.returncode == 0 and "1 more to come" in first.stdout
    assert last.returncode == 0 and f"{home}/bench/gpu/run --home={home}" in last.stdout
    assert (home / "food.onnx").read_bytes() == b"a model"
    assert not (home / "parts").exists()


def test_a_damaged_part_is_told(parts, tmp_path):
    (parts / "2" / "part.01.piece").write_bytes(b"other")
    join(parts / "1", tmp_path / "home")
    done = join(parts / "2", tmp_path / "home")
    assert done.returncode != 0 and "part.01.piece: FAILED" in done.stdout
    assert not (tmp_path / "home" / "food.onnx").exists()


def test_the_table_tells_a_missed_aim_from_a_met_one(tmp_path):
    script = """
import sys
from pathlib import Path
from table import Table
table = Table("t", GPU="none")
table.compare("throughput", "met", 97.0, 100.0, aim=0.97)
assert table.is_good()
table.compare("throughput", "a | b", 96.0, 100.0, aim=0.97)
assert not table.is_good()
table.write(Path(sys.argv[1]))
"""
    subprocess.run([sys.executable, "-B", "-c", script, tmp_path], cwd=CHECK, check=True)
    markdown = (tmp_path / "table.md").read_text()
    assert "| throughput | met | 97 | 100 | 0.97 | >= 0.97 | passed |" in markdown
    assert r"| throughput | a \| b | 96 | 100 | 0.96 | >= 0.97 | aim missed |" in markdown
