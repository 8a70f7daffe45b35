"""`auto_complete_config`: what it may add to a configuration, and what it may not."""

import json

import pytest

from python_client import http, load

IN = 'config.add_input({"name": "IN", "data_type": "TYPE_FP32", "dims": [4]})'
OUT = 'config.add_output({"name": "OUT", "data_type": "TYPE_INT64", "dims": [-1]})'
BARE = 'backend: "python"\n'


@pytest.fixture
def completed(python_repository, loading, numbered):
    """Loads a model with this text before its configuration and this source: the configuration, or the error's text."""

    def complete(source, text=BARE):
        name = f"completed{next(numbered)}"
        folder = python_repository.add("scripted", name)
        quoted = json.dumps(source)[1:-1]
        parameters = f'parameters {{ key: "auto_complete" value {{ string_value: "{quoted}" }} }}\n'
        (folder / "config.pbtxt").write_text(text + parameters)
        error = load(loading, name)
        if error is not None:
            return error.replace(name, "M")
        with http(loading) as client:
            return client.get_model_config(name)

    return complete


def test_inputs_outputs_batching_and_policy_are_completed(completed):
    config = completed(
        f"{IN}\n{OUT}\nconfig.set_max_batch_size(4)\nconfig.set_dynamic_batching()\n"
        'config.set_model_transaction_policy({"decoupled": True})'
    )
    assert [(i["name"], i["data_type"], i["dims"]) for i in config["input"]] == [("IN", "TYPE_FP32", [4])]
    assert [(o["name"], o["data_type"], o["dims"]) for o in config["output"]] == [("OUT", "TYPE_INT64", [-1])]
    assert config["max_batch_size"] == 4
    assert "dynamic_batching" in config
    assert config["model_transaction_policy"] == {"decoupled": True}


def test_an_input_may_be_optional(completed):
    config = completed(
        f'{IN}\n{OUT}\nconfig.add_input({{"name": "B", "data_type": "TYPE_STRING", "dims": [1], "optional": True}})'
    )
    assert [(i["name"], i["optional"]) for i in config["input"]] == [("IN", False), ("B", True)]


def test_what_is_configured_already_may_be_said_again(completed):
    text = BARE + (
        'max_batch_size: 4\ninput [ { name: "IN" data_type: TYPE_FP32 dims: [ 4 ] } ]\n'
        'output [ { name: "OUT" data_type: TYPE_INT64 dims: [ -1 ] } ]\ndynamic_batching { }\n'
    )
    config = completed(f"{IN}\n{OUT}\nconfig.set_max_batch_size(4)\nconfig.set_dynamic_batching()", text)
    assert len(config["input"]) == len(config["output"]) == 1


def test_a_smaller_batch_size_of_the_configuration_is_raised(completed):
    text = BARE + "max_batch_size: 2\n"
    assert completed(f"{IN}\n{OUT}\nconfig.set_max_batch_size(4)", text)["max_batch_size"] == 4


def test_a_type_that_is_not_given_is_filled_in(completed):
    text = BARE + 'input [ { name: "IN" dims: [ 4 ] } ]\noutput [ { name: "OUT" data_type: TYPE_INT64 } ]\n'
    config = completed(f"{IN}\n{OUT}", text)
    assert (config["input"][0]["data_type"], config["output"][0]["dims"]) == ("TYPE_FP32", [-1])


def test_the_dictionary_is_live(completed):
    source = f"{IN}\n{OUT}\nassert config.as_dict()['input'][0]['name'] == 'IN'\nconfig.as_dict()['max_batch_size'] = 3"
    assert completed(source)["max_batch_size"] == 3


ONE_INPUT = BARE + 'max_batch_size: 0\ninput [ { name: "I" data_type: TYPE_INT32 dims: [ 16 ] } ]\n'


