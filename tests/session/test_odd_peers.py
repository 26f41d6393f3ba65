"""Peers that go away in odd ways, or take nothing of what they ask for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest
from websockets.server import ServerProtocol

from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.session import socket
from custom_components.realtime_assist.session.connection import Connection
from custom_components.realtime_assist.session.exceptions import ConnectionLost, HungUp
from custom_components.realtime_assist.session.socket import MAX_MESSAGE_BYTES, MAX_UNSENT_BYTES, Socket
from tests.session.raw_server import accepted, raw_server

type Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

FEW_BYTES = 65_536
PING = bytes([0x89, 125]) + b"?" * 125


@asynccontextmanager
async def connected(behave: Behave) -> AsyncIterator[Connection]:
    """Yield a connection to a server that upgrades, and then does as it is told."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        writer.write(accepted(protocol, await reader.readuntil(b"\r\n\r\n")))
        await behave(reader, writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        endpoint = Endpoint(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        async with await Connection.dial(endpoint, "model", ssl_context=None, time_limit=30.0) as connection:
            yield connection
        server.abort_clients()


async def test_peer_that_is_gone_before_anybody_sees_who_it_is_has_hung_up(monkeypatch: pytest.MonkeyPatch):
    # asyncio knows no address of a socket that was reset in the moment in which it was opened.
    monkeypatch.setattr(Socket, "remote_address", None)
    async with raw_server(b"") as server:
        with pytest.raises(HungUp):
            await Connection.dial(Endpoint(base_url=server.url), "model", ssl_context=None, time_limit=30.0)


@pytest.mark.parametrize("spare", [0, 5, 10, 11])
async def test_message_of_just_the_longest_length_is_followed_by_the_next(spare: int):
    """Its frame comes in two pieces, as any of that size does."""
    payload = b"A" * (MAX_MESSAGE_BYTES - spare)

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes([0x81, 127]) + len(payload).to_bytes(8, "big") + payload[:1000])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(payload[1000:] + bytes([0x81, 5]) + b"after")

    come: list[bytes] = []
    async with connected(send) as connection, asyncio.timeout(20):

        def take(messages: Sequence[bytes]) -> None:
            come.extend(messages)
            if len(come) > 1:
                connection.leave()

        await connection.listen(take)
    assert [len(message) for message in come] == [len(payload), len(b"after")]


async def test_peer_that_ends_its_half_and_takes_nothing_is_known_to_be_over():
    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        await asyncio.sleep(0.1)
        writer.write_eof()

    async with connected(turn_away) as connection, asyncio.timeout(20):
        connection.send([b"x" * (MAX_UNSENT_BYTES - 1)])
        with pytest.raises(ConnectionLost):
            await connection.listen(bool)


async def test_peer_that_asks_for_ever_whether_anybody_is_there_and_takes_no_answer_is_left(
    monkeypatch: pytest.MonkeyPatch,
):
    # A ping has 125 bytes at most: it takes a while until so many answers wait that nobody takes.
    monkeypatch.setattr(socket, "MAX_UNSENT_BYTES", FEW_BYTES)

    async def ask(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        while not writer.transport.is_closing():
            writer.write(PING * 1000)
            await writer.drain()

    async with connected(ask) as connection, asyncio.timeout(60):
        with pytest.raises(ConnectionLost):
            await connection.listen(bool)
