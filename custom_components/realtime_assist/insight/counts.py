"""What can be added up over turns: how many, how much, how often."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from ..realtime import Usage
from ..realtime.pricing import FREE, Cost
from . import stored
from .records import FallbackKind, ToolCalls, TurnRecord
from .stored import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A sum of durations in whole milliseconds, so that sums are exact in any order, and how many went into it."""

    milliseconds: int = 0
    turns: int = 0

    @classmethod
    def of(cls, seconds: float | None) -> Self:
        """Return one duration; None counts nothing."""
        return cls() if seconds is None else cls(milliseconds=round(seconds * 1000), turns=1)

    @property
    def mean(self) -> float | None:
        """Return the mean in seconds; None where there was nothing."""
        return self.milliseconds / self.turns / 1000 if self.turns else None

    def __add__(self, other: Self) -> Self:
        """Add."""
        return type(self)(milliseconds=self.milliseconds + other.milliseconds, turns=self.turns + other.turns)

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read the sum."""
        return cls(milliseconds=read.count("milliseconds"), turns=read.count("turns"))


NO_SPAN = Span()
NO_USAGE = Usage()
NO_CALLS = ToolCalls()

# The parts of a sum by how they are added, stored and read.
_INTEGERS = (
    "turns",
    "cancelled",
    "without_price",
    "with_error",
    "with_fallback",
    "retries",
    "connections_tried",
    "connections_failed",
)
_SPANS = ("first_audio", "response", "connect", "transcribed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A sum over turns. Cancelled turns are in every part but `with_error`, `with_fallback` and the spans of time."""

    turns: int = 0
    cancelled: int = 0
    without_price: int = 0
    """Turns whose cost is not known; nothing of them is in `cost`."""
    with_error: int = 0
    with_fallback: int = 0
    retries: int = 0
    connections_tried: int = 0
    connections_failed: int = 0
    cost: Cost = FREE
    """Of the turns whose cost is known, by kind."""
    usage: Usage = NO_USAGE
    tool_calls: ToolCalls = NO_CALLS
    errors: Mapping[str, int] = field(default_factory=dict)
    """How often, by code."""
    fallbacks: Mapping[FallbackKind, int] = field(default_factory=dict)
    first_audio: Span = NO_SPAN
    response: Span = NO_SPAN
    connect: Span = NO_SPAN
    transcribed: Span = NO_SPAN
    """Speech that was transcribed by duration; cancelled turns are in it, as they were billed."""

    @property
    def spent(self) -> Decimal:
        """Return the USD of the turns whose cost is known."""
        return self.cost.priced

    @classmethod
    def of(cls, record: TurnRecord) -> Self:
        """Return one turn as a sum."""
        judged = not record.cancelled
        known = record.cost.total is not None
        heard = None if record.transcription is None else record.transcription.seconds
        return cls(
            turns=1,
            cancelled=int(record.cancelled),
            without_price=int(not known),
            with_error=int(judged and bool(record.errors)),
            with_fallback=int(judged and bool(record.fallbacks)),
            retries=record.retries,
            connections_tried=record.connections_tried,
            connections_failed=record.connections_failed,
            cost=record.cost if known else FREE,
            usage=record.usage or NO_USAGE,
            tool_calls=record.tool_calls,
            errors=dict(record.errors),
            fallbacks=_tally(fallback.kind for fallback in record.fallbacks),
            first_audio=Span.of(record.timings.first_audio if judged else None),
            response=Span.of(record.timings.total if judged else None),
            connect=Span.of(record.connect_seconds if judged else None),
            transcribed=Span.of(heard),
        )

    def __add__(self, other: Self) -> Self:
        """Add part by part."""
        parts = {name: getattr(self, name) + getattr(other, name) for name in (*_INTEGERS, *_SPANS)}
        return type(self)(
            **parts,
            cost=self.cost + other.cost,
            usage=self.usage + other.usage,
            tool_calls=self.tool_calls + other.tool_calls,
            errors=_merged(self.errors, other.errors),
            fallbacks=_merged(self.fallbacks, other.fallbacks),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape; what is empty is left out."""
        return stored.compact(
            {
                **{name: getattr(self, name) for name in _INTEGERS},
                **{name: stored.counts_to_dict(getattr(self, name)) for name in _SPANS},
                "cost": stored.cost_to_dict(self.cost),
                "usage": stored.usage_to_dict(self.usage),
                "tool_calls": stored.counts_to_dict(self.tool_calls),
                "errors": dict(self.errors),
                "fallbacks": {kind.value: count for kind, count in self.fallbacks.items()},
            }
        )

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read what `to_dict` returned. Raises UnreadableRecord."""
        fallbacks = read.part("fallbacks")
        parts: dict[str, Any] = {
            **{name: read.count(name) for name in _INTEGERS},
            **{name: Span.from_reader(read.part(name)) for name in _SPANS},
        }
        return cls(
            **parts,
            cost=stored.cost_from(read.part("cost")),
            usage=stored.usage_from(read.part("usage")) or NO_USAGE,
            tool_calls=ToolCalls.from_reader(read.part("tool_calls")),
            errors=read.part("errors").counts(),
            fallbacks={kind: count for kind in FallbackKind if (count := fallbacks.count(kind.value))},
        )


NOTHING = Counts()


def sum_of(counts: Iterable[Counts]) -> Counts:
    """Return the sum of sums."""
    return sum(counts, start=NOTHING)


def _tally[K](keys: Iterable[K]) -> dict[K, int]:
    """Count equal keys."""
    tally: dict[K, int] = {}
    for key in keys:
        tally[key] = tally.get(key, 0) + 1
    return tally


def _merged[K](first: Mapping[K, int], second: Mapping[K, int]) -> dict[K, int]:
    """Add key by key."""
    merged = dict(first)
    for key, count in second.items():
        merged[key] = merged.get(key, 0) + count
    return merged
