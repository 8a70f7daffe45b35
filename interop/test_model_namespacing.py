"""`--model-namespacing=true`: two repositories with models of the same names. What is expected was answered by Triton 2.51."""

import shutil
import time
import urllib.request

import pytest
from tritonclient.utils import InferenceServerException

import models
from ports import free_port
from server import HOST, Server, run_launcher
from test_model_control import EXPLICIT, connect, index, infer

PICK_UP_SECONDS = 60
TENSORS = [("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])]
AMBIGUOUS = "There are 2 identifiers of model '%s' in global map, model namespace must be provided to resolve ambiguity."


def ensemble(step):
    return f"""
platform: "ensemble"
max_batch_size: 8
input {{ name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }}
output {{ name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }}
ensemble_scheduling {{ step {{ model_name: "{step}" model_version: -1
  input_map {{ key: "INPUT0" value: "INPUT0" }} output_map {{ key: "OUTPUT0" value: "OUTPUT0" }} }} }}
"""


def write(folder):
    """Models that add 1 or 10, those of the repository b ten times as much."""
    for name, one in (("a", 1), ("b", 10)):
        repository = models.Repository(folder / name)
        for model in ("shared", f"only_{name}"):
            repository.add(model, models.config(*TENSORS), {1: models.add_graph(one, ["n", "k"])})
        for model in (f"ens_{name}", "ens_same"):
            repository.add(model, ensemble("shared"), {1: None})
    models.Repository(folder / "b").add("ens_cross", ensemble("only_a"), {1: None})
    return folder


def start(folder, *flags):
    server = Server(folder / "server.log", [folder / "a", folder / "b"], "--model-namespacing=true", *flags)
    return server.wait_until().wait_until_started()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("namespaces"))


@pytest.fixture(scope="module")
def server(folder):
    port = free_port()
    metrics = ("--allow-metrics=true", f"--metrics-address={HOST}", f"--metrics-port={port}")
    server = start(folder, EXPLICIT, "--load-model=*", *metrics)
    server.metrics_port = port
    yield server
    assert server.stop() == 0


def error(call, *arguments):
    with pytest.raises(InferenceServerException) as refusal:
        call(*arguments)
    return refusal.value.message()


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_ensembles_take_the_models_of_their_own_repository_first(server, folder, protocol):
    with connect(protocol, server) as client:
        sums = {model: infer(client, model, 1.0)[0, 0] for model in ("only_a", "only_b", "ens_a", "ens_b", "ens_cross")}
        assert sums == {"only_a": 2, "only_b": 11, "ens_a": 2, "ens_b": 11, "ens_cross": 2}
    with connect("http", server) as client:
        (step,) = client.get_model_config("ens_b")["ensemble_scheduling"]["step"]
    assert (step["model_name"], step["model_namespace"]) == ("shared", str(folder / "b"))


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.parametrize("model", ["shared", "ens_same"])
def test_a_name_that_two_repositories_have_is_ambiguous(server, protocol, model):
    with connect(protocol, server) as client:
        assert error(infer, client, model) == AMBIGUOUS % model
        assert error(client.get_model_metadata, model) == AMBIGUOUS % model
        assert error(client.get_model_config, model) == AMBIGUOUS % model
        assert not client.is_model_ready(model)
        assert error(client.get_inference_statistics, model) == f"requested model '{model}' is not available"


def test_the_index_has_every_model_by_its_name(server):
    with connect("grpc", server) as client:
        entries = index(client)
        assert [entry[0] for entry in entries] == ["ens_a", "ens_same", "only_a", "shared", "ens_b", "ens_cross", "ens_same", "only_b", "shared"]
        assert {entry[1:3] for entry in entries} == {("1", "READY")}
        assert client.is_server_ready()
        assert len(client.get_inference_statistics().model_stats) == len(entries)


def test_the_metrics_name_the_namespace(server, folder):
    with urllib.request.urlopen(f"http://{HOST}:{server.metrics_port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    counted = [line.rsplit(" ", 1)[0] for line in lines if line.startswith('nv_inference_request_success{model="shared"')]
    assert counted == [f'nv_inference_request_success{{model="shared",namespace="{folder / name}",version="1"}}' for name in "ab"]


def test_loads_and_unloads_by_name_are_for_all_repositories(server):
    with connect("http", server) as client:
        client.unload_model("shared")
        left = [entry[0] for entry in index(client) if entry[2] == "READY"]
        assert left == ["only_a", "ens_cross", "only_b"]
        client.load_model("ens_same")
        client.load_model("shared")
        assert infer(client, "ens_a", 1.0)[0, 0] == 2 and infer(client, "ens_b", 1.0)[0, 0] == 11


def test_an_ensemble_takes_up_the_other_repositorys_model_and_comes_back(tmp_path):
    server = start(write(tmp_path), EXPLICIT)
    try:
        with connect("http", server) as client:
            shutil.move(tmp_path / "a" / "shared", tmp_path / "away")
            client.load_model("ens_a")
            client.load_model("ens_b")
            assert [infer(client, model, 1.0)[0, 0] for model in ("ens_a", "ens_b", "shared")] == [11, 11, 11]
            shutil.move(tmp_path / "away", tmp_path / "a" / "shared")
            client.load_model("ens_a")
            assert [infer(client, model, 1.0)[0, 0] for model in ("ens_a", "ens_b")] == [2, 11]
            assert error(infer, client, "shared") == AMBIGUOUS % "shared"
        assert server.stop() == 0
    finally:
        server.kill()


def test_validate_tells_the_repositories_apart(folder):
    a, b = folder / "a", folder / "b"
    finished = run_launcher("validate", a, b, "--model-namespacing=true", "--model", "ens_a", "--model", "shared", "--model", "ens_cross")
    assert finished.returncode == 0, finished.stdout
    checked = [f"{a}::ens_a", f"{a}::shared", f"{b}::ens_cross", f"{b}::shared"]
    assert finished.stdout.splitlines() == [*(f"ok    {model}" for model in checked), "4 models checked, no problem found"]


def added(client, model):
    return infer(client, model, 1.0)[0, 0] - 1


def until(condition, server):
    deadline = time.monotonic() + PICK_UP_SECONDS
    while not condition():
        assert time.monotonic() < deadline, server.log_text()
        time.sleep(0.1)


def test_polling_tells_the_repositories_apart(tmp_path):
    """What changes in one leaves the other alone; a name that only one has left needs no namespace any more."""
    folder = write(tmp_path)
    server = start(folder, "--model-control-mode=poll", "--repository-poll-secs=1")
    try:
        with connect("http", server) as client:
            assert added(client, "only_a") == 1 and added(client, "only_b") == 10
            assert error(client.get_model_metadata, "shared") == AMBIGUOUS % "shared"
            models.Repository(folder / "a").add("late", models.config(*TENSORS), {1: models.add_graph(2, ["n", "k"])})
            models.Repository(folder / "b").add("late", models.config(*TENSORS), {1: models.add_graph(20, ["n", "k"])})
            until(lambda: [entry[2] for entry in index(client) if entry[0] == "late"] == ["READY", "READY"], server)
            assert error(client.get_model_metadata, "late") == AMBIGUOUS % "late"
            shutil.move(folder / "b" / "late", tmp_path / "late")
            until(lambda: client.is_model_ready("late"), server)
            assert added(client, "late") == 2
            assert added(client, "ens_a") == 1 and added(client, "ens_b") == 10
            shutil.move(folder / "b" / "shared", tmp_path / "shared")
            until(lambda: client.is_model_ready("shared"), server)
            assert added(client, "shared") == 1
            assert added(client, "ens_a") == 1
        assert server.stop() == 0
    finally:
        server.kill()
