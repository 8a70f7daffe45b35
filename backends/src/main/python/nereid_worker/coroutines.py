"""The event loop of ``async def execute``: one thread per process, started when the first coroutine comes."""

from __future__ import annotations

import threading
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from concurrent.futures import Future


class CoroutineLoop:
    """Runs coroutines of the model on a thread of its own. Used by the main thread."""

    def __init__(self) -> None:
        self._loop: AbstractEventLoop | None = None

    def submit(self, awaitable: Awaitable[Any]) -> Future[Any]:
        """Begins to wait for the coroutine on the loop's thread."""
        import asyncio  # only models with coroutines pay for it

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._run, args=(self._loop,), name="nereid-coroutines", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(_result(awaitable), self._loop)

    @staticmethod
    def _run(loop: AbstractEventLoop) -> None:
        import asyncio

        asyncio.set_event_loop(loop)
        loop.run_forever()


async def _result(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
