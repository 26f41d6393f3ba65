"""A voice run through Home Assistant's own pipeline, and what a satellite would see and hear of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
import io
from typing import Any
import wave

from homeassistant.components import stt, tts
from homeassistant.components.assist_pipeline import (
    AudioSettings,
    PipelineEvent,
    PipelineEventType,
    PipelineStage,
    async_pipeline_from_audio_stream,
)
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE
from homeassistant.core import Context, HomeAssistant

FRAME_BYTES = 640  # 20 ms of 16 kHz, 16-bit, mono
SPEECH = bytes(range(256)) * 125  # One second of something that is not silence

METADATA = stt.SpeechMetadata(
    language="en",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)


@dataclass(slots=True)
class VoiceRun:
    """What came of one run."""

    events: list[PipelineEvent] = field(default_factory=list)
    audio: bytes | None = None
    """What the satellite fetched; None where there was nothing to fetch."""

    def data(self, event_type: PipelineEventType) -> dict[str, Any] | None:
        """Return the data of the last event of a type; None where none came."""
        return next((event.data for event in reversed(self.events) if event.type is event_type), None)

    @property
    def conversation_id(self) -> str:
        """Return the conversation of the run."""
        return self.data(PipelineEventType.RUN_START)["conversation_id"]

    @property
    def transcript(self) -> str | None:
        """Return what was heard."""
        data = self.data(PipelineEventType.STT_END)
        return data and data["stt_output"]["text"]

    @property
    def speech(self) -> str | None:
        """Return what is answered."""
        data = self.data(PipelineEventType.INTENT_END)
        return data and data["intent_output"]["response"]["speech"]["plain"]["speech"]

    @property
    def response_type(self) -> str | None:
        """Return whether the answer is an action, a statement or an error."""
        data = self.data(PipelineEventType.INTENT_END)
        return data and data["intent_output"]["response"]["response_type"]

    @property
    def continues(self) -> bool:
        """Return whether the satellite listens on."""
        return self.data(PipelineEventType.INTENT_END)["intent_output"]["continue_conversation"]

    @property
    def error(self) -> str | None:
        """Return the code of what went wrong."""
        data = self.data(PipelineEventType.ERROR)
        return data and data["code"]

    @property
    def pcm(self) -> bytes:
        """Return the samples of the fetched WAV."""
        with wave.open(io.BytesIO(self.audio)) as file:
            return file.readframes(file.getnframes())


async def make_pipeline(hass: HomeAssistant, **engines: Any) -> str:
    """Create an Assist pipeline and return its id."""
    pipeline = await hass.data[KEY_ASSIST_PIPELINE].pipeline_store.async_create_item(
        {
            "name": "Test",
            "language": "en",
            "conversation_language": "en",
            "stt_language": "en",
            "tts_language": "en",
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
            "prefer_local_intents": False,
            **engines,
        }
    )
    return pipeline.id


async def frames(pcm: bytes = SPEECH) -> AsyncIterator[bytes]:
    """Yield speech as a satellite sends it, without its pauses."""
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES]
        await asyncio.sleep(0)


async def speak(
    hass: HomeAssistant,
    pipeline_id: str,
    *,
    pcm: bytes = SPEECH,
    conversation_id: str | None = None,
    end_stage: PipelineStage = PipelineStage.TTS,
    output: str | dict[str, Any] | None = "wav",
) -> VoiceRun:
    """Speak to a pipeline and fetch the answer as soon as its address is known, as satellites do."""
    run = VoiceRun()
    fetching: list[asyncio.Task[bytes]] = []

    async def fetch(token: str) -> bytes:
        return b"".join([chunk async for chunk in tts.async_get_stream(hass, token).async_stream_result()])

    def event_callback(event: PipelineEvent) -> None:
        run.events.append(event)
        if event.type is PipelineEventType.RUN_START and "tts_output" in event.data:
            fetching.append(asyncio.create_task(fetch(event.data["tts_output"]["token"])))

    await async_pipeline_from_audio_stream(
        hass,
        context=Context(),
        event_callback=event_callback,
        stt_metadata=METADATA,
        stt_stream=frames(pcm),
        pipeline_id=pipeline_id,
        conversation_id=conversation_id,
        tts_audio_output=output,
        # The stream's end is the end of speech: real time is not waited for.
        audio_settings=AudioSettings(is_vad_enabled=False),
        end_stage=end_stage,
    )
    for task in fetching:
        if run.error is None and run.data(PipelineEventType.TTS_END) is not None:
            try:
                run.audio = await task
            except Exception:  # noqa: BLE001  # A broken answer is what the satellite gets nothing of.
                run.audio = None
        else:
            task.cancel()
    return run
