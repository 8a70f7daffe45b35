"""What the console's pages ask the server: the overview, one version, its slowest requests, a simulation, its description."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

import pytest

import wire
from ports import free_port
from server import HOST

HTML = "<img src=x onerror=alert(1)>"
RUN_SECONDS = 120


def identity(name, tensors, max_batch_size=8, more=""):
    """A model of the backend identity: each of `tensors`, (datatype, dims, more), goes from IN<i> to OUT<i>."""
    text = f'backend: "identity"\nmax_batch_size: {max_batch_size}\n{more}\n'
    for index, (datatype, dims, extra) in enumerate(tensors):
        text += f'input {{ name: "IN{index}" data_type: TYPE_{datatype} dims: {dims} {extra} }}\n'
        text += f'output {{ name: "OUT{index}" data_type: TYPE_{datatype} dims: {dims} }}\n'
    return name, text


MODELS = [
    identity("numbers", [("FP32", [3], ""), ("INT64", [2, -1], "")], more="dynamic_batching { }"),
    identity("text", [("STRING", [1], "")]),
    identity("one of two", [("INT32", [1], ""), ("UINT8", [1], "optional: true")]),
    identity("no_batches", [("FP64", [2], "")], max_batch_size=0),
    identity("picture", [("FP32", [3, 64, 64], "")]),
    identity("halves", [("FP16", [2], ""), ("BOOL", [1], "")]),
    identity("it's", [("INT8", [1], "")]),
    identity("in_sequence", [("INT32", [1], "")], more="sequence_batching { }"),
    identity(HTML, [("INT32", [1], "")]),
]
CALLED = [name for name, _ in MODELS]


def write_models(folder, models):
    for name, text in models:
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(text)
    return folder


@pytest.fixture(scope="module")
def console_models(tmp_path_factory):
    return write_models(tmp_path_factory.mktemp("console"), MODELS)


@pytest.fixture(scope="module")
def console(start_module_server, console_models):
    metrics_port = free_port()
    flags = ("--allow-grpc=true", "--allow-metrics=true", f"--metrics-port={metrics_port}", f"--metrics-address={HOST}")
    server = start_module_server([console_models], *flags)
    server.metrics_port = metrics_port
    return server


def ask(server, path, **headers):
    answer = wire.exchange(server.port, "GET", f"/console/api/{path}", headers=headers)
    assert answer.status == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def version_path(model, version=1):
    return f"models/{urllib.parse.quote(model)}/versions/{version}"


def infer(server, model, count=1, id=""):
    body = {"id": id, "inputs": [wire.json_input("IN0", "FP32", [1, 3], [1, 2, 3])]}
    body["inputs"].append(wire.json_input("IN1", "INT64", [1, 2, 1], [4, 5]))
    for _ in range(count):
        answer = wire.infer(server.port, model, body)
        assert answer.status == 200, answer.text


def model_of(overview, name):
    (model,) = [model for model in overview["models"] if model["name"] == name]
    return model


def wait_until(question, condition):
    deadline = time.monotonic() + RUN_SECONDS
    while not condition(answer := question()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)
    return answer


def test_numbers_agree_with_statistics_and_metrics(console):
    before = ask(console, version_path("numbers"))
    infer(console, "numbers", 7)
    version = ask(console, version_path("numbers"))
    assert version["requests"] - before["requests"] == 7
    assert version["now_ns"] > before["now_ns"]

    (stats,) = wire.get(console.port, "/v2/models/numbers/stats").json()["model_stats"]
    assert (
        version["requests"] == stats["inference_stats"]["success"]["count"] + stats["inference_stats"]["fail"]["count"]
    )
    assert version["inferences"] == stats["inference_count"]
    assert version["executions"] == stats["execution_count"]
    sizes = {str(batch["batch_size"]): batch["compute_infer"]["count"] for batch in stats["batch_stats"]}
    assert version["batch_sizes"] == sizes
    assert sum(version["batch_closed"].values()) == version["executions"]

    metrics = wire.get(console.metrics_port, "/metrics").text
    (busy,) = re.findall(r'nereid_instance_busy_seconds_total\{[^}]*model="numbers"[^}]*\} (\S+)', metrics)
    (instance,) = version["instances"]
    assert instance["device"] == "cpu"
    assert instance["busy_ns"] / 1e9 == pytest.approx(float(busy), rel=0.01)
    overview = wait_until(
        lambda: ask(console, "overview"), lambda seen: model_of(seen, "numbers")["requests"] == version["requests"]
    )
    assert overview["server"]["mode"] == "none" and not overview["server"]["can_control"]
    assert overview["ledger"]["limit_bytes"] > 0 and overview["process"]["resident_bytes"] > 0


def test_times_are_those_of_the_requests_since_somebody_looks(console):
    ask(console, version_path("numbers"))
    infer(console, "numbers", 20)
    version = ask(console, version_path("numbers"))
    for part in ("queue_time", "compute_time"):
        assert version[part]["count"] >= 20
        assert 0 <= version[part]["p50_ns"] <= version[part]["p99_ns"]
    assert version["queue"] == {"length": 0, "oldest_wait_ns": 0}


def test_the_slowest_requests_are_there_step_by_step(console):
    path = version_path("numbers") + "/slowest"
    ask(console, path)
    infer(console, "numbers", id=HTML)
    answer = wait_until(
        lambda: ask(console, path), lambda slowest: any(request["id"] == HTML for request in slowest["requests"])
    )
    assert answer["window_seconds"] == 600
    assert len(answer["requests"]) <= 50
    totals = [request["total_ns"] for request in answer["requests"]]
    assert totals == sorted(totals, reverse=True)
    for request in answer["requests"]:
        ends = [step["at_ns"] + step["for_ns"] for step in request["steps"]]
        assert ends == sorted(ends) and ends[-1] <= request["total_ns"]
        assert request["outcome"] == "ok"


def test_a_request_that_fails_has_its_outcome(console):
    ask(console, version_path("text"))
    refused = wire.infer(console.port, "text", {"id": "odd", "inputs": [wire.json_input("IN0", "FP32", [1, 1], [1])]})
    assert refused.status == 400
    slowest = wait_until(lambda: ask(console, version_path("text") + "/slowest"), lambda seen: seen["requests"])
    assert [(request["id"], request["outcome"]) for request in slowest["requests"]] == [("odd", "invalid_arg")]


def test_a_longer_delay_is_simulated_before_it_is_made(console):
    ask(console, version_path("numbers"))
    infer(console, "numbers", 40)
    query = "max_queue_delay_microseconds=1000000&preferred_batch_size=4"
    answer = ask(console, version_path("numbers") + f"/simulation?{query}")
    assert answer["measured"]["arrivals_per_second"] > 0
    assert answer["measured"]["service_time_ns_by_batch"]["1"] > 0
    assert answer["proposed"]["mean_batch"] > answer["current"]["mean_batch"] >= 1
    assert answer["proposed"]["queue_p50_ns"] > answer["current"]["queue_p50_ns"]
    assert sum(answer["current"]["batch_sizes"].values()) >= 40


def test_what_was_not_measured_is_not_simulated(console):
    answer = wire.get(console.port, f"/console/api/{version_path('one of two')}/simulation")
    assert answer.status == 409
    assert answer.error.startswith("nothing was measured yet")


def test_texts_of_clients_and_repositories_arrive_as_texts(console):
    answer = wire.get(console.port, "/console/api/overview")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert model_of(answer.json(), HTML)["state"] == "READY"
    assert ask(console, version_path(HTML))["name"] == HTML


def test_bad_escapes_and_unknown_versions_are_not_found(console):
    for path in ("models/%zz/versions/1", "models/numbers/versions/2", "models/none/versions/1/slowest", "nothing"):
        assert wire.get(console.port, f"/console/api/{path}").status == 404, path


def test_a_description_says_what_was_filled_in(console):
    description = ask(console, version_path("numbers") + "/description")
    assert description["config"] == wire.get(console.port, "/v2/models/numbers/config").json()
    assert description["metadata"] == wire.get(console.port, "/v2/models/numbers/versions/1").json()
    assert "instance_group" in description["filled_in"]
    assert not {"max_batch_size", "dynamic_batching", "backend"} & set(description["filled_in"])


def run(*command, **options):
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=RUN_SECONDS, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def calls(console, model):
    return ask(console, version_path(model) + "/description")["calls"]


@pytest.mark.parametrize("model", CALLED)
def test_curl_as_copied_is_answered(console, model):
    answer = json.loads(run("sh", "-c", calls(console, model)["curl"]))
    assert answer["model_name"] == model
    assert answer["outputs"], answer


@pytest.mark.parametrize("model", CALLED)
@pytest.mark.parametrize("client", ["python", "grpc"])
def test_python_as_copied_prints_the_outputs(console, model, client, tmp_path):
    program = tmp_path / "call.py"
    program.write_text(calls(console, model)[client])
    assert "OUT0" in run(sys.executable, str(program))


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no java on the path")
@pytest.mark.parametrize("model", ["numbers", "picture", "it's"])
def test_java_as_copied_is_answered(console, model, tmp_path):
    program = tmp_path / "Call.java"
    program.write_text(calls(console, model)["java"])
    assert run("java", str(program)).startswith("200 {")


@pytest.mark.parametrize("model", ["repeat_int32", "square_int32"])
def test_calls_of_a_decoupled_model_bring_its_stream(server, model, tmp_path):
    copied = ask(server, version_path(model) + "/description")["calls"]
    assert "python" not in copied
    assert "Traceback" not in run("sh", "-c", copied["curl"])
    program = tmp_path / "call.py"
    program.write_text(copied["grpc"])
    run(sys.executable, str(program))


def test_a_thousand_models_are_one_answer(start_server, tmp_path):
    models = [identity(f"m{number:04}", [("INT32", [1], "")]) for number in range(1000)]
    server = start_server([write_models(tmp_path / "many", models)]).wait_until()
    overview = ask(server, "overview")
    assert len(overview["models"]) == 1000
    assert {model["state"] for model in overview["models"]} == {"READY"}
    assert len(json.dumps(overview)) < 300_000
    for number in range(30):  # more versions than single requests are kept of
        assert ask(server, version_path(f"m{number:04}"))["requests"] == 0


def test_states_and_reasons_while_clients_control_models(start_server, tmp_path):
    repository = write_models(tmp_path / "repository", [MODELS[1], ("broken", f'backend: "{HTML}"')])
    server = start_server([repository], "--model-control-mode=explicit", "--load-model=text").wait_until()
    overview = ask(server, "overview")
    assert overview["server"]["mode"] == "explicit" and overview["server"]["can_control"]
    assert model_of(overview, "text")["state"] == "READY"

    assert wire.exchange(server.port, "POST", "/v2/repository/models/broken/load", {}).status != 200
    assert wire.exchange(server.port, "POST", "/v2/repository/models/text/unload", {}).status == 200
    seen = wait_until(lambda: ask(server, "overview"), lambda seen: model_of(seen, "text")["state"] == "UNAVAILABLE")
    assert model_of(seen, "text")["reason"] == "unloaded"
    assert HTML in model_of(seen, "broken")["reason"]
    version = ask(server, version_path("text"))
    assert (version["state"], version["reason"]) == ("UNAVAILABLE", "unloaded")
    assert wire.get(server.port, f"/console/api/{version_path('text')}/description").status == 503


@pytest.mark.parametrize(
    "category, questions",
    [
        ("statistics", ["overview", "", "/slowest", "/description"]),
        ("model-repository", ["overview", ""]),
        ("metadata", ["/description"]),
        ("model-config", ["/description"]),
    ],
)
def test_what_is_restricted_is_in_the_console_too(start_server, console_models, category, questions):
    server = start_server([console_models], f"--http-restricted-api={category}:key=secret").wait_until()
    for question in questions:
        path = question if question == "overview" else version_path("text") + question
        refused = wire.get(server.port, f"/console/api/{path}")
        assert (refused.status, refused.error) == (403, "This API is restricted, expecting header 'key'"), path
        ask(server, path, key="secret")
    assert wire.get(server.port, "/console").status == 200


def test_calls_of_a_restricted_server_name_the_header(start_server, console_models, tmp_path):
    flags = ("--http-restricted-api=inference:key=secret", "--grpc-restricted-protocol=inference:word=secret")
    server = start_server([console_models], *flags).wait_until()
    copied = calls(server, "numbers")
    assert json.loads(run("sh", "-c", copied["curl"])) == {"error": "This API is restricted, expecting header 'key'"}
    assert json.loads(run("sh", "-c", copied["curl"].replace("VALUE", "secret")))["outputs"]
    for client in ("python", "grpc"):
        program = tmp_path / f"call_{client}.py"
        program.write_text(copied[client].replace("VALUE", "secret"))
        assert "OUT0" in run(sys.executable, str(program))


def test_switched_off_its_addresses_are_unknown(start_server, console_models):
    server = start_server([console_models], "--allow-console=false").wait_until()
    unknown = wire.get(server.port, "/nothing/at/all")
    for path in ("/console", "/console/", "/console/static/index.html", "/console/api/overview"):
        answer = wire.get(server.port, path)
        assert (answer.status, answer.body) == (404, unknown.body), path
    assert wire.exchange(server.port, "GET", "/", headers={"Accept": "text/html"}).status == 404


def test_only_browsers_are_led_to_the_console(console):
    browser = wire.exchange(console.port, "GET", "/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (browser.status, browser.headers["location"]) == (302, "/console")
    assert wire.get(console.port, "/").status == 404
