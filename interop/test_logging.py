"""The log of a server as someone on call reads it, its settings over both protocols, and the access log."""

import concurrent.futures
import json
import re

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from google.protobuf import json_format
from tritonclient.grpc import service_pb2 as messages
from tritonclient.utils import InferenceServerException

import models
import wire
from crowd import wait_until
from rpc import Rpc, failure

DEFAULTS = {
    "log_file": "",
    "log_info": True,
    "log_warning": True,
    "log_error": True,
    "log_verbose_level": 0,
    "log_format": "default",
}
DEFAULT_LINE = re.compile(r"[IWEV]\d{4} \d\d:\d\d:\d\d\.\d{6} \d+ [\w$-]+\] .*")
ISO_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [IWEV] \d+ [\w$-]+\] .*")
IDENTITY = models.identity_model("FP32")


@pytest.fixture(scope="module")
def own(start_module_server, few_models, tmp_path_factory):
    """A server whose log settings may be changed, with an access log."""
    access = tmp_path_factory.mktemp("access") / "access.json"
    running = start_module_server([few_models], f"--access-log={access}")
    running.access = access
    return running


@pytest.fixture
def http_client(own):
    with tritonclient.http.InferenceServerClient(own.url) as connected:
        connected.update_log_settings({key: value for key, value in DEFAULTS.items() if key != "log_file"})
        yield connected


@pytest.fixture
def grpc_client(own):
    with tritonclient.grpc.InferenceServerClient(own.grpc_url) as connected:
        yield connected


def infer(client, library, model=IDENTITY, request_id=""):
    """One request of two rows."""
    data = np.arange(6, dtype=np.float32).reshape(2, 3)
    tensor = library.InferInput("INPUT0", [2, 3], "FP32")
    tensor.set_data_from_numpy(data)
    return client.infer(model, [tensor], request_id=request_id)


def entries(server, count):
    """The lines of the access log once there are at least so many."""

    def lines():
        whole = server.access.read_text().rpartition("\n")[0]  # the last one may be being written
        return [json.loads(line) for line in whole.splitlines()]

    wait_until(lambda: len(lines()) >= count, f"{count} lines in the access log")
    return lines()


# --- settings -----------------------------------------------------------------------------------------------------


def test_settings_are_triton_s(http_client, grpc_client):
    assert http_client.get_log_settings() == DEFAULTS
    assert list(http_client.get_log_settings()) == list(DEFAULTS)
    values = json_format.MessageToDict(grpc_client.get_log_settings())["settings"]
    assert values == {
        "log_file": {"stringParam": ""},
        "log_info": {"boolParam": True},
        "log_warning": {"boolParam": True},
        "log_error": {"boolParam": True},
        "log_verbose_level": {"uint32Param": 0},
        "log_format": {"stringParam": "default"},
    }


def test_each_level_is_a_switch_over_both_protocols(http_client, grpc_client):
    assert http_client.update_log_settings({"log_info": False, "log_verbose_level": 1}) == {
        **DEFAULTS,
        "log_info": False,
        "log_verbose_level": 1,
    }
    changed = grpc_client.update_log_settings({"log_warning": False, "log_format": "ISO8601"}, as_json=True)["settings"]
    assert changed["log_warning"] == {"bool_param": False}
    assert http_client.get_log_settings() == {
        **DEFAULTS,
        "log_info": False,
        "log_warning": False,
        "log_verbose_level": 1,
        "log_format": "ISO8601",
    }


@pytest.mark.parametrize(
    ("settings", "status", "text"),
    [
        ({"log_file": "x"}, "501", "log file location can not be updated through network protocol"),
        ({"log_format": "x"}, "503", "invalid argument for --log_format, got: x"),
        ({"log_info": "x"}, "500", "attempt to access JSON non-boolean as boolean"),
        ({"log_verbose_level": -1}, "500", "attempt to access JSON non-unsigned-integer as unsigned-integer"),
    ],
)
def test_wrong_settings_over_http(http_client, settings, status, text):
    with pytest.raises(InferenceServerException, match=re.escape(text)) as refused:
        http_client.update_log_settings({"log_error": False, **settings})
    assert refused.value.status() == status
    assert http_client.get_log_settings() == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "status", "text"),
    [
        ("log_file", {"string_param": "x"}, "UNIMPLEMENTED", "log file location can not be updated through network protocol"),
        ("log_format", {"string_param": "x"}, "INVALID_ARGUMENT", "invalid argument for log_format, got: x"),
        ("log_info", {"string_param": "x"}, "INVALID_ARGUMENT", "expect boolean for 'log_info'"),
        ("log_verbose_level", {"bool_param": True}, "INVALID_ARGUMENT", "expect int32 for 'log_verbose_level'"),
        ("log_format", {"bool_param": True}, "INVALID_ARGUMENT", "expect string for 'log_format'"),
    ],
)
def test_wrong_settings_over_grpc(own, http_client, name, value, status, text):
    values = {name: messages.LogSettingsRequest.SettingValue(**value)}
    values["log_error"] = messages.LogSettingsRequest.SettingValue(bool_param=False)
    with Rpc(own.grpc_url) as rpc:
        assert failure(rpc.stub.LogSettings, messages.LogSettingsRequest(settings=values), timeout=30) == (status, text)
    assert http_client.get_log_settings() == DEFAULTS


def test_changed_format_holds_at_once(own, http_client):
    http_client.update_log_settings({"log_format": "ISO8601"})
    wait_until(lambda: "format ISO8601" in own.log_text(), "a line of the log in the new format")
    line = next(line for line in own.log_text().splitlines() if "format ISO8601" in line)
    assert ISO_LINE.fullmatch(line)


