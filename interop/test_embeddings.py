"""Sentence embeddings without Python in the server: examples/embeddings against the libraries that its files are for."""

import subprocess

import numpy as np
import onnxruntime
import openai
import pytest
import tokenizers

import wire
from server import HOST, ROOT

EXAMPLE = ROOT / "examples" / "embeddings"
FETCH_SECONDS = 300
MAX_TOKENS = 128

LANGUAGES = [
    "Hello World, it's 3.50\u20ac! (isn't it?)",
    "Stra\u00dfe, \u00dcbermut, na\u00efve caf\u00e9 \u2014 \u00abguillemets\u00bb",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0401\u043b\u043a\u0430, \u0457\u0436\u0430\u043a",
    "\u03a3\u0391\u03a3 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u1f48\u0394\u03a5\u03a3\u03a3\u0395\u038e\u03a3",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\u3001\u4e2d\u6587\u5b57\u7b26\u3002",
    "\ud55c\uad6d\uc5b4 \ubb38\uc7a5\uc785\ub2c8\ub2e4.",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0646\u0635 \u0645\u064f\u0634\u064e\u0643\u064e\u0651\u0644",
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u05de\u05e0\u05d5\u05e7\u05d3\u05ea \u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u092a\u093e\u0920 \u0964",
    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
    "\u0130stanbul \u0131\u011fd\u0131r, Ti\u1ebfng Vi\u1ec7t",
    "\U0001f600 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \ufb01 \u00bd \u2460 \u1fef \u037e \u2126",
]
ODDITIES = [
    "",
    " \t\r\n ",
    "a\x00b\ufffdc\u200bd\u00ade\u3000f\x0bg\x0ch\x85i\u2028j",
    "[CLS] inside [SEP] [MASK] [mask] [UNK][PAD]",
    "x" * 100 + " " + "y" * 101 + " z",
    "word " * 300,
    "e\u0301 \u0301 alone",
    "unaffordable untranslatable 1234567890 C++ a_b a-b",
    "".join(map(chr, range(1, 0x250))),
    " ".join(map(chr, range(0x370, 0x530))),
]


@pytest.fixture(scope="module")
def repository():
    done = subprocess.run([EXAMPLE / "fetch"], check=False, text=True, capture_output=True, timeout=FETCH_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return EXAMPLE / "models"


@pytest.fixture(scope="module")
def embedding_server(start_module_server, repository):
    return start_module_server([repository], "--allow-openai=true")


@pytest.fixture(scope="module")
def client(embedding_server):
    url = f"http://{HOST}:{embedding_server.port}/v1"
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def reference(repository):
    """Hugging Face's own tokenizer, which pads to the longest."""
    made = tokenizers.Tokenizer.from_file(str(repository / "sentence_tokenizer" / "tokenizer.json"))
    made.enable_truncation(MAX_TOKENS)
    made.enable_padding()
    return made


def tokens(port, texts):
    body = {"inputs": [wire.json_input("TEXT", "BYTES", [len(texts), 1], texts)]}
    outputs = wire.infer(port, "sentence_tokenizer", body).json()["outputs"]
    return {output["name"]: np.array(output["data"]).reshape(output["shape"]) for output in outputs}


@pytest.mark.parametrize("texts", [LANGUAGES, ODDITIES], ids=["languages", "oddities"])
def test_tokens_are_those_of_the_library(embedding_server, reference, texts):
    found = tokens(embedding_server.port, texts)
    expected = reference.encode_batch(texts)
    for row, (text, encoding) in enumerate(zip(texts, expected)):
        assert found["input_ids"][row].tolist() == encoding.ids, text
        assert found["attention_mask"][row].tolist() == encoding.attention_mask, text
        assert found["token_type_ids"][row].tolist() == encoding.type_ids, text
        assert found["num_tokens"][row].tolist() == [sum(encoding.attention_mask)]


def reference_embeddings(repository, reference, texts):
    encodings = reference.encode_batch(texts)
    mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
    feeds = {
        "input_ids": np.array([encoding.ids for encoding in encodings], np.int64),
        "attention_mask": mask,
        "token_type_ids": np.zeros_like(mask),
    }
    session = onnxruntime.InferenceSession(repository / "sentence_encoder" / "1" / "model.onnx")
    (vectors,) = session.run(["last_hidden_state"], feeds)
    weights = mask[:, :, None].astype(np.float32)
    means = (vectors * weights).sum(1) / weights.sum(1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def embeddings(client, texts, **options):
    answer = client.embeddings.create(model="sentence_embedding", input=texts, **options)
    return np.array([item.embedding for item in answer.data]), answer.usage


@pytest.mark.parametrize("texts", [LANGUAGES, ["What is on the plate?"]], ids=["a batch", "one text"])
def test_embeddings_are_those_of_the_libraries(client, repository, reference, texts):
    found, usage = embeddings(client, texts)
    np.testing.assert_allclose(found, reference_embeddings(repository, reference, texts), atol=1e-4)
    assert usage.prompt_tokens == sum(sum(encoding.attention_mask) for encoding in reference.encode_batch(texts))


def test_texts_that_mean_the_same_are_close(client):
    plate = "What is on the plate?"
    found, _ = embeddings(client, [plate, "Which food is that?", "A bowl of soup.", "The stock market fell today."])
    food, soup, market = (float(found[0] @ other) for other in found[1:])
    assert food > 0.4 > market and soup > market


def test_fewer_dimensions(client):
    found, _ = embeddings(client, ["a", "b"], dimensions=64)
    assert found.shape == (2, 64)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
