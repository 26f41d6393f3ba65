"""How does a message get from the wire to whoever takes it? At once: there is no queue and no task in between."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, override

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

from .exceptions import HungUp
from .frames import LONGEST_HEAD, MASKED, TEXT, spans

type Take = Callable[[Sequence[bytes]], object]
"""Takes the messages that have come in one piece, in their order."""
type Admit = Callable[[str], object]
"""Is told a peer's IP address, and raises what the dial is to raise."""

# Four minutes of sound at once: a message that never ends must not take all memory.
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
# A socket that takes none of this is gone, whatever TCP says: two minutes of speech in base64.
MAX_UNSENT_BYTES = 8 * 1024 * 1024

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_END_OF_HEADERS = b"\r\n\r\n"


class Socket(ClientConnection):
    """A WebSocket that hands messages on in the moment they come, and writes them in the moment they are sent.

    What comes before `hand_to` says to whom, waits: a server may greet along with the upgrade. Reading never pauses, so
    whoever takes messages must bound what it keeps. `recv` and `send` of the base class are not to be used beside this.

    Nearly all frames are whole text messages. These are taken out here, in a fifth of the time that websockets needs for
    one; it gets all others, and always whole.
    """

    def __init__(self, *arguments: Any, admit: Admit, **options: Any) -> None:
        """Take what websockets makes a connection of, and who says whether a peer may be asked anything."""
        super().__init__(*arguments, **options)
        self._admit = admit
        self._come: list[bytes] = []
        self._take: Take | None = None
        self._begun = bytearray()
        self._fragmented = False
        self._headers_end = b""
        self._unread = bytearray()
        self._wanted = 0
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
        if (peer := self.remote_address) is None:
            # It was gone before anybody could look who it is.
            raise HungUp("hung_up")
        self._admit(peer[0])
        await super().handshake(*arguments, **options)

    @override
    def process_event(self, event: Event) -> None:
        """Keep a message until its piece is read; fragments wait for the last one."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        self._begun += event.data
        self._fragmented = not event.fin
        if event.fin:
            self._come.append(bytes(self._begun))
            self._begun.clear()

    @override
    def data_received(self, data: bytes) -> None:
        """Read a piece; that the connection is closing is told without waiting for the peer to hang up."""
        state = self.state
        if state is State.CONNECTING:
            data = self._connect(data)
            state = self.state
        if state is State.OPEN:
            self._read(data)
        elif data:
            # A frame of which a part was kept while the connection was open goes on in here.
            super().data_received(bytes(self._unread) + data)
            self._unread.clear()
        self._hand_on()
        if self.num_unsent > MAX_UNSENT_BYTES:
            # Pings are answered in here, whether or not anybody takes the answers.
            self.transport.abort()
        if self.protocol.close_expected():
            self.end()

    @override
    def eof_received(self) -> None:
        """Take note that nothing more will come, though what waits to be sent may keep the connection for long."""
        super().eof_received()
        self.end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the peer is gone."""
        super().connection_lost(exc)
        self.end()

    def _connect(self, data: bytes) -> bytes:
        """Read the answer to the upgrade; return what comes along with it, which begins with a frame if anything."""
        seen = self._headers_end + data
        end = seen.find(_END_OF_HEADERS)
        self._headers_end = seen[1 - len(_END_OF_HEADERS) :]
        head = len(data) if end < 0 else end + len(_END_OF_HEADERS) - len(seen) + len(data)
        super().data_received(data[:head])
        return data[head:]

    def _read(self, data: bytes) -> None:
        """Take whole text messages out, and leave to websockets what is anything else."""
        if self._unread:
            self._unread += data
            if len(self._unread) < self._wanted:
                return
            data = bytes(self._unread)
            self._unread.clear()
        found, self._wanted = spans(data)
        end = 0
        for at, begins, end in found:
            if data[at] == TEXT and not data[at + 1] & MASKED and not self._fragmented:
                self._come.append(data[begins:end])
                continue
            super().data_received(data[at:end])
            if self.state is not State.OPEN:
                # Nothing counts that comes after a goodbye, or after something that is against the rules.
                return
        if self._wanted > MAX_MESSAGE_BYTES + LONGEST_HEAD:
            # It is refused for what its head says.
            super().data_received(data[end:])
        elif end < len(data):
            self._unread += data[end:]

    def _hand_on(self) -> None:
        if self._take is not None and self._come:
            messages, self._come = self._come, []
            self._take(messages)
