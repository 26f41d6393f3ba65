"""The action that forgets: all of one agent, for whoever types its name."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.realtime_assist.const import DEFAULT_AGENT_NAME, DOMAIN
from custom_components.realtime_assist.insight import Fallback, FallbackKind, TurnRecord

from .house import Agent
from .test_sensor import values


@pytest.fixture
def busy(agent: Agent) -> Agent:
    """Return an agent with something counted."""
    fallback = Fallback(kind=FallbackKind.MODEL, from_="a", to="b", reason="c")
    record = TurnRecord(started_at=0.0, agent_id=agent.coordinator.subentry.subentry_id, fallbacks=(fallback,))
    agent.coordinator.turn_log.turn_ended(record, "conversation")
    return agent


async def reset(hass: HomeAssistant, **data: Any) -> Any:
    """Return what the action returns."""
    return await hass.services.async_call(DOMAIN, "reset_counters", data, blocking=True, return_response=True)


async def test_everything_is_forgotten(hass: HomeAssistant, busy: Agent) -> None:
    """The sensors show it at once, and it stays so."""
    await hass.async_block_till_done()
    assert values(hass, busy, "turns", "fallbacks_model") == ["1", "1"]

    assert await reset(hass, agent=busy.conversation, confirm=DEFAULT_AGENT_NAME) == {"turns": 1}
    await hass.async_block_till_done()

    assert values(hass, busy, "turns", "fallbacks_model", "cost_total") == ["0", "0", "0.0"]
    kept = busy.coordinator.turn_log.ledger.to_dict()
    assert (kept["records"], kept["days"], kept["last_fallbacks"]) == ([], [], [])


@pytest.mark.parametrize("typed", ["", "realtime assist", f"{DEFAULT_AGENT_NAME} ", "yes"])
async def test_another_name_forgets_nothing(hass: HomeAssistant, busy: Agent, typed: str) -> None:
    """And the right one is told."""
    with pytest.raises(ServiceValidationError) as refused:
        await reset(hass, agent=busy.conversation, confirm=typed)
    assert refused.value.translation_key == "not_confirmed"
    assert refused.value.translation_placeholders == {"agent": DEFAULT_AGENT_NAME}
    assert busy.coordinator.turn_log.ledger.whole.turns == 1


async def test_the_name_is_the_one_that_the_user_sees(hass: HomeAssistant, busy: Agent) -> None:
    """That of the device, where somebody has renamed it."""
    device_id = er.async_get(hass).async_get(busy.conversation).device_id
    dr.async_get(hass).async_update_device(device_id, name_by_user="Jeeves")

    await reset(hass, agent=busy.conversation, confirm="Jeeves")

    assert busy.coordinator.turn_log.ledger.whole.turns == 0
