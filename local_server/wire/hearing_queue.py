"""What was said in the user's audio, listened to once and asked for by several."""

import asyncio
from collections.abc import Callable
import logging
from typing import Any

from local_server.engine import Situation
from local_server.wire.conversation import Item
from local_server.wire.mind import Mind
from local_server.wire.scenario import Turn

_LOGGER = logging.getLogger(__name__)


class HearingQueue:
    """Listens to items as soon as somebody wants to know; the answer lands in `Item.heard`."""

    def __init__(self, mind: Mind, situation: Callable[[], Situation]) -> None:
        self._mind = mind
        self._situation = situation
        self._turns: dict[str, Turn] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def expect(self, item: Item, turn: Turn) -> None:
        """Remember by which turn of the script the item is to be heard."""
        self._turns[item.id] = turn

    async def failure(self, item: Item) -> dict[str, Any] | None:
        """Listen to the item's audio; return the error when that failed."""
        task = self._task(item)
        await asyncio.wait({task})
        broken = None if task.cancelled() else task.exception()
        if broken is None:
            return None
        _LOGGER.error("The engine could not transcribe", exc_info=broken)
        return {"type": "server_error", "code": "transcription_failed", "message": f"The engine failed: {broken}"}

    async def hear(self, item: Item) -> None:
        """Listen to the item's audio; raises what the engine raises."""
        await asyncio.shield(self._task(item))

    def _task(self, item: Item) -> asyncio.Task[None]:
        task = self._tasks.get(item.id)
        if task is None:
            task = asyncio.create_task(self._listen(item), name=f"hearing {item.id}")
            self._tasks[item.id] = task
        return task

    async def _listen(self, item: Item) -> None:
        turn = self._turns.get(item.id, Turn())
        pcm = b"".join(bytes(audio) for _, audio in sorted(item.audio.items()))
        item.heard = await self._mind.hear(turn, pcm, self._situation())

    async def close(self) -> None:
        """Stop listening."""
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())
