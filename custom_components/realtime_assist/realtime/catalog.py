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
