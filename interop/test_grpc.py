"""Triton's gRPC clients: everything that one call asks and one message answers."""

import asyncio
import concurrent.futures
import functools
import queue

import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from google.protobuf import json_format
from tritonclient.grpc import service_pb2 as messages
from tritonclient.utils import InferenceServerException

import wire
from crowd import executions, explain, statistics, wait_until, wait_until_queued
from models import identity_model
from rpc import failure, floats, given, output, request, row, tensor, uint64, values
from test_datatypes import VALUES, assert_same
from test_metadata import INSTANCES

UNKNOWN_ID = "[request id: <id_unknown>] "


def client_failure(call, *arguments, **named):
    """The status and the text that a call of the client fails with."""
    with pytest.raises(InferenceServerException) as raised:
        call(*arguments, **named)
    return raised.value.status().removeprefix("StatusCode."), raised.value.message()


# --- health, metadata, configuration ------------------------------------------------------------------------------


def test_the_client_finds_server_and_models_ready(grpc_client):
    assert grpc_client.is_server_live()
    assert grpc_client.is_server_ready()
    assert grpc_client.is_model_ready("identity_fp32")
    assert grpc_client.is_model_ready("versions_all", "3")


@pytest.mark.parametrize(
    "model, version, text",
    [
        ("nope", "", "Request for unknown model: 'nope' is not found"),
        ("versions_all", "2", "Request for unknown model: 'versions_all' version 2 is not found"),
    ],
)
def test_what_is_unknown_is_not_found(grpc_client, rpc, model, version, text):
    for ask in (grpc_client.get_model_metadata, grpc_client.get_model_config):
        assert client_failure(ask, model, version) == ("NOT_FOUND", text)
    assert not grpc_client.is_model_ready(model, version)
    assert failure(rpc.infer, floats(model, 1, model_version=version)) == ("NOT_FOUND", text)


def test_a_version_that_is_no_number(grpc_client, rpc):
    for ask in (grpc_client.is_model_ready, grpc_client.get_model_metadata, grpc_client.get_model_config):
        status, text = client_failure(ask, "identity_fp32", "one")
        assert status == "INVALID_ARGUMENT" and "failed to get model version from specified version string" in text
        status, text = client_failure(ask, "identity_fp32", "-1")
        assert status == "INVALID_ARGUMENT"
        assert text == "invalid model version specified '-1' , version should be an integral value > 0"
    assert grpc_client.get_model_metadata("identity_fp32", "01").versions == ["1"]
    status, text = failure(rpc.infer, floats("identity_fp32", 1, model_version="one"))
    assert status == "INVALID_ARGUMENT" and "failed to get model version from specified version string" in text


def test_server_metadata(grpc_client, client):
    metadata = grpc_client.get_server_metadata()
    assert (metadata.name, metadata.version) == ("triton", "2.73.0")
    assert grpc_client.get_server_metadata(as_json=True) == client.get_server_metadata()


def models_of(client):
    """The names of all models that are ready."""
    return sorted({entry["name"] for entry in client.get_inference_statistics()["model_stats"]})


def test_model_metadata_is_that_of_http(grpc_client, client):
    for model in models_of(client):
        expected = json_format.ParseDict(client.get_model_metadata(model), messages.ModelMetadataResponse())
        assert grpc_client.get_model_metadata(model) == expected
    assert grpc_client.get_model_metadata("versions_all").versions == ["1", "3"]
    assert grpc_client.get_model_metadata("versions_all", "3").versions == ["3"]


def test_model_metadata_as_json(grpc_client):
    assert grpc_client.get_model_metadata("food_classifier_onnx", as_json=True) == {
        "name": "food_classifier_onnx",
        "versions": ["1"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "input", "datatype": "FP32", "shape": ["-1", "3", "224", "224"]}],
        "outputs": [{"name": "output", "datatype": "FP32", "shape": ["-1", "11"]}],
    }


def test_model_config_is_that_of_http(grpc_client, client):
    """Both are the whole configuration as it was completed, in messages and in JSON."""
    for model in models_of(client):
        expected = json_format.ParseDict(client.get_model_config(model), messages.ModelConfigResponse().config)
        assert grpc_client.get_model_config(model).config == expected, model


