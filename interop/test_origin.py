"""Requests that a browser sends for pages: those of the server itself, of other servers, of servers that are allowed."""

import json

import pytest
import tritonclient.http

import wire

EVIL = "http://evil.example"
APP = "https://app.example:8443"
INFER = "/v2/models/identity_fp32/infer"
CHANGES = [
    "/v2/models/identity_fp32/infer",
    "/v2/models/identity_fp32/versions/1/infer",
    "/v2/models/identity_fp32/generate",
    "/v2/models/identity_fp32/generate_stream",
    "/v2/models/identity_fp32/trace/setting",
    "/v2/repository/index",
    "/v2/repository/models/identity_fp32/load",
    "/v2/repository/models/identity_fp32/unload",
    "/v2/systemsharedmemory/region/r/register",
    "/v2/systemsharedmemory/unregister",
    "/v2/cudasharedmemory/region/r/register",
    "/v2/cudasharedmemory/region/r/unregister",
    "/v2/trace/setting",
    "/v2/logging",
]


def own_origin(port):
    return {"Origin": f"http://127.0.0.1:{port}"}


def infer(port, headers):
    body = wire.fp32_request([1.0, 2.0])
    return wire.exchange(port, "POST", INFER, body, headers)


@pytest.fixture(scope="module")
def open_server(start_module_server, few_models):
    """Lets pages of APP in."""
    return start_module_server([few_models], f"--http-allowed-origins={APP}")


@pytest.mark.parametrize("path", CHANGES)
def test_a_page_of_another_server_changes_nothing(port, path):
    answer = wire.exchange(port, "POST", path, {}, {"Origin": EVIL})
    assert answer.status == 403
    assert answer.error == (
        f"Origin: got '{EVIL}' (expected 'http://127.0.0.1:{port}', or one that --http-allowed-origins names)"
    )


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_what_is_not_the_servers_own_origin_is_refused(port, origin):
    assert infer(port, {"Origin": origin}).status == 403


def test_the_body_of_a_foreign_page_is_not_read(port):
    with wire.Connection(port) as connection:
        head = f"POST {INFER} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {EVIL}\r\n"
        connection.send((head + "Content-Length: 1000000000\r\n\r\n").encode())
        assert connection.read_response().status == 403
        assert connection.at_end()


def test_the_log_tells_of_it(start_server, few_models):
    server = start_server([few_models]).wait_until()
    for _ in range(20):
        assert infer(server.port, {"Origin": EVIL}).status == 403
    lines = [line for line in server.log_text().splitlines() if EVIL in line]
    assert len(lines) == 1
    assert f"refused POST {INFER}" in lines[0] and "--http-allowed-origins" in lines[0]


def test_a_page_of_the_server_itself_is_answered(port):
    answer = infer(port, own_origin(port))
    assert answer.status == 200
    assert answer.json()["outputs"][0]["data"] == [1.0, 2.0]
    assert "access-control-allow-origin" not in answer.headers


def test_a_foreign_page_reads_nothing(port):
    answer = wire.exchange(port, "GET", "/v2", None, {"Origin": EVIL})
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers
    preflight = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    assert wire.exchange(port, "OPTIONS", INFER, None, preflight).status == 405


def test_tritons_client_is_not_asked_for_an_origin(server):
    with tritonclient.http.InferenceServerClient(server.url) as client:
        assert client.is_server_ready()
        client.get_model_repository_index()
        client.update_log_settings({"log_verbose_level": 0})


def test_an_allowed_page_asks_first_and_reads_the_answer(open_server):
    port = open_server.port
    preflight = {
        "Origin": APP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,inference-header-content-length",
    }
    agreed = wire.exchange(port, "OPTIONS", INFER, None, preflight)
    assert agreed.status == 200
    assert agreed.headers["access-control-allow-origin"] == APP
    assert "POST" in agreed.headers["access-control-allow-methods"]
    assert "*" in agreed.headers["access-control-allow-headers"]
    answer = infer(port, {"Origin": APP})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["vary"] == "Origin"
    refused = infer(port, {"Origin": EVIL})
    assert refused.status == 403


def test_an_allowed_page_reads_errors_and_events_too(open_server):
    port = open_server.port
    assert wire.exchange(port, "POST", INFER, b"{", {"Origin": APP}).headers["access-control-allow-origin"] == APP
    events = wire.exchange(port, "POST", "/v2/models/identity_fp32/generate_stream", {"INPUT0": [1.0]}, {"Origin": APP})
    assert events.headers["access-control-allow-origin"] == APP
    assert json.loads(events.text.removeprefix("data: "))["OUTPUT0"] == 1.0


def test_a_star_lets_every_page_in(start_server, few_models):
    server = start_server([few_models], "--http-allowed-origins=*").wait_until()
    for origin in (EVIL, "null"):
        answer = infer(server.port, {"Origin": origin})
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"


def test_only_hosts_that_are_named_are_answered(start_server, few_models):
    server = start_server([few_models], "--http-allowed-hosts=models.example").wait_until()
    statuses = {}
    for host in ("127.0.0.1", "localhost:8000", "models.example", "evil.example:8000"):
        with wire.Connection(server.port) as connection:
            connection.send(f"GET /v2/models/identity_fp32 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            answer = connection.read_response()
            statuses[host] = answer.status
    assert statuses == {"127.0.0.1": 200, "localhost:8000": 200, "models.example": 200, "evil.example:8000": 403}
    assert answer.error == (
        "Host: got 'evil.example:8000' (expected an IP address, localhost, or a name in --http-allowed-hosts)"
    )
