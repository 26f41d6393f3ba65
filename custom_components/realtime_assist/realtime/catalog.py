"""Which models, voices and transcription models are known, which are offered, and which are the defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from .benchmarks import Benchmark, SideBySide, side_by_side
from .known_models import KNOWN_MODELS
from .life_cycle import LifeCycle, ShutdownDates, Stage, shutdown_dates
from .models import Capabilities, DialectName, Model, ReasoningEffort, unknown_model
from .price_cards import UNKNOWN_PRICE, PriceCard, Rates
from .transcription_models import (
    KNOWN_TRANSCRIPTION_MODELS,
    UNKNOWN_TRANSCRIPTION_PRICE,
    Billing,
    TranscriptionCard,
    TranscriptionField,
    TranscriptionModel,
    unknown_transcription_model,
)
from .voices import RECOMMENDATIONS, SUBSTITUTES, VOICES, Use, VoiceProfile, is_custom_voice, profile, wire_voice

__all__ = [
    "DEFAULT_FALLBACK_MODELS",
    "DEFAULT_FALLBACK_VOICE",
    "DEFAULT_MODEL",
    "DEFAULT_REASONING_EFFORT",
    "DEFAULT_TRANSCRIPTION_MODEL",
    "DEFAULT_VOICE",
    "KNOWN_MODELS",
    "KNOWN_TRANSCRIPTION_MODELS",
    "LANGUAGES",
    "MODELS",
    "NO_SHUTDOWN_DATES",
    "RECOMMENDATIONS",
    "RETIREMENT_NOTICE_DAYS",
    "SUBSTITUTES",
    "TRANSCRIPTION_MODELS",
    "UNKNOWN_PRICE",
    "UNKNOWN_TRANSCRIPTION_PRICE",
    "VOICES",
    "Benchmark",
    "Billing",
    "Capabilities",
    "DialectName",
    "LifeCycle",
    "Model",
    "PriceCard",
    "Rates",
    "ReasoningEffort",
    "ShutdownDates",
    "SideBySide",
    "Stage",
    "TranscriptionCard",
    "TranscriptionField",
    "TranscriptionModel",
    "Use",
    "VoiceProfile",
    "is_custom_voice",
    "model",
    "offered_models",
    "profile",
    "shutdown_dates",
    "side_by_side",
    "successor",
    "transcription_model",
    "wire_voice",
    "with_shutdown_dates",
]

MODELS: Sequence[str] = (
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-2",
    "gpt-realtime-1.5",
    "gpt-realtime",
    "gpt-realtime-mini",
)
"""The ids that are offered. Snapshots and retired models are known as well, and work where a server has them."""

TRANSCRIPTION_MODELS: Sequence[str] = tuple(known.id for known in KNOWN_TRANSCRIPTION_MODELS)

DEFAULT_MODEL = "gpt-realtime-2.1"
# Cheaper first; then the newest that does not reason, should the reasoning ones have a bad day together.
DEFAULT_FALLBACK_MODELS: Sequence[str] = ("gpt-realtime-2.1-mini", "gpt-realtime-1.5")
DEFAULT_VOICE = "marin"
DEFAULT_FALLBACK_VOICE = "alloy"
DEFAULT_REASONING_EFFORT = ReasoningEffort.LOW
# Current, and the cheapest for committed turns.
DEFAULT_TRANSCRIPTION_MODEL = "gpt-transcribe"

RETIREMENT_NOTICE_DAYS = 60
"""How long before its shutdown a model is worth moving away from."""

# ISO 639-1, as OpenAI's speech-to-text guide lists them for its models; the voices speak the same ones.
_LANGUAGES = (
    "af ar az be bg bs ca cs cy da de el en es et fa fi fr gl he hi hr hu hy id is it ja kk kn ko lt lv mi mk mr ms ne "
    "nl no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh"
)
LANGUAGES: Sequence[str] = tuple(_LANGUAGES.split())

NO_SHUTDOWN_DATES: ShutdownDates = MappingProxyType({})
"""What is announced before any server has been asked."""

_MODELS_BY_ID: Mapping[str, Model] = MappingProxyType({known.id: known for known in KNOWN_MODELS})
_TRANSCRIPTION_MODELS_BY_ID: Mapping[str, TranscriptionModel] = MappingProxyType(
    {known.id: known for known in KNOWN_TRANSCRIPTION_MODELS}
)


def model(model_id: str, announced: ShutdownDates = NO_SHUTDOWN_DATES) -> Model:
    """Return what is known of a model, and conservative flags and an unknown price for one that is not known.

    `announced` is what the server's listing says of shutdown dates; it overrules the catalog, also where it says that
    there is none.
    """
    return with_shutdown_dates(_MODELS_BY_ID.get(model_id) or unknown_model(model_id), announced)


def transcription_model(model_id: str, announced: ShutdownDates = NO_SHUTDOWN_DATES) -> TranscriptionModel:
    """Return what is known of a transcription model; as `model` does for unknown ids and announced dates."""
    known = _TRANSCRIPTION_MODELS_BY_ID.get(model_id) or unknown_transcription_model(model_id)
    return with_shutdown_dates(known, announced)


def with_shutdown_dates[M: (Model, TranscriptionModel)](known: M, announced: ShutdownDates) -> M:
    """Return a model whose life cycle is as its server has announced; unchanged where the server says nothing."""
    if known.id not in announced:
        return known
    return replace(known, life_cycle=known.life_cycle.overruled(announced[known.id]))


def offered_models(today: date, announced: ShutdownDates = NO_SHUTDOWN_DATES) -> tuple[Model, ...]:
    """Return the models to choose from on a day: the offered ones without those that are retired by then."""
    offered = (model(model_id, announced) for model_id in MODELS)
    return tuple(each for each in offered if not each.life_cycle.is_retired(today))


def successor(
    model_id: str, today: date, announced: ShutdownDates = NO_SHUTDOWN_DATES, *, within: int = RETIREMENT_NOTICE_DAYS
) -> Model | None:
    """Return the model to move to from one that is going.

    A replacement that is itself about to go is skipped for its own. Where none is named, a known model is followed by
    the default one. None where that does not lead anywhere.
    """
    seen = {model_id}
    current = model(model_id, announced)
    known = current.known
    while (following := current.life_cycle.replacement) is not None and following not in seen:
        seen.add(following)
        current = model(following, announced)
        if not current.life_cycle.retires_within(within, today):
            return current
    default = model(DEFAULT_MODEL, announced)
    if not known or default.id in seen or default.life_cycle.retires_within(within, today):
        return None
    return default
