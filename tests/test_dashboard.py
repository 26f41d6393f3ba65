"""The dashboard: there by itself, made of what is there, in nobody's way, and gone with the last account."""

from collections.abc import Iterator
from typing import Any

from homeassistant.components import frontend
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.config_entries import ConfigEntryDisabler, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.realtime_assist.const import (
    CONF_BUDGET_DAY,
    CONF_BUDGET_MONTH,
    CONF_DASHBOARD,
    DEFAULT_AGENT_NAME,
    DOMAIN,
)
from custom_components.realtime_assist.model_options import recommended_options

from .house import Agent, change_agent

PATH = "realtime-assist"
# Home Assistant's own cards and sections.
OWN_TYPES = {"sections", "grid", "heading", "tile", "gauge", "statistics-graph", "history-graph"}


@pytest.fixture
async def lovelace(hass: HomeAssistant) -> None:
    """Have dashboards in the house."""
    assert await async_setup_component(hass, "lovelace", {})


@pytest.fixture
def shown(lovelace: None, agent: Agent) -> Agent:
    """Return the agent of a house with dashboards."""
    return agent


async def fetch(hass: HomeAssistant, hass_ws_client: WebSocketGenerator, command: str, **data: Any) -> Any:
    """Return what the frontend gets; None for an error."""
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": command, **data})
    return (await client.receive_json()).get("result")


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield everything in a dashboard that has a type."""
    if isinstance(tree, list):
        for branch in tree:
            yield from nodes(branch)
    elif isinstance(tree, dict):
        if "type" in tree:
            yield tree
        for branch in tree.values():
            yield from nodes(branch)


def entity_ids(tree: Any) -> set[str]:
    """Return the entities that a dashboard shows."""
    rows = [row for node in nodes(tree) for row in [node, *node.get("entities", [])]]
    return {row["entity"] for row in rows if "entity" in row}


def cards(tree: Any, kind: str) -> list[dict[str, Any]]:
    """Return the cards of a type."""
    return [node for node in nodes(tree) if node["type"] == kind]


async def test_a_dashboard_appears_by_itself(
    hass: HomeAssistant, shown: Agent, hass_ws_client: WebSocketGenerator
) -> None:
    """The frontend finds it in the sidebar and in the list, and nobody can change it."""
    panel = hass.data[frontend.DATA_PANELS][PATH]
    assert (panel.component_name, panel.sidebar_title) == ("lovelace", "Realtime Assist")
    assert not panel.require_admin
    [listed] = [item for item in await fetch(hass, hass_ws_client, "lovelace/dashboards/list") if item["id"]]
    assert (listed["url_path"], listed["mode"]) == (PATH, "yaml")
    assert await fetch(hass, hass_ws_client, "lovelace/config/save", url_path=PATH, config={"views": []}) is None


async def test_it_shows_only_what_is_there(
    hass: HomeAssistant, shown: Agent, hass_ws_client: WebSocketGenerator
) -> None:
    """Every entity exists, every card is Home Assistant's own, and every word is one."""
    config = await fetch(hass, hass_ws_client, "lovelace/config", url_path=PATH)

    [view] = config["views"]
    assert (view["title"], view["path"]) == (
        DEFAULT_AGENT_NAME,
        f"agent-{shown.coordinator.subentry.subentry_id.lower()}",
    )
    assert {node["type"] for node in nodes(config)} <= OWN_TYPES
    assert len(entity_ids(config)) > 15
    assert [entity_id for entity_id in entity_ids(config) if hass.states.get(entity_id) is None] == []
    headings = [card["heading"] for card in cards(config, "heading")]
    assert headings == ["Spend", "Speed", "Reliability", "In use"]
    latency = next(card for card in cards(config, "statistics-graph") if card["stat_types"] == ["mean"])
    assert [row["name"] for row in latency["entities"]] == [
        "Time to first audio, median",
        "Time to first audio, 95th percentile",
    ]
    assert {card["period"] for card in cards(config, "statistics-graph")} == {"day", "month", "hour"}


async def test_what_is_disabled_leaves_the_dashboard(
    hass: HomeAssistant, shown: Agent, hass_ws_client: WebSocketGenerator
) -> None:
    """With its cards, down to no section at all."""
    registry = er.async_get(hass)
    mine = er.async_entries_for_config_entry(registry, shown.coordinator.entry.entry_id)
    for entity in mine:
        if entity.domain == "sensor":
            registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)

    config = await fetch(hass, hass_ws_client, "lovelace/config", url_path=PATH)

    assert entity_ids(config) == set()
    assert [view["sections"] for view in config["views"]] == [[]]


