"""How does a message get from the wire to whoever takes it? At once: there is no queue and no task in between."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, override

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

type Take = Callable[[Sequence[bytes]], object]
"""Takes the messages that have come in one piece, in their order."""
type Admit = Callable[[str], object]
"""Is told a peer's IP address, and raises what the dial is to raise."""

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Socket(ClientConnection):
    """A WebSocket that hands messages on in the moment they come, and writes them in the moment they are sent.

    What comes before `hand_to` says to whom, waits: a server may greet along with the upgrade. Reading never pauses, so
    whoever takes messages must bound what it keeps. `recv` and `send` of the base class are not to be used beside this.
    """

    def __init__(self, *arguments: Any, admit: Admit, **options: Any) -> None:
        """Take what websockets makes a connection of, and who says whether a peer may be asked anything."""
        super().__init__(*arguments, **options)
        self._admit = admit
        self._come: list[bytes] = []
        self._take: Take | None = None
        self._begun = bytearray()
        self._over: asyncio.Future[None] = self.loop.create_future()

    @property
    def num_unsent(self) -> int:
        """Return how many bytes wait for the peer to take them."""
        return self.transport.get_write_buffer_size()

    def hand_to(self, take: Take) -> None:
        """Hand on what has come, and all that comes."""
        self._take = take
        self._hand_on()

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
    async def handshake(self, *arguments: Any, **options: Any) -> None:
        """Ask to be let in, by a peer that may see the key."""
        self._admit(self.remote_address[0])
        await super().handshake(*arguments, **options)

    @override
    def process_event(self, event: Event) -> None:
        """Keep a message until its piece is read; fragments wait for the last one."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif event.fin and not self._begun:
            self._come.append(bytes(event.data))
        else:
            self._begun += event.data
            if event.fin:
                self._come.append(bytes(self._begun))
                self._begun.clear()

    @override
    def data_received(self, data: bytes) -> None:
        """Read a piece; that the connection is closing is told without waiting for the peer to hang up."""
        super().data_received(data)
        self._hand_on()
        if self.protocol.close_expected():
            self.end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the peer is gone."""
        super().connection_lost(exc)
        self.end()

    def _hand_on(self) -> None:
        if self._take is not None and self._come:
            messages, self._come = self._come, []
            self._take(messages)
