"""The first minutes with a fresh checkout: what can be said before a build is said at once, and the example is served."""

import http.client
import os
import shutil
import subprocess
import time

import pytest

from ports import free_port
from server import HOST, LAUNCHER, ROOT, START_SECONDS

LAUNCHERS = ("nereid", "bench/run", "examples/gourmetgram/run")
GOURMETGRAM_HELP = "examples/gourmetgram/src/main/distribution"


@pytest.fixture
def checkout(tmp_path):
    """The scripts as they lie in a checkout that was never built, and a Maven that only notes that it was called."""
    for name in (*LAUNCHERS, "pom.xml", "deploy", "docs/command-line", "bench/src/main/resources", GOURMETGRAM_HELP):
        source, target = ROOT / name, tmp_path / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "mvn").write_text(f"#!/bin/sh\ntouch {tmp_path}/built\nexit 1\n")
    (tools / "mvn").chmod(0o755)
    return tmp_path


def environment(checkout):
    return {**os.environ, "PATH": f"{checkout / 'tools'}:{os.environ['PATH']}"}


def run(checkout, *command):
    return subprocess.run(
        command,
        cwd=checkout / "checkout",
        env=environment(checkout),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=START_SECONDS,
    )


@pytest.mark.parametrize(
    "command, first_words",
    [
        (["./nereid", "--help"], "Usage: nereid --model-repository=<folder>"),
        (["./nereid", "--http-port=9000", "-h"], "Usage: nereid --model-repository=<folder>"),
        (["./nereid", "validate", "--help"], "Usage: nereid validate"),
        (["./nereid", "--version"], "nereid "),
        (["bench/run", "--help"], "usage: bench/run jmh"),
        (["bench/run", "sim", "--help"], "usage: bench/run sim"),
        (["bench/run", "load", "soak", "--help"], "usage: bench/run load soak"),
        (["bench/run", "load", "--help"], "usage: bench/run load ["),
        (["bench/run", "cpu", "--help"], "usage: bench/run cpu"),
        (["examples/gourmetgram/run", "--help"], "usage: gourmetgram service"),
        (["examples/gourmetgram/run", "web", "-h"], "usage: gourmetgram service"),
    ],
    ids=" ".join,
)
def test_a_question_is_answered_before_anything_is_built(checkout, command, first_words):
    answer = run(checkout, *command)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(first_words)
    assert not (checkout / "built").exists()


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["--http-prt=1"], "unknown flag --http-prt; --help lists all flags"),
        (["--http-port=http"], "--http-port: got 'http' (expected a whole number)"),
        (["--http-port"], "--http-port: got no value; give it as --http-port=<integer>"),
        (["--exit-on-error=perhaps"], "--exit-on-error: got 'perhaps' (expected true, false, on, off, 1 or 0)"),
        (["--model="], "flag --model is ambiguous: it may stand for --model-config-name, --model-control-mode"),
        (["/srv/models"], "unexpected argument '/srv/models'; a repository is given as --model-repository=/srv/models"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_before_anything_is_built(checkout, arguments, text):
    answer = run(checkout, "./nereid", *arguments)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"nereid: {text}"), answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not (checkout / "built").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--http-port=9000"],
        ["demo", "--http-port=9000"],
        ["--http-port", "9000", "--allow-grpc", "false"],
        ["--model-repo=/srv/models", "--grpc-use-ssl"],
        ["--exit-on-error", "--http-port=9000"],
        ["validate", "/srv/models"],
    ],
    ids=" ".join,
)
def test_sound_arguments_lead_to_a_build(checkout, arguments):
    answer = run(checkout, "./nereid", *arguments)
    assert (checkout / "built").exists(), answer.stderr
    assert "building the cpu distribution" in answer.stderr
    assert "the build failed; the whole log is in" in answer.stderr


def test_two_builds_of_one_checkout_come_one_after_the_other(checkout):
    steps, go_on = checkout / "steps", checkout / "go-on"
    (checkout / "tools" / "mvn").write_text(
        f"#!/bin/sh\necho begin >>{steps}\n"
        f"for _ in $(seq 400); do [ -e {go_on} ] && break; sleep 0.05; done\n"
        f"echo end >>{steps}\nexit 1\n"
    )
    with build(checkout) as first:
        assert first.stderr.readline().startswith("nereid: building the cpu distribution")
        with build(checkout) as second:
            told = second.stderr.readline()
            go_on.touch()
            second.communicate(timeout=30)
        first.communicate(timeout=30)
    assert told == "nereid: waiting for another build of this checkout\n"
    assert steps.read_text().split() == ["begin", "end", "begin", "end"]


def build(checkout):
    return subprocess.Popen(
        ["deploy/build-distribution"],
        cwd=checkout / "checkout",
        env=environment(checkout),
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_wrong_command_of_gourmetgram_is_told_before_anything_is_built(checkout):
    answer = run(checkout, "examples/gourmetgram/run", "serve")
    assert answer.returncode == 2
    assert answer.stderr == "gourmetgram: got serve (expected service, web or load); --help explains\n"
    assert not (checkout / "built").exists()


def test_a_command_of_gourmetgram_leads_to_a_build_of_both(checkout):
    answer = run(checkout, "examples/gourmetgram/run", "service")
    assert (checkout / "built").exists(), answer.stderr
    assert "building the cpu distribution" in answer.stderr


def test_the_example_is_served_beside_other_flags(tmp_path):
    port = free_port()
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen(
            [LAUNCHER, f"--http-address={HOST}", f"--http-port={port}", "--allow-grpc=0", "--allow-metrics=0"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until_started(server, tmp_path / "log")
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("GET", "/v2/models/food_classifier_onnx/ready")
        assert connection.getresponse().status == 200
    finally:
        server.terminate()
        assert server.wait(timeout=45) == 0
    assert "serving the example, examples/food11/models" in (tmp_path / "log").read_text()


def until_started(server, log):
    deadline = time.monotonic() + START_SECONDS
    while b"Started HTTPService" not in log.read_bytes():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
        assert server.poll() is None, log.read_text()
