"""How the accounts are at the moment, for Home Assistant's page about its own health."""

from typing import Any
from urllib.parse import urlsplit

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .agents import loaded_agents, loaded_entries
from .figure_sensors import DOLLARS
from .insight import spent_by_day
from .realtime import Endpoint


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is to be shown."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is to be shown; servers are asked while the page is looked at."""
    agents = loaded_agents(hass)
    today = dt_util.now().date()
    entries = loaded_entries(hass)
    # What agents have spent that are gone by now is spent.
    ledgers = [ledger for entry in entries for ledger in entry.runtime_data.store.ledgers.values()]
    spent = sum(spent_by_day(ledger.days).get(today, 0) for ledger in ledgers)
    endpoints = {entry.runtime_data.endpoint.host: entry.runtime_data.endpoint for entry in entries}
    reachable = {
        "can_reach_server" if len(endpoints) == 1 else f"can_reach {host}": system_health.async_check_can_reach_url(
            hass, _address(endpoint)
        )
        for host, endpoint in endpoints.items()
    }
    return {
        **reachable,
        "sessions_open": sum(agent.session_watch.num_open for agent in agents),
        "sessions_warm": sum(agent.session_watch.num_warm for agent in agents),
        "spent_today": f"{spent:.4f} {DOLLARS}",
    }


def _address(endpoint: Endpoint) -> str:
    """Return the address of a server, without the user, the password and the path that may stand in it."""
    return f"{urlsplit(endpoint.http_url).scheme}://{endpoint.host}"
