"""Traces: their settings over both protocols, Triton's trace file, and OpenTelemetry."""

import re

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

import models
from crowd import wait_until
from traces import listening_collector, read_traces, spans

IDENTITY = models.identity_model("FP32")
OTHER = models.identity_model("INT32")
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
SERVER_TIMES = [
    "REQUEST_START",
    "QUEUE_START",
    "COMPUTE_START",
    "COMPUTE_INPUT_END",
    "COMPUTE_OUTPUT_START",
    "COMPUTE_END",
    "INFER_RESPONSE_COMPLETE",
    "REQUEST_END",
]


@pytest.fixture
def traced(start_server, few_models, tmp_path):
    """Starts a server that writes traces to .traces."""

    def start(*settings):
        file = tmp_path / "traces.json"
        flags = [f"--trace-config={setting}" for setting in (f"triton,file={file}", *settings)]
        running = start_server([few_models], *flags).wait_until()
        running.traces = file
        return running

    return start


def infer(client, library, request_id="", headers=None):
    tensor = library.InferInput("INPUT0", [1, 2], "FP32")
    tensor.set_data_from_numpy(np.array([[1.5, -2]], np.float32))
    return client.infer(IDENTITY, [tensor], request_id=request_id, headers=headers)


def over_http(server, count=1, **more):
    with tritonclient.http.InferenceServerClient(server.url) as client:
        for number in range(count):
            infer(client, tritonclient.http, f"r{number}", **more)


def over_grpc(server, count=1, **more):
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        for number in range(count):
            infer(client, tritonclient.grpc, f"r{number}", **more)


# --- settings -----------------------------------------------------------------------------------------------------


def test_settings_fall_back_from_model_to_global_to_start(traced):
    server = traced("level=TIMESTAMPS", "rate=6")
    with (
        tritonclient.http.InferenceServerClient(server.url) as client,
        tritonclient.grpc.InferenceServerClient(server.grpc_url) as grpc,
    ):
        initial = {
            "trace_level": ["TIMESTAMPS"],
            "trace_rate": "6",
            "trace_count": "-1",
            "log_frequency": "0",
            "trace_file": str(server.traces),
            "trace_mode": "triton",
        }
        assert client.get_trace_settings() == initial
        assert list(client.get_trace_settings()) == list(initial)
        own = {"trace_level": ["TENSORS"], "trace_rate": "2"}
        assert client.update_trace_settings(IDENTITY, own) == {**initial, **own}
        assert grpc.update_trace_settings(settings={"trace_rate": "9", "log_frequency": "3"}, as_json=True)["settings"][
            "trace_rate"
        ] == {"value": ["9"]}
        assert client.get_trace_settings(IDENTITY) == {**initial, **own, "log_frequency": "3"}
        assert client.get_trace_settings(OTHER) == {**initial, "trace_rate": "9", "log_frequency": "3"}
        grpc.update_trace_settings(IDENTITY, {"trace_level": None, "trace_rate": None})
        assert client.get_trace_settings(IDENTITY) == client.get_trace_settings()
        client.update_trace_settings(settings={"trace_rate": None, "log_frequency": None})
        assert client.get_trace_settings(IDENTITY) == initial
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("settings", "http_status", "grpc_status", "text"),
    [
        ({"trace_file": "x"}, "501", "UNIMPLEMENTED", "trace file location can not be updated"),
        ({"trace_rate": "x"}, "400", "INVALID_ARGUMENT", "Unable to parse 'trace_rate', got: x"),
        (
            {"trace_count": "-2"},
            "400",
            "INVALID_ARGUMENT",
            "Unable to parse 'trace_count'. Expecting value >= -1, got:-2",
        ),
        (
            {"trace_level": ["OFF", "TENSORS"]},
            "400",
            "INVALID_ARGUMENT",
            "Expect only one trace level 'OFF' is specified",
        ),
    ],
)
def test_wrong_settings(client, grpc_client, settings, http_status, grpc_status, text):
    before = client.get_trace_settings()
    with pytest.raises(InferenceServerException, match=re.escape(text)) as refused:
        client.update_trace_settings(settings=settings)
    assert refused.value.status() == http_status
    with pytest.raises(InferenceServerException, match=re.escape(text)) as refused:
        grpc_client.update_trace_settings(settings=settings)
    assert refused.value.status() == f"StatusCode.{grpc_status}"
    assert client.get_trace_settings() == before


