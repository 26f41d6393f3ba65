"""What has been measured? With the parts that it adds up from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from benchmarks.cost.bill import CENTS, Bill, together
from benchmarks.cost.commands import COMMANDS
from benchmarks.cost.measuring import TYPICAL, Measured, Prompt
from benchmarks.cost.variations import Truncated, Variation
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, model

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything."""

    models: Mapping[str, Measured]
    """By model, in a typical house; the first is the recommended one."""
    houses: Sequence[tuple[Prompt, Measured]]
    """On the recommended model, smallest house first."""
    variations: Sequence[tuple[Variation, Measured]]
    conversations: Sequence[tuple[Truncated, Sequence[Bill]]]

    @property
    def recommended(self) -> Measured:
        """The recommended model in a typical house."""
        return self.models[DEFAULT_MODEL]

    @property
    def prompt(self) -> Prompt:
        """That of a typical house."""
        return next(prompt for prompt, _ in self.houses if prompt.exposed == TYPICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one part of a command costs on average, in cents."""

    title: str
    fresh: Decimal
    warm: Decimal


def cents(bills: Sequence[Bill]) -> Decimal:
    """Return what one of several bills comes to on average, in cents."""
    return together(bills).total * CENTS / len(bills)


def parts(results: Results) -> Iterator[Part]:
    """Yield what a command is made of on the recommended model; together that is all of it."""
    fresh, warm = together(results.recommended.fresh), together(results.recommended.warm)
    prompt, card = results.prompt, model(DEFAULT_MODEL).prices
    anew, cached = prompt.total * len(COMMANDS), card.text.cached
    assert card.text.input is not None
    assert cached is not None
    # Each new conversation reads the prompt once; in any other response it comes out of the cache.
    again = min(prompt.total * (fresh.responses - len(COMMANDS)), fresh.tokens.text_cached)
    fresh_prompt = (anew * card.text.input + again * cached) / _MILLION
    warm_prompt = min(prompt.total * warm.responses, warm.tokens.text_cached) * cached / _MILLION
    for title, tokens in (
        (f"instructions, {prompt.instructions:,} tokens", prompt.instructions),
        (f"what is in the house, {prompt.entities:,} tokens", prompt.entities),
        (f"{prompt.num_tools} tools, {prompt.tools:,} tokens", prompt.tools),
    ):
        share = Decimal(tokens) / prompt.total
        yield _part(title, fresh_prompt * share, warm_prompt * share)
    kinds = [(_by_kind(bill)) for bill in (fresh, warm)]
    yield _part(
        "results, calls and words that are read",
        kinds[0]["text read"] - fresh_prompt,
        kinds[1]["text read"] - warm_prompt,
    )
    for kind, title in _TITLES.items():
        yield _part(title, kinds[0][kind], kinds[1][kind])


_TITLES: Mapping[str, str] = {
    "sound read": "speech that is heard, in warm ones also what was said before",
    "text written": "calls and words that are written",
    "sound written": "speech that is made",
    "transcription": "transcription",
}


def _by_kind(bill: Bill) -> Mapping[str, Decimal]:
    """Return a bill in USD by what the model does; together it is the bill."""
    card, used = model(DEFAULT_MODEL).prices, bill.tokens
    text, audio = card.text, card.audio
    prices = [text.input, text.cached, text.output, audio.input, audio.cached, audio.output]
    text_in, text_cached, text_out, audio_in, audio_cached, audio_out = (price or Decimal(0) for price in prices)
    return {
        "text read": (used.text_in * text_in + used.text_cached * text_cached) / _MILLION,
        "sound read": (used.audio_in * audio_in + used.audio_cached * audio_cached) / _MILLION,
        "text written": used.text_out * text_out / _MILLION,
        "sound written": used.audio_out * audio_out / _MILLION,
        "transcription": bill.transcription,
    }


def _part(title: str, fresh: Decimal, warm: Decimal) -> Part:
    count = len(COMMANDS)
    return Part(title=title, fresh=fresh * CENTS / count, warm=warm * CENTS / count)
