"""Realtime Assist: an Assist agent whose ears, mind and voice are one realtime session."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv

from .const import DOMAIN, SUBENTRY_AGENT
from .coordinator import AgentCoordinator, RealtimeConfigEntry, RealtimeData
from .model_options import endpoint_from_entry

PLATFORMS = (Platform.CONVERSATION, Platform.STT, Platform.TTS)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup_entry(hass: HomeAssistant, entry: RealtimeConfigEntry) -> bool:
    """Set up an account; no network is needed, so the house's agents exist while the internet is away."""
    endpoint = endpoint_from_entry(entry.data)
    agents = {
        subentry_id: AgentCoordinator(hass, entry, subentry, endpoint)
        for subentry_id, subentry in entry.subentries.items()
        if subentry.subentry_type == SUBENTRY_AGENT
    }
    entry.runtime_data = RealtimeData(endpoint=endpoint, agents=agents)
    for agent in agents.values():
        # These run after the platforms are unloaded, and also when setup breaks off half-way.
        entry.async_on_unload(agent.async_shutdown)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: RealtimeConfigEntry) -> bool:
    """Unload an account."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def _async_reload(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Take over what has changed in the account or in one of its agents."""
    await hass.config_entries.async_reload(entry.entry_id)
