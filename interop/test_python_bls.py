"""Models that call models: from execute, threads, coroutines and forks; responses, iterators, errors, cycles."""

import concurrent.futures

import numpy as np
import pytest

import models
from ensemble_models import ensemble, step, write
from processes import resident_bytes
from python_client import Stream, ask, http, http_inputs, infer, raised, source_array
from python_server import DECOUPLED, PythonRepository, until, workers

FINAL = "pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL"

# What a caller's source has: `call(array, **more)` is a request to the identity model.
CALL = """
def made(array, **more):
    options = dict(model_name="identity", requested_output_names=["OUTPUT0"],
                   inputs=[pb_utils.Tensor("INPUT0", np.asarray(array, np.float32).reshape(1, -1))])
    options.update(more)
    return pb_utils.InferenceRequest(**options)
def values(response):
    if response.has_error():
        return "error: " + response.error().message()
    return pb_utils.get_output_tensor_by_name(response, "OUTPUT0").as_numpy().flatten().tolist()
def scripted(source, name="scripted", **more):
    return pb_utils.InferenceRequest(model_name=name, requested_output_names=["ANSWER"],
        inputs=[pb_utils.Tensor("SOURCE", np.array([source], dtype=object))], **more)
def word(response):
    if response.has_error():
        return "error: " + response.error().message()
    tensor = pb_utils.get_output_tensor_by_name(response, "ANSWER")
    return None if tensor is None else json.loads(tensor.as_numpy()[0])
"""
COUNTS = "for i in range(3):\\n    sender.send(reply(i))\\nsender.send(flags=1)"


@pytest.fixture(scope="module")
def bls(kind, start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("bls"))
    repository.add("identity")
    repository.add("scripted", "caller", change=[("count: 1", "count: 2")])
    repository.add("scripted")
    repository.add("scripted", "counts", extra=DECOUPLED)
    repository.add("scripted", "decoupled_caller", extra=DECOUPLED)
    repository.add("scripted_async")
    repository.add("scripted_async", "async_decoupled", extra=DECOUPLED)
    wanted = [(f"{name} optional: true", name) for name in ("dims: [ 1 ]", "dims: [ -1 ]")]
    repository.add("scripted", "all_wanted", change=wanted)
    if kind == "ours":
        onnx = models.identity_graph("FP32", ["batch", "n"])
        config = models.config([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])])
        models.Repository(repository.folder).add("identity_onnx", config, {1: onnx})
    return start_python(repository)


@pytest.fixture
def call(bls):
    """Runs source with the functions of CALL in the model `caller`."""
    return lambda source, model="caller", **options: ask(bls, model, CALL + source, **options)


# exec


def test_exec_gives_the_response(call):
    assert call("answer = values(made([1, 2]).exec())") == [1, 2]


def test_a_large_tensor_goes_to_the_other_model_and_back(call):
    source = """
array = np.arange(1_000_000, dtype=np.float32)
r = made(array).exec()
answer = bool((pb_utils.get_output_tensor_by_name(r, "OUTPUT0").as_numpy() == array).all())
"""
    assert call(source) is True


def test_an_input_is_passed_on_as_it_is(bls):
    source = """
tensor = pb_utils.get_input_tensor_by_name(request, "INPUT0")
again = pb_utils.Tensor.from_dlpack("INPUT0", tensor.to_dlpack())
r = pb_utils.InferenceRequest(model_name="caller", requested_output_names=["OUTPUT0"],
    inputs=[pb_utils.Tensor("SOURCE", np.array(['''response = pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0",
            pb_utils.get_input_tensor_by_name(request, "INPUT0").as_numpy())])'''], dtype=object)), again]).exec()
response = r
"""
    sent = np.arange(100_000, dtype=np.float32)
    got = infer(bls, "scripted", {"SOURCE": source_array(source), "INPUT0": sent}).as_numpy("OUTPUT0")
    np.testing.assert_array_equal(got, sent)


def test_exec_from_threads(call):
    source = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    answer = list(pool.map(lambda n: values(made([n]).exec()), range(40)))
"""
    assert call(source) == [[n] for n in range(40)]


def test_exec_from_forked_processes(call):
    source = """
