"""What the server says of an answer: how it begins, what it is made of, how it ends."""

from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from .conversation_items import OutputItem
from .usage import Usage
from .wire_values import mapping, optional_text, text


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
            # xAI reports it beside the response.
            usage=Usage.from_wire(response.get("usage") or data.get("usage")),
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
class ResponseOutputTextDone:
    """`response.output_text.done`: a written message is whole."""

    response_id: str
    item_id: str | None
    text: str = field(repr=False)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(
            response_id=text(data, "response_id"), item_id=optional_text(data, "item_id"), text=text(data, "text")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutputAudioTranscriptDelta:
    """`response.output_audio_transcript.delta`: the next words of a spoken answer."""

    response_id: str
    delta: str = field(repr=False)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(response_id=text(data, "response_id"), delta=text(data, "delta"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutputAudioTranscriptDone:
    """`response.output_audio_transcript.done`: the words of a spoken message are whole; its sound may still come."""

    response_id: str
    item_id: str | None
    transcript: str = field(repr=False)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(
            response_id=text(data, "response_id"),
            item_id=optional_text(data, "item_id"),
            transcript=text(data, "transcript"),
        )


@dataclass(frozen=True, slots=True)
class ResponseOutputAudioDelta:
    """`response.output_audio.delta`: the next PCM16 at 24 kHz of a spoken answer."""

    response_id: str
    pcm: bytes = field(repr=False)
    item_id: str | None = None

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(text(data, "response_id"), a2b_base64(text(data, "delta")), optional_text(data, "item_id"))


def _status(status: Any) -> ResponseStatus:
    """Return how a response ended; one that does not say is complete."""
    return ResponseStatus(status) if isinstance(status, str) and status in ResponseStatus else ResponseStatus.COMPLETED


def _request_tag(response: Mapping[str, Any]) -> str | None:
    """Return the tag that our `response.create` put into the metadata."""
    return optional_text(mapping(response.get("metadata")), "request")
