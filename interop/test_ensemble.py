"""Ensembles, as clients see them over HTTP and gRPC: steps, outputs, optional inputs, bridges, sequences, labels, streams,
failures, statistics, and models that come and go. Where there is a real Triton it is asked the same."""

import json

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

import ensemble_models
import python_server
from ensemble_models import IDENTITY, PASS, THROUGH, ensemble, python, step, write
from python_client import Stream
from python_server import until
from traces import read_traces

CHAIN = ensemble(
    THROUGH,
    step("a", {"INPUT0": "IN"}, {"OUTPUT0": "t"}),
    step("b", {"INPUT0": "t"}, {"OUTPUT0": "OUT"}),
)


@pytest.fixture(scope="module")
def served(kind, start_python, tmp_path_factory):
    """Triton 2.51 does not know max_inflight_requests yet."""
    folder = tmp_path_factory.mktemp("ensembles")
    ensemble_models.write_models(folder, (0, 1, 4) if kind == "ours" else (0,))
    return start_python(folder)


@pytest.fixture(params=[tritonclient.http, tritonclient.grpc], ids=["http", "grpc"])
def module(request):
    return request.param


def connect(module, server):
    return module.InferenceServerClient(server.url if module is tritonclient.http else server.grpc_url)


@pytest.fixture
def infer(module, served):
    """infer(model, {name: array}, **options): the result."""
    with connect(module, served) as client:
        yield lambda model, arrays, **options: ask(module, client, model, arrays, **options)


def ask(module, client, model, arrays, outputs=None, **options):
    inputs = []
    for name, array in arrays.items():
        inputs.append(module.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype)))
        inputs[-1].set_data_from_numpy(array)
    wanted = None if outputs is None else [module.InferRequestedOutput(name) for name in outputs]
    return client.infer(model, inputs, outputs=wanted, **options)


def floats(*values):
    return np.array(values, np.float32)


def values(result, name):
    array = result.as_numpy(name)
    return None if array is None else array.flatten().tolist()


def output_names(result):
    response = result.get_response()
    outputs = response["outputs"] if isinstance(response, dict) else response.outputs
    return [output["name"] if isinstance(output, dict) else output.name for output in outputs]


def parameters(result):
    response = result.get_response()
    if isinstance(response, dict):
        return response.get("parameters", {})
    return {name: getattr(value, value.WhichOneof("parameter_choice")) for name, value in response.parameters.items()}


def count(server, model):
    """How many inferences a model has run."""
    with tritonclient.http.InferenceServerClient(server.url) as client:
        (entry,) = client.get_inference_statistics(model)["model_stats"]
        return entry["inference_count"]


def text_of(call):
    with pytest.raises(InferenceServerException) as error:
        call()
    return error.value.message()


def test_tensors_go_from_step_to_step(infer):
    result = infer("simple", {"INPUT0": floats(5, 7), "INPUT1": floats(1, 2)})
    assert (values(result, "OUTPUT0"), values(result, "OUTPUT1")) == ([6, 9], [4, 5])


def test_one_output_leaves_out_the_steps_of_the_other(infer, served):
    before = count(served, "pass"), count(served, "batched")
    arrays = {"INPUT0": floats(5, 7), "INPUT1": floats(1, 2)}
    result = infer("simple", arrays, outputs=["OUTPUT1"])
    assert output_names(result) == ["OUTPUT1"] and values(result, "OUTPUT1") == [4, 5]
    assert (count(served, "pass"), count(served, "batched")) == (before[0], before[1] + 1)


@pytest.mark.only_ours("a subset of outputs of independent branches ends in a deadlock error")
@pytest.mark.parametrize(("wanted", "idle"), [("OUT0", "fail"), ("OUT1", "pass")])
def test_one_of_two_independent_branches(infer, served, wanted, idle):
    before = count(served, idle)
    result = infer("branches", {"IN0": floats(1), "IN1": floats(2)}, outputs=[wanted])
    assert output_names(result) == [wanted]
    assert count(served, idle) == before


def test_a_model_that_writes_over_its_input_spoils_nobody_elses(infer):
    """The other step waits 20 ms before it reads the same tensor."""
    numbers = np.arange(20, 20 + 50_000, dtype=np.float32)
    result = infer("spoilt", {"IN": numbers})
    assert (result.as_numpy("OUT") == numbers).all()
    assert values(result, "SUM") == [pytest.approx(numbers.sum(), rel=1e-3)]


def test_an_output_that_a_step_leaves_out_is_not_in_the_response(infer):
    arrays = {"INPUT0": floats(5), "INPUT1": floats(1)}
    assert sorted(output_names(infer("direct", arrays))) == ["OUTPUT0", "OUTPUT1"]
    assert output_names(infer("direct", arrays, request_id="partial")) == ["OUTPUT0"]


