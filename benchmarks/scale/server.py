"""What does the far end of many satellites do? One server in a process of its own, with answers that were made before.

It tells its port in a line of JSON; each line on its stdin is answered by what it has seen since, in another.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
import json
import sys
import time
from typing import Any, override
from urllib.parse import urlsplit

import orjson
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from benchmarks.clients.events import Answer, event, item_events, session_event
from benchmarks.clients.stamps import DELTA_MS
from local_server.wire.admission import House
from local_server.wire.rest import MODELS_PATH, answer_rest

KEY = "sk-bench"
TRANSCRIPTION_SECONDS = 0.4
"""What a transcript takes after the commit."""
RESPONSE_SECONDS = 0.5
"""What a model takes from `response.create` to its first output."""
NUM_DELTAS = 12
"""An answer of 1.2 seconds, as fast as it is heard."""
_SENTENCE = "Is the light of number {} on?"


@dataclass(slots=True)
class Heard:
    """What came in one turn, and what was sent; times are `time.monotonic`."""

    sentence: str
    """The transcript, which no other turn has: so a satellite can be told which turn was its own."""
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """When each piece of audio came, and how many bytes of PCM had come by then."""
    first_audio: float | None = None


class FarEnd:
    """What all connections share."""

    def __init__(self) -> None:
        self.house = House(keys=[KEY], refused_keys={}, refused_models={})
        self._turns: list[Heard] = []
        self._num_turns = 0
        self._num_answers = 0
        self._cpu_seconds = 0.0

    def new_turn(self) -> Heard:
        """Return the next turn."""
        self._num_turns += 1
        self._turns.append(turn := Heard(sentence=_SENTENCE.format(self._num_turns)))
        return turn

    def next_answer(self) -> int:
        """Return the number of the next answer."""
        self._num_answers += 1
        return self._num_answers

    def take(self) -> dict[str, Any]:
        """Return all turns since this was last asked, and how much processor time was taken since."""
        turns, self._turns = self._turns, []
        before, self._cpu_seconds = self._cpu_seconds, time.process_time()
        return {"turns": [asdict(turn) for turn in turns], "cpu_seconds": self._cpu_seconds - before}


class ServedSatellite(asyncio.Protocol):
    """One session's socket."""

    def __init__(self, far_end: FarEnd) -> None:
        self._far_end = far_end
        self._websocket = ServerProtocol(max_size=None)
        self._transport: asyncio.Transport
        self._turn: Heard | None = None
        """The one that is being spoken."""
        self._committed: Heard | None = None
        self._num_bytes = 0
        self._last_item: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        for received in self._websocket.events_received():
            match received:
                case Request() if (path := urlsplit(received.path).path).startswith(MODELS_PATH):
                    self._websocket.send_response(answer_rest(path, received.headers, self._far_end.house))
                case Request():
                    self._websocket.send_response(self._websocket.accept(received))
                    if self._websocket.state is State.OPEN:
                        self._websocket.send_text(session_event("session.created"))
                case Frame(opcode=Opcode.TEXT | Opcode.CONT):
                    self._received(orjson.loads(received.data))
        self._flush()

    @override
    def eof_received(self) -> None:
        self._websocket.receive_eof()
        self._flush()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._tasks:
            task.cancel()

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
        if self._websocket.close_expected():
            self._transport.close()

    def _say(self, *messages: bytes) -> None:
        """Send messages in one piece."""
        if self._websocket.state is State.OPEN:
            for message in messages:
                self._websocket.send_text(message)
            self._flush()

    def _received(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "input_audio_buffer.append":
                self._appended(message["audio"])
            case "input_audio_buffer.commit":
                self._start(self._hear(self._turn or self._far_end.new_turn()))
                self._turn = None
            case "session.update":
                self._say(session_event("session.updated"))
            case "conversation.item.create":
                self._add({"id": f"item_{time.monotonic_ns()}", **message["item"]})
            case "conversation.item.delete":
                self._say(event("conversation.item.deleted", item_id=message["item_id"]))
            case "response.create":
                metadata = (message.get("response") or {}).get("metadata")
                self._start(self._answer(Answer(self._far_end.next_answer(), metadata)))

    def _appended(self, audio: str) -> None:
        if self._turn is None:
            self._turn, self._num_bytes = self._far_end.new_turn(), 0
        self._num_bytes += len(audio) * 3 // 4 - audio.count("=", -2)
        self._turn.arrivals.append((time.monotonic(), self._num_bytes))

    def _add(self, item: dict[str, Any]) -> None:
        self._say(*item_events(item, self._last_item))
        self._last_item = item["id"]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self, turn: Heard) -> None:
        """Make what was said an item, and say later what it was."""
        item_id, previous = f"item_heard_{time.monotonic_ns()}", self._last_item
        self._say(event("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous))
        content = [{"type": "input_audio", "transcript": None}]
        self._add({"id": item_id, "type": "message", "role": "user", "content": content})
        self._committed = turn
        await asyncio.sleep(TRANSCRIPTION_SECONDS)
        self._say(
            event(
                "conversation.item.input_audio_transcription.completed",
                item_id=item_id,
                content_index=0,
                transcript=turn.sentence,
                usage={"type": "duration", "seconds": 2},
            )
        )

    async def _answer(self, answer: Answer) -> None:
        """Answer at the pace of speech."""
        turn = self._committed
        created, *rest = answer.begin()
        self._say(created)
        await asyncio.sleep(RESPONSE_SECONDS)
        begun = time.monotonic()
        if turn is not None:
            turn.first_audio = begun
        self._say(*rest, answer.delta())
        for number in range(1, NUM_DELTAS):
            await asyncio.sleep(begun + number * DELTA_MS / 1000 - time.monotonic())
            self._say(answer.delta())
        self._say(*answer.end())


async def serve() -> None:
    """Serve until stdin ends."""
    far_end = FarEnd()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: ServedSatellite(far_end), "127.0.0.1", 0, backlog=256)
    print(json.dumps({"base_url": f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"}), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(far_end.take()), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
