"""What lies between a house and its server? A network that carries what is sent, or does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import ssl
from typing import Self

_PIECE = 65536


class Road:
    """A relay on 127.0.0.1 to a port there; it can be closed, blocked and cut at any time."""

    def __init__(self, target: int, tls: ssl.SSLContext | None = None) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._cars: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._free = asyncio.Event()
        self._free.set()
        self.tls = tls
        """What the house is shown as the server's certificate; None where it asks for none."""
        self.port = 0

    async def __aenter__(self) -> Self:
        """Let everybody in."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every connection, and take no other."""
        await self.close()
        for car in self._cars:
            car.cancel()
        if self._cars:
            await asyncio.wait(self._cars)

    async def open(self) -> None:
        """Let everybody in, at the same port as before."""
        self._free.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse everybody who comes from here on."""
        if self._server is not None:
            self._server.close()
            self._server = None
            # The port is free once the loop has closed the socket.
            await asyncio.sleep(0)

    def block(self) -> None:
        """Carry nothing more in either direction; connections stay open, and new ones are taken and left waiting."""
        self._free.clear()

    def cut(self) -> None:
        """Reset every connection, as a router does that forgets them."""
        for writer in self._cars.values():
            writer.transport.abort()

    async def empty(self) -> None:
        """Return when there is no connection; one that its ends have closed goes as soon as anything is carried."""
        self._free.set()
        if self._cars:
            await asyncio.wait(self._cars)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        car = asyncio.current_task()
        self._cars[car] = writer
        try:
            if self.tls is not None:
                # Here and not in `start_server`, which takes a client that hangs up over a certificate for an error.
                await writer.start_tls(self.tls)
            async with self._way_on() as (far_reader, far_writer), asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, far_writer))
                both.create_task(self._pass_on(far_reader, writer))
        except* OSError:
            pass
        finally:
            del self._cars[car]
            writer.transport.abort()

    @asynccontextmanager
    async def _way_on(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        await self._free.wait()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await self._free.wait()
            writer.write(piece)
            with suppress(ConnectionError):
                await writer.drain()
        # One side has finished; a WebSocket says so in words, so the other has nothing to add.
        writer.close()
