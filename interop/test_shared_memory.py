"""System shared memory with Triton's own clients: registered, read, written, truncated by its owner, and unregistered.

Each test runs once for every entry of PROTOCOLS; what differs between protocols is in their classes.
"""

import itertools
import os
import threading

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
import tritonclient.utils.shared_memory as shared_memory
from tritonclient.utils import InferenceServerException, serialize_byte_tensor

import crowd
import models
from rpc import Rpc, failure, output, request, tensor, uint64, values

NUMBERS = itertools.count()
BIG = 300_000  # floats: more than an event loop copies


class Http:
    """What tests say in the words of every protocol, said over HTTP."""

    name = "http"
    library = tritonclient.http
    codes = {"NOT_FOUND": "404", "INVALID_ARG": "400", "ALREADY_EXISTS": "400", "INTERNAL": "500", "UNSUPPORTED": "501"}
    # It is sent as text.
    cuda_handle = b"A" * 86 + b"=="

    @staticmethod
    def connect(server):
        return tritonclient.http.InferenceServerClient(server.url, concurrency=4)

    @staticmethod
    def regions(client, name=""):
        """The registered regions, as {name: (key, offset, byte size)}."""
        status = client.get_system_shared_memory_status(name)
        return {entry["name"]: (entry["key"], entry["offset"], entry["byte_size"]) for entry in status}

    @staticmethod
    def output(name):
        return tritonclient.http.InferRequestedOutput(name)

    @staticmethod
    def shape_of(result, name):
        return result.get_output(name)["shape"]

    @staticmethod
    def assert_no_data(result, name):
        assert set(result.get_output(name)) == {"name", "datatype", "shape"}


class Grpc:
    """The same over gRPC, call by call."""

    name = "grpc"
    library = tritonclient.grpc
    codes = {
        "NOT_FOUND": "StatusCode.NOT_FOUND",
        "INVALID_ARG": "StatusCode.INVALID_ARGUMENT",
        "ALREADY_EXISTS": "StatusCode.ALREADY_EXISTS",
        "INTERNAL": "StatusCode.INTERNAL",
        "UNSUPPORTED": "StatusCode.UNIMPLEMENTED",
    }
    cuda_handle = bytes(64)

    @staticmethod
    def connect(server):
        return tritonclient.grpc.InferenceServerClient(server.grpc_url)

    @staticmethod
    def regions(client, name=""):
        status = client.get_system_shared_memory_status(name).regions
        assert all(name == entry.name for name, entry in status.items())
        return {name: (entry.key, entry.offset, entry.byte_size) for name, entry in status.items()}

    @staticmethod
    def output(name):
        return tritonclient.grpc.InferRequestedOutput(name)

    @staticmethod
    def shape_of(result, name):
        return list(result.get_output(name).shape)

    @staticmethod
    def assert_no_data(result, name):
        response = result.get_response()
        (index,) = [number for number, entry in enumerate(response.outputs) if entry.name == name]
        assert response.raw_output_contents[index] == b""
        assert not response.outputs[index].HasField("contents")


PROTOCOLS = [Http, Grpc]


@pytest.fixture(params=PROTOCOLS, ids=lambda protocol: protocol.name)
def protocol(request):
    return request.param


@pytest.fixture
def client(memory_server, protocol):
    """A client of a server without regions; it must still live when the test is over."""
    connected = protocol.connect(memory_server)
    yield connected
    connected.unregister_system_shared_memory()
    assert protocol.regions(connected) == {}
    assert connected.is_server_live()
    connected.close()


class Region:
    """A region of shared memory, made by Triton's own library."""

    def __init__(self, name, byte_size):
        self.name = name
        self.key = f"/nereid_interop_{os.getpid()}_{next(NUMBERS)}"
        self.byte_size = byte_size
        self.handle = shared_memory.create_shared_memory_region(name, self.key, byte_size, create_only=True)

    def put(self, *arrays, offset=0):
        shared_memory.set_shared_memory_region(self.handle, list(arrays), offset=offset)

    def get(self, datatype, shape, offset=0):
        return shared_memory.get_contents_as_numpy(self.handle, datatype, shape, offset=offset).copy()

    def truncate(self, byte_size):
        """Does what an owner should not; nothing here may look at the memory afterwards."""
        os.truncate("/dev/shm" + self.key, byte_size)

    def register(self, client, offset=0, byte_size=None):
        client.register_system_shared_memory(self.name, self.key, byte_size or self.byte_size, offset=offset)


