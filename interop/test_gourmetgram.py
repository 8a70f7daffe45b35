"""examples/gourmetgram: the tutorial's prediction service, page and load test, as processes."""

import concurrent.futures
import contextlib
import io
import json
import pathlib
import re
import shutil
import socket
import subprocess

import openapi_spec_validator
import pytest
import yaml
from PIL import Image

from gourmetgram import FOLDER, PHOTOGRAPHS, image_request, photograph, run
from ports import free_port
from server import FOOD11_MODELS, HOST

LABELS = (FOOD11_MODELS / "food_classifier_onnx" / "labels.txt").read_text().splitlines()
NAMES = ["fruits.jpg", "orange.jpg"]
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def over_http(start_application, food):
    return start_application("service", "--backend=http", f"--server={food.url}")


@pytest.fixture(scope="module")
def over_grpc(start_application, food):
    return start_application("service", "--backend=grpc", f"--server={food.grpc_url}")


def predict(service, name):
    status, answer = service.ask_json("POST", "/predict", image_request(photograph(name)))
    assert status == 200, answer
    assert set(answer) == {"prediction", "probability"}
    return answer["prediction"], answer["probability"]


# The prediction service


@pytest.mark.parametrize("name", NAMES)
def test_all_three_backends_predict_the_same(service, over_http, over_grpc, name):
    label, probability = predict(service, name)
    assert label == "Vegetable/Fruit" and 0.99 < probability <= 1
    for other in (over_http, over_grpc):
        other_label, other_probability = predict(other, name)
        assert other_label == label
        assert other_probability == pytest.approx(probability, abs=1e-4)


@pytest.mark.parametrize("backend", ["http", "grpc"])
def test_a_model_that_takes_photographs_gets_them(start_application, food, backend):
    """food_classifier does all of it: its probability is the sigmoid, as the tutorial's model has it."""
    address = food.url if backend == "http" else food.grpc_url
    asked = start_application("service", f"--backend={backend}", f"--server={address}", "--model=food_classifier")
    label, probability = predict(asked, "fruits.jpg")
    assert label == "Vegetable/Fruit"
    assert probability == pytest.approx(0.99997, abs=1e-4)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP"])
def test_other_kinds_of_files_are_photographs_too(service, kind):
    file = io.BytesIO()
    with Image.open(PHOTOGRAPHS / "fruits.jpg") as image:
        image.save(file, kind)
    status, answer = service.ask_json("POST", "/predict", image_request(file.getvalue()))
    assert (status, answer.get("prediction")) == (200, "Vegetable/Fruit")


