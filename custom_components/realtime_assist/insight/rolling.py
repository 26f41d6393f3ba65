"""How the last hours went: latencies and rates over the turns themselves."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Final, Self

from .records import TurnRecord

DAY_SECONDS: Final = 24 * 60 * 60.0
"""A rolling day, which no change of the clock makes shorter or longer."""

_PERCENTILE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How durations lie, in seconds; None where there was none to measure."""

    median: float | None = None
    p95: float | None = None
    mean: float | None = None

    @classmethod
    def of(cls, seconds: Iterable[float | None]) -> Self:
        """Return the spread of what was measured; p95 by nearest rank, so that it is one of the durations."""
        measured = sorted(value for value in seconds if value is not None)
        if not measured:
            return cls()
        return cls(median=median(measured), p95=nearest_rank(measured, _PERCENTILE), mean=sum(measured) / len(measured))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """Figures of the turns in a window of time, without the cancelled ones. Rates are 0 to 1; None: none was tried."""

    turns: int = 0
    first_audio: Spread = Spread()
    response: Spread = Spread()
    connect: Spread = Spread()
    fallback_rate: float | None = None
    error_rate: float | None = None
    connection_success_rate: float | None = None
    function_calling_accuracy: float | None = None
    """Of the tools that the model called: those that exist, with arguments that their schema takes."""


def rolling(records: Iterable[TurnRecord], now: float, *, seconds: float = DAY_SECONDS) -> Rolling:
    """Return the figures of the turns that started in the window up to `now`, in seconds since the epoch.

    Whose turns they are is for the caller to choose: what it gives is taken together.
    """
    turns = [record for record in records if now - seconds < record.started_at <= now and not record.cancelled]
    # All sensors look at this after each turn: only what is shown is added up.
    tried = sum(turn.connections_tried for turn in turns)
    failed = sum(turn.connections_failed for turn in turns)
    made = sum(turn.tool_calls.made for turn in turns)
    invalid = sum(turn.tool_calls.invalid for turn in turns)
    return Rolling(
        turns=len(turns),
        first_audio=_spread(turns, lambda turn: turn.timings.first_audio),
        response=_spread(turns, lambda turn: turn.timings.total),
        connect=_spread(turns, lambda turn: turn.connect_seconds),
        fallback_rate=rate(sum(bool(turn.fallbacks) for turn in turns), len(turns)),
        error_rate=rate(sum(bool(turn.errors) for turn in turns), len(turns)),
        connection_success_rate=rate(tried - failed, tried),
        function_calling_accuracy=rate(made - invalid, made),
    )


def rate(part: int, whole: int) -> float | None:
    """Return the part of the whole; None where there is no whole."""
    return part / whole if whole else None


def nearest_rank(ordered: Sequence[float], part: float) -> float:
    """Return the smallest of ordered values that at least this part of them does not exceed. Raises IndexError on none."""
    return ordered[max(ceil(part * len(ordered)), 1) - 1]


def _spread(turns: Sequence[TurnRecord], seconds: Callable[[TurnRecord], float | None]) -> Spread:
    """Return the spread of one duration over turns."""
    return Spread.of(seconds(turn) for turn in turns)
