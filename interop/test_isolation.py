"""Isolated ONNX models: they answer as those in the server do, and end nothing but their own process."""

import os
import queue
import signal
import threading
import time

import numpy as np
import pytest
from tritonclient import grpc, http
from tritonclient.utils import InferenceServerException

import ensemble_models
import isolation_models
from ensemble_models import ensemble, step
from isolation_models import ENDLESS, LARGE
from isolation_storm import Storm, recovered, workers, write
from models import Repository
from processes import cpu_seconds, is_alive, memory_map
from python_server import until

WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return isolation_models.write(tmp_path_factory.mktemp("isolation"))


@pytest.fixture(scope="module")
def isolating(start_module_server, repository):
    return start_module_server([repository.folder], "--model-control-mode=explicit", "--load-model=*")


@pytest.fixture
def client(isolating):
    with http.InferenceServerClient(isolating.url, network_timeout=WAIT_SECONDS) as connected:
        yield connected


def tensor(protocol, values, datatype):
    request = protocol.InferInput("INPUT0", values.shape, datatype)
    request.set_data_from_numpy(values)
    return [request]


def ask(client, model, values, datatype="FP32"):
    return client.infer(model, tensor(http, values, datatype)).as_numpy("OUTPUT0")


def ask_until_answered(client, model, values, datatype):
    """A model whose only worker is being started again answers 503."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return ask(client, model, values, datatype)
        except InferenceServerException:
            assert time.monotonic() < end
            time.sleep(0.1)


def is_hung(processes):
    """Whether there is one, and it has come to the library that hangs."""
    return bool(processes) and "harm.so" in memory_map(processes[0])


@pytest.mark.parametrize("elements", [3, 2048, 2049, LARGE])
def test_answers_are_those_of_a_model_in_the_server(client, isolating, elements):
    values = np.random.default_rng(7).random((2, elements), dtype=np.float32)
    for _ in range(3):  # the first long output has memory asked for, the others have it ready
        assert (ask(client, "isolated", values) == ask(client, "beside", values)).all()
    with grpc.InferenceServerClient(isolating.grpc_url) as by_grpc:
        answer = by_grpc.infer("isolated", tensor(grpc, values, "FP32"))
        assert (answer.as_numpy("OUTPUT0") == values + 1).all()


def test_strings_short_and_long(client):
    values = np.array([["", "a", "ü" * 20_000]], dtype=object)
    assert [text.decode() for text in ask(client, "strings", values, "BYTES")[0]] == list(values[0])


def test_the_configuration_is_completed_as_that_of_a_model_in_the_server(client):
    isolated, beside = client.get_model_config("isolated"), client.get_model_config("beside")
    for ours in ["name", "parameters", "model_warmup"]:
        isolated.pop(ours, None), beside.pop(ours, None)
    rename = lambda config: str(config).replace("isolated", "beside")
    assert rename(isolated) == rename(beside)
    assert client.get_model_metadata("isolated")["inputs"] == client.get_model_metadata("beside")["inputs"]


def test_requests_run_in_batches(client, isolating):
    answers = queue.SimpleQueue()
    with grpc.InferenceServerClient(isolating.grpc_url) as by_grpc:
        for number in range(300):  # all at once, so that some wait while others run
            values = np.full((1 + number % 2, 4 + number % 3), number, dtype=np.float32)
            keep = lambda result, error, values=values: answers.put((values, result, error))
            by_grpc.async_infer("isolated", tensor(grpc, values, "FP32"), keep)
        for _ in range(300):
            values, result, error = answers.get(timeout=WAIT_SECONDS)
            assert error is None
            assert (result.as_numpy("OUTPUT0") == values + 1).all()
    counts = client.get_inference_statistics("isolated")["model_stats"][0]
    assert counts["execution_count"] < counts["inference_stats"]["success"]["count"]


def test_a_request_that_does_not_fit_fails_alone(client):
    with pytest.raises(InferenceServerException, match="INT32"):
        ask(client, "isolated", np.ones((1, 2), np.int32), "INT32")
    assert (ask(client, "isolated", np.ones((1, 2), np.float32)) == 2).all()


def test_more_memory_than_a_worker_may_take_fails_the_request(client, isolating):
    before = workers(isolating, "bounded/")
    for _ in range(5):  # what ONNX Runtime has of memory is not used up by what it has not got
        with pytest.raises(InferenceServerException, match="may take 512 MiB: parameter isolation.memory_limit_mb"):
            ask(client, "bounded", np.array([1 << 30]), "INT64")
        assert ask(client, "bounded", np.array([1000]), "INT64")[0] == 1000
        assert ask(client, "bounded", np.array([1 << 24]), "INT64")[0] == 1 << 24
    assert workers(isolating, "bounded/") == before


def test_an_execution_that_a_client_cancels_ends_and_its_worker_stays(client, isolating):
    before = workers(isolating, "loop/")
    with grpc.InferenceServerClient(isolating.grpc_url) as by_grpc:
        call = by_grpc.async_infer("loop", tensor(grpc, np.array([ENDLESS]), "INT64"), lambda *_: None)
        time.sleep(0.3)  # mostly it runs by then
        call.cancel()
    assert ask(client, "loop", np.array([3]), "INT64")[0] == 3
    assert workers(isolating, "loop/") == before


def test_an_execution_that_takes_too_long_ends_its_worker_and_another_takes_its_place(client, isolating):
    before = workers(isolating, "impatient/")
    with pytest.raises(InferenceServerException, match="took longer than execute_timeout_ms allows, 1000 ms"):
        ask(client, "impatient", np.array([ENDLESS]), "INT64")
    assert ask_until_answered(client, "impatient", np.array([3]), "INT64")[0] == 3
    assert workers(isolating, "impatient/") != before


def test_a_crash_fails_the_request_that_ran_and_nothing_else(client, isolating):
    failed = []

    def endless():
        with http.InferenceServerClient(isolating.url, network_timeout=WAIT_SECONDS) as own:
            try:
                ask(own, "loop", np.array([ENDLESS]), "INT64")
            except InferenceServerException as error:
                failed.append(error.message())

    def executions():
        return client.get_inference_statistics("loop")["model_stats"][0]["inference_stats"]["fail"]["count"]

    before = executions()
    idle = sum(map(cpu_seconds, workers(isolating, "loop/")))
    running = threading.Thread(target=endless)
    running.start()
    until(lambda: sum(map(cpu_seconds, workers(isolating, "loop/"))) > idle + 0.3)
    for worker in workers(isolating, "loop/"):
        os.kill(worker, signal.SIGSEGV)
    running.join(WAIT_SECONDS)
    assert "worker process 'loop_0_0' is not healthy. It ended by " in failed[0]
    assert "SIGSEGV" in failed[0]
    assert (ask(client, "isolated", np.ones((1, 2), np.float32)) == 2).all()
    assert ask_until_answered(client, "loop", np.array([3]), "INT64")[0] == 3
    assert executions() > before


def test_a_worker_that_dies_while_it_runs_nothing_is_replaced(client, isolating):
    before = workers(isolating, "strings/")
    os.kill(before[0], signal.SIGKILL)
    until(lambda: workers(isolating, "strings/") not in ([], before))
    assert ask_until_answered(client, "strings", np.array([["a"]], dtype=object), "BYTES")[0, 0] == b"a"


def test_workers_do_not_heed_what_a_service_manager_sends_to_all_processes(client, isolating):
    before = workers(isolating, "strings/")
    os.kill(before[0], signal.SIGTERM)
    os.kill(before[0], signal.SIGINT)
    assert ask(client, "strings", np.array([["a"]], dtype=object), "BYTES")[0, 0] == b"a"
    assert workers(isolating, "strings/") == before


@pytest.mark.parametrize("harm, parameters, error", [
    (isolation_models.CRASHES, {}, "SIGSEGV"),
    (isolation_models.SLEEPS, {"load_timeout_ms": 2000}, "longer than isolation.load_timeout_ms allows, 2000 ms"),
], ids=["crash", "endless"])
def test_a_file_that_cannot_be_opened_fails_the_load(client, isolating, repository, harm, parameters, error, request):
    name = f"harm_{request.node.callspec.id}"
    isolation_models.add_with_library(repository, name, harm, isolation_models.isolated(**parameters))
    with pytest.raises(InferenceServerException, match=error):
        client.load_model(name)
    assert (ask(client, "isolated", np.ones((1, 2), np.float32)) == 2).all()
    until(lambda: not workers(isolating, name))


@pytest.mark.parametrize("extra, error", [
    (isolation_models.isolated(memory_limit="1"), "no parameter 'isolation.memory_limit'.*did you mean"),
    (isolation_models.isolated(memory_limit_mb="1"), "'isolation.memory_limit_mb' is '1' .expected a whole number from 256"),
    ('parameters { key: "isolation" value { string_value: "thread" } }', "expected process or none"),
    (isolation_models.isolated('sequence_batching { state { input_name: "I" output_name: "O" data_type: TYPE_FP32'
                               ' dims: [1] } }'), "the server keeps no sequence_batching . state . for it"),
    (isolation_models.isolated().replace("process", "none") + 'parameters { key: "isolation.load_timeout_ms" value { string_value: "9" } }',
     "'isolation.load_timeout_ms' has no effect without parameter 'isolation'"),
], ids=["misspelt", "too little", "no such isolation", "states", "without isolation"])
def test_what_is_not_done_is_said(client, repository, extra, error, request):
    name = "refused_" + request.node.callspec.id.replace(" ", "_")
    config = isolation_models.config([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])], extra=extra)
    repository.add(name, config, {1: isolation_models.add_graph(1, ["batch", "n"])})
    with pytest.raises(InferenceServerException, match=error):
        client.load_model(name)


@pytest.mark.parametrize("backend, value, error", [
    ("identity", "process", "which models of backend 'identity' cannot have"),
    ("python", "thread", "expected process or none"),
    ("ensemble", "process", "which an ensemble cannot have"),
])
def test_a_model_that_cannot_be_isolated_as_it_asks_is_not_loaded(client, repository, backend, value, error):
    name = f"refused_{backend}"
    extra = isolation_models.ISOLATED.replace("process", value)
    if backend == "ensemble":
        config = ensemble(ensemble_models.IDENTITY, step("beside", {"INPUT0": "INPUT0"}, {"OUTPUT0": "OUTPUT0"})) + extra
    else:
        config = isolation_models.config([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])], backend=backend, extra=extra)
    repository.add(name, config, {1: None})
    with pytest.raises(InferenceServerException, match=error):
        client.load_model(name)


def load_in_background(server, name):
    """A load that does not end by itself; its error's text is in the list that is returned when it does."""
    failed = []

    def load():
        with http.InferenceServerClient(server.url, network_timeout=WAIT_SECONDS) as own:
            try:
                own.load_model(name)
            except InferenceServerException as error:
                failed.append(error.message())

    threading.Thread(target=load, daemon=True).start()
    until(lambda: workers(server, name))
    return failed


