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
def story(moment: Moment, promise: str) -> dict[str, Any]:
    """Return what the server does; a sentence that is promised is read aloud."""
    sentence = REASONS.get(Promise.of(promise).reason) if promise else None
    return {"turns": ["Hello."], "out_of_band": read_aloud(sentence or ""), **moment.scenario}


@pytest.fixture
async def place(hass: HomeAssistant, story: dict[str, Any], tmp_path: Path) -> AsyncIterator[Place]:
    """Return a furnished house with an agent that nothing stands in for, and its server at the end of a road."""
    importlib.import_module("local_server.wire.wire_check")
    server_clock = ManualClock()
    server = RealtimeServer(keys=(API_KEY,), scenario=scenario_from_dict(story), clock=server_clock, validate=True)
    async with server, Road(int(server.url.split(":")[2].split("/")[0])) as road:
        hass.config.config_dir = str(tmp_path)
        await furnish(hass)
        place = Place(
            hass=hass,
            account=_account(road),
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


def _account(road: Road) -> MockConfigEntry:
    endpoint = Endpoint(base_url=f"ws://127.0.0.1:{road.port}/v1", api_key=API_KEY)
    agent = ConfigSubentryData(subentry_type=SUBENTRY_AGENT, title=DEFAULT_AGENT_NAME, data=ALONE, unique_id=None)
    return MockConfigEntry(
        domain=DOMAIN,
        title=endpoint.host,
        unique_id=account_id(endpoint),
        data={CONF_PROVIDER: Provider.COMPATIBLE, CONF_BASE_URL: endpoint.base_url, CONF_API_KEY: endpoint.api_key},
        subentries_data=[agent],
    )
