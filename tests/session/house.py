"""A house to test in: its server, its sessions, its user's voice, and what the server was told."""

import asyncio
import base64
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol, Self

import numpy as np

from custom_components.realtime_assist.realtime import (
    ConversationItem,
    Endpoint,
    Limits,
    SessionConfig,
    Transcription,
    TranscriptionUsage,
    Usage,
)
from custom_components.realtime_assist.session import (
    Connection,
    Ladder,
    MessageStarted,
    RealtimeSession,
    Rung,
    SessionLimits,
    TextDelta,
    ToolCalled,
    ToolReturned,
    Turn,
)
from local_server.wire import RealtimeServer
from tests.session.tools import Tools

MODEL = "gpt-realtime-2.1"
CONFIG = SessionConfig(
    instructions="You are the voice of this house.", voice="marin", transcription=Transcription(model="gpt-transcribe")
)
# Nothing in a test takes this long: whoever waits for so long waits for ever.
PATIENT = SessionLimits(
    connect=30, protocol=Limits(first_event=30, silence=30), transcript=30, tool=30, replay=5, unclaimed_audio=60
)


def pcm(seconds: float, seed: int = 1) -> bytes:
    """Return PCM16 at 24 kHz that is its own at each place, and another for each seed."""
    samples = (seed * 7919 + np.arange(round(seconds * 24_000)) * 31) % 65_536
    return samples.astype("<u2").tobytes()


def base64_pcm(seconds: float, seed: int = 1) -> str:
    """Return speech as a scenario takes it."""
    return base64.b64encode(pcm(seconds, seed)).decode()


class Serve(Protocol):
    """Starts a server."""

    async def __call__(self, *, server_clock: Any = None, **scenario: Any) -> RealtimeServer: ...


class EverLater:
    """A clock of which every look is an hour later: no breaker stays open."""

    def __init__(self) -> None:
        self._now = 0.0

    def time(self) -> float:
        """Return the present."""
        self._now += 3600.0
        return self._now


class House:
    """One server and the sessions on it; all of them are closed at the end."""

    server: RealtimeServer

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._sessions: list[RealtimeSession] = []
        self.used_beside: list[Usage] = []
        """What responses have used that are part of no turn, in all sessions."""
        self.written_beside: list[TranscriptionUsage] = []
        """What it took to write down speech that was no turn's any more."""

    async def __aenter__(self) -> Self:
        """Return the empty house."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the sessions."""
        for session in self._sessions:
            await session.close()

    async def session(
        self,
        *,
        limits: SessionLimits = PATIENT,
        clock: Any = None,
        server_clock: Any = None,
        config: SessionConfig = CONFIG,
        ladder: Ladder | None = None,
        **scenario: Any,
    ) -> RealtimeSession:
        """Start the server that follows the scenario, and return a session with it."""
        self.server = await self._serve(server_clock=server_clock, **scenario)
        return self.another_session(limits=limits, clock=clock, config=config, ladder=ladder)

    def another_session(
        self,
        *,
        limits: SessionLimits = PATIENT,
        clock: Any = None,
        config: SessionConfig = CONFIG,
        ladder: Ladder | None = None,
        key: str = "sk-test",
        url: Callable[[], str] | None = None,
    ) -> RealtimeSession:
        """Return one more session with the same server, or with whatever listens at `url` when it dials."""

        async def dial(model: str) -> Connection:
            endpoint = Endpoint(base_url=self.server.url if url is None else url(), api_key=key)
            return await Connection.dial(endpoint, model, ssl_context=None, time_limit=limits.connect)

        def adapt(wanted: SessionConfig, rung: Rung) -> SessionConfig:
            # A rung has its own for the agent's voice; another one was asked for by the pipeline.
            return replace(wanted, voice=rung.voice) if wanted.voice == config.voice else wanted

        clock = clock or asyncio.get_running_loop()
        ladder = ladder or Ladder([Rung(model=MODEL, voice=config.voice)], EverLater())
        session = RealtimeSession(
            dial,
            ladder,
            config,
            adapt=adapt,
            clock=clock,
            limits=limits,
            used=lambda _, usage: self.used_beside.append(usage),
            transcribed=self.written_beside.append,
        )
        self._sessions.append(session)
        return session

    async def another_server(self, **scenario: Any) -> RealtimeServer:
        """Start one more server."""
        return await self._serve(**scenario)

    # What the server was told

    def told(self, connection: int = 0) -> list[str]:
        """Return what a connection was told, a short line for each event; appends are counted with their commit."""
        lines: list[str] = []
        num_bytes = 0
        for index, event in self.server.received:
            if index != connection:
                continue
            if event["type"] == "input_audio_buffer.append":
                num_bytes += len(base64.b64decode(event["audio"]))
                continue
            if event["type"] == "input_audio_buffer.commit":
                lines.append(f"commit {num_bytes} bytes")
                num_bytes = 0
                continue
            lines.append(_line(event))
        return lines

    def speech(self, connection: int = 0) -> bytes:
        """Return all PCM that a connection has sent."""
        return b"".join(
            base64.b64decode(event["audio"])
            for index, event in self.server.received
            if index == connection and event["type"] == "input_audio_buffer.append"
        )

    def conversation(self, connection: int = 0) -> list[str]:
        """Return the conversation as the server of a connection has it now."""
        session = self.server.connections[connection].session
        assert session is not None
        return [_item_line(item.wire) for item in session.conversation]

    def errors(self, connection: int = 0) -> list[str]:
        """Return the codes of the errors that a connection was sent."""
        sent = self.server.connections[connection].sent
        return [event["error"]["code"] for event in sent if event["type"] == "error"]


