"""Ours: a session as Home Assistant's floor drives it, with the resampler before it and the turn's own audio behind it."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from typing import Any

from homeassistant.util.ssl import get_default_context

from benchmarks.clients.drivers.driver import INSTRUCTIONS, KEY, MODEL, QUESTION, VOICE, OnPcm
from benchmarks.clients.stamps import FRAME_MS
from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    ConversationItem,
    Endpoint,
    SessionConfig,
    UserMessage,
)
from custom_components.realtime_assist.realtime.audio import PIPELINE, WIRE, Converter, byte_count
from custom_components.realtime_assist.session import (
    Connection,
    Ladder,
    RealtimeSession,
    Rung,
    SessionLimits,
    ToolFailed,
    ToolOutcome,
    Turn,
)

_LIMITS = SessionLimits()
_CONFIG = SessionConfig(instructions=INSTRUCTIONS, voice=VOICE)


@cache
def _ladder() -> Ladder:
    return Ladder([Rung(model=MODEL, voice=VOICE)], asyncio.get_running_loop())


class Ours:
    """One conversation's session."""

    frame = bytes(byte_count(FRAME_MS / 1000, PIPELINE))

    def __init__(self) -> None:
        self._session: RealtimeSession
        self._listening: Turn | None = None
        self._converter = Converter(PIPELINE, WIRE)
        self._history: list[ConversationItem] = []

    async def connect(self, base_url: str) -> None:
        """Open the socket in the background, as a warm spare is."""

        async def dial(model: str) -> Connection:
            endpoint = Endpoint(base_url=base_url, api_key=KEY)
            return await Connection.dial(endpoint, model, ssl_context=get_default_context(), time_limit=_LIMITS.connect)

        self._session = RealtimeSession(
            dial,
            _ladder(),
            _CONFIG,
            adapt=lambda config, rung: replace(config, voice=rung.voice),
            clock=asyncio.get_running_loop(),
            limits=_LIMITS,
        )
        self._session.prepare()

    async def respond(self, on_pcm: OnPcm) -> None:
        """Claim the audio of a turn and answer it, in a task each."""
        turn = self._session.begin_turn(text=QUESTION)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(turn, on_pcm))
            tasks.create_task(self._answer(turn))
        self._history += [UserMessage(QUESTION), AssistantMessage(turn.answer_text)]
        self._session.remember(self._history)

    async def _hear(self, turn: Turn, on_pcm: OnPcm) -> None:
        async with aclosing(turn.audio.claim()) as chunks:
            async for pcm in chunks:
                on_pcm(pcm)

    async def _answer(self, turn: Turn) -> None:
        async with aclosing(self._session.answer(turn, self._history, _NoTools())) as events:
            async for _ in events:
                pass

    async def append(self, frame: bytes) -> None:
        """Resample speech and send it."""
        if self._listening is None or self._listening.finished:
            self._listening = self._session.begin_turn()
        self._session.append(self._listening, self._converter.process(frame))

    async def close(self) -> None:
        """End the session."""
        await self._session.close()


class _NoTools:
    """The server calls no tools."""

    async def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        raise ToolFailed(name, f"{call_id} asks for {name} with {len(arguments)} arguments")


make = Ours
