"""What the agent's ears are set to: who finds the end of speech, which noise is filtered, who writes the words down."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from homeassistant.components.assist_pipeline import AudioSettings, PipelineEventType
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import (
    CONF_EAGERNESS,
    CONF_KEYWORDS,
    CONF_LANGUAGE_HINT,
    CONF_NOISE_REDUCTION,
    CONF_TRANSCRIPTION_MODEL,
    CONF_TURN_DETECTION,
)
from custom_components.realtime_assist.keywords import MAX_NAMES
from custom_components.realtime_assist.model_options import TurnDetectionMode
from local_server.wire import RealtimeServer

from .house import ALONE, Agent, change_agent
from .rooms import add_satellite
from .script import received, responses, script, words
from .session.manual_clock import ManualClock
from .voice import FRAME_BYTES, SPEECH, VoiceRun, frames, speak

SERVER_VAD = {**ALONE, CONF_TURN_DETECTION: TurnDetectionMode.SERVER_VAD}
LISTENING = AudioSettings()
"""Home Assistant's own voice activity detector would listen if it were asked to."""
SPOKEN = {"transcript": "Hello.", "speech": {"start_ms": 100, "end_ms": 700}}
SESSION_TIMERS = 2
"""What an open session waits for by itself: its link's next limit, and to be renewed in time."""
NEVER_ENDS = {"transcript": "Hello.", "speech": {"start_ms": 100, "end_ms": 10_000_000}}


@pytest.fixture
def agent_data(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Have the server find the end of speech, unless a test wants something else."""
    return {**SERVER_VAD, **getattr(request, "param", {})}


@dataclass(slots=True)
class Microphone:
    """A microphone that stays open until it is closed."""

    num_frames: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def stream(self, pcm: bytes = SPEECH) -> AsyncIterator[bytes]:
        """Yield sound, then wait for more that never comes."""
        try:
            async for frame in frames(pcm):
                self.num_frames += 1
                yield frame
            self.opened.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


def heard_on(server: RealtimeServer) -> dict[str, Any]:
    """Return what the server's ears are set to."""
    return server.connections[-1].session.config["audio"]["input"]


@script(turns=[SPOKEN], responses=["Hello there."])
async def test_the_server_finds_the_end_of_speech(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The run goes on as soon as the server has heard the end, though the microphone is still open."""
    microphone = Microphone()

    run = await speak(hass, agent.pipeline_id, stream=microphone.stream(), audio_settings=LISTENING)

    assert (run.transcript, run.speech) == ("Hello.", "Hello there.")
    assert received(realtime_server, "input_audio_buffer.commit") == []
    assert microphone.closed
    assert run.data(PipelineEventType.STT_START)["audio_processing"] == {
        "requires_external_vad": False,
        "prefers_auto_gain_enabled": True,
        "prefers_noise_reduction_enabled": True,
    }
    assert heard_on(realtime_server)["turn_detection"]["type"] == "server_vad"
    # Who answers is decided here.
    assert not heard_on(realtime_server)["turn_detection"]["create_response"]
    assert not heard_on(realtime_server)["turn_detection"]["interrupt_response"]


@script(turns=[SPOKEN, SPOKEN], responses=["Hello there.", "Hello again."])
async def test_the_next_speech_begins_with_itself(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What a microphone still hears after the end of speech is no part of the next turn."""
    kitchen = add_satellite(hass, "Kitchen")
    first = await speak(hass, agent.pipeline_id, stream=Microphone().stream(), satellite=kitchen)

    second = await speak(
        hass,
        agent.pipeline_id,
        stream=Microphone().stream(),
        conversation_id=first.conversation_id,
        satellite=kitchen,
    )

    assert (first.speech, second.speech) == ("Hello there.", "Hello again.")
    assert len(responses(realtime_server)) == 2
    assert [role for role, _ in words(realtime_server)] == ["user", "assistant", "user", "assistant"]
    assert len(received(realtime_server, "input_audio_buffer.clear")) >= 1


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_stream_that_ends_is_the_end_of_speech(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A recording is over when it is over, whatever the server waits for."""
    run = await speak(hass, agent.pipeline_id)

    assert (run.transcript, run.speech) == ("Hello.", "Hello there.")
    assert len(received(realtime_server, "input_audio_buffer.commit")) == 1


@pytest.fixture
def manual_clock(agent: Agent) -> ManualClock:
    """Return the time that the agent's ears go by."""
    clock = ManualClock()
    agent.coordinator.clock = clock
    return clock


@script(turns=[NEVER_ENDS], responses=["Hello there."])
async def test_who_says_nothing_is_not_waited_for(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, manual_clock: ManualClock
) -> None:
    """After a while without a word the run ends as Home Assistant ends it, and nothing is paid."""
    microphone = Microphone()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, stream=microphone.stream(SPEECH[:2560])))
    await microphone.opened.wait()

    manual_clock.advance(7)
    run = await task

    assert run.error == "stt-no-text-recognized"
    assert microphone.closed
    assert received(realtime_server, "input_audio_buffer.commit") == []
    assert received(realtime_server, "response.create") == []
    [record] = agent.coordinator.turn_log.ledger.records
    assert record.cancelled
    assert record.transcription is None
    assert manual_clock.waiting == SESSION_TIMERS


async def until_heard(server: RealtimeServer) -> None:
    """Return when the server has heard speech begin, and the agent has heard of it."""
    for _ in range(1_000_000):
        if server.connections and any(
            event["type"] == "input_audio_buffer.speech_started" for event in server.connections[0].sent
        ):
            break
        await asyncio.sleep(0)
    for _ in range(1000):
        await asyncio.sleep(0)


@script(turns=[NEVER_ENDS], responses=["Hello there."])
async def test_who_speaks_without_end_is_answered_in_the_end(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, manual_clock: ManualClock
) -> None:
    """What was said in a minute is a question, whatever else is said after it."""
    microphone = Microphone()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, stream=microphone.stream()))
    await microphone.opened.wait()
    await until_heard(realtime_server)

    manual_clock.advance(59)
    assert not task.done()
    manual_clock.advance(1)
    run = await task

    assert (run.transcript, run.speech) == ("Hello.", "Hello there.")
    assert microphone.closed
    assert len(received(realtime_server, "input_audio_buffer.commit")) == 1


