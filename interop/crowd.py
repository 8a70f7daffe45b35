"""Requests sent at the same time, and waiting until the server says that it has them."""

import concurrent.futures
import dataclasses
import time

import wire

PATIENCE_SECONDS = 60


@dataclasses.dataclass
class Answer:
    response: wire.Response
    began: float
    ended: float

    @property
    def status(self):
        return self.response.status

    @property
    def seconds(self):
        return self.ended - self.began


class Crowd:
    """Clients with a connection and a thread each; leaving the block waits for all of their answers."""

    def __init__(self, port):
        self.port = port
        self.threads = concurrent.futures.ThreadPoolExecutor(64)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.threads.shutdown()

    def send(self, model, body):
        """A future of the Answer."""
        return self.threads.submit(self._infer, model, body)

    def send_all(self, model, bodies):
        """The Answers, in the order of the bodies."""
        sent = [self.send(model, body) for body in bodies]
        return [future.result() for future in sent]

    def _infer(self, model, body):
        began = time.monotonic()
        response = wire.infer(self.port, model, body)
        return Answer(response, began, time.monotonic())


def row(*values, **members):
    """A request with one row."""
    return rows([values], **members)


def rows(values, **members):
    """A request with several rows of the same length."""
    flat = [value for one in values for value in one]
    return {"inputs": [wire.json_input("INPUT0", "FP32", [len(values), len(values[0])], flat)], **members}


def output_of(answer):
    assert answer.status == 200, answer.response
    (output,) = answer.response.json()["outputs"]
    return output


def statistics(port, model, query=""):
    (entry,) = wire.get(port, f"/v2/models/{model}/stats{query}").json()["model_stats"]
    return entry


def explain(port, model):
    """What the statistics add where they are asked to: why batches were closed and requests rejected."""
    return statistics(port, model, "?explain=true")["explain"]


def executions(port, model):
    """How many executions there were of each batch size."""
    batches = statistics(port, model)["batch_stats"]
    return {batch["batch_size"]: batch["compute_infer"]["count"] for batch in batches}


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.02)


def waiting(port, model):
    """How many requests are queued, and how many have come and have not ended."""
    stats = statistics(port, model, "?explain=true")
    ended = sum(stats["inference_stats"][how]["count"] for how in ("success", "fail"))
    return stats["explain"]["pending_count"], sum(stats["explain"]["threads"].values()) - ended


def came(port, model):
    """How many requests have come to the model's queue until now, whatever has become of them."""
    return sum(explain(port, model)["threads"].values())


def wait_until_queued(port, model, count, running=0):
    """Until exactly so many are queued while that many at least run: without the latter one that comes first may be seen in the
    queue, and those behind it have not come yet."""

    def is_so():
        pending, unanswered = waiting(port, model)
        return pending == count and unanswered - pending >= running

    wait_until(is_so, f"{count} requests queued for {model}, {running} running")
