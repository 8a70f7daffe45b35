"""`InferenceRequest`, `InferenceResponse`, `TritonError`: as a model reads and makes them, and what clients get."""

import json

import numpy as np
import pytest
import tritonclient.grpc
from tritonclient.utils import InferenceServerException

from python_client import ask, failure, grpc_inputs, http, infer, raised, source_array, value

EXCEPTION = "TritonModelException"


# What a request says to its model.


def test_a_request_without_more_has_defaults(scripted):
    source = """
        answer = [request.request_id(), request.correlation_id(), request.flags(), request.timeout(),
                  json.loads(request.parameters()), [t.name() for t in request.inputs()]]
    """
    assert ask(scripted, "scripted", source) == ["", 0, 0, 0, {}, ["SOURCE"]]


def test_id_timeout_and_parameters_reach_the_model(scripted):
    source = "answer = [request.request_id(), request.timeout(), json.loads(request.parameters())]"
    parameters = {"text": "ü", "whole": 7, "yes": True}
    got = ask(scripted, "scripted", source, request_id="r-1", timeout=7_000_000, parameters=parameters)
    assert got == ["r-1", 7_000_000, parameters]


def test_floating_parameters_reach_the_model(scripted):
    got = ask(scripted, "scripted", "answer = json.loads(request.parameters())", parameters={"half": 0.5})
    assert got == {"half": 0.5}


@pytest.mark.parametrize("correlation", [7, "a-sequence"])
def test_a_correlation_id_reaches_the_model(scripted, correlation):
    source = "answer = request.correlation_id()"
    assert ask(scripted, "scripted", source, sequence_id=correlation, sequence_start=True) == correlation


def test_flags_of_a_sequence_reach_the_model(scripted):
    source = """
        answer = [request.flags() & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START,
                  request.flags() & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END]
    """
    got = ask(scripted, "scripted", source, sequence_id=5, sequence_start=True, sequence_end=True)
    assert got == [1, 2]


def test_requested_outputs_are_a_set_of_all_where_none_is_named(scripted):
    source = "answer = [type(request.requested_output_names()).__name__, sorted(request.requested_output_names())]"
    assert ask(scripted, "scripted", source) == ["set", ["ANSWER", "OUTPUT0"]]


def test_requested_outputs_are_those_that_the_client_names(scripted):
    from tritonclient.http import InferRequestedOutput

    source = "answer = sorted(request.requested_output_names())"
    assert ask(scripted, "scripted", source, outputs=[InferRequestedOutput("ANSWER")]) == ["ANSWER"]


def test_an_output_that_was_not_requested_is_left_out(scripted):
    from tritonclient.http import InferRequestedOutput

    source = """
        both = [pb_utils.Tensor("ANSWER", np.array(["a"], dtype=object)),
                pb_utils.Tensor("OUTPUT0", np.ones(1, np.float32))]
        response = pb_utils.InferenceResponse(both)
    """
    arrays = {"SOURCE": source_array(source)}
    got = infer(scripted, "scripted", arrays, outputs=[InferRequestedOutput("OUTPUT0")]).get_response()
    assert [output["name"] for output in got["outputs"]] == ["OUTPUT0"]
    got = infer(scripted, "scripted", arrays).get_response()
    assert {output["name"] for output in got["outputs"]} == {"ANSWER", "OUTPUT0"}


def test_optional_inputs_left_out_are_absent(scripted):
    source = """
        answer = [pb_utils.get_input_tensor_by_name(request, "INPUT0"), sorted(t.name() for t in request.inputs())]
    """
    assert ask(scripted, "scripted", source) == [None, ["SOURCE"]]
    with_one = {"TEXT": np.array(["x"], dtype=object)}
    assert ask(scripted, "scripted", source, with_one) == [None, ["SOURCE", "TEXT"]]


def test_there_is_no_accessor_of_model_version_or_priority(scripted):
    names = ["model_name", "model_version", "priority", "preferred_memory"]
    assert value(scripted, "scripted", f"[hasattr(request, n) for n in {names}]") == [False] * 4


