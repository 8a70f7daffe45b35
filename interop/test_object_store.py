"""Model repositories in S3 (moto's server on loopback) and Google Cloud Storage (a stand-in), and what `validate` says of repositories."""

import json
import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

import gcs
import test_model_control
from ports import free_port
from server import FOOD11_MODELS, HOST, flags_for, run_launcher
from test_model_control import IDENTITY, connect, index, infer

BUCKET = "models-bucket"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAINTEROP", "AWS_SECRET_ACCESS_KEY": "interop-secret-key", "AWS_DEFAULT_REGION": "us-east-1"}
PICK_UP_SECONDS = 60


@pytest.fixture(scope="module")
def endpoint():
    port = free_port()
    moto = ThreadedMotoServer(ip_address=HOST, port=port, verbose=False)
    moto.start()
    yield f"{HOST}:{port}"
    moto.stop()


@pytest.fixture
def store(endpoint):
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{endpoint}",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=KEYS["AWS_DEFAULT_REGION"],
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)


def put(store, key, content):
    store.put_object(Bucket=BUCKET, Key=key, Body=content)


def put_identity(store, name, more="", version="1"):
    put(store, f"zoo/{name}/{version}/", b"")
    put(store, f"zoo/{name}/config.pbtxt", (IDENTITY % more).encode())


def put_food(store):
    for file in sorted(FOOD11_MODELS.rglob("*")):
        if file.is_file():
            put(store, f"zoo/{file.relative_to(FOOD11_MODELS)}", file.read_bytes())


def start(tmp_path, endpoint, *flags, environment=KEYS):
    from server import Server

    return Server(tmp_path / "server.log", [f"s3://{endpoint}/{BUCKET}/zoo"], *flags, environment=environment)


def test_models_are_served_and_nothing_secret_is_logged(tmp_path, endpoint, store):
    put_food(store)
    put_identity(store, "echo")
    server = start(tmp_path, endpoint, "--log-verbose=1")
    try:
        server.wait_until()
        with connect("http", server) as client:
            assert client.is_model_ready("food_classifier_onnx")
            assert infer(client, "echo", 3.0).tolist() == [[3.0, 3.0, 3.0]]
        assert server.stop() == 0
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in server.log_text()
        assert KEYS["AWS_ACCESS_KEY_ID"] not in server.log_text()
    finally:
        server.kill()


def test_credentials_of_a_file(tmp_path, endpoint, store):
    put_identity(store, "echo")
    file = tmp_path / "credentials.json"
    file.write_text(
        json.dumps({"s3": {"": {"key_id": KEYS["AWS_ACCESS_KEY_ID"], "secret_key": KEYS["AWS_SECRET_ACCESS_KEY"]}}})
    )
    server = start(tmp_path, endpoint, environment={"TRITON_CLOUD_CREDENTIAL_PATH": str(file)})
    try:
        server.wait_until()
    finally:
        server.kill()


def test_a_changed_object_is_picked_up_by_polling(tmp_path, endpoint, store):
    put_identity(store, "echo")
    server = start(tmp_path, endpoint, "--model-control-mode=poll", "--repository-poll-secs=1")
    try:
        server.wait_until()
        with connect("http", server) as client:
            assert client.get_model_config("echo")["max_batch_size"] == 8
            put(store, "zoo/echo/config.pbtxt", (IDENTITY % "").replace("max_batch_size: 8", "max_batch_size: 5").encode())
            put_identity(store, "late")
            deadline = time.monotonic() + PICK_UP_SECONDS
            while client.get_model_config("echo")["max_batch_size"] != 5 or not client.is_model_ready("late"):
                assert time.monotonic() < deadline, server.log_text()
                time.sleep(0.2)
    finally:
        server.kill()


def test_explicit_load_reads_the_store_anew(tmp_path, endpoint, store):
    put_identity(store, "echo")
    server = start(tmp_path, endpoint, test_model_control.EXPLICIT)
    try:
        server.wait_until("/v2/health/live")
        server.wait_until_started()
        with connect("grpc", server) as client:
            client.load_model("echo")
            assert infer(client, "echo").shape == (1, 3)
            client.unload_model("echo")
            assert [entry[0] for entry in index(client)] == ["echo"]
    finally:
        server.kill()


def copies(folder):
    """What the server has of models on this machine's disk."""
    return sorted(path.name for copy in folder.iterdir() for path in copy.iterdir())


