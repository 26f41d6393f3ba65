"""A clock that can be set ahead: what is due by then is called, and nobody waits for it."""

import asyncio
from collections.abc import Callable


class Due:
    """A call that waits for its time."""

    def __init__(self, clock: JumpingClock, when: float, callback: Callable[[], object]) -> None:
        self._clock = clock
        self._when = when
        self._callback = callback
        self._handle: asyncio.TimerHandle | None = None
        self.schedule()

    def schedule(self) -> None:
        """Ask the loop to call at the right time, as the clock is set now."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._clock.loop.call_at(self._when - self._clock.ahead, self._call)

    def cancel(self) -> None:
        self._clock.waiting.discard(self)
        self._handle.cancel()

    def _call(self) -> None:
        self._clock.waiting.discard(self)
        self._callback()


class JumpingClock:
    """The event loop's clock, and how many seconds it is ahead of that."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.ahead = 0.0
        self.waiting: set[Due] = set()

    def time(self) -> float:
        return self.loop.time() + self.ahead

    def call_at(self, when: float, callback: Callable[[], object], /) -> Due:
        due = Due(self, when, callback)
        self.waiting.add(due)
        return due

    def jump(self, seconds: float) -> None:
        """Set the clock ahead."""
        self.ahead += seconds
        for due in self.waiting:
            due.schedule()
