"""Responses out of band: several beside the default conversation's one, and never taken for it."""

from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    Command,
    CommandRefused,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseState,
    ResponseStatus,
    TimeLimitReached,
    Waiting,
)
from custom_components.realtime_assist.realtime.reading import reading

from .server_messages import (
    ANSWER_ITEM,
    Message,
    audio_delta,
    error,
    event,
    response_created,
    response_done,
    text_delta,
)
from .wire import Wire


def begun(wire: Wire, response_id: str = "resp_side", response: dict[str, Any] | None = None) -> str:
    """Ask for a side response and let it begin; return its tag."""
    tag = wire.create_side_response(response)
    wire.sent()
    assert wire.hear(side_created(tag, response_id)) == [ResponseCreated(response_id=response_id, request=tag)]
    return tag


def side_created(tag: str, response_id: str = "resp_side") -> Message:
    return response_created(response_id, metadata={"request": tag}, conversation_id=None)


def side_done(tag: str, response_id: str = "resp_side", **fields: Any) -> Message:
    return response_done(response_id, metadata={"request": tag}, conversation_id=None, **fields)


def test_a_text_is_read_aloud_out_of_band(wire: Wire):
    tag = wire.create_side_response(reading("The washing machine is done."))
    [sent] = wire.sent()
    assert sent["type"] == "response.create"
    response = sent["response"]
    assert response["conversation"] == "none"
    assert response["metadata"] == {"request": tag}
    assert response["output_modalities"] == ["audio"]
    assert response["tools"] == []
    assert response["tool_choice"] == "none"
    [item] = response["input"]
    assert item["content"][0]["text"].endswith("The washing machine is done.")
    assert "word for word" in response["instructions"]


def test_a_side_response_is_told_by_its_tag_and_leaves_the_conversation_alone(wire: Wire):
    tag = begun(wire)
    assert wire.hear(audio_delta(b"\1\0", "resp_side")) == [ResponseOutputAudioDelta("resp_side", b"\1\0", ANSWER_ITEM)]
    [ended] = wire.hear(side_done(tag))
    assert isinstance(ended, ResponseDone)
    assert (ended.request, ended.status) == (tag, ResponseStatus.COMPLETED)
    assert wire.protocol.response_state is ResponseState.IDLE
    assert wire.protocol.deadline is None
    assert not wire.protocol.anomalies


def test_several_run_beside_the_answer(wire: Wire):
    wire.create_response()
    wire.hear(response_created("resp_main"))
    first, second = begun(wire, "resp_a"), begun(wire, "resp_b")
    events = wire.hear(
        audio_delta(b"\2\0", "resp_b"),
        audio_delta(b"\1\0", "resp_a"),
        audio_delta(b"\0\0", "resp_main"),
        side_done(second, "resp_b"),
        audio_delta(b"\1\1", "resp_a"),
        response_done("resp_main"),
        side_done(first, "resp_a"),
    )
    assert [each.response_id for each in events] == [
        "resp_b",
        "resp_a",
        "resp_main",
        "resp_b",
        "resp_a",
        "resp_main",
        "resp_a",
    ]
    assert wire.protocol.deadline is None
    assert not wire.protocol.anomalies


def test_cancelling_the_answer_leaves_the_side_response_alone(wire: Wire):
    wire.create_response()
    wire.hear(response_created("resp_main"))
    begun(wire)
    wire.protocol.cancel_response()
    assert wire.hear(audio_delta(b"\0\0", "resp_main"), audio_delta(b"\1\0", "resp_side")) == [
        ResponseOutputAudioDelta("resp_side", b"\1\0", ANSWER_ITEM)
    ]


# Cancelling one


def test_a_cancelled_side_response_is_stopped_and_forgotten(wire: Wire):
    tag = begun(wire)
    wire.protocol.cancel_side_response(tag)
    [sent] = wire.sent()
    assert (sent["type"], sent["response_id"]) == ("response.cancel", "resp_side")
    assert wire.protocol.deadline is None
    wire.protocol.cancel_side_response(tag)
    assert wire.sent() == []
    [ended] = wire.hear(audio_delta(b"\1\0", "resp_side"), response_done("resp_side", status="cancelled"))
    assert isinstance(ended, ResponseDone)
    assert (ended.request, ended.status) == (tag, ResponseStatus.CANCELLED), "its price is known by now"
    assert wire.protocol.response_state is ResponseState.IDLE
    assert wire.protocol.deadline is None
    assert not wire.protocol.anomalies


def test_one_that_is_over_is_not_cancelled_again(wire: Wire):
    tag = begun(wire)
    wire.hear(side_done(tag))
    wire.protocol.cancel_side_response(tag)
    wire.protocol.cancel_side_response(tag)
    assert wire.sent() == []


