"""What a day came to, by agent, model, voice and satellite."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from . import stored
from .counts import NOTHING, Counts, sum_of
from .records import TurnRecord
from .stored import Reader, UnreadableRecord

VERSION = 1

type DateOf = Callable[[float], date]
"""The local day of a moment in seconds since the epoch; whoever knows the time zone provides it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKey:
    """What is kept apart: two agents never mix, nor do days, models, voices and satellites."""

    day: date
    agent_id: str
    model: str | None = None
    voice: str | None = None
    satellite: str | None = None

    @classmethod
    def of(cls, record: TurnRecord, date_of: DateOf) -> Self:
        """Return where a turn belongs: to the local day on which it started."""
        return cls(
            day=date_of(record.started_at),
            agent_id=record.agent_id,
            model=record.model,
            voice=record.voice,
            satellite=record.satellite,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """One row of the history: a day of one agent with one model, voice and satellite."""

    key: DayKey
    counts: Counts = NOTHING

    @classmethod
    def of(cls, record: TurnRecord, date_of: DateOf) -> Self:
        """Return one turn as a row, on the local day on which it started."""
        return cls(key=DayKey.of(record, date_of), counts=Counts.of(record))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape."""
        return {
            "version": VERSION,
            "day": self.key.day.isoformat(),
            "agent_id": self.key.agent_id,
            **stored.compact({"model": self.key.model, "voice": self.key.voice, "satellite": self.key.satellite}),
            "counts": self.counts.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read what `to_dict` returned. Raises UnreadableRecord."""
        read = Reader.of_version("day", data, VERSION)
        key = DayKey(
            day=_day(read.text("day")),
            agent_id=read.text("agent_id"),
            model=read.optional_text("model"),
            voice=read.optional_text("voice"),
            satellite=read.optional_text("satellite"),
        )
        return cls(key=key, counts=Counts.from_reader(read.part("counts")))


type DaySums = Mapping[DayKey, Counts]


def gathered(rows: Iterable[DaySum]) -> dict[DayKey, Counts]:
    """Return rows by key, those of one key added up. Sums of sums are sums: the order does not matter."""
    sums: dict[DayKey, Counts] = {}
    for row in rows:
        sums[row.key] = sums[row.key] + row.counts if row.key in sums else row.counts
    return sums


def summed(records: Iterable[TurnRecord], date_of: DateOf) -> dict[DayKey, Counts]:
    """Return the day sums of records."""
    return gathered(DaySum.of(record, date_of) for record in records)


def with_record(sums: DaySums, record: TurnRecord, date_of: DateOf) -> dict[DayKey, Counts]:
    """Return day sums with one more turn in them."""
    row = DaySum.of(record, date_of)
    return {**sums, row.key: sums.get(row.key, NOTHING) + row.counts}


def rows(sums: DaySums) -> list[DaySum]:
    """Return day sums as rows, to be stored."""
    return [DaySum(key=key, counts=counts) for key, counts in sums.items()]


def total(sums: DaySums, *, agent_id: str | None = None, first: date | None = None, last: date | None = None) -> Counts:
    """Return the sum over the days from `first` to `last`, both included, of one agent or of all."""
    return sum_of(
        counts
        for key, counts in sums.items()
        if (agent_id is None or key.agent_id == agent_id)
        and (first is None or first <= key.day)
        and (last is None or key.day <= last)
    )


def spent_by_day(sums: DaySums, *, agent_id: str | None = None) -> dict[date, Decimal]:
    """Return the USD of the turns whose cost is known, by day, of one agent or of all."""
    spent: dict[date, Decimal] = {}
    for key, counts in sums.items():
        if agent_id is None or key.agent_id == agent_id:
            spent[key.day] = spent.get(key.day, Decimal(0)) + counts.spent
    return spent


def _day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnreadableRecord("day.day is not a date such as 2026-11-22") from error
