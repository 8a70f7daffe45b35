"""What a model writes: by the logger, by print, and from beneath Python."""

import re

import pytest

from python_client import ask, http, load, raised, unload, value
from python_server import PythonRepository, until


@pytest.fixture(scope="module")
def logging(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("logging"))
    repository.add("scripted")
    repository.add("scripted", "prints", initialize='print("printed while loading")',
                   finalize='print("printed at the end")')  # fmt: skip
    return start_python(repository, "--model-control-mode=explicit", "--load-model=scripted")


def line_with(server, text):
    return until(
        lambda: next((line for line in server.log_text().splitlines() if text in line), None),
        what=f"a line with {text}",
    )


@pytest.mark.parametrize(
    ("call", "letter"),
    [
        ('log_info("a-info")', "I"),
        ('log_warn("a-warn")', "W"),
        ('log_error("a-error")', "E"),
        ('log("a-default")', "I"),
        ('log("b-warn", pb_utils.Logger.WARNING)', "W"),
        ('log("b-error", level=pb_utils.Logger.ERROR)', "E"),
        ('log("b-info", pb_utils.Logger.INFO)', "I"),
    ],
)
def test_a_line_has_level_file_and_line(logging, call, letter):
    word = re.search(r'"([^"]+)"', call)[1]
    ask(logging, "scripted", f"pb_utils.Logger.{call}")
    line = line_with(logging, word)
    assert re.match(rf"{letter}\d{{4}} ", line) or f" {letter} " in line, line
    assert "source>:1]" in line.replace(" ", "") or "<source>:1" in line, line


@pytest.mark.only_ours("2.51 has one level of verbosity that is on from the start of its log settings")
def test_verbose_lines_are_there_when_asked_for(logging):
    # What comes behind it says that it was dropped: the answer may overtake it.
    ask(logging, "scripted", 'pb_utils.Logger.log_verbose("quiet-line")\npb_utils.Logger.log_info("behind it")')
    line_with(logging, "behind it")
    with http(logging) as client:
        client.update_log_settings({"log_verbose_level": 1})
        try:
            ask(logging, "scripted", 'pb_utils.Logger.log_verbose("verbose-line")')
            line_with(logging, "verbose-line")
        finally:
            client.update_log_settings({"log_verbose_level": 0})
    assert "quiet-line" not in logging.log_text()


def test_the_settings_of_the_log_hold(logging):
    with http(logging) as client:
        client.update_log_settings({"log_info": False})
        try:
            ask(logging, "scripted", 'pb_utils.Logger.log_info("hidden-line")\npb_utils.Logger.log_error("shown-line")')
            line_with(logging, "shown-line")
        finally:
            client.update_log_settings({"log_info": True})
    assert "hidden-line" not in logging.log_text()


@pytest.mark.parametrize("arguments", ['"x", 1', '"x", None', "None", "7"])
def test_what_cannot_be_logged(logging, arguments):
    assert raised(logging, "scripted", f"pb_utils.Logger.log({arguments})")[0] == "TypeError"


def test_levels_are_of_the_class(logging):
    levels = ["INFO", "WARNING", "ERROR", "VERBOSE"]
    assert value(logging, "scripted", f"[hasattr(pb_utils.Logger, n) for n in {levels}]") == [True] * 4


def test_a_line_of_many_bytes_and_lines_is_logged(logging):
    ask(logging, "scripted", 'pb_utils.Logger.log_info("x" * 100_000 + "-end-of-it")')
    line_with(logging, "-end-of-it")


@pytest.mark.only_ours("print is block-buffered where it is no terminal, and lost at the end")
def test_print_is_logged_with_model_and_instance(logging):
    ask(logging, "scripted", 'print("printed-line")\nprint("to-stderr", file=sys.stderr)')
    for text in ("printed-line", "to-stderr"):
        line = line_with(logging, text)
        assert "scripted" in line and "scripted_0_0" in line, line


@pytest.mark.only_ours("print is block-buffered where it is no terminal, and lost at the end")
def test_what_is_written_beneath_python_is_logged(logging):
    ask(logging, "scripted", 'os.write(1, b"by descriptor one\\n")\nos.system("echo by a child")')
    line_with(logging, "by descriptor one")
    line_with(logging, "by a child")


@pytest.mark.only_ours("print is block-buffered where it is no terminal, and lost at the end")
def test_print_is_not_lost_at_the_end(logging):
    assert load(logging, "prints") is None
    line_with(logging, "printed while loading")
    unload(logging, "prints")
    line_with(logging, "printed at the end")


@pytest.mark.only_ours("a flood has no bound there either, but no test of ours")
def test_a_flood_of_print_does_not_stop_the_server(logging):
    assert ask(logging, "scripted", 'for i in range(50_000): print("flood", i)\nanswer = "done"') == "done"
    with http(logging) as client:
        assert client.is_server_live()
