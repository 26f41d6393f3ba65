"""Groups of turns: nothing is lost between them, and percentiles are of all turns or of none."""

from datetime import date

from hypothesis import given, strategies as st

from custom_components.realtime_assist.insight import (
    Book,
    Days,
    Spread,
    Timings,
    TurnRecord,
    gathered,
    grouped,
    rows,
    summed,
    total,
    whole,
)

from .turns import NOON, patient, turn, turns, utc_date

DAY = 86_400
TODAY = date(2026, 11, 22)


def book(records: list[TurnRecord], closed: list[TurnRecord] | None = None) -> Book:
    """Return a book of turns with records, and of others that have none any more."""
    old = summed(closed or [], utc_date)
    return Book(records=records, closed=old, days=gathered([*rows(old), *rows(summed(records, utc_date))]))


@patient
@given(st.lists(turns, max_size=6), st.lists(turns, max_size=6))
def test_every_turn_is_in_one_group(recorded: list[TurnRecord], closed: list[TurnRecord]) -> None:
    """Whatever they are grouped by, the groups come to the whole."""
    kept = book(recorded, closed)
    for key in (lambda key: key.model, lambda key: key.day, lambda key: (key.voice, key.satellite)):
        groups = grouped(kept, key, utc_date).values()
        assert sum(group.counts.turns for group in groups) == len(recorded) + len(closed)
        assert sum(group.counts.spent for group in groups) == total(kept.days).spent


def test_percentiles_are_of_all_turns_or_of_none() -> None:
    """A group with a turn that has no record any more tells none; the group beside it does."""
    kept = book(
        [turn(model="new", timings=Timings(first_audio=2.0)), turn(model="old", timings=Timings(first_audio=9.0))],
        closed=[turn(NOON - DAY, model="old")],
    )

    groups = grouped(kept, lambda key: key.model, utc_date)

    assert groups["old"].spreads is None
    assert groups["new"].spreads.first_audio == Spread(median=2.0, p95=2.0, mean=2.0)
    assert whole(kept, utc_date).spreads is None
    assert whole(kept.within(Days(first=TODAY, last=TODAY), utc_date), utc_date).spreads.first_audio.median == 5.5


def test_what_is_part_of_no_turn_takes_no_percentile_away() -> None:
    """A text that was read aloud is paid for, and has no times."""
    closed = {key: counts.__class__(cost=counts.cost) for key, counts in summed([turn(cost="1")], utc_date).items()}
    assert whole(Book(closed=closed, days=closed), utc_date).spreads is not None


def test_days_outside_are_left_out() -> None:
    """Of records and sums alike; and nothing at all is nothing."""
    kept = book([turn(cost="1"), turn(NOON - DAY, cost="2")], closed=[turn(NOON - 9 * DAY, cost="4")])
    yesterday = kept.within(Days(first=date(2026, 11, 21), last=date(2026, 11, 21)), utc_date)
    assert whole(yesterday, utc_date).counts.spent == 2
    assert len(yesterday.records) == 1
    nothing = whole(kept.within(Days(first=date(2020, 1, 1), last=date(2020, 1, 1)), utc_date), utc_date)
    assert (nothing.counts.turns, nothing.spreads.first_audio) == (0, Spread())
