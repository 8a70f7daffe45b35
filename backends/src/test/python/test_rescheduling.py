"""Requests that the model puts back: what the worker answers, and what a sender does after its execution."""

from __future__ import annotations

import numpy as np
import pytest
from fake_server import Failed, FakeServer
from models import model
from test_senders import sent
from wire import Request, Tensor

SMALL = np.arange(4, dtype=np.int32)
LARGE = np.arange(50_000, dtype=np.int64)
PUT_BACK = "requests[0].set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE)"
REFUSED = """
def refused(call):
    try: call()
    except pb_utils.TritonModelException as e: return np.array([str(e)], dtype=object)
    return np.array(["done"], dtype=object)
"""


def requests(*handles):
    return [Request([Tensor.of("IN", SMALL)], handle=handle) for handle in handles]


def kinds(server, *handles):
    return [answer.kind for answer in server.execute(*requests(*handles)).answers]


def text(answer):
    return answer.tensor("OUT").data[4:].decode()


def test_a_request_is_put_back_among_others_that_are_answered():
    with FakeServer(model(f"{PUT_BACK}\nreturn [None, respond(array(requests[1]))]"), iterative=True) as server:
        server.start()
        assert kinds(server, 5, 6) == [4, 0]
        assert kinds(server, 7, 8) == [4, 0]


def test_the_last_flag_counts():
    body = f"{PUT_BACK}\nrequests[0].set_release_flags(1)\nreturn [respond(array(requests[0]))]"
    with FakeServer(model(body), iterative=True) as server:
        server.start()
        assert kinds(server, 5) == [0]


def test_a_response_for_a_request_that_is_put_back_fails_the_execution():
    with FakeServer(model(f"{PUT_BACK}\nreturn [respond(array(requests[0]))]"), iterative=True) as server:
        server.start()
        expected = "Expected a None object in the execute function return list for reschduled request, found type"
        with pytest.raises(Failed, match=expected):
            server.execute(*requests(5))


KEPT_SENDER = f"""
first = self.__dict__.setdefault("sender", requests[0].get_response_sender())
same = first is requests[0].get_response_sender()
if same and not hasattr(self, "again"):
    self.again = True
    {PUT_BACK}
    return None
said = refused(lambda: first.send(respond(array(requests[0]))))
requests[0].get_response_sender().send(respond(said), pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
self.sender = None
"""


def test_a_sender_that_the_model_keeps_goes_on_when_the_request_comes_again():
    with FakeServer(model(KEPT_SENDER, REFUSED), decoupled=True, iterative=True) as server:
        server.start()
        assert kinds(server, 5) == [4]
        assert server.calls.silent()
        server.post_execute(Request([Tensor.of("IN", SMALL)], handle=6, earlier=5))
        assert sent(server)[:2] == (6, 0)
        handle, flags, answer = sent(server)
        assert (handle, flags, text(answer)) == (6, 1, "done")
        assert [answer.kind for answer in server.executed().answers] == [2]


def test_a_sender_of_a_request_that_does_not_come_again_is_closed():
    with FakeServer(model(KEPT_SENDER, REFUSED), decoupled=True, iterative=True) as server:
        server.start()
        assert kinds(server, 5) == [4]
        server.post_execute(*requests(6))
        handle, flags, answer = sent(server)
        assert (handle, flags) == (6, 1)
        assert text(answer) == "Unable to send response. Response sender has been closed."
        assert [answer.kind for answer in server.executed().answers] == [2]
        assert server.calls.silent(), "the first sender has gone without a word"


# The thread waits for the memory of its response; ``execute`` returns when the server answers its question.
SENDS_BESIDE_EXECUTE = f"""
import threading
request = requests[0]
if hasattr(self, "thread"):
    self.thread.join()
    request.get_response_sender().send(respond(np.array(self.said, dtype=object)), 1)
    return None
def send():
    self.said = list(refused(lambda: self.sender.send(respond(np.zeros(50_000)), FLAGS)))
self.said, self.sender = ["under way"], request.get_response_sender()
self.thread = threading.Thread(target=send)
self.thread.start()
request.is_cancelled()
{PUT_BACK}
return None if DECOUPLED else [None]
"""


def sending_beside_execute(decoupled, flags):
    """A worker whose ``execute`` returns while a thread makes its response, and the call by which that gets memory."""
    body = SENDS_BESIDE_EXECUTE.replace("FLAGS", str(flags)).replace("DECOUPLED", str(decoupled))
    return FakeServer(model(body, REFUSED), decoupled=decoupled, iterative=True)


def let_execute_return(server):
    """Returns the call ALLOCATE of the thread."""
    calls = [server.calls.next(), server.calls.next()]
    for call in calls:
        call.call = call.take("Q")
    asked, allocate = sorted(calls, key=lambda call: call.kind != 34)
    assert (asked.kind, allocate.kind) == (34, 30)
    server.reply(asked, 63, "B", 0)
    return allocate


