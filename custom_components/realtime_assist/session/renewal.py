"""How a socket is replaced before the server's age limit without anybody waiting for the new one."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from ..realtime import ProtocolEvent, SessionCreated
from .clock import Clock, Timer
from .exceptions import SessionError
from .link import Link, LinkListener

# How soon a replacement is tried again that somebody, or the server, stood in the way of.
RETRY_SECONDS = 30.0


class Candidate:
    """Listens on a link that is to take another's place: nobody hears of it until it is adopted."""

    def __init__(self, listener: LinkListener) -> None:
        self._listener = listener
        self._adopted = False
        self.greeted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """Whether the server has let us in."""

    def event_received(self, link: Link, event: ProtocolEvent) -> None:
        """Hand an event on once the link is in use."""
        if self._adopted:
            self._listener.event_received(link, event)
        elif isinstance(event, SessionCreated):
            self._decide(greeted=True)

    def link_ended(self, link: Link, error: SessionError | None) -> None:
        """Hand the end on once the link is in use."""
        if self._adopted:
            self._listener.link_ended(link, error)
        else:
            self._decide(greeted=False)

    def adopt(self) -> None:
        """Hand everything on from here."""
        self._adopted = True

    def _decide(self, *, greeted: bool) -> None:
        """Tell whoever waits how the opening went."""
        if not self.greeted.done():
            self.greeted.set_result(greeted)


class Renewable(Protocol):
    """What can have its link replaced."""

    def renew(self, idle: Callable[[], bool]) -> None:
        """Open another link in the background, and use it where `idle` says then that nobody uses the old one."""
        ...


class Renewal:
    """Has a session's link replaced once it is `age` seconds old and nobody uses it."""

    def __init__(self, uplink: Renewable, clock: Clock, age: float, idle: Callable[[], bool]) -> None:
        self._uplink = uplink
        self._clock = clock
        self._age = age
        self._idle = idle
        self._timer: Timer | None = None

    def watch(self, link: Link) -> None:
        """Watch the age of a link from now on, and of no other."""
        self.stop()
        self._arm(link.opened_at + self._age)

    def stop(self) -> None:
        """Watch nothing any more; safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, when: float) -> None:
        self._timer = self._clock.call_at(when, self._due)

    def _due(self) -> None:
        """Have the link replaced, and look again in case that does not come about."""
        self._arm(self._clock.time() + RETRY_SECONDS)
        if self._idle():
            self._uplink.renew(self._idle)
