"""Each error that a server is known for: what is tried again, which rung answers, what comes out where none does."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from custom_components.realtime_assist.session import Descent, Ladder, ResponseFiltered, Rung, SessionError
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    CannotConnect,
    HungUp,
    NotRealtime,
    QuotaExceeded,
    RateLimited,
    error_from_close,
    error_from_code,
    error_from_http_status,
)
from tests.session.house import PATIENT, House, answered, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.raw_server import raw_server

TOP = Rung(model="gpt-realtime-2.1", voice="marin")
BOTTOM = Rung(model="gpt-realtime", voice="alloy")

ONLY_TOP = [TOP.model]
TOP_AGAIN = [TOP.model, TOP.model]
NEXT = [TOP.model, BOTTOM.model]
AGAIN_THEN_NEXT = [TOP.model, TOP.model, BOTTOM.model]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the server does to the first tries, and what becomes of the turn."""

    dials: list[str]
    scenario: dict[str, Any] = field(default_factory=dict)
    responses: list[Any] = field(default_factory=list)
    """Those before the one that answers."""
    retries: int = 0
    reason: str | None = None
    """Why the first rung was left; None where it was not."""
    error: type[SessionError] | None = None
    """What the turn ends with; None where it is answered."""
    counted: dict[str, int] = field(default_factory=dict)


def refused(*refusals: int | str) -> dict[str, Any]:
    """Return the scenario of a server that refuses the first dials."""
    return {"connections": [*[{"refuse": refusal} for refusal in refusals], {}]}


def ended(code: int, reason: str = "") -> dict[str, Any]:
    """Return the scenario of a server that closes the first socket after its greeting, without a word."""
    close = {"after": "session.created", "action": "close", "code": code, "reason": reason}
    return {"connections": [{"faults": [close]}, {}]}


def failed(code: str, error_type: str = "server_error") -> dict[str, Any]:
    """Return a response that fails before its first word."""
    return {"status": "failed", "error": {"code": code, "type": error_type}}


def inserted(code: str, error_type: str) -> dict[str, Any]:
    """Return a response in which an error comes up that is about none of our events."""
    event = {"type": "error", "error": {"type": error_type, "code": code, "message": "Hm."}}
    return {"text": "Hello!", "faults": [{"after": "response.created", "action": "insert", "event": event}]}


def broken(action: dict[str, Any]) -> dict[str, Any]:
    """Return a response whose socket ends before its first word."""
    return {"text": "Lost.", "faults": [{"after": "response.created", **action}]}


def no_other_model(error: type[SessionError], *codes: int | str) -> dict[str, Row]:
    """Return the rows of refusals that no other model helps against."""
    return {
        f"dial {code}": Row(
            scenario=refused(code),
            dials=ONLY_TOP,
            error=error,
            counted={code if isinstance(code, str) else f"http_{code}": 1},
        )
        for code in codes
    }


def other_model(*codes: int | str) -> dict[str, Row]:
    """Return the rows of refusals that are about the model."""
    names = {code: code if isinstance(code, str) else f"http_{code}" for code in codes}
    return {
        f"dial {code}": Row(scenario=refused(code), dials=NEXT, reason=name, counted={name: 1})
        for code, name in names.items()
    }


EXPIRED = "invalid_request_error.session_expired"

