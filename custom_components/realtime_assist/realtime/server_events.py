"""The server events that we use, the parser, and what we ignore on purpose.

The wire is parsed once, here: text in, frozen dataclasses out, each named word for word after its event. A message that
cannot be read never raises: it becomes an Anomaly, which is counted.
"""

from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import orjson

from .conversation_items import OutputItem
from .usage import TranscriptionUsage, Usage
from .wire_values import mapping, number, optional_text, text


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated:
    """`session.created`: the server has let us in."""

    session_id: str | None
    model: str | None

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        session = data["session"]
        return cls(session_id=optional_text(session, "id"), model=optional_text(session, "model"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioBufferCommitted:
    """`input_audio_buffer.committed`: the buffered audio is a user message now."""

    item_id: str

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(item_id=text(data, "item_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioTranscriptionCompleted:
    """`conversation.item.input_audio_transcription.completed`: what the user said, as a separate model heard it."""

    item_id: str
    transcript: str = field(repr=False)
    usage: TranscriptionUsage | None

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(
            item_id=text(data, "item_id"),
            transcript=text(data, "transcript"),
            usage=TranscriptionUsage.from_wire(data.get("usage")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioTranscriptionFailed:
    """`conversation.item.input_audio_transcription.failed`: the session lives on."""

    item_id: str
    code: str | None

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(item_id=text(data, "item_id"), code=_error_code(data.get("error")))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCreated:
    """`response.created`: an answer begins."""

    response_id: str
    request: str | None
    """Our own tag in the metadata: which `response.create` this answers."""

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        response = data["response"]
        return cls(response_id=text(response, "id"), request=_request_tag(response))


class ResponseStatus(StrEnum):
    """How a response ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDone:
    """`response.done`: an answer has ended, one way or another."""

    response_id: str | None
    request: str | None
    status: ResponseStatus
    reason: str | None
    """`turn_detected`, `client_cancelled`, `max_output_tokens` or `content_filter`."""
    error_type: str | None
    error_code: str | None
    usage: Usage | None

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event, whatever is missing from it: an answer that has ended must not stay open."""
        response = mapping(data.get("response"))
        details = mapping(response.get("status_details"))
        error = mapping(details.get("error"))
        return cls(
            response_id=optional_text(response, "id"),
            request=_request_tag(response),
            status=_status(response.get("status")),
            reason=optional_text(details, "reason"),
            error_type=optional_text(error, "type"),
            error_code=optional_text(error, "code"),
            usage=Usage.from_wire(response.get("usage")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutputItemAdded:
    """`response.output_item.added`: a message or a function call begins."""

    response_id: str
    item: OutputItem

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(response_id=text(data, "response_id"), item=OutputItem.from_wire(data["item"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutputItemDone:
    """`response.output_item.done`: the only event on which a function call is acted."""

    response_id: str
    item: OutputItem

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(response_id=text(data, "response_id"), item=OutputItem.from_wire(data["item"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutputTextDelta:
    """`response.output_text.delta`: the next words of a written answer."""

    response_id: str
    delta: str = field(repr=False)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(response_id=text(data, "response_id"), delta=text(data, "delta"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutputAudioTranscriptDelta:
    """`response.output_audio_transcript.delta`: the next words of a spoken answer."""

    response_id: str
    delta: str = field(repr=False)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(response_id=text(data, "response_id"), delta=text(data, "delta"))


@dataclass(frozen=True, slots=True)
class ResponseOutputAudioDelta:
    """`response.output_audio.delta`: the next PCM16 at 24 kHz of a spoken answer."""

    response_id: str
    pcm: bytes = field(repr=False)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(text(data, "response_id"), a2b_base64(text(data, "delta")))


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
class ErrorEvent:
    """`error`: something was refused; the session usually lives on."""

    error_type: str | None
    code: str | None
    param: str | None
    client_event_id: str | None
    """Which event of ours is meant; None where the error is not about one."""

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event; its sentence is left out, as it may quote the key."""
        error = mapping(data.get("error"))
        return cls(
            error_type=optional_text(error, "type"),
            code=optional_text(error, "code"),
            param=optional_text(error, "param"),
            client_event_id=optional_text(error, "event_id"),
        )


type ServerEvent = (
    SessionCreated
    | InputAudioBufferCommitted
    | InputAudioTranscriptionCompleted
    | InputAudioTranscriptionFailed
    | ResponseCreated
    | ResponseDone
    | ResponseOutputItemAdded
    | ResponseOutputItemDone
    | ResponseOutputTextDelta
    | ResponseOutputAudioTranscriptDelta
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


EVENTS: Mapping[str, Callable[[Mapping[str, Any]], ServerEvent]] = {
    "session.created": SessionCreated.from_wire,
    "input_audio_buffer.committed": InputAudioBufferCommitted.from_wire,
    "conversation.item.input_audio_transcription.completed": InputAudioTranscriptionCompleted.from_wire,
    "conversation.item.input_audio_transcription.failed": InputAudioTranscriptionFailed.from_wire,
    "response.created": ResponseCreated.from_wire,
    "response.done": ResponseDone.from_wire,
    "response.output_item.added": ResponseOutputItemAdded.from_wire,
    "response.output_item.done": ResponseOutputItemDone.from_wire,
    "response.output_text.delta": ResponseOutputTextDelta.from_wire,
    "response.output_audio_transcript.delta": ResponseOutputAudioTranscriptDelta.from_wire,
    "response.output_audio.delta": ResponseOutputAudioDelta.from_wire,
    "rate_limits.updated": RateLimitsUpdated.from_wire,
    "error": ErrorEvent.from_wire,
}

_REPEATED = "repeats what the deltas and response.output_item.done have said"
_ECHO = "confirms what we sent; a refusal comes as an error"
_OWN_ITEMS = "items are known by the ids that we gave them and by the response that makes them"
_SERVER_VAD = "the end of speech is Home Assistant's to find"
_WEBRTC = "belongs to WebRTC and SIP, where the server owns the playback"
_REMOTE_MCP = "tools run in Home Assistant; no remote MCP server is ever named"

IGNORED: Mapping[str, str] = {
    "session.updated": _ECHO,
    "conversation.created": "a session has one conversation",
    "conversation.item.added": _OWN_ITEMS,
    "conversation.item.created": _OWN_ITEMS,
    "conversation.item.done": _OWN_ITEMS,
    "conversation.item.deleted": _ECHO,
    "conversation.item.truncated": _ECHO,
    "conversation.item.retrieved": "nothing is ever retrieved",
    "conversation.item.input_audio_transcription.delta": "a transcript is used when it is whole",
    "conversation.item.input_audio_transcription.segment": "speakers are not told apart",
    "input_audio_buffer.cleared": _ECHO,
    "input_audio_buffer.speech_started": _SERVER_VAD,
    "input_audio_buffer.speech_stopped": _SERVER_VAD,
    "input_audio_buffer.timeout_triggered": _SERVER_VAD,
    "input_audio_buffer.dtmf_event_received": _WEBRTC,
    "output_audio_buffer.started": _WEBRTC,
    "output_audio_buffer.stopped": _WEBRTC,
    "output_audio_buffer.cleared": _WEBRTC,
    "response.content_part.added": "the deltas say what kind of part it is",
    "response.content_part.done": _REPEATED,
    "response.output_text.done": _REPEATED,
    "response.output_audio.done": _REPEATED,
    "response.output_audio_transcript.done": _REPEATED,
    "response.function_call_arguments.delta": "arguments are used when they are whole",
    "response.function_call_arguments.done": _REPEATED,
    "response.mcp_call_arguments.delta": _REMOTE_MCP,
    "response.mcp_call_arguments.done": _REMOTE_MCP,
    "response.mcp_call.in_progress": _REMOTE_MCP,
    "response.mcp_call.completed": _REMOTE_MCP,
    "response.mcp_call.failed": _REMOTE_MCP,
    "mcp_list_tools.in_progress": _REMOTE_MCP,
    "mcp_list_tools.completed": _REMOTE_MCP,
    "mcp_list_tools.failed": _REMOTE_MCP,
}


def parse_server_event(message: bytes | str, aliases: Mapping[str, str]) -> ServerEvent | Anomaly | None:
    """Return the event in a message; None for one that is ignored on purpose.

    `aliases` are the dialect's own names for events.
    """
    try:
        data = orjson.loads(message)
    except orjson.JSONDecodeError:
        return Anomaly(AnomalyKind.NOT_JSON)
    if not isinstance(data, dict) or not isinstance(name := data.get("type"), str):
        return Anomaly(AnomalyKind.MALFORMED)
    name = aliases.get(name, name)
    if (from_wire := EVENTS.get(name)) is None:
        return None if name in IGNORED else Anomaly(AnomalyKind.UNKNOWN_EVENT, name)
    try:
        return from_wire(data)
    except KeyError, TypeError, ValueError, AttributeError:
        return Anomaly(AnomalyKind.MALFORMED, name)


def _status(status: Any) -> ResponseStatus:
    """Return how a response ended; one that does not say is complete."""
    return ResponseStatus(status) if isinstance(status, str) and status in ResponseStatus else ResponseStatus.COMPLETED


def _error_code(error: Any) -> str | None:
    """Return the code of an error object, or its type where some servers put the code."""
    details = mapping(error)
    return optional_text(details, "code") or optional_text(details, "type")


def _request_tag(response: Mapping[str, Any]) -> str | None:
    """Return the tag that our `response.create` put into the metadata."""
    return optional_text(mapping(response.get("metadata")), "request")
