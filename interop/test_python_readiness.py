"""`is_ready`: a model says itself whether it is ready; inference goes on all the same."""

import threading
import time

import numpy as np
import pytest

from python_client import ask, infer, model_is_ready
from python_server import PythonRepository, until

NOT_IN_2_51 = "is_ready came after 2.51"


@pytest.fixture(scope="module")
def readiness(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("readiness"))
    sources = {
        "without": "",
        "switched": "ready = model.kept.get('ready', True)",
        "raises": "raise RuntimeError('cannot say')",
        "seven": "ready = 7",
        "hangs": "time.sleep(60)\nready = True",
        "counted": "model.kept['asked'] = model.kept.get('asked', 0) + 1\ntime.sleep(2)\nready = True",
        "on_thread": "model.kept['main'] = threading.current_thread() is threading.main_thread()\nready = True",
    }
    for name, source in sources.items():
        repository.add("scripted", name, **({"is_ready": source} if source else {}))
    text = (repository.folder / "without" / "1" / "model.py").read_text()
    coroutine = (
        text.replace('self.is_ready = lambda: run(ready, model=self)["ready"]', "self.is_ready = self.coroutine")
        + "\n    async def coroutine(self):\n        return False\n"
    )
    repository.add("scripted", "coroutine", is_ready="x", source=coroutine)
    return start_python(repository)


@pytest.mark.only_ours(NOT_IN_2_51)
@pytest.mark.parametrize(
    ("model", "ready"),
    [("without", True), ("switched", True), ("raises", False), ("seven", False), ("coroutine", False)],
)
def test_what_a_model_says_of_itself(readiness, model, ready):
    assert model_is_ready(readiness, model) is ready
    assert ask(readiness, model, "answer = 1") == 1


@pytest.mark.only_ours(NOT_IN_2_51)
def test_a_model_changes_its_mind(readiness):
    ask(readiness, "switched", "model.kept['ready'] = False")
    assert model_is_ready(readiness, "switched") is False
    assert ask(readiness, "switched", "model.kept['ready'] = True") is None
    assert model_is_ready(readiness, "switched") is True


@pytest.mark.only_ours(NOT_IN_2_51)
@pytest.mark.parametrize(
    ("model", "ready"), [("without", True), ("raises", False), ("seven", False), ("coroutine", False)]
)
def test_another_model_is_answered_as_a_client_is(readiness, model, ready):
    assert ask(readiness, "on_thread", f"answer = pb_utils.is_model_ready({model!r})") is ready
    assert ask(readiness, model, f"answer = pb_utils.is_model_ready({model!r})") is ready


@pytest.mark.only_ours(NOT_IN_2_51)
def test_why_it_is_not_ready_is_logged(readiness):
    model_is_ready(readiness, "seven")
    until(lambda: "is_ready() must return a boolean value" in readiness.log_text())
    model_is_ready(readiness, "raises")
    until(lambda: "cannot say" in readiness.log_text())


@pytest.mark.only_ours(NOT_IN_2_51)
def test_it_is_asked_on_a_second_thread(readiness):
    assert model_is_ready(readiness, "on_thread")
    assert ask(readiness, "on_thread", "answer = model.kept['main']") is False


@pytest.mark.only_ours(NOT_IN_2_51)
def test_a_model_that_does_not_say_is_not_ready_after_eight_seconds(readiness):
    begin = time.monotonic()
    assert model_is_ready(readiness, "hangs") is False
    assert 7 < time.monotonic() - begin < 40
    assert ask(readiness, "hangs", "answer = 1") == 1


@pytest.mark.only_ours(NOT_IN_2_51)
def test_questions_at_once_are_one(readiness):
    before = ask(readiness, "counted", "answer = model.kept.get('asked', 0)")
    threads = [threading.Thread(target=model_is_ready, args=(readiness, "counted")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ask(readiness, "counted", "answer = model.kept['asked']") - before <= 3


@pytest.mark.only_ours("a worker that died is not ready, and stays so")
def test_a_worker_that_died_is_ready_again(readiness):
    source = "os.kill(os.getpid(), 9)"
    try:
        ask(readiness, "without", source)
    except Exception as error:
        assert "is not healthy" in str(error)
    until(lambda: model_is_ready(readiness, "without"), what="the new worker")
    assert infer(readiness, "without", {"SOURCE": np.array(["answer = 1"], dtype=object)}) is not None
