"""Whom do all clients talk to? One server in a process of its own, told between measurements how to answer.

A line of JSON on stdin, `{"command": ..., ...}`, is answered by one on stdout.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
import sys
import time
from typing import Any, override

import orjson
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from benchmarks.clients.certificates import server_context
from benchmarks.clients.events import Answer, item_events, session_event
from benchmarks.clients.stamps import DELTA_MS
from benchmarks.clients.workloads import Workload

_APPEND = b"input_audio_buffer.append"
# What a client has to do before the first delta that comes alone.
_HEAD_START = 0.02


@dataclass(slots=True)
class Seen:
    """What clients have done since this was asked last."""

    configured: list[int] = field(default_factory=list)
    """When each session was told what it is, in nanoseconds of CLOCK_MONOTONIC."""
    audio_characters: int = 0
    """How much base64 was appended, with the JSON around it."""


class Server:
    """What all connections share: how to answer, and what was seen."""

    def __init__(self) -> None:
        self.workload = Workload.ALONE
        self.speed = 1.0
        self.num_deltas = 1
        self.seen = Seen()
        self._num_answers = 0

    def answer(self, metadata: Mapping[str, Any] | None) -> Answer:
        """Return the next answer."""
        self._num_answers += 1
        return Answer(self._num_answers, metadata)

    def obey(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the conductor says; return the reply."""
        match command:
            case {"command": "answer", "workload": name, "num_deltas": num_deltas, "speed": speed}:
                self.workload, self.num_deltas, self.speed = Workload(name), num_deltas, speed
                return {}
            case {"command": "seen"}:
                seen, self.seen = self.seen, Seen()
                return {"configured": seen.configured, "audio_characters": seen.audio_characters}
        raise ValueError(f"unknown command: {command}")


class ServedConnection(asyncio.Protocol):
    """One client's socket; several messages leave in one piece where they are said at once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._websocket = ServerProtocol(max_size=None)
        self._transport: asyncio.Transport
        self._configured = False
        self._last_item: str | None = None
        self._answering: asyncio.Task[None] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        for received in self._websocket.events_received():
            match received:
                case Request():
                    self._websocket.send_response(self._websocket.accept(received))
                    if self._websocket.state is State.OPEN:
                        self._websocket.send_text(session_event("session.created"))
                case Frame(opcode=Opcode.TEXT | Opcode.CONT):
                    self._received(bytes(received.data))
        self._flush()

    @override
    def eof_received(self) -> None:
        self._websocket.receive_eof()
        self._flush()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._answering is not None:
            self._answering.cancel()

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
        if self._websocket.close_expected():
            self._transport.close()

    def _say(self, messages: list[bytes]) -> None:
        """Send messages in one piece."""
        if self._websocket.state is not State.OPEN:
            return
        for message in messages:
            self._websocket.send_text(message)
        self._transport.write(b"".join(self._websocket.data_to_send()))

    def _received(self, message: bytes) -> None:
        if _APPEND in message:
            self._server.seen.audio_characters += len(message)
            return
        event = orjson.loads(message)
        match event["type"]:
            case "session.update":
                if not self._configured:
                    self._server.seen.configured.append(time.monotonic_ns())
                    self._configured = True
                self._say([session_event("session.updated")])
            case "conversation.item.create":
                item = {"id": f"item_{time.monotonic_ns()}", **event["item"]}
                self._say(item_events(item, self._last_item))
                self._last_item = item["id"]
            case "response.create":
                metadata = (event.get("response") or {}).get("metadata")
                self._answering = asyncio.create_task(self._answer(self._server.answer(metadata)))

    async def _answer(self, answer: Answer) -> None:
        server = self._server
        match server.workload:
            case Workload.ALONE:
                self._say(answer.begin())
                await asyncio.sleep(_HEAD_START)
                self._say([answer.delta()])
                await asyncio.sleep(_HEAD_START)
            case Workload.BURST:
                self._say([*answer.begin(), answer.delta()])
                await asyncio.sleep(_HEAD_START)
            case Workload.PACED:
                self._say(answer.begin())
                await self._paced(answer)
            case Workload.FLOOD:
                self._say(answer.begin())
                for _ in range(server.num_deltas):
                    self._say([answer.delta()])
        self._say(answer.end())

    async def _paced(self, answer: Answer) -> None:
        """Say the deltas one by one, as they would be played, or faster."""
        begun = time.monotonic()
        pause = DELTA_MS / 1000 / self._server.speed
        for number in range(self._server.num_deltas):
            await asyncio.sleep(begun + number * pause - time.monotonic())
            self._say([answer.delta()])


async def serve(certificates: Path) -> None:
    """Serve with and without TLS until stdin ends."""
    server = Server()
    loop = asyncio.get_running_loop()

    def connection() -> ServedConnection:
        return ServedConnection(server)

    plain = await loop.create_server(connection, "127.0.0.1", 0)
    secure = await loop.create_server(connection, "127.0.0.1", 0, ssl=server_context(certificates))
    ports = [listener.sockets[0].getsockname()[1] for listener in (plain, secure)]
    print(json.dumps({"ws": f"ws://127.0.0.1:{ports[0]}/v1", "wss": f"wss://127.0.0.1:{ports[1]}/v1"}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(server.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
