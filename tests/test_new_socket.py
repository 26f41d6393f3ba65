"""Sockets come and go within a conversation, and the user notices nothing."""

from typing import Any

from homeassistant.core import HomeAssistant, callback
import pytest

from local_server.wire import RealtimeServer, scenario_from_dict

from .house import Agent
from .script import LIGHT_ON, chat_log, received, script, words
from .voice import speak

TOLD = [("user", "Turn on the kitchen light."), ("assistant", "It is on."), ("user", "And now?")]
STORY = {"turns": ["Turn on the kitchen light.", "And now?"]}
# So short that all of it is heard before the user goes on.
ANSWERS: list[Any] = [{"calls": [LIGHT_ON]}, {"text": "It is on.", "audio_ms": 1}, "It still is."]


async def check_story(hass: HomeAssistant, agent: Agent, server: RealtimeServer, num_sockets: int) -> None:
    """Go on with a conversation, which the server must know by then."""
    run = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    assert run.error is None
    assert run.speech == "It still is."
    assert words(server) == [*TOLD, ("assistant", "It still is.")]
    assert len(server.connections) == num_sockets
    assert [entry.content for entry in chat_log(hass, "kitchen") if entry.role in {"user", "assistant"}] == [
        "Turn on the kitchen light.",
        None,
        "It is on.",
        "And now?",
        "It still is.",
    ]
    assert not [event for event in server.connections[-1].sent if event["type"] == "error"]


@script(**STORY, responses=ANSWERS)
async def test_a_socket_that_is_lost_between_two_commands_is_replaced(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The new one is told everything that was said and done."""
    run = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    assert run.speech == "It is on."
    realtime_server.drop_connection()

    await check_story(hass, agent, realtime_server, num_sockets=2)


@script(**STORY, responses=ANSWERS)
async def test_a_session_that_the_server_ends_is_replaced(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """So is one that has reached the server's age limit."""
    await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    error = {"type": "invalid_request_error", "code": "session_expired", "message": "Your session hit its limit."}
    await realtime_server.send({"type": "error", "error": error})
    await realtime_server.close_connection(1001, "invalid_request_error.session_expired")

    await check_story(hass, agent, realtime_server, num_sockets=2)


LOSSES = {
    "while the user speaks": ({"connections": [{"faults": [{"after": "session.updated", "action": "drop"}]}]}, ANSWERS),
    "at the end of speech": (
        {"connections": [{"faults": [{"after": "input_audio_buffer.committed", "action": "drop"}]}]},
        ANSWERS,
    ),
    "before the answer": (
        {},
        [{"text": "It", "faults": [{"after": "response.created", "action": "drop"}]}, *ANSWERS],
    ),
    "after the tool": (
        {},
        [ANSWERS[0], {"text": "It", "faults": [{"after": "response.created", "action": "drop"}]}, *ANSWERS[1:]],
    ),
    "by the server's age limit": (
        {},
        [
            {
                "text": "It",
                "faults": [
                    {
                        "after": "response.created",
                        "action": "close",
                        "code": 1001,
                        "reason": "invalid_request_error.session_expired",
                    }
                ],
            },
            *ANSWERS,
        ],
    ),
}


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            scenario_from_dict(
                {"turns": [STORY["turns"][0]] * 2 + [STORY["turns"][1]] * 2, "responses": answers, **scenario}
            ),
            id=name,
        )
        for name, (scenario, answers) in LOSSES.items()
    ],
)
async def test_a_socket_that_is_lost_in_a_command_is_replaced_within_it(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The voice is sent again, the light goes on once, and the conversation goes on."""
    switched = []
    hass.bus.async_listen("state_changed", callback(lambda event: switched.append(event.data["entity_id"])))

    run = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    assert run.error is None
    assert run.transcript == "Turn on the kitchen light."
    assert run.speech == "It is on."
    await hass.async_block_till_done()
    assert switched.count("input_boolean.kitchen_light") == 1
    assert len(realtime_server.connections) == 2

    follow_up = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    assert follow_up.speech == "It still is."
    assert words(realtime_server)[1] == ("assistant", "It is on.")
    assert len(realtime_server.connections) == 2
    assert len(received(realtime_server, "input_audio_buffer.append")) > 0
