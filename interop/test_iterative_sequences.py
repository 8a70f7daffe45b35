"""Iterative sequences: a model puts a request back, which runs again in a later batch, until it is over."""

import http.client
import json
import time

import numpy as np
import pytest
import tritonclient.grpc
from tritonclient.utils import InferenceServerException

import wire
from crowd import explain, statistics
from python_client import Stream, ask, failure, grpc_inputs, infer, source_array
from python_server import DECOUPLED, PythonRepository, until, workers
from server import HOST

FINAL = "pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL"
RESCHEDULE = "request.set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE)"
ITERATIVE = "sequence_batching { iterative_sequence: true max_sequence_idle_microseconds: 20000000 }"
ONE_SLOT = "sequence_batching { iterative_sequence: true oldest { max_candidate_sequences: 1 } }"
TWO_SLOTS = "sequence_batching { iterative_sequence: true oldest { max_candidate_sequences: 2 } }"
NOT_CONFIGURED = (
    "Request is released with TRITONSERVER_REQUEST_RELEASE_RESCHEDULE, while the model is not configured to handle such"
    " a flag."
)
NO_START = "must specify the START flag on the first request of the sequence"


def countdown(count, before="pass"):
    """Source of a decoupled model: `count` executions, each of which answers [what is left, flags, correlation id]."""
    return f"""
key = request.correlation_id()
left = model.kept[key] = model.kept.get(key, {count}) - 1
{before}
sender.send(reply([left, request.flags(), key]), 0 if left else {FINAL})
if left:
    {RESCHEDULE}
else:
    del model.kept[key]
"""


@pytest.fixture(scope="module")
def served(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("iterative"))
    repository.add("scripted", "turns", extra=DECOUPLED + ITERATIVE)
    repository.add("scripted", "single", extra=ITERATIVE)
    repository.add("scripted", "counted", extra=DECOUPLED + ITERATIVE)
    repository.add("scripted", "one_slot", extra=DECOUPLED + ONE_SLOT)
    repository.add("scripted", "two_slots", extra=DECOUPLED + TWO_SLOTS)
    repository.add("scripted", "caller")
    for name, scheduling in (("alone", ""), ("batched", "dynamic_batching { }"), ("once", "sequence_batching { }")):
        repository.add("scripted", name, extra=DECOUPLED + scheduling)
    oldest = [("direct { }", "oldest { max_candidate_sequences: 4 }")]
    repository.add("countdown", "countdown_direct")
    repository.add("countdown", "countdown_oldest", change=oldest)
    return start_python(repository)


def stream(server, model, source, more=None, **options):
    with Stream(server) as opened:
        return opened.ask(model, source, more, **options)


# What a client gets.


def test_each_execution_answers_on_a_grpc_stream(served):
    answers = stream(served, "turns", countdown(3))
    assert [answer[:2] for answer in answers] == [[2, 1], [1, 0], [0, 0]]
    (sequence,) = {answer[2] for answer in answers}
    assert sequence > 0
    (other,) = {answer[2] for answer in stream(served, "turns", countdown(2))}
    assert other == sequence + 1


def events(response):
    assert response.status == 200, response
    return [json.loads(line.removeprefix("data: ")) for line in response.text.split("\n\n") if line]


def test_each_execution_is_an_event_of_generate_stream(served):
    body = {"SOURCE": countdown(3), "id": "g"}
    answers = events(wire.exchange(served.port, "POST", "/v2/models/turns/generate_stream", body))
    assert [json.loads(event["ANSWER"])[:2] for event in answers] == [[2, 1], [1, 0], [0, 0]]
    assert {event["id"] for event in answers} == {"g"}


COUNTED = f"""
key = request.correlation_id()
number = model.kept[key] = model.kept.get(key, 0) + 1
if number < 3:
    {RESCHEDULE}
    response = None
else:
    answer = [number, request.flags()]
"""


def test_a_model_that_is_not_decoupled_answers_in_its_last_execution(served):
    before = statistics(served.port, "single")["execution_count"]
    assert ask(served, "single", COUNTED) == [3, 0]
    assert statistics(served.port, "single")["execution_count"] - before == 3


def statistics_of(server, model, inferences):
    """The statistics once they have so many: an execution counts when it has ended, maybe after its last response."""
    until(lambda: statistics(server.port, model)["inference_count"] >= inferences, what=f"{inferences} inferences")
    entry = statistics(server.port, model)
    assert entry["inference_count"] == inferences
    return entry


def test_each_execution_counts(served):
    stream(served, "counted", countdown(4))
    until(lambda: statistics(served.port, "counted")["execution_count"] == 4, what="4 executions")
    entry = statistics_of(served, "counted", 4)
    assert entry["inference_stats"]["success"]["count"] == 4
    assert entry["batch_stats"][0]["compute_infer"]["count"] == 4


