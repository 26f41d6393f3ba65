"""What a month will have cost by its end, if it goes on as the last days did."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

FULL_DAYS = 7
"""How many of the last full days the mean is taken over."""

_QUANTUM = Decimal("1e-12")


def month_to_date(spent: Mapping[date, Decimal], today: date) -> Decimal:
    """Return the USD of the month so far, today included."""
    first = today.replace(day=1)
    return sum((amount for day, amount in spent.items() if first <= day <= today), start=Decimal(0))


def month_projection(spent: Mapping[date, Decimal], *, today: date, since: date) -> Decimal | None:
    """Return the month so far plus the mean of the last full days for each day that is left; None before one full day.

    `spent` is USD by local day; a day that is missing cost nothing. `since` is the day on which counting began: it and
    today are not full. Days are counted on the calendar, so one of 23 or 25 hours is a day.
    """
    days = min(FULL_DAYS, (today - since).days - 1)
    if days < 1:
        return None
    full = (today - timedelta(days=ago) for ago in range(1, days + 1))
    mean = sum((spent.get(day, Decimal(0)) for day in full), start=Decimal(0)) / days
    return month_to_date(spent, today) + (mean * _days_left(today)).quantize(_QUANTUM)


def _days_left(today: date) -> int:
    """Return how many days of the month come after today."""
    next_month = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    return (next_month - today).days - 1
