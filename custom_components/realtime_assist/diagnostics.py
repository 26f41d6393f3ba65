"""What a user may hand to a stranger who looks for a fault: settings and versions, never a secret."""

from importlib.metadata import version
from typing import Any

from homeassistant.components.diagnostics import async_redact_data, entity_entry_as_dict
from homeassistant.const import CONF_API_KEY, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import async_get_integration

from .const import CONF_BASE_URL, DOMAIN
from .coordinator import RealtimeConfigEntry
from .model_options import endpoint_from_entry

# A prompt tells who lives in the house.
TO_REDACT = {CONF_API_KEY, CONF_PROMPT}
PACKAGES = ("websockets", "numpy", "orjson")


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: RealtimeConfigEntry) -> dict[str, Any]:
    """Return diagnostics for a config entry."""
    integration = await async_get_integration(hass, DOMAIN)
    return {
        "versions": {
            DOMAIN: str(integration.version),
            **await hass.async_add_executor_job(_package_versions),
        },
        # Some put a user and a password into the address: only its host is shown.
        "data": async_redact_data(entry.data, TO_REDACT) | {CONF_BASE_URL: endpoint_from_entry(entry.data).host},
        "options": dict(entry.options),
        "subentries": {
            subentry.subentry_id: {
                "title": subentry.title,
                "subentry_type": subentry.subentry_type,
                "data": async_redact_data(subentry.data, TO_REDACT),
            }
            for subentry in entry.subentries.values()
        },
        "entities": {
            entity.entity_id: entity_entry_as_dict(entity)
            for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        },
    }


def _package_versions() -> dict[str, str]:
    """Return the versions of the packages that speak for us; reads files."""
    return {package: version(package) for package in PACKAGES}
