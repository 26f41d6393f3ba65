"""The default conversation's response: its life and its time limits."""

import pytest

from custom_components.realtime_assist.realtime import (
    FunctionCall,
    Limits,
    LocalProtocolError,
    OutputItem,
    RateLimit,
    RateLimitsUpdated,
    ResponseCreated,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseState,
    ResponseStatus,
    TokenCounts,
    Usage,
)

from .server_messages import (
    ANSWER_ITEM,
    Message,
    arguments_delta,
    audio_delta,
    call_item,
    conversation_item_added,
    event,
    item_added,
    item_done,
    message_item,
    part_added,
    rate_limits,
    response_created,
    response_done,
    session_created,
    text_delta,
    tokens,
    transcript_delta,
    usage,
)
from .wire import SILENT, Wire, done

# Its life


def test_a_spoken_answer_is_handed_on_in_order(wire: Wire):
    assert wire.protocol.response_state is ResponseState.IDLE
    wire.create_response()
    assert wire.protocol.response_state is ResponseState.REQUESTED
    events = wire.hear(
        response_created(),
        item_added(message_item(status="in_progress", phase="final_answer")),
        conversation_item_added(message_item(status="in_progress")),
        part_added("audio"),
        transcript_delta("Good "),
        audio_delta(b"\1\0\2\0"),
        transcript_delta("morning."),
        audio_delta(b"\3\0"),
        item_done(message_item(phase="final_answer")),
        response_done(usage=usage(tokens(14, 27), tokens(0, 0), tokens(28, 136))),
        rate_limits(),
    )
    item = OutputItem(id="item_answer", type="message", status="completed", phase="final_answer")
    assert events == [
        ResponseCreated(response_id="resp_1", request=None),
        ResponseOutputItemAdded(
            response_id="resp_1",
            item=OutputItem(id="item_answer", type="message", status="in_progress", phase="final_answer"),
        ),
        ResponseOutputAudioTranscriptDelta(response_id="resp_1", delta="Good "),
        ResponseOutputAudioDelta("resp_1", b"\1\0\2\0", ANSWER_ITEM),
        ResponseOutputAudioTranscriptDelta(response_id="resp_1", delta="morning."),
        ResponseOutputAudioDelta("resp_1", b"\3\0", ANSWER_ITEM),
        ResponseOutputItemDone(response_id="resp_1", item=item),
        done(usage=Usage(input=TokenCounts(text=14, audio=27), output=TokenCounts(text=28, audio=136))),
        RateLimitsUpdated(rate_limits=(RateLimit(name="tokens", remaining=14_998_954, reset_seconds=0.004),)),
    ]
    assert wire.protocol.response_state is ResponseState.IDLE
    assert wire.protocol.deadline is None
    assert not wire.protocol.anomalies


def test_a_function_call_is_told_whole_and_once(wire: Wire):
    wire.begin_response()
    events = wire.hear(
        text_delta("One moment."),
        item_added(call_item("", status="in_progress")),
        arguments_delta('{"city":'),
        arguments_delta('"Bergen"}'),
        event("response.function_call_arguments.done", response_id="resp_1", arguments='{"city":"Bergen"}'),
        item_done(call_item('{"city":"Bergen"}')),
        response_done(output=[call_item('{"city":"Bergen"}')]),
    )
    call = FunctionCall(call_id="call_1", name="get_weather", arguments='{"city":"Bergen"}')
    calls = [each.item.function_call for each in events if isinstance(each, ResponseOutputItemDone)]
    assert calls == [call]
    assert ResponseOutputTextDelta(response_id="resp_1", delta="One moment.") in events


