"""A server below the protocol: it reads one request and answers with whatever bytes a test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """What came in, one entry for each connection."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[RawServer]:
    """Listen on a free port; an empty answer just hangs up."""
    seen = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.requests.append(await reader.read(65_536))
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield seen
