"""Many clients at once: each gets the answer to its own request."""

import asyncio
import concurrent.futures

import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio

CLIENTS = 32
REQUESTS = 20


def tensor_of(values):
    tensor = triton.InferInput("INPUT0", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values)
    return tensor


def values_of(client_number, request_number):
    """Data that no other request has; batch and length differ too."""
    random = np.random.default_rng([client_number, request_number])
    return random.standard_normal([1 + client_number % 4, 1 + request_number * 7], np.float32)


def run_client(url, model, number):
    with triton.InferenceServerClient(url) as client:
        for request in range(REQUESTS):
            values = values_of(number, request)
            identity = f"{number}-{request}"
            result = client.infer(model, [tensor_of(values)], request_id=identity)
            assert result.get_response()["id"] == identity
            np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), values)


@pytest.mark.parametrize("model", ["identity_fp32", "identity_backend"])
def test_32_clients(server, model):
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(run_client, server.url, model, number) for number in range(CLIENTS)]
        for client in clients:
            client.result(timeout=240)


def test_32_requests_of_one_aio_client(server):
    async def ask_all():
        async with triton_aio.InferenceServerClient(server.url) as client:
            assert await client.is_server_ready()
            requests = [values_of(number, 3) for number in range(CLIENTS)]
            answers = await asyncio.gather(*(client.infer("identity_fp32", [tensor_of(values)]) for values in requests))
            for values, answer in zip(requests, answers):
                np.testing.assert_array_equal(answer.as_numpy("OUTPUT0"), values)

    asyncio.run(ask_all())


def test_async_infer_of_the_client(server):
    with triton.InferenceServerClient(server.url, concurrency=8) as client:
        sent = [values_of(number, 2) for number in range(CLIENTS)]
        pending = [client.async_infer("identity_fp32", [tensor_of(values)]) for values in sent]
        for values, request in zip(sent, pending):
            np.testing.assert_array_equal(request.get_result().as_numpy("OUTPUT0"), values)
