"""EXECUTE and its answers: tensors in and out, what the model returns, what it keeps, what it raises."""

from __future__ import annotations

import numpy as np
import pytest
from fake_server import PATIENCE_SECONDS, Failed, FakeServer
from models import IDENTITY, model
from wire import BF16, Request, Tensor

SMALL = np.arange(16, dtype=np.float32).reshape(4, 4)
LARGE = np.arange(100_000, dtype=np.float32).reshape(100, 1000)


def test_small_tensor_is_answered_inline():
    with FakeServer(IDENTITY) as server:
        assert server.start() == (0, 1)
        executed = server.execute(Request([Tensor.of("IN", SMALL)], handle=7))
        (answer,) = executed.answers
        assert answer.kind == 0
        assert answer.parameters == ""
        assert np.array_equal(answer.tensor("OUT").array(), SMALL)
        assert (executed.kept, executed.freed) == ([], [])
        assert answer.tensor("OUT").offset is None


def test_large_input_that_is_returned_is_referred_to():
    with FakeServer(IDENTITY) as server:
        server.start()
        shared = server.share(Tensor.of("IN", LARGE))
        executed = server.execute(Request([shared]), into=(server.extent(LARGE.nbytes), LARGE.nbytes))
        assert executed.answers[0].tensor("OUT").offset == shared.offset
        assert np.array_equal(executed.answers[0].tensor("OUT").array(), LARGE)
        assert (executed.kept, executed.freed) == ([], [])


def test_large_output_is_written_into_the_room():
    with FakeServer(model("return [respond(array(r) * 2) for r in requests]")) as server:
        server.start()
        into = server.extent(LARGE.nbytes)
        executed = server.execute(Request([server.share(Tensor.of("IN", LARGE))]), into=(into, LARGE.nbytes))
        output = executed.answers[0].tensor("OUT")
        assert output.offset == into
        assert np.array_equal(output.array(), LARGE * 2)
        assert executed.freed == []


def test_outputs_beyond_the_room_are_allocated_and_freed_by_the_answer():
    with FakeServer(model("return [respond(array(r) * 2) for r in requests]")) as server:
        server.start()
        into = server.extent(LARGE.nbytes)
        inputs = [Request([server.share(Tensor.of("IN", LARGE + i))], handle=i + 1) for i in range(2)]
        server.post_execute(*inputs, into=(into, LARGE.nbytes))
        offset, length = server.grant_extent()
        executed = server.executed()
        assert length == LARGE.nbytes
        assert [each.tensor("OUT").offset for each in executed.answers] == [into, offset]
        assert np.array_equal(executed.answers[1].tensor("OUT").array(), (LARGE + 1) * 2)
        assert executed.freed == [offset]
        assert server.calls.silent()


def test_allocation_refused_fails_the_execution_and_the_worker_lives_on():
    with FakeServer(model("return [respond(np.zeros(100_000, np.float32)) for r in requests]")) as server:
        server.start()
        server.post_execute(Request([Tensor.of("IN", SMALL)]))
        server.reply_error(server.call(30), 4, "Failed to increase the shared memory pool size")
        with pytest.raises(Failed) as failure:
            server.executed()
        expected = "Failed to process the request(s) for model 'm_0_0', message: "
        assert failure.value.text == expected + "Failed to increase the shared memory pool size"
        into = server.extent(400_000)
        assert server.execute(Request([Tensor.of("IN", SMALL)]), into=(into, 400_000)).answers[0].kind == 0


def test_input_kept_is_listed_and_released_when_the_model_lets_it_go():
    body = """
self.kept = array(requests[0])[5:9, ::2] if len(array(requests[0])) == 100 else None
return [respond(np.ones(1, np.int8)) for r in requests]
"""
    with FakeServer(model(body)) as server:
        server.start()
        executed = server.execute(Request([server.share(Tensor.of("IN", LARGE))], handle=9))
        assert executed.kept == [9]
        assert server.calls.silent()
        assert server.execute(Request([Tensor.of("IN", SMALL)], handle=10)).kept == []
        released = server.call(32)
        assert released.call == 0
        assert released.list_of(lambda: released.take("Q")) == [9]


