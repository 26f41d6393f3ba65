"""What becomes known of an agent's turns and fallbacks: a record that is kept, and an event on the bus."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN, EVENT_FALLBACK
from .insight import Fallback, TurnRecord


class TurnLog:
    """Takes the turns of one agent, by subentry id."""

    def __init__(self, hass: HomeAssistant, agent_id: str) -> None:
        self._hass = hass
        self._agent_id = agent_id

    @callback
    def turn_ended(self, record: TurnRecord, conversation_id: str) -> None:
        """Keep a turn, and tell its fallbacks."""
        for fallback in record.fallbacks:
            self._fire(fallback, conversation_id)

    @callback
    def fell_back(self, fallback: Fallback, conversation_id: str | None) -> None:
        """Count and tell a fallback that is part of no turn."""
        self._fire(fallback, conversation_id)

    @callback
    def _fire(self, fallback: Fallback, conversation_id: str | None) -> None:
        """Tell automations what was replaced by what, and why."""
        unique_id = f"{self._agent_id}_{Platform.CONVERSATION}"
        agent = er.async_get(self._hass).async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)
        data = {**fallback.to_dict(), "conversation_id": conversation_id, "agent": agent}
        self._hass.bus.async_fire(EVENT_FALLBACK, data)
