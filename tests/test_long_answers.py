"""Answers that are heard while they are made, and what becomes of them when somebody goes away."""

import asyncio

from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist import requested_text
from local_server.wire import RealtimeServer

from .house import Agent
from .other_engines import OTHER_AGENT, STORY, add_other_agent
from .script import LIGHT_ON, chat_log, readings, received, responses, script, words
from .test_errors_spoken import SENTENCES
from .voice import VoiceRun, make_pipeline, speak

MILLISECONDS = 900
NUM_BYTES = MILLISECONDS * 24 * 2
# Home Assistant 2026.10 puts a converter that holds much back before any satellite that asks for a sample rate.
AS_SPOKEN = {tts.ATTR_PREFERRED_FORMAT: "wav"}
LONG = {"text": STORY, "audio_ms": MILLISECONDS}
WITHHELD = {"after": "response.done", "action": "omit"}


async def speech_ended() -> None:
    """Wait until Home Assistant's text-to-speech has ended, which is cancelled with no run."""
    if tasks := [task for task in asyncio.all_tasks() if task.get_name().startswith("tts_load_data_into_cache")]:
        await asyncio.wait(tasks)


async def release(server: RealtimeServer) -> None:
    """Send the end of the response that was withheld."""
    [created] = [event for event in server.connections[-1].sent if event["type"] == "response.created"]
    await server.send({"type": "response.done", "response": {**created["response"], "status": "completed"}})


@script(turns=["Tell me a story."], responses=[{**LONG, "faults": [WITHHELD]}])
async def test_a_long_answer_is_heard_before_it_is_whole(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The satellite plays while the model still speaks, and the stream ends with the answer."""
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, run=run, output=AS_SPOKEN))
    await run.until(lambda run: sum(map(len, run.chunks)) > NUM_BYTES * 0.8)

    assert run.streams
    assert run.speech is None

    await release(realtime_server)
    await task

    assert run.speech == STORY
    assert len(run.pcm) == NUM_BYTES
    assert readings(realtime_server) == []


@script(
    turns=["Turn on the kitchen light."],
    responses=[
        {"text": "One moment.", "audio_ms": 200, "calls": [LIGHT_ON]},
        {"text": "It is on.", "audio_ms": 300},
    ],
)
async def test_what_is_said_before_a_tool_runs_and_after_is_one_stream(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The user hears that something is being done, and then that it is done."""
    run = await speak(hass, agent.pipeline_id)

    assert run.streams
    assert run.speech == "It is on."
    assert len(run.pcm) == (200 + 300) * 16 * 2
    assert readings(realtime_server) == []
    assert hass.states.get("input_boolean.kitchen_light").state == "on"


@script(
    turns=["Tell me a story."],
    responses=[{**LONG, "faults": [{"after": "response.output_audio.delta", "count": 8, "action": "drop"}]}, "Fine."],
    out_of_band=[{"text": SENTENCES["connection_lost"], "audio_ms": 100}],
)
async def test_an_answer_that_breaks_off_ends_in_the_reason(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What came is heard, and why there is no more of it; the chat log keeps both, and the next command works."""
    run = await speak(hass, agent.pipeline_id, output=AS_SPOKEN)

    assert run.streams
    assert len(run.pcm) == (800 + 100) * 24 * 2
    assert run.speech == SENTENCES["connection_lost"]
    assert not run.continues
    told = [entry.content for entry in chat_log(hass, run.conversation_id)]
    assert told[0] == "Tell me a story."
    assert STORY.startswith(told[1])
    assert len(told[1]) > 60
    assert told[2] == run.speech

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."
    assert [role for role, _ in words(realtime_server)] == ["user", "assistant", "assistant", "user", "assistant"]


@script(turns=["Tell me a story.", "Stop."], responses=[{**LONG, "faults": [WITHHELD]}, "Fine."])
async def test_a_satellite_that_goes_away_stops_the_answer(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A cancelled run cancels the response, which nobody pays for any longer, and the next command works."""
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, run=run, output=AS_SPOKEN, conversation_id="kitchen"))
    await run.until(lambda run: run.chunks)
    task.cancel()
    await asyncio.wait([task])

    [created] = [event for event in realtime_server.connections[0].sent if event["type"] == "response.created"]
    cancel = await realtime_server.wait_received("response.cancel")
    assert cancel["response_id"] == created["response"]["id"]
    # The voice ends with the turn: its text never will.
    await speech_ended()

    next_run = await speak(hass, agent.pipeline_id, conversation_id="kitchen")

    assert next_run.transcript == "Stop."
    assert next_run.speech == "Fine."
    chat_log(hass, "kitchen")


@script(
    turns=["Turn on the kitchen light.", "And?"],
    responses=[{"calls": [LIGHT_ON]}, {**LONG, "faults": [WITHHELD]}, "Fine."],
)
async def test_what_a_cancelled_turn_did_is_not_done_again(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The light went on before the user went away: the model knows, in the next turn."""
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, run=run, output=AS_SPOKEN, conversation_id="kitchen"))
    await run.until(lambda run: run.chunks)
    task.cancel()
    await asyncio.wait([task])

    next_run = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    assert next_run.speech == "Fine."
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    assert len(responses(realtime_server)) == 3
    chat_log(hass, "kitchen")


async def test_a_text_whose_end_never_comes_is_given_up(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of somebody else's agent that is cancelled leaves its text open: nothing waits for it for ever."""
    monkeypatch.setattr(requested_text, "TIME_LIMIT", 0.01)
    await add_other_agent(hass, ends=False)
    pipeline_id = await make_pipeline(hass, stt_engine=agent.stt, conversation_engine=OTHER_AGENT, tts_engine=agent.tts)
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, pipeline_id, run=run))
    await run.until(lambda run: run.streams)
    task.cancel()
    await asyncio.wait([task])

    await speech_ended()

    assert received(realtime_server, "response.create") == []
    assert run.data(PipelineEventType.TTS_END) is None
