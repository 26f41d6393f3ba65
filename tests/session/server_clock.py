"""The server's clock in a test: it moves when it is told to, and tells who sleeps."""

import asyncio
from typing import override

from local_server.wire import ManualClock


class ServerClock(ManualClock):
    """A time that moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self._naps: list[float] = []
        self._nodded_off = asyncio.Condition()

    @override
    async def sleep(self, seconds: float) -> None:
        """Return once the clock was advanced by `seconds` in all."""
        self._naps.append(seconds)
        async with self._nodded_off:
            self._nodded_off.notify_all()
        await super().sleep(seconds)

    async def wake(self, seconds: float) -> None:
        """Wait for somebody to sleep for exactly so many seconds, and move the time on by as many."""
        async with self._nodded_off:
            await self._nodded_off.wait_for(lambda: seconds in self._naps)
        self._naps.remove(seconds)
        await self.advance(seconds)
