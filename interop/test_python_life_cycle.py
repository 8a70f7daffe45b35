"""From the first line of a model.py to the last: arguments, imports, threads, and how each stage fails."""

import json
import os
import re

import numpy as np
import pytest
import tritonclient.grpc
from tritonclient.utils import InferenceServerException

from python_client import ask, failure, http, http_inputs, infer, load, source_array, together, unload
from python_server import DECOUPLED, PythonRepository, until, workers

ONE = {"INPUT0": np.ones(1, np.float32)}


@pytest.fixture(scope="module")
def numbered():
    return iter(range(1000))


@pytest.fixture
def loaded(python_repository, loading, numbered):
    """Adds a copy of a model under a name of its own and loads it: (name, None or the error's text)."""

    def add(model="scripted", name=None, **options):
        name = name or f"m{next(numbered)}"
        python_repository.add(model, name, **options)
        return name, load(loading, name)

    return add


# Arguments


def test_initialize_gets_seven_strings(scripted):
    args = ask(scripted, "scripted", "answer = model.args")
    assert all(isinstance(text, str) for text in args.values())
    config = json.loads(args.pop("model_config"))
    repository = args.pop("model_repository")
    assert args == {
        "model_instance_kind": "CPU",
        "model_instance_name": "scripted_0_0",
        "model_instance_device_id": "0",
        "model_version": "1",
        "model_name": "scripted",
    }
    assert repository.endswith("/scripted")
    assert config["name"] == "scripted" and config["backend"] == "python"
    assert config["input"][0]["data_type"] == "TYPE_STRING" and config["input"][0]["dims"] == [1]
    assert config["instance_group"][0]["kind"] == "KIND_CPU" and config["instance_group"][0]["count"] == 1


def test_parameters_are_in_the_configuration(loaded, loading):
    name, error = loaded(threshold='0.5 "half"')
    assert error is None
    got = ask(loading, name, "answer = model.config['parameters']")
    assert got == {"threshold": {"string_value": '0.5 "half"'}}


def test_each_instance_is_a_process_of_its_own(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("instances"))
    repository.add("scripted", change=[("kind: KIND_CPU count: 1", "kind: KIND_CPU count: 2")])
    server = start_python(repository)
    source = together(tmp_path_factory.mktemp("begun"), 2) + 'answer = [model.args["model_instance_name"], os.getpid()]'
    with http(server, concurrency=2) as client:
        calls = [client.async_infer("scripted", http_inputs({"SOURCE": source_array(source)})) for _ in range(2)]
        answers = [json.loads(call.get_result().as_numpy("ANSWER")[0]) for call in calls]
    assert {name for name, _ in answers} == {"scripted_0_0", "scripted_0_1"}
    assert {pid for _, pid in answers} == set(workers(server))


@pytest.mark.only_ours("a stub's process is named triton_python_backend_stub, whatever it runs")
def test_the_name_of_a_process_tells_model_and_instance(scripted):
    got = ask(
        scripted, "scripted", 'answer = [open("/proc/self/comm").read().strip(), open("/proc/self/cmdline").read()]'
    )
    assert got[0].startswith("scripted") and "scripted" in got[1]


# Imports


def test_files_beside_model_py_are_imported_in_both_ways(loaded, loading):
    name, error = loaded("beside")
    assert error is None
    got = json.loads(infer(loading, name, ONE).as_numpy("ANSWER")[0])
    assert got["words"] == ["plain", "relative", "of the model's folder"]
    assert got["name"] == "1.model"
    assert got["file"].endswith(f"/{name}/1/model.py") and got["directory"].endswith(f"/{name}/1")
    # Appended, so that nothing beside a model hides a module of the standard library.
    of_model = [path.endswith((f"/{name}/1", f"/{name}")) for path in got["path"]]
    assert of_model.count(True) == 2 and of_model.index(True) > 0


def test_the_file_may_have_another_name(loaded, loading):
    name, error = loaded("service")
    assert error is None
    assert infer(loading, name, ONE).as_numpy("OUTPUT0").tolist() == [2.0]


@pytest.mark.only_ours("the load hangs for more than 30 s")
def test_a_file_that_is_no_py_is_refused(loaded):
    _, error = loaded("service", change=[("service.py", "service.txt")])
    assert "Model name must end with '.py'. Model name is \"service.txt\"." in error


@pytest.mark.only_ours("the load hangs for more than 30 s")
def test_a_missing_file_is_named(loaded, python_repository, loading):
    folder = python_repository.add("scripted", "without_file")
    (folder / "1" / "model.py").unlink()
    error = load(loading, "without_file")
    assert "model.py" in error and "not found" in error


