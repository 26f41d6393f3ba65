"""Long-term statistics take every figure that has a state class, without a word in the log."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import conversation
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import (
    list_statistic_ids,
    statistics_during_period,
    validate_statistics,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.realtime_assist.const import DOMAIN

from .script import script

AGENT = "conversation.realtime_assist"
TODAY = "sensor.realtime_assist_cost_today"
TOTAL = "sensor.realtime_assist_cost_in_total"
TURNS = "sensor.realtime_assist_turns"
# A million tokens of text of gpt-realtime-2.1: 24 dollars.
ANSWER = {"text": "Yes.", "usage": {"output_token_details": {"text_tokens": 1_000_000}}}


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: None) -> None:
    """Have the recorder ready before Home Assistant, as it must be."""


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, account: MockConfigEntry) -> None:
    """Set everything up, five minutes before midnight."""
    freezer.move_to("2026-11-22 23:55:00+00:00")
    await hass.config.async_set_time_zone("UTC")
    for domain in ("homeassistant", "sensor"):
        assert await async_setup_component(hass, domain, {})
    account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()


async def ask(hass: HomeAssistant, turns: int = 1) -> None:
    """Have so many turns answered."""
    for _ in range(turns):
        await conversation.async_converse(hass, "Hi", None, Context(), agent_id=AGENT, language="en")
        await hass.async_block_till_done()


async def sum_up(hass: HomeAssistant, freezer: FrozenDateTimeFactory, period: datetime) -> None:
    """Have the statistics of five minutes made, and let them pass."""
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=period)
    await async_wait_recording_done(hass)
    freezer.move_to(period + timedelta(minutes=5))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def sums(hass: HomeAssistant, start: datetime, *entity_ids: str) -> dict[str, list[tuple[float, float]]]:
    """Return the state and the sum of sensors at the end of each five minutes."""
    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, start, None, set(entity_ids), "5minute", None, {"state", "sum"}
    )
    return {key: [(row["state"], row["sum"]) for row in of_one] for key, of_one in rows.items()}


@pytest.mark.usefixtures("recorder_mock", "house")
@script(responses=[ANSWER], repeat=True)
async def test_statistics_accept_all_figures(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """They are summed over midnight: the day's cost begins again, and its sum goes on."""
    start = dt_util.utcnow()
    # One turn before midnight, and one after it.
    for period in (start, start + timedelta(minutes=5)):
        freezer.move_to(period + timedelta(seconds=30))
        await ask(hass)
        await sum_up(hass, freezer, period)

    in_recorder = get_instance(hass).async_add_executor_job
    assert await in_recorder(validate_statistics, hass) == {}
    known = {each["statistic_id"] for each in await in_recorder(list_statistic_ids, hass)}
    figures = [state for state in hass.states.async_all("sensor") if "state_class" in state.attributes]
    assert {figure.entity_id for figure in figures if figure.state != "unknown"} <= known
    assert warnings(caplog) == []
    assert await sums(hass, start, TODAY, TOTAL, TURNS) == {
        TODAY: [(24.0, 24.0), (24.0, 48.0)],
        TOTAL: [(24.0, 24.0), (48.0, 48.0)],
        TURNS: [(1.0, 1.0), (2.0, 2.0)],
    }


@pytest.mark.usefixtures("recorder_mock", "house")
@script(responses=[ANSWER], repeat=True)
async def test_statistics_count_nothing_twice_after_a_kill(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: MockConfigEntry,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The recorder has seen turns that the storage file has not: the sum goes back by them."""
    start = dt_util.utcnow()
    await ask(hass)
    await hass.config_entries.async_reload(account.entry_id)
    stored = deepcopy(hass_storage[f"{DOMAIN}.{account.entry_id}"])
    await ask(hass, turns=2)
    await sum_up(hass, freezer, start)

    await hass.config_entries.async_unload(account.entry_id)
    hass_storage[f"{DOMAIN}.{account.entry_id}"] = stored
    await hass.config_entries.async_setup(account.entry_id)
    await ask(hass)
    await sum_up(hass, freezer, start + timedelta(minutes=5))

    assert await sums(hass, start, TOTAL, TURNS) == {
        TOTAL: [(72.0, 72.0), (48.0, 48.0)],
        TURNS: [(3.0, 3.0), (2.0, 2.0)],
    }
    assert warnings(caplog) == []


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log has against sensors."""
    return [
        record.message for record in caplog.records if record.levelname == "WARNING" and "sensor." in record.message
    ]
