"""A session from the open socket to its end: the greeting, the configuration, the limits."""

from collections.abc import Mapping
from dataclasses import replace
import logging
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    Command,
    CommandRefused,
    DialectName,
    ErrorEvent,
    FunctionTool,
    Limits,
    Modality,
    RealtimeProtocol,
    ResponseState,
    SessionConfig,
    SessionCreated,
    SessionState,
    TimeLimitReached,
    Transcription,
    UserMessage,
    Waiting,
)
from custom_components.realtime_assist.realtime.dialects import Dialect

from .server_messages import (
    audio_delta,
    committed,
    error,
    item_done,
    message_item,
    response_created,
    response_done,
    session_created,
    session_updated,
    text_delta,
    transcript_delta,
    transcription_completed,
)
from .wire import Wire

WEATHER = FunctionTool(name="get_weather", description="Tells the weather.", parameters={"type": "object"})
CONFIG = SessionConfig(instructions="Be brief.", voice="marin", transcription=Transcription(model="gpt-transcribe"))
MINUTE = 60.0


def updates(wire: Wire, config: SessionConfig) -> Mapping[str, Any] | None:
    """Configure the session; return what is sent of it, None where nothing is."""
    said = wire.protocol.update_session(config)
    sent = wire.sent()
    assert said is bool(sent)
    return sent[0]["session"] if sent else None


# The greeting


def test_a_session_is_ready_once_the_server_has_greeted(opening: Wire):
    assert opening.protocol.session_state is SessionState.OPENING
    assert opening.hear(session_created()) == [SessionCreated(session_id="sess_1", model="gpt-realtime-2.1")]
    assert opening.protocol.session_state is SessionState.READY
    assert opening.protocol.deadline is None
    assert opening.sent() == []


def test_events_and_messages_are_handed_out_once(opening: Wire):
    opening.protocol.create_item(UserMessage("Hello"))
    assert len(opening.hear(session_created())) == len(opening.sent()) == 1
    assert opening.protocol.events_received() == opening.protocol.messages_to_send() == []


def test_a_server_that_does_not_greet_is_given_up_after_ten_seconds():
    protocol = RealtimeProtocol(now=5_000.0)
    assert protocol.deadline == 5_010.0
    protocol.handle_timeout(5_009.9)
    assert protocol.events_received() == []
    protocol.handle_timeout(5_010.0)
    assert protocol.events_received() == [TimeLimitReached(waiting=Waiting.SESSION)]
    assert protocol.session_state is SessionState.CLOSED
    assert protocol.deadline is None


def test_a_greeting_that_comes_too_late_opens_nothing(opening: Wire):
    opening.wait(10.0)
    assert opening.hear(session_created()) == []
    assert opening.protocol.session_state is SessionState.CLOSED
    assert opening.protocol.anomalies == {"unexpected session.created": 1}


def test_a_second_greeting_is_counted(wire: Wire):
    assert wire.hear(session_created(), session_created()) == []
    assert wire.protocol.session_state is SessionState.READY
    assert wire.protocol.anomalies == {"unexpected session.created": 2}


def test_the_server_may_refuse_in_place_of_a_greeting(opening: Wire):
    events = opening.hear(error("invalid_api_key", message="The key sk-secret is wrong."))
    assert events == [
        ErrorEvent(error_type="invalid_request_error", code="invalid_api_key", param=None, client_event_id=None)
    ]
    assert opening.protocol.session_state is SessionState.OPENING
    assert "sk-secret" not in repr(events)


def test_what_is_said_before_the_greeting_is_sent_in_order(opening: Wire):
    protocol = opening.protocol
    protocol.update_session(CONFIG)
    protocol.append_audio(b"\1\0")
    protocol.commit_audio()
    protocol.create_response(opening.now)
    assert [event["type"] for event in opening.sent()] == [
        "session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
    ]


# The configuration


def test_the_first_update_tells_everything(wire: Wire):
    assert updates(wire, CONFIG) == {
        "type": "realtime",
        "instructions": "Be brief.",
        "tools": [],
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "turn_detection": None,
                "transcription": {"model": "gpt-transcribe"},
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": "marin"},
        },
        "max_output_tokens": "inf",
    }


def test_what_the_server_knows_is_not_told_again(wire: Wire):
    assert updates(wire, CONFIG) is not None
    assert updates(wire, CONFIG) is None
    assert updates(wire, replace(CONFIG, instructions="Be brief.")) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"instructions": ""}, {"instructions": ""}, id="instructions-taken-back"),
        pytest.param({"modality": Modality.TEXT}, {"output_modalities": ["text"]}, id="modality"),
        pytest.param(
            {"tools": (WEATHER,)},
            {
                "tools": [
                    {
                        "type": "function",
                        "name": "get_weather",
                        "description": "Tells the weather.",
                        "parameters": {"type": "object"},
                    }
                ]
            },
            id="tools",
        ),
    ],
)
def test_only_what_changed_is_told_and_the_type_always(wire: Wire, change: Mapping[str, Any], told: Mapping[str, Any]):
    updates(wire, CONFIG)
    assert updates(wire, replace(CONFIG, **change)) == {"type": "realtime", **told}
    assert (updates(wire, CONFIG) or {}).keys() == {"type", *told}


