"""What an account's provider has is what its agents can be set to."""

from homeassistant.const import CONF_MODEL, CONF_NAME
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.agent_form import EARS, VOICE
from custom_components.realtime_assist.const import (
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_VOICE,
    CONF_PROVIDER,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
)
from custom_components.realtime_assist.realtime.providers import PROVIDERS, Provider

from .agent_forms import choices, open_form, submit, suggested
from .house import Agent, change_agent

XAI = PROVIDERS[Provider.XAI]


async def move(hass: HomeAssistant, account: MockConfigEntry, provider: Provider) -> None:
    """Let the account be at another provider."""
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_PROVIDER: provider})
    await hass.async_block_till_done()


async def test_another_agent_is_offered_what_the_first_one_uses(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """A provider with models of its own offers none of OpenAI's, nor OpenAI's voices and transcriptions."""
    [first] = loaded_account.subentries.values()
    own = {CONF_VOICE: "leo", CONF_FALLBACK_VOICE: "rex", CONF_TRANSCRIPTION_MODEL: "grok-transcribe"}
    data = {**first.data, CONF_MODEL: "grok-voice-3.0", CONF_FALLBACK_MODELS: [], **own}
    hass.config_entries.async_update_subentry(loaded_account, first, data=data)
    await move(hass, loaded_account, Provider.XAI)
    form = await open_form(hass, loaded_account)
    assert suggested(form)[CONF_MODEL] == "grok-voice-3.0"
    assert list(choices(form, CONF_MODEL)) == list(XAI.models)
    form = await submit(hass, form, {CONF_NAME: "Butler", **suggested(form)})
    assert list(choices(form, CONF_FALLBACK_MODELS)) == ["grok-voice-latest", "grok-voice-think-fast-2.0"]
    assert list(choices(form, CONF_TRANSCRIPTION_MODEL)) == ["grok-transcribe"]
    assert list(choices(form, CONF_VOICE)) == list(XAI.voices)
    offered = suggested(form)
    assert own.items() <= {**offered[VOICE], **offered[EARS]}.items()


async def test_what_is_at_hand_is_the_providers_own(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """Models and voices to switch to, and the voices that a pipeline can be set to."""
    own = {CONF_MODEL: "grok-voice-3.0", CONF_FALLBACK_MODELS: [], CONF_VOICE: "leo", CONF_FALLBACK_VOICE: "rex"}
    await move(hass, account, Provider.XAI)
    await change_agent(hass, account, **own)
    options = {
        name: hass.states.get(f"select.realtime_assist_{name}").attributes["options"] for name in ("model", "voice")
    }
    assert options == {"model": list(XAI.models), "voice": list(XAI.voices)}
    voices = hass.data["tts"].get_entity(agent.tts).async_get_supported_voices("en")
    assert [voice.voice_id for voice in voices] == list(XAI.voices)


async def test_an_account_without_agents_is_offered_what_its_provider_is_known_for(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """The last agent was removed."""
    [agent_id] = loaded_account.subentries
    hass.config_entries.async_remove_subentry(loaded_account, agent_id)
    await move(hass, loaded_account, Provider.XAI)
    form = await open_form(hass, loaded_account)
    assert suggested(form)[CONF_MODEL] == XAI.default_model
    form = await submit(hass, form, {CONF_NAME: "Butler", **suggested(form)})
    assert suggested(form)[VOICE][CONF_VOICE] == XAI.voices[0]