def _line(event: dict[str, Any]) -> str:
    match event:
        case {"type": "conversation.item.create", "item": item}:
            after = " (inserted)" if "previous_item_id" in event else ""
            return f"{_item_line(item)}{after}"
        case {"type": "response.create", "response": {"conversation": "none"}}:
            return "say"
        case {"type": "response.cancel", "response_id": _}:
            return "response.cancel by id"
    return str(event["type"])


def _item_line(item: dict[str, Any]) -> str:
    match item:
        case {"type": "function_call"}:
            return f"call {item['name']}"
        case {"type": "function_call_output"}:
            return f"output {item['output']}"
    [part] = item["content"] or [{}]
    return f"{item['role']}: {part.get('text') or part.get('transcript') or part.get('type')}"


def speak(session: RealtimeSession, turn: Turn, seconds: float = 0.5, seed: int = 1) -> bytes:
    """Say something in frames of 20 ms, as a microphone does; return it."""
    said = pcm(seconds, seed)
    for start in range(0, len(said), 960):
        session.append(turn, said[start : start + 960])
    return said


def spoken_turn(session: RealtimeSession, seconds: float = 0.5, seed: int = 1) -> Turn:
    """Begin a turn, say something and fall silent."""
    turn = session.begin_turn()
    speak(session, turn, seconds, seed)
    session.commit(turn)
    return turn


async def answered(
    session: RealtimeSession,
    turn: Turn,
    history: Sequence[ConversationItem] = (),
    tools: Tools | None = None,
    *,
    lines: list[str] | None = None,
) -> list[str]:
    """Answer the turn and return what happened, a line for each message, call and result.

    Give `lines` to have what happened before an error as well.
    """
    lines = [] if lines is None else lines
    async with aclosing(session.answer(turn, history, tools or Tools())) as events:
        async for event in events:
            match event:
                case MessageStarted():
                    lines.append("")
                case TextDelta():
                    lines[-1] += event.text
                case ToolCalled():
                    lines.append(f"called {event.call.name}")
                case ToolReturned():
                    lines.append(f"returned {dict(event.outcome.data)}")
    return lines


async def heard(turn: Turn) -> bytes:
    """Return the turn's audio. Raises what ended it early."""
    return b"".join([chunk async for chunk in turn.audio.claim()])


async def said(session: RealtimeSession, text: str) -> bytes:
    """Return a text read aloud."""
    return b"".join([chunk async for chunk in session.say(text)])


async def links_ended() -> None:
    """Return when no link is alive any more."""
    if links := [task for task in asyncio.all_tasks() if task.get_name() == "realtime link"]:
        await asyncio.wait(links)


async def opened() -> None:
    """Return when nothing is being opened any more."""
    if openings := [task for task in asyncio.all_tasks() if task.get_name() == "realtime session opening"]:
        await asyncio.wait(openings)
