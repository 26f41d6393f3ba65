"""The server tells its events as api.openai.com was recorded telling them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_server.wire import RealtimeServer, Scenario, scenario_from_dict, tone

from .wire_client import WireClient, connected

_CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
_NAMES = (
    "openai_text_in_audio_out",
    "openai_tool_call_round",
    "openai_history_seeding",
    "openai_audio_in_server_vad",
    "openai_2_1_text_tool_round",
    "openai_2_1_history_seeding",
)
_TRANSCRIPTION = "conversation.item.input_audio_transcription."
# Recorded frames of audio are cut to a few bytes; so much time they stand for.
_FRAME_MS = 100

pytestmark = pytest.mark.skipif(not _CAPTURES.is_dir(), reason="the recordings lie beside the repository, not in it")

type Interactions = Sequence[tuple[str, dict[str, Any]]]


def _interactions(name: str) -> Interactions:
    recorded = yaml.safe_load((_CAPTURES / f"{name}.yaml").read_text())["interactions"]
    return [(one["direction"], one["data"]) for one in recorded]


def _script(interactions: Interactions) -> Scenario:
    """Return the scenario in which the server says what was recorded."""
    received = [event for direction, event in interactions if direction == "received"]
    turn: dict[str, Any] = {}
    responses = []
    for event in received:
        match event["type"]:
            case "input_audio_buffer.speech_started":
                turn["speech"] = {"start_ms": event["audio_start_ms"]}
            case "input_audio_buffer.speech_stopped":
                turn["speech"]["end_ms"] = event["audio_end_ms"]
            case "conversation.item.input_audio_transcription.completed":
                turn["transcript"] = event["transcript"]
            case "response.done":
                output = [_output(item) for item in event["response"]["output"]]
                responses.append({"output": output, "usage": event["response"]["usage"]})
    return scenario_from_dict({"turns": [turn] if turn else [], "responses": responses})


def _output(item: Mapping[str, Any]) -> dict[str, Any]:
    if item["type"] == "function_call":
        return {name: item[name] for name in ("name", "call_id", "arguments")}
    content = item["content"][0]
    return {"text": content.get("text") or content.get("transcript"), "audio_ms": 600}


def _is_told_in_order(event: Mapping[str, Any]) -> bool:
    """Whether an event has one place in the order: transcripts come when they come, rate limits were not always sent."""
    kind = event["type"]
    return not kind.startswith(_TRANSCRIPTION) and not kind.endswith(".delta") and kind != "rate_limits.updated"


async def _next_in_order(client: WireClient) -> dict[str, Any]:
    while not _is_told_in_order(event := await client.next()):
        pass
    return event


def _shape(value: Any, path: str = "") -> Iterator[str]:
    """Yield every path to a plain value with the value's kind; ids and times are only kinds."""
    match value:
        case dict():
            for name, member in sorted(value.items()):
                if name != "obfuscation":
                    yield from _shape(member, f"{path}.{name}")
        case list():
            for index, member in enumerate(value):
                yield from _shape(member, f"{path}[{index}]")
        case str() if path.rpartition(".")[2] in ("id", "event_id", "item_id", "previous_item_id", "response_id"):
            yield f"{path}: id of {value.partition('_')[0]}"
        case str() if path.endswith("conversation_id"):
            yield f"{path}: id of a conversation"
        case str() if value.startswith(("Your knowledge cutoff", "You are a friendly voice assistant")):
            yield f"{path}: default instructions"
        case int() if path.endswith("expires_at"):
            yield f"{path}: a time"
        case _:
            yield f"{path}: {value!r}"


async def _replay(client: WireClient, interactions: Interactions) -> None:
    for direction, recorded in interactions:
        if direction == "sent":
            event = dict(recorded)
            if event["type"] == "input_audio_buffer.append":
                await client.append(bytes(tone(_FRAME_MS)))
            else:
                await client.send(event.pop("type"), **event)
        elif _is_told_in_order(recorded):
            told = await _next_in_order(client)
            assert list(_shape(told)) == list(_shape(recorded))


@pytest.mark.parametrize("name", _NAMES)
async def test_events_come_in_the_recorded_order_with_the_recorded_fields(name: str) -> None:
    interactions = _interactions(name)
    model = interactions[0][1]["session"]["model"]
    async with (
        RealtimeServer(scenario=_script(interactions), validate=True) as server,
        connected(server, model) as client,
    ):
        await _replay(client, interactions)
        assert server.invalid == []


@pytest.mark.parametrize("name", _NAMES)
async def test_deltas_have_the_recorded_fields_and_add_up_to_what_is_done(name: str) -> None:
    interactions = _interactions(name)
    model = interactions[0][1]["session"]["model"]
    recorded = {
        event["type"]: set(event) - {"obfuscation"} for _, event in interactions if event["type"].endswith(".delta")
    }
    async with RealtimeServer(scenario=_script(interactions)) as server, connected(server, model) as client:
        await _replay(client, interactions)
        told = {event["type"]: set(event) for event in client.events if event["type"].endswith(".delta")}
        joined = "".join(event["delta"] for event in client.of("response.output_audio_transcript.delta"))
    assert {kind: fields for kind, fields in told.items() if kind in recorded} == {
        kind: fields for kind, fields in recorded.items() if kind in told
    }
    assert {kind for kind in recorded if not kind.startswith(_TRANSCRIPTION)} <= set(told)
    assert joined == "".join(event["transcript"] for event in client.of("response.output_audio_transcript.done"))


async def test_the_transcript_of_a_recorded_turn_arrives_with_its_duration() -> None:
    interactions = _interactions("openai_audio_in_server_vad")
    completed = next(event for _, event in interactions if event["type"] == f"{_TRANSCRIPTION}completed")
    async with RealtimeServer(scenario=_script(interactions)) as server, connected(server, "gpt-realtime") as client:
        await _replay(client, interactions)
        told = client.of(f"{_TRANSCRIPTION}completed") or [await client.until(f"{_TRANSCRIPTION}completed")]
    assert list(_shape(told[0])) == list(_shape(completed))
