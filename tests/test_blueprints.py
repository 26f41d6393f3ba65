"""What the blueprints do: each is found by Home Assistant, made into an automation, and acts on what happens."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation, persistent_notification
from homeassistant.components.blueprint import BLUEPRINT_SCHEMA, Blueprint
from homeassistant.components.blueprint.importer import fetch_blueprint_from_github_url
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.realtime_assist.const import CONF_BUDGET_DAY, DOMAIN, EVENT_BUDGET, EVENT_FALLBACK
from custom_components.realtime_assist.realtime.catalog import DEFAULT_FALLBACK_MODELS, DEFAULT_MODEL

from .announced import SATELLITE, Heard, add_listeners
from .house import Agent, change_agent
from .script import script
from .test_packaging import MANIFEST, ROOT
from .test_sensor import ANSWER, COST, ask, pass_to

FOLDER = ROOT / "blueprints" / "automation" / DOMAIN
BLUEPRINTS = sorted(FOLDER.glob("*.yaml"))
MODEL = "select.realtime_assist_model"


async def automate(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Put a blueprint where Home Assistant looks for them, and make an automation of it."""
    assert await async_setup_component(hass, "persistent_notification", {})
    target = Path(hass.config.path("blueprints", "automation", DOMAIN))
    await hass.async_add_executor_job(lambda: shutil.copytree(FOLDER, target, dirs_exist_ok=True))
    config = {"use_blueprint": {"path": f"{DOMAIN}/{name}.yaml", "input": inputs}}
    assert await async_setup_component(hass, "automation", {"automation": [{"id": name, "alias": name, **config}]})
    await hass.async_block_till_done()
    assert hass.states.get(f"automation.{name}").state == "on"


@callback
def notified(hass: HomeAssistant) -> list[tuple[str | None, str]]:
    """Return the notifications that Home Assistant shows: title and message."""
    shown = persistent_notification._async_get_or_create_notifications(hass).values()
    return [(each["title"], " ".join(each["message"].split())) for each in shown]


async def fire(hass: HomeAssistant, event_type: str, **data: Any) -> None:
    """Fire an event and let everything come of it that can come at once."""
    hass.bus.async_fire(event_type, data)
    await hass.async_block_till_done()