@pytest.mark.only_ours("the classes are put there after the import")
def test_the_classes_are_there_while_the_module_is_imported(loaded, loading):
    source = (
        "import triton_python_backend_utils as pb_utils\n\nMADE: pb_utils.Tensor = None\n\n\n"
        "class TritonPythonModel:\n    kind = pb_utils.InferenceResponse\n\n"
        "    def execute(self, requests):\n"
        "        return [self.kind([pb_utils.Tensor('OUTPUT0', r.inputs()[0].as_numpy())]) for r in requests]\n"
    )
    name, error = loaded("identity", source=source)
    assert error is None
    assert infer(loading, name, {"INPUT0": np.ones((1, 2), np.float32)}).as_numpy("OUTPUT0").tolist() == [[1.0, 1.0]]


# Threads and order


def test_initialize_and_execute_run_in_the_main_thread(loaded, loading):
    thread = "threading.current_thread() is threading.main_thread()"
    name, error = loaded(initialize=f"model.kept['main'] = {thread}")
    assert error is None
    assert ask(loading, name, f"answer = [model.kept['main'], {thread}]") == [True, True]


def test_a_thread_of_initialize_goes_on(loaded, loading):
    name, error = loaded(
        initialize="def work():\n    while True:\n        model.kept['n'] = model.kept.get('n', 0) + 1\n"
        "        time.sleep(0.001)\nthreading.Thread(target=work, daemon=True).start()"
    )
    assert error is None
    first = ask(loading, name, "answer = model.kept['n']")
    until(lambda: ask(loading, name, "answer = model.kept['n']") > first)


def test_finalize_runs_at_unload(loaded, loading, tmp_path):
    name, error = loaded(finalize=f"open({str(tmp_path / 'ended')!r}, 'w').write(model.args['model_name'])")
    assert error is None
    unload(loading, name)
    until(lambda: (tmp_path / "ended").exists() and (tmp_path / "ended").read_text() == name, what="finalize")


def test_finalize_that_raises_does_not_hinder_the_unload(loaded, loading):
    name, error = loaded(finalize='raise RuntimeError("at the end")')
    assert error is None
    before = len(workers(loading))
    unload(loading, name)
    until(lambda: len(workers(loading)) < before, what="the end of the worker")
    until(lambda: "at the end" in loading.log_text(), what="the log's line")


def test_a_model_without_finalize_is_unloaded(loaded, loading):
    name, error = loaded("identity")
    assert error is None
    unload(loading, name)
    until(lambda: not any(model["name"] == name and model.get("state") == "READY" for model in index(loading)))


def index(server):
    with http(server) as client:
        return client.get_model_repository_index()


def test_the_working_folder_and_environment_are_the_servers(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("surroundings"))
    repository.add("scripted")
    server = start_python(repository, environment={"OF_THE_SERVER": "yes"})
    got = ask(server, "scripted", 'answer = [os.environ.get("OF_THE_SERVER"), os.getcwd()]')
    assert got == ["yes", os.readlink(f"/proc/{server.pid}/cwd")]


# Failures of loading

AT = re.compile(r"\n\nAt:\n(  .+\(\d+\): .+\n)*  .+\(\d+\): .+")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'\n\nAt:\n  "),
        ("x = = 1\n", "SyntaxError: invalid syntax"),
        ("class Other:\n    pass\n", "TritonPythonModel"),
        ("raise ValueError('at import')\n", "ValueError: at import\n\nAt:\n  "),
        ("class TritonPythonModel:\n    def __init__(self):\n        raise KeyError('made')\n", "KeyError: 'made'"),
    ],
    ids=["import", "syntax", "class", "exception", "constructor"],
)
def test_a_module_that_fails_is_why_the_model_does_not_load(loaded, source, text):
    _, error = loaded("identity", source=source)
    assert error is not None and text in error, error


@pytest.mark.parametrize(
    ("stage", "source", "text"),
    [
        ("initialize", 'raise RuntimeError("not today")', "RuntimeError: not today"),
        ("initialize", "sys.exit(4)", "SystemExit: 4"),
        ("auto_complete", 'raise RuntimeError("not today")', "RuntimeError: not today"),
    ],
)
def test_a_stage_that_raises_is_why_the_model_does_not_load(loaded, stage, source, text):
    name, error = loaded(**{stage: source})
    assert text in error and AT.search(error), error
    assert re.search(rf"/{name}/1/model.py\(\d+\): {stage}", error), error


