"""OpenAI's routes, asked by OpenAI's own Python client and by hand: models, embeddings, completions, chats."""

import base64
import json
import struct
import time

import numpy as np
import onnx
import openai
import pytest

import models
import wire
from python_server import RUNTIME, PythonRepository
from server import HOST

JSON = {"Content-Type": "application/json"}
PATIENCE_SECONDS = 60
SECRET = "s3cret"

# Of each text its length, its first byte and 2, as an embedding; of the text "hold", once there is no file HOLD.
EMBEDDER = """
import pathlib
import time

import numpy as np
import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        return [answer(request) for request in requests]


def answer(request):
    texts = pb.get_input_tensor_by_name(request, "INPUT").as_numpy().reshape(-1)
    if b"hold" in texts:
        pathlib.Path("HOLD.begun").touch()
        while pathlib.Path("HOLD").exists():
            time.sleep(0.005)
    rows = [[len(text), text[0], 2] for text in texts]
    counts = pb.Tensor("num_input_tokens", np.array([[len(text.split())] for text in texts], np.int32))
    return pb.InferenceResponse([pb.Tensor("EMBEDDING", np.array(rows, np.float32)), counts])
"""
EMBEDDER_CONFIG = """
backend: "python"
max_batch_size: 4
input [ { name: "INPUT" data_type: TYPE_STRING dims: [ 1 ] } ]
output [
  { name: "EMBEDDING" data_type: TYPE_FP32 dims: [ 3 ] },
  { name: "num_input_tokens" data_type: TYPE_INT32 dims: [ 1 ] }
]
"""


@pytest.fixture(scope="module")
def cancelled(tmp_path_factory):
    """The file in which `language` says which request was cancelled."""
    return tmp_path_factory.mktemp("cancelled") / "prompt"


@pytest.fixture(scope="module")
def hold(tmp_path_factory):
    """The file that `lengths` waits for to go; beside it there is another once it waits."""
    file = tmp_path_factory.mktemp("hold") / "hold"
    file.touch()
    return file


@pytest.fixture(scope="module")
def repository(tmp_path_factory, cancelled, hold):
    folder = tmp_path_factory.mktemp("openai")
    made = PythonRepository(folder)
    made.add("language", cancelled=str(cancelled))
    template = [
        (line, "")
        for line in (made.folder / "language" / "config.pbtxt").read_text().splitlines()
        if "chat_template" in line
    ]
    made.add("language", "no_template", change=template, cancelled=str(cancelled))
    messages = ('{ name: "text_input" data_type', '{ name: "messages" data_type')
    source = (made.folder / "language" / "1" / "model.py").read_text()
    made.add(
        "language",
        "messages",
        change=[messages],
        cancelled=str(cancelled),
        source=source.replace("text_input", "messages"),
    )
    embedder = models.Repository(folder)
    embedder.add("lengths", EMBEDDER_CONFIG, {1: None})
    (folder / "lengths" / "1" / "model.py").write_text(EMBEDDER.replace("HOLD", str(hold)))
    cast = models.graph(
        [("Cast", ["ids"], ["rows"], {"to": onnx.TensorProto.FLOAT})],
        [("ids", "INT64", ["rows", "tokens"])],
        [("rows", "FP32", ["rows", "tokens"])],
    )
    embedder.add("tokens", models.config([("ids", "INT64", [-1])], [("rows", "FP32", [-1])], 4), {1: cast})
    return folder


@pytest.fixture(scope="module")
def openai_server(start_module_server, repository):
    return start_module_server([repository], "--allow-openai=true", RUNTIME)


@pytest.fixture(scope="module")
def client(openai_server):
    with new_client(openai_server.port) as made:
        yield made


def new_client(port, **options):
    return openai.OpenAI(base_url=f"http://{HOST}:{port}/v1", api_key="none", max_retries=0, timeout=30, **options)


def wait_until(condition, why):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


def post(port, route, body):
    return wire.exchange(port, "POST", f"/v1/{route}", body, JSON)


# Models


