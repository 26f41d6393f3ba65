"""How long Home Assistant's loop was kept from everybody else.

It is the loop's own processor time that counts: how long a busy machine lets it wait says nothing about the code.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import thread_time

BEAT = 0.005


class LoopWatch:
    """The most that the loop has worked between two beats, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0


@asynccontextmanager
async def watched_loop() -> AsyncIterator[LoopWatch]:
    """Measure while the block runs."""
    watch = LoopWatch()

    async def beat() -> None:
        while True:
            before = thread_time()
            await asyncio.sleep(BEAT)
            watch.longest = max(watch.longest, thread_time() - before)

    task = asyncio.create_task(beat())
    try:
        await asyncio.sleep(0)
        yield watch
    finally:
        task.cancel()
