"""Changed options hold from the next conversation on; what else changes waits for the turns that run."""

import asyncio

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_VOICE, SUBENTRY_AGENT
from custom_components.realtime_assist.insight import Rung
from custom_components.realtime_assist.model_options import recommended_options
from local_server.wire import RealtimeServer

from .house import Agent, change_agent
from .remembered import recorded
from .script import readings, received, script
from .test_conversation import say, speech
from .voice import speak


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a turn for a moment only."""
    monkeypatch.setattr("custom_components.realtime_assist.TURNS_END_SECONDS", 0.2)


def butler() -> ConfigSubentry:
    """Return another agent."""
    return ConfigSubentry(data=recommended_options(), subentry_type=SUBENTRY_AGENT, title="Butler", unique_id=None)


@script(responses=["One.", "Two.", "Three."])
async def test_a_conversation_keeps_what_it_began_with(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Model, voice, tools and instructions change with the next conversation, never inside one."""
    first = await say(hass, "Hello", agent.conversation)
    changed = await change_agent(
        hass,
        account,
        **{CONF_MODEL: "gpt-realtime-1.5", CONF_VOICE: "cedar", CONF_LLM_HASS_API: [], CONF_PROMPT: "Be a pirate."},
    )
    assert changed.coordinator is agent.coordinator
    again = await say(hass, "And?", agent.conversation, conversation_id=first["conversation_id"])
    assert speech(again) == "Two."
    assert [connection.model for connection in realtime_server.connections] == ["gpt-realtime-2.1"]
    [update] = received(realtime_server, "session.update")
    assert update["session"]["audio"]["output"]["voice"] == "marin"
    assert update["session"]["tools"]

    other = await say(hass, "Ahoy", agent.conversation)
    assert speech(other) == "Three."
    assert realtime_server.connections[-1].model == "gpt-realtime-1.5"
    update = received(realtime_server, "session.update")[-1]
    assert update["session"]["audio"]["output"]["voice"] == "cedar"
    assert "pirate" in update["session"]["instructions"]
    assert not update["session"].get("tools")
    # Each was answered by what its conversation was to be answered by.
    assert [record.rung for record in await recorded(agent, 3)] == [Rung.PRIMARY] * 3


@script(turns=["Hello", "And?", "Ahoy"], responses=["One.", "Two.", "Three."])
async def test_a_spoken_conversation_keeps_its_voice(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """It goes on in its own session; nothing is read aloud beside it in the new voice."""
    first = await speak(hass, agent.pipeline_id)
    await change_agent(hass, account, **{CONF_VOICE: "cedar"})
    again = await speak(hass, agent.pipeline_id, conversation_id=first.conversation_id)
    assert (again.speech, bool(again.pcm)) == ("Two.", True)
    assert readings(realtime_server) == []
    assert len(realtime_server.connections) == 1

    other = await speak(hass, agent.pipeline_id)
    assert (other.speech, bool(other.pcm)) == ("Three.", True)
    assert readings(realtime_server) == []
    voices = [each.session.config["audio"]["output"]["voice"] for each in realtime_server.connections]
    assert voices == ["marin", "cedar"]


async def test_entities_show_a_change_at_once(hass: HomeAssistant, agent: Agent, account: MockConfigEntry) -> None:
    """An agent without tools controls nothing; the voice is the one that Home Assistant caches by."""
    assert hass.states.get(agent.conversation).attributes["supported_features"] == 1
    await change_agent(hass, account, **{CONF_LLM_HASS_API: [], CONF_VOICE: "ash"})
    assert hass.states.get(agent.conversation).attributes["supported_features"] == 0
    assert hass.data["tts"].get_entity(agent.tts).default_options == {"voice": "ash"}
    assert hass.states.get("select.realtime_assist_voice").state == "ash"


async def test_a_renamed_agent_is_a_renamed_device(hass: HomeAssistant, agent: Agent, account: MockConfigEntry) -> None:
    """Nothing is loaded again for it."""
    [subentry] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, subentry, title="Butler")
    await hass.async_block_till_done()
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), account.entry_id)
    assert device.name == "Butler"
    assert list(account.runtime_data.agents.values()) == [agent.coordinator]


@script(responses=[{"text": "That took a while.", "delay": 0.5}])
async def test_a_running_turn_is_heard_out_before_an_agent_is_added(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """The account is loaded again only when the answer is there."""
    running = asyncio.create_task(say(hass, "Hello", agent.conversation))
    await realtime_server.wait_received("response.create")
    hass.config_entries.async_add_subentry(account, butler())
    assert speech(await running) == "That took a while."
    await hass.async_block_till_done()
    assert len(account.runtime_data.agents) == 2
    assert hass.states.get("conversation.butler") is not None


@pytest.mark.usefixtures("impatience")
@script(responses=[{"text": "Never.", "delay": 60}])
async def test_a_turn_that_takes_too_long_is_broken_off(
    hass: HomeAssistant,
    agent: Agent,
    account: MockConfigEntry,
    realtime_server: RealtimeServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """There is a limit to waiting; the caller gets an answer all the same."""
    running = asyncio.create_task(say(hass, "Hello", agent.conversation))
    await realtime_server.wait_received("response.create")
    hass.config_entries.async_add_subentry(account, butler())
    assert speech(await running)
    await hass.async_block_till_done()
    assert "broken off" in caplog.text
    assert len(account.runtime_data.agents) == 2
