"""Which voice speaks when the wanted one is not to be had."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .models import Model
from .voices import RECOMMENDATIONS, SUBSTITUTES, Use


class VoiceReason(StrEnum):
    """Why a voice was chosen."""

    WANTED = "wanted"
    FALLBACK = "fallback"
    SUBSTITUTE = "substitute"
    RECOMMENDED = "recommended"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChoice:
    """The voice to ask for, and why."""

    voice: str
    reason: VoiceReason


class NoVoice(ValueError):
    """Neither the wanted voice nor the fallback is to be had, and no other may be chosen.

    `wanted` and `model` are ids, `available` the voices to choose from.
    """

    def __init__(self, *, wanted: str, model: Model) -> None:
        """Say what is missing and what to do."""
        super().__init__(
            f"{model.id} has no voice {wanted}; choose one of {', '.join(model.voices)}, "
            "or let a compatible voice be chosen automatically"
        )
        self.wanted = wanted
        self.model = model.id
        self.available = model.voices


def choose_voice(
    wanted: str,
    model: Model,
    *,
    fallback: str | None = None,
    automatic: bool = True,
    substitutes: Mapping[str, str] = SUBSTITUTES,
    use: Use = Use.GENERAL,
) -> VoiceChoice:
    """Return the voice for a model: the wanted one, else the fallback, else by itself a substitute or a recommended one.

    Custom voices are always kept, and so is any voice for a model that the catalog does not know. Raises NoVoice
    where `automatic` is off and nothing fits.
    """
    if model.has_voice(wanted):
        return VoiceChoice(voice=wanted, reason=VoiceReason.WANTED)
    if fallback is not None and model.has_voice(fallback):
        return VoiceChoice(voice=fallback, reason=VoiceReason.FALLBACK)
    if not automatic:
        raise NoVoice(wanted=wanted, model=model)
    if (substitute := _substitute(wanted, model, substitutes)) is not None:
        return VoiceChoice(voice=substitute, reason=VoiceReason.SUBSTITUTE)
    return VoiceChoice(voice=recommended_voice(model, use), reason=VoiceReason.RECOMMENDED)


def recommended_voice(model: Model, use: Use) -> str:
    """Return the best of a model's voices for a use."""
    return next((voice for voice in RECOMMENDATIONS[use] if model.has_voice(voice)), model.default_voice)


def _substitute(wanted: str, model: Model, substitutes: Mapping[str, str]) -> str | None:
    """Return the first voice that the model has on the way from substitute to substitute; the user's table may loop."""
    seen = {wanted}
    voice = substitutes.get(wanted)
    while voice is not None and voice not in seen:
        if model.has_voice(voice):
            return voice
        seen.add(voice)
        voice = substitutes.get(voice)
    return None