def test_a_process_that_dies_in_initialize_is_why_the_model_does_not_load(loaded):
    name, error = loaded(initialize="os.kill(os.getpid(), 9)")
    assert f"Stub process '{name}_0_0' is not healthy." in error


@pytest.mark.only_ours("no more is said than that the process is not healthy")
def test_the_death_in_initialize_is_explained(loaded):
    _, error = loaded(initialize='print("last words", flush=True)\nos._exit(7)')
    assert "7" in error and "last words" in error, error


@pytest.mark.only_ours("a shell reads the name, and the load hangs")
@pytest.mark.parametrize("character", list(";|&$`<>()[]{}\"'*?~#!"))
def test_a_name_that_a_shell_would_read_is_refused(python_repository, loading, character):
    python_repository.add("identity", f"bad{character}name")
    with tritonclient.grpc.InferenceServerClient(loading.grpc_url) as client:
        with pytest.raises(InferenceServerException, match="Invalid stub name: contains invalid characters"):
            client.load_model(f"bad{character}name")


# Failures of execute


def executing(source):
    """A model whose execute does this; `result` is what it returns."""
    return {"execute": source, "change": [("dims: [ 1 ] optional", "dims: [ 1 ]  optional")]}


PREFIX = "Failed to process the request(s) for model '{instance}', message: "


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('raise RuntimeError("not now")', "RuntimeError: not now\n\nAt:\n  <source>(1): <module>\n"),
        ("sys.exit(5)", "SystemExit: 5"),
        ('result = "text"', "Expected a list in the execute return, found type '<class 'str'>'."),
        ("result = []", "Number of InferenceResponse objects do not match the number of InferenceRequest objects. "
                        "InferenceRequest(s) size is:1, and InferenceResponse(s) size is:0"),
        ('result = ["text"]', "Expected an 'InferenceResponse' object in the execute function return list, found"),
        ('result = [pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", np.array(["a"]))])]',
         "TritonModelException: NumPy dtype is not supported."),
    ],
    ids=["exception", "SystemExit", "str", "count", "item", "dtype"],
)  # fmt: skip
def test_execute_that_fails_is_every_requests_error(loaded, loading, source, text):
    name, error = loaded(**executing(source))
    assert error is None
    got = failure(loading, name, ONE)
    assert got.startswith(PREFIX.format(instance=f"{name}_0_0")) and text in got, got
    # The worker lives on.
    assert failure(loading, name, ONE) == got


def test_a_model_without_execute_says_so(loaded, loading):
    name, error = loaded("identity", source="class TritonPythonModel:\n    pass\n")
    assert error is None
    got = failure(loading, name, {"INPUT0": np.ones((1, 1), np.float32)})
    assert re.search(r"message: Python model .*/1/model.py does not implement `execute` method.", got), got


def test_a_failure_counts_for_each_request(loaded, loading):
    name, error = loaded(**executing('raise RuntimeError("x")'))
    assert error is None
    for _ in range(3):
        failure(loading, name, ONE)
    with http(loading) as client:
        stats = client.get_inference_statistics(name)["model_stats"][0]["inference_stats"]
    assert (stats["fail"]["count"], stats["success"]["count"]) == (3, 0)


@pytest.mark.only_ours("such a request is never answered")
@pytest.mark.parametrize("source", ["result = None", "result = [None]"])
def test_a_response_that_never_comes_is_an_error(loaded, loading, source):
    name, error = loaded(**executing(source))
    assert error is None
    assert "response" in failure(loading, name, ONE)
    unload(loading, name)


def test_an_output_that_is_not_configured_is_left_out(scripted):
    source = """
        response = pb_utils.InferenceResponse([pb_utils.Tensor("ELSE", np.zeros(1)),
                                               pb_utils.Tensor("ANSWER", np.array(["a"], dtype=object))])
    """
    got = infer(scripted, "scripted", {"SOURCE": source_array(source)}).get_response()
    assert [output["name"] for output in got["outputs"]] == ["ANSWER"]


def test_an_output_may_be_missing(scripted):
    got = infer(scripted, "scripted", {"SOURCE": source_array("response = pb_utils.InferenceResponse([])")})
    assert got.get_response().get("outputs", []) == []


CONTRADICTS = 'response = pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", np.array([[1], [2]], np.int16))])'


