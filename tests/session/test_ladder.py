"""Which rung is tried, which error moves to which, and for how long one that failed is left alone."""

import pytest

from custom_components.realtime_assist.realtime import RateLimit
from custom_components.realtime_assist.session import Ladder, LadderExhausted, Rung, SessionError
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    HungUp,
    ModelUnavailable,
    NotRealtime,
    QuotaExceeded,
    RateLimited,
    RequestRejected,
    ResponseFiltered,
    ServerFault,
    ServerSilent,
    SessionExpired,
    TranscriptionFailed,
    TurnOverflow,
)
from custom_components.realtime_assist.session.ladder import (
    FIRST_PAUSE,
    LONGEST_ACCOUNT_PAUSE,
    LONGEST_PAUSE,
    RATE_LIMIT_PAUSE,
    Move,
)
from tests.session.manual_clock import ManualClock

TOP = Rung(model="gpt-realtime-2.1", voice="marin")
MIDDLE = Rung(model="gpt-realtime-2.1-mini", voice="marin")
BOTTOM = Rung(model="gpt-realtime", voice="alloy")


@pytest.fixture
def ladder(clock: ManualClock) -> Ladder:
    """Return a ladder of three rungs of which nothing is known."""
    return Ladder([TOP, MIDDLE, BOTTOM], clock)


def pause_of(ladder: Ladder, clock: ManualClock) -> float:
    """Wait until the highest rung is tried again, and return how many seconds that took."""
    began = clock.time()
    while ladder.choose() != TOP:
        clock.advance(1)
    return clock.time() - began


@pytest.mark.parametrize(
    ("error_type", "first", "second"),
    [
        (ConnectionLost, Move.SAME_RUNG, Move.NEXT_RUNG),
        (ServerFault, Move.SAME_RUNG, Move.NEXT_RUNG),
        (ServerSilent, Move.SAME_RUNG, Move.NEXT_RUNG),
        (SessionExpired, Move.SAME_RUNG, Move.GIVE_UP),
        (ModelUnavailable, Move.NEXT_RUNG, Move.NEXT_RUNG),
        (RateLimited, Move.NEXT_RUNG, Move.NEXT_RUNG),
        (RequestRejected, Move.NEXT_RUNG, Move.NEXT_RUNG),
        (AuthenticationFailed, Move.GIVE_UP, Move.GIVE_UP),
        (QuotaExceeded, Move.GIVE_UP, Move.GIVE_UP),
        (NotRealtime, Move.GIVE_UP, Move.GIVE_UP),
        (CannotConnect, Move.GIVE_UP, Move.GIVE_UP),
        (HungUp, Move.SAME_RUNG, Move.GIVE_UP),
        (ResponseFiltered, Move.GIVE_UP, Move.GIVE_UP),
        (TranscriptionFailed, Move.GIVE_UP, Move.GIVE_UP),
        (TurnOverflow, Move.GIVE_UP, Move.GIVE_UP),
    ],
)
def test_every_error_has_its_move(ladder: Ladder, error_type: type[SessionError], first: Move, second: Move):
    assert ladder.move(error_type(), retried=False) is first
    assert ladder.move(error_type(), retried=True) is second


def test_wanted_rung_is_tried_first_and_the_next_where_it_was_passed(ladder: Ladder):
    assert ladder.choose() == TOP
    assert ladder.choose({TOP}) == MIDDLE
    assert ladder.choose({TOP, MIDDLE}) == BOTTOM
    assert ladder.has_left({TOP, MIDDLE})
    assert not ladder.has_left({TOP, MIDDLE, BOTTOM})


def test_ladder_without_a_rung_left_says_so_where_nothing_went_wrong(ladder: Ladder):
    with pytest.raises(LadderExhausted, match=r"^ladder_exhausted$") as raised:
        ladder.choose({TOP, MIDDLE, BOTTOM})

    assert raised.value.cause is None


def test_rung_is_left_alone_after_three_failures_in_a_row_and_tried_again_later(ladder: Ladder, clock: ManualClock):
    for _ in range(2):
        ladder.failed(TOP, ServerFault())
        assert ladder.choose() == TOP
    ladder.failed(TOP, ServerFault())
    assert ladder.choose() == MIDDLE

    clock.advance(FIRST_PAUSE)

    assert ladder.choose() == TOP


def test_success_forgets_the_failures_before(ladder: Ladder):
    for _ in range(10):
        ladder.failed(TOP, ServerFault())
        ladder.failed(TOP, ServerFault())
        ladder.succeeded(TOP)

    assert ladder.choose() == TOP


def test_pause_grows_with_each_failure_and_has_an_end(ladder: Ladder, clock: ManualClock):
    pauses = []
    for _ in range(12):
        ladder.failed(TOP, ModelUnavailable())
        pauses.append(pause_of(ladder, clock))

    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    assert pauses == sorted(pauses)


def test_model_that_is_refused_by_name_is_left_alone_at_once(ladder: Ladder):
    ladder.failed(TOP, ModelUnavailable())

    assert ladder.choose() == MIDDLE


@pytest.mark.parametrize(("reset_after", "pause"), [(None, RATE_LIMIT_PAUSE), (600.0, 600.0), (3.0, 3.0)])
def test_rung_at_its_rate_limit_is_left_alone_until_it_is_reset(
    ladder: Ladder, clock: ManualClock, reset_after: float | None, pause: float
):
    ladder.failed(TOP, RateLimited(reset_after=reset_after))

    assert pause_of(ladder, clock) == pause


