"""How long sessions live: with their conversation, beside each other, and never longer than Home Assistant."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.chat_session import CONVERSATION_TIMEOUT
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from local_server.wire import RealtimeServer

from .house import ALONE, Agent, find_agent
from .script import script
from .voice import VoiceRun, speak

STALLED = {"after": "response.output_item.added", "action": "silence"}
NUM_ROOMS = 5


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let nothing take the place of a model that fails."""
    return ALONE


def open_sockets(server: RealtimeServer) -> int:
    """Return how many connections have not been closed."""
    return sum(connection.close_code is None for connection in server.connections)


@script(turns=["Hello."], responses=["Hello there.", "Hello again."])
async def test_a_session_ends_with_its_conversation(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, freezer: FrozenDateTimeFactory
) -> None:
    """Five idle minutes after the last word the socket is closed; the next conversation opens its own."""
    run = await speak(hass, agent.pipeline_id)
    assert open_sockets(realtime_server) == 1

    freezer.tick(CONVERSATION_TIMEOUT + timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert [connection.close_code for connection in realtime_server.connections] == [1000]
    assert len(agent.coordinator.pool) == 0

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Hello again."
    assert next_run.conversation_id != run.conversation_id
    assert len(realtime_server.connections) == 2


@script(
    turns=[f"Room {index}." for index in range(NUM_ROOMS)],
    responses=[{"text": f"Answer {index}.", "audio_ms": 100 * (index + 1)} for index in range(NUM_ROOMS)],
)
async def test_rooms_that_speak_at_once_never_hear_each_other(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Each satellite gets the transcript, the words and the voice of its own session."""
    runs = await asyncio.gather(*(speak(hass, agent.pipeline_id) for _ in range(NUM_ROOMS)))

    assert len(realtime_server.connections) == NUM_ROOMS
    sent = []
    for connection in realtime_server.connections:
        by_type = {event["type"]: event for event in connection.sent}
        heard = by_type["conversation.item.input_audio_transcription.completed"]["transcript"]
        said = by_type["response.output_audio_transcript.done"]["transcript"]
        sent.append((heard, said, 100 * (int(said[-2]) + 1) * 16 * 2))
    assert sorted((run.transcript, run.speech, len(run.pcm)) for run in runs) == sorted(sent)
    assert {run.transcript for run in runs} == {f"Room {index}." for index in range(NUM_ROOMS)}
    assert {run.speech for run in runs} == {f"Answer {index}." for index in range(NUM_ROOMS)}


@script(turns=["Hello."], responses=[{"text": "Hello there.", "faults": [STALLED]}, "Hello again."])
async def test_an_account_that_is_unloaded_in_mid_answer_leaves_nothing_open(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """The run ends with a sentence, every socket is closed, and the account can be loaded again."""
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, run=run, end_stage=PipelineStage.INTENT))
    await realtime_server.wait_received("response.create")

    assert await hass.config_entries.async_unload(account.entry_id)
    await task

    assert run.speech == "I lost the connection to the voice service. Please try again."
    await hass.async_block_till_done(wait_background_tasks=True)
    assert open_sockets(realtime_server) == 0

    assert await hass.config_entries.async_setup(account.entry_id)
    assert account.state is ConfigEntryState.LOADED
    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Hello again."


@script(turns=["Hello.", "Are you there?"], responses=["Hello there.", "Yes."])
async def test_a_conversation_survives_a_reload(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Between two commands nobody notices that the account was loaded anew."""
    run = await speak(hass, agent.pipeline_id)
    await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done()
    assert open_sockets(realtime_server) == 0

    follow_up = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert follow_up.speech == "Yes."
    assert open_sockets(realtime_server) == 1
    assert (await find_agent(hass, account)).coordinator is not agent.coordinator


@script(
    turns=["Hello."],
    responses=["Hello there."],
    out_of_band=[{"text": "Dinner is ready!", "audio_ms": 900, "faults": [STALLED]}],
)
async def test_home_assistant_stops_without_a_socket_left(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Conversations and announcements are closed, also those that still speak."""
    await speak(hass, agent.pipeline_id)
    media_id = tts.generate_media_source_id(hass, "Dinner is ready!", engine=agent.tts)
    announcement = asyncio.create_task(tts.async_get_media_source_audio(hass, media_id))
    await realtime_server.wait_received("response.create", 2)
    assert open_sockets(realtime_server) == 2

    await hass.async_stop(force=True)

    await asyncio.wait([announcement])
    assert open_sockets(realtime_server) == 0
