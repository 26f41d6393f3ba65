"""What is counted of one agent: its last turns one by one, all its days as sums, and what is part of no turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any, Self

from .insight import (
    Counts,
    DateOf,
    DayKey,
    DaySum,
    DaySums,
    Fallback,
    FallbackKind,
    Reader,
    Span,
    TurnRecord,
    UnreadableRecord,
    gathered,
    rows,
    summed,
    total,
)

_NO_SPAN = Span()


@dataclass(slots=True, kw_only=True)
class Ledger:
    """One agent's book. What it holds is replaced, never changed, so that another thread can write it down."""

    agent_id: str
    since: float
    """When counting began, in seconds since the epoch."""
    records: list[TurnRecord] = field(default_factory=list)
    """The turns that still have a record of their own, in the order in which they ended."""
    closed: DaySums = field(default_factory=dict)
    """By day, what has no record: older turns, and what is part of none."""
    days: DaySums = field(default_factory=dict)
    """By day, everything."""
    whole: Counts = field(default_factory=Counts)
    """The sum of all days."""
    sessions: Span = _NO_SPAN
    last_session: float | None = None
    """How long the last session lived, in seconds."""
    last_fallbacks: Mapping[FallbackKind, Fallback] = field(default_factory=dict)
    _parts: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)
    """Held for a moment where parts are replaced or taken that are right only together."""

    def add(self, record: TurnRecord, date_of: DateOf) -> None:
        """Count a turn."""
        self.records = [*self.records, record]
        self._count(DaySum.of(record, date_of))
        for fallback in record.fallbacks:
            self._remember(fallback)

    def add_fallback(self, fallback: Fallback, day: date) -> None:
        """Count a fallback that is part of no turn."""
        key = DayKey(day=day, agent_id=self.agent_id)
        self.add_row(DaySum(key=key, counts=Counts(fallbacks={fallback.kind: 1})))
        self._remember(fallback)

    def add_row(self, row: DaySum) -> None:
        """Count what is part of no turn."""
        self.closed = _with(self.closed, row)
        self._count(row)

    def add_session(self, seconds: float) -> None:
        """Count a session that has ended."""
        self.sessions += Span.of(seconds)
        self.last_session = seconds

    def reset(self, moment: float) -> None:
        """Forget everything; counting begins anew at a moment, in seconds since the epoch."""
        with self._parts:
            self.since = moment
            self.records = []
            self.closed, self.days, self.whole = {}, {}, Counts()
            self.sessions, self.last_session, self.last_fallbacks = _NO_SPAN, None, {}

    def close_before(self, moment: float, date_of: DateOf) -> bool:
        """Keep of the turns before a moment, in seconds since the epoch, the sums of their days; return whether any."""
        old = [record for record in self.records if record.started_at < moment]
        if old:
            closed = gathered([*rows(self.closed), *rows(summed(old, date_of))])
            records = [record for record in self.records if record.started_at >= moment]
            with self._parts:
                self.closed, self.records = closed, records
        return bool(old)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape. Safe in another thread."""
        with self._parts:
            # What takes time comes after: a turn that is added up meanwhile would be in both, or in neither.
            since, records, closed = self.since, self.records, self.closed
            sessions, last_session, last_fallbacks = self.sessions, self.last_session, self.last_fallbacks
        return {
            "since": since,
            "records": [record.to_dict() for record in records],
            "days": [row.to_dict() for row in rows(closed)],
            "sessions": {"milliseconds": sessions.milliseconds, "turns": sessions.turns},
            "last_session": last_session,
            "last_fallbacks": [fallback.to_dict() for fallback in last_fallbacks.values()],
        }

    @classmethod
    def from_dict(cls, agent_id: str, data: Any, date_of: DateOf) -> Self:
        """Read what `to_dict` returned. Raises UnreadableRecord."""
        read = Reader.of(f"agents.{agent_id}", data)
        records = [TurnRecord.from_dict(item) for item in read.items("records")]
        closed = gathered(DaySum.from_dict(item) for item in read.items("days"))
        if strange := {key.agent_id for key in closed} - {agent_id}:
            raise UnreadableRecord(f"{read.where}.days has days of other agents: {', '.join(sorted(strange))}")
        days = gathered([*rows(closed), *rows(summed(records, date_of))])
        last = [Fallback.from_reader(Reader.of("last_fallbacks", item)) for item in read.items("last_fallbacks")]
        return cls(
            agent_id=agent_id,
            since=read.number("since"),
            records=records,
            closed=closed,
            days=days,
            whole=total(days),
            sessions=Span.from_reader(read.part("sessions")),
            last_session=read.optional_number("last_session"),
            last_fallbacks={fallback.kind: fallback for fallback in last},
        )

    def _count(self, row: DaySum) -> None:
        """Add a row to what has been counted."""
        self.days = _with(self.days, row)
        self.whole += row.counts

    def _remember(self, fallback: Fallback) -> None:
        """Keep the last fallback of its kind."""
        self.last_fallbacks = {**self.last_fallbacks, fallback.kind: fallback}


def _with(sums: DaySums, row: DaySum) -> DaySums:
    """Return day sums with one more row in them."""
    return {**sums, row.key: sums[row.key] + row.counts if row.key in sums else row.counts}
