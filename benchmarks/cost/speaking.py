"""What does one command come to? It is spoken through Home Assistant's pipeline, and what the server counts is the bill."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import cache
from pathlib import Path
import wave

from homeassistant.components import stt, tts
from homeassistant.components.assist_pipeline import (
    PipelineEvent,
    PipelineEventType,
    PipelineStage,
    async_pipeline_from_audio_stream,
)
from homeassistant.core import Context
from homeassistant.helpers.chat_session import async_get_chat_session

from benchmarks.cost.bill import Bill
from benchmarks.cost.commands import Command
from benchmarks.cost.counting import Counting
from benchmarks.cost.engine import CommandEngine
from benchmarks.cost.house import House
from demo.processes import DemoError

_FRAME_BYTES = 640
_SILENCE_SECONDS = 5
_BYTES_PER_SECOND = 32_000
_RUN_SECONDS = 60
_COUNTED_SECONDS = 30
_SENSOR_DIGITS = 6
_ANSWER_SECONDS = 30.0
"""Longer than any answer is heard."""
_METADATA = stt.SpeechMetadata(
    language="en",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)


class Speaker:
    """Speaks commands in a house, one after the other, and reads the bill of each."""

    def __init__(self, house: House, engine: CommandEngine, counting: Counting) -> None:
        self._house = house
        self._engine = engine
        self._counting = counting
        self.compared = 0
        """How often the agent's own sum was found to be the bill's."""
        self._spent = house.agent.figures.whole.spent

    async def say(
        self, command: Command, conversation_id: str, *, end_stage: PipelineStage = PipelineStage.TTS
    ) -> Bill:
        """Speak a command in a conversation and return its bill, when all of it is counted. Raises DemoError."""
        if (action := command.before) is not None:
            await self._house.hass.services.async_call(action.domain, action.name, action.data, blocking=True)
        self._engine.sentence = command.sentence
        try:
            async with asyncio.timeout(_RUN_SECONDS):
                await _Run(self._house, end_stage).speak(command, conversation_id)
        except TimeoutError:
            raise DemoError(f"{command.title}: the run was not over in {_RUN_SECONDS} s") from None
        bill = await self._counted()
        self._house.clock.advance(_ANSWER_SECONDS)
        return bill

    def conversation(self) -> str:
        """Return a conversation that has not begun."""
        with async_get_chat_session(self._house.hass, None, context=None) as session:
            return session.conversation_id

    async def end(self, conversation_id: str) -> None:
        """Close a conversation's session."""
        await self._house.agent.pool.close(conversation_id)

    async def _counted(self) -> Bill:
        """Return the bill of what was done, when the agent has counted the same to the last digit. Raises DemoError."""
        agent, bill = self._house.agent, Bill()
        try:
            async with asyncio.timeout(_COUNTED_SECONDS):
                while True:
                    bill += self._counting.take()
                    if not self._counting.running and agent.figures.whole.spent == self._spent + bill.total:
                        break
                    await asyncio.sleep(0.002)
        except TimeoutError:
            spent = agent.figures.whole.spent - self._spent
            raise DemoError(f"the server counted {bill.total} USD, the agent {spent} USD") from None
        self._spent += bill.total
        shown = Decimal(self._house.sensor("cost_total"))
        if shown != round(self._spent, _SENSOR_DIGITS):
            raise DemoError(f"the agent has spent {self._spent} USD, its sensor shows {shown}")
        self.compared += 1
        return bill


class _Run:
    """One run of the pipeline, and the satellite that fetches its answer."""

    def __init__(self, house: House, end_stage: PipelineStage) -> None:
        self._house = house
        self._end_stage = end_stage
        self._fetching: asyncio.Task[None] | None = None
        self._fetches = False
        self._errors: list[str] = []
        self.speech = ""

    async def speak(self, command: Command, conversation_id: str) -> None:
        """Speak, and hear the answer. Raises DemoError where the run fails."""
        house = self._house
        running = async_pipeline_from_audio_stream(
            house.hass,
            context=Context(),
            event_callback=self._event,
            stt_metadata=_METADATA,
            stt_stream=_frames(_pcm(command.recording)),
            pipeline_id=house.engines.pipeline_id,
            conversation_id=conversation_id,
            tts_audio_output="wav",
            end_stage=self._end_stage,
            device_id=house.device_id,
            satellite_id=house.satellite,
        )
        await house.hass.async_create_background_task(running, f"{house.satellite}_pipeline")
        if self._fetching is not None:
            if not self._fetches:
                self._fetching.cancel()
            await asyncio.wait([self._fetching])
        if self._errors:
            raise DemoError(f"{command.title}: {', '.join(self._errors)}")

    def _event(self, event: PipelineEvent) -> None:
        data = event.data or {}
        match event.type:
            case PipelineEventType.RUN_START if "tts_output" in data:
                self._fetching = asyncio.create_task(self._fetch(data["tts_output"]["token"]))
            case PipelineEventType.INTENT_END:
                response = data["intent_output"]["response"]
                self.speech = response["speech"].get("plain", {}).get("speech", "")
                if response["response_type"] == "error":
                    self._errors.append(self.speech)
            case PipelineEventType.TTS_START:
                # Where a lamp in the same room goes on, Home Assistant plays a sound of its own in place of words.
                self._fetches = not data.get("acknowledge_override")
            case PipelineEventType.ERROR:
                self._errors.append(f"{data['code']}: {data['message']}")

    async def _fetch(self, token: str) -> None:
        stream = tts.async_get_stream(self._house.hass, token)
        assert stream is not None
        async for _ in stream.async_stream_result():
            pass


async def _frames(pcm: bytes) -> AsyncIterator[bytes]:
    """Yield speech and the silence after it as a satellite sends them, without their pauses."""
    heard = pcm + bytes(_SILENCE_SECONDS * _BYTES_PER_SECOND)
    for start in range(0, len(heard), _FRAME_BYTES):
        yield heard[start : start + _FRAME_BYTES]
        await asyncio.sleep(0)


@cache
def _pcm(recording: Path) -> bytes:
    with wave.open(str(recording)) as file:
        pcm: bytes = file.readframes(file.getnframes())
    return pcm
