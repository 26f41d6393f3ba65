"""A pipeline goes with its agent, and the house prefers what it did without it."""

from types import MappingProxyType

from homeassistant.components.assist_pipeline import async_get_pipeline, async_get_pipelines
from homeassistant.config_entries import ConfigEntryDisabler, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import SUBENTRY_AGENT
from custom_components.realtime_assist.model_options import recommended_options

from .agent_forms import make_pipeline
from .satellites import put_satellites


@pytest.fixture
async def agent_id(hass: HomeAssistant, loaded_account: MockConfigEntry) -> str:
    """Return the subentry of the account's one agent, in a house with pipelines."""
    assert await async_setup_component(hass, "assist_pipeline", {})
    [agent_id] = loaded_account.subentries
    return agent_id


async def add_agent(hass: HomeAssistant, account: MockConfigEntry, name: str) -> str:
    """Add an agent to the account, and return its subentry's id."""
    data = MappingProxyType(recommended_options())
    agent = ConfigSubentry(subentry_type=SUBENTRY_AGENT, title=name, data=data, unique_id=None)
    hass.config_entries.async_add_subentry(account, agent)
    await hass.async_block_till_done()
    return agent.subentry_id


async def remove_agent(hass: HomeAssistant, account: MockConfigEntry, agent_id: str) -> None:
    """Remove an agent."""
    hass.config_entries.async_remove_subentry(account, agent_id)
    await hass.async_block_till_done()


def names(hass: HomeAssistant) -> list[str]:
    """Return the pipelines' names, the preferred one first."""
    preferred = async_get_pipeline(hass)
    return [preferred.name, *(each.name for each in async_get_pipelines(hass) if each.id != preferred.id)]


async def test_a_pipeline_goes_with_its_agent(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """The earlier one is preferred again, a satellite goes by it, and another agent's pipeline stays."""
    await put_satellites(hass, "kitchen")
    butler = await add_agent(hass, loaded_account, "Butler")
    await make_pipeline(hass, loaded_account, butler, preferred=False)
    await make_pipeline(hass, loaded_account, agent_id, satellites=["assist_satellite.kitchen"])
    assert names(hass) == ["Realtime Assist", "Home Assistant", "Butler"]
    await remove_agent(hass, loaded_account, agent_id)
    assert names(hass) == ["Home Assistant", "Butler"]
    assert hass.states.get("select.kitchen_pipeline").state == "preferred"
    assert butler in loaded_account.runtime_data.agents


async def test_the_pipelines_go_with_their_account(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """All of them, whichever is preferred."""
    await make_pipeline(hass, loaded_account, agent_id)
    await make_pipeline(hass, loaded_account, await add_agent(hass, loaded_account, "Butler"))
    assert names(hass) == ["Butler", "Home Assistant", "Realtime Assist"]
    await hass.config_entries.async_remove(loaded_account.entry_id)
    assert names(hass) == ["Home Assistant"]


async def test_what_was_preferred_before_all_of_them_is_so_again(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """It need not be the oldest one."""
    store = hass.data["assist_pipeline"].pipeline_store
    settings = {key: value for key, value in store.data[async_get_pipeline(hass).id].to_json().items() if key != "id"}
    own = await store.async_create_item({**settings, "name": "My own"})
    store.async_set_preferred_item(own.id)
    await make_pipeline(hass, loaded_account, agent_id)
    await make_pipeline(hass, loaded_account, await add_agent(hass, loaded_account, "Butler"))
    await hass.config_entries.async_remove(loaded_account.entry_id)
    assert names(hass) == ["My own", "Home Assistant"]


@pytest.mark.parametrize("first", ["Realtime Assist", "Butler"])
async def test_agents_may_go_in_any_order(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str, first: str
) -> None:
    """Each has taken over from the one before, and in the end the house prefers its own pipeline."""
    agents = {"Realtime Assist": agent_id, "Butler": await add_agent(hass, loaded_account, "Butler")}
    for each in agents.values():
        await make_pipeline(hass, loaded_account, each)
    [second] = set(agents) - {first}
    await remove_agent(hass, loaded_account, agents[first])
    assert names(hass) == ["Butler", "Home Assistant"] if second == "Butler" else ["Realtime Assist", "Home Assistant"]
    await remove_agent(hass, loaded_account, agents[second])
    assert names(hass) == ["Home Assistant"]


async def test_a_pipeline_goes_though_its_agent_went_while_nothing_was_loaded(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """The account was disabled then; it happens when it is enabled again."""
    await make_pipeline(hass, loaded_account, agent_id)
    await hass.config_entries.async_set_disabled_by(loaded_account.entry_id, ConfigEntryDisabler.USER)
    await remove_agent(hass, loaded_account, agent_id)
    assert names(hass) == ["Realtime Assist", "Home Assistant"]
    await hass.config_entries.async_set_disabled_by(loaded_account.entry_id, None)
    await hass.async_block_till_done()
    assert names(hass) == ["Home Assistant"]


async def test_what_the_user_has_chosen_since_is_left_alone(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """The user prefers another one by now, and a pipeline that the user has removed is gone already."""
    store = hass.data["assist_pipeline"].pipeline_store
    house_pipeline = async_get_pipeline(hass).id
    butler = await add_agent(hass, loaded_account, "Butler")
    made = await make_pipeline(hass, loaded_account, agent_id)
    other = await make_pipeline(hass, loaded_account, butler)
    store.async_set_preferred_item(house_pipeline)
    await store.async_delete_item(made)
    await remove_agent(hass, loaded_account, agent_id)
    assert names(hass) == ["Home Assistant", "Butler"]
    store.async_set_preferred_item(other)
    await store.async_delete_item(house_pipeline)
    assert names(hass) == ["Butler"]


async def test_the_only_pipeline_is_left(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant cannot do without one."""
    house_pipeline = async_get_pipeline(hass).id
    await make_pipeline(hass, loaded_account, agent_id)
    await hass.data["assist_pipeline"].pipeline_store.async_delete_item(house_pipeline)
    await remove_agent(hass, loaded_account, agent_id)
    assert names(hass) == ["Realtime Assist"]
    assert "is the only one" in caplog.text
