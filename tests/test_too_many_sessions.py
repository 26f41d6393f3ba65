"""What is heard where as many conversations are going on as there may be."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.const import CONF_FALLBACK_STT, CONF_MAX_SESSIONS
from local_server.wire import RealtimeServer

from .fallback_engines import LOCAL_STT, add_local_stt
from .house import ALONE, Agent
from .script import readings, responses, script, words
from .voice import VoiceRun, frames, speak, write

TOO_MANY = "Too many conversations are going on at once. Please try again in a moment."


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have one conversation at a time."""
    return {**ALONE, CONF_MAX_SESSIONS: 1}


@pytest.fixture
async def busy_elsewhere(hass: HomeAssistant, agent: Agent) -> AsyncIterator[None]:
    """Let somebody speak without end."""
    speaking = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        speaking.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(speak(hass, agent.pipeline_id, stream=endless(), run=VoiceRun()))
    await speaking.wait()
    yield
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.usefixtures("busy_elsewhere")
@script(out_of_band=[TOO_MANY])
async def test_who_comes_too_late_is_told(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """A question in text is answered with what is the matter; nothing is asked of the server."""
    run = await write(hass, agent.pipeline_id, "Hello.")

    assert run.speech == TOO_MANY
    assert run.response_type == "error"
    assert readings(realtime_server) == [TOO_MANY]
    assert run.pcm
    assert not run.continues
    assert responses(realtime_server) == []
    assert len(agent.coordinator.pool) == 1


@pytest.mark.usefixtures("busy_elsewhere")
@script()
async def test_who_speaks_too_late_hears_an_error(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The run ends as one does that was not heard, and leaves no turn behind."""
    run = await speak(hass, agent.pipeline_id)

    assert run.error == "stt-stream-failed"
    assert list(agent.coordinator.turn_log.ledger.records) == []
    assert len(agent.coordinator.pool) == 1


@pytest.mark.parametrize("agent_data", [{**ALONE, CONF_MAX_SESSIONS: 1, CONF_FALLBACK_STT: LOCAL_STT}])
@pytest.mark.usefixtures("busy_elsewhere")
@script(out_of_band=[TOO_MANY])
async def test_other_ears_let_the_agent_say_so(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, agent_data: dict[str, Any]
) -> None:
    """Where another engine hears, the user is told by voice."""
    ears = await add_local_stt(hass)

    run = await speak(hass, agent.pipeline_id)

    assert len(ears.heard) == 1
    assert run.speech == TOO_MANY
    assert readings(realtime_server) == [TOO_MANY]


@script(responses=["Hello there.", "Hello elsewhere.", "Hello again."])
async def test_a_conversation_that_is_idle_makes_room(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """It goes on in a socket of its own once there is room for it, and has forgotten nothing."""
    first = await write(hass, agent.pipeline_id, "Hello.", end_stage=PipelineStage.INTENT)
    await write(hass, agent.pipeline_id, "Hello from elsewhere.", end_stage=PipelineStage.INTENT)
    assert len(agent.coordinator.pool) == 1

    again = await write(
        hass, agent.pipeline_id, "And again.", conversation_id=first.conversation_id, end_stage=PipelineStage.INTENT
    )

    assert again.conversation_id == first.conversation_id
    assert again.speech == "Hello again."
    assert words(realtime_server) == [
        ("user", "Hello."),
        ("assistant", "Hello there."),
        ("user", "And again."),
        ("assistant", "Hello again."),
    ]
    assert len(realtime_server.connections) == 3
