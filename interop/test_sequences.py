"""Sequence batching: each sequence keeps its state, and which requests run together."""

import pytest
import tritonclient.grpc as grpc

import wire
from crowd import executions, statistics, wait_until, wait_until_queued
from python_server import RUNTIME, PythonRepository
from sequences import STRATEGIES, Stream, numbers, play, sums, write_sums

# (test of Triton's, requests in slots, in the backlog, {strategy: executions}, [(sequence, requests, ends)])
TABLE = [
    ("half_batch", 8, 0, {"direct": {2: 4}, "oldest": {2: 4}}, [(1001, 4, True), (1002, 4, True)]),
    (
        "skip_batch",
        12,
        0,
        {"direct": {2: 2, 4: 2}, "oldest": {2: 2, 4: 2}},
        [(1001, 4, True), (1003, 4, True), (1002, 2, True), (1004, 2, True)],
    ),
    ("full_batch", 12, 0, {"direct": {4: 3}, "oldest": {4: 3}}, [(1001 + i, 3, True) for i in range(4)]),
    ("backlog", 12, 0, {"direct": {1: 3, 4: 3}, "oldest": {1: 3, 4: 3}}, [(1001 + i, 3, True) for i in range(5)]),
    (
        "backlog_fill",
        10,
        2,
        {"direct": {4: 3}, "oldest": {4: 3}},
        [(1001, 3, True), (1002, 2, True), (1003, 2, True), (1004, 3, True), (1005, 1, True), (1006, 1, True)],
    ),
    (
        "backlog_fill_no_end",
        10,
        3,
        {"direct": {3: 2, 4: 3}, "oldest": {1: 2, 4: 3}},
        [(1001, 3, True), (1002, 2, True), (1003, 2, True), (1004, 3, True), (1005, 1, True), (1006, 3, False)],
    ),
    (
        "backlog_same_correlation_id",
        12,
        2,
        {"direct": {1: 2, 4: 3}, "oldest": {1: 2, 4: 3}},
        [(1001, 3, True), (1002, 3, True), (1003, 3, True), (1004, 3, True), (1001, 2, True)],
    ),
]
BOTH = [(row, strategy) for row in TABLE for strategy in STRATEGIES]
KINDS = ["python", "onnx"]


@pytest.fixture(scope="module")
def delayed_servers(start_module_server, tmp_path_factory):
    """A server for each number of requests that is waited for, with a model for each row of the table."""
    started = {}

    def server(slots, backlog):
        if (slots, backlog) not in started:
            repository = PythonRepository(tmp_path_factory.mktemp("sequences"))
            for (test, *delays, _, _), strategy in BOTH:
                if delays == [slots, backlog]:
                    add(repository, f"{test}_{strategy}_python", strategy)
                    write_sums(repository.folder, f"{test}_{strategy}_onnx", STRATEGIES[strategy])
            environment = {
                "TRITONSERVER_DELAY_SCHEDULER": str(slots),
                "TRITONSERVER_BACKLOG_DELAY_SCHEDULER": str(backlog),
            }
            started[slots, backlog] = start_module_server([repository.folder], RUNTIME, environment=environment)
        return started[slots, backlog]

    return server


def add(repository, name, strategy, change=(), **parameters):
    by = "row" if strategy == "direct" else "id"
    repository.add(
        "accumulator", name, change=[("direct { }", STRATEGIES[strategy]), *change], **{"by": by, **parameters}
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("row", "strategy"), BOTH, ids=lambda value: value if isinstance(value, str) else value[0])
def test_executions_are_those_of_tritons_own_tests(delayed_servers, row, strategy, kind):
    test, slots, backlog, expected, asked = row
    server = delayed_servers(slots, backlog)
    model = f"{test}_{strategy}_{kind}"
    plays = [
        (sequence, [(number + 10 * i,) for i in range(count)], ends)
        for number, (sequence, count, ends) in enumerate(asked)
    ]
    assert play(server, model, plays, held=slots + backlog) == [sums(values) for _, values, _ in plays]
    assert executions(server.port, model) == expected[strategy]
    entry = statistics(server.port, model)
    assert entry["inference_count"] == sum(count for _, count, _ in asked)
    assert entry["execution_count"] == sum(expected[strategy].values())


