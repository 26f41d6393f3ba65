"""A turn is remembered as it was, and a strange file is refused with a reason."""

from decimal import Decimal
from typing import Any

from hypothesis import given
import orjson
import pytest

from custom_components.realtime_assist.insight import (
    Fallback,
    FallbackKind,
    Rung,
    Timings,
    ToolCalls,
    TurnRecord,
    UnreadableRecord,
)
from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage
from custom_components.realtime_assist.realtime.pricing import Cost, CostKind

from .turns import NOON, patient, turn, turns

WHOLE = TurnRecord(
    started_at=NOON,
    agent_id="agent",
    language="de",
    satellite="assist_satellite.kitchen",
    model="gpt-realtime-2.1-mini",
    voice="marin",
    rung=Rung.FALLBACK_MODEL,
    connect_seconds=0.25,
    connections_tried=2,
    connections_failed=1,
    session_age=0.0,
    timings=Timings(transcript=0.4, first_text=0.5, first_audio=0.6, total=2.5, tools=(("HassTurnOn", 0.125),)),
    usage=Usage(
        input=TokenCounts(text=401, audio=27), cached=TokenCounts(text=384), output=TokenCounts(text=15), reasoning=3
    ),
    transcription_model="gpt-transcribe",
    transcription=TranscriptionUsage(seconds=3.0),
    cost=Cost(by_kind={CostKind.TEXT_INPUT: Decimal("0.0000102"), CostKind.TRANSCRIPTION: None}),
    retries=1,
    errors={"model_not_found": 1},
    fallbacks=(
        Fallback(
            kind=FallbackKind.MODEL, from_="gpt-realtime-2.1", to="gpt-realtime-2.1-mini", reason="model_not_found"
        ),
    ),
    tool_calls=ToolCalls(made=2, failed=1, invalid=1),
    cancelled=True,
)

STORED = {
    "version": 1,
    "started_at": NOON,
    "agent_id": "agent",
    "rung": "fallback_model",
    "language": "de",
    "satellite": "assist_satellite.kitchen",
    "model": "gpt-realtime-2.1-mini",
    "voice": "marin",
    "connect_seconds": 0.25,
    "connections_tried": 2,
    "connections_failed": 1,
    "session_age": 0.0,
    "transcription_model": "gpt-transcribe",
    "retries": 1,
    "cancelled": True,
    "timings": {
        "transcript": 0.4,
        "first_text": 0.5,
        "first_audio": 0.6,
        "total": 2.5,
        "tools": [["HassTurnOn", 0.125]],
    },
    "usage": {"input": {"text": 401, "audio": 27}, "cached": {"text": 384}, "output": {"text": 15}, "reasoning": 3},
    "transcription": {"input": {}, "seconds": 3.0},
    "cost": {"text_input": "0.0000102", "transcription": None},
    "errors": {"model_not_found": 1},
    "fallbacks": [
        {
            "kind": "model",
            "from": "gpt-realtime-2.1",
            "to": "gpt-realtime-2.1-mini",
            "reason": "model_not_found",
        }
    ],
    "tool_calls": {"made": 2, "failed": 1, "invalid": 1},
}


def test_the_stored_shape_stays_as_it_is() -> None:
    assert WHOLE.to_dict() == STORED
    assert TurnRecord.from_dict(STORED) == WHOLE


def test_what_did_not_happen_takes_no_room() -> None:
    assert turn().to_dict() == {"version": 1, "started_at": NOON, "agent_id": "agent", "rung": "primary"}


@patient
@given(record=turns)
def test_any_turn_comes_back_from_json_as_it_was(record: TurnRecord) -> None:
    assert TurnRecord.from_dict(orjson.loads(orjson.dumps(record.to_dict()))) == record


def test_no_usage_is_not_the_same_as_a_usage_of_nothing() -> None:
    for usage in (None, Usage()):
        assert TurnRecord.from_dict(turn(usage=usage).to_dict()).usage == usage


def test_a_turn_is_warm_where_it_found_a_session_ready() -> None:
    assert turn(session_age=30.0).warm
    assert not turn(session_age=0.0, connections_tried=1, connect_seconds=0.3).warm
    assert not turn().warm


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "turn has version 2 where 1 was expected"),
        ({"version": None}, "turn has version None where 1 was expected"),
        ({"started_at": "now"}, "turn.started_at is not a number"),
        ({"started_at": True}, "turn.started_at is not a number"),
        ({"agent_id": None}, "turn.agent_id is not a text"),
        ({"model": 3}, "turn.model is not a text"),
        ({"rung": "ladder"}, "turn.rung is not one of primary, fallback_model, fallback_agent, none"),
        ({"rung": None}, "turn.rung is not a text"),
        ({"retries": -1}, "turn.retries is not a count"),
        ({"retries": True}, "turn.retries is not a count"),
        ({"retries": 1.5}, "turn.retries is not a count"),
        ({"cancelled": 1}, "turn.cancelled is not true or false"),
        ({"timings": []}, "turn.timings is no object"),
        ({"timings": {"tools": {}}}, "turn.timings.tools is not a list"),
        ({"timings": {"tools": [["HassTurnOn"]]}}, "turn.timings.tools has an item that is not a name and seconds"),
        ({"fallbacks": [None]}, "turn.fallbacks is no object"),
        ({"cost": {"text_input": "much"}}, "turn.cost.text_input is not a decimal"),
        ({"cost": {"tea": "1"}}, "turn.cost has costs of unknown kinds: tea"),
        ({"errors": {"server_error": "often"}}, "turn.errors.server_error is not a count"),
    ],
)
def test_a_strange_record_is_refused_with_its_place(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableRecord) as refused:
        TurnRecord.from_dict({**STORED, **change})
    assert str(refused.value) == reason


@pytest.mark.parametrize("data", [None, [], "turn"])
def test_what_is_no_record_is_refused(data: Any) -> None:
    with pytest.raises(UnreadableRecord, match="turn is no object"):
        TurnRecord.from_dict(data)
