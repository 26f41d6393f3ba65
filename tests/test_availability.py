"""What stays there while the account cannot be used, and how often that is said."""

import logging

from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.const import CONF_WARM_SPARE

from .house import ALONE, Agent
from .script import script
from .test_sensor import ANSWER, ask, values

REFUSED = {"refuse": "insufficient_quota"}


def loud(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what our log says without being asked for more."""
    ours = [record for record in caplog.records if record.name.startswith("custom_components.realtime_assist")]
    return [record.getMessage() for record in ours if record.levelno >= logging.INFO]


@pytest.mark.parametrize("agent_data", [{**ALONE, CONF_WARM_SPARE: False}], ids=["alone"])
@script(connections=[REFUSED, REFUSED], responses=[ANSWER])
async def test_an_account_that_cannot_be_used_is_told_once(
    hass: HomeAssistant, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    """And once that it can be again; only the session's status goes meanwhile, as the house still answers."""
    caplog.set_level(logging.INFO)
    for _ in range(3):
        agent.let_pause_end()
        await ask(hass, agent)
        if values(hass, agent, "session_status") == ["unavailable"]:
            everything = [state for state in hass.states.async_all() if "realtime_assist" in state.entity_id]
            assert [state.state for state in everything].count("unavailable") == 1

    assert values(hass, agent, "session_status") == ["ready"]
    told = [line for line in loud(caplog) if "account" in line]
    assert told == [
        "Realtime Assist: its account cannot be used (insufficient_quota); fallbacks stand in",
        "Realtime Assist: its account may be used again",
    ]
    failures = [line for line in loud(caplog) if "session failed" in line]
    assert failures == ["Realtime Assist: the realtime session failed: insufficient_quota"]
