"""What the logbook tells of fallbacks and budgets."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
import pytest

from custom_components.realtime_assist.const import DOMAIN
from custom_components.realtime_assist.insight import Fallback, FallbackKind
from custom_components.realtime_assist.logbook import async_describe_events

from .house import Agent


@pytest.fixture
def entries(hass: HomeAssistant, agent: Agent) -> list[dict[str, Any]]:
    """Return the entries that a logbook will have made of our events."""
    made: list[dict[str, Any]] = []

    def describe(domain: str, event_type: str, description: Callable[[Any], dict[str, Any]]) -> None:
        @callback
        def take(event: Event) -> None:
            made.append(description(event))

        assert domain == DOMAIN
        hass.bus.async_listen(event_type, take)

    async_describe_events(hass, describe)
    return made


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (FallbackKind.MODEL, "had new answer in place of old (server_error)"),
        (FallbackKind.VOICE, "spoke with new in place of old (server_error)"),
        (FallbackKind.AGENT, "handed over to new (server_error)"),
        (FallbackKind.STT, "had new listen in its place (server_error)"),
        (FallbackKind.TTS, "had new speak in its place (server_error)"),
    ],
)
async def test_a_fallback_is_told_at_its_agent(
    hass: HomeAssistant, agent: Agent, entries: list[dict[str, Any]], kind: FallbackKind, message: str
) -> None:
    """With what took the place of what, and the code of the reason."""
    agent.coordinator.fell_back(Fallback(kind=kind, from_="old", to="new", reason="server_error"), None)
    await hass.async_block_till_done()

    [entry] = entries
    assert (entry["name"], entry["message"], entry["entity_id"]) == ("Realtime Assist", message, agent.conversation)


@pytest.mark.parametrize("period", ["day", "month"])
async def test_a_budget_is_told_by_name(
    hass: HomeAssistant, agent: Agent, entries: list[dict[str, Any]], period: str
) -> None:
    """An account has no entity to link to, and an agent has."""
    told = {"period": period, "percent": 80, "limit": 2.0, "spent": 1.7}
    hass.bus.async_fire(f"{DOMAIN}_budget", {**told, "scope": "account", "name": "api.openai.com", "agent": None})
    hass.bus.async_fire(f"{DOMAIN}_budget", {**told, "scope": "agent", "name": "Jeeves", "agent": agent.conversation})
    await hass.async_block_till_done()

    account, jeeves = entries
    assert (account["name"], account["entity_id"]) == ("api.openai.com", None)
    assert (jeeves["name"], jeeves["entity_id"]) == ("Jeeves", agent.conversation)
    assert jeeves["message"] == f"has spent 80 % of its budget of 2.00 USD for the {period}"
