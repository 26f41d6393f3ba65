"""How an agent's ears, mind and voice look in Home Assistant."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.realtime_assist.const import DOMAIN

from .house import Agent


async def test_the_mind_has_the_agent_s_name_and_the_others_are_named_after_it(
    hass: HomeAssistant, agent: Agent
) -> None:
    """The pipeline's settings list them by these names."""
    names = {engine: hass.states.get(engine).name for engine in (agent.conversation, agent.stt, agent.tts)}
    assert names == {
        agent.conversation: "Realtime Assist",
        agent.stt: "Realtime Assist Speech-to-text",
        agent.tts: "Realtime Assist Text-to-speech",
    }


@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_names_are_there_in_every_language(hass: HomeAssistant, agent: Agent, language: str) -> None:
    """Where a translation is missing it is the English one."""
    names = await async_get_translations(hass, language, "entity", [DOMAIN])
    registry = er.async_get(hass)
    for engine in (agent.stt, agent.tts):
        entry = registry.async_get(engine)
        assert names[f"component.{DOMAIN}.entity.{entry.domain}.{entry.translation_key}.name"]


async def test_each_is_known_by_its_agent(hass: HomeAssistant, agent: Agent) -> None:
    """Renaming anything changes no id, and all of them are on one device."""
    registry = er.async_get(hass)
    entries = [registry.async_get(engine) for engine in (agent.conversation, agent.stt, agent.tts)]
    subentry_id = agent.coordinator.subentry.subentry_id
    assert [entry.unique_id for entry in entries] == [
        f"{subentry_id}_conversation",
        f"{subentry_id}_stt",
        f"{subentry_id}_tts",
    ]
    assert len({entry.device_id for entry in entries}) == 1
