"""The export that happens by itself: each day once, late days made up for, and only where it is wanted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.realtime_assist.const import CONF_DAILY_EXPORT, CONF_RECORD_DAYS
from custom_components.realtime_assist.insight import TurnRecord

from .house import Agent

EVENING = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


@pytest.fixture
async def late(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let it be the evening before an account is there: one that began later would have no days to write."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to(EVENING)


@pytest.fixture
def evening(late: None, agent: Agent, account: MockConfigEntry) -> MockConfigEntry:
    """Return the account late in the evening, with turns of today, yesterday and five days ago."""
    for days_ago in (0, 0, 1, 5):
        started_at = (EVENING - timedelta(days=days_ago)).timestamp()
        record = TurnRecord(started_at=started_at, agent_id=agent.coordinator.subentry.subentry_id)
        agent.coordinator.turn_log.turn_ended(record, "conversation")
    return account


async def pass_to(hass: HomeAssistant, freezer: FrozenDateTimeFactory, moment: datetime) -> None:
    """Let it become a moment."""
    freezer.move_to(moment)
    async_fire_time_changed(hass, moment)
    await hass.async_block_till_done(wait_background_tasks=True)


def written(account: MockConfigEntry, folder: Path) -> dict[str, int]:
    """Return the names of the files that are there, with the number of their lines."""
    files = (folder / "realtime_assist" / "daily" / account.entry_id).glob("*")
    return {path.name: path.read_text().count("\n") for path in sorted(files)}


async def test_days_are_written_when_they_are_over(
    hass: HomeAssistant, evening: MockConfigEntry, freezer: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    """Late ones at the next hour, today after midnight, and none of them twice."""
    hass.config_entries.async_update_entry(evening, options={CONF_DAILY_EXPORT: "csv"})
    await pass_to(hass, freezer, EVENING + timedelta(minutes=31))
    days = {"2026-11-17.csv": 2, "2026-11-21.csv": 2, "2026-11-22.csv": 3}
    assert written(evening, tmp_path) == days

    (tmp_path / "realtime_assist" / "daily" / evening.entry_id / "2026-11-22.csv").write_text("kept\n")
    await pass_to(hass, freezer, EVENING + timedelta(minutes=91))
    assert written(evening, tmp_path) == {**days, "2026-11-22.csv": 1}


async def test_a_start_makes_up_for_what_was_missed(
    hass: HomeAssistant, evening: MockConfigEntry, freezer: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    """A while after it; a day of which some turns may be forgotten already is left out."""
    hass.config_entries.async_update_entry(evening, options={CONF_DAILY_EXPORT: "json", CONF_RECORD_DAYS: 5})
    assert await hass.config_entries.async_reload(evening.entry_id)
    assert written(evening, tmp_path) == {}

    await pass_to(hass, freezer, EVENING + timedelta(minutes=2))

    assert written(evening, tmp_path).keys() == {"2026-11-21.json"}


@pytest.mark.parametrize("wanted", ["off", "something of a later version"])
async def test_nothing_is_written_that_is_not_wanted(
    hass: HomeAssistant, evening: MockConfigEntry, freezer: FrozenDateTimeFactory, tmp_path: Path, wanted: str
) -> None:
    """It is off at first, too."""
    await pass_to(hass, freezer, EVENING + timedelta(minutes=31))
    hass.config_entries.async_update_entry(evening, options={CONF_DAILY_EXPORT: wanted})
    await pass_to(hass, freezer, EVENING + timedelta(minutes=91))

    assert written(evening, tmp_path) == {}


async def test_a_disk_that_refuses_is_told_in_the_log(
    hass: HomeAssistant,
    evening: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And tried again an hour later."""
    blocker = tmp_path / "realtime_assist"
    blocker.write_text("no folder")
    hass.config_entries.async_update_entry(evening, options={CONF_DAILY_EXPORT: "csv"})
    await pass_to(hass, freezer, EVENING + timedelta(minutes=31))
    assert "could not be exported" in caplog.text

    blocker.unlink()
    await pass_to(hass, freezer, EVENING + timedelta(minutes=91))
    assert len(written(evening, tmp_path)) == 3
