"""Typed contents: data of inputs as lists of numbers and strings beside the raw bytes that the clients send."""

import numpy as np
import pytest

from models import DATATYPES, identity_model
from rpc import failure, request, tensor, values

LISTS = {
    "bool_contents": "BOOL",
    "int_contents": "INT32",
    "int64_contents": "INT64",
    "uint_contents": "UINT32",
    "uint64_contents": "UINT64",
    "fp32_contents": "FP32",
    "fp64_contents": "FP64",
    "bytes_contents": "BYTES",
}
FITTING = [
    ("BOOL", "bool_contents", np.bool_, [True, False, True, True]),
    ("INT8", "int_contents", np.int8, [-128, 127, 0, -1]),
    ("INT16", "int_contents", np.int16, [-32768, 32767, 0, -1]),
    ("INT32", "int_contents", np.int32, [-(2**31), 2**31 - 1, 0, -1]),
    ("INT64", "int64_contents", np.int64, [-(2**63), 2**63 - 1, 0, -1]),
    ("UINT8", "uint_contents", np.uint8, [0, 255, 128, 7]),
    ("UINT16", "uint_contents", np.uint16, [0, 65535, 32768, 7]),
    ("UINT32", "uint_contents", np.uint32, [0, 2**32 - 1, 2**31, 7]),
    ("UINT64", "uint64_contents", np.uint64, [0, 2**64 - 1, 2**63, 7]),
    ("FP32", "fp32_contents", np.float32, [0.5, -3.4e38, 1.4e-45, np.inf]),
    ("FP64", "fp64_contents", np.float64, [0.1, -1.7e308, 5e-324, -np.inf]),
]


def typed(datatype, contents, shape=(1, 4), **fields):
    return request(identity_model(datatype), tensor(datatype=datatype, shape=shape, contents=contents), **fields)


def mismatch(kind, datatype):
    return (
        f"unexpected explicit tensor data for input tensor 'INPUT0' for model '{identity_model(datatype)}' of type"
        f" '{kind}', expected datatype '{datatype}'"
    )


@pytest.mark.parametrize("datatype, kind, dtype, numbers", FITTING, ids=[entry[0] for entry in FITTING])
def test_every_list(rpc, datatype, kind, dtype, numbers):
    response = rpc.infer(typed(datatype, {kind: numbers}))
    np.testing.assert_array_equal(values(response, dtype=dtype), np.array([numbers], dtype))
    assert not response.outputs[0].HasField("contents")


def test_not_a_number(rpc):
    response = rpc.infer(typed("FP32", {"fp32_contents": [np.nan, -0.0, 1, 2]}))
    np.testing.assert_array_equal(values(response), np.array([[np.nan, -0.0, 1, 2]], np.float32))
    assert np.signbit(values(response)[0, 1])


def test_strings(rpc):
    words = [b"", b"two", bytes(range(256)), "\u00e4pfel".encode()]
    response = rpc.infer(typed("BYTES", {"bytes_contents": words}))
    expected = b"".join(len(word).to_bytes(4, "little") + word for word in words)
    assert response.raw_output_contents[0] == expected


@pytest.mark.parametrize(
    "datatype, kind, dtype, sent, got",
    [
        ("INT8", "int_contents", np.int8, [128, 256, -129, 0x1234567F], [-128, 0, 127, 127]),
        ("INT16", "int_contents", np.int16, [32768, 65536, -32769, 0x12347FFF], [-32768, 0, 32767, 32767]),
        ("UINT8", "uint_contents", np.uint8, [256, 257, 0xFFFFFFFF, 5], [0, 1, 255, 5]),
        ("UINT16", "uint_contents", np.uint16, [65536, 65537, 0xFFFFFFFF, 5], [0, 1, 65535, 5]),
    ],
)
def test_small_integers_are_cut_off(rpc, datatype, kind, dtype, sent, got):
    assert values(rpc.infer(typed(datatype, {kind: sent})), dtype=dtype).tolist() == [got]


@pytest.mark.parametrize("datatype, kind", [(entry[0], entry[1]) for entry in FITTING], ids=[e[0] for e in FITTING])
def test_lists_that_do_not_fit(rpc, datatype, kind):
    for other, of_type in LISTS.items():
        if other != kind:
            element = b"1" if other == "bytes_contents" else 1
            status, text = failure(rpc.infer, typed(datatype, {other: [element] * 4}))
            assert (status, text) == ("INVALID_ARGUMENT", mismatch(of_type, datatype))


@pytest.mark.parametrize("datatype", ["FP16", "BF16"])
def test_half_precision_is_sent_raw_only(rpc, datatype):
    status, text = failure(rpc.infer, typed(datatype, {"fp32_contents": [1, 2, 3, 4]}))
    assert (status, text) == ("INVALID_ARGUMENT", mismatch("FP32", datatype))


