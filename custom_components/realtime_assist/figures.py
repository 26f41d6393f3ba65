"""What an agent's sensors show: its ledger as it looks at one moment, frozen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from homeassistant.util import dt as dt_util

from .insight import (
    Counts,
    Fallback,
    FallbackKind,
    Rolling,
    Rung,
    Span,
    TurnRecord,
    month_projection,
    rolling,
    spent_by_day,
    total,
)
from .ledger import Ledger
from .session import Rung as ModelRung

_BY_A_MODEL = (Rung.PRIMARY, Rung.FALLBACK_MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An agent's figures. Durations are in seconds, money in USD; None is unknown."""

    last: TurnRecord | None
    """The last turn, also a cancelled one."""
    first_audio: float | None
    """Of the last turn that had one; so are the next two."""
    response: float | None
    connect: float | None
    model: str
    """What answered last, or is to answer first."""
    voice: str
    rolling: Rolling
    """Of the last 24 hours."""
    today: Counts
    month: Counts
    whole: Counts
    projection: Decimal | None
    """What the month will have cost by its end."""
    day_began: datetime
    month_began: datetime
    since: datetime
    """When counting began."""
    sessions: Span
    last_session: float | None
    last_fallbacks: Mapping[FallbackKind, Fallback]


def figures(ledger: Ledger, now: datetime, wanted: ModelRung) -> Figures:
    """Return an agent's figures; days and months are those of Home Assistant's time zone.

    `wanted` is the model and voice that are to answer first.
    """
    local = dt_util.as_local(now)
    today = local.date()
    first = today.replace(day=1)
    since = dt_util.as_local(dt_util.utc_from_timestamp(ledger.since))
    judged = [record for record in reversed(ledger.records) if not record.cancelled]
    answered = _first(judged, lambda record: record.model if record.rung in _BY_A_MODEL else None)
    voice = _first(judged, lambda record: record.voice if record.rung in _BY_A_MODEL else None)
    return Figures(
        last=ledger.records[-1] if ledger.records else None,
        first_audio=_first(judged, lambda record: record.timings.first_audio),
        response=_first(judged, lambda record: record.timings.total),
        connect=_first(judged, lambda record: record.connect_seconds),
        model=answered or wanted.model,
        voice=voice or wanted.voice,
        rolling=rolling(ledger.records, now.timestamp()),
        today=total(ledger.days, first=today, last=today),
        month=total(ledger.days, first=first, last=today),
        whole=ledger.whole,
        projection=month_projection(spent_by_day(ledger.days), today=today, since=since.date()),
        day_began=dt_util.start_of_local_day(today),
        month_began=dt_util.start_of_local_day(first),
        since=since,
        sessions=ledger.sessions,
        last_session=ledger.last_session,
        last_fallbacks=ledger.last_fallbacks,
    )


def _first[T](records: Iterable[TurnRecord], value: Callable[[TurnRecord], T | None]) -> T | None:
    """Return the first value that there is."""
    return next((found for record in records if (found := value(record)) is not None), None)
