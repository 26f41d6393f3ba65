"""When each day's turns are written down by themselves."""

from datetime import date, datetime, timedelta
from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later, async_track_time_change
from homeassistant.util import dt as dt_util

from .account_options import AccountOptions
from .const import LOGGER
from .coordinator import RealtimeConfigEntry
from .export_files import export_folder, write
from .insight import ExportFormat, TurnRecord
from .store import local_date

DAILY_FOLDER = "daily"

# Whoever starts has more urgent things to do at first.
LATER_SECONDS = 60


@callback
def start(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Write each day's turns soon after it has ended, until the account is unloaded, as far as that is wanted."""

    @callback
    def soon(_: datetime) -> None:
        entry.async_create_background_task(hass, _async_write_days(hass, entry), f"turns of {entry.title} exported")

    # Every hour, as not every time zone has a midnight on every day, and what has failed is tried again.
    entry.async_on_unload(async_track_time_change(hass, soon, minute=1, second=0))
    entry.async_on_unload(async_call_later(hass, LATER_SECONDS, HassJob(soon, cancel_on_shutdown=True)))


async def _async_write_days(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Write the days that have ended, that have turns with records of their own, and that have no file yet."""
    options = AccountOptions.from_entry(entry.options)
    if options.daily_export is None:
        return
    today = dt_util.now().date()
    # Of the oldest day, some turns may have lost their records already.
    oldest = today - timedelta(days=options.record_days - 1)
    by_day: dict[date, list[TurnRecord]] = {}
    for agent in entry.runtime_data.agents.values():
        for record in agent.turn_log.ledger.records:
            if oldest <= (day := local_date(record.started_at)) < today:
                by_day.setdefault(day, []).append(record)
    try:
        await hass.async_add_executor_job(_write_missing, export_folder(hass), entry, options.daily_export, by_day)
    except HomeAssistantError as err:
        LOGGER.warning("The turns of %s could not be exported: %s", entry.title, err)


def _write_missing(
    folder: Path, entry: ConfigEntry, export_format: ExportFormat, by_day: dict[date, list[TurnRecord]]
) -> None:
    """Write those days that have no file yet."""
    for day, records in by_day.items():
        filename = f"{DAILY_FOLDER}/{entry.entry_id}/{day.isoformat()}.{export_format}"
        if not (folder / filename).exists():
            write(folder, filename, export_format, records)