@pytest.fixture(scope="module")
def served(start_module_server, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("served"))
    for strategy in STRATEGIES:
        add(repository, strategy, strategy)
        add(repository, f"{strategy}_text", strategy, change=[("TYPE_UINT64", "TYPE_STRING")])
        short = [("max_sequence_idle_microseconds: 60000000", "max_sequence_idle_microseconds: 200000")]
        add(repository, f"{strategy}_short", strategy, change=short)
        one = [("max_batch_size: 4", "max_batch_size: 1")] + [("sequences: 4", "sequences: 1")] * (strategy == "oldest")
        add(repository, f"{strategy}_one_slot", strategy, change=one)
    limits = {"queue_policy.max_queue_size": "3", "batching.max_open_sequences": "2"}
    add(repository, "limited", "direct", **limits)
    return start_module_server([repository.folder], RUNTIME)


@pytest.fixture
def stream(served):
    """Opens streams: stream(model, sequence); all are closed at the end."""
    opened = []

    def open_stream(model, sequence):
        opened.append(Stream(served, model, sequence))
        return opened[-1]

    yield open_stream
    for each in opened:
        each.close(cancel=True)


def http_infer(server, model, value, **parameters):
    body = {"inputs": [wire.json_input("INPUT", "INT32", [1, 1], [value])], "parameters": parameters}
    return wire.infer(server.port, model, body)


def http_sum(server, model, value, **parameters):
    response = http_infer(server, model, value, **parameters)
    assert response.status == 200, response
    return response.json()["outputs"][0]["data"]


def http_error(server, model, value, status, **parameters):
    response = http_infer(server, model, value, **parameters)
    assert response.status == status, response
    return response.json()["error"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_http_and_grpc_share_a_sequence(served, stream, strategy):
    assert http_sum(served, strategy, 5, sequence_id=77, sequence_start=True) == [5]
    with grpc.InferenceServerClient(served.grpc_url) as client:
        result = client.infer(strategy, [numbers(6)], sequence_id=77)
        assert result.as_numpy("OUTPUT").tolist() == [[11]]
    end = stream(strategy, 77)
    end.send(1, end=True)
    assert end.answer() == [12]
    assert "must specify the START flag" in http_error(served, strategy, 1, 400, sequence_id=77)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_texts_are_ids_where_the_model_takes_them(served, strategy):
    model = f"{strategy}_text"
    assert http_sum(served, model, 5, sequence_id="one", sequence_start=True) == [5]
    assert http_sum(served, model, 50, sequence_id="two", sequence_start=True) == [50]
    assert http_sum(served, model, 6, sequence_id="one", sequence_end=True) == [11]
    assert http_sum(served, model, 6, sequence_id="two", sequence_end=True) == [56]


def test_an_id_of_the_other_kind_is_refused(served):
    assert http_error(served, "direct", 1, 400, sequence_id="7", sequence_start=True) == (
        "sequence batching control 'CORRID' data-type is 'BYTES', but model 'direct' expects 'UINT64'"
    )
    assert http_error(served, "direct_text", 1, 400, sequence_id=7, sequence_start=True) == (
        "sequence batching control 'CORRID' data-type is 'UINT64', but model 'direct_text' expects 'BYTES'"
    )


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (
            {"sequence_start": True},
            "inference request to model 'direct' must specify a non-zero or non-empty correlation ID",
        ),
        (
            {"sequence_id": 404},
            "inference request for sequence 404 to model 'direct' must specify the START flag on the first request of the"
            " sequence",
        ),
    ],
)
def test_what_a_sequence_needs(served, parameters, text):
    assert http_error(served, "direct", 1, 400, **parameters) == text


