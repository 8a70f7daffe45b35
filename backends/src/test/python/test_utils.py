"""What a model finds in ``triton_python_backend_utils``, without a server."""

from __future__ import annotations

import gc
import json
import re
import sys

import numpy as np
import pytest

import c_python_backend_utils as c_utils
import triton_python_backend_utils as pb_utils
from nereid_worker import dlpack
from nereid_worker.worker import Phase, Worker, set_current_worker

Tensor, TritonError, TritonModelException = pb_utils.Tensor, pb_utils.TritonError, pb_utils.TritonModelException
ModelConfig = pb_utils.ModelConfig


@pytest.fixture(autouse=True)
def _worker():
    """A worker that has no server: enough to make requests, not to send any."""
    worker = Worker(None, None, None)
    worker.phase = Phase.SERVING
    set_current_worker(worker)


def request(**changed):
    arguments = {"model_name": "m", "requested_output_names": ["OUT"], "inputs": [Tensor("IN", np.ones(1))], **changed}
    return pb_utils.InferenceRequest(**arguments)


def test_everything_of_the_two_modules_is_there():
    names = """TRITONSERVER_REQUEST_FLAG_SEQUENCE_START TRITONSERVER_REQUEST_FLAG_SEQUENCE_END
        TRITONSERVER_RESPONSE_COMPLETE_FINAL TRITONSERVER_REQUEST_RELEASE_ALL TRITONSERVER_REQUEST_RELEASE_RESCHEDULE
        TRITONSERVER_MEMORY_CPU TRITONSERVER_MEMORY_GPU TRITON_STRING_TO_NUMPY serialize_byte_tensor
        deserialize_bytes_tensor get_input_tensor_by_name get_output_tensor_by_name get_input_config_by_name
        get_output_config_by_name using_decoupled_model_transaction_policy triton_to_numpy_type numpy_to_triton_type
        triton_string_to_numpy get_model_dir load_model unload_model is_model_ready Tensor InferenceRequest
        InferenceResponse TritonError TritonModelException Logger PreferredMemory MetricFamily ModelConfig"""
    assert [name for name in names.split() if not hasattr(pb_utils, name)] == []
    compiled = """InferenceResponseSender ResponseIterator InferenceTrace Metric MetricKind MemoryType SharedMemory
        shared_memory"""
    assert [name for name in compiled.split() if not hasattr(c_utils, name)] == []


def test_type_tables():
    for number, name in enumerate(
        ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64"], 1
    ):
        kind = pb_utils.triton_string_to_numpy(f"TYPE_{name}")
        assert pb_utils.triton_to_numpy_type(number) in (kind, np.bool_)
        assert pb_utils.numpy_to_triton_type(kind) == number
        assert pb_utils.numpy_to_triton_type(np.dtype(kind)) == number
    assert pb_utils.triton_to_numpy_type(13) is np.object_
    assert [pb_utils.numpy_to_triton_type(each) for each in (np.object_, np.bytes_, np.dtype("S5"))] == [13, 13, 13]
    assert [pb_utils.numpy_to_triton_type(each) for each in (np.str_, complex, np.dtype("V4"))] == [None] * 3
    with pytest.raises(KeyError):
        pb_utils.triton_string_to_numpy("TYPE_BF16")


def test_strings_are_serialized_as_triton_does():
    array = np.array([["a", b"\xff"], [5, ""]], dtype=object)
    data = pb_utils.serialize_byte_tensor(array)
    assert data == b"\1\0\0\0a\1\0\0\0\xff\1\0\0\x005\0\0\0\0"
    assert pb_utils.deserialize_bytes_tensor(data).tolist() == [b"a", b"\xff", b"5", b""]
    assert pb_utils.deserialize_bytes_tensor(np.frombuffer(data, np.uint8)).tolist() == [b"a", b"\xff", b"5", b""]
    assert pb_utils.serialize_byte_tensor(np.array([b"ab", b"c"])) == b"\2\0\0\0ab\1\0\0\0c"
    assert pb_utils.serialize_byte_tensor(np.array([], dtype=object)) == ()
    assert pb_utils.serialize_byte_tensor(np.ones(2)) is None
    for broken in (b"\1", b"\5\0\0\0ab"):
        with pytest.raises(TritonModelException, match="unexpected end of a string tensor"):
            pb_utils.deserialize_bytes_tensor(broken)


@pytest.mark.parametrize("arguments", [("x",), ("x", None), ("x", [1]), (None, np.ones(1)), ("x", np.float32(1))])
def test_tensor_takes_a_name_and_an_array(arguments):
    with pytest.raises(TypeError):
        Tensor(*arguments)


