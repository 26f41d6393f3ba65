"""How does one talk to a realtime server without Home Assistant? Through the integration's own sessions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
import contextlib
from dataclasses import dataclass, field, replace
from decimal import Decimal
import ssl
from typing import Any, override

from custom_components.realtime_assist.realtime import Endpoint, SessionConfig, Transcription
from custom_components.realtime_assist.realtime.audio import PIPELINE, WIRE, Converter
from custom_components.realtime_assist.realtime.catalog import (
    DEFAULT_REASONING_EFFORT,
    DEFAULT_TRANSCRIPTION_MODEL,
    model,
    transcription_model,
)
from custom_components.realtime_assist.realtime.model_choice import Wishes, met
from custom_components.realtime_assist.realtime.pricing import cost, transcription_cost
from custom_components.realtime_assist.session import (
    Connection,
    Ladder,
    RealtimeSession,
    Rung,
    SessionError,
    SessionLimits,
    ToolExecutor,
    ToolFailed,
    ToolOutcome,
    Turn,
)

MAX_OUTPUT_TOKENS = 400
"""Of one response: no answer here is longer, so nothing can cost more than was said before."""
INSTRUCTIONS = "You are being tried out. Speak English. Answer in one short sentence."
_BILL_SECONDS = 5
_CHUNK = 3200  # A tenth of a second at 16 kHz.


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One turn as its user had it. `pcm` is PCM16 mono at 24 kHz; `error` says why it broke off."""

    turn: Turn
    transcript: str = ""
    pcm: bytes = field(default=b"", repr=False)
    error: SessionError | None = None

    @property
    def spent(self) -> Decimal | None:
        """Return the USD of the turn; None where a price or the usage is unknown."""
        answered = "" if self.turn.rung is None else self.turn.rung.model
        heard = transcription_cost(self.turn.transcription, transcription_model(DEFAULT_TRANSCRIPTION_MODEL).prices)
        return (cost(self.turn.usage, model(answered).prices) + heard).total


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveServer:
    """The server that is talked to."""

    endpoint: Endpoint
    ssl_context: ssl.SSLContext | None = None
    limits: SessionLimits = field(default_factory=SessionLimits)

    @contextlib.asynccontextmanager
    async def session(self, rungs: Sequence[Rung]) -> AsyncIterator[RealtimeSession]:
        """Give a session whose turns go down these rungs; it is closed at the end."""
        clock = asyncio.get_running_loop()
        config = SessionConfig(
            instructions=INSTRUCTIONS,
            voice=rungs[0].voice,
            transcription=Transcription(model=DEFAULT_TRANSCRIPTION_MODEL, language="en"),
            max_output_tokens=MAX_OUTPUT_TOKENS,
        )
        session = RealtimeSession(
            self._dial, Ladder(rungs, clock), config, adapt=_adapted, clock=clock, limits=self.limits
        )
        try:
            yield session
        finally:
            await session.close()

    async def _dial(self, model_id: str) -> Connection:
        return await Connection.dial(
            self.endpoint, model_id, ssl_context=self.ssl_context, time_limit=self.limits.connect
        )


async def write(session: RealtimeSession, text: str) -> Talk:
    """Say something in writing and hear the answer."""
    return await _answered(session, session.begin_turn(text=text))


async def speak(session: RealtimeSession, pcm: bytes) -> Talk:
    """Say PCM16 mono at 16 kHz, in real time as a satellite does, and hear the answer."""
    turn = session.begin_turn()
    converter = Converter(PIPELINE, WIRE)
    for start in range(0, len(pcm), _CHUNK):
        session.append(turn, converter.process(pcm[start : start + _CHUNK]))
        await asyncio.sleep(_CHUNK / PIPELINE.frame_size / PIPELINE.rate)
    session.append(turn, converter.flush())
    session.commit(turn)
    try:
        transcript = await session.transcript(turn)
    except SessionError as err:
        return Talk(turn=turn, error=err)
    return replace(await _answered(session, turn), transcript=transcript)


class _NoTools(ToolExecutor):
    """Nobody offers a tool here, so a call is the model's mistake."""

    @override
    async def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        raise ToolFailed("UnknownTool", f"There is no tool {name}")


async def _answered(session: RealtimeSession, turn: Turn) -> Talk:
    """Have the turn answered and take its sound."""
    async with asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(_heard(turn), name="live check loudspeaker")
        try:
            async with contextlib.aclosing(session.answer(turn, (), _NoTools())) as events:
                async for _ in events:
                    pass
        except SessionError as err:
            return Talk(turn=turn, error=err)
    await _billed(turn)
    return Talk(turn=turn, pcm=heard.result())


async def _billed(turn: Turn) -> None:
    """Wait for what the answer has used, which comes after its last sound; a server may never say so."""
    known = asyncio.Event()
    turn.on_finished(lambda _: known.set())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(known.wait(), _BILL_SECONDS)


async def _heard(turn: Turn) -> bytes:
    """Return the answer's sound as far as it came."""
    pcm = bytearray()
    # An answer that breaks off is told by the answer's own error.
    with contextlib.suppress(SessionError):
        async for chunk in turn.audio.claim():
            pcm += chunk
    return bytes(pcm)


def _adapted(config: SessionConfig, rung: Rung) -> SessionConfig:
    """Return the configuration as a rung's model can meet it."""
    possible = met(Wishes(reasoning_effort=DEFAULT_REASONING_EFFORT), model(rung.model).capabilities).wishes
    return replace(config, voice=rung.voice, reasoning_effort=possible.reasoning_effort)
