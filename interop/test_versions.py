"""Version policies: which version answers, and what is said when it is not there. Version N adds N."""

import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

import numpy as np

ZEROS = np.zeros([1, 4], np.float32)


def answering_version(client, model, version=""):
    tensor = triton.InferInput("INPUT0", [1, 4], "FP32")
    tensor.set_data_from_numpy(ZEROS)
    result = client.infer(model, [tensor], model_version=version)
    added = int(result.as_numpy("OUTPUT0")[0, 0])
    assert result.get_response()["model_version"] == str(added)
    return added


@pytest.mark.parametrize(
    "model, version, answers",
    [
        ("versions_all", "", 3),
        ("versions_all", "1", 1),
        ("versions_all", "3", 3),
        ("versions_latest", "", 10),
        ("versions_latest", "10", 10),
        ("versions_specific", "", 2),
        ("versions_specific", "1", 1),
    ],
)
def test_the_asked_version_or_the_highest_answers(client, model, version, answers):
    assert answering_version(client, model, version) == answers


@pytest.mark.parametrize(
    "model, version", [("versions_all", "2"), ("versions_latest", "2"), ("versions_specific", "3")]
)
def test_a_version_that_is_not_loaded_is_not_found(client, model, version):
    with pytest.raises(InferenceServerException) as raised:
        answering_version(client, model, version)
    assert raised.value.status() == "404"
    assert raised.value.message() == f"Request for unknown model: '{model}' version {version} is not found"


@pytest.mark.parametrize(
    "model, versions", [("versions_all", ["1", "3"]), ("versions_latest", ["10"]), ("versions_specific", ["1", "2"])]
)
def test_metadata_lists_the_versions(client, model, versions):
    assert client.get_model_metadata(model)["versions"] == versions
    assert client.get_model_metadata(model, versions[0])["versions"] == [versions[0]]
    assert all(client.is_model_ready(model, version) for version in versions)
    assert not client.is_model_ready(model, "7")


def test_statistics_are_kept_for_each_version(client):
    entries = client.get_inference_statistics("versions_all")["model_stats"]
    assert [entry["version"] for entry in entries] == ["1", "3"]
    before = entries[0]["inference_count"], entries[1]["inference_count"]
    answering_version(client, "versions_all", "1")
    one = client.get_inference_statistics("versions_all", "1")["model_stats"]
    assert [(entry["version"], entry["inference_count"]) for entry in one] == [("1", before[0] + 1)]
    three = client.get_inference_statistics("versions_all", "3")["model_stats"]
    assert [(entry["version"], entry["inference_count"]) for entry in three] == [("3", before[1])]
