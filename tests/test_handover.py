"""Which stage of a run takes up the turn that another one has begun, and which does not."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.realtime_assist.handover import KEEP_SECONDS
from local_server.wire import RealtimeServer

from .house import Agent
from .script import readings, received, responses, script, words
from .voice import speak, write

BRIGHT = {"text": "It is on and bright.", "audio_ms": 400}


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_run_that_ends_with_the_words_leaves_no_voice(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Its voice is removed at once; who asks with its words in the next run, asks in text."""
    heard = await speak(hass, agent.pipeline_id, end_stage=PipelineStage.STT)
    await realtime_server.wait_received("conversation.item.delete")

    run = await write(hass, agent.pipeline_id, heard.transcript, conversation_id=heard.conversation_id)

    assert run.speech == "Hello there."
    assert len(received(realtime_server, "conversation.item.create")) == 1
    assert words(realtime_server) == [("user", "Hello."), ("assistant", "Hello there.")]


@script(turns=["Hello."], responses=["Good bye, then."])
async def test_other_words_are_another_turn(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """A text that is not what was heard is answered as it is; the voice is removed."""
    heard = await speak(hass, agent.pipeline_id, end_stage=PipelineStage.STT, own_task=False)

    run = await write(hass, agent.pipeline_id, "Good bye.", conversation_id=heard.conversation_id)

    assert run.speech == "Good bye, then."
    assert words(realtime_server) == [("user", "Good bye."), ("assistant", "Good bye, then.")]


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_voice_that_nobody_answers_is_forgotten(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, freezer: FrozenDateTimeFactory
) -> None:
    """Where it is not seen that the run has ended, the same words are a text a minute later."""
    heard = await speak(hass, agent.pipeline_id, end_stage=PipelineStage.STT, own_task=False)
    freezer.tick(timedelta(seconds=KEEP_SECONDS + 1))
    async_fire_time_changed(hass)

    run = await write(hass, agent.pipeline_id, heard.transcript, conversation_id=heard.conversation_id)

    assert run.speech == "Hello there."
    assert len(received(realtime_server, "conversation.item.create")) == 1


@pytest.fixture
async def light_check(hass: HomeAssistant) -> None:
    """Let an automation answer with the beginning of what the model says."""
    rule = {
        "trigger": {"platform": "conversation", "command": "Is it on"},
        "action": {"set_conversation_response": "It is on"},
    }
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: rule})
    await hass.async_block_till_done()


@pytest.mark.usefixtures("light_check")
@script(responses=[BRIGHT, BRIGHT], out_of_band=[{"text": "It is on", "audio_ms": 100}])
async def test_an_answer_that_begins_like_the_last_one_is_another_one(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Home Assistant played the last answer from its cache, so its audio is left over; nobody hears it now."""
    first = await write(hass, agent.pipeline_id, "How is it?")
    again = await write(hass, agent.pipeline_id, "How is it?", conversation_id=first.conversation_id)
    assert first.audio == again.audio

    run = await write(hass, agent.pipeline_id, "Is it on?", conversation_id=first.conversation_id)

    assert run.speech == "It is on"
    assert readings(realtime_server) == ["It is on"]
    assert len(run.pcm) == 100 * 16 * 2
    assert len(responses(realtime_server)) == 2


@script(turns=["Hello.", "Good bye."], responses=["Hello there.", "Good bye, then."])
async def test_conversations_are_kept_apart(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """The same words in another conversation do not take the voice of this one."""
    heard = await speak(hass, agent.pipeline_id, end_stage=PipelineStage.STT, own_task=False)

    other = await write(hass, agent.pipeline_id, heard.transcript)

    assert other.conversation_id != heard.conversation_id
    assert words(realtime_server) == [("user", "Hello."), ("assistant", "Hello there.")]
    assert len(realtime_server.connections) == 2
    assert words(realtime_server, 0) == [("user", "Hello.")]
