"""Response senders: one response of a model that is not decoupled, any number of one that is; coroutines."""

import json

import numpy as np
import pytest
import tritonclient.grpc
from tritonclient.utils import InferenceServerException

from python_client import Stream, ask, failure, grpc_inputs, infer, source_array
from python_server import DECOUPLED, PythonRepository, until

FINAL = "pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL"


def tried(*steps):
    """Source that does each step and notes the text of what it raised, or None."""
    lines = ["notes = []"]
    for step in steps:
        lines += ["try:", f"    {step}", "    notes.append(None)", "except pb_utils.TritonModelException as e:",
                  "    notes.append(str(e))"]  # fmt: skip
    return "\n".join(lines)


def notes(scripted, model="scripted"):
    return ask(scripted, model, "answer = model.kept.pop('notes')")


# A model that is not decoupled: exactly one response.


def sent(*steps):
    return f"sender = request.get_response_sender()\n{tried(*steps)}\nmodel.kept['notes'] = notes\nresponse = None\n"


@pytest.mark.parametrize(
    "steps",
    [
        ["sender.send(reply('one'), flags=1)"],
        ["sender.send(reply('one'))", "sender.send(flags=1)"],
        ["sender.send(reply('one'), 1)"],
        ["sender.send(response=reply('one'), flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)"],
    ],
)
def test_one_response_by_the_sender(scripted, steps):
    assert ask(scripted, "scripted", sent(*steps)) == "one"
    assert notes(scripted) == [None] * len(steps)


def test_a_response_may_be_sent_after_execute_has_returned(scripted):
    source = """
        sender = request.get_response_sender()
        def later():
            time.sleep(0.2)
            sender.send(reply("later"), 1)
        threading.Thread(target=later).start()
        response = None
    """
    assert ask(scripted, "scripted", source) == "later"
    # Meanwhile the next request was taken: nothing waits for the first.
    assert ask(scripted, "scripted", "answer = 2") == 2


NOT_DECOUPLED = "Non-decoupled model cannot send"


@pytest.mark.parametrize(
    ("steps", "refusals"),
    [
        (["sender.send(reply('one'), flags=7)"], ["Unable to send response. Unsupported flag provided."]),
        (["sender.send()"], ["Inference Response object must be provided when the response flags is set to zero."]),
        (["sender.send(flags=1)"], [f"{NOT_DECOUPLED} complete final before sending a response."]),
        (["sender.send(reply('one'))", "sender.send(reply('two'))"],
         [None, f"Unable to send response. {NOT_DECOUPLED} more than one response."]),
        (["sender.send(reply('one'), 1)", "sender.send(flags=1)"],
         [None, "Unable to send response. Response sender has been closed."]),
    ],
)  # fmt: skip
def test_what_a_sender_refuses(scripted, steps, refusals):
    # What is still owed is sent at the end, so that each request gets its one response.
    first = [] if refusals[0] is None else ["sender.send(reply('one'), 1)"]
    closing = ["sender.send(flags=1)"] if len(steps) == 2 and "two" in steps[1] else []
    assert ask(scripted, "scripted", sent(*steps, *first, *closing)) == "one"
    got = notes(scripted)
    for note, refusal in zip(got, refusals, strict=False):
        assert (note is None) == (refusal is None) and (refusal is None or refusal in note), got


def test_an_error_may_be_sent(scripted):
    source = sent("sender.send(pb_utils.InferenceResponse(error=pb_utils.TritonError('by the sender')), 1)")
    assert failure(scripted, "scripted", {"SOURCE": source_array(source)}) == "by the sender"


def test_a_sender_says_whether_its_request_is_cancelled(scripted):
    source = """
        sender = request.get_response_sender()
        sender.send(reply(sender.is_cancelled()), 1)
        response = None
    """
    assert ask(scripted, "scripted", source) is False


# A decoupled model: any number.


@pytest.fixture(scope="module")
def streams(scripted):
    with Stream(scripted) as stream:
        yield stream


DECOUPLED_MODEL = "scripted_decoupled"


@pytest.mark.parametrize("count", [0, 1, 5, 300])
def test_any_number_of_responses(streams, count):
    source = f"""
        for i in range({count}):
            sender.send(reply(i))
        sender.send(flags={FINAL})
    """
    assert streams.ask(DECOUPLED_MODEL, source) == list(range(count))


def test_the_last_response_may_be_final(streams):
    source = f"""
        sender.send(reply(0))
        sender.send(reply(1), {FINAL})
    """
    assert streams.ask(DECOUPLED_MODEL, source) == [0, 1]