@pytest.mark.parametrize(
    ("status", "details", "expected"),
    [
        pytest.param(
            "cancelled", {"type": "cancelled", "reason": "turn_detected"}, {"reason": "turn_detected"}, id="cancelled"
        ),
        pytest.param(
            "incomplete",
            {"type": "incomplete", "reason": "max_output_tokens"},
            {"reason": "max_output_tokens"},
            id="incomplete",
        ),
        pytest.param(
            "failed",
            {"type": "failed", "error": {"type": "rate_limit_error", "code": "rate_limit_exceeded"}},
            {"error_type": "rate_limit_error", "error_code": "rate_limit_exceeded"},
            id="failed",
        ),
    ],
)
def test_an_answer_that_ends_badly_says_how(wire: Wire, status: str, details: Message, expected: Message):
    wire.begin_response()
    assert wire.hear(response_done(status=status, status_details=details)) == [
        done(status=ResponseStatus(status), **expected)
    ]
    assert wire.answers_again()


def test_only_one_answer_at_a_time_may_be_asked_for(wire: Wire):
    wire.create_response()
    with pytest.raises(LocalProtocolError, match=r"response\.create is illegal while requested"):
        wire.protocol.create_response(wire.now)
    wire.hear(response_created())
    with pytest.raises(LocalProtocolError, match=r"response\.create is illegal while in_progress"):
        wire.protocol.create_response(wire.now)
    assert wire.sent() == []


def test_a_response_that_nobody_asked_for_is_handed_on(wire: Wire):
    events = wire.hear(response_created(), text_delta("Still there?"))
    assert len(events) == 2
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS
    assert wire.hear(response_done()) == [done()]
    assert wire.answers_again()


# Time limits


def test_a_request_that_nothing_follows_is_given_up_after_ten_seconds(wire: Wire):
    wire.now = 100.0
    wire.create_response()
    assert wire.protocol.deadline == 110.0
    assert wire.wait(9.9) == []
    assert wire.wait(0.1) == [SILENT]
    assert wire.wait(1_000.0) == []


def test_a_response_that_falls_silent_is_given_up_after_fifteen_seconds(wire: Wire):
    wire.begin_response()
    assert wire.wait(14.0) == []
    wire.hear(text_delta("Well"))
    assert wire.wait(14.9) == []
    assert wire.wait(0.1) == [SILENT]


@pytest.mark.parametrize(
    "sign_of_life",
    [
        pytest.param(arguments_delta('{"'), id="ignored-on-purpose"),
        pytest.param(event("response.daydream.delta", response_id="resp_1", delta="…"), id="unknown"),
        pytest.param({**text_delta(""), "delta": None}, id="malformed"),
        pytest.param(b"<html>", id="not-json"),
    ],
)
def test_whatever_the_server_says_keeps_a_response_alive_and_ends_nothing(wire: Wire, sign_of_life: Message | bytes):
    wire.begin_response()
    for _ in range(20):
        assert wire.wait(14.0) == []
        assert wire.hear(sign_of_life) == []
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS
    assert wire.hear(text_delta("At last."), response_done()) != []
    assert wire.protocol.deadline is None


def test_a_heartbeat_does_not_keep_a_response_alive(wire: Wire):
    wire.begin_response()
    assert wire.wait(14.0) == []
    assert wire.hear(event("ping", timestamp=14)) == []
    assert wire.wait(1.0) == [SILENT]
    assert not wire.protocol.anomalies


def test_what_the_server_says_before_a_response_begins_is_no_reason_to_wait_for_less():
    wire = Wire(limits=Limits(first_event=60.0, silence=5.0))
    wire.hear(session_created())
    wire.create_response()
    wire.now = 1.0
    wire.hear(conversation_item_added(message_item()))
    assert wire.protocol.deadline == 61.0
    wire.hear(response_created())
    assert wire.protocol.deadline == 6.0


@pytest.mark.parametrize("message", [rate_limits(), event("ping"), b"[]"])
def test_nothing_is_waited_for_where_nothing_was_asked(wire: Wire, message: Message | bytes):
    wire.hear(message)
    assert wire.protocol.deadline is None


def test_a_cancelled_response_that_never_ends_is_given_up(wire: Wire):
    wire.begin_response()
    wire.cancel_response()
    assert wire.wait(15.0) == [SILENT]
