"""The server in the guise of others: what it says has the shapes of recorded traffic, and what they lack is refused."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from local_server.wire import ACCENTS, RealtimeServer, Scenario, scenario_from_dict
from tests.captures import VOICE_LIVE_CAPTURES, XAI_CAPTURES, capture

type Message = dict[str, Any]
type Dial = Callable[..., Awaitable[ClientConnection]]

SPEECH = {"type": "input_audio_buffer.append", "audio": "AAAA" * 3_200}
ASK = {
    "type": "conversation.item.create",
    "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is the weather?"}]},
}
OUTPUT = {
    "type": "conversation.item.create",
    "item": {"type": "function_call_output", "call_id": "call_1", "output": "fog"},
}
CREATE = {"type": "response.create"}
CALL = {"text": "Let me see.", "calls": [{"name": "get_weather", "arguments": {"city": "Bergen"}, "call_id": "call_1"}]}
XAI_SESSION = {
    "instructions": "Be brief.",
    "voice": "ara",
    "turn_detection": None,
    "audio": {"input": {"transcription": {"model": "grok-transcribe"}}},
}
BETA_SESSION = {"instructions": "Be brief.", "modalities": ["text", "audio"], "voice": "alloy"}
VOICE_LIVE_SESSION = {
    **BETA_SESSION,
    "voice": {"name": "alloy", "type": "openai"},
    "input_audio_transcription": {"model": "whisper-1"},
    "input_audio_sampling_rate": 24_000,
}

# What the recorded servers say besides, of themselves and of their own inventions.
BESIDE = {
    "previous_item_id",
    # Named by no recorded client, and so not echoed to it.
    "voice",
    *("rid", "latency", "audio_duration_ms", "ts", "start_time", "audio_start_ms", "audio_end_ms"),
}


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Start servers in a guise, each with a client."""
    async with AsyncExitStack() as stack:

        async def start(accent: str, model: str, **scenario: Any) -> ClientConnection:
            server = RealtimeServer(accent=accent, scenario=scenario_from_dict(scenario) if scenario else Scenario())
            await stack.enter_async_context(server)
            return await stack.enter_async_context(
                connect(
                    f"{server.url}/realtime?model={model}", additional_headers={"api-key": "sk-test"}, compression=None
                )
            )

        yield start


async def say(client: ClientConnection, *events: Message, until: str) -> list[Message]:
    """Send events; return what comes back, up to an event of a type."""
    for event in events:
        await client.send(json.dumps(event))
    received = []
    while not received or received[-1]["type"] != until:
        received.append(json.loads(await client.recv()))
    return received


def recorded(names: tuple[str, ...]) -> Mapping[str, Message]:
    """Return what recorded events of each type have, taken together."""
    seen: dict[str, Message] = {}
    for name in names:
        for way, event in capture(name):
            if way == "received":
                seen[event["type"]] = merged(seen.get(event["type"], {}), event)
    return seen


def merged(one: Message, other: Message) -> Message:
    both = {**one, **other}
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(name), dict):
            both[name] = merged(one[name], value)
    return both


def assert_shaped(said: Message, known: Message, path: str) -> None:
    """Assert that an event has no field that the recorded ones do not have, objects inside it likewise."""
    strange = said.keys() - known.keys() - BESIDE
    assert strange == set(), f"{path} has {strange}"
    for name, value in said.items():
        if isinstance(value, dict) and isinstance(known.get(name), dict) and name not in {"parameters", "metadata"}:
            assert_shaped(value, known[name], f"{path}.{name}")


@dataclass(frozen=True, kw_only=True)
class Guise:
    """Whom the server passes for, and what is recorded of them."""

    accent: str
    model: str
    session: Message
    captures: tuple[str, ...]
    unrecorded: frozenset[str] = frozenset()


