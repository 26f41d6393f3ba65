"""What cannot work is refused, with a sentence that names it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_MODEL, CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.agent_form import EARS, FALLBACK, VOICE
from custom_components.realtime_assist.const import (
    CONF_AUTOMATIC_VOICE,
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_VOICE,
    CONF_MODE,
    CONF_PROVIDER,
    CONF_SATELLITE_VOICES,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
)
from custom_components.realtime_assist.model_options import AgentOptions
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL
from custom_components.realtime_assist.realtime.providers import Provider

from .agent_forms import agent_named, details_for, open_form, submit, suggested, with_changes
from .readable import AGENT

KITCHEN = "assist_satellite.kitchen"


@pytest.fixture
def kitchen(hass: HomeAssistant) -> str:
    """Put a satellite into the house that is asleep."""
    registry = er.async_get(hass)
    return registry.async_get_or_create("assist_satellite", "wyoming", "1", suggested_object_id="kitchen").entity_id


def satellite_voices(*rows: tuple[str, str]) -> dict[str, Any]:
    """Return the table of satellites and voices as the form has it."""
    return {CONF_SATELLITE_VOICES: [{"satellite": satellite, "voice": voice} for satellite, voice in rows]}


PROBLEMS = {
    "no voice at all": (VOICE, {CONF_VOICE: " "}, "blank_voice"),
    "half a substitute": (VOICE, {CONF_VOICE_SUBSTITUTES: [{"from": "marin", "to": " "}]}, "blank_substitute"),
    "half a satellite": (VOICE, satellite_voices((KITCHEN, " ")), "blank_satellite_voice"),
    "a satellite that is not there": (VOICE, satellite_voices(("assist_satellite.attic", "ash")), "unknown_satellite"),
    "a satellite twice": (VOICE, satellite_voices((KITCHEN, "ash"), (KITCHEN, "sage")), "satellite_twice"),
    "a satellite's unknown voice": (VOICE, satellite_voices((KITCHEN, "marvin")), "unknown_satellite_voice"),
    "no transcription": (EARS, {CONF_TRANSCRIPTION_MODEL: " "}, "blank_transcription_model"),
    "no first fallback": (FALLBACK, {CONF_FALLBACK_MODELS: []}, "no_fallback_model"),
}


@pytest.mark.parametrize(("section", "values", "error"), PROBLEMS.values(), ids=list(PROBLEMS))
@pytest.mark.usefixtures("kitchen")
async def test_what_cannot_work_is_refused_beside_its_section(
    hass: HomeAssistant, loaded_account: MockConfigEntry, section: str, values: dict[str, Any], error: str
) -> None:
    """The section is open, the other fields keep what was typed, and the form can be submitted once it is right."""
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL, mode="legacy")
    good = with_changes(suggested(form), voices={"speed": 1.2})
    form = await submit(hass, form, with_changes(good, **{section: values}))
    assert form["errors"] == {section: error}
    assert form["data_schema"].schema[section].options["collapsed"] is False
    assert suggested(form)[VOICE]["speed"] == 1.2
    result = await submit(hass, form, good)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_voice_that_no_model_has_is_refused_with_those_that_there_are(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Where no compatible one may be chosen; the sentence names model and voice."""
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    changes: dict[str, dict[str, Any]] = {
        FALLBACK: {CONF_FALLBACK_MODELS: ["gpt-4o-realtime-preview"]},
        VOICE: {CONF_VOICE: "marin", CONF_FALLBACK_VOICE: "cedar", CONF_AUTOMATIC_VOICE: False},
    }
    form = await submit(hass, form, with_changes(suggested(form), **changes))
    assert form["errors"] == {VOICE: "no_voice"}
    sentence = AGENT["error"]["no_voice"].format(**form["description_placeholders"])
    assert sentence.startswith("Voice: gpt-4o-realtime-preview has no voice marin,")


async def test_a_satellite_has_a_voice_of_its_own(
    hass: HomeAssistant, loaded_account: MockConfigEntry, kitchen: str
) -> None:
    """It is stored by the satellite, and stands in the table again; a model that nobody knows may have any voice."""
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    await submit(hass, form, with_changes(suggested(form), voices=satellite_voices((kitchen, " ash "))))
    butler = agent_named(loaded_account, "Butler")
    assert AgentOptions.from_subentry(butler.data).satellite_voices == {kitchen: "ash"}

    form = await loaded_account.start_subentry_reconfigure_flow(hass, butler.subentry_id)
    form = await details_for(hass, form, "parrot")
    table = satellite_voices((kitchen, "ash"))
    assert table.items() <= suggested(form)[VOICE].items()
    changes = satellite_voices((kitchen, "polly"))
    result = await submit(hass, form, with_changes(suggested(form), voices=changes))
    assert result["reason"] == "reconfigure_successful"
    butler = agent_named(loaded_account, "Butler")
    assert AgentOptions.from_subentry(butler.data).satellite_voices == {kitchen: "polly"}


async def test_a_model_that_openai_has_shut_down_is_refused_there_alone(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The sentence names the model to take in its place; another server may still have the old one."""
    freezer.move_to("2027-03-01")
    old = {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: "gpt-4o-realtime-preview"}
    form = await details_for(hass, await open_form(hass, loaded_account), "gpt-4o-realtime-preview")
    whisper = {EARS: {CONF_TRANSCRIPTION_MODEL: "whisper-1"}}
    await submit(hass, form, with_changes(suggested(form), **whisper))
    assert agent_named(loaded_account, "Butler")

    data = {**loaded_account.data, CONF_PROVIDER: Provider.OPENAI}
    hass.config_entries.async_update_entry(loaded_account, data=data)
    await hass.async_block_till_done()
    form = await submit(hass, await open_form(hass, loaded_account), old)
    assert form["errors"] == {CONF_MODEL: "model_retired"}
    assert form["description_placeholders"]["replacement"] == "gpt-realtime-1.5"
    form = await details_for(hass, form, DEFAULT_MODEL)
    good = suggested(form)
    gone = {FALLBACK: {CONF_FALLBACK_MODELS: ["gpt-4o-realtime-preview"]}}
    form = await submit(hass, form, with_changes(good, **gone))
    assert form["errors"] == {FALLBACK: "model_retired"}
    form = await submit(hass, form, with_changes(good, **whisper))
    assert form["errors"] == {EARS: "model_retired"}
    assert form["description_placeholders"]["replacement"] == "gpt-transcribe"


async def test_a_chain_of_agents_never_leads_back(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Neither an agent itself nor one that hands over to it can be its fallback agent."""
    [subentry] = loaded_account.subentries.values()
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    ours = {CONF_FALLBACK_AGENT: "conversation.realtime_assist"}
    await submit(hass, form, with_changes(suggested(form), fallback=ours))
    for agent in ("conversation.realtime_assist", "conversation.butler"):
        form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
        form = await details_for(hass, form, DEFAULT_MODEL)
        values = with_changes(suggested(form), fallback={CONF_FALLBACK_AGENT: agent})
        form = await submit(hass, form, values)
        assert form["errors"] == {FALLBACK: "fallback_loop"}
    local = {CONF_FALLBACK_AGENT: "conversation.home_assistant"}
    result = await submit(hass, form, with_changes(suggested(form), fallback=local))
    assert result["reason"] == "reconfigure_successful"