def test_models_are_those_that_are_ready(client):
    found = client.models.list().data
    assert [model.id for model in found] == ["language", "lengths", "messages", "no_template", "tokens"]
    assert {model.object for model in found} == {"model"}
    assert {model.owned_by for model in found} == {"Triton Inference Server"}
    assert abs(found[0].created - time.time()) < 3600
    assert client.models.retrieve("lengths").id == "lengths"


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError, match="Unknown model: nobody") as caught:
        client.models.retrieve("nobody")
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="Unknown model: nobody") as caught:
        client.embeddings.create(model="nobody", input="a")
    assert caught.value.body["message"] == "Unknown model: nobody"


# Embeddings


def test_embeddings_of_texts_in_their_order(client):
    answer = client.embeddings.create(model="lengths", input=["abc", "de f", "\u00e9"])  # in base64 by itself
    assert [item.embedding for item in answer.data] == [[3, ord("a"), 2], [4, ord("d"), 2], [2, 0xC3, 2]]
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert (answer.model, answer.object) == ("lengths", "list")
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (4, 4)
    assert client.embeddings.create(model="lengths", input="abc").data[0].embedding == [3, ord("a"), 2]


def test_embeddings_as_numbers_and_as_base64(client, openai_server):
    numbers = client.embeddings.create(model="lengths", input="abc", encoding_format="float").data[0].embedding
    assert numbers == [3, ord("a"), 2]
    coded = post(openai_server.port, "embeddings", {"model": "lengths", "input": "abc", "encoding_format": "base64"})
    text = coded.json()["data"][0]["embedding"]
    assert struct.unpack("<3f", base64.b64decode(text)) == (3, ord("a"), 2)


def test_fewer_dimensions_have_length_1_again(client):
    answer = client.embeddings.create(model="lengths", input="abc", dimensions=2)
    whole = np.array([3, ord("a")], np.float32)
    np.testing.assert_allclose(answer.data[0].embedding, whole / np.linalg.norm(whole), rtol=1e-6)
    with pytest.raises(openai.BadRequestError, match="dimensions: got 4 .expected at most 3"):
        client.embeddings.create(model="lengths", input="abc", dimensions=4)


def test_embeddings_of_tokens(client):
    one = client.embeddings.create(model="tokens", input=[1, 2, 3], encoding_format="float")
    assert [item.embedding for item in one.data] == [[1, 2, 3]]
    two = client.embeddings.create(model="tokens", input=[[1, 2], [3, 4]], encoding_format="float")
    assert [item.embedding for item in two.data] == [[1, 2], [3, 4]]
    different = [[1], [2], [3, 4], [5], [6, 7], [8, 9], [1, 1], [1, 2], [1, 3]]
    parts = client.embeddings.create(model="tokens", input=different, encoding_format="float")
    assert [item.embedding for item in parts.data] == different
    assert [item.index for item in parts.data] == list(range(len(different)))


def statistics(port, model):
    return wire.get(port, f"/v2/models/{model}/stats").json()["model_stats"][0]


def test_more_texts_than_the_model_takes_at_once(client, openai_server):
    """They are several requests to the model and one answer, the counts of whose tokens add up."""
    before = statistics(openai_server.port, "lengths")
    texts = [f"{'w ' * (number % 3)}{chr(ord('a') + number % 26) * (number + 1)}" for number in range(41)]
    answer = client.embeddings.create(model="lengths", input=texts)
    assert [item.embedding for item in answer.data] == [[len(text), ord(text[0]), 2] for text in texts]
    assert [item.index for item in answer.data] == list(range(41))
    assert answer.usage.prompt_tokens == sum(len(text.split()) for text in texts)
    after = statistics(openai_server.port, "lengths")
    assert after["inference_count"] - before["inference_count"] == 41
    assert after["inference_stats"]["success"]["count"] - before["inference_stats"]["success"]["count"] == 11


def test_one_text_that_fails_fails_all(client, openai_server):
    with pytest.raises(openai.InternalServerError, match="index out of range|IndexError"):
        client.embeddings.create(model="lengths", input=["a"] * 30 + [""] + ["a"] * 30)
    assert client.embeddings.create(model="lengths", input="a").data[0].embedding == [1, ord("a"), 2]


