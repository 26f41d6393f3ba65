"""Which days a period means."""

from datetime import date

import pytest

from custom_components.realtime_assist.insight import Days, InvalidPeriod, Period, days_of

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, SUNDAY, SUNDAY),
        (Period.YESTERDAY, date(2026, 11, 21), date(2026, 11, 21)),
        (Period.WEEK, date(2026, 11, 16), SUNDAY),
        (Period.MONTH, date(2026, 11, 1), SUNDAY),
    ],
)
def test_a_period_is_of_the_calendar(period: Period, first: date, last: date) -> None:
    """A week begins on Monday and a month on its first day."""
    assert days_of(period, SUNDAY) == Days(first=first, last=last)


def test_a_custom_period_holds_both_its_ends() -> None:
    """It ends today where nothing else is said."""
    days = days_of(Period.CUSTOM, SUNDAY, start=date(2026, 10, 31))
    assert days == Days(first=date(2026, 10, 31), last=SUNDAY)
    assert date(2026, 10, 31) in days
    assert SUNDAY in days
    assert date(2026, 10, 30) not in days


@pytest.mark.parametrize(("start", "end"), [(None, SUNDAY), (SUNDAY, date(2026, 11, 21)), (date(2026, 11, 23), None)])
def test_a_period_that_ends_before_it_begins_is_refused(start: date | None, end: date | None) -> None:
    """So is one without a beginning."""
    with pytest.raises(InvalidPeriod):
        days_of(Period.CUSTOM, SUNDAY, start=start, end=end)