def test_a_request_has_one_row(served):
    body = {
        "inputs": [wire.json_input("INPUT", "INT32", [2, 1], [1, 2])],
        "parameters": {"sequence_id": 1, "sequence_start": True},
    }
    response = wire.infer(served.port, "direct", body)
    assert (response.status, response.json()["error"]) == (
        400,
        "inference request to model 'direct' must specify batch-size 1 due to requirements of sequence batcher",
    )


def test_control_inputs_are_not_the_clients(served):
    body = {"inputs": [wire.json_input("START", "INT32", [1, 1], [1])], "parameters": {"sequence_id": 1}}
    assert wire.infer(served.port, "direct", body).status == 400


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_second_start_begins_again(served, strategy):
    assert http_sum(served, strategy, 5, sequence_id=78, sequence_start=True) == [5]
    assert http_sum(served, strategy, 6, sequence_id=78, sequence_start=True) == [6]
    assert http_sum(served, strategy, 1, sequence_id=78, sequence_end=True) == [7]
    assert f"sequence 78 for model '{strategy}' has a conflict." in served.log_text()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_idle_sequence_ends_and_the_next_gets_its_slot(served, strategy):
    model = f"{strategy}_short"
    for sequence in range(1, 5):
        assert http_sum(served, model, 5, sequence_id=sequence, sequence_start=True) == [5]
    # all four slots are taken: this one waits until one of them is idle
    assert http_sum(served, model, 9, sequence_id=5, sequence_start=True, sequence_end=True) == [9]
    error = http_error(served, model, 1, 400, sequence_id=1)
    assert "must specify the START flag" in error


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_timeout_bounds_the_wait_for_a_slot(served, stream, strategy):
    model = f"{strategy}_one_slot"
    holder = stream(model, 1)
    holder.send(1, start=True)
    assert holder.answer() == [1]
    waiting = stream(model, 2)
    waiting.send(2, start=True)
    waiting.send(3, timeout=200_000)
    # one stream's answers to what it sent come as they are ready
    assert [waiting.answer(), waiting.answer()] == ["timeout of the corresponding sequence has been expired"] * 2
    assert "must specify the START flag" in http_error(served, model, 1, 400, sequence_id=2)
    holder.send(4, end=True)
    assert holder.answer() == [5]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_slot_of_a_client_that_is_gone_is_free_at_once(served, stream, strategy):
    model = f"{strategy}_one_slot"
    holder = stream(model, 11)
    holder.send(1, start=True)
    assert holder.answer() == [1]
    gone, next_one = stream(model, 12), stream(model, 13)
    gone.send(2, start=True)
    wait_until_queued(served.port, model, 1)
    next_one.send(3, start=True, end=True)
    wait_until_queued(served.port, model, 2)
    gone.close(cancel=True)
    wait_until_queued(served.port, model, 1)
    holder.send(1, end=True)
    assert next_one.answer() == [3]


def test_limits_of_sequences(served, stream):
    first = stream("limited", 1)
    first.send(1, start=True)
    assert first.answer() == [1]
    http_sum(served, "limited", 1, sequence_id=2, sequence_start=True)
    assert http_error(served, "limited", 1, 503, sequence_id=3, sequence_start=True) == (
        "model 'limited' has 2 open sequences (expected fewer than batching.max_open_sequences, 2, for one more to begin)"
    )
    http_sum(served, "limited", 1, sequence_id=2, sequence_end=True)
    assert http_sum(served, "limited", 4, sequence_id=3, sequence_start=True, sequence_end=True) == [4]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_sequence_ends_with_the_instance_that_had_its_state(start_module_server, tmp_path, strategy):
    repository = PythonRepository(tmp_path)
    add(repository, strategy, strategy)
    server = start_module_server([repository.folder], RUNTIME)
    assert http_sum(server, strategy, 5, sequence_id=1, sequence_start=True) == [5]
    assert http_sum(server, strategy, 5, sequence_id=2, sequence_start=True) == [5]
    assert http_infer(server, strategy, -1, sequence_id=2).status == 500
    error = http_error(server, strategy, 1, 503, sequence_id=1)
    assert "the sequence has ended, since the instance of model" in error and "begin it again" in error
    wait_until(lambda: wire.get(server.port, f"/v2/models/{strategy}/ready").status == 200, "another worker")
    assert http_sum(server, strategy, 7, sequence_id=1, sequence_start=True) == [7]
    assert http_sum(server, strategy, 1, sequence_id=1, sequence_end=True) == [8]


