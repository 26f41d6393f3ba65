"""Recorded conversations are taken by a whole session: what reaches its user is what the recordings say.

The server here says what was recorded, in that order. It waits where the recorded answer could not have come sooner:
for the first frame of speech, and for each request for a response.
"""

import asyncio
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from custom_components.realtime_assist.realtime import (
    DIALECTS,
    AssistantMessage,
    ConversationItem,
    DialectName,
    Endpoint,
    FunctionTool,
    Modality,
    ServerVad,
    SessionConfig,
    Transcription,
    Usage,
    UserMessage,
)
from custom_components.realtime_assist.realtime.catalog import model
from custom_components.realtime_assist.realtime.pricing import cost
from custom_components.realtime_assist.session import (
    Connection,
    Ladder,
    RealtimeSession,
    Rung,
    TextDelta,
    ToolCalled,
    Turn,
)
from tests.captures import OPENAI_CAPTURES, VOICE_LIVE_CAPTURES, XAI_CAPTURES, Interactions, capture
from tests.session.house import PATIENT, EverLater, speak
from tests.session.tools import Tools

Message = dict[str, Any]
WAITED_FOR = {"input_audio_buffer.append", "response.create"}


class Recording:
    """One recorded conversation, and what its own summaries say of it."""

    def __init__(self, name: str) -> None:
        self.dialect = DialectName.GA
        if name in XAI_CAPTURES:
            self.dialect = DialectName.XAI
        elif name in VOICE_LIVE_CAPTURES:
            self.dialect = DialectName.VOICE_LIVE
        self.conversation: Interactions = capture(name)
        [greeting] = self.received("session.created")
        self.model: str = greeting["session"]["model"]
        [update, *_] = [event for way, event in self.conversation if way == "sent"]
        self.session: Message = update["session"]

    def received(self, event_type: str) -> list[Message]:
        return [event for way, event in self.conversation if way == "received" and event["type"] == event_type]

    @property
    def spoken(self) -> bool:
        return any(event["type"] == "input_audio_buffer.append" for way, event in self.conversation if way == "sent")

    @property
    def outputs(self) -> list[Message]:
        return [output for done in self.received("response.done") for output in done["response"]["output"]]

    @property
    def words(self) -> str:
        parts = [part for output in self.outputs for part in output.get("content", ())]
        return "".join(part.get("text") or part.get("transcript") or "" for part in parts)

    @property
    def pcm(self) -> bytes:
        deltas = self.received("response.output_audio.delta") + self.received("response.audio.delta")
        return b"".join(b64decode(delta["delta"]) for delta in deltas)

    @property
    def usage(self) -> Usage:
        total = Usage()
        for done in self.received("response.done"):
            counted = Usage.from_wire(done["response"]["usage"] or done.get("usage"))
            assert counted is not None
            total += counted
        return total

    @property
    def told(self) -> list[ConversationItem]:
        """What the recorded client told before it first asked for a response."""
        items: list[ConversationItem] = []
        for way, event in self.conversation:
            if way == "sent" and event["type"] == "response.create":
                break
            match event:
                case {"type": "conversation.item.create", "item": {"role": role, "content": [{"text": text}]}}:
                    items.append(UserMessage(text) if role == "user" else AssistantMessage(text))
        return items

    @property
    def config(self) -> SessionConfig:
        text = ["text"] in (self.session.get("modalities"), self.session.get("output_modalities"))
        return SessionConfig(
            instructions=self.session["instructions"],
            tools=[
                FunctionTool(name=tool["name"], description=tool["description"], parameters=tool["parameters"])
                for tool in self.session.get("tools", ())
            ],
            modality=Modality.TEXT if text else Modality.AUDIO,
            voice="alloy",
            transcription=Transcription(model="whisper-1"),
            turn_detection=ServerVad() if self.spoken else None,
        )


@asynccontextmanager
async def server_of(recording: Recording) -> AsyncIterator[tuple[str, list[str]]]:
    """Say what was recorded; yield the address, and what is being said there by the client."""
    heard: list[str] = []

    async def say(connection: ServerConnection) -> None:
        waited: Counter[str] = Counter()
        arrived: Counter[str] = Counter()
        for way, event in recording.conversation:
            if way == "received":
                await connection.send(orjson.dumps(event).decode())
                continue
            if event["type"] not in WAITED_FOR or (event["type"] in waited and "append" in event["type"]):
                continue
            waited[event["type"]] += 1
            while arrived[event["type"]] < waited[event["type"]]:
                message = orjson.loads(await connection.recv())
                arrived[message["type"]] += 1
                heard.append(message["type"])
        heard.extend([orjson.loads(message)["type"] async for message in connection])

    async def say_until_left(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await say(connection)

    async with serve(say_until_left, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1", heard


@asynccontextmanager
async def session_with(recording: Recording, url: str) -> AsyncIterator[RealtimeSession]:
    async def dial(model_id: str) -> Connection:
        return await Connection.dial(Endpoint(base_url=url), model_id, ssl_context=None, time_limit=30)

    session = RealtimeSession(
        dial,
        Ladder([Rung(model=recording.model, voice="alloy")], EverLater()),
        recording.config,
        adapt=lambda wanted, rung: wanted,
        clock=asyncio.get_running_loop(),
        limits=PATIENT,
        dialect=DIALECTS[recording.dialect],
    )
    try:
        yield session
    finally:
        await session.close()


async def taken(recording: Recording, session: RealtimeSession) -> tuple[Turn, str, list[tuple[str, Any]]]:
    """Take the recorded turn; return it with the words that were said and the tools that were called."""
    words = ""
    history: list[ConversationItem] = []
    if recording.spoken:
        turn = session.begin_turn()
        speak(session, turn)
        assert (
            await session.transcript(turn)
            == recording.received("conversation.item.input_audio_transcription.completed")[-1]["transcript"]
        )
    else:
        [*history, asked] = recording.told
        assert isinstance(asked, UserMessage)
        turn = session.begin_turn(text=asked.text)
    tools = Tools()
    called = []
    async with aclosing(session.answer(turn, history, tools)) as events:
        async for event in events:
            match event:
                case TextDelta():
                    words += event.text
                case ToolCalled(call):
                    called.append((call.name, orjson.loads(call.arguments)))
    assert [name for name, _ in tools.calls] == [name for name, _ in called]
    return turn, words, called


@pytest.mark.parametrize("name", [*OPENAI_CAPTURES, *XAI_CAPTURES, *VOICE_LIVE_CAPTURES])
async def test_a_session_takes_a_recorded_turn(name: str):
    recording = Recording(name)
    finished = asyncio.Event()
    async with server_of(recording) as (url, heard), session_with(recording, url) as session:
        turn, words, called = await taken(recording, session)
        turn.on_finished(lambda _: finished.set())
        pcm = b"".join([chunk async for chunk in turn.audio.claim()])
        await finished.wait()

    assert words == recording.words
    assert pcm == recording.pcm
    assert called == [
        (output["name"], orjson.loads(output["arguments"]))
        for output in recording.outputs
        if output["type"] == "function_call"
    ]
    assert turn.error is None
    assert turn.usage == recording.usage
    # A price that nobody has published is unknown, and never nothing.
    known = recording.dialect is DialectName.GA
    assert (cost(turn.usage, model(recording.model).prices).total is not None) is known
    assert Counter(heard)["session.update"] == 1
