"""What a message of the server means.

The wire is parsed once, here: text in, frozen dataclasses out, each named word for word after its event. A message that
cannot be read never raises: it becomes an Anomaly, which is counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

import orjson

from .catalog import DialectName
from .greeting import recognised
from .ignored_events import ELSEWHERE, IGNORED
from .input_events import (
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
    transcription_completed,
)
from .response_events import (
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
)
from .wire_values import number, optional_text, text


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated:
    """`session.created`: the server has let us in."""

    session_id: str | None
    model: str | None
    dialect: DialectName = DialectName.GA
    """In which shape the server says who it is."""

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        session = data["session"]
        return cls(
            session_id=optional_text(session, "id"), model=optional_text(session, "model"), dialect=recognised(session)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """What is left of one limit, as of `requests` or `tokens` in a minute."""

    name: str
    remaining: float
    reset_seconds: float

    @property
    def used_up(self) -> bool:
        """Return whether nothing is left until the reset."""
        return self.remaining <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitsUpdated:
    """`rate_limits.updated`: what is left; some servers send it before a response, some after, some never."""

    rate_limits: tuple[RateLimit, ...]

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(
            rate_limits=tuple(
                RateLimit(
                    name=text(limit, "name"),
                    remaining=number(limit, "remaining"),
                    reset_seconds=number(limit, "reset_seconds"),
                )
                for limit in data["rate_limits"]
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """`ping`: xAI sends it every now and then, whatever else it does; the socket has pings of its own."""


# These are the message's own, and say nothing of the error.
_OF_THE_MESSAGE = frozenset({"type", "event_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvent:
    """`error`: something was refused; the session usually lives on."""

    error_type: str | None
    code: str | None
    param: str | None
    client_event_id: str | None
    """Which event of ours is meant; None where the error is not about one."""

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event; its sentence is left out, as it may quote the key.

        Some servers say at the top what others say inside `error`, and some name the code there and nothing else.
        """
        match data.get("error"):
            case dict() as error:
                pass
            case str(word) if word.isidentifier():
                error = {"code": word}
            case _:
                error = {name: value for name, value in data.items() if name not in _OF_THE_MESSAGE}
        return cls(
            error_type=optional_text(error, "type"),
            code=optional_text(error, "code"),
            param=optional_text(error, "param"),
            client_event_id=optional_text(error, "event_id"),
        )


type ServerEvent = (
    SessionCreated
    | InputAudioBufferSpeechStarted
    | InputAudioBufferSpeechStopped
    | InputAudioBufferCommitted
    | InputAudioTranscriptionCompleted
    | InputAudioTranscriptionFailed
    | ResponseCreated
    | ResponseDone
    | ResponseOutputItemAdded
    | ResponseOutputItemDone
    | ResponseOutputTextDelta
    | ResponseOutputTextDone
    | ResponseOutputAudioTranscriptDelta
    | ResponseOutputAudioTranscriptDone
    | ResponseOutputAudioDelta
    | RateLimitsUpdated
    | ErrorEvent
)


class AnomalyKind(StrEnum):
    """What was odd about a message."""

    NOT_JSON = "not_json"
    UNKNOWN_EVENT = "unknown_event"
    MALFORMED = "malformed"
    UNEXPECTED = "unexpected"
    """Well-formed, but not in this state: a late or duplicate event, or one of a response that is over."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A message that is counted and otherwise passed over."""

    kind: AnomalyKind
    event_type: str = ""


type Reader = Callable[[Mapping[str, Any]], ServerEvent | None]
"""Reads an event; None is one that says nothing yet."""

EVENTS: Mapping[str, Reader] = {
    "session.created": SessionCreated.from_wire,
    "input_audio_buffer.speech_started": InputAudioBufferSpeechStarted.from_wire,
    "input_audio_buffer.speech_stopped": InputAudioBufferSpeechStopped.from_wire,
    "input_audio_buffer.committed": InputAudioBufferCommitted.from_wire,
    "conversation.item.input_audio_transcription.completed": transcription_completed,
    "conversation.item.input_audio_transcription.failed": InputAudioTranscriptionFailed.from_wire,
    "response.created": ResponseCreated.from_wire,
    "response.done": ResponseDone.from_wire,
    "response.output_item.added": ResponseOutputItemAdded.from_wire,
    "response.output_item.done": ResponseOutputItemDone.from_wire,
    "response.output_text.delta": ResponseOutputTextDelta.from_wire,
    "response.output_text.done": ResponseOutputTextDone.from_wire,
    "response.output_audio_transcript.delta": ResponseOutputAudioTranscriptDelta.from_wire,
    "response.output_audio_transcript.done": ResponseOutputAudioTranscriptDone.from_wire,
    "response.output_audio.delta": ResponseOutputAudioDelta.from_wire,
    "rate_limits.updated": RateLimitsUpdated.from_wire,
    "error": ErrorEvent.from_wire,
}


NO_READINGS: Mapping[str, Reader] = MappingProxyType({})


def parse_server_event(
    message: bytes | str, aliases: Mapping[str, str], readings: Mapping[str, Reader] = NO_READINGS
) -> ServerEvent | Ping | Anomaly | None:
    """Return the event in a message; None for one that is ignored on purpose.

    `aliases` are the dialect's own names for events, `readings` are the events that mean something of its own.
    """
    try:
        data = orjson.loads(message)
    except orjson.JSONDecodeError:
        return Anomaly(AnomalyKind.NOT_JSON)
    if not isinstance(data, dict) or not isinstance(name := data.get("type"), str):
        return Anomaly(AnomalyKind.MALFORMED)
    if name == "ping":
        return Ping()
    name = aliases.get(name, name)
    if (from_wire := readings.get(name) or EVENTS.get(name)) is None:
        return None if name in IGNORED or name in ELSEWHERE else Anomaly(AnomalyKind.UNKNOWN_EVENT, name)
    try:
        return from_wire(data)
    except KeyError, TypeError, ValueError, AttributeError:
        return Anomaly(AnomalyKind.MALFORMED, name)