@pytest.mark.parametrize(
    ("given", "sum_of"),
    [("ABC", 1 + 2 + 3), ("AB", 1 + 2 + 100), ("AC", 1 + 100 + 3), ("A", 1 + 100 + 100), ("BC", 100 + 2 + 3)],
)
def test_optional_inputs_that_are_left_out(infer, given, sum_of):
    numbers = {"A": 1, "B": 2, "C": 3}
    result = infer("optional", {name: floats(numbers[name]) for name in given})
    assert values(result, "OUT") == [sum_of]


def test_a_tensor_that_no_step_made_is_an_absent_input(infer):
    """The first step has no inputs and makes nothing: the second one counts what it lacks as 100."""
    assert values(infer("optional", {"C": floats(3)}), "OUT") == [100 + 3]


def test_models_with_and_without_batches(infer):
    assert values(infer("bridged", {"IN": floats(1, 2, 3)}), "OUT") == [1, 2, 3]
    result = infer("bridged_batch", {"IN": floats(1, 2, 3).reshape(1, 3)})
    assert result.as_numpy("OUT").tolist() == [[1, 2, 3]]


def test_an_ensemble_of_ensembles(infer):
    assert values(infer("nested", {"IN": floats(7, 8)}), "OUT") == [7, 8]


def sequence(infer, first, later=None, **options):
    said = {"SAID": first, "LATER": later or {}}
    return infer(
        "sequence_flags", {name: np.array([json.dumps(value)], object) for name, value in said.items()}, **options
    )


@pytest.mark.only_ours("its Python models have no parameters of responses yet")
def test_a_step_names_the_sequence_of_later_steps(infer):
    result = sequence(infer, {"sequence_id": 12, "sequence_start": True})
    assert values(result, "FIRST") == [0, 0]
    assert values(result, "SECOND") == [12, 1]
    found = parameters(result)
    assert found["sequence_id"] == 12 and found["sequence_start"] is True


def test_the_sequence_of_the_request_is_that_of_its_steps(infer):
    result = sequence(infer, {}, sequence_id=9, sequence_start=True, sequence_end=True)
    assert values(result, "FIRST") == [9, 3]
    assert values(result, "SECOND") == [9, 3]


@pytest.mark.only_ours("its Python models have no parameters of responses yet")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"sequence_id": True},
            "expected parameter 'sequence_id' to be TRITONSERVER_PARAMETER_INT or TRITONSERVER_PARAMETER_STRING",
        ),
        ({"sequence_start": 1}, "expect parameter 'sequence_start' to be TRITONSERVER_PARAMETER_BOOL"),
    ],
)
def test_a_sequence_parameter_of_the_wrong_type(infer, said, expected):
    assert expected in text_of(lambda: sequence(infer, said))


def classes(module, client, model):
    tensor = module.InferInput("IN", [3], "FP32")
    tensor.set_data_from_numpy(floats(0.1, 0.7, 0.2))
    result = client.infer(model, [tensor], outputs=[module.InferRequestedOutput("OUT", class_count=1)])
    return result.as_numpy("OUT").flatten().tolist()


def test_labels_are_those_of_the_step_unless_the_ensemble_has_some(module, served):
    with connect(module, served) as client:
        assert classes(module, client, "labels") == [b"0.700000:1:bee"]
        assert classes(module, client, "own_labels") == [b"0.700000:1:y"]


def test_a_failure_names_the_ensemble_once(infer):
    text = text_of(lambda: infer("branches", {"IN0": floats(1), "IN1": floats(-1)}))
    assert "in ensemble 'branches', it is negative" in text
    assert text.count("in ensemble") == 1


def test_an_input_that_the_ensemble_does_not_have(infer):
    text = text_of(lambda: infer("branches", {"IN0": floats(1), "OTHER": floats(1)}))
    assert "unexpected inference input 'OTHER' for model 'branches'" in text


@pytest.mark.only_ours("a failure counts twice")
def test_statistics_of_an_ensemble_and_its_models(infer, served):
    def read(model):
        with tritonclient.http.InferenceServerClient(served.url) as client:
            (entry,) = client.get_inference_statistics(model)["model_stats"]
        stats = entry["inference_stats"]
        return np.array([entry["inference_count"], entry["execution_count"], stats["fail"]["count"]])

    infer("branches", {"IN0": floats(1), "IN1": floats(2)})  # what a failure before has left behind is over then
    before = {model: read(model) for model in ("branches", "pass")}
    infer("branches", {"IN0": floats(1), "IN1": floats(2)})
    text_of(lambda: infer("branches", {"IN0": floats(1), "IN1": floats(-1)}))
    assert (read("branches") - before["branches"]).tolist() == [1, 1, 1]
    # The failure of the one branch cancels the other if that has not begun.
    until(lambda: (read("pass") - before["pass"]).tolist() in ([2, 2, 0], [1, 1, 1]))


