"""Realtime Assist: an Assist agent whose ears, mind and voice are one realtime session."""

import asyncio
from datetime import timedelta
from functools import partial

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from . import agent_pipelines, announcements, daily_export, dashboard, issues
from .budget import Budgets
from .const import DOMAIN, LOGGER, SUBENTRY_AGENT
from .coordinator import AgentCoordinator, RealtimeConfigEntry, RealtimeData
from .entity import agent_device
from .migration import migrate
from .model_options import AnswerOrder, endpoint_from_entry
from .services import async_setup_services
from .spending_issues import show_unknown_prices
from .store import LedgerStore

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.CONVERSATION,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.STT,
    Platform.TTS,
)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

# A turn that is on its way is heard out before its agents are loaded again.
TURNS_END_SECONDS = 30.0
LOOK_INTERVAL = timedelta(seconds=0.1)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what there is only one of, whatever accounts there are."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RealtimeConfigEntry) -> bool:
    """Set up an account; no network is needed, so the house's agents exist while the internet is away."""
    endpoint = endpoint_from_entry(entry.data)
    store = LedgerStore(hass, entry.entry_id)
    entry.async_on_unload(store.async_close)
    await store.async_load()
    store.close_all_but(_agents(entry))
    budgets = Budgets(hass, entry, store)
    agents = {
        subentry_id: AgentCoordinator(hass, entry, subentry, endpoint, store, budgets=budgets)
        for subentry_id, subentry in _agents(entry).items()
    }
    entry.runtime_data = RealtimeData(endpoint=endpoint, agents=agents, budgets=budgets, store=store)
    for agent in agents.values():
        # These run after the platforms are unloaded, and also when setup breaks off half-way.
        entry.async_on_unload(agent.async_shutdown)
        entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, agent.async_stop))
        entry.async_on_unload(agent.turn_log.start())
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_updated))
    entry.async_on_unload(partial(issues.forget_failures, hass, entry))
    entry.async_on_unload(budgets.start(agent.turn_log for agent in agents.values()))
    _show_issues(hass, entry)
    announcements.start(hass, entry)
    daily_export.start(hass, entry)
    dashboard.show(hass)
    entry.async_on_unload(partial(dashboard.show, hass))
    await agent_pipelines.async_remove_orphans(hass, entry)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Take over an account that an earlier version has stored; a later one's is left alone."""
    migrate(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: RealtimeConfigEntry) -> bool:
    """Unload an account."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    for agent in entry.runtime_data.agents.values():
        await agent.async_shutdown()
    await entry.runtime_data.store.async_close()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Forget what was counted of an account that is gone."""
    issues.forget_all(hass, entry)
    dashboard.show(hass, without=entry.entry_id)
    await agent_pipelines.async_remove_all(hass, entry)
    await LedgerStore(hass, entry.entry_id).async_remove()


async def _async_updated(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Take over what has changed: options in place, everything else by loading the account again."""
    data = entry.runtime_data
    if data.endpoint == endpoint_from_entry(entry.data) and data.agents.keys() == _agents(entry).keys():
        for agent in data.agents.values():
            agent.apply(entry.subentries[agent.subentry.subentry_id])
            _show_device(hass, entry, agent.subentry)
        data.budgets.look()
        _show_issues(hass, entry)
        dashboard.show(hass)
        return
    await _async_turns_ended(hass, data)
    if entry.state is ConfigEntryState.LOADED and entry.runtime_data is data:
        await hass.config_entries.async_reload(entry.entry_id)


def _agents(entry: RealtimeConfigEntry) -> dict[str, ConfigSubentry]:
    """Return the account's agents by subentry id; a later version may have stored subentries of other kinds."""
    return {
        subentry_id: subentry
        for subentry_id, subentry in entry.subentries.items()
        if subentry.subentry_type == SUBENTRY_AGENT
    }


def _show_device(hass: HomeAssistant, entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> None:
    """Show an agent's name and model at its device."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, config_subentry_id=subentry.subentry_id, **agent_device(entry, subentry)
    )


def _show_issues(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Show among the repairs what is wrong with the settings, and take back what has been put right."""
    issues.show_retirements(hass, entry, dt_util.now().date(), entry.runtime_data.announced)
    issues.show_without_tools(hass, entry)
    show_unknown_prices(hass, entry)
    for subentry_id, agent in entry.runtime_data.agents.items():
        if agent.options.answer_order is not AnswerOrder.EAGER:
            issues.clear_order_unreadable(hass, subentry_id)


async def _async_turns_ended(hass: HomeAssistant, data: RealtimeData) -> None:
    """Return when nobody is being listened to or answered any more, or when that takes too long."""
    ended = asyncio.Event()

    @callback
    def look(_: object = None) -> None:
        if not any(agent.busy for agent in data.agents.values()):
            ended.set()

    look()
    cancel = async_track_time_interval(hass, look, LOOK_INTERVAL, cancel_on_shutdown=True)
    try:
        async with asyncio.timeout(TURNS_END_SECONDS):
            await ended.wait()
    except TimeoutError:
        LOGGER.warning("A turn was still running after %d seconds and was broken off", TURNS_END_SECONDS)
    finally:
        cancel()