def test_sixteen_senders_get_what_one_gets(service):
    expected = {name: predict(service, name) for name in NAMES}
    with concurrent.futures.ThreadPoolExecutor(16) as senders:
        names = NAMES * 40
        assert list(senders.map(lambda name: predict(service, name), names)) == [expected[name] for name in names]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", "body: got nothing (expected {"),
        ("image", "body: got no JSON, "),
        ("[]", "body: got a JSON array (expected {"),
        ("{}", "image: is missing (expected {"),
        ('{"image": 5}', "image: got a JSON number (expected {"),
        ('{"image": ""}', "image: is empty (expected {"),
        ('{"image": "?"}', "image: got no base64, "),
        ('{"image": "data:image/png;base64,aGk="}', "image: got a data URL (expected only what follows its comma)"),
        (image_request(b"hello world"), "photograph: got text (expected a file in JPEG, PNG, WebP or BMP"),
        (image_request(b"GIF89a" + bytes(100)), "photograph: got GIF (expected a file in JPEG, PNG, WebP or BMP"),
        (image_request(photograph("fruits.jpg")[:500]), "photograph: got JPEG that ends early"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_no_request_is_400_with_what_was_expected(service, body, text):
    status, answer = service.ask_json("POST", "/predict", body)
    assert status == 400
    assert answer["error"].startswith(text), answer


def test_a_body_that_is_too_large_is_413_and_the_next_is_answered(service):
    status, answer = service.ask_json("POST", "/predict", bytes(16 * MEBIBYTE + 1))
    assert (status, answer["error"]) == (413, "body: got 16777217 bytes (expected at most 16777216 bytes)")
    assert predict(service, "fruits.jpg")[0] == "Vegetable/Fruit"


def test_announced_bodies_that_do_not_come_hold_up_nobody(service):
    """Together they announce more than all bodies may have."""
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {16 * MEBIBYTE}\r\n\r\n{{"
    with contextlib.ExitStack() as announcers:
        for _ in range(7):
            slow = announcers.enter_context(socket.create_connection((HOST, service.port)))
            slow.sendall(head.encode())
        assert predict(service, "fruits.jpg")[0] == "Vegetable/Fruit"


@pytest.mark.parametrize(
    "beginning", [b"POST /pre", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_request_that_does_not_arrive_in_time_is_cut(start_application, beginning):
    hasty = start_application("service", GOURMETGRAM_JAVA_OPTS="-Dsun.net.httpserver.maxReqTime=1")
    with socket.create_connection((HOST, hasty.port), timeout=60) as slow:
        slow.sendall(beginning)
        with contextlib.suppress(ConnectionResetError):  # what it has not read when it closes makes that of the end
            assert slow.recv(1000) == b""


def test_many_of_the_largest_bodies_at_once_end_nothing(service):
    """Each is read and answered, or refused; the memory for all of them together is bounded."""
    body = b'{"image": "' + b"aGVs" * (4 * MEBIBYTE - 100) + b'"}'
    with concurrent.futures.ThreadPoolExecutor(12) as senders:
        answers = list(senders.map(lambda _: service.ask("POST", "/predict", body)[0], range(24)))
    assert 400 in answers and set(answers) <= {400, 503}
    assert predict(service, "fruits.jpg")[0] == "Vegetable/Fruit"
    assert "OutOfMemoryError" not in service.log_text()


def test_other_addresses_and_methods_are_told(service):
    assert service.ask("GET", "/nothing")[0] == 404
    status, headers, _ = service.ask("GET", "/predict")
    assert (status, headers["Allow"]) == (405, "POST")
    assert service.ask("HEAD", "/health")[0] == 200


@pytest.mark.parametrize("backend", ["http", "grpc"])
def test_a_model_server_that_is_not_there_is_503(start_application, backend):
    nowhere = f"{HOST}:{free_port()}"
    lonely = start_application("service", f"--backend={backend}", f"--server={nowhere}")
    for method, path, body in (("POST", "/predict", image_request(photograph("fruits.jpg"))), ("GET", "/health", None)):
        status, answer = lonely.ask_json(method, path, body)
        assert status == 503
        assert f"model server {nowhere}" in answer["error"]


@pytest.mark.parametrize("backend", ["http", "grpc"])
@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("no_such_model", "no_such_model"),
        ("food_labels", "model 'food_labels': got inputs [LOGITS FP32 [-1, 11]]"),
    ],
)
def test_a_model_that_is_not_a_food_classifier_is_502(start_application, food, backend, model, text):
    address = food.url if backend == "http" else food.grpc_url
    asked = start_application("service", f"--backend={backend}", f"--server={address}", f"--model={model}")
    status, answer = asked.ask_json("POST", "/predict", image_request(photograph("fruits.jpg")))
    assert status == 502, answer
    assert text in answer["error"]


def test_health_names_the_model(service, over_http, over_grpc, food):
    for asked, model in (
        (service, "food_classifier_onnx in this process"),
        (over_http, f"food_classifier_onnx at the model server {food.url}"),
        (over_grpc, f"food_classifier_onnx at the model server {food.grpc_url}"),
    ):
        assert asked.ask_json("GET", "/health") == (200, {"status": "ok", "model": model})


def test_the_description_is_openapi_and_its_example_is_answered(service):
    status, description = service.ask_json("GET", "/openapi.json")
    assert status == 200
    openapi_spec_validator.validate(description)
    properties = description["components"]["schemas"]["ImageRequest"]["properties"]
    example = {name: schema["examples"][0] for name, schema in properties.items()}
    status, answer = service.ask_json("POST", "/predict", json.dumps(example))
    assert (status, answer.get("prediction")) == (200, "Vegetable/Fruit")


# The page's service


def classify(page, file):
    return page.ask_json("POST", "/classify", file)


def test_the_page_asks_a_model_that_takes_photographs(page, food):
    status, answer = classify(page, photograph("fruits.jpg"))
    assert (status, answer["label"]) == (200, "Vegetable/Fruit")
    assert answer["answered_by"] == f"food_classifier at the model server {food.url}"
    assert answer["steps"][-1]["name"] == "ask the model server"
    assert all(step["milliseconds"] >= 0 for step in answer["steps"])


def test_the_page_prepares_photographs_for_a_model_that_takes_tensors(page_of_tensors, service):
    status, answer = classify(page_of_tensors, photograph("orange.jpg"))
    label, probability = predict(service, "orange.jpg")
    assert (status, answer["label"]) == (200, label)
    assert answer["probability"] == pytest.approx(probability, abs=1e-4)
    names = [step["name"] for step in answer["steps"]]
    assert names[-3:] == ["prepare the photograph", "ask the model server", "choose the label"]


def test_the_page_asks_the_prediction_service(page_of_service, service):
    status, answer = classify(page_of_service, photograph("fruits.jpg"))
    label, probability = predict(service, "fruits.jpg")
    assert (status, answer["label"]) == (200, label)
    assert answer["probability"] == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize("which", ["page", "page_of_tensors", "page_of_service"])
def test_what_is_no_photograph_is_told_to_the_page(request, which):
    status, answer = classify(request.getfixturevalue(which), b"hello world")
    assert status == 400
    assert "got text (expected a file in JPEG, PNG, WebP or BMP" in answer["error"]


def test_an_empty_and_a_large_photograph_are_told_to_the_page(page):
    assert classify(page, b"") == (400, {"error": "body: is empty (expected a photograph's file)"})
    status, answer = classify(page, bytes(10 * MEBIBYTE + 1))
    assert (status, answer["error"]) == (413, "body: got 10485761 bytes (expected at most 10485760 bytes)")


def test_the_page_comes_back_when_its_server_does(start_application, start_server):
    first = start_server([FOOD11_MODELS]).wait_until()
    asking = start_application("web", TRITON_SERVER_URL=first.url)
    assert classify(asking, photograph("fruits.jpg"))[0] == 200
    assert first.stop() == 0
    status, answer = classify(asking, photograph("fruits.jpg"))
    assert status == 503 and "is it started?" in answer["error"]


# The load test and the command line


def test_the_load_test_measures_a_service_that_runs(service):
    finished = run(
        "load", f"--url={service.url}/predict", "--requests=20", "--sequential=5", "--warm-up=2", "--senders=4"
    )
    assert finished.returncode == 0, finished.stderr
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in finished.stdout.splitlines()]
    assert rows[0] == [
        "what answers", "senders", "requests", "median", "95th percentile", "99th percentile", "throughput"
    ]  # fmt: skip
    assert [row[:3] for row in rows[2:]] == [["prediction service", "1", "5"], ["prediction service", "4", "20"]]
    for row in rows[2:]:
        assert all(re.fullmatch(r"\d+\.\d{4} ms", cell) for cell in row[3:6])
        assert re.fullmatch(r"\d+\.\d{2} requests/sec", row[6])


def test_the_load_test_fails_if_requests_do(start_application):
    lonely = start_application("service", "--backend=http", f"--server={HOST}:{free_port()}")
    finished = run("load", f"--url={lonely.url}", "--requests=3", "--sequential=2", "--warm-up=0", "--senders=2")
    assert finished.returncode == 1
    assert "3 of 3 requests failed, one of them: status 503" in finished.stderr


def test_the_comparison_starts_what_it_measures():
    finished = run("load", "--requests=8", "--sequential=2", "--warm-up=1", "--senders=4")
    assert finished.returncode == 0, finished.stderr
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in finished.stdout.splitlines()]
    assert rows[0][-1] == "CPU per request"
    assert all(re.fullmatch(r"\d+\.\d ms", row[-1]) for row in rows[2:])
    names = [row[0] for row in rows[2:]]
    assert names == [
        name
        for name in (
            "model in the web app",
            "web app, model server over HTTP",
            "web app, model server over gRPC",
            "model server alone",
        )
        for _ in range(2)
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "got no command (expected service, web or load)"),
        (["serve"], "got 'serve' (expected service, web or load)"),
        (["service", "--prt=1"], "unknown option '--prt=1' (expected --address, --backend, --model,"),
        (["service", "--port=x"], "--port: got 'x' (expected a number from 0 to 65535)"),
        (["service", "--backend=soap"], "--backend: got 'soap' (expected in-process, http, grpc)"),
        (["service", "--server=a:1"], "--server: got 'a:1' with --backend=in-process (expected --backend=http or"),
        (["service", "--backend=http", "--server=a:b:1"], "--server: got 'a:b:1' (expected HOST:PORT or"),
        (["load", "--image=/nothing"], "--image: got '/nothing' (expected a file that can be read)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_line_that_cannot_be_followed_is_told_in_a_line(arguments, text):
    finished = run(*arguments)
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"gourmetgram: {text}"), finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_a_wrong_variable_is_told_in_a_line():
    finished = run("web", TRITON_SERVER_URL="http://")
    assert finished.returncode == 2
    assert finished.stderr.startswith("gourmetgram: TRITON_SERVER_URL: got 'http://' (expected HOST:PORT or")


def test_a_port_that_is_taken_is_told_in_a_line(service):
    finished = run("service", f"--port={service.port}")
    assert finished.returncode == 1
    assert f"gourmetgram: cannot listen on {HOST}:{service.port}" in finished.stderr


def test_models_that_are_not_there_are_named(tmp_path):
    shutil.copytree(FOOD11_MODELS / "food_image", tmp_path / "food_image")
    finished = run("service", f"--models={tmp_path}")
    assert finished.returncode == 1
    assert "food_classifier_onnx" in finished.stderr


def test_the_help_says_what_there_is():
    text = run("--help").stdout
    assert text == (FOLDER / "src/main/distribution/help.txt").read_text()
    for command in ("gourmetgram service", "gourmetgram web", "gourmetgram load"):
        assert command in text


# The containers


def composed(*files):
    """The services that docker-compose makes of these files, which it checks against what it knows."""
    program = shutil.which("docker-compose")
    assert program, "there is no docker-compose: interop/setup installs it"
    arguments = [word for file in files for word in ("-f", FOLDER / file)]
    finished = subprocess.run(
        [program, *arguments, "config"], capture_output=True, text=True, timeout=60, cwd=FOLDER, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert "Unsupported" not in finished.stderr
    return yaml.safe_load(finished.stdout)["services"]


@pytest.fixture(scope="module")
def services():
    return composed("docker-compose.yaml")


def test_compose_has_the_tutorials_containers_each_with_a_health_check(services):
    names = {name: service["container_name"] for name, service in services.items()}
    assert names == {"server": "triton_server", "service": "fastapi_server", "page": "flask", "notebook": "jupyter"}
    assert all(service["healthcheck"]["test"] for service in services.values())


def test_compose_publishes_each_port_once_and_the_tutorials_two(services):
    published = {int(port["published"]): name for name, service in services.items() for port in service["ports"]}
    assert published[8000] == "service" and published[80] == "page"
    assert len(published) == sum(len(service["ports"]) for service in services.values())


def test_what_compose_builds_from_is_there(services):
    built = set()
    for service in services.values():
        if "build" in service:
            context = pathlib.Path(service["build"]["context"])
            assert (context / service["build"].get("dockerfile", "Dockerfile")).is_file()
            built.add(service["image"])
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            assert pathlib.Path(source).is_dir()
    assert {service["image"] for service in services.values()} == built


def test_the_commands_of_compose_can_be_followed(services):
    """Up to the port, which is in use here."""
    for name in ("service", "page"):
        words = [re.sub("0.0.0.0", HOST, word) for word in services[name]["command"]]
        with socket.create_server((HOST, 0)) as taken:
            words = [re.sub("--port=8000", f"--port={taken.getsockname()[1]}", word) for word in words]
            finished = run(*words, **services[name].get("environment", {}))
        assert f"cannot listen on {HOST}:" in finished.stderr, finished.stderr


def test_the_gpu_variant_changes_the_server_alone(services):
    with_gpus = composed("docker-compose.yaml", "docker-compose.gpu.yaml")
    server = with_gpus.pop("server")
    assert with_gpus == {name: service for name, service in services.items() if name != "server"}
    assert server["image"] == "nereid:gpu" and server["build"]["args"] == {"VARIANT": "gpu"}
    (device,) = server["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert server["ports"] == services["server"]["ports"]


@pytest.mark.parametrize("file", ["Dockerfile", "notebook/Dockerfile"])
def test_an_image_has_the_health_check_and_the_command_of_compose(services, file):
    text = (FOLDER / file).read_text()
    name = "service" if file == "Dockerfile" else "notebook"
    port = services[name]["ports"][0]["target"]
    assert f"EXPOSE {port}\n" in text
    if name == "service":
        assert f"CMD {json.dumps(services[name]['command'])}\n" in text
        assert json.dumps(services[name]["healthcheck"]["test"][1:]) in text
