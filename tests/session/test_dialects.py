"""Whole turns with servers that speak the protocol in another way, or less of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    DIALECTS,
    AssistantMessage,
    DialectName,
    Endpoint,
    FunctionTool,
    Modality,
    ServerVad,
    SessionConfig,
    Transcription,
    UserMessage,
)
from custom_components.realtime_assist.session import Clock, Connection, Ladder, RealtimeSession, Rung, SessionError
from custom_components.realtime_assist.session.speech_endpoint import Speak
from local_server.wire import RealtimeServer, scenario_from_dict
from tests.session.house import PATIENT, EverLater, answered, heard, said, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.tools import Tools

TURN_ON = FunctionTool(name="TurnOn", description="Turns on.", parameters={"type": "object", "properties": {}})
CALL = {"calls": [{"name": "TurnOn", "arguments": {"name": "Lamp"}, "call_id": "call_1"}]}
HISTORY = (UserMessage("My name is Ada."), AssistantMessage("Hello Ada."))


@dataclass(frozen=True)
class Other:
    """A kind of server: its dialect, what it passes for here, and what it is asked for."""

    dialect: DialectName
    accent: str
    model: str
    voice: str


XAI = Other(DialectName.XAI, "xai", "grok-voice-latest", "ara")
BETA = Other(DialectName.BETA, "beta", "gpt-4o-realtime-preview", "alloy")
SPEACHES = Other(DialectName.SPEACHES, "speaches", "my-pipeline", "af_heart")
VOICE_LIVE = Other(DialectName.VOICE_LIVE, "voice_live", "gpt-4o-realtime-preview", "alloy")
AZURE = Other(DialectName.AZURE, "ga", "gpt-realtime-2.1", "marin")
LOCALAI = Other(DialectName.LOCALAI, "ga", "gpt-realtime-2.1", "marin")
SPEECH_TO_SPEECH = Other(DialectName.SPEECH_TO_SPEECH, "ga", "gpt-realtime-2.1", "marin")
VLLM_OMNI = Other(DialectName.VLLM_OMNI, "ga", "gpt-realtime-2.1", "marin")
ALL = (XAI, BETA, SPEACHES, VOICE_LIVE, AZURE, LOCALAI, VLLM_OMNI)

type Meet = Callable[..., Awaitable[tuple[RealtimeServer, RealtimeSession]]]


@pytest.fixture
async def meet() -> AsyncIterator[Meet]:
    """Start servers of a kind, each with a session."""
    async with AsyncExitStack() as stack:

        async def start(
            other: Other, *, speak: Speak | None = None, clock: Clock | None = None, **scenario: Any
        ) -> tuple[RealtimeServer, RealtimeSession]:
            server = RealtimeServer(scenario=scenario_from_dict(scenario), accent=other.accent)
            await stack.enter_async_context(server)

            async def dial(model: str) -> Connection:
                endpoint = Endpoint(base_url=server.url, api_key="sk-test", dialect=other.dialect)
                return await Connection.dial(endpoint, model, ssl_context=None, time_limit=30)

            config = SessionConfig(
                instructions="Be brief.",
                tools=(TURN_ON,),
                voice=other.voice,
                transcription=Transcription(model="grok-transcribe" if other is XAI else "whisper-1"),
            )
            session = RealtimeSession(
                dial,
                Ladder([Rung(model=other.model, voice=other.voice)], EverLater()),
                config,
                adapt=lambda wanted, rung: wanted,
                clock=clock or asyncio.get_running_loop(),
                limits=replace(PATIENT, transcript=10),
                dialect=DIALECTS[other.dialect],
                speak=speak,
            )
            stack.push_async_callback(session.close)
            return server, session

        yield start


def told(server: RealtimeServer, *, of: str = "") -> list[str]:
    """Return the types of what a server was told, apart from the audio."""
    types = [event["type"] for _, event in server.received]
    return [name for name in types if name != "input_audio_buffer.append" and name.startswith(of)]


def refusals(server: RealtimeServer) -> list[str]:
    sent = [event for connection in server.connections for event in connection.sent]
    return [event["error"]["code"] for event in sent if event["type"] == "error"]


@pytest.mark.parametrize("other", ALL, ids=lambda other: other.dialect)
async def test_a_spoken_turn_with_a_tool_goes_from_speech_to_speech(meet: Meet, other: Other):
    server, session = await meet(
        other, turns=["Turn on the lamp."], responses=[{"text": "One moment.", **CALL}, "The lamp is on."]
    )
    turn = spoken_turn(session)
    assert await session.transcript(turn) == "Turn on the lamp."
    lines = await answered(session, turn)
    assert lines == ["One moment.", "called TurnOn", "returned {'done': 'TurnOn'}", "The lamp is on."]
    assert await heard(turn)
    assert turn.usage is not None
    assert turn.usage.output.audio > 0
    assert refusals(server) == []
    assert len(server.connections) == 1


@pytest.mark.parametrize("other", ALL, ids=lambda other: other.dialect)
async def test_a_conversation_goes_on_and_is_told_to_a_new_socket(meet: Meet, other: Other):
    server, session = await meet(other, responses=["You are Ada.", "Good night."])
    assert await answered(session, session.begin_turn(text="Who am I?"), HISTORY) == ["You are Ada."]
    first = [event["item"] for _, event in server.received if event["type"] == "conversation.item.create"]
    assert [item["role"] for item in first] == ["user", "assistant", "user"]
    history = (*HISTORY, UserMessage("Who am I?"), AssistantMessage("You are Ada."))
    assert await answered(session, session.begin_turn(text="Bye."), history) == ["Good night."]
    assert refusals(server) == []
    assert len(server.connections) == 1


@pytest.mark.parametrize("other", ALL, ids=lambda other: other.dialect)
async def test_a_turn_that_nobody_claims_leaves_nothing_behind(meet: Meet, other: Other):
    server, session = await meet(
        other, turns=["Stop.", "What time is it?"], responses=["Stopping.", *["It is noon."] * 2]
    )
    unclaimed = spoken_turn(session)
    await session.transcript(unclaimed)
    session.take_back(unclaimed)
    turn = spoken_turn(session, seed=2)
    assert await session.transcript(turn) == "What time is it?"
    history = (UserMessage("Stop."), AssistantMessage("Stopped."))
    # Who answers unasked has taken the first answer for the first speech.
    assert await answered(session, turn, history) == ["It is noon." if other is XAI else "Stopping."]
    speaking = server.connections[-1].session
    assert speaking is not None
    transcripts = [part.get("transcript") for item in speaking.conversation for part in item.wire.get("content", ())]
    assert transcripts.count("Stop.") == 0
    assert [code for code in refusals(server) if code != "response_cancel_not_active"] == []


@pytest.mark.parametrize("other", ALL, ids=lambda other: other.dialect)
async def test_an_early_answer_is_the_answer(meet: Meet, other: Other):
    server, session = await meet(other, turns=["What time is it?"], responses=["It is noon."])
    turn = session.begin_turn(early=True)
    speak(session, turn)
    session.commit(turn)
    assert await session.transcript(turn) == "What time is it?"
    assert await answered(session, turn) == ["It is noon."]
    assert refusals(server) == []
    assert len(told(server, of="response.create")) == (0 if other is XAI else 1)


@pytest.mark.parametrize("other", ALL, ids=lambda other: other.dialect)
async def test_speaking_over_an_answer_ends_it(meet: Meet, other: Other):
    server, session = await meet(
        other,
        turns=["Tell me a story.", "Enough."],
        responses=[{"text": "Once upon a time. " * 20, "delta_delay": 0.005}, *["All right."] * 2],
    )
    turn = spoken_turn(session)
    await session.transcript(turn)
    events = session.answer(turn, (), Tools())
    async for _ in events:
        if turn.audio.num_bytes:
            break
    await events.aclose()
    following = spoken_turn(session, seed=2)
    assert await session.transcript(following) == "Enough."
    assert await answered(session, following, (UserMessage("Tell me a story."),)) == ["All right."]
    assert [code for code in refusals(server) if code != "response_cancel_not_active"] == []


async def test_xai_answers_anew_what_was_answered_on_other_terms(meet: Meet):
    server, session = await meet(XAI, turns=["Turn on the lamp."], responses=["I cannot.", "The lamp is on."])
    turn = spoken_turn(session)
    await session.transcript(turn)
    session.configure(replace(session.config, instructions="You are in the kitchen."))
    assert await answered(session, turn) == ["The lamp is on."]
    assert refusals(server) in ([], ["response_cancel_not_active"])


@pytest.mark.parametrize(
    ("other", "detection"), [(LOCALAI, ServerVad()), (SPEECH_TO_SPEECH, None)], ids=["localai", "speech_to_speech"]
)
async def test_a_server_that_finds_no_speech_by_itself_has_heard_none(
    meet: Meet, clock: ManualClock, other: Other, detection: ServerVad | None
):
    server, session = await meet(other, clock=clock, turns=["Hello."], responses=["Hello!"])
    session.configure(replace(session.config, turn_detection=detection))
    turn = session.begin_turn()
    session.append(turn, bytes(48_000))
    session.commit(turn)
    transcript = asyncio.create_task(session.transcript(turn))
    await server.wait_received("input_audio_buffer.append", 2)
    clock.advance(10)

    assert await transcript == ""
    assert not turn.errors
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Hello!"]
    assert told(server, of="input_audio_buffer.commit") == []


async def test_a_server_that_cannot_write_speaks_instead(meet: Meet):
    server, session = await meet(XAI, responses=["It is noon."])
    session.configure(replace(session.config, modality=Modality.TEXT))
    turn = session.begin_turn(text="What time is it?")
    assert await answered(session, turn) == ["It is noon."]
    assert refusals(server) == []


@pytest.mark.parametrize("other", [BETA, VOICE_LIVE, AZURE, LOCALAI], ids=lambda other: other.dialect)
async def test_texts_are_read_aloud_beside_the_conversation(meet: Meet, other: Other):
    server, session = await meet(other, out_of_band=["The washing machine is done."])
    assert await said(session, "The washing machine is done.")
    assert refusals(server) == []


@pytest.mark.parametrize("other", [XAI, SPEACHES, VLLM_OMNI], ids=lambda other: other.dialect)
async def test_a_server_that_cannot_read_aloud_is_not_asked_to(meet: Meet, other: Other):
    server, session = await meet(other)
    with pytest.raises(SessionError, match=r"^no_side_responses$"):
        await said(session, "The washing machine is done.")
    assert server.connections == []


async def test_a_server_that_cannot_read_aloud_may_have_another_way_to(meet: Meet):
    asked = []

    async def speak(text: str, voice: str) -> AsyncGenerator[bytes]:
        asked.append((text, voice))
        yield b"\1\0"

    server, session = await meet(SPEACHES, speak=speak)
    assert await said(session, "The washing machine is done.") == b"\1\0"
    assert asked == [("The washing machine is done.", "af_heart")]
    assert server.connections == []
