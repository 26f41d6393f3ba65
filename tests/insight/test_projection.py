"""What a month will have cost by its end."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.realtime_assist.insight import month_projection, month_to_date

from .turns import patient

LONG_AGO = date(2026, 1, 1)


def each_day(first: date, last: date, amount: str) -> dict[date, Decimal]:
    return {first + timedelta(days=n): Decimal(amount) for n in range((last - first).days + 1)}


def test_the_month_goes_on_as_the_last_seven_full_days_did() -> None:
    # 14 days at 1.00, then 7 at 2.00, today 0.50 so far: 28.50 spent, and 8 days to come at 2.00.
    spent = {
        **each_day(date(2026, 11, 1), date(2026, 11, 14), "1.00"),
        **each_day(date(2026, 11, 15), date(2026, 11, 21), "2.00"),
        date(2026, 11, 22): Decimal("0.50"),
    }
    assert month_to_date(spent, date(2026, 11, 22)) == Decimal("28.50")
    assert month_projection(spent, today=date(2026, 11, 22), since=LONG_AGO) == Decimal("44.50")


def test_it_is_unknown_before_one_full_day() -> None:
    spent = each_day(date(2026, 11, 20), date(2026, 11, 22), "1.00")
    since = date(2026, 11, 20)
    assert month_projection(spent, today=since, since=since) is None
    assert month_projection(spent, today=date(2026, 11, 21), since=since) is None
    # The 21st is the first day that was counted from its beginning to its end.
    assert month_projection(spent, today=date(2026, 11, 22), since=since) == Decimal("11.00")


def test_a_day_without_a_turn_is_a_full_day_that_cost_nothing() -> None:
    spent = {date(2026, 11, 16): Decimal("7.00")}
    assert month_projection(spent, today=date(2026, 11, 22), since=LONG_AGO) == Decimal("15.00")


def test_last_month_is_in_the_mean_but_not_in_the_sum() -> None:
    spent = {**each_day(date(2026, 10, 1), date(2026, 10, 31), "1.00"), date(2026, 11, 1): Decimal("0.25")}
    assert month_projection(spent, today=date(2026, 11, 1), since=LONG_AGO) == Decimal("29.25")


@pytest.mark.parametrize(
    ("today", "days_left"),
    [
        (date(2026, 12, 31), 0),
        (date(2026, 12, 1), 30),
        (date(2028, 2, 1), 28),
        (date(2026, 2, 27), 1),
        # The clocks change in both; a day is a day.
        (date(2026, 3, 28), 3),
        (date(2026, 10, 24), 7),
    ],
)
def test_every_day_of_the_calendar_that_is_left_counts(today: date, days_left: int) -> None:
    spent = each_day(today - timedelta(days=7), today - timedelta(days=1), "1.00")
    before = month_to_date(spent, today)
    assert month_projection(spent, today=today, since=date(2020, 1, 1)) == before + days_left


@patient
@given(today=st.dates(date(2025, 1, 1), date(2030, 12, 31)), amount=st.decimals(0, 5, places=6))
def test_an_even_month_is_projected_exactly(today: date, amount: Decimal) -> None:
    first = today.replace(day=1)
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    spent = each_day(first - timedelta(days=7), today, str(amount))
    assert month_projection(spent, today=today, since=date(2020, 1, 1)) == amount * days