@pytest.mark.parametrize(
    ("source", "text", "error"),
    [
        (f"{IN}\n{OUT}\nconfig.set_max_batch_size(4)", BARE + "max_batch_size: 6\n",
         "configuration specified max_batch_size 6, but in auto-complete-config function for model 'M' specified "
         "max_batch_size 4"),
        ('config.add_input({"name": "I", "data_type": "TYPE_FP32", "dims": [16]})', ONE_INPUT,
         "unable to load model 'M', configuration expects datatype TYPE_INT32 for input 'I', model provides TYPE_FP32"),
        ('config.add_input({"name": "I", "data_type": "TYPE_INT32", "dims": [4]})', ONE_INPUT,
         "model 'M', tensor 'I': the model expects dims [4] but the model configuration specifies dims [16]"),
        ('config.add_input({"name": "I", "data_type": "TYPE_FP32", "dims": [4], "is_shape_tensor": True})', BARE,
         "input 'I' in auto-complete-config function for model 'M' contains property other than 'name', 'data_type', "
         "'dims' and 'optional'."),
        ('config.add_output({"name": "O", "data_type": "TYPE_FP32", "dims": [4], "optional": True})', BARE,
         "output 'O' in auto-complete-config function for model 'M' contains property other than 'name', 'data_type'"),
        ('config.add_input({"name": "I", "data_type": "TYPE_FP32"})', BARE, "is missing 'dims' property."),
        ('config.add_input({"name": "I", "dims": [1]})', BARE, "is missing 'data_type' property."),
        ('config.add_input({"data_type": "TYPE_FP32", "dims": [1]})', BARE, "is missing 'name' property."),
        ('config.add_output({"data_type": "TYPE_FP32", "dims": [1]})', BARE, "is missing 'name' property."),
        ('config.set_model_transaction_policy({"decoupled": True})',
         BARE + "model_transaction_policy { decoupled: false }\n",
         "trying to change decoupled property in auto-complete-config for model 'M', which is already set to 'False'."),
        ("result = 7", BARE, "auto_complete_config function in model 'M' must return a valid pb.ModelConfig object."),
        ("result = None", BARE, "function in model 'M' must return a valid pb.ModelConfig object."),
        ('raise RuntimeError("no idea")', BARE, "RuntimeError: no idea\n\nAt:\n  <source>(1): <module>"),
        ("sys.exit(3)", BARE, "SystemExit: 3"),
    ],
    ids=lambda value: None,
)  # fmt: skip
def test_a_model_does_not_load_whose_completion(completed, source, text, error):
    got = completed(source, text)
    assert isinstance(got, str) and error in got, got


def test_another_scheduler_is_not_taken_for_a_dynamic_batcher(completed):
    got = completed(f"{IN}\n{OUT}\nconfig.set_dynamic_batching()", BARE + "sequence_batching { }\n")
    assert (
        "onfiguration specified scheduling_choice as 'sequence_batching', but auto-complete-config function for model "
        "'M' tries to set scheduling_choice as 'dynamic_batching'"
    ) in got, got


@pytest.mark.only_ours("the model loads without its completion")
def test_an_unknown_data_type_is_named(completed):
    got = completed('config.add_input({"name": "I", "data_type": "TYPE_FLOAT", "dims": [1]})')
    assert isinstance(got, str) and "TYPE_FLOAT" in got, got


@pytest.mark.only_ours("the load hangs")
@pytest.mark.parametrize("death", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_the_death_of_the_process_is_an_error(completed, death):
    got = completed(death)
    assert isinstance(got, str) and "is not healthy." in got, got


def test_it_is_not_called_where_it_is_disabled(start_python, tmp_path_factory):
    from python_server import PythonRepository

    repository = PythonRepository(tmp_path_factory.mktemp("disabled"))
    repository.add("scripted", auto_complete="config.set_max_batch_size(4)")
    server = start_python(repository, "--disable-auto-complete-config")
    with http(server) as client:
        assert client.get_model_config("scripted")["max_batch_size"] == 0
