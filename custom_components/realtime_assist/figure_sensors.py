"""Which of an agent's figures are sensors, and how Home Assistant is to show and remember each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime

from .figures import Figures
from .insight import Fallback, FallbackKind, rate
from .realtime import TokenCounts

DOLLARS = "USD"
TOKENS = "tokens"

# Finer than a token of the cheapest model costs; a decimal of more places would be shown as 0E-12.
_DOLLAR_DIGITS = 6
_SECOND_DIGITS = 3
_PERCENT_DIGITS = 1

type Value = str | float | int | None


@dataclass(frozen=True, kw_only=True)
class FigureDescription(SensorEntityDescription):
    """A sensor of a figure."""

    value_fn: Callable[[Figures], Value]
    last_reset_fn: Callable[[Figures], datetime] | None = None
    attributes_fn: Callable[[Figures], dict[str, Any] | None] | None = None


def _seconds(key: str, value_fn: Callable[[Figures], float | None], *, default: bool = True) -> FigureDescription:
    """Describe a duration."""
    return FigureDescription(
        key=key,
        value_fn=lambda figures: _rounded(value_fn(figures)),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=2,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=default,
    )


def _money(
    key: str, amount: Callable[[Figures], Decimal | None], last_reset: Callable[[Figures], datetime] | None = None
) -> FigureDescription:
    """Describe an amount. With `last_reset` it is a sum since then, else what something costs."""
    return FigureDescription(
        key=key,
        value_fn=lambda figures: _dollars(amount(figures)),
        last_reset_fn=last_reset,
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=DOLLARS,
        suggested_display_precision=4,
        state_class=None if last_reset is None else SensorStateClass.TOTAL,
    )


def _tokens(key: str, value_fn: Callable[[Figures], Value]) -> FigureDescription:
    """Describe the tokens of a day."""
    return FigureDescription(
        key=key,
        value_fn=value_fn,
        last_reset_fn=lambda figures: figures.day_began,
        native_unit_of_measurement=TOKENS,
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


def _counter(key: str, value_fn: Callable[[Figures], Value], *, default: bool = True) -> FigureDescription:
    """Describe a count since counting began.

    After a kill it is smaller by what was not written down yet. Statistics take that of a sum with a `last_reset` as it
    is; of one that only increases they would take it for a new beginning, and count all of it again.
    """
    return FigureDescription(
        key=key,
        value_fn=value_fn,
        last_reset_fn=lambda figures: figures.since,
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=default,
    )


def _fallbacks(kind: FallbackKind, *, default: bool = True) -> FigureDescription:
    """Describe how often something of a kind was replaced, and how it was the last time."""
    count = _counter(f"fallbacks_{kind}", lambda figures: figures.whole.fallbacks.get(kind, 0), default=default)
    return replace(count, attributes_fn=lambda figures: _last_fallback(figures.last_fallbacks.get(kind)))


def _rate(key: str, part: Callable[[Figures], float | None], *, default: bool = False) -> FigureDescription:
    """Describe a part of a whole."""
    return FigureDescription(
        key=key,
        value_fn=lambda figures: None if (rate := part(figures)) is None else round(rate * 100, _PERCENT_DIGITS),
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=default,
    )


def _name(key: str, value_fn: Callable[[Figures], Value]) -> FigureDescription:
    """Describe what is in use."""
    return FigureDescription(key=key, value_fn=value_fn, entity_category=EntityCategory.DIAGNOSTIC)


def _dollars(amount: Decimal | None) -> float | None:
    """Return money as a sensor shows it."""
    return None if amount is None else float(round(amount, _DOLLAR_DIGITS))


def _rounded(seconds: float | None) -> float | None:
    """Return a duration without the digits that no clock has."""
    return None if seconds is None else round(seconds, _SECOND_DIGITS)


def _sum(tokens: TokenCounts) -> int:
    """Return tokens of all kinds."""
    return tokens.text + tokens.audio + tokens.image


def _last_fallback(fallback: Fallback | None) -> dict[str, Any] | None:
    """Return the attributes of a count of fallbacks."""
    if fallback is None:
        return None
    return {"last_reason": fallback.reason, "last_from": fallback.from_, "last_to": fallback.to}


FIGURES: tuple[FigureDescription, ...] = (
    _seconds("first_audio", lambda figures: figures.first_audio),
    _seconds("first_audio_median", lambda figures: figures.rolling.first_audio.median),
    _seconds("first_audio_p95", lambda figures: figures.rolling.first_audio.p95),
    _seconds("connection_latency", lambda figures: figures.connect, default=False),
    _seconds("response_time", lambda figures: figures.response),
    _seconds("response_time_average", lambda figures: figures.rolling.response.mean, default=False),
    _money("cost_last_turn", lambda figures: None if figures.last is None else figures.last.cost.total),
    _money("cost_today", lambda figures: figures.today.spent, lambda figures: figures.day_began),
    _money("cost_month", lambda figures: figures.month.spent, lambda figures: figures.month_began),
    _money("cost_total", lambda figures: figures.whole.spent, lambda figures: figures.since),
    _money("cost_projected", lambda figures: figures.projection),
    _tokens("tokens_in_today", lambda figures: _sum(figures.today.usage.input)),
    _tokens("tokens_out_today", lambda figures: _sum(figures.today.usage.output)),
    _tokens("tokens_cached_today", lambda figures: _sum(figures.today.usage.cached)),
    _rate(
        "cached_share_today", lambda figures: rate(_sum(figures.today.usage.cached), _sum(figures.today.usage.input))
    ),
    _counter("turns", lambda figures: figures.whole.turns),
    _counter("turns_without_price", lambda figures: figures.whole.without_price, default=False),
    _fallbacks(FallbackKind.MODEL),
    _fallbacks(FallbackKind.VOICE),
    _fallbacks(FallbackKind.AGENT),
    _fallbacks(FallbackKind.STT, default=False),
    _fallbacks(FallbackKind.TTS, default=False),
    _counter("errors", lambda figures: sum(figures.whole.errors.values())),
    _counter("retries", lambda figures: figures.whole.retries, default=False),
    _rate("fallback_rate", lambda figures: figures.rolling.fallback_rate, default=True),
    _rate("error_rate", lambda figures: figures.rolling.error_rate),
    _rate("connection_success_rate", lambda figures: figures.rolling.connection_success_rate),
    _rate("function_calling_accuracy", lambda figures: figures.rolling.function_calling_accuracy),
    _seconds("session_duration", lambda figures: figures.last_session, default=False),
    _seconds("session_duration_average", lambda figures: figures.sessions.mean, default=False),
    _name("model_in_use", lambda figures: figures.model),
    _name("voice_in_use", lambda figures: figures.voice),
)
