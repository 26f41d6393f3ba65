"""One socket and the protocol on it, joined until either ends; used once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
import logging
from typing import Protocol, Self

from ..realtime import (
    GA,
    Command,
    CommandRefused,
    Dialect,
    ErrorEvent,
    Limits,
    ProtocolEvent,
    RealtimeProtocol,
    ResponseOutputAudioDelta,
    SessionCreated,
    SessionState,
    TimeLimitReached,
    Waiting,
)
from .clock import Clock, Timer
from .connection import Connection
from .exceptions import ConnectionLost, ServerSilent, SessionError, error_from_code
from .socket import MAX_UNSENT_BYTES

_LOGGER = logging.getLogger(__name__)

type Dial = Callable[[], Awaitable[Connection]]


class LinkListener(Protocol):
    """Who hears what comes over a link."""

    def event_received(self, link: Link, event: ProtocolEvent) -> None:
        """Take one event of a link in."""
        ...

    def link_ended(self, link: Link, error: SessionError | None) -> None:
        """Take note that the link is over; None after our own close."""
        ...


class Link:
    """A socket, its protocol, and the one task that waits for the end of both."""

    def __init__(
        self, connection: Connection, listener: LinkListener, clock: Clock, limits: Limits, dialect: Dialect = GA
    ) -> None:
        self._connection = connection
        self._listener = listener
        self._clock = clock
        self._timer: Timer | None = None
        self._timer_at = 0.0
        self._retiring = False
        self._ended = False
        self.error: SessionError | None = None
        """What ended the link; None while it lives and after our own close."""
        self.greeted = False
        """Whether the server has let us in."""
        self.spoken = False
        """Whether the model has spoken here: from then on the server keeps it to its voice."""
        self.opened_at = clock.time()
        self.protocol = RealtimeProtocol(now=self.opened_at, dialect=dialect, limits=limits)
        self._task = asyncio.create_task(self._run(), name="realtime link")

    @classmethod
    async def open(
        cls, dial: Dial, listener: LinkListener, clock: Clock, limits: Limits, dialect: Dialect = GA
    ) -> Self:
        """Dial and start to listen. Raises the SessionError of a refusal at the upgrade."""
        return cls(await dial(), listener, clock, limits, dialect)

    @property
    def usable(self) -> bool:
        """Return whether a turn may begin here."""
        if self._ended or self._retiring or self.error is not None:
            return False
        return self.protocol.session_state in {SessionState.OPENING, SessionState.READY}

    @property
    def closed(self) -> bool:
        """Return whether nothing of the link is left."""
        return self._task.done()

    def flush(self) -> None:
        """Send what the protocol has to send; call it after every command."""
        if (messages := self.protocol.messages_to_send()) and not self._ended:
            self._connection.send(messages)
            if self._connection.num_unsent > MAX_UNSENT_BYTES:
                self.abort(ConnectionLost("send_buffer_full"))
        self._arm()

    def abort(self, error: SessionError) -> None:
        """End the link over an error of our own finding."""
        self.error = self.error or error
        self._connection.leave()
        # Whoever comes next must find it ended, and not wait for an answer on it.
        self._end()

    def retire(self) -> None:
        """End when what was sent is on its way; nobody has to wait for it."""
        self._retiring = True
        self._connection.leave()

    async def close(self) -> None:
        """End the link and wait until it has ended; safe to call twice."""
        self._connection.leave()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        """Listen until the socket ends, an error ends it, or somebody closes it."""
        try:
            await self._connection.listen(self._received)
        except SessionError as err:
            self.error = self.error or err
        finally:
            self._end()
            await self._connection.close()

    def _end(self) -> None:
        """Stop the clock and tell the listener, once."""
        if self._ended:
            return
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self.protocol.receive_close()
        self._listener.link_ended(self, self.error)

    def _received(self, messages: Sequence[bytes]) -> None:
        """Feed the protocol with what the socket brings; what comes after the end is nobody's."""
        now = self._clock.time()
        for message in messages:
            if self._ended:
                return
            self.protocol.receive_message(message, now)
            self._deliver()
        self.flush()

    def _deliver(self) -> None:
        """Hand the protocol's events on; those that end the link stay here."""
        for event in self.protocol.events_received():
            match event:
                case ErrorEvent() if self.protocol.session_state is not SessionState.READY:
                    # A refusal comes as one error event before the close, which says less.
                    self.abort(error_from_code(event.code, event.error_type))
                case CommandRefused(command=Command.UPDATE_SESSION):
                    # Nothing of a refused update holds: the model would talk as somebody else, without tools.
                    error = error_from_code(event.code, event.error_type)
                    _LOGGER.warning("The server refuses the session's configuration: %s", error.code)
                    self.abort(error)
                case TimeLimitReached(waiting=Waiting.SESSION | Waiting.RESPONSE):
                    _LOGGER.debug("! the server is silent")
                    self.abort(ServerSilent(f"silent_{event.waiting}"))
                case _:
                    self.greeted = self.greeted or isinstance(event, SessionCreated)
                    self.spoken = self.spoken or isinstance(event, ResponseOutputAudioDelta)
                    self._listener.event_received(self, event)

    def _arm(self) -> None:
        """Wake the protocol when it wants to be woken; a timer that fires early just arms the next."""
        if (deadline := self.protocol.deadline) is None or (self._timer is not None and self._timer_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._clock.call_at(deadline, self._timer_fired)

    def _timer_fired(self) -> None:
        """Let the protocol give up what is overdue."""
        self._timer = None
        self.protocol.handle_timeout(self._clock.time())
        self._deliver()
        self.flush()
