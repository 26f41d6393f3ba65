"""Which voices there are, what is known of them, and which suits which use."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

PREVIEW_VOICES: tuple[str, ...] = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
"""What the preview models have."""

VOICES: tuple[str, ...] = ("marin", "cedar", *PREVIEW_VOICES)
"""What the production models have, the recommended ones first."""

_SDK = "openai package 3.54.0, types/realtime/realtime_audio_config_output.py"
_PREDECESSOR = "predecessor project, unconfirmed"

_CUSTOM_PREFIX = "voice_"

type WireVoice = str | dict[str, str]
"""A voice in the shape of `session.audio.output.voice`."""


class Use(StrEnum):
    """What an agent's voice is mostly for."""

    GENERAL = "general"
    ANNOUNCEMENTS = "announcements"
    LONG_READING = "long_reading"
    CHILDREN = "children"
    NIGHT = "night"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProfile:
    """What is known of a voice. Where nobody who should know has described it, nothing is said."""

    recommended: bool = False
    recommended_by: str | None = None
    description: str | None = None
    described_by: str | None = None


NEUTRAL = VoiceProfile()

PROFILES: Mapping[str, VoiceProfile] = MappingProxyType(
    {
        "marin": VoiceProfile(
            recommended=True,
            recommended_by=_SDK,
            description="feminine, crisp, articulate",
            described_by=_PREDECESSOR,
        ),
        "cedar": VoiceProfile(
            recommended=True,
            recommended_by=_SDK,
            description="masculine, rich, authoritative",
            described_by=_PREDECESSOR,
        ),
    }
)

SUBSTITUTES: Mapping[str, str] = MappingProxyType(
    {
        # Nobody describes the voices officially: a pair here is a start that the user may edit, not a likeness.
        "marin": "shimmer",
        "cedar": "echo",
        # Voices of the speech endpoint, which stored settings still name; no realtime model has ever had them.
        "nova": "marin",
        "onyx": "cedar",
        "fable": "ballad",
    }
)

# The two voices that OpenAI recommends, in an order that follows their profiles; then what every model has.
_CLEAR: Final = ("marin", "cedar", "alloy")
_CALM: Final = ("cedar", "marin", "alloy")
RECOMMENDATIONS: Mapping[Use, tuple[str, ...]] = MappingProxyType(
    {
        Use.GENERAL: _CLEAR,
        Use.ANNOUNCEMENTS: _CALM,
        Use.LONG_READING: _CALM,
        Use.CHILDREN: _CLEAR,
        Use.NIGHT: _CALM,
    }
)


def profile(voice: str) -> VoiceProfile:
    """Return what is known of a voice; most voices are neutral."""
    return PROFILES.get(voice, NEUTRAL)


def is_custom_voice(voice: str) -> bool:
    """Whether a voice is one of the user's own, such as `voice_1234`; no catalog can know those."""
    return voice.startswith(_CUSTOM_PREFIX)


def wire_voice(voice: str) -> WireVoice:
    """Return a voice as the wire names it: its name, or `{"id": ...}` for one of the user's own."""
    return {"id": voice} if is_custom_voice(voice) else voice