import multiprocessing
context = multiprocessing.get_context("fork")
global task
def task(n):
    return values(made([n]).exec())
with context.Pool(2, initializer=lambda: None) as pool:
    answer = []
    for n in range(4):
        q = context.SimpleQueue()
        p = context.Process(target=lambda: q.put(task(n)))
        p.start(); answer.append(q.get()); p.join()
"""
    assert call(source) == [[n] for n in range(4)]


@pytest.mark.only_ours("there is no other backend in it")
def test_exec_of_an_onnx_model(call):
    assert call('answer = values(made([1, 2, 3], model_name="identity_onnx").exec())') == [1, 2, 3]


@pytest.mark.parametrize("stage", ["initialize", "finalize"])
def test_bls_is_only_there_during_execute(bls, start_python, tmp_path_factory, tmp_path, stage):
    repository = PythonRepository(tmp_path_factory.mktemp("outside"))
    note = tmp_path / "note"
    source = (
        f"{CALL}\ntry:\n    made([1]).exec()\n    text = 'nothing'\nexcept Exception as e:\n    text = str(e)\n"
        f"open({str(note)!r}, 'w').write(text)\n"
    )
    repository.add("scripted", **{stage: source})
    server = start_python(repository, "--model-control-mode=explicit", "--load-model=scripted")
    with http(server) as client:
        client.unload_model("scripted")
    until(lambda: note.exists() and note.read_text(), what="the note")
    assert note.read_text() == "BLS is only supported during the 'execute' function."


# What goes with a call


def test_what_a_called_model_sees_of_a_call(call):
    source = """
asked = '''
answer = [request.request_id(), request.correlation_id(), request.timeout(), json.loads(request.parameters())]
'''
answer = word(scripted(asked, request_id="inner", correlation_id=9, timeout=5_000_000,
                       parameters={"a": 1, "b": True, "c": "x"}).exec())
"""
    got = call(source, request_id="outer", parameters={"of": "the outer request"})
    assert got == ["inner", 9, 5_000_000, {"a": 1, "b": True, "c": "x"}]


def test_no_requested_output_means_all(call):
    source = """
r = made([1], requested_output_names=[]).exec()
answer = [t.name() for t in r.output_tensors()]
"""
    assert call(source) == ["OUTPUT0"]


def test_only_the_requested_outputs_come(call):
    source = """
both = '''response = pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", np.array(["a"], dtype=object)),
                                                 pb_utils.Tensor("OUTPUT0", np.ones(1, np.float32))])'''
answer = [t.name() for t in scripted(both).exec().output_tensors()]
"""
    assert call(source) == ["ANSWER"]


@pytest.mark.parametrize("version", [-1, 1])
def test_a_version_may_be_named(call, version):
    assert call(f"answer = values(made([4], model_version={version}).exec())") == [4]


def test_preferred_memory_may_be_named(call):
    source = (
        "answer = values(made([4], preferred_memory=pb_utils.PreferredMemory(pb_utils.TRITONSERVER_MEMORY_CPU)).exec())"
    )
    assert call(source) == [4]


def test_a_trace_may_go_along(call):
    assert call("answer = values(made([4], trace=request.trace()).exec())") == [4]


def test_outputs_outlive_their_response(call):
    source = """
kept = [pb_utils.get_output_tensor_by_name(made([n] * 5000).exec(), "OUTPUT0") for n in range(20)]
import gc; gc.collect()
answer = [float(t.as_numpy()[0, 17]) for t in kept]
"""
    assert call(source) == list(map(float, range(20)))


@pytest.mark.only_ours("only a figure of this server's processes is compared")
def test_memory_of_outputs_is_given_back(bls, call):
    source = """
for n in range(25):
    t = pb_utils.get_output_tensor_by_name(made(np.full(10_000_000, n)).exec(), "OUTPUT0").as_numpy()
    assert t[0, -1] == n
answer = "done"
"""
    assert call(source) == "done"
    size = lambda: sum(resident_bytes(pid) for pid in [bls.pid, *workers(bls)])
    before = size()
    assert call(source) == "done"
    assert size() < before + (400 << 20)


# async_exec


def test_async_exec_in_a_coroutine(call):
    source = """
