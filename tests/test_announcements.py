"""What a server announces of its models overrules the catalog; one that says nothing is never missed."""

from datetime import date, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.realtime_assist.announcements import FIRST_SECONDS
from custom_components.realtime_assist.const import CONF_BASE_URL

from .script import script
from .test_select import MODEL, options


async def settle(hass: HomeAssistant) -> None:
    """Let the server be asked for the first time, and wait for what goes on in the background as well."""
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=FIRST_SECONDS))
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_server_is_asked_soon(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """In the background, with the account's key; what it says is there for whoever asks the catalog."""
    await settle(hass)
    announced = loaded_account.runtime_data.announced
    assert announced["gpt-realtime"] == date(2027, 1, 20)
    assert announced["gpt-realtime-2.1"] is None


@pytest.mark.usefixtures("all_served")
@script(models={"gpt-realtime": "model_not_found"})
async def test_the_server_is_asked_once_a_day(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Choices follow: a model whose day has come is offered no more."""
    await settle(hass)
    assert "gpt-realtime-mini" in options(hass, MODEL)
    loaded_account.runtime_data.announced = {}
    freezer.move_to("2027-02-01")
    async_fire_time_changed(hass)
    await settle(hass)
    assert loaded_account.runtime_data.announced["gpt-realtime-mini"] == date(2027, 1, 20)
    assert "gpt-realtime-mini" not in options(hass, MODEL)

    loaded_account.runtime_data.announced = {}
    freezer.tick(timedelta(hours=12))
    async_fire_time_changed(hass)
    await settle(hass)
    assert loaded_account.runtime_data.announced == {}


@script(rest=503)
async def test_a_server_that_lists_nothing_is_not_missed(
    hass: HomeAssistant, loaded_account: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """No warning, no dates, and the agents are there."""
    await settle(hass)
    assert loaded_account.state is ConfigEntryState.LOADED
    assert loaded_account.runtime_data.announced == {}
    assert not [record for record in caplog.records if "listed" in record.message and record.levelname != "DEBUG"]


async def test_a_house_without_internet_is_not_kept_waiting(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """Nobody listens there; the account is loaded before that is known."""
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_BASE_URL: "http://127.0.0.1:1/v1"})
    assert await hass.config_entries.async_setup(account.entry_id)
    assert account.state is ConfigEntryState.LOADED
    await settle(hass)
    assert account.runtime_data.announced == {}
