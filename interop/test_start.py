"""How the process is started, and what its surroundings may be: ignored signals, locales, few files, TLS files of OpenSSL."""

import http.client
import json
import resource
import signal
import socket
import ssl
import subprocess
import time

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http

import wire
from models import Repository, config, repeat_config
from processes import cpu_seconds
from server import BUILT_LAUNCHER, HOST

NAMES = ["画像分類", "😀-emoji", "ünïcode"]


@pytest.fixture(scope="module")
def named_models(tmp_path_factory):
    """Models whose names and label files are not ASCII, and one that is decoupled by nature but not by configuration."""
    folder = tmp_path_factory.mktemp("ほか") / "モデル"
    repository = Repository(folder)
    for name in NAMES:
        output = ("OUTPUT0", "FP32", [2], 'label_filename: "表示.txt"')
        repository.add(name, config([("INPUT0", "FP32", [2])], [output], backend="identity"), {1: None}, 表示="猫\n犬\n")
    repository.add("repeat_once", repeat_config().replace("decoupled: true", "decoupled: false"), {1: None})
    repository.add("repeat", repeat_config(), {1: None})
    return folder


def ignoring(*numbers):
    """What makes a child process begin with these signals ignored, as a shell does for `program &`."""
    return lambda: [signal.signal(number, signal.SIG_IGN) for number in numbers]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_that_was_ignored_at_the_start_is_heard(start_server, named_models, number):
    server = start_server([named_models], preexec_fn=ignoring(signal.SIGINT, signal.SIGTERM)).wait_until()
    assert server.stop(number) == 0, server.log_text()
    assert "Waiting for in-flight requests to complete" in server.log_text()


@pytest.mark.parametrize(
    "environment", [{}, {"LC_ALL": "C"}, {"LANG": "POSIX"}, {"LC_ALL": "xx_XX.ISO-8859-1"}], ids=["empty", "C", "POSIX", "none"]
)
def test_names_are_utf8_in_every_locale(start_server, named_models, environment):
    server = start_server([named_models], launcher=BUILT_LAUNCHER, env=environment).wait_until()
    data = np.array([[1, 2]], np.float32)
    with (
        tritonclient.http.InferenceServerClient(server.url) as by_http,
        tritonclient.grpc.InferenceServerClient(server.grpc_url) as by_grpc,
    ):
        for client, module in ((by_http, tritonclient.http), (by_grpc, tritonclient.grpc)):
            for name in NAMES:
                tensor = module.InferInput("INPUT0", [1, 2], "FP32")
                tensor.set_data_from_numpy(data)
                assert client.infer(name, [tensor]).as_numpy("OUTPUT0").tolist() == [[1, 2]]
        best = tritonclient.http.InferRequestedOutput("OUTPUT0", class_count=1)
        tensor = tritonclient.http.InferInput("INPUT0", [1, 2], "FP32")
        tensor.set_data_from_numpy(data)
        classes = by_http.infer(NAMES[0], [tensor], outputs=[best]).as_numpy("OUTPUT0")
        assert classes[0][0].decode() == "2.000000:1:犬"
        index = {model["name"] for model in by_http.get_model_repository_index()}
        assert set(NAMES) <= index
    assert NAMES[0] in server.log_text(), "the log is UTF-8 too"
    assert "the locale of this process" not in server.log_text()


def test_log_file_is_told_as_it_was_given(start_server, named_models, tmp_path):
    server = start_server([named_models], "--log-file=my.log", launcher=BUILT_LAUNCHER, cwd=tmp_path).wait_until()
    connection = http.client.HTTPConnection(HOST, server.port, timeout=20)
    connection.request("GET", "/v2/logging")
    assert json.load(connection.getresponse())["log_file"] == "my.log"
    assert (tmp_path / "my.log").stat().st_size > 0


def test_flags_cut_short_and_booleans_alone(start_server, named_models):
    server = start_server([], f"--model-repo={named_models}", "--log-verb=1", "--log-warn=false", "--allow-client-shm").wait_until()
    connection = http.client.HTTPConnection(HOST, server.port, timeout=20)
    connection.request("GET", "/v2/logging")
    settings = json.load(connection.getresponse())
    assert (settings["log_verbose_level"], settings["log_warning"]) == (1, False)


def few_files(most):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def test_out_of_file_descriptors(start_server, named_models):
    """One sentence, no busy loop, and served again when there are file descriptors."""
    server = start_server([named_models], preexec_fn=few_files(220)).wait_until()
    assert "the limit of open files (ulimit -n) is 220, but" in server.log_text()
    crowd = [socket.create_connection((HOST, server.port), timeout=20) for _ in range(220)]
    try:
        deadline = time.monotonic() + 20
        while "cannot accept connections" not in server.log_text():
            assert time.monotonic() < deadline, server.log_text()
            time.sleep(0.1)
        before = cpu_seconds(server.process.pid)
        time.sleep(2.5)  # two more failures to accept
        assert cpu_seconds(server.process.pid) - before < 1.5
        assert server.log_text().count("cannot accept connections") == 1
        assert "exceptionCaught" not in server.log_text()
    finally:
        for connection in crowd:
            connection.close()
    server.wait_until("/v2/health/live")


