"""Adding an agent to an account and changing it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, llm
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import (
    CONF_AUTOMATIC_VOICE,
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_FALLBACK_VOICE,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MODE,
    CONF_PRICES,
    CONF_PROVIDER,
    CONF_REASONING_EFFORT,
    CONF_SPEED,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
    SUBENTRY_AGENT,
    Provider,
)
from custom_components.realtime_assist.model_options import AgentOptions, recommended_options
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, MODELS, VOICES, ReasoningEffort
from custom_components.realtime_assist.realtime.model_choice import Mode
from custom_components.realtime_assist.realtime.voices import PREVIEW_VOICES

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


async def answer_twice(
    hass: HomeAssistant, form: SubentryFlowResult, first: dict[str, Any], details: dict[str, Any]
) -> SubentryFlowResult:
    """Fill in the first form, then the second on top of what it offers."""
    form = await submit(hass, form, {CONF_MODE: "auto", **first})
    assert form["step_id"] == "details", form["errors"]
    return await submit(hass, form, {**suggestions(form), **details})


async def set_provider(hass: HomeAssistant, account: MockConfigEntry, provider: Provider) -> None:
    """Let the account be at another server."""
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_PROVIDER: provider})
    await hass.async_block_till_done()


async def test_an_agent_is_ready_as_it_is_offered(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The forms are filled in with what is recommended; the new agent is loaded at once."""
    form = await open_form(hass, loaded_account)
    assert form["type"] is FlowResultType.FORM
    offered = suggestions(form)
    assert offered == {
        CONF_MODE: "auto",
        CONF_PROMPT: llm.DEFAULT_INSTRUCTIONS_PROMPT,
        CONF_LLM_HASS_API: [llm.LLM_API_ASSIST],
        CONF_MODEL: DEFAULT_MODEL,
    }
    assert [choice["value"] for choice in choices(form, CONF_MODEL)] == list(MODELS)

    form = await submit(hass, form, {CONF_NAME: "Butler", **offered})
    assert [choice["value"] for choice in choices(form, CONF_VOICE)] == list(VOICES)
    result = await submit(hass, form, suggestions(form))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = agent_named(loaded_account, "Butler")
    recommended = recommended_options()
    expected = AgentOptions.from_subentry({**recommended, CONF_PROMPT: recommended[CONF_PROMPT].strip()})
    assert AgentOptions.from_subentry(subentry.data) == expected
    assert subentry.subentry_id in loaded_account.runtime_data.agents


async def test_a_model_is_offered_with_its_price_and_its_end(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The price is the account's own where it has one."""
    freezer.move_to("2026-11-22")
    prices = {"gpt-realtime-1.5": {"audio_input": "30"}}
    hass.config_entries.async_update_entry(loaded_account, options={CONF_PRICES: prices})
    form = await open_form(hass, loaded_account)
    labels = {choice["value"]: choice["label"] for choice in choices(form, CONF_MODEL)}
    assert labels["gpt-realtime-2.1"] == "gpt-realtime-2.1 · audio 32.00 in, 64.00 out; text 4.00 in, 24.00 out"
    assert "audio 30.00 in" in labels["gpt-realtime-1.5"]
    assert labels["gpt-realtime"].endswith(" · deprecated, until 2027-01-20")


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
    labels = {choice["value"]: choice["label"] for choice in choices(form, CONF_MODEL)}
    assert labels["gpt-4o-realtime-preview"].endswith(" · shut down since 2026-05-07")
    form = await submit(hass, form, {CONF_MODE: "auto", CONF_MODEL: DEFAULT_MODEL})
    labels = {choice["value"]: choice["label"] for choice in choices(form, CONF_FALLBACK_MODELS)}
    assert labels["parrot"] == "parrot · audio ? in, ? out; text 1.234 in, ? out"
    assert labels["magpie"] == "magpie · price unknown"


async def test_a_form_shows_only_what_the_model_can_do(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """A model that does not reason is not asked how much; voices it lacks are not offered, and one it has is."""
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: "gpt-4o-realtime-preview"})
    assert CONF_REASONING_EFFORT not in form["data_schema"].schema
    assert [choice["value"] for choice in choices(form, CONF_VOICE)] == list(PREVIEW_VOICES)
    assert suggestions(form)[CONF_VOICE] in PREVIEW_VOICES

    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: DEFAULT_MODEL})
    assert choices(form, CONF_REASONING_EFFORT) == ["minimal", "low", "medium", "high", "xhigh"]
    labels = {choice["value"]: choice["label"] for choice in choices(form, CONF_VOICE)}
    assert (labels["marin"], labels["alloy"]) == ("marin (recommended)", "alloy")
    assert DEFAULT_MODEL not in [choice["value"] for choice in choices(form, CONF_FALLBACK_MODELS)]


