"""Empty dimensions over HTTP: no request of one client ends the server, and those that the model bears are answered."""

import numpy as np
import pytest

import wire
from models import Repository, config, graph


@pytest.fixture(scope="module")
def server(start_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    repository = Repository(folder)
    matrix, flat = [("INPUT0", "FP32", [-1, -1])], [("INPUT0", "FP32", [-1])]
    bodies = {
        "top_k": ([("TopK", ["INPUT0", "k"], ["OUTPUT0", "indices"], {})], [("k", np.int64([1]))]),
        "lp_norm": ([("LpNormalization", ["INPUT0"], ["OUTPUT0"], {"axis": 0})], []),
        "softmax": ([("Softmax", ["INPUT0"], ["OUTPUT0"], {})], []),
    }
    for name, (nodes, constants) in bodies.items():
        made = [("OUTPUT0", "FP32", ["rows", "width"])]
        model = graph(nodes, [("INPUT0", "FP32", ["rows", "columns"])], made, constants)
        repository.add(name, config(matrix, [("OUTPUT0", "FP32", [-1, -1])], max_batch_size=0), {1: model})
        repository.add(f"{name}_batched", config(flat, [("OUTPUT0", "FP32", [-1])], max_batch_size=4), {1: model})
    return start_module_server([folder])


def infer(server, model, shape):
    size = int(np.prod(shape))
    body = {"inputs": [{"name": "INPUT0", "datatype": "FP32", "shape": shape, "data": [1.0] * size}]}
    return wire.exchange(server.port, "POST", f"/v2/models/{model}/infer", body)


@pytest.mark.parametrize("shape", ([0, 3], [3, 0], [0, 0]))
@pytest.mark.parametrize("model, operator", (("top_k", "TopK"), ("lp_norm", "LpNormalization")))
def test_an_operator_that_ends_the_process_gets_no_empty_input(server, model, operator, shape):
    answer = infer(server, model, shape)
    assert answer.status == 400
    assert f"the model has operator {operator}" in answer.error
    assert infer(server, model, [2, 3]).status == 200


@pytest.mark.parametrize("shape", ([0, 3], [3, 0], [0, 0]))
def test_a_model_whose_operators_bear_it_answers(server, shape):
    answer = infer(server, "softmax", shape)
    assert answer.status == 200
    assert answer.json()["outputs"][0]["shape"] == shape


@pytest.mark.parametrize("model", ("top_k_batched", "lp_norm_batched", "softmax_batched"))
def test_a_batch_of_no_rows_is_refused_as_by_triton(server, model):
    """What Triton 2.51 says to [0, 3]; to [0, 0] it says nothing, ever."""
    answer = infer(server, model, [0, 3])
    assert answer.status == 400
    assert answer.error == (f"[request id: <id_unknown>] input byte size mismatch for input 'INPUT0' for model '{model}'."
                            " Expected 12, got 0")  # fmt: skip
    assert infer(server, model, [0, 0]).status == 400
    assert infer(server, model, [2, 3]).status == 200
