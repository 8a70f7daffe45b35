"""gRPC as a service: health and reflection, restricted APIs, forwarded metadata, TLS, connections, and how it ends."""

import contextlib
import os
import queue
import signal
import subprocess
import time

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import service_pb2 as messages

import models
import wire
from crowd import came, wait_until, wait_until_queued
from models import SLOW_MODEL_DELAY_MS
from rpc import Rpc, failure, floats, given, row, values
from server import HOST

SERVICE = "inference.GRPCInferenceService"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
STOPPING = ("UNAVAILABLE", "GRPC server is shutting down and has stopped accepting new requests.")
PROMPT_SECONDS = 20


# --- gRPC's own services ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["", SERVICE, "nonsense"])
def test_health(rpc, service):
    stub = health_pb2_grpc.HealthStub(rpc.channel)
    asked = health_pb2.HealthCheckRequest(service=service)
    assert stub.Check(asked, timeout=30).status == SERVING
    watch = stub.Watch(asked, timeout=30)
    assert next(watch).status == SERVING
    watch.cancel()


def test_health_of_a_server_with_a_failed_model(start_server, failing_models):
    server = start_server([failing_models], "--exit-on-error=false").wait_until_started()
    with Rpc(server.grpc_url) as rpc, triton.InferenceServerClient(server.grpc_url) as client:
        assert health_pb2_grpc.HealthStub(rpc.channel).Check(health_pb2.HealthCheckRequest()).status == NOT_SERVING
        assert client.is_server_live() and not client.is_server_ready()
        assert client.is_model_ready("good")
        assert not client.is_model_ready("broken_onnx") and not client.is_model_ready("broken_onnx", "1")
        unavailable = "Request for unknown model: 'broken_onnx' version 1 is not at ready state"
        assert failure(rpc.infer, floats("broken_onnx", 1, model_version="1")) == ("UNAVAILABLE", unavailable)
        assert failure(rpc.infer, floats("broken_onnx", 1)) == (
            "NOT_FOUND",
            "Request for unknown model: 'broken_onnx' has no available versions",
        )
    assert server.stop() == 0, server.log_text()


def test_reflection(rpc):
    """Without any .proto a client finds the service, its calls and their messages, with Triton's field numbers."""
    database = ProtoReflectionDescriptorDatabase(rpc.channel)
    assert {SERVICE, "grpc.health.v1.Health"} <= set(database.get_services())
    service = DescriptorPool(database).FindServiceByName(SERVICE)
    own = messages.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    assert sorted(service.methods_by_name) == sorted(own.methods_by_name)
    for name, method in own.methods_by_name.items():
        found = service.methods_by_name[name]
        assert (found.client_streaming, found.server_streaming) == (method.client_streaming, method.server_streaming)
        assert_same_message(found.input_type, method.input_type, set())
        assert_same_message(found.output_type, method.output_type, set())


def assert_same_message(found, expected, seen):
    """That all fields of a message are there, by name, number and type; and so within them."""
    if expected.full_name in seen:
        return
    seen.add(expected.full_name)
    assert found.full_name == expected.full_name
    for field in expected.fields:
        assert field.name in found.fields_by_name, f"{expected.full_name} has no {field.name}"
        other = found.fields_by_name[field.name]
        described = lambda each: (each.number, each.type, each.is_repeated)
        assert described(other) == described(field), f"{expected.full_name}.{field.name}"
        if field.message_type:
            assert_same_message(other.message_type, field.message_type, seen)


# --- restricted APIs ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def restricted(start_module_server, few_models):
    return start_module_server(
        [few_models],
        "--grpc-restricted-protocol=inference,statistics:infer-key=open sesame",
        "--grpc-restricted-protocol=health:health-key=1",
    )


