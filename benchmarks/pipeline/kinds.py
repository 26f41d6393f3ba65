"""What is compared? Ways to an answer, lengths of it, and what it is sent as."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import override


class Way(StrEnum):
    """How an answer comes about."""

    SAFE = "safe"
    EAGER = "eager"
    SERVER_VAD = "server VAD"
    CASCADED = "cascaded"
    TEXT = "text"


class Length(StrEnum):
    """An answer's length, which decides the way that Home Assistant asks for its audio."""

    SHORT = "short"
    LONG = "long"


class Output(StrEnum):
    """What a satellite asks an answer to be sent as."""

    WAV = "wav"
    FLAC = "flac"
    NONE = "text"


TTS_OPTIONS: Mapping[Output, Mapping[str, str | int]] = {
    # What Wyoming satellites and ESPHome's own speakers ask for.
    Output.WAV: {
        "preferred_format": "wav",
        "preferred_sample_rate": 16_000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
    # What a Voice PE's media player asks for where it announces.
    Output.FLAC: {
        "preferred_format": "flac",
        "preferred_sample_rate": 48_000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row of the tables."""

    way: Way
    length: Length
    output: Output

    @override
    def __str__(self) -> str:
        return f"{self.length}, {self.way}, {self.output}"


REALTIME = (
    *(
        Kind(way=way, length=length, output=Output.WAV)
        for length in Length
        for way in (Way.SAFE, Way.EAGER, Way.SERVER_VAD)
    ),
    *(Kind(way=Way.SAFE, length=length, output=Output.FLAC) for length in Length),
)
CASCADED = tuple(Kind(way=Way.CASCADED, length=length, output=Output.WAV) for length in Length)
TEXT = tuple(Kind(way=Way.TEXT, length=length, output=Output.NONE) for length in Length)
KINDS = tuple(kind for length in Length for kind in (*REALTIME, *CASCADED, *TEXT) if kind.length is length)
"""In the order of the tables' rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is said, and what is answered."""

    recording: str
    sentence: str
    answer: str
    audio_ms: int


SCRIPTS: Mapping[Length, Script] = {
    Length.SHORT: Script(
        recording="question",
        sentence="What is the temperature in the bedroom?",
        answer="It is eighteen degrees.",
        audio_ms=1200,
    ),
    Length.LONG: Script(
        recording="shopping-list",
        sentence="What is on the shopping list?",
        answer="On the shopping list are bread, butter, tomatoes, apples, coffee and orange juice, "
        "and somebody has added a note that the milk is nearly gone.",
        audio_ms=2400,
    ),
}