def test_tensor_is_positional_only():
    with pytest.raises(TypeError):
        Tensor(name="x", numpy_array=np.ones(1))


def test_tensor_without_a_name():
    for make in (Tensor, Tensor.from_dlpack):
        with pytest.raises(TritonModelException, match="^Tensor name cannot be an empty string.$"):
            make("", np.ones(1))


@pytest.mark.parametrize("array", [np.array(["a"]), np.ones(1, complex), np.zeros(1, "V4"), np.zeros(1, "M8[s]")])
def test_tensor_of_an_unknown_type(array):
    with pytest.raises(TritonModelException, match=r"^NumPy dtype is not supported\.$"):
        Tensor("x", array)


def test_tensor_gives_back_its_array():
    array = np.ones((2, 3), np.int16)
    tensor = Tensor("x", array)
    assert tensor.as_numpy() is array
    assert (tensor.name(), tensor.shape(), tensor.triton_dtype(), tensor.is_cpu()) == ("x", [2, 3], 7, True)
    fortran = Tensor("x", np.asfortranarray(array))
    assert fortran.as_numpy().flags.c_contiguous


def test_responses_and_errors():
    tensor = Tensor("OUT", np.ones(1))
    response = pb_utils.InferenceResponse(output_tensors=[tensor], parameters={"a": 1})
    assert response.output_tensors() == [tensor]
    assert (response.has_error(), response.error(), json.loads(response.parameters())) == (False, None, {"a": 1})
    assert pb_utils.get_output_tensor_by_name(response, "OUT") is tensor
    assert pb_utils.get_output_tensor_by_name(response, "other") is None
    error = TritonError(message="gone", code=TritonError.NOT_FOUND)
    failed = pb_utils.InferenceResponse([], error)
    assert (failed.has_error(), failed.error().message(), failed.error().code()) == (
        True,
        "gone",
        TritonError.NOT_FOUND,
    )
    assert pb_utils.InferenceResponse().output_tensors() == []
    assert TritonError("x").code() == TritonError.INTERNAL
    with pytest.raises(TypeError):
        pb_utils.InferenceResponse(None)
    with pytest.raises(TritonModelException, match=r"^Output tensor for inference response should not be empty\.$"):
        pb_utils.InferenceResponse([None])
    with pytest.raises(TypeError):
        raise TritonError("is no exception")  # type: ignore[misc]


def test_requests_are_checked():
    made = request(request_id="i", correlation_id="c", flags=2, timeout=7, parameters={"a": True})
    assert (made.request_id(), made.correlation_id(), made.flags(), made.timeout()) == ("i", "c", 2, 7)
    assert json.loads(made.parameters()) == {"a": True}
    assert made.requested_output_names() == {"OUT"}
    assert request(inputs=[], requested_output_names=[]).inputs() == []
    assert c_utils.InferenceTrace().get_context() is None
    with pytest.raises(TritonModelException, match="id 'i' and model name 'm' should not be empty"):
        request(request_id="i", inputs=[None])
    with pytest.raises(TritonModelException, match="^Requested output name for request with id '' and model name 'm'"):
        request(requested_output_names=[""])


@pytest.mark.parametrize(
    "name",
    [
        "request_id",
        "correlation_id",
        "inputs",
        "requested_output_names",
        "model_name",
        "model_version",
        "flags",
        "timeout",
        "preferred_memory",
        "trace",
    ],
)
def test_none_for_a_field_of_a_request(name):
    with pytest.raises(TypeError, match=f"InferenceRequest: {name} must be of type"):
        request(**{name: None})


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"a": 1.5}, "Expect parameters values to have type bool/int/str, found type <class 'float'>"),
        ({"a": 2**63}, "Expect parameters values of type int to be of 64 bits, found 9223372036854775808"),
        ({"a": -(2**63) - 1}, "Expect parameters values of type int to be of 64 bits, found -9223372036854775809"),
        ({1: "a"}, "Expect parameters keys to have type str, found type <class 'int'>"),
        ([], "Expect parameters keys to have type str and values to have type bool/int/str, got <class 'list'>"),
    ],
)
def test_parameters_of_the_wrong_type(parameters, text):
    for make in (request, pb_utils.InferenceResponse):
        with pytest.raises(TritonModelException) as failure:
            make(parameters=parameters)
        assert str(failure.value) == text


def test_a_request_of_the_model_cannot_be_rescheduled():
    request().set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_ALL)
    with pytest.raises(TritonModelException, match="while the model is not configured to handle such a flag."):
        request().set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE)
    with pytest.raises(TritonModelException, match="Unknown release flags 7: expected"):
        request().set_release_flags(7)


def test_request_of_the_model_has_no_sender():
    assert request().is_cancelled() is False
    with pytest.raises(TritonModelException, match="has no response sender"):
        request().get_response_sender()