def test_flags_can_be_set(scripted):
    source = """
        request.set_flags(3)
        answer = request.flags()
    """
    assert ask(scripted, "scripted", source) == 3


def test_a_request_is_not_cancelled_while_its_client_waits(scripted):
    assert value(scripted, "scripted", "request.is_cancelled()") is False


def test_the_trace_context_is_text_or_none(scripted):
    assert value(scripted, "scripted", "request.trace().get_context()") is None


@pytest.mark.only_ours("the flag is passed over")
def test_rescheduling_needs_an_iterative_sequence(scripted):
    got = raised(scripted, "scripted", "request.set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE)")
    assert got[0] == EXCEPTION and "while the model is not configured to handle such a flag" in got[1]


def test_headers_that_are_forwarded_become_parameters(start_python, tmp_path_factory):
    from python_server import PythonRepository

    repository = PythonRepository(tmp_path_factory.mktemp("forwarded"))
    repository.add("scripted")
    server = start_python(repository, "--http-header-forward-pattern=x-.*")
    got = ask(server, "scripted", "answer = json.loads(request.parameters())", headers={"x-user": "ann", "y": "no"})
    assert {name.lower(): text for name, text in got.items()} == {"x-user": "ann"}


# The constructor of a request.

BLS = 'model_name="m", requested_output_names=["O"], inputs=[]'


def test_a_made_request_has_what_it_was_given(scripted):
    source = f"""
        r = pb_utils.InferenceRequest({BLS}, request_id="i", correlation_id=3, flags=1, timeout=9, model_version=2,
                                      parameters={{"a": 1, "b": True, "c": "x"}})
        d = pb_utils.InferenceRequest({BLS})
        answer = [r.request_id(), r.correlation_id(), r.flags(), r.timeout(), json.loads(r.parameters()),
                  sorted(r.requested_output_names()), r.inputs(),
                  d.request_id(), d.correlation_id(), d.flags(), d.timeout()]
    """
    expected = ["i", 3, 1, 9, {"a": 1, "b": True, "c": "x"}, ["O"], [], "", 0, 0, 0]
    assert ask(scripted, "scripted", source) == expected


@pytest.mark.parametrize(
    ("arguments", "exception", "text"),
    [
        ('inputs=[], requested_output_names=["O"]', "TypeError", ""),
        ('model_name="m", requested_output_names=["O"]', "TypeError", ""),
        ('model_name="m", inputs=[]', "TypeError", ""),
        ('model_name=None, inputs=[], requested_output_names=["O"]', "TypeError", ""),
        ('model_name="m", inputs=None, requested_output_names=["O"]', "TypeError", ""),
        ('model_name="m", inputs=[], requested_output_names=None', "TypeError", ""),
        (BLS + ", request_id=None", "TypeError", ""),
        (BLS + ", correlation_id=None", "TypeError", ""),
        (BLS + ", model_version=None", "TypeError", ""),
        (BLS + ", flags=None", "TypeError", ""),
        (BLS + ", timeout=None", "TypeError", ""),
        (BLS + ", preferred_memory=None", "TypeError", ""),
        ('model_name="m", inputs=[None], requested_output_names=["O"], request_id="i"', EXCEPTION,
         "Input tensor for request with id 'i' and model name 'm' should not be empty."),
        ('model_name="m", inputs=[], requested_output_names=[""]', EXCEPTION, "should not be empty"),
        (BLS + ', parameters={"a": 0.5}', EXCEPTION,
         "Expect parameters values to have type bool/int/str, found type <class 'float'>"),
        (BLS + ", parameters={1: 2}", EXCEPTION, "Expect parameters keys to have type str, found type <class 'int'>"),
        (BLS + ", parameters=[1]", EXCEPTION, "<class 'list'>"),
    ],
)  # fmt: skip
def test_a_request_cannot_be_made_of(scripted, arguments, exception, text):
    got = raised(scripted, "scripted", f"pb_utils.InferenceRequest({arguments})")
    assert got[0] == exception and text in got[1], got