def asks_of(client):
    """Calls of every category that is restricted, with what the category asks for."""
    infer, health = ({"triton-grpc-protocol-infer-key": "open sesame"}, {"triton-grpc-protocol-health-key": "1"})
    return [
        (lambda **named: client.infer("identity_fp32", row(1), **named), infer),
        (lambda **named: client.get_inference_statistics("identity_fp32", **named), infer),
        (client.is_server_live, health),
        (client.is_server_ready, health),
        (lambda **named: client.is_model_ready("identity_fp32", **named), health),
    ]


def test_restricted_calls(restricted):
    with triton.InferenceServerClient(restricted.grpc_url) as client:
        for call, required in asks_of(client):
            assert call(headers=required)
            (name,) = required
            for headers in (None, {name: "wrong"}, {name: ""}):
                with pytest.raises(triton.InferenceServerException) as raised:
                    call(headers=headers)
                assert raised.value.status() == "StatusCode.UNAVAILABLE"
                assert raised.value.message() == f"This protocol is restricted, expecting header '{name}'"


def test_calls_that_are_not_restricted(restricted):
    with triton.InferenceServerClient(restricted.grpc_url) as client:
        assert client.get_server_metadata().name == "triton"
        assert client.get_model_config("identity_fp32").config.name == "identity_fp32"


def test_restricted_streams_and_health(restricted):
    with Rpc(restricted.grpc_url) as rpc:
        with rpc.stream() as stream:
            stream.send(floats("identity_fp32", 1))
            text = "This protocol is restricted, expecting header 'triton-grpc-protocol-infer-key'"
            assert failure(stream.read) == ("UNAVAILABLE", text)
        with rpc.stream(metadata=[("triton-grpc-protocol-infer-key", "open sesame")]) as stream:
            stream.send(floats("identity_fp32", 1))
            assert len(stream.rest()) == 1
        check = health_pb2_grpc.HealthStub(rpc.channel).Check
        text = "This protocol is restricted, expecting header 'triton-grpc-protocol-health-key'"
        assert failure(check, health_pb2.HealthCheckRequest()) == ("UNAVAILABLE", text)
        metadata = [("triton-grpc-protocol-health-key", "1")]
        assert check(health_pb2.HealthCheckRequest(), metadata=metadata).status == SERVING


def test_http_is_not_restricted_by_that(restricted):
    assert wire.get(restricted.port, "/v2/health/ready").status == 200
    assert wire.infer(restricted.port, "identity_fp32", wire.fp32_request([1])).status == 200


# --- forwarded metadata -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forwarding(start_module_server, few_models):
    return start_module_server([few_models], "--grpc-header-forward-pattern=X-Mine|priority|sequence|triton_")


@pytest.mark.parametrize("name", ["priority", "sequence_id", "sequence_start", "triton_anything"])
def test_reserved_metadata_is_not_forwarded(forwarding, name):
    text = f"Header '{name}' is reserved for Triton usage and cannot be forwarded."
    with Rpc(forwarding.grpc_url) as rpc:
        metadata = [(name, "1")]
        assert failure(rpc.infer, floats("identity_fp32", 1), metadata=metadata) == ("INVALID_ARGUMENT", text)
        with rpc.stream(metadata=metadata) as stream:
            stream.send(floats("identity_fp32", 1, id="a"))
            (response,) = stream.rest()
            assert (response.error_message, response.infer_response.id) == (text, "a")


def test_other_metadata(forwarding):
    with triton.InferenceServerClient(forwarding.grpc_url) as client:
        for headers in ({"x-mine-1": "a"}, {"x-mine-1": "a", "x-mine-2": "b", "other": "c"}, {"timeout": "soon"}):
            assert client.infer("identity_fp32", row(1), headers=headers).as_numpy("OUTPUT0").tolist() == [[1]]


def test_without_the_flag_nothing_is_forwarded(rpc):
    assert values(rpc.infer(floats("identity_fp32", 1), metadata=[("priority", "1")])).tolist() == [[1]]


