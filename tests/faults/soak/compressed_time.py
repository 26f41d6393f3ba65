"""How long does it take to wait? Nothing: where nobody has anything to do, it is at once as late as the next one is due.

The event loop's clock and the wall's move together, as they do in a house. While there is work to do, they run as fast as
a real clock, so no time limit ends because a machine is slow at something else.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
import selectors
from typing import Any, override

import freezegun
import freezegun.api

LOOK_SECONDS = 0.01
"""For how long nothing must have come from any socket or thread: both ends are on one machine."""
LONGEST_WAIT = 120.0
"""What is waited for longer than this is not skipped, but passed over by `CompressedTime.pass_by`."""


class CompressedTime:
    """The clocks of one event loop and of the wall; `skipped` is how many seconds nobody had to wait for."""

    def __init__(self, loop: asyncio.BaseEventLoop, wall: Any) -> None:
        self._loop = loop
        self._wall = wall
        self.skipped = 0.0

    def time(self) -> float:
        """Return the seconds of the loop's clock."""
        return freezegun.api.real_monotonic() + self.skipped

    def skip(self, seconds: float) -> None:
        """Be so much later."""
        self.skipped += seconds
        self._wall.tick(timedelta(seconds=seconds))

    async def pass_by(self, span: timedelta) -> None:
        """Let a span of time pass in which nobody does anything; what is due meanwhile happens at the end of it."""
        self.skip(span.total_seconds())
        await asyncio.sleep(0)


class _SkippingSelector(selectors.BaseSelector):
    """A selector that waits for sockets, and not for timers."""

    def __init__(self, inner: selectors.BaseSelector, time: CompressedTime) -> None:
        self.inner = inner
        self._time = time

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or not LOOK_SECONDS < timeout <= LONGEST_WAIT:
            return self.inner.select(timeout)
        if not (ready := self.inner.select(LOOK_SECONDS)):
            self._time.skip(timeout - LOOK_SECONDS)
        return ready

    @override
    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self.inner.register(fileobj, events, data)

    @override
    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self.inner.unregister(fileobj)

    @override
    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self.inner.modify(fileobj, events, data)

    @override
    def close(self) -> None:
        self.inner.close()

    @override
    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self.inner.get_key(fileobj)

    @override
    def get_map(self) -> Any:
        return self.inner.get_map()


@contextmanager
def compressed_time(loop: Any, start: datetime) -> Iterator[CompressedTime]:
    """Run an event loop in compressed time, beginning at a moment."""
    with freezegun.freeze_time(start, tick=True) as wall:
        time = CompressedTime(loop, wall)
        # A loop in frozen time would stand still.
        loop.time = time.time
        # A loop that is being debugged writes down who has called it, which takes more time than all the rest.
        debugging = loop.get_debug()
        loop.set_debug(False)
        selector = loop._selector
        loop._selector = _SkippingSelector(selector, time)
        try:
            yield time
        finally:
            loop._selector = selector
            loop.set_debug(debugging)
            del loop.time