def test_preferred_memory_is_a_kind_and_a_device(scripted):
    source = f"""
        for memory in (pb_utils.PreferredMemory(pb_utils.TRITONSERVER_MEMORY_CPU),
                       pb_utils.PreferredMemory(pb_utils.TRITONSERVER_MEMORY_CPU, 0)):
            pb_utils.InferenceRequest({BLS}, preferred_memory=memory)
        answer = "made"
    """
    assert ask(scripted, "scripted", source) == "made"


# Responses


def test_a_made_response_has_what_it_was_given(scripted):
    source = """
        r = pb_utils.InferenceResponse(output_tensors=[pb_utils.Tensor("A", np.zeros(1))])
        e = pb_utils.InferenceResponse(error=pb_utils.TritonError("no"))
        answer = [[t.name() for t in r.output_tensors()], r.has_error(),
                  pb_utils.get_output_tensor_by_name(r, "A").name(), pb_utils.get_output_tensor_by_name(r, "B"),
                  e.has_error(), e.error().message(), pb_utils.InferenceResponse().output_tensors()]
    """
    assert ask(scripted, "scripted", source) == [["A"], False, "A", None, True, "no", []]


@pytest.mark.parametrize(
    ("arguments", "exception", "text"),
    [
        ("None", "TypeError", ""),
        ("output_tensors=None", "TypeError", ""),
        ("[None]", EXCEPTION, "Output tensor for inference response should not be empty."),
        ('["text"]', "TypeError", ""),
    ],
)
def test_a_response_cannot_be_made_of(scripted, arguments, exception, text):
    got = raised(scripted, "scripted", f"pb_utils.InferenceResponse({arguments})")
    assert got[0] == exception and text in got[1], got


def test_a_response_has_no_length(scripted):
    assert raised(scripted, "scripted", "len(pb_utils.InferenceResponse([]))")[0] == "TypeError"


@pytest.mark.only_ours("InferenceResponse takes no parameters before 2.52")
def test_parameters_of_a_response_reach_the_client(scripted):
    source = """
        response = pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", np.array(["a"], dtype=object))],
                                              parameters={"text": "x", "whole": 7, "yes": True})
        model.kept["p"] = json.loads(response.parameters())
    """
    got = infer(scripted, "scripted", {"SOURCE": source_array(source)}).get_response()
    assert got["parameters"] == {"text": "x", "whole": 7, "yes": True}
    assert value(scripted, "scripted", "model.kept['p']") == got["parameters"]


@pytest.mark.only_ours("InferenceResponse takes no parameters before 2.52")
@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"a": 0.5}, "Expect parameters values to have type bool/int/str, found type <class 'float'>"),
        ({1: 2}, "Expect parameters keys to have type str, found type <class 'int'>"),
        ([1], "<class 'list'>"),
    ],
)
def test_parameters_of_a_response_cannot_be(scripted, parameters, text):
    got = raised(scripted, "scripted", f"pb_utils.InferenceResponse([], parameters={parameters!r})")
    assert got[0] == EXCEPTION and text in got[1], got


# Errors

CODES = {
    "UNKNOWN": "UNKNOWN",
    "INTERNAL": "INTERNAL",
    "NOT_FOUND": "NOT_FOUND",
    "INVALID_ARG": "INVALID_ARGUMENT",
    "UNAVAILABLE": "UNAVAILABLE",
    "UNSUPPORTED": "UNIMPLEMENTED",
    "ALREADY_EXISTS": "ALREADY_EXISTS",
    "CANCELLED": "CANCELLED",
}


@pytest.mark.parametrize("code", CODES)
def test_the_code_of_an_error_reaches_the_client(scripted, code):
    source = f"""
        error = pb_utils.TritonError("it says why", pb_utils.TritonError.{code})
        assert error.code() == pb_utils.TritonError.{code} and error.message() == "it says why"
        response = pb_utils.InferenceResponse(error=error)
    """
    with tritonclient.grpc.InferenceServerClient(scripted.grpc_url) as client:
        with pytest.raises(InferenceServerException) as refused:
            client.infer("scripted", grpc_inputs({"SOURCE": source_array(source)}))
    assert refused.value.status() == f"StatusCode.{CODES[code]}"
    assert refused.value.message() == "it says why"


