"""What the user says: audio that is appended and committed, and items that are told."""

from base64 import b64decode
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    Command,
    CommandRefused,
    ErrorEvent,
    FunctionCall,
    FunctionCallOutput,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
    LocalProtocolError,
    SemanticVad,
    ServerVad,
    SessionConfig,
    TranscriptionUsage,
    UserMessage,
)

from .server_messages import (
    committed,
    error,
    response_created,
    response_done,
    speech_started,
    speech_stopped,
    transcription_completed,
    transcription_failed,
)
from .wire import Wire

PCM = bytes(range(200)) * 24


def commit(wire: Wire) -> str:
    """Append and commit speech; return the id of the commit."""
    wire.protocol.append_audio(PCM)
    wire.protocol.commit_audio()
    return str(wire.sent()[-1]["event_id"])


# Audio


def test_audio_is_appended_and_committed_as_it_was(wire: Wire):
    for start in range(0, len(PCM), 960):
        wire.protocol.append_audio(PCM[start : start + 960])
    wire.protocol.commit_audio()
    *appended, last = wire.sent()
    assert b"".join(b64decode(event["audio"], validate=True) for event in appended) == PCM
    assert {event["type"] for event in appended} == {"input_audio_buffer.append"}
    assert last["type"] == "input_audio_buffer.commit"


def test_a_commit_is_out_until_the_server_confirms_it(wire: Wire):
    assert not wire.protocol.committing
    commit(wire)
    assert wire.protocol.committing
    assert wire.hear(committed("item_7")) == [InputAudioBufferCommitted(item_id="item_7")]
    assert not wire.protocol.committing
    commit(wire)
    assert wire.protocol.committing


def test_a_refused_commit_leaves_the_audio_where_it_was(wire: Wire):
    commit_id = commit(wire)
    assert wire.hear(error("input_audio_buffer_commit_empty", commit_id)) == [
        CommandRefused(
            command=Command.COMMIT_AUDIO, error_type="invalid_request_error", code="input_audio_buffer_commit_empty"
        )
    ]
    assert not wire.protocol.committing
    wire.protocol.append_audio(PCM)
    wire.protocol.commit_audio()
    wire.hear(committed())
    assert not wire.protocol.anomalies


def test_cleared_audio_is_gone(wire: Wire):
    wire.protocol.append_audio(PCM)
    wire.protocol.clear_audio()
    assert wire.sent()[-1]["type"] == "input_audio_buffer.clear"
    with pytest.raises(LocalProtocolError, match=r"input_audio_buffer\.commit is illegal while empty"):
        wire.protocol.commit_audio()
    wire.protocol.clear_audio()


@pytest.mark.parametrize("command", ["commit_audio", "clear_audio"])
def test_nothing_touches_the_committed_audio_while_a_commit_is_out(wire: Wire, command: str):
    commit(wire)
    with pytest.raises(LocalProtocolError, match="illegal while committing"):
        getattr(wire.protocol, command)()
    assert wire.sent() == []


def test_the_next_speech_may_follow_a_commit_at_once(wire: Wire):
    commit(wire)
    wire.protocol.append_audio(PCM)
    assert wire.protocol.committing
    assert wire.hear(committed("item_1")) == [InputAudioBufferCommitted(item_id="item_1")]
    assert not wire.protocol.committing
    wire.protocol.commit_audio()
    assert wire.hear(committed("item_2")) == [InputAudioBufferCommitted(item_id="item_2")]
    assert not wire.protocol.anomalies


def test_a_refusal_that_names_no_event_is_known_by_its_code(wire: Wire):
    commit(wire)
    [refused] = wire.hear(error("input_audio_buffer_commit_empty"))
    assert isinstance(refused, CommandRefused)
    assert refused.command is Command.COMMIT_AUDIO
    assert not wire.protocol.committing
    [about_nothing] = wire.hear(error("input_audio_buffer_commit_empty"))
    assert isinstance(about_nothing, ErrorEvent)


def test_the_server_may_commit_by_itself(wire: Wire):
    wire.protocol.append_audio(PCM)
    assert wire.hear(committed()) != []
    with pytest.raises(LocalProtocolError):
        wire.protocol.commit_audio()


def test_a_server_that_finds_the_end_of_speech_may_be_faster_than_a_clear(wire: Wire):
    wire.protocol.update_session(SessionConfig(voice="marin", turn_detection=SemanticVad()))
    wire.protocol.append_audio(PCM)
    wire.protocol.clear_audio()
    assert wire.hear(committed("item_1")) == [InputAudioBufferCommitted(item_id="item_1")]
    assert not wire.protocol.anomalies


