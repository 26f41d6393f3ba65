"""What an agent's sessions do right now, and how long each lived; a session is a socket's, from its dial to its end."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

from homeassistant.core import CALLBACK_TYPE, callback

from .session import Clock, Connection


class SessionStatus(StrEnum):
    """What the most wakeful of an agent's sessions does."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    READY = "ready"
    ACTIVE = "active"
    """It listens, answers or reads aloud."""


class SessionWatch:
    """Counts sockets and those who use them; `ended` is told how long each socket lived, in seconds."""

    def __init__(self, clock: Clock, ended: Callable[[float], None]) -> None:
        self._clock = clock
        self._ended = ended
        self._listeners: list[Callable[[], None]] = []
        self._dialling = 0
        self._open = 0
        self._lent = 0

    @property
    def status(self) -> SessionStatus:
        """Return what is going on now."""
        if self._open:
            return SessionStatus.ACTIVE if self._lent else SessionStatus.READY
        return SessionStatus.CONNECTING if self._dialling else SessionStatus.CLOSED

    @property
    def in_use(self) -> bool:
        """Return whether somebody is being listened to, answered or read to."""
        return bool(self._lent)

    @property
    def num_open(self) -> int:
        """Return how many sockets are open."""
        return self._open

    @property
    def num_warm(self) -> int:
        """Return how many of them wait for somebody to use them."""
        return max(self._open - self._lent, 0)

    @callback
    def listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever the status may have changed; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def lent(self) -> None:
        """Take note that somebody uses a session."""
        self._lent += 1
        self._changed()

    @callback
    def returned(self) -> None:
        """Take note that somebody does no more."""
        self._lent -= 1
        self._changed()

    async def dial(self, dialling: Awaitable[Connection]) -> Connection:
        """Wait for a socket. Raises what the dial raises."""
        self._dialling += 1
        self._changed()
        try:
            connection = await dialling
            self._open += 1
        finally:
            self._dialling -= 1
            self._changed()
        return connection

    async def until_closed(self, connection: Connection) -> None:
        """Wait for the end of a socket that `dial` has returned, and take its time."""
        opened_at = self._clock.time()
        try:
            await connection.wait_closed()
        finally:
            self._open -= 1
            self._changed()
            self._ended(self._clock.time() - opened_at)

    @callback
    def _changed(self) -> None:
        """Tell the listeners."""
        for listener in list(self._listeners):
            listener()
