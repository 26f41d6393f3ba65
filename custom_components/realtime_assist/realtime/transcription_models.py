"""Which models write down what the user says, what they may be told, and what they cost."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .life_cycle import ACTIVE, LifeCycle

_MODEL_PAGES = "https://developers.openai.com/api/docs/models/"
_READ = date(2026, 11, 22)


class TranscriptionField(StrEnum):
    """What `session.audio.input.transcription` may hold beside the model."""

    LANGUAGE = "language"
    LANGUAGES = "languages"
    PROMPT = "prompt"
    KEYWORDS = "keywords"
    DELAY = "delay"


class Billing(StrEnum):
    """What a transcription is billed by; the wire's own word for a usage of that type."""

    TOKENS = "tokens"
    DURATION = "duration"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionCard:
    """USD per minute of audio, or per million tokens; None is unknown, never free."""

    billing: Billing | None = None
    minute: Decimal | None = None
    text_input: Decimal | None = None
    audio_input: Decimal | None = None
    output: Decimal | None = None
    source: str | None = None
    as_of: date | None = None
    confirmed: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether all that is billed has a price."""
        by_minute, by_tokens = (self.minute,), (self.text_input, self.audio_input, self.output)
        return None not in (by_minute if self.billing is Billing.DURATION else by_tokens)


UNKNOWN_TRANSCRIPTION_PRICE = TranscriptionCard()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionModel:
    """What is known of a transcription model. `live` says that it writes while the user still speaks."""

    id: str
    known: bool = True
    fields: tuple[TranscriptionField, ...] = ()
    live: bool = False
    life_cycle: LifeCycle = ACTIVE
    prices: TranscriptionCard = UNKNOWN_TRANSCRIPTION_PRICE

    def language_fields(self, language: str | None) -> dict[str, Any]:
        """Return the fields that tell the model the language, an ISO 639-1 code; empty where there is nothing to tell.

        The newest models take a list of possible languages and refuse the single one.
        """
        if language is None:
            return {}
        if TranscriptionField.LANGUAGES in self.fields:
            return {TranscriptionField.LANGUAGES.value: [language]}
        if TranscriptionField.LANGUAGE in self.fields:
            return {TranscriptionField.LANGUAGE.value: language}
        return {}

    def keyword_fields(self, keywords: tuple[str, ...]) -> dict[str, Any]:
        """Return the field that tells the model which names to expect; empty where it takes none or there are none."""
        if not keywords or TranscriptionField.KEYWORDS not in self.fields:
            return {}
        return {TranscriptionField.KEYWORDS.value: list(keywords)}


def _by_minute(price: str, page: str, *, confirmed: bool = True) -> TranscriptionCard:
    """Return the card of a model that is billed by the length of the audio."""
    return TranscriptionCard(
        billing=Billing.DURATION,
        minute=Decimal(price),
        source=_MODEL_PAGES + page,
        as_of=_READ,
        confirmed=confirmed,
    )


def _by_tokens(price_in: str, price_out: str, page: str, *, confirmed: bool = True) -> TranscriptionCard:
    """Return the card of a model that is billed by tokens."""
    return TranscriptionCard(
        billing=Billing.TOKENS,
        text_input=Decimal(price_in),
        # The page of 2026 asks the same for audio; in 2025 it was 6.00 and 3.00 for the mini.
        audio_input=Decimal(price_in),
        output=Decimal(price_out),
        source=_MODEL_PAGES + page,
        as_of=_READ,
        confirmed=confirmed,
    )


_GUIDED = (TranscriptionField.LANGUAGES, TranscriptionField.PROMPT, TranscriptionField.KEYWORDS)
_PROMPTED = (TranscriptionField.LANGUAGE, TranscriptionField.PROMPT)
# OpenAI's page names two in its place; this one transcribes committed turns, as the models before it did.
_UNTIL_2027_02_26 = LifeCycle(
    shutdown_date=date(2027, 2, 26),
    replacement="gpt-transcribe",
    source="openai package 3.54.0, types/realtime/audio_transcription.py; "
    "https://www.developersdigest.tech/blog/whisper-1-gpt-4o-transcribe-deprecation",
)

KNOWN_TRANSCRIPTION_MODELS: tuple[TranscriptionModel, ...] = (
    TranscriptionModel(id="gpt-transcribe", fields=_GUIDED, prices=_by_minute("0.0045", "gpt-transcribe")),
    TranscriptionModel(
        id="gpt-live-transcribe", fields=_GUIDED, live=True, prices=_by_minute("0.017", "gpt-live-transcribe")
    ),
    TranscriptionModel(
        id="gpt-realtime-whisper",
        fields=(TranscriptionField.LANGUAGE, TranscriptionField.DELAY),
        live=True,
        prices=_by_minute("0.017", "gpt-realtime-whisper"),
    ),
    TranscriptionModel(
        id="gpt-4o-transcribe",
        fields=_PROMPTED,
        life_cycle=_UNTIL_2027_02_26,
        prices=_by_tokens("2.50", "10.00", "gpt-4o-transcribe"),
    ),
    TranscriptionModel(
        id="gpt-4o-mini-transcribe",
        fields=_PROMPTED,
        life_cycle=_UNTIL_2027_02_26,
        prices=_by_tokens("1.25", "5.00", "gpt-4o-mini-transcribe"),
    ),
    TranscriptionModel(
        id="gpt-4o-mini-transcribe-2025-12-15",
        fields=_PROMPTED,
        life_cycle=_UNTIL_2027_02_26,
        prices=_by_tokens("1.25", "5.00", "gpt-4o-mini-transcribe"),
    ),
    TranscriptionModel(
        id="gpt-4o-transcribe-diarize",
        fields=(TranscriptionField.LANGUAGE,),
        life_cycle=_UNTIL_2027_02_26,
        prices=_by_tokens("2.50", "10.00", "gpt-4o-transcribe-diarize", confirmed=False),
    ),
    TranscriptionModel(
        id="whisper-1",
        fields=_PROMPTED,
        life_cycle=_UNTIL_2027_02_26,
        prices=_by_minute("0.006", "whisper-1", confirmed=False),
    ),
)


def unknown_transcription_model(model_id: str) -> TranscriptionModel:
    """Return what is assumed of a model that the catalog does not have: it takes a language, as all early ones do."""
    return TranscriptionModel(id=model_id, known=False, fields=(TranscriptionField.LANGUAGE,))
