"""A server that says the wrong thing, or a tool that fails, at any moment of a voice run: what the user hears."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from . import response_faults, tool_faults, transcript_faults, wire_faults
from .cell import hold_to
from .moments import Moment
from .place import Place
from .promises import every_moment
from .server_faults import TO_COME, TOOL, ServerFault

FAULTS: dict[str, ServerFault] = {
    **wire_faults.FAULTS,
    **response_faults.FAULTS,
    **transcript_faults.FAULTS,
    **tool_faults.FAULTS,
}


@pytest.fixture
def story(story: dict[str, Any], fault: str, moment: Moment) -> dict[str, Any]:
    """Return what the server does where the fault has it do something else."""
    return {**story, **FAULTS[fault].story(moment)}


@pytest.fixture(autouse=True)
def workshop(hass: HomeAssistant) -> None:
    """Have a tool in the house that can be broken."""
    tool_faults.add_workshop(hass)


@every_moment(FAULTS)
async def test_server(place: Place, fault: str, moment: Moment, promise: str) -> None:
    broken = FAULTS[fault]
    coordinator = place.agent.coordinator
    coordinator.limits = replace(coordinator.limits, **broken.limits)

    await hold_to(promise, place, broken, broken.moment(moment))

    called = moment.name in {*TO_COME, TOOL}
    calls = [record.tool_calls for record in coordinator.turn_log.ledger.records]
    assert sum(call.failed for call in calls) == called * broken.failed_calls
    assert sum(call.invalid for call in calls) == called * broken.invalid_calls
