"""What a session is asked to be, in the shape of `session.update`."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    Eagerness,
    FunctionTool,
    Modality,
    NoiseReduction,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Transcription,
    Truncation,
    TurnDetection,
)
from custom_components.realtime_assist.realtime.session_shapes import changed_fields, ga_session

CONFIG = SessionConfig(voice="marin")


def test_instructions_are_always_sent_as_the_servers_own_are_not_empty():
    assert ga_session(CONFIG)["instructions"] == ""
    assert ga_session(replace(CONFIG, instructions="Be brief."))["instructions"] == "Be brief."


def test_the_end_of_speech_is_not_the_servers_to_find_unless_it_is_asked_to():
    assert ga_session(CONFIG)["audio"]["input"]["turn_detection"] is None


NEVER_BY_ITSELF = {"create_response": False, "interrupt_response": False}


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        (ServerVad(), {"type": "server_vad"}),
        (
            ServerVad(threshold=0.0, prefix_padding_ms=0, silence_duration_ms=700),
            {"type": "server_vad", "threshold": 0.0, "prefix_padding_ms": 0, "silence_duration_ms": 700},
        ),
        (SemanticVad(), {"type": "semantic_vad", "eagerness": "auto"}),
        (SemanticVad(eagerness=Eagerness.HIGH), {"type": "semantic_vad", "eagerness": "high"}),
    ],
)
def test_a_server_that_finds_the_end_of_speech_neither_answers_nor_stops_by_itself(
    detection: TurnDetection, expected: dict[str, Any]
):
    shape = ga_session(replace(CONFIG, turn_detection=detection))
    assert shape["audio"]["input"]["turn_detection"] == {**expected, **NEVER_BY_ITSELF}


def test_noise_is_filtered_on_a_wish():
    assert "noise_reduction" not in ga_session(CONFIG)["audio"]["input"]
    shape = ga_session(replace(CONFIG, noise_reduction=NoiseReduction.FAR_FIELD))
    assert shape["audio"]["input"]["noise_reduction"] == {"type": "far_field"}


@pytest.mark.parametrize(
    ("truncation", "expected"),
    [
        (Truncation(retention_ratio=0.5), {"type": "retention_ratio", "retention_ratio": 0.5}),
        (
            Truncation(retention_ratio=0.8, post_instructions=8_000),
            {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 8_000}},
        ),
    ],
)
def test_a_long_conversation_is_cut_as_it_is_set(truncation: Truncation, expected: dict[str, Any]):
    assert "truncation" not in ga_session(CONFIG)
    assert ga_session(replace(CONFIG, truncation=truncation))["truncation"] == expected


@pytest.mark.parametrize("side", ["input", "output"])
def test_both_sides_speak_pcm_at_24_khz(side: str):
    assert ga_session(CONFIG)["audio"][side]["format"] == {"type": "audio/pcm", "rate": 24_000}


@pytest.mark.parametrize(("modality", "expected"), [(Modality.AUDIO, ["audio"]), (Modality.TEXT, ["text"])])
def test_an_answer_is_sound_or_text_and_never_both(modality: Modality, expected: list[str]):
    assert ga_session(replace(CONFIG, modality=modality))["output_modalities"] == expected


@pytest.mark.parametrize(
    ("transcription", "expected"),
    [
        pytest.param(None, None, id="off"),
        pytest.param(Transcription(model="gpt-transcribe"), {"model": "gpt-transcribe"}, id="any-language"),
        pytest.param(
            Transcription(model="gpt-transcribe", language="nl"),
            {"model": "gpt-transcribe", "languages": ["nl"]},
            id="current",
        ),
        pytest.param(
            Transcription(model="gpt-4o-transcribe", language="nl"),
            {"model": "gpt-4o-transcribe", "language": "nl"},
            id="older",
        ),
        pytest.param(
            Transcription(model="gpt-live-transcribe", keywords=("Keukenlamp", "Bureau")),
            {"model": "gpt-live-transcribe", "keywords": ["Keukenlamp", "Bureau"]},
            id="keywords",
        ),
        pytest.param(
            Transcription(model="gpt-realtime-whisper", keywords=("Keukenlamp",)),
            {"model": "gpt-realtime-whisper"},
            id="no-keywords",
        ),
        pytest.param(
            Transcription(model="whisper-of-my-own", language="nl"),
            {"model": "whisper-of-my-own", "language": "nl"},
            id="unknown",
        ),
    ],
)
def test_each_transcription_model_is_told_what_it_takes_in_its_own_way(
    transcription: Transcription | None, expected: dict[str, Any] | None
):
    assert ga_session(replace(CONFIG, transcription=transcription))["audio"]["input"]["transcription"] == expected


@pytest.mark.parametrize(
    ("wish", "key", "expected"),
    [
        ({"reasoning_effort": "low"}, "reasoning", {"effort": "low"}),
        ({"parallel_tools": True}, "parallel_tool_calls", True),
        ({"parallel_tools": False}, "parallel_tool_calls", False),
    ],
)
def test_what_not_every_model_can_is_asked_for_only_on_a_wish(wish: dict[str, Any], key: str, expected: Any):
    assert key not in ga_session(CONFIG)
    assert ga_session(replace(CONFIG, **wish))[key] == expected


@pytest.mark.parametrize(("limit", "expected"), [(None, "inf"), (1, 1), (4_096, 4_096)])
def test_a_response_has_the_limit_that_is_set(limit: int | None, expected: int | str):
    assert ga_session(replace(CONFIG, max_output_tokens=limit))["max_output_tokens"] == expected


@pytest.mark.parametrize(("voice", "expected"), [("cedar", "cedar"), ("voice_1234", {"id": "voice_1234"})])
def test_a_voice_of_the_users_own_is_named_by_its_id(voice: str, expected: Any):
    assert ga_session(replace(CONFIG, voice=voice))["audio"]["output"]["voice"] == expected


def test_a_voice_speaks_at_its_own_pace_unless_told_otherwise():
    assert "speed" not in ga_session(CONFIG)["audio"]["output"]
    assert ga_session(replace(CONFIG, speed=0.8))["audio"]["output"]["speed"] == 0.8


def test_a_function_tool_is_flat():
    tool = FunctionTool(name="HassTurnOn", description="Turns on.", parameters={"type": "object", "properties": {}})
    assert ga_session(replace(CONFIG, tools=(tool,)))["tools"] == [
        {
            "type": "function",
            "name": "HassTurnOn",
            "description": "Turns on.",
            "parameters": {"type": "object", "properties": {}},
        }
    ]


def test_the_same_configuration_has_the_same_shape():
    assert ga_session(CONFIG) == ga_session(SessionConfig(voice="marin"))


def test_a_prompt_is_not_shown():
    tool = FunctionTool(name="HassTurnOn", description="secret tool", parameters={"secret": "schema"})
    assert "secret" not in repr(replace(CONFIG, instructions="secret prompt", tools=(tool,)))


def test_the_names_of_the_house_are_not_shown():
    assert "secret" not in repr(Transcription(model="gpt-transcribe", keywords=("secret garden",)))


# What is told of it


def test_a_server_that_knows_nothing_is_told_everything():
    session = ga_session(CONFIG)
    told = changed_fields(session, None)
    assert told == session
    assert told is not session


def test_a_server_that_knows_everything_is_told_nothing():
    assert changed_fields(ga_session(CONFIG), ga_session(CONFIG)) == {}


def test_a_change_brings_the_type_along():
    assert changed_fields({"type": "realtime", "a": 2, "b": 1}, {"type": "realtime", "a": 1, "b": 1}) == {
        "type": "realtime",
        "a": 2,
    }


def test_a_shape_without_a_type_has_none_to_bring_along():
    assert changed_fields({"a": 2, "b": 1}, {"a": 1, "b": 1}) == {"a": 2}


def test_a_field_that_is_new_is_told_though_it_is_null():
    assert changed_fields({"a": 1, "b": None}, {"a": 1}) == {"b": None}
