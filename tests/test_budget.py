"""What the owner sees and hears of budgets: events, entities and notices, at the right hour and never twice."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_fire_time_changed

from custom_components.realtime_assist.agent_form import LIMITS
from custom_components.realtime_assist.const import (
    CONF_BUDGET_DAY,
    CONF_BUDGET_MONTH,
    DOMAIN,
    EVENT_BUDGET,
    SUBENTRY_AGENT,
)
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL

from .agent_forms import details_for, submit, suggested, with_changes
from .house import Agent, change_agent
from .script import script
from .test_issues import issues
from .test_sensor import ANSWER, COST, ask, pass_to

# A turn costs 0.026704.
TWO_TURNS = 0.05


async def set_account(hass: HomeAssistant, account: MockConfigEntry, **options: Any) -> None:
    """Change what the account is set to; None removes an option."""
    changed = {**account.options, **options}
    hass.config_entries.async_update_entry(
        account, options={name: value for name, value in changed.items() if value is not None}
    )
    await hass.async_block_till_done()


def told(events: list[Event]) -> list[tuple[str, str, int]]:
    """Return what was told: scope, period and percent."""
    return [(event.data["scope"], event.data["period"], event.data["percent"]) for event in events]


def shown(hass: HomeAssistant, owner: str, key: str, domain: str = "sensor") -> str | None:
    """Return what an entity of an agent or account shows; None where there is no such entity."""
    entity_id = er.async_get(hass).async_get_entity_id(domain, DOMAIN, f"{owner}_{key}")
    return None if entity_id is None else hass.states.get(entity_id).state


@pytest.fixture
async def berlin(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> ZoneInfo:
    """Be in Berlin, at noon of the day before the clocks go back, which is the month's last but one."""
    freezer.move_to("2026-10-24 10:00:00+00:00")
    await hass.config.async_set_time_zone("Europe/Berlin")
    return ZoneInfo("Europe/Berlin")


@script(responses=[ANSWER], repeat=True)
async def test_without_a_budget_there_is_nothing_to_see(hass: HomeAssistant, agent: Agent) -> None:
    """No entity, no event, no notice."""
    events = async_capture_events(hass, EVENT_BUDGET)
    await ask(hass, agent)
    assert not [entity for entity in hass.states.async_entity_ids() if "budget" in entity]
    assert (events, issues(hass)) == ([], {})


@script(responses=[ANSWER], repeat=True)
async def test_a_turn_uses_nothing_that_home_assistant_is_about_to_take_away(
    hass: HomeAssistant, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    """To find out who does, it looks through all modules, on the event loop and at the end of every turn."""
    await ask(hass, agent)

    # It is told once, which may have been while all of it was set up.
    records = caplog.get_records("setup") + caplog.get_records("call")
    assert [record.getMessage() for record in records if "deprecated" in record.getMessage()] == []


@script(responses=[ANSWER], repeat=True)
async def test_each_threshold_is_told_once_and_the_end_is_shown(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """The budget's entities appear with it, and follow every turn."""
    agent_id = agent.coordinator.subentry.subentry_id
    events = async_capture_events(hass, EVENT_BUDGET)
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 0.08})
    assert shown(hass, agent_id, "budget_day") == "0.08"
    assert shown(hass, agent_id, "budget_left_day") == "0.08"
    assert shown(hass, agent_id, "budget_month") is None
    assert shown(hass, agent_id, "budget_reached", "binary_sensor") == "off"

    await ask(hass, agent)
    assert shown(hass, agent_id, "budget_left_day") == str(round(0.08 - COST, 6))
    await ask(hass, agent)
    assert told(events) == []
    await ask(hass, agent)
    assert told(events) == [("agent", "day", 80), ("agent", "day", 100)]
    assert events[1].data == {
        "scope": "agent",
        "name": "Realtime Assist",
        "agent": agent.conversation,
        "entry_id": account.entry_id,
        "period": "day",
        "limit": 0.08,
        "spent": round(3 * COST, 6),
        "percent": 100,
    }
    assert shown(hass, agent_id, "budget_left_day") == "0.0"
    assert shown(hass, agent_id, "budget_reached", "binary_sensor") == "on"
    state = hass.states.get("binary_sensor.realtime_assist_budget_reached")
    assert state.attributes["period"] == ["day"]
    assert issues(hass)["budget_day_reached"].translation_placeholders == {"name": "Realtime Assist", "limit": "0.08"}

    await ask(hass, agent)
    assert len(events) == 2


