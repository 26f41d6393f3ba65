"""What a report of figures says: totals, groups, the month's projection, and how models compare."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from .insight import (
    Book,
    Counts,
    DayKey,
    Days,
    Elsewhere,
    Group,
    Measured,
    Span,
    Spread,
    elsewhere,
    gathered,
    grouped,
    latest_change,
    measured,
    month_projection,
    rate,
    relative,
    rows,
    spent_by_day,
    whole,
)
from .ledger import Ledger
from .realtime import TokenCounts
from .realtime.catalog import Model
from .store import local_date
from .texts import Texts

_DOLLAR_DIGITS = 6
_SECOND_DIGITS = 3
_PERCENT_DIGITS = 1

_GROUPS: Mapping[str, Callable[[DayKey], str | None]] = {
    "model": lambda key: key.model,
    "voice": lambda key: key.voice,
    "satellite": lambda key: key.satellite,
    "day": lambda key: key.day.isoformat(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One agent in a report."""

    entity_id: str | None
    name: str
    ledger: Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is asked of the figures of some agents. Its answer takes a while to work out: do that in another thread."""

    chapters: Sequence[Chapter]
    days: Days
    today: date
    models: Mapping[str, Model]
    """With the account's own prices: those that answered, and those that they are to be compared with."""
    others: Sequence[str]
    """The ids of those that they are to be compared with."""
    texts: Texts

    def to_response(self) -> dict[str, Any]:
        """Return the JSON-able answer. Money is in USD, time in seconds, rates and differences are in percent."""
        book = _joined(chapter.ledger for chapter in self.chapters)
        chosen = book.within(self.days, local_date)
        return {
            "first_day": self.days.first.isoformat(),
            "last_day": self.days.last.isoformat(),
            "totals": _group(whole(chosen, local_date)),
            **{f"by_{name}": _groups(chosen, name, key) for name, key in _GROUPS.items()},
            "agents": [self._chapter(chapter) for chapter in self.chapters],
            "projection": self._projection(self.chapters),
            "models": [self._model(one) for one in measured(chosen.records)],
            "model_changes": [change for chapter in self.chapters if (change := self._change(chapter)) is not None],
        }

    def _chapter(self, chapter: Chapter) -> dict[str, Any]:
        """Return what one agent came to."""
        chosen = book_of(chapter.ledger).within(self.days, local_date)
        return {
            "agent": chapter.entity_id,
            "name": chapter.name,
            "totals": _group(whole(chosen, local_date)),
            "projection": self._projection([chapter]),
        }

    def _projection(self, chapters: Sequence[Chapter]) -> float | None:
        """Return what the present month will have cost by its end."""
        spent: dict[date, Decimal] = {}
        for chapter in chapters:
            for day, amount in spent_by_day(chapter.ledger.days).items():
                spent[day] = spent.get(day, Decimal(0)) + amount
        since = min(local_date(chapter.ledger.since) for chapter in chapters)
        return dollars(month_projection(spent, today=self.today, since=since))

    def _model(self, one: Measured) -> dict[str, Any]:
        """Return what was measured of a model, and what its tokens would have cost on others."""
        others = [self.models[model_id] for model_id in self.others]
        return {
            **_measured(one),
            "elsewhere": [self._elsewhere(other) for other in elsewhere(one.usage, self.models[one.model], others)],
        }

    def _elsewhere(self, other: Elsewhere) -> dict[str, Any]:
        """Return what tokens would have cost on another model."""
        return {
            "model": other.model,
            "cost": dollars(other.cost),
            "difference": _percent(other.difference),
            "text": self._sentence("cost", other.difference, other.model),
        }

    def _change(self, chapter: Chapter) -> dict[str, Any] | None:
        """Return how the model that an agent is set to compares with the one before it."""
        if (change := latest_change(chapter.ledger.records)) is None:
            return None
        before, after = change.before, change.after
        faster = relative(after.first_audio.median, before.first_audio.median)
        cheaper = relative(after.cost_per_turn, before.cost_per_turn)
        return {
            "agent": chapter.entity_id,
            "since": datetime.fromtimestamp(change.since, UTC).isoformat(timespec="seconds"),
            "before": _measured(before),
            "after": _measured(after),
            "first_audio_difference": _percent(faster),
            "first_audio_text": self._sentence("time", faster, before.model),
            "cost_difference": _percent(cheaper),
            "cost_text": self._sentence("cost", cheaper, before.model),
        }

    def _sentence(self, what: str, difference: float | None, model_id: str) -> str | None:
        """Return a difference in words, such as "20 % less than" a model."""
        if difference is None:
            return None
        percent = round(abs(difference) * 100)
        kind = "same" if percent == 0 else "less" if difference < 0 else "more"
        return self.texts.text(f"{what}_{kind}", percent=str(percent), model=model_id)


