"""An answer that is cut off inside its run, over Home Assistant's own WebSocket and HTTP, as its app does."""

import asyncio
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.components.conversation import AssistantContent
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from local_server.wire import RealtimeServer, scenario_from_dict

from .house import Agent
from .other_engines import STORY
from .script import received, responses, words
from .test_long_answers import speech_ended
from .voice import SPEECH

MILLISECONDS = 900
PAUSE = 0.2
"""Seconds between two pieces of an answer, which is long enough to go away in."""


class App:
    """Talks to a pipeline."""

    def __init__(self, socket: Any, http: TestClient[Any, Any], pipeline_id: str) -> None:
        self._socket = socket
        self._http = http
        self._pipeline_id = pipeline_id
        self.events: list[dict[str, Any]] = []
        """Of the present run."""
        self._run = 0

    async def speak(self) -> None:
        """Begin a run of the conversation, and say something."""
        self.events.clear()
        await self._socket.send_json_auto_id(
            {
                "type": "assist_pipeline/run",
                "pipeline": self._pipeline_id,
                "conversation_id": "kitchen",
                "start_stage": "stt",
                "end_stage": "tts",
                "input": {"sample_rate": 16000, "no_vad": True},
            }
        )
        started = await self.until("run-start")
        handler = bytes([started["runner_data"]["stt_binary_handler_id"]])
        await self._socket.send_bytes(handler + SPEECH)
        await self._socket.send_bytes(handler)

    async def until(self, event_type: str, key: str | None = None) -> dict[str, Any]:
        """Wait for an event of the run, with a key in its data, and return the data."""
        while True:
            message = await self._socket.receive_json()
            if message["type"] != "event":
                assert message["success"]
                self._run = message["id"]
                continue
            event = message["event"]
            self.events.append(event)
            if event["type"] == event_type and (key is None or key in event["data"]):
                return event["data"]

    def speech(self) -> str:
        """Return what the run has answered."""
        [end] = [event["data"] for event in self.events if event["type"] == "intent-end"]
        return end["intent_output"]["response"]["speech"]["plain"]["speech"]

    async def listen(self) -> bytes:
        """Play the answer to its end."""
        [url] = [event["data"]["tts_output"]["url"] for event in self.events if event["type"] == "run-start"]
        return await (await self._http.get(url)).read()

    async def stop(self) -> None:
        """Go away in the midst of the run."""
        await self._socket.send_json_auto_id({"type": "unsubscribe_events", "subscription": self._run})
        while (await self._socket.receive_json())["type"] != "result":
            pass


@pytest.fixture
async def app(
    hass: HomeAssistant, agent: Agent, hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator
) -> App:
    """Return an app that is logged in."""
    assert await async_setup_component(hass, "http", {})
    return App(await hass_ws_client(hass), await hass_client(), agent.pipeline_id)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            scenario_from_dict(
                {
                    "turns": ["Tell me a story.", "Stop."],
                    "responses": [{"text": text, "audio_ms": MILLISECONDS, "delta_delay": PAUSE}, "Fine."],
                }
            ),
            id=name,
        )
        for name, text in {"short": "Once upon a time.", "long": STORY}.items()
    ],
)
async def test_whoever_goes_away_stops_the_answer(
    hass: HomeAssistant, app: App, realtime_server: RealtimeServer
) -> None:
    """The response is cancelled, what was heard is kept, and the next command goes on from there."""
    await app.speak()
    await app.until("intent-progress", "tts_start_streaming")
    playing = asyncio.create_task(app.listen())

    await app.stop()

    cancel = await realtime_server.wait_received("response.cancel")
    [created] = [event for event in realtime_server.connections[0].sent if event["type"] == "response.created"]
    assert cancel["response_id"] == created["response"]["id"]
    # The stream ends with the turn: its text never will.
    await playing
    await speech_ended()

    await app.speak()
    await app.until("run-end")
    await speech_ended()

    assert app.speech() == "Fine."
    assert len(responses(realtime_server)) == 2
    log = hass.data[DATA_CHAT_LOGS]["kitchen"].content
    assert isinstance(log[-1], AssistantContent)
    # The server knows what was cut off, and is not told of it once more.
    assert len(realtime_server.connections) == 1
    assert [role for role, _ in words(realtime_server)] == ["user", "assistant", "user", "assistant"]
    assert words(realtime_server)[-1] == ("assistant", "Fine.")
    assert len(received(realtime_server, "conversation.item.truncate")) == 1
    assert received(realtime_server, "conversation.item.create") == []
    assert received(realtime_server, "response.cancel") == [cancel]
