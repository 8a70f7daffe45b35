"""Requests of a model to other models: exec, async_exec, iterators; from threads, coroutines and forked processes."""

from __future__ import annotations

import signal

import numpy as np
import pytest
from fake_server import FakeServer, is_alive, state
from models import model
from wire import Answer, Request, Tensor

SMALL = np.arange(4, dtype=np.float32)
LARGE = np.arange(50_000, dtype=np.float64)
CALL = """
def call(inputs, **more):
    tensors = [pb_utils.Tensor("X", each) for each in inputs]
    return pb_utils.InferenceRequest(model_name="other", requested_output_names=["Y"], inputs=tensors, **more)
def y(response):
    if response.has_error(): raise pb_utils.TritonModelException(response.error().message())
    return pb_utils.get_output_tensor_by_name(response, "Y").as_numpy()
"""
ECHO = "return [respond(y(call([array(r)]).exec())) for r in requests]"


def infer(server):
    call = server.call(35)
    call.infer_of = call.infer()
    return call


def answer_y(array):
    return Answer(0, "", [array if isinstance(array, Tensor) else Tensor.of("Y", array)])


def test_exec_sends_what_the_model_says_and_returns_the_response():
    body = """
t = pb_utils.Tensor("X", array(requests[0]))
r = pb_utils.InferenceRequest("id7", 12, [t], ["Y", "Z"], "other", 3, 1, 500, pb_utils.PreferredMemory(
    pb_utils.TRITONSERVER_MEMORY_CPU, 0), requests[0].trace(), {"k": 1, "b": False, "s": "x"})
r.set_flags(3)
response = r.exec()
print(response.parameters())
return [respond(y(response) + 1)]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([Tensor.of("IN", SMALL)], handle=17))
        call = infer(server)
        asked = call.infer_of
        assert (asked.decoupled, asked.trace_of, asked.model, asked.version) == (0, 17, "other", 3)
        request = asked.request
        assert (request.id, request.correlation, request.flags, request.timeout) == ("id7", 12, 3, 500)
        assert request.parameters == '{"k": 1, "b": false, "s": "x"}'
        assert sorted(request.outputs) == ["Y", "Z"]
        assert np.array_equal(request.inputs[0].array(), SMALL)
        answer = answer_y(SMALL * 2)
        answer.parameters = '{"p": 5}'
        server.reply_response(call, answer)
        assert np.array_equal(server.executed().answers[0].tensor("OUT").array(), SMALL * 2 + 1)
        assert server.log() == '{"p": 5}\n'


def test_defaults_of_a_request():
    with FakeServer(model(ECHO, CALL)) as server:
        server.start()
        server.post_execute(Request([Tensor.of("IN", SMALL)], handle=17))
        call = infer(server)
        asked, request = call.infer_of, call.infer_of.request
        assert (asked.trace_of, asked.version, request.id, request.parameters) == (0, -1, "", "")
        assert (request.correlation, request.flags, request.timeout) == (0, 0, 0)
        server.reply_response(call, answer_y(SMALL))
        server.executed()


def test_large_input_is_referred_to_and_large_response_returned_where_it_lies():
    with FakeServer(model(ECHO, CALL)) as server:
        server.start()
        shared = server.share(Tensor.of("IN", LARGE))
        server.post_execute(Request([shared], handle=1))
        call = infer(server)
        assert call.infer_of.request.inputs[0].offset == shared.offset
        output = server.share(Tensor.of("Y", LARGE * 2))
        server.reply_response(call, answer_y(output))
        executed = server.executed()
        assert executed.answers[0].tensor("OUT").offset == output.offset
        assert (executed.kept, executed.freed) == ([], [output.offset])
        assert server.calls.silent()


def test_response_that_the_model_keeps_is_copied_into_its_own_and_freed_later():
    body = """
if requests[0].request_id() == "let go":
    self.kept = None
    return [respond(np.ones(1))]
