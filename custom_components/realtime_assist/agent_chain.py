"""Whom an agent hands a turn to, and whether that ever leads back to it."""

from collections.abc import Iterator

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN, SUBENTRY_AGENT
from .model_options import AgentOptions


def leads_back(hass: HomeAssistant, subentry_id: str | None, fallback_agent: str | None) -> bool:
    """Return whether a chain of fallback agents asks an agent twice.

    `subentry_id` is whose fallback agent this is to be; None is an agent that is yet to be made.
    """
    asked = set() if subentry_id is None else {subentry_id}
    for follower in _chain(hass, fallback_agent):
        if follower in asked:
            return True
        asked.add(follower)
    return False


def _chain(hass: HomeAssistant, agent_id: str | None) -> Iterator[str]:
    """Yield the subentry ids of our own agents that follow one another; without an end where they form a ring."""
    options_by_id = {
        subentry_id: AgentOptions.from_subentry(subentry.data)
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry_id, subentry in entry.subentries.items()
        if subentry.subentry_type == SUBENTRY_AGENT
    }
    registry = er.async_get(hass)
    while agent_id is not None:
        entity = registry.async_get(agent_id)
        if entity is None or entity.platform != DOMAIN or entity.domain != Platform.CONVERSATION:
            return
        if (options := options_by_id.get(entity.config_subentry_id or "")) is None:
            return
        yield entity.config_subentry_id or ""
        agent_id = options.fallback_agent
