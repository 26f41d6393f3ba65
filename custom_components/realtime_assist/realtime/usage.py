"""Token buckets of a response and of a transcription, as the wire reports them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

# Ten times what the longest context of any model holds, and an hour more than a session lives.
MOST_TOKENS: Final = 10_000_000
MOST_SECONDS: Final = 7200.0


class _Absurd(Exception):
    """A count is more than there can be: nothing of the report is to be believed."""


def _count(details: Any, key: str) -> int:
    """Return a token count; servers leave out what they do not count. Raises _Absurd."""
    value = details.get(key) if isinstance(details, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0
    if value > MOST_TOKENS:
        raise _Absurd
    return value if isinstance(value, int) and value > 0 else 0


def _seconds(usage: Mapping[str, Any]) -> float | None:
    """Return a duration; None where it is none."""
    value = usage.get("seconds")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value <= MOST_SECONDS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts:
    """Tokens by kind."""

    text: int = 0
    audio: int = 0
    image: int = 0

    @classmethod
    def from_wire(cls, details: Any) -> Self:
        """Read `text_tokens`, `audio_tokens` and `image_tokens`. Raises _Absurd."""
        return cls(
            text=_count(details, "text_tokens"),
            audio=_count(details, "audio_tokens"),
            image=_count(details, "image_tokens"),
        )

    def __add__(self, other: Self) -> Self:
        """Add kind by kind."""
        return type(self)(text=self.text + other.text, audio=self.audio + other.audio, image=self.image + other.image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one response, or a sum of them, was made from and of. Cached tokens are a subset of the input's."""

    input: TokenCounts = TokenCounts()
    cached: TokenCounts = TokenCounts()
    output: TokenCounts = TokenCounts()
    reasoning: int = 0
    """Tokens of thought, inside the output's text tokens."""

    @classmethod
    def from_wire(cls, usage: Any) -> Self | None:
        """Read `response.usage`; None where the server reports nothing, or more than there can be."""
        if not isinstance(usage, Mapping) or not usage:
            return None
        input_details = usage.get("input_token_details")
        output_details = usage.get("output_token_details")
        cached = input_details.get("cached_tokens_details") if isinstance(input_details, Mapping) else None
        try:
            return cls(
                input=TokenCounts.from_wire(input_details),
                cached=TokenCounts.from_wire(cached),
                output=TokenCounts.from_wire(output_details),
                reasoning=_count(output_details, "reasoning_tokens"),
            )
        except _Absurd:
            return None

    def __add__(self, other: Self) -> Self:
        """Add bucket by bucket."""
        return type(self)(
            input=self.input + other.input,
            cached=self.cached + other.cached,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionUsage:
    """What a transcription used; billed on the transcription model's own card, by duration or by tokens."""

    seconds: float | None = None
    input: TokenCounts = TokenCounts()
    output_tokens: int = 0

    @classmethod
    def from_wire(cls, usage: Any) -> Self | None:
        """Read the usage of `conversation.item.input_audio_transcription.completed`."""
        if not isinstance(usage, Mapping):
            return None
        if usage.get("type") == "duration":
            seconds = _seconds(usage)
            return None if seconds is None else cls(seconds=seconds)
        try:
            heard = TokenCounts.from_wire(usage.get("input_token_details"))
            return cls(input=heard, output_tokens=_count(usage, "output_tokens"))
        except _Absurd:
            return None