def test_unknown_model(client, grpc_client):
    with pytest.raises(InferenceServerException, match="^.*Request for unknown model : nonsense$") as refused:
        client.get_trace_settings("nonsense")
    assert refused.value.status() == "400"
    with pytest.raises(InferenceServerException, match="^.*Request for unknown model : nonsense$") as refused:
        grpc_client.get_trace_settings("nonsense")
    assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_unknown_models_use_up_no_trace(traced):
    server = traced("level=TIMESTAMPS", "rate=1", "count=1")
    with tritonclient.http.InferenceServerClient(server.url) as client:
        tensor = tritonclient.http.InferInput("INPUT0", [1, 2], "FP32")
        tensor.set_data_from_numpy(np.array([[1.5, -2]], np.float32))
        for _ in range(3):
            with pytest.raises(InferenceServerException, match="unknown model"):
                client.infer("nonsense", [tensor])
    over_http(server, 2)
    assert server.stop() == 0
    (trace,) = read_traces(numbered_or_plain(server.traces)).values()
    assert trace["head"]["model_name"] == IDENTITY


def numbered_or_plain(file):
    """The file of the traces: a number is appended to its name once `count` traces are in it."""
    return next(found for found in (file, file.with_name(file.name + ".0")) if found.exists())


def test_tracing_without_a_file_is_told(start_server, few_models):
    server = start_server([few_models], "--trace-config=level=TIMESTAMPS", "--trace-config=rate=1").wait_until()
    for library, url in ((tritonclient.http, server.url), (tritonclient.grpc, server.grpc_url)):
        with library.InferenceServerClient(url) as client:
            for model in (None, IDENTITY):
                with pytest.raises(InferenceServerException) as raised:
                    client.update_trace_settings(model, {"trace_level": ["TENSORS"]})
                text = "Attempting to set invalid trace setting :trace file name is not given"
                assert text in raised.value.message()
    over_http(server)
    assert server.stop() == 0
    assert "is to be traced, but no trace is kept: trace file name is not given" in server.log_text()


# --- the trace file -----------------------------------------------------------------------------------------------


def test_file_has_the_times_and_tensors_of_both_protocols(traced):
    server = traced("level=TIMESTAMPS", "level=TENSORS", "rate=1")
    over_http(server)
    over_grpc(server)
    assert server.stop() == 0
    traces = read_traces(server.traces)
    assert sorted(traces) == [1, 2]
    for trace, ends in ((traces[1], ("HTTP_RECV", "HTTP_SEND")), (traces[2], ("GRPC_WAITREAD", "GRPC_SEND"))):
        assert trace["head"]["model_name"] == IDENTITY
        assert trace["head"]["model_version"] == 1
        assert trace["head"]["request_id"] == "r0"
        names = [name for name, _ in trace["times"]]
        assert sorted(names) == sorted(SERVER_TIMES + [f"{end}_{edge}" for end in ends for edge in ("START", "END")])
        moments = dict(trace["times"])
        assert [moments[name] for name in SERVER_TIMES] == sorted(moments[name] for name in SERVER_TIMES)
        assert moments[f"{ends[0]}_END"] <= moments["REQUEST_START"]
        assert moments["REQUEST_END"] <= moments[f"{ends[1]}_START"] <= moments[f"{ends[1]}_END"]
        assert [activity for activity, _ in trace["tensors"]] == [
            "TENSOR_QUEUE_INPUT",
            "TENSOR_BACKEND_INPUT",
            "TENSOR_BACKEND_OUTPUT",
        ]
        assert trace["tensors"][0][1] == {"name": "INPUT0", "data": "1.5,-2.0", "shape": "1,2", "dtype": "FP32"}
        assert trace["tensors"][2][1] == {"name": "OUTPUT0", "data": "1.5,-2.0", "shape": "1,2", "dtype": "FP32"}


