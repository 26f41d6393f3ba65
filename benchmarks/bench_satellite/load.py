"""What does Home Assistant need for all this, and how late is its event loop? Asked from inside of its process."""

import asyncio
import os
from pathlib import Path
import time
from typing import Any

_PERIOD_SECONDS = 0.01


class LoadProbe:
    """Looks a hundred times a second whether the event loop comes when it is called."""

    def __init__(self) -> None:
        self.begun = False
        self._lags: list[float] = []

    async def follow(self) -> None:
        """Look for ever."""
        self.begun = True
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _PERIOD_SECONDS
            await asyncio.sleep(_PERIOD_SECONDS)
            self._lags.append(loop.time() - due)

    def take(self) -> dict[str, Any]:
        """Return the present, and by how much the loop was late since this was last asked.

        `at` is `time.monotonic`, `cpu_seconds` are those of the whole process so far.
        """
        lags, self._lags = self._lags, []
        resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
        return {
            "at": time.monotonic(),
            "cpu_seconds": time.process_time(),
            "resident_bytes": resident_pages * os.sysconf("SC_PAGE_SIZE"),
            "lags": lags,
        }