@pytest.mark.parametrize("main", [False, True], ids=["alone", "while-the-user-waits"])
def test_one_that_begins_after_it_was_cancelled_is_stopped_and_answers_nobody(wire: Wire, main: bool):
    tag = wire.create_side_response()
    wire.protocol.cancel_side_response(tag)
    wire.sent()
    if main:
        wire.create_response()
    state, deadline = wire.protocol.response_state, wire.protocol.deadline
    assert wire.hear(side_created(tag)) == []
    assert wire.protocol.anomalies == {"unexpected response.created": 1}
    [sent] = wire.sent()
    assert (sent["type"], sent["response_id"]) == ("response.cancel", "resp_side")
    [ended] = wire.hear(audio_delta(b"\1\0", "resp_side"), side_done(tag, status="cancelled"))
    assert isinstance(ended, ResponseDone)
    assert ended.request == tag
    assert wire.protocol.response_state is state
    assert wire.protocol.deadline == deadline
    if main:
        assert len(wire.hear(response_created("resp_main"), text_delta("Yes.", "resp_main"))) == 2


# Time limits


def test_one_that_never_begins_is_given_up_after_ten_seconds(wire: Wire):
    tag = wire.create_side_response()
    assert wire.protocol.deadline == 10.0
    assert wire.wait(9.9) == []
    assert wire.wait(0.1) == [TimeLimitReached(waiting=Waiting.SIDE_RESPONSE, request=tag)]
    assert wire.protocol.deadline is None


def test_one_that_falls_silent_is_given_up_after_fifteen_seconds(wire: Wire):
    tag = begun(wire)
    assert wire.wait(14.0) == []
    wire.hear(audio_delta(b"\1\0", "resp_side"))
    assert wire.wait(14.9) == []
    assert wire.wait(0.1) == [TimeLimitReached(waiting=Waiting.SIDE_RESPONSE, request=tag)]
    assert wire.hear(audio_delta(b"\1\0", "resp_side"), side_done(tag)) == []
    assert wire.protocol.response_state is ResponseState.IDLE


def test_each_has_a_limit_of_its_own(wire: Wire):
    wire.create_response()
    wire.now = 3.0
    first = wire.create_side_response()
    wire.now = 5.0
    wire.create_side_response()
    assert wire.wait(5.0) == [TimeLimitReached(waiting=Waiting.RESPONSE)]
    assert wire.wait(3.0) == [TimeLimitReached(waiting=Waiting.SIDE_RESPONSE, request=first)]
    assert wire.protocol.deadline == 15.0


# Refusals and surprises


def test_a_refused_one_is_told_by_its_tag(wire: Wire):
    tag = wire.create_side_response()
    event_id = wire.sent()[-1]["event_id"]
    wire.create_response()
    assert wire.hear(error("rate_limit_exceeded", event_id, "rate_limit_error")) == [
        CommandRefused(
            command=Command.CREATE_SIDE_RESPONSE,
            error_type="rate_limit_error",
            code="rate_limit_exceeded",
            request=tag,
        )
    ]
    assert wire.protocol.response_state is ResponseState.REQUESTED
    wire.hear(response_created(), response_done())
    assert wire.protocol.deadline is None
    assert wire.hear(side_created(tag)) == []


def test_an_end_without_a_beginning_is_an_end(wire: Wire):
    tag = wire.create_side_response()
    assert len(wire.hear(side_done(tag, status="failed"))) == 1
    assert wire.protocol.deadline is None


def test_an_end_that_has_lost_its_tag_is_known_by_its_id(wire: Wire):
    begun(wire)
    assert len(wire.hear(response_done("resp_side"))) == 1
    assert wire.protocol.deadline is None


def test_an_end_of_one_that_was_given_up_does_not_close_the_answer(wire: Wire):
    tag = wire.create_side_response()
    wire.protocol.cancel_side_response(tag)
    wire.create_response()
    wire.hear(response_created("resp_main"))
    [ended] = wire.hear(event("response.done", response={"metadata": {"request": tag}}))
    assert isinstance(ended, ResponseDone)
    assert ended.request == tag
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS


def test_an_end_counts_once(wire: Wire):
    tag = begun(wire)
    assert len(wire.hear(side_done(tag), side_done(tag))) == 1
    assert wire.protocol.anomalies == {"unexpected response.done": 1}


def test_a_malformed_tag_is_no_tag(wire: Wire):
    wire.create_response()
    [created] = wire.hear(response_created(metadata={"request": 7}))
    assert created == ResponseCreated(response_id="resp_1", request=None)
    assert wire.protocol.response_state is ResponseState.IN_PROGRESS
