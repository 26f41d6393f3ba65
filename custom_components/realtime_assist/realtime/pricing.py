"""What tokens and seconds of speech cost on a price card: usage times price, in decimals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, Self

from .models import Model
from .price_cards import PriceCard, Rates
from .transcription_models import Billing, TranscriptionCard
from .usage import TokenCounts, TranscriptionUsage, Usage

_PER_MILLION: Final = -6
_SECONDS_PER_MINUTE: Final = 60
# Finer than any price per token, and coarse enough that sums of it are exact in any order.
_QUANTUM: Final = Decimal("1e-12")
_RESIDENCY_FACTOR: Final = Decimal("1.1")

HIGHEST_PRICE: Final = 1_000_000
"""USD for a million tokens, or for a minute; a thousand times what the dearest model takes. More is a slip of the pen."""
OVERRIDDEN: Final = "own price"
"""The source of a card that the user has changed."""


class CostKind(StrEnum):
    """What money is spent on. Reasoning is inside the text output; cached input is not in the other input again."""

    TEXT_INPUT = "text_input"
    TEXT_CACHED = "text_cached"
    TEXT_OUTPUT = "text_output"
    AUDIO_INPUT = "audio_input"
    AUDIO_CACHED = "audio_cached"
    AUDIO_OUTPUT = "audio_output"
    IMAGE_INPUT = "image_input"
    IMAGE_CACHED = "image_cached"
    TRANSCRIPTION = "transcription"
    UNREPORTED = "unreported"
    """What the server has not counted; its cost is never known."""


class InvalidPrice(ValueError):
    """A price of the user's own cannot be used; the message names it and says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """USD by kind. A kind that used nothing is left out; None is a use whose price is unknown."""

    by_kind: Mapping[CostKind, Decimal | None] = field(default_factory=dict)

    @property
    def total(self) -> Decimal | None:
        """Return the sum; None as soon as one price in it is unknown. Nothing used is zero."""
        amounts = self.by_kind.values()
        return None if None in amounts else self.priced

    @property
    def priced(self) -> Decimal:
        """Return the sum of what has a price."""
        return sum((amount for amount in self.by_kind.values() if amount is not None), start=Decimal(0))

    def __add__(self, other: Self) -> Self:
        """Add kind by kind; unknown plus anything stays unknown."""
        added = dict(self.by_kind)
        for kind, amount in other.by_kind.items():
            known = added.get(kind, Decimal(0))
            added[kind] = None if known is None or amount is None else known + amount
        return type(self)(by_kind=added)


FREE: Final = Cost()


def cost(usage: Usage | None, card: PriceCard) -> Cost:
    """Return what a response, or a sum of them, costs; a cancelled response costs what its usage says.

    None is a response whose server reported no usage: its cost is unknown, not zero.
    """
    if usage is None:
        return Cost(by_kind={CostKind.UNREPORTED: None})
    return _cost(
        (
            *_parts(usage.input, usage.cached, card),
            (CostKind.TEXT_OUTPUT, usage.output.text, card.text.output),
            (CostKind.AUDIO_OUTPUT, usage.output.audio, card.audio.output),
        )
    )


def transcription_cost(usage: TranscriptionUsage | None, card: TranscriptionCard) -> Cost:
    """Return what a transcription costs on its own model's card; unknown where it is not billed as the card says."""
    if usage is None:
        return FREE
    if usage.seconds is None:
        amount = _transcribed_tokens(usage, card)
    elif card.billing is Billing.DURATION and card.minute is not None:
        amount = (card.minute * Decimal(str(usage.seconds)) / _SECONDS_PER_MINUTE).quantize(_QUANTUM)
    else:
        amount = None
    return Cost(by_kind={CostKind.TRANSCRIPTION: amount})


def costs_elsewhere(usage: Usage, models: Iterable[Model]) -> dict[str, Cost]:
    """Return what the same tokens would have cost, by model id.

    It is a comparison of price lists: another model would have written, thought and cached differently.
    """
    return {model.id: cost(usage, model.prices) for model in models}


def overridden(card: PriceCard, prices: Mapping[str, Any]) -> PriceCard:
    """Return a card with the user's own prices in it.

    `prices` maps kinds such as "text_input" or "audio_cached" to USD per million tokens, as text or number; None makes
    a price unknown. Raises InvalidPrice.
    """
    if not prices:
        return card
    amounts = {name: _price(name, price) for name, price in prices.items()}
    unused = dict(amounts)
    rates = {
        modality: Rates(
            input=unused.pop(f"{modality}_input", listed.input),
            cached=unused.pop(f"{modality}_cached", listed.cached),
            output=unused.pop(f"{modality}_output", listed.output),
        )
        for modality, listed in (("text", card.text), ("audio", card.audio), ("image", card.image))
    }
    _refuse(unused, "text_input, text_cached, text_output, and the same for audio and image")
    return replace(card, **rates, source=OVERRIDDEN, as_of=None, confirmed=True)


