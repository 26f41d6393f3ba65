"""How long Home Assistant's loop was kept from everybody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BEAT = 0.005


class LoopWatch:
    """The longest wait beyond what was asked for, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0


@asynccontextmanager
async def watched_loop() -> AsyncIterator[LoopWatch]:
    """Measure while the block runs."""
    watch = LoopWatch()
    loop = asyncio.get_running_loop()

    async def beat() -> None:
        while True:
            before = loop.time()
            await asyncio.sleep(BEAT)
            watch.longest = max(watch.longest, loop.time() - before - BEAT)

    task = asyncio.create_task(beat())
    try:
        await asyncio.sleep(0)
        yield watch
    finally:
        task.cancel()
