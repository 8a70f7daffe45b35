"""Ragged batches: the models and values of Triton's L0_batch_input, and that each client gets its own part."""

import functools
import os
import queue
import re

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
import tritonclient.utils.shared_memory as shared_memory
from tritonclient.utils import InferenceServerException

import ragged_models
import wire
from crowd import Crowd, executions, explain, output_of, statistics, wait_until, wait_until_queued
from ports import free_port

LENGTHS = [2, 4, 1, 3]
FLAT = [length for length in LENGTHS for _ in range(length)]
# Of the region in shared memory.
KEY = f"/nereid_interop_ragged_{os.getpid()}"


@pytest.fixture(scope="module")
def ragged(start_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ragged")
    ragged_models.write_ragged_models(folder)
    metrics = ["--allow-metrics=true", "--metrics-address=127.0.0.1", f"--metrics-port={free_port()}"]
    server = start_module_server([folder], "--allow-client-shm=true", "--model-control-mode=explicit",
                                 "--load-model=*", *metrics)  # fmt: skip
    server.metrics_port = int(metrics[-1].split("=")[1])
    yield server
    # What the requests held is given back when the last answer has gone.
    wait_until(lambda: used_memory(server) == 0, "tensor memory is empty")


def used_memory(server):
    text = wire.get(server.metrics_port, "/metrics").body.decode()
    return float(re.search(r"^nereid_tensor_memory_used_bytes (\S+)", text, re.MULTILINE)[1])


def given(name, array, library=tritonclient.grpc):
    datatype = "BYTES" if array.dtype == np.object_ else "FP32"
    tensor = library.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array)
    return tensor


def stream(server, model, inputs):
    """The results of requests sent one behind the other, so that they are batched in this order."""
    answers = queue.SimpleQueue()
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        client.start_stream(lambda result, error: answers.put((result, error)))
        for tensor in inputs:
            client.async_stream_infer(model, [tensor])
        received = [answers.get(timeout=60) for _ in inputs]
        client.stop_stream()
    assert [error for _, error in received] == [None] * len(inputs)
    return [result for result, _ in received]


def over_http(server, model, inputs, outputs=None):
    """The results of requests sent at the same moment, each on its connection; batched in any order."""
    library = tritonclient.http
    with library.InferenceServerClient(server.url, concurrency=len(inputs)) as client:
        wanted = outputs and [library.InferRequestedOutput(name) for name in outputs]
        sent = [client.async_infer(model, [tensor], outputs=wanted) for tensor in inputs]
        return [request.get_result() for request in sent]


def rows(name, lengths, library=tritonclient.grpc):
    return [given(name, np.full([1, length], length, np.float32), library) for length in lengths]


def batches(server, model, run):
    """The sizes of the batches that `run` makes of the model's requests."""
    before = executions(server.port, model)
    result = run()
    after = executions(server.port, model)
    return result, {size: count - before.get(size, 0) for size, count in after.items() if count != before.get(size)}


# --- Triton's L0_batch_input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, output, expected",
    [
        ("ragged_acc_shape", "RAGGED_OUTPUT", [FLAT]),
        ("ragged_acc_shape", "BATCH_AND_SIZE_OUTPUT", [[2, 6, 7, 10]]),
        ("ragged_acc_shape", "BATCH_OUTPUT", [[0] * 4]),  # Triton says the shape alone
        ("ragged_element_count_acc_zero", "BATCH_AND_SIZE_OUTPUT", [LENGTHS]),
        ("ragged_element_count_acc_zero", "BATCH_OUTPUT", [[0, 2, 6, 7, 10]]),
    ],
)
def test_requests_of_four_lengths_are_one_batch(ragged, model, output, expected):
    send = functools.partial(stream, ragged, model, rows("RAGGED_INPUT", LENGTHS))
    results, made = batches(ragged, model, send)
    for result in results:
        np.testing.assert_array_equal(result.as_numpy(output), np.float32(expected))
    assert made == {4: 1}