def test_models_on_demand_are_known_by_their_configuration_and_copied_by_their_first_request(tmp_path, endpoint, store):
    for name in ["one", "two"]:
        put_identity(store, name)
        put(store, f"zoo/{name}/1/weights", b"x" * 3_000_000)
    folder = tmp_path / "copies"
    folder.mkdir()
    server = start(tmp_path, endpoint, "--model-control-mode=on-demand", "--model-memory-budget=5000000", "--on-demand-min-loaded-secs=0",
                   environment={**KEYS, "TRITON_AWS_MOUNT_DIRECTORY": str(folder)})
    try:
        server.wait_until()
        with connect("http", server) as client:
            reasons = {entry["name"]: entry["reason"] for entry in client.get_model_repository_index()}
            assert reasons == dict.fromkeys(["one", "two"], "loaded at the next request, 3000000 bytes of files")
            assert client.get_model_metadata("one")["inputs"] and copies(folder) == []
            assert infer(client, "one", 3.0).tolist() == [[3.0, 3.0, 3.0]]
            assert copies(folder) == ["one"]
            assert infer(client, "two", 4.0).tolist() == [[4.0, 4.0, 4.0]]
            assert copies(folder) == ["two"]
            put_identity(store, "late")
            client.load_model("late")
            assert infer(client, "late").shape == (1, 3)
        assert server.stop() == 0
        assert copies(folder) == []
    finally:
        server.kill()


def test_a_store_that_is_not_there_ends_the_start(tmp_path):
    port = free_port()
    finished = run_launcher(*flags_for([f"s3://{HOST}:{port}/{BUCKET}/zoo"], free_port()))
    assert finished.returncode == 1
    assert "did not answer" in finished.stdout


@pytest.fixture
def google():
    """A bucket of more folders, and of a model with more files, than a page has."""
    stand_in = gcs.Gcs()
    stand_in.put("zoo/in gcs/config.pbtxt", (IDENTITY % "").encode())
    for part in range(5):
        stand_in.put(f"zoo/in gcs/1/weights.{part}", b"w" * 100)
    for model in "abc":
        stand_in.put(f"zoo/{model}/config.pbtxt", (IDENTITY % "").encode())
        stand_in.put(f"zoo/{model}/1/", b"")
    yield stand_in
    stand_in.stop()


def test_a_bucket_of_google_is_served_and_polled(tmp_path, google):
    from server import Server

    flags = ("--model-control-mode=poll", "--repository-poll-secs=1")
    environment = {"STORAGE_EMULATOR_HOST": google.address}
    server = Server(tmp_path / "server.log", ["gs://models/zoo"], *flags, environment=environment)
    try:
        server.wait_until()
        with connect("http", server) as client:
            assert [entry[0] for entry in index(client)] == ["a", "b", "c", "in gcs"]
            assert infer(client, "in gcs", 3.0).tolist() == [[3.0, 3.0, 3.0]]
            google.put("zoo/b/config.pbtxt", (IDENTITY % "").replace("max_batch_size: 8", "max_batch_size: 5").encode())
            google.put("zoo/late/config.pbtxt", (IDENTITY % "").encode())
            google.put("zoo/late/1/", b"")
            deadline = time.monotonic() + PICK_UP_SECONDS
            while client.get_model_config("b")["max_batch_size"] != 5 or not client.is_model_ready("late"):
                assert time.monotonic() < deadline, server.log_text()
                time.sleep(0.2)
        assert server.stop() == 0
    finally:
        server.kill()


@pytest.mark.parametrize(
    "bucket, said", [("models", "ok    in gcs"), ("others", "'others' answered 404; check the name of the bucket")]
)
def test_validate_reads_a_bucket_of_google(google, monkeypatch, bucket, said):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{google.address}")
    finished = run_launcher("validate", f"gs://{bucket}/zoo", "--model", "in gcs")
    assert said in finished.stdout


VALID = """\
ok    food_classifier
ok    food_classifier_onnx
ok    food_image
ok    food_labels
4 models checked, no problem found
"""


def test_validate_sound_and_broken(tmp_path):
    finished = run_launcher("validate", FOOD11_MODELS)
    lines = [line for line in finished.stdout.splitlines(keepends=True) if not line.startswith("checking ")]
    assert (finished.returncode, "".join(lines)) == (0, VALID)
    broken = tmp_path / "broken"
    (broken / "1").mkdir(parents=True)
    (broken / "config.pbtxt").write_text((FOOD11_MODELS / "food_classifier_onnx/config.pbtxt").read_text()
                                         .replace("food_classifier_onnx", "broken").replace("224, 224", "224, 225"))
    (broken / "labels.txt").write_text("a\n")
    (broken / "1" / "model.onnx").write_bytes((FOOD11_MODELS / "food_classifier_onnx/1/model.onnx").read_bytes())
    finished = run_launcher("validate", tmp_path)
    assert finished.returncode == 1
    assert "FAIL  broken" in finished.stdout
    assert "225" in finished.stdout
    assert run_launcher("validate").returncode == 2