@pytest.mark.only_ours("a failure is counted at the end of each request")
def test_a_request_that_is_over_has_not_failed(served):
    before = statistics(served.port, "counted")
    stream(served, "counted", countdown(2))
    entry = statistics_of(served, "counted", before["inference_count"] + 2)
    assert entry["inference_stats"]["fail"]["count"] == 0
    responses = {number: counts["success"]["count"] for number, counts in before["response_stats"].items()}
    for number, counts in entry["response_stats"].items():
        assert counts["success"]["count"] - responses.get(number, 0) == (1 if number in ("0", "1") else 0)


@pytest.mark.parametrize("strategy", ["direct", "oldest"])
def test_many_requests_run_together(served, strategy):
    model = f"countdown_{strategy}"
    counts = [7, 1, 30, 12, 3, 5, 2, 20, 9, 4]
    opened = [Stream(served) for _ in counts]
    for each, count in zip(opened, counts, strict=True):
        each.send(model, {"COUNT": np.array([[count]], np.int32)})
    together = 0
    for each, count in zip(opened, counts, strict=True):
        for left in range(count - 1, -1, -1):
            result, error = each.next()
            assert error is None, error
            assert result.as_numpy("LEFT").tolist() == [[left]]
            flags, start, end, ready, is_sequence, rows = json.loads(result.as_numpy("SEEN")[0, 0])
            first = int(left == count - 1)
            assert (flags, start, end, ready, is_sequence) == (first, first, 0, 1, True)
            together = max(together, rows)
        each.client.stop_stream()
        each.client.close()
    assert 1 < together <= 4
    statistics_of(served, model, sum(counts))


def test_large_inputs_are_there_in_every_execution(served):
    numbers = np.arange(300_000, dtype=np.float32)
    source = countdown(
        3, before="left_sum = float(pb_utils.get_input_tensor_by_name(request, 'INPUT0').as_numpy().sum())"
    )
    source = source.replace("request.flags(), key", "left_sum, key")
    for _ in range(3):
        answers = stream(served, "turns", source, {"INPUT0": numbers})
        assert [answer[1] for answer in answers] == [float(numbers.sum())] * 3


# Sequences that clients name.


def test_a_sequence_that_is_named_is_over_with_its_request(served):
    for _ in range(2):
        answers = stream(served, "turns", countdown(2), sequence_id=77, sequence_start=True)
        assert answers == [[1, 1, 77], [0, 0, 77]]
    # The last answer goes to the client before the sequence is closed: one that is quick enough may still find it open.
    for _ in range(20):
        answers = stream(served, "turns", countdown(1), sequence_id=77)
        if answers[0][0] == "error":
            break
    ((kind, text),) = answers
    assert kind == "error" and NO_START in text


@pytest.mark.only_ours("one answer, and then nothing")
def test_an_end_flag_ends_nothing_before_the_request_is_over(served):
    answers = stream(served, "turns", countdown(3), sequence_id=78, sequence_start=True, sequence_end=True)
    assert answers == [[2, 3, 78], [1, 0, 78], [0, 0, 78]]


@pytest.mark.only_ours("the second runs among the executions of the first, and the sequence ends with either")
def test_requests_of_a_sequence_run_one_after_the_other(served):
    with Stream(served) as opened:
        for number in range(2):
            named = {"request_id": str(number), "sequence_id": 79, "sequence_start": number == 0}
            # The second is to be there before the first has ended.
            before = "pass" if number else "time.sleep(3 * left)"
            opened.send("turns", {"SOURCE": source_array(countdown(2, before))}, **named)
        got = []
        for _ in range(4):
            result, error = opened.next()
            assert error is None, error
            got.append((result.get_response().id, json.loads(result.as_numpy("ANSWER")[0])[0]))
    assert got == [("0", 1), ("0", 0), ("1", 1), ("1", 0)]


# Others wait, and take turns.


def step_by_step(folder):
    """Logs an execution, says by a file that it has begun, and waits for another one to end."""
    return f"""
log = model.kept.setdefault('log', [])
log.append(key)
step = f'{folder}/{{len(log) - 1}}'
open(step + '.begun', 'w').close()
while not os.path.exists(step + '.end'):
    time.sleep(0.005)
"""


