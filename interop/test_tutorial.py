"""docs/tutorial.md: its commands, run in its order as they are printed, give what it says on any machine.

Times are not looked at. The sections with torch are left out where there is none (test_python_example.py says when).
"""

import http.client
import json
import re

import pytest

import crowd
from server import HOST, ROOT
from test_perf_analyzer import SERVER_LATENCY
from test_python_example import has_torch
from tutorial import DOCUMENT, Reader, sections

needs_torch = pytest.mark.skipif(not has_torch(), reason="no torch: apt-get install python3-torch python3-torchvision")
TORCH_SECTIONS = {"A model in Python", "How fast is it", "More instances", "What a GPU changes"}

# The commands of the text that name the server, letter by letter but for its name.
TEXTS_COMMANDS = [
    "perf_analyzer -u triton_server:8000 -m food_classifier --input-data input.json -b 1",
    "perf_analyzer -u triton_server:8000 -m food_classifier --input-data input.json -b 1 --concurrency-range 8",
    "perf_analyzer -u triton_server:8000 -m food_classifier --input-data input.json -b 1 --concurrency-range 16",
    "perf_analyzer -u triton_server:8000 -m food_classifier --input-data input.json -b 16 --concurrency-range 1",
    "perf_analyzer -u triton_server:8000 -m food_classifier_onnx -b 1 --shape IMAGE:3,224,224 --concurrency-range 1",
    *(
        "perf_analyzer -u triton_server:8000 -m food_classifier_onnx -b 1 --shape IMAGE:3,224,224 " + load
        for load in (
            "--concurrency-range 8 --warmup-request-count 500 --request-count 20000",
            "--concurrency-range 16 --warmup-request-count 500 --request-count 20000",
            "--request-rate-range 120 --request-distribution constant",
            "--request-rate-range 120 --request-distribution poisson",
            "--request-rate-range 180 --request-distribution poisson",
            "--request-rate-range 240 --request-distribution poisson",
            "--request-rate-range 300 --request-distribution poisson",
        )
    ),
    "curl -s http://triton_server:8000/v2/models/food_classifier_onnx/versions/1/stats | python -m json.tool",
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkout")
    if has_torch():
        reading = Reader(folder)
    else:
        reading = Reader(folder, TORCH_SECTIONS)
        reading.read("Before you start")
        reading.start_server("nereid --model-repository=models --model-control-mode=explicit")
    yield reading
    reading.stop()


def outputs(done, part):
    """What the commands with this part in them gave, in order."""
    found = [step.output for step in done if part in step.command]
    assert found, f"no command has '{part}'"
    return found


def times(report):
    """(queue, compute infer) of the server, in microseconds; the parts of a request's time must add up."""
    found = SERVER_LATENCY.search(report)
    assert found, report
    latency, overhead, queue, compute_input, compute_infer, compute_output = map(int, found.groups())
    assert abs(overhead + queue + compute_input + compute_infer + compute_output - latency) <= 5, report
    return queue, compute_infer


def statistics(output):
    return json.loads(output)["model_stats"][0]


def test_the_texts_commands_are_there():
    printed = {step.text for found in sections().values() for step in found}
    ours = {command.replace("triton_server:8000", "localhost:8000") for command in TEXTS_COMMANDS}
    assert ours <= printed


def test_the_texts_name_of_the_server_is_a_host(server):
    """With `triton_server` in /etc/hosts its commands, and pages of that address, reach the server: an underscore and all."""
    names = {"Host": "triton_server:8000", "Origin": "http://triton_server:8000"}
    connection = http.client.HTTPConnection(HOST, server.port, timeout=30)
    connection.request("POST", "/v2/repository/index", headers=names)
    assert connection.getresponse().status == 200
    connection.close()


def test_every_section_has_a_test():
    source = (ROOT / "interop" / "test_tutorial.py").read_text()
    with_commands = {heading for heading, found in sections().items() if found}
    assert with_commands == set(re.findall(r'reader\.read\("(.+?)"\)', source))
    assert TORCH_SECTIONS <= with_commands


def test_before_you_start(reader):
    done = reader.read("Before you start")
    assert "Perf Analyzer Version" in outputs(done, "perf_analyzer --version")[0]


def classified(output):
    """(label, what has answered, without its address) of the page's answer."""
    answer = json.loads(output)
    assert 0 <= answer["probability"] <= 1
    return answer["label"], re.sub(r"( at the model server)? [\d.:]+$", "", answer["answered_by"])


def test_a_model_in_a_web_application(reader):
    done = reader.read("A model in a web application")
    answer = json.loads(outputs(done, "/predict -d")[0])
    assert answer["prediction"] == "Vegetable/Fruit" and 0.99 < answer["probability"] <= 1
    assert classified(outputs(done, "/classify")[0]) == ("Vegetable/Fruit", "the prediction service")
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in outputs(done, "run load")[0].splitlines()[2:]]
    assert rows == [["prediction service", "1", "4"], ["prediction service", "16", "16"]]


