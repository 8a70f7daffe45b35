"""`pb_utils.Tensor`: what goes in, what comes out, what is refused; DLPack."""

import ml_dtypes
import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from python_client import ask, http, http_inputs, infer, raised, source_array, value
from python_server import PythonRepository

DATATYPES = {
    "BOOL": np.array([[True, False, True]]),
    "UINT8": np.array([[0, 255, 7]], np.uint8),
    "UINT16": np.array([[0, 65535, 7]], np.uint16),
    "UINT32": np.array([[0, 2**32 - 1, 7]], np.uint32),
    "UINT64": np.array([[0, 2**64 - 1, 7]], np.uint64),
    "INT8": np.array([[-128, 127, 7]], np.int8),
    "INT16": np.array([[-(2**15), 2**15 - 1, 7]], np.int16),
    "INT32": np.array([[-(2**31), 2**31 - 1, 7]], np.int32),
    "INT64": np.array([[-(2**63), 2**63 - 1, 7]], np.int64),
    "FP16": np.array([[-1.5, np.inf, 0.25]], np.float16),
    "FP32": np.array([[-1.5, np.inf, 1e-30]], np.float32),
    "FP64": np.array([[-1.5, np.inf, 1e-300]], np.float64),
}


@pytest.fixture(scope="module")
def typed(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("typed"))
    for datatype in [*DATATYPES, "STRING"]:
        repository.add("identity", f"identity_{datatype.lower()}", change=[("TYPE_FP32", f"TYPE_{datatype}")])
    return start_python(repository)


@pytest.mark.parametrize("datatype", DATATYPES)
def test_each_data_type_goes_in_and_out(typed, datatype):
    sent = DATATYPES[datatype]
    got = infer(typed, f"identity_{datatype.lower()}", {"INPUT0": sent}).as_numpy("OUTPUT0")
    assert got.dtype == sent.dtype
    np.testing.assert_array_equal(got, sent)


def test_strings_of_any_bytes_go_in_and_out(typed):
    sent = np.array([[b"", b"a\0b\0", "füße".encode(), bytes(range(256)), b"x" * 100_000]], dtype=object)
    got = infer(typed, "identity_string", {"INPUT0": sent}).as_numpy("OUTPUT0")
    assert got.tolist() == sent.tolist()


@pytest.mark.parametrize("elements", [0, 1, 2047, 2048, 2049, 300_000])
def test_any_number_of_elements_goes_in_and_out(typed, elements):
    sent = np.arange(elements * 2, dtype=np.float32).reshape(2, elements)
    got = infer(typed, "identity_fp32", {"INPUT0": sent}).as_numpy("OUTPUT0")
    np.testing.assert_array_equal(got, sent)


def test_a_batch_without_elements_of_strings(typed):
    got = infer(typed, "identity_string", {"INPUT0": np.empty((3, 0), dtype=object)}).as_numpy("OUTPUT0")
    assert got.shape == (3, 0)


# What a model reads of its own input.


def test_a_tensor_has_name_shape_and_place(scripted):
    source = """
        t = pb_utils.get_input_tensor_by_name(request, "INPUT0")
        answer = [t.name(), t.shape(), t.is_cpu(), str(t.as_numpy().dtype), t.as_numpy().tolist()]
    """
    got = ask(scripted, "scripted", source, {"INPUT0": np.array([1, 2.5], np.float32)})
    assert got == ["INPUT0", [2], True, "float32", [1.0, 2.5]]


def test_as_numpy_gives_the_same_array_each_time(scripted):
    source = """
        t = pb_utils.get_input_tensor_by_name(request, "INPUT0")
        answer = t.as_numpy() is t.as_numpy()
    """
    assert ask(scripted, "scripted", source, {"INPUT0": np.zeros(3, np.float32)}) is True


def test_strings_arrive_as_bytes_in_an_array_of_objects(scripted):
    source = """
        a = pb_utils.get_input_tensor_by_name(request, "TEXT").as_numpy()
        answer = [str(a.dtype), list(a.shape), [type(x).__name__ for x in a], [x.decode() for x in a]]
    """
    got = ask(scripted, "scripted", source, {"TEXT": np.array(["a", "füße", ""], dtype=object)})
    assert got == ["object", [3], ["bytes"] * 3, ["a", "füße", ""]]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ("np.array(['a', 'füße'], dtype=object)", ["a", "füße"]),
        ("np.array([b'a', 'ü'.encode()], dtype=object)", ["a", "ü"]),
        ("np.array([1, None], dtype=object)", ["1", "None"]),
        ("np.array([b'abc', b'd'])", ["abc", "d"]),
        ("np.array([b'a\\0', b'bc'])", ["a", "bc"]),
    ],
    ids=["str", "bytes", "objects", "S", "S ending in NUL"],
)
def test_strings_may_be_set_from(scripted, array, words):
    source = f'response = pb_utils.InferenceResponse([pb_utils.Tensor("ANSWER", {array})])'
    got = infer(scripted, "scripted", {"SOURCE": source_array(source)}).as_numpy("ANSWER")
    assert [word.decode() for word in got] == words


