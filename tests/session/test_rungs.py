"""How a turn goes down the ladder: what the next rung is told, what is not said or done twice, when to stop."""

import pytest

from custom_components.realtime_assist.realtime import AssistantMessage, UserMessage
from custom_components.realtime_assist.session import Descent, Ladder, LadderExhausted, Rung, SessionError
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    ModelUnavailable,
    QuotaExceeded,
    RateLimited,
)
from custom_components.realtime_assist.session.ladder import RATE_LIMIT_PAUSE
from tests.session.house import House, answered, base64_pcm, heard, pcm, said, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.tools import Tools

TOP = Rung(model="gpt-realtime-2.1", voice="marin")
BOTTOM = Rung(model="gpt-realtime", voice="alloy")
HISTORY = (UserMessage("Good morning."), AssistantMessage("Good morning!"))
TOLD_HISTORY = ["user: Good morning.", "assistant: Good morning!"]
LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}
LIMITED = {"status": "failed", "error": {"code": "rate_limit_exceeded", "type": "rate_limit_error"}}


@pytest.fixture
def ladder(clock: ManualClock) -> Ladder:
    """Return a ladder of two rungs."""
    return Ladder([TOP, BOTTOM], clock)


def models(house: House) -> list[str | None]:
    """Return which models were asked, in order."""
    return [connection.model for connection in house.server.connections]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [(404, "http_404"), ("model_not_found", "model_not_found"), ("invalid_model", "invalid_model"), (429, "http_429")],
)
async def test_model_that_is_refused_at_the_door_is_replaced_before_the_user_has_finished(
    house: House, ladder: Ladder, refusal: int | str, reason: str
):
    session = await house.session(
        ladder=ladder, models={TOP.model: refusal}, turns=["Hello."], responses=["Hello!", "Fine."]
    )
    turn = spoken_turn(session)

    assert await session.transcript(turn) == "Hello."
    assert await answered(session, turn) == ["Hello!"]
    assert models(house) == [TOP.model, BOTTOM.model]
    assert turn.rung == BOTTOM
    assert turn.descents == [Descent(left=TOP, taken=BOTTOM, reason=reason)]
    assert house.server.connections[1].session.config["audio"]["output"]["voice"] == "alloy"


async def test_model_that_is_gone_is_not_asked_by_the_next_conversation_either(house: House, ladder: Ladder):
    await house.session(models={TOP.model: 404}, responses=["One.", "Two."])
    for words in ("One.", "Two."):
        session = house.another_session(ladder=ladder)
        turn = session.begin_turn(text="Hello.")
        assert await answered(session, turn) == [words]
        assert turn.descents == [Descent(left=TOP, taken=BOTTOM, reason="http_404")]

    assert models(house) == [TOP.model, BOTTOM.model, BOTTOM.model]


async def test_rung_at_its_limit_hands_the_whole_turn_to_the_next_and_is_asked_again_later(
    house: House, ladder: Ladder, clock: ManualClock
):
    session = await house.session(ladder=ladder, turns=["Hello."], responses=[LIMITED, "Hello!", "Top again."])
    session.remember(HISTORY)
    turn = spoken_turn(session)
    await session.transcript(turn)

    assert await answered(session, turn, HISTORY) == ["Hello!"]
    assert house.told(1) == ["session.update", *TOLD_HISTORY, "commit 24000 bytes", "response.create"]
    assert turn.descents == [Descent(left=TOP, taken=BOTTOM, reason="rate_limit_exceeded")]

    clock.advance(RATE_LIMIT_PAUSE)
    other = house.another_session(ladder=ladder)
    assert await answered(other, other.begin_turn(text="Hello?")) == ["Top again."]
    assert models(house) == [TOP.model, BOTTOM.model, TOP.model]


async def test_rung_that_fails_twice_in_a_turn_is_left(house: House, ladder: Ladder):
    lost = {"faults": [{"after": "response.created", "action": "drop"}]}
    session = await house.session(ladder=ladder, responses=[lost, lost, "Here I am."])
    turn = session.begin_turn(text="Hello?")

    assert await answered(session, turn) == ["Here I am."]
    assert models(house) == [TOP.model, TOP.model, BOTTOM.model]
    assert turn.errors["close_1006"] == 2