def test_a_change_below_the_top_level_tells_the_whole_field(wire: Wire):
    whole = updates(wire, CONFIG)
    changed = updates(wire, replace(CONFIG, transcription=None))
    assert changed is not None
    assert changed.keys() == {"type", "audio"}
    assert changed["audio"]["input"]["transcription"] is None
    assert changed["audio"]["output"] == whole["audio"]["output"]


def test_the_echo_of_an_update_is_ignored(wire: Wire):
    updates(wire, CONFIG)
    assert wire.hear(session_updated(instructions="Be brief.")) == []
    assert not wire.protocol.anomalies


def test_a_dialect_has_its_own_shape_and_names():
    wire = Wire(
        dialect=Dialect(
            name=DialectName.GA,
            session=lambda config: {"voice": config.voice, "instructions": config.instructions},
            event_names={"session.opened": "session.created"},
        )
    )
    assert wire.hear({**session_created(), "type": "session.opened"}) != []
    assert updates(wire, CONFIG) == {"voice": "marin", "instructions": "Be brief."}
    assert updates(wire, replace(CONFIG, voice="cedar")) == {"voice": "cedar"}


# The end


def test_sixty_minutes_of_a_session_end_with_its_expiry(wire: Wire):
    for minute in range(60):
        assert wire.wait(MINUTE) == []
        response = f"resp_{minute}"
        wire.create_response()
        wire.hear(response_created(response))
        wire.wait(Limits().silence - 0.1)
        wire.hear(transcript_delta("Yes.", response), response_done(response))
        wire.now = (minute + 1) * MINUTE
        assert wire.protocol.deadline is None
    assert wire.protocol.session_state is SessionState.READY
    [expired] = wire.hear(error("session_expired", message="Time is up."))
    assert isinstance(expired, ErrorEvent)
    assert expired.code == "session_expired"
    assert wire.protocol.session_state is SessionState.EXPIRED
    wire.protocol.receive_close()
    assert wire.protocol.session_state is SessionState.CLOSED
    assert not wire.protocol.anomalies


def test_an_expiry_in_the_middle_of_an_answer_leaves_the_answer_open(wire: Wire):
    wire.create_response()
    wire.hear(response_created())
    wire.hear(error("session_expired"))
    assert wire.protocol.session_state is SessionState.EXPIRED
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS


def test_an_error_that_is_about_nothing_of_ours_changes_nothing(wire: Wire):
    wire.create_response()
    wire.hear(response_created())
    deadline = wire.protocol.deadline
    [event] = wire.hear(error("server_error", error_type="server_error"))
    assert event == ErrorEvent(error_type="server_error", code="server_error", param=None, client_event_id=None)
    assert wire.protocol.session_state is SessionState.READY
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS
    assert wire.protocol.deadline == deadline
    assert wire.sent() == []


def test_a_closed_socket_leaves_nothing_to_wait_for(opening: Wire):
    opening.create_response()
    opening.create_side_response()
    assert opening.protocol.deadline is not None
    for _ in range(2):
        opening.protocol.receive_close()
        assert opening.protocol.session_state is SessionState.CLOSED
        assert opening.protocol.deadline is None
    assert opening.wait(1_000.0) == []


def test_the_log_shows_the_wire_without_what_was_said(wire: Wire, caplog: pytest.LogCaptureFixture):
    said = "The alarm code is 4711"
    with caplog.at_level(logging.DEBUG):
        wire.protocol.update_session(replace(CONFIG, instructions=said))
        wire.protocol.append_audio(said.encode())
        wire.protocol.commit_audio()
        wire.protocol.create_item(UserMessage(said))
        wire.create_response()
        events = wire.hear(
            committed(),
            transcription_completed(said),
            response_created(),
            transcript_delta(said),
            text_delta(said),
            audio_delta(said.encode()),
            item_done(message_item(content=[{"type": "output_audio", "transcript": said}])),
            response_done(),
            error("invalid_value", message=said),
            b"{" + said.encode(),
        )
    assert "> response.create event_" in caplog.text
    assert "! not_json" in caplog.text
    assert "4711" not in caplog.text + repr(events)


def test_a_refused_configuration_is_told_whole_the_next_time(wire: Wire):
    wire.protocol.update_session(CONFIG)
    [update] = wire.sent()
    assert wire.hear(error("invalid_value", update["event_id"])) == [
        CommandRefused(command=Command.UPDATE_SESSION, error_type="invalid_request_error", code="invalid_value")
    ]
    assert wire.protocol.update_session(CONFIG)
    assert wire.sent()[0]["session"] == update["session"]