def overridden_transcription(card: TranscriptionCard, prices: Mapping[str, Any]) -> TranscriptionCard:
    """Return a transcription card with the user's own prices in it.

    `prices` has "minute" (USD per minute), or "text_input", "audio_input" and "output" (USD per million tokens).
    Raises InvalidPrice.
    """
    if not prices:
        return card
    amounts = {name: _price(name, price) for name, price in prices.items()}
    tokens = {name: amounts.pop(name) for name in ("text_input", "audio_input", "output") if name in amounts}
    minute = {name: amounts.pop(name) for name in ("minute",) if name in amounts}
    _refuse(amounts, "minute, or text_input, audio_input and output")
    if minute and tokens:
        raise InvalidPrice("a transcription is billed by the minute or by tokens: give minute or the others, not both")
    billing = Billing.DURATION if minute else Billing.TOKENS
    return replace(card, billing=billing, **minute, **tokens, source=OVERRIDDEN, as_of=None, confirmed=True)


def with_residency(model: Model) -> PriceCard:
    """Return the card of a model on OpenAI's hosts of one region, which ask ten per cent more for the newer ones."""
    card = model.prices
    if not model.residency_surcharge:
        return card
    return replace(card, text=_raised(card.text), audio=_raised(card.audio), image=_raised(card.image))


def _parts(
    counted: TokenCounts, cached: TokenCounts, card: PriceCard
) -> Iterable[tuple[CostKind, int, Decimal | None]]:
    """Yield kinds, tokens and prices of the input. Cached tokens are a subset: nobody pays for them twice."""
    for kind, cached_kind, tokens, cached_tokens, rates in (
        (CostKind.TEXT_INPUT, CostKind.TEXT_CACHED, counted.text, cached.text, card.text),
        (CostKind.AUDIO_INPUT, CostKind.AUDIO_CACHED, counted.audio, cached.audio, card.audio),
        (CostKind.IMAGE_INPUT, CostKind.IMAGE_CACHED, counted.image, cached.image, card.image),
    ):
        subset = min(cached_tokens, tokens)
        yield kind, tokens - subset, rates.input
        yield cached_kind, subset, rates.cached


def _cost(parts: Iterable[tuple[CostKind, int, Decimal | None]]) -> Cost:
    """Return the cost of the kinds that used something."""
    return Cost(by_kind={kind: _amount(tokens, price) for kind, tokens, price in parts if tokens})


def _amount(tokens: int, price: Decimal | None) -> Decimal | None:
    """Return what tokens cost, exactly."""
    return None if price is None else (price * tokens).scaleb(_PER_MILLION)


def _transcribed_tokens(usage: TranscriptionUsage, card: TranscriptionCard) -> Decimal | None:
    """Return what a transcription's tokens cost."""
    if card.billing is not Billing.TOKENS:
        return None
    return _cost(
        (
            (CostKind.TEXT_INPUT, usage.input.text, card.text_input),
            (CostKind.AUDIO_INPUT, usage.input.audio, card.audio_input),
            (CostKind.TEXT_OUTPUT, usage.output_tokens, card.output),
        )
    ).total


def _price(name: str, price: Any) -> Decimal | None:
    """Read a price of the user's own."""
    if price is None:
        return None
    try:
        # A float's text is what the user has typed; its binary value is not.
        amount = Decimal(str(price))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(price, bool) or not amount.is_finite() or not 0 <= amount <= HIGHEST_PRICE:
        raise InvalidPrice(f"{name}: {price!r} is no price; give USD as a number such as 0.40, zero or more")
    return amount


def _refuse(unused: Mapping[str, Any], expected: str) -> None:
    """Refuse prices of what is not priced."""
    if unused:
        raise InvalidPrice(f"there is no price for {', '.join(sorted(unused))}; the prices are {expected}")


def _raised(rates: Rates) -> Rates:
    """Return rates with the surcharge of a region."""
    return Rates(
        **{
            name: None if price is None else price * _RESIDENCY_FACTOR
            for name, price in (("input", rates.input), ("cached", rates.cached), ("output", rates.output))
        }
    )
