"""What the page about Home Assistant's health says of our accounts."""

from typing import Any

from homeassistant.components.system_health import DOMAIN as SYSTEM_HEALTH, get_info
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.realtime_assist.const import CONF_BASE_URL, DOMAIN

from .house import Agent
from .script import script
from .test_sensor import ANSWER, ask


async def health(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the page shows."""
    assert await async_setup_component(hass, SYSTEM_HEALTH, {})
    await hass.async_block_till_done()
    return (await get_info(hass))[DOMAIN]


@script(responses=[ANSWER])
async def test_an_account_that_works_is_healthy(hass: HomeAssistant, agent: Agent) -> None:
    """Its server answers, a session waits for the next command, and the money is counted."""
    await ask(hass, agent)

    assert await health(hass) == {
        "can_reach_server": "ok",
        "sessions_open": 1,
        "sessions_warm": 1,
        "spent_today": "0.0267 USD",
    }


@script(responses=[ANSWER])
async def test_what_an_agent_has_spent_that_is_gone_is_spent(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """The money of a day is the account's."""
    await ask(hass, agent)
    hass.config_entries.async_remove_subentry(account, agent.coordinator.subentry.subentry_id)

    assert (await health(hass))["spent_today"] == "0.0267 USD"


@pytest.mark.parametrize("address", ["ws://planted-user:planted-password@127.0.0.1:9/v1?token=planted-token"])
async def test_a_server_that_is_away_is_told_without_secrets(
    hass: HomeAssistant, account: MockConfigEntry, aioclient_mock: AiohttpClientMocker, address: str
) -> None:
    """It is asked by its host alone."""
    assert await async_setup_component(hass, "homeassistant", {})
    aioclient_mock.get("http://127.0.0.1:9", exc=TimeoutError())
    account.add_to_hass(hass)
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_BASE_URL: address})
    assert await hass.config_entries.async_setup(account.entry_id)

    told = await health(hass)

    assert told["can_reach_server"] == "Failed: timeout"
    assert "planted" not in str((told, [str(call) for call in aioclient_mock.mock_calls]))


async def test_no_account_is_no_error(hass: HomeAssistant, agent: Agent, account: MockConfigEntry) -> None:
    """Somebody may have disabled it."""
    assert await hass.config_entries.async_unload(account.entry_id)

    assert await health(hass) == {"sessions_open": 0, "sessions_warm": 0, "spent_today": "0.0000 USD"}
