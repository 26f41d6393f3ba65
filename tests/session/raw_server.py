"""A server below the protocol: it reads one request and answers with whatever bytes a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from websockets.http11 import Request
from websockets.server import ServerProtocol


@dataclass
class RawServer:
    """What came in, one entry for each connection."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def _server(answer: Callable[[bytes], bytes]) -> AsyncIterator[RawServer]:
    """Listen on a free port, answer each connection's request with one write, and hang up."""
    seen = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(65_536)
        seen.requests.append(request)
        writer.write(answer(request))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield seen


def raw_server(answer: bytes) -> AbstractAsyncContextManager[RawServer]:
    """Answer with these bytes; none just hangs up."""
    return _server(lambda request: answer)


def accepted(protocol: ServerProtocol, request: bytes) -> bytes:
    """Return the answer that upgrades to a WebSocket."""
    protocol.receive_data(request)
    [opening] = protocol.events_received()
    assert isinstance(opening, Request)
    protocol.send_response(protocol.accept(opening))
    return b"".join(protocol.data_to_send())


def upgrading_server(message: bytes, close_code: int, *, before: bytes = b"") -> AbstractAsyncContextManager[RawServer]:
    """Upgrade to a WebSocket, send a message and close it, all of it in the same bytes; `before` follows the upgrade."""

    def answer(request: bytes) -> bytes:
        protocol = ServerProtocol()
        upgrade = accepted(protocol, request)
        protocol.send_text(message)
        protocol.send_close(close_code)
        return upgrade + before + b"".join(protocol.data_to_send())

    return _server(answer)


@asynccontextmanager
async def forwarder(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Forward one connection, to a server that answers with these bytes; yield the URL, and what it is asked."""
    asked: list[bytes] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in (b"HTTP/1.1 200 Connection established\r\n\r\n", answer):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(each)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
