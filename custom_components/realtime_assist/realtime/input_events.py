"""What the server says of the user's speech: when it begins and ends, what it became, and its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .usage import TranscriptionUsage
from .wire_values import mapping, optional_text, text


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioBufferSpeechStarted:
    """`input_audio_buffer.speech_started`: the server's own turn detection hears somebody speak."""

    item_id: str

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(item_id=text(data, "item_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAudioBufferSpeechStopped:
    """`input_audio_buffer.speech_stopped`: the server's own turn detection hears nobody any more."""

    item_id: str

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """Read the event."""
        return cls(item_id=text(data, "item_id"))


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


def _error_code(error: Any) -> str | None:
    """Return the code of an error object, or its type where some servers put the code."""
    details = mapping(error)
    return optional_text(details, "code") or optional_text(details, "type")


def transcription_completed(data: Mapping[str, Any]) -> InputAudioTranscriptionCompleted | None:
    """Read `...transcription.completed`; None for a first guess, which xAI sends under this name while others speak on."""
    if data.get("status") == "in_progress":
        return None
    return InputAudioTranscriptionCompleted.from_wire(data)