def test_a_client_that_goes_cancels_all_of_its_texts(client, openai_server, hold):
    """The model holds the first of fifty requests when the client goes: none of the others is run."""
    port = openai_server.port
    before = statistics(port, "lengths")["execution_count"]
    with wire.Connection(port) as connection:
        body = json.dumps({"model": "lengths", "input": ["hold"] * 200}).encode()
        connection.send(wire.request_bytes("/v1/embeddings", body, "Content-Type: application/json"))
        wait_until(hold.with_name("hold.begun").exists, "no request runs")
        wait_until(lambda: pending(port, "lengths") == 3, "no others wait")
    wait_until(lambda: pending(port, "lengths") == 0, "requests wait for nobody")
    hold.unlink()
    assert client.embeddings.create(model="lengths", input="a").data[0].index == 0
    assert statistics(port, "lengths")["execution_count"] - before <= 2


def pending(port, model):
    return wire.get(port, f"/v2/models/{model}/stats?explain=true").json()["model_stats"][0]["explain"]["pending_count"]


@pytest.mark.parametrize(
    "body, status, text",
    [
        ({"input": "a"}, 422, "model: Field required"),
        ({"model": 1, "input": "a"}, 422, "model: Input should be a valid string"),
        ({"model": "lengths"}, 422, "input: Field required"),
        ({"model": "lengths", "input": {}}, 422, "input: Input should be a string"),
        ({"model": "lengths", "input": ["a", 1]}, 422, "input: Input should be a string"),
        ({"model": "lengths", "input": "a", "colour": 1}, 422, "colour: Extra inputs are not permitted"),
        (
            {"model": "lengths", "input": "a", "encoding_format": "int8"},
            422,
            "encoding_format: Input should be 'float'",
        ),
        ({"model": "lengths", "input": "a", "dimensions": 1.5}, 422, "dimensions: Input should be a valid integer"),
        ({"model": "lengths", "input": "a", "dimensions": 0}, 400, "dimensions: got 0"),
        ({"model": "lengths", "input": []}, 400, "input must be non-empty"),
        ({"model": "lengths", "input": ["a"] * 2049}, 400, "input: got 2049 elements (expected at most 2048)"),
        ({"model": "lengths", "input": [1, 2]}, 400, "has 0 inputs for tokens"),
        ({"model": "tokens", "input": ["a"]}, 400, "has 0 inputs for texts"),
        ({"model": "tokens", "input": [1.5]}, 422, "input: Input should be a valid integer"),
        ({"model": "language", "input": "a"}, 400, "has 0 outputs for embeddings"),
        (b'{"model":', 422, "failed to parse the request JSON buffer"),
        (b"[]", 422, "Input should be an object"),
        (b"", 422, "The document is empty"),
    ],
)
def test_a_bad_request_says_what_is_wrong(openai_server, body, status, text):
    response = post(openai_server.port, "embeddings", body)
    assert (response.status, response.headers["content-type"]) == (status, "application/json"), response.text
    answer = response.json()
    assert text in answer["error"]["message"]
    assert answer["error"]["type"] == "invalid_request_error"
    if status == 422:
        (detail,) = answer["detail"]
        assert set(detail) == {"type", "loc", "msg"} and detail["loc"][0] == "body"
        assert detail["loc"][1:] == ([answer["error"]["param"]] if answer["error"]["param"] else [])
    else:
        assert answer["detail"] == answer["error"]["message"]
        of_the_model = text.startswith("has 0 ")
        assert answer["error"]["param"] == (None if of_the_model else text.partition(":")[0].partition(" ")[0])


# Completions


def test_completion(client):
    answer = client.completions.create(model="language", prompt="one two three")
    assert answer.choices[0].text == "one two three"
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.object, answer.model) == ("text_completion", "language")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (3, 3, 6)
    assert answer.id.startswith("cmpl-") and abs(answer.created - time.time()) < 3600


