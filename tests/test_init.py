"""Loading an account, its agents' devices and entities, and leaving nothing behind."""

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_BASE_URL, CONF_PROVIDER, DOMAIN, SUBENTRY_AGENT
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL
from custom_components.realtime_assist.realtime.providers import Provider
from local_server.wire import RealtimeServer


async def test_an_account_loads_without_a_network(
    hass: HomeAssistant, loaded_account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Nothing is dialled, so the agents exist while the internet is away."""
    assert loaded_account.state is ConfigEntryState.LOADED
    assert realtime_server.connections == []


async def test_an_agent_is_a_device_with_ears_mind_and_voice(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """The three entities belong to the agent's device, and the device to its subentry."""
    [subentry] = loaded_account.subentries.values()
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), loaded_account.entry_id)
    assert device.identifiers == {(DOMAIN, subentry.subentry_id)}
    assert (device.name, device.manufacturer, device.model) == ("Realtime Assist", loaded_account.title, DEFAULT_MODEL)
    assert device.entry_type is dr.DeviceEntryType.SERVICE

    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    ears_mind_and_voice = {
        "conversation.realtime_assist": f"{subentry.subentry_id}_conversation",
        "stt.realtime_assist_speech_to_text": f"{subentry.subentry_id}_stt",
        "tts.realtime_assist_text_to_speech": f"{subentry.subentry_id}_tts",
    }
    assert ears_mind_and_voice.items() <= {entity.entity_id: entity.unique_id for entity in entities}.items()
    assert {entity.config_subentry_id for entity in entities} == {subentry.subentry_id}


async def test_openai_makes_what_openai_serves(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """The device of an agent at OpenAI names OpenAI."""
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_PROVIDER: Provider.OPENAI})
    assert await hass.config_entries.async_setup(account.entry_id)
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), account.entry_id)
    assert device.manufacturer == "OpenAI"


async def test_an_account_unloads_and_loads_again(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Unloading takes the entities along."""
    assert await hass.config_entries.async_unload(loaded_account.entry_id)
    assert loaded_account.state is ConfigEntryState.NOT_LOADED
    assert hass.states.get("conversation.realtime_assist").state == "unavailable"
    assert await hass.config_entries.async_setup(loaded_account.entry_id)
    assert hass.states.get("conversation.realtime_assist").state == "unknown"


async def test_agents_come_and_go_with_their_subentries(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """An added agent is there at once; a removed one leaves no device and no entity."""
    butler = ConfigSubentry(data=recommended_options(), subentry_type=SUBENTRY_AGENT, title="Butler", unique_id=None)
    hass.config_entries.async_add_subentry(loaded_account, butler)
    await hass.async_block_till_done()
    assert hass.states.get("conversation.butler") is not None

    hass.config_entries.async_remove_subentry(loaded_account, butler.subentry_id)
    await hass.async_block_till_done()
    assert hass.states.get("conversation.butler") is None
    assert set(loaded_account.runtime_data.agents) == set(loaded_account.subentries)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded_account.entry_id)
    assert [device.name for device in devices] == ["Realtime Assist"]


async def test_subentries_of_other_kinds_are_left_alone(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """A later version may have stored some."""
    other = ConfigSubentry(data={}, subentry_type="choir", title="Choir", unique_id=None)
    hass.config_entries.async_add_subentry(loaded_account, other)
    await hass.async_block_till_done()
    assert loaded_account.state is ConfigEntryState.LOADED
    assert other.subentry_id not in loaded_account.runtime_data.agents


async def test_a_change_of_the_account_reaches_its_agents(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The account is loaded again with what has changed."""
    hass.config_entries.async_update_entry(
        loaded_account, data={**loaded_account.data, CONF_BASE_URL: "http://127.0.0.1:1/v1"}
    )
    await hass.async_block_till_done()
    [agent] = loaded_account.runtime_data.agents.values()
    assert agent.endpoint.base_url == "http://127.0.0.1:1/v1"
