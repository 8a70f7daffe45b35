"""Traces of Python models: what a model calls is traced with the request, and it can add spans of its own."""

import json
import re

import numpy as np
import pytest
import tritonclient.grpc

from crowd import wait_until
from python_client import ask, grpc_inputs
from python_server import PythonRepository
from test_python_bls import CALL
from traces import listening_collector, read_traces, spans

CLIENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT_SPAN = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    made = PythonRepository(tmp_path_factory.mktemp("traced"))
    made.add("identity")
    made.add("scripted", "caller")
    return made


def calls(server, **options):
    """One request to `caller`, which calls `identity` twice: once within its trace, once outside of any."""
    source = """
answer = [values(made([1], trace=request.trace(), request_id="child").exec()), values(made([2]).exec())]
"""
    assert ask(server, "caller", CALL + source, **options) == [[1], [2]]


def test_a_call_is_a_child_in_the_trace_file(start_python, repository, tmp_path):
    file = tmp_path / "traces.json"
    settings = (f"triton,file={file}", "level=TIMESTAMPS", "rate=1")
    server = start_python(repository, *[f"--trace-config={setting}" for setting in settings])
    calls(server, request_id="parent")
    server.stop()
    traces = read_traces(file)
    (parent,) = [number for number, trace in traces.items() if trace["head"]["model_name"] == "caller"]
    (child,) = [trace for trace in traces.values() if trace["head"]["model_name"] == "identity"]
    assert "parent_id" not in traces[parent]["head"]
    assert child["head"]["parent_id"] == parent
    names = [name for name, _ in child["times"]]
    assert {"REQUEST_START", "QUEUE_START", "COMPUTE_START", "COMPUTE_END", "REQUEST_END"} <= set(names)
    assert not [name for name in names if name.startswith(("HTTP", "GRPC"))]
    computed = dict(traces[parent]["times"])
    assert computed["COMPUTE_START"] <= dict(child["times"])["QUEUE_START"] <= computed["COMPUTE_END"]


@pytest.mark.only_ours("not tried: the comparison's build has no collector in the suite, and no access log")
def test_a_call_is_a_span_in_that_of_its_caller(start_python, repository):
    with listening_collector() as collector:
        server = start_python(
            repository,
            "--trace-config=mode=opentelemetry",
            "--trace-config=level=TIMESTAMPS",
            "--trace-config=rate=0",
            f"--trace-config=opentelemetry,url=http://127.0.0.1:{collector.server_port}/v1/traces",
            "--trace-config=opentelemetry,bsp_schedule_delay=100",
        )
        parent = f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01"
        calls(server, headers={"traceparent": parent, "tracestate": "vendor=x"})
        wait_until(lambda: "InferRequest" in spans(collector)[0], "spans at the collector")
        assert server.stop() == 0
        found = spans(collector)[0]
    (root,), (caller,), (child,) = found["InferRequest"], found["caller"], found["identity"]
    assert [each["trace"] for each in (root, caller, child)] == [CLIENT_TRACE] * 3
    assert (root["parent"], caller["parent"], child["parent"]) == (CLIENT_SPAN, root["id"], caller["id"])
    assert sorted(compute["parent"] for compute in found["compute"]) == sorted([caller["id"], child["id"]])
    assert child["attributes"]["triton.trace_parent_id"] == caller["attributes"]["triton.trace_id"]
    assert caller["attributes"]["triton.trace_parent_id"] == 0
    assert child["attributes"]["triton.request_id"] == "child"


@pytest.mark.only_ours("not tried: the comparison's build has no collector in the suite, and no access log")
@pytest.mark.parametrize("headers", [{}, {"traceparent": f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01", "tracestate": "a=b"}])
def test_the_context_names_the_span_of_the_model(start_python, repository, headers):
    with listening_collector() as collector:
        server = start_python(
            repository,
            "--trace-config=mode=opentelemetry",
            "--trace-config=level=TIMESTAMPS",
            "--trace-config=rate=1",
            f"--trace-config=opentelemetry,url=http://127.0.0.1:{collector.server_port}/v1/traces",
            "--trace-config=opentelemetry,bsp_schedule_delay=100",
        )
        context = json.loads(ask(server, "caller", "answer = request.trace().get_context()", headers=dict(headers)))
        wait_until(lambda: "InferRequest" in spans(collector)[0], "spans at the collector")
        assert server.stop() == 0
        (caller,) = spans(collector)[0]["caller"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", context["traceparent"])
    assert context["traceparent"].split("-")[1:3] == [caller["trace"], caller["id"]]
    assert context.get("tracestate", "") == headers.get("tracestate", "")
    assert not headers or caller["trace"] == CLIENT_TRACE


@pytest.mark.only_ours("not tried: the comparison's build has no collector in the suite, and no access log")
def test_the_access_log_has_requests_of_clients_alone(start_python, repository, tmp_path):
    access, file = tmp_path / "access.log", tmp_path / "traces.json"
    settings = (f"triton,file={file}", "level=TIMESTAMPS", "rate=1")
    server = start_python(repository, f"--access-log={access}", *[f"--trace-config={each}" for each in settings])
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        source = CALL + "answer = values(made([1], trace=request.trace()).exec())"
        arrays = {"SOURCE": np.array([source], dtype=object)}
        client.infer("caller", grpc_inputs(arrays))
    assert server.stop() == 0
    assert [json.loads(line)["model"] for line in access.read_text().splitlines()] == ["caller"]
    assert len(read_traces(file)) == 2