def test_input_that_others_have_too_is_written_by_the_model_alone():
    with FakeServer(
        model("for r in requests: array(r)[...] += 1\nreturn [respond(array(r)) for r in requests]")
    ) as server:
        server.start()
        for value in range(3):  # at places that begin a page, and that do not
            server.extent(value * 64)
            mine, shared = (server.share(Tensor.of("IN", LARGE + value), for_several) for for_several in (False, True))
            into = server.extent(2 * LARGE.nbytes)
            executed = server.execute(Request([mine], 1), Request([shared], 2), into=(into, 2 * LARGE.nbytes))
            assert executed.kept == []
            assert [each.tensor("OUT").offset for each in executed.answers] == [mine.offset, into]
            for answer in executed.answers:
                assert np.array_equal(answer.tensor("OUT").array(), LARGE + value + 1)
            assert server.shared(mine) == (LARGE + value + 1).tobytes()
            assert server.shared(shared) == shared.data


def test_input_that_others_have_too_is_kept_like_any_other():
    with FakeServer(
        model("self.kept = array(requests[0])[1:]\nreturn [respond(self.kept[:1]) for r in requests]")
    ) as server:
        server.start()
        first = Request([server.share(Tensor.of("IN", LARGE), for_several=True)], handle=9)
        assert server.execute(first).kept == [9]
        assert server.calls.silent()
        assert server.execute(Request([Tensor.of("IN", SMALL)], handle=10)).kept == []
        released = server.call(32)
        assert released.list_of(lambda: released.take("Q")) == [9]


def test_input_that_others_have_too_is_copied_where_nothing_can_be_mapped():
    body = """
import resource
before = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
try:
    array(requests[0])[...] += 1
finally:
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
return [respond(array(requests[0]))]
"""
    with FakeServer(model(body)) as server:
        server.start()
        shared = server.share(Tensor.of("IN", LARGE), for_several=True)
        into = server.extent(LARGE.nbytes)
        executed = server.execute(Request([shared]), into=(into, LARGE.nbytes))
        assert np.array_equal(executed.answers[0].tensor("OUT").array(), LARGE + 1)
        assert server.shared(shared) == shared.data


def test_input_kept_and_returned_is_copied():
    body = """
self.sum = array(requests[0]) if not hasattr(self, "sum") else self.sum
self.sum += 1
return [respond(self.sum)]
"""
    with FakeServer(model(body)) as server:
        server.start()
        into = server.extent(LARGE.nbytes)
        first = server.share(Tensor.of("IN", LARGE))
        executed = server.execute(Request([first], handle=1), into=(into, LARGE.nbytes))
        assert executed.kept == [1]
        assert executed.answers[0].tensor("OUT").offset == into
        again = server.extent(LARGE.nbytes)
        executed = server.execute(Request([server.share(Tensor.of("IN", LARGE))], handle=2), into=(again, LARGE.nbytes))
        assert executed.answers[0].tensor("OUT").offset == again
        assert np.array_equal(executed.answers[0].tensor("OUT").array(), LARGE + 2)
        assert executed.kept == []


def test_input_of_an_earlier_execution_is_answered_by_a_copy():
    body = """
before, self.kept = getattr(self, "kept", None), array(requests[0])
return [respond(self.kept if before is None else before)]
"""
    with FakeServer(model(body)) as server:
        server.start()
        into = server.extent(LARGE.nbytes)
        first = Request([server.share(Tensor.of("IN", LARGE))], handle=1)
        assert server.execute(first, into=(into, LARGE.nbytes)).kept == [1]
        into = server.extent(LARGE.nbytes)
        second = Request([server.share(Tensor.of("IN", LARGE + 1))], handle=2)
        executed = server.execute(second, into=(into, LARGE.nbytes))
        assert executed.answers[0].tensor("OUT").offset == into
        assert np.array_equal(executed.answers[0].tensor("OUT").array(), LARGE)
        released = server.call(32)
        assert released.list_of(lambda: released.take("Q")) == [1]


def test_failed_execution_lists_what_the_model_keeps():
    with FakeServer(model("self.kept = array(requests[0])\nraise ValueError('no')")) as server:
        server.start()
        with pytest.raises(Failed) as failure:
            server.execute(Request([server.share(Tensor.of("IN", LARGE))], handle=3))
        assert failure.value.kept == [3]
        assert failure.value.code == 1
        path = server.model / "1" / "model.py"
        prefix = "Failed to process the request(s) for model 'm_0_0', message: ValueError: no\n\nAt:\n"
        assert failure.value.text == f"{prefix}  {path}(10): execute\n"


