"""Models that load, unload and ask for models; models that come, change and go; a `model.py` in a load request."""

import json
import os
import pathlib
import shutil

import numpy as np
import pytest

from ensemble_models import ensemble, step, tensor, write
from python_client import ask, http, infer, load, model_is_ready, raised, unload
from python_server import PythonRepository, until, workers

SENT = {"backend": "python", "max_batch_size": 2,
        "input": [{"name": "INPUT0", "data_type": "TYPE_FP32", "dims": [-1]}],
        "output": [{"name": "OUTPUT0", "data_type": "TYPE_FP32", "dims": [-1]}]}  # fmt: skip
ONE = {"INPUT0": np.ones((1, 1), np.float32)}


@pytest.fixture(scope="module")
def controlled(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("controlled"))
    for name in ("identity", "other", "in_initialize"):
        repository.add("identity", name)
    repository.add("scripted")
    repository.add("scripted", "loads_first", initialize="pb_utils.load_model(model_name='in_initialize')")
    repository.add("scripted", "broken", initialize="raise RuntimeError('broken for good')")
    return start_python(repository, "--model-control-mode=explicit", "--load-model=scripted")


def test_a_model_loads_and_unloads_another(controlled):
    source = """
before = pb_utils.is_model_ready(model_name="other")
pb_utils.load_model(model_name="other")
answer = [before, pb_utils.is_model_ready(model_name="other"), pb_utils.is_model_ready("other", "1"),
          pb_utils.is_model_ready(model_name="other", model_version="1")]
"""
    assert ask(controlled, "scripted", source) == [False, True, True, True]
    assert infer(controlled, "other", ONE).as_numpy("OUTPUT0").tolist() == [[1.0]]
    ask(controlled, "scripted", 'pb_utils.unload_model(model_name="other")')
    until(lambda: not model_is_ready(controlled, "other"), what="the unload")
    assert ask(controlled, "scripted", 'answer = pb_utils.is_model_ready("other")') is False


def test_a_model_is_loaded_with_a_configuration(controlled):
    ask(controlled, "scripted", f"pb_utils.load_model(model_name='other', config={json.dumps(SENT)!r})")
    with http(controlled) as client:
        assert client.get_model_config("other")["max_batch_size"] == 2
    ask(controlled, "scripted", "pb_utils.unload_model('other', False)")
    until(lambda: not model_is_ready(controlled, "other"))


ADDS_TWO = b"""
import triton_python_backend_utils as pb_utils
class TritonPythonModel:
    def execute(self, requests):
        return [self.respond(r.inputs()[0].as_numpy() + 2) for r in requests]
    def respond(self, array):
        return pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", array)])
"""


def test_a_model_is_loaded_with_files(controlled):
    ask(
        controlled,
        "scripted",
        f"pb_utils.load_model('sent', config={json.dumps(SENT)!r}, files={{'file:1/model.py': {ADDS_TWO!r}}})",
    )
    assert infer(controlled, "sent", ONE).as_numpy("OUTPUT0").tolist() == [[3.0]]
    unload(controlled, "sent")
    until(lambda: not model_is_ready(controlled, "sent"))


@pytest.mark.only_ours("a client may send any code")
def test_a_client_that_sends_a_model_py_needs_a_flag(controlled, start_python, tmp_path_factory):
    files = {"file:1/model.py": ADDS_TWO}
    error = load(controlled, "from_a_client", config=json.dumps(SENT), files=files)
    assert error is not None and "--allow-client-native-code" in error, error
    repository = PythonRepository(tmp_path_factory.mktemp("allowed"))
    flags = ["--model-control-mode=explicit", "--allow-client-native-code=true"]
    server = start_python(repository, *flags)
    assert load(server, "from_a_client", config=json.dumps(SENT), files=files) is None
    assert infer(server, "from_a_client", ONE).as_numpy("OUTPUT0").tolist() == [[3.0]]


def test_a_model_may_load_another_in_initialize(controlled):
    assert load(controlled, "loads_first") is None
    assert model_is_ready(controlled, "in_initialize")
    unload(controlled, "loads_first")


@pytest.mark.only_ours("a refused call may end the whole server")
@pytest.mark.parametrize(
    ("call", "text"),
    [
        ('load_model("nope")', "Failed to load model: "),
        ('load_model("broken")', "broken for good"),
        ('load_model("other", config="no JSON")', "Failed to load model: "),
        ('load_model("other", files={"file:1/model.py": b""})', "Failed to load model: "),
    ],
)
def test_a_refused_call_is_an_exception(controlled, call, text):
    kind, message = raised(controlled, "scripted", f"pb_utils.{call}")
    assert kind == "TritonModelException" and text in message, message


