"""The openai package: `client.realtime.connect()`, and a loop over the connection's events."""

import asyncio
import base64
from typing import Any

from openai import AsyncOpenAI

from benchmarks.clients.drivers.driver import INSTRUCTIONS, KEY, MODEL, QUESTION, SPEECH, VOICE, OnPcm, unheard


class OpenAISdk:
    """A connection, and a task that iterates it."""

    frame = SPEECH

    def __init__(self) -> None:
        self._client: AsyncOpenAI
        self._manager: Any
        self._connection: Any
        self._reader: asyncio.Task[None]
        self._on_pcm: OnPcm = unheard
        self._over = asyncio.Event()

    async def connect(self, base_url: str) -> None:
        """Connect and update the session."""
        http = base_url.replace("ws", "http", 1)
        self._client = AsyncOpenAI(api_key=KEY, base_url=http, websocket_base_url=base_url)
        self._manager = self._client.realtime.connect(
            model=MODEL, websocket_connection_options={"compression": None, "max_size": None}
        )
        self._connection = await self._manager.enter()
        await self._connection.session.update(
            session={
                "type": "realtime",
                "instructions": INSTRUCTIONS,
                "output_modalities": ["audio"],
                "audio": {
                    "input": {"format": {"type": "audio/pcm", "rate": 24000}, "turn_detection": None},
                    "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": VOICE},
                },
            }
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self._connection:
            match event.type:
                case "response.output_audio.delta":
                    self._on_pcm(base64.b64decode(event.delta))
                case "response.done":
                    self._over.set()

    async def respond(self, on_pcm: OnPcm) -> None:
        """Create an item and a response."""
        self._on_pcm = on_pcm
        self._over.clear()
        content = [{"type": "input_text", "text": QUESTION}]
        await self._connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await self._connection.response.create()
        await self._over.wait()

    async def append(self, frame: bytes) -> None:
        """Append to the input audio buffer."""
        await self._connection.input_audio_buffer.append(audio=base64.b64encode(frame).decode())

    async def close(self) -> None:
        """Close the connection."""
        self._reader.cancel()
        await self._connection.close()
        await self._client.close()


make = OpenAISdk
