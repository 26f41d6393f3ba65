"""What turns come to, as a whole and one group beside the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .counts import NOTHING, Counts
from .periods import Days
from .records import TurnRecord
from .rolling import Spread
from .summary import DateOf, DayKey, DaySums


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All that is counted of some turns.

    `days` are sums of everything; `closed` are those of turns that have no record of their own any more, and of what
    is part of no turn.
    """

    records: Sequence[TurnRecord] = ()
    closed: DaySums = field(default_factory=dict)
    days: DaySums = field(default_factory=dict)

    def within(self, days: Days, date_of: DateOf) -> Book:
        """Return what belongs to some days."""
        return Book(
            records=[record for record in self.records if date_of(record.started_at) in days],
            closed=_within(self.closed, days),
            days=_within(self.days, days),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreads:
    """How the durations of turns lie, in seconds; cancelled turns are left out."""

    transcript: Spread
    first_audio: Spread
    response: Spread
    connect: Spread

    @classmethod
    def of(cls, records: Sequence[TurnRecord]) -> Spreads:
        """Return the spreads of turns."""
        judged = [record for record in records if not record.cancelled]
        return cls(
            transcript=Spread.of(record.timings.transcript for record in judged),
            first_audio=Spread.of(record.timings.first_audio for record in judged),
            response=Spread.of(record.timings.total for record in judged),
            connect=Spread.of(record.connect_seconds for record in judged),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What some turns come to."""

    counts: Counts = NOTHING
    spreads: Spreads | None = None
    """None where some of the turns have no record of their own any more: a part of them would tell a wrong story."""


def whole(book: Book, date_of: DateOf) -> Group:
    """Return what all turns of a book come to."""
    return grouped(book, lambda _: None, date_of).get(None, Group(spreads=Spreads.of(())))


def grouped[K](book: Book, key: Callable[[DayKey], K], date_of: DateOf) -> dict[K, Group]:
    """Return what the turns of a book come to, by what `key` makes of day, agent, model, voice and satellite."""
    counts = _summed(book.days, key)
    unrecorded = {group for group, closed in _summed(book.closed, key).items() if closed.turns}
    records: dict[K, list[TurnRecord]] = {}
    for record in book.records:
        records.setdefault(key(DayKey.of(record, date_of)), []).append(record)
    return {
        group: Group(counts=counted, spreads=None if group in unrecorded else Spreads.of(records.get(group, ())))
        for group, counted in counts.items()
    }


def _within(sums: DaySums, days: Days) -> dict[DayKey, Counts]:
    """Return the sums of some days."""
    return {key: counts for key, counts in sums.items() if key.day in days}


def _summed[K](sums: DaySums, key: Callable[[DayKey], K]) -> Mapping[K, Counts]:
    """Return sums by another key."""
    groups: dict[K, Counts] = {}
    for day_key, counts in sums.items():
        group = key(day_key)
        groups[group] = groups.get(group, NOTHING) + counts
    return groups