@pytest.mark.parametrize("complete", [True, False], ids=["open", "auto-complete"])
def test_unloading_ends_a_worker_that_is_still_opening_its_model(client, isolating, repository, complete, request):
    name = f"endless_{request.node.callspec.id}"
    isolation_models.add_with_library(repository, name, isolation_models.SLEEPS, isolation_models.isolated())
    if complete:
        repository.folder.joinpath(name, "config.pbtxt").write_text(
            isolation_models.config([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])], extra=isolation_models.isolated(
                'model_operations { op_library_filename: "harm.so" }')))
    failed = load_in_background(isolating, name)
    client.unload_model(name)
    until(lambda: failed)
    assert "It was ended because the model is unloaded." in failed[0]
    until(lambda: not workers(isolating, name))


def test_the_servers_exit_ends_a_worker_that_is_still_opening_its_model(start_server, tmp_path):
    repository = Repository(tmp_path / "models")
    isolation_models.add_with_library(repository, "endless_exit", isolation_models.SLEEPS, isolation_models.isolated())
    running = start_server([repository.folder], "--model-control-mode=explicit", "--exit-timeout-secs=40").wait_until()
    load_in_background(running, "endless_exit")
    began = time.monotonic()
    assert running.stop() == 0
    assert time.monotonic() - began < 20