def test_rate_count_and_frequency(traced):
    server = traced("level=TIMESTAMPS", "rate=2", "count=5", "triton,log-frequency=2")
    over_http(server, 20)
    with tritonclient.http.InferenceServerClient(server.url) as client:
        assert client.get_trace_settings()["trace_count"] == "0"
    assert server.stop() == 0
    folder = server.traces.parent
    assert sorted(path.name for path in folder.glob("traces.json*")) == [f"traces.json.{n}" for n in range(3)]
    assert [len(read_traces(folder / f"traces.json.{n}")) for n in range(3)] == [2, 2, 1]
    assert read_traces(folder / "traces.json.0")[1]["head"]["request_id"] == "r1"


def test_tracing_is_switched_on_and_off_while_it_runs(traced):
    server = traced()
    over_http(server)
    with tritonclient.http.InferenceServerClient(server.url) as client:
        client.update_trace_settings(IDENTITY, {"trace_level": ["TIMESTAMPS"], "trace_rate": "1"})
        over_http(server)
        client.update_trace_settings(IDENTITY, {"trace_level": ["OFF"]})
        over_http(server)
    assert server.stop() == 0
    assert len(read_traces(server.traces)) == 1


# --- OpenTelemetry ------------------------------------------------------------------------------------------------


@pytest.fixture
def collector():
    with listening_collector() as server:
        yield server


@pytest.fixture
def exporting(start_server, few_models, collector):
    def start(*settings):
        settings = (
            "mode=opentelemetry",
            f"opentelemetry,url=http://127.0.0.1:{collector.server_port}/v1/traces",
            "opentelemetry,bsp_schedule_delay=100",
            *settings,
        )
        return start_server([few_models], *[f"--trace-config={setting}" for setting in settings]).wait_until()

    return start


def test_spans_of_a_request(exporting, collector):
    server = exporting("level=TIMESTAMPS", "rate=1", "opentelemetry,resource=deployment=test")
    over_http(server)
    wait_until(lambda: IDENTITY in spans(collector)[0], "spans at the collector")
    assert server.stop() == 0
    found, resource = spans(collector)
    assert collector.bodies[0][0] == "/v1/traces"
    assert resource["service.name"] == "triton-inference-server"
    assert resource["deployment"] == "test"
    (root,), (model,), (compute,) = found["InferRequest"], found[IDENTITY], found["compute"]
    assert root["trace"] == model["trace"] == compute["trace"]
    assert (root["parent"], model["parent"], compute["parent"]) == ("", root["id"], model["id"])
    assert root["kind"] == 2  # server
    assert model["attributes"] == {
        "triton.model_name": IDENTITY,
        "triton.model_version": 1,
        "triton.trace_id": 1,
        "triton.trace_parent_id": 0,
        "triton.request_id": "r0",
    }
    assert root["start"] <= model["start"] <= compute["start"] <= compute["end"] <= model["end"] <= root["end"]
    assert "HTTP_RECV_START" in root["events"] and "HTTP_SEND_END" in root["events"]
    assert compute["events"] == ["COMPUTE_START", "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START", "COMPUTE_END"]


@pytest.mark.parametrize("ask", [over_http, over_grpc])
def test_a_client_s_trace_goes_on(exporting, collector, ask):
    server = exporting("level=TIMESTAMPS", "rate=0")
    ask(server)
    ask(server, headers={"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "vendor=x"})
    ask(server, headers={"traceparent": "rubbish"})
    wait_until(lambda: "InferRequest" in spans(collector)[0], "spans at the collector")
    assert server.stop() == 0
    (root,) = spans(collector)[0]["InferRequest"]
    assert (root["trace"], root["parent"], root["state"]) == (TRACE_ID, SPAN_ID, "vendor=x")


def test_a_collector_that_is_away_costs_no_request(start_server, few_models):
    server = start_server(
        [few_models],
        "--trace-config=mode=opentelemetry",
        "--trace-config=level=TIMESTAMPS",
        "--trace-config=rate=1",
        "--trace-config=opentelemetry,url=http://127.0.0.1:9/v1/traces",
        "--trace-config=opentelemetry,bsp_schedule_delay=50",
    ).wait_until()
    over_http(server, 20)
    wait_until(lambda: "export" in server.log_text().lower(), "a word about the collector in the log")
    assert server.stop() == 0