@pytest.fixture
def region():
    """Makes regions: region(name, byte size)."""
    made = []

    def make(name, byte_size):
        made.append(Region(name, byte_size))
        return made[-1]

    yield make
    for each in made:
        shared_memory.destroy_shared_memory_region(each.handle)


def infer(protocol, client, model, inputs, outputs):
    """inputs: {name: (datatype, shape, region, byte size, offset)}; outputs: {name: (region, byte size, offset)}."""
    asked = []
    for name, (datatype, shape, region, byte_size, offset) in inputs.items():
        asked.append(protocol.library.InferInput(name, list(shape), datatype))
        asked[-1].set_shared_memory(region, byte_size, offset=offset)
    wanted = []
    for name, place in outputs.items():
        wanted.append(protocol.output(name))
        if place:
            wanted[-1].set_shared_memory(place[0], place[1], offset=place[2])
    return client.infer(model, asked, outputs=wanted)


def assert_refused(protocol, code, text, call, *arguments, **named):
    with pytest.raises(InferenceServerException) as refused:
        call(*arguments, **named)
    assert text in refused.value.message()
    assert refused.value.status() == protocol.codes[code]


# --- registering ----------------------------------------------------------------------------------------------------


def test_regions_are_registered_listed_and_unregistered(protocol, client, region):
    first, second = region("first", 256), region("an odd n\u00e4me?", 512)
    first.register(client)
    second.register(client, offset=64, byte_size=128)
    assert protocol.regions(client) == {"first": (first.key, 0, 256), "an odd n\u00e4me?": (second.key, 64, 128)}
    assert protocol.regions(client, "an odd n\u00e4me?") == {"an odd n\u00e4me?": (second.key, 64, 128)}
    client.unregister_system_shared_memory("first")
    client.unregister_system_shared_memory("first")
    assert list(protocol.regions(client)) == ["an odd n\u00e4me?"]
    assert_refused(protocol, "NOT_FOUND", "Unable to find system shared memory region: 'first'",
                   client.get_system_shared_memory_status, "first")  # fmt: skip


def test_a_name_is_registered_once_until_it_is_unregistered(protocol, client, region):
    first, second = region("r", 64), region("r", 32)
    first.register(client)
    assert_refused(protocol, "ALREADY_EXISTS", "shared memory region 'r' already in manager", second.register, client)
    client.unregister_system_shared_memory("r")
    second.register(client)
    assert protocol.regions(client) == {"r": (second.key, 0, 32)}


@pytest.mark.parametrize("offset, byte_size", [(0, 65), (1, 64), (64, 1), (2**63, 1), (0, 2**64 - 1), (2**64 - 8, 16)])
def test_a_region_that_is_not_within_the_object(protocol, client, region, offset, byte_size):
    assert_refused(protocol, "INVALID_ARG", "failed to register shared memory region 'r': invalid args",
                   region("r", 64).register, client, offset, byte_size)  # fmt: skip


@pytest.mark.parametrize(
    "key, code, text",
    [
        ("/nereid_interop_none", "INTERNAL", "Unable to open shared memory region: '/nereid_interop_none'"),
        ("/triton_python_backend_shm_region_1", "INVALID_ARG", "the key contains the reserved prefix"),
        ("///", "INTERNAL", "Unable to open shared memory region: '///'"),
        ("/../../etc/passwd", "INTERNAL", "Unable to open shared memory region: '/../../etc/passwd'"),
    ],
)
def test_a_key_that_names_no_object(protocol, client, key, code, text):
    assert_refused(protocol, code, text, client.register_system_shared_memory, "r", key, 64)


