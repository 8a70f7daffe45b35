"""Health and statistics answer while a model takes ten seconds to load."""

import contextlib
import time

import pytest
import tritonclient.grpc as triton
import tritonclient.http

import wire
from batching_models import BatchingRepository

LOAD_SECONDS = 10
PROMPT_SECONDS = 0.1
# Between one call of each kind and the next.
PAUSE_SECONDS = 0.05
# The share of calls that may be slower than those of a server that loads nothing.
SHARE = 0.25


@pytest.fixture
def idle(start_server, tmp_path):
    """Loads nothing any more: how quickly it answers says how busy the machine is."""
    repository = BatchingRepository(tmp_path / "idle")
    repository.identity("quick", "")
    return start_server([repository.folder]).wait_until()


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


def test_the_control_plane_answers_while_a_model_loads(idle, server):
    with contextlib.ExitStack() as opened:
        usual, asked = (calls(each, opened) for each in (idle, server))
        for call in [*usual, *asked]:  # what is slow only the first time, in the client too
            call()
        during, beside = [], []
        while wire.get(server.port, "/v2/models/loading/ready").status != 200:
            during += [seconds(call) for call in asked]
            beside += [seconds(call) for call in usual]
            time.sleep(PAUSE_SECONDS)
        assert wire.get(server.port, "/v2/health/ready").status == 200
    # A call that waited for the load would be one of a few, and take seconds.
    assert len(during) > 40
    assert max(during) < LOAD_SECONDS / 2
    assert prompt(during) >= prompt(beside) - SHARE, (prompt(during), prompt(beside))


def calls(server, opened):
    """What is asked of a server."""
    over_http = opened.enter_context(tritonclient.http.InferenceServerClient(server.url))
    over_grpc = opened.enter_context(triton.InferenceServerClient(server.grpc_url))
    return [
        over_http.is_server_live,
        over_http.is_server_ready,
        over_http.get_inference_statistics,
        lambda: over_http.get_model_metadata("quick"),
        over_grpc.is_server_live,
        over_grpc.is_server_ready,
        over_grpc.get_inference_statistics,
        lambda: over_grpc.is_model_ready("quick"),
    ]


def seconds(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


def prompt(times):
    """The share of calls that took no longer than they should."""
    return sum(each < PROMPT_SECONDS for each in times) / len(times)
