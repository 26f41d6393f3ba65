"""Another speech-to-text engine hears what the session cannot, from the first word on, and its text goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.components import stt
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.components.stt import async_get_speech_to_text_entity
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.realtime_assist.const import (
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    EVENT_FALLBACK,
)
from custom_components.realtime_assist.insight import FallbackKind, Rung
from custom_components.realtime_assist.realtime.audio import PIPELINE, Converter, PcmFormat
from local_server.wire import RealtimeServer

from .fallback_engines import COMMAND, LOCAL_STT, add_local_stt
from .house import RECOMMENDED, Agent
from .script import chat_log, received, responses, script, words
from .voice import METADATA, SPEECH, frames, make_pipeline, speak

HOUSE = "conversation.home_assistant"
REFUSED = {"connections": [{"refuse": "insufficient_quota"}] * 9}


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have ears at home, and the house's own agent."""
    return {
        **RECOMMENDED,
        CONF_FALLBACK_MODELS: [],
        CONF_FALLBACK_AGENT: HOUSE,
        CONF_FALLBACK_STT: LOCAL_STT,
    }


def records(agent: Agent) -> list[Any]:
    """Return what is remembered of the agent's turns."""
    return list(agent.coordinator.turn_log.ledger.records)


@script(**REFUSED)
async def test_ears_at_home_hear_all_that_was_said(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """They get every sample in a language that they know, and the house acts; it is one turn with two steps."""
    ears = await add_local_stt(hass)
    told = async_capture_events(hass, EVENT_FALLBACK)

    run = await speak(hass, agent.pipeline_id)

    assert run.transcript == COMMAND
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    [(metadata, pcm)] = ears.heard
    assert metadata.language == "en-US"
    assert (metadata.format, metadata.codec) == (stt.AudioFormats.WAV, stt.AudioCodecs.PCM)
    assert pcm == SPEECH
    [record] = records(agent)
    assert record.rung is Rung.FALLBACK_AGENT
    assert [fallback.kind for fallback in record.fallbacks] == [FallbackKind.STT, FallbackKind.AGENT]
    assert [(event.data["from"], event.data["to"], event.data["reason"]) for event in told] == [
        (agent.stt, LOCAL_STT, "insufficient_quota"),
        (agent.conversation, HOUSE, "insufficient_quota"),
    ]
    # The empty account is asked for nothing twice.
    assert len(realtime_server.connections) == 1


@script(**REFUSED)
async def test_ears_of_another_rate_get_theirs(hass: HomeAssistant, agent: Agent) -> None:
    """What they take is made of what was said."""
    ears = await add_local_stt(hass, rate=48_000)

    run = await speak(hass, agent.pipeline_id)

    assert run.transcript == COMMAND
    [(metadata, pcm)] = ears.heard
    assert metadata.sample_rate == 48_000
    converter = Converter(PIPELINE, PcmFormat(rate=48_000))
    assert pcm == converter.process(SPEECH) + converter.flush()


DEAF = {
    "they fail": {"fails": True},
    "they know other languages only": {"languages": ("fi",)},
    "they are gone": None,
}


@pytest.mark.parametrize("traits", DEAF.values(), ids=DEAF)
@script(**REFUSED)
async def test_ears_that_cannot_hear_leave_the_run_to_fail(
    hass: HomeAssistant, agent: Agent, traits: dict[str, Any] | None
) -> None:
    """The satellite is told of an error, and no step is counted."""
    if traits is not None:
        await add_local_stt(hass, **traits)
    told = async_capture_events(hass, EVENT_FALLBACK)

    run = await speak(hass, agent.pipeline_id)

    assert run.error == "stt-stream-failed"
    assert told == []
    [record] = records(agent)
    assert (record.rung, record.fallbacks) == (Rung.NONE, ())
    assert record.errors


@script(
    turns=[{"error": {"code": "audio_unintelligible", "type": "invalid_request_error", "message": "No."}}],
    responses=["It is on now."],
)
async def test_what_could_not_be_written_down_is_heard_at_home_and_answered_by_the_model(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The session lives on: it is asked in words, and the voice that nobody understood is taken out of it."""
    await add_local_stt(hass)

    run = await speak(hass, agent.pipeline_id)

    assert (run.transcript, run.speech) == (COMMAND, "It is on now.")
    assert words(realtime_server) == [("user", COMMAND), ("assistant", "It is on now.")]
    assert [entry.content for entry in chat_log(hass, run.conversation_id)] == [COMMAND, "It is on now."]


@script(connections=[{"faults": [{"after": "session.updated", "action": "drop"}]}, *[{"refuse": 503}] * 9])
async def test_a_line_that_breaks_while_the_user_speaks_loses_no_word(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Ears at home hear the beginning again, then what is still being said."""
    ears = await add_local_stt(hass)

    run = await speak(hass, agent.pipeline_id)

    assert run.transcript == COMMAND
    [(_, pcm)] = ears.heard
    assert pcm == SPEECH


async def long_speech() -> AsyncIterator[bytes]:
    """Yield more speech than is kept."""
    for _ in range(31):
        async for frame in frames():
            yield frame


@script(connections=[{}], turns=[{"error": {"code": "audio_unintelligible", "message": "No."}}])
async def test_what_is_too_long_to_be_kept_is_not_heard_by_halves(hass: HomeAssistant, agent: Agent) -> None:
    """Ears at home would take the end of a sentence for all of it."""
    ears = await add_local_stt(hass)

    run = await speak(hass, agent.pipeline_id, stream=long_speech())

    assert run.error == "stt-stream-failed"
    assert ears.heard == []


@script(connections=[{"refuse": 503}] * 9)
async def test_what_is_heard_elsewhere_needs_no_conversation(hass: HomeAssistant, agent: Agent) -> None:
    """Whoever wants the words alone gets them."""
    await add_local_stt(hass)
    ears = async_get_speech_to_text_entity(hass, agent.stt)

    result = await ears.internal_async_process_audio_stream(METADATA, frames())

    assert (result.text, result.result) == (COMMAND, stt.SpeechResultState.SUCCESS)
    [record] = records(agent)
    assert [fallback.kind for fallback in record.fallbacks] == [FallbackKind.STT]


@script(turns=["Turn on the kitchen light."])
async def test_a_turn_that_another_mind_answers_is_counted_once(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What writing it down cost is remembered as soon as it is clear that nobody asks the model."""
    pipeline_id = await make_pipeline(hass, stt_engine=agent.stt, conversation_engine=HOUSE, tts_engine=agent.tts)
    await speak(hass, pipeline_id, end_stage=PipelineStage.INTENT)

    assert responses(realtime_server) == []
    [record] = records(agent)
    assert record.transcription is not None
    assert not record.cancelled
    assert record.errors == {}


@script(turns=[""])
async def test_silence_is_a_turn_that_was_given_up(hass: HomeAssistant, agent: Agent) -> None:
    """What writing nothing down cost is remembered; no ears at home are asked for it."""
    ears = await add_local_stt(hass)

    run = await speak(hass, agent.pipeline_id)

    assert run.error == "stt-no-text-recognized"
    assert ears.heard == []
    [record] = records(agent)
    assert record.cancelled


@script()
async def test_a_microphone_that_fails_has_given_up_a_turn(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """No session waits for the rest of what is said, and the next user is heard."""

    async def broken() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        raise ConnectionResetError

    run = await speak(hass, agent.pipeline_id, stream=broken())

    assert run.error == "stt-stream-failed"
    [record] = records(agent)
    assert record.cancelled


@script()
async def test_a_user_who_walks_away_has_given_up_a_turn(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A run that is cancelled while it listens is counted once."""
    heard = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        heard.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(speak(hass, agent.pipeline_id, stream=endless()))
    await heard.wait()
    task.cancel()
    await asyncio.wait([task])

    [record] = records(agent)
    assert record.cancelled


@script(turns=["Hello."])
async def test_words_that_are_wanted_without_a_conversation_are_counted(hass: HomeAssistant, agent: Agent) -> None:
    """Writing them down has its price."""
    ears = async_get_speech_to_text_entity(hass, agent.stt)

    result = await ears.internal_async_process_audio_stream(METADATA, frames())

    assert result.text == "Hello."
    [record] = records(agent)
    assert record.transcription is not None


@script(turns=["Hello."], responses=["Good evening."])
async def test_a_turn_that_is_answered_is_counted_once(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Ears and mind share one turn."""
    await speak(hass, agent.pipeline_id)
    await speak(hass, agent.pipeline_id)

    assert len(received(realtime_server, "input_audio_buffer.commit")) == 2
    assert [record.rung for record in records(agent)][:1] == [Rung.PRIMARY]