def test_an_array_that_is_not_contiguous_is_copied_in_c_order(scripted):
    source = """
        t = pb_utils.Tensor("T", np.arange(12, dtype=np.int32).reshape(3, 4).T)
        slice = pb_utils.Tensor("T", np.arange(12, dtype=np.int32)[::3])
        answer = [t.shape(), t.as_numpy().tolist(), t.as_numpy().flags["C_CONTIGUOUS"], slice.as_numpy().tolist()]
    """
    transposed = np.arange(12).reshape(3, 4).T
    assert ask(scripted, "scripted", source) == [[4, 3], transposed.tolist(), True, [0, 3, 6, 9]]


def test_outputs_that_are_not_contiguous_arrive_in_order(scripted):
    source = """
        array = np.arange(200_000, dtype=np.float32).reshape(2, 100_000).T[::2]
        response = pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", array)])
    """
    got = infer(scripted, "scripted", {"SOURCE": source_array(source)}).as_numpy("OUTPUT0")
    np.testing.assert_array_equal(got, np.arange(200_000, dtype=np.float32).reshape(2, 100_000).T[::2])


def test_a_tensor_may_have_no_elements(scripted):
    got = value(scripted, "scripted", 'pb_utils.Tensor("T", np.empty((2, 0), np.float32)).shape()')
    assert got == [2, 0]


@pytest.mark.parametrize(
    ("arguments", "exception", "text"),
    [
        ('"", np.zeros(1)', "TritonModelException", "Tensor name cannot be an empty string."),
        ('"T", [1, 2]', "TypeError", ""),
        ('"T", None', "TypeError", ""),
        ('"T"', "TypeError", ""),
        ("None, np.zeros(1)", "TypeError", ""),
        ('name="T", array=np.zeros(1)', "TypeError", ""),
        ('"T", np.array(["a"])', "TritonModelException", "NumPy dtype is not supported."),
        ('"T", np.zeros(1, np.complex64)', "TritonModelException", "NumPy dtype is not supported."),
    ],
)  # fmt: skip
def test_a_tensor_cannot_be_made_of(scripted, arguments, exception, text):
    got = raised(scripted, "scripted", f"pb_utils.Tensor({arguments})")
    assert got[0] == exception and text in got[1], got


# DLPack


def test_dlpack_shares_the_tensors_memory(scripted):
    source = """
        t = pb_utils.Tensor("T", np.arange(6, dtype=np.float32).reshape(2, 3))
        back = pb_utils.Tensor.from_dlpack("BACK", t.to_dlpack())
        address = lambda array: array.__array_interface__["data"][0]
        answer = [back.name(), back.shape(), back.as_numpy().tolist(),
                  address(np.from_dlpack(back)) == address(np.from_dlpack(t)) == address(t.as_numpy())]
    """
    assert ask(scripted, "scripted", source) == ["BACK", [2, 3], [[0, 1, 2], [3, 4, 5]], True]


def test_a_tensor_is_itself_an_object_of_dlpack(scripted):
    source = """
        t = pb_utils.Tensor("T", np.arange(3, dtype=np.int64))
        answer = [list(t.__dlpack_device__()), np.from_dlpack(t).tolist(),
                  pb_utils.Tensor.from_dlpack("B", t).as_numpy().tolist()]
    """
    assert ask(scripted, "scripted", source) == [[1, 0], [0, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
                                   "float16", "float32", "float64"])  # fmt: skip
def test_dlpack_has_each_number_type(scripted, dtype):
    source = f"""
        t = pb_utils.Tensor("T", np.array([1, 2, 3], np.{dtype}))
        back = pb_utils.Tensor.from_dlpack("B", t.to_dlpack()).as_numpy()
        answer = [str(back.dtype), back.tolist()]
    """
    assert ask(scripted, "scripted", source) == [dtype, [1, 2, 3]]


def test_a_capsule_keeps_its_tensor_alive(scripted):
    source = """
        t = pb_utils.Tensor("T", np.arange(3, dtype=np.float32))
        before = sys.getrefcount(t)
        capsule = t.to_dlpack()
        during = sys.getrefcount(t)
        del capsule
        answer = [during - before, sys.getrefcount(t) - before]
    """
    assert ask(scripted, "scripted", source) == [1, 0]


def test_strings_have_no_dlpack(scripted):
    source = 'pb_utils.Tensor("T", np.array(["a"], dtype=object)).to_dlpack()'
    assert raised(scripted, "scripted", source) == (
        "TritonModelException",
        "DLPack does not have support for string tensors.",
    )


