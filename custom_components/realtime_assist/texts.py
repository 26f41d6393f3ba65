"""What a form or a repair says that depends on figures: sentences of the translations, filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations

from .const import DOMAIN
from .realtime.catalog import (
    Benchmark,
    LifeCycle,
    Model,
    PriceCard,
    TranscriptionCard,
    TranscriptionModel,
    profile,
    side_by_side,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts in Home Assistant's language, or in English."""

    templates: Mapping[str, str]

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Self:
        """Load the texts."""
        return cls._of(await async_get_translations(hass, hass.config.language, "selector", [DOMAIN]))

    @classmethod
    def loaded(cls, hass: HomeAssistant) -> Self:
        """Return the texts that Home Assistant has loaded already, as it does with each integration."""
        return cls._of(async_get_cached_translations(hass, hass.config.language, "selector", DOMAIN))

    @classmethod
    def _of(cls, translations: Mapping[str, str]) -> Self:
        """Return the texts that are among translations."""
        prefix = f"component.{DOMAIN}.selector.texts.options."
        return cls(
            templates={
                key.removeprefix(prefix): template for key, template in translations.items() if key.startswith(prefix)
            }
        )

    def text(self, key: str, **values: str) -> str:
        """Return a text with values in it."""
        return self.templates[key].format(**values)

    def model(self, model: Model, card: PriceCard, today: date) -> str:
        """Return a model's name with, where it is going, until when it is there, and its price.

        What stands last is cut off where a list is narrow.
        """
        return " · ".join((model.id, *self._end(model.life_cycle, today), self.price(card)))

    def transcription_model(self, model: TranscriptionModel, card: TranscriptionCard, today: date) -> str:
        """Return a transcription model's name with, where it is going, until when it is there, and its price."""
        return " · ".join((model.id, *self._end(model.life_cycle, today), self._transcription_price(card)))

    def _end(self, life_cycle: LifeCycle, today: date) -> list[str]:
        """Return when a model goes, or has gone; nothing where no date is known."""
        if life_cycle.shutdown_date is None:
            return []
        key = "retired_since" if life_cycle.is_retired(today) else "deprecated_until"
        return [self.text(key, date=life_cycle.shutdown_date.isoformat())]

    def _transcription_price(self, card: TranscriptionCard) -> str:
        """Return what a minute costs, or a million tokens."""
        if card.minute is not None:
            return self.text("price_minute", minute=_amount(card.minute))
        if card.audio_input is None and card.output is None:
            return self.text("price_unknown")
        return self.text("price_transcription", audio_input=_amount(card.audio_input), output=_amount(card.output))

    def price(self, card: PriceCard) -> str:
        """Return what a million tokens cost."""
        amounts = (card.audio.input, card.audio.output, card.text.input, card.text.output)
        if all(amount is None for amount in amounts):
            return self.text("price_unknown")
        names = ("audio_input", "audio_output", "text_input", "text_output")
        return self.text("price", **{name: _amount(amount) for name, amount in zip(names, amounts, strict=True)})

    def benchmarks(self, old: Model, new: Model) -> str:
        """Return what is published of both models, test by test, each figure with its reasoning effort."""
        rows = [
            self.text(
                "benchmark",
                test=row.test,
                publisher=row.publisher,
                old=self._figures(row.first),
                new=self._figures(row.second),
            )
            for row in side_by_side(old.benchmarks, new.benchmarks)
        ]
        return "; ".join(rows) or self.text("no_benchmarks")

    def _figures(self, figures: Iterable[Benchmark]) -> str:
        """Return the figures of one side."""
        told = [
            f"{figure.score:g}" if figure.effort is None else f"{figure.score:g} ({figure.effort})"
            for figure in figures
        ]
        return ", ".join(told) or self.text("not_published")

    def voice(self, voice: str) -> str:
        """Return a voice's name with what is known of it."""
        return self.text("recommended_voice", voice=voice) if profile(voice).recommended else voice


def _amount(amount: Decimal | None) -> str:
    """Return an amount of USD with two digits at least."""
    if amount is None:
        return "?"
    text = f"{amount.normalize():f}"
    return text if len(text.partition(".")[2]) > 1 else f"{amount:.2f}"
