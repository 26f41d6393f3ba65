"""Who answers: the script while it lasts, then the engine."""

from collections.abc import AsyncIterator, Awaitable, Callable
import sys
from typing import Final

import numpy as np
import orjson

from local_server.engine import Engine, Situation
from local_server.wire.answer import Answer, Call, ErrorDetails, Message, Status
from local_server.wire.audio_formats import BYTES_PER_MS
from local_server.wire.scenario import ConnectionStep, Cursor, Scenario, Speech, Turn

type Look = Callable[[], Awaitable[Situation]]
"""Returns the situation once all of it was heard."""


_TONE_PIECE_MS: Final = 1000
_TONE_MS_PER_CHARACTER: Final = 60
_NO_SPEECH: Final = Speech(start_ms=sys.maxsize, end_ms=sys.maxsize)
_EXHAUSTED: Final = Answer(
    status=Status.FAILED,
    error=ErrorDetails(
        code="scenario_exhausted",
        message="The scenario has no response left and there is no engine: add one to `responses`.",
    ),
)


class Mind:
    """Hears, answers and speaks for all sessions of a server, by script or by engine."""

    def __init__(self, scenario: Scenario, engine: Engine | None) -> None:
        self._engine = engine
        self._turns: Cursor[Turn] = Cursor(scenario.turns, repeat=scenario.repeat)
        self._last_turn = Turn()
        self._responses: Cursor[Answer] = Cursor(scenario.responses, repeat=scenario.repeat)
        out_of_band = scenario.out_of_band
        self._out_of_band = self._responses if out_of_band is None else Cursor(out_of_band, repeat=scenario.repeat)
        self._connections: Cursor[ConnectionStep] = Cursor(scenario.connections)
        self.answer: Answer | None = None
        """What every response is from here on, in place of what the script or the engine has; None follows these."""

    def take_connection(self) -> ConnectionStep:
        """Return what happens to the connection that comes now."""
        return self._connections.take() or ConnectionStep()

    @property
    def speech(self) -> Speech | None:
        """Where the coming turn's speech lies; None is for listening."""
        turn = self._turns.peek()
        if turn is not None:
            return turn.speech
        # A script that placed its speech and is at its end would hear the last turn for ever otherwise.
        return None if self._last_turn.speech is None else _NO_SPEECH

    def take_turn(self) -> Turn:
        """Return what is heard in the audio that is committed now."""
        self._last_turn = self._turns.take() or self._last_turn
        return self._last_turn

    async def hear(self, turn: Turn, pcm: bytes, situation: Situation) -> str:
        """Return what was said in `pcm` (PCM16 mono at 24,000 Hz)."""
        if turn.transcript is not None:
            return turn.transcript
        return "Hello." if self._engine is None else await self._engine.transcribe(pcm, situation)

    def take_answer(self, *, out_of_band: bool) -> Answer | None:
        """Return the script's next response, or None when it is the engine's turn to decide."""
        if self.answer is not None:
            return self.answer
        step = (self._out_of_band if out_of_band else self._responses).take()
        return _EXHAUSTED if step is None and self._engine is None else step

    async def decide(self, look: Look) -> Answer:
        """Return the engine's response to the situation."""
        if self._engine is None:
            return _EXHAUSTED
        decision = await self._engine.decide(await look())
        said = (Message(text=decision.text),) if decision.text else ()
        calls = (Call(name=call.name, arguments=orjson.dumps(dict(call.arguments)).decode()) for call in decision.calls)
        return Answer(output=(*said, *calls))

    def speak(self, message: Message, voice: str) -> AsyncIterator[bytes]:
        """Yield the voice of a message piece by piece, PCM16 mono at 24,000 Hz."""
        if message.pcm is not None:
            return _pieces(message.pcm)
        if message.audio_ms is None and self._engine is not None:
            return self._engine.speak(message.text, voice)
        duration_ms = len(message.text) * _TONE_MS_PER_CHARACTER if message.audio_ms is None else message.audio_ms
        return _pieces(tone(duration_ms))


async def _pieces(pcm: bytes) -> AsyncIterator[bytes]:
    size = _TONE_PIECE_MS * BYTES_PER_MS
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


def tone(duration_ms: int, frequency: float = 440.0, level: float = 0.25) -> bytes:
    """Return a sine as PCM16 mono at 24,000 Hz; the same arguments give the same bytes."""
    count = duration_ms * 24
    wave = np.sin(np.arange(count) * (2 * np.pi * frequency / 24_000)) * (level * 32_767)
    return bytes(wave.astype("<i2"))
