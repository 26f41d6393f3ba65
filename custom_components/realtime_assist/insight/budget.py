"""How much of a budget is spent, which thresholds has that crossed, and what was told of it already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from . import stored
from .stored import Reader, UnreadableRecord
from .summary import DaySums

THRESHOLDS: Final = (80, 100)
"""The percents of a budget that are told, each once in its period."""

# What is remembered of older periods is of no use, however the clock is set back.
_KEPT = timedelta(days=62)


class BudgetPeriod(StrEnum):
    """The stretch of the calendar that a budget is for."""

    DAY = "day"
    MONTH = "month"

    def begin(self, today: date) -> date:
        """Return the first day of the period that a day is in."""
        return today if self is BudgetPeriod.DAY else today.replace(day=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetKey:
    """Whose budget it is, and for which day or month; two of them are never mixed up."""

    agent_id: str | None
    """None for the whole account."""
    period: BudgetPeriod
    begin: date

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape."""
        return {
            **stored.compact({"agent_id": self.agent_id}),
            "period": self.period.value,
            "begin": self.begin.isoformat(),
        }

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read what `to_dict` returned. Raises UnreadableRecord."""
        try:
            begin = date.fromisoformat(read.text("begin"))
        except ValueError as error:
            raise UnreadableRecord(f"{read.where}.begin is not a date such as 2026-11-22") from error
        return cls(agent_id=read.optional_text("agent_id"), period=read.one_of("period", BudgetPeriod), begin=begin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit and what is spent of it, in USD."""

    key: BudgetKey
    limit: Decimal
    """More than zero."""
    spent: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be spent; never below zero."""
        return max(self.limit - self.spent, Decimal(0))

    @property
    def percent(self) -> Decimal:
        """What is spent of a hundred; more than that where the last turn went beyond."""
        return self.spent * 100 / self.limit

    @property
    def reached(self) -> bool:
        """Whether nothing is left."""
        return self.spent >= self.limit

    @property
    def threshold(self) -> int:
        """The highest threshold that is crossed; 0 for none."""
        return max((threshold for threshold in THRESHOLDS if self.percent >= threshold), default=0)


def spent_between(sums: Iterable[DaySums], first: date, last: date) -> Decimal:
    """Return the USD of the days from `first` to `last`, both included, of all that is counted in some sums.

    Only what has a price is in it.
    """
    return sum(
        (counts.spent for days in sums for key, counts in days.items() if first <= key.day <= last),
        start=Decimal(0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetBook:
    """What must not be forgotten of budgets: which thresholds were told, and where going on was allowed."""

    told: Mapping[BudgetKey, int] = field(default_factory=dict)
    """The highest threshold that was told."""
    allowed: frozenset[BudgetKey] = frozenset()
    """The periods until whose end the owner lets things go on beyond the limit."""

    def tell(self, budget: Budget) -> tuple[Self, tuple[int, ...]]:
        """Return the book after a look at a budget, and the thresholds that are to be told now, in order.

        A threshold that is not reached any more, as the limit was raised, is told again when it is reached again.
        """
        told, now = self.told.get(budget.key, 0), budget.threshold
        if told == now:
            return self, ()
        news = tuple(threshold for threshold in THRESHOLDS if told < threshold <= now)
        return replace(self, told={**self.told, budget.key: now}), news

    def allow(self, key: BudgetKey) -> Self:
        """Return the book with leave to go on beyond a limit until its period ends."""
        return replace(self, allowed=self.allowed | {key})

    def without_old(self, today: date) -> Self:
        """Return the book without periods that are long over."""
        oldest = today - _KEPT
        if all(key.begin >= oldest for key in (*self.told, *self.allowed)):
            return self
        return replace(
            self,
            told={key: threshold for key, threshold in self.told.items() if key.begin >= oldest},
            allowed=frozenset(key for key in self.allowed if key.begin >= oldest),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape. Safe in another thread."""
        return {
            "told": [{**key.to_dict(), "percent": threshold} for key, threshold in self.told.items()],
            "allowed": [key.to_dict() for key in self.allowed],
        }

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read what `to_dict` returned. Raises UnreadableRecord."""
        told = [Reader.of("budgets.told", item) for item in read.items("told")]
        allowed = [Reader.of("budgets.allowed", item) for item in read.items("allowed")]
        return cls(
            told={BudgetKey.from_reader(item): item.count("percent") for item in told},
            allowed=frozenset(BudgetKey.from_reader(item) for item in allowed),
        )