def test_an_unknown_model_is_not_ready(controlled):
    assert ask(controlled, "scripted", 'answer = pb_utils.is_model_ready("nope")') is False


@pytest.mark.only_ours("not tried: it may wait for itself for ever")
@pytest.mark.parametrize("stage", ["initialize", "auto_complete"])
def test_a_model_that_is_being_loaded_cannot_load_itself(start_python, tmp_path_factory, stage):
    repository = PythonRepository(tmp_path_factory.mktemp("itself"))
    repository.add("scripted", "itself", **{stage: "pb_utils.load_model('itself')"})
    server = start_python(repository, "--model-control-mode=explicit")
    assert "it cannot load itself before it is ready" in str(load(server, "itself"))


@pytest.mark.only_ours("not tried: they may wait for each other for ever")
@pytest.mark.parametrize("circle", [["first", "second"], ["first", "round"]])
def test_models_that_load_each_other_are_told_so(start_python, tmp_path_factory, circle):
    """Each asks for the next one in `initialize`; "round" is an ensemble whose step is the first."""
    repository = PythonRepository(tmp_path_factory.mktemp("circle"))
    repository.add("scripted", "first", initialize=f"pb_utils.load_model('{circle[1]}')")
    repository.add("scripted", "second", initialize="pb_utils.load_model('first')")
    repository.add("scripted", "beside")
    tensors = tensor("input", "SOURCE", 1, "TYPE_STRING") + tensor("output", "ANSWER", 1, "TYPE_STRING")
    one = step("first", {"SOURCE": "SOURCE"}, {"ANSWER": "ANSWER"})
    write(repository.folder, "round", ensemble(tensors, one))
    server = start_python(repository, "--model-control-mode=explicit", "--load-model=beside")
    for name in circle:
        said = str(load(server, name))
        assert "wait for each other" in said and all(each in said for each in circle), said
    assert model_is_ready(server, "beside")


@pytest.mark.only_ours("the server may end")
def test_a_model_may_unload_itself(controlled):
    """The request that does so is answered; then the model goes."""
    assert load(controlled, "loads_first") is None
    assert ask(controlled, "loads_first", 'pb_utils.unload_model("loads_first")\nanswer = "asked"') == "asked"
    until(lambda: not model_is_ready(controlled, "loads_first"), what="the unload")


@pytest.mark.only_ours("a refused call may end the whole server")
def test_control_is_refused_where_it_is_off(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("uncontrolled"))
    repository.add("scripted")
    server = start_python(repository)
    assert raised(server, "scripted", 'pb_utils.load_model("scripted")')[0] == "TritonModelException"
    assert ask(server, "scripted", "answer = 1") == 1


# Changes


def test_a_changed_model_py_is_served_after_a_reload(controlled, tmp_path):
    repository = controlled_folder(controlled, "identity")
    assert load(controlled, "identity") is None
    source = (repository / "1" / "model.py").read_text()
    for number in range(1, 4):
        (repository / "1" / "model.py").write_text(source.replace("tensor.as_numpy()", f"tensor.as_numpy() + {number}"))
        os.utime(repository / "1" / "model.py", (number * 1000, number * 1000))
        assert load(controlled, "identity") is None
        assert infer(controlled, "identity", ONE).as_numpy("OUTPUT0").tolist() == [[1.0 + number]]
    (repository / "1" / "model.py").write_text(source)
    unload(controlled, "identity")


def controlled_folder(server, name):
    folder = ask(server, "scripted", "answer = os.path.dirname(model.args['model_repository'])")
    return pathlib.Path(folder) / name


def test_polling_serves_what_changes_and_ends_what_is_gone(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("polled"))
    repository.add("identity")
    server = start_python(repository, "--model-control-mode=poll", "--repository-poll-secs=1")
    folder = repository.folder / "identity"
    text = (folder / "1" / "model.py").read_text().replace("tensor.as_numpy()", "tensor.as_numpy() + 5")
    (folder / "1" / "model.py").write_text(text)
    until(lambda: infer(server, "identity", ONE).as_numpy("OUTPUT0").tolist() == [[6.0]], what="the change")
    repository.remove("identity")
    until(lambda: not workers(server), what="the end of the workers")


def test_versions_have_workers_of_their_own(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("versions"))
    folder = repository.add("scripted", extra="version_policy { all { } }")
    shutil.copytree(folder / "1", folder / "3")
    server = start_python(repository)
    answers = [
        ask(server, "scripted", "answer = [model.args['model_version'], os.getpid()]", model_version=version)
        for version in ("1", "3", "")
    ]
    assert [version for version, _ in answers] == ["1", "3", "3"]
    assert answers[0][1] != answers[1][1] == answers[2][1]