async def test_rung_that_fails_twice_while_listening_is_left(house: House, ladder: Ladder):
    lost = {"faults": [{"after": "input_audio_buffer.committed", "action": "drop"}]}
    session = await house.session(
        ladder=ladder,
        connections=[lost, lost, {}],
        turns=[{"never": True}, {"never": True}, "Hello."],
        responses=["Hello!"],
    )
    turn = spoken_turn(session)

    assert await session.transcript(turn) == "Hello."
    assert await answered(session, turn) == ["Hello!"]
    assert models(house) == [TOP.model, TOP.model, BOTTOM.model]


@pytest.mark.parametrize(
    ("scenario", "error_type"),
    [
        ({"connections": [{"refuse": 401}]}, AuthenticationFailed),
        ({"connections": [{"refuse": "insufficient_quota"}]}, QuotaExceeded),
        ({"responses": [{"status": "failed", "error": {"code": "insufficient_quota"}}]}, QuotaExceeded),
    ],
)
async def test_what_is_wrong_with_the_account_is_asked_of_no_other_model(
    house: House, ladder: Ladder, scenario: dict[str, object], error_type: type[SessionError]
):
    session = await house.session(ladder=ladder, **scenario)

    with pytest.raises(error_type):
        await answered(session, session.begin_turn(text="Hello?"))

    assert models(house) == [TOP.model]


async def test_words_that_were_heard_are_not_said_again_by_another_voice(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, responses=[{**LIMITED, "text": "It is", "audio": base64_pcm(0.2)}])
    lines: list[str] = []

    with pytest.raises(RateLimited):
        await answered(session, session.begin_turn(text="What time is it?"), lines=lines)

    assert lines == ["It is"]
    assert models(house) == [TOP.model]


async def test_result_of_a_tool_goes_to_the_next_rung_and_the_tool_runs_once(house: House, ladder: Ladder):
    half = {**LIMITED, "output": [LIGHT, {"text": "."}]}
    session = await house.session(ladder=ladder, responses=[half, {"text": "Done.", "audio": base64_pcm(0.2)}])
    tools = Tools()
    turn = session.begin_turn(text="Light on.")

    assert (await answered(session, turn, HISTORY, tools))[-1] == "Done."
    assert len(tools.calls) == 1
    assert house.told(1) == [
        "session.update",
        *TOLD_HISTORY,
        "user: Light on.",
        "assistant: .",
        "call HassTurnOn",
        'output {"done":"HassTurnOn"}',
        "response.create",
    ]
    assert (await heard(turn))[-9600:] == pcm(0.2)


async def test_turn_without_a_rung_left_says_why_and_the_next_one_does_not_even_dial(house: House, ladder: Ladder):
    session = await house.session(ladder=ladder, models={TOP.model: 404, BOTTOM.model: "model_not_found"})

    for _ in range(2):
        with pytest.raises(LadderExhausted, match=r"^model_not_found$") as raised:
            await answered(session, session.begin_turn(text="Hello?"))
        assert isinstance(raised.value.cause, ModelUnavailable)

    assert models(house) == [TOP.model, BOTTOM.model]


async def test_text_is_read_aloud_by_the_next_rung_where_the_first_is_gone(house: House, ladder: Ladder):
    session = await house.session(
        ladder=ladder, models={TOP.model: 404}, out_of_band=[{"text": "Dinner is ready.", "audio": base64_pcm(0.2)}]
    )

    assert await said(session, "Dinner is ready.") == pcm(0.2)
    assert models(house) == [TOP.model, BOTTOM.model]


async def test_turn_says_how_often_it_had_to_try(house: House, ladder: Ladder):
    lost = {"faults": [{"after": "response.created", "action": "drop"}]}
    session = await house.session(ladder=ladder, models={TOP.model: 404}, responses=[lost, "Here I am."])
    turn = session.begin_turn(text="Hello?")
    await answered(session, turn)

    assert (turn.connections_tried, turn.connections_failed, turn.retries) == (3, 1, 1)
    assert dict(turn.errors) == {"http_404": 1, "close_1006": 1}
