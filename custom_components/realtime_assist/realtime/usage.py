"""Token buckets of a response and of a transcription, as the wire reports them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


def _count(details: Any, key: str) -> int:
    """Return a token count; servers leave out what they do not count."""
    value = details.get(key) if isinstance(details, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _seconds(usage: Mapping[str, Any]) -> float | None:
    """Return a duration; None where it is none."""
    value = usage.get("seconds")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts:
    """Tokens by kind."""

    text: int = 0
    audio: int = 0
    image: int = 0

    @classmethod
    def from_wire(cls, details: Any) -> Self:
        """Read `text_tokens`, `audio_tokens` and `image_tokens`."""
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
        """Read `response.usage`; None where the server reports nothing."""
        if not isinstance(usage, Mapping) or not usage:
            return None
        input_details = usage.get("input_token_details")
        output_details = usage.get("output_token_details")
        cached = input_details.get("cached_tokens_details") if isinstance(input_details, Mapping) else None
        return cls(
            input=TokenCounts.from_wire(input_details),
            cached=TokenCounts.from_wire(cached),
            output=TokenCounts.from_wire(output_details),
            reasoning=_count(output_details, "reasoning_tokens"),
        )

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
        return cls(
            input=TokenCounts.from_wire(usage.get("input_token_details")), output_tokens=_count(usage, "output_tokens")
        )
