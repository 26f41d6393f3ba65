"""How an event leaves the server, and what is done to it on the way."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from local_server.wire.accents import Accent
from local_server.wire.clock import Clock
from local_server.wire.faults import Action, ArmedFault, Fault, merged
from local_server.wire.ids import new_id

_INSTEAD: Final = {Action.OMIT, Action.HALF_JSON, Action.BINARY, Action.CHANGE}
_AFTER: Final = {Action.DUPLICATE, Action.INSERT, Action.REPLAY, Action.SILENCE, Action.CLOSE, Action.DROP}

type Observer = Callable[[Mapping[str, Any]], None]
"""Is shown each event before anything is done to it."""


class Outgoing:
    """The one way out of a session: every event passes here, and here alone the wire is broken on purpose."""

    def __init__(
        self,
        connection: ServerConnection,
        clock: Clock,
        observers: Iterable[Observer] = (),
        accent: Accent | None = None,
    ) -> None:
        self._connection = connection
        self._accent = accent or Accent()
        self._clock = clock
        self._observers = tuple(observers)
        self._armed: list[ArmedFault] = []
        self._last: dict[str, Mapping[str, Any]] = {}
        self._order = asyncio.Lock()
        self._silent = False

    def arm(self, faults: Iterable[Fault]) -> None:
        """Let the faults count from the next event on."""
        self._armed.extend(ArmedFault(fault) for fault in faults)

    async def send(self, event_type: str, /, **fields: Any) -> None:
        """Send an event of the server; nothing happens when the connection is gone."""
        await self.send_event({"type": event_type, "event_id": new_id("event"), **fields})

    async def send_event(self, event: Mapping[str, Any]) -> None:
        """Send an event as it is, after those before it."""
        for observe in self._observers:
            observe(event)
        async with self._order:
            if not self._armed:
                await self._write(event)
                return
            self._last[event["type"]] = event
            hits = [armed.fault for armed in self._armed if armed.strikes(event["type"])]
            self._armed = [armed for armed in self._armed if not armed.spent]
            await self._send_struck(event, hits)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection after what was sent before."""
        async with self._order:
            await self._connection.close(code, reason)

    def drop(self) -> None:
        """Cut the connection as a lost network does: the client sees 1006."""
        self._silent = True
        self._connection.transport.abort()

    async def _send_struck(self, event: Mapping[str, Any], hits: list[Fault]) -> None:
        for fault in hits:
            if fault.action is Action.STALL:
                await self._clock.sleep(fault.seconds)
        instead = [fault for fault in hits if fault.action in _INSTEAD]
        for fault in instead:
            await self._replace(event, fault)
        if not instead:
            await self._write(event)
        for fault in hits:
            if fault.action in _AFTER:
                await self._follow(event, fault)

    async def _replace(self, event: Mapping[str, Any], fault: Fault) -> None:
        match fault.action:
            case Action.HALF_JSON:
                message = orjson.dumps(event).decode()
                await self._transmit(message[: len(message) // 2].encode())
            case Action.BINARY:
                await self._transmit(orjson.dumps(event), text=False)
            case Action.CHANGE:
                await self._write(merged(event, fault.event))

    async def _follow(self, event: Mapping[str, Any], fault: Fault) -> None:
        match fault.action:
            case Action.DUPLICATE:
                await self._write(event)
            case Action.INSERT:
                await self._write({"event_id": new_id("event"), **fault.event})
            case Action.REPLAY:
                again = self._last.get(fault.event["type"])
                if again is not None:
                    await self._write(again)
            case Action.SILENCE:
                self._silent = True
            case Action.CLOSE:
                await self._connection.close(fault.code, fault.reason)
            case Action.DROP:
                self.drop()

    async def _write(self, event: Mapping[str, Any]) -> None:
        for said in self._accent.said(event):
            await self._transmit(orjson.dumps(said))

    async def _transmit(self, message: bytes, *, text: bool = True) -> None:
        if self._silent:
            return
        try:
            await self._connection.send(message, text=text)
        except ConnectionClosed:
            # The reading side sees the end as well and winds the session up.
            self._silent = True
