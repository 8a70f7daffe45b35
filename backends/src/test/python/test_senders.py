"""Response senders in both modes, and ``async def execute``."""

from __future__ import annotations

import numpy as np
import pytest
from fake_server import Failed, FakeServer
from models import model
from wire import Request, Tensor

SMALL = np.arange(4, dtype=np.int32)
LARGE = np.arange(50_000, dtype=np.int64)
NOTHING_MORE = "Unable to send response. "


def sent(server):
    """The next SEND: call, handle, flags, answer or None."""
    call = server.call(33)
    handle, flags = call.take("QI")
    answer = call.optional(call.answer)
    call.end()
    if call.call:
        server.reply(call, 60)
    return handle, flags, answer


def refusals(body, **options):
    """What the model's ``refused(send)`` collects while ``execute`` runs, sent back as strings."""
    before = """
def refused(*arguments, **keywords):
    try: sender.send(*arguments, **keywords)
    except pb_utils.TritonModelException as e: return str(e)
    return "sent"
"""
    source = model("global sender\nsender = requests[0].get_response_sender()\n" + body, before)
    return FakeServer(source, **options)


def test_responses_of_a_decoupled_model():
    body = """
for r in requests:
    sender = r.get_response_sender()
    assert sender is r.get_response_sender()
    for i in range(2): sender.send(respond(array(r) + i))
    sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
"""
    with FakeServer(model(body), decoupled=True) as server:
        server.start()
        server.post_execute(Request([Tensor.of("IN", SMALL)], handle=5))
        for i in range(2):
            handle, flags, answer = sent(server)
            assert (handle, flags) == (5, 0)
            assert np.array_equal(answer.tensor("OUT").array(), SMALL + i)
        assert sent(server) == (5, 1, None)
        assert [a.kind for a in server.executed().answers] == [2]


def test_large_response_is_copied_and_its_extent_freed():
    body = """
a = array(requests[0])
requests[0].get_response_sender().send(respond(a))
a += 1
requests[0].get_response_sender().send(respond(a), 1)
"""
    with FakeServer(model(body), decoupled=True) as server:
        server.start()
        server.post_execute(Request([server.share(Tensor.of("IN", LARGE))]))
        for expected in (LARGE, LARGE + 1):
            offset, length = server.grant_extent()
            answer = sent(server)[2]
            assert (answer.tensor("OUT").offset, length) == (offset, LARGE.nbytes)
            assert np.array_equal(answer.tensor("OUT").array(), expected)
            freed = server.call(31)
            assert freed.list_of(lambda call=freed: call.take("Q")) == [offset]
        assert server.executed().kept == []


def test_rules_of_the_default_mode():
    body = """
texts = [refused(flags=2), refused(), refused(flags=1), refused(respond(np.ones(1))), refused(respond(np.ones(1))),
         refused(flags=1), refused(flags=1)]
print(*texts, sep="\\n")
"""
    with refusals(body) as server:
        server.start()
        server.post_execute(Request([]))
        assert [sent(server)[1] for _ in range(2)] == [0, 1]
        assert [a.kind for a in server.executed().answers] == [2]
        assert server.log().splitlines() == [
            NOTHING_MORE + "Unsupported flag provided.",
            "Inference Response object must be provided when the response flags is set to zero.",
            NOTHING_MORE + "Non-decoupled model cannot send complete final before sending a response.",
            "sent",
            NOTHING_MORE + "Non-decoupled model cannot send more than one response.",
            "sent",
            NOTHING_MORE + "Response sender has been closed.",
        ]


def test_rules_of_the_decoupled_mode():
    body = "print(refused(flags=1), refused(respond(np.ones(1))), refused(flags=1), sep='\\n')"
    with refusals(body, decoupled=True) as server:
        server.start()
        server.post_execute(Request([]))
        assert sent(server)[1:] == (1, None)
        server.executed()
        assert server.log().splitlines() == ["sent"] + 2 * [NOTHING_MORE + "Response sender has been closed."]


def test_response_sent_and_returned_fails_the_execution():
    body = "requests[0].get_response_sender().send(respond(np.ones(1)))\nreturn [respond(np.ones(1))]"
    with FakeServer(model(body)) as server:
        server.start()
        server.post_execute(Request([]))
        sent(server)
        with pytest.raises(Failed, match="message: Unable to send response. Non-decoupled model cannot send more than"):
            server.executed()


def test_decoupled_model_that_returns_something_fails_the_execution():
    with FakeServer(model("return [respond(np.ones(1))]"), decoupled=True) as server:
        server.start()
        text = "message: Python model 'm_0_0' is using the decoupled mode and the execute function must return None.$"
        with pytest.raises(Failed, match=text):
            server.execute(Request([]))


def test_sender_let_go_without_the_final_flag_ends_the_request_with_an_error():
    with FakeServer(model("requests[0].get_response_sender()"), decoupled=True) as server:
        server.start()
        assert server.execute(Request([], handle=8)).answers[0].kind == 2
        handle, flags, answer = sent(server)
        assert (handle, flags, answer.kind, answer.code) == (8, 1, 1, 1)
        assert "without a final response" in answer.text


