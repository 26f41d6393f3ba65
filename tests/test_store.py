"""What an agent has counted outlives Home Assistant, a kill, and other versions; a broken file breaks nothing."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
import json
from pathlib import Path
import threading
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import conversation
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_fire_time_changed

from custom_components.realtime_assist.const import CONF_RECORD_DAYS, DEFAULT_AGENT_NAME, DOMAIN, EVENT_FALLBACK
from custom_components.realtime_assist.insight import BudgetBook, Fallback, FallbackKind, TurnRecord
from custom_components.realtime_assist.ledger import Ledger
from custom_components.realtime_assist.store import SAVE_DELAY, STORAGE_VERSION, LedgerStore, local_date

from .house import Agent
from .insight.turns import NOON, turn
from .script import script

USAGE = {"output_token_details": {"text_tokens": 1_000_000}}
# A million tokens of text of gpt-realtime-2.1.
COST = 24.0
OTHERS_DAY = {"version": 1, "day": "2026-11-22", "agent_id": "two", "counts": {}}
answers = script(responses=[{"text": "Yes.", "usage": USAGE}], repeat=True)


@pytest.fixture
def all_entities_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have also those sensors that a user would have to enable first."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", property(lambda entity: True))


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Have Home Assistant store in files, in place of the plugin's dictionary."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Have Home Assistant store in a directory of the test's own."""
    return str(tmp_path)


@dataclass(frozen=True, slots=True)
class Stored:
    """The file of an account's figures."""

    hass: HomeAssistant
    account: MockConfigEntry
    path: Path

    @property
    def content(self) -> bytes | None:
        """Return what is in it."""
        return self.path.read_bytes() if self.path.exists() else None

    @property
    def agent(self) -> dict[str, Any]:
        """Return what is stored of the one agent."""
        [agent] = json.loads(self.path.read_bytes())["data"]["agents"].values()
        return agent

    def put_aside(self, why: str) -> bytes:
        """Return what is in the one file that was put aside."""
        [kept] = self.path.parent.glob(f"{self.path.name}.{why}.*")
        return kept.read_bytes()

    def write(self, content: bytes | None) -> None:
        """Replace what is in it."""
        if content is None:
            self.path.unlink(missing_ok=True)
        else:
            self.path.write_bytes(content)

    async def load_with(self, content: bytes | None) -> None:
        """Load the account again, with this in the file."""
        await self.hass.config_entries.async_unload(self.account.entry_id)
        self.write(content)
        await self.hass.config_entries.async_setup(self.account.entry_id)
        await self.hass.async_block_till_done()

    async def kill(self) -> None:
        """Lose what was not written, and start again."""
        await self.load_with(self.content)


@pytest.fixture
def stored(hass: HomeAssistant, agent: Agent, account: MockConfigEntry) -> Stored:
    """Return where the account's figures are stored."""
    return Stored(hass, account, Path(hass.config.path(".storage", f"{DOMAIN}.{account.entry_id}")))


def envelope(data: Any, version: int = STORAGE_VERSION) -> bytes:
    """Return a file of Home Assistant's storage."""
    return json.dumps({"version": version, "minor_version": 1, "key": "", "data": data}).encode()


def figures(hass: HomeAssistant) -> dict[str, str]:
    """Return what the sensors show."""
    return {state.entity_id: state.state for state in hass.states.async_all("sensor")}


def spent(hass: HomeAssistant) -> float:
    """Return what the agent has cost in total."""
    return float(hass.states.get("sensor.realtime_assist_cost_in_total").state)


async def ask(hass: HomeAssistant, agent: Agent) -> None:
    """Have the agent answer once."""
    await conversation.async_converse(hass, "Is it on?", None, Context(), agent_id=agent.conversation, language="en")
    await hass.async_block_till_done()


async def start_again(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """Load the account as a new start of Home Assistant does."""
    await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done()


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=False)


@answers
async def test_a_restart_shows_the_same(hass: HomeAssistant, account: MockConfigEntry, agent: Agent) -> None:
    """Every figure is as it was, but the session, which is closed, has a duration now."""
    await ask(hass, agent)
    before = figures(hass)
    await start_again(hass, account)

    changed = {entity_id for entity_id, state in figures(hass).items() if state != before[entity_id]}
    assert changed <= {"sensor.realtime_assist_session"}
    assert spent(hass) == COST


