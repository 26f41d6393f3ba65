"""What every test finds ready."""

from asyncio import constants
from collections.abc import AsyncIterator
import importlib
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.account import account_id
from custom_components.realtime_assist.const import (
    CONF_BASE_URL,
    CONF_PROVIDER,
    DEFAULT_AGENT_NAME,
    DOMAIN,
    SUBENTRY_AGENT,
)
from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.realtime.providers import Provider
from local_server.wire import RealtimeServer, Scenario

from .house import RECOMMENDED, Agent, find_agent, furnish

API_KEY = "sk-test"
OTHER_KEY = "sk-other"

# The plugin has the loop note where each future is made: ten frames of it take a fifth of a test's time.
constants.DEBUG_STACK_DEPTH = 2


@pytest.fixture(autouse=True)
def loopback_sockets(socket_enabled: None) -> None:
    """Let every test open sockets; the plugin still refuses every address but 127.0.0.1."""


@pytest.fixture(autouse=True)
def this_integration(request: pytest.FixtureRequest) -> None:
    """Let every test that has a Home Assistant find this integration in it."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def all_served(freezer: FrozenDateTimeFactory) -> None:
    """Let it be a day on which every model of the catalog is served, before anything is set up."""
    freezer.move_to("2026-11-22")


@pytest.fixture
def scenario() -> Scenario:
    """Return what `realtime_server` does; tests parametrize it."""
    return Scenario()


@pytest.fixture
async def realtime_server(scenario: Scenario) -> AsyncIterator[RealtimeServer]:
    """Run a Realtime server on 127.0.0.1 that takes either key."""
    # The types that its events are checked against take seconds to import, longer than a client waits for a server.
    importlib.import_module("local_server.wire.wire_check")
    async with RealtimeServer(keys=(API_KEY, OTHER_KEY), scenario=scenario, validate=True) as server:
        yield server


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Return what the account's agent is set to; test files override it."""
    return RECOMMENDED


@pytest.fixture
def account(realtime_server: RealtimeServer, agent_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account at `realtime_server` with one recommended agent, not added to any Home Assistant yet."""
    endpoint = Endpoint(base_url=realtime_server.url, api_key=API_KEY)
    agent = ConfigSubentryData(subentry_type=SUBENTRY_AGENT, title=DEFAULT_AGENT_NAME, data=agent_data, unique_id=None)
    return MockConfigEntry(
        domain=DOMAIN,
        title=endpoint.host,
        unique_id=account_id(endpoint),
        data={CONF_PROVIDER: Provider.COMPATIBLE, CONF_BASE_URL: endpoint.base_url, CONF_API_KEY: endpoint.api_key},
        subentries_data=[agent],
    )


@pytest.fixture
async def loaded_account(hass: HomeAssistant, account: MockConfigEntry) -> MockConfigEntry:
    """Return the account, loaded."""
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    return account


@pytest.fixture
async def agent(hass: HomeAssistant, account: MockConfigEntry, tmp_path: Path) -> Agent:
    """Return the one agent of a loaded account in a furnished house."""
    hass.config.config_dir = str(tmp_path)
    await furnish(hass)
    account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    return await find_agent(hass, account)