def test_a_server_that_finds_the_end_of_speech_says_when_it_begins_and_ends(wire: Wire):
    wire.protocol.update_session(SessionConfig(voice="marin", turn_detection=ServerVad()))
    wire.protocol.append_audio(PCM)
    assert wire.hear(speech_started("item_1"), speech_stopped("item_1"), committed("item_1")) == [
        InputAudioBufferSpeechStarted(item_id="item_1"),
        InputAudioBufferSpeechStopped(item_id="item_1"),
        InputAudioBufferCommitted(item_id="item_1"),
    ]


def test_a_commit_of_nothing_is_counted(wire: Wire):
    assert wire.hear(committed()) == []
    assert wire.protocol.anomalies == {"unexpected input_audio_buffer.committed": 1}


def test_a_transcript_comes_whenever_it_comes(wire: Wire):
    commit(wire)
    wire.hear(committed("item_1"))
    wire.create_response()
    wire.hear(response_created(), response_done())
    assert wire.hear(transcription_completed("Turn on the light.", "item_1")) == [
        InputAudioTranscriptionCompleted(
            item_id="item_1", transcript="Turn on the light.", usage=TranscriptionUsage(seconds=3.0)
        )
    ]


def test_a_failed_transcription_does_not_end_the_session(wire: Wire):
    commit(wire)
    wire.hear(committed("item_1"))
    assert wire.hear(transcription_failed("item_1", code="DeploymentNotFound")) == [
        InputAudioTranscriptionFailed(item_id="item_1", code="DeploymentNotFound")
    ]
    wire.create_response()
    assert wire.hear(response_created(), response_done()) != []


# Items


def test_history_is_told_in_order_under_ids_of_our_own(wire: Wire):
    history = [
        UserMessage("What is the weather?"),
        FunctionCall(call_id="call_1", name="get_weather", arguments="{}"),
        FunctionCallOutput(call_id="call_1", output='"fog"'),
        AssistantMessage("It is foggy."),
    ]
    ids = [wire.protocol.create_item(item) for item in history]
    sent = wire.sent()
    assert {event["type"] for event in sent} == {"conversation.item.create"}
    assert [event["item"]["id"] for event in sent] == ids
    assert len(set(ids)) == len(ids)
    assert [event["item"]["type"] for event in sent] == [
        "message",
        "function_call",
        "function_call_output",
        "message",
    ]
    assert not any("previous_item_id" in event for event in sent)


@pytest.mark.parametrize("after", ["root", "item_9"])
def test_an_item_may_be_told_behind_another(wire: Wire, after: str):
    wire.protocol.create_item(UserMessage("Hello"), after=after)
    assert wire.sent()[0]["previous_item_id"] == after


def test_an_item_is_deleted(wire: Wire):
    item_id = wire.protocol.create_item(UserMessage("Hello"))
    wire.protocol.delete_item(item_id)
    _, deleted = wire.sent()
    assert (deleted["type"], deleted["item_id"]) == ("conversation.item.delete", item_id)


def test_an_answer_is_shortened_to_what_was_heard(wire: Wire):
    wire.protocol.truncate_item("item_9", audio_end_ms=1_500)
    [truncated] = wire.sent()
    assert {key: truncated[key] for key in truncated.keys() - {"event_id"}} == {
        "type": "conversation.item.truncate",
        "item_id": "item_9",
        "content_index": 0,
        "audio_end_ms": 1_500,
    }


def test_a_refused_item_is_reported_and_changes_nothing(wire: Wire):
    wire.protocol.create_item(UserMessage("Hello"))
    [sent] = wire.sent()
    assert wire.hear(error("item_create_invalid", sent["event_id"], param="item.id")) == [
        ErrorEvent(
            error_type="invalid_request_error",
            code="item_create_invalid",
            param="item.id",
            client_event_id=sent["event_id"],
        )
    ]


def test_every_id_is_new_and_no_longer_than_the_server_takes(wire: Wire):
    """The server takes 32 characters; a session that lives for an hour sends some ten thousand events."""
    item_ids, tags = set[str](), set[str]()
    for _ in range(5_000):
        item_ids.add(wire.protocol.create_item(UserMessage("")))
        tags.add(wire.create_side_response())
    sent: list[dict[str, Any]] = wire.sent()
    ids = [event["event_id"] for event in sent] + [*item_ids, *tags]
    assert len(set(ids)) == len(ids) == 20_000
    assert max(map(len, ids)) <= 32