async def test_a_fallback_outside_of_turns_is_told_counted_and_kept(
    hass: HomeAssistant, all_entities_enabled: None, account: MockConfigEntry, agent: Agent
) -> None:
    """Another voice that read something aloud is no turn, and still a fallback after a restart."""
    events = async_capture_events(hass, EVENT_FALLBACK)
    fallback = Fallback(kind=FallbackKind.TTS, from_=agent.tts, to="tts.other", reason="cannot_connect")
    agent.coordinator.fell_back(fallback, None)
    await start_again(hass, account)

    [event] = events
    assert event.data == {**fallback.to_dict(), "conversation_id": None, "agent": agent.conversation}
    state = hass.states.get("sensor.realtime_assist_fallbacks_to_another_text_to_speech")
    assert (state.state, state.attributes["last_reason"]) == ("1", "cannot_connect")
    assert hass.states.get("sensor.realtime_assist_turns").state == "0"


@answers
async def test_the_end_of_home_assistant_loses_nothing(hass: HomeAssistant, agent: Agent, stored: Stored) -> None:
    """What waits to be written is written then."""
    await ask(hass, agent)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    await stored.kill()
    assert spent(hass) == COST


@answers
async def test_a_kill_loses_the_delay_at_most(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, agent: Agent, stored: Stored
) -> None:
    """Turns that keep coming do not put the write off."""
    await stored.kill()
    for _ in range(4):
        await ask(hass, agent)
        await pass_time(hass, freezer, SAVE_DELAY / 3)
    assert spent(hass) == 4 * COST

    await stored.kill()
    assert spent(hass) == 3 * COST


@answers
async def test_a_reset_outlives_a_kill(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, agent: Agent, stored: Stored
) -> None:
    """What its owner has had forgotten does not come back: statistics would count all of it a second time."""
    await ask(hass, agent)
    await pass_time(hass, freezer, SAVE_DELAY)
    assert stored.agent["records"]
    data = {"agent": agent.conversation, "confirm": DEFAULT_AGENT_NAME}
    await hass.services.async_call(DOMAIN, "reset_counters", data, blocking=True)
    await pass_time(hass, freezer, 0.1)

    await stored.kill()
    assert spent(hass) == 0


