"""How a turn looks as a row of a table."""

from collections.abc import Callable, Iterable, Mapping
import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
import io
import json

from ..realtime import Usage
from ..realtime.pricing import CostKind
from .counts import NO_USAGE
from .records import TurnRecord

type Cell = str | int | float | Decimal | bool | None

# A spreadsheet takes a text that begins like this for a formula.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(StrEnum):
    """How rows are written down."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and what it shows of a turn. Seconds, USD and tokens are named so."""

    name: str
    value: Callable[[TurnRecord], Cell]


def _tokens(name: str, count: Callable[[Usage], int]) -> Column:
    """Return a column of tokens; empty where the server has reported none."""
    return Column(name, lambda turn: None if turn.usage is None else count(turn.usage or NO_USAGE))


def _cost(kind: CostKind) -> Column:
    """Return a column of what was paid for one kind; empty where nothing was used, or where it has no price."""
    return Column(f"{kind}_usd", lambda turn: turn.cost.by_kind.get(kind))


def _joined(parts: Iterable[str]) -> str | None:
    """Return several facts in one cell."""
    return "; ".join(parts) or None


COLUMNS: tuple[Column, ...] = (
    Column("started_at", lambda turn: datetime.fromtimestamp(turn.started_at, UTC).isoformat(timespec="milliseconds")),
    Column("agent_id", lambda turn: turn.agent_id),
    Column("language", lambda turn: turn.language),
    Column("satellite", lambda turn: turn.satellite),
    Column("model", lambda turn: turn.model),
    Column("voice", lambda turn: turn.voice),
    Column("rung", lambda turn: turn.rung.value),
    Column("cancelled", lambda turn: turn.cancelled),
    Column("connect_seconds", lambda turn: turn.connect_seconds),
    Column("connections_tried", lambda turn: turn.connections_tried),
    Column("connections_failed", lambda turn: turn.connections_failed),
    Column("session_age_seconds", lambda turn: turn.session_age),
    Column("transcript_seconds", lambda turn: turn.timings.transcript),
    Column("first_text_seconds", lambda turn: turn.timings.first_text),
    Column("first_audio_seconds", lambda turn: turn.timings.first_audio),
    Column("total_seconds", lambda turn: turn.timings.total),
    Column("tools", lambda turn: _joined(f"{name}: {seconds:.3f}" for name, seconds in turn.timings.tools)),
    Column("tool_calls", lambda turn: turn.tool_calls.made),
    Column("tool_calls_failed", lambda turn: turn.tool_calls.failed),
    Column("tool_calls_invalid", lambda turn: turn.tool_calls.invalid),
    _tokens("text_input_tokens", lambda usage: usage.input.text),
    _tokens("text_cached_tokens", lambda usage: usage.cached.text),
    _tokens("text_output_tokens", lambda usage: usage.output.text),
    _tokens("audio_input_tokens", lambda usage: usage.input.audio),
    _tokens("audio_cached_tokens", lambda usage: usage.cached.audio),
    _tokens("audio_output_tokens", lambda usage: usage.output.audio),
    _tokens("image_input_tokens", lambda usage: usage.input.image),
    _tokens("image_cached_tokens", lambda usage: usage.cached.image),
    _tokens("reasoning_tokens", lambda usage: usage.reasoning),
    Column("transcription_model", lambda turn: turn.transcription_model),
    Column("transcribed_seconds", lambda turn: None if turn.transcription is None else turn.transcription.seconds),
    Column("cost_usd", lambda turn: turn.cost.total),
    *(_cost(kind) for kind in CostKind if kind is not CostKind.UNREPORTED),
    Column("retries", lambda turn: turn.retries),
    Column("errors", lambda turn: _joined(f"{code}: {count}" for code, count in turn.errors.items())),
    Column(
        "fallbacks",
        lambda turn: _joined(f"{one.kind}: {one.from_} > {one.to} ({one.reason})" for one in turn.fallbacks),
    ),
)
"""The header of an export, from left to right; docs/metrics.md explains each."""


def row(turn: TurnRecord) -> dict[str, Cell]:
    """Return a turn as a row, by column name."""
    return {column.name: column.value(turn) for column in COLUMNS}


def to_csv(turns: Iterable[TurnRecord]) -> str:
    """Return turns as a table with a header; what is unknown is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(cell) for name, cell in row(turn).items()} for turn in turns)
    return text.getvalue()


def to_json(turns: Iterable[TurnRecord]) -> str:
    """Return turns as a list of objects; what is unknown is null, and money a number."""
    return json.dumps([row(turn) for turn in turns], default=float, indent=1)


WRITERS: Mapping[ExportFormat, Callable[[Iterable[TurnRecord]], str]] = {
    ExportFormat.CSV: to_csv,
    ExportFormat.JSON: to_json,
}


def _plain(cell: Cell) -> Cell:
    """Return a cell that a spreadsheet takes for what it is."""
    match cell:
        case bool():
            return int(cell)
        case Decimal():
            return f"{cell:f}"
        case str() if cell.startswith(_FORMULA_BEGINS):
            return f"'{cell}"
    return cell
