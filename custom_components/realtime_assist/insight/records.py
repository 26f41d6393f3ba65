"""What is remembered of one turn: figures and ids, never audio and never text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from ..realtime import TranscriptionUsage, Usage
from ..realtime.pricing import FREE, Cost
from . import stored
from .stored import Reader, UnreadableRecord

VERSION = 1
"""The version of the stored shape; a record of another one is refused, not guessed at."""

# The fields of a record that are stored as they are.
_PLAIN = (
    "language",
    "satellite",
    "model",
    "voice",
    "connect_seconds",
    "connections_tried",
    "connections_failed",
    "session_age",
    "transcription_model",
    "retries",
    "cancelled",
)


class Rung(StrEnum):
    """What answered a turn in the end."""

    PRIMARY = "primary"
    """The primary model."""
    FALLBACK_MODEL = "fallback_model"
    FALLBACK_AGENT = "fallback_agent"
    NONE = "none"
    """Nothing: the user heard an excuse."""


class FallbackKind(StrEnum):
    """What was replaced."""

    MODEL = "model"
    VOICE = "voice"
    AGENT = "agent"
    STT = "stt"
    TTS = "tts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """One replacement: what was left, what took its place, and the code of the reason."""

    kind: FallbackKind
    from_: str
    to: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON-able shape."""
        return {"kind": self.kind.value, "from": self.from_, "to": self.to, "reason": self.reason}

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read what `to_dict` returned."""
        return cls(
            kind=read.one_of("kind", FallbackKind),
            from_=read.text("from"),
            to=read.text("to"),
            reason=read.text("reason"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds from the end of speech (of a text: from its arrival); None for what did not happen."""

    transcript: float | None = None
    first_text: float | None = None
    first_audio: float | None = None
    total: float | None = None
    tools: tuple[tuple[str, float], ...] = ()
    """The names of the tools that ran, and the seconds that each took."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape."""
        return stored.compact(
            {
                "transcript": self.transcript,
                "first_text": self.first_text,
                "first_audio": self.first_audio,
                "total": self.total,
                "tools": [[name, seconds] for name, seconds in self.tools],
            }
        )

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read what `to_dict` returned."""
        return cls(
            transcript=read.optional_number("transcript"),
            first_text=read.optional_number("first_text"),
            first_audio=read.optional_number("first_audio"),
            total=read.optional_number("total"),
            tools=tuple(_tool(read, item) for item in read.items("tools")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalls:
    """How many tools the model has called. All of them are in `made`."""

    made: int = 0
    failed: int = 0
    """Those that ran and raised an error: the house's fault."""
    invalid: int = 0
    """Those of an unknown tool or with arguments that its schema refuses: the model's fault."""

    def __add__(self, other: Self) -> Self:
        """Add."""
        return type(self)(
            made=self.made + other.made, failed=self.failed + other.failed, invalid=self.invalid + other.invalid
        )

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read the counts."""
        return cls(made=read.count("made"), failed=read.count("failed"), invalid=read.count("invalid"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One turn, from the first frame of audio to the last response without a pending tool call."""

    started_at: float
    """Seconds since the epoch, UTC."""
    agent_id: str
    language: str | None = None
    """The conversation's."""
    satellite: str | None = None
    """Its entity id; None for a turn that no satellite has asked for."""
    model: str | None = None
    """The model that answered, or was asked last."""
    voice: str | None = None
    rung: Rung = Rung.PRIMARY
    connect_seconds: float | None = None
    """The time to a ready session; None where a warm one was there or none came about."""
    connections_tried: int = 0
    connections_failed: int = 0
    session_age: float | None = None
    """Seconds that the session had lived when the turn began."""
    timings: Timings = Timings()
    usage: Usage | None = None
    """Of all the turn's responses; None where the server reported none."""
    transcription_model: str | None = None
    transcription: TranscriptionUsage | None = None
    cost: Cost = FREE
    retries: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    """How often, by code."""
    fallbacks: tuple[Fallback, ...] = ()
    tool_calls: ToolCalls = ToolCalls()
    cancelled: bool = False

    @property
    def warm(self) -> bool:
        """Whether the turn found a session ready."""
        return self.connections_tried == 0 and self.session_age is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able shape; what is empty is left out."""
        return {
            "version": VERSION,
            "started_at": self.started_at,
            "agent_id": self.agent_id,
            "rung": self.rung.value,
            **stored.compact(
                {
                    **{name: getattr(self, name) for name in _PLAIN},
                    "timings": self.timings.to_dict(),
                    "usage": stored.usage_to_dict(self.usage),
                    "transcription": stored.transcription_to_dict(self.transcription),
                    "cost": stored.cost_to_dict(self.cost),
                    "errors": dict(self.errors),
                    "fallbacks": [fallback.to_dict() for fallback in self.fallbacks],
                    "tool_calls": stored.counts_to_dict(self.tool_calls),
                }
            ),
        }

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read what `to_dict` returned. Raises UnreadableRecord."""
        read = Reader.of_version("turn", data, VERSION)
        return cls(
            started_at=read.number("started_at"),
            agent_id=read.text("agent_id"),
            rung=read.one_of("rung", Rung),
            language=read.optional_text("language"),
            satellite=read.optional_text("satellite"),
            model=read.optional_text("model"),
            voice=read.optional_text("voice"),
            connect_seconds=read.optional_number("connect_seconds"),
            connections_tried=read.count("connections_tried"),
            connections_failed=read.count("connections_failed"),
            session_age=read.optional_number("session_age"),
            timings=Timings.from_reader(read.part("timings")),
            usage=stored.usage_from(read.optional_part("usage")),
            transcription_model=read.optional_text("transcription_model"),
            transcription=stored.transcription_from(read.optional_part("transcription")),
            cost=stored.cost_from(read.part("cost")),
            retries=read.count("retries"),
            errors=read.part("errors").counts(),
            fallbacks=tuple(
                Fallback.from_reader(Reader.of("turn.fallbacks", item)) for item in read.items("fallbacks")
            ),
            tool_calls=ToolCalls.from_reader(read.part("tool_calls")),
            cancelled=read.flag("cancelled"),
        )


def _tool(read: Reader, item: Any) -> tuple[str, float]:
    """Read a tool's name and seconds."""
    match item:
        case [str(name), int() | float() as seconds]:
            return name, float(seconds)
        case _:
            raise UnreadableRecord(f"{read.where}.tools has an item that is not a name and seconds")
