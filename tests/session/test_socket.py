"""How messages come over a socket: whole, in order, and with an end that is noticed at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import accumulate, pairwise
import random

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.session import Connection, SessionError
from custom_components.realtime_assist.session.exceptions import ConnectionLost, QuotaExceeded
from custom_components.realtime_assist.session.frames import spans
from tests.session.house import MODEL


@asynccontextmanager
async def dialled(say: Callable[[ServerProtocol], None], *, cut: int = 1 << 20) -> AsyncIterator[Connection]:
    """Dial a server that says something along with the upgrade, and then neither speaks nor hangs up.

    Everything comes in pieces of `cut` bytes.
    """
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        protocol.receive_data(await reader.read(65_536))
        [request] = protocol.events_received()
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        say(protocol)
        said = b"".join(protocol.data_to_send())
        for at in range(0, len(said), cut):
            writer.write(said[at : at + cut])
            await asyncio.sleep(0)
        await done.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        endpoint = Endpoint(base_url=url, api_key="sk-test")
        connection = await Connection.dial(endpoint, MODEL, ssl_context=None, time_limit=30)
        try:
            yield connection
        finally:
            done.set()
            await connection.close()


async def heard(connection: Connection, count: int) -> list[bytes]:
    """Return the first messages."""
    messages: list[bytes] = []

    def take(piece: Sequence[bytes]) -> None:
        messages.extend(piece)
        if len(messages) == count:
            connection.leave()

    await connection.listen(take)
    return messages


@pytest.mark.parametrize("cut", [1, 2, 3, 1 << 20])
async def test_messages_that_come_along_with_the_upgrade_wait_for_whoever_takes_them(cut: int):
    def say(protocol: ServerProtocol) -> None:
        for number in range(3):
            protocol.send_text(b"%d" % number)

    async with dialled(say, cut=cut) as connection:
        await asyncio.sleep(0)

        assert await heard(connection, 3) == [b"0", b"1", b"2"]


async def test_message_in_pieces_comes_whole_and_in_its_place():
    def say(protocol: ServerProtocol) -> None:
        protocol.send_text(b"first")
        protocol.send_text(b"sec", fin=False)
        protocol.send_ping(b"in between")
        protocol.send_continuation(b"o", fin=False)
        protocol.send_continuation(b"nd", fin=True)
        protocol.send_text(b"", fin=False)
        protocol.send_continuation(b"third", fin=True)

    async with dialled(say) as connection:
        assert await heard(connection, 3) == [b"first", b"second", b"third"]


LONG, LONGEST = bytes(range(256)) * 2, bytes(70_000)


def everything(protocol: ServerProtocol) -> None:
    """Say messages of all lengths and kinds, and pings between them."""
    for message in (b"", b"short", LONG, LONGEST):
        protocol.send_text(message)
        protocol.send_ping(b"there?")
    protocol.send_binary(b"binary")
    protocol.send_text(b"in", fin=False)
    protocol.send_continuation(b" two", fin=True)
    protocol.send_text(b"last")


@pytest.mark.parametrize("cut", [7, 125, 129, 4096])
async def test_messages_are_the_same_however_they_are_cut_on_the_way(cut: int):
    async with dialled(everything, cut=cut) as connection:
        assert await heard(connection, 7) == [b"", b"short", LONG, LONGEST, b"binary", b"in two", b"last"]


@pytest.mark.parametrize("seed", range(20))
def test_frames_are_found_wherever_the_data_ends(seed: int):
    dice = random.Random(seed)
    payloads = [dice.randbytes(dice.choice([0, 1, 125, 126, 127, 400, 65_535, 65_536])) for _ in range(6)]
    frames = [
        Frame(dice.choice([Opcode.TEXT, Opcode.BINARY]), each).serialize(mask=dice.random() < 0.2) for each in payloads
    ]
    data, ends = b"".join(frames), list(accumulate(map(len, frames), initial=0))

    for size in {*dice.sample(range(len(data)), 200), *ends}:
        found, wanted = spans(data[:size])
        assert [(at, end) for at, _, end in found] == [pair for pair in pairwise(ends) if pair[1] <= size]
        begun = found[-1][2] if found else 0
        assert size - begun < wanted <= max(len(data) - begun, 2)
        assert all(end - begins == len(payload) for (_, begins, end), payload in zip(found, payloads, strict=False))


def among_fragments(protocol: ServerProtocol) -> None:
    """Say a message in the middle of another."""
    protocol.send_text(b"begun", fin=False)
    protocol.writes.append(Frame(Opcode.TEXT, b"{}").serialize(mask=False))


def goodbye(protocol: ServerProtocol) -> None:
    """Say goodbye without hanging up, and something after it."""
    protocol.send_close(CloseCode.TRY_AGAIN_LATER, "insufficient_quota")
    protocol.writes.append(Frame(Opcode.TEXT, b"{}").serialize(mask=False))


def masked(protocol: ServerProtocol) -> None:
    """Break the rules of a WebSocket."""
    protocol.writes.append(Frame(Opcode.TEXT, b"{}").serialize(mask=True))


def endless(protocol: ServerProtocol) -> None:
    """Announce a message that nobody can keep."""
    protocol.writes.append(b"\x81\x7f" + (1 << 40).to_bytes(8))


@pytest.mark.parametrize(
    ("say", "error_type", "code"),
    [
        (goodbye, QuotaExceeded, "insufficient_quota"),
        (masked, ConnectionLost, "close_1006"),
        (among_fragments, ConnectionLost, "close_1006"),
        (endless, ConnectionLost, "message_too_big"),
    ],
)
async def test_end_is_noticed_without_waiting_for_a_peer_to_hang_up(
    say: Callable[[ServerProtocol], None], error_type: type[SessionError], code: str
):
    async with dialled(say) as connection, asyncio.timeout(5):
        with pytest.raises(error_type, match=f"^{code}$"):
            await heard(connection, 1)


async def test_goodbye_in_the_middle_of_a_message_is_answered():
    """The rest of the message comes before the peer's own goodbye."""
    message = Frame(Opcode.TEXT, LONG).serialize(mask=False)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        protocol.receive_data(await reader.read(65_536))
        [request] = protocol.events_received()
        protocol.send_response(protocol.accept(request))
        protocol.send_text(b"first")
        writer.write(b"".join(protocol.data_to_send()) + message[:100])
        protocol.receive_data(await reader.read(65_536))
        writer.write(message[100:] + b"".join(protocol.data_to_send()))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        endpoint = Endpoint(base_url=url, api_key="sk-test")
        async with await Connection.dial(endpoint, MODEL, ssl_context=None, time_limit=30) as connection:
            assert await heard(connection, 1) == [b"first"]
        assert connection._socket.close_code == CloseCode.NORMAL_CLOSURE
