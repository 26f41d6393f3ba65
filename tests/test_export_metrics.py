"""The action that writes turns down: all rows, in its own folder, as a whole or not at all."""

from collections.abc import Iterator
import csv
import json
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.realtime_assist.const import DOMAIN
from custom_components.realtime_assist.insight import COLUMNS, TurnRecord

from .house import Agent


@pytest.fixture
def folder(agent: Agent, tmp_path: Path) -> Path:
    """Return where exports go; the agent has three turns, one of them old."""
    now = dt_util.utcnow().timestamp()
    for started_at in (now, now - 1, now - 40 * 86_400):
        record = TurnRecord(started_at=started_at, agent_id=agent.coordinator.subentry.subentry_id, model="m")
        agent.coordinator.turn_log.turn_ended(record, "conversation")
    return tmp_path / "realtime_assist"


def text_of(path: str | Path) -> str:
    """Return what a file holds."""
    return Path(path).read_text()


def names_in(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


async def export(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Return what the action returns."""
    return await hass.services.async_call(DOMAIN, "export_metrics", data, blocking=True, return_response=True)


async def test_a_table_has_a_row_for_each_turn(hass: HomeAssistant, folder: Path) -> None:
    """In the order in which they began, under a name that tells the days."""
    written = await export(hass, period="custom", start="2020-01-01")

    path = Path(written["path"])
    today = dt_util.now().date().isoformat()
    assert path == folder / f"turns-2020-01-01-{today}.csv"
    rows = list(csv.DictReader(text_of(path).splitlines()))
    assert written["rows"] == len(rows) == 3
    assert list(rows[0]) == [column.name for column in COLUMNS]
    assert [row["started_at"] for row in rows] == sorted(row["started_at"] for row in rows)


async def test_objects_can_be_had_as_well(hass: HomeAssistant, agent: Agent, folder: Path) -> None:
    """Of an agent and some days, under a name of one's own, which gets the right ending."""
    written = await export(hass, format="json", filename="sub/november", agent=agent.conversation, period="today")

    assert written["path"] == str(folder / "sub" / "november.json")
    assert [turn["model"] for turn in json.loads(text_of(written["path"]))] == ["m"] * written["rows"]
    assert 1 <= written["rows"] <= 2  # Midnight may be between them.


async def test_a_file_of_that_name_is_replaced(hass: HomeAssistant, folder: Path) -> None:
    """And nothing of it is left, nor of the writing."""
    await export(hass, filename="turns.csv", period="custom", start="2020-01-01")
    await export(hass, filename="turns.csv", period="custom", start="2020-01-01", end="2020-01-02")

    assert text_of(folder / "turns.csv").count("\n") == 1
    assert names_in(folder) == ["turns.csv"]


@pytest.fixture
def outside(folder: Path, tmp_path: Path) -> Iterator[Path]:
    """Yield a folder that nothing must be written into, with a link to it in the export folder."""
    secrets = tmp_path / "outside"
    secrets.mkdir()
    folder.mkdir()
    (folder / "link").symlink_to(secrets)
    (folder / "taken.csv").mkdir()
    yield secrets
    assert list(secrets.iterdir()) == []


@pytest.mark.parametrize(
    "filename",
    ["../secrets.csv", "../outside/a.csv", "link/a.csv", "/config/a.csv", "sub/../../a.csv", "a\0.csv", "taken.csv"],
)
async def test_nothing_is_written_elsewhere(hass: HomeAssistant, outside: Path, filename: str) -> None:
    """Whatever the name is made of; and no folder is replaced by a file."""
    with pytest.raises(ServiceValidationError) as refused:
        await export(hass, filename=filename)
    assert refused.value.translation_key == "path_outside"
    assert not (outside.parent / "secrets.csv").exists()


@pytest.fixture
def unwritable(folder: Path) -> None:
    """Put a file where the folder is to be."""
    folder.write_text("no folder")


@pytest.mark.usefixtures("unwritable")
async def test_a_disk_that_refuses_is_told(hass: HomeAssistant) -> None:
    """With what to look at."""
    with pytest.raises(HomeAssistantError) as failed:
        await export(hass)
    assert failed.value.translation_key == "export_failed"


async def test_only_an_owner_may_write_files(hass: HomeAssistant, folder: Path, hass_read_only_user: MockUser) -> None:
    """Automations may, as they are made by one."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "export_metrics",
            {},
            blocking=True,
            return_response=True,
            context=Context(user_id=hass_read_only_user.id),
        )
    assert names_in(folder) == []
