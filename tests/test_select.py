"""Mode, model and voice at hand: what there is to choose, what a choice does, and what is refused."""

from typing import Any

from homeassistant.components.select import ATTR_OPTION, ATTR_OPTIONS, SERVICE_SELECT_OPTION
from homeassistant.const import ATTR_ENTITY_ID, CONF_MODEL, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import (
    CONF_AUTOMATIC_VOICE,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_VOICE,
    CONF_MODE,
    CONF_VOICE,
)
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, MODELS, VOICES

MODE = "select.realtime_assist_mode"
MODEL = "select.realtime_assist_model"
VOICE = "select.realtime_assist_voice"


async def choose(hass: HomeAssistant, entity_id: str, option: str) -> None:
    """Choose as a dashboard does."""
    data = {ATTR_ENTITY_ID: entity_id, ATTR_OPTION: option}
    await hass.services.async_call("select", SERVICE_SELECT_OPTION, data, blocking=True)
    await hass.async_block_till_done()


async def change_agent(hass: HomeAssistant, account: MockConfigEntry, **data: Any) -> None:
    """Change what the account's one agent is set to, as its form does."""
    [subentry] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, subentry, data={**subentry.data, **data})
    await hass.async_block_till_done()


def states(hass: HomeAssistant) -> list[str]:
    """Return what is chosen."""
    return [hass.states.get(entity_id).state for entity_id in (MODE, MODEL, VOICE)]


def options(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return what there is to choose."""
    return hass.states.get(entity_id).attributes[ATTR_OPTIONS]


@pytest.mark.usefixtures("all_served")
async def test_what_there_is_to_choose(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """All that the agent can be set to, as configuration of its device."""
    assert states(hass) == ["auto", DEFAULT_MODEL, "marin"]
    assert options(hass, MODE) == ["auto", "new", "legacy"]
    assert options(hass, MODEL) == list(MODELS)
    assert options(hass, VOICE) == list(VOICES)
    registry = er.async_get(hass)
    [subentry] = loaded_account.subentries.values()
    for key, entity_id in ((CONF_MODE, MODE), (CONF_MODEL, MODEL), (CONF_VOICE, VOICE)):
        entity = registry.async_get(entity_id)
        assert entity.unique_id == f"{subentry.subentry_id}_{key}"
        assert entity.entity_category is EntityCategory.CONFIG


async def test_a_choice_is_stored_and_holds_at_once(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Without a reload; the device shows the model as well, and nothing else of the agent changes."""
    [subentry] = loaded_account.subentries.values()
    [agent] = loaded_account.runtime_data.agents.values()
    before = dict(subentry.data)
    await choose(hass, MODE, "new")
    await choose(hass, MODEL, "gpt-realtime-1.5")
    await choose(hass, VOICE, "cedar")

    assert states(hass) == ["new", "gpt-realtime-1.5", "cedar"]
    chosen = {CONF_MODE: "new", CONF_MODEL: "gpt-realtime-1.5", CONF_VOICE: "cedar"}
    assert dict(subentry.data) == {**before, **chosen}
    assert loaded_account.runtime_data.agents[subentry.subentry_id] is agent
    assert [rung.model for rung in agent.ladder.rungs] == ["gpt-realtime-1.5"]
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), loaded_account.entry_id)
    assert device.model == "gpt-realtime-1.5"


@pytest.mark.usefixtures("all_served")
async def test_what_is_set_elsewhere_is_among_the_options(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """A compatible server's model and a voice of the user's own are not in the catalog."""
    await change_agent(hass, loaded_account, **{CONF_MODEL: "parrot", CONF_VOICE: "voice_1234"})
    assert states(hass) == ["auto", "parrot", "voice_1234"]
    assert options(hass, MODEL) == [*MODELS, "parrot"]
    assert options(hass, VOICE)[-1] == "voice_1234"


async def test_a_mode_without_a_model_is_not_offered(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Without fallback models there is no first one."""
    await change_agent(hass, loaded_account, **{CONF_FALLBACK_MODELS: []})
    assert options(hass, MODE) == ["auto", "new"]
    with pytest.raises(ServiceValidationError):
        await choose(hass, MODE, "legacy")
    assert hass.states.get(MODE).state == "auto"


async def test_a_model_without_any_voice_for_the_agent_is_refused(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """The sentence names both, and the agent stays as it is."""
    await change_agent(
        hass,
        loaded_account,
        **{
            CONF_AUTOMATIC_VOICE: False,
            CONF_FALLBACK_VOICE: "cedar",
            CONF_MODE: "new",
            CONF_FALLBACK_MODELS: ["gpt-4o-realtime-preview"],
        },
    )
    with pytest.raises(ServiceValidationError) as caught:
        await choose(hass, MODE, "legacy")
    assert str(caught.value).startswith("The model gpt-4o-realtime-preview has no voice marin")
    assert hass.states.get(MODE).state == "new"
