"""What is to be sent, and which of it a refusal may still be about."""

import orjson
import pytest

from custom_components.realtime_assist.realtime.client_events import input_audio_buffer_append
from custom_components.realtime_assist.realtime.outbox import Outbox


def event_ids(outbox: Outbox) -> list[str]:
    return [orjson.loads(message)["event_id"] for message in outbox.take()]


def test_events_leave_once_and_in_order():
    outbox = Outbox()
    outbox.add("response.create")
    outbox.add_message(b"{}")
    outbox.add("response.cancel", response_id="resp_1")
    first, second, third = outbox.take()
    assert orjson.loads(first) == {"type": "response.create", "event_id": "event_1"}
    assert second == b"{}"
    assert orjson.loads(third) == {"type": "response.cancel", "event_id": "event_2", "response_id": "resp_1"}
    assert outbox.take() == []


def test_a_refusal_finds_what_it_is_about_once():
    outbox = Outbox()
    outbox.add("input_audio_buffer.commit", refusable="the commit")
    outbox.add("response.create", refusable="the request")
    outbox.add("conversation.item.create")
    commit, request, item = event_ids(outbox)
    assert outbox.refused(request) == "the request"
    assert outbox.refused(request) is None
    assert outbox.refused(item) is None
    assert outbox.refused("event_of_somebody_else") is None
    assert outbox.refused(None) is None
    assert outbox.refused(commit) == "the commit"


def test_only_the_latest_events_can_still_be_refused():
    """Client events are answered within moments; a session of an hour must not remember them all."""
    outbox = Outbox()
    for number in range(100):
        outbox.add("response.create", refusable=str(number))
    ids = event_ids(outbox)
    assert [outbox.refused(event_id) for event_id in ids] == [None] * 36 + [str(number) for number in range(36, 100)]


def test_ids_of_all_kinds_are_counted_together():
    outbox = Outbox()
    assert [outbox.new_id(kind) for kind in ("item", "side", "item")] == ["item_1", "side_2", "item_3"]


def test_audio_is_an_event_whatever_is_in_it():
    for pcm in (b"", b"\0\0", b'"}\n\\', bytes(range(256))):
        event = orjson.loads(input_audio_buffer_append(pcm))
        assert event.keys() == {"type", "audio"}


def test_half_a_pair_of_surrogates_is_sent_as_a_question_mark():
    outbox = Outbox()
    outbox.add("session.update", session={"instructions": "Say \ud83d, and \u00fc \U0001f600."})
    [message] = outbox.take()
    assert orjson.loads(message)["session"] == {"instructions": "Say ?, and \u00fc \U0001f600."}


def test_what_json_does_not_know_is_an_error_of_ours():
    with pytest.raises(TypeError):
        Outbox().add("session.update", session=object())
