"""When what happened in one voice run, counted from the end of speech."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """A moment that a listener or a developer would ask about, in the order they usually come."""

    END_OF_SPEECH_NOTICED = "end noticed"
    TRANSCRIPT = "transcript"
    TOOL_CALL = "tool call"
    FIRST_TEXT = "first text"
    RUN_END = "run end"
    FIRST_AUDIO = "first audio"
    LAST_AUDIO = "last audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A mark and its time on the demo's clock, in seconds."""

    mark: Mark
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The stamps of a run; `speech_end` is when the last audible frame had been spoken, on the same clock."""

    speech_end: float
    stamps: tuple[Stamp, ...]

    def milliseconds(self) -> dict[Mark, int]:
        """Return the first stamp of each mark in ms after the end of speech, earliest first."""
        first: dict[Mark, int] = {}
        for stamp in sorted(self.stamps, key=lambda stamp: stamp.at):
            first.setdefault(stamp.mark, round((stamp.at - self.speech_end) * 1000))
        return first


_PLAIN = {"stt-vad-end": Mark.END_OF_SPEECH_NOTICED, "stt-end": Mark.TRANSCRIPT, "run-end": Mark.RUN_END}


def marks(event: Mapping[str, Any]) -> Iterator[Mark]:
    """Yield what a pipeline event marks."""
    if mark := _PLAIN.get(event["type"]):
        yield mark
    if event["type"] != "intent-progress":
        return
    delta = event["data"].get("chat_log_delta") or {}
    if delta.get("tool_calls"):
        yield Mark.TOOL_CALL
    # A delta of spaces only opens the stream of an answer whose text is still to come.
    if delta.get("role") != "tool_result" and (delta.get("content") or "").strip():
        yield Mark.FIRST_TEXT
