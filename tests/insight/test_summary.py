"""What a day, a month and all time come to, for the agent, model, voice and satellite that it was."""

from datetime import date, datetime
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.realtime_assist.insight import (
    Counts,
    DayKey,
    DaySum,
    Fallback,
    FallbackKind,
    Rung,
    Span,
    Timings,
    ToolCalls,
    TurnRecord,
    UnreadableRecord,
    gathered,
    rows,
    spent_by_day,
    summed,
    total,
    with_record,
)
from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage

from .turns import NOON, patient, turn, turns, utc_date

DAY = 24 * 60 * 60.0
SUNDAY = date(2026, 11, 22)
SATURDAY = date(2026, 11, 21)

many = st.lists(turns, max_size=6)


@patient
@given(records=many)
def test_the_days_add_up_to_the_turns(records: list[TurnRecord]) -> None:
    assert total(summed(records, utc_date)) == sum((Counts.of(record) for record in records), start=Counts())


@patient
@given(records=many, seed=st.integers())
def test_the_order_of_turns_does_not_matter(records: list[TurnRecord], seed: int) -> None:
    shuffled = Random(seed).sample(records, len(records))
    assert summed(shuffled, utc_date) == summed(records, utc_date)


@patient
@given(records=many)
def test_turn_by_turn_comes_to_the_same_as_all_at_once(records: list[TurnRecord]) -> None:
    sums: dict[DayKey, Counts] = {}
    for record in records:
        sums = with_record(sums, record, utc_date)
    assert sums == summed(records, utc_date)


@patient
@given(records=many, cut=st.integers(0, 6))
def test_two_parts_of_a_history_are_joined(records: list[TurnRecord], cut: int) -> None:
    parts = [*rows(summed(records[:cut], utc_date)), *rows(summed(records[cut:], utc_date))]
    assert gathered(parts) == summed(records, utc_date)


@patient
@given(records=many)
def test_day_sums_come_back_from_json_as_they_were(records: list[TurnRecord]) -> None:
    sums = summed(records, utc_date)
    stored = orjson.loads(orjson.dumps([row.to_dict() for row in rows(sums)]))
    assert gathered(DaySum.from_dict(row) for row in stored) == sums


@patient
@given(records=many)
def test_two_agents_never_mix(records: list[TurnRecord]) -> None:
    sums = summed(records, utc_date)
    assert total(sums, agent_id="one") == total(summed([r for r in records if r.agent_id == "one"], utc_date))
    assert total(sums, agent_id="one") + total(sums, agent_id="two") == total(sums)


def test_days_models_voices_and_satellites_are_kept_apart() -> None:
    turn_of = {"model": "gpt-realtime-2.1", "voice": "marin", "satellite": "kitchen"}
    records = [
        turn(**turn_of),
        turn(**turn_of),
        turn(**{**turn_of, "voice": "cedar"}),
        turn(**{**turn_of, "model": "gpt-realtime-1.5"}),
        turn(**{**turn_of, "satellite": "hall"}),
        turn(NOON - DAY, **turn_of),
    ]
    sums = summed(records, utc_date)
    assert [counts.turns for counts in sums.values()] == [2, 1, 1, 1, 1]
    assert sums[DayKey(day=SATURDAY, agent_id="agent", **turn_of)].turns == 1


