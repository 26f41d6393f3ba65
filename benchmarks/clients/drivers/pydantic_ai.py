"""pydantic-ai: an agent's realtime session, its audio taken from `stream_audio`."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.realtime.openai import OpenAIRealtimeModel

from benchmarks.clients.drivers.driver import INSTRUCTIONS, KEY, MODEL, QUESTION, SPEECH, VOICE, OnPcm, unheard

_SETTINGS: Any = {"turn_detection": False, "input_transcription_model": None, "openai_voice": VOICE}


class PydanticAi:
    """A session, and a task that takes its audio."""

    frame = SPEECH

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._session: Any
        self._reader: asyncio.Task[None]
        self._on_pcm: OnPcm = unheard

    async def connect(self, base_url: str) -> None:
        """Enter the session, which returns when the server has confirmed it."""
        provider = OpenAIProvider(api_key=KEY, base_url=base_url.replace("ws", "http", 1))
        model = OpenAIRealtimeModel(MODEL, provider=provider, settings=_SETTINGS)
        agent = Agent(instructions=INSTRUCTIONS)
        self._session = await self._stack.enter_async_context(agent.realtime(model).session())
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for pcm in self._session.stream_audio():
            self._on_pcm(pcm)

    async def respond(self, on_pcm: OnPcm) -> None:
        """Send text, to which the model replies."""
        self._on_pcm = on_pcm
        await self._session.send(QUESTION)
        await self._session.wait_for_reply()

    async def append(self, frame: bytes) -> None:
        """Send a chunk."""
        await self._session.send_audio(frame)

    async def close(self) -> None:
        """Leave the session."""
        await self._stack.aclose()
        await self._reader


make = PydanticAi
