"""Diagnostics may be handed to a stranger."""

import json

from homeassistant.const import CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.const import CONF_BASE_URL, CONF_RECORD_DAYS
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, DEFAULT_VOICE

from .conftest import API_KEY


async def test_diagnostics_tell_the_settings_and_no_secret(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Key, prompt and the password in an address stay at home; model, voice, host and versions are told."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "diagnostics", {})
    account.add_to_hass(hass)
    url = account.data[CONF_BASE_URL].replace("ws://", "ws://planted-user:planted-password@")
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_BASE_URL: f"{url}?token=planted-token"})
    hass.config_entries.async_update_entry(account, options={CONF_RECORD_DAYS: 7})
    [subentry] = account.subentries.values()
    prompt = "planted-prompt: the safe is behind the picture."
    hass.config_entries.async_update_subentry(account, subentry, data={**subentry.data, CONF_PROMPT: prompt})
    assert await hass.config_entries.async_setup(account.entry_id)

    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, account)

    told = json.dumps(diagnostics)
    assert "planted" not in told
    assert API_KEY not in told
    assert diagnostics["data"][CONF_BASE_URL] in account.title
    [agent] = diagnostics["subentries"].values()
    assert (agent["data"]["model"], agent["data"]["voice"]) == (DEFAULT_MODEL, DEFAULT_VOICE)
    assert diagnostics["options"] == {CONF_RECORD_DAYS: 7}
    assert set(diagnostics["versions"]) == {"realtime_assist", "websockets", "numpy", "orjson"}
    assert "conversation.realtime_assist" in diagnostics["entities"]
