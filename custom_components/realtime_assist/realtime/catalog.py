"""The models, voices and transcription models that are known."""

from collections.abc import Sequence

# From the openai package's types; each accepted by api.openai.com in November 2026.
MODELS: Sequence[str] = (
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-2",
    "gpt-realtime-1.5",
    "gpt-realtime",
    "gpt-realtime-mini",
)
DEFAULT_MODEL = "gpt-realtime-2.1"

VOICES: Sequence[str] = (
    "marin",
    "cedar",
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "sage",
    "shimmer",
    "verse",
)
DEFAULT_VOICE = "marin"

# Current, and the cheapest for committed turns ($0.0045 a minute, OpenAI's model page, 2026-11).
DEFAULT_TRANSCRIPTION_MODEL = "gpt-transcribe"

# These take `languages` where the older ones take `language` (OpenAI's migration guide from Whisper, 2026-07-28).
MULTILINGUAL_TRANSCRIPTION_MODELS = frozenset({"gpt-transcribe", "gpt-live-transcribe"})

# ISO 639-1, as OpenAI's speech-to-text guide lists them for its models; the voices speak the same ones.
_LANGUAGES = (
    "af ar az be bg bs ca cs cy da de el en es et fa fi fr gl he hi hr hu hy id is it ja kk kn ko lt lv mi mk mr ms ne "
    "nl no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh"
)
LANGUAGES: Sequence[str] = tuple(_LANGUAGES.split())