def test_failed_execution_keeps_nothing_by_its_traceback():
    with FakeServer(model("x = array(requests[0])\ny = x * 2\nraise SystemExit(3)")) as server:
        server.start()
        with pytest.raises(Failed) as failure:
            server.execute(Request([server.share(Tensor.of("IN", LARGE))], handle=3))
        assert failure.value.kept == []
        assert "message: SystemExit: 3\n\nAt:\n" in failure.value.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("return 5", "Expected a list in the execute return, found type '<class 'int'>'."),
        (
            "return []",
            "Number of InferenceResponse objects do not match the number of InferenceRequest objects. "
            "InferenceRequest(s) size is:1, and InferenceResponse(s) size is:0",
        ),
        (
            "return [1]",
            "Expected an 'InferenceResponse' object in the execute function return list, found type '<class 'int'>'.",
        ),
    ],
)
def test_wrong_return_fails_the_execution(body, text):
    with FakeServer(model(body)) as server:
        server.start()
        with pytest.raises(Failed) as failure:
            server.execute(Request([Tensor.of("IN", SMALL)]))
        assert failure.value.text == f"Failed to process the request(s) for model 'm_0_0', message: {text}"


def test_execute_missing_fails_each_execution():
    with FakeServer("class TritonPythonModel: pass") as server:
        assert server.start() == (0, 0)
        with pytest.raises(Failed) as failure:
            server.execute(Request([]))
        path = server.model / "1" / "model.py"
        assert failure.value.text.endswith(f"message: Python model {path} does not implement `execute` method.")


def test_nothing_returned_is_said_so():
    with FakeServer(model("return None if len(requests) == 1 else [None, respond(array(requests[1]))]")) as server:
        server.start()
        assert [a.kind for a in server.execute(Request([Tensor.of("IN", SMALL)])).answers] == [3]
        both = server.execute(Request([]), Request([Tensor.of("IN", SMALL)], handle=2))
        assert [a.kind for a in both.answers] == [3, 0]


def test_outputs_not_requested_are_left_out():
    body = """
def outputs(a): return [pb_utils.Tensor(name, a) for name in "ABC"]
return [pb_utils.InferenceResponse(outputs(array(r))) for r in requests]
"""
    with FakeServer(model(body), outputs=["A", "B"]) as server:
        server.start()
        inputs = [Tensor.of("IN", SMALL)]
        executed = server.execute(
            Request(inputs), Request(inputs, 2, outputs=["B", "C"]), Request(inputs, 3, outputs=[])
        )
        names = [[tensor.name for tensor in answer.tensors] for answer in executed.answers]
        assert names == [["A", "B"], ["B", "C"], []]


def test_request_is_what_the_client_sent():
    body = """
r = requests[0]
seen = [r.request_id(), r.correlation_id(), r.flags(), r.timeout(), r.parameters(), sorted(r.requested_output_names()),
        r.trace().get_context(), [t.name() for t in r.inputs()], r.inputs()[0].shape(), r.inputs()[0].triton_dtype()]
return [respond(np.array([repr(seen)], dtype=object))]
"""
    with FakeServer(model(body), outputs=["OUT", "MORE"]) as server:
        server.start()
        request = Request([Tensor.of("IN", SMALL)], 1, "ä", 5, 3, 250, '{"a": 1}', ["OUT"], '{"traceparent": "x"}')
        data = server.execute(request).answers[0].tensor("OUT").data[4:].decode()
        assert data == repr(["ä", 5, 3, 250, '{"a": 1}', ["OUT"], '{"traceparent": "x"}', ["IN"], [4, 4], 11])
        plain = Request([Tensor.of("IN", SMALL)], correlation="abc")
        data = server.execute(plain).answers[0].tensor("OUT").data[4:].decode()
        assert data == repr(["", "abc", 0, 0, "{}", ["MORE", "OUT"], None, ["IN"], [4, 4], 11])


def test_error_and_parameters_of_a_response():
    body = """
E = pb_utils.TritonError
R = pb_utils.InferenceResponse
return [R(error=E("gone", E.NOT_FOUND)), R([], parameters={"a": True, "b": "x"})]
"""
    with FakeServer(model(body)) as server:
        server.start()
        error, empty = server.execute(Request([]), Request([], 2)).answers
        assert (error.kind, error.code, error.text) == (1, 2, "gone")
        assert (empty.kind, empty.parameters, empty.tensors) == (0, '{"a": true, "b": "x"}', [])