TABLE = {
    **no_other_model(AuthenticationFailed, 401, 403, "invalid_api_key", "insufficient_permissions"),
    **no_other_model(QuotaExceeded, "insufficient_quota", "credit_balance_exhausted"),
    **no_other_model(NotRealtime, 400, "beta_api_shape_disabled"),
    **other_model(404, 429, "missing_model", "invalid_model", "model_not_found"),
    "dial 503": Row(scenario=refused(503), dials=TOP_AGAIN, retries=1, counted={"http_503": 1}),
    "dial 503 twice": Row(
        scenario=refused(503, 503), dials=AGAIN_THEN_NEXT, retries=1, reason="http_503", counted={"http_503": 2}
    ),
    "dial server_error": Row(scenario=refused("server_error"), dials=TOP_AGAIN, retries=1, counted={"server_error": 1}),
    "dial server_error twice": Row(
        scenario=refused("server_error", "server_error"),
        dials=AGAIN_THEN_NEXT,
        retries=1,
        reason="server_error",
        counted={"server_error": 2},
    ),
    "close 1013": Row(scenario=ended(1013), dials=ONLY_TOP, error=QuotaExceeded, counted={"close_1013": 1}),
    "close 4004": Row(scenario=ended(4004), dials=NEXT, reason="close_4004", counted={"close_4004": 1}),
    "close 3000": Row(scenario=ended(3000), dials=ONLY_TOP, error=AuthenticationFailed, counted={"close_3000": 1}),
    "session_expired": Row(
        responses=[broken({"action": "close", "code": 1001, "reason": EXPIRED})],
        dials=TOP_AGAIN,
        retries=1,
        counted={"session_expired": 1},
    ),
    "socket dropped": Row(
        responses=[broken({"action": "drop"})], dials=TOP_AGAIN, retries=1, counted={"close_1006": 1}
    ),
    "response insufficient_quota": Row(
        responses=[failed("insufficient_quota")],
        dials=ONLY_TOP,
        error=QuotaExceeded,
        counted={"insufficient_quota": 1},
    ),
    "response rate_limit_exceeded": Row(
        responses=[failed("rate_limit_exceeded")],
        dials=NEXT,
        reason="rate_limit_exceeded",
        counted={"rate_limit_exceeded": 1},
    ),
    "response inference_rate_limit_exceeded": Row(
        responses=[failed("inference_rate_limit_exceeded")],
        dials=NEXT,
        reason="inference_rate_limit_exceeded",
        counted={"inference_rate_limit_exceeded": 1},
    ),
    "response server_error": Row(
        responses=[failed("server_error")], dials=ONLY_TOP, retries=1, counted={"server_error": 1}
    ),
    "response server_error twice": Row(
        responses=[failed("server_error")] * 2,
        dials=NEXT,
        retries=1,
        reason="server_error",
        counted={"server_error": 2},
    ),
    "response of an unknown code twice": Row(
        responses=[failed("something_new", "something_error")] * 2,
        dials=NEXT,
        retries=1,
        reason="something_new",
        counted={"something_new": 2},
    ),
    "response server_error on both rungs": Row(
        responses=[failed("server_error")] * 3,
        dials=NEXT,
        retries=2,
        reason="server_error",
        counted={"server_error": 3},
    ),
    "response content_filter": Row(
        responses=[{"status": "incomplete", "reason": "content_filter"}],
        dials=ONLY_TOP,
        error=ResponseFiltered,
        counted={"content_filter": 1},
    ),
    "response max_output_tokens": Row(
        responses=[{"text": "Hello!", "status": "incomplete", "reason": "max_output_tokens"}], dials=ONLY_TOP
    ),
    "error about nothing": Row(responses=[inserted("invalid_value", "invalid_request_error")], dials=ONLY_TOP),
    "rate limit about nothing": Row(responses=[inserted("rate_limit_exceeded", "rate_limit_error")], dials=ONLY_TOP),
    "quota about nothing": Row(responses=[inserted("insufficient_quota", "insufficient_quota")], dials=ONLY_TOP),
    "late cancel": Row(responses=[inserted("response_cancel_not_active", "invalid_request_error")], dials=ONLY_TOP),
}


@pytest.fixture
def ladder(clock: ManualClock) -> Ladder:
    """Return a ladder of two rungs."""
    return Ladder([TOP, BOTTOM], clock)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
async def test_error_leads_where_the_table_says(house: House, ladder: Ladder, row: Row):
    session = await house.session(ladder=ladder, responses=[*row.responses, "Hello!"], **row.scenario)
    turn = session.begin_turn(text="Hello?")

    if row.error is None:
        assert await answered(session, turn) == ["Hello!"]
    else:
        with pytest.raises(row.error):
            await answered(session, turn)

    assert [connection.model for connection in house.server.connections] == row.dials
    assert turn.retries == row.retries
    assert dict(turn.errors) == row.counted
    steps = [] if row.reason is None else [Descent(left=TOP, taken=BOTTOM, reason=row.reason)]
    assert turn.descents == steps
    assert turn.rung == (TOP if row.reason is None else BOTTOM) or row.dials == ONLY_TOP


SPOKEN = [
    "dial 404",
    "dial 429",
    "dial 503 twice",
    "dial model_not_found",
    "dial invalid_model",
    "dial server_error twice",
    "session_expired",
    "socket dropped",
    "response rate_limit_exceeded",
    "response server_error twice",
]


@pytest.mark.parametrize("name", SPOKEN)
async def test_speech_is_told_again_to_whoever_answers_in_the_end(house: House, ladder: Ladder, name: str):
    row = TABLE[name]
    session = await house.session(ladder=ladder, turns=["Hello?"], responses=[*row.responses, "Hello!"], **row.scenario)
    turn = spoken_turn(session)

    assert await session.transcript(turn) == "Hello?"
    assert await answered(session, turn) == ["Hello!"]
    last = len(house.server.connections) - 1
    assert [connection.model for connection in house.server.connections] == row.dials
    assert house.told(last) == ["session.update", "commit 24000 bytes", "response.create"]
    rung = TOP if row.reason is None else BOTTOM
    assert house.server.connections[last].session.config["audio"]["output"]["voice"] == rung.voice