def test_model_config_as_json(grpc_client):
    config = grpc_client.get_model_config("food_classifier_onnx", as_json=True)["config"]
    assert (config["name"], config["backend"], config["max_batch_size"]) == ("food_classifier_onnx", "onnxruntime", 16)
    assert config["input"][0]["dims"] == ["3", "224", "224"]
    (group,) = config["instance_group"]
    assert (group["kind"], group["count"]) == ("KIND_CPU", INSTANCES)


# --- statistics ---------------------------------------------------------------------------------------------------


def test_statistics_count_what_came_over_grpc(grpc_client, rpc_server):
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        (fresh,) = client.get_inference_statistics("quick").model_stats
        assert (fresh.name, fresh.version, fresh.inference_count) == ("quick", "1", 0)
        stages = (
            "success",
            "fail",
            "queue",
            "compute_input",
            "compute_infer",
            "compute_output",
            "cache_hit",
            "cache_miss",
        )
        for stage in stages:
            assert fresh.inference_stats.HasField(stage), stage
        for size in (1, 1, 4):
            client.infer("quick", [given(np.zeros([size, 3], np.float32))])
        (entry,) = client.get_inference_statistics("quick").model_stats
        assert (entry.inference_count, entry.execution_count, entry.inference_stats.success.count) == (6, 3, 3)
        assert {batch.batch_size: batch.compute_infer.count for batch in entry.batch_stats} == {1: 2, 4: 1}
        assert entry.last_inference > 0


def test_statistics_are_those_of_http(grpc_client, client):
    def are_the_same(name, version):
        received = client.get_inference_statistics(name, version)
        expected = json_format.ParseDict(received, messages.ModelStatisticsResponse(), ignore_unknown_fields=True)
        got = grpc_client.get_inference_statistics(name, version)
        return sorted(got.model_stats, key=key_of) == sorted(expected.model_stats, key=key_of)

    grpc_client.infer("identity_fp32", row(1, 2))
    for asked in (("identity_fp32", ""), ("versions_all", "3"), ("", "")):
        # What earlier tests have cancelled may end between the two answers.
        wait_until(functools.partial(are_the_same, *asked), f"the same of {asked}")
    as_json = grpc_client.get_inference_statistics("identity_fp32", as_json=True)
    assert int(as_json["model_stats"][0]["inference_count"]) >= 1


def key_of(entry):
    return entry.name, entry.version


@pytest.mark.parametrize(
    "model, version, text",
    [
        ("nope", "", "requested model 'nope' is not available"),
        ("versions_all", "2", "requested model version is not available for model 'versions_all'"),
    ],
)
def test_statistics_of_what_is_not_there(grpc_client, model, version, text):
    assert client_failure(grpc_client.get_inference_statistics, model, version) == ("INVALID_ARGUMENT", text)


# --- tensors ------------------------------------------------------------------------------------------------------


def ask(client, datatype, array):
    result = client.infer(identity_model(datatype), [given(array, datatype)])
    (entry,) = result.get_response().outputs
    assert (entry.name, entry.datatype, list(entry.shape)) == ("OUTPUT0", datatype, list(array.shape))
    assert not entry.HasField("contents")
    assert len(result.get_response().raw_output_contents) == 1
    return result.as_numpy("OUTPUT0")


@pytest.mark.parametrize("datatype", VALUES)
def test_every_datatype(grpc_client, datatype):
    assert_same(datatype, ask(grpc_client, datatype, VALUES[datatype]), VALUES[datatype])


def test_bytes_may_be_anything(grpc_client):
    words = np.array([[b"a\x00b", b"\xff\xfe\x80", b"", bytes(range(256)), b"x" * 100_000]], np.object_)
    assert ask(grpc_client, "BYTES", words).ravel().tolist() == words.ravel().tolist()


@pytest.mark.parametrize("datatype", ["FP32", "UINT8", "BYTES"])
def test_a_tensor_may_have_no_elements(rpc, datatype):
    response = rpc.infer(request(identity_model(datatype), tensor(datatype=datatype, shape=(1, 0)), raw=[b""]))
    assert list(response.outputs[0].shape) == [1, 0]
    assert list(response.raw_output_contents) == [b""]


@pytest.mark.parametrize("model", ["identity_fp32", "identity_backend"])
def test_sixteen_megabytes(grpc_client, model):
    sent = np.random.default_rng(3).standard_normal([4, 1_000_000]).astype(np.float32)
    np.testing.assert_array_equal(grpc_client.infer(model, [given(sent)]).as_numpy("OUTPUT0"), sent)


