"""What a mind behind the wire must be able to do: hear, decide, speak."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCall:
    """One function that the mind wants called."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one response says and calls; either may be empty, never both."""

    text: str = ""
    calls: tuple[FunctionCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a response may draw on, in the wire's own shapes."""

    instructions: str
    tools: Sequence[Mapping[str, Any]]
    """Flat function tools as in `session.tools`."""
    items: Sequence[Mapping[str, Any]]
    """Conversation items, oldest first. Audio content carries its `transcript`, never its audio."""


class Engine(Protocol):
    """Hears, decides and speaks. All audio is PCM16 mono at 24,000 Hz, little endian."""

    async def transcribe(self, pcm: bytes, situation: Situation) -> str:
        """Return what was said, or an empty string for noise; the situation's names help the hearing."""
        ...

    async def decide(self, situation: Situation) -> Decision:
        """Return the next response to the situation's last item."""
        ...

    def speak(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """Yield the spoken text piece by piece, each at most a sentence long."""
        ...

    async def close(self) -> None:
        """Free what the engine holds; safe to call twice."""
        ...
