"""What an account's server says of its models' ends: asked soon after start and once a day, and never missed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import ClientError, ClientTimeout
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.util import dt as dt_util

from .const import CONF_PROVIDER, LOGGER
from .coordinator import RealtimeConfigEntry
from .hosts import async_admit
from .issues import show_retirements
from .realtime.providers import PROVIDERS, Provider
from .session import CannotConnect, SessionError, announced_shutdowns

# Whoever starts has more urgent things to do at first.
FIRST_SECONDS = 10
INTERVAL = timedelta(days=1)
TIMEOUT = ClientTimeout(total=30)


def start(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Ask soon, and once a day until the account is unloaded; nobody is kept waiting.

    A provider that lists no models is not asked.
    """
    if not PROVIDERS[Provider(entry.data[CONF_PROVIDER])].lists_models:
        return

    @callback
    def ask(_: datetime) -> None:
        entry.async_create_background_task(hass, _async_ask(hass, entry), f"models of {entry.title}")

    entry.async_on_unload(async_call_later(hass, FIRST_SECONDS, HassJob(ask, cancel_on_shutdown=True)))
    entry.async_on_unload(async_track_time_interval(hass, ask, INTERVAL, cancel_on_shutdown=True))


async def _async_ask(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Take over what the server announces; where it says nothing, what was known stays."""
    data = entry.runtime_data

    async def fetch(url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        await async_admit(hass, data.endpoint)
        # A key must not follow a redirect to somebody else.
        get = async_get_clientsession(hass).get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        try:
            async with get as response:
                return response.status, await response.read()
        except (ClientError, TimeoutError, ValueError) as err:
            raise CannotConnect(type(err).__name__) from None

    try:
        data.announced = await announced_shutdowns(data.endpoint, fetch)
    except SessionError as err:
        LOGGER.debug("The server's models could not be listed: %s", err.code)
    show_retirements(hass, entry, dt_util.now().date(), data.announced)
    for agent in data.agents.values():
        agent.apply(agent.subentry)
