"""Adding an agent to an account and changing it."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import llm
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_VOICE, SUBENTRY_AGENT
from custom_components.realtime_assist.model_options import AgentOptions
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, DEFAULT_VOICE, MODELS, VOICES

from .readable import AGENT, readable
from .test_config_flow import suggestions


async def open_form(hass: HomeAssistant, account: MockConfigEntry) -> SubentryFlowResult:
    """Ask for a new agent."""
    result = await hass.config_entries.subentries.async_init(
        (account.entry_id, SUBENTRY_AGENT), context={"source": SOURCE_USER}
    )
    return readable(result, AGENT)


async def submit(hass: HomeAssistant, form: SubentryFlowResult, values: dict[str, Any]) -> SubentryFlowResult:
    """Fill in a form."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return readable(result, AGENT)


def agent_named(account: MockConfigEntry, name: str) -> Any:
    """Return the agent's subentry."""
    return next(subentry for subentry in account.subentries.values() if subentry.title == name)


def choices(form: SubentryFlowResult, name: str) -> list[Any]:
    """Return what a field offers."""
    return form["data_schema"].schema[name].config["options"]


async def test_an_agent_is_ready_as_it_is_offered(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The form is filled in with what is recommended; the new agent is loaded at once."""
    form = await open_form(hass, loaded_account)
    assert form["type"] is FlowResultType.FORM
    offered = suggestions(form)
    assert offered == {
        CONF_PROMPT: llm.DEFAULT_INSTRUCTIONS_PROMPT,
        CONF_LLM_HASS_API: [llm.LLM_API_ASSIST],
        CONF_MODEL: DEFAULT_MODEL,
        CONF_VOICE: DEFAULT_VOICE,
    }
    assert choices(form, CONF_MODEL) == list(MODELS)
    assert choices(form, CONF_VOICE) == list(VOICES)

    result = await submit(hass, form, {CONF_NAME: "Butler", **offered})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = agent_named(loaded_account, "Butler")
    assert subentry.data == {**offered, CONF_PROMPT: offered[CONF_PROMPT].strip()}
    assert subentry.subentry_id in loaded_account.runtime_data.agents


async def test_an_agent_may_have_a_model_and_a_voice_that_nobody_has_heard_of(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Compatible servers have their own; what was typed loses its blanks."""
    form = await open_form(hass, loaded_account)
    await submit(hass, form, {CONF_NAME: "Butler", CONF_MODEL: " parrot ", CONF_VOICE: " polly"})
    options = AgentOptions.from_subentry(agent_named(loaded_account, "Butler").data)
    assert options == AgentOptions(prompt=None, llm_hass_api=(), model="parrot", voice="polly")


@pytest.mark.parametrize("field", [CONF_NAME, CONF_MODEL, CONF_VOICE])
async def test_a_blank_field_is_pointed_at(hass: HomeAssistant, loaded_account: MockConfigEntry, field: str) -> None:
    """The error stands beside the field, and the others keep what was typed."""
    typed = {CONF_NAME: "Butler", CONF_MODEL: "parrot", CONF_VOICE: "polly", CONF_PROMPT: "Be brief."}
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {**typed, field: "  "})
    assert form["errors"] == {field: "blank"}
    assert suggestions(form)[CONF_PROMPT] == "Be brief."
    result = await submit(hass, form, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_an_agent_is_changed(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The form holds what is set; what is emptied is gone, and the agent has the change at once."""
    [subentry] = loaded_account.subentries.values()
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert form["step_id"] == "reconfigure"
    assert suggestions(form) == dict(subentry.data)
    form = await submit(hass, form, {CONF_MODEL: "gpt-realtime-mini", CONF_VOICE: ""})
    assert form["errors"] == {CONF_VOICE: "blank"}
    result = await submit(hass, form, {CONF_MODEL: "gpt-realtime-mini", CONF_VOICE: "cedar"})

    assert result["reason"] == "reconfigure_successful"
    [subentry] = loaded_account.subentries.values()
    expected = AgentOptions(prompt=None, llm_hass_api=(), model="gpt-realtime-mini", voice="cedar")
    assert AgentOptions.from_subentry(subentry.data) == expected
    assert loaded_account.runtime_data.agents[subentry.subentry_id].options == expected


async def test_an_api_that_has_vanished_is_not_offered_again(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Its integration was removed; the form can be submitted all the same."""
    [subentry] = loaded_account.subentries.values()
    apis = ["vanished", llm.LLM_API_ASSIST]
    hass.config_entries.async_update_subentry(loaded_account, subentry, data={**subentry.data, CONF_LLM_HASS_API: apis})
    await hass.async_block_till_done()
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert suggestions(form)[CONF_LLM_HASS_API] == [llm.LLM_API_ASSIST]
    assert "vanished" not in [choice["value"] for choice in choices(form, CONF_LLM_HASS_API)]


async def test_nothing_is_added_to_an_account_that_is_not_loaded(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Neither a new agent nor a change."""
    [subentry] = loaded_account.subentries.values()
    assert await hass.config_entries.async_unload(loaded_account.entry_id)
    added = await open_form(hass, loaded_account)
    changed = await hass.config_entries.subentries.async_init(
        (loaded_account.entry_id, SUBENTRY_AGENT),
        context={"source": "reconfigure", "subentry_id": subentry.subentry_id},
    )
    assert added["reason"] == changed["reason"] == "entry_not_loaded"
