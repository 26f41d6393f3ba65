"""A file of figures in which anything may stand: it is put aside as it is, counting begins anew, and the agent answers."""

import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from tests.house import Agent
from tests.script import script
from tests.test_store import Stored, ask, envelope, hass_config_dir, hass_storage, stored
from tests.voice import write

__all__ = ["hass_config_dir", "hass_storage", "stored"]

STRANGE: dict[str, bytes] = {
    "a list": b"[]",
    "a number": b"3",
    "a text": b'"x"',
    "no version": b'{"data": {}}',
    "a version in words": b'{"version": "one", "data": {}}',
    "a version of none": b'{"version": 0, "data": {}}',
    "no data": b'{"version": 1, "minor_version": 1, "key": ""}',
    "data of another kind": envelope([1]),
    "agents of another kind": envelope({"agents": [], "budgets": {}}),
    "an agent of another kind": envelope({"agents": {"x": None}}),
    "a day before all days": envelope({"agents": {"x": {"since": -1e300}}}),
    "a cost of no number": envelope(
        {
            "agents": {
                "x": {
                    "since": 0,
                    "days": [
                        {"version": 1, "day": "2026-11-22", "agent_id": "x", "counts": {"cost": {"text_input": "NaN"}}}
                    ],
                }
            }
        }
    ),
    "budgets of another kind": envelope({"agents": {}, "budgets": {"told": 1}}),
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE.keys())
@script(responses=["Yes."], repeat=True)
async def test_what_stands_in_the_file_is_kept_and_harms_nobody(
    hass: HomeAssistant, agent: Agent, stored: Stored, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """Its owner can look at it, and what is counted from here on is written and read again."""
    await stored.load_with(content)
    assert stored.account.state is ConfigEntryState.LOADED
    assert stored.put_aside("unreadable") == content
    assert "unreadable" in caplog.text

    run = await write(hass, agent.pipeline_id, "Is it on?")
    assert run.speech.strip() == "Yes."
    await hass.config_entries.async_unload(stored.account.entry_id)
    written: dict[str, Any] = json.loads(stored.content)
    [counted] = written["data"]["agents"].values()
    assert len(counted["records"]) == 1


@script(responses=["Yes."], repeat=True)
async def test_bytes_that_are_no_json_are_kept_by_home_assistant(
    hass: HomeAssistant, agent: Agent, stored: Stored
) -> None:
    """It has a repair of its own for them."""
    await stored.load_with(b'\xff\xfe{"version"')
    assert stored.account.state is ConfigEntryState.LOADED
    [kept] = stored.path.parent.glob(f"{stored.path.name}.corrupt.*")
    assert kept.read_bytes() == b'\xff\xfe{"version"'
    await ask(hass, agent)
