"""What the log gives away: never the key or the voice, and words only to who asks for all of it."""

import base64
import logging
import re

from homeassistant.core import HomeAssistant
import pytest

from local_server.wire import RealtimeServer

from .conftest import API_KEY
from .house import Agent
from .script import LIGHT_ON, script
from .voice import speak

OURS = ("custom_components.realtime_assist", "websockets")
SAID = ("Turn on the kitchen light.", "It is on.", "Turn off everything.", "You are a voice assistant")
# Base64 of some milliseconds of voice, and hexadecimal of as much.
AUDIO = re.compile(r"[A-Za-z0-9+/]{80,}|(?:\\x[0-9a-f]{2}){20,}")


def our_lines(records: list[logging.LogRecord]) -> list[tuple[int, str]]:
    """Return level and text of what our own loggers said, tracebacks included."""
    formatter = logging.Formatter()
    return [(record.levelno, formatter.format(record)) for record in records if record.name.startswith(OURS)]


@script(
    turns=["Turn on the kitchen light.", "Turn off everything."],
    responses=[
        {"calls": [LIGHT_ON]},
        "It is on.",
        {"text": "It", "faults": [{"after": "response.output_audio.delta", "action": "drop"}]},
    ],
)
async def test_a_log_at_its_most_talkative_holds_neither_key_nor_voice(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with the root logger at debug, through commands that work and one that breaks."""
    caplog.set_level(logging.DEBUG)

    run = await speak(hass, agent.pipeline_id)
    await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    lines = our_lines(caplog.records)
    assert any(level == logging.DEBUG for level, _ in lines)
    everything = "\n".join(line for _, line in lines)
    assert API_KEY not in everything
    assert base64.b64encode(API_KEY.encode()).decode() not in everything
    assert "Bearer" not in everything
    assert not AUDIO.search(everything)
    loud = "\n".join(line for level, line in lines if level > logging.DEBUG)
    for words in SAID:
        assert words not in loud


@script(keys={API_KEY: {"code": "invalid_api_key", "message": f"Incorrect API key provided: {API_KEY}."}})
async def test_a_refusal_that_quotes_the_key_is_not_repeated(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What the server says of the key stays between it and us."""
    caplog.set_level(logging.DEBUG)

    run = await speak(hass, agent.pipeline_id)

    assert API_KEY in str(realtime_server.connections[0].admitted)
    assert API_KEY not in "\n".join(line for _, line in our_lines(caplog.records))
    assert API_KEY not in str([event.data for event in run.events])
    assert API_KEY not in str([state.as_dict() for state in hass.states.async_all()])