def test_an_output_of_another_type_and_shape_is_sent_as_it_is(loaded, loading):
    name, error = loaded()
    assert error is None
    got = infer(loading, name, {"SOURCE": source_array(CONTRADICTS)}).get_response()["outputs"][0]
    assert (got["datatype"], got["shape"]) == ("INT16", [2, 1])


@pytest.mark.only_ours("nothing is said")
def test_a_contradicting_output_is_warned_of_once(loaded, loading):
    name, error = loaded()
    assert error is None
    for _ in range(3):
        infer(loading, name, {"SOURCE": source_array(CONTRADICTS)})
    lines = [line for line in loading.log_text().splitlines() if "OUTPUT0" in line and name in line]
    assert len(lines) == 1, lines
    assert "INT16" in lines[0] and "FP32" in lines[0], lines


@pytest.mark.only_ours("strict_outputs is this server's own parameter")
def test_strict_outputs_make_a_contradiction_an_error(loaded, loading):
    name, error = loaded(strict_outputs="true")
    assert error is None
    got = failure(loading, name, {"SOURCE": source_array(CONTRADICTS)})
    assert "OUTPUT0" in got and "INT16" in got and "FP32" in got, got
    assert ask(loading, name, "answer = 1") == 1


def test_the_tutorials_way_to_answer_a_batch(python_repository, loading):
    """Its model.py answers [1, 1] to a request of sixteen rows, as perf_analyzer -b 16 sends them."""
    python_repository.add("photograph")
    assert load(loading, "photograph") is None
    sent = {"INPUT_IMAGE": np.array([[b"a"]] * 16, dtype=object)}
    got = infer(loading, "photograph", sent).get_response()["outputs"]
    assert [output["shape"] for output in got] == [[1, 1], [1, 1]]


@pytest.mark.only_ours("strict_outputs is this server's own parameter")
def test_the_tutorials_way_to_answer_a_batch_is_an_error_if_outputs_are_strict(python_repository, loading):
    python_repository.add("photograph", "photograph_strict", strict_outputs="true")
    assert load(loading, "photograph_strict") is None
    sent = np.array([[b"a"]] * 16, dtype=object)
    assert "FOOD_LABEL" in failure(loading, "photograph_strict", {"INPUT_IMAGE": sent})
    assert infer(loading, "photograph_strict", {"INPUT_IMAGE": sent[:1]}).as_numpy("FOOD_LABEL").shape == (1, 1)


@pytest.mark.only_ours(
    "its memory is /dev/shm's; the text there begins with 'Failed to increase the shared memory pool size'"
)
def test_more_than_memory_allows_is_refused_and_the_instance_goes_on(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("large"))
    repository.add("scripted")
    server = start_python(repository, f"--max-inflight-bytes={64 << 20}")
    large = "response = pb_utils.InferenceResponse([pb_utils.Tensor('OUTPUT0', np.zeros(64 << 20, np.float32))])"
    assert "--max-inflight-bytes" in failure(server, "scripted", {"SOURCE": source_array(large)})
    assert ask(server, "scripted", "answer = 1") == 1


# Coroutines


def test_a_coroutine_is_waited_for(scripted):
    source = """
        async def step():
            await asyncio.sleep(0.01)
            return ["after a while", threading.current_thread() is threading.main_thread()]
    """
    assert ask(scripted, "scripted_async", source)[0] == "after a while"


def test_a_coroutine_that_raises_is_the_requests_error(scripted):
    source = """
        async def step():
            raise ValueError("in a coroutine")
    """
    got = failure(scripted, "scripted_async", {"SOURCE": source_array(source)})
    assert got.startswith(PREFIX.format(instance="scripted_async_0_0")) and "ValueError: in a coroutine" in got


def test_decoupled_is_said_to_the_model(loaded, loading):
    _, error = loaded(extra=DECOUPLED, initialize="assert model.decoupled")
    assert error is None


def test_instances_start_at_the_same_time(start_python, tmp_path_factory):
    """Each waits in `initialize` for the other one."""
    folder = tmp_path_factory.mktemp("instances")
    initialize = f"""
open(os.path.join({str(folder)!r}, model.args["model_instance_name"]), "w").close()
deadline = time.monotonic() + 60
while len(os.listdir({str(folder)!r})) < 2:
    if time.monotonic() > deadline:
        raise RuntimeError("the other instance does not start")
    time.sleep(0.02)
"""
    repository = PythonRepository(tmp_path_factory.mktemp("at_once"))
    repository.add("scripted", change=[("count: 1", "count: 2")], initialize=initialize)
    server = start_python(repository)
    assert ask(server, "scripted", "answer = 1") == 1
