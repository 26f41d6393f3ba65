"""What becomes of an answer when its satellite is spoken to again."""

from homeassistant.core import HomeAssistant

from local_server.wire import RealtimeServer

from .house import Agent
from .rooms import add_satellite
from .script import received, script
from .voice import speak

LONG = {"text": "Once upon a time there was a house that listened.", "audio_ms": 60_000}


@script(turns=["Tell me a story.", "Stop it."], responses=[LONG, "As you wish."])
async def test_a_satellite_that_is_spoken_to_again_has_said_no_more(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """In another conversation, too: the first one knows what was heard of its answer."""
    kitchen = add_satellite(hass, "Kitchen")
    first = await speak(hass, agent.pipeline_id, satellite=kitchen)

    second = await speak(hass, agent.pipeline_id, satellite=kitchen)

    assert first.conversation_id != second.conversation_id
    assert second.speech == "As you wish."
    await realtime_server.wait_received("conversation.item.truncate")
    [truncate] = received(realtime_server, "conversation.item.truncate")
    assert truncate["audio_end_ms"] < 60_000


@script(turns=["Tell me a story.", "Good night."], responses=[LONG, "Sleep well."])
async def test_another_satellite_interrupts_nobody(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The story goes on in the kitchen while somebody speaks in the bedroom."""
    await speak(hass, agent.pipeline_id, satellite=add_satellite(hass, "Kitchen"))

    run = await speak(hass, agent.pipeline_id, satellite=add_satellite(hass, "Bedroom"))

    assert run.speech == "Sleep well."
    assert received(realtime_server, "conversation.item.truncate") == []