def test_shared_memory_that_was_not_allowed(protocol, server, region):
    text = "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable."
    with protocol.connect(server) as client:
        assert_refused(protocol, "UNSUPPORTED", text, region("r", 64).register, client)
        assert_refused(protocol, "UNSUPPORTED", text, client.unregister_system_shared_memory)
        assert_refused(protocol, "UNSUPPORTED", text, client.unregister_cuda_shared_memory, "r")
        assert protocol.regions(client) == {}
        place = ("FP32", (1, 4), "r", 16, 0)
        assert_refused(protocol, "NOT_FOUND", "Unable to find shared memory region: 'r'",
                       infer, protocol, client, "identity_fp32", {"INPUT0": place}, {})  # fmt: skip


def test_cuda_memory_without_a_gpu(protocol, client):
    """Where there is a GPU the handle is still none."""
    with pytest.raises(InferenceServerException) as refused:
        client.register_cuda_shared_memory("c", protocol.cuda_handle, 0, 64)
    assert refused.value.status() == protocol.codes["INVALID_ARG"]
    assert "failed to register" in refused.value.message()


# --- inference ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elements", [4, BIG], ids=["small", "big"])
@pytest.mark.parametrize("places", ["input", "output", "both"])
def test_tensors_go_through_shared_memory(protocol, client, region, places, elements):
    values = np.arange(elements, dtype=np.float32).reshape(1, elements) / 3
    source, target = region("in", values.nbytes), region("out", values.nbytes)
    source.put(values)
    source.register(client)
    target.register(client)
    given = protocol.library.InferInput("INPUT0", [1, elements], "FP32")
    if places == "output":
        given.set_data_from_numpy(values)
    else:
        given.set_shared_memory("in", values.nbytes)
    wanted = protocol.output("OUTPUT0")
    if places != "input":
        wanted.set_shared_memory("out", values.nbytes)
    result = client.infer("identity_fp32", [given], outputs=[wanted], request_id="r1")
    if places == "input":
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), values)
    else:
        assert protocol.shape_of(result, "OUTPUT0") == [1, elements]
        protocol.assert_no_data(result, "OUTPUT0")
        np.testing.assert_array_equal(target.get(np.float32, (1, elements)), values)


def test_several_tensors_in_one_region(protocol, client, region):
    floats = np.array([[1.5, -2, 0.25]], np.float32)
    integers = np.array([[[7, 8], [9, -10]]], np.int32)
    one = region("one", 8192)
    one.put(floats, offset=100)
    one.put(integers, offset=200)
    one.register(client, offset=0)
    result = infer(
        protocol,
        client,
        "two_inputs",
        {"INPUT0": ("FP32", (1, 3), "one", 12, 100), "INPUT1": ("INT32", (1, 2, 2), "one", 16, 200)},
        {"OUTPUT0": ("one", 12, 4096), "OUTPUT1": ("one", 100, 5000)},
    )
    protocol.assert_no_data(result, "OUTPUT0")
    protocol.assert_no_data(result, "OUTPUT1")
    np.testing.assert_array_equal(one.get(np.float32, (1, 3), 4096), floats)
    np.testing.assert_array_equal(one.get(np.int32, (1, 2, 2), 5000), integers)


def test_a_region_gets_the_outputs_and_nothing_else(protocol, client, region):
    one = region("one", 256)
    one.put(np.full(256, 0x5A, np.uint8))
    one.put(np.array([[1, 2, 3]], np.float32), offset=0)
    one.register(client)
    places = {"y": ("one", 64, 64), "x": ("one", 64, 128)}  # larger than the outputs
    infer(protocol, client, "passed_on", {"x": ("FP32", (1, 3), "one", 12, 0)}, places)
    np.testing.assert_array_equal(one.get(np.float32, (1, 3), 64), [[-1, -2, -3]])
    np.testing.assert_array_equal(one.get(np.float32, (1, 3), 128), [[1, 2, 3]])
    written = one.get(np.uint8, (256,), 0)
    assert set(np.concatenate([written[12:64], written[76:128], written[140:]])) == {0x5A}