# --- the log ------------------------------------------------------------------------------------------------------


def test_every_event_begins_like_triton_s(start_server, failing_models, tmp_path):
    forged = failing_models.parent / "forged"
    (forged / "bad\nE0101 00:00:00.000000 1 forged] gone").mkdir(parents=True, exist_ok=True)
    server = start_server([failing_models, forged], "--exit-on-error=false").wait_until_started()
    wire.get(server.port, "/v2/models/x%0AE0101%2000:00:00.000000%201%20forged]%20x/ready")
    assert server.stop() == 0
    lines = [line for line in server.log_text().splitlines() if line]
    assert any("failed to load" in line for line in lines)
    assert all(DEFAULT_LINE.fullmatch(line) or line.startswith("    ") for line in lines), "\n".join(lines)
    assert not any(line.startswith("E0101") for line in lines)


def test_secrets_are_not_logged(start_server, few_models):
    secret = "s3cret-value-of-nobody"
    server = start_server(
        [few_models],
        "--log-verbose=2",
        f"--http-restricted-api=model-config:key={secret}",
        f"--grpc-restricted-protocol=model-config:key={secret}",
        "--http-header-forward-pattern=x-.*",
        "--trace-config=mode=opentelemetry",
        f"--trace-config=opentelemetry,url=http://user:{secret}@127.0.0.1:9/v1/traces",
    ).wait_until()
    with tritonclient.http.InferenceServerClient(server.url) as client:
        tensor = tritonclient.http.InferInput("INPUT0", [1, 1], "FP32")
        tensor.set_data_from_numpy(np.zeros((1, 1), np.float32))
        client.infer(IDENTITY, [tensor], headers={"x-token": secret, "authorization": secret})
        with pytest.raises(InferenceServerException):
            client.get_model_config(IDENTITY, headers={"key": f"wrong-{secret}"})
        assert secret not in json.dumps(client.get_trace_settings())
    assert server.stop() == 0
    assert secret not in server.log_text()


def test_refusals_are_told_with_their_reasons(start_server, few_models):
    server = start_server([few_models], "--max-inflight-requests=1").wait_until()

    def ask(_):
        with tritonclient.http.InferenceServerClient(server.url) as client:
            tensor = tritonclient.http.InferInput("INPUT0", [1, 1], "FP32")
            tensor.set_data_from_numpy(np.zeros((1, 1), np.float32))
            try:
                client.infer("slow", [tensor])
            except InferenceServerException:
                return 1
            return 0

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        refused = sum(pool.map(ask, range(6)))
    assert refused > 0
    assert server.stop() == 0
    logged = [line for line in server.log_text().splitlines() if "model 'slow' version 1 has refused" in line]
    assert sum(int(re.search(r"refused (\d+) request", line)[1]) for line in logged) == refused
    assert all(line.startswith("W") and "too much was in flight" in line for line in logged)


# --- the access log -----------------------------------------------------------------------------------------------


def test_access_log_has_a_line_for_each_request(own, http_client, grpc_client):
    before = len(entries(own, 0))
    infer(http_client, tritonclient.http, request_id="over http")
    infer(grpc_client, tritonclient.grpc, request_id="over grpc")
    with pytest.raises(InferenceServerException):
        infer(http_client, tritonclient.http, model="nonsense")
    with pytest.raises(InferenceServerException):
        infer(grpc_client, tritonclient.grpc, model="nonsense")
    # a gRPC call ends a moment after its client has the answer, so its line may come behind the next ones
    found = {(entry["protocol"], entry["model"]): entry for entry in entries(own, before + 4)[before:]}
    http, grpc = found["http", IDENTITY], found["grpc", IDENTITY]
    http_error, grpc_error = found["http", "nonsense"], found["grpc", "nonsense"]
    for entry, protocol in ((http, "http"), (grpc, "grpc")):
        assert entry["protocol"] == protocol
        assert entry["id"] == f"over {protocol}"
        assert (entry["model"], entry["version"], entry["batch_size"]) == (IDENTITY, "1", 2)
        assert entry["status"] == "ok"
        assert entry["responses"] == 1
        assert entry["client"].startswith("127.0.0.1:")
        parts = sum(entry[part] for part in ("queue_us", "compute_input_us", "compute_infer_us", "compute_output_us"))
        assert 0 < parts <= entry["total_us"]
        assert entry["bytes_in"] > 24 and entry["bytes_out"] > 24
    assert http["http_status"] == 200 and "http_status" not in grpc
    assert (http_error["status"], http_error["http_status"], http_error["model"]) == ("not_found", 404, "nonsense")
    assert (grpc_error["status"], grpc_error["queue_us"]) == ("not_found", None)
    assert "unknown model" in grpc_error["error"]


def test_access_log_counts_the_responses_of_a_stream(own, grpc_client):
    before = len(entries(own, 0))
    received = []
    grpc_client.start_stream(lambda result, error: received.append((result, error)))
    tensor = tritonclient.grpc.InferInput("INPUT0", [1, 2], "FP32")
    tensor.set_data_from_numpy(np.zeros((1, 2), np.float32))
    for number in range(3):
        grpc_client.async_stream_infer(IDENTITY, [tensor], request_id=f"s{number}")
    wait_until(lambda: len(received) == 3, "three answers")
    grpc_client.stop_stream()
    streamed = entries(own, before + 3)[before:]
    assert sorted(entry["id"] for entry in streamed) == ["s0", "s1", "s2"]
    assert all((e["protocol"], e["status"], e["responses"]) == ("grpc-stream", "ok", 1) for e in streamed)