async def step():
    responses = await asyncio.gather(*[made([n]).async_exec() for n in range(10)])
    return [values(r) for r in responses]
"""
    assert call(source, model="scripted_async") == [[n] for n in range(10)]


def test_async_exec_needs_a_loop(bls):
    got = raised(bls, "caller", CALL + "made([1]).async_exec()")
    assert got[0] == "RuntimeError" and "no running event loop" in got[1]


def test_async_exec_in_a_decoupled_coroutine(bls):
    source = (
        CALL
        + f"""
async def step():
    r = await made([7]).async_exec()
    sender.send(reply(values(r)), {FINAL})
"""
    )
    with Stream(bls) as stream:
        assert stream.ask("async_decoupled", source) == [[7]]


def test_exec_in_a_thread_of_a_decoupled_model(bls):
    source = (
        CALL
        + f"""
def later():
    sender.send(reply(values(made([8]).exec())), {FINAL})
threading.Thread(target=later).start()
"""
    )
    with Stream(bls) as stream:
        assert stream.ask("decoupled_caller", source) == [[8]]


# Decoupled models as targets


def test_an_iterator_has_each_response(call):
    source = f"""
found = [word(r) for r in scripted("{COUNTS}", "counts").exec(decoupled=True) if len(r.output_tensors()) > 0]
answer = found
"""
    assert call(source) == [0, 1, 2]


def test_an_iterator_can_be_read_again_and_continued(call):
    source = f"""
it = scripted("{COUNTS}", "counts").exec(decoupled=True)
first = [word(next(it))]
rest = [word(r) for r in it if r.output_tensors()]
again = [word(r) for r in it if r.output_tensors()]
answer = [first, rest, again]
"""
    assert call(source) == [[0], [1, 2], [0, 1, 2]]


def test_an_iterator_ends(call):
    source = f"""
it = scripted("{COUNTS}", "counts").exec(decoupled=True)
n = 0
try:
    while True:
        next(it); n += 1
except StopIteration:
    answer = n >= 3
"""
    assert call(source) is True


def test_a_model_with_one_response_has_an_iterator_of_one(call):
    assert call("answer = [values(r) for r in made([5]).exec(decoupled=True)]") == [[5]]


def test_async_exec_gives_an_iterator(call):
    source = f"""
async def step():
    it = await scripted("{COUNTS}", "counts").async_exec(decoupled=True)
    return [word(r) for r in it if r.output_tensors()]
"""
    assert call(source, model="scripted_async") == [0, 1, 2]


def test_an_iterator_that_nobody_reads_is_drained(call):
    many = "for i in range(200):\\\\n    sender.send(reply(i))\\\\nsender.send(flags=1)".replace("\\\\", "\\")
    source = f"""
it = scripted("{many}", "counts").exec(decoupled=True)
next(it)
del it
answer = values(made([1]).exec())
"""
    assert call(source) == [1]


@pytest.mark.only_ours("an iterator cannot be cancelled before 2.52")
def test_an_iterator_can_be_cancelled(call):
    source = """
until = '''
sender.send(reply("first"))
deadline = time.monotonic() + 20
while not sender.is_cancelled() and time.monotonic() < deadline:
    time.sleep(0.01)
sender.send(reply(sender.is_cancelled()), 1)
'''
begin = time.monotonic()
it = scripted(until, "counts").exec(decoupled=True)
first = word(next(it))
it.cancel()
for r in it:
    pass
it.cancel()
answer = [first, time.monotonic() - begin < 10]
"""
    assert call(source) == ["first", True]


def test_a_decoupled_model_needs_the_flag(call):
    got = call(f'answer = word(scripted("{COUNTS}", "counts").exec())')
    assert (
        "is using the decoupled. The current BLS request call doesn't support models using the decoupled transaction"
        in got
    )
    assert "Please use 'decoupled=True' argument to the 'exec' or 'async_exec' calls for decoupled models.'" in got


# Errors are responses


def test_an_unknown_model_is_a_response_with_an_error(call):
    got = call('answer = values(made([1], model_name="nope").exec())')
    assert "nope" in got and got.startswith("error: "), got


@pytest.mark.only_ours("2.51 says: Model 'nope' is not ready.")
def test_the_text_for_an_unknown_model(call):
    got = call('answer = values(made([1], model_name="nope").exec())')
    assert (
        got
        == (
            "error: Model nope - Error when running inference: Failed for execute the inference request. "
            "Model 'nope' is not ready."
        )
        or "Request for unknown model: 'nope' is not found" in got
    ), got


def test_a_wrong_number_of_inputs_is_a_response_with_an_error(call):
    got = call('answer = values(made([1], model_name="all_wanted").exec())')
    assert got.startswith("error: ") and "all_wanted" in got and "input" in got, got


def test_a_wrong_shape_is_a_response_with_an_error(call):
    source = """