@script(responses=[ANSWER], repeat=True)
async def test_a_sensor_of_a_budget_is_money_and_no_statistic(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """In dollars, without a state class."""
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 1, CONF_BUDGET_MONTH: 20})
    for name in ("budget_for_a_day", "budget_left_today", "budget_for_a_month", "budget_left_this_month"):
        attributes = hass.states.get(f"sensor.realtime_assist_{name}").attributes
        assert (attributes["device_class"], attributes["unit_of_measurement"]) == ("monetary", "USD")
        assert "state_class" not in attributes


async def test_an_agents_budget_is_set_in_its_form(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Among the limits; one that was emptied is gone, and so are its entities."""
    [subentry] = loaded_account.subentries.values()
    for amount in (0.25, None):
        form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
        details = await details_for(hass, form, DEFAULT_MODEL)
        assert suggested(details)[LIMITS].get(CONF_BUDGET_DAY) == (None if amount else 0.25)
        changes = {CONF_BUDGET_DAY: amount, CONF_BUDGET_MONTH: 3}
        await submit(hass, details, with_changes(suggested(details), **{LIMITS: changes}))
        assert shown(hass, subentry.subentry_id, "budget_day") == (None if amount is None else "0.25")
        assert shown(hass, subentry.subentry_id, "budget_left_month") == "3.0"


@script(responses=[ANSWER], repeat=True)
async def test_an_accounts_budget_counts_all_its_agents(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """Those that are gone as well, as what they have spent is spent; its figures are at a device of its own."""
    events = async_capture_events(hass, EVENT_BUDGET)
    await set_account(hass, account, **{CONF_BUDGET_MONTH: TWO_TURNS})
    butler = ConfigSubentry(data=recommended_options(), subentry_type=SUBENTRY_AGENT, title="Butler", unique_id=None)
    hass.config_entries.async_add_subentry(account, butler)
    await hass.async_block_till_done()
    await ask(hass, Agent(coordinator=None, conversation="conversation.butler", stt="", tts="", pipeline_id=""))
    assert shown(hass, account.entry_id, "budget_left_month") == str(round(TWO_TURNS - COST, 6))
    hass.config_entries.async_remove_subentry(account, butler.subentry_id)
    await hass.async_block_till_done()
    await ask(hass, agent)
    assert told(events) == [("account", "month", 80), ("account", "month", 100)]
    assert events[0].data["agent"] is None
    assert shown(hass, account.entry_id, "budget_reached", "binary_sensor") == "on"
    assert shown(hass, agent.coordinator.subentry.subentry_id, "budget_reached", "binary_sensor") is None
    assert issues(hass)["budget_month_reached"].translation_placeholders["name"] == account.title
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{account.entry_id}_budget_month")
    device_id = er.async_get(hass).async_get(entity_id).device_id
    assert dr.async_get(hass).async_get(device_id).name == account.title

    await set_account(hass, account, **{CONF_BUDGET_MONTH: None})
    assert shown(hass, account.entry_id, "budget_month") is None
    assert shown(hass, account.entry_id, "budget_reached", "binary_sensor") is None
    assert issues(hass) == {}
    assert dr.async_get(hass).async_get(device_id) is None
    await set_account(hass, account, **{CONF_BUDGET_MONTH: 1})
    assert shown(hass, account.entry_id, "budget_reached", "binary_sensor") == "off"


@script(responses=[ANSWER], repeat=True)
async def test_a_restart_tells_nothing_twice(hass: HomeAssistant, account: MockConfigEntry, agent: Agent) -> None:
    """The notice is there again, the event is not."""
    await change_agent(hass, account, **{CONF_BUDGET_DAY: TWO_TURNS})
    await ask(hass, agent)
    await ask(hass, agent)
    events = async_capture_events(hass, EVENT_BUDGET)
    assert await hass.config_entries.async_unload(account.entry_id)
    assert issues(hass) == {}
    assert await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    assert events == []
    assert set(issues(hass)) == {"budget_day_reached"}
    agent_id = agent.coordinator.subentry.subentry_id
    assert shown(hass, agent_id, "budget_reached", "binary_sensor") == "on"


@script(responses=[ANSWER], repeat=True)
async def test_what_was_told_is_written_down_at_once(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, hass_storage: dict[str, Any]
) -> None:
    """A power cut just after the event does not make it come again; what was spent is in the same file."""
    await change_agent(hass, account, **{CONF_BUDGET_DAY: TWO_TURNS})
    await ask(hass, agent)
    await ask(hass, agent)
    await pass_a_moment(hass)
    stored = hass_storage[f"{DOMAIN}.{account.entry_id}"]["data"]
    assert [told["percent"] for told in stored["budgets"]["told"]] == [100]
    [ledger] = stored["agents"].values()
    assert len(ledger["records"]) == 2


async def pass_a_moment(hass: HomeAssistant) -> None:
    """Let a timer of no time run off."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1))
    await hass.async_block_till_done()


@script(responses=[ANSWER], repeat=True)
async def test_raising_lifts_and_lowering_reaches_at_once(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """Without a turn in between; a threshold that is reached anew is told anew."""
    events = async_capture_events(hass, EVENT_BUDGET)
    await ask(hass, agent)
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 0.02})
    assert told(events) == [("agent", "day", 80), ("agent", "day", 100)]
    assert set(issues(hass)) == {"budget_day_reached"}
    agent_id = agent.coordinator.subentry.subentry_id
    await change_agent(hass, account, **{CONF_BUDGET_DAY: TWO_TURNS})
    assert shown(hass, agent_id, "budget_reached", "binary_sensor") == "off"
    assert issues(hass) == {}
    await ask(hass, agent)
    assert told(events)[2:] == [("agent", "day", 80), ("agent", "day", 100)]