def test_several_inputs_and_outputs(grpc_client):
    first, second = np.array([[1, 2, 3]], np.float32), np.array([[[4, 5], [6, 7]]], np.int32)
    inputs = [given(second, "INT32", "INPUT1"), given(first)]
    result = grpc_client.infer("two_inputs", inputs)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), first)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), second)
    result = grpc_client.infer("two_inputs", inputs, outputs=[triton.InferRequestedOutput("OUTPUT1")])
    np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), second)
    assert result.as_numpy("OUTPUT0") is None


def test_the_answer_names_what_gave_it(grpc_client):
    response = grpc_client.infer("versions_all", row(1, 1, 1, 1), request_id="r-42").get_response()
    assert (response.id, response.model_name, response.model_version) == ("r-42", "versions_all", "3")
    assert values(response).tolist() == [[4, 4, 4, 4]]
    response = grpc_client.infer("versions_all", row(1, 1, 1, 1), model_version="1").get_response()
    assert (response.id, response.model_version) == ("", "1")
    assert values(response).tolist() == [[2, 2, 2, 2]]


def test_an_unbatched_model(grpc_client):
    sent = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(grpc_client.infer("unbatched", [given(sent)]).as_numpy("OUTPUT0"), sent)


# --- classification -----------------------------------------------------------------------------------------------

SCORES = np.array([[1, -2.5, 10, 0.5, 3], [5, 4, 3, 2, 1]], np.float32)


def test_classification(grpc_client):
    outputs = [triton.InferRequestedOutput("SCORES", class_count=2), triton.InferRequestedOutput("COUNTS")]
    result = grpc_client.infer("classifier", [given(SCORES)], outputs=outputs)
    entry = result.get_output("SCORES")
    assert (entry.datatype, list(entry.shape)) == ("BYTES", [2, 2])
    expected = [[b"10.000000:2:blue", b"3.000000:4"], [b"5.000000:0:red", b"4.000000:1:green"]]
    assert result.as_numpy("SCORES").tolist() == expected
    np.testing.assert_array_equal(result.as_numpy("COUNTS"), SCORES.astype(np.int32))


def test_classification_without_batching(grpc_client):
    outputs = [triton.InferRequestedOutput("OUTPUT0", class_count=9)]
    result = grpc_client.infer("classifier_unbatched", [given(SCORES[0])], outputs=outputs)
    assert list(result.get_output("OUTPUT0").shape) == [5]
    assert result.as_numpy("OUTPUT0")[0] == b"10.000000:2"


@pytest.mark.parametrize("count", [0, -1])
def test_a_classification_of_no_classes(rpc, count):
    asked = request("classifier", tensor(shape=(2, 5)), raw=[SCORES], outputs=[output("SCORES", classification=count)])
    assert failure(rpc.infer, asked) == (
        "INVALID_ARGUMENT",
        "invalid value for 'classification' parameter, expected >= 0",
    )


@pytest.mark.parametrize("count", ["2", True, 2.0, uint64(2)], ids=["string", "bool", "double", "uint64"])
def test_a_classification_that_is_no_int64(rpc, count):
    asked = request("classifier", tensor(shape=(2, 5)), raw=[SCORES], outputs=[output("SCORES", classification=count)])
    status, text = failure(rpc.infer, asked)
    assert status == "INVALID_ARGUMENT" and "'classification'" in text


# --- parameters ---------------------------------------------------------------------------------------------------


def test_parameters_of_the_client(grpc_client):
    result = grpc_client.infer(
        "identity_fp32",
        row(1, 2),
        priority=1,
        timeout=5_000_000,
        sequence_id=7,
        sequence_start=True,
        sequence_end=True,
        parameters={"text": "x", "number": 3, "flag": True, "real": 0.5},
    )
    assert result.as_numpy("OUTPUT0").tolist() == [[1, 2]]
    assert grpc_client.infer("identity_fp32", row(1), sequence_id="seven").as_numpy("OUTPUT0").tolist() == [[1]]