# --- TLS ----------------------------------------------------------------------------------------------------------


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, text=True)


def make_certificate(folder, name, authority=None):
    """name.key and name.crt, signed by the authority, or an authority itself."""
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-subj", f"/CN={name}")
    if authority is None:
        openssl(folder, *new, "-x509", "-days", "2", "-out", f"{name}.crt")
        return
    openssl(folder, *new, "-out", f"{name}.csr")
    (folder / "names").write_text(f"subjectAltName=IP:{HOST}\n")
    openssl(
        folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
        "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.crt",
    )  # fmt: skip


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A folder with the files of two authorities, `ours` and `theirs`, of a server and of a client of each."""
    folder = tmp_path_factory.mktemp("certificates")
    for authority in ("ours", "theirs"):
        make_certificate(folder, authority)
    make_certificate(folder, "server", "ours")
    make_certificate(folder, "client", "ours")
    make_certificate(folder, "stranger", "theirs")
    return folder


def server_tls(certificates):
    return f"--grpc-server-cert={certificates / 'server.crt'}", f"--grpc-server-key={certificates / 'server.key'}"


@pytest.fixture(scope="module")
def tls_server(start_module_server, few_models, certificates):
    return start_module_server([few_models], "--grpc-use-ssl=true", *server_tls(certificates))


@pytest.fixture(scope="module")
def mutual_tls_server(start_module_server, few_models, certificates):
    return start_module_server(
        [few_models], "--grpc-use-ssl=true", "--grpc-use-ssl-mutual=true", *server_tls(certificates),
        f"--grpc-root-cert={certificates / 'ours.crt'}",
    )  # fmt: skip


def tls_client(server, certificates, roots, own=None):
    keys = {} if own is None else {
        "private_key": str(certificates / f"{own}.key"),
        "certificate_chain": str(certificates / f"{own}.crt"),
    }  # fmt: skip
    return triton.InferenceServerClient(
        server.grpc_url, ssl=True, root_certificates=str(certificates / f"{roots}.crt"), **keys
    )


def assert_serves(client):
    array = np.random.default_rng(1).standard_normal([2, 300_000]).astype(np.float32)
    assert client.is_server_ready()
    np.testing.assert_array_equal(client.infer("identity_fp32", [given(array)]).as_numpy("OUTPUT0"), array)
    received = queue.SimpleQueue()
    client.start_stream(lambda result, error: received.put((result, error)))
    client.async_stream_infer("identity_fp32", row(1))
    result, error = received.get(timeout=30)
    assert error is None and result.as_numpy("OUTPUT0").tolist() == [[1]]
    client.stop_stream()


def assert_not_served(client):
    with pytest.raises(triton.InferenceServerException) as raised:
        client.is_server_live(client_timeout=20)
    assert raised.value.status() == "StatusCode.UNAVAILABLE"


def test_tls(tls_server, certificates):
    with tls_client(tls_server, certificates, "ours") as client:
        assert_serves(client)


def test_tls_with_an_authority_that_the_client_does_not_know(tls_server, certificates):
    with tls_client(tls_server, certificates, "theirs") as client:
        assert_not_served(client)


def test_a_client_without_tls(tls_server, certificates):
    with triton.InferenceServerClient(tls_server.grpc_url) as client:
        assert_not_served(client)
    with tls_client(tls_server, certificates, "ours") as client:
        assert client.is_server_live()


def test_mutual_tls(mutual_tls_server, certificates):
    with tls_client(mutual_tls_server, certificates, "ours", "client") as client:
        assert_serves(client)


@pytest.mark.parametrize("own", [None, "stranger"])
def test_mutual_tls_with_a_client_that_nobody_vouches_for(mutual_tls_server, certificates, own):
    with tls_client(mutual_tls_server, certificates, "ours", own) as client:
        assert_not_served(client)


def test_files_that_are_not_there(start_server, few_models, certificates):
    server = start_server(
        [few_models], "--grpc-use-ssl=true", "--grpc-server-cert=/no/such.crt",
        f"--grpc-server-key={certificates / 'server.key'}",
    )  # fmt: skip
    assert server.wait_for_exit() == 1
    assert "/no/such.crt" in server.log_text()


# --- connections --------------------------------------------------------------------------------------------------


def test_a_connection_has_an_end(start_server, few_models):
    """After its age the client has to connect again, which no call notices; a call under way is not cut off."""
    server = start_server([few_models], "--grpc-max-connection-age=1000").wait_until()
    states = []
    with Rpc(server.grpc_url) as rpc:
        rpc.channel.subscribe(states.append, try_to_connect=True)
        wait_until(lambda: states.count(grpc.ChannelConnectivity.READY) == 1, "connected")
        # Not every new connection may be seen: the library tells of the state that it finds when it looks.
        slow = rpc.send(floats("slow", 7), timeout=200)
        with rpc.stream(timeout=200) as stream:
            stream.send(floats("slow", 8))
            number = 0
            while states.count(grpc.ChannelConnectivity.READY) < 3:
                assert values(rpc.infer(floats("identity_fp32", number))).tolist() == [[number]]
                number += 1
                assert number < 100_000, states
            assert values(slow.result()).tolist() == [[7]]
            assert [values(each.infer_response).tolist() for each in stream.rest()] == [[[8]]]
    assert server.stop() == 0, server.log_text()


def test_the_grace_ends_what_is_under_way(start_server, rpc_models_folder):
    flags = ("--grpc-max-connection-age=500", "--grpc-max-connection-age-grace=200")
    server = start_server([rpc_models_folder], *flags).wait_until()
    with Rpc(server.grpc_url) as rpc:
        status, _ = failure(rpc.infer, floats("endless", 1))
        assert status in ("UNAVAILABLE", "CANCELLED")
    assert server.stop() == 0, server.log_text()


def test_flags_of_keep_alive(start_server, few_models):
    """A client that pings ten times a second is served by a server that allows it."""
    server = start_server(
        [few_models],
        "--grpc-keepalive-time=200", "--grpc-keepalive-timeout=5000", "--grpc-keepalive-permit-without-calls=1",
        "--grpc-http2-max-pings-without-data=0", "--grpc-http2-min-recv-ping-interval-without-data=50",
        "--grpc-http2-max-ping-strikes=100", "--grpc-infer-allocation-pool-size=16",
        "--grpc-max-response-pool-size=100", "--grpc-infer-thread-count=4", "--reuse-grpc-port=true",
    ).wait_until()  # fmt: skip
    options = triton.KeepAliveOptions(
        keepalive_time_ms=100,
        keepalive_timeout_ms=5000,
        keepalive_permit_without_calls=True,
        http2_max_pings_without_data=0,
    )
    with triton.InferenceServerClient(server.grpc_url, keepalive_options=options) as client:
        for i in range(3):
            assert client.infer("slow", row(i)).as_numpy("OUTPUT0").tolist() == [[i]]
    assert server.stop() == 0, server.log_text()


@pytest.mark.parametrize(
    "flag",
    ["--grpc-infer-thread-count=1", "--grpc-keepalive-time=soon", "--grpc-infer-response-compression-level=most"],
)
def test_flags_that_cannot_be(start_server, few_models, flag):
    server = start_server([few_models], flag)
    assert server.wait_for_exit() == 1
    assert flag.partition("=")[0] in server.log_text()


def test_a_port_that_is_taken(start_server, few_models, server):
    second = start_server([few_models], f"--grpc-port={server.grpc_port}")
    assert second.wait_for_exit() == 1
    assert f"{HOST}:{server.grpc_port}" in second.log_text()


def test_what_is_no_http2(server):
    """HTTP/1.1, and bytes of no protocol, on the port of gRPC."""
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(range(256)) * 4):
        with wire.Connection(server.grpc_port) as connection, contextlib.suppress(ConnectionError):
            connection.send(data)
            connection.reader.read()
    with triton.InferenceServerClient(server.grpc_url) as client:
        assert client.is_server_live()


# --- control plane ------------------------------------------------------------------------------------------------


def ask_everything(client, rpc, model):
    """Every call of the control plane that this server answers."""
    assert client.is_server_live()
    assert client.is_server_ready() in (True, False)
    assert client.is_model_ready(model)
    assert client.get_server_metadata().name == "triton"
    assert client.get_model_metadata(model).name == model
    assert client.get_model_config(model).config.name == model
    assert client.get_inference_statistics(model).model_stats[0].name == model
    assert client.get_inference_statistics().model_stats
    assert not client.get_system_shared_memory_status().regions
    assert not client.get_cuda_shared_memory_status().regions
    health_pb2_grpc.HealthStub(rpc.channel).Check(health_pb2.HealthCheckRequest(), timeout=30)


def test_the_control_plane_does_not_wait_for_inference(rpc_server):
    """All of it is answered, several times and on the same connection, while requests run and wait."""
    with triton.InferenceServerClient(rpc_server.grpc_url) as client, Rpc(rpc_server.grpc_url) as rpc:
        ask_everything(client, rpc, "quick")
        running = [rpc.send(floats("endless", i), timeout=200) for i in range(3)]
        wait_until_queued(rpc_server.port, "endless", 2, running=1)
        for _ in range(3):
            ask_everything(client, rpc, "endless")
        assert not any(each.done() for each in running)
        for each in running:
            each.cancel()


def test_the_control_plane_does_not_wait_for_loading(start_server, tmp_path):
    """A model's file of labels is a pipe, so that it loads until somebody writes into the pipe."""
    folder = tmp_path / "models"
    repository = models.Repository(folder)
    identity = ([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])])
    repository.add("ready", models.config(*identity, backend="identity"), {1: None})
    labelled = [("OUTPUT0", "FP32", [-1], 'label_filename: "labels.txt"')]
    repository.add("loading", models.config(identity[0], labelled, backend="identity"), {1: None})
    labels = folder / "loading" / "labels.txt"
    os.mkfifo(labels)
    server = start_server([folder])
    with triton.InferenceServerClient(server.grpc_url) as client, Rpc(server.grpc_url) as rpc:
        wait_until(lambda: is_ready(client, "ready"), "the other model is ready")
        ask_everything(client, rpc, "ready")
        assert not client.is_server_ready()
        assert not client.is_model_ready("loading", "1")
        assert client.infer("ready", row(1)).as_numpy("OUTPUT0").tolist() == [[1]]
        watch = health_pb2_grpc.HealthStub(rpc.channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == NOT_SERVING
        assert "Started GRPCInferenceService" not in server.log_text()
        labels.write_text("one\ntwo\n")
        assert next(watch).status == SERVING
        wait_until(lambda: client.is_model_ready("loading"), "it has loaded")
        watch.cancel()
    server.wait_until_started()
    assert f"Started GRPCInferenceService at {server.grpc_url}" in server.log_text()
    assert server.stop() == 0, server.log_text()


def is_ready(client, model):
    try:
        return client.is_model_ready(model)
    except triton.InferenceServerException as refused:  # it does not listen yet
        assert refused.status() == "StatusCode.UNAVAILABLE"
        return False


# --- the end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_idle_connections_and_streams_do_not_hold_up_the_end(start_server, few_models, number):
    server = start_server([few_models]).wait_until()
    with Rpc(server.grpc_url) as rpc, Rpc(server.grpc_url) as idle:
        idle.infer(floats("identity_fp32", 1))
        with rpc.stream() as stream, rpc.stream() as used:
            used.send(floats("identity_fp32", 1))
            used.read()
            rpc.infer(floats("identity_fp32", 1))
            asked = time.monotonic()
            assert server.stop(number) == 0, server.log_text()
            assert time.monotonic() - asked < PROMPT_SECONDS
            assert failure(stream.read) == STOPPING
            assert failure(used.read) == STOPPING
    assert "LEAK:" not in server.log_text()


def test_requests_in_flight_are_answered(start_server, few_models):
    """One call, one stream that is half-closed and one that is not; the model runs one at a time."""
    server = start_server([few_models]).wait_until()
    with Rpc(server.grpc_url) as rpc, rpc.stream() as closed, rpc.stream() as open_stream:
        call = rpc.send(floats("slow", 1))
        closed.send(floats("slow", 2))
        closed.half_close()
        open_stream.send(floats("slow", 3))
        wait_until(lambda: came(server.port, "slow") == 3, "all three have come")
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert values(call.result()).tolist() == [[1]]
        assert [values(each.infer_response).tolist() for each in closed.call] == [[[2]]]
        assert values(open_stream.read().infer_response).tolist() == [[3]]
        assert failure(open_stream.read) == STOPPING
        assert server.wait_for_exit() == 0, server.log_text()
        assert time.monotonic() - asked < 3 * SLOW_MODEL_DELAY_MS / 1000 + PROMPT_SECONDS
    assert "LEAK:" not in server.log_text()


def test_new_requests_are_refused_while_it_ends(start_server, few_models):
    """On the connection that is there: a call, a further message on a stream; health says so too."""
    server = start_server([few_models]).wait_until()
    with Rpc(server.grpc_url) as rpc, rpc.stream() as stream:
        stream.send(floats("identity_fp32", 1))
        stream.read()
        watch = health_pb2_grpc.HealthStub(rpc.channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
        assert next(watch).status == SERVING
        running = [rpc.send(floats("slow", i)) for i in range(2)]
        wait_until(lambda: came(server.port, "slow") == 2, "both have come")
        server.process.send_signal(signal.SIGTERM)
        assert next(watch).status == NOT_SERVING
        assert next(watch, None) is None
        status, _ = failure(rpc.infer, floats("identity_fp32", 1))
        assert status == "UNAVAILABLE"
        assert failure(stream.read) == STOPPING
        assert [values(each.result()).tolist() for each in running] == [[[0]], [[1]]]
    assert server.wait_for_exit() == 0, server.log_text()


def test_clients_that_go_away_do_not_hold_up_the_end(start_server, few_models):
    """A hundred streams and calls, some with requests under way, whose clients are gone."""
    server = start_server([few_models]).wait_until()
    for i in range(20):
        with Rpc(server.grpc_url) as rpc:
            streams = [rpc.stream() for _ in range(5)]
            for stream in streams:
                stream.send(floats("identity_fp32", i), floats("slow", i))
            streams[0].read()
    wait_until(lambda: crowd_is_gone(server), "nothing is queued")
    asked = time.monotonic()
    assert server.stop() == 0, server.log_text()
    assert time.monotonic() - asked < PROMPT_SECONDS
    assert "LEAK:" not in server.log_text()


def crowd_is_gone(server):
    (entry,) = wire.get(server.port, "/v2/models/slow/stats?explain=true").json()["model_stats"]
    return entry["explain"]["pending_count"] == 0


def test_the_exit_timeout_ends_what_does_not_end(start_server, rpc_models_folder):
    server = start_server([rpc_models_folder], "--exit-timeout-secs=1").wait_until()
    with Rpc(server.grpc_url) as rpc, rpc.stream() as stream:
        stream.send(floats("endless", 1))
        call = rpc.send(floats("endless", 2))
        wait_until_queued(server.port, "endless", 1, running=1)
        asked = time.monotonic()
        assert server.stop() == 1, server.log_text()
        assert time.monotonic() - asked < 1 + PROMPT_SECONDS
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