def test_what_a_request_says_becomes_inputs(client):
    answer = client.completions.create(
        model="language", prompt="show a b stop c", temperature=0.5, seed=7, stop=["x", "stop"], max_tokens=2
    )
    assert answer.choices[0].text == "t=0.5 seed=7 a"
    assert answer.choices[0].finish_reason == "length"


def test_completion_as_a_stream(client):
    events = list(client.completions.create(model="language", prompt="one tw\u00f6 three", stream=True))
    assert [event.choices[0].text for event in events] == ["one", " tw\u00f6", " three", ""]
    assert [event.choices[0].finish_reason for event in events] == [None, None, None, "stop"]
    assert {event.object for event in events} == {"text_completion"}
    assert len({event.id for event in events}) == 1


def test_a_stream_tells_its_usage_where_that_is_asked_for(client):
    options = {"stream": True, "stream_options": {"include_usage": True}}
    *events, last = client.completions.create(model="language", prompt="one two", **options)
    assert all(event.usage is None for event in events)
    assert last.choices == []
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (2, 2)


def test_a_stream_has_the_exact_form(openai_server):
    response = post(openai_server.port, "completions", {"model": "language", "prompt": "a b", "stream": True})
    assert response.status == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    pieces = response.text.split("\n\n")
    assert pieces.pop() == "" and pieces.pop() == "data: [DONE]"
    assert all(piece.startswith("data: {") for piece in pieces)
    assert len(pieces) == 3


def test_each_event_is_sent_at_once(client):
    with client.completions.create(model="language", prompt="one for-ever", stream=True) as stream:
        events = iter(stream)
        assert next(events).choices[0].text == "one"
        assert next(events).choices[0].text == "again "


def test_a_client_that_goes_cancels_its_request(client, cancelled):
    prompt = "begin for-ever by-client"
    with client.completions.create(model="language", prompt=prompt, stream=True) as stream:
        next(iter(stream))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (cancelled.exists() and cancelled.read_text() == prompt):
        assert time.monotonic() < deadline, "the model was not told"
        time.sleep(0.02)


def test_a_client_that_reads_late_gets_all_and_holds_up_nobody(client, openai_server):
    """Its stream is more than the sockets take. Till it reads, its model waits, and no other one."""
    port = openai_server.port
    words = [chr(ord("a") + number % 26) * (256 << 10) for number in range(128)]
    body = json.dumps({"model": "language", "prompt": " ".join(words), "stream": True}).encode()
    seen = [0, -1, -2, -3]  # how many responses the model had given at the last moments
    with wire.Connection(port) as connection:
        connection.send(wire.request_bytes("/v1/completions", body, "Content-Type: application/json"))

        def rests():
            time.sleep(0.1)
            seen.append(len(statistics(port, "language")["response_stats"]))
            return seen[-1] > 1 and len(set(seen[-4:])) == 1

        wait_until(rests, "the model does not wait")
        assert seen[-1] < len(words)
        assert client.embeddings.create(model="lengths", input="abc").data[0].index == 0
        events = connection.read_response().text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    said = [json.loads(event.removeprefix("data: "))["choices"][0]["text"] for event in events[:-2]]
    assert said == [words[0], *(f" {word}" for word in words[1:]), ""]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_error_before_the_answer_is_its_status(client, stream):
    with pytest.raises(openai.InternalServerError, match="the word is fail"):
        client.completions.create(model="language", prompt="fail", stream=stream)


def test_an_error_in_a_stream_ends_it(client):
    events = iter(client.completions.create(model="language", prompt="one fail two", stream=True))
    assert next(events).choices[0].text == "one"
    with pytest.raises(openai.APIError, match="the word is fail"):
        next(events)