async def test_an_agent_may_have_a_model_and_a_voice_that_nobody_has_heard_of(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Compatible servers have their own; what was typed loses its blanks, and nothing foreign is recommended."""
    form = await open_form(hass, loaded_account)
    first = {CONF_NAME: "Butler", CONF_MODEL: " parrot "}
    await answer_twice(hass, form, first, {CONF_VOICE: " polly"})
    options = AgentOptions.from_subentry(agent_named(loaded_account, "Butler").data)
    assert (options.model, options.voice) == ("parrot", "polly")
    assert (options.prompt, options.llm_hass_api, options.fallback_models) == (None, (), ())


@pytest.mark.parametrize("field", [CONF_NAME, CONF_MODEL])
async def test_a_blank_field_is_pointed_at(hass: HomeAssistant, loaded_account: MockConfigEntry, field: str) -> None:
    """The error stands beside the field, and the others keep what was typed."""
    typed = {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: "parrot", CONF_PROMPT: "Be brief."}
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {**typed, field: "  "})
    assert form["errors"] == {field: "blank"}
    assert suggestions(form)[CONF_PROMPT] == "Be brief."
    result = await submit(hass, form, typed)
    assert result["step_id"] == "details"


async def test_an_agent_is_changed(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The forms hold what is set; what is emptied is gone, and the agent has the change at once, without a reload."""
    [subentry] = loaded_account.subentries.values()
    agent = loaded_account.runtime_data.agents[subentry.subentry_id]
    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert form["step_id"] == "reconfigure"
    assert suggestions(form).items() <= subentry.data.items()
    form = await submit(hass, form, {CONF_MODE: "new", CONF_MODEL: "gpt-realtime-mini"})
    assert suggestions(form)[CONF_FALLBACK_MODELS] == subentry.data[CONF_FALLBACK_MODELS]
    form = await submit(hass, form, {CONF_VOICE: " "})
    assert form["errors"] == {CONF_VOICE: "blank"}
    details = {
        CONF_VOICE: "cedar",
        CONF_VOICE_SUBSTITUTES: [{"from": "cedar", "to": "ash"}],
        CONF_SPEED: 1.1,
        CONF_MAX_OUTPUT_TOKENS: 1000.0,
        CONF_FALLBACK_MODELS: ["gpt-realtime-1.5", "gpt-realtime-2.1"],
    }
    result = await submit(hass, form, details)

    assert result["reason"] == "reconfigure_successful"
    expected = AgentOptions(
        mode=Mode.NEW,
        model="gpt-realtime-mini",
        fallback_models=("gpt-realtime-1.5", "gpt-realtime-2.1"),
        voice="cedar",
        voice_substitutes={"cedar": "ash"},
        # The model does not reason, so this was not asked: it is kept for one that does.
        reasoning_effort=ReasoningEffort.LOW,
        speed=1.1,
        max_output_tokens=1000,
        warm_spare=True,
        truncation_retention=0.8,
        max_conversation_tokens=8000,
    )
    [subentry] = loaded_account.subentries.values()
    assert AgentOptions.from_subentry(subentry.data) == expected
    assert loaded_account.runtime_data.agents[subentry.subentry_id] is agent
    assert agent.options == expected

    form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    form = await submit(hass, form, {CONF_MODE: "new", CONF_MODEL: "gpt-realtime-mini"})
    assert suggestions(form)[CONF_VOICE_SUBSTITUTES] == details[CONF_VOICE_SUBSTITUTES]


DETAIL_ERRORS = {
    "half a substitute": ({CONF_VOICE_SUBSTITUTES: [{"from": "marin", "to": " "}]}, {CONF_VOICE_SUBSTITUTES: "blank"}),
    "no first fallback": ({CONF_FALLBACK_MODELS: []}, {CONF_FALLBACK_MODELS: "no_fallback_model"}),
    "no voice": (
        {
            CONF_FALLBACK_MODELS: ["gpt-4o-realtime-preview"],
            CONF_VOICE: "marin",
            CONF_FALLBACK_VOICE: "cedar",
            CONF_AUTOMATIC_VOICE: False,
        },
        {CONF_VOICE: "no_voice"},
    ),
}


@pytest.mark.parametrize(("details", "errors"), DETAIL_ERRORS.values(), ids=list(DETAIL_ERRORS))
async def test_what_cannot_work_is_refused_beside_its_field(
    hass: HomeAssistant, loaded_account: MockConfigEntry, details: dict[str, Any], errors: dict[str, str]
) -> None:
    """The sentence names model and voice, and the form can be submitted once it is put right."""
    form = await open_form(hass, loaded_account)
    first = {CONF_NAME: "Butler", CONF_MODE: "legacy", CONF_MODEL: DEFAULT_MODEL}
    form = await answer_twice(hass, form, first, details)
    assert form["errors"] == errors
    good = {CONF_VOICE: "ash", CONF_FALLBACK_MODELS: ["gpt-realtime-1.5"], CONF_VOICE_SUBSTITUTES: []}
    result = await submit(hass, form, {**suggestions(form), **good})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_model_that_openai_has_shut_down_is_refused_there_alone(
    hass: HomeAssistant, loaded_account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The sentence names the model to take in its place; another server may still have the old one."""
    freezer.move_to("2026-11-22")
    typed = {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: "gpt-4o-realtime-preview"}
    form = await submit(hass, await open_form(hass, loaded_account), typed)
    assert form["step_id"] == "details"

    await set_provider(hass, loaded_account, Provider.OPENAI)
    form = await submit(hass, await open_form(hass, loaded_account), typed)
    assert form["errors"] == {CONF_MODEL: "model_retired"}
    assert form["description_placeholders"]["replacement"] == "gpt-realtime-1.5"
    form = await submit(hass, form, {**typed, CONF_MODEL: DEFAULT_MODEL})
    form = await submit(hass, form, {**suggestions(form), CONF_FALLBACK_MODELS: ["gpt-4o-realtime-preview"]})
    assert form["errors"] == {CONF_FALLBACK_MODELS: "model_retired"}


async def test_a_chain_of_agents_never_leads_back(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Neither an agent itself nor one that hands over to it can be its fallback agent."""
    [subentry] = loaded_account.subentries.values()
    form = await open_form(hass, loaded_account)
    first = {CONF_NAME: "Butler", CONF_MODEL: DEFAULT_MODEL}
    await answer_twice(hass, form, first, {CONF_FALLBACK_AGENT: "conversation.realtime_assist"})
    for agent in ("conversation.realtime_assist", "conversation.butler"):
        form = await loaded_account.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
        form = await answer_twice(hass, form, {CONF_MODEL: DEFAULT_MODEL}, {CONF_FALLBACK_AGENT: agent})
        assert form["errors"] == {CONF_FALLBACK_AGENT: "fallback_loop"}
    result = await submit(hass, form, {**suggestions(form), CONF_FALLBACK_AGENT: "conversation.home_assistant"})
    assert result["reason"] == "reconfigure_successful"


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
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: DEFAULT_MODEL})
    offered = suggestions(form)
    assert (offered[CONF_FALLBACK_STT], offered[CONF_FALLBACK_TTS]) == ("stt.whisper", "tts.piper")
    excluded = form["data_schema"].schema[CONF_FALLBACK_STT].config["exclude_entities"]
    assert excluded == ["stt.realtime_assist_speech_to_text"]
    assert "hear and speak" in form["description_placeholders"]["offline"]


async def test_a_house_without_speech_engines_is_told_what_will_not_work(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """Text will, speech won't; without a fallback agent nothing will."""
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {CONF_NAME: "Butler", CONF_MODE: "auto", CONF_MODEL: DEFAULT_MODEL})
    assert "speech won't work" in form["description_placeholders"]["offline"]
    result = await submit(hass, form, {CONF_VOICE: "marin"})
    assert CONF_FALLBACK_AGENT not in result["data"]
    butler = agent_named(loaded_account, "Butler")
    form = await loaded_account.start_subentry_reconfigure_flow(hass, butler.subentry_id)
    form = await submit(hass, form, {CONF_MODE: "auto", CONF_MODEL: DEFAULT_MODEL})
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
