"""What one response consists of, before it is told in events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local_server.wire.faults import Fault


class Phase(StrEnum):
    """What a message of a reasoning model is to the turn."""

    COMMENTARY = "commentary"
    FINAL_ANSWER = "final_answer"


class Status(StrEnum):
    """How a response ends."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said."""

    text: str = ""
    phase: Phase | None = None
    """None lets a reasoning model choose by what follows, and leaves it out for the others."""
    audio_ms: int | None = None
    """Length of a tone that stands for the voice; None lets the engine speak, or takes 60 ms a character."""
    pcm: bytes | None = None
    """The voice itself: PCM16 mono at 24,000 Hz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function that is to be called."""

    name: str
    arguments: str = "{}"
    """JSON as it stands on the wire; what is not JSON is sent as it is."""
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDetails:
    """The `error` of a failed response or transcription."""

    code: str
    message: str = ""
    type: str = "server_error"

    def as_dict(self) -> dict[str, Any]:
        """Return the error as it stands on the wire."""
        return {"type": self.type, "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response: what it says and calls, how fast, and how it ends."""

    output: tuple[Message | Call, ...] = ()
    status: Status = Status.COMPLETED
    reason: str | None = None
    """Of `cancelled` and `incomplete`; None takes the usual one."""
    error: ErrorDetails | None = None
    """Of `failed`."""
    usage: Mapping[str, Any] | None = None
    """Sent instead of the counted one."""
    has_usage: bool = True
    """False sends `usage: null`."""
    created_delay: float = 0.0
    """Seconds before `response.created`."""
    delay: float = 0.0
    """Seconds between `response.created` and the first output item."""
    delta_delay: float = 0.0
    """Seconds between two deltas."""
    delta_ms: int = 100
    """Length of an audio delta."""
    faults: tuple[Fault, ...] = field(default=())
    """Armed at the beginning of this response."""