def test_one_output_in_shared_memory_and_one_in_the_answer(protocol, client, region):
    floats, integers = np.array([[1, 2]], np.float32), np.array([[[3, 4]]], np.int32)
    one = region("one", 64)
    one.put(floats, integers)
    one.register(client)
    inputs = {"INPUT0": ("FP32", (1, 2), "one", 8, 0), "INPUT1": ("INT32", (1, 1, 2), "one", 8, 8)}
    result = infer(protocol, client, "two_inputs", inputs, {"OUTPUT0": ("one", 8, 32), "OUTPUT1": None})
    np.testing.assert_array_equal(one.get(np.float32, (1, 2), 32), floats)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), integers)


def test_a_regions_offset_counts_beside_the_tensors(protocol, client, region):
    one = region("one", 4096 + 64)
    one.put(np.array([[5, 6]], np.float32), offset=4096 + 8)
    one.register(client, offset=4096, byte_size=64)
    infer(protocol, client, "identity_fp32", {"INPUT0": ("FP32", (1, 2), "one", 8, 8)}, {"OUTPUT0": ("one", 8, 32)})
    np.testing.assert_array_equal(one.get(np.float32, (1, 2), 4096 + 32), [[5, 6]])


def test_strings(protocol, client, region):
    words = np.array([[b"", b"two", "dr\u00e9i".encode(), bytes(range(256))]], object)
    packed = serialize_byte_tensor(words)
    byte_size = len(packed.item())
    source, target = region("in", byte_size), region("out", byte_size + 10)
    source.put(packed)
    source.register(client)
    target.register(client)
    given = {"INPUT0": ("BYTES", (1, 4), "in", byte_size, 0)}
    infer(protocol, client, models.identity_model("BYTES"), given, {"OUTPUT0": ("out", byte_size + 10, 0)})
    np.testing.assert_array_equal(target.get(np.object_, (1, 4)), words)


