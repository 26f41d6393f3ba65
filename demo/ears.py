"""What a listener hears in the answer."""

from typing import Self

from local_server.engine import Situation
from local_server.offline import OfflineEngine


class Ears:
    """The offline hearing of `local_server`, in its own worker process; entering starts it, nothing is prompted.

    Without names and tools the hearing has to go by the sound alone, as a stranger in the room would.
    """

    def __init__(self) -> None:
        self._engine = OfflineEngine()

    async def __aenter__(self) -> Self:
        """Return the ears; the worker loads its model at the first use or at `warm`."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the worker."""
        await self._engine.close()

    async def hear(self, pcm: bytes) -> str:
        """Return what PCM16 mono at 24 kHz says, or an empty string."""
        return await self._engine.transcribe(pcm, Situation(instructions="", tools=(), items=()))
