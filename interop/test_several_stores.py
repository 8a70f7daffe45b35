"""A server over a folder, an S3 bucket (moto) and a container of Azure Blob Storage (Azurite) at once."""

import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

import azurite
from ports import free_port
from server import HOST, Server, run_launcher
from test_model_control import IDENTITY, connect, index, infer

PICK_UP_SECONDS = 60
AWS = {"AWS_ACCESS_KEY_ID": "AKIAINTEROP", "AWS_SECRET_ACCESS_KEY": "interop-secret-key", "AWS_DEFAULT_REGION": "us-east-1"}


def config(max_batch_size=8):
    return (IDENTITY % "").replace("max_batch_size: 8", f"max_batch_size: {max_batch_size}").encode()


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    if not azurite.PROGRAM.exists():
        pytest.skip("Azurite is not installed (interop/setup does, where there is npm)")
    store = azurite.Azurite(tmp_path_factory.mktemp("azurite"))
    store.create("models")
    for model in ("in azure", "twice"):
        store.put("models", f"deep/zoo/{model}/config.pbtxt", config())
        store.put("models", f"deep/zoo/{model}/1/weights.bin", b"w" * 100)
    yield store
    store.stop()


@pytest.fixture(scope="module")
def s3():
    port = free_port()
    moto = ThreadedMotoServer(ip_address=HOST, port=port, verbose=False)
    moto.start()
    client = boto3.client("s3", endpoint_url=f"http://{HOST}:{port}", region_name="us-east-1",
                          aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"], aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"])
    client.create_bucket(Bucket="models")
    client.put_object(Bucket="models", Key="in_s3/1/", Body=b"")
    client.put_object(Bucket="models", Key="in_s3/config.pbtxt", Body=config())
    yield f"s3://{HOST}:{port}/models"
    moto.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, azure, s3):
    folder = tmp_path_factory.mktemp("stores")
    for model in ("in_folder", "twice"):
        (folder / "zoo" / model / "1").mkdir(parents=True)
        (folder / "zoo" / model / "config.pbtxt").write_bytes(config())
    environment = {**AWS, "AZURE_STORAGE_ACCOUNT": azurite.ACCOUNT, "AZURE_STORAGE_KEY": azurite.KEY,
                   "AZURE_STORAGE_CONNECTION_STRING": f"BlobEndpoint={azure.endpoint}"}
    server = Server(folder / "server.log", [folder / "zoo", s3, "as://devstoreaccount1/models/deep/zoo"], "--log-verbose=1",
                    "--exit-on-error=false", "--strict-readiness=false", "--model-control-mode=poll", "--repository-poll-secs=1",
                    environment=environment)
    server.wait_until().wait_until_started()
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.parametrize("model", ["in_folder", "in_s3", "in azure"])
def test_models_of_every_store_are_served(server, protocol, model):
    with connect(protocol, server) as client:
        assert infer(client, model, 3.0).tolist() == [[3.0, 3.0, 3.0]]


def test_a_name_in_two_stores_is_served_from_none_and_says_where_it_is(server):
    with connect("http", server) as client:
        assert not client.is_model_ready("twice")
        (entry,) = [entry for entry in client.get_model_repository_index() if entry["name"] == "twice"]
    assert entry["state"] == "UNAVAILABLE"
    assert "model appears in two or more repositories" in entry["reason"]
    assert "zoo/twice" in entry["reason"] and "as://" in entry["reason"]


def test_a_changed_blob_is_picked_up(server, azure):
    with connect("http", server) as client:
        assert client.get_model_config("in azure")["max_batch_size"] == 8
        azure.put("models", "deep/zoo/in azure/config.pbtxt", config(5))
        azure.put("models", "deep/zoo/late/config.pbtxt", config())
        azure.put("models", "deep/zoo/late/1/weights.bin", b"")
        deadline = time.monotonic() + PICK_UP_SECONDS
        while client.get_model_config("in azure")["max_batch_size"] != 5 or not client.is_model_ready("late"):
            assert time.monotonic() < deadline, server.log_text()
            time.sleep(0.2)
    with connect("grpc", server) as client:
        assert {"in azure", "in_folder", "in_s3", "late", "twice"} == {entry[0] for entry in index(client)}


def test_no_secret_is_in_the_log(server):
    assert azurite.KEY not in server.log_text()
    assert AWS["AWS_SECRET_ACCESS_KEY"] not in server.log_text()


@pytest.mark.parametrize("environment, said", [({}, "answered 403"), ({"AZURE_STORAGE_KEY": "d3Jvbmc="}, "answered 403")])
def test_a_container_that_may_not_be_read_ends_the_start(azure, tmp_path, environment, said):
    environment = {"AZURE_STORAGE_CONNECTION_STRING": f"BlobEndpoint={azure.endpoint}", **environment}
    server = Server(tmp_path / "server.log", ["as://devstoreaccount1/models/deep/zoo"], environment=environment)
    try:
        assert server.process.wait(timeout=60) == 1
    finally:
        server.kill()
    assert said in server.log_text() and "d3Jvbmc=" not in server.log_text()
    assert "check the credentials" in server.log_text() or "it is not public" in server.log_text()


def test_validate_reads_a_container_too(azure, monkeypatch):
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING",
                       f"AccountName={azurite.ACCOUNT};AccountKey={azurite.KEY};BlobEndpoint={azure.endpoint}")
    finished = run_launcher("validate", "as://devstoreaccount1/models/deep/zoo", "--model", "in azure")
    assert finished.returncode == 0, finished.stdout
    assert "ok    in azure" in finished.stdout
