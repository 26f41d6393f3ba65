"""livekit-agents with its openai plugin: `RealtimeModel.session()`, `push_audio` and `generate_reply`."""

import asyncio
from functools import cache
from typing import Any

import aiohttp
from livekit import rtc
from livekit.plugins import openai

from benchmarks.clients.drivers.driver import INSTRUCTIONS, KEY, MODEL, SPEECH, VOICE, OnPcm
from benchmarks.clients.stamps import SAMPLE_RATE


@cache
def _http_session() -> aiohttp.ClientSession:
    """Return what a worker's sessions share."""
    return aiohttp.ClientSession()


class LiveKitAgents:
    """A session of the realtime model, without a room around it."""

    frame = SPEECH

    def __init__(self) -> None:
        self._model: Any
        self._session: Any
        self._readers: asyncio.TaskGroup

    async def connect(self, base_url: str) -> None:
        """Make the session, which dials by itself."""
        self._model = openai.realtime.RealtimeModel(
            model=MODEL,
            voice=VOICE,
            base_url=base_url,
            api_key=KEY,
            turn_detection=None,
            input_audio_transcription=None,
            http_session=_http_session(),
        )
        self._session = self._model.session()
        await self._session.update_instructions(INSTRUCTIONS)

    async def respond(self, on_pcm: OnPcm) -> None:
        """Ask for a reply and read its streams."""
        generation = await self._session.generate_reply()
        async for message in generation.message_stream:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_drained(message.text_stream))
                async for frame in message.audio_stream:
                    on_pcm(frame.data.cast("B"))

    async def append(self, frame: bytes) -> None:
        """Push a frame; the session sends 100 ms at a time."""
        self._session.push_audio(
            rtc.AudioFrame(data=frame, sample_rate=SAMPLE_RATE, num_channels=1, samples_per_channel=len(frame) // 2)
        )

    async def close(self) -> None:
        """Close the session."""
        await self._session.aclose()
        await self._model.aclose()


async def _drained(stream: Any) -> None:
    async for _ in stream:
        pass


make = LiveKitAgents
