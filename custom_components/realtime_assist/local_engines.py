"""Which speech engines of the house work while the internet is away."""

from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import IntegrationNotFound, async_get_integration

from .const import CONF_FALLBACK_STT, CONF_FALLBACK_TTS, DOMAIN

_DOMAINS = {CONF_FALLBACK_STT: Platform.STT, CONF_FALLBACK_TTS: Platform.TTS}


async def async_local_engines(hass: HomeAssistant) -> dict[str, Any]:
    """Return the options that name the house's own speech engines as fallbacks; what it lacks is left out."""
    found = {option: await _async_first(hass, domain) for option, domain in _DOMAINS.items()}
    return {option: entity_id for option, entity_id in found.items() if entity_id is not None}


def own_engines(hass: HomeAssistant, domain: str) -> list[str]:
    """Return the engines of this integration, which fail together with the ones that they would replace."""
    return sorted(
        entity.entity_id
        for entity in er.async_get(hass).entities.values()
        if entity.domain == domain and entity.platform == DOMAIN
    )


async def _async_first(hass: HomeAssistant, domain: str) -> str | None:
    """Return the first enabled entity whose integration says that it is local."""
    for entity in er.async_get(hass).entities.values():
        if entity.domain != domain or entity.platform == DOMAIN or entity.disabled:
            continue
        try:
            integration = await async_get_integration(hass, entity.platform)
        except IntegrationNotFound:
            continue
        if (integration.iot_class or "").startswith("local"):
            return entity.entity_id
    return None