def test_over_http_as_triton_sends_them(ragged):
    inputs = rows("RAGGED_INPUT", LENGTHS, tritonclient.http)
    send = functools.partial(over_http, ragged, "ragged_acc_shape", inputs, ["RAGGED_OUTPUT", "BATCH_OUTPUT"])
    results, made = batches(ragged, "ragged_acc_shape", send)
    for result in results:
        assert sorted(result.as_numpy("RAGGED_OUTPUT")[0]) == sorted(FLAT)
        assert result.as_numpy("BATCH_OUTPUT").shape == (1, 4)
    assert made == {4: 1}


@pytest.mark.parametrize("protocol", ["stream", "http"])
def test_an_output_is_shared_out_by_the_shapes_of_the_input(ragged, protocol):
    library, send = (tritonclient.http, over_http) if protocol == "http" else (tritonclient.grpc, stream)
    send = functools.partial(send, ragged, "ragged_io", rows("INPUT0", LENGTHS, library))
    results, made = batches(ragged, "ragged_io", send)
    for result, length in zip(results, LENGTHS, strict=True):
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), np.full([1, length], length, np.float32))
    assert made == {4: 1}


def test_the_shape_of_each_row(ragged):
    inputs = [given("RAGGED_INPUT", np.full(shape, shape[0], np.float32)) for shape in ([2, 1, 2], [1, 1, 2], [1, 2, 2])]
    results, made = batches(ragged, "batch_item", functools.partial(stream, ragged, "batch_item", inputs))
    for result, expected in zip(results, [[[1, 2], [1, 2]], [[1, 2]], [[2, 2]]], strict=True):
        np.testing.assert_array_equal(result.as_numpy("BATCH_OUTPUT"), np.float32(expected))
    assert made == {4: 1}


def test_the_shapes_in_one_dimension(ragged):
    inputs = [given("RAGGED_INPUT", np.zeros(shape, np.float32)) for shape in ([1, 4, 1], [1, 1, 2], [1, 1, 2], [1, 2, 2])]
    for result in stream(ragged, "batch_item_flatten", inputs):
        np.testing.assert_array_equal(result.as_numpy("BATCH_OUTPUT"), np.float32([[4, 1, 1, 2, 1, 2, 2, 2]]))


# --- what clients see -----------------------------------------------------------------------------------------------


def test_the_documented_example(ragged):
    arrays = [np.float32([[1, 2, 3]]), np.float32([[4, 5, 6, 7]]), np.float32([[8, 9, 10, 11, 12]])]
    for result, array in zip(stream(ragged, "documented", [given("INPUT", array) for array in arrays]), arrays):
        assert result.as_numpy("SUM").tolist() == [[array.sum()]]
        np.testing.assert_array_equal(result.as_numpy("SCALED"), array * ragged_models.SCALE)


def test_batch_inputs_are_the_servers_own(ragged):
    with tritonclient.http.InferenceServerClient(ragged.url) as client:
        metadata = client.get_model_metadata("documented")
        assert metadata["inputs"] == [{"name": "INPUT", "datatype": "FP32", "shape": [-1, -1]}]
        received = client.get_model_config("documented")
        assert received["input"][0]["allow_ragged_batch"] is True
        assert received["batch_input"] == [
            {
                "kind": "BATCH_ACCUMULATED_ELEMENT_COUNT",
                "target_name": ["ENDS"],
                "data_type": "TYPE_INT32",
                "source_input": ["INPUT"],
            }
        ]
        assert received["batch_output"] == [
            {"target_name": ["SCALED"], "kind": "BATCH_SCATTER_WITH_INPUT_SHAPE", "source_input": ["INPUT"]}
        ]
        ends = tritonclient.http.InferInput("ENDS", [1], "INT32").set_data_from_numpy(np.int32([3]))
        with pytest.raises(InferenceServerException, match="expected 1 inputs but got 2 inputs for model 'documented'"):
            client.infer("documented", [given("INPUT", np.ones([1, 3], np.float32), tritonclient.http), ends])


def test_strings_of_different_lengths(ragged):
    arrays = [np.array([texts], np.object_) for texts in ([b"a", b"", b"much longer"], [b"\0\xff"], [b"c"], [b"d", b"e"])]
    inputs = [given("INPUT0", array) for array in arrays]
    results, made = batches(ragged, "ragged_io_bytes", functools.partial(stream, ragged, "ragged_io_bytes", inputs))
    for result, array in zip(results, arrays, strict=True):
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), array)
    assert made == {4: 1}


