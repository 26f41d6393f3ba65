"""The action that announces: what the model makes of an instruction, in its own voice, where it was asked for."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import DOMAIN, SUBENTRY_AGENT
from local_server.wire import RealtimeServer

from .announced import PLAYER, SATELLITE, Heard, LivingRoom, add_listeners
from .house import ALONE, Agent
from .script import LIGHT_ON, modalities, readings, received, responses, script, words
from .test_errors_spoken import failed

INSTRUCTION = "Tell everybody that dinner is ready."
DINNER = "Dinner is ready, you hungry wolves!"


@pytest.fixture
async def listeners(hass: HomeAssistant, agent: Agent) -> tuple[Heard, LivingRoom]:
    """Return what is heard in the kitchen and the living room, and the player there."""
    return await add_listeners(hass)


@pytest.fixture
def heard(listeners: tuple[Heard, LivingRoom]) -> Heard:
    """Return what is heard."""
    return listeners[0]


async def say(hass: HomeAssistant, instruction: str = INSTRUCTION, **data: Any) -> Any:
    """Return what the action returns."""
    data = {"instruction": instruction, **data}
    return await hass.services.async_call(DOMAIN, "say", data, blocking=True, return_response=True)


@script(responses=[DINNER])
async def test_an_announcement_is_played_in_the_models_own_voice(
    hass: HomeAssistant, heard: Heard, realtime_server: RealtimeServer
) -> None:
    """Everywhere at once, with the text for displays; nothing is read aloud a second time, and paid once."""
    assert await say(hass, entity_id=[SATELLITE, PLAYER]) == {"text": DINNER}
    await hass.async_block_till_done()

    assert (heard.texts, heard.preannounced) == ([DINNER], [True])
    assert heard.audio.keys() == {SATELLITE, PLAYER}
    assert heard.audio[SATELLITE] == heard.audio[PLAYER]
    assert len(heard.audio[PLAYER]) > 1_000
    assert (readings(realtime_server), len(responses(realtime_server))) == ([], 1)
    assert modalities(realtime_server) == ["audio"]
    assert words(realtime_server) == [("user", INSTRUCTION), ("assistant", DINNER)]


@script(responses=[DINNER])
async def test_the_model_knows_that_it_announces(
    hass: HomeAssistant, heard: Heard, realtime_server: RealtimeServer
) -> None:
    """Nobody stands before it who could answer; and the sound before can be left out."""
    await say(hass, entity_id=SATELLITE, preannounce=False)

    updates = received(realtime_server, "session.update")
    assert "an instruction of an automation" in updates[-1]["session"]["instructions"]
    assert heard.preannounced == [False]


@script(responses=[{"calls": [LIGHT_ON]}, "It is on."])
async def test_without_a_target_the_text_alone_is_made(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """With the agent's tools, and without sound, which would cost."""
    assert await say(hass, "Turn on the kitchen light.", agent=agent.conversation) == {"text": "It is on."}

    assert hass.states.is_state("input_boolean.kitchen_light", "on")
    assert set(modalities(realtime_server)) == {"text"}


@script(responses=[DINNER])
async def test_nothing_is_returned_where_nothing_is_asked_for(hass: HomeAssistant, heard: Heard) -> None:
    """In an automation that takes no response."""
    data = {"instruction": INSTRUCTION, "entity_id": PLAYER}
    assert await hass.services.async_call(DOMAIN, "say", data, blocking=True) is None
    assert PLAYER in heard.audio


@script(responses=[DINNER])
async def test_a_player_that_fails_is_told_and_leaves_the_others_alone(
    hass: HomeAssistant, listeners: tuple[Heard, LivingRoom]
) -> None:
    """The automation learns of it; the kitchen hears of dinner all the same."""
    heard, player = listeners
    player.broken = True

    with pytest.raises(HomeAssistantError, match="The player is broken"):
        await say(hass, entity_id=[PLAYER, SATELLITE])
    assert heard.audio.keys() == {SATELLITE}


@script(responses=[failed("server_error")], repeat=True)
@pytest.mark.parametrize("agent_data", [ALONE], ids=["alone"])
async def test_nothing_is_played_where_nobody_has_an_answer(hass: HomeAssistant, heard: Heard) -> None:
    """The automation gets the sentence that a person would have heard."""
    with pytest.raises(HomeAssistantError) as told:
        await say(hass, entity_id=PLAYER)
    assert told.value.translation_key == "not_said"
    assert told.value.translation_placeholders["problem"]
    assert heard.audio == {}


@script(responses=[""])
async def test_silence_is_not_played(hass: HomeAssistant, heard: Heard) -> None:
    """A model may find that there is nothing to say."""
    with pytest.raises(HomeAssistantError) as told:
        await say(hass, entity_id=PLAYER)
    assert told.value.translation_key == "nothing_said"


async def test_what_cannot_speak_is_refused_before_anything_is_paid(
    hass: HomeAssistant, heard: Heard, realtime_server: RealtimeServer
) -> None:
    """A light, for instance."""
    with pytest.raises(ServiceValidationError) as refused:
        await say(hass, entity_id=[PLAYER, "input_boolean.kitchen_light"])
    assert refused.value.translation_key == "unsupported_target"
    assert refused.value.translation_placeholders == {"entity": "input_boolean.kitchen_light"}
    assert realtime_server.connections == []


async def test_an_agent_without_a_voice_says_what_is_missing(hass: HomeAssistant, agent: Agent, heard: Heard) -> None:
    """Its text-to-speech entity is disabled."""
    er.async_get(hass).async_update_entity(agent.tts, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()

    with pytest.raises(ServiceValidationError) as refused:
        await say(hass, entity_id=PLAYER)
    assert refused.value.translation_key == "entity_missing"


@pytest.mark.parametrize("instruction", ["", "  "])
async def test_an_empty_instruction_is_refused(hass: HomeAssistant, agent: Agent, instruction: str) -> None:
    """By the schema."""
    with pytest.raises(probatio.Invalid):
        await say(hass, instruction)


async def test_of_several_agents_one_must_be_named(hass: HomeAssistant, agent: Agent, account: MockConfigEntry) -> None:
    """A guess might speak in the wrong voice, and on the wrong account."""
    butler = ConfigSubentryData(subentry_type=SUBENTRY_AGENT, title="Butler", data=ALONE, unique_id=None)
    other = MockConfigEntry(domain=DOMAIN, title="Other", data=dict(account.data), subentries_data=[butler])
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)

    with pytest.raises(ServiceValidationError) as refused:
        await say(hass)
    assert refused.value.translation_key == "several_agents"
