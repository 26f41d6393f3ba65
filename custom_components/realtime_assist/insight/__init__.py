"""What turns tell when they are looked at together: pure figures; no clock, no I/O, no Home Assistant."""

from .counts import Counts, Span
from .projection import month_projection, month_to_date
from .records import Fallback, FallbackKind, Rung, Timings, ToolCalls, TurnRecord
from .rolling import Rolling, Spread, rolling
from .stored import Reader, UnreadableRecord
from .summary import DateOf, DayKey, DaySum, DaySums, gathered, rows, spent_by_day, summed, total, with_record

__all__ = [
    "Counts",
    "DateOf",
    "DayKey",
    "DaySum",
    "DaySums",
    "Fallback",
    "FallbackKind",
    "Reader",
    "Rolling",
    "Rung",
    "Span",
    "Spread",
    "Timings",
    "ToolCalls",
    "TurnRecord",
    "UnreadableRecord",
    "gathered",
    "month_projection",
    "month_to_date",
    "rolling",
    "rows",
    "spent_by_day",
    "summed",
    "total",
    "with_record",
]