def test_senders_of_a_failed_execution_are_closed():
    body = """
if hasattr(self, "senders"):
    for sender in self.senders:
        try: sender.send(flags=1)
        except pb_utils.TritonModelException as e: print(e)
    return
self.senders = [r.get_response_sender() for r in requests]
self.senders[0].send(flags=1)
raise ValueError("in the middle")
"""
    with FakeServer(model(body), decoupled=True) as server:
        server.start()
        server.post_execute(Request([], 1), Request([], 2))
        assert sent(server)[0] == 1
        confirmed = server.call(34)
        assert server.answers.silent()
        server.reply(confirmed, 63, "B", 0)
        with pytest.raises(Failed, match="in the middle"):
            server.executed()
        server.execute(Request([], 3))
        assert server.log().splitlines() == 2 * [NOTHING_MORE + "Response sender has been closed."]
        assert server.calls.silent()


def test_sends_of_a_thread_that_outlives_execute():
    body = """
import threading
def run(sender, a):
    sender.send(respond(a * 3), 1)
threading.Thread(target=run, args=(requests[0].get_response_sender(), array(requests[0]))).start()
"""
    with FakeServer(model(body), decoupled=True) as server:
        server.start()
        server.post_execute(Request([server.share(Tensor.of("IN", LARGE))], handle=4))
        assert server.executed().answers[0].kind == 2
        server.grant_extent()
        assert np.array_equal(sent(server)[2].tensor("OUT").array(), LARGE * 3)


def test_cancellation_is_asked_for_until_it_is_true():
    body = """
r = requests[0]
sender = r.get_response_sender()
print([r.is_cancelled(), sender.is_cancelled(), r.is_cancelled(), sender.is_cancelled()])
return [pb_utils.InferenceResponse(error=pb_utils.TritonError("stop", pb_utils.TritonError.CANCELLED))]
"""
    with FakeServer(model(body)) as server:
        server.start()
        server.post_execute(Request([], handle=6))
        for answer in (0, 1):
            call = server.call(34)
            assert call.take("Q") == 6
            server.reply(call, 63, "B", answer)
        assert server.executed().answers[0].code == 7
        assert server.log() == "[False, True, True, True]\n"


COROUTINE = """
import asyncio
import numpy as np
import triton_python_backend_utils as pb_utils
class TritonPythonModel:
    async def execute(self, requests):
        await asyncio.sleep(0)
        if requests[0].request_id() == "fail": raise ValueError("in a coroutine")
        if requests[0].request_id() == "wait":
            self.event = asyncio.Event()
            await self.event.wait()
        if hasattr(self, "event"): self.event.set()
        response = pb_utils.InferenceResponse([pb_utils.Tensor("OUT", np.ones(1, np.int8))])
        if not DECOUPLED: return [response for r in requests]
        for r in requests: r.get_response_sender().send(response, 1)
"""


def test_coroutine_of_the_default_mode_is_waited_for():
    with FakeServer(COROUTINE.replace("DECOUPLED", "False")) as server:
        server.start()
        assert [a.kind for a in server.execute(Request([], 1), Request([], 2)).answers] == [0, 0]
        with pytest.raises(Failed, match="message: ValueError: in a coroutine\n\nAt:\n.*: execute"):
            server.execute(Request([], 3, id="fail"))


def test_coroutine_of_the_decoupled_mode_runs_beside_the_next_execution():
    with FakeServer(COROUTINE.replace("DECOUPLED", "True"), decoupled=True) as server:
        server.start()
        assert server.execute(Request([], 1, id="wait")).answers[0].kind in (2, 3)
        server.execute(Request([], 2))
        assert sorted(sent(server)[0] for _ in range(2)) == [1, 2]


def test_coroutine_that_fails_is_logged_and_its_request_answered():
    with FakeServer(COROUTINE.replace("DECOUPLED", "True"), decoupled=True) as server:
        server.start()
        server.execute(Request([], 1, id="fail"))
        calls = [server.calls.next() for _ in range(2)]
        assert sorted(call.kind for call in calls) == [33, 38]
        log = next(call for call in calls if call.kind == 38)
        assert log.take("QB") == (0, 3)
        assert log.text().endswith("model.py")
        assert log.take("I") == 8
        assert "ValueError: in a coroutine" in log.text()
        send = next(call for call in calls if call.kind == 33)
        assert send.take("QQI") == (0, 1, 1)


def test_request_that_a_thread_still_has_is_answered_by_its_sender():
    body = """
import threading
def run(request):
    go.wait()
    request.get_response_sender().send(respond(np.ones(1)), 1)
go = threading.Event()
if requests[0].request_id() == "later":
    self.go = go
    threading.Thread(target=run, args=(requests[0],)).start()
else:
    self.go.set()
"""
    with FakeServer(model(body), decoupled=True) as server:
        server.start()
        assert server.execute(Request([], 1, "later")).answers[0].kind == 2
        assert server.execute(Request([], 2)).answers[0].kind == 3
        assert sent(server)[:2] == (1, 1)
