"""When a link is opened, when it is left, and what a turn is told of what happened before it."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import (
    InputAudioTranscriptionCompleted,
    ResponseDone,
    TokenCounts,
    TranscriptionUsage,
    Usage,
)
from custom_components.realtime_assist.session import Descent, Ladder, LadderExhausted, Rung
from custom_components.realtime_assist.session.exceptions import (
    CannotConnect,
    ConnectionLost,
    ModelUnavailable,
    QuotaExceeded,
    RateLimited,
    ServerSilent,
)
from custom_components.realtime_assist.session.ladder import FIRST_PAUSE
from tests.session.house import PATIENT, House, answered, base64_pcm, links_ended, opened, pcm, said, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.raw_server import raw_server
from tests.session.tools import Tools

TOP = Rung(model="gpt-realtime-2.1", voice="marin")
BOTTOM = Rung(model="gpt-realtime", voice="alloy")
GONE = {TOP.model: "model_not_found"}
LIMITED = {"status": "failed", "error": {"code": "rate_limit_exceeded", "type": "rate_limit_error"}}
NO_CREDIT = {"status": "failed", "error": {"code": "insufficient_quota", "type": "insufficient_quota"}}
STEP = Descent(left=TOP, taken=BOTTOM, reason="model_not_found")
LONG = PATIENT.replay + 1


@pytest.fixture
def ladder(clock: ManualClock) -> Ladder:
    """Return a ladder of two rungs."""
    return Ladder([TOP, BOTTOM], clock)


def models(house: House) -> list[str | None]:
    """Return which models were asked, in order."""
    return [connection.model for connection in house.server.connections]


# Before a turn


async def test_turn_has_all_its_tries_though_the_one_before_still_waits_for_its_second(house: House):
    await house.session(responses=["Hello!"])
    slow = await house.another_server(connections=[{"upgrade_delay": 60}])
    async with raw_server(b"") as nobody:
        lines = iter([nobody.url, slow.url, house.server.url])
        session = house.another_session(url=lambda: next(lines))
        first = session.begin_turn(text="Hello?")
        await slow.wait_connections(1)

        second = session.begin_turn(text="Hello?")

        assert await answered(session, second) == ["Hello!"]
    assert (first.retries, second.retries) == (1, 0)


async def test_link_that_is_prepared_on_a_lower_rung_is_told_by_the_turn_that_finds_it(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, models={TOP.model: 404}, responses=["One.", "Two."])
    session.prepare()
    await opened()
    first = session.begin_turn(text="Hello?")
    await answered(session, first)
    second = session.begin_turn(text="Hello?")
    await answered(session, second)

    assert first.descents == [Descent(left=TOP, taken=BOTTOM, reason="http_404")]
    assert (first.connections_tried, first.connections_failed, dict(first.errors)) == (2, 1, {"http_404": 1})
    assert (second.descents, second.rung) == ([], BOTTOM), "a step is told once"
    assert (second.connections_tried, second.connections_failed, dict(second.errors)) == (0, 0, {})


async def test_refusal_that_no_turn_was_there_to_hear_is_not_asked_for_again(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, models=GONE, responses=["Hello!"])
    session.prepare()
    await opened()
    await links_ended()
    assert models(house) == [TOP.model], "nothing dials by itself"
    turn = session.begin_turn(text="Hello?")
    await answered(session, turn)

    assert models(house) == [TOP.model, BOTTOM.model]
    assert turn.descents == [STEP]
    assert (turn.connections_tried, turn.connections_failed) == (2, 1)


async def test_preparing_over_and_over_dials_once(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder)
    for _ in range(10):
        session.prepare()
        await asyncio.sleep(0)
    await opened()
    session.prepare()

    assert models(house) == [TOP.model]


async def test_preparing_does_not_dial_while_the_account_is_left_alone(
    house: House, ladder: Ladder, clock: ManualClock
):
    session = await house.session(ladder=ladder, responses=["Hello!"])
    ladder.failed(TOP, QuotaExceeded())
    for _ in range(5):
        session.prepare()
        await opened()
    turn = spoken_turn(session)
    with pytest.raises(LadderExhausted, match=r"^quota_exceeded$"):
        await session.transcript(turn)
    with pytest.raises(LadderExhausted):
        await said(session, "Dinner is ready.")
    assert models(house) == []

    clock.advance(FIRST_PAUSE)
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Hello!"]
    assert ladder.account.failures == 0


# Between turns


async def test_link_is_left_once_its_rung_is_found_wanting_by_another_conversation(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, responses=["One.", "Two."])
    await answered(session, session.begin_turn(text="Hello?"))
    ladder.failed(TOP, ModelUnavailable("model_not_found"))
    turn = session.begin_turn(text="Hello?")

    assert await answered(session, turn) == ["Two."]
    assert models(house) == [TOP.model, BOTTOM.model]
    assert turn.descents == [STEP]


async def test_account_without_credit_is_asked_nothing_on_the_open_link_either(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, responses=[NO_CREDIT, "Never."])
    with pytest.raises(QuotaExceeded):
        await answered(session, session.begin_turn(text="Hello?"))
    with pytest.raises(LadderExhausted, match=r"^insufficient_quota$"):
        await answered(session, session.begin_turn(text="Hello?"))

    assert house.told().count("response.create") == 1
    assert models(house) == [TOP.model]


async def test_conversation_stays_on_its_rung_while_its_link_lives_and_goes_up_with_the_next(
    house: House, ladder: Ladder, clock: ManualClock
):
    session = await house.session(ladder=ladder, responses=["One.", "Two.", "Three."])
    ladder.failed(TOP, ModelUnavailable("model_not_found"))
    await answered(session, session.begin_turn(text="Hello?"))
    clock.advance(FIRST_PAUSE)
    await answered(session, session.begin_turn(text="Hello?"))
    assert models(house) == [BOTTOM.model]

    house.server.drop_connection()
    await links_ended()
    turn = session.begin_turn(text="Hello?")
    assert await answered(session, turn) == ["Three."]
    assert (turn.rung, turn.descents) == (TOP, [])


async def test_socket_that_is_lost_amid_a_turn_is_replaced_on_the_same_rung(
    house: House, ladder: Ladder, clock: ManualClock
):
    lost = {"faults": [{"after": "response.created", "action": "drop"}]}
    session = await house.session(ladder=ladder, responses=["One.", lost, "Two."])
    ladder.failed(TOP, ModelUnavailable("model_not_found"))
    await answered(session, session.begin_turn(text="Hello?"))
    clock.advance(FIRST_PAUSE)
    turn = session.begin_turn(text="Hello?")

    assert await answered(session, turn) == ["Two."]
    assert models(house) == [BOTTOM.model, BOTTOM.model]
    assert turn.descents == []


async def test_reset_time_on_the_wire_is_waited_for(house: House, ladder: Ladder, clock: ManualClock):
    limits = {
        "type": "rate_limits.updated",
        "rate_limits": [{"name": "tokens", "limit": 40_000, "remaining": 0, "reset_seconds": 600}],
    }
    told = {**LIMITED, "faults": [{"after": "response.created", "action": "insert", "event": limits}]}
    session = await house.session(ladder=ladder, responses=[told, "Hello!"])
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Hello!"]

    clock.advance(599)
    assert ladder.choose() == BOTTOM
    clock.advance(1)
    assert ladder.choose() == TOP


# Amid a turn


async def test_transcripts_that_never_come_count_against_the_rung(house: House, ladder: Ladder, clock: ManualClock):
    limits = replace(PATIENT, transcript=10)
    session = await house.session(ladder=ladder, clock=clock, limits=limits, turns=[{"never": True}])
    transcript = asyncio.create_task(session.transcript(spoken_turn(session)))
    await house.server.wait_received("input_audio_buffer.commit")
    clock.advance(9)
    assert not transcript.done()
    clock.advance(1)

    with pytest.raises(ServerSilent):
        await transcript
    assert ladder.breaker(TOP).failures == 1


async def test_speech_that_was_too_long_to_be_kept_is_told_to_the_next_rung_in_words(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, turns=["A long story."], responses=[LIMITED, "Well!"])
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    speak(session, turn, LONG)
    session.commit(turn)
    await session.transcript(turn)

    assert await answered(session, turn) == ["Well!"]
    assert house.told(1) == ["session.update", "user: A long story.", "response.create"]


async def test_speech_that_was_too_long_to_be_kept_is_lost_with_the_socket_before_its_words_are_known(
    house: House, ladder: Ladder
):
    session = await house.session(ladder=ladder)
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    speak(session, turn, LONG)
    house.server.drop_connection()

    with pytest.raises(ConnectionLost):
        await session.transcript(turn)
    assert models(house) == [TOP.model]


async def test_answer_waits_for_a_tool_and_goes_on_where_the_socket_was_refused_meanwhile(house: House, ladder: Ladder):
    light = {"name": "HassTurnOn", "arguments": {}}
    session = await house.session(ladder=ladder, responses=[{"calls": [light]}, "Done."])
    tools = Tools(wait=True)
    turn = session.begin_turn(text="Light on.")
    answer = asyncio.create_task(answered(session, turn, (), tools))
    await tools.began(1)
    await house.server.close_connection(1011)
    await links_ended()
    tools.release.set()

    assert (await answer)[-1] == "Done."
    assert len(tools.calls) == 1
    assert dict(turn.errors) == {"close_1011": 1}


# Texts read aloud


def reading(seed: int, **fields: object) -> dict[str, object]:
    """Return the response that reads something aloud."""
    return {"text": "Dinner is ready.", "audio": base64_pcm(0.2, seed), **fields}


@pytest.mark.parametrize("refusal", ["model_not_found", "invalid_model", 404, 429])
async def test_text_is_read_by_the_next_rung_where_the_first_refuses(house: House, ladder: Ladder, refusal: int | str):
    session = await house.session(ladder=ladder, models={TOP.model: refusal}, out_of_band=[reading(1)])

    assert await said(session, "Dinner is ready.") == pcm(0.2, 1)
    assert models(house) == [TOP.model, BOTTOM.model]
    assert ladder.breaker(TOP).failures == 1


async def test_text_is_read_by_the_next_rung_where_the_first_is_at_its_limit(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, out_of_band=[LIMITED, reading(1)])

    assert await said(session, "Dinner is ready.") == pcm(0.2, 1)
    assert models(house) == [TOP.model, BOTTOM.model]


async def test_text_is_tried_once_more_where_the_server_is_at_fault_and_then_elsewhere(house: House, ladder: Ladder):
    fault = {"status": "failed", "error": {"code": "server_error", "type": "server_error"}}
    session = await house.session(ladder=ladder, out_of_band=[fault, fault, reading(1)])

    assert await said(session, "Dinner is ready.") == pcm(0.2, 1)
    assert models(house) == [TOP.model, BOTTOM.model]


async def test_text_that_was_begun_to_be_heard_is_not_begun_again(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, out_of_band=[reading(1, **LIMITED), reading(2)])
    with pytest.raises(RateLimited):
        await said(session, "Dinner is ready.")

    assert models(house) == [TOP.model]
    assert ladder.choose() == BOTTOM


async def test_text_that_no_rung_reads_says_why(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, out_of_band=[LIMITED, LIMITED])
    with pytest.raises(LadderExhausted, match=r"^rate_limit_exceeded$") as raised:
        await said(session, "Dinner is ready.")

    assert isinstance(raised.value.cause, RateLimited)
    assert models(house) == [TOP.model, BOTTOM.model]


async def test_text_does_not_take_the_link_from_somebody_who_is_speaking(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, turns=["Hello?"], responses=["Hello!"], out_of_band=[LIMITED])
    turn = session.begin_turn()
    speak(session, turn)
    with pytest.raises(RateLimited):
        await said(session, "Dinner is ready.")
    session.commit(turn)

    assert await session.transcript(turn) == "Hello?"
    assert await answered(session, turn) == ["Hello!"]
    assert models(house) == [TOP.model]


async def test_what_is_wrong_on_our_side_while_opening_ends_the_turn(
    house: House, clock: ManualClock, caplog: pytest.LogCaptureFixture
):
    session = await house.session()

    def adapt(config: object, rung: object) -> object:
        raise RuntimeError("Odd")

    session._adapt = adapt
    with pytest.raises(CannotConnect, match=r"^RuntimeError$"):
        await session.transcript(spoken_turn(session))
    assert "Unexpected error while opening a session" in caplog.text


async def test_what_a_socket_that_is_being_left_tells_of_cost_is_counted(house: House):
    session = await house.session(responses=["Hello!"])
    await answered(session, session.begin_turn(text="Hello?"))
    left = session._uplink.usable
    session._uplink.drop()
    used = {"output_token_details": {"text_tokens": 7}}
    session.event_received(
        left, ResponseDone.from_wire({"response": {"id": "resp_1", "status": "cancelled", "usage": used}})
    )
    written = {"item_id": "item_1", "transcript": "Hello.", "usage": {"type": "duration", "seconds": 2}}
    session.event_received(left, InputAudioTranscriptionCompleted.from_wire(written))

    assert house.used_beside == [Usage(output=TokenCounts(text=7))]
    assert house.written_beside == [TranscriptionUsage(seconds=2)]