def book_of(ledger: Ledger) -> Book:
    """Return what is counted of an agent's turns."""
    return Book(records=ledger.records, closed=ledger.closed, days=ledger.days)


def dollars(amount: Decimal | None) -> float | None:
    """Return money as a report shows it."""
    return None if amount is None else float(round(amount, _DOLLAR_DIGITS))


def _joined(ledgers: Iterable[Ledger]) -> Book:
    """Return what is counted of several agents' turns."""
    books = [book_of(ledger) for ledger in ledgers]
    return Book(
        records=[record for book in books for record in book.records],
        closed=gathered(row for book in books for row in rows(book.closed)),
        days=gathered(row for book in books for row in rows(book.days)),
    )


def _groups(book: Book, name: str, key: Callable[[DayKey], str | None]) -> list[dict[str, Any]]:
    """Return what groups of turns came to, in the order of their names; those without a name are last."""
    groups = grouped(book, key, local_date)
    return [
        {name: label, **_group(groups[label])}
        for label in sorted(groups, key=lambda label: (label is None, label or ""))
    ]


def _group(group: Group) -> dict[str, Any]:
    """Return what some turns came to."""
    counts, spreads = group.counts, group.spreads
    judged = counts.turns - counts.cancelled
    tokens = {kind: _sum(getattr(counts.usage, kind)) for kind in ("input", "cached", "output")}
    return {
        "turns": counts.turns,
        "cancelled": counts.cancelled,
        "cost": dollars(counts.spent),
        "cost_by_kind": {kind.value: dollars(amount) for kind, amount in counts.cost.by_kind.items()},
        "turns_without_price": counts.without_price,
        "tokens": {**tokens, "reasoning": counts.usage.reasoning},
        "cached_share": _percent(rate(tokens["cached"], tokens["input"])),
        "first_audio": _times(counts.first_audio, None if spreads is None else spreads.first_audio),
        "response": _times(counts.response, None if spreads is None else spreads.response),
        "connect": _times(counts.connect, None if spreads is None else spreads.connect),
        "error_rate": _percent(rate(counts.with_error, judged)),
        "fallback_rate": _percent(rate(counts.with_fallback, judged)),
        **_incidents(counts),
    }


def _incidents(counts: Counts) -> dict[str, Any]:
    """Return what went wrong in some turns, and how often."""
    calls = counts.tool_calls
    return {
        "errors": dict(counts.errors),
        "fallbacks": {kind.value: count for kind, count in counts.fallbacks.items()},
        "retries": counts.retries,
        "connections": {"tried": counts.connections_tried, "failed": counts.connections_failed},
        "tool_calls": {"made": calls.made, "failed": calls.failed, "invalid": calls.invalid},
    }


def _measured(one: Measured) -> dict[str, Any]:
    """Return what was measured of a model."""
    return {
        "model": one.model,
        "turns": one.turns,
        "cost_per_turn": dollars(one.cost_per_turn),
        "first_audio": _spread(one.first_audio),
        "response": _spread(one.response),
    }


def _times(span: Span, spread: Spread | None) -> dict[str, float | None]:
    """Return how durations lie; without single turns only their mean is known."""
    return {**_spread(spread or Spread()), "mean": _seconds(span.mean)}


def _spread(spread: Spread) -> dict[str, float | None]:
    """Return how durations lie."""
    return {"median": _seconds(spread.median), "p95": _seconds(spread.p95), "mean": _seconds(spread.mean)}


def _seconds(seconds: float | None) -> float | None:
    """Return a duration without the digits that no clock has."""
    return None if seconds is None else round(seconds, _SECOND_DIGITS)


def _percent(part: float | None) -> float | None:
    """Return a part in percent."""
    return None if part is None else round(part * 100, _PERCENT_DIGITS)


def _sum(tokens: TokenCounts) -> int:
    """Return tokens of all kinds."""
    return tokens.text + tokens.audio + tokens.image