@pytest.mark.only_ours("it does not explain")
def test_an_explained_request_says_what_each_step_did(module, infer, served):
    arrays = {"IN": floats(1, 2, 3)}
    result = infer("nested", arrays, parameters={"nereid_explain": True})
    said = json.loads(parameters(result)["nereid_explain"])
    assert said["critical_path"] == [0, 1]
    assert [step["model"] for step in said["steps"]] == ["bridged", "labels"]
    assert [inner["model"] for inner in said["steps"][0]["ensemble"]["steps"]] == ["batched", "pass", "batched"]
    assert all(step["start_us"] <= step["end_us"] <= said["total_us"] for step in said["steps"])
    if module is tritonclient.http:
        with connect(module, served) as client:
            result = ask(module, client, "nested", arrays, query_params={"explain": "true"})
        assert json.loads(parameters(result)["nereid_explain"])["critical_path"] == [0, 1]
    assert "nereid_explain" not in parameters(infer("nested", arrays))


def test_a_full_queue_of_a_step_is_the_answer(module, served):
    if module is tritonclient.grpc:
        pytest.skip("one protocol is enough: it is a matter of the scheduler")
    with tritonclient.http.InferenceServerClient(served.url, concurrency=8) as client:
        tensor = module.InferInput("IN", [1, 1], "FP32")
        tensor.set_data_from_numpy(floats(200).reshape(1, 1))
        started = [client.async_infer("narrowed", [tensor]) for _ in range(8)]
        texts = []
        for request in started:
            try:
                request.get_result()
            except InferenceServerException as error:
                texts.append(error.message())
        assert texts
        assert all(text.startswith("in ensemble 'narrowed', ") for text in texts)
        assert all(text.endswith("Exceeds maximum queue size") for text in texts)


def skip_unknown(server, limit):
    if limit and server.kind == "triton":
        pytest.skip("Triton 2.51 does not know max_inflight_requests")


@pytest.mark.parametrize("limit", [0, 1, 4])
def test_every_response_of_a_decoupled_step_comes(served, limit):
    skip_unknown(served, limit)
    with Stream(served) as stream:
        stream.send(f"stream{limit}", {"IN": floats(16, 0)}, enable_empty_final_response=True)
        found = []
        while True:
            result, error = stream.next()
            assert error is None, error
            response = result.get_response()
            found += [result.as_numpy("OUT").item()] if response.outputs else []
            if response.parameters["triton_final_response"].bool_param:
                break
    assert sorted(found) == list(range(16))
    if served.kind == "ours":
        assert found == list(range(16))


@pytest.mark.parametrize("limit", [0, 1])
def test_many_streams_at_once(served, limit):
    skip_unknown(served, limit)
    with Stream(served) as stream:
        for i in range(8):
            stream.send(f"stream{limit}", {"IN": floats(8, 0)}, request_id=str(i))
        found = {str(i): [] for i in range(8)}
        for _ in range(8 * 8):
            result, error = stream.next()
            assert error is None, error
            found[result.get_response().id].append(result.as_numpy("OUT").item())
    assert {name: sorted(numbers) for name, numbers in found.items()} == {str(i): list(range(8)) for i in range(8)}


def test_a_stream_without_responses_just_ends(served):
    with Stream(served) as stream:
        stream.send("stream0", {"IN": floats(0, 0)}, enable_empty_final_response=True)
        result, error = stream.next()
        assert error is None
        assert not result.get_response().outputs
        assert result.get_response().parameters["triton_final_response"].bool_param


def test_a_decoupled_step_makes_the_ensemble_decoupled(served):
    with tritonclient.http.InferenceServerClient(served.url) as client:
        assert client.get_model_config("stream0")["model_transaction_policy"]["decoupled"] is True
        assert client.get_model_config("bridged")["model_transaction_policy"]["decoupled"] is False


def test_a_cancelled_stream_ends_its_steps(served):
    before = count(served, "count")
    stream = Stream(served)
    stream.send("stream0", {"IN": floats(1000, 20)})
    assert stream.next()[1] is None
    stream.__exit__()
    until(lambda: executions(served, "count") > 0 and in_flight_is_over(served))
    assert count(served, "count") >= before


def executions(server, model):
    with tritonclient.http.InferenceServerClient(server.url) as client:
        (entry,) = client.get_inference_statistics(model)["model_stats"]
        stats = entry["inference_stats"]
        return stats["success"]["count"] + stats["fail"]["count"]


def in_flight_is_over(server):
    """The only instance of `count` answers again."""
    with Stream(server) as stream:
        stream.send("count", {"INPUT0": floats(1, 0)})
        return stream.next(seconds=30)[1] is None


