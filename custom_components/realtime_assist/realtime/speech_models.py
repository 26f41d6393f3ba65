"""Which models read texts aloud over plain HTTP, and until when they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from .life_cycle import ACTIVE, LifeCycle

SPEECH_PATH: Final = "audio/speech"
"""What is posted to, behind the base URL."""

# OpenAI goes without them. Servers at home that have borrowed the names keep them as long as they like.
_UNTIL_2027_01_06 = LifeCycle(
    shutdown_date=date(2027, 1, 6), source="openai package 3.54.0, types/audio/speech_model.py; read on 2026-11-22"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """What is known of a model; its prices are not, so what it costs is unknown."""

    id: str
    life_cycle: LifeCycle = ACTIVE


SPEECH_MODELS: Mapping[str, SpeechModel] = MappingProxyType(
    {
        model_id: SpeechModel(id=model_id, life_cycle=_UNTIL_2027_01_06)
        for model_id in ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15")
    }
)


def speech_request(model_id: str, voice: str, text: str) -> Mapping[str, str]:
    """Return the body of the request: raw PCM16 at 24 kHz comes back."""
    return {"model": model_id, "voice": voice, "input": text, "response_format": "pcm"}