@pytest.mark.parametrize("error_type", ["invalid_request_error", "rate_limit_error"])
async def test_refusal_of_the_response_itself_leads_to_the_next_rung(house: House, ladder: Ladder, error_type: str):
    slow = {"text": "Never.", "created_delay": 3600}
    session = await house.session(ladder=ladder, responses=[slow, "Hello!"])
    turn = session.begin_turn(text="Hello?")

    async def refuse() -> None:
        request = await house.server.wait_received("response.create")
        error = {"type": error_type, "code": "refused", "message": "No.", "event_id": request["event_id"]}
        await house.server.send({"type": "error", "error": error})

    refusing = asyncio.create_task(refuse())
    assert await answered(session, turn) == ["Hello!"]
    await refusing
    assert turn.descents == [Descent(left=TOP, taken=BOTTOM, reason="refused")]


async def test_server_that_greets_nobody_is_given_a_second_try_and_left(
    house: House, ladder: Ladder, clock: ManualClock
):
    mute = {"created": False}
    session = await house.session(
        ladder=ladder,
        clock=clock,
        limits=replace(PATIENT, transcript=90),
        connections=[mute, mute, {}],
        turns=["Hello?"],
        responses=["Hello!"],
    )
    turn = spoken_turn(session)
    transcript = asyncio.create_task(session.transcript(turn))
    for attempt in (1, 2):
        await house.server.wait_received("session.update", attempt)
        clock.advance(PATIENT.protocol.first_event)

    assert await transcript == "Hello?"
    assert await answered(session, turn) == ["Hello!"]
    assert [connection.model for connection in house.server.connections] == AGAIN_THEN_NEXT
    assert turn.descents == [Descent(left=TOP, taken=BOTTOM, reason="silent_session")]
    assert (turn.connections_tried, turn.connections_failed) == (3, 2)


async def test_server_that_falls_silent_before_its_first_word_is_given_a_second_try_and_left(
    house: House, ladder: Ladder, clock: ManualClock
):
    silent = {"text": "Never.", "faults": [{"after": "response.created", "action": "silence"}]}
    session = await house.session(ladder=ladder, clock=clock, responses=[silent, silent, "Hello!"])
    turn = session.begin_turn(text="Hello?")
    answer = asyncio.create_task(answered(session, turn))
    for attempt in (0, 1):
        await house.server.wait_received("response.create", attempt + 1)
        clock.advance(PATIENT.protocol.silence)

    assert await answer == ["Hello!"]
    assert [connection.model for connection in house.server.connections] == AGAIN_THEN_NEXT
    assert turn.errors == {"silent_response": 2}


async def test_house_that_is_offline_asks_no_other_model_and_soon_not_even_the_first(house: House, ladder: Ladder):
    await house.session()
    urls: list[str] = []

    def nowhere() -> str:
        urls.append("ws://127.0.0.1:9/v1")
        return urls[-1]

    session = house.another_session(ladder=ladder, url=nowhere)
    for _ in range(5):
        with pytest.raises(SessionError) as raised:
            await answered(session, session.begin_turn(text="Hello?"))
        assert raised.value.code == CannotConnect.reason

    assert len(urls) == 3


async def test_line_that_is_cut_before_an_answer_is_dialled_once_more(house: House):
    await house.session(responses=["Hello!"])
    async with raw_server(b"") as nobody:
        lines = iter([nobody.url, house.server.url, nobody.url, nobody.url])
        session, other = (house.another_session(url=lambda: next(lines)) for _ in range(2))
        turn = session.begin_turn(text="Hello?")
        assert await answered(session, turn) == ["Hello!"]

        with pytest.raises(HungUp):
            await answered(other, other.begin_turn(text="Hello?"))

    assert (turn.retries, turn.errors) == (1, {"hung_up": 1})
    assert next(lines, None) is None


@pytest.mark.parametrize(
    ("retry_after", "reset_after"), [("20", 20.0), ("1.5", 1.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), (None, None)]
)
def test_refusal_at_the_limit_says_when_to_come_back_where_the_server_does(
    retry_after: str | None, reset_after: float | None
):
    error = error_from_http_status(429, retry_after)

    assert isinstance(error, RateLimited)
    assert (error.code, error.reset_after) == ("http_429", reset_after)


@pytest.mark.parametrize("said", ["The key sk-secret-1234 is wrong.", "x" * 65, "a\nb", "<b>", ""])
def test_what_is_no_code_is_not_shown_as_one(said: str):
    for error in (error_from_code(said), error_from_code(None, said), error_from_close(1011, said)):
        assert error.code in {error.reason, "close_1011"}
        assert "secret" not in str(error)
