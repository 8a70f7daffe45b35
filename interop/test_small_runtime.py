"""What only some servers do, on a Java of no more modules than that of the image: S3, OpenTelemetry, TLS."""

import re

import boto3
import numpy
import pytest
import tritonclient.grpc as triton
from moto.server import ThreadedMotoServer

import models
from crowd import wait_until
from ports import free_port
from server import HOST, JAVA_OPTIONS, ROOT, Server
from test_grpc_service import make_certificate
from traces import listening_collector, spans

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAINTEROP", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
MODULES = re.search(r"^modules=(.*)$", (ROOT / "deploy/make-runtime").read_text(), re.MULTILINE).group(1)


@pytest.fixture
def repository():
    """The address of a bucket with a model `echo`."""
    place = f"{HOST}:{free_port()}"
    moto = ThreadedMotoServer(ip_address=HOST, port=int(place.rpartition(":")[2]), verbose=False)
    moto.start()
    names = {name.lower(): value for name, value in KEYS.items() if "KEY" in name}
    store = boto3.client("s3", endpoint_url=f"http://{place}", region_name=KEYS["AWS_DEFAULT_REGION"], **names)
    store.create_bucket(Bucket="bucket")
    configuration = models.config([("IN", "FP32", [-1])], [("OUT", "FP32", [-1])], backend="identity")
    store.put_object(Bucket="bucket", Key="zoo/echo/config.pbtxt", Body=configuration.encode())
    store.put_object(Bucket="bucket", Key="zoo/echo/1/", Body=b"")
    yield f"s3://{place}/bucket/zoo"
    moto.stop()


@pytest.fixture
def certificates(tmp_path):
    make_certificate(tmp_path, "ours")
    for name in ("server", "client"):
        make_certificate(tmp_path, name, "ours")
    return tmp_path


def test_a_model_of_a_store_over_tls_with_traces(repository, certificates, tmp_path):
    tls = {"server-cert": "server.crt", "server-key": "server.key", "root-cert": "ours.crt"}
    flags = ["--grpc-use-ssl", "--grpc-use-ssl-mutual", *(f"--grpc-{flag}={certificates / tls[flag]}" for flag in tls)]
    options = f"{JAVA_OPTIONS['NEREID_JAVA_OPTS']} --limit-modules={MODULES}"
    with listening_collector() as collector:
        url = f"url=http://{HOST}:{collector.server_port}/v1/traces"
        for setting in ("level=TIMESTAMPS", "rate=1", "mode=opentelemetry", f"opentelemetry,{url}"):
            flags.append(f"--trace-config={setting}")
        environment = {**KEYS, "NEREID_JAVA_OPTS": options}
        server = Server(tmp_path / "log", [repository], *flags, environment=environment)
        try:
            server.wait_until()
            files = {"root_certificates": "ours.crt", "private_key": "client.key", "certificate_chain": "client.crt"}
            files = {what: str(certificates / file) for what, file in files.items()}
            with triton.InferenceServerClient(server.grpc_url, ssl=True, **files) as client:
                value = triton.InferInput("IN", [1, 2], "FP32")
                value.set_data_from_numpy(numpy.array([[1, 2]], numpy.float32))
                assert client.infer("echo", [value]).as_numpy("OUT").tolist() == [[1, 2]]
            assert server.stop() == 0, server.log_text()
            wait_until(lambda: "echo" in spans(collector)[0], "spans at the collector")
        finally:
            server.kill()
        assert "NoClassDefFoundError" not in server.log_text()