@pytest.mark.parametrize(
    "array",
    [
        LARGE.T,
        LARGE[::3],
        LARGE.astype(">f4"),
        np.zeros((0, 3), np.int64),
        np.array(5.5),
        np.zeros((3, 0, 2), bool),
        (LARGE % 1000).astype(np.float16),
    ],
    ids=["transposed", "strided", "big-endian", "empty", "scalar", "empty in the middle", "half"],
)
def test_any_layout_arrives_in_c_order(array, tmp_path):
    np.save(tmp_path / "a.npy", array)
    with FakeServer(model(f"return [respond(np.load({str(tmp_path / 'a.npy')!r}))]")) as server:
        server.start()
        into = server.extent(1 << 20)
        output = server.execute(Request([]), into=(into, 1 << 20)).answers[0].tensor("OUT")
        assert output.shape == list(array.shape)
        assert np.array_equal(output.array(), array)


def test_strings_in_and_out():
    with FakeServer(
        model("a = array(requests[0])\nassert a.dtype == object and type(a[0]) is bytes\nreturn [respond(a)]")
    ) as server:
        server.start()
        items = [b"", b"\0\1", "äß".encode(), b"x" * 5000]
        output = server.execute(Request([Tensor.of_strings("IN", items)])).answers[0].tensor("OUT")
        assert output.data == Tensor.of_strings("IN", items).data
        many = server.share(Tensor.of_strings("IN", [b"abc"] * 50_000))
        executed = server.execute(Request([many]), into=(server.extent(1 << 20), 1 << 20))
        assert executed.answers[0].tensor("OUT").data == many.data


def test_printed_lines_are_not_lost_at_a_crash():
    crash = "import ctypes, sys\nprint('a line')\nsys.stdout.write('no end')\nsys.stdout.flush()\nctypes.string_at(0)"
    with FakeServer(model(crash)) as server:
        server.start()
        server.post_execute(Request([]))
        assert server.process.wait(PATIENCE_SECONDS) == -11
        assert "a line\nno end" in server.log()
        assert "Segmentation fault" in server.log()
        assert "in execute" in server.log()


def test_finish_runs_finalize_and_the_process_ends():
    source = model("return None", more="        def finalize(self): print('finalized', end='')")
    with FakeServer(source) as server:
        server.start()
        assert server.finish() == 0
        assert server.log() == "finalized"


def test_worker_ends_with_its_server_while_the_model_computes():
    with FakeServer(model("print('busy')\nwhile True: pass")) as server:
        server.start()
        server.post_execute(Request([]))
        server.wait_until(lambda: "busy" in server.log())
        server.process.stdin.close()
        assert server.process.wait(PATIENCE_SECONDS) == -9


def test_bf16_passes_through_by_dlpack():
    body = (
        "return [pb_utils.InferenceResponse([pb_utils.Tensor.from_dlpack('OUT', requests[0].inputs()[0].to_dlpack())])]"
    )
    data = np.arange(50_000, dtype=np.uint16).tobytes()
    with FakeServer(model(body)) as server:
        server.start()
        small = Tensor("IN", BF16, [2, 3], data[:12])
        output = server.execute(Request([small])).answers[0].tensor("OUT")
        assert (output.code, output.shape, output.data) == (BF16, [2, 3], data[:12])
        large = server.share(Tensor("IN", BF16, [50_000], data))
        into = server.extent(len(data))
        executed = server.execute(Request([large]), into=(into, len(data)))
        output = executed.answers[0].tensor("OUT")
        assert (output.code, output.offset, output.data) == (BF16, into, data)
        assert executed.kept == []


def test_torch_tensors_arrive_by_dlpack():
    pytest.importorskip("torch")
    body = """
import torch
a = torch.from_dlpack(requests[0].inputs()[0])
return [pb_utils.InferenceResponse([pb_utils.Tensor.from_dlpack("OUT", a * 2)])]
"""
    with FakeServer(model(body)) as server:
        server.start()
        into = server.extent(LARGE.nbytes)
        large = server.share(Tensor.of("IN", LARGE))
        executed = server.execute(Request([large]), into=(into, LARGE.nbytes))
        assert np.array_equal(executed.answers[0].tensor("OUT").array(), LARGE * 2)
        assert executed.kept == []
