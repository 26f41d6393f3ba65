"""What a listener hears in the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from demo.audio import ANSWER_RATE
from demo.processes import DemoError
from local_server.engine import Situation
from local_server.engine_errors import EngineError
from local_server.offline import OfflineEngine


class Ears:
    """The offline hearing of `local_server`, in its own worker process; entering starts it, nothing is prompted.

    Without names and tools the hearing has to go by the sound alone, as a stranger in the room would.
    """

    def __init__(self, after: Callable[[], Awaitable[object]] | None = None) -> None:
        """Wait for `after` before the model is loaded: two cores are busy enough while the house starts."""
        self._after = after
        self._engine = OfflineEngine()
        self._loading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to load the model."""
        self._loading = asyncio.create_task(self._load(), name="demo ears")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the worker."""
        if self._loading:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self._engine.close()

    async def ready(self) -> None:
        """Wait until the model is loaded, so that the loading slows no measured run."""
        if self._loading:
            await self._loading

    async def hear(self, pcm: bytes) -> str:
        """Return what PCM16 mono at 24 kHz says, or an empty string."""
        try:
            return await self._engine.transcribe(pcm, Situation(instructions="", tools=(), items=()))
        except EngineError as error:
            raise DemoError(f"the offline hearing failed: {error}") from error

    async def _load(self) -> None:
        if self._after:
            await self._after()
        # The worker loads its model with the first thing that it is to hear, here silence.
        await self.hear(bytes(ANSWER_RATE))
