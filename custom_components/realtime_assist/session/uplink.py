"""The link in use: on which rung it stands, who opens the next one, and who waits for that."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
import logging
from typing import Protocol

from ..realtime import (
    GA,
    Dialect,
    InputAudioTranscriptionCompleted,
    ProtocolEvent,
    ResponseDone,
    TranscriptionUsage,
    Usage,
)
from .clock import Clock
from .connection import Connection
from .exceptions import CannotConnect, ConnectionLost, SessionError
from .ladder import Ladder, Move, Rung
from .limits import SessionLimits
from .link import Link, LinkListener
from .renewal import Candidate
from .speech import SideSpeeches

_LOGGER = logging.getLogger(__name__)

type DialModel = Callable[[str], Awaitable[Connection]]


class UplinkListener(LinkListener, Protocol):
    """Who has something to say on every new link."""

    def link_opened(self, link: Link) -> None:
        """Tell a new link everything; its events come only after this."""
        ...

    def link_left(self) -> None:
        """Take note that the link in use is left behind."""
        ...

    def dial_failed(self, rung: Rung, error: SessionError, move: Move) -> None:
        """Take note that a rung refused the dial, and of where the next one goes."""
        ...

    def opening_ended(self, error: SessionError | None) -> None:
        """Take note of how an opening went."""
        ...


class Uplink:
    """At most one link in use, and those that are being left."""

    def __init__(
        self,
        dial: DialModel,
        ladder: Ladder,
        listener: UplinkListener,
        clock: Clock,
        limits: SessionLimits,
        *,
        dialect: Dialect = GA,
        used: Callable[[str, Usage | None], None],
        heard: Callable[[TranscriptionUsage], object] = bool,
    ) -> None:
        self._dial = dial
        self._ladder = ladder
        self._listener = listener
        self._clock = clock
        self._limits = limits
        self._dialect = dialect
        self._link: Link | None = None
        self._opening: asyncio.Task[Link] | None = None
        self._passed: set[Rung] = set()
        self._retried: set[Rung] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._closed = False
        self.rung: Rung | None = None
        """The rung that the link in use stands on, or that was tried last."""
        self.dialled_at = 0.0
        """When the link in use was dialled, by the clock."""
        self._heard = heard
        self.used = used
        """Is told, by model, what responses that are part of no turn have used; None is what the server reported."""
        self.speeches: dict[Link, SideSpeeches] = {}
        """What is read aloud on each link of which something is left."""

    @property
    def closed(self) -> bool:
        """Return whether no link will be opened again."""
        return self._closed

    @property
    def usable(self) -> Link | None:
        """Return the link in use where it can take something in now."""
        return self._link if self._link is not None and self._link.usable else None

    def has_left(self, link: Link, event: ProtocolEvent) -> bool:
        """Return whether a link is not the one in use; what it tells of cost until it is closed is counted."""
        if link is self._link:
            return False
        match event:
            case ResponseDone():
                self.speeches[link].used(event.usage)
            case InputAudioTranscriptionCompleted(usage=TranscriptionUsage() as usage):
                self._heard(usage)
        return True

    def prepare(self, passed: set[Rung] | None = None, retried: set[Rung] | None = None) -> None:
        """Open a link in the background where there is none; safe at any time.

        A rung that was `passed` is not dialled; one that was `retried` is not dialled twice. Rungs that refuse are
        added to both.
        """
        if self._closed or self.usable is not None:
            return
        if self._opening is not None and not self._opening.done():
            if retried is None or retried is self._retried or not (self._passed or self._retried):
                return
            # It goes by the tries that somebody else has left, who may be waited for no more.
            self._opening.cancel()
        self._passed = set() if passed is None else passed
        self._retried = set() if retried is None else retried
        way_down = self._open(self._passed, self._retried)
        self._opening = asyncio.create_task(way_down, name="realtime session opening")
        self._opening.add_done_callback(self._opened)

    async def link(self, passed: set[Rung] | None = None, retried: set[Rung] | None = None) -> Link:
        """Return a link that is usable now, opening one as `prepare` does where there is none. Raises SessionError."""
        self.prepare(passed, retried)
        link: Link | None
        while (opening := self._opening) is not None:
            # Whoever waits here may be cancelled; the opening goes on for the others.
            await asyncio.wait([opening])
            if not opening.cancelled():
                link = opening.result()
                break
        else:
            link = self.usable
        if link is None:
            raise ConnectionLost("closed")
        if not link.usable:
            raise link.error or ConnectionLost
        return link

    def drop(self) -> None:
        """Leave the link in use behind; the next turn opens another."""
        if self._link is not None:
            self._link.retire()
            self._link = None
            self._listener.link_left()

    def renew(self, idle: Callable[[], bool]) -> None:
        """Open another link in the background, and use it where `idle` says then that nobody uses the old one."""
        if self._closed or self.usable is None or (self._renewing is not None and not self._renewing.done()):
            return
        self._renewing = asyncio.create_task(self._renew(idle), name="realtime session renewal")

    async def _renew(self, idle: Callable[[], bool]) -> None:
        """Replace the link in use by a new one on the same rung, once that is let in."""
        old, rung = self.usable, self.rung
        if old is None or rung is None:
            return
        candidate = Candidate(self._listener)
        try:
            link = await self._dialled(rung, candidate)
        except SessionError as err:
            _LOGGER.debug("! no new link: %s", err.code)
            return
        try:
            if await candidate.greeted and link.usable and self._link is old and idle():
                candidate.adopt()
                self.dialled_at = link.opened_at
                self.drop()
                self._use(link, rung)
        finally:
            if self._link is not link:
                await link.close()

    def forget(self, link: Link, error: SessionError) -> bool:
        """Take note that a link has ended; return whether it was the one in use."""
        self.speeches[link].fail(error)
        if link is not self._link:
            return False
        self._link = None
        return True

    async def close(self) -> None:
        """End every link; safe to call twice."""
        self._closed = True
        for task in (self._opening, self._renewing):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        self._link = None
        for link in list(self.speeches):
            await link.close()

    async def _open(self, passed: set[Rung], retried: set[Rung]) -> Link:
        """Open a link on the highest rung that lets us in."""
        while True:
            self.rung = rung = self._ladder.choose(passed)
            self.dialled_at = self._clock.time()
            try:
                link = await self._dialled(rung, self._listener)
            except SessionError as err:
                move = self._ladder.move(err, retried=rung in retried)
                self._listener.dial_failed(rung, err, move)
                if move is Move.SAME_RUNG:
                    retried.add(rung)
                    continue
                self._ladder.failed(rung, err)
                passed.add(rung)
                if move is Move.GIVE_UP:
                    raise
                if not self._ladder.has_left(passed):
                    raise self._ladder.exhausted(err) from None
                continue
            self._use(link, rung)
            return link

    def _use(self, link: Link, rung: Rung) -> None:
        """Make a link the one in use."""
        self._link = link
        self.speeches = {known: speeches for known, speeches in self.speeches.items() if not known.closed}
        self.speeches[link] = SideSpeeches(link, self._clock, self._limits, partial(self.used, rung.model))
        self._listener.link_opened(link)

    async def _dialled(self, rung: Rung, listener: LinkListener) -> Link:
        """Open a socket on one rung. Raises SessionError for whatever goes wrong."""
        try:
            return await Link.open(
                partial(self._dial, rung.model), listener, self._clock, self._limits.protocol, self._dialect
            )
        except SessionError:
            raise
        except Exception as err:
            _LOGGER.exception("Unexpected error while connecting")
            raise CannotConnect(type(err).__name__) from err

    def _opened(self, opening: asyncio.Task[Link]) -> None:
        """Hand on how the opening went; nobody else may be waiting for it."""
        error = None if opening.cancelled() else opening.exception()
        if error is not None and not isinstance(error, SessionError):
            _LOGGER.error("Unexpected error while opening a session", exc_info=error)
            error = CannotConnect(type(error).__name__)
        if self._opening is opening:
            # Where another has begun already, that one will say how things went.
            self._opening = None
            self._listener.opening_ended(error)