@pytest.mark.parametrize("datatype", ["BOOL", "INT8", "UINT64", "FP16", "FP64"])
def test_other_datatypes(protocol, client, region, datatype):
    data = np.arange(48, dtype=np.uint8) % (2 if datatype == "BOOL" else 120)
    width = {"BOOL": 1, "INT8": 1, "UINT64": 8, "FP16": 2, "FP64": 8}[datatype]
    one = region("one", 96)
    one.put(data)
    one.register(client)
    given = {"INPUT0": (datatype, (1, 48 // width), "one", 48, 0)}
    infer(protocol, client, models.identity_model(datatype), given, {"OUTPUT0": ("one", 48, 48)})
    np.testing.assert_array_equal(one.get(np.uint8, (48,), 48), data)


def test_a_region_that_is_registered_again_is_another_one(protocol, client, region):
    first, second = region("r", 16), region("r", 16)
    for each, value in ((first, 1), (second, 2), (first, 1)):
        each.put(np.full((1, 2), value, np.float32))
        each.register(client)
        infer(protocol, client, "identity_fp32", {"INPUT0": ("FP32", (1, 2), "r", 8, 0)}, {"OUTPUT0": ("r", 8, 8)})
        np.testing.assert_array_equal(each.get(np.float32, (1, 2), 8), [[value, value]])
        client.unregister_system_shared_memory("r")
    assert_refused(
        protocol, "NOT_FOUND", "Unable to find shared memory region: 'r'",
        infer, protocol, client, "identity_fp32", {"INPUT0": ("FP32", (1, 2), "r", 8, 0)}, {},
    )  # fmt: skip


# --- what does not fit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "byte_size, offset, text",
    [
        (8, 64, "Invalid offset for shared memory region: 'r'"),
        (8, 60, "Invalid offset + byte size for shared memory region: 'r'"),
        (65, 0, "Invalid offset + byte size for shared memory region: 'r'"),
    ],
)
def test_a_tensor_that_is_not_within_its_region(protocol, client, region, byte_size, offset, text):
    region("r", 64).register(client)
    call = (infer, protocol, client, "identity_fp32")
    wrong, right = ("r", byte_size, offset), ("r", 8, 0)
    assert_refused(protocol, "INVALID_ARG", text, *call, {"INPUT0": ("FP32", (1, 2), *wrong)}, {"OUTPUT0": right})
    assert_refused(protocol, "INVALID_ARG", text, *call, {"INPUT0": ("FP32", (1, 2), *right)}, {"OUTPUT0": wrong})


def test_an_input_of_another_size_than_its_shape(protocol, client, region):
    region("r", 64).register(client)
    assert_refused(
        protocol, "INVALID_ARG", "input byte size mismatch for input 'INPUT0' for model 'identity_fp32'. Expected 8, got 12",
        infer, protocol, client, "identity_fp32", {"INPUT0": ("FP32", (1, 2), "r", 12, 0)}, {},
    )  # fmt: skip


def test_an_output_that_is_larger_than_its_place(protocol, client, region):
    one = region("r", 64)
    one.put(np.ones((1, 8), np.float32))
    one.register(client)
    assert_refused(
        protocol, "INTERNAL",
        "shared memory size specified with the request for output 'OUTPUT0' (31 bytes) should be at least 32 bytes to"
        " hold the results",
        infer, protocol, client, "identity_fp32", {"INPUT0": ("FP32", (1, 8), "r", 32, 0)}, {"OUTPUT0": ("r", 31, 32)},
    )  # fmt: skip
    np.testing.assert_array_equal(one.get(np.float32, (8,), 32), np.zeros(8, np.float32))


@pytest.mark.parametrize("elements", [1024, BIG], ids=["small", "big"])
def test_a_region_that_its_owner_truncates(protocol, client, region, elements):
    """A mapped region would end the server here."""
    byte_size = 4 * elements
    source, target = region("in", byte_size), region("out", byte_size)
    source.register(client)
    target.register(client)
    given = {"INPUT0": ("FP32", (1, elements), "in", byte_size, 0)}
    infer(protocol, client, "identity_fp32", given, {"OUTPUT0": ("out", byte_size, 0)})
    target.truncate(100)
    assert_refused(protocol, "INVALID_ARG", "shared memory region 'out' has shrunk",
                   infer, protocol, client, "identity_fp32", given, {"OUTPUT0": ("out", byte_size, 0)})  # fmt: skip
    assert os.stat("/dev/shm" + target.key).st_size == 100
    source.truncate(100)
    for _ in range(3):
        assert_refused(protocol, "INVALID_ARG", "shared memory region 'in' has shrunk",
                       infer, protocol, client, "identity_fp32", given, {})  # fmt: skip
    source.truncate(byte_size)
    result = infer(protocol, client, "identity_fp32", given, {})
    np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), np.zeros((1, elements), np.float32))


