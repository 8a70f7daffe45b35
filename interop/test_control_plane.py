"""Health and statistics answer while a model takes ten seconds to load."""

import time

import pytest
import tritonclient.grpc as triton
import tritonclient.http

import wire
from batching_models import BatchingRepository

LOAD_SECONDS = 10
PROMPT_SECONDS = 0.05
# Between one call of each kind and the next.
PAUSE_SECONDS = 0.05
# The share of calls that may be slower than without a load: other processes have the machine too.
SHARE = 0.25


@pytest.fixture
def server(start_server, tmp_path):
    repository = BatchingRepository(tmp_path / "models")
    repository.identity("quick", "")
    delay = f'parameters {{ key: "creation_delay_sec" value {{ string_value: "{LOAD_SECONDS}" }} }}'
    repository.identity("loading", delay)
    return start_server([repository.folder]).wait_until("/v2/models/quick/ready")


def test_the_ports_are_open_while_the_first_models_load(server):
    assert wire.get(server.port, "/v2/health/live").status == 200
    assert wire.get(server.port, "/v2/health/ready").status == 400
    assert wire.get(server.port, "/v2/models/quick/ready").status == 200


def test_the_control_plane_answers_while_a_model_loads(server):
    with (
        tritonclient.http.InferenceServerClient(server.url) as over_http,
        triton.InferenceServerClient(server.grpc_url) as over_grpc,
    ):
        calls = [
            over_http.is_server_live,
            over_http.is_server_ready,
            over_http.get_inference_statistics,
            lambda: over_http.get_model_metadata("quick"),
            over_grpc.is_server_live,
            over_grpc.is_server_ready,
            over_grpc.get_inference_statistics,
            lambda: over_grpc.is_model_ready("quick"),
        ]
        for call in calls:  # what is slow only the first time, in the client too
            call()
        during = []
        while not over_http.is_model_ready("loading"):
            during += [seconds(call) for call in calls]
            time.sleep(PAUSE_SECONDS)
        assert wire.get(server.port, "/v2/health/ready").status == 200
        after = []
        while len(after) < len(during):
            after += [seconds(call) for call in calls]
            time.sleep(PAUSE_SECONDS)
    # A call that waited for the load would be one of a few, and take seconds.
    assert len(during) > 200
    assert max(during) < LOAD_SECONDS / 2
    assert prompt(during) >= prompt(after) - SHARE, (prompt(during), prompt(after))


def seconds(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


def prompt(times):
    """The share of calls that took no longer than they should."""
    return sum(each < PROMPT_SECONDS for each in times) / len(times)
