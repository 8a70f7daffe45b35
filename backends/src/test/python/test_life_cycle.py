"""COMPLETE, START and FINISH: where code is found, what a model gets, and what each failure says."""

from __future__ import annotations

import json
import pathlib
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from fake_server import PACKAGE, Failed, FakeServer
from models import IDENTITY, model
from wire import Request, Tensor

PYENV = pathlib.Path.home() / ".pyenv" / "versions"


def failure_of(source, step="start", **options):
    with FakeServer(source, **options) as server:
        with pytest.raises(Failed) as failure:
            getattr(server, step)()
        assert failure.value.code == 1
        return failure.value.text, server


def test_initialize_gets_the_seven_arguments():
    more = """
        def initialize(self, args):
            import json
            print(json.dumps(args))
            print(pb_utils.get_model_dir(), __name__, __file__)
            pb_utils.using_decoupled_model_transaction_policy(json.loads(args["model_config"]))
"""
    with FakeServer(model("return []", more=more)) as server:
        assert server.start() == (0, 1)
        args, places = server.log().splitlines()
        assert json.loads(args) == server.args()
        assert places == f"{server.model}/1 1.model {server.model}/1/model.py"


def test_files_beside_the_model_can_be_imported():
    source = """
        import sys
        import file1
        from . import file2
        import shared.constants
        import numpy, json, triton_python_backend_utils
        class TritonPythonModel:
            def initialize(self, args): print(file1.NAME, file2.NAME, shared.constants.NAME)
            def execute(self, requests): return []
    """
    files = {"1/file1.py": "NAME = 'one'", "1/file2.py": "NAME = 'two'", "shared/constants.py": "NAME = 'three'"}
    files["1/json.py"] = "raise ImportError('what is installed comes first')"
    with FakeServer(source, files) as server:
        server.start()
        assert server.log() == "one two three\n"


def test_another_file_name():
    with FakeServer(IDENTITY, file="other.py") as server:
        assert server.start() == (0, 1)


def test_classes_are_there_while_the_module_is_imported():
    source = """
        import triton_python_backend_utils as pb_utils
        import c_python_backend_utils as c
        EMPTY: pb_utils.Tensor = None
        def f(r: pb_utils.InferenceRequest, s: c.InferenceResponseSender) -> c.ResponseIterator: ...
        class TritonPythonModel:
            def execute(self, requests): return []
    """
    with FakeServer(source) as server:
        assert server.start() == (0, 1)


def test_missing_file():
    with FakeServer("") as server:
        (server.model / "1" / "model.py").unlink()
        with pytest.raises(Failed, match=f"^Python model file not found in '{server.model}/1/model.py'$"):
            server.start()


def test_file_that_is_no_python():
    assert failure_of("", file="model.txt")[0] == "Model name must end with '.py'. Model name is \"model.txt\"."


def test_import_that_fails():
    text, server = failure_of("x = 1\nimport nothing_of_this_name\n")
    path = f"{server.model}/1/model.py"
    assert text.startswith("ModuleNotFoundError: No module named 'nothing_of_this_name'\n\nAt:\n")
    assert f"  {path}(2): <module>\n" in text


def test_syntax_error():
    assert "SyntaxError: " in failure_of("def (")[0]


def test_missing_class():
    assert "has no attribute 'TritonPythonModel'" in failure_of("x = 1")[0]


@pytest.mark.parametrize("raised", ["ValueError('no')", "SystemExit('no')", "KeyboardInterrupt('no')"])
def test_initialize_that_fails(raised):
    source = f"class TritonPythonModel:\n    def initialize(self, args):\n        raise {raised}\n"
    text, server = failure_of(source)
    assert text == f"{raised.split('(')[0]}: no\n\nAt:\n  {server.model}/1/model.py(3): initialize\n"


def test_exception_whose_text_fails():
    source = """
        class Broken(Exception):
            def __str__(self): raise ValueError("no text")
        class TritonPythonModel:
            def initialize(self, args): raise Broken()
    """
    assert failure_of(source)[0].startswith("Broken: <str() of it raised ValueError>\n\nAt:\n")


COMPLETE = """
    class TritonPythonModel:
        @staticmethod
        def auto_complete_config(config):
            {}
        def execute(self, requests): return []
"""


def test_completed_configuration():
    properties = {"name": "IN", "data_type": "TYPE_FP32", "dims": [4]}
    body = f"config.add_input({properties}); config.set_max_batch_size(8); return config"
    with FakeServer(COMPLETE.format(body)) as server:
        completed = server.complete()
        assert completed["input"] == [properties]
        assert completed["max_batch_size"] == 8


def test_class_without_auto_complete():
    with FakeServer(IDENTITY) as server:
        assert server.complete() is None


def test_completion_of_the_wrong_type():
    text, _ = failure_of(COMPLETE.format("return None"), step="complete")
    assert text == "auto_complete_config function in model 'm' must return a valid pb.ModelConfig object."


def test_completion_that_fails():
    text, server = failure_of(COMPLETE.format("raise ValueError('no')"), step="complete")
    assert text == f"ValueError: no\n\nAt:\n  {server.model}/1/model.py(5): auto_complete_config\n"


