"""Adding an agent to an account and changing it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er, llm
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.agent_form import EARS, FALLBACK, LIMITS, MIND, VOICE
from custom_components.realtime_assist.const import (
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_MAX_CONVERSATION_TOKENS,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MODE,
    CONF_NOISE_REDUCTION,
    CONF_PRICES,
    CONF_REASONING_EFFORT,
    CONF_RETENTION_RATIO,
    CONF_SPEED,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
    SUBENTRY_AGENT,
)
from custom_components.realtime_assist.model_options import (
    AgentOptions,
    AnswerOrder,
    FollowUp,
    TurnDetectionMode,
    recommended_options,
)
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, MODELS, VOICES, ReasoningEffort
from custom_components.realtime_assist.realtime.model_choice import Mode
from custom_components.realtime_assist.realtime.session_config import Eagerness, NoiseReduction
from custom_components.realtime_assist.realtime.voices import PREVIEW_VOICES

from .agent_forms import agent_named, choices, details_for, field, open_form, submit, suggested, with_changes


@pytest.mark.usefixtures("all_served")
async def test_an_agent_is_ready_as_it_is_offered(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The forms are filled in with what is recommended; the new agent is loaded at once."""
    form = await open_form(hass, loaded_account)
    assert form["type"] is FlowResultType.FORM
    offered = suggested(form)
    assert offered == {
        CONF_MODE: "auto",
        CONF_PROMPT: llm.DEFAULT_INSTRUCTIONS_PROMPT,
        CONF_LLM_HASS_API: [llm.LLM_API_ASSIST],
        CONF_MODEL: DEFAULT_MODEL,
    }
    assert list(choices(form, CONF_MODEL)) == list(MODELS)

    form = await submit(hass, form, {CONF_NAME: "Butler", **offered})
    assert list(choices(form, CONF_VOICE)) == list(VOICES)
    result = await submit(hass, form, suggested(form))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = agent_named(loaded_account, "Butler")
    recommended = recommended_options()
    expected = AgentOptions.from_subentry({**recommended, CONF_PROMPT: recommended[CONF_PROMPT].strip()})
    assert AgentOptions.from_subentry(subentry.data) == expected
    assert subentry.subentry_id in loaded_account.runtime_data.agents


