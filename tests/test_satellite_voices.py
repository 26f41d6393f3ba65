"""Each satellite in its own voice: the satellite's comes before the pipeline's, and that before the agent's."""

from typing import Any

from homeassistant.components import automation, tts
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.realtime_assist.const import CONF_SATELLITE_VOICES
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, model
from local_server.wire import RealtimeServer

from .house import RECOMMENDED, Agent
from .rooms import add_satellite
from .script import readings, script
from .voice import VoiceRun, make_pipeline, speak

NURSERY = "assist_satellite.nursery"
DONE = [{"text": "Done.", "audio_ms": milliseconds} for milliseconds in (200, 300, 400)]
PIPELINE_VOICES = pytest.mark.parametrize("pipeline_voice", [None, "ash"])


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let the nursery have a voice of its own."""
    return {**RECOMMENDED, CONF_SATELLITE_VOICES: {NURSERY: "cedar"}}


@pytest.fixture
def rooms(hass: HomeAssistant) -> list[str]:
    """Return two satellites, the nursery's first."""
    return [add_satellite(hass, "Nursery"), add_satellite(hass, "Kitchen")]


async def make_spoken(hass: HomeAssistant, agent: Agent, voice: str | None) -> str:
    """Return a pipeline of the agent's, with a voice or without."""
    return await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=agent.tts, tts_voice=voice
    )


def milliseconds(run: VoiceRun) -> int:
    """Return how much was heard of an answer."""
    return len(run.pcm) // (16 * 2)


def voices(server: RealtimeServer) -> list[str]:
    """Return the voice of each connection."""
    return [connection.session.config["audio"]["output"]["voice"] for connection in server.connections]


@PIPELINE_VOICES
@script(turns=["Turn it on."], responses=DONE)
async def test_the_same_answer_is_each_satellite_s_own(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, rooms: list[str], pipeline_voice: str | None
) -> None:
    """A pipeline's voice does not take the place of the nursery's, and no answer is read aloud a second time."""
    pipeline_id = await make_spoken(hass, agent, pipeline_voice)

    runs = [await speak(hass, pipeline_id, satellite=satellite) for satellite in [*rooms, rooms[0]]]

    assert [run.speech for run in runs] == ["Done."] * 3
    assert [milliseconds(run) for run in runs] == [200, 300, 400]
    assert voices(realtime_server) == ["cedar", pipeline_voice or "marin", "cedar"]
    assert readings(realtime_server) == []


@pytest.fixture
async def bell(hass: HomeAssistant) -> None:
    """Let an automation answer."""
    rule = {
        "trigger": {"platform": "conversation", "command": "Ring"},
        "action": {"set_conversation_response": "Done."},
    }
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: rule})
    await hass.async_block_till_done()


@PIPELINE_VOICES
@pytest.mark.usefixtures("bell")
@script(turns=["Ring."], out_of_band=DONE)
async def test_what_others_answer_is_kept_for_each_voice(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, rooms: list[str], pipeline_voice: str | None
) -> None:
    """Home Assistant plays it again where it is in the satellite's own voice, and nowhere else."""
    pipeline_id = await make_spoken(hass, agent, pipeline_voice)

    runs = [await speak(hass, pipeline_id, satellite=satellite) for satellite in (*rooms, *rooms, None)]

    assert [milliseconds(run) for run in runs] == [200, 300, 200, 300, 300]
    assert readings(realtime_server) == ["Done."] * 2
    spoken = {
        connection.session.config["audio"]["output"]["voice"]
        for connection in realtime_server.connections
        if any(event["type"] == "response.output_audio.delta" for event in connection.sent)
    }
    assert spoken == {"cedar", pipeline_voice or "marin"}


async def test_all_voices_of_the_model_are_offered(hass: HomeAssistant, agent: Agent) -> None:
    """A pipeline's settings show them; the satellite's own is none of a pipeline's."""
    entity = hass.data[DATA_COMPONENT].get_entity(agent.tts)
    offered = [voice.voice_id for voice in entity.async_get_supported_voices("en")]
    assert offered == list(model(DEFAULT_MODEL).voices)
    assert entity.default_options == {tts.ATTR_VOICE: "marin"}