@needs_torch
def test_a_model_in_python(reader):
    done = reader.read("A model in Python")
    assert "| food_classifier | 1       | READY  |" in outputs(done, "nereid ")[0]
    assert outputs(done, "/ready") == ["200\n"]
    label, probability = outputs(done, "request_triton.py")[0].split()
    assert label == "Vegetable/Fruit" and float(probability) > 0.99
    assert classified(outputs(done, "/classify")[0]) == ("Vegetable/Fruit", "food_classifier")


@needs_torch
def test_how_fast_is_it(reader):
    done = reader.read("How fast is it")
    one, *crowds, batch = [times(report) for report in outputs(done, "perf_analyzer -u")]
    assert all(queue > compute_infer for queue, compute_infer in crowds), "one instance, so the others wait for it"
    assert batch[1] > one[1], "sixteen rows take longer than one"


@needs_torch
def test_more_instances(reader):
    done = reader.read("More instances")
    assert outputs(done, "/load") == ["200\n", "200\n"]
    # An instance that stays keeps its name, so the first may be food_classifier_0 alone.
    workers = set(outputs(done, "ps -eww")[0].splitlines())
    assert "nereid_worker --name food_classifier/food_classifier_0_1" in workers and len(workers) >= 2
    for report in outputs(done, "perf_analyzer -u"):
        assert times(report)[1] > 0


def test_a_model_in_onnx(reader):
    done = reader.read("A model in ONNX")
    assert outputs(done, "/load") == ["200\n"]
    assert '{"name":"food_classifier_onnx","version":"1","state":"READY"}' in outputs(done, "/index")[0]
    assert times(outputs(done, "perf_analyzer -u")[0])[1] > 0


def test_more_instances_of_the_onnx_model(reader):
    done = reader.read("More instances of the ONNX model")
    assert outputs(done, "/load") == ["200\n"]
    assert all(times(report)[1] > 0 for report in outputs(done, "perf_analyzer -u"))


def test_the_web_application_and_the_onnx_model(reader):
    done = reader.read("The web application and the ONNX model")
    assert re.search(r"^  0\.99\d\d  Vegetable/Fruit$", outputs(done, "classify.py")[0], re.MULTILINE)
    assert classified(outputs(done, "/classify ")[0]) == ("Vegetable/Fruit", "food_classifier_onnx")


def test_steady_and_bursty_load(reader):
    done = reader.read("Steady and bursty load")
    constant, poisson = outputs(done, "perf_analyzer -u")
    assert "Request Rate: 120" in constant and times(constant)[1] > 0
    assert "Request Rate: 120" in poisson and times(poisson)[1] > 0


def test_dynamic_batching(reader):
    done = reader.read("Dynamic batching")
    assert "| food_classifier_onnx | 1       | READY  |" in outputs(done, "nereid ")[0]
    before, after = (statistics(output) for output in outputs(done, "/stats |"))
    assert before["inference_count"] == before["execution_count"] == 0 and before["batch_stats"] == []
    assert after["inference_count"] >= after["execution_count"] > 0
    now = crowd.statistics(reader.ports[8000], "food_classifier_onnx")
    assert now["inference_count"] > now["execution_count"], "at the higher rates some requests ran together"
    assert max(entry["batch_size"] for entry in now["batch_stats"]) > 1
    reports = outputs(done, "perf_analyzer -u")
    assert len(reports) == 4 and all(times(report)[1] > 0 for report in reports)
    closed = json.loads("{" + outputs(done, "explain=true")[0] + "}")["closed_by"]
    assert closed["delay"] + closed["preferred_size"] + closed["instance_idle"] > 0


@needs_torch
def test_what_a_gpu_changes(reader):
    done = reader.read("What a GPU changes")
    assert outputs(done, "request_triton.py")[0].startswith("Vegetable/Fruit 0.99")
    assert "nv_cpu_utilization" in outputs(done, "/metrics")[0]


def test_the_end(reader):
    reader.stop()
    reader.read("The end")
    assert not (reader.folder / "tutorial").exists()


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", DOCUMENT.read_text()):
        assert target.startswith("https://") or (DOCUMENT.parent / target).exists(), target