@pytest.mark.parametrize("name, value", [("priority", 0), ("priority", 3), ("priority", uint64(3)), ("timeout", 0)])
def test_parameters_of_the_server(rpc, name, value):
    assert values(rpc.infer(floats("identity_fp32", 1, parameters={name: value}))).tolist() == [[1]]


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("sequence_id", True, "sequence_id"),
        ("sequence_id", 1.5, "sequence_id"),
        ("sequence_id", uint64(1), "sequence_id"),
        ("sequence_start", 1, "sequence_start"),
        ("sequence_end", "true", "sequence_end"),
        ("priority", -1, "priority"),
        ("priority", "1", "priority"),
        ("priority", True, "priority"),
        ("timeout", "1", "timeout"),
        ("timeout", 1.5, "timeout"),
        ("timeout", uint64(1), "timeout"),
        ("triton_enable_empty_final_response", 1, "triton_enable_empty_final_response"),
        ("triton_enable_empty_final_response", "true", "triton_enable_empty_final_response"),
        ("triton_anything", True, "triton_enable_empty_final_response"),
        ("custom", uint64(1), "expected int64_param, bool_param, or string_param"),
    ],
)
def test_parameters_that_are_not_accepted(rpc, name, value, words):
    status, text = failure(rpc.infer, floats("identity_fp32", 1, parameters={name: value}))
    assert status == "INVALID_ARGUMENT" and words in text


@pytest.mark.parametrize("name, value", [("binary_data_output", True), ("headers", "x")])
def test_parameters_that_mean_something_over_http_only(rpc, name, value):
    assert values(rpc.infer(floats("identity_fp32", 1, parameters={name: value}))).tolist() == [[1]]


# --- wrong requests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked, text",
    [
        (
            request("two_inputs", tensor(), raw=[bytes(16)]),
            "expected 2 inputs but got 1 inputs for model 'two_inputs'. Got input(s) ['INPUT0'], but missing required"
            " input(s) ['INPUT1']. Please provide all required input(s).",
        ),
        (
            request("identity_fp32", tensor(datatype="INT32"), raw=[bytes(16)]),
            "inference input 'INPUT0' data-type is 'INT32', but model 'identity_fp32' expects 'FP32'",
        ),
        (
            request("unbatched", tensor(shape=(2, 2)), raw=[bytes(16)]),
            "unexpected shape for input 'INPUT0' for model 'unbatched'. Expected [-1,3], got [2,2].",
        ),
        (
            request("identity_fp32", tensor(shape=(9, 1)), raw=[bytes(36)]),
            "inference request batch-size must be <= 8 for 'identity_fp32'",
        ),
        (
            request("identity_fp32", tensor(shape=()), raw=[bytes(4)]),
            "input 'INPUT0' has no shape but model requires batch dimension for 'identity_fp32'",
        ),
        (
            request("identity_fp32", tensor(shape=(1, -1)), raw=[bytes(4)]),
            "All input dimensions should be specified for input 'INPUT0' for model 'identity_fp32', got [1,-1]",
        ),
        (
            request("identity_fp32", tensor(), raw=[bytes(12)]),
            "input byte size mismatch for input 'INPUT0' for model 'identity_fp32'. Expected 16, got 12",
        ),
    ],
)
def test_what_does_not_fit_the_configuration(rpc, asked, text):
    status, received = failure(rpc.infer, asked)
    assert status == "INVALID_ARGUMENT" and received.startswith(UNKNOWN_ID + text), received
    asked.id = "r7"
    status, received = failure(rpc.infer, asked)
    assert status == "INVALID_ARGUMENT" and received.startswith("[request id: r7] " + text), received


def test_unknown_names_are_told_without_the_id(rpc):
    asked = request("identity_fp32", tensor("NO"), raw=[bytes(16)])
    asked.id = "r7"
    text = "unexpected inference input 'NO' for model 'identity_fp32' (its inputs are ['INPUT0'])"
    assert failure(rpc.infer, asked) == ("INVALID_ARGUMENT", text)
    asked = request("identity_fp32", tensor(), raw=[bytes(16)], outputs=[output("NO")])
    text = "unexpected inference output 'NO' for model 'identity_fp32' (its outputs are ['OUTPUT0'])"
    assert failure(rpc.infer, asked) == ("INVALID_ARGUMENT", text)


@pytest.mark.parametrize(
    "asked, text",
    [
        (
            request("identity_fp32", tensor(), tensor(), raw=[bytes(16), bytes(16)]),
            "[request id: <id_unknown>] input 'INPUT0' already exists in request",
        ),
        (
            request("identity_fp32", tensor(), raw=[bytes(16)], outputs=[output(), output()]),
            "[request id: <id_unknown>] output 'OUTPUT0' already exists in request",
        ),
        (request("identity_fp32", tensor(datatype="FP31"), raw=[bytes(16)]), "invalid datatype for input INPUT0"),
        (request("identity_bytes", tensor(datatype="BYTES", shape=(1, 1)), raw=[b"\x09\0\0\0ab"]), "string"),
    ],
)
def test_other_wrong_requests(rpc, asked, text):
    status, received = failure(rpc.infer, asked)
    assert status == "INVALID_ARGUMENT" and text in received