@answers
async def test_a_newer_version_is_put_aside(
    hass: HomeAssistant, agent: Agent, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    """Its file is kept under another name, the log says how to get it back, and counting begins anew."""
    newer = envelope({"agents": {}}, STORAGE_VERSION + 1)
    await stored.load_with(newer)

    assert stored.put_aside("newer") == newer
    assert "rename the file to get them back" in caplog.text
    await ask(hass, agent)
    await start_again(hass, stored.account)
    assert spent(hass) == COST
    assert stored.put_aside("newer") == newer


@pytest.mark.parametrize(
    "data",
    [
        {"agents": []},
        {"agents": {"one": {"since": 1.0, "records": [{}]}}},
        {"agents": {"one": {"since": 1.0, "days": [OTHERS_DAY]}}},
        {"agents": {"one": {}}},
        [],
    ],
    ids=["no agents", "bad record", "day of another", "no beginning", "no object"],
)
async def test_what_cannot_be_read_is_put_aside(
    hass: HomeAssistant, stored: Stored, caplog: pytest.LogCaptureFixture, data: Any
) -> None:
    """A file that somebody has edited does not keep the agent from loading, nor is it lost."""
    await stored.load_with(envelope(data))

    assert stored.put_aside("unreadable") == envelope(data)
    assert "cannot be read" in caplog.text
    assert spent(hass) == 0


async def test_a_corrupt_file_is_home_assistants_to_handle(hass: HomeAssistant, stored: Stored) -> None:
    """The agent loads; Home Assistant keeps the file and says so in a repair."""
    await stored.load_with(b'{"version": 1, "data": {"agents": ')

    assert spent(hass) == 0
    assert stored.put_aside("corrupt") == b'{"version": 1, "data": {"agents": '
    assert any("corrupt" in issue_id for _, issue_id in ir.async_get(hass).issues)


@answers
async def test_old_turns_are_kept_as_sums(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, agent: Agent, stored: Stored
) -> None:
    """After the days that the account is set to, a turn is no record any more, but part of its day for ever."""
    hass.config_entries.async_update_entry(stored.account, options={CONF_RECORD_DAYS: 7})
    await ask(hass, agent)
    today = dt_util.now().date()
    await pass_time(hass, freezer, timedelta(days=6).total_seconds())
    await ask(hass, agent)
    await pass_time(hass, freezer, timedelta(days=1, hours=2).total_seconds())
    await start_again(hass, stored.account)

    assert spent(hass) == 2 * COST
    assert len(stored.agent["records"]) == 1
    [day] = stored.agent["days"]
    assert day["day"] == today.isoformat()
    assert (day["model"], day["voice"], day["counts"]["turns"]) == ("gpt-realtime-2.1", "marin", 1)


async def test_nobody_loads_a_file_that_is_still_being_written(
    hass: HomeAssistant, account: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow card may take longer than an account does to be loaded anew."""
    begun, goes_on = threading.Event(), threading.Event()
    to_dict = Ledger.to_dict

    def slowly(ledger: Ledger) -> dict[str, Any]:
        begun.set()
        goes_on.wait(10)
        return to_dict(ledger)

    store = LedgerStore(hass, account.entry_id)
    store.ledger("one")
    monkeypatch.setattr(Ledger, "to_dict", slowly)
    store.keep_budgets(BudgetBook())
    await hass.async_add_executor_job(begun.wait)
    monkeypatch.setattr(Ledger, "to_dict", to_dict)
    closing = asyncio.create_task(store.async_close())
    await asyncio.sleep(0)
    assert not closing.done()
    goes_on.set()
    await closing
    again = LedgerStore(hass, account.entry_id)
    await again.async_load()
    assert list(again.ledgers) == ["one"]


async def test_turns_that_are_added_up_while_the_file_is_written_are_in_it_once(
    hass: HomeAssistant, account: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour may begin meanwhile; a kill before the next write would leave them counted twice."""
    store = LedgerStore(hass, account.entry_id)
    ledger = store.ledger("agent")
    day = timedelta(days=1).total_seconds()
    for moment in (NOON - day, NOON):
        ledger.add(turn(moment), local_date)
    to_dict = TurnRecord.to_dict

    def interrupted(record: TurnRecord) -> dict[str, Any]:
        monkeypatch.setattr(TurnRecord, "to_dict", to_dict)
        ledger.close_before(NOON, local_date)
        return to_dict(record)

    monkeypatch.setattr(TurnRecord, "to_dict", interrupted)
    await store.async_close()
    again = LedgerStore(hass, account.entry_id)
    await again.async_load()
    assert again.ledger("agent").whole.turns == 2


@answers
async def test_of_an_agent_that_is_gone_sums_are_left(hass: HomeAssistant, agent: Agent, stored: Stored) -> None:
    """What it has spent counts on; its turns are nobody's any more."""
    await ask(hass, agent)
    [agent_id] = stored.account.subentries
    hass.config_entries.async_remove_subentry(stored.account, agent_id)
    await hass.async_block_till_done()
    await start_again(hass, stored.account)

    assert stored.agent["records"] == []
    [day] = stored.agent["days"]
    assert day["counts"]["turns"] == 1


@answers
async def test_an_account_takes_its_figures_along(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, agent: Agent, stored: Stored
) -> None:
    """The file goes with the account, and does not come back."""
    await ask(hass, agent)
    await start_again(hass, stored.account)
    assert stored.content is not None
    await ask(hass, agent)
    await hass.config_entries.async_remove(stored.account.entry_id)
    await pass_time(hass, freezer, 2 * SAVE_DELAY)
    assert stored.content is None


@answers
async def test_neither_audio_nor_text_is_kept(hass: HomeAssistant, agent: Agent, stored: Stored) -> None:
    """What was said is nobody's business."""
    await ask(hass, agent)
    await start_again(hass, stored.account)
    assert b"gpt-realtime" in stored.content
    assert b"Is it on?" not in stored.content
    assert b"Yes." not in stored.content
