"""The agent's ears: what was said, for our own agent or anybody else's, and what becomes of it in the session."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from homeassistant.components import automation
from homeassistant.components.assist_pipeline import PipelineEventType, PipelineStage
from homeassistant.components.stt import AudioSampleRates, async_get_speech_to_text_entity
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from local_server.wire import RealtimeServer, scenario_from_dict

from .house import Agent
from .script import held, readings, received, received_types, responses, script, words
from .voice import METADATA, SPEECH, frames, make_pipeline, speak

SILENCE = bytes(2 * 16_000)
LOCAL_ANSWER = "Dinner is at seven."


@pytest.fixture
async def dinner_bell(hass: HomeAssistant) -> None:
    """Let an automation answer a sentence of its own."""
    rule = {
        "trigger": {"platform": "conversation", "command": "When is dinner"},
        "action": {"set_conversation_response": LOCAL_ANSWER},
    }
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: rule})
    await hass.async_block_till_done()


@script(turns=["Turn on the kitchen light."], out_of_band=[{"text": "Turned on the switch", "audio_ms": 250}])
async def test_another_mind_gets_the_words_alone(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """In front of Home Assistant's agent our ears are a transcription, and no answer of the model's is ever asked for."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine="conversation.home_assistant", tts_engine=agent.tts
    )

    run = await speak(hass, pipeline_id)

    assert run.transcript == "Turn on the kitchen light."
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    assert responses(realtime_server) == []
    # Our voice reads what the other mind says.
    assert readings(realtime_server) == [run.speech]
    assert len(run.pcm) == 250 * 16 * 2


