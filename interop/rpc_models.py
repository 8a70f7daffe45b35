"""Models for the tests of gRPC, a copy for each test whose counts must be its own.

Run as a program it writes them where they can be looked at: .venv/bin/python rpc_models.py FOLDER
"""

import pathlib
import sys

from batching_models import BatchingRepository, delay
from models import repeat_config, square_config

# Longer than any test waits for it: a run of it ends when it is cancelled.
ENDLESS_MS = 120_000
BUSY_MS = 6_000


def write_rpc_models(folder):
    repository = BatchingRepository(folder)
    one = {"max_batch_size": 1}
    repository.identity("quick", "")
    repository.identity("counted_on_streams", "")
    repository.identity("pause", delay(50), **one)
    for name in ("busy", "stream_cancel_queued"):
        repository.identity(name, delay(BUSY_MS), **one)
    for name in ("endless", "deadline", "cancel_queued", "cancel_running", "stream_cancel_running", "aio_deadline",
                 "aio_endless", "first_error", "runs_meanwhile"):  # fmt: skip
        repository.identity(name, delay(ENDLESS_MS), **one)
    for name in ("repeat", "repeat_counted", "repeat_left", "repeat_stopped", "repeat_failed", "repeat_aio"):
        repository.add(name, repeat_config(), {1: None})
    repository.add("square", square_config(), {1: None})


if __name__ == "__main__":
    write_rpc_models(pathlib.Path(sys.argv[1]))
