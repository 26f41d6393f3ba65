"""What an earlier version has stored, and what a later one has."""

from types import MappingProxyType

from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_VOICE, DOMAIN
from custom_components.realtime_assist.migration import MINOR_VERSION, VERSION

# An agent as version 1.1 has stored it.
WRITTEN_BY_1_1 = {
    CONF_PROMPT: "Be brief.",
    CONF_LLM_HASS_API: ["assist"],
    CONF_MODEL: "gpt-realtime-mini",
    CONF_VOICE: "ash",
}


def stored(account: MockConfigEntry, version: int, minor_version: int) -> MockConfigEntry:
    """Return the account as another version has stored it, with an agent of 1.1 and a subentry of an unknown kind."""
    return MockConfigEntry(
        domain=DOMAIN,
        version=version,
        minor_version=minor_version,
        title=account.title,
        data=account.data,
        subentries_data=[
            ConfigSubentry(data=MappingProxyType(data), subentry_type=kind, title=kind, unique_id=None).as_dict()
            for kind, data in (("agent", WRITTEN_BY_1_1), ("choir", {}))
        ],
    )


async def load(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """Set the account up."""
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()


async def test_an_agent_of_1_1_gets_fallbacks_and_keeps_what_was_set(
    hass: HomeAssistant, account: MockConfigEntry
) -> None:
    """What did not exist then is as recommended now."""
    old = stored(account, 1, 1)
    await load(hass, old)
    assert old.state is ConfigEntryState.LOADED
    assert (old.version, old.minor_version) == (VERSION, MINOR_VERSION)
    agent, choir = old.subentries.values()
    assert WRITTEN_BY_1_1.items() <= agent.data.items()
    assert choir.data == {}
    options = old.runtime_data.agents[agent.subentry_id].options
    assert options.fallback_models == ("gpt-realtime-2.1-mini", "gpt-realtime-1.5")
    assert options.fallback_agent == HOME_ASSISTANT_AGENT


@pytest.mark.parametrize("minor_version", [MINOR_VERSION, MINOR_VERSION + 1])
async def test_an_account_of_this_version_or_a_little_later_is_left_alone(
    hass: HomeAssistant, account: MockConfigEntry, minor_version: int
) -> None:
    """What is not set is off; a later minor version is readable by its own promise."""
    same = stored(account, 1, minor_version)
    await load(hass, same)
    assert same.state is ConfigEntryState.LOADED
    assert same.minor_version == minor_version
    agent, _ = same.subentries.values()
    assert dict(agent.data) == WRITTEN_BY_1_1


async def test_an_account_of_a_later_major_version_is_refused(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """Nothing of it is changed, so that the later version can read it again."""
    later = stored(account, 2, 1)
    await load(hass, later)
    assert later.state is ConfigEntryState.MIGRATION_ERROR
    agent, _ = later.subentries.values()
    assert dict(agent.data) == WRITTEN_BY_1_1
