"""The agent's mind on its own: texts in and out, with and without other engines around it."""

from typing import Any

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.components.conversation import AssistantContent, ToolResultContent, UserContent
from homeassistant.const import CONF_LLM_HASS_API, CONF_PROMPT
from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from local_server.wire import RealtimeServer, scenario_from_dict

from .house import Agent, change_agent
from .other_engines import OTHER_STT, OTHER_TRANSCRIPT, OTHER_TTS, OTHER_VOICE, add_other_stt, add_other_tts
from .script import LIGHT_ON, chat_log, held, modalities, received, received_types, script, words
from .voice import make_pipeline, speak, write


async def say(hass: HomeAssistant, text: str, agent: str, **data: str) -> dict[str, Any]:
    """Talk to an agent through the action, and return the answer."""
    return await hass.services.async_call(
        "conversation", "process", {"text": text, "agent_id": agent, **data}, blocking=True, return_response=True
    )


def speech(answer: dict[str, Any]) -> str:
    """Return the words of an answer."""
    return answer["response"]["speech"]["plain"]["speech"]


@script(responses=[{"calls": [LIGHT_ON]}, "The kitchen light is on.", "You are welcome."])
async def test_a_typed_command_acts_and_is_answered_in_text(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """No sound is asked for where nobody speaks, and a follow-up goes on in the same session."""
    answer = await say(hass, "Turn on the kitchen light", agent.conversation)

    assert speech(answer) == "The kitchen light is on."
    assert answer["response"]["response_type"] == "action_done"
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    conversation_id = answer["conversation_id"]
    assert [type(entry) for entry in chat_log(hass, conversation_id)] == [
        UserContent,
        AssistantContent,
        ToolResultContent,
        AssistantContent,
    ]

    thanks = await say(hass, "Thank you", agent.conversation, conversation_id=conversation_id)

    assert speech(thanks) == "You are welcome."
    assert len(realtime_server.connections) == 1
    assert received_types(realtime_server) == [
        "session.update",
        "conversation.item.create",
        "response.create",
        "conversation.item.create",
        "response.create",
        "conversation.item.create",
        "response.create",
    ]
    [update] = received(realtime_server, "session.update")
    assert update["session"]["output_modalities"] == ["text"]
    assert words(realtime_server) == [
        ("user", "Turn on the kitchen light"),
        ("assistant", "The kitchen light is on."),
        ("user", "Thank you"),
        ("assistant", "You are welcome."),
    ]
    assert not realtime_server.invalid


@script(responses=["It has been on since breakfast."])
async def test_what_another_agent_said_before_is_told(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A conversation that began with Home Assistant's own agent goes on with ours."""
    await say(hass, "Turn on the kitchen light", "conversation.home_assistant", conversation_id="kitchen")

    answer = await say(hass, "Since when?", agent.conversation, conversation_id="kitchen")

    assert speech(answer) == "It has been on since breakfast."
    said = words(realtime_server)
    assert said[0] == ("user", "Turn on the kitchen light")
    assert said[1][0] == "assistant"
    assert said[2:] == [("user", "Since when?"), ("assistant", "It has been on since breakfast.")]


@script(responses=["One.", "Three."])
async def test_what_another_agent_said_in_between_is_told_in_its_place(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The session that has been open all the time learns what it missed."""
    await say(hass, "Begin", agent.conversation, conversation_id="kitchen")
    await say(hass, "Turn on the kitchen light", "conversation.home_assistant", conversation_id="kitchen")
    await say(hass, "Go on", agent.conversation, conversation_id="kitchen")

    assert len(realtime_server.connections) == 1
    said = words(realtime_server)
    assert said[:3] == [("user", "Begin"), ("assistant", "One."), ("user", "Turn on the kitchen light")]
    assert said[-2:] == [("user", "Go on"), ("assistant", "Three.")]
    assert len(said) == 6


@script(responses=[{"text": "The light is on.", "audio_ms": 300}])
async def test_a_text_from_another_ear_is_answered_in_our_voice(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A pipeline may hear with another engine: sound is asked for, and is the session's own."""
    await add_other_stt(hass)
    pipeline_id = await make_pipeline(
        hass, stt_engine=OTHER_STT, conversation_engine=agent.conversation, tts_engine=agent.tts
    )

    run = await speak(hass, pipeline_id)

    assert run.transcript == OTHER_TRANSCRIPT
    assert run.speech == "The light is on."
    assert len(run.pcm) == 300 * 16 * 2
    assert modalities(realtime_server) == ["audio"]
    assert len(received(realtime_server, "response.create")) == 1
    assert held(realtime_server)[0] == ("user", OTHER_TRANSCRIPT)


@script(responses=[{"text": "Hello there.", "audio_ms": 200}])
async def test_a_pipeline_that_begins_with_a_text_is_answered_in_our_voice(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The Assist dialog with a voice: the text is the turn, and its answer is heard."""
    run = await write(hass, agent.pipeline_id, "Hello")

    assert run.speech == "Hello there."
    assert len(run.pcm) == 200 * 16 * 2
    assert len(received(realtime_server, "response.create")) == 1


@script(turns=["Hello."], responses=["Hello there."])
async def test_another_voice_is_given_text(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """Where another engine speaks, no sound is paid for."""
    other = await add_other_tts(hass)
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=OTHER_TTS
    )

    run = await speak(hass, pipeline_id, output="raw")

    assert run.speech == "Hello there."
    assert run.audio == OTHER_VOICE
    assert other.spoken == ["Hello there."]
    assert modalities(realtime_server) == ["text"]
    events = realtime_server.connections[0].sent
    assert "response.output_audio.delta" not in {event["type"] for event in events}


@script(turns=["Hello."], responses=["Hello there."])
async def test_a_voice_run_that_ends_in_text_asks_for_no_sound(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A pipeline without a voice is answered in text as well."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=None
    )

    run = await speak(hass, pipeline_id, end_stage=PipelineStage.INTENT)

    assert run.speech == "Hello there."
    assert modalities(realtime_server) == ["text"]


@script(turns=["Hello."], responses=["Hello there.", "Written."])
async def test_typing_into_a_spoken_conversation_asks_for_no_sound(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What an earlier run of the conversation did says nothing about this one."""
    run = await speak(hass, agent.pipeline_id)
    answer = await say(hass, "And in writing?", agent.conversation, conversation_id=run.conversation_id)

    assert speech(answer) == "Written."
    assert modalities(realtime_server) == ["text"]


@pytest.mark.parametrize(
    ("scenario", "continues"),
    [
        (scenario_from_dict({"turns": ["Turn it on."], "responses": ["Which one?"]}), True),
        (scenario_from_dict({"turns": ["Turn it on."], "responses": ["Done."]}), False),
    ],
    ids=["question", "statement"],
)
async def test_a_question_keeps_the_microphone_open(hass: HomeAssistant, agent: Agent, continues: bool) -> None:
    """The satellite listens on after a question, and only then."""
    run = await speak(hass, agent.pipeline_id)
    assert run.continues is continues


@script(turns=["Hello."], responses=[{"output": []}, "Yes."])
async def test_an_agent_may_say_nothing(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """Silence is an answer; the run ends well, and the conversation goes on."""
    run = await speak(hass, agent.pipeline_id)

    assert run.error is None
    assert run.speech == ""
    assert not run.continues
    assert [entry.content for entry in chat_log(hass, run.conversation_id)] == ["Hello.", ""]

    follow_up = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert follow_up.speech == "Yes."


@script(responses=["Yes."])
async def test_what_a_caller_adds_to_the_prompt_reaches_the_model(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """An automation that starts a conversation may tell the agent what it is about."""
    await conversation.async_converse(
        hass,
        "Shall I?",
        None,
        Context(),
        agent_id=agent.conversation,
        extra_system_prompt="The garage door has been open for an hour.",
    )

    assert (
        realtime_server.connections[0]
        .session.config["instructions"]
        .endswith("The garage door has been open for an hour.")
    )


@script(responses=["Hello there."])
async def test_an_agent_without_tools_only_talks(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Without an LLM API there are no tools, and Home Assistant is not told that the agent controls the house."""
    features = conversation.ConversationEntityFeature.CONTROL
    assert hass.states.get(agent.conversation).attributes["supported_features"] == features
    await change_agent(hass, account, **{CONF_LLM_HASS_API: []})
    assert hass.states.get(agent.conversation).attributes["supported_features"] == 0

    answer = await say(hass, "Hello", agent.conversation)

    assert speech(answer) == "Hello there."
    assert received(realtime_server, "session.update")[0]["session"]["tools"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        ({CONF_PROMPT: "{{ broken"}, "Sorry, I had a problem with my template"),
        ({CONF_LLM_HASS_API: ["gone"]}, "Error preparing LLM API"),
    ],
    ids=["prompt", "api"],
)
async def test_what_home_assistant_cannot_prepare_is_said_and_nothing_is_dialled(
    hass: HomeAssistant,
    agent: Agent,
    account: MockConfigEntry,
    realtime_server: RealtimeServer,
    wrong: tuple[dict[str, Any], str],
) -> None:
    """A broken template or an LLM API that is gone is Home Assistant's own error."""
    data, sentence = wrong
    await change_agent(hass, account, **data)

    answer = await say(hass, "Hello", agent.conversation)

    assert answer["response"]["response_type"] == "error"
    assert speech(answer) == sentence
    assert realtime_server.connections == []


@script(responses=["Hello there."])
async def test_any_language_is_understood(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """The mind takes every language, and answers whatever it is asked in."""
    answer = await say(hass, "Grüezi", agent.conversation, language="de-CH")

    assert speech(answer) == "Hello there."
    assert words(realtime_server) == [("user", "Grüezi"), ("assistant", "Hello there.")]
