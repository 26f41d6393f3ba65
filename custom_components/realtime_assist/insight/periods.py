"""Which days a period means."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    """A stretch of days, today included where it is not said otherwise."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    """That day alone."""
    WEEK = "week"
    """Since Monday."""
    MONTH = "month"
    """Since the first."""
    CUSTOM = "custom"
    """From one day to another, both included."""


class InvalidPeriod(ValueError):
    """A period of one's own ends before it begins, or has no beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """From one day to another, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        """Return whether a day is among them."""
        return self.first <= day <= self.last


def days_of(period: Period, today: date, *, start: date | None = None, end: date | None = None) -> Days:
    """Return the days of a period; `start` and `end` are those of a custom one, which ends today where no end is given.

    Raises InvalidPeriod.
    """
    match period:
        case Period.TODAY:
            return Days(first=today, last=today)
        case Period.YESTERDAY:
            yesterday = today - timedelta(days=1)
            return Days(first=yesterday, last=yesterday)
        case Period.WEEK:
            return Days(first=today - timedelta(days=today.weekday()), last=today)
        case Period.MONTH:
            return Days(first=today.replace(day=1), last=today)
    last = end or today
    if start is None or start > last:
        raise InvalidPeriod("a period of one's own begins on a day, and ends on that day or a later one")
    return Days(first=start, last=last)