def test_two_lists(rpc):
    status, text = failure(rpc.infer, typed("FP32", {"fp32_contents": [1, 2, 3, 4], "int64_contents": [1]}))
    assert status == "INVALID_ARGUMENT"
    assert text.startswith("unexpected explicit tensor data for input tensor 'INPUT0' for model 'identity_fp32'")


def test_two_lists_of_which_one_came_before(rpc):
    """The list that fits comes first in the message's order of fields; the other is one too many."""
    status, text = failure(rpc.infer, typed("BOOL", {"bool_contents": [True] * 4, "fp64_contents": [1]}))
    assert status == "INVALID_ARGUMENT"
    assert text.endswith("binary data was already supplied.")


@pytest.mark.parametrize("count", [0, 3, 5])
def test_a_list_of_another_length_than_the_shape(rpc, count):
    status, text = failure(rpc.infer, typed("FP32", {"fp32_contents": [1] * count}))
    assert status == "INVALID_ARGUMENT"
    assert "input byte size mismatch for input 'INPUT0'" in text or "unable to find data" in text


@pytest.mark.parametrize("datatype", DATATYPES)
def test_a_list_of_nothing_for_a_tensor_without_elements(rpc, datatype):
    response = rpc.infer(typed(datatype, {}, shape=(1, 0)))
    assert (list(response.outputs[0].shape), response.raw_output_contents[0]) == ([1, 0], b"")


def test_many_numbers(rpc):
    numbers = np.random.default_rng(5).integers(-(2**31), 2**31, 300_000).astype(np.int32)
    response = rpc.infer(typed("INT32", {"int_contents": numbers.tolist()}, shape=(3, 100_000)))
    np.testing.assert_array_equal(values(response, dtype=np.int32), numbers.reshape(3, -1))


# --- beside raw bytes ---------------------------------------------------------------------------------------------

FLOATS = np.array([1, 2.5, -3, 4], np.float32)
TYPED = {"fp32_contents": [1, 2.5, -3, 4]}


def test_contents_together_with_raw_bytes(rpc):
    status, text = failure(rpc.infer, typed("FP32", TYPED, raw=[FLOATS]))
    assert status == "INVALID_ARGUMENT"
    assert "contents field must not be specified when using raw_input_contents for 'INPUT0'" in text


def test_contents_of_one_input_and_raw_bytes_of_another(rpc):
    inputs = [tensor(contents=TYPED), tensor("INPUT1", "INT32", (1, 1, 2))]
    status, text = failure(rpc.infer, request("two_inputs", *inputs, raw=[bytes(8)]))
    assert status == "INVALID_ARGUMENT"
    assert "contents field must not be specified when using raw_input_contents for 'INPUT0'" in text


def test_contents_of_both_inputs(rpc):
    inputs = [tensor(contents=TYPED), tensor("INPUT1", "INT32", (1, 1, 2), {"int_contents": [7, 8]})]
    response = rpc.infer(request("two_inputs", *inputs))
    assert values(response, 0).tolist() == [FLOATS.tolist()]
    assert values(response, 1, np.int32).tolist() == [[[7, 8]]]


def test_no_data(rpc):
    assert failure(rpc.infer, request("identity_fp32", tensor())) == (
        "INVALID_ARGUMENT",
        "unable to find data for input tensor 'INPUT0' for model 'identity_fp32' in request.",
    )


def test_data_for_the_first_input_only(rpc):
    asked = request("two_inputs", tensor(), tensor("INPUT1", "INT32", (1, 1, 2)), raw=[FLOATS])
    assert failure(rpc.infer, asked) == (
        "INVALID_ARGUMENT",
        "unable to find data for input tensor 'INPUT1' for model 'two_inputs' in request.",
    )


def test_raw_bytes_that_are_too_many_are_not_looked_at(rpc):
    response = rpc.infer(request("identity_fp32", tensor(), raw=[FLOATS, b"more", bytes(1_000_000)]))
    assert values(response).tolist() == [FLOATS.tolist()]


def test_raw_bytes_go_to_the_inputs_in_their_order(rpc):
    asked = request(
        "two_inputs", tensor("INPUT1", "INT32", (1, 1, 2)), tensor(), raw=[np.array([7, 8], np.int32), FLOATS]
    )
    response = rpc.infer(asked)
    by_name = {entry.name: number for number, entry in enumerate(response.outputs)}
    assert values(response, by_name["OUTPUT0"]).tolist() == [FLOATS.tolist()]
    assert values(response, by_name["OUTPUT1"], np.int32).tolist() == [[[7, 8]]]
