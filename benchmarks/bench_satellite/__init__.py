"""A satellite of the bench: it speaks a recording to Assist when it is told to, and says when what happened."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers.typing import ConfigType

from .config_flow import DOMAIN
from .load import LoadProbe

_PLATFORMS = [Platform.ASSIST_SATELLITE]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the action that tells the load."""
    probe = LoadProbe()

    async def load(_call: ServiceCall) -> ServiceResponse:
        if not probe.begun:
            hass.async_create_background_task(probe.follow(), "bench load")
        return probe.take()

    hass.services.async_register(DOMAIN, "load", load, supports_response=SupportsResponse.ONLY)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Make the satellite."""
    await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Take the satellite away."""
    return await hass.config_entries.async_unload_platforms(entry, _PLATFORMS)