@pytest.fixture
def controlled(kind, tmp_path):
    """start(more flags...): a server in mode explicit over `folder`, with ensembles `e` of a and b, `f` of b twice."""
    folder = tmp_path / "models"
    for name in "ab":
        write(folder, name, python(IDENTITY), PASS)
    write(folder, "e", CHAIN)
    write(folder, "f", CHAIN.replace('"a"', '"b"'))
    started = []

    def start(*flags):
        server = python_server.start(kind, tmp_path / "server.log", folder, *flags)
        started.append(server)
        return server

    start.folder = folder
    yield start
    for server in started:
        server.stop()
        server.kill()


def ready(client, names="abef"):
    return "".join(name for name in names if client.is_model_ready(name))


def answers(module, client, model):
    return values(ask(module, client, model, {"IN": floats(1, 2)}), "OUT") == [1, 2]


@pytest.mark.only_ours("not tried: it writes its traces otherwise")
def test_each_step_has_a_trace_that_is_a_child_of_the_request_s(controlled, tmp_path):
    file = tmp_path / "traces.json"
    settings = (f"triton,file={file}", "level=TIMESTAMPS", "rate=1")
    server = controlled(*(f"--trace-config={setting}" for setting in settings))
    with tritonclient.http.InferenceServerClient(server.url) as client:
        assert answers(tritonclient.http, client, "e")
    server.stop()
    traces = read_traces(file)
    parents = {trace["head"]["model_name"]: trace["head"].get("parent_id") for trace in traces.values()}
    (ensemble_id,) = [number for number, trace in traces.items() if trace["head"]["model_name"] == "e"]
    assert parents == {"e": None, "a": ensemble_id, "b": ensemble_id}


def test_an_ensemble_brings_its_models_along(module, controlled):
    server = controlled("--model-control-mode=explicit")
    with connect(module, server) as client:
        client.load_model("e")
        assert ready(client) == "abe"
        assert answers(module, client, "e")
        client.unload_model("e")
        until(lambda: ready(client) == "ab")
        client.load_model("e")
        client.unload_model("e", unload_dependents=True)
        until(lambda: ready(client) == "")


def test_unload_dependents_leaves_what_others_need_or_somebody_loaded(module, controlled):
    server = controlled("--model-control-mode=explicit")
    with connect(module, server) as client:
        client.load_model("a")
        client.load_model("e")
        client.load_model("f")
        client.unload_model("e", unload_dependents=True)
        until(lambda: ready(client) == "abf")
        client.unload_model("f", unload_dependents=True)
        until(lambda: ready(client) == "a")


def test_an_ensemble_goes_and_comes_with_its_models(module, controlled):
    server = controlled("--model-control-mode=explicit", "--load-model=e", "--load-model=f")
    with connect(module, server) as client:
        assert ready(client) == "abef"
        client.unload_model("a")
        until(lambda: ready(client) == "bf")
        client.load_model("a")
        assert ready(client) == "abef"
        assert answers(module, client, "e")
        client.unload_model("e")
        client.unload_model("a")
        client.load_model("a")
        assert ready(client) == "abf"


@pytest.mark.only_ours("an ensemble goes when a step that was loaded anew does not fit")
def test_a_model_that_does_not_fit_any_more_leaves_the_ensemble_as_it_is(module, controlled):
    server = controlled("--model-control-mode=explicit", "--load-model=e")
    with connect(module, server) as client:
        write(controlled.folder, "a", python(IDENTITY.replace("TYPE_FP32", "TYPE_INT32")), PASS)
        client.load_model("a")
        assert answers(module, client, "e")
        assert "inconsistent data type" in text_of(lambda: client.load_model("e"))
        assert answers(module, client, "e")
        write(controlled.folder, "a", python(IDENTITY, more="dynamic_batching { }\n"), PASS)
        client.load_model("a")
        assert answers(module, client, "e")


def test_polling_follows_the_models_of_an_ensemble(controlled):
    folder = controlled.folder
    server = controlled("--model-control-mode=poll", "--repository-poll-secs=1")
    with tritonclient.http.InferenceServerClient(server.url) as client:
        assert ready(client) == "abef"
        (folder / "a").rename(folder.parent / "a")
        until(lambda: ready(client) == "bf")
        (folder.parent / "a").rename(folder / "a")
        until(lambda: ready(client) == "abef")
        assert answers(tritonclient.http, client, "e")


def test_what_is_missing_is_the_reason(controlled):
    write(controlled.folder, "lost", CHAIN.replace('"a"', '"nowhere"'))
    server = controlled("--model-control-mode=explicit")
    with tritonclient.http.InferenceServerClient(server.url) as client:
        text = text_of(lambda: client.load_model("lost"))
        assert "ensemble lost contains models that are not available or ambiguous: nowhere" in text
        assert ready(client, "ab") in ("b", "")
