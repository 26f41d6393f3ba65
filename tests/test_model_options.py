"""What an agent's options ask of each model."""

import logging

import pytest

from custom_components.realtime_assist.model_options import AgentOptions, recommended_options
from custom_components.realtime_assist.realtime import SessionConfig
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


def test_a_lesser_model_degrades_quietly(caplog: pytest.LogCaptureFixture) -> None:
    """It would refuse the whole configuration; the log says what it is not asked for."""
    caplog.set_level(logging.DEBUG, "custom_components.realtime_assist")
    config = OPTIONS.adapt(SessionConfig(voice="marin"), Rung(model="gpt-realtime-1.5", voice="marin"))
    assert (config.reasoning_effort, config.parallel_tools) == (None, None)
    assert "gpt-realtime-1.5 is not asked for reasoning_effort, parallel_tools" in caplog.text