GROK = Guise(accent="xai", model="grok-voice-latest", session=XAI_SESSION, captures=XAI_CAPTURES)
VOICE_LIVE = Guise(
    accent="voice_live",
    model="gpt-4o-realtime-preview",
    session=VOICE_LIVE_SESSION,
    captures=VOICE_LIVE_CAPTURES,
    unrecorded=frozenset(
        {
            "input_audio_buffer.committed",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
            "rate_limits.updated",
        }
    ),
)


@pytest.mark.parametrize("guise", [GROK, VOICE_LIVE], ids=lambda guise: guise.accent)
async def test_what_it_says_has_the_recorded_shapes(dial: Dial, guise: Guise):
    client = await dial(
        guise.accent, guise.model, turns=["Good morning, house."], responses=[CALL, "Fog.", "Good morning."]
    )
    update = {"type": "session.update", "session": {**guise.session, "turn_detection": None}}
    received = await say(client, update, until="session.updated")
    received += await say(client, ASK, CREATE, until="response.done")
    received += await say(client, OUTPUT, CREATE, until="response.done")
    commit = [{"type": "input_audio_buffer.commit"}] + ([] if guise is GROK else [CREATE])
    received += await say(client, SPEECH, *commit, until="response.done")
    shapes = recorded(guise.captures)
    assert {event["type"] for event in received} - shapes.keys() <= guise.unrecorded
    for event in received:
        if event["type"] in shapes:
            assert_shaped(event, shapes[event["type"]], event["type"])


@pytest.mark.parametrize(
    ("accent", "model", "event", "code"),
    [
        (
            "beta",
            "gpt-4o-realtime-preview",
            {"type": "session.update", "session": {"type": "realtime"}},
            "unknown_parameter",
        ),
        (
            "beta",
            "my-pipeline",
            {"type": "session.update", "session": {"output_modalities": ["text"]}},
            "unknown_parameter",
        ),
        ("beta", "my-pipeline", {**CREATE, "response": {"output_modalities": ["text"]}}, "unknown_parameter"),
        (
            "beta",
            "my-pipeline",
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]},
            },
            "invalid_value",
        ),
        ("speaches", "my-pipeline", {"type": "response.cancel"}, "invalid_value"),
        ("speaches", "my-pipeline", {**CREATE, "response": {"conversation": "none"}}, "invalid_value"),
        ("voice_live", "my-pipeline", {"type": "session.update", "session": {"voice": "alloy"}}, "invalid_value"),
        ("xai", "grok-voice-latest", {**CREATE, "response": {"conversation": "none"}}, "invalid_value"),
        (
            "xai",
            "grok-voice-latest",
            {"type": "session.update", "session": {"modalities": ["text"]}},
            "unknown_parameter",
        ),
        (
            "xai",
            "grok-voice-latest",
            {"type": "session.update", "session": {"audio": {"output": {"voice": "ara"}}}},
            "unknown_parameter",
        ),
        (
            "xai",
            "grok-voice-latest",
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1},
            "invalid_value",
        ),
    ],
)
async def test_what_there_is_not_is_refused(dial: Dial, accent: str, model: str, event: Message, code: str):
    client = await dial(accent, model)
    [*_, refusal] = await say(client, event, until="error")
    assert refusal["error"]["code"] == code


async def test_grok_is_deaf_to_requests_once_it_has_answered(dial: Dial):
    client = await dial("xai", "grok-voice-latest", turns=["Hello."], responses=["Hello!", "Again."])
    await say(client, SPEECH, {"type": "input_audio_buffer.commit"}, until="response.done")
    silent = await say(client, CREATE, {"type": "input_audio_buffer.clear"}, until="input_audio_buffer.cleared")
    assert [event["type"] for event in silent] == ["input_audio_buffer.cleared"]
    answered = await say(client, CREATE, until="response.done")
    assert answered[-1]["response"]["output"][0]["content"] == [{"type": "audio", "transcript": "Again."}]


def test_every_guise_is_offered_on_the_command_line():
    assert set(ACCENTS) == {"ga", "beta", "speaches", "voice_live", "xai"}