def test_configuration_look_ups():
    config = {"input": [{"name": "IN"}], "output": [{"name": "OUT"}], "model_transaction_policy": {"decoupled": True}}
    assert pb_utils.get_input_config_by_name(config, "IN") == {"name": "IN"}
    assert pb_utils.get_output_config_by_name(config, "OUT") == {"name": "OUT"}
    assert pb_utils.get_input_config_by_name(config, "OUT") is None
    assert pb_utils.get_output_config_by_name({}, "OUT") is None
    assert pb_utils.using_decoupled_model_transaction_policy(config) is True
    assert pb_utils.using_decoupled_model_transaction_policy({}) is False


def config(**more):
    return ModelConfig(json.dumps({"name": "M", "max_batch_size": 0, "input": [], "output": [], **more}))


IN = {"name": "I", "data_type": "TYPE_FP32", "dims": [4]}


def test_configuration_is_completed():
    completed = config(input=[{"name": "I", "data_type": "TYPE_INVALID", "dims": []}])
    completed.add_input({**IN, "optional": True})
    completed.add_input(IN)
    completed.add_output({**IN, "name": "O"})
    completed.set_max_batch_size(4)
    completed.set_dynamic_batching()
    completed.set_dynamic_batching()
    completed.set_model_transaction_policy({"decoupled": True})
    completed.set_model_transaction_policy({"decoupled": True})
    as_dict = completed.as_dict()
    assert as_dict["input"] == [{**IN, "optional": True}]
    assert as_dict["output"] == [{**IN, "name": "O"}]
    assert (as_dict["max_batch_size"], as_dict["dynamic_batching"]) == (4, {})
    assert as_dict["model_transaction_policy"] == {"decoupled": True}
    as_dict["live"] = 1
    assert completed.as_dict()["live"] == 1


WHERE = "in auto-complete-config function for model 'M'"


