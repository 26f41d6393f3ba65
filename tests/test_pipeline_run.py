"""What is known of the run that goes on, and what is done where nothing is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, override

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline import async_get_pipeline
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE, STORED_PIPELINE_RUNS
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.pipeline_run import find_pipeline_run, present_satellite
from local_server.wire import RealtimeServer

from .house import Agent
from .rooms import add_satellite
from .script import modalities, script
from .voice import VoiceRun, frames, make_pipeline, speak

NUM_RUNS = STORED_PIPELINE_RUNS + 4


class Forgetful(dict[str, Any]):
    """Knows what is asked for by its key, and shows nothing."""

    @override
    def items(self) -> Any:
        return ()


@script(turns=["Hello."], responses=[{"text": "Hello there.", "audio_ms": 300}])
async def test_a_run_that_home_assistant_has_forgotten_is_answered_in_sound(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Who speaks to us is spoken to, where it is not known who will speak the answer."""
    hass.data[KEY_ASSIST_PIPELINE].pipeline_debug = Forgetful()

    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "Hello there."
    assert modalities(realtime_server) == ["audio"]
    assert len(run.pcm) == 300 * 16 * 2


@script(responses=["Hello there."])
async def test_a_house_without_pipelines_talks_in_text(
    hass: HomeAssistant, loaded_account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """The agent needs nothing of Assist but the conversation."""
    assert "assist_pipeline" not in hass.config.components

    answer = await conversation.async_converse(hass, "Hello", None, Context(), agent_id="conversation.realtime_assist")

    assert answer.response.speech["plain"]["speech"] == "Hello there."
    assert modalities(realtime_server) == ["text"]


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_run_is_known_while_it_goes_on(hass: HomeAssistant, agent: Agent) -> None:
    """Engine and voice are what the pipeline is set to; after the run there is none."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=agent.tts, tts_voice="cedar"
    )
    run = VoiceRun()
    known = []

    async def asking() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        known.append(find_pipeline_run(hass, run.conversation_id))

    await speak(hass, pipeline_id, stream=asking(), run=run)

    [present] = known
    assert (present.tts_engine, present.tts_voice) == (agent.tts, "cedar")
    assert find_pipeline_run(hass, run.conversation_id) is None
    assert find_pipeline_run(hass, "another conversation") is None


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_satellite_tells_where_the_user_is(hass: HomeAssistant, agent: Agent) -> None:
    """Agent, language, device and room of a run are known while the user speaks, and who asks even before."""
    kitchen = add_satellite(hass, "Kitchen")
    pipeline_id = await make_pipeline(
        hass,
        stt_engine=agent.stt,
        stt_language="de",
        conversation_engine=agent.conversation,
        conversation_language="*",
        tts_engine=agent.tts,
        prefer_local_intents=True,
    )
    run = VoiceRun()
    known = []
    satellites = []

    async def asking() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        known.append(find_pipeline_run(hass, run.conversation_id))
        satellites.append(present_satellite(hass))

    await speak(hass, pipeline_id, stream=asking(), run=run, satellite=kitchen)
    await speak(hass, pipeline_id, stream=asking(), run=VoiceRun())

    present = known[0]
    assert present.ends_in_tts
    assert present.conversation_engine == agent.conversation
    assert present.prefer_local_intents
    assert present.language == "de"
    assert present.satellite == kitchen
    entry = er.async_get(hass).async_get(kitchen)
    assert present.device_id == entry.device_id
    assert present.area_id == ar.async_get(hass).async_get_area_by_name("Kitchen").id
    # The second run comes from no satellite.
    assert satellites == [kitchen, None]


async def _after(all_begun: asyncio.Event, begun: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield speech whose first frame comes before all runs have begun, and all others afterwards."""
    stream = frames()
    yield await anext(stream)
    begun.set()
    await all_begun.wait()
    async for frame in stream:
        yield frame


@script(turns=["Hello."] * NUM_RUNS, responses=[{"text": "Hello there.", "audio_ms": 300}] * NUM_RUNS)
async def test_more_runs_at_once_than_home_assistant_keeps_are_all_known(hass: HomeAssistant, agent: Agent) -> None:
    """Whoever speaks to us beside many others is answered as fast: in sound that comes while the answer is made."""
    all_begun = asyncio.Event()
    runs = []
    for _ in range(NUM_RUNS):
        begun = asyncio.Event()
        stream = _after(all_begun, begun)
        runs.append(asyncio.create_task(speak(hass, agent.pipeline_id, stream=stream)))
        await begun.wait()
    all_begun.set()
    runs = await asyncio.gather(*runs)

    assert [run.speech for run in runs] == ["Hello there."] * NUM_RUNS
    assert [run.streams for run in runs] == [True] * NUM_RUNS
    assert all(find_pipeline_run(hass, run.conversation_id) is None for run in runs)


async def test_a_task_that_is_only_named_like_a_satellite_is_none(hass: HomeAssistant) -> None:
    """A name is no proof."""

    async def who() -> str | None:
        return present_satellite(hass)

    assert await hass.async_create_task(who(), "assist_satellite.attic_pipeline") is None
    assert await hass.async_add_executor_job(present_satellite, hass) is None


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_pipeline_that_is_deleted_under_a_run_is_unknown(hass: HomeAssistant, agent: Agent) -> None:
    """The run ends as it began."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=agent.tts
    )
    assert async_get_pipeline(hass, pipeline_id)

    async def deleting() -> AsyncIterator[bytes]:
        async for frame in frames():
            yield frame
        await hass.data[KEY_ASSIST_PIPELINE].pipeline_store.async_delete_item(pipeline_id)

    run = await speak(hass, pipeline_id, stream=deleting())

    assert run.speech == "Hello there."