def test_several_rows_of_several_dimensions(ragged):
    arrays = [np.random.default_rng(seed).random([seed % 3 + 1, seed, 3], np.float32) for seed in range(12)]
    results = stream(ragged, "matrices", [given("INPUT0", array) for array in arrays])
    for result, array in zip(results, arrays, strict=True):
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), array)
    assert statistics(ragged.port, "matrices")["inference_count"] == sum(len(array) for array in arrays)


def test_warmup_knows_of_the_batch(ragged):
    assert "model 'prompt': 1 warm-up sample(s)" in ragged.log_text()
    assert statistics(ragged.port, "prompt")["inference_count"] == 0


def test_classes_of_a_part(ragged):
    library = tritonclient.http
    with library.InferenceServerClient(ragged.url) as client:
        wanted = [library.InferRequestedOutput("OUTPUT0", class_count=2)]
        tensor = given("INPUT0", np.float32([[1, 3, 2]]), library)
        answer = client.infer("prompt", [tensor], outputs=wanted).as_numpy("OUTPUT0")
    assert answer.tolist() == [[b"3.000000:1", b"2.000000:2"]]


def test_parts_in_shared_memory(ragged):
    library = tritonclient.http
    handle = shared_memory.create_shared_memory_region("ragged", KEY, 64, create_only=True)
    try:
        with library.InferenceServerClient(ragged.url, concurrency=4) as client:
            client.register_system_shared_memory("ragged", KEY, 64)
            sent = []
            for number, tensor in enumerate(rows("INPUT0", LENGTHS, library)):
                wanted = library.InferRequestedOutput("OUTPUT0")
                wanted.set_shared_memory("ragged", 16, offset=16 * number)
                sent.append(client.async_infer("ragged_io", [tensor], outputs=[wanted]))
            for number, request in enumerate(sent):
                length = LENGTHS[number]
                assert request.get_result().get_output("OUTPUT0")["shape"] == [1, length]
                received = shared_memory.get_contents_as_numpy(handle, np.float32, [4], offset=16 * number)
                assert received.tolist() == [length] * length + [0] * (4 - length)
            client.unregister_system_shared_memory("ragged")
    finally:
        shared_memory.destroy_shared_memory_region(handle)


def test_generate_takes_any_length(ragged):
    answer = wire.exchange(ragged.port, "POST", "/v2/models/prompt/generate", {"INPUT0": [1.5, 2.5, 3.5]})
    assert answer.json()["OUTPUT0"] == [1.5, 2.5, 3.5]


# --- ends that come too early ---------------------------------------------------------------------------------------


def test_a_cancelled_request_leaves_the_batch(ragged):
    model = "waits_an_hour"
    with tritonclient.grpc.InferenceServerClient(ragged.grpc_url) as client:
        received = queue.SimpleQueue()
        ask = lambda length: client.async_infer(
            model, rows("INPUT0", [length]), callback=lambda result, error: received.put((result, error))
        )
        cancelled = ask(7)
        wait_until_queued(ragged.port, model, 1)
        cancelled.cancel()
        wait_until_queued(ragged.port, model, 0)
        for length in LENGTHS:
            ask(length)
        answers = [received.get(timeout=60) for _ in range(5)]
    lengths = sorted(result.as_numpy("OUTPUT0").shape[1] for result, _ in answers if result)
    assert lengths == sorted(LENGTHS)
    assert executions(ragged.port, model) == {4: 1}


def test_an_unload_answers_what_is_queued(ragged):
    model = "waits_a_second"
    pending = lambda: explain(ragged.port, model)["pending_count"]
    body = lambda length: {"inputs": [wire.json_input("INPUT0", "FP32", [1, length], [length] * length)]}
    with tritonclient.http.InferenceServerClient(ragged.url) as client, Crowd(ragged.port) as crowd:
        sent = [crowd.send(model, body(length)) for length in (2, 3)]
        # They wait a second for company; should this program be slower than that, they have run.
        wait_until(lambda: pending() == 2 or all(future.done() for future in sent), "requests queued")
        client.unload_model(model)
        for future, length in zip(sent, (2, 3), strict=True):
            output = output_of(future.result())
            assert (output["shape"], output["data"]) == ([1, length], [length] * length)
        client.load_model(model)
        assert pending() == 0