def test_from_dlpack_refuses_what_has_no_dlpack(scripted):
    kind, text = raised(scripted, "scripted", 'pb_utils.Tensor.from_dlpack("T", [1, 2])')
    assert kind == "TritonModelException"
    assert text.startswith("Provided tensor is not supported. Tensor must be a DLPack capsule")


def test_from_dlpack_refuses_other_orders(scripted):
    source = """
        class Other:
            array = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
            def __dlpack__(self, stream=None): return self.array.__dlpack__()
            def __dlpack_device__(self): return (1, 0)
        pb_utils.Tensor.from_dlpack("T", Other())
    """
    assert raised(scripted, "scripted", source) == (
        "TritonModelException",
        "DLPack tensor is not contiguous. Only contiguous DLPack tensors that are stored in C-Order are supported.",
    )


@pytest.mark.only_ours("from_dlpack of a NumPy array ends its worker")
def test_from_dlpack_takes_a_numpy_array(scripted):
    source = """
        t = pb_utils.Tensor.from_dlpack("T", np.arange(6, dtype=np.float32).reshape(2, 3))
        answer = [t.shape(), t.as_numpy().tolist()]
    """
    assert ask(scripted, "scripted", source) == [[2, 3], [[0, 1, 2], [3, 4, 5]]]


@pytest.mark.only_ours("the data type has no Python type, so that triton_dtype() raises TypeError")
def test_triton_dtype_is_a_number(scripted):
    assert value(scripted, "scripted", 'int(pb_utils.Tensor("T", np.zeros(1, np.float32)).triton_dtype())') == 11


# Functions of the module about data types and strings.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[pb_utils.numpy_to_triton_type(t) for t in (np.bool_, np.uint8, np.uint64, np.int8, np.int64)]",
         [1, 2, 5, 6, 9]),
        ("[pb_utils.numpy_to_triton_type(t) for t in (np.float16, np.float32, np.float64, np.object_, np.bytes_)]",
         [10, 11, 12, 13, 13]),
        ("pb_utils.numpy_to_triton_type(np.complex64)", None),
        ("[np.dtype(pb_utils.triton_to_numpy_type(n)).name for n in range(1, 14)]",
         ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32",
          "float64", "object"]),
        ("np.dtype(pb_utils.triton_string_to_numpy('TYPE_FP32')).name", "float32"),
        ("sorted(pb_utils.TRITON_STRING_TO_NUMPY)", sorted(f"TYPE_{name}" for name in [*DATATYPES, "STRING"])),
        ("pb_utils.serialize_byte_tensor(np.array([b'ab', b''], dtype=object)).hex()", "02000000616200000000"),
        ("pb_utils.serialize_byte_tensor(np.array(['ü'], dtype=object)).hex()", "02000000c3bc"),
        ("len(pb_utils.serialize_byte_tensor(np.empty(0, dtype=object)))", 0),
        ("pb_utils.serialize_byte_tensor(np.zeros(1))", None),
        ("[x.decode() for x in pb_utils.deserialize_bytes_tensor(bytes.fromhex('02000000616200000000'))]", ["ab", ""]),
    ],
)  # fmt: skip
def test_functions_of_data_types(scripted, expression, expected):
    assert value(scripted, "scripted", expression) == expected


def test_bf16_is_no_numpy_type(scripted):
    assert raised(scripted, "scripted", "pb_utils.triton_string_to_numpy('TYPE_BF16')")[0] == "KeyError"


def test_bf16_goes_in_and_out_by_dlpack(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("bf16"))
    source = (
        "import numpy as np\nimport triton_python_backend_utils as pb_utils\n\n\nclass TritonPythonModel:\n"
        "    def execute(self, requests):\n"
        "        return [pb_utils.InferenceResponse(["
        "pb_utils.Tensor.from_dlpack('OUTPUT0', r.inputs()[0].to_dlpack())])"
        " for r in requests]\n"
    )
    reads = source.replace(
        "pb_utils.Tensor.from_dlpack('OUTPUT0', r.inputs()[0].to_dlpack())", "r.inputs()[0].as_numpy()"
    )
    repository.add("identity", "bf16", change=[("TYPE_FP32", "TYPE_BF16")], source=source)
    repository.add("identity", "bf16_numpy", change=[("TYPE_FP32", "TYPE_BF16")], source=reads)
    server = start_python(repository)
    sent = np.array([[1.5, -2.0, 0.0]], ml_dtypes.bfloat16)
    got = infer(server, "bf16", {"INPUT0": sent}, {"INPUT0": "BF16"})
    np.testing.assert_array_equal(got.as_numpy("OUTPUT0").astype(np.float32), sent.astype(np.float32))
    with http(server) as client, pytest.raises(InferenceServerException) as refused:
        client.infer("bf16_numpy", http_inputs({"INPUT0": sent}, {"INPUT0": "BF16"}))
    assert (
        "Tensor dtype is BF16 and cannot be converted to NumPy. Use to_dlpack() and from_dlpack() instead."
        in refused.value.message()
    )