@pytest.mark.parametrize(
    "more, status, text",
    [
        ({"prompt": ""}, 400, "prompt must be non-empty"),
        ({"prompt": ["a", "b"]}, 400, "only single string input is supported"),
        ({"prompt": [1, 2]}, 400, "only single string input is supported"),
        ({"n": 2}, 400, "Received n=2, but only single choice (n=1) is currently supported"),
        ({"best_of": 2}, 400, "Received best_of=2"),
        ({"suffix": "x"}, 400, "suffix is not supported"),
        ({"logit_bias": {"1": 2}}, 400, "logit_bias is not supported"),
        ({"logprobs": 1}, 400, "logprobs is not supported"),
        ({"top_logprobs": 2}, 400, "top_logprobs is not supported"),
        ({"top_logprobs": "2"}, 422, "top_logprobs: Input should be a valid integer"),
        ({"echo": True}, 400, "the model takes no echo"),
        ({"top_p": 0.5}, 400, "the model takes no top_p (it has no input 'top_p')"),
        ({"max_tokens": 1 << 40}, 400, "max_tokens: got"),
        ({"stream": "yes"}, 422, "stream: Input should be a valid boolean"),
        ({"stop": 1}, 422, "stop: Input should be a valid string"),
        ({"temperature": "hot"}, 422, "temperature: Input should be a valid number"),
        ({"stream_options": {}}, 400, "stream_options can only be used when stream is true"),
        ({"stream_options": 1}, 422, "stream_options: Input should be an object"),
        (
            {"stream": True, "stream_options": {"include_usage": "yes"}},
            422,
            "stream_options.include_usage: Input should be a valid boolean",
        ),
        ({"model": "lengths"}, 400, "model 'lengths' gives no text"),
    ],
)
def test_a_bad_completion_says_what_is_wrong(openai_server, more, status, text):
    response = post(openai_server.port, "completions", {"model": "language", "prompt": "a", **more})
    assert response.status == status, response.text
    error = response.json()["error"]
    assert text in error["message"]
    assert error["param"] == param(more, text)


def param(more, text):
    """The member that is at fault: the last of the request, but for the model, which takes no such requests."""
    member = list(more)[-1]
    return None if member == "model" else f"{member}.include_usage" if "include_usage" in text else member


def test_what_says_nothing_is_as_if_it_were_not_there(client):
    nothing = {
        "n": 1,
        "top_p": 1,
        "frequency_penalty": 0,
        "suffix": None,
        "logit_bias": {},
        "echo": False,
        "top_logprobs": 0,
        "user": "me",
    }
    assert client.completions.create(model="language", prompt="a", extra_body=nothing).choices[0].text == "a"


# Chats


CHAT = [
    {"role": "system", "content": "be good"},
    {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "t\u00f6o"}]},
    {"role": "assistant", "content": "yes"},
    {"role": "user", "content": "two"},
]


def test_chat_by_the_models_template(client):
    answer = client.chat.completions.create(model="language", messages=CHAT)
    text = "<s>(be good) [user] one\nt\u00f6o [assistant] yes [user] two [assistant]"
    assert answer.choices[0].message.content == text
    assert answer.choices[0].message.role == "assistant"
    assert answer.object == "chat.completion" and answer.id.startswith("chatcmpl-")
    assert answer.usage.total_tokens == 2 * len(text.split(" "))


def test_chat_hands_the_messages_to_a_model_that_takes_them(client):
    answer = client.chat.completions.create(model="messages", messages=CHAT)
    assert json.loads(answer.choices[0].message.content) == CHAT


def test_chat_as_a_stream(client):
    messages = [{"role": "user", "content": "hello"}]
    options = {"stream": True, "stream_options": {"include_usage": True}}
    first, *events, end, usage = client.chat.completions.create(model="language", messages=messages, **options)
    assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
    assert "".join(event.choices[0].delta.content for event in events) == "<s>[user] hello [assistant]"
    assert (end.choices[0].finish_reason, end.choices[0].delta.content) == ("stop", None)
    assert usage.usage.completion_tokens == 3
    assert {event.object for event in events} == {"chat.completion.chunk"}


def test_max_completion_tokens_is_max_tokens(client):
    messages = [{"role": "user", "content": "hello"}]
    answer = client.chat.completions.create(model="language", messages=messages, max_completion_tokens=1)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("<s>[user]", "length")


