"""What has the server counted, and what does that cost by the published prices? Worked out without the integration's own code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from custom_components.realtime_assist.realtime.catalog import PriceCard, model, transcription_model

_MILLION = 1_000_000
_EXACT = Decimal("1e-12")
"""A price for a minute is not always one for a second: what is finer than this nobody is billed."""
CENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of responses. What is cached is not in `text_in` and `audio_in` again."""

    text_in: int = 0
    audio_in: int = 0
    text_cached: int = 0
    audio_cached: int = 0
    text_out: int = 0
    audio_out: int = 0

    @classmethod
    def from_wire(cls, usage: Mapping[str, Any]) -> Self:
        """Read the `usage` of a response."""
        read, written = usage["input_token_details"], usage["output_token_details"]
        cached = read["cached_tokens_details"]
        return cls(
            text_in=read["text_tokens"] - cached["text_tokens"],
            audio_in=read["audio_tokens"] - cached["audio_tokens"],
            text_cached=cached["text_tokens"],
            audio_cached=cached["audio_tokens"],
            text_out=written["text_tokens"],
            audio_out=written["audio_tokens"],
        )

    def __add__(self, other: Self) -> Self:
        """Add kind by kind."""
        return type(self)(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    @property
    def read(self) -> int:
        """All that was read, from the cache or not."""
        return self.text_in + self.audio_in + self.text_cached + self.audio_cached

    @property
    def cached_share(self) -> float:
        """Which part of what was read came from the cache, 0 to 1."""
        return (self.text_cached + self.audio_cached) / self.read if self.read else 0.0

    def cost(self, card: PriceCard) -> Decimal:
        """Return the price in USD."""
        text, audio = card.text, card.audio
        parts = (
            (self.text_in, text.input),
            (self.audio_in, audio.input),
            (self.text_cached, text.cached),
            (self.audio_cached, audio.cached),
            (self.text_out, text.output),
            (self.audio_out, audio.output),
        )
        return sum((price * tokens for tokens, price in parts if price is not None), start=Decimal(0)) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What was used, and what it costs in USD."""

    tokens: Tokens = Tokens()
    responses: int = 0
    model: Decimal = Decimal(0)
    transcription: Decimal = Decimal(0)

    def __add__(self, other: Self) -> Self:
        """Add everything."""
        return type(self)(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    @property
    def total(self) -> Decimal:
        """Return all of it in USD."""
        return self.model + self.transcription


def together(bills: Sequence[Bill]) -> Bill:
    """Return the sum of bills."""
    return sum(bills, start=Bill())


def response_bill(model_id: str, usage: Mapping[str, Any]) -> Bill:
    """Return what a response costs on a model, by the `usage` on the wire."""
    tokens = Tokens.from_wire(usage)
    return Bill(tokens=tokens, responses=1, model=tokens.cost(model(model_id).prices))


def transcription_bill(model_id: str, usage: Mapping[str, Any]) -> Bill:
    """Return what a transcription costs, by the `usage` on the wire."""
    card = transcription_model(model_id).prices
    if usage["type"] == "duration":
        assert card.minute is not None
        return Bill(transcription=(card.minute * usage["seconds"] / 60).quantize(_EXACT))
    assert card.audio_input is not None
    assert card.output is not None
    audio, written = usage["input_token_details"]["audio_tokens"], usage["output_tokens"]
    return Bill(transcription=(card.audio_input * audio + card.output * written) / _MILLION)
