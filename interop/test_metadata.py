"""Health, metadata and configuration, in Triton's exact form."""

import os

import pytest
from tritonclient.utils import InferenceServerException

import wire

# Two that share the processors, unless there is but one.
INSTANCES = min(2, len(os.sched_getaffinity(0)))
FOOD_METADATA = (
    '{"name":"food_classifier_onnx","versions":["1"],"platform":"onnxruntime_onnx",'
    '"inputs":[{"name":"input","datatype":"FP32","shape":[-1,3,224,224]}],'
    '"outputs":[{"name":"output","datatype":"FP32","shape":[-1,11]}]}'
)
FOOD_CONFIG = (
    '{"name":"food_classifier_onnx","platform":"onnxruntime_onnx","backend":"onnxruntime","runtime":"",'
    '"version_policy":{"latest":{"num_versions":1}},"max_batch_size":16,'
    '"input":[{"name":"input","data_type":"TYPE_FP32","format":"FORMAT_NCHW","dims":[3,224,224],'
    '"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],'
    '"output":[{"name":"output","data_type":"TYPE_FP32","dims":[11],"label_filename":"labels.txt",'
    '"is_shape_tensor":false,"is_non_linear_format_io":false}],'
    '"batch_input":[],"batch_output":[],'
    '"optimization":{"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":true},'
    '"output_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false},'
    f'"instance_group":[{{"name":"food_classifier_onnx_0","kind":"KIND_CPU","count":{INSTANCES},"gpus":[],'
    '"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],'
    '"default_model_filename":"model.onnx","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}'
)
# All of Triton's, in its order.
EXTENSIONS = [
    "classification",
    "sequence",
    "model_repository",
    "model_repository(unload_dependents)",
    "schedule_policy",
    "model_configuration",
    "system_shared_memory",
    "cuda_shared_memory",
    "binary_tensor_data",
    "parameters",
    "statistics",
    "trace",
    "logging",
]


@pytest.mark.parametrize("path", ["/v2/health/live", "/v2/health/ready", "/v2/models/food_classifier_onnx/ready"])
def test_health_is_a_status_and_no_body(port, path):
    response = wire.get(port, path)
    assert (response.status, response.body) == (200, b"")


def test_the_client_finds_server_and_models_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("identity_fp32")
    assert client.is_model_ready("identity_fp32", "1")
    assert not client.is_model_ready("nope")


def test_server_metadata(client):
    metadata = client.get_server_metadata()
    assert list(metadata) == ["name", "version", "extensions"]
    assert metadata["name"] == "triton"
    assert metadata["extensions"] == EXTENSIONS


def test_model_metadata_has_tritons_exact_form(port):
    response = wire.get(port, "/v2/models/food_classifier_onnx")
    assert response.headers["content-type"] == "application/json"
    assert response.text == FOOD_METADATA
    assert wire.get(port, "/v2/models/food_classifier_onnx/versions/1").text == FOOD_METADATA


def test_model_config_has_tritons_exact_form(port):
    response = wire.get(port, "/v2/models/food_classifier_onnx/config")
    assert response.headers["content-type"] == "application/json"
    assert response.text == FOOD_CONFIG
    assert wire.get(port, "/v2/models/food_classifier_onnx/versions/1/config").text == FOOD_CONFIG


def test_strings_are_bytes_in_metadata_and_type_string_in_the_config(client):
    assert client.get_model_metadata("identity_bytes")["inputs"][0] == {
        "name": "INPUT0",
        "datatype": "BYTES",
        "shape": [-1, -1],
    }
    assert client.get_model_config("identity_bytes")["input"][0]["data_type"] == "TYPE_STRING"


def test_an_unbatched_model_shows_no_batch_dimension(client):
    assert client.get_model_metadata("unbatched")["inputs"][0]["shape"] == [-1, 3]


def test_a_reshape_is_in_the_config_but_not_in_the_metadata(client):
    assert client.get_model_metadata("reshaped")["inputs"][0]["shape"] == [-1, 4]
    assert client.get_model_config("reshaped")["input"][0]["reshape"] == {"shape": [2, 2]}


def test_what_config_pbtxt_does_not_say_is_read_from_the_model(client):
    """no_config has a model.onnx and nothing else."""
    config = client.get_model_config("no_config")
    assert config["backend"] == "onnxruntime"
    assert config["platform"] == "onnxruntime_onnx"
    assert config["max_batch_size"] == 4
    assert config["dynamic_batching"]["preferred_batch_size"] == [4]
    assert [(tensor["name"], tensor["data_type"], tensor["dims"]) for tensor in config["input"]] == [
        ("INPUT0", "TYPE_FP32", [4])
    ]
    assert [(tensor["name"], tensor["data_type"], tensor["dims"]) for tensor in config["output"]] == [
        ("OUTPUT0", "TYPE_FP32", [4])
    ]
    assert config["instance_group"][0]["kind"] == "KIND_CPU"
    assert config["instance_group"][0]["count"] == 2


def test_parameters_and_policies_are_in_the_config(client):
    assert client.get_model_config("slow")["parameters"] == {"execute_delay_ms": {"string_value": "1500"}}
    assert client.get_model_config("versions_all")["version_policy"] == {"all": {}}
    assert client.get_model_config("versions_specific")["version_policy"] == {"specific": {"versions": [1, 2]}}


@pytest.mark.parametrize("ask", ["get_model_metadata", "get_model_config"])
def test_an_unknown_model_is_not_found(client, ask):
    with pytest.raises(InferenceServerException) as raised:
        getattr(client, ask)("nope")
    assert raised.value.status() == "404"
    assert raised.value.message() == "Request for unknown model: 'nope' is not found"