def test_responses_may_be_sent_from_a_thread(streams):
    source = f"""
        def later():
            for i in range(3):
                time.sleep(0.05)
                sender.send(reply(i))
            sender.send(flags={FINAL})
        threading.Thread(target=later).start()
    """
    assert streams.ask(DECOUPLED_MODEL, source) == [0, 1, 2]


def test_errors_come_among_responses(streams):
    source = f"""
        sender.send(reply(0))
        sender.send(pb_utils.InferenceResponse(error=pb_utils.TritonError("in the middle")))
        sender.send(flags={FINAL})
    """
    assert streams.ask(DECOUPLED_MODEL, source) == [0, ("error", "in the middle")]
    result, error = streams.next()
    assert error is None and result.get_response().parameters["triton_final_response"].bool_param


def test_a_returned_list_is_an_error_of_every_request(streams):
    source = 'result = [reply("wrong")]'
    ((_, text),) = streams.ask(DECOUPLED_MODEL, source)
    assert (
        "Python model 'scripted_decoupled_0_0' is using the decoupled mode and the execute function must return None."
        in text
    )


def test_an_exception_after_responses_ends_the_request(streams):
    got = streams.ask(DECOUPLED_MODEL, 'sender.send(reply(0))\nraise ValueError("then this")')
    assert got[0] == 0 and "ValueError: then this" in got[1][1]


def test_an_exception_after_the_final_response_is_only_logged(streams, scripted):
    got = streams.ask(DECOUPLED_MODEL, f'sender.send(reply(0), {FINAL})\nraise ValueError("too late for it")')
    assert got == [0]
    until(lambda: "too late for it" in scripted.log_text(), what="the log's line")
    assert streams.ask(DECOUPLED_MODEL, f"sender.send(reply(1), {FINAL})") == [1]


@pytest.mark.parametrize(
    ("steps", "refusals"),
    [
        (["sender.send(reply(0), 4)"], ["Unable to send response. Unsupported flag provided."]),
        (["sender.send()"], ["Inference Response object must be provided when the response flags is set to zero."]),
        ([f"sender.send(flags={FINAL})", "sender.send(reply(0))"],
         [None, "Unable to send response. Response sender has been closed."]),
        ([f"sender.send(flags={FINAL})", f"sender.send(flags={FINAL})"],
         [None, "Unable to send response. Response sender has been closed."]),
    ],
)  # fmt: skip
def test_what_a_decoupled_sender_refuses(streams, steps, refusals):
    closing = [] if refusals[0] is None else [f"sender.send(flags={FINAL})"]
    assert streams.ask(DECOUPLED_MODEL, f"{tried(*steps, *closing)}\nmodel.kept['notes'] = notes") == []
    (got,) = streams.ask(DECOUPLED_MODEL, f"sender.send(reply(model.kept.pop('notes')), {FINAL})")
    assert got[: len(refusals)] == refusals


def test_outputs_that_are_not_requested_are_left_out(streams):
    source = f"""
        both = [pb_utils.Tensor("ANSWER", np.array(["1"], dtype=object)),
                pb_utils.Tensor("OUTPUT0", np.ones(1, np.float32))]
        sender.send(pb_utils.InferenceResponse(both), {FINAL})
    """
    wanted = [tritonclient.grpc.InferRequestedOutput("OUTPUT0")]
    arrays = {"SOURCE": source_array(source)}
    streams.send(DECOUPLED_MODEL, arrays, outputs=wanted, enable_empty_final_response=True)
    result, error = streams.next()
    assert error is None
    assert [output.name for output in result.get_response().outputs] == ["OUTPUT0"]


def test_a_sender_learns_that_its_request_is_cancelled(scripted):
    source = f"""
        sender.send(reply("begun"))
        def work():
            while not sender.is_cancelled():
                time.sleep(0.02)
            model.kept["cancelled"] = sender.is_cancelled()
            sender.send(flags={FINAL})
        threading.Thread(target=work).start()
    """
    with Stream(scripted) as leaving:
        leaving.send(DECOUPLED_MODEL, {"SOURCE": source_array(source)})
        assert leaving.next()[0].as_numpy("ANSWER")[0] == b'"begun"'
    with Stream(scripted) as other:
        asked = f"sender.send(reply(model.kept.get('cancelled')), {FINAL})"
        until(lambda: other.ask(DECOUPLED_MODEL, asked) == [True], what="the cancellation")