def test_what_another_thread_sends_comes_before_the_end_of_the_turn():
    with sending_beside_execute(decoupled=True, flags=0) as server:
        server.start()
        server.post_execute(*requests(5))
        allocate = let_execute_return(server)
        assert server.answers.silent()
        server.reply(allocate, 62, "QQ", server.extent(400_000), 400_000)
        sending = server.call(33)
        assert sending.take("QI") == (5, 0)
        server.call(31)
        confirmation = server.call(34)
        assert server.answers.silent(), "the server may not have read what is sent"
        server.reply(confirmation, 63, "B", 0)
        assert [answer.kind for answer in server.executed().answers] == [4], "the client is not waited for"
        server.post_execute(Request([Tensor.of("IN", SMALL)], handle=6, earlier=5))
        server.reply(sending, 60)
        handle, flags, answer = sent(server)
        assert (handle, flags, text(answer)) == (6, 1, "done")


@pytest.mark.parametrize(("decoupled", "flags"), [(True, 1), (False, 0), (False, 1)])
def test_a_last_response_of_another_thread_that_cannot_be_made_ends_no_request(decoupled, flags):
    with sending_beside_execute(decoupled, flags) as server:
        server.start()
        server.post_execute(*requests(5))
        server.reply_error(let_execute_return(server), 4, "no memory")
        assert [answer.kind for answer in server.executed().answers] == [4]
        server.post_execute(Request([Tensor.of("IN", SMALL)], handle=6, earlier=5))
        handle, flags, answer = sent(server)
        assert (handle, flags, text(answer)) == (6, 1, "no memory")


def test_a_sender_that_is_taken_after_the_turn_waits_for_the_next():
    body = f"""
if not hasattr(self, "kept"):
    self.kept = requests[0]
    {PUT_BACK}
    return None
sender = self.kept.get_response_sender()
assert (sender is requests[0].get_response_sender()) == {{comes_again}}
said = refused(lambda: sender.send(respond(array(requests[0]))))
requests[0].get_response_sender().send(respond(said), 1)
"""
    closed = "Unable to send response. Response sender has been closed."
    for earlier, expected in ((5, "done"), (0, closed)):
        source = model(body.replace("{comes_again}", str(earlier == 5)), REFUSED)
        with FakeServer(source, decoupled=True, iterative=True) as server:
            server.start()
            assert kinds(server, 5) == [4]
            server.post_execute(Request([Tensor.of("IN", SMALL)], handle=6, earlier=earlier))
            if earlier:
                assert sent(server)[:2] == (6, 0)
            handle, flags, answer = sent(server)
            assert (handle, flags, text(answer)) == (6, 1, expected)


@pytest.mark.parametrize("decoupled", [True, False])
def test_a_request_that_was_answered_for_good_is_over(decoupled):
    body = f"""
flags = pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL if {decoupled} else 0
requests[0].get_response_sender().send(respond(array(requests[0])), flags)
{PUT_BACK}
"""
    with FakeServer(model(body), decoupled=decoupled, iterative=True) as server:
        server.start()
        server.post_execute(*requests(5))
        assert sent(server)[0] == 5
        assert [answer.kind for answer in server.executed().answers] == [2]


def test_inputs_of_a_request_that_is_put_back_can_be_kept():
    body = f"""
if not hasattr(self, "kept"):
    self.kept = array(requests[0])
    {PUT_BACK}
    return [None]
total, self.kept = self.kept + array(requests[0]), None
return [respond(total)]
"""
    with FakeServer(model(body), iterative=True) as server:
        server.start()
        first = server.execute(Request([server.share(Tensor.of("IN", LARGE))], handle=5))
        assert ([answer.kind for answer in first.answers], first.kept) == ([4], [5])
        into = server.extent(LARGE.nbytes)
        second = Request([server.share(Tensor.of("IN", LARGE))], handle=6)
        answer = server.execute(second, into=(into, LARGE.nbytes)).answers[0]
        assert np.array_equal(answer.tensor("OUT").array(), 2 * LARGE)
        released = server.call(32)
        assert released.list_of(lambda: released.take("Q")) == [5]


TOO_LATE = "before the execute function that received it returns."
NOT_ITERATIVE = "while the model is not configured to handle such a flag."


@pytest.mark.parametrize(("iterative", "expected"), [(True, TOO_LATE), (False, NOT_ITERATIVE)])
def test_the_flag_is_refused(iterative, expected):
    body = """
request = self.kept if hasattr(self, "kept") else requests[0]
self.kept = requests[0]
said = refused(lambda: request.set_release_flags(2))
return [None if said[0] == "done" else respond(said)]
"""
    with FakeServer(model(body, REFUSED), iterative=iterative) as server:
        server.start()
        if iterative:
            assert kinds(server, 5) == [4]
        (answer,) = server.execute(*requests(6)).answers
        assert text(answer).endswith(expected)