def repeat_request(wait):
    return wire.request_bytes(
        "/v2/models/repeat_once/infer",
        json.dumps(
            {
                "inputs": [
                    {"name": "IN", "datatype": "INT32", "shape": [1], "data": [7]},
                    {"name": "DELAY", "datatype": "UINT32", "shape": [1], "data": [0]},
                    {"name": "WAIT", "datatype": "UINT32", "shape": [1], "data": [wait]},
                ]
            }
        ).encode(),
    )


def test_a_wait_does_not_outlive_the_stop(start_server, named_models):
    server = start_server([named_models]).wait_until()
    with wire.Connection(server.port) as connection:
        connection.send(repeat_request(0))
        outputs = connection.read_response().json()["outputs"]
        assert {output["name"]: output["data"] for output in outputs} == {"OUT": [7], "IDX": [0]}
    values = {"IN": np.array([1], np.int32), "DELAY": np.array([0], np.uint32), "WAIT": np.array([3_600_000], np.uint32)}
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        ended = []
        client.start_stream(callback=lambda result, error: ended.append((result, error)))
        inputs = []
        for name, value in values.items():
            inputs.append(tritonclient.grpc.InferInput(name, [1], "INT32" if name == "IN" else "UINT32"))
            inputs[-1].set_data_from_numpy(value)
        client.async_stream_infer("repeat", inputs)
        client.stop_stream()  # waits for the response; the instance goes on waiting
    assert [error for _, error in ended] == [None]
    asked = time.monotonic()
    assert server.stop() == 0, server.log_text()
    assert time.monotonic() - asked < 20


# TLS

KEYS = {
    "pkcs8": ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "pkcs8.key"],
    "pkcs1": ["openssl", "rsa", "-in", "pkcs8.key", "-traditional", "-out", "pkcs1.key"],
    "sec1": ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", "sec1.key"],
    "ed25519": ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "ed25519.key"],
    "encrypted": ["openssl", "pkey", "-in", "pkcs8.key", "-aes256", "-passout", "pass:x", "-out", "encrypted.key"],
}


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A folder with a key of each form, as OpenSSL writes it, and a certificate for each but the encrypted one."""
    folder = tmp_path_factory.mktemp("tls")
    for name, command in KEYS.items():
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        if name != "encrypted":
            subprocess.run(
                ["openssl", "req", "-x509", "-key", f"{name}.key", "-out", f"{name}.crt", "-days", "2", "-subj", "/CN=localhost"]
                + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                cwd=folder,
                check=True,
                capture_output=True,
            )
    return folder


def tls_flags(folder, certificate, key):
    return [
        flag
        for protocol in ("http", "grpc")
        for flag in (
            f"--{protocol}-use-ssl",
            f"--{protocol}-server-cert={folder / certificate}.crt",
            f"--{protocol}-server-key={folder / key}.key",
        )
    ]


@pytest.mark.parametrize("form", ["pkcs1", "sec1", "ed25519"])
def test_keys_as_openssl_writes_them(start_server, named_models, tls, form):
    server = start_server([named_models], *tls_flags(tls, form, form)).wait_until_started()
    with tritonclient.http.InferenceServerClient(
        server.url,
        ssl=True,
        ssl_context_factory=lambda: ssl.create_default_context(cafile=tls / f"{form}.crt"),
    ) as client:
        assert client.is_server_ready()
    if form != "ed25519":  # which gRPC's C library does not take from a server
        with tritonclient.grpc.InferenceServerClient(
            f"localhost:{server.grpc_port}", ssl=True, root_certificates=str(tls / f"{form}.crt")
        ) as client:
            assert client.is_server_ready()
    plain = http.client.HTTPConnection(HOST, server.port, timeout=20)
    plain.request("GET", "/v2/health/ready")
    response = plain.getresponse()
    assert response.status == 400
    assert "this port takes TLS only" in json.load(response)["error"]
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        with pytest.raises(tritonclient.grpc.InferenceServerException):
            client.is_server_live()
    assert server.log_text().count("speaks without encryption on the HTTP port") == 1
    assert server.stop() == 0, server.log_text()


def test_tls_files_that_do_not_go_together(start_server, named_models, tls):
    for key, words in (("pkcs1", "does not belong to the certificate"), ("encrypted", "is encrypted with a password")):
        server = start_server([named_models], *tls_flags(tls, "sec1", key))
        assert server.wait_for_exit() == 1
        assert words in server.log_text()
        assert "\tat " not in server.log_text()


def test_tls_on_a_plain_port(server):
    with socket.create_connection((HOST, server.port), timeout=20) as connection:
        with pytest.raises(ssl.SSLError, match="(?i)handshake.failure"):
            ssl._create_unverified_context().wrap_socket(connection)
    assert "speaks TLS on the HTTP port" in server.log_text()