def test_an_error_without_a_code_is_internal(scripted):
    assert value(scripted, "scripted", 'pb_utils.TritonError("x").code() == pb_utils.TritonError.INTERNAL') is True


def test_an_error_is_no_exception(scripted):
    assert raised(scripted, "scripted", 'raise pb_utils.TritonError("x")')[0] == "TypeError"


def test_a_response_with_an_error_has_no_outputs(scripted):
    source = """
        response = pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", np.array(["a"], dtype=object))],
                                              pb_utils.TritonError("only this"))
    """
    assert failure(scripted, "scripted", {"SOURCE": source_array(source)}) == "only this"


def test_constants_and_classes_are_there(scripted):
    classes = ["Tensor", "InferenceRequest", "InferenceResponse", "TritonError", "TritonModelException", "Logger",
               "PreferredMemory", "MetricFamily", "ModelConfig"]  # fmt: skip
    inner = ["InferenceResponseSender", "ResponseIterator", "InferenceTrace", "Metric", "MetricKind", "MemoryType",
             "SharedMemory", "shared_memory"]  # fmt: skip
    source = f"""
        import c_python_backend_utils as c
        answer = [[n for n in {classes} if not hasattr(pb_utils, n)], [n for n in {inner} if not hasattr(c, n)],
                  pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START, pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END,
                  pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL, pb_utils.TRITONSERVER_REQUEST_RELEASE_ALL,
                  pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE]
    """
    assert ask(scripted, "scripted", source) == [[], [], 1, 2, 1, 1, 2]


def test_functions_of_a_configuration(scripted):
    source = """
        answer = [pb_utils.get_input_config_by_name(model.config, "INPUT0")["dims"],
                  pb_utils.get_input_config_by_name(model.config, "none"),
                  pb_utils.get_output_config_by_name(model.config, "ANSWER")["data_type"],
                  pb_utils.get_output_config_by_name(model.config, "none"),
                  pb_utils.using_decoupled_model_transaction_policy(model.config)]
    """
    assert ask(scripted, "scripted", source) == [[-1], None, "TYPE_STRING", None, False]


def test_one_request_of_a_batch_may_fail_alone(start_python, tmp_path_factory):
    from python_server import PythonRepository

    repository = PythonRepository(tmp_path_factory.mktemp("partly"))
    execute = """
result = []
for request in requests:
    array = request.inputs()[0].as_numpy()
    if array[0, 0] < 0:
        error = pb_utils.TritonError("negative", pb_utils.TritonError.INVALID_ARG)
        result.append(pb_utils.InferenceResponse(error=error))
    else:
        count = np.array([[len(requests)]], np.float32)
        result.append(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", count)]))
"""
    repository.add(
        "scripted",
        "partly",
        change=[
            ("max_batch_size: 0", "max_batch_size: 8"),
            ("dims: [ 1 ] optional: true", "dims: [ 1 ]  optional: true"),
        ],
        extra="dynamic_batching { max_queue_delay_microseconds: 60000000 preferred_batch_size: [ 3 ] }",
        execute=execute,
    )
    server = start_python(repository)
    with http(server, concurrency=3) as client:
        from python_client import http_inputs

        calls = [client.async_infer("partly", http_inputs({"INPUT0": np.array([[v]], np.float32)})) for v in (1, -1, 2)]
        assert calls[0].get_result().as_numpy("OUTPUT0").tolist() == [[3]]
        with pytest.raises(InferenceServerException, match="negative"):
            calls[1].get_result()
        assert calls[2].get_result().as_numpy("OUTPUT0").tolist() == [[3]]
        stats = client.get_inference_statistics("partly")["model_stats"][0]
    # A request that got an error of its own counts as served, as in Triton.
    assert (stats["execution_count"], stats["inference_count"]) == (1, 3)
    assert json.dumps(stats["inference_stats"]["fail"]["count"]) == "0"
