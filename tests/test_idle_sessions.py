"""Where open sessions are paid by the minute, none is kept open without need."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.components import conversation
from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.realtime_assist.const import CONF_WARM_SPARE
from custom_components.realtime_assist.idle_sessions import IDLE_SECONDS
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.realtime.providers import PROVIDERS, Provider
from local_server.wire import RealtimeServer

from .house import Agent, change_agent
from .script import script, words


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let the agent want a warm session."""
    return {**recommended_options(), CONF_WARM_SPARE: True}


@pytest.fixture
def paid_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be at a server of one's own that asks for money by the minute."""
    dear = replace(PROVIDERS[Provider.COMPATIBLE], paid_by_time=True)
    facts = {**PROVIDERS, Provider.COMPATIBLE: dear}
    monkeypatch.setattr("custom_components.realtime_assist.coordinator.PROVIDERS", facts)


async def ask(hass: HomeAssistant, agent: Agent, conversation_id: str | None = None) -> str:
    """Ask an agent; return the conversation."""
    result = await conversation.async_converse(
        hass, "Hello?", conversation_id, Context(), agent_id=agent.conversation, language="en"
    )
    await hass.async_block_till_done()
    return result.conversation_id


async def wait(hass: HomeAssistant, seconds: float) -> None:
    """Let time pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


@script(responses=["Hello."], repeat=True)
async def test_an_idle_session_is_closed_and_a_new_one_goes_on(
    paid_by_time: None, hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """No warm one is kept; what was said is told to the next socket."""
    conversation_id = await ask(hass, agent)
    assert len(realtime_server.connections) == 1
    await wait(hass, IDLE_SECONDS / 2)
    assert len(agent.coordinator.pool) == 1
    await ask(hass, agent, conversation_id)
    assert len(realtime_server.connections) == 1
    await wait(hass, IDLE_SECONDS + 1)
    assert len(agent.coordinator.pool) == 0
    await ask(hass, agent, conversation_id)
    assert len(realtime_server.connections) == 2
    assert words(realtime_server) == [("user", "Hello?"), ("assistant", "Hello.")] * 3


@script(responses=["Hello."], repeat=True)
async def test_elsewhere_sessions_stay_as_long_as_their_conversations(hass: HomeAssistant, agent: Agent) -> None:
    """They cost nothing there, and one more is kept warm."""
    await ask(hass, agent)
    await wait(hass, IDLE_SECONDS + 1)
    assert len(agent.coordinator.pool) == 1
    assert agent.coordinator.pool.has_spare


def test_who_is_paid_by_time_is_known() -> None:
    """OpenAI is not."""
    assert [provider for provider, facts in PROVIDERS.items() if facts.paid_by_time] == [Provider.XAI]


@script(responses=["Hello.", {"text": "One moment please.", "delta_delay": 60}])
@pytest.mark.usefixtures("paid_by_time")
async def test_a_session_that_had_to_make_room_is_not_looked_for(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Its time runs out while another conversation has its place, and keeps it."""
    agent = await change_agent(hass, agent.coordinator.entry, max_sessions=1)
    await ask(hass, agent)
    await realtime_server.wait_received("response.create")
    asking = asyncio.create_task(ask(hass, agent))
    await realtime_server.wait_received("response.create", 2)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=IDLE_SECONDS + 1))
    await asyncio.sleep(0)
    assert len(agent.coordinator.pool) == 1
    assert not [record for record in caplog.records if record.exc_info]
    asking.cancel()
    await asyncio.wait([asking])
