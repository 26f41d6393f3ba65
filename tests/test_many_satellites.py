"""Ten satellites that are spoken to at once: each is heard, served and answered as if it were alone.

The server hears a room by the loudness of its sound, and answers just as loudly.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
import importlib
from typing import Any, override

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.realtime_assist.const import CONF_FOLLOW_UP, CONF_MAX_SESSIONS
from custom_components.realtime_assist.model_options import FollowUp
from local_server.engine import Decision, Engine, FunctionCall, Situation
from local_server.wire import RealtimeServer, Scenario

from .conftest import API_KEY
from .house import ALONE, Agent
from .rooms import add_satellite
from .script import TURN_ON, words
from .voice import VoiceRun, speak

NUM_ROOMS = 10
STEP = 1000
"""How much louder one room is than the one before."""


def sound(room: int, rate: int) -> bytes:
    """Return what a room sounds like, in PCM16; the more rooms there are before it, the longer it takes."""
    return np.full(rate * (5 + room) // 10, STEP * (room + 1), dtype="<i2").tobytes()


def room_of(pcm: bytes) -> int:
    """Return which room it is that sounds like this."""
    return round(float(np.median(np.frombuffer(pcm, dtype="<i2"))) / STEP) - 1


class Rooms(Engine):
    """Turns on the light of the room that it hears, and says so."""

    @override
    async def transcribe(self, pcm: bytes, situation: Situation) -> str:
        return f"Turn on light {room_of(pcm)}."

    @override
    async def decide(self, situation: Situation) -> Decision:
        asked = next(item for item in reversed(situation.items) if item.get("role") == "user")
        light = asked["content"][0]["transcript"].removeprefix("Turn on ").removesuffix(".")
        if situation.items[-1]["type"] == "function_call_output":
            return Decision(text=f"I turned on {light}.")
        return Decision(calls=(FunctionCall(name=TURN_ON, arguments={"name": light}),))

    @override
    async def speak(self, text: str, voice: str) -> AsyncIterator[bytes]:
        pcm = sound(int(text.removesuffix(".").rpartition(" ")[2]), 24_000)
        for start in range(0, len(pcm), 4800):
            yield pcm[start : start + 4800]
            await asyncio.sleep(0)

    @override
    async def close(self) -> None:
        """Hold nothing."""


@pytest.fixture
async def realtime_server() -> AsyncIterator[RealtimeServer]:
    """Run a server that hears who speaks."""
    importlib.import_module("local_server.wire.wire_check")
    async with RealtimeServer(engine=Rooms(), keys=(API_KEY,), scenario=Scenario(), validate=True) as server:
        yield server


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have room for all of them."""
    return {**ALONE, CONF_MAX_SESSIONS: NUM_ROOMS, CONF_FOLLOW_UP: FollowUp.NEVER}


async def test_satellites_that_are_spoken_to_at_once_do_not_cross(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Sound, words, tools and voices of ten conversations stay with their rooms, twice over."""
    turned_on = async_mock_service(hass, "light", "turn_on")
    for room in range(NUM_ROOMS):
        hass.states.async_set(f"light.light_{room}", "off", {ATTR_FRIENDLY_NAME: f"light {room}"})
        async_expose_entity(hass, "conversation", f"light.light_{room}", True)
    satellites = [add_satellite(hass, f"Room{room}") for room in range(NUM_ROOMS)]

    async def use(room: int, before: VoiceRun | None = None) -> VoiceRun:
        return await speak(
            hass,
            agent.pipeline_id,
            pcm=sound(room, 16_000),
            satellite=satellites[room],
            conversation_id=None if before is None else before.conversation_id,
        )

    first = await asyncio.gather(*(use(room) for room in range(NUM_ROOMS)))
    second = await asyncio.gather(*(use(room, first[room]) for room in range(NUM_ROOMS)))

    for room, run in [*enumerate(first), *enumerate(second)]:
        assert run.transcript == f"Turn on light {room}."
        assert run.speech == f"I turned on light {room}."
        assert room_of(run.pcm) == room
        assert len(run.pcm) == len(sound(room, 16_000))
    switched = Counter(light for call in turned_on for light in call.data["entity_id"])
    assert switched == {f"light.light_{room}": 2 for room in range(NUM_ROOMS)}
    for connection in realtime_server.connections:
        said = words(realtime_server, connection.index)
        assert len({text.removesuffix(".").rpartition(" ")[2] for _, text in said if "light" in text}) <= 1
    assert not realtime_server.invalid
