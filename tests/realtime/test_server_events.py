"""The door of the wire: what is read of each event, and what becomes of everything that cannot be read."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
import json
from typing import Any, get_origin, get_type_hints

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.realtime_assist.realtime import (
    ErrorEvent,
    FunctionCall,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
    OutputItem,
    RateLimit,
    RateLimitsUpdated,
    RealtimeProtocol,
    ResponseCreated,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
    ResponseStatus,
    SessionCreated,
    TokenCounts,
    TranscriptionUsage,
    Usage,
)
from custom_components.realtime_assist.realtime.ignored_events import ELSEWHERE, IGNORED
from custom_components.realtime_assist.realtime.server_events import (
    EVENTS,
    Anomaly,
    AnomalyKind,
    ServerEvent,
    parse_server_event,
)

from .server_messages import (
    ANSWER_ITEM,
    Message,
    audio_delta,
    call_item,
    committed,
    error,
    event,
    item_added,
    item_done,
    message_item,
    rate_limits,
    response_created,
    response_done,
    session_created,
    speech_started,
    speech_stopped,
    text_delta,
    text_done,
    tokens,
    transcript_delta,
    transcript_done,
    transcription_completed,
    transcription_failed,
    usage,
)
from .wire import done

USAGE = usage(tokens(100, 20, image_tokens=3), tokens(64, 10, image_tokens=0), tokens(30, 40, reasoning_tokens=17))
FAILED = {"type": "failed", "error": {"type": "server_error", "code": "inference_failed", "message": "Sorry."}}

# Each event that is used, in the shape of the wire, and what is read of it.
READ: Mapping[str, tuple[Message, ServerEvent]] = {
    "session.created": (session_created(), SessionCreated(session_id="sess_1", model="gpt-realtime-2.1")),
    "input_audio_buffer.speech_started": (speech_started("item_1"), InputAudioBufferSpeechStarted(item_id="item_1")),
    "input_audio_buffer.speech_stopped": (speech_stopped("item_1"), InputAudioBufferSpeechStopped(item_id="item_1")),
    "input_audio_buffer.committed": (committed("item_1"), InputAudioBufferCommitted(item_id="item_1")),
    "conversation.item.input_audio_transcription.completed": (
        transcription_completed("Hello.", "item_1"),
        InputAudioTranscriptionCompleted(item_id="item_1", transcript="Hello.", usage=TranscriptionUsage(seconds=3.0)),
    ),
    "conversation.item.input_audio_transcription.failed": (
        transcription_failed("item_1", code="audio_unintelligible"),
        InputAudioTranscriptionFailed(item_id="item_1", code="audio_unintelligible"),
    ),
    "response.created": (
        response_created("resp_9", metadata={"request": "side_1"}),
        ResponseCreated(response_id="resp_9", request="side_1"),
    ),
    "response.done": (
        response_done("resp_9", "failed", status_details=FAILED, usage=USAGE, metadata={"request": "side_1"}),
        done(
            "resp_9",
            status=ResponseStatus.FAILED,
            request="side_1",
            error_type="server_error",
            error_code="inference_failed",
            usage=Usage(
                input=TokenCounts(text=100, audio=20, image=3),
                cached=TokenCounts(text=64, audio=10),
                output=TokenCounts(text=30, audio=40),
                reasoning=17,
            ),
        ),
    ),
    "response.output_item.added": (
        item_added(message_item("item_2", "in_progress", phase="commentary")),
        ResponseOutputItemAdded(
            response_id="resp_1",
            item=OutputItem(id="item_2", type="message", status="in_progress", phase="commentary"),
        ),
    ),
    "response.output_item.done": (
        item_done(call_item('{"city":"Bergen"}', "item_3")),
        ResponseOutputItemDone(
            response_id="resp_1",
            item=OutputItem(
                id="item_3",
                type="function_call",
                status="completed",
                function_call=FunctionCall(call_id="call_1", name="get_weather", arguments='{"city":"Bergen"}'),
            ),
        ),
    ),
    "response.output_text.delta": (text_delta(" sun"), ResponseOutputTextDelta(response_id="resp_1", delta=" sun")),
    "response.output_text.done": (
        text_done("The sun."),
        ResponseOutputTextDone(response_id="resp_1", item_id=ANSWER_ITEM, text="The sun."),
    ),
    "response.output_audio_transcript.delta": (
        transcript_delta(" sun"),
        ResponseOutputAudioTranscriptDelta(response_id="resp_1", delta=" sun"),
    ),
    "response.output_audio_transcript.done": (
        transcript_done("The sun."),
        ResponseOutputAudioTranscriptDone(response_id="resp_1", item_id=ANSWER_ITEM, transcript="The sun."),
    ),
    "response.output_audio.delta": (
        audio_delta(b"\0\1\2\3"),
        ResponseOutputAudioDelta("resp_1", b"\0\1\2\3", ANSWER_ITEM),
    ),
    "rate_limits.updated": (
        rate_limits(),
        RateLimitsUpdated(rate_limits=(RateLimit(name="tokens", remaining=14_998_954, reset_seconds=0.004),)),
    ),
    "error": (
        error("invalid_value", "event_4", param="session.voice"),
        ErrorEvent(
            error_type="invalid_request_error",
            code="invalid_value",
            param="session.voice",
            client_event_id="event_4",
        ),
    ),
}


def parse(message: Message | bytes, aliases: Mapping[str, str] | None = None) -> ServerEvent | Anomaly | None:
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return parse_server_event(raw, aliases or {})


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_is_read_from_the_shape_of_the_wire(name: str):
    message, expected = READ[name]
    assert message["type"] == name
    assert parse(message) == expected
    assert parse_server_event(json.dumps(message), {}) == expected


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_ignored_on_purpose_is_nothing_at_all(name: str):
    assert parse({"type": name}) is None
    assert name not in EVENTS


def test_an_event_that_nobody_knows_is_named():
    assert parse(event("response.daydream.delta")) == Anomaly(AnomalyKind.UNKNOWN_EVENT, "response.daydream.delta")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("response.audio.delta", ResponseOutputAudioDelta("resp_1", b"\1\0", ANSWER_ITEM)),
        ("response.audio.done", None),
        ("response.output_audio.delta", ResponseOutputAudioDelta("resp_1", b"\1\0", ANSWER_ITEM)),
    ],
)
def test_a_dialects_name_stands_for_ours(name: str, expected: ServerEvent | None):
    aliases = {
        "response.audio.delta": "response.output_audio.delta",
        "response.audio.done": "response.output_audio.done",
    }
    assert parse({**audio_delta(b"\1\0"), "type": name}, aliases) == expected


# Malformed


@pytest.mark.parametrize("message", [b"", b"{", b"<html>", b"\xff", b'{"type":"error"} {}', b"NaN", b"[" * 5_000])
def test_what_is_no_json_is_told_apart(message: bytes):
    assert parse(message) == Anomaly(AnomalyKind.NOT_JSON)


@pytest.mark.parametrize("message", [b"null", b"7", b'"error"', b"[]", b"{}", b'{"type":null}', b'{"type":["error"]}'])
def test_json_that_is_no_event_is_malformed(message: bytes):
    assert parse(message) == Anomaly(AnomalyKind.MALFORMED)


# These end something, or say that something is wrong: they are read whatever is missing from them.
ALWAYS_READ = {"response.done", "error"}


@pytest.mark.parametrize("name", sorted(EVENTS.keys() - ALWAYS_READ))
def test_an_event_without_its_fields_is_malformed(name: str):
    assert parse({"type": name}) == Anomaly(AnomalyKind.MALFORMED, name)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (READ["input_audio_buffer.speech_started"][0], "item_id"),
        (READ["input_audio_buffer.speech_stopped"][0], "item_id"),
        (READ["input_audio_buffer.committed"][0], "item_id"),
        (READ["conversation.item.input_audio_transcription.completed"][0], "item_id"),
        (READ["conversation.item.input_audio_transcription.completed"][0], "transcript"),
        (READ["conversation.item.input_audio_transcription.failed"][0], "item_id"),
        (text_delta("x"), "delta"),
        (text_delta("x"), "response_id"),
        (transcript_delta("x"), "delta"),
        (transcript_delta("x"), "response_id"),
        (text_done("x"), "text"),
        (transcript_done("x"), "transcript"),
        (audio_delta(b"x"), "delta"),
        (audio_delta(b"x"), "response_id"),
        (item_added(message_item()), "item"),
        (item_done(message_item()), "response_id"),
        (session_created(), "session"),
        (response_created(), "response"),
    ],
)
@pytest.mark.parametrize("value", [None, 7, True, [], ["x"]])
def test_what_should_be_a_text_is_never_made_one(message: Message, field: str, value: Any):
    """A null must not be read out, or shown as what the user said, as `None`."""
    assert parse({**message, field: value}) == Anomaly(AnomalyKind.MALFORMED, message["type"])


@pytest.mark.parametrize("delta", ["A", "AAA", "ä", "AAAAA"])
def test_audio_that_is_no_base64_is_malformed(delta: str):
    assert parse({**audio_delta(b""), "delta": delta}) == Anomaly(AnomalyKind.MALFORMED, "response.output_audio.delta")


def test_an_empty_delta_is_an_empty_delta():
    assert parse(text_delta("")) == ResponseOutputTextDelta(response_id="resp_1", delta="")
    assert parse(audio_delta(b"")) == ResponseOutputAudioDelta("resp_1", b"", ANSWER_ITEM)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"code": "DeploymentNotFound", "type": "invalid_request_error"}, "DeploymentNotFound"),
        ({"code": None, "type": "transcription_error"}, "transcription_error"),
        ({"code": 404, "type": None}, None),
        ("broken", None),
        (None, None),
    ],
)
def test_a_failed_transcription_says_why_as_well_as_it_can(details: Any, expected: str | None):
    message = {**READ["conversation.item.input_audio_transcription.failed"][0], "error": details}
    assert parse(message) == InputAudioTranscriptionFailed(item_id="item_1", code=expected)


@pytest.mark.parametrize("details", ["unimplemented", None, [], 7, {"error": "unimplemented"}, {"error": None}])
def test_status_details_may_be_anything(details: Any):
    assert parse(response_done(status_details=details)) == done()


@pytest.mark.parametrize("status", [None, "", "in_progress", "unheard_of", 7, {"odd": 1}])
def test_an_end_that_does_not_say_how_is_a_completion(status: Any):
    message = response_done()
    message["response"]["status"] = status
    assert parse(message) == done()


@pytest.mark.parametrize("error_field", [None, "It broke.", [], 7, {}, {"code": 7, "type": [], "event_id": {}}])
def test_an_error_may_say_nothing(error_field: Any):
    assert parse({"type": "error", "error": error_field}) == ErrorEvent(
        error_type=None, code=None, param=None, client_event_id=None
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({"error": "model_not_found"}, {"code": "model_not_found"}, id="the code alone"),
        pytest.param(
            {"event_id": "event_of_the_server", "code": "session_limit_reached", "param": "model"},
            {"code": "session_limit_reached", "param": "model"},
            id="at the top",
        ),
        pytest.param(
            {"error": {"type": "session_limit_reached"}}, {"error_type": "session_limit_reached"}, id="as type"
        ),
    ],
)
def test_an_error_is_read_wherever_it_says_what_it_is(message: Message, expected: dict[str, Any]):
    unsaid = {"error_type": None, "code": None, "param": None, "client_event_id": None}
    assert parse({"type": "error", **message}) == ErrorEvent(**{**unsaid, **expected})


@pytest.mark.parametrize("status", ["completed", None, "unheard_of"])
def test_a_transcript_that_may_still_change_is_none(status: str | None):
    message = transcription_completed("Hello, my name is")
    assert parse({**message, "status": "in_progress"}) is None
    assert isinstance(parse({**message, "status": status}), InputAudioTranscriptionCompleted)


def test_usage_may_stand_beside_the_response():
    message = response_done(usage={})
    assert parse({**message, "usage": USAGE}) == parse(response_done(usage=USAGE))
    assert parse({**response_done(usage=USAGE), "usage": usage(tokens(1), tokens(0), tokens(1))}) == parse(
        response_done(usage=USAGE)
    )


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_only_other_servers_say_is_nothing_at_all(name: str):
    assert parse({"type": name}) is None
    assert name not in EVENTS
    assert name not in IGNORED


# Anything at all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(sorted(EVENTS))


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths to everything inside a message."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in inside for found in [(*path, key), *paths(inner, (*path, key))]]


def replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a copy with one value replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def broken_messages(draw: st.DrawFn) -> Message:
    """Draw an event with some of its values replaced by anything."""
    message = READ[draw(names)][0]
    for _ in range(draw(st.integers(1, 3))):
        inside = [path for path in paths(message) if path != ("type",)]
        message = replaced(message, draw(st.sampled_from(inside)), draw(json_values)) if inside else message
    return message


def assert_typed(value: Any) -> None:
    """Assert that a parsed event holds in every field what the field says that it holds."""
    hints = get_type_hints(type(value))
    for each in fields(value):
        inner = getattr(value, each.name)
        assert isinstance(inner, tuple if get_origin(hints[each.name]) is tuple else hints[each.name]), each.name
        assert not isinstance(inner, bool)
        for part in inner if isinstance(inner, tuple) else [inner]:
            if is_dataclass(part):
                assert_typed(part)


@settings(deadline=None)
@given(message=broken_messages())
def test_whatever_a_field_holds_an_event_is_typed_or_malformed(message: Message):
    match parse(message):
        case Anomaly() as anomaly:
            assert anomaly == Anomaly(AnomalyKind.MALFORMED, message["type"])
        case parsed:
            assert parsed is not None
            assert_typed(parsed)


@settings(deadline=None)
@given(name=names | st.text(), content=st.dictionaries(st.text(max_size=12), json_values, max_size=5))
def test_an_event_of_any_fields_never_raises(name: str, content: dict[str, Any]):
    parse({**content, "type": name})


@settings(deadline=None)
@given(message=st.binary())
def test_any_bytes_never_raise(message: bytes):
    assert isinstance(parse(message), Anomaly)


@settings(deadline=None)
@given(value=json_values)
def test_any_json_never_raises(value: Any):
    assert parse(json.dumps(value).encode()) == Anomaly(AnomalyKind.MALFORMED)


@settings(deadline=None)
@given(
    messages=st.lists(
        broken_messages() | names.map(lambda name: READ[name][0]) | st.binary(max_size=20), min_size=1, max_size=8
    ),
    asked=st.booleans(),
    cancelled=st.booleans(),
)
def test_no_server_can_make_a_session_raise(messages: list[Message | bytes], asked: bool, cancelled: bool):
    protocol = RealtimeProtocol(now=0.0)
    protocol.create_side_response({}, 0.0)
    protocol.append_audio(b"\0\0")
    if asked:
        protocol.create_response(0.0)
    if cancelled:
        protocol.cancel_response()
    for now, message in enumerate(messages):
        protocol.receive_message(message if isinstance(message, bytes) else json.dumps(message).encode(), float(now))
    repr(protocol.events_received())
    protocol.handle_timeout(1_000.0)
    assert protocol.deadline is None


@pytest.mark.parametrize(("remaining", "used_up"), [(0, True), (-1, True), (0.5, False), (14_998_954, False)])
def test_a_limit_is_used_up_where_nothing_is_left(remaining: float, used_up: bool):
    assert RateLimit(name="tokens", remaining=remaining, reset_seconds=1).used_up is used_up


@pytest.mark.parametrize("odd", ["0", True, None, [], {}])
@pytest.mark.parametrize("name", ["remaining", "reset_seconds"])
def test_limits_without_a_number_are_malformed(name: str, odd: Any):
    message = rate_limits()
    message["rate_limits"][0][name] = odd
    assert parse(message) == Anomaly(AnomalyKind.MALFORMED, "rate_limits.updated")
