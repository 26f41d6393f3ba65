"""What comes of one answer: preambles, sound that comes after the words, and ends that nobody waits for any more."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.insight import Rung
from local_server.wire import RealtimeServer

from .house import ALONE, Agent
from .remembered import recorded
from .script import chat_log, modalities, readings, responses, script, words
from .test_conversation import say, speech
from .voice import speak

PREAMBLE = {
    "output": [
        {"text": "Let me look.", "phase": "commentary", "audio_ms": 100},
        {"text": "It is on.", "phase": "final_answer", "audio_ms": 200},
    ]
}


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let nothing take the place of a model that fails."""
    return ALONE


@script(turns=["Is it on?"], responses=[PREAMBLE])
async def test_a_preamble_is_spoken_and_the_answer_follows(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Each is a message of its own, in the order in which they are said; the answer alone is the answer."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "It is on."
    said = [entry.content for entry in chat_log(hass, run.conversation_id)]
    assert said == ["Is it on?", "Let me look.", "It is on."]
    assert len(run.pcm) == (100 + 200) * 16 * 2
    assert readings(realtime_server) == []


@script(responses=[PREAMBLE, "Yes."])
async def test_a_preamble_is_written_and_the_answer_follows(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The next turn of the same session finds both where the chat log has them."""
    answer = await say(hass, "Is it on?", agent.conversation)
    conversation_id = answer["conversation_id"]

    assert speech(answer) == "It is on."
    said = [entry.content for entry in chat_log(hass, conversation_id)]
    assert said == ["Is it on?", "Let me look.", "It is on."]
    assert modalities(realtime_server) == ["text"]

    again = await say(hass, "Sure?", agent.conversation, conversation_id=conversation_id)

    assert speech(again) == "Yes."
    assert len(realtime_server.connections) == 1
    assert [text for _, text in words(realtime_server)] == [*said, "Sure?", "Yes."]


CUT_AFTER_WORDS = {"after": "response.output_item.done", "action": "drop"}


@script(
    turns=["Turn it on.", "And now?"],
    responses=[{"text": "Done.", "phase": "final_answer", "audio_ms": 300, "faults": [CUT_AFTER_WORDS]}, "Yes."],
)
async def test_what_fails_after_the_words_is_counted_and_not_explained(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The answer is whole; that its end was never told is nothing that the user has to hear of."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "Done."
    assert run.response_type == "action_done"
    assert len(run.pcm) == 300 * 16 * 2
    assert readings(realtime_server) == []
    [record] = await recorded(agent)
    assert record.errors == {"close_1006": 1}
    assert record.rung is Rung.PRIMARY
    assert record.timings.first_audio is not None
    assert not record.cancelled

    follow_up = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert follow_up.speech == "Yes."
    assert len(responses(realtime_server)) == 2
    assert [entry.content for entry in chat_log(hass, run.conversation_id)][:2] == ["Turn it on.", "Done."]
