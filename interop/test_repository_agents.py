"""The repository agent `checksum`: at the start, at loads by request, and where a request brings a configuration."""

import hashlib
import json

import pytest
from tritonclient.utils import InferenceServerException

from server import Server
from test_model_control import EXPLICIT, IDENTITY, connect, infer

WEIGHTS = b"weights"
AGENT = 'model_repository_agents { agents { name: "%s" parameters { key: "MD5:1/weights" value: "%s" } } }'
MATCHES = AGENT % ("checksum", hashlib.md5(WEIGHTS).hexdigest())


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    return tmp_path_factory.mktemp("agents") / "zoo"


@pytest.fixture(scope="module")
def server(zoo):
    for name, agents in (("sound", MATCHES), ("broken", AGENT % ("checksum", "0" * 32)), ("encrypted", AGENT % ("decrypt", ""))):
        (zoo / name / "1").mkdir(parents=True)
        (zoo / name / "1" / "weights").write_bytes(WEIGHTS)
        (zoo / name / "config.pbtxt").write_text(IDENTITY % agents)
    server = Server(zoo.parent / "server.log", [zoo], EXPLICIT, "--load-model=*", "--exit-on-error=false", "--strict-readiness=false")
    server.wait_until().wait_until_started()
    yield server
    assert server.stop() == 0


def refused(client, *arguments, **keywords):
    with pytest.raises(InferenceServerException) as refusal:
        client.load_model(*arguments, **keywords)
    return refusal.value.message()


def test_at_the_start_only_what_is_as_it_should_be_is_served(server):
    with connect("http", server) as client:
        assert infer(client, "sound", 3.0).tolist() == [[3.0, 3.0, 3.0]]
        assert not client.is_model_ready("broken") and not client.is_model_ready("encrypted")
        reasons = {entry["name"]: entry.get("reason", "") for entry in client.get_model_repository_index()}
    assert "Mismatched MD5 hash for file 1/weights" in reasons["broken"]
    assert "'broken': Mismatched MD5 hash for file 1/weights, expect: 000" in server.log_text()
    assert "unable to find the repository agent 'decrypt'" in reasons["encrypted"]


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_a_load_by_request_is_checked(server, zoo, protocol):
    with connect(protocol, server) as client:
        assert "Mismatched MD5 hash" in refused(client, "broken")
        (zoo / "sound" / "1" / "weights").write_bytes(b"tampered with")
        assert "Mismatched MD5 hash" in refused(client, "sound")
        assert infer(client, "sound", 3.0).tolist() == [[3.0, 3.0, 3.0]], "what was served still is"
        (zoo / "sound" / "1" / "weights").write_bytes(WEIGHTS)
        client.load_model("sound")


def test_a_configuration_of_a_request_leaves_no_check_out_and_may_have_its_own(server):
    plain = {"backend": "identity", "max_batch_size": 8, "input": [{"name": "IN", "data_type": "TYPE_FP32", "dims": [3]}],
             "output": [{"name": "OUT", "data_type": "TYPE_FP32", "dims": [3]}]}
    wrong = {"agents": [{"name": "checksum", "parameters": {"MD5:1/weights": "1" * 32}}]}
    outside = {"agents": [{"name": "checksum", "parameters": {"MD5:../../server.log": "1" * 32}}]}
    with connect("http", server) as client:
        assert "expect: 000" in refused(client, "broken", config=json.dumps(plain))
        assert "expect: 111" in refused(client, "sound", config=json.dumps(plain | {"model_repository_agents": wrong}))
        message = refused(client, "sound", config=json.dumps(plain | {"model_repository_agents": outside}))
        assert "no such file in the model's directory" in message
        files = {"file:1/weights": b"other"}
        message = refused(client, "brought", config=json.dumps(plain | {"model_repository_agents": wrong}), files=files)
        assert f"got: {hashlib.md5(b'other').hexdigest()}" in message