async def until(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Wait for a state while an automation goes on."""
    reached = asyncio.Event()

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        if hass.states.is_state(entity_id, state):
            reached.set()

    stop = async_track_state_change_event(hass, entity_id, look)
    async with asyncio.timeout(10):
        await reached.wait()
    stop()


async def test_a_used_up_budget_is_told_in_a_notification(hass: HomeAssistant, agent: Agent) -> None:
    """By the thresholds and periods that were chosen."""
    await automate(hass, "notify_at_budget", thresholds=["100"], periods=["day"])
    event = {"name": "Butler", "period": "day", "limit": 0.5, "spent": 0.512345, "percent": 100}
    await fire(hass, EVENT_BUDGET, **{**event, "percent": 80})
    await fire(hass, EVENT_BUDGET, **{**event, "period": "month"})
    assert notified(hass) == []
    await fire(hass, EVENT_BUDGET, **event)
    assert notified(hass) == [("Butler: 100 % of the budget", "Butler has spent 0.51 of 0.50 USD today.")]


@script(responses=[ANSWER], repeat=True)
async def test_a_real_budget_is_told_at_both_thresholds(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """As the integration fires the event, and without any input."""
    await automate(hass, "notify_at_budget")
    await change_agent(hass, account, **{CONF_BUDGET_DAY: COST})
    await ask(hass, agent)
    assert [title for title, _ in notified(hass)] == [
        f"Realtime Assist: {percent} % of the budget" for percent in (80, 100)
    ]


@pytest.fixture
async def heard(hass: HomeAssistant, agent: Agent) -> Heard:
    """Return what is heard in the kitchen."""
    return (await add_listeners(hass))[0]


FELL_BACK = {"kind": "agent", "from": "conversation.butler", "to": "conversation.home_assistant", "reason": "http_401"}


@script(repeat=True)
async def test_an_apology_is_said_after_a_fallback_and_not_again_at_once(
    hass: HomeAssistant, heard: Heard, agent: Agent, freezer: FrozenDateTimeFactory
) -> None:
    """Only for the kinds that were chosen, and again when the pause is over."""
    await automate(hass, "apologise_for_fallback", satellite=SATELLITE, sentence="Sorry: {{ reason }}.", pause=10)
    await fire(hass, EVENT_FALLBACK, **{**FELL_BACK, "kind": "voice"})
    assert heard.texts == []
    await fire(hass, EVENT_FALLBACK, **FELL_BACK)
    await fire(hass, EVENT_FALLBACK, **FELL_BACK)
    assert heard.texts == ["Sorry: http_401."]
    freezer.tick(timedelta(minutes=10))
    await fire(hass, EVENT_FALLBACK, **FELL_BACK)
    assert len(heard.texts) == 2


async def test_an_apology_waits_for_the_end_of_the_answer(hass: HomeAssistant, heard: Heard, agent: Agent) -> None:
    """Which an announcement would cut off."""
    await automate(hass, "apologise_for_fallback", satellite=SATELLITE)
    hass.states.async_set(SATELLITE, "responding")
    hass.bus.async_fire(EVENT_FALLBACK, FELL_BACK)
    await asyncio.sleep(0)
    assert hass.states.get("automation.apologise_for_fallback").attributes["current"] == 1
    assert heard.texts == []
    hass.states.async_set(SATELLITE, "idle")
    await hass.async_block_till_done()
    assert len(heard.texts) == 1


@pytest.fixture
def step_down(agent: Agent) -> dict[str, str]:
    """Return the event of the recommended model's replacement by the next one."""
    return {
        "kind": "model",
        "from": DEFAULT_MODEL,
        "to": DEFAULT_FALLBACK_MODELS[0],
        "reason": "http_404",
        "agent": agent.conversation,
    }


@pytest.mark.parametrize("chosen", [None, DEFAULT_FALLBACK_MODELS[1]])
async def test_an_agent_moves_to_the_model_that_answered_and_back(
    hass: HomeAssistant, agent: Agent, step_down: dict[str, str], chosen: str | None, freezer: FrozenDateTimeFactory
) -> None:
    """After the hours that were chosen, unless the user has chosen another model by then."""
    await automate(hass, "switch_model_on_fallback", agent=agent.conversation, model=MODEL, hours=2)
    hass.bus.async_fire(EVENT_FALLBACK, step_down)
    await until(hass, MODEL, step_down["to"])
    if chosen is not None:
        data = {"entity_id": MODEL, "option": chosen}
        await hass.services.async_call("select", "select_option", data, blocking=True)
    await pass_to(hass, freezer, datetime.now(UTC) + timedelta(hours=2, seconds=1))
    assert hass.states.get(MODEL).state == (chosen or DEFAULT_MODEL)


async def test_an_agent_stays_with_its_model_whoever_else_falls_back(
    hass: HomeAssistant, agent: Agent, step_down: dict[str, str]
) -> None:
    """Another agent's fallbacks do not concern it, nor do those from models that it is not set to."""
    await automate(hass, "switch_model_on_fallback", agent=agent.conversation, model=MODEL)
    await fire(hass, EVENT_FALLBACK, **{**step_down, "agent": "conversation.other"})
    await fire(hass, EVENT_FALLBACK, **{**step_down, "from": "gpt-realtime-1.5"})
    assert hass.states.get(MODEL).state == DEFAULT_MODEL


@script(responses=[ANSWER], repeat=True)
async def test_what_was_spent_yesterday_is_told_in_the_morning(
    hass: HomeAssistant, agent: Agent, freezer: FrozenDateTimeFactory
) -> None:
    """Of the chosen agents or of all, with what the month is going to cost."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to("2026-11-01 00:00:00+00:00")
    agent.coordinator.turn_log.reset()
    freezer.move_to("2026-11-10 10:00:00+00:00")
    await automate(hass, "daily_spend_report", at="09:30:00")
    for _ in range(2):
        await ask(hass, agent)
    await pass_to(hass, freezer, datetime(2026, 11, 11, 9, 30, tzinfo=UTC))
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    # Two turns on one of the last seven full days, and 19 days of the month are left.
    month = 2 * COST + 2 * COST / 7 * 19
    message = f"{2 * COST:.2f} USD for 2 turns. The month is going to cost about {month:.2f} USD."
    assert notified(hass) == [("Spent by the voice agent yesterday", message)]


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
async def test_a_blueprint_is_imported_from_its_own_address(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker, path: Path
) -> None:
    """Which is the one in the repository that the manifest names, and each of its inputs says what it is."""
    text = await hass.async_add_executor_job(path.read_text)
    source = Blueprint(yaml_util.parse_yaml(text), path=path.name, schema=BLUEPRINT_SCHEMA).metadata["source_url"]
    assert source == f"{MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}"
    aioclient_mock.get(source.replace("github.com", "raw.githubusercontent.com").replace("/blob/", "/"), text=text)

    imported = await fetch_blueprint_from_github_url(hass, source)
    assert imported.blueprint.domain == automation.DOMAIN
    assert imported.blueprint.validate() is None
    assert all(field["name"] and field["description"] for field in imported.blueprint.inputs.values())
