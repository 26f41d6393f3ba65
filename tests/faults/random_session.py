"""What users do with a session, in an order that chance decides, while the server breaks the wire as chance decides."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from custom_components.realtime_assist.realtime import ConversationItem, Limits, Usage, UserMessage
from custom_components.realtime_assist.session import RealtimeSession, SessionError, SessionLimits, Turn
from local_server.wire import RealtimeServer
from tests.session.house import House, answered, heard, pcm, said
from tests.session.tools import Tools

# What a server owes within this time it will not give any more.
HASTY = SessionLimits(
    connect=2.0,
    protocol=Limits(first_event=0.4, silence=0.4),
    transcript=0.4,
    tool=0.3,
    replay=5,
    unclaimed_audio=60,
)
CALL = {"name": "Lamp", "arguments": {"on": True}}
ANSWERS: tuple[Any, ...] = (
    {"text": "Yes.", "audio_ms": 40},
    {"text": "A longer answer, in more words.", "audio_ms": 900, "delta_delay": 0.001},
    {"calls": [CALL]},
    {"text": "Let me see.", "audio_ms": 20, "calls": [CALL, {"name": "Unknown", "arguments": {}}]},
    {"text": "Half", "audio_ms": 20, "status": "incomplete", "reason": "max_output_tokens"},
    {"text": "Slow.", "audio_ms": 20, "created_delay": 0.02},
)
BROKEN: tuple[Any, ...] = (
    {"status": "failed", "error": {"code": "server_error", "type": "server_error", "message": "Hm."}},
    {"text": "Filtered", "status": "incomplete", "reason": "content_filter"},
    {"status": "cancelled"},
)
TURNS: tuple[Any, ...] = ("Hello.", "", {"transcript": "Slowly.", "delay": 0.02})
BROKEN_TURNS: tuple[Any, ...] = ({"never": True}, {"error": {"code": "bad", "message": "Hm.", "type": "server_error"}})
EVENTS = (
    "*",
    "session.created",
    "input_audio_buffer.committed",
    "response.created",
    "response.output_item.added",
    "response.output_audio.delta",
    "response.output_item.done",
    "response.done",
)


def scenario(random: Random, *, calm: bool) -> dict[str, Any]:
    """Return what the server does; a calm one breaks nothing."""
    answers = ANSWERS if calm else (*ANSWERS, *BROKEN)
    turns = TURNS if calm else (*TURNS, *BROKEN_TURNS)
    return {
        "repeat": True,
        "turns": random.choices(turns, k=5),
        "responses": [random.choice(answers) | _faults(random, calm=calm) for _ in range(6)],
        "out_of_band": [{"text": "Read aloud.", "audio_ms": 60}],
    }


def _faults(random: Random, *, calm: bool) -> dict[str, Any]:
    """Return one way in three to break the wire during a response."""
    if calm or random.random() > 0.33:
        return {}
    kinds: tuple[dict[str, Any], ...] = (
        {"action": "drop"},
        {"action": "close", "code": random.choice([1000, 1001, 1011, 4000])},
        {"action": "half_json"},
        {"action": "binary"},
        {"action": "omit"},
        {"action": "duplicate"},
        {"action": "replay", "event": {"type": "response.done"}},
        {"action": "insert", "event": {"type": "error", "error": {"type": "server_error", "code": "odd"}}},
        {"action": "insert", "event": {"type": "response.created", "response": {"id": "resp_of_nobody"}}},
        {"action": "stall", "seconds": 0.02},
    )
    return {"faults": [{"after": random.choice(EVENTS), "count": random.randint(1, 4), **random.choice(kinds)}]}


@dataclass(slots=True)
class RandomUsers:
    """Everybody who does something with one session, and what they have begun."""

    house: House
    session: RealtimeSession
    random: Random
    calm: bool
    turns: list[Turn] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    tools: Tools = field(default_factory=Tools)
    history: tuple[ConversationItem, ...] = ()
    """What a chat log would hold."""

    async def run(self, steps: int) -> None:
        """Do so many things."""
        doings = [
            self._speak,
            self._speak,
            self._write,
            self._write,
            self._interrupt,
            self._take_back,
            self._read_aloud,
        ]
        if not self.calm:
            doings += [self._leave, self._break]
        for _ in range(steps):
            self.random.choice(doings)()
            await asyncio.sleep(self.random.choice([0.0, 0.0, 0.002, 0.01, 0.05]))

    async def finish(self) -> None:
        """Wait for what has been begun. Raises what no session may raise."""
        results: Sequence[object] = await asyncio.gather(*self.tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, SessionError | asyncio.CancelledError):
                raise result

    def _speak(self) -> None:
        """Say something, and perhaps have it answered."""
        turn = self.session.begin_turn(early=self.random.random() < 0.4)
        self.turns.append(turn)
        for part in range(self.random.randint(0, 8)):
            self.session.append(turn, pcm(0.05, seed=part))
        if turn.too_short:
            self.session.take_back(turn)
            return
        self.session.commit(turn)
        if self.random.random() < 0.8:
            self._begin(self._answer_spoken(turn))

    def _write(self) -> None:
        """Ask in writing."""
        turn = self.session.begin_turn(text="And now?")
        self.turns.append(turn)
        self._begin(self._answer(turn))

    def _interrupt(self) -> None:
        """Speak over a turn, whichever."""
        if self.turns:
            self.session.interrupt(self.random.choice(self.turns[-3:]))

    def _take_back(self) -> None:
        """Want nothing more of the last turn."""
        if self.turns and not self.turns[-1].answering:
            self.session.take_back(self.turns[-1])

    def _read_aloud(self) -> None:
        """Have a text read beside it all."""

        async def read() -> None:
            await said(self.session, "Read aloud.")

        self._begin(read())

    def _leave(self) -> None:
        """Go away while something is being answered."""
        if self.tasks:
            self.random.choice(self.tasks).cancel()

    def _break(self) -> None:
        """Cut the line."""
        server: RealtimeServer = self.house.server
        if server.connections and self.random.random() < 0.5:
            server.drop_connection()

    def _begin(self, doing: Any) -> None:
        self.tasks.append(asyncio.create_task(doing))

    async def _answer_spoken(self, turn: Turn) -> None:
        await self.session.transcript(turn)
        await self._answer(turn)

    async def _answer(self, turn: Turn) -> None:
        listening = asyncio.create_task(heard(turn)) if self.random.random() < 0.5 else None
        try:
            await answered(self.session, turn, self.history, self.tools)
            asked = turn.text if turn.text is not None else turn.transcript.result()
            self.history = (*self.history, UserMessage(asked), *turn.steps)
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])
                if not listening.cancelled():
                    listening.exception()


def counted(house: House, turns: Sequence[Turn]) -> Usage:
    """Return what has been counted, of turns and beside them."""
    return sum([*(turn.usage or Usage() for turn in turns), *house.used_beside], start=Usage())


def reported(server: RealtimeServer) -> Usage:
    """Return what the server has reported."""
    done = [
        event["response"]
        for connection in server.connections
        for event in connection.sent
        if event["type"] == "response.done"
    ]
    return sum((Usage.from_wire(response.get("usage")) or Usage() for response in done), start=Usage())