r = made([1], inputs=[pb_utils.Tensor("INPUT0", np.zeros((100, 1), np.float32))]).exec()
answer = values(r)
"""
    got = call(source)
    assert got.startswith("error: ") and "batch" in got, got


def test_an_error_of_the_called_model_is_passed_on(call):
    fails = "response = pb_utils.InferenceResponse(error=pb_utils.TritonError('inner'))"
    assert call(f'answer = word(scripted("{fails}").exec())') == "error: inner"


@pytest.mark.only_ours("every code becomes INTERNAL")
def test_the_code_of_an_error_of_the_called_model_is_kept(call):
    source = """
fails = "response = pb_utils.InferenceResponse(error=pb_utils.TritonError('x', pb_utils.TritonError.NOT_FOUND))"
answer = scripted(fails).exec().error().code() == pb_utils.TritonError.NOT_FOUND
"""
    assert call(source) is True


@pytest.mark.only_ours("an error in the middle is dropped")
def test_an_error_in_the_middle_is_in_its_place(call):
    source = """
middle = '''
sender.send(reply(0))
sender.send(pb_utils.InferenceResponse(error=pb_utils.TritonError("middle")))
sender.send(reply(2), 1)
'''
answer = [word(r) for r in scripted(middle, "counts").exec(decoupled=True) if r.has_error() or r.output_tensors()]
"""
    assert call(source) == [0, "error: middle", 2]


def test_an_exception_of_the_called_model_is_passed_on(call):
    got = call('answer = [word(scripted("1/0").exec())]')
    assert got == [{"raised": "ZeroDivisionError", "text": "division by zero"}]


def test_a_timeout_of_a_call_is_held(kind, start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("late"))
    policy = "allow_timeout_override: true default_timeout_microseconds: 20000000"
    batching = f"dynamic_batching {{ default_queue_policy {{ {policy} }} }}"
    repository.add("scripted", "late", change=[("max_batch_size: 0", "max_batch_size: 1")], extra=batching)
    repository.add("scripted", "caller", change=[("count: 1", "count: 2")])
    server = start_python(repository)
    folder = tmp_path_factory.mktemp("busy")
    busy = f"""
open("{folder}/runs", "w").close()
while not os.path.exists("{folder}/ends"):
    time.sleep(0.01)
"""
    source = """
r = pb_utils.InferenceRequest(model_name="late", requested_output_names=["ANSWER"], timeout=100_000,
    inputs=[pb_utils.Tensor("SOURCE", np.array([["answer = 1"]], dtype=object))]).exec()
answer = r.error().message() if r.has_error() else "answered"
"""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(infer, server, "late", {"SOURCE": source_array(busy).reshape(1, 1)})
        try:
            until((folder / "runs").exists, what="the execution that the call waits for")
            assert "Request timeout expired" in ask(server, "caller", source)
        finally:
            (folder / "ends").touch()
        running.result()


def test_a_model_that_writes_over_its_input_leaves_the_callers(bls):
    """The caller's own input is passed on twice to a model that adds to it, and once to one that gives it back."""
    source = (
        CALL
        + """
mine = pb_utils.get_input_tensor_by_name(request, "INPUT0")
adds = "a = pb_utils.get_input_tensor_by_name(request, 'INPUT0').as_numpy(); a += 1; answer = float(a.sum())"
added = [word(pb_utils.InferenceRequest(model_name="scripted", requested_output_names=["ANSWER"],
    inputs=[pb_utils.Tensor("SOURCE", np.array([adds], dtype=object)), mine]).exec()) for _ in range(2)]
back = pb_utils.get_output_tensor_by_name(made(mine.as_numpy()).exec(), "OUTPUT0").as_numpy()
back[...] = 7
answer = [added, float(mine.as_numpy().sum())]
"""
    )
    assert ask(bls, "caller", source, {"INPUT0": np.zeros(50_000, np.float32)}) == [[50_000, 50_000], 0]


