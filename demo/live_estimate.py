"""What will the checks on a live server cost? The catalog's prices, before a word is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage
from custom_components.realtime_assist.realtime.catalog import DEFAULT_TRANSCRIPTION_MODEL, model, transcription_model
from custom_components.realtime_assist.realtime.pricing import cost, transcription_cost
from demo.live_talk import MAX_OUTPUT_TOKENS

_TEXT_IN = 120
"""The instructions and what is written, generously."""
_AUDIO_TOKENS_A_SECOND = 10
"""Of what the user says."""
_LIKELY = TokenCounts(text=60, audio=90)
"""A sentence of four and a half seconds, its text and a little thought."""
_TRIES = 2
"""A server that fails is asked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """USD; None where the catalog does not know the model's price."""

    likely: Decimal | None
    at_most: Decimal | None

    def __str__(self) -> str:
        """Return the estimate as half a sentence."""
        if self.likely is None or self.at_most is None:
            return "the catalog has no price for this model, so nobody can say what this costs"
        return f"about {self.likely:.3f} USD, at most {self.at_most:.3f} USD"


def estimate(model_id: str, speech_seconds: Sequence[float]) -> Estimate:
    """Return what talks of so many seconds of speech each, 0 for what is written, will cost on a model."""
    likely, at_most = Decimal(0), Decimal(0)
    for spoken in speech_seconds:
        talk, worst = _talk(model_id, spoken, _LIKELY), _talk(model_id, spoken, TokenCounts(audio=MAX_OUTPUT_TOKENS))
        if talk is None or worst is None:
            return Estimate(likely=None, at_most=None)
        likely += talk
        at_most += worst * _TRIES
    return Estimate(likely=likely, at_most=at_most)


def _talk(model_id: str, spoken: float, written: TokenCounts) -> Decimal | None:
    heard = TokenCounts(text=_TEXT_IN, audio=round(spoken * _AUDIO_TOKENS_A_SECOND))
    transcription = TranscriptionUsage(seconds=spoken) if spoken else None
    answer = cost(Usage(input=heard, output=written), model(model_id).prices)
    return (answer + transcription_cost(transcription, transcription_model(DEFAULT_TRANSCRIPTION_MODEL).prices)).total
