"""How does an option stand in a form, and how is it stored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .const import (
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_VOICE,
    CONF_MAX_CONVERSATION_TOKENS,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MAX_SESSIONS,
    CONF_NOISE_REDUCTION,
    CONF_RETENTION_RATIO,
    CONF_SATELLITE_VOICES,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
)

CONF_FROM = "from"
CONF_TO = "to"
CONF_SATELLITE = "satellite"

NO_NOISE_REDUCTION = "off"

COLUMNS: Mapping[str, tuple[str, str]] = {
    CONF_VOICE_SUBSTITUTES: (CONF_FROM, CONF_TO),
    CONF_SATELLITE_VOICES: (CONF_SATELLITE, CONF_VOICE),
}
"""The two columns of each option that is a table."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a value gets out of a form and into it; None is a field that is empty, or an option that is not set."""

    stored: Callable[[Any], Any]
    shown: Callable[[Any], Any]


def cells(row: Mapping[str, Any], columns: tuple[str, str]) -> tuple[str, str]:
    """Return the two texts of a table's row without the blanks around them."""
    first, second = (str(row.get(column) or "").strip() for column in columns)
    return first, second


def _same(value: Any) -> Any:
    return value


def _stripped(value: str | None) -> str | None:
    return (value or "").strip() or None


def _names(values: Iterable[str] | None) -> list[str]:
    """Return names without blanks, each once."""
    return list(dict.fromkeys(name for value in values or () if (name := value.strip())))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _table(columns: tuple[str, str]) -> Shape:
    """Return how a table of two columns is a mapping."""
    return Shape(
        lambda rows: dict(cells(row, columns) for row in rows or ()),
        lambda stored: [dict(zip(columns, row, strict=True)) for row in (stored or {}).items()],
    )


_AS_IT_IS = Shape(_same, _same)
_TEXT = Shape(_stripped, _same)
_COUNT = Shape(_whole, _same)

_SHAPES: Mapping[str, Shape] = {
    CONF_VOICE: _TEXT,
    CONF_FALLBACK_VOICE: _TEXT,
    CONF_TRANSCRIPTION_MODEL: _TEXT,
    CONF_FALLBACK_MODELS: Shape(_names, _same),
    CONF_MAX_OUTPUT_TOKENS: _COUNT,
    CONF_MAX_CONVERSATION_TOKENS: _COUNT,
    CONF_MAX_SESSIONS: _COUNT,
    CONF_NOISE_REDUCTION: Shape(
        lambda shown: None if shown == NO_NOISE_REDUCTION else shown, lambda stored: stored or NO_NOISE_REDUCTION
    ),
    CONF_RETENTION_RATIO: Shape(
        lambda percent: None if percent is None else percent / 100,
        lambda ratio: None if ratio is None else round(ratio * 100),
    ),
    **{name: _table(columns) for name, columns in COLUMNS.items()},
}


def stored(name: str, value: Any) -> Any:
    """Return what is stored of what stands in a field; None is nothing."""
    return _SHAPES.get(name, _AS_IT_IS).stored(value)


def shown(name: str, value: Any) -> Any:
    """Return what stands in a field where a value is stored; None is nothing."""
    return _SHAPES.get(name, _AS_IT_IS).shown(value)
