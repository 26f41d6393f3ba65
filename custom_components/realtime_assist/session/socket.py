"""How does a message get from the wire to whoever takes it? At once: there is no queue and no task in between."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, override

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

type Take = Callable[[bytes], object]

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Socket(ClientConnection):
    """A WebSocket that hands each message on in the moment it comes, and writes each in the moment it is sent.

    What comes before `hand_to` says to whom, waits: a server may greet along with the upgrade. Reading never pauses, so
    whoever takes messages must bound what it keeps. `recv` and `send` of the base class are not to be used beside this.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what websockets makes a connection of."""
        super().__init__(*arguments, **options)
        self._waiting: list[bytes] = []
        self._take: Take = self._waiting.append
        self._begun = bytearray()
        self._over: asyncio.Future[None] = self.loop.create_future()

    @property
    def num_unsent(self) -> int:
        """Return how many bytes wait for the peer to take them."""
        return self.transport.get_write_buffer_size()

    def hand_to(self, take: Take) -> None:
        """Hand on what has come, and all that comes."""
        self._take = take
        for message in self._waiting:
            take(message)
        self._waiting.clear()

    def send_now(self, messages: Sequence[bytes]) -> bool:
        """Write text messages in order; return False, and write nothing, where the peer would not take them any more."""
        if self.state is not State.OPEN:
            return False
        for message in messages:
            self.protocol.send_text(message)
        self.send_data()
        return True

    async def wait_over(self) -> None:
        """Wait until no message can come, as the peer says goodbye, breaks the rules, or is gone; or until `end`."""
        await asyncio.shield(self._over)

    def end(self) -> None:
        """Have `wait_over` return; safe to call twice."""
        if not self._over.done():
            self._over.set_result(None)

    @override
    def process_event(self, event: Event) -> None:
        """Hand a message on; fragments wait for the last one."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif event.fin and not self._begun:
            self._take(bytes(event.data))
        else:
            self._begun += event.data
            if event.fin:
                message, self._begun = bytes(self._begun), bytearray()
                self._take(message)

    @override
    def data_received(self, data: bytes) -> None:
        """Take note that the connection is closing, without waiting for the peer to hang up."""
        super().data_received(data)
        if self.protocol.close_expected():
            self.end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the peer is gone."""
        super().connection_lost(exc)
        self.end()