def test_a_worker_that_cannot_be_started_again_is_a_line_of_the_log_and_unloading_does_not_wait(client, isolating, repository):
    isolation_models.add_with_library(repository, "obeys", isolation_models.OBEYS,
                                      isolation_models.isolated("instance_group [ { kind: KIND_CPU count: 1 } ]"))
    folder = repository.folder / "obeys"
    client.load_model("obeys")
    folder.joinpath("crash").touch()
    os.kill(workers(isolating, "obeys/")[0], signal.SIGKILL)
    failure = "model 'obeys': obeys_0_0 failed: worker process "
    until(lambda: isolating.log_text().count(failure) >= 3, seconds=150)  # the pauses between them grow
    lines = isolating.log_text().splitlines()
    after = [lines[at + 1] for at, line in enumerate(lines[:-1]) if failure in line]
    assert not [line for line in after if line.startswith((" ", "\t"))]
    folder.joinpath("hang").touch()
    folder.joinpath("crash").unlink()
    until(lambda: is_hung(workers(isolating, "obeys/")))
    client.unload_model("obeys")
    until(lambda: not workers(isolating, "obeys/"))


def test_unloading_ends_the_workers(client, isolating):
    assert workers(isolating, "bounded/")
    client.unload_model("bounded")
    until(lambda: not workers(isolating, "bounded/"))


def test_workers_die_with_a_server_that_is_killed(start_server, tmp_path):
    running = start_server([write(tmp_path / "models")]).wait_until()
    there = workers(running)
    assert len(there) == 2
    running.kill()
    until(lambda: not any(is_alive(worker) for worker in there))


@pytest.mark.alone
def test_a_storm_of_killed_workers_harms_no_other_model(start_server, tmp_path):
    running = start_server([write(tmp_path / "models")]).wait_until()
    storm = Storm(running, 8, seed=20).run()
    assert sum(storm.kills.values()) > 2
    assert storm.failed["beside"] == [] and storm.answered["beside"] > 0
    assert storm.wrong.total() == 0
    assert recovered(running)
    assert running.stop() == 0
