"""Short answers are heard while they are made, and are always the new ones."""

import asyncio
from typing import Any

from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.components.conversation.chat_log import async_subscribe_chat_logs
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant, callback
import pytest

from custom_components.realtime_assist.realtime.audio import PIPELINE
from local_server.wire import RealtimeServer, scenario_from_dict

from .house import Agent
from .other_engines import OTHER_TTS, add_other_tts
from .script import LIGHT_ON, chat_log, readings, script, words
from .test_long_answers import AS_SPOKEN, release
from .voice import VoiceRun, make_pipeline, speak, write

WORDS_DONE = ("response.output_audio_transcript.done", "response.content_part.done", "response.output_item.done")
# Everything that would tell that the answer is whole is kept back.
OPEN_END = [{"after": event_type, "action": "omit"} for event_type in (*WORDS_DONE, "response.done")]


def done(milliseconds: int, **more: Any) -> dict[str, Any]:
    """Return the shortest of answers, of a length of its own."""
    return {"text": "Done.", "audio_ms": milliseconds, **more}


@script(turns=["Turn it on."], responses=[done(400, faults=OPEN_END)])
async def test_one_word_is_heard_before_it_is_known_to_be_all(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The satellite plays while the run still goes on, and what is shown and told of it has no blanks in it."""
    shown: list[str] = []

    @callback
    def added(conversation_id: str, event_type: str, data: dict[str, Any]) -> None:
        if event_type == "content_added":
            shown.append(data["content"]["content"])

    async_subscribe_chat_logs(hass, added)
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, run=run, output=AS_SPOKEN))
    await run.until(lambda run: run.chunks)

    assert run.data(PipelineEventType.INTENT_END) is None

    await release(realtime_server)
    await task

    assert run.streams
    assert run.speech == "Done."
    assert run.data(PipelineEventType.TTS_START)["tts_input"] == "Done."
    assert len(run.pcm) == 400 * 24 * 2
    said = [entry.content for entry in chat_log(hass, run.conversation_id)]
    assert said == ["Turn it on.", "Done."]
    # 2026.10 shows what the user has said, and the answer only word by word.
    assert shown == said[: len(shown)] != []
    assert words(realtime_server)[-1] == ("assistant", "Done.")
    assert readings(realtime_server) == []


@script(turns=["Turn it on."], responses=["The kitchen light is on."])
async def test_a_client_that_was_told_all_words_is_not_told_others_by_the_result(
    hass: HomeAssistant, agent: Agent
) -> None:
    """The frontend shows the result beneath the words that came before it where they differ by more than their ends."""
    run = await speak(hass, agent.pipeline_id)

    told = ""
    for event in run.events:
        if event.type is PipelineEventType.INTENT_PROGRESS:
            told += event.data.get("chat_log_delta", {}).get("content") or ""

    assert run.streams
    assert told.strip() == run.speech == "The kitchen light is on."
    # Four spaces at the beginning of a line are the sign of code in Markdown.
    assert "    " not in told


@script(turns=["Turn it on."], responses=[done(200), done(300), done(400)])
async def test_the_same_words_are_never_an_older_answer(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Each answer is the sound that was made for it; Home Assistant keeps none of them."""
    first = await speak(hass, agent.pipeline_id)
    second = await speak(hass, agent.pipeline_id, conversation_id=first.conversation_id)
    third = await write(hass, agent.pipeline_id, "Turn it on.")

    assert [run.speech for run in (first, second, third)] == ["Done."] * 3
    lengths = [len(run.pcm) // (PIPELINE.rate // 1000 * 2) for run in (first, second, third)]
    assert lengths == [200, 300, 400]
    assert hass.data[DATA_TTS_MANAGER].file_cache == {}
    assert readings(realtime_server) == []


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            scenario_from_dict(
                {
                    "turns": ["Turn on the kitchen light."],
                    "responses": [{"text": said, "audio_ms": 200 * bool(said), "calls": [LIGHT_ON]}, done(300)],
                }
            ),
            id=said or "nothing said",
        )
        for said in ("", "Wait.")
    ],
)
async def test_a_tool_in_between_changes_nothing(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Whatever is said before the tool runs and after it is one stream, and clean words in the chat log."""
    run = await speak(hass, agent.pipeline_id)

    said = [entry.content for entry in chat_log(hass, run.conversation_id) if entry.role == "assistant"]
    assert run.streams
    assert run.speech == said[-1] == "Done."
    assert said[0] in (None, "", "Wait.")
    milliseconds = 500 if said[0] else 300
    assert len(run.pcm) == milliseconds * 16 * 2
    assert readings(realtime_server) == []


@script(turns=["Turn it on."], responses=["Done."])
async def test_another_voice_is_given_the_words_alone(hass: HomeAssistant, agent: Agent) -> None:
    """What another engine speaks is asked of it as a short answer always is."""
    other = await add_other_tts(hass)
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=OTHER_TTS
    )

    run = await speak(hass, pipeline_id, output="raw")

    assert not run.streams
    assert other.spoken == ["Done."]


@script(turns=["Turn it on."], responses=[done(200, audio_ms=0)], out_of_band=[done(300)])
async def test_words_without_sound_are_read_aloud(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A server may forget the sound; the user hears the words all the same."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "Done."
    assert not run.continues
    assert readings(realtime_server) == ["Done."]
    assert len(run.pcm) == 300 * 16 * 2
