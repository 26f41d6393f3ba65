"""What is given away, wherever one looks: never the key or the voice, and words only to who asks for all of them."""

import base64
from collections.abc import Awaitable, Callable
import json
import logging
from pathlib import Path
import re
from typing import Any

from homeassistant.const import CONF_PROMPT, MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.const import DOMAIN
from local_server.wire import RealtimeServer

from .conftest import API_KEY
from .house import ALONE, Agent
from .script import LIGHT_ON, script
from .test_errors_spoken import failed
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


# What only the house and the server may know of a conversation.
PLANTED = ("planted-transcript", "planted-answer", "planted-instruction", "planted-prompt", "planted-error", API_KEY)


@pytest.fixture
def events(hass: HomeAssistant) -> list[Event]:
    """Return every event that the bus will have carried."""
    carried: list[Event] = []

    @callback
    def take(event: Event) -> None:
        carried.append(event)

    hass.bus.async_listen(MATCH_ALL, take)
    return carried


type Download = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
async def download(hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator) -> Download:
    """Return what downloads the account's diagnostics."""
    assert await async_setup_component(hass, "diagnostics", {})
    return lambda: get_diagnostics_for_config_entry(hass, hass_client, account)


def files(folder: Path) -> dict[str, str]:
    """Return the names and texts of all exports."""
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file() and DOMAIN in str(path)}


def ours(events: list[Event]) -> list[dict[str, Any]]:
    """Return what our own events, and the states of our own entities, tell."""
    return [
        dict(event.data)
        for event in events
        if event.event_type.startswith(DOMAIN) or DOMAIN in str(event.data.get("entity_id", ""))
    ]


@pytest.mark.parametrize("agent_data", [{**ALONE, CONF_PROMPT: "planted-prompt: the safe is behind the picture."}])
@script(
    turns=["planted-transcript"],
    responses=[
        {"calls": [{"name": "planted_tool", "arguments": {"safe": "planted-transcript"}}]},
        "planted-answer",
        "planted-answer",
        {**failed("server_error"), "error": {"code": "server_error", "message": f"planted-error {API_KEY}"}},
        {**failed("server_error"), "error": {"code": "server_error", "message": f"planted-error {API_KEY}"}},
    ],
)
async def test_no_secret_is_found_anywhere(
    hass: HomeAssistant,
    agent: Agent,
    account: MockConfigEntry,
    events: list[Event],
    download: Download,
    *,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Not in figures, states, events, exceptions, storage, exports or diagnostics, after all that leaves traces there."""
    caplog.set_level(logging.DEBUG)

    run = await speak(hass, agent.pipeline_id)
    instruction = {"instruction": "planted-instruction"}
    said = await hass.services.async_call(DOMAIN, "say", instruction, blocking=True, return_response=True)
    with pytest.raises(HomeAssistantError) as told:
        await hass.services.async_call(DOMAIN, "say", instruction, blocking=True)
    await hass.async_block_till_done()
    metrics = await hass.services.async_call(DOMAIN, "get_metrics", {}, blocking=True, return_response=True)
    for export_format in ("csv", "json"):
        await hass.services.async_call(
            DOMAIN, "export_metrics", {"format": export_format}, blocking=True, return_response=True
        )
    diagnostics = await download()
    assert await hass.config_entries.async_unload(account.entry_id)

    assert run.transcript == "planted-transcript"
    assert said == {"text": "planted-answer"}
    written = files(tmp_path)
    assert {name.rpartition(".")[2] for name in written} == {"csv", "json"}
    loud = "\n".join(line for level, line in our_lines(caplog.records) if level > logging.DEBUG)
    places = {
        "logs": loud,
        "states": str([state.as_dict() for state in hass.states.async_all() if DOMAIN in state.entity_id]),
        "events": str(ours(events)),
        "exception": f"{told.value!r} {told.value.translation_placeholders} {told.value.__cause__!r}",
        "metrics": json.dumps(metrics),
        "diagnostics": json.dumps(diagnostics),
        "storage": json.dumps(hass_storage[f"{DOMAIN}.{account.entry_id}"]),
        **written,
    }
    assert ours(events)
    assert {(place, word) for place, text in places.items() for word in PLANTED if word in text} == set()
    assert API_KEY not in "\n".join(line for _, line in our_lines(caplog.records))
