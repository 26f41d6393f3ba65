"""A dashboard of our own: there while an account wants it, made anew whenever it is looked at, and never in the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, override

from homeassistant.components import frontend
from homeassistant.components.lovelace.const import DOMAIN as LOVELACE, LOVELACE_DATA, MODE_YAML
from homeassistant.components.lovelace.dashboard import LovelaceConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes, json_fragment

from .account_options import AccountOptions
from .agents import loaded_entries, name_of
from .const import DOMAIN, LOGGER
from .coordinator import AgentCoordinator, RealtimeConfigEntry
from .dashboard_cards import AgentView, Shown
from .texts import Texts

URL_PATH = "realtime-assist"
TITLE = "Realtime Assist"
ICON = "mdi:account-voice"

_ACCOUNT_KEYS = ("budget_left_day", "budget_left_month")


class AgentDashboard(LovelaceConfig):
    """A view of each agent; nobody can edit it, as it follows what there is."""

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(
            hass,
            URL_PATH,
            {
                "id": DOMAIN,
                "title": TITLE,
                "icon": ICON,
                "mode": MODE_YAML,
                "require_admin": False,
                "show_in_sidebar": True,
            },
        )

    @property
    @override
    def mode(self) -> str:
        """Return that it cannot be edited."""
        return MODE_YAML

    @override
    async def async_get_info(self) -> dict[str, Any]:
        """Return how many views there are."""
        return {"mode": self.mode, "views": len((await self.async_load(force=False))["views"])}

    @override
    async def async_load(self, force: bool) -> dict[str, Any]:
        """Return the dashboard as it is now."""
        texts = await Texts.async_load(self.hass)
        return {"title": TITLE, "views": [view.to_view(texts.text) for view in _views(self.hass)]}

    @override
    async def async_json(self, force: bool) -> json_fragment:
        """Return the dashboard as it is now, for the frontend."""
        return json_fragment(json_bytes(await self.async_load(force)))

    @callback
    def changed(self) -> None:
        """Have whoever looks at it ask for it anew."""
        self._config_updated()


@callback
def show(hass: HomeAssistant, *, without: str | None = None) -> None:
    """Show the dashboard while an account wants it, and take it away with the last one.

    `without` is the id of an entry that is about to go.
    """
    if LOVELACE_DATA not in hass.data:
        return
    dashboards = hass.data[LOVELACE_DATA].dashboards
    present = dashboards.get(URL_PATH)
    ours = present if isinstance(present, AgentDashboard) else None
    wanted = any(_wants(entry) for entry in hass.config_entries.async_entries(DOMAIN) if entry.entry_id != without)
    if ours is not None and wanted:
        ours.changed()
    elif ours is not None:
        frontend.async_remove_panel(hass, URL_PATH)
        del dashboards[URL_PATH]
    elif wanted and (present is not None or frontend.async_panel_exists(hass, URL_PATH)):
        LOGGER.info("There is a dashboard at %s already, which is left as it is", URL_PATH)
    elif wanted:
        dashboards[URL_PATH] = AgentDashboard(hass)
        frontend.async_register_built_in_panel(
            hass,
            LOVELACE,
            sidebar_title=TITLE,
            sidebar_icon=ICON,
            frontend_url_path=URL_PATH,
            config={"mode": MODE_YAML},
        )


def _wants(entry: RealtimeConfigEntry) -> bool:
    """Return whether an account wants a dashboard; one that the user has disabled wants nothing."""
    return entry.disabled_by is None and AccountOptions.from_entry(entry.options).dashboard


def _views(hass: HomeAssistant) -> Iterable[AgentView]:
    """Return the agents that are there now and wanted on the dashboard."""
    for entry in loaded_entries(hass):
        if not _wants(entry):
            continue
        account = _of_account(entry, _entities(hass, entry, entry.entry_id))
        for subentry_id, agent in entry.runtime_data.agents.items():
            yield _view(hass, agent, _entities(hass, entry, subentry_id), account)


def _view(
    hass: HomeAssistant, agent: AgentCoordinator, entities: Mapping[str, Shown], account: Sequence[Shown]
) -> AgentView:
    """Return an agent as it is shown."""
    agent_id = agent.subentry.subentry_id
    budgets = agent.entry.runtime_data.budgets.of(agent_id)
    return AgentView(
        id=agent_id,
        name=name_of(hass, agent),
        entities=entities,
        limits={period: budget.limit for period, budget in budgets.items()},
        account=account,
    )


def _of_account(entry: RealtimeConfigEntry, entities: Mapping[str, Shown]) -> list[Shown]:
    """Return what is shown of an account beside an agent that may have the same of its own."""
    shown = [entities[key] for key in _ACCOUNT_KEYS if key in entities]
    return [replace(each, name=f"{entry.title}: {each.name}") for each in shown]


def _entities(hass: HomeAssistant, entry: RealtimeConfigEntry, owner: str) -> dict[str, Shown]:
    """Return the enabled entities of an agent, or of the account, by the key behind the owner in their unique ids."""
    prefix = f"{owner}_"
    return {
        entity.unique_id.removeprefix(prefix): Shown(
            entity_id=entity.entity_id, name=entity.name or entity.original_name or entity.entity_id
        )
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.unique_id.startswith(prefix) and not entity.disabled
    }
