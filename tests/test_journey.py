"""One spoken command through real Home Assistant: audio in, then transcript, tool, text and audio out."""

from homeassistant.components.conversation import AssistantContent, ToolResultContent, UserContent
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.core import HomeAssistant
import pytest

from local_server.wire import RealtimeServer, Scenario, scenario_from_dict

from .house import Agent, tool_name
from .voice import speak

LIGHT_ON = {"name": tool_name("intent", "HassTurnOn"), "arguments": {"name": "Kitchen light"}}
TONE = 500


@pytest.mark.parametrize(
    "scenario",
    [
        scenario_from_dict(
            {
                "turns": ["Turn on the kitchen light.", "And now?"],
                "responses": [{"calls": [LIGHT_ON]}, {"text": "It is on.", "audio_ms": TONE}, "Anything else?"],
            }
        )
    ],
)
async def test_a_spoken_command_acts_and_is_answered_in_speech(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, scenario: Scenario
) -> None:
    """The light goes on, the words are written down, and the satellite hears the session's own voice."""
    run = await speak(hass, agent.pipeline_id)

    assert run.error is None
    assert run.transcript == "Turn on the kitchen light."
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    assert run.speech == "It is on."
    assert run.response_type == "action_done"
    # 16 kHz, 16-bit, mono, as a satellite asked for it.
    assert len(run.pcm) == TONE * 16 * 2
    assert any(run.pcm)

    roles = [type(content) for content in hass.data[DATA_CHAT_LOGS][run.conversation_id].content[1:]]
    assert roles == [UserContent, AssistantContent, ToolResultContent, AssistantContent]
    assert not realtime_server.invalid

    sent = [event["type"] for _, event in realtime_server.received if event["type"] != "input_audio_buffer.append"]
    assert sent == [
        "session.update",
        "input_audio_buffer.commit",
        "session.update",
        "response.create",
        "conversation.item.create",
        "response.create",
    ]

    follow_up = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert follow_up.transcript == "And now?"
    assert follow_up.speech == "Anything else?"
    assert follow_up.continues
    # The same session, told nothing twice.
    assert len(realtime_server.connections) == 1
    assert [event["type"] for _, event in realtime_server.received][-1] == "response.create"
    assert sum(event["type"] == "session.update" for _, event in realtime_server.received) == 2
