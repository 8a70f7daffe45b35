"""Flags that cannot work end the process with exit code 1 and one line that says what to do."""

import socket

import pytest

from ports import free_port
from server import HOST, flags_for, run_launcher


def assert_one_line_about(finished, subject):
    lines = [line for line in finished.stdout.splitlines() if subject in line]
    assert finished.returncode == 1, finished.stdout
    assert len(lines) == 1, finished.stdout
    for trace in ("\tat ", "Exception"):
        assert trace not in finished.stdout, finished.stdout


@pytest.mark.parametrize(
    "flags, subject",
    [
        (["--no-such-flag"], "--no-such-flag"),
        (["--no-such-flag=7"], "--no-such-flag"),
        (["--http-port=http"], "--http-port"),
        (["--http-port=70000"], "--http-port"),
        (["--http-port"], "--http-port"),
        (["--exit-on-error=perhaps"], "--exit-on-error"),
        (["--http-max-input-size=0"], "--http-max-input-size"),
        (["--exit-timeout-secs=-1"], "--exit-timeout-secs"),
        (["--model-load-thread-count=many"], "--model-load-thread-count"),
        (["surplus"], "surplus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_flag(few_models, flags, subject):
    finished = run_launcher("--model-repository", few_models, *flags)
    assert_one_line_about(finished, subject)
    assert len(finished.stdout.strip().splitlines()) == 1, finished.stdout


def test_a_flag_that_is_nearly_right_is_named(few_models):
    finished = run_launcher("--model-repositry", few_models)
    assert_one_line_about(finished, "--model-repositry")
    assert "--model-repository" in finished.stdout


def test_a_repository_that_is_not_there(tmp_path):
    missing = tmp_path / "missing"
    assert_one_line_about(run_launcher("--model-repository", missing, "--http-port", free_port()), str(missing))


def test_a_repository_that_is_a_file(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert_one_line_about(run_launcher("--model-repository", file, "--http-port", free_port()), str(file))


def test_a_busy_port(few_models):
    with socket.socket() as occupant:
        occupant.bind((HOST, 0))
        occupant.listen()
        port = occupant.getsockname()[1]
        finished = run_launcher(*flags_for([few_models], port))
        assert_one_line_about(finished, str(port))


def test_an_address_that_is_not_ours(few_models):
    finished = run_launcher(
        "--model-repository", few_models, "--http-address", "192.0.2.1", "--http-port", free_port()
    )
    assert_one_line_about(finished, "192.0.2.1")


def test_help_groups_the_flags():
    finished = run_launcher("--help")
    assert finished.returncode == 0
    for flag in ("--model-repository", "--http-port", "--exit-on-error", "--log-verbose"):
        assert flag in finished.stdout
