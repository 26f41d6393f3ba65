"""The default conversation's response: every race it can lose."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    Command,
    CommandRefused,
    ErrorEvent,
    ResponseCreated,
    ResponseDone,
    ResponseOutputTextDelta,
    ResponseState,
    ResponseStatus,
)
from custom_components.realtime_assist.realtime.anomalies import MAX_NAMES

from .server_messages import (
    Message,
    audio_delta,
    call_item,
    error,
    event,
    item_added,
    item_done,
    message_item,
    response_created,
    response_done,
    text_delta,
    transcript_delta,
)
from .wire import SILENT, Wire, done

LATE_OUTPUT = [
    pytest.param(text_delta("late"), id="text"),
    pytest.param(transcript_delta("late"), id="transcript"),
    pytest.param(audio_delta(b"late"), id="audio"),
]
LATE_ITEMS = [
    pytest.param(item_added(message_item()), id="item-added"),
    pytest.param(item_done(call_item("{}")), id="item-done"),
]


# Cancelling


def test_there_may_be_nothing_to_cancel(wire: Wire):
    assert not wire.protocol.cancel_response()
    wire.begin_response()
    wire.cancel_response()
    assert not wire.protocol.cancel_response()
    assert wire.sent() == []


def test_a_cancel_names_its_response(wire: Wire):
    wire.begin_response()
    assert wire.cancel_response()["response_id"] == "resp_1"
    assert wire.protocol.response_state is ResponseState.CANCELLING
    ended = response_done(status="cancelled", status_details={"type": "cancelled", "reason": "client_cancelled"})
    assert wire.hear(ended) == [done(status=ResponseStatus.CANCELLED, reason="client_cancelled")]
    assert wire.answers_again()


@pytest.mark.parametrize("late", LATE_OUTPUT)
def test_what_trails_a_cancelled_answer_is_dropped_until_its_own_end(wire: Wire, late: Message):
    wire.begin_response()
    wire.cancel_response()
    assert wire.hear(late, late) == []
    assert not wire.protocol.anomalies
    assert wire.hear(response_done(status="cancelled")) == [done(status=ResponseStatus.CANCELLED)]
    assert wire.answers_again()


@pytest.mark.parametrize("late", LATE_ITEMS)
def test_the_items_of_a_cancelled_answer_are_told_as_they_are_in_the_conversation(wire: Wire, late: Message):
    wire.begin_response()
    wire.cancel_response()
    assert len(wire.hear(late)) == 1
    assert not wire.protocol.anomalies
    assert wire.hear(response_done(status="cancelled")) == [done(status=ResponseStatus.CANCELLED)]


def test_a_cancel_that_races_ahead_of_the_beginning_holds(wire: Wire):
    wire.create_response()
    assert "response_id" not in wire.cancel_response()
    wire.hear(response_created())
    assert wire.protocol.response_state is ResponseState.CANCELLING
    assert wire.hear(text_delta("You will never hear this.")) == []
    assert wire.hear(response_done(status="cancelled")) == [done(status=ResponseStatus.CANCELLED)]
    assert wire.answers_again()


def refused_cancel(sent: dict[str, Any]) -> Message:
    return error("response_cancel_not_active", sent["event_id"])


REFUSED_CANCEL = CommandRefused(
    command=Command.CANCEL_RESPONSE, error_type="invalid_request_error", code="response_cancel_not_active"
)


def test_a_cancel_that_comes_too_late_is_harmless(wire: Wire):
    wire.begin_response()
    sent = wire.cancel_response()
    assert wire.hear(response_done(), refused_cancel(sent)) == [done(), REFUSED_CANCEL]
    assert wire.answers_again()


def test_a_refused_cancel_settles_a_response_whose_end_got_lost(wire: Wire):
    wire.begin_response()
    sent = wire.cancel_response()
    assert wire.hear(refused_cancel(sent)) == [REFUSED_CANCEL]
    assert wire.protocol.response_state is ResponseState.IDLE
    assert wire.protocol.deadline is None
    assert wire.hear(text_delta("late"), response_done()) == []
    assert wire.protocol.deadline is None
    assert wire.answers_again()


def test_the_refusal_of_an_earlier_cancel_does_not_settle_the_next_request(wire: Wire):
    wire.begin_response()
    sent = wire.cancel_response()
    wire.hear(response_done())
    wire.create_response()
    assert wire.hear(refused_cancel(sent)) == [REFUSED_CANCEL]
    assert wire.protocol.response_state is ResponseState.REQUESTED
    assert wire.protocol.deadline == 10.0
    assert len(wire.hear(response_created("resp_2"), response_done("resp_2"))) == 2


def test_a_response_whose_cancel_came_too_early_stays_cancelled(wire: Wire):
    wire.create_response()
    sent = wire.cancel_response()
    assert wire.hear(refused_cancel(sent)) == [REFUSED_CANCEL]
    assert wire.protocol.response_state is ResponseState.CANCELLING
    wire.hear(response_created())
    assert wire.hear(text_delta("You will never hear this.")) == []
    assert wire.hear(response_done()) == [done()]
    assert wire.answers_again()


# Refusals


def test_a_refused_request_is_taken_back(wire: Wire):
    event_id = wire.create_response()
    assert wire.hear(error("rate_limit_exceeded", event_id, "rate_limit_error")) == [
        CommandRefused(
            command=Command.CREATE_RESPONSE, error_type="rate_limit_error", code="rate_limit_exceeded", request=None
        )
    ]
    assert wire.protocol.response_state is ResponseState.IDLE
    assert wire.protocol.deadline is None
    assert wire.answers_again()


def test_a_refusal_counts_once(wire: Wire):
    event_id = wire.create_response()
    refusal = error("rate_limit_exceeded", event_id)
    wire.hear(refusal)
    wire.create_response()
    assert [type(each) for each in wire.hear(refusal)] == [ErrorEvent]
    assert wire.protocol.response_state is ResponseState.REQUESTED


def test_a_refused_request_that_was_cancelled_is_over_at_once(wire: Wire):
    event_id = wire.create_response()
    sent = wire.cancel_response()
    assert len(wire.hear(error("rate_limit_exceeded", event_id), refused_cancel(sent))) == 2
    assert wire.answers_again()


def test_a_response_of_the_servers_own_answers_a_request_that_it_made_too_late(wire: Wire):
    event_id = wire.create_response()
    events = wire.hear(
        response_created("resp_of_the_server"),
        error("conversation_already_has_active_response", event_id),
        text_delta("Yes?", "resp_of_the_server"),
    )
    assert [type(each) for each in events] == [ResponseCreated, ErrorEvent, ResponseOutputTextDelta]
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS
    assert wire.hear(response_done("resp_of_the_server")) == [done("resp_of_the_server")]
    assert wire.answers_again()


def test_a_request_that_is_too_late_waits_for_the_response_that_was_first(wire: Wire):
    event_id = wire.create_response()
    wire.hear(error("conversation_already_has_active_response", event_id))
    assert wire.protocol.response_state is ResponseState.REQUESTED
    assert wire.wait(10.0) == [SILENT]


# Surprises


@pytest.mark.parametrize(
    "malformed",
    [
        pytest.param(event("response.done"), id="empty"),
        pytest.param(event("response.done", response=None), id="null"),
        pytest.param(event("response.done", response="unimplemented"), id="text"),
        pytest.param(event("response.done", response={"id": {"odd": []}, "status": 7}), id="odd-id"),
        pytest.param(event("response.done", response={"status_details": "unimplemented", "usage": {}}), id="no-id"),
    ],
)
@pytest.mark.parametrize("cancelled", [False, True])
def test_a_malformed_end_is_an_end(wire: Wire, malformed: Message, cancelled: bool):
    wire.begin_response()
    if cancelled:
        wire.cancel_response()
    [ended] = wire.hear(malformed)
    assert ended == ResponseDone(
        response_id=None,
        request=None,
        status=ResponseStatus.COMPLETED,
        reason=None,
        error_type=None,
        error_code=None,
        usage=None,
    )
    assert wire.answers_again()


@pytest.mark.parametrize(
    "superseding",
    [
        pytest.param(lambda wire: wire.create_response(), id="requested"),
        pytest.param(lambda wire: (wire.create_response(), wire.hear(response_created("resp_2"))), id="in-progress"),
        pytest.param(
            lambda wire: (wire.create_response(), wire.hear(response_created("resp_2")), wire.cancel_response()),
            id="cancelling",
        ),
    ],
)
def test_a_late_end_of_an_earlier_response_does_not_close_the_next(wire: Wire, superseding: Callable[[Wire], object]):
    wire.begin_response()
    wire.hear(response_done())
    superseding(wire)
    state, deadline = wire.protocol.response_state, wire.protocol.deadline
    assert wire.hear(response_done("resp_1")) == []
    assert wire.protocol.response_state is state is not ResponseState.IDLE
    assert wire.protocol.deadline == deadline
    assert wire.protocol.anomalies == {"unexpected response.done": 1}


@pytest.mark.parametrize("again", [response_done(), event("response.done")], ids=["same", "empty"])
def test_an_end_counts_once(wire: Wire, again: Message):
    wire.begin_response()
    assert len(wire.hear(response_done(), again)) == 1
    assert wire.protocol.anomalies == {"unexpected response.done": 1}
    assert wire.answers_again()


@pytest.mark.parametrize("late", LATE_OUTPUT)
def test_output_after_the_end_is_nobodys(wire: Wire, late: Message):
    wire.begin_response()
    wire.hear(response_done())
    assert wire.hear(late) == []
    assert wire.protocol.deadline is None
    wire.create_response()
    assert wire.hear(late) == []
    assert wire.hear(response_created("resp_2"), late)[1:] == []
    assert wire.protocol.anomalies == {"unexpected response output": 3}


def test_a_second_response_at_the_same_time_is_nobodys(wire: Wire):
    wire.begin_response()
    assert wire.hear(response_created("resp_2"), text_delta("Me too!", "resp_2"), response_done("resp_2")) == []
    assert wire.protocol.anomalies.keys() == {
        "unexpected response.created",
        "unexpected response output",
        "unexpected response.done",
    }
    assert wire.hear(text_delta("As I said."), response_done()) != []
    assert wire.answers_again()


def test_a_beginning_that_names_no_response_is_waited_for_and_given_up(wire: Wire):
    wire.create_response()
    assert wire.hear(event("response.created", response={"status": "in_progress"})) == []
    assert wire.protocol.anomalies == {"malformed response.created": 1}
    assert wire.wait(10.0) == [SILENT]


def test_oddities_are_counted_by_kind_and_name(wire: Wire):
    wire.hear(b"{", b"\xff\xfe", b"null", event("response.daydream.delta"), event("yawn"), event("yawn"))
    assert wire.protocol.anomalies == {
        "not_json": 2,
        "malformed": 1,
        "unknown_event response.daydream.delta": 1,
        "unknown_event yawn": 2,
    }


def test_oddities_beyond_what_is_sane_are_counted_together(wire: Wire):
    wire.hear(*(event(f"noise_{number}") for number in range(1_000)), event("x" * 1_000_000), event("noise_1"))
    assert len(wire.protocol.anomalies) <= MAX_NAMES + 1
    assert wire.protocol.anomalies.total() == 1_002
    assert wire.protocol.anomalies["unknown_event noise_1"] == 2
    assert wire.protocol.anomalies["unknown_event"] == 1_000 - MAX_NAMES + 1