def test_a_request_learns_that_it_is_cancelled(scripted, tmp_path):
    """While execute runs; once cancelled, it stays so."""
    begun, seen = tmp_path / "begun", tmp_path / "seen"
    source = f"""
        open({str(begun)!r}, "w").close()
        deadline = time.monotonic() + 20
        while not request.is_cancelled() and time.monotonic() < deadline:
            time.sleep(0.02)
        with open({str(seen)!r}, "w") as file:
            file.write(str([request.is_cancelled(), request.is_cancelled()]))
    """
    done = []
    with tritonclient.grpc.InferenceServerClient(scripted.grpc_url) as client:
        inputs = grpc_inputs({"SOURCE": source_array(source)})
        call = client.async_infer("scripted", inputs, lambda result, error: done.append(error))
        until(begun.exists)
        call.cancel()
        until(lambda: done)
    until(lambda: seen.exists() and seen.read_text() == "[True, True]", what="the cancellation")


def test_one_request_of_a_batch_is_cancelled(start_python, tmp_path_factory):
    """Both run together; the one whose client waits is not cancelled."""
    folder = tmp_path_factory.mktemp("cancelled")
    repository = PythonRepository(folder / "models")
    begun = folder / "begun"
    execute = (
        f"open({str(begun)!r}, 'w').close()\n"
        "deadline = time.monotonic() + 20\n"
        "while not any(each.is_cancelled() for each in requests) and time.monotonic() < deadline:\n"
        "    time.sleep(0.02)\n"
        "result = [reply([each.is_cancelled() for each in requests]) for _ in requests]\n"
    )
    change = [("max_batch_size: 0", "max_batch_size: 8")]
    batching = "dynamic_batching { max_queue_delay_microseconds: 60000000 preferred_batch_size: [ 2 ] }"
    repository.add("scripted", "batched", change=change, extra=batching, execute=execute)
    server = start_python(repository)
    gone, answered = [], []
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        inputs = grpc_inputs({"INPUT0": np.zeros((1, 1), np.float32)})
        call = client.async_infer("batched", inputs, lambda result, error: gone.append(error))
        client.async_infer("batched", inputs, lambda result, error: answered.append((result, error)))
        until(begun.exists, what="the batch")
        call.cancel()
        until(lambda: gone and answered, what="both ends")
    (result, error), *_ = answered
    assert error is None, error
    assert sorted(json.loads(result.as_numpy("ANSWER").flat[0])) == [False, True]


def test_a_batch_of_a_decoupled_model_answers_each_request(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("batched"))
    execute = (
        "for request in requests:\n"
        "    sender = request.get_response_sender()\n"
        "    first = float(request.inputs()[0].as_numpy()[0, 0])\n"
        "    for i in range(2):\n"
        "        sender.send(reply([first, i, len(requests)]))\n"
        "    sender.send(flags=1)\n"
    )
    change = [("max_batch_size: 0", "max_batch_size: 8")]
    batching = "dynamic_batching { max_queue_delay_microseconds: 60000000 preferred_batch_size: [ 2 ] }"
    repository.add("scripted", "batched", change=change, extra=f"{DECOUPLED}\n{batching}", execute=execute)
    server = start_python(repository)
    found = []
    with Stream(server) as stream:
        for value in (1, 2):
            stream.send("batched", {"INPUT0": np.array([[value]], np.float32)})
        for _ in range(4):
            result, error = stream.next()
            assert error is None, error
            found.append(json.loads(result.as_numpy("ANSWER")[0]))
    assert sorted(found) == [[1.0, 0, 2], [1.0, 1, 2], [2.0, 0, 2], [2.0, 1, 2]]


# Coroutines of a decoupled model


def test_coroutines_of_a_decoupled_model_run_beside_each_other(scripted):
    waits = f"""
        async def step():
            while "go" not in model.kept:
                await asyncio.sleep(0.01)
            sender.send(reply("waited"), {FINAL})
    """
    goes = f"""
        async def step():
            model.kept["go"] = True
            sender.send(reply("went"), {FINAL})
    """
    with Stream(scripted) as stream:
        stream.send("scripted_async_decoupled", {"SOURCE": source_array(waits)})
        stream.send("scripted_async_decoupled", {"SOURCE": source_array(goes)})
        answers = [stream.next() for _ in range(2)]
    assert [error for _, error in answers] == [None, None]
    assert {result.as_numpy("ANSWER")[0] for result, _ in answers} == {b'"waited"', b'"went"'}


def test_an_exception_of_a_coroutine_is_logged(scripted):
    source = f"""
        async def step():
            sender.send(reply(0), {FINAL})
            raise ValueError("lost in a coroutine")
    """
    with Stream(scripted) as stream:
        assert stream.ask("scripted_async_decoupled", source) == [0]
    until(lambda: "lost in a coroutine" in scripted.log_text(), what="the log's line")


def test_a_decoupled_model_cannot_be_asked_over_http(scripted):
    with pytest.raises(InferenceServerException, match="decoupled"):
        infer(scripted, DECOUPLED_MODEL, {"SOURCE": source_array(f"sender.send(flags={FINAL})")})