@pytest.mark.parametrize(
    ("more", "step", "text"),
    [
        (
            {"max_batch_size": 6},
            lambda c: c.set_max_batch_size(4),
            "configuration specified max_batch_size 6, but in auto-complete-config function for model 'M' specified "
            "max_batch_size 4",
        ),
        (
            {"sequence_batching": {}},
            lambda c: c.set_dynamic_batching(),
            "Configuration specified scheduling_choice as 'sequence_batching', but auto-complete-config function for "
            "model 'M' tries to set scheduling_choice as 'dynamic_batching'",
        ),
        (
            {"input": [{**IN, "data_type": "TYPE_INT32"}]},
            lambda c: c.add_input(IN),
            "unable to load model 'M', configuration expects datatype TYPE_INT32 for input 'I', model provides "
            "TYPE_FP32",
        ),
        (
            {"input": [{**IN, "dims": [16]}]},
            lambda c: c.add_input(IN),
            "model 'M', tensor 'I': the model expects dims [4] but the model configuration specifies dims [16]",
        ),
        (
            {},
            lambda c: c.add_input({**IN, "extra": 1}),
            f"input 'I' {WHERE} contains property other than 'name', 'data_type', 'dims' and 'optional'.",
        ),
        (
            {},
            lambda c: c.add_output({**IN, "optional": True}),
            f"output 'I' {WHERE} contains property other than 'name', 'data_type' and 'dims'.",
        ),
        ({}, lambda c: c.add_output({"data_type": "", "dims": []}), f"output {WHERE} is missing 'name' property."),
        ({}, lambda c: c.add_input({"name": "I", "dims": []}), f"input 'I' {WHERE} is missing 'data_type' property."),
        (
            {},
            lambda c: c.add_input({"name": "I", "data_type": "TYPE_FP32"}),
            f"input 'I' {WHERE} is missing 'dims' property.",
        ),
        (
            {},
            lambda c: c.add_input({**IN, "data_type": "TYPE_FP31"}),
            f"input 'I' {WHERE} has the unknown data type 'TYPE_FP31'.",
        ),
        (
            {"model_transaction_policy": {"decoupled": False}},
            lambda c: c.set_model_transaction_policy({"decoupled": True}),
            "trying to change decoupled property in auto-complete-config for model 'M', which is already set to "
            "'False'.",
        ),
    ],
)
def test_configuration_that_contradicts(more, step, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        step(config(**more))


WITH_DLPACK = pytest.mark.skipif(not hasattr(np, "from_dlpack"), reason="this numpy has no DLPack")


@WITH_DLPACK
@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"])
def test_dlpack_round_trip_copies_nothing(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    tensor = Tensor("x", array)
    again = Tensor.from_dlpack("y", tensor.to_dlpack())
    assert again.as_numpy().__array_interface__["data"] == array.__array_interface__["data"]
    assert again.as_numpy().dtype == array.dtype
    assert np.array_equal(again.as_numpy(), array)
    if dtype != "?" or np.lib.NumpyVersion(np.__version__) >= "1.25.0":  # which knows DLPack's bool
        assert np.array_equal(np.from_dlpack(tensor), array)
        assert np.array_equal(Tensor.from_dlpack("z", array).as_numpy(), array)


@WITH_DLPACK
def test_dlpack_keeps_the_tensor_until_the_capsule_ends():
    tensor = Tensor("x", np.ones(5))
    before = sys.getrefcount(tensor)
    capsule = tensor.to_dlpack()
    assert sys.getrefcount(tensor) == before + 1
    del capsule
    assert sys.getrefcount(tensor) == before
    array = np.from_dlpack(tensor)
    assert sys.getrefcount(tensor) == before + 1
    del array
    gc.collect()
    assert sys.getrefcount(tensor) == before


def test_dlpack_capsule_can_be_used_once():
    capsule = Tensor("x", np.ones(5)).to_dlpack()
    taken = Tensor.from_dlpack("y", capsule)
    with pytest.raises(
        TritonModelException, match="^Provided tensor is not supported. Tensor must be a DLPack capsule"
    ):
        Tensor.from_dlpack("z", capsule)
    del capsule
    assert taken.as_numpy().tolist() == [1] * 5


def test_dlpack_memory_lives_as_long_as_an_array_over_it():
    array = Tensor.from_dlpack("y", Tensor("x", np.arange(1000.0)).to_dlpack()).as_numpy()[5:]
    gc.collect()
    assert array.tolist() == list(range(5, 1000))


@WITH_DLPACK
def test_dlpack_refuses_what_it_does_not_know():
    with pytest.raises(TritonModelException, match=r"^DLPack does not have support for string tensors\.$"):
        Tensor("x", np.array([b"a"], dtype=object)).to_dlpack()
    with pytest.raises(TritonModelException, match="^DLPack tensor is not contiguous. Only contiguous DLPack tensors"):
        Tensor.from_dlpack("x", np.ones((4, 4)).T[:2])
    with pytest.raises(TritonModelException, match=r"^DLPack data type \(code 5, 128 bits"):
        Tensor.from_dlpack("x", np.ones(4, complex))
    for other in (5, object(), None):
        with pytest.raises(TritonModelException, match="^Provided tensor is not supported."):
            Tensor.from_dlpack("x", other)


@WITH_DLPACK
def test_dlpack_of_nothing_and_of_one():
    assert Tensor.from_dlpack("x", np.zeros((0, 4), np.int8)).as_numpy().shape == (0, 4)
    assert Tensor.from_dlpack("x", np.array(3.5)).as_numpy() == 3.5
    assert Tensor("x", np.ones(1)).__dlpack_device__() == (1, 0)


def test_dlpack_of_torch():
    torch = pytest.importorskip("torch")
    source = torch.arange(6, dtype=torch.bfloat16).reshape(2, 3)
    tensor = Tensor.from_dlpack("x", source)
    assert (tensor.triton_dtype(), tensor.shape(), tensor.is_cpu()) == (14, [2, 3], True)
    with pytest.raises(TritonModelException, match="^Tensor dtype is BF16 and cannot be converted to NumPy."):
        tensor.as_numpy()
    assert torch.equal(torch.from_dlpack(tensor), source)
    assert torch.equal(torch.utils.dlpack.from_dlpack(tensor.to_dlpack()), source)


def test_tensor_on_a_gpu_is_not_shown_to_numpy():
    array = np.ones(3, np.float32)
    source = Tensor("x", array)
    capsule = dlpack.export(source, array.__array_interface__["data"][0], [3], 11, (dlpack.CUDA, 1))
    tensor = Tensor.from_dlpack("y", capsule)
    assert (tensor.is_cpu(), tensor.__dlpack_device__(), tensor.shape()) == (False, (2, 1), [3])
    with pytest.raises(TritonModelException, match=r"^Tensor is stored in GPU and cannot be converted to NumPy\.$"):
        tensor.as_numpy()
    again = Tensor.from_dlpack("z", tensor.to_dlpack())
    assert again.__dlpack_device__() == (2, 1)


def test_capsule_of_an_unknown_device():
    array = np.ones(3, np.float32)
    capsule = dlpack.export(Tensor("x", array), array.__array_interface__["data"][0], [3], 11, (9, 0))
    with pytest.raises(TritonModelException, match=r"^DLDevice type 9 is not support by Python backend\.$"):
        Tensor.from_dlpack("y", capsule)
