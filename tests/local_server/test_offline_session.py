"""With the offline engine a spoken command over the wire becomes a function call and then a spoken answer."""

import base64
from collections.abc import AsyncIterator
import json
from typing import Any

import pytest

from local_server.offline import OfflineEngine

from .engine_house import INSTRUCTIONS, TOOLS, voice
from .wire_client import WireClient, talking

_PAUSE = bytes(48 * 800)
_SESSION: dict[str, Any] = {
    "instructions": INSTRUCTIONS,
    "tools": TOOLS,
    "audio": {"input": {"transcription": {"model": "gpt-transcribe"}, "turn_detection": {"type": "server_vad"}}},
}


@pytest.fixture
async def engine() -> AsyncIterator[OfflineEngine]:
    engine = OfflineEngine()
    yield engine
    await engine.close()


async def _say(client: WireClient, text: str) -> dict[str, Any]:
    """Speak and return the response that the server makes of it by itself."""
    pcm = _PAUSE + voice().speak(text, "cedar") + _PAUSE
    for start in range(0, len(pcm), 4800):
        await client.append(pcm[start : start + 4800])
    done = await client.until("response.done")
    response: dict[str, Any] = done["response"]
    return response


async def test_a_spoken_command_is_called_confirmed_and_followed_up(engine: OfflineEngine) -> None:
    async with talking({}, _SESSION, engine=engine) as (_, client):
        for said, tool in (("Turn on the kitchen light.", "HassTurnOn"), ("And now turn it off again.", "HassTurnOff")):
            call = (await _say(client, said))["output"][-1]
            assert call["name"].rpartition("__")[2] == tool
            assert json.loads(call["arguments"])["name"] == "Kitchen light"
            output = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"success": true}'}
            await client.send("conversation.item.create", item=output)
            client.events.clear()
            answer = await client.respond()
            assert "kitchen light" in answer["output"][0]["content"][0]["transcript"].lower()
            pcm = b"".join(base64.b64decode(event["delta"]) for event in client.of("response.output_audio.delta"))
            # More than half a second of a voice, and as much as is paid for.
            assert len(pcm) > 24_000
            assert answer["usage"]["output_token_details"]["audio_tokens"] == round(len(pcm) / 48 / 50)
