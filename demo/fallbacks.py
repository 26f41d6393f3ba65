"""Which fallbacks Home Assistant's bus has told of, and which were expected."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EVENT = "realtime_assist_fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One replacement; None stands for whatever it was."""

    kind: str
    left: str | None = None
    taken: str | None = None
    reason: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Step:
        """Read an event of the bus."""
        data = event["data"]
        return cls(kind=data["kind"], left=data["from"], taken=data["to"], reason=data["reason"])

    def matches(self, other: Step) -> bool:
        """Say whether another step is what this one expects."""
        pairs = ((self.left, other.left), (self.taken, other.taken), (self.reason, other.reason))
        return self.kind == other.kind and all(expected in {None, found} for expected, found in pairs)

    def __str__(self) -> str:
        """Return the step as one line."""
        return f"{self.kind}: {self.left or '*'} -> {self.taken or '*'} ({self.reason or '*'})"


def steps(queue: asyncio.Queue[dict[str, Any]]) -> tuple[Step, ...]:
    """Take what has come so far."""
    found = []
    while not queue.empty():
        found.append(Step.from_event(queue.get_nowait()))
    return tuple(found)


def failures(expected: Sequence[Step], found: Iterable[Step]) -> list[str]:
    """Return a sentence for each step that is missing, and for each that nobody expected."""
    left = list(found)
    wrong: list[str] = []
    for step in expected:
        match = next((each for each in left if step.matches(each)), None)
        if match is None:
            wrong.append(f"expected the fallback {step}, it was not told")
        else:
            left.remove(match)
    return wrong + [f"expected no other fallback, got {step}" for step in left]