def test_finalize_that_fails_is_logged():
    with FakeServer(model("return []", more="        def finalize(self): raise ValueError('at the end')")) as server:
        server.start()
        assert server.finish() == 0
        log = server.call(38)
        assert (log.call, log.take("B")) == (0, 1)
        assert log.text() == f"{server.model}/1/model.py"
        assert log.take("I") == 10
        assert "ValueError: at the end" in log.text()


def test_signals_of_the_terminal_do_not_end_the_worker_but_do_end_what_it_starts():
    body = """
import signal, subprocess
child = subprocess.Popen(["sleep", "60"])
child.terminate()
print(child.wait() == -signal.SIGTERM)
return [respond(np.ones(1))]
"""
    with FakeServer(model(body)) as server:
        server.start()
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGTERM)
        server.execute(Request([]))
        assert server.log() == "True\n"


def test_name_of_the_process():
    with FakeServer(IDENTITY) as server:
        server.start()
        assert pathlib.Path(f"/proc/{server.process.pid}/comm").read_text() == "m_0_0\n"
        arguments = pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        assert b"m/m_0_0" in arguments


def test_stdin_of_the_model_is_empty_and_its_prints_are_lines_of_stderr():
    body = """
import os, sys
print(repr(sys.stdin.read()))
os.system("echo from a shell")
return [respond(np.ones(1))]
"""
    with FakeServer(model(body)) as server:
        server.start()
        server.execute(Request([]))
        assert server.log() == "''\nfrom a shell\n"


def test_worker_that_is_killed_leaves_no_answer():
    with FakeServer(model("import os\nos._exit(3)")) as server:
        server.start()
        server.post_execute(Request([]))
        with pytest.raises(EOFError):
            server.executed()
        assert server.process.wait() == 3


def test_is_ready_is_asked_while_idle_and_while_execute_waits_for_a_call():
    more = """
        ready = True
        def is_ready(self):
            if self.ready == "fail": raise ValueError("ill")
            return self.ready
"""
    body = """
if requests[0].request_id(): self.ready = eval(requests[0].request_id())
return [respond(np.array([requests[0].is_cancelled()]))]
"""

    def ready(server, number):
        server.write_reply(server.question(67, number))
        answer = server.call(48)
        assert answer.call == number
        state = answer.take("B")
        return answer.text() if state == 2 else state

    with FakeServer(model(body, more=more)) as server:
        assert server.start() == (1, 1)
        assert ready(server, 1) == 1
        server.post_execute(Request([], id="False"))
        cancelled = server.call(34)
        assert ready(server, 2) == 0
        server.reply(cancelled, 63, "B", 1)
        assert server.executed().answers[0].tensor("OUT").array().tolist() == [True]
        assert ready(server, 3) == 0
        for state, expected in (("5", "is_ready() must return a boolean value"), ("'fail'", "ValueError: ill\n\nAt:")):
            server.post_execute(Request([], id=state))
            server.reply(server.call(34), 63, "B", 0)
            server.executed()
            assert ready(server, 4).startswith(expected)


def test_is_ready_may_be_a_coroutine():
    with FakeServer(model("return []", more="        async def is_ready(self): return True")) as server:
        assert server.start() == (1, 1)
        server.write_reply(server.question(67, 5))
        answer = server.call(48)
        assert (answer.call, answer.take("B")) == (5, 1)


@pytest.mark.skipif(not (PYENV / "3.9.18").exists(), reason="needs a Python without numpy")
def test_python_without_numpy_says_what_to_do():
    with FakeServer(IDENTITY, python=PYENV / "3.9.18" / "bin" / "python3") as server:
        words = r"^Python models need numpy, which .*3\.9\.18/bin/python3.* -m pip install numpy$"
        with pytest.raises(Failed, match=words):
            server.start()
        assert server.process.wait() == 1


@pytest.mark.parametrize("version", ["3.6.15", "3.7.16", "3.8.18"])
def test_old_python_says_what_to_do(version, monkeypatch):
    if not (PYENV / version).exists():
        pytest.skip("no such Python here")
    # These know no other place for it than beside the sources, which would make the server's build out of date.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    words = r"^Python models need Python 3\.9 or newer, and .* is Python 3\.[678]: "
    text, _ = failure_of(IDENTITY, "complete", python=PYENV / version / "bin" / "python3")
    assert re.match(words, text)


def test_started_by_hand_it_says_who_starts_it():
    run = subprocess.run([sys.executable, PACKAGE], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("nereid_worker is started by the server, with --name <value>")


def test_output_of_an_execution_is_not_seen_as_an_answer():
    body = "import os, sys\nos.write(1, b'raw')\nsys.__stdout__.write('text\\n')\nreturn [respond(array(requests[0]))]"
    with FakeServer(model(body)) as server:
        server.start()
        executed = server.execute(Request([Tensor.of("IN", np.ones(3))]))
        assert executed.answers[0].tensor("OUT").array().tolist() == [1, 1, 1]
        assert server.log() == "rawtext\n"