def test_sequences_take_turns_and_the_next_waits_for_a_slot(served, tmp_path):
    ask_log = f"sender.send(reply(model.kept.pop('log')), {FINAL})"
    opened = [Stream(served) for _ in range(3)]
    source = source_array(countdown(4, before=step_by_step(tmp_path)))
    for each in opened:
        each.send("two_slots", {"SOURCE": source})
    # An execution ends when all others are queued: the other sequence of the two that have slots, and the third.
    for step, others in enumerate([2] * 7 + [1] + [0] * 4):
        until(tmp_path.joinpath(f"{step}.begun").exists, what=f"execution {step}")
        if served.kind == "ours":
            until(lambda others=others: explain(served.port, "two_slots")["pending_count"] == others, what=f"{others} queued")
        else:
            time.sleep(0.05)
        tmp_path.joinpath(f"{step}.end").touch()
    for each in opened:
        assert [json.loads(each.next()[0].as_numpy("ANSWER")[0])[0] for _ in range(4)] == [3, 2, 1, 0]
        each.client.stop_stream()
        each.client.close()
    (log,) = stream(served, "two_slots", ask_log)
    first, second, third = dict.fromkeys(log)
    assert log == [first, second] * 4 + [third] * 4


ENDLESS = f"""
model.kept['executions'] = model.kept.get('executions', 0) + 1
sender.send(reply(model.kept['executions']))
time.sleep(0.02)
{RESCHEDULE}
"""
EXECUTIONS = f"sender.send(reply(model.kept['executions']), {FINAL})"


def test_a_client_that_is_gone_ends_its_sequence_at_once(served):
    with Stream(served) as endless:
        endless.send("one_slot", {"SOURCE": source_array(ENDLESS)})
        for _ in range(3):
            assert endless.next()[1] is None
    executions = stream(served, "one_slot", EXECUTIONS)  # it waits for the slot
    assert [answer[0] for answer in stream(served, "one_slot", countdown(2))] == [1, 0]
    assert stream(served, "one_slot", EXECUTIONS) == executions


def test_a_reader_of_events_that_is_gone_ends_its_sequence_at_once(served):
    connection = http.client.HTTPConnection(HOST, served.port)
    connection.request("POST", "/v2/models/one_slot/generate_stream", json.dumps({"SOURCE": ENDLESS}))
    response = connection.getresponse()
    assert response.status == 200 and response.readline().startswith(b"data: ")
    response.close()
    connection.close()
    assert [answer[0] for answer in stream(served, "one_slot", countdown(2))] == [1, 0]


@pytest.mark.only_ours("responses that clients do not read pile up there")
def test_clients_that_do_not_read_give_way_to_others(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("unread"))
    slots = TWO_SLOTS.replace(
        "iterative_sequence: true", "iterative_sequence: true max_sequence_idle_microseconds: 500000"
    )
    repository.add("scripted", "unread", extra=DECOUPLED + slots)
    server = start_python(repository)
    flood = countdown(40).replace("[left,", "[left, 'x' * 1_000_000,")
    connections = [http.client.HTTPConnection(HOST, server.port, timeout=60) for _ in range(2)]
    for connection in connections:
        connection.request("POST", "/v2/models/unread/generate_stream", json.dumps({"SOURCE": flood}))
    responses = [connection.getresponse() for connection in connections]
    assert [answer[0] for answer in stream(server, "unread", countdown(3))] == [2, 1, 0]
    assert any(b"its client has not taken what one execution" in response.read() for response in responses)


@pytest.mark.only_ours("idle time counts while a request runs: its client gets nothing more")
def test_a_request_that_runs_for_long_is_not_idle(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("short"))
    short = ITERATIVE.replace("20000000", "500000")
    repository.add("scripted", "short", extra=DECOUPLED + short)
    server = start_python(repository)
    assert [answer[0] for answer in stream(server, "short", countdown(3, before="time.sleep(0.8)"))] == [2, 1, 0]


# What goes wrong.


def test_an_exception_ends_the_sequence(served):
    answers = stream(served, "turns", countdown(3, before="assert left > 1, 'no more'"))
    assert answers[0][:2] == [2, 1]
    assert answers[1][0] == "error" and "AssertionError: no more" in answers[1][1]
    assert len(answers) == 2
    assert [answer[0] for answer in stream(served, "turns", countdown(2))] == [1, 0]


def test_a_response_for_a_request_that_is_put_back(served):
    text = failure(served, "single", {"SOURCE": source_array(f"{RESCHEDULE}\nanswer = 1")})
    assert "Expected a None object in the execute function return list for reschduled request, found type '" in text


def test_the_flag_can_be_taken_back(served):
    source = f"{RESCHEDULE}\nrequest.set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_ALL)\nanswer = 5"
    assert ask(served, "single", source) == 5


@pytest.mark.only_ours("2.51 never answers")
@pytest.mark.parametrize(
    ("model", "options"), [("alone", {}), ("batched", {}), ("once", {"sequence_id": 5, "sequence_start": True})]
)
def test_a_model_whose_configuration_does_not_say_so(served, model, options):
    answers = stream(served, model, countdown(2), **options)
    assert answers[0][0] == 1
    assert answers[1][0] == "error" and NOT_CONFIGURED in answers[1][1]


