"""The floor: websockets alone, with everything left out that can be, and nothing on top."""

import asyncio
from binascii import a2b_base64, b2a_base64
from functools import cache
import ssl

import orjson
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.clients.drivers.driver import INSTRUCTIONS, KEY, MODEL, QUESTION, SPEECH, VOICE, OnPcm, unheard

_UPDATE = orjson.dumps(
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "instructions": INSTRUCTIONS,
            "output_modalities": ["audio"],
            "audio": {
                "input": {"format": {"type": "audio/pcm", "rate": 24000}, "turn_detection": None},
                "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": VOICE},
            },
        },
    }
)
_ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": QUESTION}]}
_ASK = (
    orjson.dumps({"type": "conversation.item.create", "item": _ITEM}),
    orjson.dumps({"type": "response.create"}),
)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class Floor:
    """A socket, and a task that reads it."""

    frame = SPEECH

    def __init__(self) -> None:
        self._websocket: ClientConnection
        self._reader: asyncio.Task[None]
        self._on_pcm: OnPcm = unheard
        self._over = asyncio.Event()

    async def connect(self, base_url: str) -> None:
        """Open the socket and say what the session is, without waiting for a greeting."""
        self._websocket = await connect(
            f"{base_url}/realtime?model={MODEL}",
            additional_headers={"Authorization": f"Bearer {KEY}"},
            compression=None,
            max_size=None,
            ssl=_tls() if base_url.startswith("wss:") else None,
        )
        await self._websocket.send(_UPDATE, text=True)
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            event = orjson.loads(await self._websocket.recv(decode=False))
            match event["type"]:
                case "response.output_audio.delta":
                    self._on_pcm(a2b_base64(event["delta"]))
                case "response.done":
                    self._over.set()

    async def respond(self, on_pcm: OnPcm) -> None:
        """Ask for an answer and wait for its end."""
        self._on_pcm = on_pcm
        self._over.clear()
        for message in _ASK:
            await self._websocket.send(message, text=True)
        await self._over.wait()

    async def append(self, frame: bytes) -> None:
        """Send speech."""
        audio = b2a_base64(frame, newline=False)
        await self._websocket.send(b'{"type":"input_audio_buffer.append","audio":"' + audio + b'"}', text=True)

    async def close(self) -> None:
        """Close the socket."""
        self._reader.cancel()
        await self._websocket.close()


make = Floor