def test_a_failing_execution_is_an_internal_error(rpc):
    asked = request("gather_from_four", tensor("INDEX", "INT64", (1, 1)), raw=[np.array([99])])
    status, text = failure(rpc.infer, asked)
    assert status == "INTERNAL" and "onnx runtime error" in text


def test_bytes_that_are_no_message(rpc):
    call = rpc.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
    for data in (b"\xff", b"\x0a\x7fabc", b"\x2a\x05\x0a\x7f"):
        status, text = failure(call, data, timeout=30)
        assert status in ("INVALID_ARGUMENT", "INTERNAL") and text
    assert rpc.infer(floats("identity_fp32", 1)).model_name == "identity_fp32"


def test_a_call_that_does_not_exist(rpc):
    status, _ = failure(rpc.channel.unary_unary("/inference.GRPCInferenceService/ModelDream"), b"", timeout=30)
    assert status == "UNIMPLEMENTED"


# --- many at once -------------------------------------------------------------------------------------------------


def numbered(number):
    random = np.random.default_rng(number)
    return random.standard_normal([1 + number % 4, 1 + number * 7], np.float32)


def infer_async(client, model, inputs, **named):
    """Sends with async_infer; returns what it returned, and a queue that its result and error go to."""
    answers = queue.SimpleQueue()
    context = client.async_infer(model, inputs, lambda result, error: answers.put((result, error)), **named)
    return context, answers


def test_async_infer(grpc_client):
    sent = [infer_async(grpc_client, "identity_fp32", [given(numbered(i))], request_id=str(i)) for i in range(32)]
    for number, (_, answers) in enumerate(sent):
        result, error = answers.get(timeout=30)
        assert error is None and result.get_response().id == str(number)
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), numbered(number))


def test_async_infer_tells_its_errors(grpc_client):
    _, answers = infer_async(grpc_client, "nope", row(1))
    result, error = answers.get(timeout=30)
    assert result is None
    assert (error.status(), error.message()) == (
        "StatusCode.NOT_FOUND",
        "Request for unknown model: 'nope' is not found",
    )


@pytest.mark.parametrize("model", ["identity_fp32", "identity_backend"])
def test_32_clients(server, model):
    def run(number):
        with triton.InferenceServerClient(server.grpc_url) as client:
            for i in range(10):
                result = client.infer(model, [given(numbered(number + i))], request_id=f"{number}-{i}")
                assert result.get_response().id == f"{number}-{i}"
                np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), numbered(number + i))

    with concurrent.futures.ThreadPoolExecutor(32) as threads:
        for done in [threads.submit(run, number) for number in range(32)]:
            done.result(timeout=60)


# --- asyncio ------------------------------------------------------------------------------------------------------


def in_asyncio(server, steps):
    """Runs `steps` with an asyncio client of the server."""

    async def run():
        async with triton_aio.InferenceServerClient(server.grpc_url) as client:
            return await steps(client)

    return asyncio.run(run())


def test_aio_asks(server):
    async def steps(client):
        assert await client.is_server_live() and await client.is_server_ready()
        assert await client.is_model_ready("identity_fp32")
        assert (await client.get_server_metadata()).name == "triton"
        assert (await client.get_model_metadata("identity_fp32", as_json=True))["platform"] == "onnxruntime_onnx"
        assert (await client.get_model_config("identity_fp32")).config.max_batch_size == 8
        assert (await client.get_inference_statistics("identity_fp32")).model_stats[0].name == "identity_fp32"
        with pytest.raises(InferenceServerException) as raised:
            await client.infer("nope", row(1))
        assert raised.value.status() == "StatusCode.NOT_FOUND"

    in_asyncio(server, steps)


def test_32_requests_of_one_aio_client(server):
    async def steps(client):
        asked = [client.infer("identity_fp32", [given(numbered(i))], request_id=str(i)) for i in range(32)]
        for number, result in enumerate(await asyncio.gather(*asked)):
            assert result.get_response().id == str(number)
            np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), numbered(number))

    in_asyncio(server, steps)


# --- clients that cancel -----------------------------------------------------------------------------------------


@pytest.fixture
def busy_client(rpc_server):
    """A client that is connected: what is asked before that may reach the server in another order."""
    with triton.InferenceServerClient(rpc_server.grpc_url) as client:
        assert client.is_server_live()
        yield client