# Cycles: a model that calls itself by way of others.


def test_a_model_with_a_free_instance_calls_itself(call):
    assert (
        call("answer = word(scripted(\"answer = 'from the other instance'\", 'caller').exec())")
        == "from the other instance"
    )


DEPTHS = [1, 2, 3]
THROUGH = ["round", "limited"]


@pytest.fixture(scope="module")
def cycles(kind, start_python, tmp_path_factory):
    """A server whose models call in circles, and what each circle has answered: all wait at the same time."""
    if kind == "triton":
        pytest.skip("it never ends there")
    repository = PythonRepository(tmp_path_factory.mktemp("cycles"))
    for depth in DEPTHS:
        for name in circle(depth):
            repository.add("scripted", name)
    tensors = """
        input { name: "SOURCE" data_type: TYPE_STRING dims: [ 1 ] }
        output { name: "ANSWER" data_type: TYPE_STRING dims: [ 1 ] }"""
    for name, more in zip(THROUGH, ["", "max_inflight_requests: 1"], strict=True):
        repository.add("scripted", f"caller_of_{name}")
        one = step(f"caller_of_{name}", {"SOURCE": "SOURCE"}, {"ANSWER": "ANSWER"})
        write(repository.folder, name, ensemble(tensors, one, more=more))
    server = start_python(repository)
    asked = {circle(depth)[0]: around(circle(depth)) for depth in DEPTHS}
    asked |= {name: CALL + f"answer = word(scripted('answer = 1', {name!r}).exec())" for name in THROUGH}
    with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
        answers = {name: pool.submit(ask, server, name, source) for name, source in asked.items()}
    return server, answers


def circle(depth):
    return [f"of{depth}_m{number}" for number in range(depth)]


def around(names):
    """A source for the first model: it calls the second, that the next, and the last the first."""
    inner = "answer = 'the end'"
    for name in reversed([*names[1:], names[0]]):
        inner = (
            f"r = pb_utils.InferenceRequest(model_name={name!r}, requested_output_names=['ANSWER'],\n"
            f"    inputs=[pb_utils.Tensor('SOURCE', np.array([{inner!r}], dtype=object))]).exec()\n"
            "answer = r.error().message() if r.has_error() else json.loads(r.output_tensors()[0].as_numpy()[0])"
        )
    return inner


@pytest.mark.only_ours("a model without a free instance that calls itself never ends")
@pytest.mark.parametrize("depth", DEPTHS)
def test_a_cycle_ends(cycles, depth):
    """A calls B calls A, one instance each: an error or an answer, and both models go on."""
    server, answers = cycles
    names = circle(depth)
    assert isinstance(answers[names[0]].result(), str)
    for name in names:
        assert ask(server, name, "answer = 1") == 1


@pytest.mark.only_ours("a circle through an ensemble never ends")
@pytest.mark.parametrize("through", THROUGH)
def test_a_cycle_through_an_ensemble_ends(cycles, through):
    """An ensemble's Python model asks that ensemble, with one instance: an error that names them, and both go on."""
    server, answers = cycles
    said = answers[through].result()
    caller = f"caller_of_{through}"
    assert f"wait for each other, and no instance of '{caller}' became free within 10 s" in said
    assert all(name in said for name in (through, caller))
    assert ask(server, through, "answer = 2") == 2


def test_many_callers_at_once(bls):
    source = CALL + "answer = values(made([int(request.request_id())]).exec())"
    arrays = {"SOURCE": source_array(source)}

    def one(n):
        with http(bls) as client:
            import json

            return json.loads(client.infer("caller", http_inputs(arrays), request_id=str(n)).as_numpy("ANSWER")[0])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(64))) == [[float(n)] for n in range(64)]
