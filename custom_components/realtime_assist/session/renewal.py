"""How a socket is replaced, before the server's age limit or when it is lost, without anybody waiting for the new one."""

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
    """What can have its link replaced, or opened."""

    @property
    def usable(self) -> Link | None:
        """Return the link in use."""
        ...

    def prepare(self) -> None:
        """Open a link in the background where there is none, as far as the ladder allows."""
        ...

    def renew(self, idle: Callable[[], bool]) -> None:
        """Open another link in the background, and use it where `idle` says then that nobody uses the old one."""
        ...


class Renewal:
    """Has a session's link replaced once it is `age` seconds old and nobody uses it.

    While it is `kept`, a link that is lost, or could not be opened, is opened again after a while.
    """

    def __init__(self, uplink: Renewable, clock: Clock, age: float, idle: Callable[[], bool]) -> None:
        self._uplink = uplink
        self._clock = clock
        self._age = age
        self._idle = idle
        self._timer: Timer | None = None
        self._kept = False

    def keep(self) -> None:
        """Have a link there from now on."""
        self._kept = True
        self._uplink.prepare()
        self.left()

    def release(self) -> None:
        """Leave it to others to open a link where there is none."""
        self._kept = False

    def watch(self, link: Link) -> None:
        """Watch the age of a link from now on, and of no other."""
        self._arm(link.opened_at + self._age)

    def left(self) -> None:
        """Take note that the link that was watched is gone, or that there is none yet."""
        self._disarm()
        if self._kept:
            self._arm(self._clock.time() + RETRY_SECONDS)

    def stop(self) -> None:
        """Watch and keep nothing any more; safe to call twice."""
        self._kept = False
        self._disarm()

    def _arm(self, when: float) -> None:
        self._disarm()
        self._timer = self._clock.call_at(when, self._due)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        """Have the link replaced or opened, and look again in case that does not come about."""
        if self._uplink.usable is not None:
            self._arm(self._clock.time() + RETRY_SECONDS)
            if self._idle():
                self._uplink.renew(self._idle)
        elif self._kept:
            self._arm(self._clock.time() + RETRY_SECONDS)
            self._uplink.prepare()
