"""What an agent's options ask of each model."""

import logging

import pytest

from custom_components.realtime_assist.model_options import (
    AgentOptions,
    AnswerOrder,
    FollowUp,
    TurnDetectionMode,
    recommended_options,
)
from custom_components.realtime_assist.realtime import SessionConfig
from custom_components.realtime_assist.realtime.session_config import Eagerness, NoiseReduction, Truncation
from custom_components.realtime_assist.session import Rung

OPTIONS = AgentOptions.from_subentry(recommended_options())


def test_the_recommended_agent_asks_the_flagship_then_its_fallbacks() -> None:
    """Each with the wanted voice, which all of them have."""
    assert [(rung.model, rung.voice) for rung in OPTIONS.rungs()] == [
        ("gpt-realtime-2.1", "marin"),
        ("gpt-realtime-2.1-mini", "marin"),
        ("gpt-realtime-1.5", "marin"),
    ]


def test_a_model_that_reasons_is_asked_for_what_is_set() -> None:
    """The effort, and tools side by side."""
    config = OPTIONS.adapt(SessionConfig(voice="marin"), Rung(model="gpt-realtime-2.1", voice="marin"))
    assert (config.reasoning_effort, config.parallel_tools) == ("low", True)


def test_a_lesser_model_is_not_asked_for_more_than_it_can_hold() -> None:
    """Its own limits are less than what suits the first model; what is less than both stays."""
    options = AgentOptions(max_output_tokens=10_000)
    config = SessionConfig(voice="marin", truncation=Truncation(retention_ratio=0.8, post_instructions=50_000))
    first = options.adapt(config, Rung(model="gpt-realtime-2.1", voice="marin"))
    assert (first.max_output_tokens, first.truncation) == (10_000, config.truncation)
    lesser = options.adapt(config, Rung(model="gpt-realtime-1.5", voice="marin"))
    assert (lesser.max_output_tokens, lesser.truncation) == (
        4_096,
        Truncation(retention_ratio=0.8, post_instructions=27_904),
    )
    unknown = options.adapt(config, Rung(model="parrot", voice="polly"))
    assert (unknown.max_output_tokens, unknown.truncation) == (10_000, config.truncation)


def test_a_lesser_model_degrades_quietly(caplog: pytest.LogCaptureFixture) -> None:
    """It would refuse the whole configuration; the log says what it is not asked for."""
    caplog.set_level(logging.DEBUG, "custom_components.realtime_assist")
    config = OPTIONS.adapt(SessionConfig(voice="marin"), Rung(model="gpt-realtime-1.5", voice="marin"))
    assert (config.reasoning_effort, config.parallel_tools) == (None, None)
    assert "gpt-realtime-1.5 is not asked for reasoning_effort, parallel_tools" in caplog.text


def test_what_is_not_set_is_as_it_was_before_there_were_options_for_it() -> None:
    """An agent of an earlier version goes on as it was: nothing is kept warm, and the server shortens conversations."""
    options = AgentOptions.from_subentry({})
    assert options == AgentOptions()
    assert (options.answer_order, options.follow_up) == (AnswerOrder.AUTOMATIC, FollowUp.AUTOMATIC)
    assert (options.turn_detection, options.noise_reduction) == (TurnDetectionMode.HOME_ASSISTANT, None)
    assert (options.warm_spare, options.truncation_retention, options.max_conversation_tokens) == (False, None, None)


def test_every_option_is_read_as_what_it_is() -> None:
    """JSON holds texts and numbers; a whole number comes from a form as one with a point."""
    stored = {
        "answer_order": "eager",
        "turn_detection": "semantic_vad",
        "eagerness": "high",
        "noise_reduction": "far_field",
        "transcription_model": "whisper-1",
        "language_hint": False,
        "keywords": False,
        "follow_up": "never",
        "satellite_voices": {"assist_satellite.kitchen": "cedar"},
        "warm_spare": True,
        "max_sessions": 4.0,
        "retention_ratio": 0.5,
        "max_conversation_tokens": 3000.0,
    }
    assert AgentOptions.from_subentry(stored) == AgentOptions(
        answer_order=AnswerOrder.EAGER,
        turn_detection=TurnDetectionMode.SEMANTIC_VAD,
        eagerness=Eagerness.HIGH,
        noise_reduction=NoiseReduction.FAR_FIELD,
        transcription_model="whisper-1",
        language_hint=False,
        keywords=False,
        follow_up=FollowUp.NEVER,
        satellite_voices={"assist_satellite.kitchen": "cedar"},
        warm_spare=True,
        max_sessions=4,
        truncation_retention=0.5,
        max_conversation_tokens=3000,
    )


def test_what_is_recommended_keeps_a_spare_and_caps_what_a_conversation_costs() -> None:
    """The rest is as it is where nothing is set."""
    assert (OPTIONS.warm_spare, OPTIONS.truncation_retention, OPTIONS.max_conversation_tokens) == (True, 0.5, 8000)
