"""What the logbook says of fallbacks and of budgets, at the agent that it is about."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
    LazyEventPartialState,
)
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN, EVENT_BUDGET, EVENT_FALLBACK
from .texts import Texts

type Described = dict[str, Any]


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], Described]], None],
) -> None:
    """Describe our events."""

    @callback
    def describe_fallback(event: LazyEventPartialState) -> Described:
        data = event.data
        agent = data.get("agent")
        state = hass.states.get(agent) if agent else None
        return {
            LOGBOOK_ENTRY_NAME: agent if state is None else state.name,
            LOGBOOK_ENTRY_MESSAGE: Texts.loaded(hass).text(
                f"fallback_{data['kind']}", old=data["from"], new=data["to"], reason=data["reason"]
            ),
            LOGBOOK_ENTRY_ENTITY_ID: agent,
            LOGBOOK_ENTRY_ICON: "mdi:stairs-down",
        }

    @callback
    def describe_budget(event: LazyEventPartialState) -> Described:
        data = event.data
        return {
            LOGBOOK_ENTRY_NAME: data["name"],
            LOGBOOK_ENTRY_MESSAGE: Texts.loaded(hass).text(
                f"spent_{data['period']}", percent=str(data["percent"]), limit=f"{data['limit']:.2f}"
            ),
            LOGBOOK_ENTRY_ENTITY_ID: data.get("agent"),
            LOGBOOK_ENTRY_ICON: "mdi:cash-alert",
        }

    async_describe_event(DOMAIN, EVENT_FALLBACK, describe_fallback)
    async_describe_event(DOMAIN, EVENT_BUDGET, describe_budget)