@pytest.mark.only_ours("2.51 never answers")
def test_the_flag_comes_too_late_after_execute(served):
    source = f"""
        def later():
            time.sleep(0.2)
            try:
                {RESCHEDULE}
            except pb_utils.TritonModelException as error:
                sender.send(reply(str(error)), {FINAL})
        threading.Thread(target=later).start()
    """
    (text,) = stream(served, "turns", source)
    assert text == (
        "Request cannot be rescheduled: only one that was received can, before the execute function that received it"
        " returns."
    )


@pytest.mark.only_ours("the server ends")
def test_a_request_whose_last_response_was_sent_is_over(served):
    source = f"""
        model.kept['again'] = model.kept.get('again', 0) + 1
        sender.send(reply(model.kept['again']), {FINAL})
        {RESCHEDULE}
    """
    assert stream(served, "turns", source) == [1]
    assert stream(served, "turns", f"sender.send(reply(model.kept.pop('again')), {FINAL})") == [1]


def test_a_sender_that_the_model_keeps_goes_on(served):
    source = f"""
        first, number = model.kept.get(request.correlation_id(), (sender, 1))
        model.kept[request.correlation_id()] = first, number + 1
        first.send(reply([number, first.is_cancelled()]), 0 if number < 4 else {FINAL})
        if number < 4:
            {RESCHEDULE}
    """
    assert stream(served, "turns", source) == [[number, False] for number in range(1, 5)]


@pytest.mark.only_ours("the model stays dead")
def test_a_worker_that_dies_ends_its_sequences_and_another_comes(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("dying"))
    repository.add("scripted", "turns", extra=DECOUPLED + ITERATIVE)
    server = start_python(repository)
    answers = stream(server, "turns", countdown(3, before="if left == 1: os._exit(3)"))
    assert answers[0][0] == 2 and answers[1][0] == "error" and "exit" in answers[1][1]
    until(lambda: wire.get(server.port, "/v2/models/turns/ready").status == 200 and workers(server), what="a worker")
    assert [answer[0] for answer in stream(server, "turns", countdown(2))] == [1, 0]


# Through other models, and as they go.


def test_a_model_asks_one_of_iterative_sequences(served):
    source = f"""
        inner = pb_utils.Tensor("SOURCE", np.array([{countdown(3)!r}], dtype=object))
        asked = pb_utils.InferenceRequest(model_name="turns", requested_output_names=["ANSWER"], inputs=[inner])
        answer = [json.loads(response.output_tensors()[0].as_numpy()[0])[0]
                  for response in asked.exec(decoupled=True) if response.output_tensors()]
    """
    assert ask(served, "caller", source) == [2, 1, 0]


def test_an_ensemble_over_one_of_iterative_sequences(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("ensemble"))
    repository.add("scripted", "turns", extra=DECOUPLED + ITERATIVE)
    folder = repository.folder / "pipeline"
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(
        """
        platform: "ensemble"
        input { name: "SOURCE" data_type: TYPE_STRING dims: [ 1 ] }
        output { name: "ANSWER" data_type: TYPE_STRING dims: [ 1 ] }
        ensemble_scheduling { step {
          model_name: "turns" model_version: -1
          input_map { key: "SOURCE" value: "SOURCE" } output_map { key: "ANSWER" value: "ANSWER" }
        } }
        """
    )
    server = start_python(repository)
    assert [answer[0] for answer in stream(server, "pipeline", countdown(3))] == [2, 1, 0]


def test_a_model_that_is_unloaded_ends_what_it_has_begun(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("unloaded"))
    repository.add("scripted", "turns", extra=DECOUPLED + ITERATIVE)
    server = start_python(repository, "--model-control-mode=explicit", "--load-model=turns")
    with Stream(server) as opened, tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        opened.send("turns", {"SOURCE": source_array(countdown(20, before="time.sleep(0.05)"))})
        first = opened.next()[0]
        assert json.loads(first.as_numpy("ANSWER")[0])[0] == 19
        client.unload_model("turns")
        for left in range(18, -1, -1):
            result, error = opened.next()
            assert error is None and json.loads(result.as_numpy("ANSWER")[0])[0] == left
        with pytest.raises(InferenceServerException):
            client.infer("turns", grpc_inputs({"SOURCE": source_array("answer = 1")}))
    assert until(lambda: not workers(server), what="the end of its worker")


def test_infer_is_for_models_of_one_response(served):
    with pytest.raises(InferenceServerException, match="decoupled"):
        infer(served, "turns", {"SOURCE": source_array(countdown(2))})