def test_a_turn_counts_in_all_its_parts() -> None:
    record = turn(
        cost="0.01",
        rung=Rung.FALLBACK_MODEL,
        timings=Timings(first_audio=0.5, total=2.0),
        connect_seconds=0.25,
        connections_tried=2,
        connections_failed=1,
        usage=Usage(input=TokenCounts(text=10), output=TokenCounts(audio=5)),
        transcription=TranscriptionUsage(seconds=3.0),
        retries=1,
        errors={"server_error": 2},
        fallbacks=(Fallback(kind=FallbackKind.MODEL, from_="a", to="b", reason="server_error"),) * 2,
        tool_calls=ToolCalls(made=3, failed=1, invalid=1),
    )
    counts = Counts.of(record) + Counts.of(record)
    assert (counts.turns, counts.cancelled, counts.with_error, counts.with_fallback) == (2, 0, 2, 2)
    assert (counts.retries, counts.errors, counts.fallbacks) == (2, {"server_error": 4}, {FallbackKind.MODEL: 4})
    assert (counts.connections_tried, counts.connections_failed) == (4, 2)
    assert (counts.first_audio.mean, counts.response.mean, counts.connect.mean) == (0.5, 2.0, 0.25)
    assert counts.transcribed == Span(milliseconds=6000, turns=2)
    assert counts.usage == Usage(input=TokenCounts(text=20), output=TokenCounts(audio=10))
    assert counts.tool_calls == ToolCalls(made=6, failed=2, invalid=2)
    assert (counts.spent, counts.without_price) == (Decimal("0.02"), 0)


def test_a_cancelled_turn_is_paid_for_but_not_timed() -> None:
    cancelled = Counts.of(
        turn(
            cost="0.01",
            cancelled=True,
            timings=Timings(first_audio=0.5, total=2.0),
            connect_seconds=0.25,
            errors={"server_error": 1},
        )
    )
    assert (cancelled.turns, cancelled.cancelled, cancelled.spent) == (1, 1, Decimal("0.01"))
    assert (cancelled.with_error, cancelled.errors) == (0, {"server_error": 1})
    assert (cancelled.first_audio.mean, cancelled.response.mean, cancelled.connect.mean) == (None, None, None)


def test_only_turns_with_a_price_are_in_the_sum_and_the_others_are_counted() -> None:
    unpriced = TurnRecord.from_dict({**turn().to_dict(), "cost": {"text_output": "5", "audio_output": None}})
    counts = total(summed([turn(cost="0.01"), unpriced, turn(cost="0.02")], utc_date))
    assert (counts.spent, counts.without_price, counts.turns) == (Decimal("0.03"), 1, 3)


def test_a_total_is_of_the_days_that_were_asked_for() -> None:
    sums = summed([turn(NOON - 2 * DAY, "1"), turn(NOON - DAY, "2"), turn(NOON, "4")], utc_date)
    assert total(sums, first=SATURDAY).spent == 6
    assert total(sums, last=SATURDAY).spent == 3
    assert total(sums, first=SATURDAY, last=SATURDAY).spent == 2
    assert total(sums).spent == 7


def test_spending_is_told_by_day_and_agent() -> None:
    records = [turn(NOON - DAY, "1"), turn(NOON, "2", voice="cedar"), turn(NOON, "3"), turn(NOON, "4", agent_id="two")]
    sums = summed(records, utc_date)
    assert spent_by_day(sums) == {SATURDAY: Decimal(1), SUNDAY: Decimal(9)}
    assert spent_by_day(sums, agent_id="agent") == {SATURDAY: Decimal(1), SUNDAY: Decimal(5)}


def test_midnight_is_the_home_s_on_days_of_23_and_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    def local_date(epoch: float) -> date:
        return datetime.fromtimestamp(epoch, berlin).date()

    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        start = datetime(day.year, day.month, day.day, tzinfo=berlin).timestamp()
        end = start + hours * 3600
        sums = summed([turn(start - 1), turn(start), turn(end - 1), turn(end)], local_date)
        assert total(sums, first=day, last=day).turns == 2


def test_a_strange_row_is_refused_with_its_place() -> None:
    row = DaySum.of(turn(), utc_date).to_dict()
    with pytest.raises(UnreadableRecord, match="day has version 9 where 1 was expected"):
        DaySum.from_dict({**row, "version": 9})
    with pytest.raises(UnreadableRecord, match=r"day\.day is not a date such as 2026-11-22"):
        DaySum.from_dict({**row, "day": "today"})
    with pytest.raises(UnreadableRecord, match=r"day\.counts\.turns is not a count"):
        DaySum.from_dict({**row, "counts": {"turns": "many"}})