async def test_budgets_are_what_spend_is_measured_against(
    hass: HomeAssistant, shown: Agent, account: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """At once: whoever looks at it is told to ask anew. Colours change where the events come."""
    told = async_capture_events(hass, "lovelace_updated")
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 2})
    hass.config_entries.async_update_entry(account, options={CONF_BUDGET_MONTH: 30})
    await hass.async_block_till_done()

    config = await fetch(hass, hass_ws_client, "lovelace/config", url_path=PATH)

    assert {event.data["url_path"] for event in told} == {PATH}
    [gauge] = cards(config, "gauge")
    assert (gauge["entity"], gauge["max"]) == ("sensor.realtime_assist_cost_today", 2.0)
    assert gauge["severity"] == {"green": 0, "yellow": 1.6, "red": 2.0}
    left = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{account.entry_id}_budget_left_month")
    [tile] = [card for card in cards(config, "tile") if card["entity"] == left]
    assert tile["name"] == f"{account.title}: Budget left this month"
    assert [entity_id for entity_id in entity_ids(config) if hass.states.get(entity_id) is None] == []


async def test_a_limit_without_a_figure_is_no_gauge(
    hass: HomeAssistant, shown: Agent, account: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """Somebody has disabled the sensor that it would show."""
    off = er.RegistryEntryDisabler.USER
    er.async_get(hass).async_update_entity("sensor.realtime_assist_cost_today", disabled_by=off)
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 2})

    assert cards(await fetch(hass, hass_ws_client, "lovelace/config", url_path=PATH), "gauge") == []


async def test_each_account_decides_for_its_agents(
    hass: HomeAssistant, shown: Agent, account: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """The dashboard stays while one of them wants it, with the agents of that one."""
    butler = ConfigSubentryData(subentry_type="agent", title="Butler", data=recommended_options(), unique_id=None)
    other = MockConfigEntry(domain=DOMAIN, title="Other", data=dict(account.data), subentries_data=[butler])
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    dashboard = hass.data[LOVELACE_DATA].dashboards[PATH]
    assert await dashboard.async_get_info() == {"mode": "yaml", "views": 2}

    hass.config_entries.async_update_entry(account, options={CONF_DASHBOARD: False})
    await hass.async_block_till_done()

    config = await fetch(hass, hass_ws_client, "lovelace/config", url_path=PATH)
    assert [view["title"] for view in config["views"]] == ["Butler"]
    assert dashboard.mode == "yaml"


async def test_it_can_be_switched_off_and_on(
    hass: HomeAssistant, shown: Agent, account: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """By the account's options, without a restart."""
    for wanted in (False, True, False):
        hass.config_entries.async_update_entry(account, options={CONF_DASHBOARD: wanted})
        await hass.async_block_till_done()
        assert frontend.async_panel_exists(hass, PATH) is wanted
        assert (PATH in hass.data[LOVELACE_DATA].dashboards) is wanted
    assert await fetch(hass, hass_ws_client, "lovelace/config", url_path=PATH) is None


async def test_a_dashboard_of_that_name_is_left_alone(
    hass: HomeAssistant, shown: Agent, account: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """Somebody has made it by hand; it stays when the account wants its own, and when it goes."""
    hass.config_entries.async_update_entry(account, options={CONF_DASHBOARD: False})
    await hass.async_block_till_done()
    made = await fetch(hass, hass_ws_client, "lovelace/dashboards/create", url_path=PATH, title="My own")
    assert made["title"] == "My own"

    hass.config_entries.async_update_entry(account, options={CONF_DASHBOARD: True})
    await hass.async_block_till_done()
    assert await hass.config_entries.async_remove(account.entry_id)

    assert hass.data[frontend.DATA_PANELS][PATH].sidebar_title == "My own"
    assert PATH in hass.data[LOVELACE_DATA].dashboards


async def test_it_outlives_a_reload_and_no_account(hass: HomeAssistant, shown: Agent, account: MockConfigEntry) -> None:
    """It stays open while the account is loaded again, and is gone when it is disabled, or removed."""
    before = hass.data[LOVELACE_DATA].dashboards[PATH]
    assert await hass.config_entries.async_reload(account.entry_id)
    assert hass.data[LOVELACE_DATA].dashboards[PATH] is before

    await hass.config_entries.async_set_disabled_by(account.entry_id, ConfigEntryDisabler.USER)
    assert not frontend.async_panel_exists(hass, PATH)
    await hass.config_entries.async_set_disabled_by(account.entry_id, None)
    assert frontend.async_panel_exists(hass, PATH)

    await hass.config_entries.async_remove(account.entry_id)
    assert not frontend.async_panel_exists(hass, PATH)
    assert PATH not in hass.data[LOVELACE_DATA].dashboards


async def test_a_house_without_dashboards_gets_none(hass: HomeAssistant, agent: Agent) -> None:
    """Nor an error."""
    assert LOVELACE_DATA not in hass.data
