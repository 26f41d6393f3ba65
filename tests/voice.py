"""A run through Home Assistant's own pipeline, and what a satellite would see and hear of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from inspect import signature
import io
from typing import Any
import wave

from homeassistant.components import stt, tts
from homeassistant.components.assist_pipeline import (
    AudioSettings,
    PipelineEvent,
    PipelineEventType,
    PipelineStage,
    async_get_pipeline,
    async_pipeline_from_audio_stream,
)
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE, PipelineInput, PipelineRun
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.chat_session import async_get_chat_session

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


# Since 2026.11 a chat session asks for whom it is opened.
NOBODY = {"context": None} if "context" in signature(async_get_chat_session).parameters else {}


def _always() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class VoiceRun:
    """What came of one run, or has come so far."""

    events: list[PipelineEvent] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    """What the satellite has fetched so far."""
    audio: bytes | None = None
    """What it fetched in all; None where there was nothing to fetch, or where fetching failed."""
    takes: asyncio.Event = field(default_factory=_always)
    """Set while the satellite takes what there is of its answer."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self) -> None:
        """Wake whoever waits in `until`."""
        self._changed.set()

    async def until(self, condition: Callable[[VoiceRun], object]) -> None:
        """Wait until a condition holds, which is looked at whenever an event or audio comes."""
        while not condition(self):
            self._changed.clear()
            await self._changed.wait()

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
    def streams(self) -> bool:
        """Return whether the answer was fetched before it was whole."""
        progress = [event.data for event in self.events if event.type is PipelineEventType.INTENT_PROGRESS]
        return any(data.get("tts_start_streaming") for data in progress)

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


class Satellite:
    """Listens to one run's events, and fetches the answer as soon as its address is known."""

    def __init__(self, hass: HomeAssistant, run: VoiceRun) -> None:
        self._hass = hass
        self._run = run
        self._fetching: asyncio.Task[None] | None = None

    def event_received(self, event: PipelineEvent) -> None:
        """Take an event of the run in."""
        self._run.events.append(event)
        if event.type is PipelineEventType.RUN_START and "tts_output" in event.data:
            self._fetching = asyncio.create_task(self._fetch(event.data["tts_output"]["token"]))
        self._run.changed()

    async def _fetch(self, token: str) -> None:
        async for chunk in tts.async_get_stream(self._hass, token).async_stream_result():
            self._run.chunks.append(chunk)
            self._run.changed()
            await self._run.takes.wait()

    async def finish(self, *, wait: bool) -> None:
        """Wait for the whole answer, or stop listening to it."""
        if self._fetching is None:
            return
        if not wait:
            self._fetching.cancel()
        # A broken answer is what the satellite gets nothing of.
        [result] = await asyncio.gather(self._fetching, return_exceptions=True)
        if result is None:
            self._run.audio = b"".join(self._run.chunks)


async def speak(
    hass: HomeAssistant,
    pipeline_id: str,
    *,
    pcm: bytes = SPEECH,
    stream: AsyncIterator[bytes] | None = None,
    conversation_id: str | None = None,
    end_stage: PipelineStage = PipelineStage.TTS,
    output: str | dict[str, Any] | None = "wav",
    satellite: str | None = None,
    prompt: str | None = None,
    context: Context | None = None,
    audio_settings: AudioSettings | None = None,
    own_task: bool = True,
    run: VoiceRun | None = None,
) -> VoiceRun:
    """Speak to a pipeline and return what came of it; a `run` that is passed in can be watched meanwhile.

    As in Home Assistant, the run is a task of its own, named after the `satellite` that asks, if any; `prompt` is what
    the question brings along.
    """
    run = run or VoiceRun()
    listener = Satellite(hass, run)
    entry = er.async_get(hass).async_get(satellite) if satellite else None
    running: Coroutine[Any, Any, None] | asyncio.Task[None] = async_pipeline_from_audio_stream(
        hass,
        context=context or Context(),
        event_callback=listener.event_received,
        stt_metadata=METADATA,
        stt_stream=stream or frames(pcm),
        pipeline_id=pipeline_id,
        conversation_id=conversation_id,
        tts_audio_output=output,
        # The stream's end is the end of speech: real time is not waited for.
        audio_settings=audio_settings or AudioSettings(is_vad_enabled=False),
        end_stage=end_stage,
        device_id=None if entry is None else entry.device_id,
        satellite_id=satellite,
        conversation_extra_system_prompt=prompt,
    )
    if own_task:
        running = hass.async_create_background_task(running, f"{satellite}_pipeline")
    try:
        await running
    finally:
        await listener.finish(wait=run.data(PipelineEventType.TTS_END) is not None)
    return run


async def write(
    hass: HomeAssistant,
    pipeline_id: str,
    text: str,
    *,
    conversation_id: str | None = None,
    end_stage: PipelineStage = PipelineStage.TTS,
    run: VoiceRun | None = None,
) -> VoiceRun:
    """Hand a text to a pipeline, as somebody else's speech-to-text or the Assist dialog does."""
    run = run or VoiceRun()
    satellite = Satellite(hass, run)
    with async_get_chat_session(hass, conversation_id, **NOBODY) as session:
        pipeline_input = PipelineInput(
            session=session,
            intent_input=text,
            run=PipelineRun(
                hass,
                context=Context(),
                pipeline=async_get_pipeline(hass, pipeline_id),
                start_stage=PipelineStage.INTENT,
                end_stage=end_stage,
                event_callback=satellite.event_received,
                tts_audio_output="wav",
            ),
        )
        try:
            await pipeline_input.execute(validate=True)
        finally:
            await satellite.finish(wait=run.data(PipelineEventType.TTS_END) is not None)
    return run