@script(responses=[ANSWER], repeat=True)
async def test_a_budget_is_whole_again_at_the_houses_midnight(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, berlin: ZoneInfo, account: MockConfigEntry, agent: Agent
) -> None:
    """All 25 hours of the day on which the clocks go back are one budget; the month's goes on."""
    await change_agent(hass, account, **{CONF_BUDGET_DAY: TWO_TURNS, CONF_BUDGET_MONTH: 0.07})
    agent_id = agent.coordinator.subentry.subentry_id
    events = async_capture_events(hass, EVENT_BUDGET)
    await pass_to(hass, freezer, datetime(2026, 10, 25, 0, 0, tzinfo=berlin))
    await ask(hass, agent)
    # Twenty-four hours later it is eleven in the evening.
    await pass_to(hass, freezer, datetime(2026, 10, 25, 22, 0, tzinfo=UTC))
    await ask(hass, agent)
    assert told(events) == [("agent", "day", 80), ("agent", "day", 100)]
    await pass_to(hass, freezer, datetime(2026, 10, 26, 0, 0, tzinfo=berlin))
    assert shown(hass, agent_id, "budget_left_day") == str(TWO_TURNS)
    assert shown(hass, agent_id, "budget_reached", "binary_sensor") == "off"
    assert shown(hass, agent_id, "budget_left_month") == str(round(0.07 - 2 * COST, 6))
    assert issues(hass) == {}
    await ask(hass, agent)
    assert told(events)[2:] == [("agent", "month", 80), ("agent", "month", 100)]

    await pass_to(hass, freezer, datetime(2026, 11, 1, 0, 0, tzinfo=berlin))
    assert shown(hass, agent_id, "budget_left_month") == "0.07"
    assert issues(hass) == {}


@script(responses=[ANSWER], repeat=True)
async def test_a_clock_that_is_set_back_over_midnight_tells_nothing_twice(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, berlin: ZoneInfo, account: MockConfigEntry, agent: Agent
) -> None:
    """The day that it finds again is used up still."""
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 0.02})
    events = async_capture_events(hass, EVENT_BUDGET)
    await ask(hass, agent)
    await pass_to(hass, freezer, datetime(2026, 10, 25, 0, 0, tzinfo=berlin))
    await ask(hass, agent)
    assert len(events) == 4
    freezer.move_to(datetime(2026, 10, 24, 23, 59, tzinfo=berlin))
    await ask(hass, agent)
    assert len(events) == 4
    assert shown(hass, agent.coordinator.subentry.subentry_id, "budget_reached", "binary_sensor") == "on"