@script(turns=[NEVER_ENDS], responses=["Hello there."])
async def test_a_run_that_is_cancelled_closes_its_microphone(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, manual_clock: ManualClock
) -> None:
    """Nobody waits for the end of a speech that nobody wants any more."""
    microphone = Microphone()
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, stream=microphone.stream(), run=run))
    await microphone.opened.wait()

    task.cancel()
    await asyncio.wait([task])

    assert microphone.closed
    assert manual_clock.waiting == SESSION_TIMERS
    await realtime_server.wait_received("input_audio_buffer.clear")


@pytest.mark.parametrize(
    "agent_data", [{CONF_TURN_DETECTION: "semantic_vad", CONF_EAGERNESS: "high"}], indirect=True, ids=["semantic"]
)
@script(turns=[SPOKEN], responses=["Hello there."])
async def test_the_server_may_go_by_the_sense_of_the_words(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Semantic turn detection is asked for with its eagerness."""
    run = await speak(hass, agent.pipeline_id, stream=Microphone().stream())

    assert run.speech == "Hello there."
    detection = heard_on(realtime_server)["turn_detection"]
    assert (detection["type"], detection["eagerness"]) == ("semantic_vad", "high")


@pytest.mark.parametrize(
    "agent_data",
    [{CONF_TURN_DETECTION: "home_assistant", CONF_NOISE_REDUCTION: "far_field", CONF_TRANSCRIPTION_MODEL: "whisper-1"}],
    indirect=True,
    ids=["far away"],
)
@script(turns=["Hello."], responses=["Hello there."])
async def test_the_ears_are_what_they_are_set_to(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Noise reduction and the transcription's model are the agent's; who finds the end is Home Assistant."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "Hello there."
    assert run.data(PipelineEventType.STT_START)["audio_processing"]["requires_external_vad"]
    ears = heard_on(realtime_server)
    assert ears["turn_detection"] is None
    assert ears["noise_reduction"] == {"type": "far_field"}
    assert ears["transcription"]["model"] == "whisper-1"
    assert ears["transcription"]["language"] == "en"
    # This model takes no keywords.
    assert "keywords" not in ears["transcription"]
    [record] = agent.coordinator.turn_log.ledger.records
    assert record.transcription_model == "whisper-1"


@script(turns=["Hello."], responses=["Hello there."])
async def test_the_names_of_the_house_are_told(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What assistants may see is told by name and alias; what they may not is not."""
    registry = er.async_get(hass)
    lamp = registry.async_get_or_create("light", "test", "lamp", suggested_object_id="lamp")
    registry.async_update_entity(lamp.entity_id, aliases={"Aunt Agatha"})
    hass.states.async_set(lamp.entity_id, "off", {ATTR_FRIENDLY_NAME: "Floor lamp"})
    async_expose_entity(hass, "conversation", lamp.entity_id, True)

    await speak(hass, agent.pipeline_id)

    keywords = heard_on(realtime_server)["transcription"]["keywords"]
    assert {"Kitchen light", "Floor lamp", "Aunt Agatha"} <= set(keywords)
    assert "Safe" not in keywords
    assert keywords.index("Floor lamp") < keywords.index("Aunt Agatha")


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_large_house_is_told_in_part(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """There is a bound to the names."""
    for number in range(60):
        hass.states.async_set(f"light.lamp_{number}", "off", {ATTR_FRIENDLY_NAME: f"Lamp {number}"})
        async_expose_entity(hass, "conversation", f"light.lamp_{number}", True)

    await speak(hass, agent.pipeline_id)

    assert len(heard_on(realtime_server)["transcription"]["keywords"]) == MAX_NAMES


@script(turns=["Hello."], responses=["Hello there."])
async def test_hints_can_be_left_out(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """The transcription finds language and names by itself where the user wants it so."""
    await change_agent(hass, account, **{CONF_LANGUAGE_HINT: False, CONF_KEYWORDS: False})

    await speak(hass, agent.pipeline_id)

    transcription = heard_on(realtime_server)["transcription"]
    assert not transcription.get("languages")
    assert not transcription.get("keywords")


@script(turns=[NEVER_ENDS], responses=["Hello there."])
async def test_a_microphone_that_breaks_ends_the_run(
    hass: HomeAssistant, agent: Agent, manual_clock: ManualClock
) -> None:
    """The run ends with an error of its own, and nothing is waited for."""

    async def breaking() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        raise OSError("unplugged")

    run = await speak(hass, agent.pipeline_id, stream=breaking())

    assert run.error == "stt-stream-failed"
    assert manual_clock.waiting == SESSION_TIMERS


@pytest.mark.parametrize("agent_data", [{CONF_TURN_DETECTION: TurnDetectionMode.HOME_ASSISTANT}], indirect=True)
@script(turns=["Hello."], responses=["Hello there."])
async def test_speech_is_sent_in_a_satellites_frames_and_to_its_last_sample(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Home Assistant halves each frame; what is sent for it is one message all the same."""
    pcm = SPEECH + SPEECH[: FRAME_BYTES // 2]
    await speak(hass, agent.pipeline_id, stream=frames(pcm))

    sent = [b64decode(event["audio"]) for event in received(realtime_server, "input_audio_buffer.append")]
    # What was said before the socket was open may come in fewer.
    assert len(sent) <= -(-len(pcm) // FRAME_BYTES)
    # At 24 kHz.
    assert sum(map(len, sent)) == len(pcm) * 3 // 2
