"""Diagnostics may be handed to a stranger."""

import json

from homeassistant.components import conversation
from homeassistant.const import CONF_PROMPT
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.const import CONF_BASE_URL, CONF_RECORD_DAYS
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, DEFAULT_VOICE

from .conftest import API_KEY
from .house import Agent
from .script import script

SURPRISE = {"type": "response.daydream.started", "event_id": "event_1"}


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


@script(
    models={DEFAULT_MODEL: "model_not_found"},
    responses=[{"text": "Yes.", "faults": [{"after": "response.created", "action": "insert", "event": SURPRISE}]}],
    repeat=True,
)
async def test_diagnostics_tell_how_an_agent_stands(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Its ladder with what each rung has failed at, its last turns, and what its server did that nobody expected."""
    assert await async_setup_component(hass, "diagnostics", {})
    satellites = er.async_get(hass)
    satellites.async_get_or_create("assist_satellite", "voip", "1", suggested_object_id="hall")
    off = er.RegistryEntryDisabler.USER
    satellites.async_get_or_create("assist_satellite", "esphome", "2", suggested_object_id="attic", disabled_by=off)
    for _ in range(52):
        await conversation.async_converse(hass, "Hi", None, Context(), agent_id=agent.conversation, language="en")
    await hass.async_block_till_done()

    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, account)

    [told] = diagnostics["agents"].values()
    wanted, taken = told["ladder"][:2]
    assert (wanted["model"], wanted["error"]) == (DEFAULT_MODEL, "model_not_found")
    assert wanted["left_alone_seconds"] > 0
    assert (taken["error"], taken["left_alone_seconds"]) == (None, 0)
    assert told["account"] == {"failures": 0, "error": None, "left_alone_seconds": 0}
    assert len(told["records"]) == 50
    assert told["records"][-1]["rung"] == "fallback_model"
    assert told["counts"]["turns"] == 52
    assert told["sessions"]["open"] == told["sessions"]["warm"] > 0
    assert sum(told["unexpected_events"].values()) == 52
    assert [kind for kind in told["unexpected_events"] if SURPRISE["type"] in kind]
    [hall] = diagnostics["satellites"]
    assert (hall["entity_id"], hall["quirks"]) == ("assist_satellite.hall", ["header_length"])
