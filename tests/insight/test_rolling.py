"""How the last day went, as sensors tell it."""

from hypothesis import given, strategies as st
import pytest

from custom_components.realtime_assist.insight import Fallback, FallbackKind, Spread, Timings, ToolCalls, rolling
from custom_components.realtime_assist.insight.rolling import nearest_rank

from .turns import NOON, patient, turn

HOUR = 3600.0
FALLBACK = Fallback(kind=FallbackKind.AGENT, from_="gpt-realtime-2.1", to="conversation.home", reason="offline")


def heard(*seconds: float | None) -> list[Timings]:
    return [Timings(first_audio=each) for each in seconds]


def test_latencies_are_told_by_median_and_p95() -> None:
    turns = [turn(timings=timings) for timings in heard(*(n / 10 for n in range(1, 21)), None)]
    found = rolling(turns, NOON).first_audio
    # Of twenty, the nineteenth is the smallest that 95 of a hundred do not exceed.
    assert (found.median, found.p95) == (pytest.approx(1.05), 1.9)
    assert found.mean == pytest.approx(1.05)


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (2, 2), (19, 19), (20, 19), (21, 20), (100, 95)])
def test_p95_is_the_nearest_rank(count: int, rank: int) -> None:
    assert nearest_rank([float(n) for n in range(1, count + 1)], 0.95) == rank


@patient
@given(seconds=st.lists(st.floats(0, 600), min_size=1), part=st.floats(0, 1))
def test_a_percentile_is_one_of_the_durations(seconds: list[float], part: float) -> None:
    assert nearest_rank(sorted(seconds), part) in seconds


def test_only_the_last_day_counts() -> None:
    ages = (0.0, 23.9 * HOUR, 24 * HOUR, 30 * HOUR, -HOUR)
    assert rolling([turn(NOON - age) for age in ages], NOON).turns == 2
    assert rolling([turn(NOON - age) for age in ages], NOON, seconds=HOUR).turns == 1


def test_cancelled_turns_do_not_count() -> None:
    cancelled = turn(
        cancelled=True,
        timings=Timings(first_audio=9.0, total=9.0),
        errors={"server_error": 1},
        fallbacks=(FALLBACK,),
        connections_tried=1,
        connections_failed=1,
        tool_calls=ToolCalls(made=1, invalid=1),
    )
    found = rolling([cancelled, turn(timings=Timings(first_audio=1.0, total=2.0))], NOON)
    assert (found.turns, found.first_audio.p95, found.response.mean) == (1, 1.0, 2.0)
    assert (found.fallback_rate, found.error_rate) == (0, 0)
    assert (found.connection_success_rate, found.function_calling_accuracy) == (None, None)


def test_rates_are_parts_of_what_was_tried() -> None:
    turns = [
        turn(fallbacks=(FALLBACK, FALLBACK), errors={"server_error": 3}, connections_tried=2, connections_failed=2),
        turn(errors={"server_error": 1}, connections_tried=2, connect_seconds=0.5),
        turn(tool_calls=ToolCalls(made=4, failed=2, invalid=1)),
        turn(),
    ]
    found = rolling(turns, NOON)
    assert (found.fallback_rate, found.error_rate, found.connection_success_rate) == (0.25, 0.5, 0.5)
    assert found.function_calling_accuracy == 0.75
    assert found.connect.median == 0.5


def test_nothing_tried_is_unknown() -> None:
    found = rolling([], NOON)
    assert found.turns == 0
    assert found.first_audio == found.response == found.connect == Spread()
    assert (found.fallback_rate, found.error_rate) == (None, None)
    assert (found.connection_success_rate, found.function_calling_accuracy) == (None, None)