def fails(port, model):
    return statistics(port, model)["inference_stats"]["fail"]["count"]


def assert_left_the_queue(server, model, count):
    """That so many have, while the one before them goes on for two minutes: none of them because its turn came."""
    wait_until(lambda: explain(server.port, model)["rejected"]["cancelled"] == count, f"{count} cancelled in the queue")
    wait_until_queued(server.port, model, 0, running=1)
    assert fails(server.port, model) == count
    assert executions(server.port, model) == {}


def test_a_deadline_that_passes_in_the_queue(rpc_server, busy_client):
    context, running = infer_async(busy_client, "deadline", row(1))
    _, late = infer_async(busy_client, "deadline", row(2), client_timeout=1)
    result, error = late.get(timeout=30)
    assert result is None and error.status() == "StatusCode.DEADLINE_EXCEEDED"
    assert_left_the_queue(rpc_server, "deadline", 1)
    assert running.empty()
    context.cancel()


def test_a_cancelled_request_leaves_the_queue(rpc_server, busy_client):
    first, running = infer_async(busy_client, "cancel_queued", row(1))
    second, cancelled = infer_async(busy_client, "cancel_queued", row(2))
    wait_until_queued(rpc_server.port, "cancel_queued", 1, running=1)
    second.cancel()
    result, error = cancelled.get(timeout=30)
    assert result is None and error.status() == "StatusCode.CANCELLED"
    assert_left_the_queue(rpc_server, "cancel_queued", 1)
    assert running.empty()
    first.cancel()


def test_a_cancelled_run_is_ended(rpc_server, busy_client):
    """It would take two minutes: that the one behind it starts shows that it has ended."""
    running, _ = infer_async(busy_client, "cancel_running", row(1))
    behind, _ = infer_async(busy_client, "cancel_running", row(2))
    wait_until_queued(rpc_server.port, "cancel_running", 1, running=1)
    running.cancel()
    wait_until_queued(rpc_server.port, "cancel_running", 0)
    assert explain(rpc_server.port, "cancel_running")["rejected"]["cancelled"] == 0
    behind.cancel()
    wait_until(lambda: fails(rpc_server.port, "cancel_running") == 2, "both runs are ended")


def test_a_client_that_disconnects_leaves_the_queue(rpc_server, busy_client):
    _, running = infer_async(busy_client, "busy", row(1))
    with triton.InferenceServerClient(rpc_server.grpc_url) as gone:
        infer_async(gone, "busy", row(2))
        wait_until_queued(rpc_server.port, "busy", 1, running=1)
    wait_until_queued(rpc_server.port, "busy", 0)
    assert running.empty(), "it left the queue because its turn came"
    assert running.get(timeout=30)[1] is None


def test_aio_deadline_and_cancel(rpc_server):
    async def steps(client):
        assert await client.is_server_live()
        running = asyncio.ensure_future(client.infer("aio_deadline", row(1)))
        await asyncio.sleep(0)  # it is sent first
        late = asyncio.ensure_future(client.infer("aio_deadline", row(2), client_timeout=1))
        with pytest.raises(InferenceServerException) as raised:
            await late
        assert raised.value.status() == "StatusCode.DEADLINE_EXCEEDED"
        await asyncio.to_thread(assert_left_the_queue, rpc_server, "aio_deadline", 1)
        cancelled = asyncio.ensure_future(client.infer("aio_deadline", row(3)))
        await asyncio.to_thread(wait_until_queued, rpc_server.port, "aio_deadline", 1, running=1)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        await asyncio.to_thread(assert_left_the_queue, rpc_server, "aio_deadline", 2)
        assert not running.done()
        running.cancel()

    in_asyncio(rpc_server, steps)


def test_http_and_grpc_share_one_queue(rpc_server, busy_client):
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        _, first = infer_async(busy_client, "pause", row(1))
        second = threads.submit(wire.infer, rpc_server.port, "pause", wire.fp32_request([2]))
        _, third = infer_async(busy_client, "pause", row(3))
        assert first.get(timeout=30)[0].as_numpy("OUTPUT0").tolist() == [[1]]
        assert second.result().json()["outputs"][0]["data"] == [2]
        assert third.get(timeout=30)[0].as_numpy("OUTPUT0").tolist() == [[3]]
    assert executions(rpc_server.port, "pause") == {1: 3}