def test_a_direct_batch_waits_for_enough_rows(start_module_server, tmp_path):
    repository = PythonRepository(tmp_path)
    hour = "max_queue_delay_microseconds: 3600000000"
    repository.add(
        "accumulator", "half", change=[("direct { }", f"direct {{ {hour} minimum_slot_utilization: 0.5 }}")], by="row"
    )
    repository.add(
        "accumulator",
        "delayed",
        change=[("direct { }", "direct { max_queue_delay_microseconds: 300000 minimum_slot_utilization: 1 }")],
        by="row",
    )
    server = start_module_server([repository.folder], RUNTIME)
    one, other = Stream(server, "half", 1), Stream(server, "half", 2)
    one.send(1, start=True)
    wait_until_queued(server.port, "half", 1)
    other.send(2, start=True)
    assert (one.answer(), other.answer()) == ([1], [2])
    assert executions(server.port, "half") == {2: 1}
    # the row of the sequence that has nothing to run is a null row, which the batch counts
    late = Stream(server, "delayed", 1), Stream(server, "delayed", 2)
    for stream in late:
        stream.send(1, start=True)
        assert stream.answer() == [1]
    assert executions(server.port, "delayed") == {1: 1, 2: 1}
    for stream in (one, other, *late):
        stream.close()


def test_configurations_that_cannot_be(start_server, tmp_path):
    repository = PythonRepository(tmp_path / "models")
    add(repository, "delays", "direct", **{"queue_policy.timeout_action": "DELAY"})
    add(repository, "targets", "direct", **{"batching.target_p99_us": "100"})
    state = 'direct { } state { input_name: "A" output_name: "B" data_type: TYPE_INT32 dims: 1 }'
    add(repository, "states", "direct", change=[("direct { }", state)])
    write_sums(repository.folder, "no_output", "direct { }", output="MISSING")
    server = start_server([repository.folder], RUNTIME, "--exit-on-error=false").wait_until_started()
    index = wire.exchange(server.port, "POST", "/v2/repository/index", {}).json()
    reasons = {entry["name"]: entry["reason"] for entry in index}
    assert "the requests of a sequence cannot change places" in reasons["delays"]
    assert "is given without dynamic_batching" in reasons["targets"]
    assert "backend 'python' keeps the states of its models itself" in reasons["states"]
    assert "state 'MISSING' is no output of the model, whose outputs are: OUTPUT, SUM_OUT" in reasons["no_output"]


def test_a_state_is_no_output_unless_it_is_listed(start_module_server, tmp_path):
    write_sums(tmp_path, "sums", "direct { }")
    server = start_module_server([tmp_path])
    assert http_sum(server, "sums", 5, sequence_id=1, sequence_start=True) == [5]
    body = {
        "inputs": [wire.json_input("INPUT", "INT32", [1, 1], [1])],
        "outputs": [{"name": "SUM_OUT"}],
        "parameters": {"sequence_id": 1},
    }
    response = wire.infer(server.port, "sums", body)
    assert response.status == 400 and "unexpected inference output 'SUM_OUT'" in response.json()["error"]
    assert http_sum(server, "sums", 6, sequence_id=1, sequence_end=True) == [11]
