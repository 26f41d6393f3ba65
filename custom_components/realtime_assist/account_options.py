"""What an account is set to beside its address and key: prices, records, and what happens at a budget's end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from homeassistant.const import CONF_MODEL

from .const import CONF_AT_LIMIT, CONF_DAILY_EXPORT, CONF_DASHBOARD, CONF_ECONOMY_MODEL, CONF_PRICES, CONF_RECORD_DAYS
from .insight import ExportFormat
from .realtime import Endpoint
from .realtime.catalog import (
    KNOWN_TRANSCRIPTION_MODELS,
    UNKNOWN_PRICE,
    UNKNOWN_TRANSCRIPTION_PRICE,
    PriceCard,
    TranscriptionCard,
    model,
    transcription_model,
)
from .realtime.pricing import InvalidPrice, overridden, overridden_transcription, with_residency
from .realtime.providers import OPENAIS_PRICES
from .spending import SpendingAction
from .stored_options import Reader, flag, read_options, text, whole

DEFAULT_RECORD_DAYS = 31
LONGEST_RECORD_DAYS = 366
# The cheapest of those that have come to stay.
DEFAULT_ECONOMY_MODEL = "gpt-realtime-2.1-mini"

CONF_KIND = "kind"
CONF_PRICE = "price"

type Prices = Mapping[str, Mapping[str, Any]]
"""Kinds and amounts as text, by model id; the kinds are those of `pricing.overridden` and its twin."""

_TRANSCRIPTION_MODELS = frozenset(known.id for known in KNOWN_TRANSCRIPTION_MODELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOptions:
    """What an account is set to."""

    prices: Prices = field(default_factory=dict)
    record_days: int = DEFAULT_RECORD_DAYS
    """For how many days each turn has a record of its own."""
    at_limit: SpendingAction = SpendingAction.TELL
    """What happens when a budget of the account or of an agent is used up."""
    economy_model: str = DEFAULT_ECONOMY_MODEL
    daily_export: ExportFormat | None = None
    """How each day's turns are written to a file; None where they are not."""
    dashboard: bool = True
    """Whether the agents are shown on our dashboard."""

    @classmethod
    def from_entry(cls, options: Mapping[str, Any]) -> Self:
        """Read an entry's options; what is not set, or cannot be read, is as recommended."""
        return cls(**read_options(_READERS, options))

    def price_card(self, model_id: str, endpoint: Endpoint) -> PriceCard:
        """Return what a model's tokens cost at a server; the user's own prices are taken as they are.

        What those do not fit leaves it unknown, as where a model of that name writes down what is said.
        """
        known = model(model_id)
        listed = with_residency(known) if endpoint.is_regional else known.prices
        own = self.prices.get(model_id, {})
        try:
            return overridden(listed if endpoint.dialect in OPENAIS_PRICES else UNKNOWN_PRICE, own)
        except InvalidPrice:
            return UNKNOWN_PRICE

    def transcription_card(self, model_id: str, endpoint: Endpoint) -> TranscriptionCard:
        """Return what a transcription model's work costs at a server; as `price_card` does for prices that do not fit."""
        listed = transcription_model(model_id).prices
        own = self.prices.get(model_id, {})
        at_openais = endpoint.dialect in OPENAIS_PRICES
        try:
            return overridden_transcription(listed if at_openais else UNKNOWN_TRANSCRIPTION_PRICE, own)
        except InvalidPrice:
            return UNKNOWN_TRANSCRIPTION_PRICE


def prices_from_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return prices out of the rows of a form: model, kind and price.

    Raises InvalidPrice for a row that cannot be used.
    """
    prices: dict[str, dict[str, str]] = {}
    for row in rows:
        model_id, kind, price = (str(row.get(name, "")).strip() for name in (CONF_MODEL, CONF_KIND, CONF_PRICE))
        if not model_id:
            raise InvalidPrice(f"{kind}: say which model the price is for")
        prices.setdefault(model_id, {})[kind] = price.replace(",", ".")
    for model_id, own in prices.items():
        try:
            _check(model_id, own)
        except InvalidPrice as err:
            raise InvalidPrice(f"{model_id}: {err}") from None
    return prices


def rows_from_prices(prices: Prices) -> list[dict[str, str]]:
    """Return the rows of a form, one for each price."""
    return [
        {CONF_MODEL: model_id, CONF_KIND: kind, CONF_PRICE: str(price)}
        for model_id, own in prices.items()
        for kind, price in own.items()
    ]


def _prices(value: Any) -> Prices:
    """Return the user's own prices."""
    if not isinstance(value, Mapping) or not all(isinstance(own, Mapping) for own in value.values()):
        raise TypeError("no prices by model")
    return value


def _record_days(value: Any) -> int:
    """Return for how many days each turn has a record; no calendar holds what a hand may write."""
    if (days := whole(value)) > LONGEST_RECORD_DAYS:
        raise ValueError("more days than records may be kept")
    return days


def _export_format(stored: Any) -> ExportFormat | None:
    """Return the format of the daily export; None for none, and for one that a later version has stored."""
    return next((known for known in ExportFormat if known == stored), None)


def _check(model_id: str, own: Mapping[str, str]) -> None:
    """Refuse prices that `AccountOptions` could not use. Raises InvalidPrice."""
    if model_id in _TRANSCRIPTION_MODELS or ("minute" in own and not model(model_id).known):
        overridden_transcription(transcription_model(model_id).prices, own)
    else:
        overridden(model(model_id).prices, own)


# How each option is read out of JSON; an option is the field of its name.
_READERS: Mapping[str, Reader] = {
    CONF_PRICES: _prices,
    CONF_RECORD_DAYS: _record_days,
    CONF_AT_LIMIT: SpendingAction,
    CONF_ECONOMY_MODEL: text,
    CONF_DAILY_EXPORT: _export_format,
    CONF_DASHBOARD: flag,
}
