"""What turns tell when they are looked at together: pure figures; no clock, no I/O, no Home Assistant."""

from .breakdown import Book, Group, Spreads, grouped, whole
from .budget import THRESHOLDS, Budget, BudgetBook, BudgetKey, BudgetPeriod, spent_between
from .counts import Counts, Span
from .experiment import Change, Elsewhere, Measured, elsewhere, latest_change, measured, relative
from .export import COLUMNS, WRITERS, ExportFormat
from .periods import Days, InvalidPeriod, Period, days_of
from .projection import month_projection, month_to_date
from .records import Fallback, FallbackKind, Rung, Timings, ToolCalls, TurnRecord
from .rolling import Rolling, Spread, rate, rolling
from .stored import Reader, UnreadableRecord
from .summary import DateOf, DayKey, DaySum, DaySums, gathered, rows, spent_by_day, summed, total, with_record

__all__ = [
    "COLUMNS",
    "THRESHOLDS",
    "WRITERS",
    "Book",
    "Budget",
    "BudgetBook",
    "BudgetKey",
    "BudgetPeriod",
    "Change",
    "Counts",
    "DateOf",
    "DayKey",
    "DaySum",
    "DaySums",
    "Days",
    "Elsewhere",
    "ExportFormat",
    "Fallback",
    "FallbackKind",
    "Group",
    "InvalidPeriod",
    "Measured",
    "Period",
    "Reader",
    "Rolling",
    "Rung",
    "Span",
    "Spread",
    "Spreads",
    "Timings",
    "ToolCalls",
    "TurnRecord",
    "UnreadableRecord",
    "days_of",
    "elsewhere",
    "gathered",
    "grouped",
    "latest_change",
    "measured",
    "month_projection",
    "month_to_date",
    "rate",
    "relative",
    "rolling",
    "rows",
    "spent_between",
    "spent_by_day",
    "summed",
    "total",
    "whole",
    "with_record",
]