def limit(name: str, remaining: float, reset_seconds: float) -> RateLimit:
    """Return what a server says of a limit."""
    return RateLimit(name=name, remaining=remaining, reset_seconds=reset_seconds)


def test_reset_time_that_the_server_named_before_it_refused_is_kept_to(ladder: Ladder, clock: ManualClock):
    ladder.limits_updated(TOP, [limit("requests", 0, 90), limit("tokens", -5, 20), limit("images", 7, 3600)])
    clock.advance(10)
    ladder.failed(TOP, RateLimited())

    assert pause_of(ladder, clock) == 80


def test_reset_time_that_is_named_after_the_refusal_takes_the_place_of_the_guess(ladder: Ladder, clock: ManualClock):
    ladder.failed(TOP, RateLimited())
    ladder.limits_updated(TOP, [limit("tokens", 0, 7)])

    assert pause_of(ladder, clock) == 7


def test_limits_that_are_not_used_up_say_nothing_of_a_refusal(ladder: Ladder, clock: ManualClock):
    ladder.failed(TOP, RateLimited())
    ladder.limits_updated(TOP, [limit("tokens", 14_998_954, 0.004)])
    ladder.limits_updated(TOP, [])

    assert pause_of(ladder, clock) == RATE_LIMIT_PAUSE


def test_reset_time_that_is_over_says_nothing_of_the_next_refusal(ladder: Ladder, clock: ManualClock):
    ladder.limits_updated(TOP, [limit("tokens", 0, 5)])
    clock.advance(6)
    assert ladder.choose() == TOP, "a limit alone is no failure"
    ladder.failed(TOP, RateLimited())

    assert pause_of(ladder, clock) == RATE_LIMIT_PAUSE


def test_reset_time_of_one_rung_says_nothing_of_another(ladder: Ladder, clock: ManualClock):
    ladder.limits_updated(MIDDLE, [limit("tokens", 0, 5)])
    ladder.failed(TOP, RateLimited())

    assert pause_of(ladder, clock) == RATE_LIMIT_PAUSE


def test_failure_of_one_rung_says_nothing_about_another(ladder: Ladder):
    ladder.failed(TOP, ModelUnavailable("http_404"))

    assert [ladder.breaker(rung).failures for rung in ladder.rungs] == [1, 0, 0]


@pytest.mark.parametrize(
    ("error_type", "failures"), [(AuthenticationFailed, 1), (QuotaExceeded, 1), (NotRealtime, 1), (CannotConnect, 3)]
)
def test_account_that_fails_as_a_whole_is_left_alone(
    ladder: Ladder, clock: ManualClock, error_type: type[SessionError], failures: int
):
    for _ in range(failures):
        assert ladder.choose() == TOP
        ladder.failed(TOP, error_type())

    with pytest.raises(LadderExhausted, match=f"^{error_type.reason}$") as raised:
        ladder.choose()

    assert isinstance(raised.value.cause, error_type)
    assert not ladder.has_left(())
    assert ladder.breaker(TOP).failures == 0, "no model is to blame"
    clock.advance(FIRST_PAUSE)
    assert ladder.choose() == TOP


def test_house_that_was_offline_for_long_is_tried_again_within_minutes(ladder: Ladder, clock: ManualClock):
    for _ in range(30):
        ladder.failed(TOP, CannotConnect())

    clock.advance(LONGEST_ACCOUNT_PAUSE)

    assert ladder.choose() == TOP


def test_greeting_ends_what_was_thought_of_the_line_but_not_of_the_balance(ladder: Ladder):
    for _ in range(3):
        ladder.failed(TOP, CannotConnect())
    ladder.greeted()
    assert ladder.choose() == TOP

    ladder.failed(TOP, QuotaExceeded())
    ladder.greeted()
    assert not ladder.allows(TOP)


def test_error_that_several_were_waiting_for_is_counted_once(ladder: Ladder):
    error = ModelUnavailable()
    ladder.failed(TOP, error)
    ladder.failed(TOP, error)

    assert ladder.breaker(TOP).failures == 1


def test_only_rung_is_at_fault_itself_where_there_is_no_other(clock: ManualClock):
    ladder = Ladder([TOP], clock)
    ladder.failed(TOP, ModelUnavailable("model_not_found"))

    with pytest.raises(ModelUnavailable, match=r"^model_not_found$"):
        ladder.choose()


def test_success_of_any_rung_opens_the_account_again(ladder: Ladder):
    for _ in range(3):
        ladder.failed(TOP, CannotConnect())
    ladder.succeeded(BOTTOM)

    assert ladder.choose() == TOP


def test_ladder_says_why_its_last_rung_cannot_answer(ladder: Ladder):
    for rung, code in zip(ladder.rungs, ("one", "two", "three"), strict=True):
        ladder.failed(rung, ModelUnavailable(code))

    with pytest.raises(LadderExhausted, match=r"^three$") as raised:
        ladder.choose()

    assert isinstance(raised.value.cause, ModelUnavailable)


def test_what_is_wrong_with_a_turn_alone_leaves_the_rung_in_use(ladder: Ladder):
    for _ in range(10):
        ladder.failed(TOP, ResponseFiltered())
        ladder.failed(TOP, SessionExpired())

    assert ladder.choose() == TOP