def test_a_region_that_is_truncated_all_the_time(protocol, client, region):
    byte_size = 4 * BIG
    one = region("r", byte_size)
    one.register(client)
    given = {"INPUT0": ("FP32", (1, BIG), "r", byte_size, 0)}
    ended = threading.Event()

    def truncate():
        for i in itertools.cycle(range(1, 20)):
            one.truncate(byte_size * i // 20)
            one.truncate(byte_size)
            if ended.is_set():
                return

    owner = threading.Thread(target=truncate)
    owner.start()
    try:
        for _ in range(40):
            try:
                infer(protocol, client, "identity_fp32", given, {"OUTPUT0": ("r", byte_size, 0)})
            except InferenceServerException as error:
                assert "has shrunk" in error.message()
    finally:
        ended.set()
        owner.join()


# --- regions in use -------------------------------------------------------------------------------------------------


def test_a_region_is_unregistered_while_a_request_runs(protocol, client, memory_server, region):
    first, second = region("r", 16), region("r", 16)
    first.put(np.array([[1, 2]], np.float32))
    second.put(np.zeros((1, 4), np.float32))
    first.register(client)
    given, wanted = {"INPUT0": ("FP32", (1, 2), "r", 8, 0)}, {"OUTPUT0": ("r", 8, 8)}
    failures = []

    def run():
        try:
            with protocol.connect(memory_server) as other:
                infer(protocol, other, "slow", given, wanted)
        except Exception as error:  # reported below, in the test's own thread
            failures.append(error)

    before = crowd.came(memory_server.port, "slow")
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    # one runs and the other one waits, for the model has one instance; or, on a machine that stood still, they have run
    crowd.wait_until(lambda: crowd.came(memory_server.port, "slow") == before + 2, "both requests have come")
    client.unregister_system_shared_memory("r")
    assert protocol.regions(client) == {}
    second.register(client)
    for thread in threads:
        thread.join()
    assert failures == []
    np.testing.assert_array_equal(first.get(np.float32, (1, 2), 8), [[1, 2]])
    np.testing.assert_array_equal(second.get(np.float32, (1, 4)), np.zeros((1, 4)))


# --- several protocols ----------------------------------------------------------------------------------------------


@pytest.fixture
def both(memory_server):
    """A client of each protocol."""
    with Http.connect(memory_server) as over_http, Grpc.connect(memory_server) as over_grpc:
        yield over_http, over_grpc
        over_grpc.unregister_system_shared_memory()


@pytest.mark.parametrize("registering, using", [(0, 1), (1, 0)], ids=["http then grpc", "grpc then http"])
def test_regions_belong_to_no_protocol(both, region, registering, using):
    protocols = [Http, Grpc]
    one = region("one", 64)
    one.put(np.array([[5, 6]], np.float32))
    one.register(both[registering])
    assert protocols[using].regions(both[using]) == {"one": (one.key, 0, 64)}
    assert_refused(protocols[using], "ALREADY_EXISTS", "shared memory region 'one' already in manager",
                   one.register, both[using])  # fmt: skip
    given, wanted = {"INPUT0": ("FP32", (1, 2), "one", 8, 0)}, {"OUTPUT0": ("one", 8, 32)}
    infer(protocols[using], both[using], "identity_fp32", given, wanted)
    np.testing.assert_array_equal(one.get(np.float32, (1, 2), 32), [[5, 6]])
    both[using].unregister_system_shared_memory("one")
    assert protocols[registering].regions(both[registering]) == {}


# --- streams --------------------------------------------------------------------------------------------------------


def test_a_stream_through_shared_memory(both, memory_server, region):
    """Each request has its place in one region; between them is one whose tensor is not within it."""
    _, client = both
    count, width = 20, 1000
    source, target = region("in", 4 * count * width), region("out", 4 * count * width)
    numbers = np.arange(count * width, dtype=np.float32).reshape(count, width)
    source.put(numbers)
    source.register(client)
    target.register(client)
    with Rpc(memory_server.grpc_url) as rpc, rpc.stream() as stream:
        for number in range(count):
            place = {"shared_memory_byte_size": 4 * width, "shared_memory_offset": 4 * number * width}
            stream.send(
                request(
                    "identity_fp32",
                    tensor(shape=(1, width), shared_memory_region="in", **place),
                    outputs=[output(shared_memory_region="out", **place)],
                    id=str(number),
                )
            )
        stream.send(request("identity_fp32", tensor(shape=(1, width), shared_memory_region="none", **place)))
        *responses, failed = stream.rest()
    assert [each.infer_response.id for each in responses] == [str(number) for number in range(count)]
    assert all(list(each.infer_response.raw_output_contents) == [b""] for each in responses)
    assert "Unable to find shared memory region: 'none'" in failed.error_message
    np.testing.assert_array_equal(target.get(np.float32, (count, width)), numbers)


# --- what only gRPC can say wrongly ---------------------------------------------------------------------------------


@pytest.fixture
def registered(both, region):
    _, client = both
    region("r", 64).register(client)


@pytest.fixture
def memory_rpc(memory_server):
    with Rpc(memory_server.grpc_url) as connected:
        yield connected


REGION = {"shared_memory_region": "r", "shared_memory_byte_size": 16}


@pytest.mark.parametrize(
    "parameters",
    [
        {"shared_memory_byte_size": 16},
        {"shared_memory_offset": 0},
        {"shared_memory_region": 7, "shared_memory_byte_size": 16},
        {"shared_memory_region": "r", "shared_memory_byte_size": "16"},
        {"shared_memory_region": "r", "shared_memory_byte_size": uint64(16)},
        {"shared_memory_region": "r", "shared_memory_byte_size": 16, "shared_memory_offset": 0.0},
    ],
    ids=["size alone", "offset alone", "number as region", "text as size", "uint64 as size", "real as offset"],
)
def test_parameters_that_make_no_place(memory_rpc, registered, parameters):
    asked = [
        request("identity_fp32", tensor(**parameters), raw=[bytes(16)]),
        request("identity_fp32", tensor(), raw=[bytes(16)], outputs=[output(**parameters)]),
    ]
    for each in asked:
        status, text = failure(memory_rpc.infer, each)
        assert status == "INVALID_ARGUMENT" and "shared_memory" in text


def test_shared_memory_and_other_data(memory_rpc, registered):
    asked = request("identity_fp32", tensor(contents={"fp32_contents": [1, 2, 3, 4]}, **REGION))
    status, text = failure(memory_rpc.infer, asked)
    assert status == "INVALID_ARGUMENT" and "INPUT0" in text


def test_shared_memory_and_classification(memory_rpc, registered):
    asked = request("identity_fp32", tensor(), raw=[bytes(16)], outputs=[output(classification=1, **REGION)])
    status, text = failure(memory_rpc.infer, asked)
    assert status == "INVALID_ARGUMENT" and "classification" in text


def test_one_input_in_shared_memory_and_one_raw(memory_rpc, registered):
    """The raw bytes are those of the first input that has no place of its own."""
    asked = request(
        "two_inputs", tensor(**REGION), tensor("INPUT1", "INT32", (1, 1, 2)), raw=[np.array([7, 8], np.int32)]
    )
    response = memory_rpc.infer(asked)
    by_name = {entry.name: number for number, entry in enumerate(response.outputs)}
    assert values(response, by_name["OUTPUT0"]).tolist() == [[0, 0, 0, 0]]
    assert values(response, by_name["OUTPUT1"], np.int32).tolist() == [[[7, 8]]]


def test_one_input_in_shared_memory_and_one_as_a_list(memory_rpc, registered):
    asked = request(
        "two_inputs", tensor(**REGION), tensor("INPUT1", "INT32", (1, 1, 2), contents={"int_contents": [7, 8]})
    )
    response = memory_rpc.infer(asked)
    by_name = {entry.name: number for number, entry in enumerate(response.outputs)}
    assert values(response, by_name["OUTPUT1"], np.int32).tolist() == [[[7, 8]]]


def test_the_places_of_decoupled_responses(memory_rpc, both, region):
    """Every response is written to the same place: the last one is found there."""
    _, client = both
    one = region("one", 64)
    one.register(client)
    place = {"shared_memory_region": "one", "shared_memory_byte_size": 4, "shared_memory_offset": 8}
    asked = request(
        "repeat_int32",
        tensor("IN", "INT32", (3,)), tensor("DELAY", "UINT32", (3,)), tensor("WAIT", "UINT32", (1,)),
        raw=[np.array([5, 6, 7], np.int32), np.zeros(3, np.uint32), np.zeros(1, np.uint32)],
        outputs=[output("OUT", **place), output("IDX")],
    )  # fmt: skip
    with memory_rpc.stream() as stream:
        stream.send(asked)
        responses = stream.rest()
    indexes = []
    for each in responses:
        by_name = {entry.name: number for number, entry in enumerate(each.infer_response.outputs)}
        assert each.infer_response.raw_output_contents[by_name["OUT"]] == b""
        indexes += values(each.infer_response, by_name["IDX"], np.uint32).tolist()
    assert indexes == [0, 1, 2]
    assert one.get(np.int32, (1,), 8).tolist() == [7]