@script(turns=["Turn on the kitchen light.", "Turn off the kitchen light."])
async def test_what_was_heard_for_another_mind_is_removed(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """No voice stays in the session that nobody answered there: each is gone before the next is heard."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine="conversation.home_assistant", tts_engine=None
    )
    removal = ["input_audio_buffer.commit", "conversation.item.delete"]

    first = await speak(hass, pipeline_id, end_stage=PipelineStage.INTENT)
    second = await speak(hass, pipeline_id, end_stage=PipelineStage.INTENT, conversation_id=first.conversation_id)

    assert second.transcript == "Turn off the kitchen light."
    await realtime_server.wait_received("conversation.item.delete", 2)
    assert [each for each in received_types(realtime_server) if each in removal] == removal * 2
    assert held(realtime_server) == []
    assert responses(realtime_server) == []


@pytest.mark.usefixtures("dinner_bell")
@script(
    turns=["When is dinner?", "And breakfast?"],
    responses=["At eight."],
    out_of_band=[{"text": LOCAL_ANSWER, "audio_ms": 250}],
)
async def test_an_automation_that_answers_is_heard_and_remembered(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A sentence trigger comes before the agent: our voice reads its answer, and the next turn knows of it."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == LOCAL_ANSWER
    assert readings(realtime_server) == [LOCAL_ANSWER]
    assert len(run.pcm) == 250 * 16 * 2
    assert responses(realtime_server) == []

    follow_up = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert follow_up.speech == "At eight."
    assert words(realtime_server) == [
        ("user", "When is dinner?"),
        ("assistant", LOCAL_ANSWER),
        ("user", "And breakfast?"),
        ("assistant", "At eight."),
    ]
    # What is left of the first turn is its words: the voice that nobody answered is gone.
    assert len(received(realtime_server, "conversation.item.delete")) == 1
    assert len(realtime_server.connections) == 1
    assert not realtime_server.invalid


@script(turns=["Turn on the kitchen light.", "Thank you."], responses=["You are welcome."])
async def test_a_local_intent_that_answers_is_remembered(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Where the pipeline prefers local intents the light goes on without the model, which learns of it after."""
    pipeline_id = await make_pipeline(
        hass,
        stt_engine=agent.stt,
        conversation_engine=agent.conversation,
        tts_engine=None,
        prefer_local_intents=True,
    )
    run = await speak(hass, pipeline_id, end_stage=PipelineStage.INTENT)
    assert run.data(PipelineEventType.INTENT_END)["processed_locally"]
    assert hass.states.get("input_boolean.kitchen_light").state == "on"

    follow_up = await speak(hass, pipeline_id, end_stage=PipelineStage.INTENT, conversation_id=run.conversation_id)

    assert follow_up.speech == "You are welcome."
    assert words(realtime_server) == [
        ("user", "Turn on the kitchen light."),
        ("assistant", run.speech),
        ("user", "Thank you."),
        ("assistant", "You are welcome."),
    ]


@pytest.mark.parametrize(
    ("scenario", "pcm"),
    [
        pytest.param(scenario_from_dict({"turns": ["Hello."], "responses": ["Hi."]}), SPEECH[:2560], id="80 ms"),
        pytest.param(scenario_from_dict({"turns": ["Hello."], "responses": ["Hi."]}), b"", id="no audio"),
        pytest.param(scenario_from_dict({"turns": ["", "Hello."], "responses": ["Hi."]}), SILENCE, id="silence"),
        pytest.param(scenario_from_dict({"turns": [" \n", "Hello."], "responses": ["Hi."]}), SILENCE, id="blanks"),
    ],
)
async def test_no_speech_is_no_command(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, pcm: bytes
) -> None:
    """The satellite is told that nothing was heard; no answer is asked for, and the next command is the first one."""
    run = await speak(hass, agent.pipeline_id, pcm=pcm)

    assert run.error == "stt-no-text-recognized"
    assert run.audio is None
    assert received(realtime_server, "response.create") == []

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert next_run.transcript == "Hello."
    assert next_run.speech == "Hi."
    assert words(realtime_server) == [("user", "Hello."), ("assistant", "Hi.")]


@script(turns=["Never mind.", "Hello."], responses=["Hi."])
async def test_a_user_who_goes_away_while_speaking_leaves_nothing_behind(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A run that is cancelled before the end of speech is no turn; the next one begins with its own voice."""
    conversation_id = "kitchen"
    walks_away = asyncio.Event()

    async def breaks_off() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        walks_away.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(speak(hass, agent.pipeline_id, stream=breaks_off(), conversation_id=conversation_id))
    await walks_away.wait()
    task.cancel()
    await asyncio.wait([task])

    run = await speak(hass, agent.pipeline_id, conversation_id=conversation_id)

    # Only the second voice was ever a turn.
    assert run.transcript == "Never mind."
    assert run.speech == "Hi."
    assert received(realtime_server, "input_audio_buffer.clear")
    assert len(received(realtime_server, "input_audio_buffer.commit")) == 1


@script(turns=["What time is it?"])
async def test_speech_outside_a_conversation_is_written_down(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, hass_client: ClientSessionGenerator
) -> None:
    """The HTTP API of speech-to-text gets the words, from a session that is closed after them."""
    client = await hass_client()
    form = "format=wav; codec=pcm; sample_rate=16000; bit_rate=16; channel=1; language=en"

    answer = await client.post(f"/api/stt/{agent.stt}", headers={"X-Speech-Content": form}, data=SPEECH)

    assert await answer.json() == {"result": "success", "text": "What time is it?"}
    assert responses(realtime_server) == []
    assert realtime_server.connections[0].close_code == 1000


@script(turns=["Wie spät ist es?"])
async def test_the_ears_are_told_the_language(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A pipeline for German is heard in German."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, stt_language="de", conversation_engine=agent.conversation, tts_engine=None
    )

    run = await speak(hass, pipeline_id, end_stage=PipelineStage.STT)

    assert run.transcript == "Wie spät ist es?"
    transcription = realtime_server.connections[0].session.config["audio"]["input"]["transcription"]
    assert transcription["languages"] == ["de"]


async def test_the_ears_say_what_they_take(hass: HomeAssistant, agent: Agent) -> None:
    """Home Assistant offers them for what a pipeline records, and for the languages they know."""
    entity = async_get_speech_to_text_entity(hass, agent.stt)
    assert entity.check_metadata(METADATA)
    assert {"en", "de", "fr", "ja", "sw"} <= set(entity.supported_languages)
    assert not entity.check_metadata(replace(METADATA, language="tlh"))
    assert not entity.check_metadata(replace(METADATA, sample_rate=AudioSampleRates.SAMPLERATE_8000))


@script(turns=[{"error": {"code": "audio_unintelligible", "message": "No."}}, "Hello."], responses=["Hi."])
async def test_words_that_cannot_be_made_out_end_the_run(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The satellite hears of an error, and the next command is understood."""
    run = await speak(hass, agent.pipeline_id)

    assert run.error == "stt-stream-failed"
    assert responses(realtime_server) == []

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Hi."
    assert words(realtime_server) == [("user", "Hello."), ("assistant", "Hi.")]
