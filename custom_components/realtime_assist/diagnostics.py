"""What a user may hand to a stranger who looks for a fault: settings, figures and versions, never a secret."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from homeassistant.components.diagnostics import async_redact_data, entity_entry_as_dict
from homeassistant.const import CONF_API_KEY, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import async_get_integration

from .const import CONF_BASE_URL, DOMAIN
from .coordinator import AgentCoordinator, RealtimeConfigEntry
from .model_options import endpoint_from_entry
from .satellite_quirks import satellites
from .session import Breaker

# A prompt tells who lives in the house.
TO_REDACT = {CONF_API_KEY, CONF_PROMPT}
PACKAGES = ("websockets", "numpy", "orjson")
NUM_RECORDS = 50


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
        "options": async_redact_data(entry.options, TO_REDACT),
        "subentries": {
            subentry.subentry_id: {
                "title": subentry.title,
                "subentry_type": subentry.subentry_type,
                "data": async_redact_data(subentry.data, TO_REDACT),
            }
            for subentry in entry.subentries.values()
        },
        "agents": {subentry_id: _agent(agent) for subentry_id, agent in entry.runtime_data.agents.items()},
        "satellites": [asdict(satellite) for satellite in satellites(hass)],
        "entities": {
            entity.entity_id: entity_entry_as_dict(entity)
            for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        },
    }


def _agent(agent: AgentCoordinator) -> dict[str, Any]:
    """Return how an agent stands: what it may ask next, what it came across, and its last turns."""
    now = agent.ladder.clock.time()
    ledger = agent.turn_log.ledger
    return {
        "ladder": [
            {"model": rung.model, "voice": rung.voice, **_breaker(agent.ladder.breaker(rung), now)}
            for rung in agent.ladder.rungs
        ],
        "account": _breaker(agent.ladder.account, now),
        "sessions": {
            "status": agent.session_watch.status.value,
            "open": agent.session_watch.num_open,
            "warm": agent.session_watch.num_warm,
            "conversations": len(agent.pool),
        },
        "unexpected_events": dict(agent.anomalies),
        "since": ledger.since,
        "counts": ledger.whole.to_dict(),
        "records": [record.to_dict() for record in ledger.records[-NUM_RECORDS:]],
    }


def _breaker(breaker: Breaker, now: float) -> dict[str, Any]:
    """Return how a rung, or the account, stands; a message may quote the key, so the code alone is told."""
    return {
        "failures": breaker.failures,
        "error": None if breaker.error is None else breaker.error.code,
        "left_alone_seconds": round(max(breaker.next_try - now, 0.0)),
    }


def _package_versions() -> dict[str, str]:
    """Return the versions of the packages that speak for us; reads files."""
    return {package: version(package) for package in PACKAGES}