@pytest.mark.parametrize(
    "more, status, text",
    [
        ({"messages": []}, 400, "messages must be non-empty"),
        ({"messages": "hello"}, 422, "messages: Input should be a valid list"),
        ({"messages": [1]}, 422, "messages: a message is an object"),
        ({"messages": [{"content": "a"}]}, 422, "role: got ''"),
        ({"messages": [{"role": "boss", "content": "a"}]}, 422, "role: got 'boss' (expected one of assistant"),
        ({"messages": [{"role": "user", "content": 1}]}, 422, "content is a string or a list"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            400,
            "only text message is supported, but got image_url",
        ),
        ({"model": "no_template"}, 400, "model 'no_template' takes no chat"),
        ({"tools": [{"type": "function"}]}, 400, "the model takes no tools"),
        ({"response_format": {"type": "json_object"}}, 400, "the model takes no response_format"),
        ({"n": 2}, 400, "Received n=2"),
        ({"logprobs": True}, 400, "logprobs is not supported"),
        ({"logprobs": False, "top_logprobs": 2}, 400, "top_logprobs is not supported"),
    ],
)
def test_a_bad_chat_says_what_is_wrong(openai_server, more, status, text):
    body = {"model": "language", "messages": [{"role": "user", "content": "a"}], **more}
    response = post(openai_server.port, "chat/completions", body)
    assert response.status == status, response.text
    error = response.json()["error"]
    assert text in error["message"]
    assert error["param"] == param(more, text)


# Around them


def test_other_methods_and_addresses(openai_server):
    port = openai_server.port
    assert wire.get(port, "/v1/embeddings").status == 405
    assert wire.get(port, "/v1/embeddings").json()["error"]["message"] == "Method Not Allowed"
    assert wire.get(port, "/v1/files").error == "Not Found"
    assert wire.get(port, "/v1").error == "Not Found"


@pytest.fixture(scope="module")
def guarded(start_module_server, repository, tmp_path_factory):
    """A server with restrictions and limits, and the log of its requests."""
    log = tmp_path_factory.mktemp("access") / "log"
    started = start_module_server(
        [repository],
        "--allow-openai=true",
        RUNTIME,
        f"--openai-restricted-api=inference:Authorization=Bearer {SECRET}",
        f"--http-restricted-api=model-repository,inference:other={SECRET}",
        "--http-max-input-size=200",
        f"--access-log={log}",
    )
    return started, log


def test_restricted_calls_want_the_key(guarded):
    with new_client(guarded[0].port) as stranger:
        with pytest.raises(openai.AuthenticationError, match="expecting header 'Authorization' with valid value"):
            stranger.embeddings.create(model="lengths", input="a")
        with pytest.raises(openai.AuthenticationError, match="expecting header 'other'"):
            stranger.models.list()
        friend = stranger.with_options(api_key=SECRET)
        assert friend.embeddings.create(model="lengths", input="a").data[0].embedding[0] == 1
        assert len(stranger.with_options(default_headers={"other": SECRET}).models.list().data) == 5


def test_too_long_a_request_is_refused(guarded):
    headers = JSON | {"Authorization": f"Bearer {SECRET}"}
    body = {"model": "lengths", "input": "a" * 200}
    response = wire.exchange(guarded[0].port, "POST", "/v1/embeddings", body, headers)
    assert response.status == 413
    assert response.json()["error"]["code"] == "content_too_large"
    assert "exceeds the maximum allowed input size of 200 bytes" in response.json()["detail"]


def test_the_log_of_requests_has_them(guarded):
    server, log = guarded
    with new_client(server.port) as stranger:
        friend = stranger.with_options(api_key=SECRET)
        friend.embeddings.create(model="lengths", input="a")
        with pytest.raises(openai.BadRequestError):
            friend.embeddings.create(model="somebody", input="a")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ('"somebody"' in log.read_text() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    served, refused = log.read_text().splitlines()[-2:]
    assert '"model":"lengths"' in served and '"http_status":200' in served
    assert '"model":"somebody"' in refused and '"http_status":400' in refused


def test_without_the_flag_the_routes_are_unknown(port):
    assert wire.get(port, "/v1/models").error == "Not Found"
    response = post(port, "embeddings", {"model": "a", "input": "a"})
    assert (response.status, response.error) == (404, "Not Found")
