"""A house at the end of a road, with a user in the kitchen."""

from collections.abc import AsyncIterator
import importlib
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.account import account_id
from custom_components.realtime_assist.const import (
    CONF_BASE_URL,
    CONF_PRIVATE_HOST,
    CONF_PROVIDER,
    DEFAULT_AGENT_NAME,
    DOMAIN,
    SUBENTRY_AGENT,
)
from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.realtime.providers import Provider
from local_server.wire import ManualClock, RealtimeServer, scenario_from_dict
from tests.conftest import API_KEY
from tests.house import ALONE, furnish
from tests.rooms import add_satellite
from tests.test_errors_spoken import read_aloud

from .jumping_clock import JumpingClock
from .moments import Moment
from .outcome import REASONS
from .place import Place
from .promises import Promise
from .road import Road
from .slow_lamp import add_slow_lamp


@pytest.fixture
def enable_event_loop_debug() -> None:
    """Have the loop note nothing of where each future was made: that doubles the time that all these stories take."""


@pytest.fixture
def story(moment: Moment, promise: str) -> dict[str, Any]:
    """Return what the server does; a sentence that is promised is read aloud."""
    sentence = REASONS.get(Promise.of(promise).reason) if promise else None
    return {"turns": ["Hello."], "out_of_band": read_aloud(sentence or ""), **moment.scenario}


@pytest.fixture
def host() -> str:
    """Return what the account calls the server's machine."""
    return "127.0.0.1"


@pytest.fixture
def secure() -> bool:
    """Return whether the account's address is one of TLS."""
    return False


@pytest.fixture
async def place(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    story: dict[str, Any],
    tmp_path: Path,
    *,
    host: str,
    secure: bool,
) -> AsyncIterator[Place]:
    """Return a furnished house with an agent that nothing stands in for, and its server at the end of a road."""
    importlib.import_module("local_server.wire.wire_check")
    server_clock = ManualClock()
    server = RealtimeServer(keys=(API_KEY,), scenario=scenario_from_dict(story), clock=server_clock, validate=True)
    tls = request.getfixturevalue("certificate") if secure else None
    async with server, Road(int(server.url.split(":")[2].split("/")[0]), tls) as road:
        hass.config.config_dir = str(tmp_path)
        await furnish(hass)
        place = Place(
            hass=hass,
            account=_account(f"{'wss' if secure else 'ws'}://{host}:{road.port}/v1"),
            server=server,
            server_clock=server_clock,
            clock=JumpingClock(hass.loop),
            road=road,
            lamp=await add_slow_lamp(hass),
            satellite=add_satellite(hass, "Kitchen"),
        )
        place.takes.set()
        place.account.add_to_hass(hass)
        await place.set_up()
        with place.undo:
            yield place
        # Whatever the server still waits for would keep it from closing.
        await server_clock.advance(1.0)


def _account(base_url: str) -> MockConfigEntry:
    endpoint = Endpoint(base_url=base_url, api_key=API_KEY)
    agent = ConfigSubentryData(subentry_type=SUBENTRY_AGENT, title=DEFAULT_AGENT_NAME, data=ALONE, unique_id=None)
    return MockConfigEntry(
        domain=DOMAIN,
        title=endpoint.host,
        unique_id=account_id(endpoint),
        data={
            CONF_PROVIDER: Provider.COMPATIBLE,
            CONF_BASE_URL: endpoint.base_url,
            CONF_API_KEY: endpoint.api_key,
            CONF_PRIVATE_HOST: endpoint.host,
        },
        subentries_data=[agent],
    )
