"""The description of the API at /v2/openapi.json: valid, of the models that are ready, with examples that work."""

import json

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import models
import wire

DESCRIPTION = "/v2/openapi.json"
BINARY = "application/octet-stream"


def description(port, **headers):
    answer = wire.exchange(port, "GET", DESCRIPTION, None, headers)
    assert answer.status == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def spec(server):
    return description(server.port)


@pytest.fixture(scope="module")
def sequence_server(start_module_server, tmp_path_factory):
    """Models of sequences, one of FP16 outputs, and one whose name has markup in it."""
    repository = models.Repository(tmp_path_factory.mktemp("described"))
    tensors = [("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])]
    repository.add(
        "sequence",
        models.config(*tensors, backend="identity", extra="sequence_batching { }"),
        {1: None},
    )
    iterative = "sequence_batching { iterative_sequence: true }"
    repository.add("iterative", models.config(*tensors, backend="identity", extra=iterative), {1: None})
    correlation = "control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING }"
    texts = f'sequence_batching {{ control_input {{ name: "ID" {correlation} }} }}'
    repository.add("sequence_of_text", models.config(*tensors, backend="identity", extra=texts), {1: None})
    repository.add("<img src=x onerror=alert(1)>", models.config(*tensors, backend="identity"), {1: None})
    halves = [("INPUT0", "FP32", [2])], [("OUTPUT0", "FP16", [2])]
    repository.add(
        "half",
        models.config(*halves),
        {
            1: models.graph(
                [("Cast", ["INPUT0"], ["OUTPUT0"], {"to": models.TensorProto.FLOAT16})],
                [("INPUT0", "FP32", ["batch", 2])],
                [("OUTPUT0", "FP16", ["batch", 2])],
            )
        },
    )
    return start_module_server([repository.folder])


def operations(spec):
    """(path, operation) of everything that runs a model of its own."""
    return [
        (path, item["post"])
        for path, item in spec["paths"].items()
        if path.startswith("/v2/models/") and "{" not in path and "post" in item
    ]


def bodies(operation):
    return operation["requestBody"]["content"]


def validator(spec, schema):
    """Holds values against a schema that refers to the document's components."""
    return OAS31Validator({**schema, "components": spec["components"]})


def check_example(port, spec, path, operation):
    """Sends the operation's example, or the raw bytes that it asks for, and holds both sides against their schemas."""
    content = bodies(operation)
    example = content["application/json"].get("example")
    if example is None:
        if BINARY not in content:  # generate of a large input
            return False
        count = int(content[BINARY]["schema"]["description"].split()[-2])
        answer = wire.exchange(port, "POST", path, bytes(count), {"Inference-Header-Content-Length": "0"})
        assert answer.status == 200, f"{path}: {answer.text}"
        return True
    validator(spec, content["application/json"]["schema"]).validate(example)
    answer = wire.exchange(port, "POST", path, example, {"Content-Type": "application/json"})
    assert answer.status == 200, f"{path}: {answer.text}"
    answered = operation["responses"]["200"]["content"]
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in answered
    if kind == "application/json":
        validator(spec, answered[kind]["schema"]).validate(answer.json())
    return True


def test_it_is_valid(spec):
    assert spec["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(spec).validate()


def test_every_model_that_is_ready_is_in_it(server, spec):
    index = wire.exchange(server.port, "POST", "/v2/repository/index", {"ready": True}).json()
    ready = {entry["name"] for entry in index}
    assert {path.split("/")[3] for path, _ in operations(spec)} == ready
    assert ready <= {tag["name"] for tag in spec["tags"]}


def test_every_example_works(server, spec):
    checked = [check_example(server.port, spec, path, operation) for path, operation in operations(spec)]
    assert sum(checked) > 60
    assert checked.count(False) == 2  # generate and generate_stream of the example's network


def test_a_wrong_request_does_not_fit_the_schema(spec):
    schema = bodies(spec["paths"]["/v2/models/two_inputs/infer"]["post"])["application/json"]
    fits = validator(spec, schema["schema"])
    good = schema["example"]
    assert fits.is_valid(good)
    for change in ({"name": "OTHER"}, {"datatype": "INT8"}, {"shape": [1]}, {"shape": [9, 1]}, {"data": ["x"]}):
        assert not fits.is_valid({"inputs": [{**good["inputs"][0], **change}, good["inputs"][1]]}), change
    assert not fits.is_valid({"inputs": good["inputs"][:1]})


def test_what_is_answered_fits_the_schemas(server, spec):
    for path, ref in (
        ("/v2", "ServerMetadata"),
        ("/v2/models/two_inputs", "ModelMetadata"),
        ("/v2/models/two_inputs/stats", "Statistics"),
        ("/v2/logging", "LogSettings"),
        ("/v2/trace/setting", "TraceSettings"),
        ("/v2/models/nothing", "Error"),
    ):
        answer = wire.get(server.port, path)
        validator(spec, {"$ref": f"#/components/schemas/{ref}"}).validate(answer.json())


def test_every_address_is_one(server, spec):
    """What it describes is there: another method is not allowed, which is not said of what is not there."""
    for path in spec["paths"]:
        known = path.replace("{model_name}", "identity_fp32").replace("{model_version}", "1")
        answer = wire.exchange(server.port, "PUT", known.replace("{region_name}", "region"))
        assert (answer.status, answer.error) == (405, "Method Not Allowed"), path


def test_what_can_be_asked_without_a_body_is_answered(server, spec):
    for path, item in spec["paths"].items():
        for method in item:
            if method == "get" and "{region_name}" not in path:
                known = path.replace("{model_name}", "identity_fp32").replace("{model_version}", "1")
                assert wire.get(server.port, known).status == 200, known


def test_sequences_halves_and_names_with_markup(sequence_server):
    spec = description(sequence_server.port)
    OpenAPIV31SpecValidator(spec).validate()
    checked = [check_example(sequence_server.port, spec, path, operation) for path, operation in operations(spec)]
    assert all(checked) and len(checked) == 9
    assert "/v2/models/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E/infer" in spec["paths"]


def test_versions_have_addresses_of_their_own(spec):
    assert {
        path for path, _ in operations(spec) if path.startswith("/v2/models/versions_all/") and path.endswith("/infer")
    } == {
        "/v2/models/versions_all/infer",
        "/v2/models/versions_all/versions/1/infer",
        "/v2/models/versions_all/versions/3/infer",
    }


def test_it_is_told_only_to_those_who_may_know(start_server, few_models):
    server = start_server([few_models], "--http-restricted-api=metadata,inference:x-key=secret").wait_until()
    refused = wire.get(server.port, DESCRIPTION)
    assert refused.status == 403
    assert refused.error == "This API is restricted, expecting header 'x-key'"
    spec = description(server.port, **{"X-Key": "secret"})
    OpenAPIV31SpecValidator(spec).validate()
    assert "secret" not in json.dumps(spec)
    assert spec["paths"]["/v2/models/identity_fp32/infer"]["post"]["security"] == [{"restricted1": []}]


@pytest.fixture(scope="module")
def openai_server(start_module_server, tmp_path_factory):
    repository = models.Repository(tmp_path_factory.mktemp("openai"))
    cast = models.graph(
        [("Cast", ["ids"], ["rows"], {"to": models.TensorProto.FLOAT})],
        [("ids", "INT64", ["rows", "tokens"])],
        [("rows", "FP32", ["rows", "tokens"])],
    )
    repository.add("tokens", models.config([("ids", "INT64", [-1])], [("rows", "FP32", [-1])], 4), {1: cast})
    return start_module_server(
        [repository.folder],
        "--allow-openai=true",
        "--openai-restricted-api=inference:Authorization=secret",
    )


def test_openais_routes_are_in_it_where_they_are_served(server, spec, openai_server):
    assert not [path for path in spec["paths"] if path.startswith("/v1")]
    served = description(openai_server.port)
    OpenAPIV31SpecValidator(served).validate()
    assert {path for path in served["paths"] if path.startswith("/v1")} == {
        "/v1/models",
        "/v1/models/{model_name}",
        "/v1/embeddings",
        "/v1/completions",
        "/v1/chat/completions",
    }
    assert served["paths"]["/v1/embeddings"]["post"]["security"] == [{"restricted1": []}]
    assert "security" not in served["paths"]["/v1/models"]["get"]
    assert "secret" not in json.dumps(served)
    headers = {"Authorization": "secret", "Content-Type": "application/json"}
    request = {"model": "tokens", "input": [[1, 2], [3]]}
    for path, method, body, schema in (
        ("/v1/models", "GET", None, "OpenAiModels"),
        ("/v1/models/tokens", "GET", None, "OpenAiModel"),
        ("/v1/models/nobody", "GET", None, "OpenAiError"),
        ("/v1/embeddings", "POST", request, "Embeddings"),
        ("/v1/embeddings", "POST", {**request, "encoding_format": "base64"}, "Embeddings"),
        ("/v1/embeddings", "POST", {**request, "encoding_format": "int8"}, "OpenAiError"),
        ("/v1/completions", "POST", {"model": "tokens", "prompt": "a"}, "OpenAiError"),
    ):
        answer = wire.exchange(openai_server.port, method, path, body, headers)
        validator(served, {"$ref": f"#/components/schemas/{schema}"}).validate(answer.json())
    for path, schema in (("embeddings", "EmbeddingsRequest"), ("completions", "CompletionRequest")):
        operation = served["paths"][f"/v1/{path}"]["post"]
        validator(served, {"$ref": f"#/components/schemas/{schema}"}).validate(
            bodies(operation)["application/json"]["example"]
        )


def test_without_the_console_nothing_of_it_is_there(start_server, few_models):
    server = start_server([few_models], "--allow-console=false").wait_until()
    for path in (DESCRIPTION, "/docs", "/docs/", "/docs/docs.js", "/docs/swagger-ui.css"):
        answer = wire.get(server.port, path)
        assert (answer.status, answer.error) == (404, "Not Found")


def test_the_page_is_served_with_its_files(port):
    page = wire.get(port, "/docs")
    assert page.status == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css"):
        assert f"/docs/{name}" in page.text
        file = wire.get(port, f"/docs/{name}")
        assert file.status == 200 and file.headers["x-content-type-options"] == "nosniff"
        again = wire.exchange(port, "GET", f"/docs/{name}", None, {"If-None-Match": file.headers["etag"]})
        assert (again.status, again.body) == (304, b"")


def test_a_thousand_models(start_server, tmp_path):
    repository = models.Repository(tmp_path / "many")
    for number in range(1000):
        text = models.config([("INPUT0", "FP32", [-1])], [("OUTPUT0", "FP32", [-1])], backend="identity")
        repository.add(f"model_{number:04}", text, {1: None})
    server = start_server([repository.folder]).wait_until()
    spec = description(server.port)
    assert len(operations(spec)) == 3000
    example = bodies(spec["paths"]["/v2/models/model_0999/infer"]["post"])["application/json"]["example"]
    assert wire.infer(server.port, "model_0999", example).status == 200