async def test_what_is_rarely_changed_is_folded_away(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Mind and voice are open; ears, fallback and limits are there to be opened."""
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    collapsed = {str(name): part.options["collapsed"] for name, part in form["data_schema"].schema.items()}
    assert collapsed == {MIND: False, VOICE: False, EARS: True, FALLBACK: True, LIMITS: True}


async def test_a_model_is_offered_with_its_price_and_its_end(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The price is the account's own where it has one."""
    freezer.move_to("2026-11-22")
    prices = {"gpt-realtime-1.5": {"audio_input": "30"}}
    hass.config_entries.async_update_entry(loaded_account, options={CONF_PRICES: prices})
    labels = choices(await open_form(hass, loaded_account), CONF_MODEL)
    assert labels["gpt-realtime-2.1"] == "gpt-realtime-2.1 · audio 32.00 in, 64.00 out; text 4.00 in, 24.00 out"
    assert "audio 30.00 in" in labels["gpt-realtime-1.5"]
    assert labels["gpt-realtime"].startswith("gpt-realtime · deprecated, until 2027-01-20 · audio ")


async def test_a_transcription_model_is_offered_with_its_price_and_its_end(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """By the minute or by tokens, and as the account pays; one that has gone is offered to nobody but its users."""
    freezer.move_to("2026-11-22")
    [subentry] = loaded_account.subentries.values()
    prices = {"gpt-transcribe": {"minute": "0.01"}}
    hass.config_entries.async_update_entry(loaded_account, options={CONF_PRICES: prices})
    labels = choices(
        await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL), "transcription_model"
    )
    assert labels["gpt-transcribe"] == "gpt-transcribe · 0.01 a minute"
    end = "deprecated, until 2027-02-26"
    assert labels["whisper-1"] == f"whisper-1 · {end} · 0.006 a minute"
    tokens = "audio 2.50 in, text 10.00 out for a million tokens"
    assert labels["gpt-4o-transcribe"] == f"gpt-4o-transcribe · {end} · {tokens}"

    freezer.move_to("2027-03-01")
    data = {**subentry.data, CONF_TRANSCRIPTION_MODEL: "parrot"}
    hass.config_entries.async_update_subentry(loaded_account, subentry, data=data)
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    labels = choices(await details_for(hass, form, DEFAULT_MODEL), "transcription_model")
    assert "whisper-1" not in labels
    assert labels["parrot"] == "parrot · price unknown"


async def test_what_an_agent_is_set_to_is_offered_though_it_is_gone_or_unknown(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """With all that is known of it; what has no price at all says so."""
    freezer.move_to("2026-11-22")
    [subentry] = loaded_account.subentries.values()
    models = {CONF_MODEL: "gpt-4o-realtime-preview", CONF_FALLBACK_MODELS: ["parrot", "magpie"]}
    hass.config_entries.async_update_subentry(loaded_account, subentry, data={**subentry.data, **models})
    prices = {"parrot": {"text_input": "1.234"}}
    hass.config_entries.async_update_entry(loaded_account, options={CONF_PRICES: prices})
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert " · shut down since 2026-05-07 · " in choices(form, CONF_MODEL)["gpt-4o-realtime-preview"]
    labels = choices(await details_for(hass, form, DEFAULT_MODEL), CONF_FALLBACK_MODELS)
    assert labels["parrot"] == "parrot · audio ? in, ? out; text 1.234 in, ? out"
    assert labels["magpie"] == "magpie · price unknown"


async def test_a_form_shows_only_what_the_model_can_do(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """A model that does not reason is not asked how much; voices it lacks are not offered, and one it has is."""
    form = await details_for(hass, await open_form(hass, loaded_account), "gpt-4o-realtime-preview")
    assert field(form, CONF_REASONING_EFFORT) is None
    assert list(choices(form, CONF_VOICE)) == list(PREVIEW_VOICES)
    assert suggested(form)[VOICE][CONF_VOICE] in PREVIEW_VOICES

    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    assert field(form, CONF_REASONING_EFFORT).config["options"] == ["minimal", "low", "medium", "high", "xhigh"]
    labels = choices(form, CONF_VOICE)
    assert (labels["marin"], labels["alloy"]) == ("marin (recommended)", "alloy")
    assert DEFAULT_MODEL not in choices(form, CONF_FALLBACK_MODELS)
    assert field(form, CONF_MAX_OUTPUT_TOKENS).config["max"] + field(form, CONF_MAX_CONVERSATION_TOKENS).config[
        "max"
    ] == pytest.approx(128_000)


async def test_an_agent_may_have_a_model_and_a_voice_that_nobody_has_heard_of(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Compatible servers have their own; what was typed loses its blanks, and nothing foreign is recommended."""
    form = await details_for(hass, await open_form(hass, loaded_account), " parrot ")
    names = with_changes(suggested(form), voices={CONF_VOICE: " polly"}, ears={CONF_TRANSCRIPTION_MODEL: " ear "})
    await submit(hass, form, names)
    options = AgentOptions.from_subentry(agent_named(loaded_account, "Butler").data)
    assert (options.model, options.voice, options.transcription_model) == ("parrot", "polly", "ear")
    assert (options.prompt, options.llm_hass_api, options.fallback_models) == (None, (), ())


@pytest.mark.parametrize("name", [CONF_NAME, CONF_MODEL])
async def test_a_blank_field_is_pointed_at(hass: HomeAssistant, loaded_account: MockConfigEntry, name: str) -> None:
    """The error stands beside the field, and the others keep what was typed."""
    typed = {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: "parrot", CONF_PROMPT: "Be brief."}
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {**typed, name: "  "})
    assert form["errors"] == {name: "blank"}
    assert suggested(form)[CONF_PROMPT] == "Be brief."
    result = await submit(hass, form, typed)
    assert result["step_id"] == "details"


CHANGES: dict[str, dict[str, Any]] = {
    MIND: {"answer_order": "eager", "follow_up": "never"},
    VOICE: {
        CONF_VOICE: "cedar",
        "fallback_voice": None,
        CONF_VOICE_SUBSTITUTES: [{"from": "cedar", "to": "ash"}],
        CONF_SPEED: 1.1,
    },
    EARS: {
        "turn_detection": "semantic_vad",
        "eagerness": "high",
        CONF_NOISE_REDUCTION: "near_field",
        CONF_TRANSCRIPTION_MODEL: "whisper-1",
        "language_hint": False,
        "keywords": False,
    },
    FALLBACK: {CONF_FALLBACK_MODELS: ["gpt-realtime-1.5", " gpt-realtime-2.1 "], CONF_FALLBACK_AGENT: None},
    LIMITS: {
        CONF_MAX_OUTPUT_TOKENS: 1000.0,
        CONF_MAX_CONVERSATION_TOKENS: None,
        CONF_RETENTION_RATIO: 55.0,
        "max_sessions": 3.0,
        "warm_spare": False,
    },
}
CHANGED = AgentOptions(
    mode=Mode.NEW,
    model="gpt-realtime-mini",
    fallback_models=("gpt-realtime-1.5", "gpt-realtime-2.1"),
    voice="cedar",
    voice_substitutes={"cedar": "ash"},
    # The model does not reason, so this was not asked: it is kept for one that does.
    reasoning_effort=ReasoningEffort.LOW,
    speed=1.1,
    max_output_tokens=1000,
    answer_order=AnswerOrder.EAGER,
    follow_up=FollowUp.NEVER,
    turn_detection=TurnDetectionMode.SEMANTIC_VAD,
    eagerness=Eagerness.HIGH,
    noise_reduction=NoiseReduction.NEAR_FIELD,
    transcription_model="whisper-1",
    language_hint=False,
    keywords=False,
    max_sessions=3,
    truncation_retention=0.55,
)


async def test_an_agent_is_changed(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The forms hold what is set; what is emptied is gone, and the agent has the change at once, without a reload."""
    [subentry] = loaded_account.subentries.values()
    agent = loaded_account.runtime_data.agents[subentry.subentry_id]
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert form["step_id"] == "settings"
    assert suggested(form).items() <= subentry.data.items()
    form = await details_for(hass, form, "gpt-realtime-mini", mode="new")
    offered = suggested(form)
    assert offered[FALLBACK][CONF_FALLBACK_MODELS] == subentry.data[CONF_FALLBACK_MODELS]
    assert (offered[LIMITS][CONF_RETENTION_RATIO], offered[EARS][CONF_NOISE_REDUCTION]) == (50, "off")
    result = await submit(hass, form, with_changes(offered, **CHANGES))

    assert result["reason"] == "reconfigure_successful"
    [subentry] = loaded_account.subentries.values()
    assert AgentOptions.from_subentry(subentry.data) == CHANGED
    assert loaded_account.runtime_data.agents[subentry.subentry_id] is agent
    assert agent.options == CHANGED

    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    form = await details_for(hass, form, "gpt-realtime-mini", mode="new")
    offered = suggested(form)
    assert offered[VOICE][CONF_VOICE_SUBSTITUTES] == CHANGES[VOICE][CONF_VOICE_SUBSTITUTES]
    assert (offered[LIMITS][CONF_RETENTION_RATIO], offered[EARS][CONF_NOISE_REDUCTION]) == (55, "near_field")
    await submit(hass, form, offered)
    assert AgentOptions.from_subentry(subentry.data) == CHANGED


async def test_an_agent_of_an_earlier_version_opens_as_it_goes_on(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Options that it never had stand in the form as it goes by them, and submitting them changes nothing."""
    [subentry] = loaded_account.subentries.values()
    hass.config_entries.async_update_subentry(loaded_account, subentry, data={CONF_MODEL: DEFAULT_MODEL})
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    form = await details_for(hass, form, DEFAULT_MODEL)
    assert suggested(form)[LIMITS] == {"max_sessions": 16, "warm_spare": False}
    await submit(hass, form, with_changes(suggested(form), fallback={CONF_FALLBACK_MODELS: ["gpt-realtime-1.5"]}))
    options = AgentOptions.from_subentry(loaded_account.subentries[subentry.subentry_id].data)
    assert options == AgentOptions(fallback_models=("gpt-realtime-1.5",))


async def test_a_number_out_of_bounds_is_refused(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """No session at all would be no agent."""
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    with pytest.raises(InvalidData):
        await submit(hass, form, with_changes(suggested(form), limits={"max_sessions": 0}))


async def local_speech(hass: HomeAssistant) -> None:
    """Put speech engines of the house into it, beside one that lives in a cloud."""
    registry = er.async_get(hass)
    for platform, domain, name in (
        ("cloud", "stt", "cloud"),
        ("no_such_integration", "tts", "gone"),
        ("wyoming", "stt", "whisper"),
        ("wyoming", "tts", "piper"),
    ):
        registry.async_get_or_create(domain, platform, name, suggested_object_id=name)


async def test_the_house_s_own_speech_engines_are_preselected(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """They work without the internet; ours are not offered at all, as they would fail together."""
    await local_speech(hass)
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    offered = suggested(form)[FALLBACK]
    assert (offered[CONF_FALLBACK_STT], offered[CONF_FALLBACK_TTS]) == ("stt.whisper", "tts.piper")
    assert field(form, CONF_FALLBACK_STT).config["exclude_entities"] == ["stt.realtime_assist_speech_to_text"]
    assert "hear and speak" in form["description_placeholders"]["offline"]


async def test_a_house_without_speech_engines_is_told_what_will_not_work(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Text will, speech won't; without a fallback agent nothing will."""
    form = await details_for(hass, await open_form(hass, loaded_account), DEFAULT_MODEL)
    assert "speech won't work" in form["description_placeholders"]["offline"]
    result = await submit(hass, form, with_changes(suggested(form), fallback={CONF_FALLBACK_AGENT: None}))
    assert CONF_FALLBACK_AGENT not in result["data"]
    butler = agent_named(loaded_account, "Butler")
    form = await loaded_account.start_subentry_reconfigure_flow(hass, butler.subentry_id)
    form = await details_for(hass, form, DEFAULT_MODEL)
    assert "nobody answers" in form["description_placeholders"]["offline"]


async def test_an_api_that_has_vanished_is_not_offered_again(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Its integration was removed; the form can be submitted all the same."""
    [subentry] = loaded_account.subentries.values()
    apis = ["vanished", llm.LLM_API_ASSIST]
    hass.config_entries.async_update_subentry(loaded_account, subentry, data={**subentry.data, CONF_LLM_HASS_API: apis})
    await hass.async_block_till_done()
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert suggested(form)[CONF_LLM_HASS_API] == [llm.LLM_API_ASSIST]
    assert "vanished" not in choices(form, CONF_LLM_HASS_API)


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
