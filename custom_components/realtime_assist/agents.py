"""Which agents there are, what they are called, and which of them an action means."""

from collections.abc import Sequence

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .coordinator import AgentCoordinator, RealtimeConfigEntry


@callback
def loaded_entries(hass: HomeAssistant) -> list[RealtimeConfigEntry]:
    """Return the accounts that are loaded."""
    return hass.config_entries.async_loaded_entries(DOMAIN)


@callback
def loaded_agents(hass: HomeAssistant) -> list[AgentCoordinator]:
    """Return the agents of all accounts that are loaded."""
    return [agent for entry in loaded_entries(hass) for agent in entry.runtime_data.agents.values()]


@callback
def entity_id_of(hass: HomeAssistant, subentry_id: str, platform: Platform, key: str | None = None) -> str | None:
    """Return the entity id of one of an agent's entities; `key` names it where its platform has more than one."""
    return er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{subentry_id}_{key or platform}")


@callback
def name_of(hass: HomeAssistant, agent: AgentCoordinator) -> str:
    """Return an agent's name as the user sees it: the one that they gave its device, where they did."""
    entity_id = entity_id_of(hass, agent.subentry.subentry_id, Platform.CONVERSATION)
    entity = er.async_get(hass).async_get(entity_id) if entity_id is not None else None
    device = dr.async_get(hass).async_get(entity.device_id) if entity is not None and entity.device_id else None
    return agent.subentry.title if device is None else device.name_by_user or agent.subentry.title


@callback
def chosen_agents(hass: HomeAssistant, entity_ids: Sequence[str]) -> list[AgentCoordinator]:
    """Return the agents that conversation entities are of, all agents where none is named.

    Raises ServiceValidationError where one is not ours, or where there is none.
    """
    if not entity_ids:
        if not (agents := loaded_agents(hass)):
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_agent")
        return agents
    return [_agent_of(hass, entity_id) for entity_id in entity_ids]


@callback
def chosen_agent(hass: HomeAssistant, entity_id: str | None) -> AgentCoordinator:
    """Return the agent that a conversation entity is of; where none is named, the only one that there is.

    Raises ServiceValidationError as `chosen_agents` does, and where the choice is not clear.
    """
    agents = chosen_agents(hass, [] if entity_id is None else [entity_id])
    if len(agents) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="several_agents")
    return agents[0]


def _agent_of(hass: HomeAssistant, entity_id: str) -> AgentCoordinator:
    """Return the agent that a conversation entity is of. Raises ServiceValidationError."""
    found = er.async_get(hass).async_get(entity_id)
    if found is None or found.platform != DOMAIN or found.domain != Platform.CONVERSATION:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="unknown_agent", translation_placeholders={"entity": entity_id}
        )
    agents = {agent.subentry.subentry_id: agent for agent in loaded_agents(hass)}
    if (agent := agents.get(found.config_subentry_id or "")) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="agent_not_loaded",
            translation_placeholders={"entity": entity_id},
        )
    return agent