self.kept = y(call([np.ones(1)]).exec())
return [respond(self.kept)]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        into = server.extent(LARGE.nbytes)
        server.post_execute(Request([]), into=(into, LARGE.nbytes))
        output = server.share(Tensor.of("Y", LARGE))
        server.reply_response(infer(server), answer_y(output))
        executed = server.executed()
        assert executed.answers[0].tensor("OUT").offset == into
        assert executed.freed == []
        server.execute(Request([], id="let go"))
        freed = server.call(31)
        assert freed.list_of(lambda: freed.take("Q")) == [output.offset]


def test_large_input_of_the_model_goes_into_an_extent_that_is_freed_after_it():
    with FakeServer(model("return [respond(y(call([np.ones(100_000)]).exec()))]", CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        offset, _ = server.grant_extent()
        call = infer(server)
        assert np.array_equal(call.infer_of.request.inputs[0].array(), np.ones(100_000))
        freed = server.call(31)
        assert freed.list_of(lambda: freed.take("Q")) == [offset]
        server.reply_response(call, answer_y(SMALL))
        server.executed()


@pytest.mark.parametrize("refused", [True, False])
def test_failure_is_a_response(refused):
    body = "r = call([np.ones(1)]).exec()\nreturn [pb_utils.InferenceResponse(error=r.error())]"
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        call = infer(server)
        if refused:
            server.reply_error(call, 3, "no such input")
        else:
            server.reply_response(call, Answer(1, code=3, text="no such input"))
        answer = server.executed().answers[0]
        assert (answer.kind, answer.code, answer.text) == (1, 3, "no such input")


def test_iterator_takes_waits_and_can_be_iterated_again():
    body = """
it = call([np.ones(1)]).exec(decoupled=True)
for r in it: break
seen = [int(y(r)[0]) if r.output_tensors() else None for r in it]
again = [len(r.output_tensors()) for r in it]
print(seen, again, next(it, "end"))
return [respond(np.ones(1))]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        call = infer(server)
        assert call.infer_of.decoupled == 1
        for i in range(3):
            server.reply_response(call, answer_y(np.array([i], np.int8)), last=False)
            taken = server.call(36)
            assert (taken.call, taken.take("I")) == (call.call, 1)
        server.reply_response(call, None)
        server.executed()
        assert server.log() == "[1, 2, None] [1, 1, 1, 0] end\n"


def test_iterator_of_a_model_with_one_response_has_one_item():
    body = "print(len(list(call([np.ones(1)]).exec(decoupled=True))))\nreturn [respond(np.ones(1))]"
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        server.reply_response(infer(server), answer_y(SMALL))
        server.executed()
        assert server.log() == "1\n"


def test_error_in_the_middle_of_an_iterator_is_in_its_place():
    body = "print([r.has_error() for r in call([np.ones(1)]).exec(decoupled=True)])\nreturn [respond(np.ones(1))]"
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        call = infer(server)
        server.reply_response(call, answer_y(SMALL), last=False)
        server.reply_response(call, Answer(1, code=1, text="half way"), last=False)
        server.reply_response(call, answer_y(SMALL))
        server.executed()
        assert server.log() == "[False, True, False]\n"


def test_iterator_let_go_is_drained():
    body = "next(iter(call([np.ones(1)]).exec(decoupled=True)))\nreturn [respond(np.ones(1))]"
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        call = infer(server)
        server.reply_response(call, answer_y(SMALL), last=False)
        server.call(36)
        server.executed()
        for _ in range(10):
            server.reply_response(call, answer_y(SMALL), last=False)
            server.call(36)
        shared = server.share(Tensor.of("Y", LARGE))
        server.reply_response(call, answer_y(shared), last=False)
        kinds = {server.calls.next().kind for _ in range(2)}
        assert kinds == {36, 31}
        server.reply_response(call, None)
        server.post_execute(Request([], 2))
        call = infer(server)
        server.reply_response(call, answer_y(SMALL))
        server.executed()


def test_iterator_can_be_cancelled():
    body = """
it = call([np.ones(1)]).exec(decoupled=True)
it.cancel()
print([r.has_error() for r in it])
it.cancel()
return [respond(np.ones(1))]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        call = infer(server)
        server.reply_response(call, answer_y(SMALL), last=False)
        server.call(36)
        assert server.call(37).call == call.call
        server.reply_response(call, Answer(1, code=7, text="cancelled"))
        server.executed()
        assert server.log() == "[False, True]\n"
        assert server.calls.silent()


def test_calls_of_many_threads_get_each_their_own_reply():
    body = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    results = list(pool.map(lambda i: y(call([np.array([i])]).exec())[0], range(40)))
return [respond(np.array(results))]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        waiting, answered = [], 0
        while answered < 40:
            if len(waiting) == min(8, 40 - answered):
                call = waiting.pop()
                server.reply_response(call, answer_y(call.infer_of.request.inputs[0].array() * 10))
                answered += 1
            else:
                waiting.append(infer(server))
        assert server.executed().answers[0].tensor("OUT").array().tolist() == [i * 10 for i in range(40)]


COROUTINE = f"""
import asyncio
import numpy as np
import triton_python_backend_utils as pb_utils
{CALL}
class TritonPythonModel:
    async def execute(self, requests):
        both = await asyncio.gather(*(call([np.array([i])]).async_exec() for i in range(3)))
        many = await call([np.array([9])]).async_exec(decoupled=True)
        total = sum(y(r)[0] for r in [*both, *many])
        response = pb_utils.InferenceResponse([pb_utils.Tensor("OUT", np.array([total]))])
        if not DECOUPLED: return [response]
        requests[0].get_response_sender().send(response, 1)
"""


@pytest.mark.parametrize("decoupled", [True, False])
def test_async_exec_in_a_coroutine(decoupled):
    with FakeServer(COROUTINE.replace("DECOUPLED", str(decoupled)), decoupled=decoupled) as server:
        server.start()
        server.post_execute(Request([]))
        if decoupled:
            assert server.executed().answers[0].kind == 2
        assert [call.infer_of.decoupled for call in _replied(server, 4)] == [0, 0, 0, 1]
        if decoupled:
            send = server.call(33)
            assert send.take("QI") == (1, 1)
            answer = send.optional(send.answer)
        else:
            answer = server.executed().answers[0]
        assert answer.tensor("OUT").array().tolist() == [12]


def _replied(server, count):
    calls = []
    for _ in range(count):
        call = infer(server)
        server.reply_response(call, answer_y(call.infer_of.request.inputs[0].array()))
        calls.append(call)
    return calls


def test_async_exec_without_a_loop_is_refused():
    body = "try: call([np.ones(1)]).async_exec()\nexcept RuntimeError as e: print(e)\nreturn [respond(np.ones(1))]"
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.execute(Request([]))
        assert server.log() == "no running event loop\n"


def test_exec_outside_of_execute_is_refused():
    more = """
        def initialize(self, args): self.attempt()
        def finalize(self): self.attempt()
        def attempt(self):
            try: call([np.ones(1)]).exec()
            except pb_utils.TritonModelException as e: print(e)
"""
    with FakeServer(model("pass", CALL, more)) as server:
        server.start()
        server.finish()
        assert server.log().splitlines() == 2 * ["BLS is only supported during the 'execute' function."]


def test_call_that_the_model_interrupts_leaves_nothing_behind():
    body = """
import signal
class Alarm(Exception): pass
def on_alarm(*_): raise Alarm
if requests[0].request_id() == "interrupt":
    signal.signal(signal.SIGALRM, on_alarm)
    try: call([np.ones(1)]).exec(decoupled=True)
    except Alarm: print("interrupted")
    return [respond(np.ones(1))]
return [respond(y(call([np.ones(1)]).exec()))]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([], id="interrupt"))
        late = infer(server)
        server.wait_until(lambda: state(server.process.pid) == "S")
        server.process.send_signal(signal.SIGALRM)
        server.executed()
        server.post_execute(Request([], 2))
        call = infer(server)
        shared = server.share(Tensor.of("Y", LARGE))
        server.reply_response(late, answer_y(shared), last=False)
        server.reply_response(call, answer_y(SMALL))
        server.executed()
        assert (server.call(37).call, server.call(36).call) == (late.call, late.call)
        freed = server.call(31)
        assert freed.list_of(lambda: freed.take("Q")) == [shared.offset]
        assert server.log() == "interrupted\n"


FORKED = """
import multiprocessing
context = multiprocessing.get_context("fork")
def work(i):
    result = y(call([np.full(20_000, i)]).exec())
    assert isinstance(result, np.ndarray)
    pb_utils.Logger.log_info(f"child {i}")
    many = call([np.ones(1)]).exec(decoupled=True)
    return float(result[0]) + sum(len(r.output_tensors()) for r in many)
"""


def test_forked_processes_call_through_the_worker():
    body = """
with context.Pool(2) as pool: results = pool.map(work, range(4))
return [respond(np.array(results))]
"""
    with FakeServer(model(body, CALL + FORKED)) as server:
        server.start()
        server.post_execute(Request([]))
        extents, freed, logged = [], [], []
        while len(logged) < 4 or len(freed) < 8:
            call = server.calls.next()
            number = call.call = call.take("Q")
            if call.kind == 30:
                length = call.take("Q")
                offset = server.extent(length)
                extents.append(offset)
                server.reply(call, 62, "QQ", offset, length)
            elif call.kind == 31:
                freed += call.list_of(lambda call=call: call.take("Q"))
            elif call.kind == 38:
                logged.append(call.frame[call.at :])
            elif call.kind == 35:
                asked = call.infer()
                if asked.decoupled:
                    for _ in range(3):
                        server.reply_response(call, answer_y(SMALL), last=False)
                    server.reply_response(call, None)
                else:
                    shared = server.share(Tensor.of("Y", asked.request.inputs[0].array() * 2.0))
                    extents.append(shared.offset)
                    server.reply_response(call, answer_y(shared))
            else:
                assert call.kind == 36
                assert number > 0
        assert server.executed().answers[0].tensor("OUT").array().tolist() == [3, 5, 7, 9]
        assert sorted(freed) == sorted(extents)
        assert len(logged) == 4


def test_forked_process_that_dies_leaves_nothing_behind():
    body = """
import os
child = os.fork()
if child == 0:
    y(call([np.full(20_000, 1)]).exec())
    os.kill(os.getpid(), 9)
print(os.waitpid(child, 0)[1])
return [respond(np.ones(1))]
"""
    with FakeServer(model(body, CALL)) as server:
        server.start()
        server.post_execute(Request([]))
        offset, _ = server.grant_extent()
        call = infer(server)
        shared = server.share(Tensor.of("Y", LARGE))
        server.reply_response(call, answer_y(shared))
        server.executed()
        freed = []
        while len(freed) < 2:
            each = server.call(31)
            freed += each.list_of(lambda each=each: each.take("Q"))
        assert sorted(freed) == [offset, shared.offset]
        assert server.log() == "9\n"


def test_forked_process_ends_with_its_worker():
    body = """
import os, time
if os.fork() == 0:
    print(os.getpid(), flush=True)
    while True: time.sleep(10)
return [respond(np.ones(1))]
"""
    with FakeServer(model(body)) as server:
        server.start()
        server.execute(Request([]))
        server.wait_until(lambda: server.log().endswith("\n"))
        server.process.kill()
        server.process.wait()
        child = int(server.log())
        server.wait_until(lambda: not is_alive(child))


SPAWNED = """
import multiprocessing
import numpy as np
import triton_python_backend_utils as pb_utils


def call(_=None):
    try:
        pb_utils.InferenceRequest(model_name="other", requested_output_names=["O"], inputs=[])
    except pb_utils.TritonModelException as error:
        return str(error)


class TritonPythonModel:
    def execute(self, requests):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            text = pool.map(child_module.call, [None])[0]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("OUT", np.array([text], dtype=object))])]


import spawned_child as child_module
"""


def test_spawned_process_is_told_that_it_cannot_call():
    child = SPAWNED.split("class TritonPythonModel")[0].replace("import numpy as np\n", "")
    with FakeServer(SPAWNED, files={"1/spawned_child.py": child}) as server:
        server.start()
        (answer,) = server.execute(Request([])).answers
        text = bytes(answer.tensors[0].data)[4:].decode()
    assert "cannot call the server" in text
    assert "'spawn'" in text
    assert "use the method 'fork'" in text
